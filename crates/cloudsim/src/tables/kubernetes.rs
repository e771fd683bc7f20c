//! Clusters: nodes, pods, workloads and events, as kubectl shows them: what the API says, not what is true.

use super::Content::{Count, Flag, List, Seconds, Text, Words};
use super::{Cell, Column, Table, always, wide};
use crate::Paused;
use cloudsim_kube::objects::{Budget, CpuTarget, Kind, Labels};
use cloudsim_kube::{
    About, AttachmentState, AutoscalerId, Cluster, CronJobId, JobEnd, KUBELET, KubeEvent, Node, Phase, Pod,
    Ready, Revision, Step, Workload, WorkloadId,
};
use cloudsim_kube_scheduler::objects::{AccessMode, Quantity};
use cloudsim_units::{SimDuration, SimTime};
use std::collections::BTreeSet;
use std::fmt::Display;

pub(super) const CLUSTERS: [Column; 6] = [
    always("name", Text),
    always("version", Text),
    always("api", Text),
    always("nodes", Count),
    always("pods", Count),
    wide("zone_states", List),
];

pub(super) fn clusters(paused: &Paused) -> Table {
    let rows = all(paused).map(|cluster| {
        let states = cluster.zone_states().map(|(zone, state)| format!("{zone} {state:?}"));
        [
            Cell::from(&cluster.spec().name),
            cluster.spec().version.to_string().into(),
            (if cluster.api_answers() { "answers" } else { "silent" }).into(),
            cluster.nodes.present().count().into(),
            cluster.pods.present().count().into(),
            states.collect::<Vec<_>>().into(),
        ]
    });
    Table::new(CLUSTERS, rows)
}

pub(super) const NAMESPACES: [Column; 3] =
    [always("name", Text), always("status", Text), always("age_s", Seconds)];

/// Those that are always there, those that are said, and those that something is in.
pub(super) fn namespaces(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        let spec = cluster.spec();
        let said = spec.namespaces.iter().map(|namespace| &*namespace.name);
        let of_workloads = spec.workloads.iter().map(|of| &*of.workload.key.namespace);
        let of_pods = spec.pods.iter().map(|of| &*of.key.namespace);
        let of_services = spec.services.iter().map(|of| &*of.key.namespace);
        let names: BTreeSet<&str> = FIRST_NAMESPACES
            .into_iter()
            .chain(said)
            .chain(of_workloads)
            .chain(of_pods)
            .chain(of_services)
            .collect();
        names
            .into_iter()
            .map(|name| [spec.called(name).into(), "Active".into(), age(paused, SimTime::ZERO).into()])
            .collect::<Vec<[Cell; 3]>>()
    });
    Table::new(NAMESPACES, rows)
}

/// What every cluster has.
///
/// Source: Kubernetes documentation, "Namespaces", "Initial namespaces"
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>).
const FIRST_NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

pub(super) const NODES: [Column; 15] = [
    always("name", Text),
    always("status", Text),
    always("roles", List),
    always("age_s", Seconds),
    always("version", Text),
    wide("internal_ip", Text).or_none().headed("INTERNAL-IP"),
    wide("external_ip", Text).or_none().headed("EXTERNAL-IP"),
    wide("os_image", Text).or("<unknown>").headed("OS-IMAGE"),
    wide("kernel_version", Text).or("<unknown>").headed("KERNEL-VERSION"),
    wide("container_runtime", Text).or("<unknown>").headed("CONTAINER-RUNTIME"),
    wide("zone", Text).or_none().unprinted(),
    wide("instance_type", Text).or_none().unprinted(),
    wide("pods", Count).unprinted(),
    wide("taints", List).unprinted(),
    wide("labels", Words).unprinted(),
];

/// A label that begins so says what a node is for.
const ROLE: &str = "node-role.kubernetes.io/";

