//! What always holds, whatever happens to the queue in whatever order.

use crate::make::{asking, key, node, nothing, on, rejected_by};
use cloudsim_kube_scheduler::Profiles;
use cloudsim_kube_scheduler::framework::ClusterEvent;
use cloudsim_kube_scheduler::plugins::PluginName;
use cloudsim_kube_scheduler::queue::{Attempt, Outcome, Place, Queue, QueueConfig};
use cloudsim_units::{SimDuration, SimTime};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Debug)]
enum Step {
    Add {
        pod: u8,
        priority: i32,
    },
    Remove(u8),
    Update {
        pod: u8,
        milli_cpu: u32,
    },
    Activate(u8),
    Pop,
    /// Ends one of the attempts that are going on.
    End {
        which: usize,
        how: u8,
    },
    NodeComes,
    PodLeaves,
    Wait {
        millis: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let pod = 0u8..6;
    prop_oneof![
        4 => (pod.clone(), 0..3).prop_map(|(pod, priority)| Step::Add { pod, priority }),
        1 => pod.clone().prop_map(Step::Remove),
        2 => (pod.clone(), 1u32..1500).prop_map(|(pod, milli_cpu)| Step::Update { pod, milli_cpu }),
        1 => pod.prop_map(Step::Activate),
        6 => Just(Step::Pop),
        6 => (0usize..8, 0u8..8).prop_map(|(which, how)| Step::End { which, how }),
        1 => Just(Step::NodeComes),
        2 => Just(Step::PodLeaves),
        4 => prop_oneof![Just(0u64), 1u64..3000, 3000u64..400_000].prop_map(|millis| Step::Wait { millis }),
    ]
}

fn name(pod: u8) -> String {
    format!("p{pod}")
}

/// What is known of a pod without looking into the queue.
struct Known {
    /// Tells it from a namesake that came before it.
    generation: u64,
    /// When it may be tried again at the earliest, for an event's sake.
    not_before: SimTime,
    /// Whether it was activated since it failed, so that its backoff does not count.
    activated: bool,
}

struct Run {
    queue: Queue,
    config: QueueConfig,
    now: SimTime,
    /// The attempts that are going on, each with the generation of its pod.
    attempts: Vec<(Attempt, u64)>,
    known: BTreeMap<String, Known>,
    generations: u64,
}

impl Run {
    fn new(pop_from_backoff: bool) -> Run {
        let config = QueueConfig { pop_from_backoff, ..QueueConfig::default() };
        let queue = Queue::new(config.clone(), Arc::new(Profiles::default()));
        Run {
            queue,
            config,
            now: SimTime::ZERO,
            attempts: Vec::new(),
            known: BTreeMap::new(),
            generations: 0,
        }
    }

    fn active(&self) -> Vec<(String, i32, SimTime)> {
        let active = self.queue.iter().filter(|waiting| waiting.place == Place::Active);
        active.map(|w| (w.pod.key.name.to_string(), w.pod.priority, w.since)).collect()
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Add { pod, priority } => {
                if self.queue.get(&key(&name(pod))).is_none() {
                    self.queue.add(self.now, Arc::new(asking(&name(pod), 500, priority)));
                    self.generations += 1;
                    let generation = self.generations;
                    self.known
                        .insert(name(pod), Known { generation, not_before: self.now, activated: false });
                }
            }
            Step::Remove(pod) => {
                self.queue.remove(&key(&name(pod)));
                self.known.remove(&name(pod));
            }
            Step::Update { pod, milli_cpu } => {
                if let Some(waiting) = self.queue.get(&key(&name(pod))) {
                    let priority = waiting.pod.priority;
                    self.queue.update(
                        self.now,
                        Arc::new(asking(&name(pod), milli_cpu, priority)),
                        &nothing(),
                    );
                }
            }
            Step::Activate(pod) => {
                let place = self.queue.get(&key(&name(pod))).map(|waiting| waiting.place);
                self.queue.activate(self.now, &key(&name(pod)));
                if let Some(known) = self.known.get_mut(&name(pod)) {
                    known.activated |= place != Some(Place::InFlight);
                }
            }
            Step::Pop => self.pop(),
            Step::End { which, how } => self.end(which, how),
            Step::NodeComes => {
                let node = Arc::new(node("n", json!({})));
                self.queue.on_event(self.now, ClusterEvent::NodeAdded(node), &nothing());
            }
            Step::PodLeaves => {
                let gone = ClusterEvent::AssignedPodDeleted(on("n", asking("gone", 1, 0)));
                self.queue.on_event(self.now, gone, &nothing());
            }
            Step::Wait { millis } => self.now = self.now.saturating_add(SimDuration::from_millis(millis)),
        }
        self.check();
    }

