//! What is wrong with a scenario, and where.

pub(crate) mod codes;
mod render;
mod sources;

pub use render::{is_unprintable, legible, printable, render};
pub use sources::{Location, SourceId, Sources, Span};

pub(crate) use sources::Origin;

use crate::examples::Example;
use std::fmt;

/// A kind of problem: its number, and what `cloudsim explain` says about it.
#[derive(Debug)]
pub struct Rule {
    /// Its number, never used for another: `CS0104`.
    pub code: &'static str,
    /// The rule in one line, as a lower-case fragment.
    pub title: &'static str,
    /// Why it holds and what to do, in Markdown.
    pub page: &'static str,
    /// What breaks it.
    pub example: Example,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can, but probably does not mean what it says.
    Warning,
    /// It means what it says; the architecture that it describes has a weak place. Shown as a warning.
    Advice,
}

/// Something wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The rule that it breaks.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// The places that matter, with what to say there, which may be nothing. The first is where it is wrong; there is none
    /// if no text is to blame, such as for a file that is not there.
    pub labels: Vec<(Span, String)>,
    /// What would help, as a lower-case fragment.
    pub hint: Option<String>,
}

impl Problem {
    /// An error without a place.
    #[must_use]
    pub fn error(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self { rule, severity: Severity::Error, message: message.into(), labels: Vec::new(), hint: None }
    }

    /// A warning without a place.
    pub(crate) fn warning(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(rule, message) }
    }

    /// Advice without a place.
    pub(crate) fn advice(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self { severity: Severity::Advice, ..Self::error(rule, message) }
    }

    /// Where it is wrong; the first of the places that matter.
    #[must_use]
    pub fn place(&self) -> Option<Span> {
        self.labels.first().map(|(place, _)| *place)
    }

    /// Puts it at a place.
    #[must_use]
    pub fn at(mut self, place: Span) -> Self {
        self.labels.insert(0, (place, String::new()));
        self
    }

    /// Says something at the place of the problem, which must be known already.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.labels[0].1 = label.into();
        self
    }

    /// Names another place that matters, and what to say there.
    #[must_use]
    pub fn also(mut self, place: Span, label: impl Into<String>) -> Self {
        self.labels.push((place, label.into()));
        self
    }

    /// Says what would help; nothing if that is empty.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.hint = (!hint.is_empty()).then_some(hint);
        self
    }
}

/// Everything wrong with a scenario, by source and place, and the sources themselves.
#[derive(Clone, Debug)]
pub struct Problems {
    /// At least one of them is an error; no more than [`PROBLEMS_MAX`](crate::limits::PROBLEMS_MAX).
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub omitted: usize,
    /// The texts that their places point into.
    pub sources: Sources,
}

/// All problems without colour, an empty line between two.
impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                out.write_str("\n")?;
            }
            out.write_str(&render(problem, &self.sources, false))?;
        }
        if self.omitted > 0 {
            writeln!(out, "\nand {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Of the known words the one that somebody who wrote `word` probably meant.
///
/// ```
/// assert_eq!(cloudsim_scenario::nearest("intervall", ["interval", "timeout"]), Some("interval"));
/// assert_eq!(cloudsim_scenario::nearest("xyz", ["interval", "timeout"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Comparing takes the product of the lengths, and there may be hundreds of words to look for among thousands.
    const COMPARED_MAX: usize = 200;
    const CHARS_MAX: usize = 48;
    let shortened = |word: &str| word.chars().take(CHARS_MAX).collect::<String>().to_lowercase();
    let lower = shortened(word);
    let mut likely: Vec<&str> = known.into_iter().collect();
    likely.sort_by_key(|candidate| candidate.chars().next() != word.chars().next());
    likely
        .into_iter()
        .take(COMPARED_MAX)
        .map(|candidate| (strsim::jaro_winkler(&lower, &shortened(candidate)), candidate))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(likeness, _)| *likeness > 0.8)
        .map(|(_, candidate)| candidate)
}

/// The hint for a word that is none of the known ones: the nearest of them if one is near, else all.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const SHOWN_MAX: usize = 12;
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(candidate) = nearest(word, known.iter().copied()) {
        return Some(format!("did you mean `{candidate}`?"));
    }
    if known.is_empty() {
        return None;
    }
    let shown: Vec<String> = known.iter().take(SHOWN_MAX).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > SHOWN_MAX { ", …" } else { "" };
    Some(format!("known are {}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_gets_the_list() {
        let known = ["interval", "timeout"];
        assert_eq!(did_you_mean("intervall", known).as_deref(), Some("did you mean `interval`?"));
        assert_eq!(did_you_mean("xyz", known).as_deref(), Some("known are `interval`, `timeout`"));
        assert_eq!(did_you_mean("xyz", []), None);
    }
}
