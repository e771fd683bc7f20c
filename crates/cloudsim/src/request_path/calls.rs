//! One HTTP request over one load balancer, from the caller's connection to the caller's answer.

use super::client::first_address;
use super::program::Step;
use super::rows::{Call, CallKey, Caller, NO_NODE, NO_SERVER, Reply, Stage, Waiting};
use super::{Event, Leg, Purpose, word};
use crate::Cloud;
use crate::dns::Asker;
use crate::network::{Stopped, admitted, cut_off};
use crate::words::Root;
use cloudsim_aws::Admission;
use cloudsim_aws::services::load_balancer::limits::TARGET_CONNECT_TIMEOUT;
use cloudsim_aws::services::route53::Found;
use cloudsim_aws::services::target_group::{Reach, ServerSlot};
use cloudsim_aws::services::vpc::{End, Trip, Unheard};
use cloudsim_engine::{Context, mix};
use cloudsim_records::{Cause, EntityId, Outcome};
use cloudsim_units::SimDuration;

/// What stopped a connection, and whether its caller holds it for made all the same.
pub(super) type Silence = (Stopped, bool);

/// The connection was not made.
pub(super) fn unmade(stopped: Stopped) -> Silence {
    (stopped, false)
}

/// What stopped the first message over a new connection.
pub(super) fn unheard(Unheard { connected, cut, border }: Unheard) -> Silence {
    let cause = if cut { Cause::ZoneCutOff } else { Cause::LinkDegraded };
    ((cause, border), connected)
}

impl Cloud {
    fn server_zone(&self, server: ServerSlot) -> EntityId {
        self.zone_entities[self.fleet.get(server).zone.index()]
    }

    /// Connects to the next address of the answer.
    pub(super) fn connect(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        let call = &mut self.rows.calls[key];
        let value = call.answer.nth(u32::from(call.rank));
        let (route_number, place) = self.program.route_of(call.route, value);
        let route = self.program.routes[usize::from(route_number)];
        (call.route, call.handler) = (route_number, route.handler);
        call.node = self.balancers.addressed(route.balancer, place);
        let node = self.balancers.node(call.node);
        let (zone, up, epoch) = (node.zone, node.is_up(), node.epoch());
        let (caller, slot, class, rank) = (call.caller, call.node, call.class, u64::from(call.rank));
        let luck = call.luck;
        let from = if let Caller::Server(_) = caller {
            call.latency = self.links.one_way(self.fleet.get(call.server).zone, zone);
            self.server_end(self.rows.calls[key].server)
        } else {
            let client = &self.plan.clients[self.program.classes[usize::from(class)].client];
            if !client.latencies.is_empty() {
                let luck = word(self.rows.refill(luck), 0, Purpose::Latency, 0);
                let region = &self.plan.zones[zone.index()].region;
                self.rows.calls[key].latency = client.latency_to(region).sample(luck);
            }
            End::Outside(client.address)
        };
        let decision = self.network.decide(from, self.node_end(slot), route.port);
        let word = || mix(self.luck_of(key, Leg::ToNode), rank);
        let call = &self.rows.calls[key];
        let patience = route.connect_timeout;
        let made = if up {
            let (here, there) = (call.from, Some(zone));
            let trip = || self.links.connect(here, there, call.latency, route.trips, patience, word);
            admitted(&decision, word).map_err(unmade).and_then(|()| trip().map_err(unheard))
        } else {
            Err(unmade((Cause::BalancerUnreachable, Some(zone))))
        };
        match made {
            Ok(trip) => {
                let call = &mut self.rows.calls[key];
                call.stage = Stage::Balancing;
                call.node_epoch = epoch;
                call.late_by = trip.late_by;
                ctx.schedule_in(trip.after, Event::NodeReached { call: key });
            }
            Err(silence) => self.not_connected(key, silence, patience, ctx),
        }
    }