pub(super) fn nodes(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        cluster.nodes.present().map(move |(_, node)| {
            let label = |key: &str| node.object.labels.get(key).map(ToString::to_string);
            let roles = node.object.labels.keys().filter_map(|key| key.strip_prefix(ROLE));
            let taints = node.object.taints.iter().map(|taint| {
                let value = if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
                format!("{}{value}:{:?}", taint.key, taint.effect)
            });
            let known = |text: &str| Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
            let info = &node.info;
            [
                Cell::from(node.name.to_string()),
                node_status(node).into(),
                roles.map(str::to_owned).collect::<Vec<_>>().into(),
                age(paused, node.joined).into(),
                info.kubelet_version.to_string().into(),
                info.internal_ip.as_deref().map(str::to_owned).into(),
                info.external_ip.as_deref().map(str::to_owned).into(),
                known(&info.os_image).into(),
                known(&info.kernel_version).map(|kernel| kernel_cell(cluster, node, kernel)).into(),
                known(&info.container_runtime_version).into(),
                label(cloudsim_kube_scheduler::ZONE).into(),
                label(cloudsim_kube::eks::INSTANCE_TYPE).into(),
                node.pods.len().into(),
                taints.collect::<Vec<_>>().into(),
                labels(&node.object.labels),
            ]
        })
    });
    Table::new(NODES, rows)
}

/// From 1.36 on kubectl says the processors beside the kernel.
fn kernel_cell(cluster: &Cluster, node: &Node, kernel: String) -> String {
    match node.object.labels.get(cloudsim_kube::eks::ARCHITECTURE) {
        Some(processors) if cluster.spec().version.number() >= 36 => format!("{kernel} ({processors})"),
        _ => kernel,
    }
}

fn labels(labels: &Labels) -> Cell {
    let pairs = labels.iter().map(|(key, value)| (key.to_string(), Cell::from(value.to_string())));
    pairs.collect::<Vec<_>>().into()
}

fn node_status(node: &Node) -> String {
    let ready = if node.ready == Ready::True { "Ready" } else { "NotReady" };
    format!("{ready}{}", if node.object.unschedulable { ",SchedulingDisabled" } else { "" })
}

pub(super) const PODS: [Column; 12] = [
    always("name", Text),
    always("ready", Text),
    always("status", Text),
    always("restarts", Count),
    always("age_s", Seconds),
    wide("ip", Text).or_none(),
    wide("node", Text).or_none(),
    wide("nominated_node", Text).or_none(),
    wide("readiness_gates", Text).or_none(),
    wide("owner", Text).or_none().unprinted(),
    wide("last_restart_ago_s", Seconds).or_none().unprinted(),
    wide("labels", Words).unprinted(),
];

pub(super) fn pods(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        cluster.pods.present().map(move |(id, pod)| {
            let containers = pod.template.containers.len() + pod.template.sidecars().count();
            let ready = cluster.ready_containers(id, paused.now());
            let restarted = pod.last_ended.filter(|_| pod.restarts > 0).map(|last| age(paused, last));
            let waiting = cluster.scheduler().queue().get(&pod.key);
            let nominated = waiting.and_then(|waiting| waiting.pod.nominated_node.clone());
            let owner = pod.owner.map(|owner| {
                let workload = &cluster.workloads.get(owner.workload).spec.workload;
                format!("{}/{}", workload.kind.word(), workload.key.name)
            });
            [
                Cell::from(cluster.spec().called(&pod.key)),
                format!("{ready}/{containers}").into(),
                pod_status(pod).into(),
                Cell::Times(pod.restarts.into(), restarted),
                age(paused, pod.made).into(),
                cluster.address_of(id).map(|address| address.to_string()).into(),
                pod.node.map(|node| cluster.nodes.get(node).name.to_string()).into(),
                nominated.map(|node| node.to_string()).into(),
                gates(pod).into(),
                owner.into(),
                restarted.into(),
                labels(&pod.object.labels),
            ]
        })
    });
    Table::new(PODS, rows)
}

/// How many of a pod's readiness gates are open, if it has any: all.
fn gates(pod: &Pod) -> Option<String> {
    let gates = pod.template.api.spec.as_ref()?.readiness_gates.as_ref()?.len();
    (gates > 0).then(|| format!("{gates}/{gates}"))
}

/// What kubectl prints as a pod's status.
///
/// Source: Kubernetes, `printPod`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/printers/internalversion/printers.go>).
pub(crate) fn pod_status(pod: &Pod) -> String {
    let inits = pod.template.init_containers.len();
    if pod.ending.is_none() && pod.phase == Phase::Pending && inits > 0 && pod.node.is_some() {
        let ended = match pod.step {
            Some(Step::Initialised | Step::Pulled) => {
                return waits_for_image(pod).unwrap_or("PodInitializing").to_owned();
            }
            Some(Step::Sandbox) => usize::from(pod.due),
            _ => 0,
        };
        return waits_for_image(pod).map_or(format!("Init:{ended}/{inits}"), |why| format!("Init:{why}"));
    }
    status_word(pod).to_owned()
}

