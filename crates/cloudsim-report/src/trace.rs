//! A run for viewers of traces (Perfetto, `chrome://tracing`).
//!
//! # Modelled
//! A zone is a process and what lives in it a thread, whose slices are states. Users are a process, too: each service is a
//! thread whose slices are outages and, in them, phases. Arrows lead from a fault to the outage that counts from it, and from
//! what ended a phase to the phase. Pods and requests are asynchronous slices; hosts, pods, traffic and good requests are
//! counters.
//!
//! What has failed comes first: a trace holds at most [`EVENTS_MAX`] events, and whatever it had no room for is counted.
//!
//! Source: Trace Event Format
//! (<https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>).

use cloudsim_measures::{Outage, RunDocument, words};
use cloudsim_records::{
    Decimal, EntityId, EntityInfo, EntityKind, InstanceState, Names, NodeState, Outcome, PodState, Record,
    RequestFinished,
};
use cloudsim_units::{SimDuration, SimTime};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A trace has no more events than these.
///
/// Chosen: viewers stay quick up to some hundred thousand.
pub const EVENTS_MAX: usize = 200_000;

/// Of requests that failed so many are kept, those first that failed first.
const FAILED_MAX: usize = 40_000;

/// Of requests that went well about so many are kept, spread over the run.
const GOOD_MAX: usize = 4_000;

/// Counters of requests have at most so many values.
const COUNTS_MAX: u64 = 600;

const USERS: u64 = 1;
const EVENTS: u64 = 2;
const ELSEWHERE: u64 = 3;
const ZONES: u64 = 10;

/// A request that has ended.
#[derive(Clone, Copy, Debug)]
struct Ended {
    at: SimTime,
    request: RequestFinished,
}

/// What a trace is made of, taken from the records of a run one by one.
#[derive(Debug, Default)]
pub struct Trace {
    names: Names,
    /// The states of each thing, from when on; of those of the inventory the first is at t = 0.
    states: BTreeMap<EntityId, Vec<(SimTime, &'static str)>>,
    /// When each pod came to a node and when it left it.
    pods: Vec<(EntityId, EntityId, SimTime, Option<SimTime>)>,
    /// The place in `pods` of each pod that is on a node.
    placed: BTreeMap<EntityId, usize>,
    failed: Vec<Ended>,
    failed_more: u64,
    good: Vec<Ended>,
    /// Every so-manieth good request is kept.
    stride: u64,
    good_seen: u64,
}

impl Trace {
    /// Nothing observed yet.
    #[must_use]
    pub fn new() -> Self {
        Self { stride: 1, ..Self::default() }
    }

    /// Takes the next record; records come in order.
    pub fn observe(&mut self, at: SimTime, record: &Record) {
        match record {
            Record::RequestFinished(request) => self.request(at, *request),
            Record::RunStarted(run) => {
                self.names.observe(record);
                for entity in &run.entities {
                    if let Some(state) = at_first(entity.kind) {
                        self.states.insert(entity.id, vec![(SimTime::ZERO, state)]);
                    }
                }
                for placed in &run.placed {
                    self.comes(placed.pod, placed.node, SimTime::ZERO);
                }
            }
            Record::InstanceStateChanged { instance, state } => self.becomes(*instance, at, state.word()),
            Record::NodeChanged { node, state } => self.becomes(*node, at, state.word()),
            Record::DatabaseInstanceChanged { instance, state, .. } => {
                self.becomes(*instance, at, state.word());
            }
            Record::BalancerNodeChanged { node: entity, up }
            | Record::NatGatewayChanged { nat_gateway: entity, up } => {
                self.becomes(*entity, at, if *up { "Up" } else { "Down" });
            }
            Record::PodChanged { pod, node: Some(node), state: PodState::Scheduled, .. } => {
                self.comes(*pod, *node, at);
            }
            Record::PodChanged {
                pod,
                state: PodState::Gone | PodState::Lost | PodState::Succeeded | PodState::Pending,
                ..
            } => {
                if let Some(place) = self.placed.remove(pod) {
                    self.pods[place].3 = Some(at);
                }
            }
            _ => self.names.observe(record),
        }
    }

    fn becomes(&mut self, entity: EntityId, at: SimTime, state: &'static str) {
        self.states.entry(entity).or_default().push((at, state));
    }

