//! From a name to a plan: read, merge, override, type, resolve, check.

use crate::checks;
use crate::diagnostics::{Location, Origin, Problem, Problems, Severity, SourceId, Sources, Span, codes};
use crate::files::{FileText, Files, read_all};
use crate::limits::{CHANGES_MAX, PROBLEMS_MAX};
use crate::merge::{check_duplicate_names, drop_duplicate_fields, kind, merge, sort_fields};
use crate::names::name_trials;
use crate::overrides::{self, Overrides, Typed};
use crate::place::At;
use crate::plan::Plan;
use crate::read::{Reading, read_scenario};
use crate::resolve::{Context, Unread, resolve};
use crate::settings::settings;
use crate::syntax::{Node, parse_document, pretty};
use crate::values::wrong_values;
use std::collections::BTreeSet;

/// So many bytes are read at most when items have to be read again because of mistakes in them.
const READING_MAX: usize = 16 << 20;

/// A scenario that can be run.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What to run.
    pub plan: Plan,
    /// What probably does not mean what it says, and advice; none of them is an error.
    pub warnings: Vec<Problem>,
    /// The texts that the warnings point into.
    pub sources: Sources,
    /// The files among them, each after those that it includes.
    files: Vec<SourceId>,
    /// Where each objective begins, in the order of the plan.
    objectives: Vec<Span>,
}

impl Loaded {
    /// Where each objective is written, in the order of the plan.
    ///
    /// ```
    /// use cloudsim_scenario::{MemoryFiles, Overrides, load};
    ///
    /// let loaded = load(&MemoryFiles::default(), "az-a-outage", &Overrides::default()).expect("it is shipped");
    /// let places = loaded.objectives();
    /// assert_eq!((places.len(), places[0].name.as_str()), (loaded.plan.objectives.len(), "(shipped)/az-a-outage.ron"));
    /// assert!(places[0].line > 1);
    /// ```
    #[must_use]
    pub fn objectives(&self) -> Vec<Location> {
        self.objectives.iter().map(|span| self.sources.locate(*span)).collect()
    }

    /// The files that the scenario was read from, those that ship among them: all that [`load_texts`] needs to make it again.
    #[must_use]
    pub fn texts(&self) -> Vec<FileText> {
        let files = self.files.iter().map(|id| self.sources.file(*id));
        files.map(|(name, text)| FileText { name: name.to_owned(), text: text.to_owned() }).collect()
    }
}

/// Reads, merges, overrides and checks a scenario.
///
/// `name` is looked for as given, then with `.ron` added, then among the shipped scenarios.
///
/// # Errors
/// Everything that is wrong with the scenario or the overrides, warnings included, sorted by source and place. A syntax error
/// stops the reading of its file, all other problems are found at once.
///
/// ```
/// use cloudsim_scenario::{MemoryFiles, Overrides, load};
///
/// let none = MemoryFiles::default();
/// let overrides = Overrides { set: vec!["target_groups.frontend.interval=15s".into()], ..Overrides::default() };
/// let loaded = load(&none, "az-a-outage", &overrides).expect("it is shipped");
/// assert_eq!(loaded.plan.target_groups[0].interval.to_string(), "15s");
///
/// let wrong = MemoryFiles::from([("mine.ron", r#"(version: 1, name: "mine", duration: "5x")"#)]);
/// let problems = load(&wrong, "mine.ron", &Overrides::default()).expect_err("no such unit");
/// assert!(problems.to_string().contains("mine.ron:1:38"));
/// ```
pub fn load(files: &impl Files, name: &str, overrides: &Overrides) -> Result<Loaded, Problems> {
    let mut sources = Sources::default();
    let mut problems = Vec::new();
    let documents = read_all(files, name, &mut sources, &mut problems);
    load_documents(documents, sources, problems, overrides, false)
}

