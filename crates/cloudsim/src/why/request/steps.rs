//! Where a request can be, and what is said of it there.

use super::{Doing, called};
use crate::Cloud;
use crate::request_path::program::Step;
use crate::request_path::rows::{
    Call, CallKey, Caller, NO_NODE, NO_SERVER, OutgoingKey, OutgoingWhat, Reply, RequestKey, Stage,
};
use crate::why::apply::way::Owner;
use crate::why::apply::words::{constant, setting, short};
use cloudsim_aws::Station;
use cloudsim_aws::services::load_balancer::limits::TARGET_CONNECT_TIMEOUT;
use cloudsim_aws::services::target_group::ServerSlot;
use cloudsim_records::{Cause, EntityId, Names};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_workload::Tier;
use cloudsim_world::ZoneId;

/// Where a request is: as long as it stays there, it is in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// Between two tries.
    Pausing,
    Call(CallKey, Phase),
    Outgoing(OutgoingKey, OutgoingPhase),
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    LookUp,
    /// To the address of that rank.
    Connect {
        rank: u8,
    },
    Route,
    Queue,
    Work,
    Answer,
    Silence,
}

/// How far a statement is, or what is asked outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutgoingPhase {
    Send,
    Queue,
    Work,
    Commit,
    Ask,
    Answer,
    Silence,
}

impl Phase {
    /// Of a call that no server has; `reached`: it has been at the node of its load balancer.
    pub(super) fn of(call: &Call, reached: bool) -> Self {
        match call.stage {
            Stage::Connecting(reply) if reply.cause == Cause::DnsUnreachable => Self::LookUp,
            Stage::Balancing if reached => Self::Route,
            Stage::Connecting(_) | Stage::Balancing => Self::Connect { rank: call.rank },
            Stage::Serving => Self::Work,
            Stage::Answered(_) => Self::Answer,
            Stage::Lost(_) => Self::Silence,
        }
    }

    fn doing(self) -> Doing {
        match self {
            Self::LookUp => Doing::LookUp,
            Self::Connect { .. } => Doing::Connect,
            Self::Route => Doing::Route,
            Self::Queue => Doing::Queue,
            Self::Work => Doing::Work,
            Self::Answer => Doing::Answer,
            Self::Silence => Doing::Silence,
        }
    }
}

/// A spot as it is told.
pub(super) struct Place {
    pub(super) depth: u8,
    pub(super) doing: Doing,
    /// `None` is the client.
    pub(super) at: Option<EntityId>,
    pub(super) zone: Option<ZoneId>,
    text: String,
    /// What is named behind the text.
    through: Option<EntityId>,
    /// How it fails, as the simulation knows.
    failure: Option<Reply>,
}

impl Place {
    /// Whether the request fails here.
    pub(super) fn fails(&self) -> bool {
        self.failure.is_some()
    }

    /// What is done, in words.
    pub(super) fn what(&self, names: &Names) -> String {
        let mut what = self.text.clone();
        if let Some(through) = self.through {
            what = format!("{what} through {}", called(names, through));
        }
        if let Some(Reply { cause, zone, .. }) = self.failure {
            let zone = zone.map(|zone| format!(" in zone {}", called(names, zone))).unwrap_or_default();
            what = format!("{what}: {}{zone}", cause.word());
        }
        what
    }
}

/// Who waits behind so many others.
fn behind<T>(station: &Station<T>) -> String {
    match station.queued().saturating_sub(1) {
        0 => "waits for a worker".to_owned(),
        1 => "waits for a worker behind 1 other".to_owned(),
        others => format!("waits for a worker behind {others} others"),
    }
}

/// The name of what a handler is for.
fn tier(plan: &Plan, tier: Tier) -> String {
    match tier {
        Tier::TargetGroup(group) => plan.target_groups[group.index()].name.clone(),
        Tier::KubernetesService(service) => {
            let of = plan.kubernetes_services[service.index()];
            plan.clusters[of.cluster].services[of.service].key.to_string()
        }
    }
}

impl Cloud {
    /// What is to be told of a spot.
    pub(super) fn place_of(&self, spot: Spot, request: RequestKey) -> Place {
        match spot {
            Spot::Pausing => {
                let next = self.rows.requests.get(request).map_or(0, |row| row.tries) + 1;
                Place {
                    depth: 0,
                    doing: Doing::Pause,
                    at: None,
                    zone: None,
                    text: format!("waits before try {next}"),
                    through: None,
                    failure: None,
                }
            }
            Spot::Call(key, phase) => self.call_place(key, phase),
            Spot::Outgoing(key, phase) => self.outgoing_place(key, phase),
        }
    }

    fn server_at(&self, server: ServerSlot) -> (Option<EntityId>, Option<ZoneId>) {
        if server == NO_SERVER {
            return (None, None);
        }
        let server = self.fleet.get(server);
        (Some(server.entity), Some(server.zone))
    }