    fn comes(&mut self, pod: EntityId, node: EntityId, at: SimTime) {
        self.placed.insert(pod, self.pods.len());
        self.pods.push((pod, node, at, None));
    }

    fn request(&mut self, at: SimTime, request: RequestFinished) {
        let ended = Ended { at, request };
        if !matches!(request.outcome, Outcome::Ok | Outcome::Unfinished) {
            if self.failed.len() < FAILED_MAX {
                self.failed.push(ended);
            } else {
                self.failed_more += 1;
            }
            return;
        }
        if self.good_seen.is_multiple_of(self.stride) {
            self.good.push(ended);
        }
        self.good_seen += 1;
        if self.good.len() > GOOD_MAX {
            // Every second one goes, and from now on twice as many are passed over.
            let mut place = 0_usize;
            self.good.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.stride *= 2;
        }
    }

    /// The trace as a text of JSON.
    #[must_use]
    pub fn finish(&self, run: &RunDocument) -> String {
        let mut out = Writer { trace: self, run, events: Vec::new(), left_out: 0, flows: 0 };
        out.processes();
        out.faults();
        out.outages();
        out.requests(&self.failed);
        out.states();
        out.counters();
        out.pods();
        out.requests(&self.good);
        out.events.sort_by_key(|(at, _)| *at);
        let events: Vec<Value> = out.events.into_iter().map(|(_, event)| event).collect();
        let document = json!({
            "traceEvents": events,
            "displayTimeUnit": "ms",
            "otherData": {
                "scenario": run.scenario,
                "seed": run.seed,
                "digest": run.digest.to_string(),
                "version": run.version,
                "failed_requests_left_out": self.failed_more,
                "good_requests_left_out": self.good_seen - u64::try_from(self.good.len()).expect("a count"),
                "other_events_left_out": out.left_out,
            },
        });
        format!("{document}\n")
    }

    fn zone(&self, entity: EntityId) -> Option<EntityId> {
        self.names.entity(entity)?.zone
    }
}

/// What things of the inventory are at first, of those kinds of which it is known.
fn at_first(kind: EntityKind) -> Option<&'static str> {
    match kind {
        EntityKind::Instance => Some(InstanceState::Running.word()),
        EntityKind::Node => Some(NodeState::Ready.word()),
        EntityKind::BalancerNode | EntityKind::NatGateway => Some("Up"),
        _ => None,
    }
}

/// Where an event is shown.
#[derive(Clone, Copy)]
struct Track {
    process: u64,
    thread: u64,
}

struct Writer<'a> {
    trace: &'a Trace,
    run: &'a RunDocument,
    /// With what they are sorted by: names first, then by time.
    events: Vec<(Option<SimTime>, Value)>,
    left_out: u64,
    flows: u64,
}

