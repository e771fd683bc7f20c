//! A pod: what it asks for, and where it may go.

use super::labels::read_labels;
use super::resources::List;
use super::workloads::{name, namespace};
use super::{
    ClaimKey, Labels, Malformed, NodeSelector, PersistentVolumeClaim, PreferredNodeTerm, Quantity,
    ResourceName, Resources, Selector, Taint, TaintEffect, Text, Volume,
};
use k8s_openapi::api::core::v1 as api;
use std::collections::BTreeSet;
use std::fmt;

/// What a container counts for in scores if it does not name cpu.
///
/// Source: kube-scheduler v1.34 `DefaultMilliCPURequest`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/scheduler/util/pod_resources.go>).
const UNNAMED_CPU: Quantity = Quantity::milli(100);
/// What a container counts for in scores if it does not name memory: 200 MiB.
///
/// Source: kube-scheduler v1.34 `DefaultMemoryRequest`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/scheduler/util/pod_resources.go>).
const UNNAMED_MEMORY: Quantity = Quantity::units(200 * 1024 * 1024);

/// Namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodKey {
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

impl fmt::Display for PodKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What a pod asks for, as the different plugins see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requests {
    /// What it asks for: for the filter and for balance.
    pub asked: Resources,
    /// As the strategies of `NodeResourcesFit` see the pod that comes: unnamed cpu and memory filled in by container, and
    /// without what is asked for by the pod as a whole.
    pub scored: Resources,
    /// Thousandths of cores that it counts for in scores once it is on a node.
    pub counted_cpu: i64,
    /// Bytes of memory that it counts for in scores once it is on a node.
    pub counted_memory: i64,
}

/// A toleration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Toleration {
    /// The key it is for; empty is every key.
    pub key: Text,
    /// The value it is for; `None` is any.
    pub value: Option<Text>,
    /// The effect it is for; `None` is any.
    pub effect: Option<TaintEffect>,
}

impl Toleration {
    /// Whether it covers a taint.
    #[must_use]
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.effect.is_none_or(|effect| effect == taint.effect)
            && (self.key.is_empty() || self.key == taint.key)
            && self.value.as_ref().is_none_or(|value| *value == taint.value)
    }
}

/// A port of the host that a pod takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPort {
    /// The address; `0.0.0.0` is every one.
    pub ip: Text,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Text,
    /// The port, from 1.
    pub port: i32,
}

impl HostPort {
    /// The address that stands for every one.
    pub(crate) const EVERY_ADDRESS: &str = "0.0.0.0";

    /// Whether both cannot be on one host.
    #[must_use]
    pub fn conflicts(&self, other: &HostPort) -> bool {
        self.port == other.port
            && self.protocol == other.protocol
            && (self.ip == other.ip || self.is_on_every_address() || other.is_on_every_address())
    }

    /// Whether it is taken on every address of the host.
    #[must_use]
    pub fn is_on_every_address(&self) -> bool {
        &*self.ip == HostPort::EVERY_ADDRESS
    }
}

/// `80/TCP`, or `10.0.0.1:80/TCP` on one address only.
impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_on_every_address() {
            write!(f, "{}:", self.ip)?;
        }
        write!(f, "{}/{}", self.port, self.protocol)
    }
}

/// What happens if a spread constraint cannot be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unsatisfiable {
    /// The pod waits.
    DoNotSchedule,
    /// The pod prefers other nodes.
    ScheduleAnyway,
}

/// Whether a spread constraint looks only at nodes that the pod could use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeInclusion {
    /// Only at those.
    Honor,
    /// At all.
    Ignore,
}

/// A topology spread constraint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpreadConstraint {
    /// The most by which a domain may be above the least one.
    pub max_skew: i32,
    /// The label that names the domains.
    pub topology_key: Text,
    /// What if it cannot be met.
    pub when_unsatisfiable: Unsatisfiable,
    /// The pods it counts, `matchLabelKeys` merged in.
    pub selector: Selector,
    /// With fewer domains, the least one counts as empty.
    pub min_domains: i32,
    /// Whether nodes that the pod's node selector and affinity exclude are left out. Default: `Honor`.
    pub node_affinity_policy: NodeInclusion,
    /// Whether nodes with taints that the pod does not tolerate are left out. Default: `Ignore`.
    pub node_taints_policy: NodeInclusion,
}

