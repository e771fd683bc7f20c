//! One request, step by step: what its client waited for from its arrival to its end.
//!
//! A request is always at one place, however many machines work for it: what its client waits for, down to what nobody
//! waits behind. Whoever watches looks after every event where that is; each place is a step. So steps follow each other
//! without a gap and add up to the latency, whatever the model does. What goes on unseen for callers who have given up is
//! no step.

mod steps;
mod watched;

use super::apply::way::Owner;
use super::{Asked, Told, WhyProblem};
use crate::Cloud;
use crate::run::{self, Run};
use crate::words::Root;
use cloudsim_engine::{Context, Kernel, RecordSink, Stamped, StopReason};
use cloudsim_records::{EndReason, EntityId, Names, Record, RequestFinished};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};
use std::cell::Cell;
use std::rc::Rc;
use watched::{Notes, Watched};

#[cfg(test)]
mod tests;

/// What is done for a request during a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// The client waits before it tries again.
    Pause,
    /// A pod looks up a name.
    LookUp,
    /// A connection is made, and the request sent over it.
    Connect,
    /// It is on its way from a load balancer's node to a target.
    Route,
    /// It is on its way from a server to a database, or to a table.
    Send,
    /// It waits for a worker.
    Queue,
    /// A worker works on it.
    Work,
    /// A write is made safe.
    Commit,
    /// An endpoint outside is asked, and answers.
    Ask,
    /// An answer is on its way back.
    Answer,
    /// Nothing happens any more until somebody's patience ends.
    Silence,
}

impl Doing {
    /// All of them, in the order of their names in the code.
    pub const ALL: [Self; 11] = [
        Self::Pause,
        Self::LookUp,
        Self::Connect,
        Self::Route,
        Self::Send,
        Self::Queue,
        Self::Work,
        Self::Commit,
        Self::Ask,
        Self::Answer,
        Self::Silence,
    ];

    /// The published name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::LookUp => "look up",
            Self::Connect => "connect",
            Self::Route => "route",
            Self::Send => "send",
            Self::Queue => "queue",
            Self::Work => "work",
            Self::Commit => "commit",
            Self::Ask => "ask",
            Self::Answer => "answer",
            Self::Silence => "silence",
        }
    }

    /// By which rule it takes time.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Pause => "A random share of a span that doubles from try to try.",
            Self::LookUp => "One query for each name of the search list, up to the right one.",
            Self::Connect => {
                "A round trip for the handshake of TCP, another for that of TLS, then the request travels."
            }
            Self::Route | Self::Send => "One way between the two, over a connection that stands.",
            Self::Queue => "First come, first served by so many workers.",
            Self::Work => "A worker is busy with it for a time that is drawn for this request.",
            Self::Commit => {
                "The log is written to the writer's disk and, while one is in step, to the standby's, in order."
            }
            Self::Ask => "The way there, the time of its answer, and the way back.",
            Self::Answer => "The way back to whoever waits.",
            Self::Silence => {
                "Nobody is told of what is lost: whoever waits finds out when its own timer ends."
            }
        }
    }
}

/// What ended a step other than that it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// The connection was not made in time.
    ConnectTimeout,
    /// A query for a name was not answered in time.
    QueryTimeout,
    /// Whoever called gave up: the client its try, or a server its call.
    CallTimeout,
    /// The load balancer gave up.
    BalancerTimeout,
    /// A server gave up a statement, or what it asked outside.
    OutgoingTimeout,
    /// Something broke meanwhile.
    Broken,
    /// The run ended.
    Horizon,
}

impl Ended {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ConnectTimeout,
        Self::QueryTimeout,
        Self::CallTimeout,
        Self::BalancerTimeout,
        Self::OutgoingTimeout,
        Self::Broken,
        Self::Horizon,
    ];

    /// The published name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ConnectTimeout => "ConnectTimeout",
            Self::QueryTimeout => "QueryTimeout",
            Self::CallTimeout => "CallTimeout",
            Self::BalancerTimeout => "BalancerTimeout",
            Self::OutgoingTimeout => "OutgoingTimeout",
            Self::Broken => "Broken",
            Self::Horizon => "Horizon",
        }
    }
}

