//! kube-proxies: what leads a connection to a service's address on to a pod, on each node.
//!
//! Each watches the endpoint slices and writes what they say into the rules of its node: soon after a change, but not before
//! it has rested since the last time. Until then connections go where the rules lead, whether or not anybody answers there.
//!
//! # Modelled
//! The watch, the rest between two syncs, how long one takes, the loss of rules with the host, a node that is cut off and
//! keeps what it had; terminating pods where no other is ready; hints of zones.
//!
//! # Left out
//! Syncs without a change, which write the same again. Session affinity, local traffic policies, node ports. Rules of the
//! connections that stand: they stay as they are.

use crate::cluster::Cluster;
use crate::ids::{KubeServiceId, NodeId, PodId};
use crate::objects::Text;
use crate::spec::ProxyMode;
use crate::words::{Event, KubeContext};
use cloudsim_kube_scheduler::ZONE;
use cloudsim_records::{EndpointState, EntityId, Record};
use cloudsim_units::{SimDuration, SimTime};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the endpoint slices of a service lead at one time.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Slices {
    /// From anywhere.
    pub(crate) anywhere: Vec<PodId>,
    /// From a zone, by its label, where hints say something else.
    pub(crate) hinted: BTreeMap<Text, Vec<PodId>>,
}

impl Slices {
    fn from(&self, zone: Option<&Text>) -> &[PodId] {
        zone.and_then(|zone| self.hinted.get(zone)).unwrap_or(&self.anywhere)
    }
}

/// The kube-proxy of a node.
#[derive(Debug, Default)]
struct Proxy {
    /// Whether it has written rules since its host began to run.
    up: bool,
    /// What its rules say, service by service.
    rules: Vec<Arc<Slices>>,
    /// What it is writing.
    writing: Vec<Arc<Slices>>,
    /// Whether it will sync.
    due: bool,
    /// It does not begin before.
    rests_until: SimTime,
    /// Counts its syncs.
    syncs: u32,
    /// Whose turn is next, service by service.
    turns: Vec<u32>,
}

/// All kube-proxies of a cluster, as far as services are called.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    /// The services that are called.
    called: Vec<KubeServiceId>,
    /// The place of each service among those.
    places: Vec<Option<usize>>,
    /// What those who watch have seen last.
    seen: Vec<Arc<Slices>>,
    nodes: Vec<Proxy>,
    /// On so many nodes rules lead to a pod.
    routed: Vec<BTreeMap<PodId, u32>>,
}

impl Cluster {
    /// The pod that a connection from a node to a service goes to, by the rules of that node; `word` is its luck. `None` if
    /// they lead nowhere: it is refused.
    pub fn route(&mut self, node: NodeId, service: KubeServiceId, word: u64) -> Option<PodId> {
        let count = u32::try_from(self.led_to(node, service).len()).expect("fewer than 2^32 pods");
        if count == 0 {
            return None;
        }
        let chosen = match self.spec.kube_proxy.mode {
            ProxyMode::Iptables | ProxyMode::Nftables => {
                u32::try_from((u128::from(word) * u128::from(count)) >> 64).expect("below the count")
            }
            ProxyMode::Ipvs => {
                let place = self.proxies.places[service.index()].expect("it leads somewhere");
                let turn = &mut self.proxies.nodes[node.index()].turns[place];
                *turn = turn.wrapping_add(1);
                *turn % count
            }
        };
        Some(self.led_to(node, service)[chosen as usize])
    }

    /// The pods that connections from a node to a service go to, each as often as the others, by the rules of that node.
    #[must_use]
    pub fn led_to(&self, node: NodeId, service: KubeServiceId) -> &[PodId] {
        let place = self.proxies.places[service.index()].expect("a service that is called has a place");
        let zone = self.nodes.get(node).object.labels.get(ZONE);
        let rules = self.proxies.nodes[node.index()].rules.get(place);
        rules.map_or(&[], |slices| slices.from(zone))
    }

    /// Whether the rules of a node lead to a pod: what has once been led there from one port goes on being so just as long.
    #[must_use]
    pub fn leads_to(&self, node: NodeId, service: KubeServiceId, pod: PodId) -> bool {
        self.led_to(node, service).contains(&pod)
    }

    /// Takes in which services are called, before the run begins; all kube-proxies know them.
    pub(crate) fn place_proxies(&mut self, ctx: &mut impl KubeContext) {
        let called = (0..self.services.len()).map(KubeServiceId::from_index);
        let called: Vec<_> = called.filter(|id| self.services[id.index()].spec.called).collect();
        if called.is_empty() {
            return;
        }
        self.proxies.places = vec![None; self.services.len()];
        for (place, id) in called.iter().enumerate() {
            self.proxies.places[id.index()] = Some(place);
            self.proxies.seen.push(self.services[id.index()].slices.clone());
        }
        self.proxies.routed = vec![BTreeMap::new(); called.len()];
        self.proxies.called = called;
        let nodes: Vec<NodeId> = self.nodes.present().map(|(id, _)| id).collect();
        for node in nodes {
            self.proxy_starts(node, ctx);
        }
    }

