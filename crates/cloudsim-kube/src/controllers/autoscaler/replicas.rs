//! How many pods an autoscaler wants, from what its pods use. The arithmetic is that of `replica_calculator.go`, its
//! floats included: where a product is a hair above a whole number, one more pod is wanted.

use crate::limits;
use crate::objects::CpuTarget;
use crate::pods::Phase;
use cloudsim_units::{SimDuration, SimTime};

/// A pod as an autoscaler sees it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) phase: Phase,
    /// Whether it is to end.
    pub(crate) ending: bool,
    pub(crate) ready: bool,
    /// Since when it has been ready, or not.
    pub(crate) ready_since: SimTime,
    /// When its kubelet took it on.
    pub(crate) taken_on: Option<SimTime>,
    pub(crate) metric: Option<Metric>,
    /// What it asks for, in thousandths of a processor; `None` if one of its containers asks for nothing.
    pub(crate) request: Option<u64>,
}

/// The CPU that a pod used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Metric {
    /// In thousandths of a processor.
    pub(crate) milli: u64,
    /// At the end of that time.
    pub(crate) at: SimTime,
    /// On average over so long.
    pub(crate) window: SimDuration,
}

/// What an autoscaler makes of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) replicas: u32,
    /// What the pods that count use on average: percent of what they ask for, or thousandths of a processor.
    pub(crate) measured: u64,
}

/// Why it makes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// There are no pods.
    NoPods,
    /// Nothing is known of any pod.
    NoMetrics,
    /// Nothing that counts is known.
    NoneCounts,
    /// A container does not say how much CPU it asks for.
    NoRequest,
}

/// What counts of a pod.
#[derive(Clone, Copy)]
struct Counted {
    milli: u64,
    request: u64,
}

