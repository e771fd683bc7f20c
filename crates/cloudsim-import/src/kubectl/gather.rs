//! All objects of all texts, as much of them as is kept, and everything that is wrong with them.

use super::check::{self, checked};
use super::keep::Kind;
use super::text::{Found, Head, Sink, Wrong, document, objects};
use crate::rules::{FIELD, KUSTOMIZATION, OBJECT, TEMPLATE, TEXT, TWICE};
use cloudsim_kube::objects::{BETA_STORAGE_CLASS, MIRROR, Malformed, check_labels};
use cloudsim_scenario::{Problem, SourceId, Span};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Namespace and name.
pub(super) type Key = (String, String);

/// Where an object begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) source: SourceId,
    pub(super) at: usize,
}

/// Who controls an object.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Owner {
    pub(super) kind: String,
    pub(super) name: String,
    #[serde(default)]
    controller: Option<bool>,
}

/// What an object says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    name: Option<String>,
    namespace: Option<String>,
    generate_name: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    owner_references: Vec<Owner>,
    deletion_timestamp: Option<bool>,
    /// Whether an API server has taken it.
    uid: bool,
    annotations: BTreeMap<String, Value>,
}

/// An object.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) key: Key,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) owner: Option<Owner>,
    /// Those of its annotations that are looked at.
    pub(super) annotations: BTreeMap<String, Value>,
    /// Whether its status says that it has pods of an earlier template.
    pub(super) is_rolling: bool,
    /// Its fields, without those of `metadata`.
    pub(super) value: Value,
}

/// How a pod stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PodState {
    /// Bound to a node.
    On(String),
    /// Waiting for one.
    Waiting,
    /// Being deleted.
    Ending,
    /// Succeeded or failed.
    Over,
}

/// A pod. There may be very many, and most are alike: what they are made of is kept once.
#[derive(Debug)]
pub(super) struct Pod {
    pub(super) key: Key,
    pub(super) owner: Option<Owner>,
    /// Whether it mirrors a static pod of its node.
    pub(super) mirror: bool,
    pub(super) state: PodState,
    /// What it is made of, by its number among [`Gathered::made_of`].
    pub(super) made_of: usize,
    pub(super) nominated: bool,
    /// Whether its status says that it runs and is not ready.
    pub(super) unready: bool,
}

/// What a pod is made of.
#[derive(Debug)]
pub(super) struct MadeOf {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) spec: Value,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// All but pods.
    pub(super) objects: BTreeMap<Kind, Vec<Object>>,
    pub(super) pods: Vec<Pod>,
    pub(super) made_of: Vec<MadeOf>,
    numbers: BTreeMap<String, usize>,
    /// How many of each kind were read and are kept, as far as the language goes.
    pub(super) read: BTreeMap<&'static str, usize>,
    /// How many of each kind are not simulated.
    pub(super) ignored: BTreeMap<String, usize>,
    /// How many have a name that is only the start of one.
    pub(super) named: usize,
    /// Fields that no API server has taken, and the API does not have.
    pub(super) unknown: Vec<(Kind, String)>,
    seen: BTreeMap<(Kind, Key), Place>,
    pub(super) problems: Vec<Problem>,
}

impl Gathered {
    /// Adds all objects of a text.
    pub(super) fn add(&mut self, source: SourceId, name: &str, text: &str) {
        objects(text, &mut OfSource { gathered: self, source, name, text });
    }

    pub(super) fn of(&self, kind: Kind) -> &[Object] {
        self.objects.get(&kind).map_or(&[], Vec::as_slice)
    }

    pub(super) fn take(&mut self, kind: Kind) -> Vec<Object> {
        self.objects.remove(&kind).unwrap_or_default()
    }
}

/// What is found in one text.
struct OfSource<'a> {
    gathered: &'a mut Gathered,
    source: SourceId,
    name: &'a str,
    text: &'a str,
}

impl OfSource<'_> {
    fn span(&self, at: usize) -> Span {
        // The dash of an item and the marker of a document are not what is wrong.
        let rest = self.text.get(at..).unwrap_or_default();
        let start = at + rest.len() - rest.trim_start_matches(['-', ' ', '\n', '\r']).len();
        let line = self.text.get(start..).unwrap_or_default();
        let word = line.find(['\n', '\r', ' ', ',']).unwrap_or(line.len());
        Span::new(self.source, start.min(self.text.len()), start.min(self.text.len()) + word)
    }

    fn problem(&mut self, problem: Problem, at: usize, hint: &str) {
        let problem = problem.at(self.span(at)).hint(hint);
        self.gathered.problems.push(problem);
    }

    fn file_is(&self, stems: &[&str]) -> bool {
        let file = self.name.rsplit('/').next().unwrap_or_default();
        let stem = file.split('.').next().unwrap_or_default();
        stems.iter().any(|known| stem.eq_ignore_ascii_case(known))
    }
}

