//! The scenario as a text.

use super::cluster::Ground;
use super::gather::{Gathered, Object, full_name};
use super::group::{Bare, Grouped, Workload};
use super::keep::{Kind, TOPOLOGY};
use super::notes::Notes;
use crate::ron::Ron;
use cloudsim_kube::Minor;
use cloudsim_kube::objects::Quantity;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What has to be said of where things are imported from, in front of everything.
const HEAD: &str = "// Imported by `cloudsim import kubectl`.\n//\n";

/// The lists of the language for workloads.
const WORKLOADS: [(Kind, &str, &str); 5] = [
    (Kind::Deployment, "deployments", "Deployment"),
    (Kind::ReplicaSet, "replica_sets", "ReplicaSet"),
    (Kind::StatefulSet, "stateful_sets", "StatefulSet"),
    (Kind::DaemonSet, "daemon_sets", "DaemonSet"),
    (Kind::Job, "jobs", "Job"),
];

/// Writes everything down.
pub(super) fn scenario(
    name: &str,
    mut gathered: Gathered,
    ground: Ground,
    mut grouped: Grouped,
    notes: &mut Notes,
) -> String {
    forget_schedulers(&mut gathered, &mut grouped, notes);
    forget_idle(&mut gathered, &mut grouped, notes);
    let mut root = Root(Vec::new());
    root.field("version", Ron::Word("1".into()));
    root.field("name", Ron::text(name));
    root.field("duration", Ron::text("60m"));
    let regions: BTreeSet<&String> = ground.zones.values().collect();
    root.list("regions", regions.iter().map(|region| named(region)).collect());
    let zones = ground.zones.iter().map(|(zone, region)| {
        Ron::Struct(vec![("name".into(), Ron::text(zone)), ("region".into(), Ron::text(region))])
    });
    root.list("zones", zones.collect());
    let version = ground.version.unwrap_or(Minor::DEFAULT).to_string();
    let names = |all: &[String]| Ron::List(all.iter().map(Ron::text).collect());
    let control_plane = Ron::Struct(vec![
        ("api_servers".into(), names(&ground.control_plane.api_servers)),
        ("etcd".into(), names(&ground.control_plane.etcd)),
    ]);
    let cluster = vec![
        ("name".to_owned(), Ron::text(name)),
        ("version".to_owned(), Ron::text(version)),
        ("control_plane".to_owned(), control_plane),
    ];
    root.list("clusters", vec![Ron::Struct(cluster)]);
    let with_nodes: BTreeSet<&str> = ground.nodes_in.values().map(String::as_str).collect();
    let zone_names: Vec<&str> = with_nodes.into_iter().collect();
    notes.kept(format!("{} nodes in {}", ground.nodes.len(), zone_names.join(", ")));

    root.list("namespaces", namespaces(gathered.take(Kind::Namespace)));
    let classes = gathered.take(Kind::PriorityClass);
    root.list("priority_classes", priority_classes(&classes, &gathered, &grouped, notes));
    root.list("images", images(&ground.images, &gathered, &grouped));
    root.list("nodes", ground.nodes);
    for (kind, list, word) in WORKLOADS {
        let all = grouped.workloads.get(&kind).map(Vec::as_slice).unwrap_or_default();
        if all.is_empty() {
            continue;
        }
        let running: usize = all.iter().map(|workload| workload.running.len()).sum();
        let pending: usize = all.iter().map(|workload| workload.pending.len()).sum();
        let pods = match (grouped.is_live, pending) {
            (false, _) => ", their pods placed before the start".to_owned(),
            (true, 0) => format!(" with {running} pods"),
            (true, _) => format!(" with {running} pods and {pending} that wait for a node"),
        };
        notes.kept(format!("{} {word}{pods}", all.len()));
        if grouped.is_live {
            let wants = |workload: &&Workload| {
                let replicas = workload.object.value.get("replicas").and_then(Value::as_i64);
                workload.running.is_empty() && workload.pending.is_empty() && replicas.unwrap_or(1) > 0
            };
            let without = all.iter().filter(wants).count();
            if without > 0 && kind != Kind::Job {
                notes.assumed(
                    without,
                    &format!("{word} without a pod that was read: what it wants is made at the start"),
                );
            }
        }
        root.list(list, all.iter().map(|one| workload(one, grouped.is_live)).collect());
    }
    let mut cron_jobs = gathered.take(Kind::CronJob);
    let all = cron_jobs.len();
    cron_jobs.retain(|job| job.value.get("suspend") != Some(&Value::Bool(true)));
    if cron_jobs.len() < all {
        notes.ignored(all - cron_jobs.len(), "CronJob that is suspended");
    }
    let elsewhere = |job: &&Object| job.value.get("timeZone").is_some_and(|zone| zone != "Etc/UTC");
    let elsewhere = cron_jobs.iter().filter(elsewhere).count();
    if elsewhere > 0 {
        notes.assumed(elsewhere, "CronJob with a `timeZone`: its schedule is taken to be in UTC");
    }
    gathered.objects.insert(Kind::CronJob, cron_jobs);
    dropped(&gathered, &grouped, notes);
    tell_of_autoscalers(&gathered, &grouped, notes);
    root.objects("cron_jobs", gathered.take(Kind::CronJob), notes);
    if !grouped.bare.is_empty() {
        notes.kept(format!("{} bare Pod", grouped.bare.len()));
    }
    root.list("pods", grouped.bare.iter().map(|pod| bare(pod, &gathered)).collect());
    root.objects("kubernetes_services", services(gathered.take(Kind::Service), notes), notes);
    for (kind, list) in [
        (Kind::PodDisruptionBudget, "pod_disruption_budgets"),
        (Kind::HorizontalPodAutoscaler, "horizontal_pod_autoscalers"),
        (Kind::StorageClass, "storage_classes"),
        (Kind::PersistentVolume, "persistent_volumes"),
        (Kind::PersistentVolumeClaim, "persistent_volume_claims"),
    ] {
        root.objects(list, gathered.take(kind), notes);
    }
    format!("{HEAD}{}{}", notes.comment(), Ron::Struct(root.0).document())
}

