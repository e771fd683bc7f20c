//! Whether the values that a scenario tries in its grids can be: found out by trying them.

use crate::diagnostics::{Problem, Severity, SourceId, Sources, Span};
use crate::overrides::{Choice, alternatives_by_name, grids, read_value, set};
use crate::place::At;
use crate::plan::Plan;
use crate::sweep::Variation;
use crate::syntax::{Node, Value};

/// What is wrong with the values of its grids, each beside the first ones of the others, as a point of the grid has them; and
/// with alternatives that no grid has. `root` is the scenario as it stands, `problems` says what is wrong with another.
pub(crate) fn wrong_values(
    plan: &Plan,
    root: &Node,
    sources: &mut Sources,
    problems: impl Fn(Node, &Sources) -> Vec<Problem>,
) -> Vec<Problem> {
    let mut trials = Trials { root, problems, found: Vec::new() };
    let grids = grids(plan, root);
    for (vary, at) in grids {
        trials.grid(vary, at, sources);
    }
    for (name, choices) in alternatives_by_name(root) {
        let path = format!("alternatives.{name}");
        if grids.iter().any(|(vary, _)| vary.iter().any(|variation| variation.path == path)) {
            continue;
        }
        for Choice { name, place, settings } in choices {
            let value = Node { span: place, value: Value::Text(name) };
            let problems = trials.wrong([(path.as_str(), place, value)], sources);
            let (own, others): (Vec<Problem>, Vec<Problem>) =
                problems.into_iter().partition(|problem| problem.place().is_none_or(|at| settings.holds(at)));
            // What it does not go together with now may be changed with it: it is told once, and nothing is refused for it.
            let other = others.into_iter().find(|problem| problem.severity == Severity::Error);
            let other = other.filter(|_| own.is_empty());
            let other = other.map(|problem| Problem { severity: Severity::Advice, ..problem });
            trials.found.extend(own.into_iter().chain(other).map(|problem| problem.also(place, "with this")));
        }
    }
    trials.found
}

struct Trials<'a, F> {
    root: &'a Node,
    problems: F,
    found: Vec<Problem>,
}

impl<F: Fn(Node, &Sources) -> Vec<Problem>> Trials<'_, F> {
    /// Tries the first point, and then the other values of each setting until one of them is wrong.
    fn grid(&mut self, vary: &[Variation], at: At<'_>, sources: &mut Sources) {
        let places: Vec<Span> = (0..vary.len()).map(|index| at.item(index).span()).collect();
        let mut texts = Vec::new();
        let Some(values) = self.read(vary, &places, &mut texts, sources) else { return };
        let first: Vec<&Node> = values.iter().filter_map(|values| values.first()).collect();
        let trials = values.iter().enumerate().flat_map(|(factor, values)| {
            let others = values.iter().enumerate().skip(usize::from(factor > 0));
            others.map(move |(value, node)| (factor, value, node))
        });
        let mut wrong = None;
        for (factor, value, node) in trials {
            if wrong == Some(factor) {
                continue;
            }
            let mut point = first.clone();
            point[factor] = node;
            let settings = vary.iter().zip(&places).zip(point);
            let settings = settings.map(|((of, place), node)| (of.path.as_str(), *place, node.clone()));
            let problems = self.wrong(settings, sources);
            if problems.is_empty() {
                continue;
            }
            let label = format!("with `{}`", vary[factor].values[value]);
            let told = problems.into_iter().map(|problem| moved(problem, &texts));
            self.found.extend(told.map(|problem| match problem.place() {
                Some(place) if places.contains(&place) => problem,
                _ => problem.also(places[factor], label.clone()),
            }));
            if (factor, value) == (0, 0) {
                return;
            }
            wrong = Some(factor);
        }
    }

    /// All values as what they are written as; their texts are added to the sources, each with the place of its variation.
    fn read(
        &mut self,
        vary: &[Variation],
        places: &[Span],
        texts: &mut Vec<(SourceId, Span)>,
        sources: &mut Sources,
    ) -> Option<Vec<Vec<Node>>> {
        let before = self.found.len();
        let mut all = Vec::new();
        for (variation, place) in vary.iter().zip(places) {
            let mut values = Vec::new();
            for value in &variation.values {
                let source = sources.add_flag("--set", value.clone());
                texts.push((source, *place));
                match read_value(source, value, 0) {
                    Ok(node) => values.push(node),
                    Err(problem) => self.found.push(moved(problem, texts)),
                }
            }
            all.push(values);
        }
        (self.found.len() == before).then_some(all)
    }

    /// What is wrong with the scenario if it has these settings.
    fn wrong<'b>(
        &self,
        settings: impl IntoIterator<Item = (&'b str, Span, Node)>,
        sources: &Sources,
    ) -> Vec<Problem> {
        let mut root = self.root.clone();
        for (path, place, value) in settings {
            if let Err(problem) = set(&mut root, path, place, value) {
                return vec![problem];
            }
        }
        let mut problems = (self.problems)(root, sources);
        problems.retain(|problem| problem.severity == Severity::Error);
        problems
    }
}

/// The problem of a value where its variation is written.
fn moved(mut problem: Problem, texts: &[(SourceId, Span)]) -> Problem {
    for (label, _) in &mut problem.labels {
        if let Some((_, place)) = texts.iter().find(|(source, _)| *source == label.source) {
            *label = *place;
        }
    }
    problem
}
