//! What `kubectl get -o yaml|json` prints, and manifests.
//!
//! # Kept
//! Nodes with zone, labels, taints, room and state; what keeps pods running, with its pods where they run; bare pods; services,
//! disruption budgets, autoscalers, namespaces, priority classes; classes of storage, volumes, claims.
//!
//! # Left out
//! Whatever has no part in where pods run and when: environments, commands, mounts, annotations, contents of secrets,
//! events; and kinds that are not simulated, which are counted.

mod check;
mod cluster;
mod control_plane;
mod gather;
mod group;
mod keep;
mod notes;
mod storage;
mod text;
mod write;

pub use cluster::UNKNOWN;

use crate::rules::{FLAG, NOTHING, TEXT};
use cloudsim_scenario::{Problem, Problems, Said, SourceId, Sources, Span, limits::PROBLEMS_MAX};
use gather::Gathered;
use notes::Notes;
use serde_json::Value;
use std::collections::BTreeMap;

/// Texts together have at most so many bytes.
///
/// Assumed: three times what kubectl prints of the largest cluster, and less than what a place in a text can say.
pub const TEXT_MAX: u64 = 3 << 30;

/// A text to import.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path of its file, as the user would write it.
    pub name: String,
    /// What stands in it, which should be text in UTF-8.
    pub bytes: Vec<u8>,
}

/// What the command line says beside the texts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the scenario is called; else after the first text.
    pub name: Option<String>,
    /// The minor version of the cluster; else that of its nodes.
    pub version: Option<String>,
    /// Nodes for manifests, as in `3xm5.xlarge`.
    pub nodes: Option<String>,
    /// The zones that they are dealt over, with commas between them.
    pub zones: Option<String>,
}

/// A scenario, and what is to be said of it.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The text of the scenario, which needs no other file.
    pub scenario: String,
    /// What was read, kept, left out and assumed: lines for people, which head the scenario as a comment too.
    pub notes: Vec<String>,
}

/// Makes a scenario of what kubectl prints, or of manifests.
///
/// # Errors
/// Everything that is wrong with the texts and the options, at its places.
///
/// ```
/// use cloudsim_import::kubectl::{Options, Source, import};
///
/// let text = "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: web, image: \"web:1\" }] }\n";
/// let nodes = Options { nodes: Some("3xm5.large".into()), ..Options::default() };
/// let imported = import(vec![Source { name: "web.yaml".into(), bytes: text.into() }], &nodes).expect("it is right");
/// assert!(imported.scenario.contains(r#"pods: [(name: "web", spec: (containers: [(image: "web:1", name: "web")]))]"#));
/// ```
pub fn import(texts: Vec<Source>, options: &Options) -> Result<Imported, Problems> {
    let mut gathered = Gathered::default();
    let mut sources = Sources::default();
    let names: Vec<String> = texts.iter().map(|text| text.name.clone()).collect();
    let mut end = None;
    for Source { name, bytes } in texts {
        let found_before = gathered.problems.len();
        let source = sources.next_id();
        let text = match String::from_utf8(bytes) {
            Ok(text) => {
                gathered.add(source, &name, &text);
                text
            }
            Err(error) => {
                gathered.problems.push(not_text(source, error.as_bytes(), error.utf8_error().valid_up_to()));
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
        // Only what may be pointed at is kept in memory.
        let is_large = text.len() > (16 << 20);
        let text = if is_large && gathered.problems.len() == found_before { String::new() } else { text };
        let last = text.trim_end().rfind('\n').map_or(0, |feed| feed + 1);
        end = end.or(Some(Span::new(source, last, text.trim_end().len().max(last))));
        sources.add_file(name, text);
    }
    let mut notes = Notes::default();
    let scenario_name = name(options, &names, &mut gathered, &mut sources);
    let Some(end) = end else {
        let problem =
            Problem::error(&NOTHING, "nothing to import").hint("name a file, or `-` for what comes in");
        return Err(refused(vec![problem], sources));
    };
    if gathered.read.is_empty() && gathered.problems.is_empty() {
        let found = counted(&gathered.ignored);
        let message = if found.is_empty() {
            "nothing in it".to_owned()
        } else {
            format!("nothing that is simulated: {found}")
        };
        let hint = "import nodes, workloads or pods, as `kubectl get nodes,pods,deploy,sts,ds,rs -A -o yaml` prints them";
        return Err(refused(vec![Problem::error(&NOTHING, message).at(end).hint(hint)], sources));
    }
    notes.read(format!("{} from {}", counted(&gathered.read), files(&names)));
    for (kind, count) in &gathered.ignored {
        let why = if kind.starts_with("EndpointSlice ") {
            "made anew from Services and pods"
        } else {
            "which is not simulated"
        };
        notes.ignored(*count, &format!("{kind}, {why}"));
    }
    for (kind, field) in std::mem::take(&mut gathered.unknown) {
        notes.ignored(1, &format!("`{field}` of {}, a field that the API does not have", kind.name()));
    }
    if gathered.named > 0 {
        notes.assumed(gathered.named, "object with `generateName`: it has that name, without a suffix");
    }
    let ground = cluster::ground(&mut gathered, options, &mut sources, end, &mut notes);
    if !gathered.problems.is_empty() {
        return Err(refused(gathered.problems, sources));
    }
    storage::settle_classes(&mut gathered, ground.version, &mut notes);
    let grouped = group::group(&mut gathered, &ground.nodes_in, &mut notes);
    let scenario = write::scenario(&scenario_name, gathered, ground, grouped, &mut notes);
    Ok(Imported { scenario, notes: notes.lines() })
}

/// What is said of a text, without any options but those that a comment in its last line gives, for pages of rules.
pub(crate) fn said(text: &str) -> Said {
    let last = text.lines().last().unwrap_or_default();
    let nodes = last.strip_prefix("# --nodes ").map(str::to_owned);
    let nodes = nodes.or_else(|| (last != "# no nodes").then(|| "3xm5.xlarge".to_owned()));
    let has_nodes = text.contains("kind: Node\n");
    let text = if last.starts_with("# --") { crate::rules::POD } else { text };
    let options = Options { nodes: nodes.filter(|_| !has_nodes), ..Options::default() };
    match import(vec![Source { name: "example.yaml".into(), bytes: text.into() }], &options) {
        Ok(_) => Said { problems: Vec::new(), sources: Sources::default() },
        Err(Problems { problems, sources, .. }) => Said { problems, sources },
    }
}

/// Says that bytes are no text.
fn not_text(source: SourceId, bytes: &[u8], at: usize) -> Problem {
    let hint = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            "it has 16 bits a character, as `>` of PowerShell writes them: `| Out-File -Encoding utf8 FILE`"
        }
        [0x1f, 0x8b, ..] => "it is compressed by gzip twice",
        _ => "save it as UTF-8",
    };
    Problem::error(&TEXT, "no text in UTF-8").at(Span::new(source, at, at + 1)).hint(hint)
}