    /// The node that a call goes to, or the pod.
    fn goes_to(&self, call: &Call) -> (Option<EntityId>, Option<ZoneId>) {
        if call.node != NO_NODE {
            let node = self.balancers.node(call.node);
            return (Some(node.entity), Some(node.zone));
        }
        match (self.server_at(call.server), call.caller) {
            ((None, _), Caller::Server(parent)) if self.rows.calls.contains_key(parent) => {
                self.server_at(self.rows.calls[parent].server)
            }
            (at, _) => at,
        }
    }

    fn call_place(&self, key: CallKey, phase: Phase) -> Place {
        let call = &self.rows.calls[key];
        let class = &self.plan.classes[usize::from(call.class)];
        let handler = || tier(&self.plan, class.handlers[usize::from(call.handler)].at);
        let server = self.server_at(call.server);
        let failure = match call.stage {
            Stage::Connecting(reply) | Stage::Lost(reply) | Stage::Answered(reply) => Some(reply),
            Stage::Balancing | Stage::Serving => None,
        };
        // Who looks up a name is held for unanswered until the last answer is there.
        let failure = failure.filter(|reply| !reply.is_ok());
        let ((at, zone), text) = match phase {
            Phase::LookUp => (server, format!("looks up the name of service {}", handler())),
            Phase::Connect { rank } if call.node != NO_NODE => {
                let name =
                    &self.plan.dns_names[self.program.routes[usize::from(call.route)].name.index()].name;
                let count = call.answer.count();
                let text = format!("connects to address {} of the {count} that {name} has", rank + 1);
                (self.goes_to(call), text)
            }
            Phase::Connect { .. } => {
                (self.goes_to(call), format!("connects to a pod of service {}", handler()))
            }
            Phase::Route => (server, format!("the node sends it to a target of {}", handler())),
            Phase::Queue => (server, behind(&self.fleet.get(call.server).station)),
            Phase::Work => (server, format!("works on it as {}", handler())),
            Phase::Answer => {
                let text = match call.stage {
                    Stage::Answered(Reply { code: 0, .. }) => "gives up".to_owned(),
                    Stage::Answered(reply) => format!("answers {}", reply.code),
                    _ => "answers".to_owned(),
                };
                let from = if call.server == NO_SERVER { self.goes_to(call) } else { server };
                (from, text)
            }
            Phase::Silence => {
                let from = if call.server == NO_SERVER || failure.is_some_and(is_of_node) {
                    self.goes_to(call)
                } else {
                    server
                };
                (from, "nothing is heard any more".to_owned())
            }
        };
        let failure = failure.filter(|reply| phase != Phase::LookUp || reply.zone.is_some());
        let depth = call.depth.saturating_sub(1);
        Place { depth, doing: phase.doing(), at, zone, text, through: None, failure }
    }

    fn outgoing_place(&self, key: OutgoingKey, phase: OutgoingPhase) -> Place {
        let outgoing = &self.rows.outgoing[key];
        let depth = outgoing.caller.and_then(|call| self.rows.calls.get(call)).map_or(0, |call| call.depth);
        let fails = matches!(phase, OutgoingPhase::Silence | OutgoingPhase::Answer);
        let failure = Some(outgoing.reply).filter(|reply| fails && !reply.is_ok());
        let answers = if failure.is_some() { "refuses" } else { "answers" };
        let (at, zone, through, verb) = match &outgoing.what {
            OutgoingWhat::Statement(of) => {
                let verb = if of.write { "writes" } else { "reads" };
                (self.databases.entity(of.instance), Some(self.databases.zone(of.instance)), None, verb)
            }
            OutgoingWhat::Item(of) => {
                let verb = if of.write { "puts an item" } else { "gets an item" };
                (self.tables.entity(of.table), Some(of.leader), None, verb)
            }
            OutgoingWhat::External(of) => {
                let through = of.nat_gateway.map(|nat| self.nats.entity(nat));
                (self.endpoint_entities[of.endpoint.index()], None, through, "is asked")
            }
        };
        let text = match (phase, &outgoing.what) {
            (OutgoingPhase::Send, _) => format!("the server {verb}: on the way there"),
            (OutgoingPhase::Queue, OutgoingWhat::Statement(of)) => {
                behind(&self.stations[of.instance.0 as usize])
            }
            (OutgoingPhase::Work, OutgoingWhat::Item(of)) if of.confirmed_by.is_some() => {
                format!("{verb}, and asks another region")
            }
            (OutgoingPhase::Work, _) => format!("works on what {verb}"),
            (OutgoingPhase::Commit, _) => "commits".to_owned(),
            (OutgoingPhase::Ask | OutgoingPhase::Queue, _) => verb.to_owned(),
            (OutgoingPhase::Answer, _) => answers.to_owned(),
            (OutgoingPhase::Silence, _) => "nothing is heard".to_owned(),
        };
        Place { depth, doing: phase.doing(), at: Some(at), zone, text, through, failure }
    }

