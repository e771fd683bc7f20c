//! What pods waited for and when nobody answered them, for the waterfalls of the services whose pods they are.

use crate::causes::Reach;
use crate::held::{Held, HeldBy, held};
use crate::kubernetes::nodes;
use crate::measures::Change;
use crate::milestones::{DETACH, NO_ROOM, Silence, Stuck, WithoutRoom, silences, without_room};
use cloudsim_records::{EntityId, Names, RunStarted};
use cloudsim_units::{SimDuration, SimTime};
use std::collections::BTreeSet;

/// The API servers of a cluster answer nobody for so long that it is told as a reason of its own.
///
/// Chosen: shorter ones are hidden in steps that take about as long.
const SILENCE_TOLD: SimDuration = SimDuration::from_secs(60);

/// That of all clusters of a run.
#[derive(Debug)]
pub(crate) struct Clusters {
    without_room: Vec<WithoutRoom>,
    held: Vec<Held>,
    silences: Vec<Silence>,
    /// The nodes that there are when all is over.
    nodes: BTreeSet<EntityId>,
    /// When that is.
    reached: SimTime,
}

/// A pod that waits for something which is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocked {
    pub(crate) pod: EntityId,
    pub(crate) from: SimTime,
    pub(crate) until: SimTime,
    /// The phase that this is.
    pub(crate) phase: &'static str,
}

/// What of it is of a service.
#[derive(Debug)]
pub(crate) struct Waits {
    /// What its pods wait for when all is over.
    pub(crate) stuck: Vec<Stuck>,
    /// What its pods have waited for, and when.
    pub(crate) blocked: Vec<Blocked>,
    /// When the API servers of its cluster answered nobody, if it is a workload; none of less than a minute.
    pub(crate) silences: Vec<(SimTime, SimTime)>,
    /// Since when those of a cluster of its pods do so when all is over.
    pub(crate) silent_since: Option<SimTime>,
    /// The nodes of its cluster, if it is a workload.
    pub(crate) nodes: BTreeSet<EntityId>,
}

impl Clusters {
    pub(crate) fn of(run: &RunStarted, changes: &[Change], names: &Names, reached: SimTime) -> Self {
        Self {
            without_room: without_room(changes),
            held: held(changes, names),
            silences: silences(changes),
            nodes: nodes(run, changes).into_keys().collect(),
            reached,
        }
    }

    /// What of it is of a service that reaches so far, and of its workload if it is one.
    pub(crate) fn waits(&self, reach: &Reach, workload: Option<EntityId>, names: &Names) -> Waits {
        let without_room = self.without_room.iter().filter(|wait| reach.contains(wait.pod));
        let held = self.held.iter().filter(|wait| reach.contains(wait.pod));
        let without_room_yet = without_room.clone().filter(|wait| wait.until.is_none());
        let held_yet = held.clone().filter(|wait| wait.until.is_none());
        let blocked = |pod, from, until: Option<SimTime>, phase| {
            let until = until.unwrap_or(self.reached);
            Blocked { pod, from, until, phase }
        };
        let by_volumes = held.filter(|wait| matches!(wait.by, HeldBy::Volume(_)));
        let parent = |entity: EntityId| names.entity(entity).and_then(|entity| entity.parent);
        let cluster = workload.and_then(parent);
        let silences = self.silences.iter().filter(|silence| Some(silence.cluster) == cluster);
        let silences = silences.map(|silence| (silence.from, silence.until.unwrap_or(self.reached)));
        let is_silent = |silence: &&Silence| silence.until.is_none() && reach.is_in(silence.cluster, names);
        Waits {
            stuck: without_room_yet
                .map(|wait| Stuck::NoRoom { pod: wait.pod })
                .chain(held_yet.filter_map(|wait| Stuck::of(wait, names)))
                .collect(),
            blocked: without_room
                .map(|wait| blocked(wait.pod, wait.from, wait.until, NO_ROOM))
                .chain(by_volumes.map(|wait| blocked(wait.pod, wait.from, wait.until, DETACH)))
                .collect(),
            silences: silences.filter(|(from, until)| until.since(*from) >= SILENCE_TOLD).collect(),
            silent_since: self.silences.iter().find(is_silent).map(|silence| silence.from),
            nodes: self
                .nodes
                .iter()
                .copied()
                .filter(|node| cluster.is_some() && parent(*node) == cluster)
                .collect(),
        }
    }
}
