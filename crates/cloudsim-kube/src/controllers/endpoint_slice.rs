//! Endpoint slices: which pods a service leads to, and what the cloud's balancers make of it.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::ids::{KubeServiceId, PodId};
use crate::pods::Pod;
use crate::spec::KubeServiceSpec;
use crate::words::{Event, KubeContext, Signal};
use std::collections::BTreeSet;

impl Cluster {
    /// The pods that a service is to lead to: ready, and not told to end.
    fn ready_pods(&self, id: KubeServiceId) -> BTreeSet<PodId> {
        let spec = &self.services[id.index()].spec;
        let serves =
            |of: &Pod| of.ready && of.is_active() && spec.selects(&of.key.namespace, &of.object.labels);
        self.pods.present().filter(|(_, of)| serves(of)).map(|(pod, _)| pod).collect()
    }

    fn services_of(&self, pod: PodId) -> Vec<KubeServiceId> {
        let of = self.pods.get(pod);
        let leads = |spec: &KubeServiceSpec| spec.selects(&of.key.namespace, &of.object.labels);
        let services = self.services.iter().enumerate().filter(|(_, service)| leads(&service.spec));
        services.map(|(i, _)| KubeServiceId::from_index(i)).collect()
    }

    /// Lets the controller look at the services that lead to a pod.
    pub(crate) fn sync_services_of(&mut self, pod: PodId, ctx: &mut impl KubeContext) {
        for id in self.services_of(pod) {
            let service = &mut self.services[id.index()];
            if !service.asked {
                service.asked = true;
                self.ask(Client::EndpointSlice, Write::Endpoints { service: id }, ctx);
            }
        }
    }

    pub(crate) fn commit_endpoints(&mut self, id: KubeServiceId) -> Option<Event> {
        self.services[id.index()].asked = false;
        let ready = self.ready_pods(id);
        let service = &mut self.services[id.index()];
        let changed = service.endpoints != ready;
        service.written = ready;
        changed.then_some(Event::EndpointsSeen { service: id })
    }

    /// The controller of balancers registers and deregisters targets.
    pub(crate) fn reconcile_targets(&mut self, id: KubeServiceId, ctx: &mut impl KubeContext) {
        let service = &mut self.services[id.index()];
        let written = service.written.clone();
        let before = std::mem::replace(&mut service.endpoints, written);
        let service = &self.services[id.index()];
        for &target_group in &service.spec.target_groups {
            for &pod in service.endpoints.difference(&before) {
                ctx.signal(Signal::Registered { pod, target_group });
            }
            for &pod in before.difference(&service.endpoints) {
                ctx.signal(Signal::Deregistered { pod, target_group });
            }
        }
    }

    /// What has long been registered when the run begins.
    pub(crate) fn place_endpoints(&mut self, id: KubeServiceId, ctx: &mut impl KubeContext) {
        self.services[id.index()].written = self.ready_pods(id);
        self.reconcile_targets(id, ctx);
    }
}
