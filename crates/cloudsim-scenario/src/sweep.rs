//! What `sweep` and `optimize` do with a scenario: its seeds, and settings with the values that they take in turn.

use crate::diagnostics::is_unprintable;
use crate::limits::{ODDS_MIN, VALUES_MAX};
use cloudsim_units::{ParseUnitError, Ratio, SimDuration};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// How a scenario is swept, unless the command line says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepSpec {
    /// The seeds.
    pub seeds: Option<Seeds>,
    /// What is varied; each setting at most once.
    pub vary: Vec<Variation>,
}

impl SweepSpec {
    /// How many combinations of values there are.
    #[must_use]
    pub fn points(&self) -> usize {
        self.vary.iter().fold(1, |points, of| points.saturating_mul(of.values.len()))
    }

    /// The settings that two of them change, each with the place of the second; those of alternatives among them.
    /// `alternatives` are the settings that those of each name set.
    #[must_use]
    pub fn varied_twice(&self, alternatives: &BTreeMap<String, Vec<String>>) -> Vec<(usize, String)> {
        let mut seen = BTreeSet::new();
        let mut twice = Vec::new();
        for (place, variation) in self.vary.iter().enumerate() {
            let sets = variation.alternatives().and_then(|name| alternatives.get(name));
            let own = sets.into_iter().flatten().chain([&variation.path]).filter(|path| !path.is_empty());
            let second: Vec<&String> = own.filter(|path| !seen.insert(*path)).collect();
            // Of alternatives that are there twice their name is enough.
            twice.extend(second.last().map(|path| (place, (*path).clone())));
        }
        twice
    }

    /// The same with what a command line says: its seeds instead, its variations besides or instead of those of the same setting.
    #[must_use]
    pub fn with(mut self, seeds: Option<Seeds>, vary: &[Variation]) -> Self {
        self.seeds = seeds.or(self.seeds);
        for variation in vary {
            match self.vary.iter_mut().find(|other| other.path == variation.path) {
                Some(other) => other.clone_from(variation),
                None => self.vary.push(variation.clone()),
            }
        }
        self
    }
}

/// How a scenario is optimized, unless the command line says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptimizeSpec {
    /// The seeds, and the settings that may be chosen.
    pub space: SweepSpec,
    /// In this share of runs at most an objective may be breached.
    pub breach_at_most: Ratio,
    /// How sure that has to be.
    pub confidence: Ratio,
}

impl OptimizeSpec {
    /// What both shares may be.
    pub const ODDS: RangeInclusive<Ratio> =
        Ratio::from_billionths(ODDS_MIN)..=Ratio::from_billionths(ODDS_MIN).complement();
}

impl Default for OptimizeSpec {
    fn default() -> Self {
        Self {
            space: SweepSpec::default(),
            breach_at_most: Ratio::from_percent(5),
            confidence: Ratio::from_percent(95),
        }
    }
}

/// Seeds one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// The first.
    pub from: u64,
    /// That before which they end; above the first.
    pub until: u64,
}

/// A setting and the values that it takes in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variation {
    /// The setting, as `--set` names it.
    pub path: String,
    /// The values, as `--set` takes them: at least one, no two alike.
    pub values: Vec<String>,
}

impl Seeds {
    /// Reads `0..200`, of which 200 is left out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ParseUnitError> {
        let number = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
        let ends = text.split_once("..").and_then(|(from, until)| Some((number(from)?, number(until)?)));
        let Some((from, until)) = ends else {
            return Err(ParseUnitError {
                message: format!("`{}` is no range of seeds", text.escape_debug()),
                hint: "write the first seed and that before which they end, as in \"0..200\"".into(),
            });
        };
        if from >= until {
            return Err(ParseUnitError {
                message: format!("no seed is in `{text}`"),
                hint: "the second is left out, so it is above the first".into(),
            });
        }
        Ok(Self { from, until })
    }
}

impl Variation {
    /// The name of the alternatives, if it chooses among some.
    pub(crate) fn alternatives(&self) -> Option<&str> {
        self.path.strip_prefix("alternatives.")
    }

    /// Reads `target_groups.web.interval=5s,10s`, or `groups.web.desired=6..=12/2`, whose steps are values. Commas within brackets
    /// and quotes are part of a value.
    ///
    /// # Errors
    /// What is wrong with it; whether the setting exists is another matter.
    pub fn parse(text: &str) -> Result<Self, ParseUnitError> {
        const HINT: &str = "write a setting and its values, as in \"target_groups.web.interval=5s,10s,30s\"";
        let wrong = |message: String, hint: &str| Err(ParseUnitError { message, hint: hint.to_owned() });
        if text.chars().any(is_unprintable) {
            return wrong("a variation with characters that cannot be shown".into(), HINT);
        }
        let Some((path, values)) = text.split_once('=') else {
            return wrong("a variation without values".into(), HINT);
        };
        let path = path.trim();
        if !can_vary(path) {
            return wrong(
                format!("`{path}` cannot be varied"),
                "seeds are given by `--seeds`, or `sweep.seeds`",
            );
        }
        let values: Vec<String> = match steps(values) {
            Some(values) => values?,
            None => split(values).into_iter().map(str::to_owned).collect(),
        };
        if path.is_empty() || values.iter().any(String::is_empty) {
            return wrong("a variation with an empty part".into(), HINT);
        }
        for (place, value) in values.iter().enumerate() {
            if values[..place].contains(value) {
                return wrong(format!("the value `{value}` is given twice"), "keep one of the two");
            }
        }
        Ok(Self { path: path.to_owned(), values })
    }
}

