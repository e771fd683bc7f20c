//! The world beside which notes of one request are taken.

use super::steps::{OutgoingPhase, Phase, Place, Spot};
use super::{Doing, Ended, RequestStep, RequestStory, called};
use crate::Cloud;
use crate::request_path::Event as PathEvent;
use crate::request_path::rows::{CallKey, Caller, OutgoingStage, Request, RequestKey, Stage, Waiting};
use crate::why::apply::way::Owner;
use crate::words::{Event, Root, Signal};
use cloudsim_engine::{Context, Kernel, Model};
use cloudsim_records::{EntityId, Names, RequestFinished};
use cloudsim_units::SimTime;
use cloudsim_world::FaultId;
use std::cell::Cell;
use std::rc::Rc;

/// A cloud, and what is noted of one of its requests.
pub(super) struct Watched {
    pub(super) cloud: Cloud,
    pub(super) notes: Notes,
}

/// A step as it is noted: names are told once the run is over.
struct Note {
    attempt: u8,
    place: Place,
    from: SimTime,
    until: SimTime,
    ended: Option<Ended>,
    owners: Vec<Owner>,
}

/// What is noted while a request is under way.
pub(super) struct Notes {
    number: u64,
    request: Option<RequestKey>,
    /// The client's call of its latest try, and that try.
    tried: Option<(u8, CallKey)>,
    /// Where the request is, and the step that this is.
    open: Option<(Spot, Note)>,
    steps: Vec<Note>,
    faults: Vec<FaultId>,
    /// The calls that have been at the node of their load balancer.
    reached: Vec<CallKey>,
    /// Set once it has ended. The run goes on for a moment after that, and nothing of it is noted.
    done: Rc<Cell<bool>>,
}

impl Notes {
    pub(super) fn new(number: u64, done: Rc<Cell<bool>>) -> Self {
        Self {
            number,
            request: None,
            tried: None,
            open: None,
            steps: Vec::new(),
            faults: Vec::new(),
            reached: Vec::new(),
            done,
        }
    }

    /// The run is over.
    pub(super) fn horizon(&mut self, now: SimTime) {
        self.close(now, Some(Ended::Horizon), Vec::new());
    }

    fn close(&mut self, now: SimTime, ended: Option<Ended>, owners: Vec<Owner>) {
        if let Some((_, mut step)) = self.open.take() {
            (step.until, step.ended) = (now, ended);
            if ended.is_some() {
                step.owners = owners;
            }
            self.steps.push(step);
        }
    }
}

impl Watched {
    /// The request's row, from its arrival to its end.
    fn row(&mut self) -> Option<(RequestKey, &Request)> {
        let rows = &self.cloud.rows.requests;
        let key = match self.notes.request {
            Some(key) => key,
            None if self.cloud.next_request > self.notes.number => {
                let (key, _) = rows.iter().find(|(_, row)| row.number == self.notes.number)?;
                self.notes.request = Some(key);
                key
            }
            None => return None,
        };
        Some((key, rows.get(key)?))
    }

    /// Looks where the request is after an event; what was not there before is a new step.
    fn look(&mut self, ended: Option<(Ended, Vec<Owner>)>, struck: bool, now: SimTime) {
        let Some((key, row)) = self.row() else {
            if self.notes.open.is_some() {
                let (ended, owners) = ended.map_or((None, Vec::new()), |(ended, by)| (Some(ended), by));
                self.notes.close(now, ended, owners);
                self.notes.done.set(true);
            }
            return;
        };
        let tries = row.tries;
        for fault in &self.cloud.active_faults {
            if !self.notes.faults.contains(fault) {
                self.notes.faults.push(*fault);
            }
        }
        let spot = self.spot(key, tries);
        let goes_on = matches!(&ended, Some((Ended::ConnectTimeout | Ended::QueryTimeout, _)));
        if self.notes.open.as_ref().is_some_and(|(before, _)| *before == spot) && !goes_on {
            return;
        }
        let place = self.cloud.place_of(spot, key);
        let broken = (struck && place.fails()).then(|| (Ended::Broken, Vec::new()));
        let (ended, owners) = ended.or(broken).map_or((None, Vec::new()), |(ended, by)| (Some(ended), by));
        self.notes.close(now, ended, owners);
        let owners = self.cloud.owners_of(spot, key);
        self.notes.open =
            Some((spot, Note { attempt: tries, place, from: now, until: now, ended: None, owners }));
    }

