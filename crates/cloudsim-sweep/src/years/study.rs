//! Which episodes are run, and what their runs say together.

use super::failures::{Episode, Failure, Failures, Stratum, YEAR, count, uniform};
use crate::document::Share;
use crate::intervals::{Interval, probability, student};
use crate::statistics;
use cloudsim_engine::{Stream, Streams};
use cloudsim_units::{Ratio, SimDuration, math};
use std::collections::BTreeMap;

/// How many episodes are run, and how many years are put together of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Of each class that fails alone. Of two failures that overlap there are at least twice as many in all, of more at least
    /// four times as many; of each pair of classes at least a quarter of it, and never less than two.
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

impl Drawn {
    /// How long it is, in seconds.
    fn length(&self) -> f64 {
        self.episode.length.as_secs_f64()
    }
}

/// What runs cost a service: how much of a cycle, in how many of how many.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    lost: f64,
    hit: u64,
    of: u64,
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
    /// What would be lost of a year in all, in seconds, if that class failed a third as often, and three times;
    /// `None` of what is no class, and where the runs know too little of such rates.
    pub by_rate: Option<[f64; 2]>,
    /// The same if failures of that class lasted a third as long, and three times; `None` unless that was run.
    pub by_length: Option<[f64; 2]>,
}

/// What failures that overlap cost a service, by the classes of the first two of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The two, in order of the classes: it does not matter which came first.
    pub classes: [usize; 2],
    /// How much of a year, in seconds.
    pub seconds: f64,
    /// Which share of all that is lost; `None` if nothing is.
    pub share: Option<f64>,
    /// The runs in which anything was lost. They are weighted, so that their number has no interval.
    pub hit: Share,
}

/// Other rates leave at least this share of what runs know, or nothing is said of them.
///
/// Chosen: with less, what is said is the luck of a few runs.
const EFFECTIVE_MIN: f64 = 0.1;

/// How far off rates, and how long failures last, are taken to be, to show what rests on them.
///
/// Assumed: factor three either way, as FS-08 has it for rates of zones; others are no surer, and repairs of which something is
/// published (FS-07, FS-09) take from a third of their median to three times of it.
pub const FACTORS: [f64; 2] = [1.0 / 3.0, 3.0];

/// What of the downtime that an objective leaves is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// The availability that is asked for.
    pub objective: Ratio,
    /// What it leaves of a year.
    pub seconds: f64,
    /// The share of it that is lost in the mean; `None` if it leaves nothing.
    pub used: Option<f64>,
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
    /// Of what several at once cost, which two; what costs most is first, what costs nothing is left out.
    pub pairs: Vec<Pair>,
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

impl Estimates {
    /// Notes what would be lost if failures of a class lasted a third as long, and three times.
    pub fn lasting(&mut self, class: usize, third: &Self, thrice: &Self) {
        let ends = third.services.iter().zip(&thrice.services);
        for (service, (third, thrice)) in self.services.iter_mut().zip(ends) {
            for lost in service.lost.iter_mut().filter(|lost| lost.reason == Reason::Alone(class)) {
                lost.by_length = Some([third.seconds, thrice.seconds]);
            }
        }
    }
}

impl Effort {
    /// How many episodes of a stratum are run, where there are so many classes.
    fn of(self, stratum: Stratum, classes: usize) -> u64 {
        let pairs = (classes * classes) as u64;
        let at_least = |times: u64| (self.runs * times / pairs).max(self.runs / 4);
        let runs = match stratum.then {
            None => self.runs,
            Some((_, false)) => at_least(2),
            Some((_, true)) => at_least(4),
        };
        runs.max(2)
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
            let count = effort.of(*stratum, failures.classes.len());
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
            let years = years.iter().map(|group| group.iter().map(|year| year[at]).collect()).collect();
            self.service(service, lost, years)
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
        1.0 / self.failures.rate() + self.mean(|run| self.drawn[run].length(), |_| 1.0)
    }

    /// The mean of something of an episode, where each run counts so many times as much as it does.
    fn mean(&self, of: impl Fn(usize) -> f64, times: impl Fn(&Episode) -> f64) -> f64 {
        let strata = self.ranges().map(|(_, range)| {
            let count = count(range.len());
            let weighted = |run: usize| self.drawn[run].weight * times(&self.drawn[run].episode) * of(run);
            range.map(weighted).sum::<f64>() / count
        });
        strata.sum()
    }