impl Writer<'_> {
    fn put(&mut self, at: Option<SimTime>, event: Value) {
        if self.events.len() < EVENTS_MAX {
            self.events.push((at, event));
        } else {
            self.left_out += 1;
        }
    }

    fn named(&mut self, what: &str, track: Track, name: &str) {
        let args = json!({ "name": name });
        self.put(
            None,
            json!({ "ph": "M", "name": what, "pid": track.process, "tid": track.thread, "args": args }),
        );
    }

    fn slice(&mut self, track: Track, name: &str, (from, to): (SimTime, SimTime), args: Value) {
        let Track { process, thread } = track;
        let event = json!({
            "ph": "X", "name": name, "pid": process, "tid": thread, "ts": stamp(from), "dur": span(to.since(from)), "args": args,
        });
        self.put(Some(from), event);
    }

    /// An asynchronous slice; its two events come both or not at all.
    fn apart(
        &mut self,
        track: Track,
        (category, id): (&str, u64),
        name: &str,
        (from, to): (SimTime, SimTime),
        args: Value,
    ) {
        if self.events.len() + 2 > EVENTS_MAX {
            self.left_out += 2;
            return;
        }
        let Track { process, thread } = track;
        for (phase, at, args) in [("b", from, args), ("e", to, json!({}))] {
            let event = json!({
                "ph": phase, "cat": category, "id": id, "name": name, "pid": process, "tid": thread, "ts": stamp(at), "args": args,
            });
            self.put(Some(at), event);
        }
    }

    /// An arrow from a cause to an effect.
    fn arrow(&mut self, (from, since): (Track, SimTime), (to, at): (Track, SimTime)) {
        if self.events.len() + 2 > EVENTS_MAX {
            self.left_out += 2;
            return;
        }
        self.flows += 1;
        let id = self.flows;
        for (phase, track, at) in [("s", from, since), ("f", to, at)] {
            let Track { process, thread } = track;
            let mut event = json!({
                "ph": phase, "cat": "cause", "id": id, "name": "cause", "pid": process, "tid": thread, "ts": stamp(at),
            });
            if phase == "f" {
                event["bp"] = "e".into();
            }
            self.put(Some(at), event);
        }
    }

    fn counter(&mut self, process: u64, name: &str, at: SimTime, value: u64) {
        let event = json!({
            "ph": "C", "name": name, "pid": process, "tid": 0, "ts": stamp(at), "args": { "value": value },
        });
        self.put(Some(at), event);
    }

    /// The process of a zone.
    fn process(&self, zone: Option<EntityId>) -> u64 {
        let zones = self.trace.names.of_kind(EntityKind::Zone);
        let place = zones.enumerate().find(|(_, of)| Some(of.id) == zone).map(|(place, _)| place);
        place.map_or(ELSEWHERE, |place| ZONES + u64::try_from(place).expect("a count of zones"))
    }

    fn track(&self, entity: &EntityInfo) -> Track {
        Track { process: self.process(entity.zone), thread: u64::from(entity.id.0) + 1 }
    }

    fn processes(&mut self) {
        let mut all = vec![(USERS, "users".to_owned()), (EVENTS, "faults and operators".to_owned())];
        all.push((ELSEWHERE, "in no zone".to_owned()));
        let zones: Vec<(u64, String)> = (self.trace.names.of_kind(EntityKind::Zone))
            .map(|zone| (self.process(Some(zone.id)), format!("zone {}", zone.name)))
            .collect();
        all.extend(zones);
        for (process, name) in all {
            self.named("process_name", Track { process, thread: 0 }, &name);
            let event = json!({
                "ph": "M", "name": "process_sort_index", "pid": process, "tid": 0, "args": { "sort_index": process },
            });
            self.put(None, event);
        }
    }

    fn faults(&mut self) {
        let run = self.run;
        for (place, fault) in (1..).zip(&run.faults) {
            let track = Track { process: EVENTS, thread: place };
            self.named("thread_name", track, &fault.name);
            let until = fault.ended.unwrap_or(run.reached);
            let args = json!({ "kind": fault.kind, "target": fault.target, "record": fault.record });
            self.slice(track, &fault.kind, (fault.started, until), args);
        }
        for mark in &run.lanes.interventions {
            let name = format!("{} {}", words::apart(mark.action.word()), mark.target);
            let refused = mark.refusal.map(|refusal| words::apart(refusal.word()));
            let event = json!({
                "ph": "i", "s": "g", "name": name, "pid": EVENTS, "tid": 0, "ts": stamp(mark.at), "args": { "refused": refused },
            });
            self.put(Some(mark.at), event);
        }
    }

    fn outages(&mut self) {
        let run = self.run;
        for (place, service) in (1..).zip(run.services_and_workloads()) {
            if service.outages.is_empty() {
                continue;
            }
            let track = Track { process: USERS, thread: place };
            self.named("thread_name", track, &service.name);
            for outage in &service.outages {
                self.outage(track, outage);
            }
        }
    }

    fn outage(&mut self, track: Track, outage: &Outage) {
        let run = self.run;
        let until = outage.restored.unwrap_or(run.reached);
        let args = json!({ "fault": outage.fault, "rto": outage.rto().map(words::span) });
        self.slice(track, "outage", (outage.started, until), args);
        let fault = (1..).zip(&run.faults).find(|(_, fault)| Some(&fault.name) == outage.fault.as_ref());
        if let Some((place, fault)) = fault {
            let from = Track { process: EVENTS, thread: place };
            self.arrow((from, fault.started), (track, outage.started));
        }
        for phase in &outage.phases {
            let ended_by = phase
                .ended_by
                .as_ref()
                .map(|by| format!("record {} {}: {} {}", by.record, by.kind, by.subject, by.what));
            let args = json!({ "setting": phase.setting, "value": phase.value, "ended_by": ended_by });
            self.slice(track, &phase.name, (phase.from, phase.to), args);
            let Some(by) = &phase.ended_by else { continue };
            let is_cause = |entity: &&EntityInfo| {
                let changes = self.trace.states.get(&entity.id);
                entity.name == by.subject && changes.is_some_and(|all| all.iter().any(|(at, _)| *at == by.at))
            };
            let cause = self.trace.names.iter().find(is_cause).map(|entity| self.track(entity));
            if let Some(cause) = cause {
                self.arrow((cause, by.at), (track, phase.to));
            }
        }
    }

    fn states(&mut self) {
        let (of, reached) = (self.trace, self.run.reached);
        for (id, changes) in &of.states {
            let Some(entity) = of.names.entity(*id) else { continue };
            let track = self.track(entity);
            self.named(
                "thread_name",
                track,
                &format!("{} {}", words::apart(entity.kind.word()), entity.name),
            );
            for (place, (from, state)) in changes.iter().enumerate() {
                let to = changes.get(place + 1).map_or(reached, |(at, _)| *at);
                if *from < to && !matches!(*state, "Terminated" | "Gone" | "Abandoned") {
                    self.slice(track, state, (*from, to), json!({}));
                }
            }
        }
    }

    fn counters(&mut self) {
        let run = self.run;
        for lane in &run.lanes.zones {
            let zone = self.trace.names.find(EntityKind::Zone, &lane.zone).map(|zone| zone.id);
            let process = self.process(zone);
            for (name, steps) in [("hosts", lane.hosts()), ("pods", &lane.pods)] {
                if steps.iter().any(|(_, count)| *count > 0) {
                    for (at, count) in steps {
                        self.counter(process, name, *at, u64::from(*count));
                    }
                }
            }
            for (from, to) in self.stretches() {
                if let Some((part, whole)) = run.lanes.traffic(lane, from, to) {
                    self.counter(process, "traffic, percent", from, part * 100 / whole);
                }
            }
        }
        for lane in &run.lanes.services {
            for (from, to) in self.stretches() {
                if let Some(worst) = lane.worst(from, to) {
                    let name = format!("{}: good, percent", lane.service);
                    self.counter(USERS, &name, from, worst.good * 100 / worst.valid);
                }
            }
        }
    }

    /// The run in stretches of whole seconds.
    fn stretches(&self) -> impl Iterator<Item = (SimTime, SimTime)> + use<> {
        let seconds = self.run.reached.as_nanos() / 1_000_000_000;
        let step = seconds.div_ceil(COUNTS_MAX).max(1);
        (0..seconds.div_ceil(step))
            .map(move |place| (SimTime::from_secs(place * step), SimTime::from_secs((place + 1) * step)))
    }

    fn pods(&mut self) {
        let (of, reached) = (self.trace, self.run.reached);
        for (pod, node, from, to) in &of.pods {
            let Some(host) = of.names.entity(*node) else { continue };
            let name = of.names.name(*pod);
            let until = to.unwrap_or(reached);
            self.apart(
                self.track(host),
                ("pod", u64::from(pod.0)),
                name,
                (*from, until),
                json!({ "node": host.name }),
            );
        }
    }

    fn requests(&mut self, requests: &[Ended]) {
        let of = self.trace;
        for Ended { at, request } in requests {
            let way: Vec<&str> = request.hops.iter().flatten().map(|hop| of.names.name(*hop)).collect();
            let entered = request.hops[0].and_then(|hop| of.zone(hop));
            let process = if entered.is_some() { self.process(entered) } else { USERS };
            let args = json!({
                "outcome": request.outcome.word(),
                "code": request.code,
                "cause": words::apart(request.cause.word()),
                "tries": request.tries,
                "way": way,
            });
            let name = of.names.class(request.class);
            let track = Track { process, thread: 0 };
            self.apart(track, ("request", request.request), name, (request.arrived, *at), args);
        }
    }
}

/// Microseconds since the start.
fn stamp(at: SimTime) -> Value {
    Decimal::trimmed(at.as_nanos().into(), 3).to_json()
}

fn span(span: SimDuration) -> Value {
    Decimal::trimmed(span.as_nanos().into(), 3).to_json()
}
