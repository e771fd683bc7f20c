//! What the command line changes in a scenario.

mod alternatives;
mod complete;
mod fault;
mod intervention;
mod set;

use crate::diagnostics::{Origin, Problem, SourceId, Sources, Span, codes, printable};
use crate::limits::CHANGES_MAX;
use crate::place::At;
use crate::plan::Plan;
use crate::sweep::Variation;
use crate::syntax::{Node, Value, parse_value};

pub(crate) use alternatives::{
    Choice, check as check_alternatives, names as alternatives_by_name, settings as alternatives,
};
pub use complete::{complete_fault, complete_intervention, complete_set};
pub(crate) use intervention::{Typed, Verb, read_own, read_step};
pub(crate) use set::set;

/// Changes to a scenario, as given on the command line.
///
/// They apply after the `set` fields of the files: first every `set` in its order, then every fault is added.
/// Interventions come after those that a scenario has itself, and are no part of it: they happen to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Settings: `kind.name.field=value`.
    pub set: Vec<String>,
    /// Faults to add: `zone:a@5m+15m`, or as a scenario writes them.
    pub faults: Vec<String>,
    /// What an operator does: `4m: failover database/orders`.
    pub interventions: Vec<String>,
    /// A seed instead of the file's. It is part of neither [`Plan::resolved`](crate::plan::Plan::resolved) nor
    /// [`Plan::overrides`](crate::plan::Plan::overrides), so that a sweep is one scenario.
    pub seed: Option<u64>,
    /// Whether more than 200 million expected requests, or 250,000 at once, are fine.
    pub allow_large: bool,
}

impl Overrides {
    /// The changes to the scenario in words that never change: `set databases.orders.multi_az=false`,
    /// `fault zone:a@5m+15m`. They are shown in all forms of a result, so nothing in them can steer a terminal.
    /// Interventions are none of them: until one happens, a run with it is the run without it.
    pub(crate) fn record(&self) -> Vec<String> {
        let sets = self.set.iter().map(|text| format!("set {}", printable(text)));
        sets.chain(self.faults.iter().map(|text| format!("fault {}", printable(text)))).collect()
    }
}

/// Applies them to a merged scenario, and reads the interventions.
pub(crate) fn apply(
    overrides: &Overrides,
    root: &mut Node,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) -> Vec<Typed> {
    let changes = overrides.set.len() + overrides.faults.len() + overrides.interventions.len();
    if changes > CHANGES_MAX {
        let message = format!("{changes} changes on the command line are more than {CHANGES_MAX}");
        problems.push(Problem::error(&codes::SET, message).hint("write settings and faults into a file"));
        return Vec::new();
    }
    for text in &overrides.set {
        if let Err(problem) = apply_set(text, root, sources) {
            problems.push(problem);
        }
    }
    for text in &overrides.faults {
        if let Err(problem) = fault::add(text, root, sources) {
            problems.push(problem);
        }
    }
    let mut interventions = Vec::new();
    for text in &overrides.interventions {
        match intervention::read(text, sources) {
            Ok(typed) => interventions.push(typed),
            Err(problem) => problems.push(problem),
        }
    }
    interventions
}

/// What is wrong with the settings that a scenario varies: whether they are there, not whether their values can be. Of a list
/// that is not known whole nothing is missed.
pub(crate) fn lost_variations(plan: &Plan, root: &Node, is_known: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let is_sure = |path: &str| path.split('.').next().is_some_and(is_known);
    let of_grids = grids(plan, root).into_iter().flat_map(|(vary, at)| lost(vary, at, root, &is_sure));
    alternatives::lost(root, &is_sure).into_iter().chain(of_grids).collect()
}

/// What a scenario varies, each with the list that says so.
pub(crate) fn grids<'a>(plan: &'a Plan, root: &'a Node) -> [(&'a [Variation], At<'a>); 2] {
    let at = |block, list| At::new(root).field(block).field(list);
    [(&plan.sweep.vary, at("sweep", "vary")), (&plan.optimize.space.vary, at("optimize", "knobs"))]
}

fn lost(vary: &[Variation], at: At<'_>, root: &Node, is_sure: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let sets = alternatives(root);
    let is_sure = |variation: &Variation| match variation.alternatives().and_then(|name| sets.get(name)) {
        Some(paths) => paths.iter().all(|path| is_sure(path)),
        None => is_sure(&variation.path),
    };
    let tried = vary.iter().enumerate();
    let tried = tried.filter(|(_, variation)| !variation.path.is_empty() && is_sure(variation));
    let lost = tried.flat_map(|(index, variation)| {
        let place = at.item(index).span();
        let try_one = |value: &str| {
            let text = |_| Value::Text(value.to_owned());
            let value = read_value(place.source, value, 0).map_or_else(text, |node| node.value);
            set(&mut root.clone(), &variation.path, place, Node { span: place, value }).err()
        };
        // Of alternatives each has to be there; else one value is enough to know.
        let tried = if variation.alternatives().is_some() { variation.values.len() } else { 1 };
        variation.values.iter().take(tried).filter_map(|value| try_one(value)).collect::<Vec<_>>()
    });
    lost.collect()
}

fn apply_set(text: &str, root: &mut Node, sources: &mut Sources) -> Result<(), Problem> {
    let source = sources.add("--set".into(), text.to_owned(), Origin::Flag("--set"));
    let whole = Span::new(source, 0, text.len());
    let Some((path, value)) = text.split_once('=') else {
        let problem = Problem::error(&codes::SET, "a setting without a value").at(whole);
        return Err(problem.hint("write `kind.name.field=value`"));
    };
    let start = path.len() + 1;
    let value = read_value(source, value, start)?;
    set(root, path, Span::new(source, 0, path.len()), value)
}

/// RON, or else the text itself. What opens like RON but is none is an error, not a text.
pub(crate) fn read_value(source: SourceId, text: &str, start: usize) -> Result<Node, Problem> {
    match parse_value(source, text, start) {
        Ok(node) => Ok(node),
        Err(problem) if text.trim_start().starts_with(['(', '[', '{', '"']) => Err(problem),
        Err(_) => {
            let span = Span::new(source, start, start + text.len());
            Ok(Node { span, value: Value::Text(text.trim().to_owned()) })
        }
    }
}