fn status_word(pod: &Pod) -> &'static str {
    match (pod.ending, pod.phase, pod.node, pod.step) {
        (Some(_), ..) => "Terminating",
        (_, Phase::Succeeded, ..) => "Completed",
        (_, Phase::Failed, ..) if pod.evicted => "Evicted",
        (_, Phase::Failed, ..) => "Error",
        (_, _, _, Some(Step::Failed)) => "CrashLoopBackOff",
        (_, Phase::Running, ..) => "Running",
        (_, Phase::Pending, None, _) if !pod.object.scheduling_gates.is_empty() => "SchedulingGated",
        (_, Phase::Pending, None, _) => "Pending",
        (_, Phase::Pending, Some(_), _) => waits_for_image(pod).unwrap_or("ContainerCreating"),
    }
}

/// Why a container waits whose image could not be pulled.
fn waits_for_image(pod: &Pod) -> Option<&'static str> {
    let failed = pod.failed_pull?;
    Some(if failed.backs_off { "ImagePullBackOff" } else { "ErrImagePull" })
}

pub(super) const DEPLOYMENTS: [Column; 8] = [
    always("name", Text),
    always("ready", Text),
    always("up_to_date", Count).headed("UP-TO-DATE"),
    always("available", Count),
    always("age_s", Seconds),
    wide("containers", List),
    wide("images", List),
    wide("selector", Text),
];

pub(super) fn deployments(paused: &Paused) -> Table {
    let rows =
        workloads(paused, |kind| matches!(kind, Kind::Deployment { .. })).map(|(cluster, _, workload)| {
            let pods = pods_of(cluster, workload).filter(|pod| pod.is_active());
            let new = pods.clone().filter(|pod| is_of(pod, workload.revision()));
            let ready = ready_of(cluster, workload);
            let min_ready = workload.spec.workload.min_ready;
            let available = pods.filter(|pod| pod.is_available(min_ready, paused.now()));
            [
                name_of(cluster, workload),
                format!("{ready}/{}", workload.replicas).into(),
                new.count().into(),
                available.count().into(),
                age(paused, SimTime::ZERO).into(),
                containers(workload.newest()),
                images(workload.newest()),
                workload.spec.workload.selector.to_string().into(),
            ]
        });
    Table::new(DEPLOYMENTS, rows)
}

pub(super) const REPLICA_SETS: [Column; 8] = [
    always("name", Text),
    always("desired", Count),
    always("current", Count),
    always("ready", Count),
    always("age_s", Seconds),
    wide("containers", List),
    wide("images", List),
    wide("selector", Text),
];

/// Those of deployments, one for each template, and those that stand alone.
pub(super) fn replica_sets(paused: &Paused) -> Table {
    let sets = workloads(paused, |kind| matches!(kind, Kind::Deployment { .. } | Kind::ReplicaSet));
    let rows = sets.flat_map(|(cluster, _, workload)| {
        (0..=workload.revision()).map(move |number| {
            let revision = &workload.revisions[number as usize];
            let selector = &workload.spec.workload.selector;
            let (name, selector) = match workload.spec.workload.kind {
                Kind::Deployment { .. } => (
                    cluster.spec().called(replica_set_name(workload, number)).into(),
                    format!("{selector},pod-template-hash={}", revision.hash),
                ),
                _ => (name_of(cluster, workload), selector.to_string()),
            };
            let pods = pods_of(cluster, workload).filter(move |pod| pod.is_active() && is_of(pod, number));
            [
                name,
                revision.replicas.into(),
                pods.clone().count().into(),
                pods.filter(|pod| pod.ready).count().into(),
                age(paused, revision.made).into(),
                containers(revision),
                images(revision),
                selector.into(),
            ]
        })
    });
    Table::new(REPLICA_SETS, rows)
}

pub(super) const STATEFUL_SETS: [Column; 5] = [
    always("name", Text),
    always("ready", Text),
    always("age_s", Seconds),
    wide("containers", List),
    wide("images", List),
];

