//! What happens in clusters: to nodes, to pods, and to what brings either.

use super::{
    CONTROL_PLANE, DETACH, Described, Hosts, LEADER, OPERATOR, SCALE, Step, is_daemon_set, of_group,
};
use crate::causes::Reach;
use cloudsim_records::{
    Action, Component, EndpointState, EntityId, EntityKind, Names, NodeState, NodeTaint, PodReason, PodState,
    Record, ScaleReason,
};

/// The lists of a scenario that workloads stand in, by the word of their kind.
const WORKLOAD_LISTS: [(&str, &str); 4] = [
    ("deployment", "deployments"),
    ("replicaset", "replica_sets"),
    ("statefulset", "stateful_sets"),
    ("daemonset", "daemon_sets"),
];

fn is_pod(names: &Names, entity: EntityId) -> bool {
    names.entity(entity).is_some_and(|entity| entity.kind == EntityKind::Pod)
}

/// The steps from a lost node to a pod in service, each with the flag or field that owns it.
pub(super) fn kubernetes_milestone(
    record: &Record,
    reach: &Reach,
    (names, hosts): (&Names, &Hosts),
    of: &impl Fn(&str, EntityId, &[&str]) -> Vec<String>,
) -> Option<Described> {
    let parent = |entity: EntityId| names.entity(entity).and_then(|entity| entity.parent);
    let control_plane = |node: EntityId, fields: &[&str]| {
        parent(node).map_or_else(Vec::new, |cluster| of("clusters", cluster, fields))
    };
    let cluster_of_pod = |pod: EntityId, fields: &[&str]| {
        let owner = parent(pod);
        let cluster = owner.and_then(parent).or(owner);
        cluster.map_or_else(Vec::new, |cluster| of("clusters", cluster, fields))
    };
    let of_pods = |workload: Option<EntityId>, field: &str| {
        workload.and_then(|of| field_of_pods(names.name(of), field)).into_iter().collect::<Vec<_>>()
    };
    Some(match *record {
        Record::NodeChanged { node, state: NodeState::Unknown } => {
            (Step::NodeUnknown { node, cluster: parent(node) }, "detect", detected_by(node, names))
        }
        Record::ControlPlaneChanged { cluster, answers: true } if reach.has_pods(names) => {
            (Step::Leads { cluster }, CONTROL_PLANE, Vec::new())
        }
        Record::LeaderElected { cluster, component: Component::ControllerManager }
            if reach.has_pods(names) =>
        {
            (Step::Leads { cluster }, LEADER, vec!["LEASE_DURATION".to_owned()])
        }
        Record::NodeTainted { node, taint: NodeTaint::Unreachable, present: true } => {
            let settings = control_plane(node, &["control_plane.eviction_interval"]);
            (Step::NodeTainted { node }, "taint", settings)
        }
        Record::PodChanged { pod, node, state, reason } if reach.contains(pod) => match state {
            PodState::Terminating => {
                let workload = parent(pod);
                let (phase, settings) = match reason {
                    PodReason::TaintEviction => {
                        let mut own = of_pods(workload, "tolerations");
                        own.extend(cluster_of_pod(pod, &["control_plane.default_unreachable_toleration"]));
                        ("tolerate", own)
                    }
                    PodReason::NodeGone => {
                        ("collect", ["POD_GC_QUARANTINE", "POD_GC_PERIOD"].map(str::to_owned).to_vec())
                    }
                    _ => ("leave", Vec::new()),
                };
                (Step::PodLeaves { workload, node, reason }, phase, settings)
            }
            PodState::Gone => (Step::PodGone { pod, workload: parent(pod), node }, "terminate", Vec::new()),
            PodState::Pending => {
                (Step::PodMade { pod, workload: parent(pod), replaces: None }, "create", Vec::new())
            }
            PodState::Released => (Step::PodReleased { pod }, DETACH, Vec::new()),
            PodState::Mounted => (Step::PodMounted { pod, node }, "attach", assumed(&["kube.mount"])),
            PodState::Scheduled => (Step::PodBound { pod, node }, "schedule", Vec::new()),
            PodState::Initialised => (Step::PodInitialised { pod, node }, "initialise", Vec::new()),
            PodState::Pulled => (Step::PodPulled { pod, node }, "pull", Vec::new()),
            PodState::Running => (Step::PodRuns { pod }, "start", Vec::new()),
            PodState::NotReady if reason == PodReason::NodeNotReady => {
                // Its pods are marked one by one, as soon as the node is found to be silent.
                let cluster =
                    node.map_or_else(Vec::new, |node| control_plane(node, &["control_plane.kube_api_qps"]));
                (Step::PodNotReady { pod, node }, "mark", cluster)
            }
            _ => return None,
        },
        Record::Intervened(ref done) if done.refusal.is_none() && reach.has_pods(names) => {
            match done.action {
                Action::RestartWorkload | Action::SetImage | Action::Drain | Action::OutOfService => {
                    (Step::Operated { target: done.target }, OPERATOR, Vec::new())
                }
                _ => return None,
            }
        }
        Record::TargetDeregistered { target, .. } if reach.contains(target) && is_pod(names, target) => {
            let settings = assumed(&["kube.targets_reconcile"]);
            (Step::PodDeregistered { pod: target }, "deregister", settings)
        }
        Record::EndpointChanged { service, pod, state } if reach.contains(service) => {
            let cluster = parent(service);
            let settings = cluster
                .map_or_else(Vec::new, |cluster| of("clusters", cluster, &["kube_proxy.min_sync_period"]));
            match state {
                EndpointState::Listed => return None,
                EndpointState::Unlisted => (Step::PodUnlisted { pod }, "unlist", Vec::new()),
                EndpointState::Routed => (Step::PodRouted { pod }, "sync", settings),
                EndpointState::Forgotten => (Step::PodForgotten { pod }, "sync", settings),
            }
        }
        Record::WorkloadServes { workload, pod, .. } if reach.contains(workload) => match pod {
            Some(pod) => {
                let settings = of_pods(Some(workload), "containers.*.readinessProbe.periodSeconds");
                (Step::PodServes { pod, workload }, "ready", settings)
            }
            // A daemon set follows its nodes.
            None if is_daemon_set(names.name(workload)) => return None,
            None => (Step::Rescaled { workload }, SCALE, Vec::new()),
        },
        _ => return node_milestone(record, (names, hosts), of),
    })
}

