//! The pods that wait to be scheduled.
//!
//! A pod is in one place: *active* pods are tried in the order of the queue-sort plugin; pods that were rejected are
//! *unschedulable* until something happens that may help them, or until they have waited for long; they are *backing
//! off* if that is too soon after their failure; *gated* pods wait for their gates to be removed; a pod that is being
//! tried is *in flight*, and what happens meanwhile is remembered for it.
//!
//! There is no clock: every call is told the time, which never goes back. What falls due between two calls is done, in
//! order of time, by the second one. Windows of backoff and rounds of flushing begin at time zero.

mod backoff;
mod log;

pub use backoff::QueueConfig;

use crate::cluster::Cluster;
use crate::framework::{ClusterEvent, Hint, QueueOrder, Rejectors, Status};
use crate::objects::{Pod, PodKey, Text};
use crate::profile::Profiles;
use cloudsim_units::SimTime;
use log::{Happening, Log};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Where a pod waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is tried as soon as its turn comes.
    Active,
    /// Something happened that may help it, but it has just failed.
    Backoff {
        /// When it becomes active.
        until: SimTime,
    },
    /// Its attempt failed by an error, not by a rejection.
    ErrorBackoff {
        /// When it becomes active.
        until: SimTime,
    },
    /// Nothing has happened that may help it.
    Unschedulable {
        /// When it is tried again all the same.
        until: SimTime,
    },
    /// It may not be tried yet.
    Gated,
    /// It is being tried.
    InFlight,
}

/// A pod that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The pod as it is.
    pub pod: Arc<Pod>,
    /// When it came.
    pub added: SimTime,
    /// When it came, or when its last attempt failed: what active pods are ordered by.
    pub since: SimTime,
    /// How often it was tried.
    pub attempts: u32,
    /// What has rejected it the last time it was tried, and gates that are closed.
    pub rejectors: Rejectors,
    /// The gate that keeps it from being tried.
    pub gate: Option<Status>,
    /// Where it waits.
    pub place: Place,
    /// How often it was rejected.
    rejections: u32,
    /// How often in a row its attempts failed by an error.
    errors: u32,
}

impl Waiting {
    fn failures(&self) -> u32 {
        if self.errors > 0 { self.errors } else { self.rejections }
    }
}

/// A pod that was taken out to be tried. It must be given back with [`Queue::done`].
#[derive(Debug)]
#[must_use]
pub struct Attempt {
    number: u64,
    /// The pod.
    pub pod: Arc<Pod>,
    /// How often it was tried, this time included.
    pub attempts: u32,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The pod need not be tried again: it has a node, or goes away.
    Settled,
    /// Plugins have rejected it.
    Rejected(Rejectors),
    /// It failed for another reason, such as a cluster without nodes.
    Failed,
}

/// Whether and how a pod is to be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Again {
    No,
    AfterBackoff,
    /// What it was pending on has happened.
    AtOnce,
}

/// The pods that wait to be scheduled.
pub struct Queue {
    config: QueueConfig,
    profiles: Arc<Profiles>,
    /// By number, which grows in order of arrival; it stays the same until the pod leaves.
    pods: BTreeMap<u64, Waiting>,
    numbers: BTreeMap<PodKey, u64>,
    next_number: u64,
    active: BTreeSet<(QueueOrder, u64)>,
    backoff: BTreeSet<(SimTime, QueueOrder, u64)>,
    error_backoff: BTreeSet<(SimTime, u64)>,
    /// Unschedulable and gated pods.
    parked: BTreeSet<u64>,
    flushes: BTreeSet<(SimTime, u64)>,
    /// By number, the place in the log at which the attempt began. A pod that was deleted meanwhile is in `pods` no
    /// more.
    in_flight: BTreeMap<u64, u64>,
    log: Log,
}

