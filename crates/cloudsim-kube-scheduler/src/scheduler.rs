//! The scheduler as a whole: told what changes in the cluster, it takes one pod after the other and says where it goes.

use crate::cluster::Cluster;
use crate::columns::{Census, Columns};
use crate::config::Configuration;
use crate::cycle::{Search, best};
use crate::explain::Case;
use crate::framework::{Choice, ClusterEvent, Code, Diagnosis, Nominated, Objection, Status};
use crate::objects::{Namespace, Node, Pod, PodDisruptionBudget, PodKey, Service, Text, Workload};
use crate::profile::{Profile, Profiles};
use crate::queue::{Attempt, Outcome, Queue, QueueConfig};
use crate::ranking::Ranking;
use crate::storage::{PodVolumes, StorageDelta};
use crate::version::Version;
use cloudsim_units::SimTime;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A change in the cluster, as a watch tells it.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "changes are handed over one by one and not kept")]
pub enum Delta {
    /// A node is new or has changed.
    Node(Node),
    /// A node is gone. Its pods stay until they are gone too.
    NodeDeleted(Text),
    /// A pod is new or has changed.
    ///
    /// Where room is made for it is the scheduler's own knowledge: a pod that nominates no node keeps the nomination it
    /// has.
    Pod(Pod),
    /// A pod is gone.
    PodDeleted(PodKey),
    /// A namespace is new or has changed.
    Namespace(Namespace),
    /// All services there are.
    Services(Vec<Service>),
    /// All replication controllers, replica sets and stateful sets there are.
    Workloads(Vec<Workload>),
    /// All disruption budgets there are.
    DisruptionBudgets(Vec<PodDisruptionBudget>),
    /// Something of storage.
    Storage(StorageDelta),
}

/// What became of an attempt to schedule a pod.
#[derive(Clone, Debug)]
pub enum Decision {
    /// The pod goes to a node, where the scheduler counts it from now on.
    Bound {
        /// The pod.
        pod: PodKey,
        /// The node.
        node: Text,
        /// What its claims need before it can start there. Who asked sees to it; the scheduler counts on it.
        volumes: PodVolumes,
    },
    /// The pod fits nowhere, but will fit on a node once some pods are gone. Who asked evicts them, and tells when they
    /// terminate and when they are gone.
    Nominated {
        /// The pod.
        pod: PodKey,
        /// The node, and who must go.
        nominated: Nominated,
        /// Why it fits nowhere.
        diagnosis: Diagnosis,
        /// The same, as the condition of the pod says it.
        message: String,
    },
    /// The pod fits nowhere, and nothing can be done.
    Unschedulable {
        /// The pod.
        pod: PodKey,
        /// Why it fits nowhere.
        diagnosis: Diagnosis,
        /// The same, as the condition of the pod says it.
        message: String,
    },
}

/// A scheduler with its view of the cluster.
pub struct Scheduler {
    profiles: Arc<Profiles>,
    census: Census,
    /// Of each profile by name; none if all is decided plainly.
    columns: BTreeMap<Text, Columns>,
    queue: Queue,
    /// Where in the interleaved list the next search begins.
    start: usize,
    /// Pods whose node is not there (any more).
    homeless: BTreeMap<PodKey, Arc<Pod>>,
    /// Pods whose attempts are kept, with the last attempt of each.
    watched: BTreeMap<PodKey, Option<Arc<Attempted>>>,
}

/// An attempt to schedule a pod, with the cluster as the scheduler knew it before it decided.
pub struct Attempted {
    /// When it was.
    pub at: SimTime,
    /// Which attempt of the pod it was, counted from 1.
    pub attempt: u32,
    /// What was to be decided: decided again, it comes to the same.
    pub case: Case,
}

impl Scheduler {
    /// A scheduler that knows of no node and no pod.
    #[must_use]
    pub fn new(profiles: Profiles, config: QueueConfig) -> Scheduler {
        let profiles = Arc::new(profiles);
        Scheduler {
            queue: Queue::new(config, profiles.clone()),
            columns: profiles.iter().map(|(name, profile)| (name.clone(), Columns::of(profile))).collect(),
            profiles,
            census: Census::of(Cluster::new()),
            start: 0,
            homeless: BTreeMap::new(),
            watched: BTreeMap::new(),
        }
    }