pub(super) fn stateful_sets(paused: &Paused) -> Table {
    let sets = workloads(paused, |kind| matches!(kind, Kind::StatefulSet { .. }));
    let rows = sets.map(|(cluster, id, workload)| {
        [
            name_of(cluster, workload),
            format!("{}/{}", ready_of(cluster, workload), cluster.wanted(id)).into(),
            age(paused, SimTime::ZERO).into(),
            containers(workload.newest()),
            images(workload.newest()),
        ]
    });
    Table::new(STATEFUL_SETS, rows)
}

pub(super) const DAEMON_SETS: [Column; 11] = [
    always("name", Text),
    always("desired", Count),
    always("current", Count),
    always("ready", Count),
    always("up_to_date", Count).headed("UP-TO-DATE"),
    always("available", Count),
    always("node_selector", Text),
    always("age_s", Seconds),
    wide("containers", List),
    wide("images", List),
    wide("selector", Text),
];

pub(super) fn daemon_sets(paused: &Paused) -> Table {
    let sets = workloads(paused, |kind| matches!(kind, Kind::DaemonSet { .. }));
    let rows = sets.map(|(cluster, id, workload)| {
        let pods = pods_of(cluster, workload);
        let min_ready = workload.spec.workload.min_ready;
        let node_selector = workload.newest().prototype.node_selector.as_ref();
        [
            name_of(cluster, workload),
            cluster.wanted(id).into(),
            pods.clone().count().into(),
            ready_of(cluster, workload).into(),
            pods.clone().filter(|pod| is_of(pod, workload.revision())).count().into(),
            pods.filter(|pod| pod.is_available(min_ready, paused.now())).count().into(),
            node_selector.map_or_else(|| "<none>".to_owned(), ToString::to_string).into(),
            age(paused, SimTime::ZERO).into(),
            containers(workload.newest()),
            images(workload.newest()),
            workload.spec.workload.selector.to_string().into(),
        ]
    });
    Table::new(DAEMON_SETS, rows)
}

pub(super) const JOBS: [Column; 7] = [
    always("name", Text),
    always("status", Text),
    always("completions", Text),
    always("duration_s", Seconds).or_none(),
    always("age_s", Seconds).or_none(),
    wide("containers", List),
    wide("images", List),
];

pub(super) fn jobs(paused: &Paused) -> Table {
    let jobs = workloads(paused, |kind| matches!(kind, Kind::Job(_)));
    let rows = jobs.filter(|(_, _, workload)| !workload.gone).filter_map(|(cluster, id, workload)| {
        let (job, state) = cluster.job(id)?;
        let status = match state.finished {
            Some((_, JobEnd::Complete)) => "Complete",
            Some(_) => "Failed",
            None if job.suspended => "Suspended",
            None => "Running",
        };
        let of = match (job.completions, workload.replicas) {
            (Some(completions), _) => completions.to_string(),
            (None, 1) => "1".to_owned(),
            (None, parallelism) => format!("1 of {parallelism}"),
        };
        let until = state.finished.map_or(paused.now(), |(finished, _)| finished);
        Some([
            name_of(cluster, workload),
            status.into(),
            format!("{}/{of}", state.succeeded).into(),
            state.started.map(|started| whole(until.since(started))).into(),
            state.started.map(|started| age(paused, started)).into(),
            containers(workload.newest()),
            images(workload.newest()),
        ])
    });
    Table::new(JOBS, rows)
}

pub(super) const CRON_JOBS: [Column; 6] = [
    always("name", Text),
    always("schedule", Text),
    always("suspend", Flag),
    always("active", Count),
    always("last_schedule_s", Seconds).or_none(),
    always("age_s", Seconds),
];

pub(super) fn cron_jobs(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        (0..).map(CronJobId).zip(&cluster.spec().cron_jobs).map(move |(id, of)| {
            let last = cluster.cron_job(id).last;
            [
                Cell::from(cluster.spec().called(&of.key)),
                of.schedule.to_string().into(),
                of.suspended.into(),
                cluster.active_jobs(id).into(),
                last.map(|last| age(paused, last)).into(),
                age(paused, SimTime::ZERO).into(),
            ]
        })
    });
    Table::new(CRON_JOBS, rows)
}

pub(super) const BUDGETS: [Column; 7] = [
    always("name", Text),
    always("min_available", Text).or("N/A"),
    always("max_unavailable", Text).or("N/A"),
    always("allowed_disruptions", Count),
    always("age_s", Seconds),
    wide("healthy", Count).unprinted(),
    wide("desired", Count).unprinted(),
];

