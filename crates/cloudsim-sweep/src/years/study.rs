//! Which episodes are run, and what their runs say together.

use super::failures::{Episode, Failures, Stratum, YEAR, uniform};
use crate::document::Share;
use crate::intervals::{Interval, student};
use crate::statistics;
use cloudsim_engine::{Stream, Streams};
use cloudsim_units::{Ratio, SimDuration, math};
use std::collections::BTreeMap;

/// How many episodes are run, and how many years are put together of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Of each class that fails alone; of two that overlap an eighth of it, of more a thirty-second, and never less than two.
    pub runs: u64,
    /// Years.
    pub years: u64,
}

/// An episode that is to be run, and how much it counts.
#[derive(Clone, Debug)]
struct Drawn {
    episode: Episode,
    weight: f64,
}

/// Episodes that are to be run: so many of each stratum, however rare it is.
#[derive(Clone, Debug)]
pub struct Study {
    failures: Failures,
    streams: Streams,
    effort: Effort,
    strata: Vec<Stratum>,
    /// By stratum: where its episodes end among all.
    ends: Vec<usize>,
    drawn: Vec<Drawn>,
}

/// What is known of a service before anything fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// The share of users that is lost while all is well.
    pub steady: Ratio,
    /// The availability that it is to have, if one is asked for.
    pub objective: Option<Ratio>,
}

/// Why time is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A class fails, and nothing besides.
    Alone(usize),
    /// Something fails while something else is down, or not settled.
    Several,
    /// It is lost while all is well.
    Steady,
}

/// What a reason costs a service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lost {
    /// Which.
    pub reason: Reason,
    /// How much of a year, in seconds.
    pub seconds: f64,
    /// Which share of all that is lost; `None` if nothing is.
    pub share: Option<f64>,
    /// The runs in which anything was lost.
    pub hit: Share,
}

/// What of the downtime that an objective leaves is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// The availability that is asked for.
    pub objective: Ratio,
    /// What it leaves of a year.
    pub seconds: f64,
    /// The share of it that is lost in the mean.
    pub used: f64,
    /// The years that lose more.
    pub broken: Share,
}

/// What years do to a service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceYears {
    /// Its name.
    pub name: String,
    /// How much of a year is lost in the mean, in seconds, and between which ends that is.
    pub seconds: f64,
    /// Its interval.
    pub interval: Interval,
    /// Why; what costs most is first.
    pub lost: Vec<Lost>,
    /// Of the years put together: what half of them do not exceed, 95 and 99 of a hundred, and the worst, in seconds.
    pub quantiles: [f64; 4],
    /// What an objective leaves of it.
    pub budget: Option<Budget>,
}

/// What runs say of all services.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimates {
    /// By service.
    pub services: Vec<ServiceYears>,
    /// How many episodes a year there are.
    pub episodes_per_year: f64,
    /// How many episodes the years have that were put together.
    pub episodes: u64,
    /// How many runs there were of each reason.
    pub runs: BTreeMap<Reason, u64>,
}

impl Effort {
    /// How many episodes of a stratum are run; always two for each slice.
    fn of(self, stratum: Stratum) -> u64 {
        let runs = match stratum.then {
            None => self.runs,
            Some((_, false)) => self.runs / 8,
            Some((_, true)) => self.runs / 32,
        };
        runs.max(1).div_ceil(2) * 2
    }
}

impl Stratum {
    fn reason(self) -> Reason {
        if self.then.is_none() { Reason::Alone(self.first) } else { Reason::Several }
    }
}

impl Study {
    /// Draws them. The luck is that of `seed`, by streams of their own.
    #[must_use]
    pub fn new(failures: Failures, effort: Effort, seed: u64) -> Self {
        let streams = Streams::new(seed);
        let strata = failures.strata();
        let mut drawn = Vec::new();
        let mut ends = Vec::new();
        for stratum in &strata {
            let mut stream = streams.stream("years", &format!("episodes {stratum:?}"));
            let count = effort.of(*stratum);
            let mut places: Vec<u64> = (0..count).collect();
            stream.shuffle(&mut places);
            for (slice, place) in (0..count).zip(places) {
                let first = (within(place, count, &mut stream), word_within(slice, count, &mut stream));
                let (episode, weight) = failures.draw_of(*stratum, first, &mut stream);
                drawn.push(Drawn { episode, weight });
            }
            ends.push(drawn.len());
        }
        Self { failures, streams, effort, strata, ends, drawn }
    }

