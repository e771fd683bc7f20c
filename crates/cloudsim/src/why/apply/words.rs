//! What is said of a step.

use super::way::{Leg, Owner, Part};
use cloudsim_kube::objects::{Container, Kind, PodTemplate};
use cloudsim_kube::{Cluster, Step, WorkloadId, limits};
use cloudsim_units::{DurationDistribution, SimTime};

/// Adds a leg behind the others; one that ends before they do is none.
pub(super) fn leg(
    legs: &mut Vec<Leg>,
    part: Part,
    until: SimTime,
    what: impl Into<String>,
    owners: Vec<Owner>,
) {
    let from = legs.last().map_or(until, |leg| leg.until);
    if until >= from {
        legs.push(Leg { part, what: what.into(), from, until, owners });
    }
}

pub(in crate::why) fn constant(name: &str, value: impl ToString) -> Owner {
    Owner { name: name.to_owned(), value: value.to_string(), is_setting: false }
}

pub(in crate::why) fn setting(name: String, value: impl ToString) -> Owner {
    Owner { name, value: value.to_string(), is_setting: true }
}

/// A distribution in short.
pub(in crate::why) fn short(distribution: DurationDistribution) -> String {
    match distribution {
        DurationDistribution::LogNormal { median, .. } => format!("median {median}"),
        DurationDistribution::Uniform(low, high) => format!("{low} to {high}"),
        other => other.to_string(),
    }
}

pub(super) fn watch_delay(assumed: &limits::Assumed) -> Vec<Owner> {
    vec![constant("WATCH", assumed.watch)]
}

/// The controller that makes a workload's pods.
pub(super) fn maker(kind: &Kind) -> &'static str {
    match kind {
        Kind::Deployment { .. } | Kind::ReplicaSet => "the replica set controller",
        Kind::StatefulSet { .. } => "the stateful set controller",
        Kind::DaemonSet { .. } => "the daemon set controller",
        Kind::Job(_) => "the job controller",
    }
}

/// What is on the way of a real `kubectl apply` and no leg of this one.
pub(super) fn not_modelled(kind: &Kind) -> Vec<&'static str> {
    let mut all = vec![
        "kubectl: reading the manifest, discovery, the network from you to the API server",
        "API server: authentication, authorization and admission have no time of their own, and webhooks are not asked",
    ];
    if matches!(kind, Kind::Deployment { .. }) {
        all.push(
            "controller manager: a deployment's replica set is no object of its own; no request makes it",
        );
    }
    all.push("scheduler: it knows of a pod as soon as that is stored, others once their watch tells them");
    all.push("kube-proxy: the time until its rules are in the kernel");
    all
}

/// Where a step on the node is spent, what happens in it, and what its length comes from.
pub(super) fn step_words(
    cluster: &Cluster,
    workload: WorkloadId,
    template: &PodTemplate,
    step: Step,
) -> (Part, String, Vec<Owner>) {
    let of = cluster.workloads.get(workload);
    let list = match of.spec.workload.kind {
        Kind::Deployment { .. } => "deployments",
        Kind::ReplicaSet => "replica_sets",
        Kind::StatefulSet { .. } => "stateful_sets",
        Kind::DaemonSet { .. } => "daemon_sets",
        Kind::Job(_) => "jobs",
    };
    let path = format!("{list}.{}", cluster.spec().called(&of.spec.workload.key));
    let runtime = Part::ContainerRuntime;
    match step {
        Step::Begun => (Part::Kubelet, "begins with the pod".into(), Vec::new()),
        Step::Attached => {
            let attach = constant("EBS_ATTACH", short(limits::EBS_ATTACH));
            let look = constant("ATTACH_LOOK", limits::ATTACH_LOOK);
            (Part::Kubelet, "waits until it sees that the volumes are attached".into(), vec![attach, look])
        }
        Step::Mounted => {
            let owners = vec![constant("MOUNT", short(cluster.spec().assumed.mount))];
            (Part::Kubelet, "mounts the volumes".into(), owners)
        }
        Step::Sandbox => {
            let owners = vec![constant("SANDBOX", short(cluster.spec().assumed.sandbox))];
            (runtime, "makes the sandbox: the pod has an address".into(), owners)
        }
        Step::Initialised => {
            let mut owners = pull_owners(cluster, &template.init_containers);
            owners.push(constant("INIT_CONTAINER", cluster.spec().assumed.init_container));
            (runtime, "pulls and runs the init containers one after the other".into(), owners)
        }
        Step::Pulled => {
            let owners = pull_owners(cluster, &template.containers);
            (runtime, "pulls the images that the node lacks".into(), owners)
        }
        Step::Running => {
            let owners = vec![constant("CONTAINERS", short(cluster.spec().assumed.containers))];
            (runtime, "creates and starts the containers".into(), owners)
        }
        Step::Answering => {
            let owner = match &of.spec.server {
                Some(server) => setting(format!("{path}.server.start"), short(server.start)),
                None => constant("CONTAINER_START", short(cluster.spec().assumed.container_start)),
            };
            (Part::Process, "starts and answers".into(), vec![owner])
        }
        Step::Ready => {
            let probes = template.containers.iter().filter_map(|container| {
                let probe = container.readiness.as_ref()?;
                let path = format!("{path}.spec.template.spec.containers.{}.readinessProbe", container.name);
                Some(setting(format!("{path}.periodSeconds"), probe.period))
            });
            let owners: Vec<Owner> = probes.collect();
            let what = if owners.is_empty() {
                "there is no readiness probe: the pod is ready"
            } else {
                "the next readiness probe of the kubelet passes"
            };
            (Part::Readiness, what.into(), owners)
        }
        Step::Ended => (Part::Kubelet, "the containers have ended".into(), Vec::new()),
        Step::Succeeded => (Part::Process, "has done its work, and ends".into(), Vec::new()),
        Step::Errored => (Part::Process, "fails, and is not started again".into(), Vec::new()),
        Step::Failed => {
            (Part::Kubelet, "a probe fails too often: the containers are stopped".into(), Vec::new())
        }
        Step::Restarted => {
            let owners = vec![constant("CRASH_BACKOFF", limits::CRASH_BACKOFF)];
            (Part::Kubelet, "starts the containers once more".into(), owners)
        }
    }
}

/// What the time for which the images of containers are pulled comes from.
fn pull_owners(cluster: &Cluster, containers: &[Container]) -> Vec<Owner> {
    let mut owners: Vec<Owner> = Vec::new();
    for container in containers {
        let known = cluster.spec().images.iter().find(|image| image.name == container.image);
        let owner = match known {
            Some(image) => setting(format!("images.{}.size", image.name), image.size),
            None => constant("IMAGE_SIZE", cluster.spec().assumed.image_size),
        };
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners.push(constant("PULL_BYTES_PER_SECOND", cluster.spec().assumed.pull_bytes_per_second));
    owners
}