pub(super) fn budgets(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        cluster.spec().disruption_budgets.iter().enumerate().map(move |(place, budget)| {
            let (least, most) = match budget.allows {
                Budget::MinAvailable(least) => (Some(least.to_string()), None),
                Budget::MaxUnavailable(most) => (None, Some(most.to_string())),
            };
            let (healthy, desired) = cluster.health_of(place);
            [
                Cell::from(cluster.spec().called(&budget.key)),
                least.into(),
                most.into(),
                cluster.disruptions_allowed(place).into(),
                age(paused, SimTime::ZERO).into(),
                healthy.into(),
                desired.into(),
            ]
        })
    });
    Table::new(BUDGETS, rows)
}

pub(super) const ENDPOINT_SLICES: [Column; 2] = [always("name", Text), always("endpoints", List)];

/// Those of a service together: the pods that they list as ready.
pub(super) fn endpoint_slices(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        cluster.services.iter().map(move |service| {
            let pods = service.written.iter().map(|pod| cluster.pods.get(*pod).key.name.to_string());
            [Cell::from(cluster.spec().called(&service.spec.key)), pods.collect::<Vec<_>>().into()]
        })
    });
    Table::new(ENDPOINT_SLICES, rows)
}

pub(super) const AUTOSCALERS: [Column; 7] = [
    always("name", Text),
    always("reference", Text),
    always("targets", List),
    always("min_pods", Count).headed("MINPODS"),
    always("max_pods", Count).headed("MAXPODS"),
    always("replicas", Count),
    always("age_s", Seconds),
];

pub(super) fn autoscalers(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        (0..).map(AutoscalerId).zip(&cluster.spec().autoscalers).map(move |(id, of)| {
            let (target, measured) = cluster.autoscaler(id).unzip();
            let measured = |place: usize| measured.and_then(|measured| measured[place]);
            let targets = of.metrics.iter().enumerate().map(|(place, metric)| {
                let known =
                    |unit: &str| measured(place).map_or("<unknown>".to_owned(), |is| format!("{is}{unit}"));
                match metric.target {
                    CpuTarget::Utilization(aim) => format!("cpu: {}/{aim}%", known("%")),
                    CpuTarget::AverageMilli(aim) => format!("cpu: {}/{aim}m", known("m")),
                }
            });
            [
                Cell::from(cluster.spec().called(&of.key)),
                format!("{}/{}", of.target_kind, of.target).into(),
                targets.collect::<Vec<_>>().into(),
                of.min.into(),
                of.max.into(),
                target.map_or(0, |target| cluster.workloads.get(target).replicas).into(),
                age(paused, SimTime::ZERO).into(),
            ]
        })
    });
    Table::new(AUTOSCALERS, rows)
}

pub(super) const CLAIMS: [Column; 7] = [
    always("name", Text),
    always("status", Text),
    always("volume", Text).or_none(),
    always("capacity", Text).or_none(),
    always("access_modes", Text),
    always("storage_class", Text).headed("STORAGECLASS"),
    always("age_s", Seconds),
];

pub(super) fn claims(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        cluster.volumes.claims().map(move |(id, claim)| {
            let volume = cluster.volumes.of_claim(id).map(|volume| &cluster.volumes.get(volume).object);
            [
                Cell::from(cluster.spec().called(&claim.object.key)),
                format!("{:?}", claim.phase()).into(),
                claim.object.volume.as_ref().map(ToString::to_string).into(),
                volume.map(|volume| binary(volume.capacity)).into(),
                modes(volume.map_or(&claim.object.access_modes, |volume| &volume.access_modes)).into(),
                claim.object.class.to_string().into(),
                age(paused, claim.made).into(),
            ]
        })
    });
    Table::new(CLAIMS, rows)
}

pub(super) const NODE_CLAIMS: [Column; 7] = [
    always("name", Text),
    always("type", Text).or_none(),
    always("zone", Text).or_none(),
    always("node", Text).or_none(),
    always("ready", Text),
    always("age_s", Seconds),
    wide("nodepool", Text),
];

pub(super) fn node_claims(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        cluster.node_claims().map(move |(_, claim)| {
            let pools = &cluster.spec().karpenter.as_ref().expect("who has claims has pools").pools;
            let pool = &pools[claim.pool];
            [
                Cell::from(claim.name.to_string()),
                claim.launched.map(|launched| pool.types[launched.kind].name.clone()).into(),
                claim.launched.map(|launched| pool.zones[launched.zone].name.clone()).into(),
                claim.node.map(|node| cluster.nodes.get(node).name.to_string()).into(),
                (if claim.is_initialized() { "True" } else { "Unknown" }).into(),
                age(paused, claim.made).into(),
                (&pool.name).into(),
            ]
        })
    });
    Table::new(NODE_CLAIMS, rows)
}