/// The same, and tries the values of all settings that the scenario varies, and its alternatives: each is looked at in a
/// scenario that has it.
///
/// # Errors
/// As [`load`]; those of values if there are no others.
///
/// ```
/// use cloudsim_scenario::{MemoryFiles, Overrides, check};
///
/// let text = r#"(version: 1, name: "mine", duration: "5m", sweep: (vary: ["duration=5m,6x"]))"#;
/// let problems = check(&MemoryFiles::from([("mine.ron", text)]), "mine.ron", &Overrides::default());
/// assert!(problems.expect_err("no such unit").to_string().contains("6x"));
/// ```
pub fn check(files: &impl Files, name: &str, overrides: &Overrides) -> Result<Loaded, Problems> {
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let documents = read_all(files, name, &mut sources, &mut problems);
    load_documents(documents, sources, problems, overrides, true)
}

/// The same from the texts of a scenario, wherever its files are.
///
/// # Errors
/// As [`load`].
///
/// ```
/// use cloudsim_scenario::{MemoryFiles, Overrides, load, load_texts};
///
/// let loaded = load(&MemoryFiles::default(), "az-a-outage", &Overrides::default()).expect("it is shipped");
/// let again = load_texts(loaded.texts(), &Overrides::default()).expect("it is the same");
/// assert_eq!(again.plan, loaded.plan);
/// ```
pub fn load_texts(texts: Vec<FileText>, overrides: &Overrides) -> Result<Loaded, Problems> {
    let (mut sources, mut problems, mut values) = (Sources::default(), Vec::new(), 0);
    let mut documents = Vec::new();
    for FileText { name, text } in texts {
        let source = sources.add(name, text, Origin::File);
        match parse_document(source, sources.source(source), &mut values) {
            Ok(document) => documents.push(document),
            Err(problem) => problems.push(problem),
        }
    }
    load_documents(documents, sources, problems, overrides, false)
}

/// `values` asks to try what is varied.
fn load_documents(
    documents: Vec<Node>,
    mut sources: Sources,
    mut problems: Vec<Problem>,
    overrides: &Overrides,
    values: bool,
) -> Result<Loaded, Problems> {
    let files = documents.iter().map(|document| document.span.source).collect();
    // What a file that cannot be read would have defined is unknown, so nothing can be said about references to it.
    if has_errors(&problems) {
        return Err(finish(problems, sources));
    }
    let Some(merged) = merge(documents, &mut problems) else { return Err(finish(problems, sources)) };
    if let Some((_, place, _)) = merged.sets.get(CHANGES_MAX) {
        let problem = Problem::error(&codes::SET, format!("more than {CHANGES_MAX} settings in all files"));
        problems.push(problem.at(*place).hint("make the changes where things are defined"));
        return Err(finish(problems, sources));
    }
    let mut root = merged.root;
    name_trials(&mut root);
    overrides::check_alternatives(&root, &mut problems);
    for (path, place, value) in merged.sets {
        if let Err(problem) = overrides::set(&mut root, &path, place, value) {
            problems.push(problem);
        }
    }
    let typed = overrides::apply(overrides, &mut root, &mut sources, &mut problems);
    let asked = values.then(|| (root.clone(), typed.clone()));
    let understood = understand(root, typed, &sources, overrides.allow_large, &mut problems);
    let Some((mut root, mut plan)) = understood else { return Err(finish(problems, sources)) };
    if let Some((asked, typed)) = asked {
        problems.extend(wrong_values(&plan, &asked, &mut sources, |changed, sources| {
            let mut found = Vec::new();
            understand(changed, typed.clone(), sources, overrides.allow_large, &mut found);
            found
        }));
        if has_errors(&problems) {
            return Err(finish(problems, sources));
        }
    }
    let objectives = root.field("objectives").and_then(Node::items).unwrap_or_default();
    let objectives = objectives.iter().map(kind).collect();
    // How it is swept or optimized, and how often things fail, is no part of what is run: the digest of a seed is the same with
    // and without it.
    if let Some(fields) = root.fields_mut() {
        fields.retain(|field| {
            !["alternatives", "sweep", "optimize", "failures"].contains(&field.name.as_str())
        });
    }
    plan.resolved = pretty(&root);
    plan.overrides = overrides.record();
    plan.settings = settings(&plan, &root);
    plan.seed = overrides.seed.unwrap_or(plan.seed);
    sort(&mut problems);
    Ok(Loaded { plan, warnings: problems, sources, files, objectives })
}