/// A term of pod affinity or anti-affinity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AffinityTerm {
    /// The pods it is about.
    pub selector: Selector,
    /// Their namespaces by name.
    pub namespaces: BTreeSet<Text>,
    /// Their namespaces by label.
    pub namespace_selector: Selector,
    /// The label that names the domains.
    pub topology_key: Text,
}

impl AffinityTerm {
    /// Whether it is about a pod, whose namespace has these labels.
    #[must_use]
    pub fn matches(&self, pod: &Pod, namespace_labels: &Labels) -> bool {
        (self.namespaces.contains(&pod.namespace) || self.namespace_selector.matches(namespace_labels))
            && self.selector.matches(&pod.labels)
    }
}

/// A term with its weight.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PreferredAffinityTerm {
    /// From 1 to 100.
    pub weight: i32,
    /// The term.
    pub term: AffinityTerm,
}

/// The controller that owns a pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// Its API version.
    pub api_version: Text,
    /// Its kind.
    pub kind: Text,
    /// Its name.
    pub name: Text,
}

/// A pod as the scheduler sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// Namespace and name.
    pub key: PodKey,
    /// Its namespace.
    pub namespace: Text,
    /// Tells pods of one name apart.
    pub uid: Text,
    /// Its labels.
    pub labels: Labels,
    /// The controller that owns it.
    pub owner: Option<Owner>,
    /// The node it asks for, or is on.
    pub node_name: Option<Text>,
    /// The node that preemption has made room on for it.
    pub nominated_node: Option<Text>,
    /// The profile that schedules it.
    pub scheduler_name: Text,
    /// Higher is more important.
    pub priority: i32,
    /// Whether it never evicts others.
    pub never_preempts: bool,
    /// When it was started, in nanoseconds of the Unix epoch.
    pub started: Option<i128>,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Whether it is being deleted because the scheduler needed its room.
    pub preempted: bool,
    /// The names of gates that keep it out of the queue.
    pub scheduling_gates: Vec<Text>,
    /// What it asks for.
    pub requests: Requests,
    /// What it tolerates.
    pub tolerations: Vec<Toleration>,
    /// The labels that its node must have; `None` if no selector is written.
    pub node_selector: Option<Selector>,
    /// The nodes that it may use.
    pub required_nodes: Option<NodeSelector>,
    /// The nodes that it prefers; `None` if no list is written.
    pub preferred_nodes: Option<Vec<PreferredNodeTerm>>,
    /// The ports of the host that it takes.
    pub host_ports: Vec<HostPort>,
    /// How it wants to be spread.
    pub spread: Vec<SpreadConstraint>,
    /// The pods it must be with.
    pub affinity: Vec<AffinityTerm>,
    /// The pods it must be away from.
    pub anti_affinity: Vec<AffinityTerm>,
    /// The pods it prefers to be with.
    pub preferred_affinity: Vec<PreferredAffinityTerm>,
    /// The pods it prefers to be away from.
    pub preferred_anti_affinity: Vec<PreferredAffinityTerm>,
    /// The images of its containers, init containers included, with their tags.
    pub images: Vec<Text>,
    /// Names of resource claims (dynamic resource allocation).
    pub resource_claims: Vec<Text>,
    /// Its volumes, as far as they can decide where it goes.
    pub volumes: Vec<Volume>,
    /// The drivers of CSI volumes that are written into the pod itself. These go anywhere.
    pub inline_drivers: Vec<Text>,
}