pub(super) const VOLUMES: [Column; 9] = [
    always("name", Text),
    always("capacity", Text),
    always("access_modes", Text),
    always("status", Text),
    always("claim", Text).or_none(),
    always("storage_class", Text).headed("STORAGECLASS"),
    always("age_s", Seconds),
    wide("zone", Text).or_none(),
    wide("attached_to", List),
];

pub(super) fn volumes(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        cluster.volumes.iter().map(move |(_, volume)| {
            let zone = volume.zone.map(|zone| paused.cloud.plan.zones[zone.index()].name.clone());
            let nodes = volume.attachments.iter().filter(|(_, attachment)| {
                let state = cluster.volumes.attachment(**attachment).state;
                (AttachmentState::Attached..=AttachmentState::Detaching).contains(&state)
            });
            let claim = volume.claim.map(|claim| cluster.volumes.claim(claim).object.key.to_string());
            [
                Cell::from(volume.object.name.to_string()),
                binary(volume.object.capacity).into(),
                modes(&volume.object.access_modes).into(),
                format!("{:?}", volume.phase()).into(),
                claim.into(),
                volume.object.class.to_string().into(),
                age(paused, volume.made).into(),
                zone.into(),
                nodes.map(|(node, _)| cluster.nodes.get(*node).name.to_string()).collect::<Vec<_>>().into(),
            ]
        })
    });
    Table::new(VOLUMES, rows)
}

/// Ways to mount a volume as kubectl shortens them.
fn modes(modes: &BTreeSet<AccessMode>) -> String {
    let short = |mode: &AccessMode| match mode {
        AccessMode::ReadWriteOnce => "RWO",
        AccessMode::ReadOnlyMany => "ROX",
        AccessMode::ReadWriteMany => "RWX",
        AccessMode::ReadWriteOncePod => "RWOP",
    };
    modes.iter().map(short).collect::<Vec<_>>().join(",")
}

