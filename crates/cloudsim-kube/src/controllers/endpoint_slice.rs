//! Endpoint slices: which pods a service leads to, and what the cloud's balancers make of it.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::ids::{KubeServiceId, PodId};
use crate::pods::Pod;
use crate::words::{Event, KubeContext, Signal};
use std::collections::BTreeSet;

impl Cluster {
    /// The pods that a service is to lead to: ready, and not told to end.
    fn ready_pods(&self, id: KubeServiceId) -> BTreeSet<PodId> {
        let serves = |of: &Pod| of.ready && of.is_active();
        let pods = self.services[id.index()].pods.iter().copied();
        pods.filter(|pod| serves(self.pods.get(*pod))).collect()
    }

    /// The services that choose a pod, which is new.
    pub(crate) fn services_gain(&mut self, pod: PodId) {
        let of = self.pods.get(pod);
        let mut chosen_by = Vec::new();
        for (place, service) in self.services.iter_mut().enumerate() {
            if service.spec.selects(&of.key.namespace, &of.object.labels) {
                service.pods.insert(pod);
                chosen_by.push(KubeServiceId::from_index(place));
            }
        }
        self.pods.get_mut(pod).services = chosen_by;
    }

    /// A pod is gone.
    pub(crate) fn services_lose(&mut self, pod: PodId) {
        for service in &self.pods.get(pod).services {
            self.services[service.index()].pods.remove(&pod);
        }
    }

    /// Lets the controller look at the services that lead to a pod.
    pub(crate) fn sync_services_of(&mut self, pod: PodId, ctx: &mut impl KubeContext) {
        for id in self.pods.get(pod).services.clone() {
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