/// The fields of the scenario.
struct Root(Vec<(String, Ron)>);

impl Root {
    fn field(&mut self, name: &str, value: Ron) {
        self.0.push((name.to_owned(), value));
    }

    fn list(&mut self, name: &str, items: Vec<Ron>) {
        if !items.is_empty() {
            self.field(name, Ron::List(items));
        }
    }

    fn objects(&mut self, list: &str, mut objects: Vec<Object>, notes: &mut Notes) {
        if objects.is_empty() {
            return;
        }
        objects.sort_by(|one, next| one.key.cmp(&next.key));
        notes.kept(format!("{} {}", objects.len(), list.replace('_', " ")));
        let written = objects.iter().map(|object| {
            let mut fields = head(object);
            let is_service = list == "kubernetes_services";
            if let Some(mode) = topology_mode(object).filter(|_| is_service) {
                let mode = (TOPOLOGY[0].to_owned(), Ron::text(mode));
                fields.push(("annotations".into(), Ron::Map(vec![mode])));
            }
            fields
                .push(("spec".into(), if is_service { service(&object.value) } else { spec(&object.value) }));
            Ron::Struct(fields)
        });
        self.list(list, written.collect());
    }
}

fn named(name: &str) -> Ron {
    Ron::Struct(vec![("name".into(), Ron::text(name))])
}

fn map(labels: &BTreeMap<String, String>) -> Ron {
    Ron::Map(labels.iter().map(|(key, value)| (key.clone(), Ron::text(value))).collect())
}

/// Name and labels.
fn head(object: &Object) -> Vec<(String, Ron)> {
    let mut fields = vec![("name".to_owned(), Ron::text(full_name(&object.key)))];
    if !object.labels.is_empty() {
        fields.push(("labels".into(), map(&object.labels)));
    }
    fields
}

/// What an object is, in the API's words, without what only names its type.
fn spec(value: &Value) -> Ron {
    let mut ron = Ron::of_api("spec", value);
    if let Ron::Struct(fields) = &mut ron {
        fields.retain(|(name, _)| !matches!(name.as_str(), "apiVersion" | "kind" | "metadata"));
    }
    ron
}

/// A service's selector is a map; other selectors are not.
fn service(value: &Value) -> Ron {
    let mut ron = spec(value);
    if let Ron::Struct(fields) = &mut ron {
        for (name, value) in fields {
            if let (true, Ron::Struct(selector)) = (name == "selector", &*value) {
                *value = Ron::Map(selector.clone());
            }
        }
    }
    ron
}

/// What a service says of the zones of its traffic by an annotation; the old one goes first, as it does in Kubernetes.
fn topology_mode(service: &Object) -> Option<&str> {
    let said = TOPOLOGY.iter().rev().find_map(|name| service.annotations.get(*name));
    said.and_then(Value::as_str).filter(|mode| MODES.contains(mode))
}

