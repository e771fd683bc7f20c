//! A run without requests: of how many there would be an answer is found out whenever the state of something changes, from what
//! stands there. So weeks cost no more than what happens in them.
//!
//! A change of state is what is recorded or signalled, and the beginning and end of a fault. Nothing is asked by a clock.
//!
//! # Left out
//! Whatever needs requests to happen: queues, timeouts of those under way, answers that resolvers keep, connections that
//! were kept, lost packets of a grey zone, CPU that autoscalers look at, commits that wait for a standby. How far that is from
//! what requests measure is held by `tests/answered.rs`.

pub(crate) mod share;

use crate::cloud::Cloud;
use crate::run::{Run, ended};
use crate::words::{Event, Root, Signal};
use cloudsim_engine::{Context, Kernel, Model, RecordSink, Stamped};
use cloudsim_records::{EntityId, Record};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{Ratio, SimDuration, SimTime};
use cloudsim_workload::OpenLoopSpec;
use std::collections::BTreeMap;

/// What a run without requests came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// How it ended.
    pub run: Run,
    /// The services of the plan; if it has none its workloads, which serve while enough of their pods do.
    pub services: Vec<AnsweredService>,
    /// The faults, by their places, that were to hit a member of a group by its number and found nobody who has it.
    pub missed: Vec<usize>,
}

/// How much a service answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredService {
    /// Its name.
    pub name: String,
    /// From when on which share of its requests would be answered.
    pub shares: Vec<(SimTime, Ratio)>,
}

impl AnsweredService {
    /// How long it is lost between two instants: an hour in which a tenth of its requests would fail are six minutes.
    #[must_use]
    pub fn lost(&self, from: SimTime, until: SimTime) -> SimDuration {
        let changes = &self.shares;
        let ends = changes.iter().skip(1).map(|(at, _)| *at).chain([SimTime::MAX]);
        let nanos = changes.iter().zip(ends).map(|((at, share), end)| {
            let (at, end) = ((*at).clamp(from, until), end.clamp(from, until));
            u128::from(end.since(at).as_nanos()) * u128::from(share.complement().as_billionths())
        });
        let nanos = nanos.sum::<u128>() / u128::from(Ratio::ONE.as_billionths());
        SimDuration::from_nanos(u64::try_from(nanos).expect("no more than the whole"))
    }

    /// The share of its requests that would be answered at an instant.
    #[must_use]
    pub fn share(&self, at: SimTime) -> Ratio {
        let before = self.shares.iter().rev().find(|(since, _)| *since <= at);
        before.map_or(Ratio::ONE, |(_, share)| *share)
    }
}

/// Runs a plan with a seed until its horizon, with all its traffic left out. `interrupted` is asked as with
/// [`simulate`](crate::simulate).
pub fn answered(plan: &Plan, seed: u64, interrupted: impl FnMut(SimTime) -> bool) -> Answered {
    let mut quiet = plan.clone();
    let traffic = std::mem::take(&mut quiet.traffic);
    let mut kernel = Kernel::<Root>::new(seed);
    let cloud = Cloud::place(&quiet, seed, &mut kernel);
    let mut watched = Watched {
        weights: weights(plan, &traffic),
        services: vec![Vec::new(); plan.services.len()],
        changed: Some(SimTime::ZERO),
        recorded: 0,
        cloud,
    };
    let mut workloads = Workloads::default();
    let stop = kernel.run(&mut watched, SimTime::ZERO + plan.duration, &mut workloads, interrupted);
    watched.look();
    let Watched { mut cloud, services: shares, .. } = watched;
    let missed = cloud.missed_faults(Context::<Root>::now(&kernel));
    let run = ended(&mut cloud, stop, &mut kernel, &mut workloads);
    let named = plan.services.iter().map(|service| service.name.clone()).zip(shares);
    let services = if plan.services.is_empty() {
        workloads.services.into_values().collect()
    } else {
        named.map(|(name, shares)| AnsweredService { name, shares }).collect()
    };
    Answered { run, services, missed }
}