impl Queue {
    /// An empty queue for the pods that choose one of some profiles.
    #[must_use]
    pub fn new(config: QueueConfig, profiles: Arc<Profiles>) -> Queue {
        Queue {
            config,
            profiles,
            pods: BTreeMap::new(),
            numbers: BTreeMap::new(),
            next_number: 0,
            active: BTreeSet::new(),
            backoff: BTreeSet::new(),
            error_backoff: BTreeSet::new(),
            parked: BTreeSet::new(),
            flushes: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            log: Log::default(),
        }
    }

    /// Adds a pod that has no node, or replaces the one of that name. Returns whether it chooses one of the profiles;
    /// if not, it is not queued.
    pub fn add(&mut self, now: SimTime, pod: Arc<Pod>) -> bool {
        self.advance(now);
        self.remove(&pod.key);
        if self.profiles.of(&pod).is_none() {
            return false;
        }
        let number = self.next_number;
        self.next_number += 1;
        self.numbers.insert(pod.key.clone(), number);
        let waiting = Waiting {
            pod,
            added: now,
            since: now,
            attempts: 0,
            rejectors: Rejectors::default(),
            gate: None,
            place: Place::InFlight,
            rejections: 0,
            errors: 0,
        };
        self.pods.insert(number, waiting);
        self.requeue(now, number, Again::AtOnce);
        true
    }

    /// Takes the pod out whose turn it is, if any waits to be tried.
    pub fn pop(&mut self, now: SimTime) -> Option<Attempt> {
        self.advance(now);
        let mut number = self.active.first().map(|&(_, number)| number);
        if number.is_none() && self.config.pop_from_backoff {
            number = self.backoff.first().map(|&(_, _, number)| number);
        }
        let number = number?;
        self.place(number, Place::InFlight);
        self.in_flight.insert(number, self.log.end());
        let waiting = self.waiting(number);
        waiting.attempts += 1;
        waiting.rejectors = Rejectors::default();
        Some(Attempt { number, pod: waiting.pod.clone(), attempts: waiting.attempts })
    }

    /// Gives a pod back that was tried.
    pub fn done(&mut self, now: SimTime, attempt: Attempt, outcome: Outcome, cluster: &Cluster) {
        self.advance(now);
        let number = attempt.number;
        let began = self.in_flight.remove(&number).expect("an attempt ends once");
        // What it has found out is of no use if the pod was deleted meanwhile.
        if self.pods.contains_key(&number) {
            match outcome {
                Outcome::Settled => self.leave(number),
                Outcome::Rejected(rejectors) if !rejectors.is_empty() => {
                    let waiting = self.waiting(number);
                    waiting.since = now;
                    waiting.rejectors = rejectors;
                    waiting.rejections += 1;
                    waiting.errors = 0;
                    let waiting = &self.pods[&number];
                    let happened = self.log.since(began);
                    let again =
                        happened.map(|happening| self.helps(cluster, number, waiting, happening)).max();
                    self.requeue(now, number, again.unwrap_or(Again::No));
                }
                Outcome::Rejected(_) | Outcome::Failed => {
                    let waiting = self.waiting(number);
                    waiting.since = now;
                    waiting.errors += 1;
                    self.requeue(now, number, Again::AfterBackoff);
                }
            }
        }
        let first = self.in_flight.values().min().copied();
        self.log.forget_before(first.unwrap_or_else(|| self.log.end()));
    }

    /// Moves the unschedulable pods that an event may help. The cluster is as it is after the event.
    pub fn on_event(&mut self, now: SimTime, event: ClusterEvent, cluster: &Cluster) {
        self.advance(now);
        let happening = Happening::Event(event);
        let helped: Vec<(u64, Again)> = self
            .parked
            .iter()
            .map(|number| (*number, &self.pods[number]))
            // A gate opens by a change of the pod itself.
            .filter(|(_, waiting)| waiting.place != Place::Gated)
            .map(|(number, waiting)| (number, self.helps(cluster, number, waiting, &happening)))
            .filter(|(_, again)| *again != Again::No)
            .collect();
        for (number, again) in helped {
            self.requeue(now, number, again);
        }
        self.remember(happening);
    }