    /// A caller that hears nothing waits for its connection, or for an answer if it holds that for made.
    pub(super) fn not_connected(
        &mut self,
        key: CallKey,
        ((cause, zone), connected): Silence,
        patience: SimDuration,
        ctx: &mut impl Context<Root>,
    ) {
        let zone = zone.map(|zone| self.zone_entities[zone.index()]);
        let reply = Reply { code: 0, cause, zone };
        if connected {
            self.lose(key, reply);
            return;
        }
        self.rows.calls[key].stage = Stage::Connecting(reply);
        ctx.schedule_in(patience, Event::ConnectTimedOut { call: key });
    }

    /// The word that a part of a call's way is drawn by.
    pub(super) fn luck_of(&self, key: CallKey, leg: Leg) -> u64 {
        let call = &self.rows.calls[key];
        let word = word(self.rows.refill(call.luck), call.depth, Purpose::Address, 0);
        mix(word, u64::from(call.route) << 8 | leg as u64)
    }

    pub(super) fn connect_timed_out(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        let Some(call) = self.rows.calls.get_mut(key) else { return };
        let Stage::Connecting(reply) = call.stage else { return };
        call.addresses_left -= 1;
        if call.addresses_left == 0 {
            self.rows.calls[key].stage = Stage::Answered(reply);
            self.delivered(key, ctx);
        } else {
            call.rank = (call.rank + 1) % u8::try_from(call.answer.count()).expect("at most 32");
            self.connect(key, ctx);
        }
    }

    pub(super) fn node_reached(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        let Some(call) = self.rows.calls.get_mut(key) else { return };
        let node = self.balancers.node_mut(call.node);
        if node.epoch() != call.node_epoch {
            let zone = Some(self.zone_entities[node.zone.index()]);
            self.lose(key, Reply { code: 0, cause: Cause::BalancerUnreachable, zone });
            return;
        }
        let route = &self.program.routes[usize::from(call.route)];
        let (zone, entity) = (node.zone, node.entity);
        let view = &mut node.views[usize::from(route.view)];
        let (group, target) = (view.group, view.view.pick());
        let (request, attempt, from) = (call.request, call.attempt, call.from);
        let (route_number, class) = (call.route, call.class);
        // Servers keep their connections to a load balancer open; clients come anew.
        self.usage.new_connections[route.balancer.index()] += u64::from(route.trips > 1);
        let slot = call.node;
        if let Some(server) = target {
            call.server = server;
            let target_zone = self.fleet.get(server).zone;
            let port = self.plan.target_groups[group.index()].port;
            let decision = self.network.decide(self.node_end(slot), self.server_end(server), port);
            let word = || self.luck_of(key, Leg::ToServer);
            let base = self.links.one_way(zone, target_zone);
            let trip = || self.links.send(Some(zone), Some(target_zone), base, word);
            match admitted(&decision, word).and_then(|()| trip().map_err(cut_off)) {
                Ok(trip) => {
                    let call = &mut self.rows.calls[key];
                    call.late_by = call.late_by.or(trip.late_by);
                    ctx.schedule_in(trip.after, Event::ServerReached { call: key });
                }
                Err((cause, zone)) => {
                    let zone = zone.map(|zone| self.zone_entities[zone.index()]);
                    // As for a target that is silent (ALB-25).
                    ctx.schedule_in(TARGET_CONNECT_TIMEOUT, Event::BalancerTimedOut { call: key });
                    self.lose(key, Reply { code: 504, cause, zone });
                }
            }
            let route = &self.program.routes[usize::from(route_number)];
            let idle = self.balancers.idle_timeout(route.balancer);
            if route.timeout > idle {
                ctx.schedule_in(idle, Event::BalancerTimedOut { call: key });
            }
            let size = &self.program.classes[usize::from(class)];
            let bytes = size.request_size.0 + size.response_size.0;
            self.usage.balanced_bytes[route.balancer.index()] += bytes;
            // From node to target it is free; see `cloudsim_aws::services::vpc::pricing`.
            if let Some(from) = from {
                self.usage.count_between(&self.zone_regions, (from, zone), Some(class), bytes);
            }
            if route.to_internet {
                self.usage.egress_bytes.add(Some(class), size.response_size.0);
            }
        } else {
            self.rows.calls[key].server = NO_SERVER;
            self.answer(key, Reply { code: 503, cause: Cause::NoTargets, zone: None }, ctx);
        }
        self.rows.note_hop(request, attempt, entity);
    }