    /// Where a request is: with what its client waits for, down to what nobody waits behind.
    fn spot(&mut self, request: RequestKey, tries: u8) -> Spot {
        let rows = &self.cloud.rows;
        let known = self.notes.tried.filter(|(of, _)| *of == tries);
        let call = match known {
            Some((_, call)) => Some(call),
            None => {
                rows.calls.iter().find(|(_, of)| of.caller == Caller::Client(request)).map(|(key, _)| key)
            }
        };
        let Some(mut key) = call else { return Spot::Pausing };
        self.notes.tried = Some((tries, key));
        if rows.calls.get(key).is_none_or(|call| call.caller != Caller::Client(request)) {
            return Spot::Pausing;
        }
        loop {
            let call = &rows.calls[key];
            if call.stage != Stage::Serving {
                return Spot::Call(key, Phase::of(call, self.notes.reached.contains(&key)));
            }
            match call.waiting {
                Waiting::Call(child) if rows.calls.contains_key(child) => key = child,
                Waiting::Outgoing(outgoing) if rows.outgoing.contains_key(outgoing) => {
                    return Spot::Outgoing(outgoing, self.cloud.outgoing_phase(outgoing));
                }
                _ => {
                    let queued = self.cloud.fleet.get(call.server).station.waits(&key);
                    return Spot::Call(key, if queued { Phase::Queue } else { Phase::Work });
                }
            }
        }
    }