/// What that may be; Kubernetes passes over anything else.
const MODES: [&str; 4] = ["Auto", "auto", "Disabled", "disabled"];

fn workload(workload: &Workload, is_live: bool) -> Ron {
    let mut fields = head(&workload.object);
    fields.push(("spec".into(), spec(&workload.object.value)));
    if is_live {
        fields.push(("running".into(), map(&workload.running)));
        if !workload.pending.is_empty() {
            fields.push(("pending".into(), Ron::List(workload.pending.iter().map(Ron::text).collect())));
        }
    }
    Ron::Struct(fields)
}

fn bare(pod: &Bare, gathered: &Gathered) -> Ron {
    let made_of = &gathered.made_of[pod.made_of];
    let mut fields = vec![("name".to_owned(), Ron::text(full_name(&pod.key)))];
    if !made_of.labels.is_empty() {
        fields.push(("labels".into(), map(&made_of.labels)));
    }
    if let Some(node) = &pod.node {
        fields.push(("node".into(), Ron::text(node)));
    }
    if pod.mirror {
        fields.push(("mirror".into(), Ron::Word("true".into())));
    }
    let mut spec = made_of.spec.clone();
    // Admission has written what follows from the class.
    if let Some(fields) = spec.as_object_mut() {
        fields.retain(|name, _| name != "priority");
    }
    fields.push(("spec".into(), Ron::of_api("spec", &spec)));
    Ron::Struct(fields)
}

fn namespaces(mut all: Vec<Object>) -> Vec<Ron> {
    all.retain(|namespace| !namespace.labels.is_empty());
    all.sort_by(|one, next| one.key.cmp(&next.key));
    all.iter().map(|namespace| Ron::Struct(head(namespace))).collect()
}

/// All specifications of pods: of templates and of bare pods.
fn pod_specs<'a>(gathered: &'a Gathered, grouped: &'a Grouped) -> impl Iterator<Item = &'a Value> {
    let of_workloads = grouped.workloads.values().flatten();
    let of_jobs = gathered.of(Kind::CronJob).iter();
    of_workloads
        .filter_map(|workload| workload.object.value.pointer("/template/spec"))
        .chain(of_jobs.filter_map(|job| job.value.pointer("/jobTemplate/spec/template/spec")))
        .chain(grouped.bare.iter().map(|pod| &gathered.made_of[pod.made_of].spec))
}

fn priority_classes(
    classes: &[Object],
    gathered: &Gathered,
    grouped: &Grouped,
    notes: &mut Notes,
) -> Vec<Ron> {
    let system = |name: &str| name.starts_with("system-");
    let mut all: BTreeMap<&str, Vec<(String, Ron)>> = BTreeMap::new();
    for class in classes.iter().filter(|class| !system(&class.key.1)) {
        let mut fields = vec![("name".to_owned(), Ron::text(&class.key.1))];
        for (field, own) in [
            ("value", "value"),
            ("globalDefault", "global_default"),
            ("preemptionPolicy", "preemption_policy"),
        ] {
            if let Some(value) = class.value.get(field) {
                fields.push((own.into(), Ron::of_api(own, value)));
            }
        }
        all.insert(&class.key.1, fields);
    }
    // Pods that run say what their class is worth.
    let mut worth: BTreeMap<&str, i64> = BTreeMap::new();
    for made_of in &gathered.made_of {
        let class = made_of.spec.get("priorityClassName").and_then(Value::as_str);
        if let Some((class, priority)) = class.zip(made_of.spec.get("priority").and_then(Value::as_i64)) {
            worth.insert(class, priority);
        }
    }
    for spec in pod_specs(gathered, grouped) {
        let Some(class) = spec.get("priorityClassName").and_then(Value::as_str) else { continue };
        if class.is_empty() || system(class) || all.contains_key(class) {
            continue;
        }
        let value = worth.get(class).copied();
        let how = if value.is_some() { "what its pods have" } else { "0" };
        notes.assumed(1, &format!("PriorityClass that was not read: its value is {how}"));
        let value = Ron::Word(value.unwrap_or(0).to_string());
        all.insert(class, vec![("name".to_owned(), Ron::text(class)), ("value".to_owned(), value)]);
    }
    all.into_values().map(Ron::Struct).collect()
}