    /// Replaces a pod that has no node by what it is now; one that is not here is added.
    pub fn update(&mut self, now: SimTime, pod: Arc<Pod>, cluster: &Cluster) {
        self.advance(now);
        let Some(&number) = self.numbers.get(&pod.key) else {
            self.add(now, pod);
            return;
        };
        let waiting = self.waiting(number);
        let place = waiting.place;
        let old = waiting.pod.clone();
        self.unplace(number);
        self.waiting(number).pod = pod.clone();
        self.place(number, place);
        let happening = Happening::Event(ClusterEvent::PendingPodUpdated { old, new: pod });
        match place {
            Place::Active | Place::Backoff { .. } | Place::ErrorBackoff { .. } => {}
            Place::InFlight => self.remember(happening),
            Place::Unschedulable { .. } | Place::Gated => {
                let again = self.helps(cluster, number, &self.pods[&number], &happening);
                if again != Again::No {
                    self.requeue(now, number, again);
                }
            }
        }
    }

    /// Takes a pod away that was deleted or has got a node. Returns it, if it was here.
    pub fn remove(&mut self, key: &PodKey) -> Option<Arc<Pod>> {
        let number = *self.numbers.get(key)?;
        let pod = self.pods[&number].pod.clone();
        self.leave(number);
        Some(pod)
    }

    /// Has a pod tried again, backoff or not, unless it is gated; one that is in flight, when it comes back.
    pub fn activate(&mut self, now: SimTime, key: &PodKey) {
        self.advance(now);
        let Some(&number) = self.numbers.get(key) else { return };
        match self.pods[&number].place {
            Place::Active => {}
            Place::InFlight => self.remember(Happening::Activated(number)),
            _ => self.requeue(now, number, Again::AtOnce),
        }
    }

    /// Writes down the node on which room is made for a pod, or that there is none.
    pub(crate) fn nominate(&mut self, key: &PodKey, node: Option<Text>) -> Option<Arc<Pod>> {
        let number = *self.numbers.get(key)?;
        let waiting = self.waiting(number);
        Arc::make_mut(&mut waiting.pod).nominated_node = node;
        Some(waiting.pod.clone())
    }

    /// When [`Queue::pop`] will next have something to do: now, if a pod can be taken out; `None` if only events can
    /// help.
    #[must_use]
    pub fn next_wake_up(&self, now: SimTime) -> Option<SimTime> {
        if !self.active.is_empty() || (self.config.pop_from_backoff && !self.backoff.is_empty()) {
            return Some(now);
        }
        self.next_due().map(|due| due.max(now))
    }

    /// A pod that waits here, by name.
    #[must_use]
    pub fn get(&self, key: &PodKey) -> Option<&Waiting> {
        self.pods.get(self.numbers.get(key)?)
    }