impl Pod {
    /// Reads a pod of the API.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(pod: &api::Pod) -> Result<Pod, Malformed> {
        let metadata = &pod.metadata;
        if metadata.name.as_deref().unwrap_or_default().is_empty() {
            return Err(Malformed::new("metadata.name", "a pod needs a name"));
        }
        let empty = api::PodSpec::default();
        let spec = pod.spec.as_ref().unwrap_or(&empty);
        let status = pod.status.as_ref();
        let in_spec = |e: Malformed| e.below("spec");
        let labels = read_labels(metadata.labels.as_ref());
        let namespace = namespace(metadata);
        let affinity = Affinity::read(spec.affinity.as_ref(), &namespace).map_err(in_spec)?;
        let spread = read_spread(spec, &labels).map_err(in_spec)?;
        let owner = metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
        let text = |name: Option<&str>| name.filter(|name| !name.is_empty()).map(Text::from);
        Ok(Pod {
            key: PodKey { namespace: namespace.clone(), name: name(metadata) },
            namespace,
            uid: metadata.uid.as_deref().unwrap_or_default().into(),
            labels,
            owner: owner.map(|owner| Owner {
                api_version: owner.api_version.as_str().into(),
                kind: owner.kind.as_str().into(),
                name: owner.name.as_str().into(),
            }),
            node_name: text(spec.node_name.as_deref()),
            nominated_node: status.and_then(|status| text(status.nominated_node_name.as_deref())),
            scheduler_name: text(spec.scheduler_name.as_deref())
                .unwrap_or_else(|| "default-scheduler".into()),
            priority: spec.priority.unwrap_or(0),
            never_preempts: spec.preemption_policy.as_deref() == Some("Never"),
            started: status.and_then(|status| status.start_time.as_ref()).map(|time| time.0.as_nanosecond()),
            terminating: metadata.deletion_timestamp.is_some(),
            preempted: metadata.deletion_timestamp.is_some()
                && status.and_then(|status| status.conditions.as_ref()).into_iter().flatten().any(
                    |condition| {
                        condition.type_ == "DisruptionTarget"
                            && condition.reason.as_deref() == Some("PreemptionByScheduler")
                    },
                ),
            scheduling_gates: spec
                .scheduling_gates
                .iter()
                .flatten()
                .map(|gate| gate.name.as_str().into())
                .collect(),
            requests: read_requests(spec).map_err(in_spec)?,
            tolerations: read_tolerations(spec).map_err(in_spec)?,
            node_selector: spec.node_selector.as_ref().map(|selector| Selector::of(Some(selector))),
            required_nodes: affinity.required_nodes,
            preferred_nodes: affinity.preferred_nodes,
            host_ports: read_host_ports(spec),
            spread,
            affinity: affinity.required,
            anti_affinity: affinity.required_anti,
            preferred_affinity: affinity.preferred,
            preferred_anti_affinity: affinity.preferred_anti,
            images: container_images(spec),
            resource_claims: spec
                .resource_claims
                .iter()
                .flatten()
                .map(|claim| claim.name.as_str().into())
                .collect(),
            inline_drivers: spec
                .volumes
                .iter()
                .flatten()
                .filter_map(|volume| Some(volume.csi.as_ref()?.driver.as_str().into()))
                .collect(),
            volumes: Volume::read(
                metadata.name.as_deref().unwrap_or_default(),
                spec.volumes.as_deref().unwrap_or_default(),
            ),
        })
    }

    /// Whether one of its tolerations covers a taint.
    #[must_use]
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.tolerations.iter().any(|toleration| toleration.tolerates(taint))
    }

    /// Whether its node selector and its required node affinity choose a node.
    #[must_use]
    pub fn may_use(&self, node: &super::Node) -> bool {
        self.node_selector.as_ref().is_none_or(|selector| selector.matches(&node.labels))
            && self.required_nodes.as_ref().is_none_or(|nodes| nodes.matches(node))
    }

    /// The claim of this name in its namespace.
    #[must_use]
    pub fn claim(&self, name: &Text) -> ClaimKey {
        ClaimKey { namespace: self.namespace.clone(), name: name.clone() }
    }

    /// Whether it uses a claim, also one of its generic ephemeral volumes.
    #[must_use]
    pub fn claims(&self, claim: &ClaimKey) -> bool {
        self.namespace == claim.namespace
            && self.volumes.iter().any(|volume| volume.claim() == Some(&claim.name))
    }

    /// Whether it uses a claim that it names itself: none of its generic ephemeral volumes.
    #[must_use]
    pub fn claims_by_name(&self, claim: &ClaimKey) -> bool {
        let names = |volume: &Volume| matches!(volume, Volume::Claim(name) if *name == claim.name);
        self.namespace == claim.namespace && self.volumes.iter().any(names)
    }

    /// Whether it controls a claim: of its generic ephemeral volumes.
    #[must_use]
    pub fn owns(&self, claim: &PersistentVolumeClaim) -> bool {
        claim.key.namespace == self.namespace && claim.controller.as_ref() == Some(&self.uid)
    }

    /// Whether it has any term about other pods.
    #[must_use]
    pub fn has_affinity(&self) -> bool {
        !(self.affinity.is_empty()
            && self.anti_affinity.is_empty()
            && self.preferred_affinity.is_empty()
            && self.preferred_anti_affinity.is_empty())
    }
}

