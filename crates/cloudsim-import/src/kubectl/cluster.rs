//! Zones, nodes and version of a cluster: as its nodes have them, or as the command line gives them.

use super::Options;
use super::control_plane::ControlPlane;
use super::gather::{Gathered, Object};
use super::keep::Kind;
use super::notes::Notes;
use crate::ron::Ron;
use crate::rules::{FLAG, NODES};
use cloudsim_aws::services::ec2_instance::types::{instance_type, known_types};
use cloudsim_kube::Minor;
use cloudsim_scenario::{Problem, Sources, Span, nearest};
use ipnet::Ipv4Net;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const ZONE_LABELS: [&str; 2] = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
const REGION_LABELS: [&str; 2] =
    ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"];
const TYPE_LABELS: [&str; 2] = ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"];
const HOST_LABEL: &str = "kubernetes.io/hostname";

/// Taints that controllers keep in step with the state of a node, as they do in a run.
const OF_STATE: [&str; 3] =
    ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable"];

/// The zone and the region of nodes that do not say theirs.
pub const UNKNOWN: &str = "unknown";

/// The zones that manifests get which are given nodes and no zones.
const ZONES: [&str; 3] = ["us-east-1a", "us-east-1b", "us-east-1c"];

/// The region of zones that are given by other names.
const REGION: &str = "us-east-1";

/// The labels of the roles of a control plane, and of etcd.
///
/// Source: Kubernetes, well-known labels, `node-role.kubernetes.io/control-plane` and its old name; K3s and RKE2 have `etcd`
/// beside.
const ROLES: [&[&str]; 2] = [
    &["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"],
    &["node-role.kubernetes.io/etcd"],
];

/// Nodes that the command line gives.
const GIVEN_MAX: usize = 15_000;

/// Where things run.
#[derive(Debug, Default)]
pub(super) struct Ground {
    /// Zones with their regions, in order.
    pub(super) zones: BTreeMap<String, String>,
    pub(super) nodes: Vec<Ron>,
    /// The zone of each node.
    pub(super) nodes_in: BTreeMap<String, String>,
    pub(super) version: Option<Minor>,
    /// What nodes know of the sizes of images, by every name.
    pub(super) images: BTreeMap<String, u64>,
    /// The nodes that have the role of a control plane, and of etcd.
    pub(super) with_role: [BTreeSet<String>; 2],
    /// Whether the nodes are K3s's.
    pub(super) is_k3s: bool,
    /// The nodes that are not ready; whether their kubelets are silent rather than unwell.
    pub(super) not_ready: BTreeMap<String, bool>,
    pub(super) control_plane: ControlPlane,
}

/// The ground that was read or given.
pub(super) fn ground(
    gathered: &mut Gathered,
    options: &Options,
    sources: &mut Sources,
    end: Span,
    notes: &mut Notes,
) -> Ground {
    let objects = gathered.take(Kind::Node);
    let mut ground = Ground::default();
    if objects.is_empty() {
        match &options.nodes {
            Some(given) => ground.given(given, options.zones.as_ref(), gathered, sources, notes),
            // They may be in what cannot be read.
            None if !gathered.problems.is_empty() => {}
            None => gathered.problems.push(Problem::error(&NODES, "no node to run on").at(end).hint(
                "give nodes, as in `--nodes 3xm5.xlarge --zones us-east-1a,us-east-1b,us-east-1c`, or import \
                 `kubectl get nodes -o yaml` too",
            )),
        }
    } else {
        for (flag, text) in [("--nodes", options.nodes.clone()), ("--zones", options.zones.clone())] {
            if let Some(text) = text {
                let span = flag_span(sources, flag, &text);
                let message = format!("{} nodes were read, which are in zones of their own", objects.len());
                gathered
                    .problems
                    .push(Problem::error(&FLAG, message).at(span).hint(format!("leave `{flag}` out")));
            }
        }
        ground.read(objects, gathered, notes);
    }
    ground.choose_version(options, gathered, sources, notes);
    ground.place_control_plane(gathered, notes);
    ground
}

pub(super) fn flag_span(sources: &mut Sources, flag: &'static str, text: &str) -> Span {
    let source = sources.add_flag(flag, text.to_owned());
    Span::new(source, 0, text.len())
}

