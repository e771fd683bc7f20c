//! The world at a time, to be asked: a run from t = 0 that stops there.
//!
//! There is no snapshot to load: the same plan and seed come to the same world again.

use crate::cloud::Cloud;
use crate::run::Run;
use crate::words::Root;
use cloudsim_engine::{Context, Kernel, RecordSink, Stamped, StopReason};
use cloudsim_records::{EndReason, EntityId, InstanceState, Record};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};
use std::collections::BTreeMap;

/// A world that stands still.
pub struct Paused {
    pub(crate) cloud: Cloud,
    pub(crate) seen: Seen,
    run: Run,
}

/// Runs a plan with a seed until `at`, that instant included, and stops there: every event of a time up to `at` has
/// happened, none of a later one has.
///
/// `interrupted` is asked now and then with the simulated time; once it says yes, the world stands still there.
/// [`Paused::run`] says how far it came.
pub fn pause(plan: &Plan, seed: u64, at: SimDuration, interrupted: impl FnMut(SimTime) -> bool) -> Paused {
    let mut kernel = Kernel::<Root>::new(seed);
    let mut cloud = Cloud::place(plan, seed, &mut kernel);
    let mut past = Seen::default();
    let stop = kernel.run(&mut cloud, SimTime::ZERO + at, &mut past, interrupted);
    let now = Context::<Root>::now(&kernel);
    let (reason, reached, culprit) = match stop {
        StopReason::Horizon => (EndReason::Horizon, now, None),
        // Nothing more will happen, so this is the world at any later time too.
        StopReason::Drained => (EndReason::Drained, SimTime::ZERO + at, None),
        StopReason::Interrupted => (EndReason::Interrupted, now, None),
        StopReason::Stuck { culprit } => (EndReason::Stuck, now, Some(culprit)),
    };
    let run = Run { reason, reached, requests: cloud.next_request, culprit };
    Paused { cloud, seen: past, run }
}

impl Paused {
    /// The time at which the world stands still.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.run.reached
    }

    /// How it came here.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// What was run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.cloud.plan
    }

    /// The clusters whose API servers answer nobody, by name, and since when.
    pub fn silent_clusters(&self) -> impl Iterator<Item = (&str, SimTime)> {
        self.seen.silent.iter().map(|(cluster, since)| (self.name_of(*cluster), *since))
    }

    /// The name of something that is there, or was.
    pub(crate) fn name_of(&self, entity: EntityId) -> &str {
        &self.seen.names[&entity]
    }
}

/// What the records told on the way that the world itself does not keep; all other records are dropped.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// What everything is called, or was.
    names: BTreeMap<EntityId, String>,
    /// The state that was last recorded of each instance; those that never changed run.
    pub(crate) instances: BTreeMap<EntityId, InstanceState>,
    /// When each instance that was not there at first was added.
    pub(crate) added: BTreeMap<EntityId, SimTime>,
    /// Since when the API servers of a cluster answer nobody, if they do not.
    silent: BTreeMap<EntityId, SimTime>,
    /// When each fault ended, by its place in the plan.
    pub(crate) ended_faults: BTreeMap<u32, SimTime>,
}

impl RecordSink<Record> for Seen {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        for stamped in batch {
            match &stamped.record {
                Record::RunStarted(started) => {
                    self.names.extend(started.entities.iter().map(|info| (info.id, info.name.clone())));
                }
                Record::InstanceStateChanged { instance, state } => {
                    self.instances.insert(*instance, *state);
                }
                Record::EntityAdded(info) => {
                    self.names.insert(info.id, info.name.clone());
                    self.added.insert(info.id, stamped.at);
                }
                Record::ControlPlaneChanged { cluster, answers: false } => {
                    self.silent.insert(*cluster, stamped.at);
                }
                Record::ControlPlaneChanged { cluster, answers: true } => {
                    self.silent.remove(cluster);
                }
                Record::FaultEnded { fault } => {
                    self.ended_faults.insert(*fault, stamped.at);
                }
                _ => {}
            }
        }
    }
}