/// Init containers that keep running beside the others.
fn is_sidecar(container: &api::Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// Amounts that are asked for together: per container, and for the pod as a whole.
fn read_requests(spec: &api::PodSpec) -> Result<Requests, Malformed> {
    let list = |container: &api::Container, at: &str, i: usize| {
        List::read(container.resources.as_ref().and_then(|resources| resources.requests.as_ref()))
            .map_err(|e| e.below(&format!("{at}[{i}].resources.requests")))
    };
    let containers = spec
        .containers
        .iter()
        .enumerate()
        .map(|(i, container)| list(container, "containers", i))
        .collect::<Result<Vec<_>, _>>()?;
    let init_containers = spec
        .init_containers
        .iter()
        .flatten()
        .enumerate()
        .map(|(i, container)| Ok((is_sidecar(container), list(container, "initContainers", i)?)))
        .collect::<Result<Vec<_>, Malformed>>()?;
    let overhead = List::read(spec.overhead.as_ref()).map_err(|e| e.below("overhead"))?;
    let whole = List::read(spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()))
        .map_err(|e| e.below("resources.requests"))?
        .of_a_pod();

    let total = |unnamed: &[(ResourceName, Quantity)], whole: Option<&List>| {
        let mut total = at_once(&containers, &init_containers, unnamed);
        if let Some(whole) = whole {
            total.replace_with(whole);
        }
        total.add(&overhead);
        total
    };
    let asked = total(&[], Some(&whole));
    let unnamed = [(ResourceName::Cpu, UNNAMED_CPU), (ResourceName::Memory, UNNAMED_MEMORY)];
    // A pod that asks as a whole fills in only what it does not name at all.
    let missing: Vec<_> =
        unnamed.iter().filter(|(name, _)| whole.is_empty() || !asked.mentions(name)).cloned().collect();
    let counted = total(&missing, Some(&whole)).whole();
    Ok(Requests {
        asked: asked.whole(),
        scored: total(&unnamed, None).whole(),
        counted_cpu: counted.milli_cpu,
        counted_memory: counted.memory,
    })
}

/// The most that containers need at one time: all of them with the sidecars, or an init container with the sidecars declared
/// before it.
fn at_once(
    containers: &[List],
    init_containers: &[(bool, List)],
    unnamed: &[(ResourceName, Quantity)],
) -> List {
    let filled = |list: &List| {
        let mut list = list.clone();
        list.fill_in(unnamed);
        list
    };
    let mut running = List::default();
    for container in containers {
        running.add(&filled(container));
    }
    let mut sidecars = List::default();
    let mut start = List::default();
    for (is_sidecar, container) in init_containers {
        let container = filled(container);
        if *is_sidecar {
            running.add(&container);
            sidecars.add(&container);
            start.raise_to(&sidecars);
        } else {
            let mut with_sidecars = container;
            with_sidecars.add(&sidecars);
            start.raise_to(&with_sidecars);
        }
    }
    running.raise_to(&start);
    running
}

fn read_tolerations(spec: &api::PodSpec) -> Result<Vec<Toleration>, Malformed> {
    spec.tolerations
        .iter()
        .flatten()
        .enumerate()
        .map(|(i, toleration)| {
            let at = format!("tolerations[{i}]");
            let value = match toleration.operator.as_deref() {
                None | Some("" | "Equal") => Some(toleration.value.as_deref().unwrap_or_default().into()),
                Some("Exists") => None,
                Some(other) => {
                    let problem = format!("`{}` is no operator of a toleration", other.escape_debug());
                    return Err(Malformed::new(format!("{at}.operator"), problem));
                }
            };
            let effect = toleration.effect.as_deref().filter(|effect| !effect.is_empty());
            Ok(Toleration {
                key: toleration.key.as_deref().unwrap_or_default().into(),
                value,
                effect: effect.map(TaintEffect::read).transpose().map_err(|e| e.below(&at))?,
            })
        })
        .collect()
}