    /// The episodes that are to be run, in order.
    #[must_use]
    pub fn episodes(&self) -> impl ExactSizeIterator<Item = &Episode> {
        self.drawn.iter().map(|drawn| &drawn.episode)
    }

    /// What may fail.
    #[must_use]
    pub fn failures(&self) -> &Failures {
        &self.failures
    }

    /// What was asked for.
    #[must_use]
    pub fn effort(&self) -> Effort {
        self.effort
    }

    /// Where the episodes of each stratum stand.
    fn ranges(&self) -> impl Iterator<Item = (Stratum, std::ops::Range<usize>)> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends).map(|(start, end)| start..*end);
        self.strata.iter().copied().zip(ranges)
    }

    /// What the runs say: of each episode, how long it was lost to each service.
    ///
    /// # Panics
    /// If there are not as many as episodes, or of one not as many as services.
    #[must_use]
    pub fn finish(&self, services: &[Judged], losses: &[Vec<SimDuration>]) -> Estimates {
        assert_eq!(losses.len(), self.drawn.len(), "each episode is run once");
        let (episodes, years) = self.put_together(services.len(), losses);
        let of = services.iter().enumerate().map(|(at, service)| {
            let lost = |run: usize| losses[run][at].as_secs_f64();
            self.service(service, lost, years.iter().map(|year| year[at]).collect())
        });
        let mut runs: BTreeMap<Reason, u64> = BTreeMap::new();
        for (stratum, range) in self.ranges() {
            *runs.entry(stratum.reason()).or_default() += range.len() as u64;
        }
        Estimates {
            services: of.collect(),
            episodes_per_year: YEAR.as_secs_f64() / self.cycle(),
            episodes,
            runs,
        }
    }

    /// How long it takes in the mean from the beginning of an episode to that of the next, in seconds.
    fn cycle(&self) -> f64 {
        let lengths = self.ranges().map(|(_, range)| {
            let count = count(range.len());
            self.drawn[range]
                .iter()
                .map(|drawn| drawn.weight * drawn.episode.length.as_secs_f64())
                .sum::<f64>()
                / count
        });
        1.0 / self.failures.rate() + lengths.sum::<f64>()
    }

    fn service(&self, service: &Judged, lost: impl Fn(usize) -> f64, mut years: Vec<f64>) -> ServiceYears {
        let (year, cycle) = (YEAR.as_secs_f64(), self.cycle());
        let mut reasons: BTreeMap<Reason, (f64, u64, u64)> = BTreeMap::new();
        for (stratum, range) in self.ranges() {
            let weighted = range.clone().map(|run| self.drawn[run].weight * lost(run)).sum::<f64>();
            let of = reasons.entry(stratum.reason()).or_default();
            of.0 += weighted / count(range.len());
            of.1 += range.clone().filter(|run| lost(*run) > 0.0).count() as u64;
            of.2 += range.len() as u64;
        }
        let per_cycle: f64 = reasons.values().map(|(lost, ..)| lost).sum();
        let ratio = per_cycle / cycle;
        let half = self.half_width(ratio, &lost) / cycle * year;
        let steady = service.steady.as_f64() * year;
        let seconds = ratio * year + steady;
        let mut all: Vec<Lost> = reasons
            .into_iter()
            .map(|(reason, (lost, hit, of))| (reason, lost / cycle * year, statistics::share(hit, of)))
            .chain((steady > 0.0).then(|| (Reason::Steady, steady, statistics::share(0, 0))))
            .map(|(reason, lost, hit)| {
                let share = (seconds > 0.0).then(|| lost / seconds);
                Lost { reason, seconds: lost, share, hit }
            })
            .collect();
        all.sort_by(|one, other| other.seconds.total_cmp(&one.seconds).then(one.reason.cmp(&other.reason)));
        for year in &mut years {
            *year += steady;
        }
        years.sort_by(f64::total_cmp);
        let budget = service.objective.map(|objective| {
            let budget = objective.complement().as_f64() * year;
            let broken = years.iter().filter(|lost| **lost > budget).count() as u64;
            Budget {
                objective,
                seconds: budget,
                used: seconds / budget,
                broken: statistics::share(broken, years.len() as u64),
            }
        });
        ServiceYears {
            name: service.name.clone(),
            seconds,
            interval: Interval { low: (seconds - half).max(0.0), high: (seconds + half).min(year) },
            lost: all,
            quantiles: [50, 95, 99, 100].map(|percent| quantile(&years, percent)),
            budget,
        }
    }

    /// Half the width of the interval of what is lost in a cycle, in seconds. The residuals are those of a ratio of means; two
    /// neighbouring slices are taken for one, which errs towards the wide.
    fn half_width(&self, ratio: f64, lost: impl Fn(usize) -> f64) -> f64 {
        let residual = |run: usize| {
            let drawn = &self.drawn[run];
            drawn.weight * (lost(run) - ratio * drawn.episode.length.as_secs_f64())
        };
        let (mut variance, mut by_freedom) = (0.0, 0.0);
        for (_, range) in self.ranges() {
            let n = count(range.len());
            let pairs = range.clone().step_by(2).map(|run| residual(run) - residual(run + 1));
            let of = pairs.map(|difference| difference * difference).sum::<f64>() / (n * n);
            variance += of;
            by_freedom += of * of / (n / 2.0);
        }
        if variance <= 0.0 {
            return 0.0;
        }
        student(variance * variance / by_freedom) * math::pow(variance, 0.5)
    }

    /// Lets years pass: episodes as they happen, each of which costs what one of its stratum did that was run. How many episodes
    /// there were, and by year and service the seconds that were lost.
    fn put_together(&self, services: usize, losses: &[Vec<SimDuration>]) -> (u64, Vec<Vec<f64>>) {
        let ranges: BTreeMap<Stratum, std::ops::Range<usize>> = self.ranges().collect();
        let mut years = Vec::new();
        let mut episodes = 0;
        for number in 0..self.effort.years {
            let mut stream = self.streams.stream("years", &format!("year {number}"));
            let mut year = vec![0.0; services];
            let mut now = 0.0;
            loop {
                now += -math::ln(uniform(&mut stream)) / self.failures.rate();
                if now >= YEAR.as_secs_f64() {
                    break;
                }
                episodes += 1;
                let episode = self.failures.draw(&mut stream);
                let run = self.like(&ranges[&self.failures.stratum_of(&episode)], &mut stream);
                for (lost, of) in year.iter_mut().zip(&losses[run]) {
                    *lost += of.as_secs_f64();
                }
                now += episode.length.as_secs_f64();
            }
            years.push(year);
        }
        (episodes, years)
    }

    /// One of the runs, each as likely as it counts.
    fn like(&self, range: &std::ops::Range<usize>, stream: &mut Stream) -> usize {
        let weight = |run: usize| self.drawn[run].weight;
        let mut left = uniform(stream) * range.clone().map(weight).sum::<f64>();
        for run in range.clone() {
            if left < weight(run) {
                return run;
            }
            left -= weight(run);
        }
        range.end - 1
    }
}

/// A number between 0 and 1 within one of `count` slices that are equally wide.
fn within(slice: u64, count: u64, stream: &mut Stream) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
    let [slice, count] = [slice, count].map(|of| of as f64);
    (slice + uniform(stream)) / count
}

/// The same as a word.
fn word_within(slice: u64, count: u64, stream: &mut Stream) -> u64 {
    let width = u64::MAX / count;
    slice * width + stream.below(width)
}

#[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
fn count(of: usize) -> f64 {
    of as f64
}

fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}