    /// What a year loses by each pair of classes that fail at once, the most first.
    fn pairs(&self, year_by_cycle: f64, seconds: f64, lost: &impl Fn(usize) -> f64) -> Vec<Pair> {
        let mut pairs: BTreeMap<[usize; 2], Tally> = BTreeMap::new();
        for (stratum, range) in self.ranges() {
            if let Some((second, _)) = stratum.then {
                let mut classes = [stratum.first, second];
                classes.sort_unstable();
                self.tally(pairs.entry(classes).or_default(), range, lost);
            }
        }
        let pairs = pairs.into_iter().filter(|(_, tally)| tally.lost > 0.0).map(|(classes, tally)| {
            let of_pair = tally.lost * year_by_cycle;
            let hit = Share { interval: None, ..statistics::share(tally.hit, tally.of) };
            Pair { classes, seconds: of_pair, share: (seconds > 0.0).then(|| of_pair / seconds), hit }
        });
        let mut pairs: Vec<Pair> = pairs.collect();
        pairs.sort_by(|one, other| {
            other.seconds.total_cmp(&one.seconds).then(one.classes.cmp(&other.classes))
        });
        pairs
    }

    /// Adds the runs of a stratum.
    fn tally(&self, to: &mut Tally, range: std::ops::Range<usize>, lost: &impl Fn(usize) -> f64) {
        to.of += range.len() as u64;
        to.hit += range.clone().filter(|run| lost(*run) > 0.0).count() as u64;
        let runs = count(range.len());
        to.lost += range.map(|run| self.drawn[run].weight * lost(run)).sum::<f64>() / runs;
    }

    fn service(
        &self,
        service: &Judged,
        lost: impl Fn(usize) -> f64,
        mut groups: Vec<Vec<f64>>,
    ) -> ServiceYears {
        let (year, cycle) = (YEAR.as_secs_f64(), self.cycle());
        let mut reasons: BTreeMap<Reason, Tally> = BTreeMap::new();
        for (stratum, range) in self.ranges() {
            self.tally(reasons.entry(stratum.reason()).or_default(), range, &lost);
        }
        let per_cycle: f64 = reasons.values().map(|tally| tally.lost).sum();
        let ratio = per_cycle / cycle;
        let steady = service.steady.as_f64() * year;
        let seconds = ratio * year + steady;
        let of_failures = self.interval(per_cycle, cycle, &lost);
        let mut all: Vec<Lost> = reasons
            .into_iter()
            .map(|(reason, tally)| {
                let mut hit = statistics::share(tally.hit, tally.of);
                if reason == Reason::Several {
                    // They are weighted, so that their number says nothing.
                    hit.interval = None;
                }
                (reason, tally.lost / cycle * year, hit)
            })
            .chain((steady > 0.0).then(|| (Reason::Steady, steady, statistics::share(0, 0))))
            .map(|(reason, seconds_of, hit)| {
                let share = (seconds > 0.0).then(|| seconds_of / seconds);
                let by_rate = match reason {
                    Reason::Alone(class) => {
                        let ends = FACTORS.map(|factor| self.ratio_at(class, factor, &lost));
                        ends[0]
                            .zip(ends[1])
                            .map(|(third, thrice)| [third, thrice].map(|ratio| ratio * year + steady))
                    }
                    Reason::Several | Reason::Steady => None,
                };
                Lost { reason, seconds: seconds_of, share, hit, by_rate, by_length: None }
            })
            .collect();
        all.sort_by(|one, other| other.seconds.total_cmp(&one.seconds).then(one.reason.cmp(&other.reason)));
        for year in groups.iter_mut().flatten() {
            *year += steady;
        }
        let budget = service.objective.map(|objective| {
            let left = objective.complement().as_f64() * year;
            let used = (left > 0.0).then(|| seconds / left);
            Budget { objective, seconds: left, used, broken: broken(&groups, left) }
        });
        let mut years: Vec<f64> = groups.into_iter().flatten().collect();
        years.sort_by(f64::total_cmp);
        ServiceYears {
            name: service.name.clone(),
            seconds,
            interval: Interval {
                low: of_failures.low * year + steady,
                high: (of_failures.high * year + steady).min(year),
            },
            lost: all,
            pairs: self.pairs(year / cycle, seconds, &lost),
            quantiles: [50, 95, 99, 100].map(|percent| quantile(&years, percent)),
            budget,
        }
    }