/// The region that a cloud's name of a zone begins with, as in `us-east-1a` and `us-central1-a`.
pub(super) fn cloud_region(zone: &str) -> Option<&str> {
    let region = zone.trim_end_matches(|c: char| c.is_ascii_lowercase()).trim_end_matches('-');
    let is_one = region.len() < zone.len() && region.contains('-');
    Some(region).filter(|region| is_one && region.ends_with(|c: char| c.is_ascii_digit()))
}

fn label<'a>(object: &'a Object, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .find_map(|name| object.labels.get(*name))
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}

impl Ground {
    fn read(&mut self, objects: Vec<Object>, gathered: &mut Gathered, notes: &mut Notes) {
        let mut newest: Option<(u32, String)> = None;
        let regions: BTreeSet<&str> = objects.iter().filter_map(|node| label(node, &REGION_LABELS)).collect();
        let only_region = regions.first().copied().filter(|_| regions.len() == 1).map(str::to_owned);
        let (mut without_zone, mut without_region, mut elsewhere) = (0, 0, 0);
        let mut without_room = 0;
        for node in &objects {
            let own = label(node, &ZONE_LABELS);
            without_zone += usize::from(own.is_none());
            let zone = own.unwrap_or(UNKNOWN);
            let region = label(node, &REGION_LABELS).map(str::to_owned).or_else(|| only_region.clone());
            without_region += usize::from(region.is_none() && own.is_some() && cloud_region(zone).is_none());
            let region = region.unwrap_or_else(|| cloud_region(zone).unwrap_or(UNKNOWN).to_owned());
            let first = self.zones.entry(zone.to_owned()).or_insert_with(|| region.clone());
            elsewhere += usize::from(*first != region);
            let region = first.clone();
            let status = node.value.get("status").cloned().unwrap_or_default();
            let kubelet =
                status.pointer("/nodeInfo/kubeletVersion").and_then(Value::as_str).unwrap_or_default();
            if let Some(minor) = minor_of(kubelet)
                && newest.as_ref().is_none_or(|(known, _)| minor > *known)
            {
                newest = Some((minor, kubelet.to_owned()));
            }
            self.is_k3s |= kubelet.contains("+k3s");
            for image in status.get("images").and_then(Value::as_array).into_iter().flatten() {
                let size = image.get("sizeBytes").and_then(Value::as_u64).filter(|size| *size > 0);
                for name in image.get("names").and_then(Value::as_array).into_iter().flatten() {
                    if let (Some(name), Some(size)) = (name.as_str(), size) {
                        self.images.entry(name.to_owned()).or_insert(size);
                    }
                }
            }
            let room = status.get("allocatable").or(status.get("capacity")).filter(|room| room.is_object());
            without_room += usize::from(room.is_none());
            if !super::is_ready(&status) {
                self.not_ready.insert(node.key.1.clone(), super::is_silent(&status));
            }
            for (labels, nodes) in ROLES.iter().zip(&mut self.with_role) {
                if labels.iter().any(|label| node.labels.contains_key(*label)) {
                    nodes.insert(node.key.1.clone());
                }
            }
            self.nodes.push(node_of(node, zone, &region, &status, room));
            self.nodes_in.insert(node.key.1.clone(), zone.to_owned());
        }
        if without_zone > 0 {
            notes.assumed(
                without_zone,
                "Node without a zone: in zone `unknown`, a name and a label that the cluster does not have",
            );
        }
        if without_region > 0 {
            notes.assumed(
                without_region,
                "Node whose zone is in no region: all in region `unknown`, a name and a label that the cluster does not have",
            );
        }
        if elsewhere > 0 {
            notes.assumed(
                elsewhere,
                "Node in a zone that has the name of one in another region: taken to be in that one",
            );
        }
        if !self.not_ready.is_empty() {
            notes.assumed(
                self.not_ready.len(),
                "Node that is not ready: its taint is set anew in the run, and tolerations count from there",
            );
        }
        if without_room > 0 {
            let message =
                format!("{without_room} nodes say neither `allocatable` nor `capacity` in their status");
            let hint = "import what `kubectl get nodes -o yaml` prints of a cluster that runs";
            gathered.problems.push(Problem::error(&NODES, message).hint(hint));
        }
        match newest {
            Some((number, kubelet)) => {
                let known = number.clamp(Minor::OLDEST.number().into(), Minor::NEWEST.number().into());
                self.version = format!("1.{known}").parse().ok();
                if known == number {
                    notes.fact(format!("version 1.{known}: that of the newest kubelet, {kubelet}"));
                } else {
                    notes.fact(format!("version 1.{known}: of what is known the nearest to {kubelet}"));
                }
            }
            None => notes.fact(format!("version {}: no kubelet says its own", Minor::DEFAULT)),
        }
    }

