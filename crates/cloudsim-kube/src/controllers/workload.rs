//! What the controllers of workloads have in common: which controller keeps a workload, and how its pods are made.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::ids::{NodeId, PodId, WorkloadId};
use crate::objects::{Kind, ObjectKey};
use crate::pods::{Ending, NewPod, Owner};
use crate::words::KubeContext;
use cloudsim_kube_scheduler::objects as scheduler;
use cloudsim_kube_scheduler::objects::PodKey;
use cloudsim_records::{Needs, NeedsBy};

impl Kind {
    /// The component that makes its pods, as events name it.
    pub(crate) fn maker(&self) -> &'static str {
        match self {
            Kind::Deployment { .. } | Kind::ReplicaSet => "replicaset-controller",
            Kind::StatefulSet { .. } => "statefulset-controller",
            Kind::DaemonSet { .. } => "daemonset-controller",
            Kind::Job(_) => "job-controller",
        }
    }

    fn client(&self) -> Client {
        match self {
            Kind::Deployment { .. } | Kind::ReplicaSet => Client::ReplicaSet,
            Kind::StatefulSet { .. } => Client::StatefulSet,
            Kind::DaemonSet { .. } => Client::DaemonSet,
            Kind::Job(_) => Client::Job,
        }
    }
}

impl Cluster {
    /// Lets the controller of a workload compare what is with what is wanted.
    pub(crate) fn sync_workload(&mut self, id: WorkloadId, ctx: &mut impl KubeContext) {
        if self.held_back == Some(id) {
            return;
        }
        match &self.workloads.get(id).spec.workload.kind {
            Kind::Deployment { .. } | Kind::ReplicaSet => self.sync_deployment(id, ctx),
            Kind::StatefulSet { .. } => {
                self.sync_stateful_set(id, ctx);
            }
            Kind::DaemonSet { .. } => self.sync_daemon_set(id, ctx),
            Kind::Job(job) => {
                let job = job.clone();
                self.sync_job(id, &job, ctx);
            }
        }
    }

    /// How many pods a workload should have.
    #[must_use]
    pub fn wanted(&self, id: WorkloadId) -> u32 {
        if self.held_back == Some(id) {
            return 0;
        }
        let workload = self.workloads.get(id);
        if workload.is_daemon_set() {
            let suits = self.nodes.present().filter(|(node, _)| self.daemon_suits(id, *node)).count();
            return u32::try_from(suits).expect("few nodes");
        }
        workload.replicas
    }

    /// With fewer pods that serve, a workload is down: what it says itself, else what its disruption budget asks for, the
    /// quorum of a stateful set, or half of what is wanted.
    #[must_use]
    pub fn needed(&self, id: WorkloadId) -> Needs {
        self.needed_of(id, self.wanted(id))
    }

    /// The same, where it is known how many pods are wanted.
    pub(crate) fn needed_of(&self, id: WorkloadId, wanted: u32) -> Needs {
        let workload = self.workloads.get(id);
        if let Some(needs) = workload.spec.needs {
            return Needs { pods: needs.ceiling_of(wanted), by: NeedsBy::Scenario };
        }
        let (pods, by) = match (workload.budget, &workload.spec.workload.kind) {
            (Some(budget), _) if wanted > 0 => {
                (self.due_to(budget, id, wanted), NeedsBy::PodDisruptionBudget)
            }
            (_, Kind::StatefulSet { .. }) if wanted > 0 => (wanted / 2 + 1, NeedsBy::Quorum),
            (_, _) => (wanted.div_ceil(2), NeedsBy::Half),
        };
        Needs { pods, by }
    }

    /// How many of so many pods of a workload have to be there for its budget, if all others that it protects are.
    fn due_to(&self, budget: usize, id: WorkloadId, wanted: u32) -> u32 {
        let others = self
            .workloads
            .iter()
            .filter(|(other, workload)| *other != id && workload.budget == Some(budget) && !workload.gone);
        let others: u32 = others.map(|(other, _)| self.wanted(other)).sum();
        let least = self.spec.disruption_budgets[budget].allows.least_of(others.saturating_add(wanted));
        least.saturating_sub(others).clamp(least.min(1), wanted)
    }