    /// A node reaches the API server: its kube-proxy learns what it has missed.
    pub(crate) fn proxy_starts(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        if self.proxies.called.is_empty() || !self.nodes.get(id).is_heard() {
            return;
        }
        if self.proxies.nodes.len() <= id.index() {
            self.proxies.nodes.resize_with(id.index() + 1, Proxy::default);
        }
        let services = self.proxies.called.len();
        let proxy = &mut self.proxies.nodes[id.index()];
        if proxy.up {
            self.ask_sync(id, ctx);
            return;
        }
        proxy.up = true;
        proxy.turns = vec![0; services];
        proxy.rules = vec![Arc::default(); services];
        self.write_rules(id, self.proxies.seen.clone(), ctx);
    }

    /// The host of a node is gone, and its rules with it.
    pub(crate) fn proxy_dies(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        if self.proxies.nodes.get(id.index()).is_some_and(|proxy| proxy.up) {
            self.write_rules(id, vec![Arc::default(); self.proxies.called.len()], ctx);
            self.proxies.nodes[id.index()] = Proxy::default();
        }
    }

    /// Kube-proxies see that the slices of a service have changed.
    pub(crate) fn slices_seen(&mut self, service: KubeServiceId, ctx: &mut impl KubeContext) {
        let place = self.proxies.places[service.index()].expect("a service that is called has a place");
        self.proxies.seen[place] = self.services[service.index()].slices.clone();
        let heard = self.nodes.present().filter(|(_, node)| node.is_heard()).map(|(id, _)| id);
        for node in heard.collect::<Vec<_>>() {
            self.ask_sync(node, ctx);
        }
    }

    fn ask_sync(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        let epoch = self.nodes.get(id).epoch;
        let proxy = &mut self.proxies.nodes[id.index()];
        if !proxy.due {
            proxy.due = true;
            let at = proxy.rests_until.max(ctx.now());
            ctx.schedule_at(at, Event::ProxySyncs { node: id, epoch });
        }
    }

    /// A kube-proxy begins to write what it knows now.
    pub(crate) fn proxy_syncs(&mut self, id: NodeId, epoch: u16, ctx: &mut impl KubeContext) {
        let node = self.nodes.get(id);
        if node.epoch != epoch {
            return;
        }
        let connected = node.connected;
        let path = format!("clusters/{}/nodes/{}", self.spec.name, node.name);
        let services = u64::try_from(self.services.len()).expect("fewer than 2^64 services");
        let kube_proxy = self.spec.kube_proxy;
        let proxy = &mut self.proxies.nodes[id.index()];
        proxy.due = false;
        if !connected {
            return;
        }
        proxy.writing.clone_from(&self.proxies.seen);
        proxy.syncs += 1;
        let word = ctx.streams().stream(&path, &format!("kube-proxy {epoch} {}", proxy.syncs)).word();
        let per_service = match kube_proxy.mode {
            ProxyMode::Iptables => self.spec.assumed.proxy_sync_per_service,
            ProxyMode::Ipvs | ProxyMode::Nftables => SimDuration::ZERO,
        };
        let takes =
            self.spec.assumed.proxy_sync.sample(word).saturating_add(per_service.saturating_mul(services));
        proxy.rests_until = ctx.now().saturating_add(takes).saturating_add(kube_proxy.min_sync_period);
        ctx.schedule_in(takes, Event::ProxySynced { node: id, epoch });
    }

    /// The rules of a node are what its kube-proxy knew when it began to write them.
    pub(crate) fn proxy_synced(&mut self, id: NodeId, epoch: u16, ctx: &mut impl KubeContext) {
        if self.nodes.get(id).epoch == epoch {
            let writing = std::mem::take(&mut self.proxies.nodes[id.index()].writing);
            self.write_rules(id, writing, ctx);
        }
    }

    /// Lets rules hold on a node, and tells which pods get connections for the first time, or no longer, from any node.
    fn write_rules(&mut self, id: NodeId, rules: Vec<Arc<Slices>>, ctx: &mut impl KubeContext) {
        let zone = self.nodes.get(id).object.labels.get(ZONE);
        let before = std::mem::replace(&mut self.proxies.nodes[id.index()].rules, rules);
        for (place, service) in self.proxies.called.iter().enumerate() {
            let (before, after) = (&before[place], &self.proxies.nodes[id.index()].rules[place]);
            if Arc::ptr_eq(before, after) {
                continue;
            }
            let entity = self.services[service.index()].entity;
            let routed = &mut self.proxies.routed[place];
            for pod in before.from(zone) {
                *routed.get_mut(pod).expect("what rules lead to is counted") -= 1;
            }
            let mut tell = |pod: PodId, state| {
                let pod = self.pods.get(pod).entity;
                tell_endpoint(entity, pod, state, ctx);
            };
            for pod in after.from(zone) {
                let count = routed.entry(*pod).or_insert_with(|| {
                    tell(*pod, EndpointState::Routed);
                    0
                });
                *count += 1;
            }
            routed.retain(|pod, count| {
                if *count == 0 {
                    tell(*pod, EndpointState::Forgotten);
                }
                *count > 0
            });
        }
    }
}

/// Records what became of a pod behind a service, if the run has begun.
pub(crate) fn tell_endpoint(
    service: Option<EntityId>,
    pod: EntityId,
    state: EndpointState,
    ctx: &mut impl KubeContext,
) {
    if let Some(service) = service {
        ctx.record(Record::EndpointChanged { service, pod, state });
    }
}