    fn pop(&mut self) {
        // What falls due is moved first, so that the order can be foretold.
        self.queue.activate(self.now, &key("nobody"));
        let active = self.active();
        let Some(attempt) = self.queue.pop(self.now) else {
            assert!(active.is_empty(), "an active pod was not taken");
            return;
        };
        let popped = attempt.pod.key.name.to_string();
        let known = &self.known[&popped];
        if let Some((_, priority, since)) = active.iter().find(|(name, ..)| *name == popped) {
            let comes_first =
                |other: &i32, waits: &SimTime| other > priority || (other == priority && waits < since);
            let overtaken = active.iter().find(|(_, other, waits)| comes_first(other, waits));
            assert!(overtaken.is_none(), "{popped} came before {overtaken:?}");
            assert!(known.activated || self.now >= known.not_before, "{popped} was active too early");
        } else {
            assert!(active.is_empty() && self.config.pop_from_backoff, "{popped} was not active");
        }
        let generation = known.generation;
        self.attempts.push((attempt, generation));
    }

    fn end(&mut self, which: usize, how: u8) {
        if self.attempts.is_empty() {
            return;
        }
        let (attempt, generation) = self.attempts.swap_remove(which % self.attempts.len());
        let of_name = attempt.pod.key.name.to_string();
        let is_it = self.known.get(&of_name).is_some_and(|known| known.generation == generation);
        let outcome = match how {
            0 => Outcome::Settled,
            1 => Outcome::Failed,
            2..=4 => Outcome::Rejected(rejected_by(&[PluginName::NodeResourcesFit])),
            _ => Outcome::Rejected(rejected_by(&[PluginName::TaintToleration, PluginName::NodeResourcesFit])),
        };
        let settled = outcome == Outcome::Settled;
        self.queue.done(self.now, attempt, outcome, &nothing());
        if is_it && settled {
            self.known.remove(&of_name);
        } else if is_it {
            let known = self.known.get_mut(&of_name).unwrap();
            known.not_before = self.now.saturating_add(SimDuration::from_secs(1));
            known.activated = false;
        }
    }

    fn check(&self) {
        let listed: Vec<String> = self.queue.iter().map(|waiting| waiting.pod.key.name.to_string()).collect();
        let mut sorted = listed.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), listed.len(), "a pod is in two places");
        assert_eq!(
            sorted,
            self.known.keys().cloned().collect::<Vec<_>>(),
            "a pod is lost, or came from nowhere"
        );
        for waiting in self.queue.iter() {
            match waiting.place {
                Place::Backoff { until } | Place::ErrorBackoff { until } => {
                    assert!(
                        until > waiting.since.saturating_add(self.config.backoff(1)),
                        "a backoff is too short"
                    );
                    assert!(
                        until <= waiting.since.saturating_add(SimDuration::from_secs(11)),
                        "a backoff is too long"
                    );
                }
                Place::Unschedulable { until } => {
                    let waits = until.since(waiting.since);
                    assert!(waits > self.config.max_in_unschedulable, "flushed too early");
                    assert!(
                        waits <= self.config.max_in_unschedulable.saturating_add(SimDuration::from_secs(30))
                    );
                }
                Place::Active | Place::Gated | Place::InFlight => {}
            }
        }
    }

    /// Ends all attempts, and then waits from one wake-up to the next until every pod was tried and settled.
    fn drain(&mut self) {
        while !self.attempts.is_empty() {
            self.end(0, 3);
        }
        let began = self.now;
        while let Some(wake_up) = self.queue.next_wake_up(self.now) {
            assert!(wake_up >= self.now, "time goes back");
            self.now = wake_up;
            let attempt = self.queue.pop(self.now).expect("there is something to do at a wake-up");
            self.queue.done(self.now, attempt, Outcome::Settled, &nothing());
        }
        assert_eq!(self.queue.iter().count(), 0, "a pod waits for ever");
        assert!(self.now.since(began) <= SimDuration::from_secs(330), "a pod came back too late");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_pod_is_lost_doubled_early_late_or_out_of_order(
        pop_from_backoff: bool,
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut run = Run::new(pop_from_backoff);
        for step in steps {
            run.step(step);
        }
        run.drain();
    }
}