/// The sizes of images that containers name, where nodes know them.
fn images(known: &BTreeMap<String, u64>, gathered: &Gathered, grouped: &Grouped) -> Vec<Ron> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for spec in pod_specs(gathered, grouped) {
        for list in ["initContainers", "containers"] {
            let containers = spec.get(list).and_then(Value::as_array).into_iter().flatten();
            names.extend(containers.filter_map(|container| container.get("image")?.as_str()));
        }
    }
    let sizes = names.into_iter().filter_map(|name| Some((name, size_of(name, known)?)));
    sizes
        .map(|(name, size)| {
            Ron::Struct(vec![
                ("name".into(), Ron::text(name)),
                ("size".into(), Ron::text(format!("{size}B"))),
            ])
        })
        .collect()
}

/// Nodes call images by their full names.
fn size_of(name: &str, known: &BTreeMap<String, u64>) -> Option<u64> {
    let last = name.rsplit('/').next().unwrap_or_default();
    let tagged = if last.contains([':', '@']) { name.to_owned() } else { format!("{name}:latest") };
    let full = [tagged.clone(), format!("docker.io/{tagged}"), format!("docker.io/library/{tagged}")];
    full.iter().find_map(|name| known.get(name)).copied()
}

/// Services that choose pods.
fn services(mut all: Vec<Object>, notes: &mut Notes) -> Vec<Object> {
    let before = all.len();
    all.retain(|service| {
        service.value.get("selector").and_then(Value::as_object).is_some_and(|map| !map.is_empty())
    });
    if all.len() < before {
        notes.ignored(before - all.len(), "Service that chooses no pods");
    }
    all
}

/// Takes a field from all specifications of pods, and says how many templates and bare pods had it with a value that counts.
fn take_from_pods(
    take: impl Fn(&mut Value) -> bool,
    gathered: &mut Gathered,
    grouped: &mut Grouped,
) -> usize {
    let of_workloads = grouped.workloads.values_mut().flatten();
    let of_workloads = of_workloads.filter_map(|of| of.object.value.pointer_mut("/template/spec"));
    let of_jobs = gathered.objects.get_mut(&Kind::CronJob).into_iter().flatten();
    let of_jobs = of_jobs.filter_map(|job| job.value.pointer_mut("/jobTemplate/spec/template/spec"));
    let templates = of_workloads.chain(of_jobs).filter_map(|spec| take(spec).then_some(())).count();
    let made_of: Vec<bool> = gathered.made_of.iter_mut().map(|made_of| take(&mut made_of.spec)).collect();
    templates + grouped.bare.iter().filter(|pod| made_of[pod.made_of]).count()
}

fn taken(spec: &mut Value, field: &str) -> Option<Value> {
    spec.as_object_mut()?.shift_remove(field)
}

/// Takes what containers run when they have started; whether there was any.
fn take_hooks(spec: &mut Value) -> bool {
    let mut any = false;
    for list in ["initContainers", "containers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(hooks) = container.get_mut("lifecycle") {
                any |= taken(hooks, "postStart").is_some();
            }
        }
    }
    any
}

/// Pods that another scheduler places are placed by the one that there is.
fn forget_schedulers(gathered: &mut Gathered, grouped: &mut Grouped, notes: &mut Notes) {
    let is_other = |name: &Value| !matches!(name.as_str(), Some("" | "default-scheduler"));
    let others = take_from_pods(
        |spec| taken(spec, "schedulerName").is_some_and(|name| is_other(&name)),
        gathered,
        grouped,
    );
    if others > 0 {
        notes.assumed(others, "template or pod of another scheduler: kube-scheduler places it");
    }
}

/// What specifications of pods, of jobs and of services say that changes what becomes of them, and is not simulated.
const IDLE_OF_PODS: [&str; 3] = ["activeDeadlineSeconds", "readinessGates", "ephemeralContainers"];
const IDLE_OF_JOBS: [&str; 4] = ["successPolicy", "backoffLimitPerIndex", "maxFailedIndexes", "managedBy"];
/// With what each is unless it is said.
const IDLE_OF_SERVICES: [(&str, &str); 3] = [
    ("sessionAffinity", "None"),
    ("internalTrafficPolicy", "Cluster"),
    ("publishNotReadyAddresses", "false"),
];