    /// What a step's length comes from as long as nothing goes wrong.
    pub(super) fn owners_of(&self, spot: Spot, request: RequestKey) -> Vec<Owner> {
        match spot {
            Spot::Pausing => {
                let Some(row) = self.rows.requests.get(request) else { return Vec::new() };
                let client = &self.plan.clients[self.program.classes[usize::from(row.class)].client];
                let value = format!("{} to {}", client.backoff.base, client.backoff.max);
                vec![setting(format!("clients.{}.backoff", client.name), value)]
            }
            Spot::Call(key, phase) => self.call_owners(key, phase),
            Spot::Outgoing(key, phase) => self.outgoing_owners(key, phase),
        }
    }

    fn call_owners(&self, key: CallKey, phase: Phase) -> Vec<Owner> {
        let call = &self.rows.calls[key];
        match phase {
            Phase::Connect { .. } | Phase::Answer if call.from.is_none() => {
                let client = &self.plan.clients[self.program.classes[usize::from(call.class)].client];
                let region =
                    (call.node != NO_NODE).then(|| self.balancers.node(call.node).zone).map(|zone| {
                        let region = &self.plan.zones[zone.index()].region;
                        short(client.latency_to(region))
                    });
                let value = region.unwrap_or_else(|| short(client.latency));
                vec![setting(format!("clients.{}.latency", client.name), value)]
            }
            Phase::Connect { .. } | Phase::Answer => vec![one_way(call.latency)],
            Phase::Route => {
                let (node, server) = (self.balancers.node(call.node).zone, self.fleet.get(call.server).zone);
                vec![one_way(self.links.one_way(node, server))]
            }
            Phase::Queue => {
                let group = self.fleet.get(call.server).group;
                let owner = group.map(|group| {
                    let spec = &self.plan.auto_scaling_groups[group.index()];
                    let name = format!("auto_scaling_groups.{}.server.workers", spec.name);
                    setting(name, spec.server.workers)
                });
                owner.into_iter().collect()
            }
            Phase::Work => {
                let handlers = &self.program.classes[usize::from(call.class)].handlers;
                let work = handlers[usize::from(call.handler)].work;
                vec![self.handlers(call, format!("work {}", short(work)))]
            }
            Phase::LookUp | Phase::Silence => Vec::new(),
        }
    }

    fn outgoing_owners(&self, key: OutgoingKey, phase: OutgoingPhase) -> Vec<Owner> {
        let outgoing = &self.rows.outgoing[key];
        let of_table = |name: &str, value: String| {
            let OutgoingWhat::Item(of) = outgoing.what else { return Vec::new() };
            vec![setting(format!("tables.{}.{name}", self.tables.spec(of.table).name), value)]
        };
        match (phase, &outgoing.what) {
            (OutgoingPhase::Send | OutgoingPhase::Answer, OutgoingWhat::Statement(of)) => {
                vec![one_way(of.latency)]
            }
            (OutgoingPhase::Send | OutgoingPhase::Answer, OutgoingWhat::Item(of)) => {
                vec![one_way(of.latency)]
            }
            (OutgoingPhase::Queue, OutgoingWhat::Statement(of)) => {
                let spec = &self.plan.databases[of.database.index()];
                vec![setting(format!("databases.{}.workers", spec.name), spec.workers)]
            }
            (OutgoingPhase::Work, OutgoingWhat::Statement(_)) => {
                let step = outgoing.caller.and_then(|call| self.handler_step(call));
                match (outgoing.caller, step) {
                    (Some(call), Some(Step::Statement { work, .. })) => {
                        vec![self.handlers(&self.rows.calls[call], format!("work {}", short(work)))]
                    }
                    _ => Vec::new(),
                }
            }
            (OutgoingPhase::Work, OutgoingWhat::Item(of)) => {
                of_table("response", short(self.tables.spec(of.table).response))
            }
            (OutgoingPhase::Commit, OutgoingWhat::Statement(of)) => {
                let spec = &self.plan.databases[of.database.index()];
                vec![
                    setting(format!("databases.{}.fsync", spec.name), short(spec.fsync)),
                    setting(format!("databases.{}.multi_az", spec.name), spec.multi_az),
                ]
            }
            (OutgoingPhase::Ask, OutgoingWhat::External(of)) => {
                let spec = &self.plan.endpoints[of.endpoint.index()];
                vec![setting(format!("endpoints.{}.response", spec.name), short(spec.response))]
            }
            _ => Vec::new(),
        }
    }