const KUSTOMIZE: &str = "kubectl kustomize DIR | cloudsim import kubectl -";

impl Sink for OfSource<'_> {
    fn object(&mut self, kind: Kind, mut value: Value, at: usize, found: Found<'_>) {
        let metadata = value.as_object_mut().and_then(|fields| fields.shift_remove("metadata"));
        let metadata = metadata.map_or(Ok(Metadata::default()), serde_json::from_value);
        let read = metadata.map_err(|error| Malformed::new("metadata", error.to_string()));
        let read = read.and_then(|metadata| {
            *self.gathered.read.entry(kind.name()).or_default() += 1;
            if !metadata.uid {
                let unknown = check::unknown(kind, found);
                self.gathered.unknown.extend(unknown.into_iter().map(|field| (kind, field)));
            }
            self.take(kind, metadata, value, at)
        });
        if let Err(malformed) = read {
            // The reader of the whole type knows where in the object a value of another type is.
            let wrong = check::typed(kind, found).unwrap_or_else(|| found.malformed(&malformed));
            let hint = format!(
                "mend it, as `kubectl apply --dry-run=server` asks too; if it is a patch of Kustomize: {KUSTOMIZE}"
            );
            self.problem(
                Problem::error(&FIELD, format!("{}: {}", kind.name(), wrong.message)),
                at + wrong.at,
                &hint,
            );
        }
    }

    fn ignored(&mut self, head: &Head, at: usize) {
        let (version, kind) =
            (head.api_version.as_deref().unwrap_or_default(), head.kind.as_deref().unwrap_or_default());
        if version.starts_with("kustomize.config.k8s.io/") {
            return self.problem(
                Problem::error(&KUSTOMIZATION, format!("a `{kind}`, which is no object")),
                at,
                KUSTOMIZE,
            );
        }
        let name = if version == "v1" { kind.to_owned() } else { format!("{kind} ({version})") };
        *self.gathered.ignored.entry(name).or_default() += 1;
    }

    fn no_object(&mut self, head: &Head, at: usize) {
        if self.file_is(&["kustomization"]) {
            return self.problem(
                Problem::error(&KUSTOMIZATION, "a kustomization, which is no object"),
                at,
                KUSTOMIZE,
            );
        }
        let message = match (&head.api_version, &head.kind) {
            (Some(_), None) => "an object without `kind`",
            (None, Some(_)) => "an object without `apiVersion`",
            _ => "no object of Kubernetes: neither `apiVersion` nor `kind`",
        };
        let (number, all) = document(self.text, at);
        let message =
            if all > 1 { format!("{message}, in document {number} of {all}") } else { message.to_owned() };
        let hint = match (&head.api_version, &head.kind) {
            _ if self.file_is(&["values", "chart"]) => {
                "if it belongs to a chart of Helm: helm template RELEASE CHART | cloudsim import kubectl -"
                    .to_owned()
            }
            (Some(_), None) => format!(
                "say what it is, as in `kind: Deployment`, or leave it out; if it is a patch of Kustomize: {KUSTOMIZE}"
            ),
            (None, Some(_)) => format!(
                "say its version, as in `apiVersion: apps/v1`, or leave it out; if it is a patch of Kustomize: {KUSTOMIZE}"
            ),
            _ => format!("leave it out; if it is a patch of Kustomize: {KUSTOMIZE}"),
        };
        self.problem(Problem::error(&OBJECT, message), at, &hint);
    }

    fn wrong(&mut self, wrong: Wrong) {
        if self.text.contains("{{") && !wrong.of_type {
            // The library stumbles somewhere behind the first of them.
            let at = self.text.find("{{").unwrap_or(wrong.at);
            let problem = Problem::error(&TEMPLATE, "a template that is not rendered");
            if !self
                .gathered
                .problems
                .iter()
                .any(|known| known.rule == &TEMPLATE && known.labels[0].0.source == self.source)
            {
                self.problem(problem, at, "helm template RELEASE CHART | cloudsim import kubectl -");
            }
        } else if wrong.of_type && !wrong.message.contains("given twice") {
            self.problem(
                Problem::error(&FIELD, wrong.message),
                wrong.at,
                "see the reference of the Kubernetes API",
            );
        } else {
            let twice = if wrong.message.contains("given twice") { "keep one of the two" } else { "" };
            let hint = if self.text.starts_with("No resources found") {
                "kubectl found nothing there: ask for all namespaces, with -A"
            } else if wrong.hint.is_empty() {
                twice
            } else {
                wrong.hint
            };
            self.problem(Problem::error(&TEXT, wrong.message), wrong.at, hint);
        }
    }
}