/// Ports of the host, of the containers that stay.
fn read_host_ports(spec: &api::PodSpec) -> Vec<HostPort> {
    let sidecars = spec.init_containers.iter().flatten().filter(|container| is_sidecar(container));
    spec.containers
        .iter()
        .chain(sidecars)
        .flat_map(|container| container.ports.iter().flatten())
        .filter_map(|port| {
            let number = port.host_port.filter(|&number| number > 0)?;
            let or = |text: Option<&str>, default: &str| -> Text {
                text.filter(|text| !text.is_empty()).unwrap_or(default).into()
            };
            Some(HostPort {
                ip: or(port.host_ip.as_deref(), "0.0.0.0"),
                protocol: or(port.protocol.as_deref(), "TCP"),
                port: number,
            })
        })
        .collect()
}

/// The images of a pod's containers, init containers first, each with a tag.
fn container_images(spec: &api::PodSpec) -> Vec<Text> {
    spec.init_containers
        .iter()
        .flatten()
        .chain(&spec.containers)
        .map(|container| {
            let image = container.image.as_deref().unwrap_or_default();
            // A colon before the last slash belongs to the registry's port.
            if image.rfind(':') <= image.rfind('/') { format!("{image}:latest").into() } else { image.into() }
        })
        .collect()
}

fn read_spread(spec: &api::PodSpec, labels: &Labels) -> Result<Vec<SpreadConstraint>, Malformed> {
    spec.topology_spread_constraints
        .iter()
        .flatten()
        .enumerate()
        .map(|(i, constraint)| {
            SpreadConstraint::read(constraint, labels)
                .map_err(|e| e.below(&format!("topologySpreadConstraints[{i}]")))
        })
        .collect()
}

impl SpreadConstraint {
    /// Reads a constraint of a pod with these labels.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(
        constraint: &api::TopologySpreadConstraint,
        labels: &Labels,
    ) -> Result<SpreadConstraint, Malformed> {
        let mut selector =
            Selector::read(constraint.label_selector.as_ref()).map_err(|e| e.below("labelSelector"))?;
        for key in constraint.match_label_keys.iter().flatten() {
            if let Some((key, value)) = labels.get_key_value(key.as_str()) {
                selector.add_label(key, value);
            }
        }
        let when_unsatisfiable = match constraint.when_unsatisfiable.as_str() {
            "DoNotSchedule" => Unsatisfiable::DoNotSchedule,
            "ScheduleAnyway" => Unsatisfiable::ScheduleAnyway,
            other => {
                let problem =
                    format!("`{}` is neither DoNotSchedule nor ScheduleAnyway", other.escape_debug());
                return Err(Malformed::new("whenUnsatisfiable", problem));
            }
        };
        if constraint.max_skew < 1 {
            return Err(Malformed::new("maxSkew", format!("{} is below 1", constraint.max_skew)));
        }
        let min_domains = constraint.min_domains.unwrap_or(1);
        if min_domains < 1 {
            return Err(Malformed::new("minDomains", format!("{min_domains} is below 1")));
        }
        let policy = |policy: Option<&str>, default, field: &str| match policy {
            None => Ok(default),
            Some("Honor") => Ok(NodeInclusion::Honor),
            Some("Ignore") => Ok(NodeInclusion::Ignore),
            Some(other) => {
                Err(Malformed::new(field, format!("`{}` is neither Honor nor Ignore", other.escape_debug())))
            }
        };
        Ok(SpreadConstraint {
            max_skew: constraint.max_skew,
            topology_key: constraint.topology_key.as_str().into(),
            when_unsatisfiable,
            selector,
            min_domains,
            node_affinity_policy: policy(
                constraint.node_affinity_policy.as_deref(),
                NodeInclusion::Honor,
                "nodeAffinityPolicy",
            )?,
            node_taints_policy: policy(
                constraint.node_taints_policy.as_deref(),
                NodeInclusion::Ignore,
                "nodeTaintsPolicy",
            )?,
        })
    }
}

