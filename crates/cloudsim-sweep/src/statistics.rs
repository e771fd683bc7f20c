//! From rows to what they say together.

use crate::document::{Availability, ObjectiveStatistics, Quantile, ServiceStatistics, Share, WorstRun};
use crate::intervals::{Ranks, probability, ranks, share_of_sums};
use crate::row::{ObjectiveHead, Outcome, Row};
use cloudsim_records::Expectation;

const QUANTILES: [u32; 4] = [50, 90, 95, 99];
const WORST_MAX: usize = 3;

/// What came of the objective at `place` in these runs.
pub(crate) fn objective<'a>(
    head: &ObjectiveHead,
    place: usize,
    rows: impl Iterator<Item = &'a Row> + Clone,
) -> ObjectiveStatistics {
    let unmeasured = rows.clone().filter(|row| row.outcomes[place] == Outcome::Unmeasured).count() as u64;
    let mut judged: Vec<&Row> = rows.filter(|row| row.outcomes[place] != Outcome::Unmeasured).collect();
    // Runs that are alike stay in the order of their seeds.
    judged.sort_by(|one, other| one.outcomes[place].compare(&other.outcomes[place]));
    let sorted: Vec<Outcome> = judged.iter().map(|row| row.outcomes[place]).collect();
    let all = sorted.len() as u64;
    let beyond = sorted.iter().filter(|outcome| **outcome == Outcome::Beyond).count() as u64;
    let breaches = sorted.iter().filter(|outcome| outcome.is_breach() == Some(true)).count() as u64;
    judged.sort_by(|one, other| other.outcomes[place].compare(&one.outcomes[place]));
    let worst = judged.iter().take(WORST_MAX).map(|row| WorstRun {
        seed: row.seed,
        outcome: row.outcomes[place],
        digest: row.digest,
    });
    ObjectiveStatistics {
        head: head.clone(),
        measured: all - beyond,
        beyond,
        unmeasured,
        quantiles: QUANTILES.into_iter().filter_map(|percent| quantile(percent, &sorted)).collect(),
        breaches: share(breaches, all),
        failures: if head.expect == Expectation::Breached { all - breaches } else { breaches },
        worst: worst.collect(),
        sorted,
    }
}

/// `sorted` is from the best to the worst. A run that is only known to be worse than others counts as one.
fn quantile(percent: u32, sorted: &[Outcome]) -> Option<Quantile> {
    let Ranks { at, low, high } = ranks(sorted.len() as u64, percent)?;
    let of = |rank: u64| sorted[usize::try_from(rank - 1).expect("as many as there are runs")];
    Some(Quantile { percent, at: of(at), better: low.map(of), worse: high.map(of) })
}

/// What became of the service at `place` in these runs.
pub(crate) fn service(name: &str, place: usize, rows: &[Row]) -> ServiceStatistics {
    let of = || rows.iter().map(|row| row.services[place]);
    let degraded = of().filter(|service| service.outages > 0).count() as u64;
    let good: Vec<(u64, u64)> = of().filter_map(|service| service.availability).collect();
    let sum = |part: fn(&(u64, u64)) -> u64| good.iter().map(|run| u128::from(part(run))).sum::<u128>();
    let whole = sum(|(_, whole)| *whole);
    ServiceStatistics {
        name: name.to_owned(),
        degraded: share(degraded, rows.len() as u64),
        outages: of().map(|service| u64::from(service.outages)).sum(),
        not_restored: of().filter(|service| service.not_restored).count() as u64,
        availability: (whole > 0).then(|| Availability {
            good: sum(|(good, _)| *good),
            whole,
            interval: share_of_sums(&good),
        }),
    }
}

pub(crate) fn share(runs: u64, of: u64) -> Share {
    Share { runs, of, interval: probability(runs, of) }
}
