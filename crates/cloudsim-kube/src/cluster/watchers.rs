//! What controllers, kubelets and proxies do when they see a change.

use super::Cluster;
use crate::api_server::{Client, Write};
use crate::ids::{KubeServiceId, NodeId, PodId};
use crate::nodes::Ready;
use crate::words::{Event, KubeContext};
use cloudsim_kube_scheduler::objects::{self as scheduler};
use cloudsim_kube_scheduler::{Delta, StorageDelta};

impl Cluster {
    /// Those who watch learn of a node, each in turn.
    pub(super) fn node_seen(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        self.tell_scheduler_of_node(id, ctx.now());
        self.claimed_node_seen(id, ctx);
        self.reconcile_taints(id, ctx);
        self.evict_from(id, ctx);
        self.sync_volumes_on(id, ctx);
        if self.nodes.get(id).is_out_of_service() {
            self.arm_garbage(ctx);
        }
        self.sync_daemon_sets(ctx);
        self.sync_hints(ctx);
        self.kubelet_repeats(id, ctx);
    }

    pub(super) fn node_gone_seen(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let name = self.nodes.get(id).name.clone();
        self.scheduling.scheduler.apply(now, Delta::NodeDeleted(name.clone()));
        self.tell_storage(now, StorageDelta::CsiNodeDeleted(name));
        if !self.nodes.get(id).pods.is_empty() {
            self.orphaned.entry(id).or_insert(now);
            self.arm_garbage(ctx);
        }
        self.sync_daemon_sets(ctx);
        self.sync_hints(ctx);
    }

    pub(super) fn pod_bound_seen(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let Some(node) = self.pods.get(id).node else { return };
        self.kubelet_sees(id, node, ctx);
        self.sync_volumes_of(id, ctx);
        self.evict_if_tainted(id, node, ctx);
        if self.nodes.get(node).ready != Ready::True && self.pods.get(id).ready {
            self.ask(Client::NodeLifecycle, Write::PodNotReady { pod: id }, ctx);
        }
    }

    pub(super) fn pod_status_seen(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        self.wait_until_available(id, ctx);
        if self.pods.get(id).has_ended() && self.is_newest(id) {
            // The scheduler does not watch pods that are over: to it they are gone.
            let key = self.pods.get(id).key.clone();
            self.scheduling.scheduler.apply(ctx.now(), Delta::PodDeleted(key));
        }
        self.sync_services_of(id, ctx);
        self.count_if_of_job(id, ctx.now());
        self.sync_owner_of(id, ctx);
    }

    pub(super) fn pod_deleted_seen(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get(id);
        let (object, node) = (scheduler::Pod::clone(&pod.object), pod.node);
        if self.is_newest(id) {
            self.scheduling.scheduler.apply(ctx.now(), Delta::Pod(object));
        }
        if let Some(node) = node {
            self.kubelet_stops(id, node, ctx);
        }
        self.sync_services_of(id, ctx);
        self.count_if_of_job(id, ctx.now());
        self.sync_owner_of(id, ctx);
    }

    pub(super) fn pod_gone_seen(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        if self.is_newest(id) {
            let key = self.pods.get(id).key.clone();
            self.scheduling.scheduler.apply(ctx.now(), Delta::PodDeleted(key));
        }
        self.kubelet_forgets(id, ctx);
        self.sync_volumes_of(id, ctx);
        self.sync_services_of(id, ctx);
        self.count_if_of_job(id, ctx.now());
        self.sync_owner_of(id, ctx);
    }

    /// Whether no other pod of its name was made since.
    fn is_newest(&self, id: PodId) -> bool {
        self.by_key.get(&self.pods.get(id).key).is_none_or(|newest| *newest == id)
    }

    pub(super) fn sync_owner_of(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let Some(owner) = self.pods.get(id).owner else { return };
        if self.workloads.get(owner.workload).job.is_some() {
            self.sync_job_of(id, ctx);
        } else {
            self.sync_workload(owner.workload, ctx);
        }
    }

    pub(super) fn endpoints_seen(&mut self, service: KubeServiceId, ctx: &mut impl KubeContext) {
        if self.services[service.index()].spec.target_groups.is_empty() {
            return;
        }
        let path = format!("clusters/{}", self.spec.name);
        let purpose = format!("targets {} {}", service.0, ctx.now().as_nanos());
        let word = ctx.streams().stream(&path, &purpose).word();
        ctx.schedule_in(
            self.spec.assumed.targets_reconcile.sample(word),
            Event::TargetsReconciled { service },
        );
    }
}
