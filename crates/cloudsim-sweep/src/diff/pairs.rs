//! From pairs of runs to what they say together.

use crate::document::Share;
use crate::intervals::{Interval, Ranks, probability, ranks, sign_test};
use crate::row::Outcome;
use cloudsim_measures::Quantity;
use std::cmp::Ordering;

/// Below it, pairs differ to one side more than luck would let them.
const SIGNIFICANT: f64 = 0.05;

/// How much more B measured than A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Less than any number says: only A has no end.
    Less,
    /// So much more: nanoseconds, thousand-millionths of a dollar or of a share.
    By(i128),
    /// More than any number says: only B has no end.
    More,
}

/// What can be said of B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is better in more seeds than luck would let it.
    Better,
    /// It is worse in more seeds than luck would let it.
    Worse,
    /// There is a difference in some seeds, but none to one side that luck would not make; or too little could be compared.
    NotShown,
    /// Each pair measured the same.
    Same,
}

/// In how many seeds B is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signs {
    /// In so many it is better.
    pub better: u64,
    /// In so many it is worse.
    pub worse: u64,
    /// In so many it measured the same.
    pub equal: u64,
    /// In so many neither has an end, so that which is worse is unknown.
    pub unknown: u64,
    /// How likely B is the better one, in seeds in which they differ; `None` without one.
    pub share: Option<Interval>,
    /// How probable a split at least so uneven is by luck.
    pub p: f64,
}

/// A measure in A and in B.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The median of each by itself: half of its runs are no worse; `None` without runs.
    pub medians: [Option<Outcome>; 2],
    /// The median of what each pair differs by; `None` without pairs, or if pairs without an end could be on either side of it.
    pub median: Option<Change>,
    /// The lower end of its interval; `None` if there are too few pairs to say.
    pub low: Option<Change>,
    /// The upper end of its interval; `None` if there are too few pairs to say.
    pub high: Option<Change>,
    /// The mean of what each pair differs by; `None` if any of them is without an end.
    pub mean: Option<i128>,
    /// Pairs in which only A has no end, only B, and both.
    pub censored: [u64; 3],
    /// Seeds left out, because there was nothing to judge by in one of the two.
    pub unmeasured: u64,
    /// Of those, seeds in which there was something in the other.
    pub(super) lone: u64,
    /// Which is better how often.
    pub signs: Signs,
    /// The seed in which they differ most; `None` if they differ in none.
    pub widest: Option<u64>,
}

/// In which runs a limit does not hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breaches {
    /// In A, then in B, of all seeds that can be judged in both.
    pub shares: [Share; 2],
    /// In A alone, then in B alone.
    pub alone: [u64; 2],
    /// How probable a split at least so uneven of those is by luck.
    pub p: f64,
}

impl Signs {
    fn of(signs: impl Iterator<Item = Option<Ordering>>) -> Self {
        let [mut better, mut worse, mut equal, mut unknown] = [0; 4];
        for sign in signs {
            match sign {
                Some(Ordering::Less) => better += 1,
                Some(Ordering::Greater) => worse += 1,
                Some(Ordering::Equal) => equal += 1,
                None => unknown += 1,
            }
        }
        let share = probability(better, better + worse);
        Self { better, worse, equal, unknown, share, p: sign_test(better, worse) }
    }

    /// What they say.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.better, self.worse) {
            (0, 0) if self.unknown == 0 && self.equal > 0 => Verdict::Same,
            (better, worse) if self.p < SIGNIFICANT && better > worse => Verdict::Better,
            _ if self.p < SIGNIFICANT => Verdict::Worse,
            _ => Verdict::NotShown,
        }
    }
}

impl Comparison {
    /// Of pairs with their seeds, A first.
    pub(super) fn of(pairs: impl Iterator<Item = (u64, Outcome, Outcome)>) -> Self {
        let all: Vec<(u64, Outcome, Outcome)> = pairs.collect();
        let judged: Vec<(u64, Outcome, Outcome)> = all
            .iter()
            .copied()
            .filter(|(_, a, b)| *a != Outcome::Unmeasured && *b != Outcome::Unmeasured)
            .collect();
        let changes: Vec<Option<Change>> = judged.iter().map(|(_, a, b)| Change::between(*a, *b)).collect();
        // What is unknown is on whichever side makes less sure.
        let [lowest, highest] = [Change::Less, Change::More].map(|unknown| {
            let mut sorted: Vec<Change> = changes.iter().map(|change| change.unwrap_or(unknown)).collect();
            sorted.sort_unstable();
            sorted
        });
        let ends = ranks(judged.len() as u64, 50);
        let at = |sorted: &[Change], rank: u64| sorted[place(rank)];
        let [one, other] = [median(&lowest), median(&highest)];
        let count = |ends: [bool; 2]| {
            let beyond =
                |(_, a, b): &&(u64, Outcome, Outcome)| [a, b].map(|of| *of == Outcome::Beyond) == ends;
            judged.iter().filter(beyond).count() as u64
        };
        let sign = |(_, a, b): &(u64, Outcome, Outcome)| {
            let neither = *a == Outcome::Beyond && *b == Outcome::Beyond;
            (!neither).then(|| b.compare(a))
        };
        Self {
            medians: [middle(judged.iter().map(|(_, a, _)| *a)), middle(judged.iter().map(|(_, _, b)| *b))],
            median: if one == other { one } else { None },
            low: ends.and_then(|Ranks { low, .. }| Some(at(&lowest, low?))),
            high: ends.and_then(|Ranks { high, .. }| Some(at(&highest, high?))),
            mean: mean(&changes),
            censored: [count([true, false]), count([false, true]), count([true, true])],
            unmeasured: (all.len() - judged.len()) as u64,
            lone: all
                .iter()
                .filter(|(_, a, b)| (*a == Outcome::Unmeasured) != (*b == Outcome::Unmeasured))
                .count() as u64,
            signs: Signs::of(judged.iter().map(sign)),
            widest: widest(&judged, &changes),
        }
    }