/// Whether a setting may differ between the points of a grid.
pub(crate) fn can_vary(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or_default();
    path != "seed" && !["sweep", "optimize"].contains(&root)
}

/// The values of a range with steps, as `6..=12/2` or `5s..=30s/5s`, its end among them if a step leads there;
/// `None` if it is none.
fn steps(text: &str) -> Option<Result<Vec<String>, ParseUnitError>> {
    let (from, rest) = text.split_once("..=")?;
    let (until, step) = rest.split_once('/').unwrap_or((rest, "1"));
    let ends = [from, until, step].map(str::trim);
    let count =
        |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let span = |text: &str| SimDuration::parse(text).ok().map(SimDuration::as_nanos);
    let all = |read: &dyn Fn(&str) -> Option<u64>| Some([read(ends[0])?, read(ends[1])?, read(ends[2])?]);
    let ([from, until, step], is_count) = match (all(&count), all(&span)) {
        (Some(ends), _) => (ends, true),
        (None, Some(ends)) => (ends, false),
        (None, None) => return None,
    };
    let wrong = |message: String, hint: &str| Some(Err(ParseUnitError { message, hint: hint.to_owned() }));
    if step == 0 || from > until {
        return wrong(
            format!("no steps lead through `{text}`"),
            "write the first, the last and the step, as in \"6..=12/2\"",
        );
    }
    if (until - from) / step >= VALUES_MAX {
        return wrong(format!("`{text}` has more than {VALUES_MAX} values"), "take a larger step");
    }
    let written =
        |value: u64| if is_count { value.to_string() } else { SimDuration::from_nanos(value).to_string() };
    Some(Ok((0..=(until - from) / step).map(|place| written(from + place * step)).collect()))
}

/// A text at its commas, but for those within brackets and quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped, mut from) = (0_u32, false, false, 0);
    let mut parts = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        Variation::parse(text).expect("it is right").values
    }

    #[test]
    fn commas_within_a_value_do_not_end_it() {
        assert_eq!(values("a.b=5s, 10s"), ["5s", "10s"]);
        assert_eq!(values("faults=[],[A(x: 1, y: 2)]"), ["[]", "[A(x: 1, y: 2)]"]);
        assert_eq!(values(r#"a="x, \", y",z"#), [r#""x, \", y""#, "z"]);
        assert_eq!(values("a.b=x=1,x=2"), ["x=1", "x=2"]);
    }

    #[test]
    fn a_range_is_its_steps() {
        assert_eq!(values("a.b=6..=12/2"), ["6", "8", "10", "12"]);
        assert_eq!(values("a.b=1..=3"), ["1", "2", "3"]);
        assert_eq!(values("a.b=5s..=17s/5s"), ["5s", "10s", "15s"]);
        assert_eq!(values("a.b=x..=y"), ["x..=y"], "a text of its own");
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for (text, message) in [
            ("a.b", "without values"),
            ("=1,2", "an empty part"),
            ("a.b=1,,2", "an empty part"),
            ("a.b=", "an empty part"),
            ("a.b=1,2,1", "`1` is given twice"),
            ("seed=1,2", "`seed` cannot be varied"),
            ("optimize.seeds=1,2", "`optimize.seeds` cannot be varied"),
            ("a.b=5..=1", "no steps lead through"),
            ("a.b=0..=9/0", "no steps lead through"),
            ("a.b=0..=1024", "more than 1024 values"),
            ("a=\u{1b}[31m", "cannot be shown"),
        ] {
            let problem = Variation::parse(text).expect_err(text);
            assert!(problem.message.contains(message), "{text}: {}", problem.message);
        }
    }

    #[test]
    fn the_command_line_adds_and_replaces() {
        let vary =
            |texts: &[&str]| texts.iter().map(|text| Variation::parse(text).expect(text)).collect::<Vec<_>>();
        let own = SweepSpec { seeds: Seeds::parse("0..9").ok(), vary: vary(&["a.x=1,2", "b=3"]) };
        let both = own.clone().with(None, &vary(&["c=5,6", "a.x=7"]));
        assert_eq!((both.seeds, both.vary), (own.seeds, vary(&["a.x=7", "b=3", "c=5,6"])));
        assert_eq!(own.with(Seeds::parse("4..5").ok(), &[]).seeds, Seeds::parse("4..5").ok());
    }

    #[test]
    fn seeds_are_a_range_without_its_end() {
        assert_eq!(Seeds::parse("3..9").ok(), Some(Seeds { from: 3, until: 9 }));
        for wrong in ["", "9", "9..3", "5..5", "-1..4", "+1..4", "0...4", "0..", "0..99999999999999999999"] {
            assert!(Seeds::parse(wrong).is_err(), "{wrong}");
        }
    }
}