impl OfSource<'_> {
    fn take(&mut self, kind: Kind, metadata: Metadata, value: Value, at: usize) -> Result<(), Malformed> {
        let name = match (metadata.name, metadata.generate_name) {
            (Some(name), _) => name,
            (None, Some(start)) => {
                self.gathered.named += 1;
                start.trim_end_matches('-').to_owned()
            }
            (None, None) => return Err(Malformed::new("metadata.name", "required")),
        };
        let namespace = metadata.namespace.filter(|namespace| !namespace.is_empty());
        let namespace = if kind.is_cluster_wide() {
            String::new()
        } else {
            namespace.unwrap_or_else(|| "default".into())
        };
        check::name("metadata.name", &name)?;
        if !namespace.is_empty() {
            check::name("metadata.namespace", &namespace)?;
        }
        let key = (namespace, name);
        let place = Place { source: self.source, at };
        if let Some(first) = self.gathered.seen.insert((kind, key.clone()), place) {
            let message = format!("{} `{}` is given twice", kind.name(), full_name(&key));
            let other = Span::new(first.source, first.at, first.at + 1);
            let problem = Problem::error(&TWICE, message).at(self.span(at)).also(other, "first given here");
            self.gathered.problems.push(problem.hint("leave one of the two out"));
            return Ok(());
        }
        let owners = metadata.owner_references;
        let owner = owners.iter().find(|owner| owner.controller == Some(true)).or(owners.first()).cloned();
        check_labels(metadata.labels.as_ref()).map_err(|error| error.below("metadata.labels"))?;
        let labels = metadata.labels.unwrap_or_default();
        if kind != Kind::Pod {
            let is_rolling = is_rolling(kind, value.get("status").unwrap_or(&Value::Null));
            let mut value = checked(kind, &key, value)?;
            let annotations = metadata.annotations;
            if let Some(class) = annotations.get(BETA_STORAGE_CLASS) {
                value["storageClassName"] = class.clone();
            }
            let object = Object { key, labels, owner, annotations, is_rolling, value };
            self.gathered.objects.entry(kind).or_default().push(object);
            return Ok(());
        }
        let mirror = metadata.annotations.contains_key(MIRROR)
            || owner.as_ref().is_some_and(|owner| owner.kind == "Node");
        let pod = PodParts { key, owner, mirror, labels, ending: metadata.deletion_timestamp == Some(true) };
        self.pod(pod, value)
    }

    fn pod(&mut self, pod: PodParts, mut value: Value) -> Result<(), Malformed> {
        let mut part = |name: &str| value.as_object_mut().and_then(|fields| fields.shift_remove(name));
        let (mut spec, status) = (part("spec").unwrap_or_default(), part("status").unwrap_or_default());
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let node = spec.as_object_mut().and_then(|spec| spec.shift_remove("nodeName"));
        let (node, phase) = (text(node.as_ref()), text(status.get("phase")));
        let state = if matches!(phase.as_str(), "Succeeded" | "Failed") {
            PodState::Over
        } else if pod.ending {
            PodState::Ending
        } else if node.is_empty() {
            PodState::Waiting
        } else {
            PodState::On(node)
        };
        let unready = phase == "Running" && !super::is_ready(&status);
        let nominated =
            status.get("nominatedNodeName").and_then(Value::as_str).is_some_and(|node| !node.is_empty());
        check::settle(&mut spec);
        let form = serde_json::to_string(&(&pod.labels, &spec));
        let form = form.map_err(|error| Malformed::new("spec", error.to_string()))?;
        let made_of = if let Some(number) = self.gathered.numbers.get(&form) {
            *number
        } else {
            let spec = checked(Kind::Pod, &pod.key, spec)?;
            let number = self.gathered.made_of.len();
            self.gathered.made_of.push(MadeOf { labels: pod.labels, spec });
            self.gathered.numbers.insert(form, number);
            number
        };
        let PodParts { key, owner, mirror, .. } = pod;
        self.gathered.pods.push(Pod { key, owner, mirror, state, made_of, nominated, unready });
        Ok(())
    }
}

/// Whether the status of a workload says that some of its pods are of an earlier template.
fn is_rolling(kind: Kind, status: &Value) -> bool {
    let number = |name: &str| status.get(name).and_then(Value::as_i64).unwrap_or(0);
    match kind {
        // What is 0 is not said.
        Kind::Deployment => number("updatedReplicas") < number("replicas"),
        Kind::DaemonSet => number("updatedNumberScheduled") < number("desiredNumberScheduled"),
        Kind::StatefulSet => {
            let (current, update) = (status.get("currentRevision"), status.get("updateRevision"));
            current.is_some() && update.is_some() && current != update
        }
        _ => false,
    }
}

/// What a pod says of itself.
struct PodParts {
    key: Key,
    owner: Option<Owner>,
    mirror: bool,
    labels: BTreeMap<String, String>,
    ending: bool,
}

/// A name as the language has it: the namespace in front, unless it is the default one or none.
pub(super) fn full_name((namespace, name): &Key) -> String {
    if namespace.is_empty() || namespace == "default" { name.clone() } else { format!("{namespace}/{name}") }
}
