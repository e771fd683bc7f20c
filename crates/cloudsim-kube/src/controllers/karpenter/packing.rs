//! Which nodes would have room for pods: those that are there, those that are to come, and new ones of the pools.
//!
//! A new node is not one node yet: it has all types and zones of its pool in which the pods that it is for would fit, and each
//! pod that it takes on leaves fewer of them.

use super::Offering;
use crate::controllers::model::Model;
use crate::objects::Text;
use crate::spec::{KarpenterSpec, NodePoolSpec, PoolLimits};
use cloudsim_kube_scheduler::objects::{Pod, PodKey, Unsatisfiable};
use cloudsim_kube_scheduler::{NodeInfo, ZONE};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A node that is to be launched.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    name: Text,
    /// The place of its pool.
    pub(super) pool: usize,
    /// What it may be, the cheapest first.
    pub(super) offerings: Vec<Offering>,
    /// The pods that it is for.
    pub(super) pods: Vec<PodKey>,
}

/// Where a pod has room.
pub(super) enum Placed {
    /// On a node that is there, or is to come.
    On(Text),
    /// On a new one.
    New,
    /// Nowhere, and why.
    Nowhere(String),
}

/// A cluster to pack pods into.
pub(super) struct Packing {
    model: Model,
    spec: Arc<KarpenterSpec>,
    /// What each pool can have launched, the cheapest first.
    offerings: Vec<Vec<Offering>>,
    /// What the nodes of each pool may have beside what they have.
    left: Vec<PoolLimits>,
    /// The nodes that take no pods.
    closed: BTreeSet<Text>,
    pub(super) drafts: Vec<Draft>,
}

impl Draft {
    /// A node of that pool that is to be just that.
    pub(super) fn of(pool: usize, offering: Offering) -> Draft {
        Draft { name: "".into(), pool, offerings: vec![offering], pods: Vec::new() }
    }
}

impl Packing {
    pub(super) fn new(
        model: Model,
        spec: Arc<KarpenterSpec>,
        offerings: Vec<Vec<Offering>>,
        left: Vec<PoolLimits>,
    ) -> Packing {
        Packing { model, spec, offerings, left, closed: BTreeSet::new(), drafts: Vec::new() }
    }

    /// Adds a node of a pool that is to come, or has joined and is not ready yet: it will be as others of its pool are.
    pub(super) fn add_coming(&mut self, pool: usize, offering: Offering, name: &Text) {
        let node = node(&self.spec.pools[pool], offering, name);
        if self.model.cluster.node(name).is_some() {
            self.model.cluster.set_node(node);
        } else {
            self.model.add_node(&node, name);
        }
    }

    /// Takes all pods off a node but those of daemon sets, and lets none come.
    pub(super) fn close(&mut self, node: &Text, pods: &[Arc<Pod>]) {
        self.closed.insert(node.clone());
        for pod in pods {
            self.model.cluster.remove_pod(&pod.key);
        }
    }

    /// Finds room for a pod. What a pod would rather have counts as if it had to, unless there is no room then.
    pub(super) fn place(&mut self, pod: &Pod) -> Placed {
        let pod = Arc::new(Pod { node_name: None, ..pod.clone() });
        let preferred = self.preferred_zones(&pod);
        if let Some(zones) = &preferred
            && let Ok(placed) = self.place_in(&pod, Some(zones))
        {
            return placed;
        }
        self.place_in(&pod, None).unwrap_or_else(Placed::Nowhere)
    }

    fn place_in(&mut self, pod: &Arc<Pod>, zones: Option<&BTreeSet<Text>>) -> Result<Placed, String> {
        let (closed, drafts) = (&self.closed, &self.drafts);
        let is_draft = |name: &Text| drafts.iter().any(|draft| draft.name == *name);
        let may = |info: &NodeInfo| {
            let in_zone = zones.is_none_or(|zones| info.label(ZONE).is_some_and(|zone| zones.contains(zone)));
            in_zone && !closed.contains(info.name()) && !is_draft(info.name())
        };
        if self.model.place(pod, may).is_ok() {
            let node = self.model.cluster.node_of(&pod.key).expect("it was placed");
            return Ok(Placed::On(node.name().clone()));
        }
        let mut order: Vec<usize> = (0..self.drafts.len()).collect();
        order.sort_by_key(|at| self.drafts[*at].pods.len());
        if order.into_iter().any(|at| self.add_to(at, pod, zones).is_ok()) {
            return Ok(Placed::New);
        }
        let mut pools: Vec<usize> = (0..self.spec.pools.len()).collect();
        pools.sort_by_key(|pool| Reverse(self.spec.pools[*pool].weight));
        let mut refusals = Vec::new();
        for pool in pools {
            match self.draft(pool, pod, zones) {
                Ok(()) => return Ok(Placed::New),
                Err(refusal) => refusals.push(format!("nodepool {}: {refusal}", self.spec.pools[pool].name)),
            }
        }
        Err(refusals.join("; "))
    }