    /// A pod of a workload, to be made: its name is given, or made up.
    pub(crate) fn new_pod(
        &self,
        id: WorkloadId,
        revision: u32,
        (name, ordinal, daemon_of): (String, Option<u32>, Option<NodeId>),
    ) -> NewPod {
        let workload = self.workloads.get(id);
        let (key, of) = (&workload.spec.workload.key, &workload.revisions[revision as usize]);
        let index = ordinal.map(|ordinal| ordinal.to_string()).unwrap_or_default();
        let labels: &[(&str, &str)] = match workload.spec.workload.kind {
            Kind::Deployment { .. } => &[("pod-template-hash", &of.hash)],
            Kind::StatefulSet { .. } => {
                &[("statefulset.kubernetes.io/pod-name", &name), ("apps.kubernetes.io/pod-index", &index)]
            }
            Kind::Job(_) if ordinal.is_some() => &[("batch.kubernetes.io/job-completion-index", &index)],
            Kind::ReplicaSet | Kind::DaemonSet { .. } | Kind::Job(_) => &[],
        };
        let template = of.template.clone();
        let object = template.scheduling(&key.namespace, &name, labels);
        let mut object = object.expect("a template that was read once is read again");
        let (kind, owner) = match workload.spec.workload.kind {
            Kind::Deployment { .. } => ("ReplicaSet", format!("{}-{}", key.name, of.hash)),
            _ => (workload.spec.workload.kind.name(), key.name.to_string()),
        };
        object.owner =
            Some(scheduler::Owner { api_version: "apps/v1".into(), kind: kind.into(), name: owner.into() });
        if let Some(node) = daemon_of {
            self.bind_to(&mut object, node);
        }
        let mut own_claims = Vec::new();
        if let Kind::StatefulSet { claims, .. } = &workload.spec.workload.kind {
            for claim in claims {
                let of: scheduler::Text = format!("{}-{name}", claim.key.name).into();
                object.volumes.push(scheduler::Volume::Claim(of.clone()));
                own_claims.push(scheduler::PersistentVolumeClaim { key: object.claim(&of), ..claim.clone() });
            }
        }
        let object = self.admitted(object, &template);
        NewPod {
            key: PodKey { namespace: key.namespace.clone(), name: name.into() },
            template,
            object,
            owner: Some(Owner { workload: id, revision, ordinal, daemon_of }),
            claims: own_claims,
        }
    }

    /// Makes a pod: asks for it, or before the run begins has it at once.
    pub(crate) fn ask_for_pod(&mut self, new: NewPod, ctx: &mut impl KubeContext) {
        let owner = new.owner.expect("a workload's pod");
        if !self.begun {
            self.make_pod(new, None, ctx);
            return;
        }
        let workload = self.workloads.get_mut(owner.workload);
        *workload.asked.entry(owner.revision).or_default() += 1;
        workload.asked_ordinals.extend(owner.ordinal);
        workload.asked_nodes.extend(owner.daemon_of);
        let client = workload.spec.workload.kind.client();
        self.ask(client, Write::MakePod(Box::new(new)), ctx);
    }

    /// Lets a pod of a workload end.
    pub(crate) fn ask_to_end(&mut self, pod: PodId, why: Ending, ctx: &mut impl KubeContext) {
        let owner = self.pods.get(pod).owner.expect("a workload's pod");
        let workload = self.workloads.get_mut(owner.workload);
        if workload.ending.insert(pod) {
            let client = workload.spec.workload.kind.client();
            self.ask(client, Write::DeletePod { pod, why, grace: None }, ctx);
        }
    }

    /// A name for the next pod of a workload, which has a number in an indexed job.
    pub(crate) fn next_name(
        &mut self,
        id: WorkloadId,
        revision: u32,
        number: Option<u32>,
        ctx: &mut impl KubeContext,
    ) -> String {
        let path =
            format!("clusters/{}/workloads/{}", self.spec.name, self.workloads.get(id).spec.workload.key);
        // One that is taken is drawn again, as the API server does.
        loop {
            let workload = self.workloads.get_mut(id);
            workload.made += 1;
            let ObjectKey { namespace, name } = &workload.spec.workload.key;
            if let Some(member) = &workload.spec.member {
                return format!("{member}-{}", workload.made);
            }
            let word = ctx.streams().stream(&path, &format!("pod {}", workload.made)).word();
            let suffix = crate::names::suffix(word, 5);
            let drawn = match workload.spec.workload.kind {
                Kind::Deployment { .. } => {
                    format!("{name}-{}-{suffix}", workload.revisions[revision as usize].hash)
                }
                _ => match number {
                    Some(number) => format!("{name}-{number}-{suffix}"),
                    None => format!("{name}-{suffix}"),
                },
            };
            let key = PodKey { namespace: namespace.clone(), name: drawn.as_str().into() };
            if !self.by_key.contains_key(&key) {
                return drawn;
            }
        }
    }

    /// The number in the name of a stateful set's pod.
    pub(crate) fn ordinal_in(&self, id: WorkloadId, name: &str) -> Option<u32> {
        let workload = &self.workloads.get(id).spec.workload;
        if !matches!(workload.kind, Kind::StatefulSet { .. }) {
            return None;
        }
        name.strip_prefix(&*workload.key.name)?.strip_prefix('-')?.parse().ok()
    }
}