/// What a merged and changed tree says, and what of the tree could be read; `None` if anything is wrong.
fn understand(
    mut root: Node,
    mut typed: Vec<Typed>,
    sources: &Sources,
    allow_large: bool,
    problems: &mut Vec<Problem>,
) -> Option<(Node, Plan)> {
    // Lists that an override set have no names yet.
    name_trials(&mut root);
    sort_fields(&mut root);
    drop_duplicate_fields(&mut root, problems);
    let twins = check_duplicate_names(&root, problems);
    let before = Unread::all(&root);
    let mut reading =
        Reading { sources, problems: Vec::new(), budget: READING_MAX, incomplete: BTreeSet::new() };
    let spec = read_scenario(&mut root, &mut reading);
    let mut incomplete = reading.incomplete;
    problems.append(&mut reading.problems);
    let unread = Unread::between(before, &Unread::all(&root));
    let mut interventions = Vec::new();
    for (index, own) in spec.interventions.iter().enumerate() {
        match overrides::read_own(own, At::new(&root).of("interventions", index)) {
            Ok(typed) => interventions.push(typed),
            Err(problem) => problems.push(problem),
        }
    }
    interventions.append(&mut typed);
    for (index, runbook) in spec.runbooks.iter().enumerate() {
        let at = At::new(&root).of("runbooks", index).field("steps");
        for (place, step) in runbook.steps.iter().enumerate() {
            match overrides::read_step(step, &runbook.name, at.item(place)) {
                Some(Ok(typed)) => interventions.push(typed),
                Some(Err(problem)) => problems.push(problem),
                None => {}
            }
        }
    }

    let mut context = Context::new(&spec, &root, &interventions, &unread, &twins, allow_large);
    context.incomplete.clone_from(&incomplete);
    let plan = resolve(&mut context);
    context.settle(problems);
    let is_known = |list: &str| !incomplete.contains(list) && !twins.contains_key(list);
    problems.extend(overrides::lost_variations(&plan, &root, &is_known));
    problems.append(&mut context.problems);
    let wrong: BTreeSet<Span> =
        problems.iter().flat_map(|problem| &problem.labels).map(|(place, _)| *place).collect();
    incomplete.extend(context.set_aside(&wrong));
    checks::run(&mut context, &incomplete);
    // About one place one thing is said.
    context.problems.retain(|problem| problem.place().is_none_or(|place| !wrong.contains(&place)));
    problems.append(&mut context.problems);
    if has_errors(problems) {
        return None;
    }
    checks::run_on_plan(&plan, &mut context);
    problems.append(&mut context.problems);
    if has_errors(problems) {
        return None;
    }
    Some((root, plan))
}

fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.severity == Severity::Error)
}

fn finish(mut problems: Vec<Problem>, sources: Sources) -> Problems {
    // What should be better can wait until what is wrong is right.
    problems.retain(|problem| problem.severity != Severity::Advice);
    sort(&mut problems);
    // An error among those that are left out must not leave warnings alone.
    problems.sort_by_key(|problem| problem.severity);
    let omitted = problems.len().saturating_sub(PROBLEMS_MAX);
    problems.truncate(PROBLEMS_MAX);
    sort(&mut problems);
    Problems { problems, omitted, sources }
}

fn sort(problems: &mut Vec<Problem>) {
    problems.sort_by_key(Problem::place);
    problems.dedup();
}