    /// Whether somebody's patience ends with an event, of those who wait for where the request is; and by which setting.
    fn patience(&self, event: &Event, now: SimTime) -> Option<(Ended, Vec<Owner>)> {
        let request = self.notes.request?;
        let (spot, step) = self.notes.open.as_ref()?;
        let Event::Path(event) = event else { return None };
        let waits = |call: CallKey| self.chain(request).contains(&call);
        let is_at = |call: CallKey| matches!(spot, Spot::Call(at, _) if *at == call);
        let connecting =
            |call: CallKey| is_at(call) && matches!(self.cloud.rows.calls[call].stage, Stage::Connecting(_));
        let cloud = &self.cloud;
        match *event {
            PathEvent::ConnectTimedOut { call } if connecting(call) => {
                Some((Ended::ConnectTimeout, cloud.connect_timeout_of(call)))
            }
            PathEvent::QueryTimedOut { call } if connecting(call) => {
                Some((Ended::QueryTimeout, cloud.query_timeout_of(call)))
            }
            PathEvent::CallTimedOut { call } if waits(call) => {
                Some((Ended::CallTimeout, cloud.timeout_of(call, now)))
            }
            PathEvent::BalancerTimedOut { call } if waits(call) => {
                let stage = cloud.rows.calls[call].stage;
                let gives_up = matches!(stage, Stage::Lost(_) | Stage::Balancing | Stage::Serving);
                gives_up
                    .then(|| (Ended::BalancerTimeout, cloud.balancer_timeout_of(call, now.since(step.from))))
            }
            PathEvent::OutgoingTimedOut { outgoing } => match spot {
                Spot::Outgoing(at, _) if *at == outgoing => {
                    Some((Ended::OutgoingTimeout, cloud.outgoing_timeout_of(outgoing)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The calls that a request waits for, from the client's on.
    fn chain(&self, request: RequestKey) -> Vec<CallKey> {
        let rows = &self.cloud.rows;
        let Some((_, mut key)) = self.notes.tried else { return Vec::new() };
        let mut chain = Vec::new();
        while let Some(call) = rows.calls.get(key) {
            let first = chain.is_empty();
            if first && call.caller != Caller::Client(request) {
                break;
            }
            chain.push(key);
            match call.waiting {
                Waiting::Call(child) if call.stage == Stage::Serving => key = child,
                _ => break,
            }
        }
        chain
    }

    /// What was noted, told by name.
    pub(super) fn story(
        self,
        (ended, record, finished): (SimTime, u64, RequestFinished),
        names: &Names,
    ) -> RequestStory {
        let plan = &self.cloud.plan;
        let class = &plan.classes[usize::from(finished.class)];
        let client = &plan.clients[class.client.index()].name;
        let zone_of = |zone: EntityId| called(names, zone);
        let step = |note: Note| RequestStep {
            attempt: note.attempt,
            depth: note.place.depth,
            doing: note.place.doing,
            at: note.place.at.map_or_else(|| client.clone(), |at| called(names, at)),
            zone: note.place.zone.map(|zone| plan.zones[zone.index()].name.clone()),
            what: note.place.what(names),
            from: note.from,
            until: note.until,
            ended: note.ended,
            owners: note.owners,
        };
        let faults = self.notes.faults.iter().map(|fault| plan.faults[fault.index()].name.clone()).collect();
        RequestStory {
            finished,
            record,
            ended,
            class: class.name.clone(),
            client: client.clone(),
            zone: finished.zone.map(zone_of),
            faults,
            hops: finished.hops.iter().flatten().map(|hop| called(names, *hop)).collect(),
            steps: self.notes.steps.into_iter().map(step).collect(),
        }
    }
}

impl Model<Root> for Watched {
    fn handle(&mut self, event: Event, kernel: &mut Kernel<Root>) {
        if self.notes.done.get() {
            return self.cloud.handle(event, kernel);
        }
        let now = Context::<Root>::now(kernel);
        let ended = self.patience(&event, now);
        if let (Event::Path(PathEvent::NodeReached { call }), Some((Spot::Call(at, _), _))) =
            (event, &self.notes.open)
            && call == *at
        {
            self.notes.reached.push(call);
        }
        self.cloud.handle(event, kernel);
        self.look(ended, !matches!(event, Event::Path(_)), now);
    }

    fn react(&mut self, signal: Signal, kernel: &mut Kernel<Root>) {
        self.cloud.react(signal, kernel);
        if !self.notes.done.get() {
            self.look(None, true, Context::<Root>::now(kernel));
        }
    }

    fn kind_of(event: &Event) -> &'static str {
        event.kind()
    }
}

impl Cloud {
    fn outgoing_phase(&self, key: crate::request_path::rows::OutgoingKey) -> OutgoingPhase {
        use crate::request_path::rows::OutgoingWhat;
        let outgoing = &self.rows.outgoing[key];
        match (outgoing.stage, &outgoing.what) {
            (OutgoingStage::Travelling, _) => OutgoingPhase::Send,
            (OutgoingStage::Lost, _) => OutgoingPhase::Silence,
            (OutgoingStage::Answered, OutgoingWhat::External(_)) => OutgoingPhase::Ask,
            (OutgoingStage::Answered, _) => OutgoingPhase::Answer,
            (OutgoingStage::Serving, OutgoingWhat::Statement(of)) => {
                if self.stations[of.instance.0 as usize].waits(&key) {
                    OutgoingPhase::Queue
                } else if of.commit.is_some() {
                    OutgoingPhase::Commit
                } else {
                    OutgoingPhase::Work
                }
            }
            (OutgoingStage::Serving, _) => OutgoingPhase::Work,
        }
    }
}

impl OutgoingPhase {
    pub(super) fn doing(self) -> Doing {
        match self {
            Self::Send => Doing::Send,
            Self::Queue => Doing::Queue,
            Self::Work => Doing::Work,
            Self::Commit => Doing::Commit,
            Self::Ask => Doing::Ask,
            Self::Answer => Doing::Answer,
            Self::Silence => Doing::Silence,
        }
    }
}