/// A field of the pods of a workload, whose name is `NAMESPACE/KIND/NAME`, or `CLUSTER/NAMESPACE/KIND/NAME` where there are
/// several clusters.
fn field_of_pods(workload: &str, field: &str) -> Option<String> {
    let mut parts = workload.rsplitn(3, '/');
    let (name, kind, namespace) = (parts.next()?, parts.next()?, parts.next()?);
    let (_, list) = WORKLOAD_LISTS.iter().find(|(word, _)| *word == kind)?;
    Some(format!("{list}.{namespace}/{name}.spec.template.spec.{field}"))
}

/// Assumptions, by their layers and names.
fn assumed(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("assumptions.{name}")).collect()
}

/// What owns the time until a node is found to be silent.
pub(super) fn detected_by(node: EntityId, names: &Names) -> Vec<String> {
    let cluster = names.entity(node).and_then(|node| node.parent);
    let setting =
        |cluster| format!("clusters.{}.control_plane.node_monitor_grace_period", names.name(cluster));
    cluster.map(setting).into_iter().collect()
}

/// What brings nodes that pods wait for.
fn node_milestone(
    record: &Record,
    (names, hosts): (&Names, &Hosts),
    of: &impl Fn(&str, EntityId, &[&str]) -> Vec<String>,
) -> Option<Described> {
    Some(match *record {
        Record::NodeChanged { node, state: NodeState::Ready } => {
            let host = hosts.of_nodes.get(&node).copied();
            let group = host.and_then(|host| names.entity(host)?.parent);
            let settings = match group {
                Some(group) => of_group(group, "node.join", (names, hosts)),
                // The start of its host is in it.
                None => assumed(&["ec2_instance.power_return", "kube.join"]),
            };
            (Step::NodeReady { node, host }, "join", settings)
        }
        Record::AutoscalerHalted { cluster, halted: false, .. } if !hosts.all.is_empty() => {
            let fields = ["cluster_autoscaler.max_total_unready_percentage"];
            (Step::AutoscalerResumed, "halted", of("clusters", cluster, &fields))
        }
        Record::NodeGroupScaled { group, reason: ScaleReason::PodsPending, .. } => {
            let cluster = hosts.cluster_of(group, names)?;
            let fields = ["cluster_autoscaler.scan_interval"];
            (Step::GroupGrows { group }, "scan", of("clusters", cluster, &fields))
        }
        Record::CapacityInsufficient { group, .. } | Record::OfferingUnavailable { pool: group, .. } => {
            (Step::LaunchFailed { group }, "no capacity", Vec::new())
        }
        Record::NodesClaimed { pool, .. } => {
            let cluster = hosts.cluster_of(pool, names)?;
            let fields = ["karpenter.batch_idle_duration"];
            (Step::NodesClaimed { pool }, "batch", of("clusters", cluster, &fields))
        }
        _ => return None,
    })
}