/// What the records say of workloads.
#[derive(Default)]
struct Workloads {
    services: BTreeMap<EntityId, AnsweredService>,
}

impl RecordSink<Record> for Workloads {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        for stamped in batch {
            match &stamped.record {
                Record::RunStarted(started) => {
                    for info in &started.services {
                        if let Some(of) = info.workload {
                            let service = AnsweredService { name: info.name.clone(), shares: Vec::new() };
                            self.services.insert(of.workload, service);
                        }
                    }
                }
                Record::WorkloadServes { workload, serving, needed, .. } => {
                    if let Some(service) = self.services.get_mut(workload) {
                        let share = if serving >= needed { Ratio::ONE } else { Ratio::ZERO };
                        service.shares.push((stamped.at, share));
                    }
                }
                _ => {}
            }
        }
    }
}

/// What of a service's requests each class is, by the traffic; where there is none all are alike.
fn weights(plan: &Plan, traffic: &[OpenLoopSpec]) -> Vec<Vec<(usize, f64)>> {
    let of_class = |class: usize| -> f64 {
        let shares = traffic.iter().filter_map(|spec| {
            let gap = spec.rate.mean_gap_nanos()?;
            let all: f64 = spec.mix.iter().map(|(_, weight)| f64::from(*weight)).sum();
            let own = spec.mix.iter().filter(|(of, _)| of.index() == class);
            Some(own.map(|(_, weight)| f64::from(*weight)).sum::<f64>() / all / gap)
        });
        shares.sum()
    };
    #[expect(clippy::cast_precision_loss, reason = "few classes")]
    let of_service = |classes: &[cloudsim_world::ClassId]| -> Vec<(usize, f64)> {
        let all: f64 = classes.iter().map(|class| of_class(class.index())).sum();
        let weight =
            |class: usize| if all > 0.0 { of_class(class) / all } else { 1.0 / classes.len() as f64 };
        classes.iter().map(|class| (class.index(), weight(class.index()))).collect()
    };
    plan.services.iter().map(|service| of_service(&service.classes)).collect()
}

/// A cloud that is looked at after each instant in which its state changed.
struct Watched {
    cloud: Cloud,
    /// By service: its classes and their weights.
    weights: Vec<Vec<(usize, f64)>>,
    services: Vec<Vec<(SimTime, Ratio)>>,
    /// The instant of a change that was not looked at yet.
    changed: Option<SimTime>,
    recorded: u64,
}

impl Watched {
    fn look(&mut self) {
        let Some(at) = self.changed.take() else { return };
        for (classes, changes) in self.weights.iter().zip(&mut self.services) {
            let share: f64 = classes.iter().map(|(class, weight)| weight * self.cloud.answers(*class)).sum();
            let share = Ratio::from_f64(share);
            if changes.last().is_none_or(|(_, last)| *last != share) {
                changes.push((at, share));
            }
        }
    }

    fn note(&mut self, changed: bool, kernel: &Kernel<Root>) {
        let recorded = std::mem::replace(&mut self.recorded, kernel.recorded());
        if changed || recorded < self.recorded {
            self.changed = Some(Context::<Root>::now(kernel));
        }
    }
}

impl Model<Root> for Watched {
    fn handle(&mut self, event: Event, kernel: &mut Kernel<Root>) {
        // The instant before is over.
        if self.changed.is_some_and(|at| at < Context::<Root>::now(kernel)) {
            self.look();
        }
        let fault = matches!(event, Event::Fault(_));
        self.cloud.handle(event, kernel);
        self.note(fault, kernel);
    }

    fn react(&mut self, signal: Signal, kernel: &mut Kernel<Root>) {
        self.cloud.react(signal, kernel);
        self.note(true, kernel);
    }

    fn kind_of(event: &Event) -> &'static str {
        Cloud::kind_of(event)
    }
}