/// A size in the largest unit of which it is a whole number, as kubectl prints it.
fn binary(size: Quantity) -> String {
    let bytes = size.value();
    let units = [(40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki")];
    let unit = units.into_iter().find(|(bits, _)| bytes != 0 && bytes % (1_i64 << bits) == 0);
    unit.map_or_else(|| bytes.to_string(), |(bits, unit)| format!("{}{unit}", bytes >> bits))
}

pub(super) const EVENTS: [Column; 10] = [
    always("name", Text).headed("OBJECT"),
    always("last_seen_ago_s", Seconds).headed("LAST SEEN"),
    always("type", Text),
    always("reason", Text),
    wide("subobject", Text).or(""),
    wide("source", Text),
    always("message", Text),
    wide("first_seen_ago_s", Seconds).headed("FIRST SEEN"),
    wide("count", Count),
    wide("event", Text).headed("NAME"),
];

pub(super) fn events(paused: &Paused) -> Table {
    let rows = all(paused).flat_map(|cluster| {
        cluster.events.at(paused.now()).into_iter().map(move |event| {
            let called = |kind: &str, name: &dyn Display| format!("{kind}/{}", cluster.spec().called(name));
            let object = match event.about {
                About::Node(node) => format!("node/{}", cluster.nodes.get(node).name),
                About::Pod(pod) | About::Container(pod, _) => called("pod", &cluster.pods.get(pod).key),
                About::Workload(workload) => {
                    let workload = &cluster.workloads.get(workload).spec.workload;
                    called(workload.kind.word(), &workload.key)
                }
                About::ReplicaSet(of, revision) => {
                    let workload = cluster.workloads.get(of);
                    called("replicaset", &replica_set_name(workload, revision))
                }
                About::CronJob(cron_job) => {
                    called("cronjob", &cluster.spec().cron_jobs[cron_job.index()].key)
                }
                About::Autoscaler(autoscaler) => {
                    called("horizontalpodautoscaler", &cluster.spec().autoscalers[autoscaler.index()].key)
                }
                About::NodeClaim(claim) => format!("nodeclaim/{}", cluster.node_claim(claim).name),
                About::Lease(of) => called("lease", &format_args!("kube-system/{}", of.name())),
                About::ClusterAutoscaler => called("configmap", &"kube-system/cluster-autoscaler-status"),
                About::Claim(claim) => {
                    called("persistentvolumeclaim", &cluster.volumes.claim(claim).object.key)
                }
            };
            let object_name = object.rsplit('/').next().unwrap_or_default();
            // Made of the time, of which no two events have the same.
            let said = cluster.spec().clock.nanos(event.first) + u128::from(event.nth);
            let event_name = format!("{object_name}.{said:x}");
            [
                Cell::from(&object),
                age(paused, event.last).into(),
                (if event.warning { "Warning" } else { "Normal" }).into(),
                event.reason.into(),
                subobject(cluster, event).into(),
                source(cluster, event).into(),
                event.message.to_string().into(),
                age(paused, event.first).into(),
                event.count.into(),
                event_name.into(),
            ]
        })
    });
    Table::new(EVENTS, rows)
}

/// The container that it is about, if it is about one, by its place in the pod.
fn subobject(cluster: &Cluster, event: &KubeEvent) -> Option<String> {
    let About::Container(pod, place) = event.about else { return None };
    let template = &cluster.pods.get(pod).template;
    let list =
        if usize::from(place) < template.init_containers.len() { "initContainers" } else { "containers" };
    Some(format!("spec.{list}{{{}}}", template.in_order(place).name))
}

/// Who said it, and which of them, if there are several.
fn source(cluster: &Cluster, event: &KubeEvent) -> String {
    let node = match event.about {
        About::Node(node) => Some(node),
        About::Pod(pod) | About::Container(pod, _) => cluster.pods.get(pod).node,
        _ => None,
    };
    let component = event.by.component;
    let node = node.filter(|_| component == KUBELET).map(|node| &cluster.nodes.get(node).name);
    match event.by.instance.as_ref().or(node) {
        Some(instance) => format!("{component}, {instance}"),
        None => component.to_owned(),
    }
}

fn all(paused: &Paused) -> impl Iterator<Item = &Cluster> {
    paused.cloud.kubernetes.clusters.iter()
}

fn workloads(
    paused: &Paused,
    is: impl Fn(&Kind) -> bool,
) -> impl Iterator<Item = (&Cluster, WorkloadId, &Workload)> {
    all(paused)
        .flat_map(|cluster| cluster.workloads.iter().map(move |(id, workload)| (cluster, id, workload)))
        .filter(move |(_, _, workload)| is(&workload.spec.workload.kind))
}

fn name_of(cluster: &Cluster, workload: &Workload) -> Cell {
    cluster.spec().called(&workload.spec.workload.key).into()
}

fn pods_of<'a>(cluster: &'a Cluster, workload: &'a Workload) -> impl Iterator<Item = &'a Pod> + Clone {
    workload.pods.iter().map(|pod| cluster.pods.get(*pod))
}

/// Whether a pod was made of the template of that number.
fn is_of(pod: &Pod, revision: u32) -> bool {
    pod.owner.is_some_and(|owner| owner.revision == revision)
}

/// Pods that are to end do not count for the controller of replica sets; the others count them.
fn ready_of(cluster: &Cluster, workload: &Workload) -> usize {
    let only_active = matches!(workload.spec.workload.kind, Kind::Deployment { .. } | Kind::ReplicaSet);
    pods_of(cluster, workload).filter(|pod| pod.ready && (pod.is_active() || !only_active)).count()
}

fn replica_set_name(deployment: &Workload, revision: u32) -> String {
    format!("{}-{}", deployment.spec.workload.key, deployment.revisions[revision as usize].hash)
}

fn containers(revision: &Revision) -> Cell {
    let containers = revision.template.containers.iter();
    containers.map(|container| container.name.to_string()).collect::<Vec<_>>().into()
}

fn images(revision: &Revision) -> Cell {
    let containers = revision.template.containers.iter();
    containers.map(|container| container.image.to_string()).collect::<Vec<_>>().into()
}

fn age(paused: &Paused, since: SimTime) -> SimDuration {
    whole(paused.now().since(since.min(paused.now())))
}

/// In whole seconds, as kubectl has it.
fn whole(span: SimDuration) -> SimDuration {
    SimDuration::from_secs(span.as_nanos() / 1_000_000_000)
}