    pub(super) fn server_reached(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        let Some(call) = self.rows.calls.get_mut(key) else { return };
        let (request, attempt, server) = (call.request, call.attempt, call.server);
        let target = self.fleet.get_mut(server);
        let entity = target.entity;
        let zone = Some(self.zone_entities[target.zone.index()]);
        match target.reach() {
            Reach::Silent if call.node == NO_NODE => {
                self.lose(key, Reply { code: 0, cause: Cause::TargetUnreachable, zone });
            }
            Reach::Silent => {
                // The load balancer's connection attempt goes unanswered (ALB-25).
                ctx.schedule_in(TARGET_CONNECT_TIMEOUT, Event::BalancerTimedOut { call: key });
                self.lose(key, Reply { code: 504, cause: Cause::TargetUnreachable, zone });
            }
            Reach::Refuses => self.answer(key, Reply { code: 502, cause: Cause::TargetRefused, zone }, ctx),
            Reach::Answers => {
                target.count_work(ctx.now());
                match target.station.admit(key) {
                    Admission::Full => {
                        self.answer(key, Reply { code: 502, cause: Cause::TargetFull, zone }, ctx);
                    }
                    admission => {
                        call.stage = Stage::Serving;
                        if admission == Admission::Started {
                            self.start_work(key, ctx);
                        }
                    }
                }
            }
        }
        self.rows.note_hop(request, attempt, entity);
    }

    fn start_work(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        let call = &self.rows.calls[key];
        let handler = call.handler;
        let work = &self.program.classes[usize::from(call.class)].handlers[usize::from(handler)].work;
        ctx.schedule_in(
            work.sample(word(self.rows.refill(call.luck), call.depth, Purpose::Work, 0)),
            Event::Worked { call: key },
        );
    }

    pub(super) fn worked(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        let Some(call) = self.rows.calls.get(key) else { return };
        if call.stage != Stage::Serving {
            return;
        }
        let server = self.fleet.get_mut(call.server);
        server.count_work(ctx.now());
        if let Some(next) = server.station.finish() {
            self.start_work(next, ctx);
        }
        self.advance(key, ctx);
    }

    /// The server goes on to the next thing the handler waits for, or answers.
    pub(super) fn advance(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        let call = &mut self.rows.calls[key];
        let handlers = &self.program.classes[usize::from(call.class)].handlers;
        let steps = &handlers[usize::from(call.handler)].steps;
        let turn = call.step;
        call.step += 1;
        match steps.get(usize::from(turn)).copied() {
            None => self.respond(key, Reply::OK, ctx),
            Some(Step::Http { route }) => self.call_onwards(key, route, turn, ctx),
            Some(Step::Service { route }) => self.call_service(key, route, turn, ctx),
            Some(Step::Statement { database, write, from, work, size, timeout }) => {
                let luck = (call.luck, call.depth);
                let work = work.sample(word(self.rows.refill(luck.0), luck.1, Purpose::Statement, turn));
                self.send_statement(key, (database, write, from), (work, size, timeout), ctx);
            }
            Some(Step::Item(item)) => self.call_table(key, item, turn, ctx),
            Some(Step::External(external)) => self.call_endpoint(key, external, turn, ctx),
        }
    }