/// How many pods are wanted so that they use on average what they should.
pub(crate) fn proposed(
    target: CpuTarget,
    current: u32,
    pods: &[Seen],
    now: SimTime,
) -> Result<Proposal, Unknown> {
    if pods.iter().all(|pod| pod.metric.is_none()) {
        return Err(if pods.is_empty() { Unknown::NoPods } else { Unknown::NoMetrics });
    }
    let by_percent = matches!(target, CpuTarget::Utilization(_));
    let (mut counted, mut unready, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for pod in pods {
        if pod.ending || pod.phase == Phase::Failed {
            continue;
        }
        let of = |milli| Counted { milli, request: pod.request.unwrap_or(0) };
        match pod.metric {
            _ if pod.phase == Phase::Pending => unready.push(of(0)),
            None => missing.push(of(0)),
            Some(metric) if is_unready(pod, metric, now) => unready.push(of(0)),
            Some(metric) => counted.push(of(metric.milli)),
        }
    }
    if counted.is_empty() {
        return Err(Unknown::NoneCounts);
    }
    if by_percent && pods.iter().any(|pod| pod.request.is_none()) {
        return Err(Unknown::NoRequest);
    }
    let ready = counted.len();
    let (ratio, measured) = ratio(target, &counted).ok_or(Unknown::NoneCounts)?;
    let stays = Ok(Proposal { replicas: current, measured });
    let up_with_unready = !unready.is_empty() && ratio > 1.0;
    if !up_with_unready && missing.is_empty() {
        return if within_tolerance(ratio) {
            stays
        } else {
            Ok(Proposal { replicas: ceiling(ratio, ready), measured })
        };
    }
    if ratio < 1.0 {
        // Towards fewer pods: those that nothing is known of count as if they used what they may.
        counted.extend(missing.iter().map(|pod| Counted {
            milli: match target {
                CpuTarget::Utilization(percent) => pod.request * u64::from(percent.max(100)) / 100,
                CpuTarget::AverageMilli(milli) => milli,
            },
            request: pod.request,
        }));
    } else if ratio > 1.0 || !by_percent {
        // Towards more: as if they used nothing.
        counted.extend(missing);
    }
    if up_with_unready {
        counted.extend(unready);
    }
    let Some((again, _)) = self::ratio(target, &counted) else { return stays };
    let turns = (ratio < 1.0 && again > 1.0) || (ratio > 1.0 && again < 1.0);
    let replicas = ceiling(again, counted.len());
    let goes_back = (again < 1.0 && replicas > current) || (again > 1.0 && replicas < current);
    if within_tolerance(again) || turns || goes_back { stays } else { Ok(Proposal { replicas, measured }) }
}

/// Whether what a pod uses says nothing yet: it has just begun.
fn is_unready(pod: &Seen, metric: Metric, now: SimTime) -> bool {
    let Some(taken_on) = pod.taken_on else { return true };
    if taken_on.saturating_add(limits::HPA_CPU_INITIALIZATION) > now {
        // Its start may use more than its work: it counts once a whole window has passed since it was ready.
        return !pod.ready || metric.at < pod.ready_since.saturating_add(metric.window);
    }
    // Later only one that was never ready.
    !pod.ready && taken_on.saturating_add(limits::HPA_INITIAL_READINESS) > pod.ready_since
}

/// What is used by what should be used; with the average that is used.
fn ratio(target: CpuTarget, counted: &[Counted]) -> Option<(f64, u64)> {
    let total: u64 = counted.iter().map(|pod| pod.milli).sum();
    let (measured, aim) = match target {
        CpuTarget::Utilization(percent) => {
            let asked: u64 = counted.iter().map(|pod| pod.request).sum();
            ((total * 100).checked_div(asked)?, u64::from(percent))
        }
        CpuTarget::AverageMilli(milli) => {
            (total.checked_div(u64::try_from(counted.len()).expect("a usize fits"))?, milli)
        }
    };
    Some((float(measured) / float(aim), measured))
}

fn within_tolerance(ratio: f64) -> bool {
    (1.0 - limits::HPA_TOLERANCE..=1.0 + limits::HPA_TOLERANCE).contains(&ratio)
}

fn float(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of what is too large saturates"
)]
fn ceiling(ratio: f64, pods: usize) -> u32 {
    (ratio * float(u64::try_from(pods).expect("a usize fits"))).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: SimTime = SimTime::from_secs(10_000);

    /// A pod that has long been running and asks for half a processor.
    fn pod(milli: u64) -> Seen {
        Seen {
            phase: Phase::Running,
            ending: false,
            ready: true,
            ready_since: SimTime::from_secs(100),
            taken_on: Some(SimTime::from_secs(90)),
            metric: Some(Metric { milli, at: SimTime::from_secs(9_990), window: SimDuration::from_secs(15) }),
            request: Some(500),
        }
    }

    fn wanted(percent: u32, current: u32, pods: &[Seen]) -> Result<u32, Unknown> {
        proposed(CpuTarget::Utilization(percent), current, pods, NOW).map(|proposal| proposal.replicas)
    }

    fn several(count: usize, milli: u64) -> Vec<Seen> {
        vec![pod(milli); count]
    }

    #[test]
    fn pods_are_wanted_in_proportion_to_what_is_used() {
        // 450 of 500 is 90 %, half as much again as the 60 % aimed at: 4 * 1.5.
        assert_eq!(wanted(60, 4, &several(4, 450)), Ok(6));
        // 20 % of what they ask for is a third of it: 4 / 3, rounded up.
        assert_eq!(wanted(60, 4, &several(4, 100)), Ok(2));
        // 450 by 300 thousandths.
        let average = proposed(CpuTarget::AverageMilli(300), 4, &several(4, 450), NOW);
        assert_eq!(average, Ok(Proposal { replicas: 6, measured: 450 }));
    }

    #[test]
    fn a_tenth_more_or_less_changes_nothing() {
        // 55 % of 50 % is 1.1, 56 % is more; 45 % is 0.9, 44 % is less.
        assert_eq!(wanted(50, 4, &several(4, 275)), Ok(4));
        assert_eq!(wanted(50, 4, &several(4, 280)), Ok(5));
        assert_eq!(wanted(50, 40, &several(40, 225)), Ok(40));
        assert_eq!(wanted(50, 40, &several(40, 220)), Ok(36));
    }

    #[test]
    fn a_zone_that_died_hides_that_the_others_are_hot() {
        // Of twelve pods at 60 % four die, the others do their work: 90 %. Those that died are missing and count as if
        // they used nothing: 8 * 90 / 12 is 60 again.
        let mut pods = several(8, 450);
        pods.extend(several(4, 0).into_iter().map(|pod| Seen { metric: None, ..pod }));
        assert_eq!(wanted(60, 12, &pods), Ok(12));
        // Once they are told to end they count no longer: 8 * 1.5.
        for pod in &mut pods {
            pod.ending = pod.metric.is_none();
        }
        assert_eq!(wanted(60, 8, &pods), Ok(12));
    }

    #[test]
    fn pods_that_nothing_is_known_of_hold_up_a_way_down() {
        // Three at 20 % alone would be one of 60 %; with one that counts as 100 % it is (60 + 100) / 4 = 40 %, 4 * 2 /
        // 3.
        let mut pods = several(3, 100);
        pods.push(Seen { metric: None, ..pod(0) });
        assert_eq!(wanted(60, 4, &pods), Ok(3));
    }

    #[test]
    fn pods_that_have_just_begun_slow_the_way_up() {
        let young = |ready_for: u64| Seen {
            taken_on: Some(SimTime::from_secs(9_950)),
            ready_since: SimTime::from_secs(9_990 - ready_for),
            ..pod(500)
        };
        // Two at 100 % want 4 at 50 %; two more that have been ready for less than a window of 15 s count as 0 %: 4 *
        // 50 / 50.
        let mut pods = several(2, 500);
        pods.extend([young(14), young(14)]);
        assert_eq!(wanted(50, 4, &pods), Ok(4));
        // After a window they count for what they use.
        let mut pods = several(2, 500);
        pods.extend([young(15), young(15)]);
        assert_eq!(wanted(50, 4, &pods), Ok(8));
    }

    #[test]
    fn a_pod_that_is_not_ready_counts_once_it_is_old_unless_it_never_was() {
        let late = Seen { ready: false, ready_since: SimTime::from_secs(9_000), ..pod(500) };
        let never = Seen { ready: false, ready_since: SimTime::from_secs(100), ..pod(500) };
        let mut pods = several(1, 500);
        pods.push(late);
        assert_eq!(wanted(50, 2, &pods), Ok(4));
        pods[1] = never;
        assert_eq!(wanted(50, 2, &pods), Ok(2), "the one counts as if it used nothing");
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert_eq!(wanted(50, 2, &[]), Err(Unknown::NoPods));
        assert_eq!(wanted(50, 2, &[Seen { metric: None, ..pod(0) }]), Err(Unknown::NoMetrics));
        assert_eq!(wanted(50, 2, &[Seen { taken_on: None, ..pod(9) }]), Err(Unknown::NoneCounts));
        assert_eq!(wanted(50, 2, &[Seen { request: None, ..pod(9) }]), Err(Unknown::NoRequest));
        let average = proposed(CpuTarget::AverageMilli(9), 2, &[Seen { request: None, ..pod(9) }], NOW);
        assert!(average.is_ok(), "an average needs no request");
    }

    proptest! {
        /// Of pods that have long been running and are all known, as the documentation has it: current pods times what
        /// is used by what should be, rounded up; in whole numbers here.
        #[test]
        fn of_known_pods_it_wants_what_the_documentation_says(
            used in prop::collection::vec(0_u64..2000, 1..40),
            percent in 1_u32..200,
        ) {
            let pods: Vec<Seen> = used.iter().map(|milli| pod(*milli)).collect();
            let count = u64::try_from(pods.len()).unwrap();
            let utilization = used.iter().sum::<u64>() * 100 / (500 * count);
            let aim = u64::from(percent);
            let current = u32::try_from(pods.len()).unwrap();
            let is = wanted(percent, current, &pods).unwrap();
            // A tenth around the aim; at its very border floats may fall on either side.
            let (low, high) = (aim * 9, aim * 11);
            if low < utilization * 10 && utilization * 10 < high {
                prop_assert_eq!(is, current);
            } else if low != utilization * 10 && utilization * 10 != high {
                let exact = u32::try_from((utilization * count).div_ceil(aim)).unwrap();
                // Where the product is whole a float may be a hair above it.
                let hair = u32::from((utilization * count).is_multiple_of(aim));
                prop_assert!((exact..=exact + hair).contains(&is), "{is} instead of {exact}");
            }
        }

        /// Pods of which nothing counts never let it want more than all that is used is worth, and never turn it round.
        #[test]
        fn what_is_not_known_only_holds_it_back(
            used in prop::collection::vec(0_u64..2000, 1..20),
            missing in 0_usize..10,
            young in 0_usize..10,
            percent in 1_u32..200,
        ) {
            let mut pods: Vec<Seen> = used.iter().map(|milli| pod(*milli)).collect();
            let current = u32::try_from(pods.len() + missing + young).unwrap();
            let alone = wanted(percent, u32::try_from(pods.len()).unwrap(), &pods).unwrap();
            let goes_up = alone > u32::try_from(pods.len()).unwrap();
            let worth = used.iter().sum::<u64>() * 100 / (500 * u64::from(percent)) + 1;
            let worth = u32::try_from(worth).unwrap();
            pods.extend(several(missing, 0).into_iter().map(|pod| Seen { metric: None, ..pod }));
            pods.extend(several(young, 0).into_iter().map(|pod| Seen { phase: Phase::Pending, ..pod }));
            let is = wanted(percent, current, &pods).unwrap();
            if goes_up {
                prop_assert!(is >= current && is <= worth.max(current));
            } else if missing > 0 {
                prop_assert!(is <= current);
            }
        }
    }
}
