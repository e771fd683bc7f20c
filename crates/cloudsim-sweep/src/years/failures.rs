//! What may fail, how often and for how long; and episodes of it, drawn as they happen or as they are wanted.

use cloudsim_engine::Stream;
use cloudsim_units::{DurationDistribution, SimDuration, math};
use std::collections::BTreeMap;

/// A year of 365.25 days.
pub(crate) const YEAR: SimDuration = SimDuration::from_secs(31_557_600);

/// So many things may be down or not settled at a time, in the mean.
///
/// Chosen: an episode is of some fifty failures then.
const LOAD_MAX: f64 = 4.0;

/// Something that fails now and then.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// As `--fault` names it: `zone:a`.
    pub name: String,
    /// Its class: the place of its name among those of [`Failures`].
    pub class: usize,
    /// How often a year, while it is up; above 0. The time until it fails is exponential.
    pub per_year: f64,
    /// For how long.
    pub lasts: DurationDistribution,
}

/// All that may fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Failures {
    /// The classes, by name: components that fail alike.
    pub classes: Vec<String>,
    /// What may fail; at least one of each class.
    pub components: Vec<Component>,
    /// So long after the last repair everything is as it was before.
    pub settle: SimDuration,
}

/// A component is down, within an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its place among the components.
    pub component: usize,
    /// When, counted from the beginning of the episode, in whole seconds.
    pub at: SimDuration,
    /// For how long, in whole seconds.
    pub lasts: SimDuration,
}

/// From the first failure while all is well to the instant at which all is well again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// What fails, in order of time; the first at 0.
    pub failures: Vec<Failure>,
    /// How long it is, the time to settle included.
    pub length: SimDuration,
}

impl Episode {
    /// When the last failure is.
    fn last(&self) -> SimDuration {
        self.failures.last().map_or(SimDuration::ZERO, |of| of.at)
    }

    /// Whether a component is down from some seconds on.
    fn is_down(&self, component: usize, at: f64) -> bool {
        let until = |of: &Failure| of.at.saturating_add(of.lasts).as_secs_f64();
        self.failures.iter().any(|of| of.component == component && until(of) > at)
    }
}

/// A way in which an episode may go on: the next failure comes within a stretch of it, and is of a class.
struct Way {
    from: f64,
    until: f64,
    /// At which rate a second anything fails then.
    rate: f64,
    class: usize,
    /// How many components are down then.
    down: usize,
    probability: f64,
}

impl Way {
    /// When it is, if it is in this way; `u` is uniform between 0 and 1.
    fn time(&self, u: f64) -> f64 {
        let all = 1.0 - math::exp(-self.rate * (self.until - self.from));
        self.from - math::ln(1.0 - u * all) / self.rate
    }
}

/// That there is another failure before an episode ends.
fn probability(ways: &[Way]) -> f64 {
    ways.iter().map(|way| way.probability).sum::<f64>().min(1.0)
}

/// So many failures of an episode may be forced; those that come later come as they happen. A bias at each step of a long
/// episode would leave most of the weight to a few.
///
/// Chosen: redundancy beyond four copies fails by what takes several of them at once.
const FORCED: usize = 4;
/// The share of forced failures that come as they happen, so that no weight is above its inverse (defensive mixture).
///
/// Chosen, as the two below: for intervals that are narrow and hold their level on the systems of `tests.rs`.
const AS_THEY_HAPPEN: f64 = 0.2;
/// The others come while something is down, this much rather for each component that is.
const RATHER: f64 = 4.0;
/// An episode of three failures is forced to go on at least so often.
const GOES_ON: f64 = 0.25;