    fn given(
        &mut self,
        given: &str,
        zones: Option<&String>,
        gathered: &mut Gathered,
        sources: &mut Sources,
        notes: &mut Notes,
    ) {
        let words = zones.cloned().unwrap_or_else(|| ZONES.join(","));
        let zones_given: Vec<&str> = words.split(',').map(str::trim).collect();
        let usable = |zone: &&str| {
            !zone.is_empty() && !zone.contains(|c: char| c.is_whitespace() || "=@+\"".contains(c))
        };
        if !zones_given.iter().all(usable) || zones_given.len() > 100 {
            let span = flag_span(sources, "--zones", &words);
            let problem = Problem::error(&FLAG, "no list of zones").at(span);
            gathered
                .problems
                .push(problem.hint("write names with commas between them, as in `us-east-1a,us-east-1b`"));
            return;
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = zones_given.iter().find(|zone| !seen.insert(**zone)) {
            let problem = Problem::error(&FLAG, format!("the zone `{twice}` is given twice"));
            let span = flag_span(sources, "--zones", &words);
            gathered.problems.push(problem.at(span).hint("name each zone once"));
            return;
        }
        if zones.is_none() {
            notes.fact(format!("zones {}: none are given", ZONES.join(", ")));
        }
        let region = |zone: &str| cloud_region(zone).unwrap_or(REGION).to_owned();
        self.zones = zones_given.iter().map(|zone| ((*zone).to_owned(), region(zone))).collect();
        let mut number = 0;
        for word in given.split(',').map(str::trim) {
            let parts =
                word.split_once('x').and_then(|(count, kind)| Some((count.parse::<usize>().ok()?, kind)));
            let Some((count, kind)) = parts.filter(|(count, _)| (1..=GIVEN_MAX).contains(count)) else {
                let problem = Problem::error(&FLAG, format!("`{word}` is no number of nodes"));
                let hint = format!(
                    "write a count from 1 to {GIVEN_MAX}, `x` and an instance type, as in `3xm5.xlarge`"
                );
                gathered.problems.push(problem.at(flag_span(sources, "--nodes", given)).hint(hint));
                return;
            };
            if instance_type(kind).is_none() {
                let near = nearest(kind, known_types());
                let hint = near.map_or("take a type as `m5.xlarge`".to_owned(), |near| {
                    format!("did you mean `{near}`?")
                });
                let problem = Problem::error(&FLAG, format!("what a `{kind}` has is not known"));
                gathered.problems.push(problem.at(flag_span(sources, "--nodes", given)).hint(hint));
                return;
            }
            for _ in 0..count {
                let name = format!("node-{}", number + 1);
                let zone = zones_given[number % zones_given.len()];
                self.nodes.push(Ron::Struct(vec![
                    ("name".into(), Ron::text(&name)),
                    ("zone".into(), Ron::text(zone)),
                    ("instance_type".into(), Ron::text(kind)),
                ]));
                self.nodes_in.insert(name, zone.to_owned());
                number += 1;
            }
            if number > GIVEN_MAX {
                let problem = Problem::error(&FLAG, format!("more than {GIVEN_MAX} nodes"));
                gathered.problems.push(problem.at(flag_span(sources, "--nodes", given)));
                return;
            }
        }
        notes.fact(format!(
            "{number} nodes, {given}, dealt over {} zones: what EKS lets pods have of them",
            zones_given.len()
        ));
        notes.fact(format!("version {}: manifests say none", Minor::DEFAULT));
    }

    fn choose_version(
        &mut self,
        options: &Options,
        gathered: &mut Gathered,
        sources: &mut Sources,
        notes: &mut Notes,
    ) {
        let Some(given) = &options.version else { return };
        match given.parse() {
            Ok(version) => {
                self.version = Some(version);
                notes.replace_version(format!("version {version}: as `--version` says"));
            }
            Err(error) => {
                let problem = Problem::error(&FLAG, cloudsim_kube::UnknownMinor::to_string(&error));
                gathered
                    .problems
                    .push(problem.at(flag_span(sources, "--version", given)).hint("write it as in `1.34`"));
            }
        }
    }
}

/// The minor version in what a kubelet says of itself.
fn minor_of(kubelet: &str) -> Option<u32> {
    let rest = kubelet.strip_prefix("v1.")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

fn node_of(node: &Object, zone: &str, region: &str, status: &Value, room: Option<&Value>) -> Ron {
    let mut fields = vec![("name".to_owned(), Ron::text(&node.key.1)), ("zone".to_owned(), Ron::text(zone))];
    let kind = label(node, &TYPE_LABELS);
    if let Some(kind) = kind {
        fields.push(("instance_type".into(), Ron::text(kind)));
    }
    // The language fills these in.
    let filled = [
        (HOST_LABEL, Some(node.key.1.as_str())),
        (TYPE_LABELS[0], kind),
        (ZONE_LABELS[0], Some(zone).filter(|zone| zone.starts_with(region))),
        (REGION_LABELS[0], Some(region)),
    ];
    let own =
        node.labels.iter().filter(|(key, value)| !filled.contains(&(key.as_str(), Some(value.as_str()))));
    let mut labels: Vec<(String, Ron)> = own.map(|(key, value)| (key.clone(), Ron::text(value))).collect();
    if zone == UNKNOWN && label(node, &ZONE_LABELS).is_none() && !zone.starts_with(region) {
        labels.push((ZONE_LABELS[0].into(), Ron::text(zone)));
    }
    if !labels.is_empty() {
        fields.push(("labels".into(), Ron::Map(labels)));
    }
    let taints = node.value.pointer("/spec/taints").and_then(Value::as_array).into_iter().flatten();
    let key = |taint: &&Value| taint.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
    let taints: Vec<Ron> = taints
        .filter(|taint| !OF_STATE.contains(&key(taint).as_str()))
        .map(|taint| Ron::of_api("", taint))
        .collect();
    if !taints.is_empty() {
        fields.push(("taints".into(), Ron::List(taints)));
    }
    if node.value.pointer("/spec/unschedulable") == Some(&Value::Bool(true)) {
        fields.push(("unschedulable".into(), Ron::Word("true".into())));
    }
    if let Some(room) = room {
        fields.push(("allocatable".into(), Ron::of_api("allocatable", room)));
    }
    if !super::is_ready(status) {
        fields.push(("ready".into(), Ron::Word("false".into())));
    }
    fields.push(("info".into(), info_of(node, status)));
    Ron::Struct(fields)
}

/// What a node says of itself.
fn info_of(node: &Object, status: &Value) -> Ron {
    let told = [
        ("kubelet_version", "/nodeInfo/kubeletVersion"),
        ("os_image", "/nodeInfo/osImage"),
        ("kernel_version", "/nodeInfo/kernelVersion"),
        ("container_runtime_version", "/nodeInfo/containerRuntimeVersion"),
    ];
    let told = told.into_iter().map(|(name, path)| (name, status.pointer(path)));
    let addresses = || status.get("addresses").and_then(Value::as_array).into_iter().flatten();
    let address = |kind: &str| {
        let is_it = |of: &&Value| of.get("type").and_then(Value::as_str) == Some(kind);
        addresses().find(is_it).and_then(|of| of.get("address"))
    };
    let addresses = [("internal_ip", address("InternalIP")), ("external_ip", address("ExternalIP"))];
    let fields = told.chain(addresses);
    let texts =
        fields.filter_map(|(name, value)| Some((name, value?.as_str().filter(|text| !text.is_empty())?)));
    let mut fields: Vec<(String, Ron)> =
        texts.map(|(name, text)| (name.to_owned(), Ron::text(text))).collect();
    let range = node.value.pointer("/spec/podCIDR").and_then(Value::as_str);
    let usable = |range: &&str| range.parse::<Ipv4Net>().is_ok_and(|range| range.trunc() == range);
    if let Some(range) = range.filter(usable) {
        fields.push(("pod_cidr".into(), Ron::text(range)));
    }
    Ron::Struct(fields)
}
