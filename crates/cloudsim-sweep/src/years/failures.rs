//! What may fail, how often and for how long; and episodes of it, drawn as they happen or as they are wanted.

use cloudsim_engine::Stream;
use cloudsim_units::{DurationDistribution, SimDuration, math};

/// A year of 365.25 days.
pub(crate) const YEAR: SimDuration = SimDuration::from_secs(31_557_600);

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

/// A part of the time in which something may fail besides, and at which rate a second.
struct Stretch {
    from: f64,
    until: f64,
    rate: f64,
}

/// The chance of another failure before an episode ends.
struct Hazard {
    stretches: Vec<Stretch>,
    sum: f64,
}

impl Hazard {
    /// That there is one.
    fn probability(&self) -> f64 {
        1.0 - math::exp(-self.sum)
    }

    /// When the next one is if there is one; `u` is uniform between 0 and 1.
    fn time(&self, u: f64) -> f64 {
        let mut left = -math::ln(1.0 - u * self.probability());
        for stretch in &self.stretches {
            let here = stretch.rate * (stretch.until - stretch.from);
            if left < here {
                return stretch.from + left / stretch.rate;
            }
            left -= here;
        }
        self.stretches.last().map_or(0.0, |stretch| stretch.until)
    }
}

/// Uniform between 0 and 1, neither of them.
#[expect(clippy::cast_precision_loss, reason = "53 bits of it are kept")]
pub(super) fn uniform(stream: &mut Stream) -> f64 {
    ((stream.word() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
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

    /// What may fail after `from` and before the episode ends: a component that is down cannot.
    fn hazard(&self, episode: &Episode, from: SimDuration) -> Hazard {
        let ends: Vec<(f64, f64)> = episode
            .failures
            .iter()
            .map(|of| (of.at.saturating_add(of.lasts).as_secs_f64(), self.components[of.component].per_year))
            .collect();
        let (from, until) = (from.as_secs_f64(), episode.length.as_secs_f64());
        let mut cuts: Vec<f64> =
            ends.iter().map(|(end, _)| *end).filter(|end| from < *end && *end < until).collect();
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        let starts = [from].into_iter().chain(cuts.iter().copied());
        let stops = cuts.iter().copied().chain([until]);
        let stretches: Vec<Stretch> = starts
            .zip(stops)
            .map(|(from, until)| {
                let down: f64 = ends.iter().filter(|(end, _)| *end > from).map(|(_, rate)| rate).sum();
                let rate = (self.rate() - down / YEAR.as_secs_f64()).max(0.0);
                Stretch { from, until, rate }
            })
            .collect();
        let sum = stretches.iter().map(|of| of.rate * (of.until - of.from)).sum();
        Hazard { stretches, sum }
    }

    /// The next failure at `at`, of a class if one is wanted. The factor is how likely that class is then; 0 if all of it is down.
    fn fail(&self, episode: &mut Episode, at: f64, class: Option<usize>, stream: &mut Stream) -> f64 {
        let at = whole_seconds(SimDuration::from_nanos_f64(at * 1e9)).min(episode.length);
        let up = |component: usize| {
            let down = |of: &Failure| of.component == component && of.at.saturating_add(of.lasts) > at;
            !episode.failures.iter().any(down)
        };
        let rate = |class: Option<usize>| -> f64 {
            let all = self.components.iter().enumerate();
            let open = all.filter(|(at, of)| class.is_none_or(|class| of.class == class) && up(*at));
            open.map(|(_, of)| of.per_year).sum()
        };
        let factor = class.map_or(1.0, |class| rate(Some(class)) / rate(None).max(f64::MIN_POSITIVE));
        if let Some(component) = self.choose(class, uniform(stream), up) {
            self.add(episode, component, at, stream.word());
        }
        factor
    }

    /// Lets happen what happens until the episode ends.
    fn go_on(&self, episode: &mut Episode, stream: &mut Stream) {
        loop {
            let hazard = self.hazard(episode, episode.failures.last().expect("it began with one").at);
            if hazard.sum <= 0.0 || uniform(stream) >= hazard.probability() {
                return;
            }
            self.fail(episode, hazard.time(uniform(stream)), None, stream);
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
        let hazard = self.hazard(&episode, SimDuration::ZERO);
        let Some((second, more)) = stratum.then else {
            return (episode, weight * (1.0 - hazard.probability()));
        };
        weight *= hazard.probability();
        weight *= self.fail(&mut episode, hazard.time(uniform(stream)), Some(second), stream);
        let hazard = self.hazard(&episode, episode.failures.last().expect("it began with one").at);
        if !more {
            return (episode, weight * (1.0 - hazard.probability()));
        }
        weight *= hazard.probability();
        let (classes, third) = (self.classes.len() as u64, stream.below(self.classes.len() as u64));
        let third = usize::try_from(third).expect("below the length");
        weight *= self.fail(&mut episode, hazard.time(uniform(stream)), Some(third), stream);
        #[expect(clippy::cast_precision_loss, reason = "few classes")]
        let weight = weight * classes as f64;
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