/// Leaves out, and says, what would have no effect.
fn forget_idle(gathered: &mut Gathered, grouped: &mut Grouped, notes: &mut Notes) {
    let mut tell = |field: &str, of: &str, count: usize| {
        if count > 0 {
            notes.ignored(count, &format!("`{field}` of {of}, which has no effect in a run"));
        }
    };
    for field in IDLE_OF_PODS {
        let count = take_from_pods(|spec| taken(spec, field).is_some(), gathered, grouped);
        tell(field, "a template or a pod", count);
    }
    let count = take_from_pods(take_hooks, gathered, grouped);
    tell("postStart", "containers of a template or a pod", count);
    for field in IDLE_OF_JOBS {
        let jobs =
            grouped.workloads.get_mut(&Kind::Job).into_iter().flatten().map(|job| &mut job.object.value);
        let cron_jobs = gathered.objects.get_mut(&Kind::CronJob).into_iter().flatten();
        let cron_jobs = cron_jobs.filter_map(|job| job.value.pointer_mut("/jobTemplate/spec"));
        // Without it `FailIndex` would be refused, and the job had a limit as a whole.
        let is_kept = field == "backoffLimitPerIndex";
        let taken = jobs.chain(cron_jobs).filter_map(|job| match job.get(field) {
            Some(value) if is_kept => Some(value.clone()),
            _ => job.as_object_mut()?.shift_remove(field),
        });
        tell(field, "a job", taken.count());
    }
    for (field, default) in IDLE_OF_SERVICES {
        let services = gathered.objects.get_mut(&Kind::Service).into_iter().flatten();
        let taken = services.filter_map(|service| service.value.as_object_mut()?.shift_remove(field));
        let is_default = |value: &Value| value.as_str().map_or(*value == false, |word| word == default);
        tell(field, "a service", taken.filter(|value| !is_default(value)).count());
    }
}

/// Says which autoscalers have no part in a run.
fn tell_of_autoscalers(gathered: &Gathered, grouped: &Grouped, notes: &mut Notes) {
    for autoscaler in gathered.of(Kind::HorizontalPodAutoscaler) {
        let target = |field: &str| autoscaler.value.pointer(&format!("/scaleTargetRef/{field}"));
        let (kind, name) = (target("kind").and_then(Value::as_str), target("name").and_then(Value::as_str));
        let all = grouped.workloads.iter().filter(|(own, _)| Some(own.name()) == kind);
        let is_it = |of: &Workload| of.object.key.0 == autoscaler.key.0 && Some(&*of.object.key.1) == name;
        if all.flat_map(|(_, all)| all).any(is_it) {
            let what = "HorizontalPodAutoscaler that leaves the number of pods alone: nothing says how much CPU \
                        they use; `uses_cpu` of the workload does";
            notes.assumed(1, what);
        } else {
            let kind = kind.unwrap_or_default();
            notes
                .assumed(1, &format!("HorizontalPodAutoscaler that scales nothing: its {kind} was not read"));
        }
    }
}

/// Counts what the specifications of pods say that a run does not do.
fn dropped(gathered: &Gathered, grouped: &Grouped, notes: &mut Notes) {
    for spec in pod_specs(gathered, grouped) {
        for resources in all_resources(spec) {
            let amounts =
                ["requests", "limits"].into_iter().filter_map(|list| resources.get(list)?.as_object());
            let beyond =
                amounts.flat_map(|amounts| amounts.values()).filter(|amount| is_beyond(amount)).count();
            if beyond > 0 {
                notes.assumed(beyond, "amount above 2^63 - 1: Kubernetes takes that, the greatest there is");
            }
        }
        let containers = || spec.get("containers").and_then(Value::as_array).into_iter().flatten();
        let is_claimed = |container: &Value| container.pointer("/resources/claims").is_some();
        if spec.get("resourceClaims").is_some() || containers().any(is_claimed) {
            notes.assumed(
                1,
                "template or pod that claims devices: none are simulated, and a pod that is made waits for them",
            );
        }
        let runs = |container: &&Value| container.pointer("/lifecycle/preStop/exec").is_some();
        let hooks = containers().filter(runs).count();
        if hooks > 0 {
            notes.assumed(
                hooks,
                "hook before the end of a container that does more than sleep: it takes no time",
            );
        }
    }
}

/// What containers of a pod ask for and may use, and the pod as a whole.
fn all_resources(spec: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["initContainers", "containers"].into_iter().filter_map(|list| spec.get(list)?.as_array());
    lists.flatten().chain([spec]).filter_map(|part| part.get("resources"))
}

/// Whether an amount is more than can be counted.
fn is_beyond(amount: &Value) -> bool {
    let parsed = amount.as_str().map(Quantity::parse);
    matches!(parsed, Some(Ok(quantity)) if quantity.value() == i64::MAX)
}
