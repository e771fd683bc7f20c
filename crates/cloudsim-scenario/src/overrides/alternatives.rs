//! Alternatives: changes of several settings at once, by name, one of which is chosen as a setting is set.
//!
//! # Invariants
//! Those of one name set the same settings, so which of them was chosen before does not matter.

use super::set::{ALTERNATIVES, set};
use crate::diagnostics::{Problem, Span, codes, did_you_mean};
use crate::limits::CHANGES_MAX;
use crate::names::{is_title, unusable};
use crate::place::At;
use crate::sweep::can_vary;
use crate::syntax::{Node, Value};
use std::collections::BTreeMap;

const HINT: &str =
    "write `alternatives: { \"standby\": { \"with\": { \"databases.orders.multi_az\": true }, … } }`";

/// The entries of a map; none of what was told to be no map.
fn entries(node: &Node) -> &[(Node, Node)] {
    match &node.value {
        Value::Map(entries) => entries,
        _ => &[],
    }
}

fn all(root: &Node) -> &[(Node, Node)] {
    root.field(ALTERNATIVES).map(entries).unwrap_or_default()
}

/// The settings that the alternatives of each name set.
pub(crate) fn settings(root: &Node) -> BTreeMap<String, Vec<String>> {
    let of_name = |(name, choices): &(Node, Node)| {
        let (_, first) = entries(choices).first()?;
        Some((name.text()?.to_owned(), paths(first).map(str::to_owned).collect()))
    };
    all(root).iter().filter_map(of_name).collect()
}

/// One of several alternatives.
pub(crate) struct Choice {
    pub(crate) name: String,
    /// Where it is named.
    pub(crate) place: Span,
    /// Where what it sets is written.
    pub(crate) settings: Span,
}

/// The names, each with its alternatives.
pub(crate) fn names(root: &Node) -> Vec<(String, Vec<Choice>)> {
    let choice = |(name, settings): &(Node, Node)| {
        Some(Choice { name: name.text()?.to_owned(), place: name.span, settings: settings.span })
    };
    let named = |(name, choices): &(Node, Node)| {
        Some((name.text()?.to_owned(), entries(choices).iter().filter_map(choice).collect()))
    };
    all(root).iter().filter_map(named).collect()
}

/// What is wrong with them, but for their settings.
pub(crate) fn check(root: &Node, problems: &mut Vec<Problem>) {
    let Some(node) = root.field(ALTERNATIVES) else { return };
    if !matches!(node.value, Value::Map(_)) {
        problems.push(no_map(node));
    }
    let choices = all(root).iter().flat_map(|(_, choices)| entries(choices));
    let count: usize = choices.map(|(_, settings)| entries(settings).len()).sum();
    if count > CHANGES_MAX {
        let message = format!("more than {CHANGES_MAX} settings in all alternatives");
        problems.push(Problem::error(&codes::RANGE, message).at(node.span));
        return;
    }
    for (name, choices) in all(root) {
        match name.text().map(unusable) {
            None => problems.push(no_map(name)),
            Some(Some(message)) => problems.push(Problem::error(&codes::NAME, message).at(name.span)),
            Some(None) => {}
        }
        if entries(choices).is_empty() {
            problems.push(no_map(choices));
        }
        for (name, settings) in entries(choices) {
            check_one((name, settings), choices, problems);
        }
    }
}

fn check_one((name, settings): (&Node, &Node), choices: &Node, problems: &mut Vec<Problem>) {
    match name.text().map(is_title) {
        None => problems.push(no_map(name)),
        Some(false) => {
            let problem = Problem::error(&codes::NAME, "a name that cannot be shown on one line");
            problems.push(problem.at(name.span));
        }
        Some(true) => {}
    }
    if entries(settings).is_empty() {
        problems.push(no_map(settings));
        return;
    }
    for (path, _) in entries(settings) {
        match path.text() {
            None => problems.push(no_map(path)),
            Some(text) if !can_vary(text) || text.split('.').next() == Some(ALTERNATIVES) => {
                let message = format!("`{text}` cannot be set by an alternative");
                problems.push(Problem::error(&codes::SET, message).at(path.span));
            }
            Some(_) => {}
        }
    }
    let own: Vec<&str> = paths(settings).collect();
    let mut missing: Vec<&str> = entries(choices).iter().flat_map(|(_, settings)| paths(settings)).collect();
    missing.retain(|path| !own.contains(path));
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        let name_text = name.text().unwrap_or_default();
        let message = format!("`{name_text}` does not set `{}`, which others do", missing.join("`, `"));
        let hint = "all alternatives of a name set the same, so that none depends on what was before";
        problems.push(Problem::error(&codes::SET, message).at(name.span).hint(hint));
    }
}

fn paths(settings: &Node) -> impl Iterator<Item = &str> {
    entries(settings).iter().filter_map(|(path, _)| path.text())
}

fn no_map(node: &Node) -> Problem {
    let problem = Problem::error(&codes::WRONG_TYPE, "expected alternatives by their names, with settings");
    problem.at(At::new(node).span()).hint(HINT)
}

/// Sets what an alternative sets. `name` is that of the alternatives, `place` where it is written.
pub(super) fn choose(root: &mut Node, name: &str, place: Span, value: &Node) -> Result<(), Problem> {
    let known = names(root);
    let Some((_, choices)) = known.iter().find(|(known, _)| known == name) else {
        let hint = did_you_mean(name, known.iter().map(|(name, _)| name.as_str()));
        let problem = Problem::error(&codes::SET, format!("`{ALTERNATIVES}` has no `{name}`")).at(place);
        return Err(problem.hint(hint.unwrap_or_else(|| HINT.to_owned())));
    };
    let chosen = match &value.value {
        Value::Text(text) | Value::Number(text) | Value::Word(text) => text.as_str(),
        _ => "",
    };
    if !choices.iter().any(|known| known.name == chosen) {
        let what = if chosen.is_empty() { "this".to_owned() } else { format!("`{chosen}`") };
        let message = format!("{what} is no alternative of `{name}`");
        let hint = did_you_mean(chosen, choices.iter().map(|known| known.name.as_str()));
        return Err(Problem::error(&codes::SET, message).at(value.span).hint(hint.unwrap_or_default()));
    }
    for (path, value) in of(root, name, chosen) {
        let Some(text) = path.text() else { continue };
        set(root, text, path.span, value)?;
    }
    Ok(())
}

/// The settings of an alternative, without those that were told to be none.
fn of(root: &Node, name: &str, chosen: &str) -> Vec<(Node, Node)> {
    let find = |entries: &[(Node, Node)], name: &str| {
        entries.iter().find(|(key, _)| key.text() == Some(name)).map(|(_, value)| value.clone())
    };
    let settings = find(all(root), name).and_then(|choices| find(entries(&choices), chosen));
    let mut settings = settings.as_ref().map(entries).unwrap_or_default().to_vec();
    settings.retain(|(path, _)| path.text().is_some_and(|path| path.split('.').next() != Some(ALTERNATIVES)));
    settings
}

/// Settings that alternatives set and the scenario does not have.
pub(super) fn lost(root: &Node, is_sure: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let mut lost = Vec::new();
    for (name, choices) in names(root) {
        for Choice { name: choice, .. } in choices {
            let mut changed = root.clone();
            for (path, value) in of(root, &name, &choice) {
                let text = path.text().unwrap_or_default();
                lost.extend(set(&mut changed, text, path.span, value).err().filter(|_| is_sure(text)));
            }
        }
    }
    lost
}