    /// A scheduler as a configuration has it, which knows of no node and no pod.
    #[must_use]
    pub fn configured(configuration: Configuration, version: Version) -> Scheduler {
        let queue = configuration.queue();
        let profiles = configuration.profiles.into_iter().map(|spec| Profile::new(spec, version));
        Scheduler::new(Profiles::new(profiles), queue)
    }

    /// The same scheduler, which asks every plugin about every node for each decision. Decisions are the same; it is slow, and
    /// there to be compared with.
    #[must_use]
    pub fn deciding_plainly(self) -> Scheduler {
        Scheduler { columns: BTreeMap::new(), ..self }
    }

    /// The cluster as it knows it, with the pods that it has bound.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        self.census.cluster()
    }

    /// The pods that wait: where, since when, and what for.
    #[must_use]
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Keeps, from now on, the last attempt of a pod. Decisions are the same; each attempt of that pod costs a copy of the
    /// cluster.
    pub fn watch(&mut self, pod: PodKey) {
        self.watched.insert(pod, None);
    }

    /// The last attempt of a pod that is watched, if it was tried.
    #[must_use]
    pub fn last_attempt(&self, pod: &PodKey) -> Option<Arc<Attempted>> {
        self.watched.get(pod)?.clone()
    }

    /// Of a pod that waits, everything that keeps it from each node, all plugins asked, by the names of the nodes; empty if
    /// it does not wait.
    ///
    /// # Errors
    /// What rejects the pod wherever it is to go.
    pub fn obstacles(&self, pod: &PodKey) -> Result<Vec<(Text, Vec<Objection>)>, Status> {
        let Some(waiting) = self.queue.get(pod) else { return Ok(Vec::new()) };
        if let Some(gate) = &waiting.gate {
            return Err(gate.clone());
        }
        let pod = &waiting.pod.clone();
        let Some(profile) = self.profiles.of(pod) else { return Ok(Vec::new()) };
        let cycle = profile.cycle(self.cluster(), pod);
        let (state, _) = profile.pre_filter(&cycle)?;
        let nodes = self.cluster().nodes().iter();
        Ok(nodes.map(|node| (node.name().clone(), state.objections(&cycle, node).0)).collect())
    }

    /// When [`Scheduler::schedule_one`] will next have a pod to try; `None` if only changes in the cluster can help.
    #[must_use]
    pub fn next_wake_up(&self, now: SimTime) -> Option<SimTime> {
        self.queue.next_wake_up(now)
    }

    /// Takes note of a change.
    pub fn apply(&mut self, now: SimTime, delta: Delta) {
        match delta {
            Delta::Node(node) => self.set_node(now, node),
            Delta::NodeDeleted(name) => {
                let Some(info) = self.census.remove_node(&name) else { return };
                self.homeless.extend(info.pods.into_iter().map(|pod| (pod.key.clone(), pod)));
                self.tell(now, ClusterEvent::NodeDeleted(info.node));
            }
            Delta::Pod(pod) if pod.node_name.is_some() => self.set_assigned(now, Arc::new(pod)),
            Delta::Pod(pod) => self.set_pending(now, pod),
            Delta::PodDeleted(key) => {
                let assigned = self.census.remove_pod(&key).or_else(|| self.homeless.remove(&key));
                if let Some(pod) = assigned {
                    self.tell(now, ClusterEvent::AssignedPodDeleted(pod));
                }
                if let Some(pod) = self.queue.remove(&key) {
                    self.census.forget_nomination(&key);
                    if pod.nominated_node.is_some() {
                        self.tell(now, ClusterEvent::NominationDropped(pod));
                    }
                }
            }
            Delta::Namespace(namespace) => self.census.set_namespace(namespace),
            Delta::Services(services) => self.census.set_services(services),
            Delta::Workloads(workloads) => self.census.set_workloads(workloads),
            Delta::DisruptionBudgets(budgets) => self.census.set_disruption_budgets(budgets),
            Delta::Storage(delta) => {
                if let Some(event) = self.census.storage_mut().apply(delta) {
                    self.tell(now, event);
                }
            }
        }
    }

    /// Tries the pod whose turn it is, and whatever the attempt takes, takes it at once. `None` if no pod's turn has
    /// come.
    pub fn schedule_one(&mut self, now: SimTime, choice: &mut Choice<'_>) -> Option<Decision> {
        self.schedule_one_ranked(now, choice, |_| false).map(|(decision, _)| decision)
    }

    /// The same; of a pod for which `wants` holds with what every plugin says of the nodes. The decision is the same.
    pub fn schedule_one_ranked(
        &mut self,
        now: SimTime,
        choice: &mut Choice<'_>,
        wants: impl Fn(&PodKey) -> bool,
    ) -> Option<(Decision, Option<Ranking>)> {
        loop {
            let attempt = self.queue.pop(now)?;
            if attempt.pod.terminating {
                self.queue.done(now, attempt, Outcome::Settled, self.census.cluster());
                continue;
            }
            let ranking = wants(&attempt.pod.key).then(|| {
                let profile = self.profiles.of(&attempt.pod).expect("only pods of a profile are queued");
                let search = Search { start: self.start, enough: profile.enough() };
                profile.rank(self.census.cluster(), &attempt.pod, search)
            });
            return Some((self.decide(now, attempt, choice), ranking));
        }
    }

    fn tell(&mut self, now: SimTime, event: ClusterEvent) {
        self.queue.on_event(now, event, self.census.cluster());
    }

    fn set_node(&mut self, now: SimTime, node: Node) {
        let name = node.name.clone();
        let old = self.cluster().node(&name).map(|info| info.node.clone());
        self.census.set_node(node);
        let is_here = |pod: &Pod| pod.node_name.as_ref() == Some(&name);
        let come_home: Vec<Arc<Pod>> =
            self.homeless.extract_if(.., |_, pod| is_here(pod)).map(|(_, pod)| pod).collect();
        for pod in come_home {
            self.census.add_pod(pod, &name);
        }
        let new = self.cluster().node(&name).expect("it was just set").node.clone();
        match old {
            None => self.tell(now, ClusterEvent::NodeAdded(new)),
            Some(old) if scheduling_differs(&old, &new) => {
                self.tell(now, ClusterEvent::NodeUpdated { old, new });
            }
            Some(_) => {}
        }
    }

    fn set_assigned(&mut self, now: SimTime, pod: Arc<Pod>) {
        let node = pod.node_name.clone().expect("an assigned pod names its node");
        let old = self.census.remove_pod(&pod.key).or_else(|| self.homeless.remove(&pod.key));
        // It may wait here still if another scheduler has bound it.
        self.queue.remove(&pod.key);
        self.census.forget_nomination(&pod.key);
        if !self.census.add_pod(pod.clone(), &node) {
            self.homeless.insert(pod.key.clone(), pod.clone());
        }
        self.tell(
            now,
            match old {
                Some(old) => ClusterEvent::AssignedPodUpdated { old, new: pod },
                None => ClusterEvent::AssignedPodAdded(pod),
            },
        );
    }

    fn set_pending(&mut self, now: SimTime, mut pod: Pod) {
        // What has been bound here is news to the watch.
        if self.cluster().node_of(&pod.key).is_some() || self.profiles.of(&pod).is_none() {
            return;
        }
        let held = self.queue.get(&pod.key).and_then(|waiting| waiting.pod.nominated_node.clone());
        pod.nominated_node = pod.nominated_node.or(held);
        let pod = Arc::new(pod);
        self.queue.update(now, pod.clone(), self.census.cluster());
        self.census.nominate(pod);
    }

    /// Writes down the node on which room is made for a pod that waits, or that there is none.
    fn nominate(&mut self, now: SimTime, key: &PodKey, node: Option<Text>) {
        let held = self.queue.get(key).map(|waiting| waiting.pod.clone());
        let Some(pod) = self.queue.nominate(key, node) else { return };
        self.census.nominate(pod.clone());
        if let Some(held) = held.filter(|held| held.nominated_node.is_some())
            && held.nominated_node != pod.nominated_node
        {
            self.tell(now, ClusterEvent::NominationDropped(held));
        }
    }

    fn decide(&mut self, now: SimTime, attempt: Attempt, choice: &mut Choice<'_>) -> Decision {
        let profiles = self.profiles.clone();
        let profile = profiles.of(&attempt.pod).expect("only pods of a profile are queued");
        let pod = attempt.pod.clone();
        if let Some(last) = self.watched.get_mut(&pod.key) {
            let case = Case {
                id: serde_json::Value::Null,
                profile: Profile::new(profile.spec().clone(), profile.version()),
                cluster: self.census.cluster().clone(),
                uncounted: BTreeMap::new(),
                pod: Pod::clone(&pod),
                untried: None,
                search: Search { start: self.start, enough: profile.enough() },
            };
            *last = Some(Arc::new(Attempted { at: now, attempt: attempt.attempts, case }));
        }
        if self.cluster().is_empty() {
            self.queue.done(now, attempt, Outcome::Failed, self.census.cluster());
            self.nominate(now, &pod.key, None);
            return Decision::Unschedulable {
                pod: pod.key.clone(),
                diagnosis: Diagnosis::default(),
                message: "no nodes available to schedule pods".to_owned(),
            };
        }
        let (found, looked_at) = self.look_for_node(profile, &pod, choice);
        self.start = (self.start + looked_at) % self.cluster().len();
        let Nowhere { diagnosis, answer, clears_nomination } = match found {
            Ok(node) => return self.bind(now, profile, attempt, node),
            Err(nowhere) => *nowhere,
        };
        let outcome = Outcome::Rejected(diagnosis.rejectors());
        self.queue.done(now, attempt, outcome, self.census.cluster());
        let pod_key = pod.key.clone();
        let message = diagnosis.message_after(&answer);
        let Ok(nominated) = answer else {
            if clears_nomination {
                self.nominate(now, &pod.key, None);
            }
            return Decision::Unschedulable { pod: pod_key, diagnosis, message };
        };
        self.displace(now, &pod, &nominated.node);
        self.nominate(now, &pod.key, Some(nominated.node.clone()));
        Decision::Nominated { pod: pod_key, nominated, diagnosis, message }
    }

    /// The node for a pod, and how much later in the list the next search is to begin.
    fn look_for_node(
        &mut self,
        profile: &Profile,
        pod: &Pod,
        choice: &mut Choice<'_>,
    ) -> (Result<Text, Box<Nowhere>>, usize) {
        let search = Search { start: self.start, enough: profile.enough() };
        if let Some(columns) = self.columns.get_mut(&pod.scheduler_name)
            && let Some(placed) = columns.place(&mut self.census, profile, pod, search, choice)
            && let Some(slot) = placed.slot
        {
            return (Ok(self.cluster().nodes()[slot].name().clone()), placed.looked_at);
        }
        // The plugins themselves say why nothing fits, and find who is to make way.
        let cluster = self.census.cluster();
        let filtered = profile.filter_nominated_first(cluster, pod, search);
        let node = match filtered.feasible.as_slice() {
            [] => {
                let (answer, tried) = profile.post_filter(cluster, pod, &filtered, choice);
                let diagnosis = filtered.diagnosis;
                let nowhere = Nowhere { diagnosis, answer, clears_nomination: tried.is_some() };
                return (Err(Box::new(nowhere)), filtered.looked_at);
            }
            [only] => only.name(),
            several => {
                let scores = profile.score(cluster, pod, several);
                let best = best(several, &scores);
                best[choice.pick(best.len())].name()
            }
        };
        (Ok(node.clone()), filtered.looked_at)
    }

    /// Pods that wait for room on a node, and are less important than one that is to have room there, wait there no
    /// more.
    fn displace(&mut self, now: SimTime, pod: &Pod, node: &str) {
        let waiting = self.cluster().nominated(node).iter();
        let less: Vec<PodKey> =
            waiting.filter(|other| other.priority < pod.priority).map(|other| other.key.clone()).collect();
        for key in less {
            self.nominate(now, &key, None);
        }
    }

    fn bind(&mut self, now: SimTime, profile: &Profile, attempt: Attempt, node: Text) -> Decision {
        let key = attempt.pod.key.clone();
        let mut assumed = Pod::clone(&attempt.pod);
        assumed.node_name = Some(node.clone());
        let assumed = Arc::new(assumed);
        self.census.add_pod(assumed.clone(), &node);
        self.census.forget_nomination(&key);
        let info = self.cluster().node(&node).expect("a feasible node exists");
        let status = match profile.commit(self.cluster(), &assumed, info) {
            Ok(volumes) => {
                self.census.storage_mut().assume(&volumes, &node);
                self.queue.done(now, attempt, Outcome::Settled, self.census.cluster());
                self.tell(now, ClusterEvent::AssignedPodAdded(assumed));
                return Decision::Bound { pod: key, node, volumes };
            }
            Err(status) => status,
        };
        self.census.remove_pod(&key);
        let failed =
            !matches!(status.code, Code::Unschedulable | Code::UnschedulableAndUnresolvable | Code::Pending);
        let nodes = BTreeMap::from([(node, status)]);
        let diagnosis = Diagnosis { nodes, nodes_total: 1, ..Diagnosis::default() };
        let outcome = if failed { Outcome::Failed } else { Outcome::Rejected(diagnosis.rejectors()) };
        self.queue.done(now, attempt, outcome, self.census.cluster());
        self.nominate(now, &key, None);
        let message = diagnosis.message();
        Decision::Unschedulable { pod: key, diagnosis, message }
    }
}