    /// The pods that wait here, in order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.pods.values()
    }

    fn waiting(&mut self, number: u64) -> &mut Waiting {
        self.pods.get_mut(&number).expect("a number that is listed is a pod's")
    }

    fn next_due(&self) -> Option<SimTime> {
        let backoff = self.backoff.first().map(|&(until, ..)| until);
        let error = self.error_backoff.first().map(|&(until, _)| until);
        let flush = self.flushes.first().map(|&(at, _)| at);
        [backoff, error, flush].into_iter().flatten().min()
    }

    /// Does what has fallen due.
    fn advance(&mut self, now: SimTime) {
        while let Some(due) = self.next_due().filter(|due| *due <= now) {
            if let Some(&(_, _, number)) = self.backoff.first().filter(|(until, ..)| *until == due) {
                self.place(number, Place::Active);
            } else if let Some(&(_, number)) = self.error_backoff.first().filter(|(until, _)| *until == due) {
                self.place(number, Place::Active);
            } else if let Some(&(_, number)) = self.flushes.first() {
                self.requeue(due, number, Again::AfterBackoff);
                self.remember(Happening::Flushed);
            }
        }
    }

    fn remember(&mut self, happening: Happening) {
        if !self.in_flight.is_empty() {
            self.log.push(happening);
        }
    }

    /// Whether something that happened may help a pod.
    fn helps(&self, cluster: &Cluster, number: u64, waiting: &Waiting, happening: &Happening) -> Again {
        let event = match happening {
            Happening::Flushed => return Again::AfterBackoff,
            Happening::Activated(whom) if *whom == number => return Again::AfterBackoff,
            Happening::Activated(_) => return Again::No,
            Happening::Event(event) => event,
        };
        if matches!(event, ClusterEvent::NominationDropped(by) if waiting.pod.priority > by.priority) {
            return Again::No;
        }
        let profile = self.profiles.of(&waiting.pod).expect("only pods of a profile are queued");
        let cycle = profile.cycle(cluster, &waiting.pod);
        let helped =
            waiting.rejectors.iter().filter(|&plugin| profile.hint(plugin, &cycle, event) == Hint::Queue);
        let again = |plugin| {
            if waiting.rejectors.pending.contains(&plugin) { Again::AtOnce } else { Again::AfterBackoff }
        };
        helped.map(again).max().unwrap_or(Again::No)
    }

    /// Puts a pod where it is to wait.
    fn requeue(&mut self, now: SimTime, number: u64, again: Again) {
        let waiting = &self.pods[&number];
        if again == Again::No {
            let until = self.config.flushes_at(waiting.since);
            return self.place(number, Place::Unschedulable { until });
        }
        let profile = self.profiles.of(&waiting.pod).expect("only pods of a profile are queued");
        let gate = profile.pre_enqueue(&waiting.pod).err();
        let until =
            self.config.backs_off_until(waiting.since, waiting.failures()).filter(|until| *until > now);
        let place = match until {
            _ if gate.is_some() => Place::Gated,
            Some(until) if again == Again::AfterBackoff => {
                if waiting.rejectors.is_empty() {
                    Place::ErrorBackoff { until }
                } else {
                    Place::Backoff { until }
                }
            }
            _ => Place::Active,
        };
        let waiting = self.waiting(number);
        waiting.rejectors.rejected.extend(gate.as_ref().and_then(|gate| gate.plugin));
        waiting.gate = gate;
        self.place(number, place);
    }

    fn leave(&mut self, number: u64) {
        self.unplace(number);
        let waiting = self.pods.remove(&number).expect("a number that is listed is a pod's");
        self.numbers.remove(&waiting.pod.key);
    }

    fn order(&self, waiting: &Waiting) -> QueueOrder {
        let profile = self.profiles.of(&waiting.pod).expect("only pods of a profile are queued");
        profile.queue_sort(&waiting.pod, waiting.since)
    }

    /// Takes a pod out of the list of its place.
    fn unplace(&mut self, number: u64) {
        let waiting = &self.pods[&number];
        let order = self.order(waiting);
        match waiting.place {
            Place::Active => self.active.remove(&(order, number)),
            Place::Backoff { until } => self.backoff.remove(&(until, order, number)),
            Place::ErrorBackoff { until } => self.error_backoff.remove(&(until, number)),
            Place::Unschedulable { until } => {
                self.flushes.remove(&(until, number));
                self.parked.remove(&number)
            }
            Place::Gated => self.parked.remove(&number),
            Place::InFlight => true,
        };
    }

    /// Moves a pod to the list of a place.
    fn place(&mut self, number: u64, place: Place) {
        self.unplace(number);
        self.waiting(number).place = place;
        let order = self.order(&self.pods[&number]);
        match place {
            Place::Active => self.active.insert((order, number)),
            Place::Backoff { until } => self.backoff.insert((until, order, number)),
            Place::ErrorBackoff { until } => self.error_backoff.insert((until, number)),
            Place::Unschedulable { until } => {
                self.flushes.insert((until, number));
                self.parked.insert(number)
            }
            Place::Gated => self.parked.insert(number),
            Place::InFlight => true,
        };
    }
}