/// A step of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestStep {
    /// The try, counted from 1; a pause belongs to the try before it.
    pub attempt: u8,
    /// How many servers wait for it: 0 is the client's own.
    pub depth: u8,
    /// What is done.
    pub doing: Doing,
    /// Where: a node, a server, an instance of a database, a table, an endpoint, or the client.
    pub at: String,
    /// Its zone.
    pub zone: Option<String>,
    /// What is done, in words.
    pub what: String,
    /// When it begins: when the one before it ended.
    pub from: SimTime,
    /// When it ends.
    pub until: SimTime,
    /// What ended it before it was done.
    pub ended: Option<Ended>,
    /// What its length comes from.
    pub owners: Vec<Owner>,
}

impl RequestStep {
    /// How long it takes.
    #[must_use]
    pub fn took(&self) -> SimDuration {
        self.until.since(self.from)
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestStory {
    /// What its record says.
    pub finished: RequestFinished,
    /// The number of that record.
    pub record: u64,
    /// When it ended, or the run.
    pub ended: SimTime,
    /// Its class.
    pub class: String,
    /// The kind of its client.
    pub client: String,
    /// The zone of what made its last try fail.
    pub zone: Option<String>,
    /// The faults that were at work at some time of it, in the order in which they began.
    pub faults: Vec<String>,
    /// What its last try went through, as its record has it.
    pub hops: Vec<String>,
    /// Its steps, one after the other.
    pub steps: Vec<RequestStep>,
}

/// Tells a request by its number, as the records count it: from 0, by arrival over all traffic.
///
/// The run ends when the request does. `interrupted` is asked now and then with the simulated time.
#[must_use]
pub fn request(
    plan: &Plan,
    seed: u64,
    number: u64,
    interrupted: impl FnMut(SimTime) -> bool,
) -> Told<RequestStory> {
    let mut ending = Seen { number, names: Names::new(), found: None };
    let (watched, run) = watch(plan, seed, number, &mut ending, interrupted);
    let told = match ending.found {
        Some((at, record, finished)) => Ok(watched.story((at, record, finished), &ending.names)),
        None => Err(never_was(number, run.requests)),
    };
    Told { run, told }
}

fn never_was(number: u64, requests: u64) -> WhyProblem {
    let hint = match requests {
        0 => "no request arrives in this run".to_owned(),
        1 => "there is one request, number 0".to_owned(),
        _ => format!("there are {requests} requests, numbered from 0 to {}", requests - 1),
    };
    WhyProblem::new(format!("no request {number}"), Some(hint))
}

/// Runs a plan until a request has ended, or to its horizon.
fn watch(
    plan: &Plan,
    seed: u64,
    number: u64,
    sink: &mut impl RecordSink<Record>,
    mut interrupted: impl FnMut(SimTime) -> bool,
) -> (Watched, Run) {
    let mut kernel = Kernel::<Root>::new(seed);
    let cloud = Cloud::place_asked(plan, seed, &Asked::default(), &mut kernel);
    let done = Rc::new(Cell::new(false));
    let mut watched = Watched { cloud, notes: Notes::new(number, done.clone()) };
    let horizon = SimTime::ZERO + plan.duration;
    let stop = kernel.run(&mut watched, horizon, sink, |now| done.get() || interrupted(now));
    let now = Context::<Root>::now(&kernel);
    if done.get() && stop == StopReason::Interrupted {
        // It ended because there is no more to see.
        let requests = watched.cloud.next_request;
        return (watched, Run { reason: EndReason::Horizon, reached: now, requests, culprit: None });
    }
    let run = run::ended(&mut watched.cloud, stop, &mut kernel, sink);
    watched.notes.horizon(now);
    (watched, run)
}

/// The record of the request that is asked for, and what everything is called.
struct Seen {
    number: u64,
    names: Names,
    found: Option<(SimTime, u64, RequestFinished)>,
}

impl RecordSink<Record> for Seen {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        for stamped in batch {
            self.names.observe(&stamped.record);
            if let Record::RequestFinished(finished) = &stamped.record
                && finished.request == self.number
            {
                self.found = Some((stamped.at, stamped.number, *finished));
            }
        }
    }
}

/// What something is called, as long as records tell.
fn called(names: &Names, entity: EntityId) -> String {
    names.name(entity).to_owned()
}