    /// The share of time that would be lost if a class failed so many times as often: each run counts as much more as it is
    /// likelier, by the failures that it has and by those that it does not have. `None` if so much is down then that these runs
    /// know little of it.
    fn ratio_at(&self, class: usize, factor: f64, lost: &impl Fn(usize) -> f64) -> Option<f64> {
        let times = |episode: &Episode| {
            let of_class = |of: &&Failure| self.failures.components[of.component].class == class;
            let failed = count(episode.failures.iter().filter(of_class).count());
            math::pow(factor, failed) * math::exp((1.0 - factor) * self.failures.exposure(episode, class))
        };
        let is_overloaded = self.failures.failing(class, factor).is_overloaded();
        if is_overloaded || self.effective(times) < EFFECTIVE_MIN * self.effective(|_| 1.0) {
            return None;
        }
        let cycle = 1.0 / self.failures.rate() + self.mean(|run| self.drawn[run].length(), times);
        Some(self.mean(lost, times) / cycle)
    }

    /// How many runs of one weight know as much of how long episodes are as all do, where each counts so many times as much as it
    /// does.
    fn effective(&self, times: impl Fn(&Episode) -> f64) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for (_, range) in self.ranges() {
            let runs = count(range.len());
            for drawn in &self.drawn[range] {
                let weight = drawn.weight * times(&drawn.episode) / runs;
                sum += weight;
                squares += weight * weight;
            }
        }
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    }

    /// The interval of the share of time that is lost to failures. The residuals are those of a ratio of means. It is one of the
    /// logarithm, as what is lost cannot be less than nothing and few runs may hold much of it, and its upper end is moved by
    /// twice what the skewness of the residuals shifts a mean.
    fn interval(&self, per_cycle: f64, cycle: f64, lost: &impl Fn(usize) -> f64) -> Interval {
        let ratio = per_cycle / cycle;
        let (mut variance, mut by_freedom, mut skew, mut unseen) = (0.0, 0.0, 0.0, 0.0_f64);
        for (stratum, range) in self.ranges() {
            let n = count(range.len());
            let weighted = |run: usize| {
                let drawn = &self.drawn[run];
                (drawn.weight * lost(run), drawn.weight * drawn.length())
            };
            let residuals: Vec<f64> = range
                .clone()
                .map(|run| {
                    let (lost, length) = weighted(run);
                    lost - ratio * length
                })
                .collect();
            // Neighbours of a stratum are of neighbouring slices, and differ by little but luck.
            let pairs = residuals.windows(2).map(|pair| pair[1] - pair[0]);
            let of = pairs.map(|difference| difference * difference).sum::<f64>() / (2.0 * (n - 1.0) * n);
            variance += of;
            by_freedom += of * of / (2.0 / 3.0 * (n - 1.0));
            if stratum.then.is_some() {
                // Slices leave next to nothing of that of a length that is all there is to an episode.
                let mean = residuals.iter().sum::<f64>() / n;
                let cubes = residuals.iter().map(|of| (of - mean) * (of - mean) * (of - mean));
                skew += cubes.sum::<f64>() / (n * n * n);
            }
            let most = range.map(|run| weighted(run).1).sum::<f64>() / n;
            let none = probability(0, residuals.len() as u64).map_or(1.0, |of| of.high);
            unseen = unseen.max(none * most);
        }
        if per_cycle <= 0.0 {
            // No run shows any: what may be lost for whole episodes of the kind that the runs know least of.
            return Interval { low: 0.0, high: unseen / cycle };
        }
        if variance <= 0.0 {
            return Interval { low: ratio, high: ratio };
        }
        let half = student(variance * variance / by_freedom) * math::pow(variance, 0.5) / per_cycle;
        let shift = (skew / (3.0 * variance)).max(0.0);
        Interval {
            low: ratio * math::exp(-half),
            high: ratio * math::exp(half.min(EXPONENT_MAX)) + shift / cycle,
        }
    }

    /// Lets years pass, in groups that know only their own part of the runs: episodes as they happen, each of which costs what one
    /// of its stratum did that was run. How many episodes there were, and by group, year and service the seconds that were lost.
    fn put_together(&self, services: usize, losses: &[Vec<SimDuration>]) -> (u64, Vec<Vec<Vec<f64>>>) {
        let ranges: BTreeMap<Stratum, std::ops::Range<usize>> = self.ranges().collect();
        let mut episodes = 0;
        let groups = (0..GROUPS).map(|group| {
            let years = usize::try_from(self.effort.years).expect("few years");
            let mut stream = self.streams.stream("years", &format!("group {group}"));
            let mut years = vec![vec![0.0; services]; (years + GROUPS - 1 - group) / GROUPS];
            let mut now = 0.0;
            loop {
                now += -math::ln(uniform(&mut stream)) / self.failures.rate();
                let year = whole(now / YEAR.as_secs_f64());
                if year >= years.len() {
                    break;
                }
                episodes += 1;
                let episode = self.failures.draw(&mut stream);
                let run = self.like(&ranges[&self.failures.stratum_of(&episode)], group, &mut stream);
                let length = episode.length.as_secs_f64();
                // What it costs is spread evenly over the years that it is in.
                for (of, lost) in years.iter_mut().enumerate().skip(year) {
                    let begins = year_begins(of).max(now);
                    let ends = year_begins(of + 1).min(now + length);
                    if ends <= begins {
                        break;
                    }
                    for (lost, of) in lost.iter_mut().zip(&losses[run]) {
                        *lost += of.as_secs_f64() * (ends - begins) / length;
                    }
                }
                now += length;
            }
            years
        });
        let groups = groups.collect();
        (episodes, groups)
    }

    /// One of a group's runs of a stratum, each as likely as it counts; of all of them if the group has none.
    fn like(&self, range: &std::ops::Range<usize>, group: usize, stream: &mut Stream) -> usize {
        let own = || range.clone().skip(group).step_by(GROUPS);
        let weight = |run: usize| self.drawn[run].weight;
        let pick = |runs: Vec<usize>, u: f64| {
            let mut left = u * runs.iter().map(|run| weight(*run)).sum::<f64>();
            let found = runs.iter().copied().find(|run| {
                left -= weight(*run);
                left < 0.0
            });
            found.or(runs.last().copied())
        };
        let u = uniform(stream);
        pick(own().collect(), u).or_else(|| pick(range.clone().collect(), u)).expect("a stratum has runs")
    }
}