fn refused(mut problems: Vec<Problem>, sources: Sources) -> Problems {
    problems.sort_by_key(Problem::place);
    problems.dedup();
    let omitted = problems.len().saturating_sub(PROBLEMS_MAX);
    problems.truncate(PROBLEMS_MAX);
    Problems { problems, omitted, sources }
}

fn counted<K: AsRef<str>>(counts: &BTreeMap<K, usize>) -> String {
    let all: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {}", kind.as_ref())).collect();
    all.join(", ")
}

fn files(names: &[String]) -> String {
    match names {
        [one] => one.clone(),
        [first, .., last] => format!("{} files, {first} to {last}", names.len()),
        [] => "nothing".to_owned(),
    }
}

/// What the scenario is called.
fn name(options: &Options, names: &[String], gathered: &mut Gathered, sources: &mut Sources) -> String {
    let usable = |c: char| !c.is_whitespace() && !c.is_control() && !"=@+\"".contains(c);
    if let Some(name) = &options.name {
        if name.is_empty() || name.len() > 255 || !name.chars().all(usable) {
            let problem =
                Problem::error(&FLAG, "no usable name").at(cluster::flag_span(sources, "--name", name));
            gathered.problems.push(problem.hint("write a word of letters, digits and dashes"));
        }
        return name.clone();
    }
    let first = names.first().map(String::as_str).unwrap_or_default();
    let file = first.rsplit('/').next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    let word: String =
        stem.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(100).collect();
    if word.is_empty() || word == "-" { "imported".to_owned() } else { word }
}

/// Whether nothing in the status of a node or a pod says that it is not ready.
fn is_ready(status: &Value) -> bool {
    ready_conditions(status).all(|status| status == Some("True"))
}

/// Whether nothing is heard of a node's kubelet.
fn is_silent(status: &Value) -> bool {
    ready_conditions(status).any(|status| status == Some("Unknown"))
}

fn ready_conditions(status: &Value) -> impl Iterator<Item = Option<&str>> {
    let conditions = status.get("conditions").and_then(Value::as_array).into_iter().flatten();
    conditions
        .filter(|condition| condition.get("type").and_then(Value::as_str) == Some("Ready"))
        .map(|condition| condition.get("status").and_then(Value::as_str))
}