    fn call_onwards(&mut self, parent: CallKey, route_number: u16, turn: u16, ctx: &mut impl Context<Root>) {
        let first = self.program.routes[usize::from(route_number)];
        let caller = self.rows.calls[parent];
        let luck = word(self.rows.refill(caller.luck), caller.depth, Purpose::Address, turn);
        let (server, now) = (caller.server.0 as usize, ctx.now());
        let remembered = self.sides[server].resolver.remembered(first.name.index(), now);
        let Found { record, answer } = remembered.unwrap_or_else(|| {
            let zone = self.fleet.get(caller.server).zone;
            let found = self.answer_to(Asker::Zone(zone), first.name, || mix(luck, 1));
            self.sides[server].resolver.remember(first.name.index(), now, first.ttl, found)
        });
        let route_number = route_number + u16::from(record);
        let route = &self.program.routes[usize::from(route_number)];
        let child = Call {
            caller: Caller::Server(parent),
            request: caller.request,
            attempt: caller.attempt,
            depth: caller.depth.saturating_add(1),
            stage: Stage::Balancing,
            waiting: Waiting::Nothing,
            class: caller.class,
            route: route_number,
            handler: route.handler,
            step: 0,
            answer,
            rank: first_address(answer.count(), luck),
            addresses_left: u8::try_from(answer.count()).expect("at most 32"),
            node: NO_NODE,
            node_epoch: 0,
            // Until the load balancer has chosen, the server that calls: for the latency to the node.
            server: caller.server,
            from: Some(self.fleet.get(caller.server).zone),
            late_by: None,
            latency: SimDuration::ZERO,
            timer: None,
            luck: caller.luck,
        };
        let timeout = route.timeout;
        let key = self.rows.insert_call(child);
        self.rows.calls[key].timer = Some(ctx.arm_in(timeout, Event::CallTimedOut { call: key }));
        self.rows.calls[parent].waiting = Waiting::Call(key);
        self.connect(key, ctx);
    }

    /// What the server waited for has ended.
    pub(super) fn resume(&mut self, key: CallKey, reply: Reply, ctx: &mut impl Context<Root>) {
        self.rows.calls[key].waiting = Waiting::Nothing;
        if reply.is_ok() { self.advance(key, ctx) } else { self.respond(key, reply, ctx) }
    }

    /// The server answers.
    pub(super) fn respond(&mut self, key: CallKey, reply: Reply, ctx: &mut impl Context<Root>) {
        let call = &self.rows.calls[key];
        self.fleet.get_mut(call.server).station.release();
        self.answer(key, reply, ctx);
    }

    /// An answer leaves for the caller, from the server if one was chosen, or else from the node.
    fn answer(&mut self, key: CallKey, reply: Reply, ctx: &mut impl Context<Root>) {
        let call = self.rows.calls[key];
        if call.node == NO_NODE {
            self.answer_pod(key, reply, ctx);
            return;
        }
        let node = self.balancers.node_mut(call.node);
        let home = node.zone;
        let up = node.epoch() == call.node_epoch;
        let mut from_server = Ok(Trip::smooth(SimDuration::ZERO));
        if call.server != NO_SERVER {
            let route = &self.program.routes[usize::from(call.route)];
            node.views[usize::from(route.view)].view.done(call.server);
            let zone = self.fleet.get(call.server).zone;
            let base = self.links.one_way(zone, home);
            let word = || self.luck_of(key, Leg::FromServer);
            from_server = self.links.send(Some(zone), Some(home), base, word);
        }
        if !up {
            let zone = Some(self.zone_entities[home.index()]);
            self.lose(key, Reply { code: 0, cause: Cause::BalancerUnreachable, zone });
            return;
        }
        if call.caller == Caller::Gone {
            self.rows.remove_call(key);
            return;
        }
        let to_caller = || {
            let word = || self.luck_of(key, Leg::FromNode);
            self.links.send(Some(home), call.from, call.latency, word)
        };
        match from_server.and_then(|one| Ok((one, to_caller()?))) {
            Ok((one, other)) => {
                let call = &mut self.rows.calls[key];
                call.stage = Stage::Answered(reply);
                call.late_by = call.late_by.or(one.late_by).or(other.late_by);
                ctx.schedule_in(one.after.saturating_add(other.after), Event::Delivered { call: key });
            }
            Err(border) => {
                let zone = Some(self.zone_entities[border.index()]);
                self.lose(key, Reply { code: 504, cause: Cause::ZoneCutOff, zone });
            }
        }
    }