    /// Whether each pair measured the same, or nothing.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.signs.better + self.signs.worse + self.lone == 0
    }
}

impl Breaches {
    pub(super) fn of(pairs: impl Iterator<Item = [Outcome; 2]>) -> Self {
        let [mut all, mut in_a, mut in_b, mut only_a, mut only_b] = [0; 5];
        for pair in pairs {
            let [Some(a), Some(b)] = pair.map(Outcome::is_breach) else { continue };
            all += 1;
            in_a += u64::from(a);
            in_b += u64::from(b);
            only_a += u64::from(a && !b);
            only_b += u64::from(b && !a);
        }
        let share = |runs| Share { runs, of: all, interval: probability(runs, all) };
        Self { shares: [share(in_a), share(in_b)], alone: [only_a, only_b], p: sign_test(only_a, only_b) }
    }

    /// What they say.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.alone {
            [0, 0] => Verdict::Same,
            [only_a, only_b] if self.p < SIGNIFICANT && only_a > only_b => Verdict::Better,
            _ if self.p < SIGNIFICANT => Verdict::Worse,
            _ => Verdict::NotShown,
        }
    }
}

impl Change {
    /// What a pair differs by; `None` if neither has an end.
    pub(crate) fn between(a: Outcome, b: Outcome) -> Option<Self> {
        match (a.actual(), b.actual()) {
            (Some(a), Some(b)) => Some(Self::By(amount(b) - amount(a))),
            (None, Some(_)) => Some(Self::Less),
            (Some(_), None) => Some(Self::More),
            (None, None) => None,
        }
    }
}

/// A quantity as a whole number of thousand-millionths.
fn amount(of: Quantity) -> i128 {
    match of {
        Quantity::Time(time) => time.as_nanos().into(),
        Quantity::Money(money) => money.as_nanos().into(),
        Quantity::Share { part, whole } => {
            let (part, whole) = (i128::from(part), i128::from(whole));
            (2 * part * 1_000_000_000 + whole) / (2 * whole)
        }
    }
}

fn place(rank: u64) -> usize {
    usize::try_from(rank - 1).expect("as many as there are pairs")
}

/// The middle one of what is sorted, or what is halfway between the two in the middle.
fn median(sorted: &[Change]) -> Option<Change> {
    let count = sorted.len();
    let [one, other] = [*sorted.get(count.checked_sub(1)? / 2)?, *sorted.get(count / 2)?];
    match (one, other) {
        (Change::By(one), Change::By(other)) => Some(Change::By(one.midpoint(other))),
        (one, other) => (one == other).then_some(one),
    }
}

/// The median of one side by itself.
fn middle(outcomes: impl Iterator<Item = Outcome>) -> Option<Outcome> {
    let mut sorted: Vec<Outcome> = outcomes.collect();
    sorted.sort_by(Outcome::compare);
    ranks(sorted.len() as u64, 50).map(|ranks| sorted[place(ranks.at)])
}

fn mean(changes: &[Option<Change>]) -> Option<i128> {
    let finite = |change: &Option<Change>| match change {
        Some(Change::By(amount)) => Some(*amount),
        _ => None,
    };
    let all: Option<Vec<i128>> = changes.iter().map(finite).collect();
    let all = all.filter(|all| !all.is_empty())?;
    Some(all.iter().sum::<i128>() / all.len() as i128)
}

/// The seed of the pair that differs most, of several the first: one without an end more than all others.
fn widest(judged: &[(u64, Outcome, Outcome)], changes: &[Option<Change>]) -> Option<u64> {
    let mut best: Option<(u128, u64)> = None;
    for ((seed, ..), change) in judged.iter().zip(changes) {
        let width = match change {
            Some(Change::By(amount)) => amount.unsigned_abs(),
            Some(Change::Less | Change::More) => u128::MAX,
            None => 0,
        };
        if width > best.map_or(0, |(width, _)| width) {
            best = Some((width, *seed));
        }
    }
    best.map(|(_, seed)| seed)
}