    /// The step of its handler that a call is at.
    fn handler_step(&self, key: CallKey) -> Option<Step> {
        let call = self.rows.calls.get(key)?;
        let handler = &self.program.classes[usize::from(call.class)].handlers[usize::from(call.handler)];
        handler.steps.get(usize::from(call.step.checked_sub(1)?)).copied()
    }

    /// What a class's handlers say.
    fn handlers(&self, call: &Call, value: String) -> Owner {
        setting(format!("classes.{}.handlers", self.plan.classes[usize::from(call.class)].name), value)
    }

    // ---- patience

    /// How long who calls waits for a connection.
    pub(super) fn connect_timeout_of(&self, key: CallKey) -> Vec<Owner> {
        let call = &self.rows.calls[key];
        if call.node == NO_NODE {
            let of = &self.program.service_routes[usize::from(call.route) - self.program.routes.len()];
            return vec![self.handlers(call, format!("connect_timeout {}", of.connect_timeout))];
        }
        let timeout = self.program.routes[usize::from(call.route)].connect_timeout;
        match call.caller {
            Caller::Client(_) => vec![self.client_setting(call, "connect_timeout", timeout)],
            _ => vec![self.handlers(call, format!("connect_timeout {timeout}"))],
        }
    }

    fn client_setting(&self, call: &Call, field: &str, value: SimDuration) -> Owner {
        let client = &self.plan.clients[self.program.classes[usize::from(call.class)].client];
        setting(format!("clients.{}.{field}", client.name), value)
    }

    /// How long a resolver waits for an answer.
    pub(super) fn query_timeout_of(&self, key: CallKey) -> Vec<Owner> {
        let call = &self.rows.calls[key];
        let place = usize::from(call.route).checked_sub(self.program.routes.len());
        let dns = place.and_then(|place| self.program.service_routes[place].dns);
        let class = &self.plan.classes[usize::from(call.class)];
        let (Some(dns), Tier::KubernetesService(service)) =
            (dns, class.handlers[usize::from(call.handler)].at)
        else {
            return Vec::new();
        };
        let cluster = &self.plan.clusters[self.plan.kubernetes_services[service.index()].cluster];
        vec![setting(format!("clusters.{}.dns.timeout", cluster.name), dns.spec.timeout)]
    }

    /// How long who calls waits for an answer.
    pub(super) fn timeout_of(&self, key: CallKey, now: SimTime) -> Vec<Owner> {
        let call = &self.rows.calls[key];
        let route = usize::from(call.route);
        let timeout = match self.program.routes.get(route) {
            Some(route) => route.timeout,
            None => self.program.service_routes[route - self.program.routes.len()].timeout,
        };
        let Caller::Client(request) = call.caller else {
            return vec![self.handlers(call, format!("timeout {timeout}"))];
        };
        let patience = self.rows.requests.get(request).map(|row| row.patience_ends);
        let client = &self.plan.clients[self.program.classes[usize::from(call.class)].client];
        let (field, value) =
            if patience == Some(now) { ("timeout", client.timeout) } else { ("try_timeout", timeout) };
        vec![self.client_setting(call, field, value)]
    }

    /// How long a load balancer waits; `waited` is for how long it has not heard anything.
    pub(super) fn balancer_timeout_of(&self, key: CallKey, waited: SimDuration) -> Vec<Owner> {
        let call = &self.rows.calls[key];
        if matches!(call.stage, Stage::Lost(_)) && waited == TARGET_CONNECT_TIMEOUT {
            return vec![constant("TARGET_CONNECT_TIMEOUT", TARGET_CONNECT_TIMEOUT)];
        }
        let balancer = self.program.routes[usize::from(call.route)].balancer;
        let spec = &self.plan.load_balancers[balancer.index()];
        vec![setting(format!("load_balancers.{}.idle_timeout", spec.name), spec.idle_timeout)]
    }

    /// How long a server waits for a statement, or for what it asks outside.
    pub(in crate::why) fn outgoing_timeout_of(&self, key: OutgoingKey) -> Vec<Owner> {
        let caller = self.rows.outgoing[key].caller;
        let timeout = match caller.and_then(|call| self.handler_step(call)) {
            Some(Step::Statement { timeout, .. }) => timeout,
            Some(Step::Item(item)) => item.timeout,
            Some(Step::External(external)) => external.timeout,
            _ => return Vec::new(),
        };
        caller
            .map(|call| self.handlers(&self.rows.calls[call], format!("timeout {timeout}")))
            .into_iter()
            .collect()
    }
}

/// Whether it is the node that is not heard, and not the server.
fn is_of_node(reply: Reply) -> bool {
    reply.cause == Cause::BalancerUnreachable
}

fn one_way(latency: SimDuration) -> Owner {
    setting("latencies".to_owned(), format!("{latency} one way"))
}