    /// What is under way vanishes. Its caller, if there still is one, waits until its patience ends.
    pub(super) fn lose(&mut self, key: CallKey, reply: Reply) {
        let call = &mut self.rows.calls[key];
        if call.caller == Caller::Gone {
            self.rows.remove_call(key);
        } else {
            call.stage = Stage::Lost(reply);
        }
    }

    pub(super) fn delivered(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        let Some(call) = self.rows.calls.get(key) else { return };
        let Stage::Answered(reply) = call.stage else { return };
        let call = *call;
        if let Some(timer) = call.timer {
            ctx.cancel(timer);
        }
        self.tell_caller(key, &call, reply, Outcome::Error, ctx);
        self.rows.remove_call(key);
    }

    fn tell_caller(
        &mut self,
        key: CallKey,
        call: &Call,
        reply: Reply,
        outcome: Outcome,
        ctx: &mut impl Context<Root>,
    ) {
        match call.caller {
            Caller::Client(request) => {
                let backoff = word(self.rows.refill(call.luck), 0, Purpose::Backoff, 0);
                self.try_ended(request, reply, outcome, backoff, ctx);
            }
            Caller::Server(parent) => {
                // The server that called may have died meanwhile.
                let waits = self.rows.calls.get(parent).is_some_and(|parent| {
                    parent.stage == Stage::Serving && parent.waiting == Waiting::Call(key)
                });
                if waits {
                    // To the one further up it is this server that fails; it passes the status on.
                    let code = if reply.code == 0 { 504 } else { reply.code };
                    self.resume(parent, reply.seen_as(code), ctx);
                }
            }
            Caller::Gone => {}
        }
    }

    pub(super) fn call_timed_out(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        let reply = self.silent_cause(key);
        let call = self.rows.calls[key];
        self.tell_caller(key, &call, reply, Outcome::Timeout, ctx);
        let call = &mut self.rows.calls[key];
        call.timer = None;
        match call.stage {
            // Nothing more happens to it, or nobody is there to see it.
            Stage::Connecting(_) | Stage::Lost(_) | Stage::Answered(_) => {
                self.rows.remove_call(key);
            }
            // Load balancer and server do not notice that the caller has gone.
            Stage::Balancing | Stage::Serving => call.caller = Caller::Gone,
        }
    }

    pub(super) fn balancer_timed_out(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        let Some(call) = self.rows.calls.get(key) else { return };
        if call.caller == Caller::Gone || self.balancers.node(call.node).epoch() != call.node_epoch {
            return;
        }
        match call.stage {
            Stage::Lost(reply) => self.answer(key, Reply { code: 504, ..reply }, ctx),
            Stage::Balancing | Stage::Serving => {
                let reply = Reply { code: 504, ..self.silent_cause(key) };
                let call = &mut self.rows.calls[key];
                let told = *call;
                call.caller = Caller::Gone;
                if let Some(timer) = call.timer.take() {
                    ctx.cancel(timer);
                }
                self.tell_caller(key, &told, reply, Outcome::Error, ctx);
            }
            Stage::Connecting(_) | Stage::Answered(_) => {}
        }
    }

    /// A server died: what it had in hand vanishes, or is reset if the host still lives.
    pub(crate) fn drop_calls(&mut self, server: ServerSlot, reset: bool, ctx: &mut impl Context<Root>) {
        let zone = Some(self.server_zone(server));
        let in_hand: Vec<CallKey> = self
            .rows
            .calls
            .iter()
            .filter(|(_, call)| call.stage == Stage::Serving && call.server == server)
            .map(|(key, _)| key)
            .collect();
        for key in in_hand {
            self.rows.calls[key].waiting = Waiting::Nothing;
            if reset {
                self.answer(key, Reply { code: 502, cause: Cause::TargetRefused, zone }, ctx);
            } else {
                self.lose(key, Reply { code: 504, cause: Cause::TargetUnreachable, zone });
            }
        }
    }
}