/// So many groups of years there are: what they differ by is the luck of the runs and that of the years.
const GROUPS: usize = 8;

/// Ends of intervals are not drawn further out than by that power of e.
const EXPONENT_MAX: f64 = 20.0;

/// The share of years that lose more than so many seconds: the luck of the years by Clopper and Pearson, or that of the
/// runs, by what groups differ by, whichever is wider.
fn broken(groups: &[Vec<f64>], seconds: f64) -> Share {
    let over = |years: &Vec<f64>| years.iter().filter(|lost| **lost > seconds).count();
    let all = groups.iter().map(Vec::len).sum::<usize>();
    let mut share = statistics::share(groups.iter().map(over).sum::<usize>() as u64, all as u64);
    let shares: Vec<f64> = groups
        .iter()
        .filter(|years| !years.is_empty())
        .map(|years| count(over(years)) / count(years.len()))
        .collect();
    let n = count(shares.len());
    if let (Some(of), true) = (&mut share.interval, n > 1.0) {
        let mean = shares.iter().sum::<f64>() / n;
        let squares: f64 = shares.iter().map(|share| (share - mean) * (share - mean)).sum();
        let half = student(n - 1.0) * math::pow(squares / (n * (n - 1.0)), 0.5);
        (of.low, of.high) = (of.low.min((mean - half).max(0.0)), of.high.max((mean + half).min(1.0)));
    }
    share
}

/// When a year begins, in seconds.
fn year_begins(years: usize) -> f64 {
    count(years) * YEAR.as_secs_f64()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and far below 2^52")]
fn whole(of: f64) -> usize {
    of as usize
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

fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}