/// What `spec.affinity` says.
#[derive(Default)]
struct Affinity {
    required_nodes: Option<NodeSelector>,
    preferred_nodes: Option<Vec<PreferredNodeTerm>>,
    required: Vec<AffinityTerm>,
    required_anti: Vec<AffinityTerm>,
    preferred: Vec<PreferredAffinityTerm>,
    preferred_anti: Vec<PreferredAffinityTerm>,
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

impl Affinity {
    fn read(affinity: Option<&api::Affinity>, namespace: &Text) -> Result<Affinity, Malformed> {
        let Some(affinity) = affinity else { return Ok(Affinity::default()) };
        let mut read = Affinity::default();
        if let Some(nodes) = &affinity.node_affinity {
            read.required_nodes = nodes
                .required_during_scheduling_ignored_during_execution
                .as_ref()
                .map(NodeSelector::read)
                .transpose()
                .map_err(|e| e.below(&format!("affinity.nodeAffinity.{REQUIRED}")))?;
            read.preferred_nodes = nodes
                .preferred_during_scheduling_ignored_during_execution
                .as_ref()
                .map(|terms| PreferredNodeTerm::read(terms))
                .transpose()
                .map_err(|e| e.below(&format!("affinity.nodeAffinity.{PREFERRED}")))?;
        }
        if let Some(pods) = &affinity.pod_affinity {
            let at = "affinity.podAffinity";
            read.required =
                read_terms(pods.required_during_scheduling_ignored_during_execution.as_ref(), namespace, at)?;
            read.preferred = read_preferred(
                pods.preferred_during_scheduling_ignored_during_execution.as_ref(),
                namespace,
                at,
            )?;
        }
        if let Some(pods) = &affinity.pod_anti_affinity {
            let at = "affinity.podAntiAffinity";
            read.required_anti =
                read_terms(pods.required_during_scheduling_ignored_during_execution.as_ref(), namespace, at)?;
            read.preferred_anti = read_preferred(
                pods.preferred_during_scheduling_ignored_during_execution.as_ref(),
                namespace,
                at,
            )?;
        }
        Ok(read)
    }
}

fn read_terms(
    terms: Option<&Vec<api::PodAffinityTerm>>,
    namespace: &Text,
    at: &str,
) -> Result<Vec<AffinityTerm>, Malformed> {
    let read = |(i, term)| read_term(term, namespace).map_err(|e| e.below(&format!("{at}.{REQUIRED}[{i}]")));
    terms.into_iter().flatten().enumerate().map(read).collect()
}

fn read_preferred(
    terms: Option<&Vec<api::WeightedPodAffinityTerm>>,
    namespace: &Text,
    at: &str,
) -> Result<Vec<PreferredAffinityTerm>, Malformed> {
    let read = |(i, weighted): (usize, &api::WeightedPodAffinityTerm)| {
        let term = read_term(&weighted.pod_affinity_term, namespace)
            .map_err(|e| e.below(&format!("{at}.{PREFERRED}[{i}].podAffinityTerm")))?;
        Ok(PreferredAffinityTerm { weight: weighted.weight, term })
    };
    terms.into_iter().flatten().enumerate().map(read).collect()
}

/// Reads a term of a pod in a namespace. `matchLabelKeys` and `mismatchLabelKeys` are not looked at: the API server has merged
/// them into the selector.
fn read_term(term: &api::PodAffinityTerm, namespace: &Text) -> Result<AffinityTerm, Malformed> {
    let mut namespaces: BTreeSet<Text> =
        term.namespaces.iter().flatten().map(|name| name.as_str().into()).collect();
    if namespaces.is_empty() && term.namespace_selector.is_none() {
        namespaces.insert(namespace.clone());
    }
    Ok(AffinityTerm {
        selector: Selector::read(term.label_selector.as_ref()).map_err(|e| e.below("labelSelector"))?,
        namespaces,
        namespace_selector: Selector::read(term.namespace_selector.as_ref())
            .map_err(|e| e.below("namespaceSelector"))?,
        topology_key: term.topology_key.as_str().into(),
    })
}