/// Why a pod fits nowhere, and what is done about it.
struct Nowhere {
    diagnosis: Diagnosis,
    /// The room that is made for it.
    answer: Result<Nominated, Status>,
    /// Whether preemption has looked for room and found none: until then a pod keeps the nomination it has.
    clears_nomination: bool,
}

/// Whether anything of a node changed that scheduling looks at.
fn scheduling_differs(old: &Node, new: &Node) -> bool {
    old.labels != new.labels
        || old.taints != new.taints
        || old.unschedulable != new.unschedulable
        || old.allocatable != new.allocatable
        || old.pods_max != new.pods_max
}

#[cfg(test)]
mod tests {
    use super::{Choice, Decision, Delta, PodVolumes, Scheduler, SimTime};
    use crate::cluster::NodeInfo;
    use crate::framework::{Code, Cycle, Plugin, Status};
    use crate::objects::{Node, Pod};
    use crate::plugins::PluginName;
    use crate::profile::{Profile, Profiles};
    use crate::queue::{Place, QueueConfig};
    use serde_json::json;

    struct Refuses(Code);

    impl Plugin for Refuses {
        fn reserve(&self, _: &Cycle<'_>, _: &NodeInfo) -> Result<PodVolumes, Status> {
            Err(Status::new(self.0, "not today"))
        }
    }