/// Uniform between 0 and 1, neither of them.
#[expect(clippy::cast_precision_loss, reason = "53 bits of it are kept")]
pub(super) fn uniform(stream: &mut Stream) -> f64 {
    ((stream.word() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(super) fn count(of: usize) -> f64 {
    of as f64
}

fn whole_seconds(span: SimDuration) -> SimDuration {
    let second = SimDuration::from_secs(1).as_nanos();
    SimDuration::from_nanos(span.as_nanos().saturating_add(second / 2) / second * second)
}

impl Failures {
    /// Failures a second while all is well.
    pub(super) fn rate(&self) -> f64 {
        self.components.iter().map(|of| of.per_year).sum::<f64>() / YEAR.as_secs_f64()
    }

    /// How many things are down or not settled at a time, in the mean, if each failed as if it were up all the time. With more than
    /// a few, everything is well practically never.
    #[must_use]
    pub fn load(&self) -> f64 {
        let of = |of: &Component| of.per_year * of.lasts.mean().saturating_add(self.settle).as_secs_f64();
        self.components.iter().map(of).sum::<f64>() / YEAR.as_secs_f64()
    }

    /// Whether so much is down at a time that episodes practically never end: one is of e to the power of [`Failures::load`]
    /// failures.
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        self.load() > LOAD_MAX
    }

    /// The same, where a class fails so many times as often.
    pub(super) fn failing(&self, class: usize, factor: f64) -> Self {
        let mut other = self.clone();
        for component in other.components.iter_mut().filter(|of| of.class == class) {
            component.per_year *= factor;
        }
        other
    }

    /// The same, where failures of a class last so many times as long.
    #[must_use]
    pub fn lasting(&self, class: usize, factor: f64) -> Self {
        let mut other = self.clone();
        for component in other.components.iter_mut().filter(|of| of.class == class) {
            component.lasts = component.lasts.times(factor);
        }
        other
    }

    /// So many failures of a class are to be expected within an episode, as long as it is and with what of the class is up.
    pub(super) fn exposure(&self, episode: &Episode, class: usize) -> f64 {
        let of_class = self.components.iter().enumerate().filter(|(_, of)| of.class == class);
        let up = |component: usize| {
            let own = episode.failures.iter().filter(|of| of.component == component);
            let down: f64 = own.map(|of| of.lasts.as_secs_f64()).sum();
            (episode.length.as_secs_f64() - down).max(0.0)
        };
        of_class.map(|(component, of)| of.per_year / YEAR.as_secs_f64() * up(component)).sum()
    }

    /// The share of first failures that is of a class.
    pub(super) fn share(&self, class: usize) -> f64 {
        let of = |class: Option<usize>| -> f64 {
            let counts = |of: &&Component| class.is_none_or(|class| of.class == class);
            self.components.iter().filter(counts).map(|of| of.per_year).sum()
        };
        of(Some(class)) / of(None)
    }

    /// The component at a place of a class, or of all, if each had the room of its rate; those for which `may` says no have none.
    /// `None` if nobody has.
    fn choose(&self, class: Option<usize>, u: f64, may: impl Fn(usize) -> bool) -> Option<usize> {
        let all = self.components.iter().enumerate();
        let open: Vec<(usize, f64)> = all
            .filter(|(at, of)| class.is_none_or(|class| of.class == class) && may(*at))
            .map(|(at, of)| (at, of.per_year))
            .collect();
        let mut left = u * open.iter().map(|(_, rate)| rate).sum::<f64>();
        for (at, rate) in &open {
            if left < *rate {
                return Some(*at);
            }
            left -= rate;
        }
        open.last().map(|(at, _)| *at)
    }

    /// An episode that begins with a failure of a component; `word` says for how long.
    fn begin(&self, component: usize, word: u64) -> Episode {
        let mut episode = Episode { failures: Vec::new(), length: SimDuration::ZERO };
        self.add(&mut episode, component, SimDuration::ZERO, word);
        episode
    }

    fn add(&self, episode: &mut Episode, component: usize, at: SimDuration, word: u64) {
        let lasts = self.components[component].lasts.sample(word);
        let lasts = whole_seconds(lasts).max(SimDuration::from_secs(1));
        episode.failures.push(Failure { component, at, lasts });
        let end = at.saturating_add(lasts).saturating_add(self.settle);
        episode.length = episode.length.max(end);
    }

    /// The ways in which something may fail after `from` and before the episode ends: a component that is down cannot.
    fn ways(&self, episode: &Episode, from: SimDuration) -> Vec<Way> {
        let (from, until) = (from.as_secs_f64(), episode.length.as_secs_f64());
        let ends = episode.failures.iter().map(|of| of.at.saturating_add(of.lasts).as_secs_f64());
        let mut cuts: Vec<f64> = ends.filter(|end| from < *end && *end < until).collect();
        cuts.extend([from, until]);
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        let (mut ways, mut quiet) = (Vec::new(), 1.0);
        for stretch in cuts.windows(2) {
            let (from, until) = (stretch[0], stretch[1]);
            // By class, of what is up for the whole of it.
            let mut up: BTreeMap<usize, f64> = BTreeMap::new();
            let mut down = 0;
            for (component, of) in self.components.iter().enumerate() {
                if episode.is_down(component, from) {
                    down += 1;
                } else {
                    *up.entry(of.class).or_default() += of.per_year / YEAR.as_secs_f64();
                }
            }
            let rate: f64 = up.values().sum();
            if rate <= 0.0 {
                continue;
            }
            let here = quiet * (1.0 - math::exp(-rate * (until - from)));
            ways.extend(up.into_iter().map(|(class, own)| Way {
                from,
                until,
                rate,
                class,
                down,
                probability: here * own / rate,
            }));
            quiet *= math::exp(-rate * (until - from));
        }
        ways
    }

    /// Lets the next failure come in one of some ways: as they happen, or rather while much is down and of each class alike. The
    /// factor is how likely what was drawn is, over how often it is drawn; 0 if there is no way.
    fn fail(&self, episode: &mut Episode, ways: &[Way], forced: bool, stream: &mut Stream) -> f64 {
        let all = probability(ways);
        if all <= 0.0 {
            return 0.0;
        }
        let natural = if forced { AS_THEY_HAPPEN } else { 1.0 };
        // By how many components are down: how much of the rest comes then, and what each class has of it.
        let mut depths: BTreeMap<usize, BTreeMap<usize, f64>> = BTreeMap::new();
        for way in ways {
            *depths.entry(way.down).or_default().entry(way.class).or_default() += way.probability;
        }
        let wish = |down: usize| math::pow(RATHER, count(down));
        let wishes: f64 = depths.keys().map(|down| wish(*down)).sum();
        let drawn = |way: &Way| {
            let classes = &depths[&way.down];
            let of_class = way.probability / classes[&way.class] / count(classes.len());
            natural * way.probability / all + (1.0 - natural) * of_class * wish(way.down) / wishes
        };
        let mut left = uniform(stream);
        let way = ways.iter().find(|way| {
            left -= drawn(way);
            left < 0.0
        });
        let way = way.unwrap_or(&ways[ways.len() - 1]);
        let at = whole_seconds(SimDuration::from_nanos_f64(way.time(uniform(stream)) * 1e9));
        // Rounded, it may be at the very end of its stretch, where more is up again; what is down is so for the whole of it.
        let up = |component: usize| !episode.is_down(component, way.from);
        let chosen = self.choose(Some(way.class), uniform(stream), up).expect("a class of the way is up");
        let word = stream.word();
        self.add(episode, chosen, at.min(episode.length), word);
        way.probability / drawn(way)
    }

    /// Lets happen what happens until the episode ends.
    fn go_on(&self, episode: &mut Episode, stream: &mut Stream) {
        loop {
            let ways = self.ways(episode, episode.last());
            if uniform(stream) >= probability(&ways) {
                return;
            }
            self.fail(episode, &ways, false, stream);
        }
    }

    /// An episode as they happen.
    pub(super) fn draw(&self, stream: &mut Stream) -> Episode {
        let first = self.choose(None, uniform(stream), |_| true).expect("something may fail");
        let mut episode = self.begin(first, stream.word());
        self.go_on(&mut episode, stream);
        episode
    }

    /// An episode of a stratum, and how likely one of it is, given what was not left to luck. `place` and `word` are those of the
    /// first failure: which component of its class, and for how long.
    pub(super) fn draw_of(
        &self,
        stratum: Stratum,
        (place, word): (f64, u64),
        stream: &mut Stream,
    ) -> (Episode, f64) {
        let first = self.choose(Some(stratum.first), place, |_| true).expect("each class has a component");
        let mut episode = self.begin(first, word);
        let mut weight = self.share(stratum.first);
        let mut ways = self.ways(&episode, SimDuration::ZERO);
        let Some((second, more)) = stratum.then else {
            return (episode, weight * (1.0 - probability(&ways)));
        };
        ways.retain(|way| way.class == second);
        weight *= self.fail(&mut episode, &ways, true, stream);
        let ways = self.ways(&episode, episode.last());
        if !more {
            return (episode, weight * (1.0 - probability(&ways)));
        }
        weight *= self.fail(&mut episode, &ways, true, stream);
        while episode.failures.len() < FORCED {
            let ways = self.ways(&episode, episode.last());
            let next = probability(&ways);
            if next <= 0.0 {
                return (episode, weight);
            }
            let drawn = next.max(GOES_ON);
            if uniform(stream) >= drawn {
                return (episode, weight * (1.0 - next) / (1.0 - drawn));
            }
            weight *= self.fail(&mut episode, &ways, true, stream) / drawn;
        }
        self.go_on(&mut episode, stream);
        (episode, weight)
    }

    /// The stratum that an episode is of.
    pub(super) fn stratum_of(&self, episode: &Episode) -> Stratum {
        let class = |of: &Failure| self.components[of.component].class;
        let failures = &episode.failures;
        let then = failures.get(1).map(|second| (class(second), failures.len() > 2));
        Stratum { first: class(&failures[0]), then }
    }

    /// All strata.
    pub(super) fn strata(&self) -> Vec<Stratum> {
        let classes = || 0..self.classes.len();
        let alone = classes().map(|first| Stratum { first, then: None });
        let several = [false, true].into_iter().flat_map(|more| {
            classes().flat_map(move |first| {
                (0..self.classes.len()).map(move |second| Stratum { first, then: Some((second, more)) })
            })
        });
        alone.chain(several).collect()
    }
}

/// Episodes that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stratum {
    /// The class of the first failure.
    pub(super) first: usize,
    /// That of the second, and whether there are more; `None` if the first is alone.
    pub(super) then: Option<(usize, bool)>,
}
