//! Endpoint slices: which pods a service leads to, and what the cloud's balancers make of it.

use super::topology_hints::{Hints, Shares, hints, is_overloaded, shares};
use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::ids::{KubeServiceId, PodId};
use crate::objects::Text;
use crate::pods::Pod;
use crate::proxy::{Slices, tell_endpoint};
use crate::spec::{KubeServiceSpec, ZoneHints};
use crate::words::{Event, KubeContext, Signal};
use cloudsim_kube_scheduler::ZONE;
use cloudsim_records::{EndpointState, EntityId, EntityKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Cluster {
    /// The pods that a service is to lead to: ready, and not told to end.
    fn ready_pods(&self, id: KubeServiceId) -> BTreeSet<PodId> {
        let serves = |of: &Pod| of.ready && of.is_active() && self.is_listed(of);
        let pods = self.services[id.index()].pods.iter().copied();
        pods.filter(|pod| serves(self.pods.get(*pod))).collect()
    }

    /// Where the slices of a service lead: to the pods that are ready; if there are none, to those that are to end and
    /// serve still.
    fn slices_of(&self, id: KubeServiceId) -> Slices {
        let service = &self.services[id.index()];
        let pods = service.pods.iter().map(|pod| (*pod, self.pods.get(*pod)));
        let serves = |of: &Pod| of.ready && !of.has_ended() && self.is_listed(of);
        let serving: Vec<(PodId, &Pod)> = pods.filter(|(_, of)| serves(of)).collect();
        let ready = serving.iter().filter(|(_, of)| of.is_active());
        let ready: Vec<PodId> = ready.map(|(pod, _)| *pod).collect();
        if ready.is_empty() {
            let anywhere = serving.iter().map(|(pod, _)| *pod).collect();
            return Slices { anywhere, hinted: BTreeMap::new() };
        }
        let hinted = match service.spec.hints {
            ZoneHints::None => None,
            ZoneHints::SameZone => self.in_zones(&ready).map(|all| {
                let mut own = Hints::new();
                for (pod, zone) in all {
                    own.entry(zone).or_default().push(pod);
                }
                own
            }),
            ZoneHints::ByProcessors => self.in_zones(&ready).map(|all| {
                let before = Some(&service.slices).filter(|before| before.anywhere == ready);
                hints(self.zone_shares().as_ref(), &all, before.map(|before| &before.hinted))
            }),
        };
        Slices { anywhere: ready, hinted: hinted.unwrap_or_default() }
    }

    /// The zone that each pod is in; `None` if one is in none.
    fn in_zones(&self, pods: &[PodId]) -> Option<Vec<(PodId, Text)>> {
        let zone = |pod: &PodId| {
            let node = self.pods.get(*pod).node.expect("a pod that is ready is on a node");
            Some((*pod, self.nodes.get(node).object.labels.get(ZONE)?.clone()))
        };
        pods.iter().map(zone).collect()
    }

    fn zone_shares(&self) -> Option<Shares> {
        shares(self.nodes.present().map(|(_, node)| node))
    }

    /// A node is seen to have changed or gone: services whose hints leave a zone too few endpoints are looked at again.
    pub(crate) fn sync_hints(&mut self, ctx: &mut impl KubeContext) {
        let follows = |of: &&KubeServiceSpec| of.called && of.hints == ZoneHints::ByProcessors;
        if !self.spec.services.iter().any(|of| follows(&of)) {
            return;
        }
        let shares = self.zone_shares();
        for place in 0..self.services.len() {
            let service = &mut self.services[place];
            let stands = !follows(&&service.spec) || !is_overloaded(&service.slices.hinted, shares.as_ref());
            if stands || service.asked {
                continue;
            }
            service.asked = true;
            let service = KubeServiceId::from_index(place);
            self.ask(Client::EndpointSlice, Write::Endpoints { service }, ctx);
        }
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
            self.sync_service(id, ctx);
        }
    }

    /// Lets the controller look at a service.
    pub(crate) fn sync_service(&mut self, id: KubeServiceId, ctx: &mut impl KubeContext) {
        let service = &mut self.services[id.index()];
        if !service.asked {
            service.asked = true;
            self.ask(Client::EndpointSlice, Write::Endpoints { service: id }, ctx);
        }
    }

    pub(crate) fn commit_endpoints(
        &mut self,
        id: KubeServiceId,
        ctx: &mut impl KubeContext,
    ) -> Option<Event> {
        self.services[id.index()].asked = false;
        self.write_slices(id, ctx);
        let ready = self.ready_pods(id);
        let service = &mut self.services[id.index()];
        let changed = service.endpoints != ready;
        service.written = ready;
        changed.then_some(Event::EndpointsSeen { service: id })
    }

    /// Lets the slices of a service that is called say where it leads now.
    fn write_slices(&mut self, id: KubeServiceId, ctx: &mut impl KubeContext) {
        if !self.services[id.index()].spec.called {
            return;
        }
        let slices = self.slices_of(id);
        let service = &mut self.services[id.index()];
        if *service.slices == slices {
            return;
        }
        let before = std::mem::replace(&mut service.slices, Arc::new(slices));
        let (entity, after) = (service.entity, &service.slices);
        for (some, others, state) in [
            (&after.anywhere, &before.anywhere, EndpointState::Listed),
            (&before.anywhere, &after.anywhere, EndpointState::Unlisted),
        ] {
            for pod in some.iter().filter(|pod| !others.contains(pod)) {
                tell_endpoint(entity, self.pods.get(*pod).entity, state, ctx);
            }
        }
        if self.begun {
            ctx.schedule_in(self.spec.assumed.watch, Event::SlicesSeen { service: id });
        }
    }

    /// Gives each service that is called an entity, so that it is told of from now on.
    pub(crate) fn add_called_services(&mut self, ctx: &mut impl KubeContext) {
        for service in self.services.iter_mut().filter(|service| service.spec.called) {
            let name = self.spec.called(&service.spec.key);
            service.entity = Some(ctx.add(EntityKind::KubernetesService, &name, None, Some(self.entity)));
        }
    }

    /// The entity of a service, if it is called.
    #[must_use]
    pub fn service_entity(&self, id: KubeServiceId) -> Option<EntityId> {
        self.services[id.index()].entity
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
        self.write_slices(id, ctx);
        self.reconcile_targets(id, ctx);
    }
}
