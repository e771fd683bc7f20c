//! What people do with kubectl.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::controllers::node_lifecycle::taint;
use crate::ids::{NodeId, PodId, WorkloadId};
use crate::nodes::OUT_OF_SERVICE;
use crate::objects::{PodTemplate, TaintEffect};
use crate::pods::{Ending, Pod};
use crate::words::KubeContext;
use crate::workloads::Revision;
use cloudsim_kube_scheduler::objects as scheduler;
use std::sync::Arc;

impl Cluster {
    /// Whether a workload has as many pods as it wants, all of its newest template, and all of them answer.
    #[must_use]
    pub fn is_rolled_out(&self, id: WorkloadId) -> bool {
        let workload = self.workloads.get(id);
        let mut pods = workload.pods.iter().map(|pod| self.pods.get(*pod)).filter(|pod| pod.is_active());
        let is_new = |pod: &Pod| pod.owner.is_some_and(|owner| owner.revision == workload.revision());
        let wanted = self.wanted(id) as usize;
        pods.clone().count() == wanted && pods.all(|pod| is_new(pod) && pod.answers)
    }

    /// `kubectl cordon`, or `uncordon`.
    pub fn cordon(&mut self, node: NodeId, cordoned: bool, ctx: &mut impl KubeContext) {
        self.ask(Client::Operator, Write::Cordon { node, cordoned }, ctx);
    }

    /// `kubectl taint` with `node.kubernetes.io/out-of-service`: the node is dead for good, whatever its kubelet may still do.
    pub fn out_of_service(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        let add = vec![taint(OUT_OF_SERVICE, TaintEffect::NoExecute)];
        self.ask(Client::Operator, Write::Taints { node, add, remove: Vec::new() }, ctx);
    }

    /// `kubectl delete pod`.
    pub fn delete_pod(&mut self, pod: PodId, ctx: &mut impl KubeContext) {
        let why = Ending::Operator;
        self.ask(Client::Operator, Write::DeletePod { pod, why, grace: None }, ctx);
    }

    /// `kubectl scale`.
    pub fn scale(&mut self, workload: WorkloadId, replicas: u32, ctx: &mut impl KubeContext) {
        self.ask(Client::Operator, Write::Scale { workload, replicas }, ctx);
    }

    /// `kubectl apply` of a workload that was held back.
    pub fn apply(&mut self, workload: WorkloadId, ctx: &mut impl KubeContext) {
        self.ask(Client::Operator, Write::Apply { workload }, ctx);
    }

    /// `kubectl rollout restart`: a template that differs in an annotation only.
    pub fn rollout_restart(&mut self, id: WorkloadId, ctx: &mut impl KubeContext) {
        let last = self.workloads.get(id).newest();
        let (template, prototype) = (last.template.clone(), last.prototype.clone());
        self.roll_out(id, template, prototype, ctx);
    }

    /// `kubectl set image`: `container` is its place among those of the template. Nothing comes of the image that it has.
    pub fn set_image(&mut self, id: WorkloadId, container: usize, image: &str, ctx: &mut impl KubeContext) {
        let workload = self.workloads.get(id);
        let last = workload.newest();
        let mut api = (*last.template.api).clone();
        let containers = api.spec.as_mut().map(|spec| &mut spec.containers);
        let of = containers.and_then(|all| all.get_mut(container)).expect("a container of the template");
        if of.image.as_deref() == Some(image) {
            return;
        }
        of.image = Some(image.to_owned());
        let read = "a template that was read once is read again";
        let template = Arc::new(PodTemplate::read(&api).expect(read));
        let namespace = &workload.spec.workload.key.namespace;
        let prototype = template.scheduling(namespace, "prototype", &[]).expect(read);
        self.roll_out(id, template, prototype, ctx);
    }

    fn roll_out(
        &mut self,
        id: WorkloadId,
        template: Arc<PodTemplate>,
        prototype: scheduler::Pod,
        ctx: &mut impl KubeContext,
    ) {
        let workload = self.workloads.get_mut(id);
        let count = workload.revisions.len();
        let last = workload.newest();
        let hash = crate::names::hash(&format!("{} {count}", last.hash));
        workload.revisions.push(Revision { template, prototype, hash, replicas: 0, made: ctx.now() });
        let replicas = workload.replicas;
        self.tell_scheduler_of_workloads(ctx.now());
        self.ask(Client::Operator, Write::Scale { workload: id, replicas }, ctx);
    }
}
