//! What was read, kept, left out and assumed, counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is said of an import.
#[derive(Debug, Default)]
pub(super) struct Notes {
    read: String,
    kept: Vec<String>,
    ignored: BTreeMap<String, usize>,
    /// In the order in which they were made; a number where they were made more than once.
    assumed: Vec<(String, usize)>,
    facts: Vec<String>,
}

impl Notes {
    pub(super) fn read(&mut self, what: String) {
        self.read = what;
    }

    pub(super) fn kept(&mut self, what: String) {
        self.kept.push(what);
    }

    /// So many of them are left out.
    pub(super) fn ignored(&mut self, count: usize, what: &str) {
        *self.ignored.entry(what.to_owned()).or_default() += count;
    }

    /// Of so many something is taken to hold that the input does not say.
    pub(super) fn assumed(&mut self, count: usize, what: &str) {
        match self.assumed.iter_mut().find(|(known, _)| known == what) {
            Some((_, so_far)) => *so_far += count,
            None => self.assumed.push((what.to_owned(), count)),
        }
    }

    /// Something holds of the whole that the input does not say.
    pub(super) fn fact(&mut self, what: String) {
        self.facts.push(what);
    }

    /// The version is known by other means.
    pub(super) fn replace_version(&mut self, what: String) {
        self.facts.retain(|fact| !fact.starts_with("version "));
        self.facts.push(what);
    }

    /// All of it, a line each, with a word in front.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("read     {}", self.read)];
        let mut add = |word: &str, all: Vec<String>| {
            for (number, what) in all.into_iter().enumerate() {
                lines.push(format!("{:<8} {what}", if number == 0 { word } else { "" }));
            }
        };
        add("kept", self.kept.clone());
        add("ignored", self.ignored.iter().map(|(what, count)| format!("{count} {what}")).collect());
        let counted = self.assumed.iter().map(|(what, count)| format!("{count} {what}"));
        add("assumed", self.facts.iter().cloned().chain(counted).collect());
        lines
    }

    /// The same as comments.
    pub(super) fn comment(&self) -> String {
        let mut out = String::new();
        for line in self.lines() {
            let _ = writeln!(out, "// {}", cloudsim_scenario::printable(line.trim_end()));
        }
        out
    }
}