    /// Begins a new node of a pool for a pod.
    fn draft(&mut self, pool: usize, pod: &Arc<Pod>, zones: Option<&BTreeSet<Text>>) -> Result<(), String> {
        let of = &self.spec.pools[pool];
        if self.offerings[pool].is_empty() {
            return Err("no instance type is available in any of its zones".to_owned());
        }
        let left = self.left[pool];
        let is_left = |offering: &&Offering| {
            let (cpu, memory) = of.types[offering.kind].capacity;
            left.milli_cpu.is_none_or(|left| cpu <= left) && left.memory.is_none_or(|left| memory <= left)
        };
        let offerings: Vec<Offering> = self.offerings[pool].iter().filter(is_left).copied().collect();
        let Some(first) = offerings.first() else { return Err("its limits are reached".to_owned()) };
        let name: Text = format!("new-{:06}", self.drafts.len()).into();
        self.model.add_node(&node(of, *first, &name), &name);
        self.drafts.push(Draft { name: name.clone(), pool, offerings, pods: Vec::new() });
        let added = self.add_to(self.drafts.len() - 1, pod, zones);
        if added.is_err() {
            self.drafts.pop();
            self.model.cluster.remove_node(&name);
            return added;
        }
        let kinds = self.drafts.last().expect("just added").offerings.iter().map(|of| of.kind);
        self.left[pool] = left.less(self.spec.pools[pool].largest(kinds));
        Ok(())
    }

    /// Puts a pod on a new node, which is from then on only what takes that pod too.
    fn add_to(&mut self, at: usize, pod: &Arc<Pod>, zones: Option<&BTreeSet<Text>>) -> Result<(), String> {
        let Draft { name, pool, offerings, .. } = self.drafts[at].clone();
        let spec = self.spec.clone();
        let of = &spec.pools[pool];
        let mut passing = self.takes(&name, of, &offerings, pod, zones);
        if let Ok(passing) = &mut passing
            && is_zonal(pod)
        {
            // Where the node is decides where further pods may be.
            let zone = self.emptiest(of, passing, pod);
            passing.retain(|offering| offering.zone == zone);
        }
        let best = passing.as_ref().ok().and_then(|passing| passing.first()).unwrap_or(&offerings[0]);
        self.model.cluster.set_node(node(of, *best, &name));
        let passing = passing?;
        self.model.cluster.add_pod(pod.clone(), &name);
        let draft = &mut self.drafts[at];
        draft.offerings = passing;
        draft.pods.push(pod.key.clone());
        Ok(())
    }

    /// What of its offerings a new node can be if it is to take a pod too: one at least.
    fn takes(
        &mut self,
        name: &Text,
        of: &NodePoolSpec,
        offerings: &[Offering],
        pod: &Pod,
        zones: Option<&BTreeSet<Text>>,
    ) -> Result<Vec<Offering>, String> {
        let chooses = pod.node_selector.is_some() || pod.required_nodes.is_some();
        let mut of_zone: BTreeMap<usize, Result<(), String>> = BTreeMap::new();
        let mut refusal = "no instance type has enough room".to_owned();
        let mut passing = Vec::new();
        for offering in offerings {
            let info = self.model.cluster.node(name).expect("a new node is in the model");
            if !has_room(of, *offering, info, pod) {
                continue;
            }
            let candidate = node(of, *offering, name);
            if zones.is_some_and(|zones| !candidate.labels.get(ZONE).is_some_and(|zone| zones.contains(zone)))
            {
                continue;
            }
            let known = of_zone.get(&offering.zone).filter(|_| !chooses).cloned();
            let verdict = known.unwrap_or_else(|| {
                self.model.cluster.set_node(candidate);
                self.model.takes(name, pod).map_err(|status| status.message())
            });
            match &verdict {
                Ok(()) => passing.push(*offering),
                Err(why) => refusal.clone_from(why),
            }
            of_zone.insert(offering.zone, verdict);
        }
        if passing.is_empty() { Err(refusal) } else { Ok(passing) }
    }