    fn refused(code: Code) -> (Scheduler, Decision) {
        let mut profile = Profile::default();
        profile.replace(PluginName::DynamicResources, Box::new(Refuses(code)));
        let mut scheduler = Scheduler::new(Profiles::new([profile]), QueueConfig::default());
        let node = json!({"metadata": {"name": "n"}, "status": {"allocatable": {"pods": "1"}}});
        scheduler
            .apply(SimTime::ZERO, Delta::Node(Node::read(&serde_json::from_value(node).unwrap()).unwrap()));
        let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": []}});
        scheduler.apply(SimTime::ZERO, Delta::Pod(Pod::read(&serde_json::from_value(pod).unwrap()).unwrap()));
        let decision = scheduler.schedule_one(SimTime::ZERO, &mut Choice::FirstByName).unwrap();
        (scheduler, decision)
    }

    #[test]
    fn a_pod_that_cannot_be_bound_to_its_node_leaves_it_and_waits() {
        let (scheduler, decision) = refused(Code::Unschedulable);
        let Decision::Unschedulable { pod, message, .. } = decision else { panic!("{decision:?}") };
        assert_eq!(message, "0/1 nodes are available: 1 not today.");
        assert!(scheduler.cluster().node("n").unwrap().pods.is_empty());
        let waiting = scheduler.queue().get(&pod).unwrap();
        assert!(matches!(waiting.place, Place::Unschedulable { .. }));
        assert!(waiting.rejectors.rejected.contains(&PluginName::DynamicResources));
    }

    #[test]
    fn an_error_on_the_way_to_the_node_is_no_rejection() {
        let (scheduler, decision) = refused(Code::Error);
        let Decision::Unschedulable { pod, .. } = decision else { panic!("{decision:?}") };
        assert!(matches!(scheduler.queue().get(&pod).unwrap().place, Place::ErrorBackoff { .. }));
    }
}