    /// Of the zones of some offerings the one in which the fewest pods are that a pod is spread from.
    fn emptiest(&self, of: &NodePoolSpec, offerings: &[Offering], pod: &Pod) -> usize {
        let spread = pod.spread.iter().find(|constraint| &*constraint.topology_key == ZONE);
        let counts = spread.map(|constraint| self.counts(pod, &constraint.selector)).unwrap_or_default();
        let label = |zone: usize| {
            let first = offerings.iter().find(|offering| offering.zone == zone).expect("it is one of theirs");
            node(of, *first, &"zone".into()).labels.get(ZONE).cloned()
        };
        let mut zones: Vec<usize> = offerings.iter().map(|offering| offering.zone).collect();
        zones.sort_unstable();
        zones.dedup();
        let count = |zone: &usize| label(*zone).and_then(|zone| counts.get(&zone).copied()).unwrap_or(0);
        zones.into_iter().min_by_key(count).expect("there is an offering")
    }

    /// How many pods of a pod's namespace that are chosen and not about to end are in each zone.
    fn counts(&self, pod: &Pod, selector: &crate::objects::Selector) -> BTreeMap<Text, i64> {
        let mut counts = BTreeMap::new();
        for info in self.model.cluster.nodes() {
            let Some(zone) = info.label(ZONE) else { continue };
            let counted = |other: &&Arc<Pod>| {
                other.namespace == pod.namespace && !other.terminating && selector.matches(&other.labels)
            };
            let count = i64::try_from(info.pods.iter().filter(counted).count()).expect("few pods");
            *counts.entry(zone.clone()).or_default() += count;
        }
        counts
    }

    /// The zones in which a pod would rather be so that it is spread evenly, if it has such a wish. Those in which nothing is and
    /// nothing can be launched do not count.
    fn preferred_zones(&self, pod: &Pod) -> Option<BTreeSet<Text>> {
        let wishes: Vec<_> = pod
            .spread
            .iter()
            .filter(|constraint| {
                &*constraint.topology_key == ZONE
                    && constraint.when_unsatisfiable == Unsatisfiable::ScheduleAnyway
            })
            .collect();
        if wishes.is_empty() {
            return None;
        }
        let mut launchable = BTreeSet::new();
        for (pool, offerings) in self.spec.pools.iter().zip(&self.offerings) {
            for offering in offerings {
                launchable.extend(node(pool, *offering, &"zone".into()).labels.get(ZONE).cloned());
            }
        }
        let mut preferred: Option<BTreeSet<Text>> = None;
        for wish in wishes {
            let mut counts = self.counts(pod, &wish.selector);
            counts.retain(|zone, count| *count > 0 || launchable.contains(zone));
            for zone in &launchable {
                counts.entry(zone.clone()).or_default();
            }
            let least = counts.values().copied().min().unwrap_or(0);
            let own = i64::from(wish.selector.matches(&pod.labels));
            let fits = counts.into_iter().filter(|(_, count)| count + own - least <= wish.max_skew.into());
            let fits: BTreeSet<Text> = fits.map(|(zone, _)| zone).collect();
            preferred =
                Some(preferred.map_or(fits.clone(), |before| before.intersection(&fits).cloned().collect()));
        }
        preferred
    }
}

fn node(pool: &NodePoolSpec, offering: Offering, name: &Text) -> cloudsim_kube_scheduler::objects::Node {
    pool.node((offering.kind, offering.zone), name)
}

/// Whether a new node has room for a pod if it is of that type.
fn has_room(pool: &NodePoolSpec, offering: Offering, info: &NodeInfo, pod: &Pod) -> bool {
    let kind = &pool.types[offering.kind];
    let (room, asked) = (&kind.allocatable, &pod.requests.asked);
    let pods = i64::try_from(info.pods.len()).expect("few pods");
    info.requested.milli_cpu + asked.milli_cpu <= room.milli_cpu
        && info.requested.memory + asked.memory <= room.memory
        && info.requested.ephemeral_storage + asked.ephemeral_storage <= room.ephemeral_storage
        && pods < kind.pods_max
}

/// Whether it matters to a pod, or to others like it, in which zone it is.
fn is_zonal(pod: &Pod) -> bool {
    let terms = pod.affinity.iter().chain(&pod.anti_affinity);
    pod.spread.iter().any(|constraint| &*constraint.topology_key == ZONE)
        || terms.into_iter().any(|term| &*term.topology_key == ZONE)
}
