//! A pod calls a service of its cluster: a connection of its own, led to a pod by the rules of its node.

use super::calls::{unheard, unmade};
use super::program::{ServiceRoute, TRIPS_HTTP};
use super::rows::{Call, CallKey, Caller, NO_NODE, NO_SERVER, Reply, Stage, Waiting};
use super::{Event, Leg, Purpose, word};
use crate::Cloud;
use crate::kubernetes::Backend;
use crate::network::admitted;
use crate::words::Root;
use cloudsim_aws::services::route53::Answer;
use cloudsim_aws::services::target_group::{Reach, ServerSlot};
use cloudsim_engine::Context;
use cloudsim_records::Cause;
use cloudsim_units::SimDuration;

/// A refusal comes back with the first answer to the handshake.
const TRIPS_REFUSED: u64 = 2;

impl Cloud {
    pub(super) fn call_service(
        &mut self,
        parent: CallKey,
        route_number: u16,
        turn: u16,
        ctx: &mut impl Context<Root>,
    ) {
        let route = self.program.service_routes[usize::from(route_number)];
        let caller = self.rows.calls[parent];
        let after = u16::try_from(self.program.routes.len()).expect("few routes");
        let key = self.rows.insert_call(Call {
            caller: Caller::Server(parent),
            request: caller.request,
            attempt: caller.attempt,
            depth: caller.depth.saturating_add(1),
            stage: Stage::Balancing,
            waiting: Waiting::Nothing,
            class: caller.class,
            route: after + route_number,
            handler: route.handler,
            step: 0,
            answer: Answer::default(),
            rank: 0,
            addresses_left: 1,
            node: NO_NODE,
            node_epoch: 0,
            // Until one is chosen, who calls.
            server: caller.server,
            from: Some(self.fleet.get(caller.server).zone),
            late_by: None,
            latency: SimDuration::ZERO,
            timer: None,
            luck: caller.luck,
        });
        self.rows.calls[key].timer = Some(ctx.arm_in(route.timeout, Event::CallTimedOut { call: key }));
        self.rows.calls[parent].waiting = Waiting::Call(key);
        match route.dns {
            Some(dns) => self.look_up(key, turn, dns, ctx),
            None => self.reach_service(key, turn, ctx),
        }
    }

    /// The route of a call to a service.
    pub(super) fn service_route(&self, key: CallKey) -> ServiceRoute {
        self.program.service_routes[usize::from(self.rows.calls[key].route) - self.program.routes.len()]
    }

    /// Goes where the rules of the caller's node lead a connection to the service; `turn` is the handler's step.
    pub(super) fn reach_service(&mut self, key: CallKey, turn: u16, ctx: &mut impl Context<Root>) {
        let route = self.service_route(key);
        let call = &mut self.rows.calls[key];
        call.stage = Stage::Balancing;
        let caller = std::mem::replace(&mut call.server, NO_SERVER);
        let (luck, depth) = (call.luck, call.depth - 1);
        let luck = word(self.rows.refill(luck), depth, Purpose::Address, turn);
        match self.routed(caller, route.service, luck) {
            Some(Backend::Server(server)) => {
                self.rows.calls[key].server = server;
                self.connect_pod(key, caller, (route.port, route.connect_timeout), ctx);
            }
            Some(Backend::Gone(zone)) => {
                let silence = unmade((Cause::TargetUnreachable, zone));
                self.not_connected(key, silence, route.connect_timeout, ctx);
            }
            None => {
                // The node itself rejects what its rules lead nowhere.
                let reply = Reply { code: 503, cause: Cause::NoTargets, zone: None };
                self.rows.calls[key].stage = Stage::Answered(reply);
                ctx.schedule_in(SimDuration::ZERO, Event::Delivered { call: key });
            }
        }
    }

    /// Connects to the pod that the rules have chosen: the same address gets all packets of the connection.
    fn connect_pod(
        &mut self,
        key: CallKey,
        caller: ServerSlot,
        (port, patience): (u16, SimDuration),
        ctx: &mut impl Context<Root>,
    ) {
        let call = &self.rows.calls[key];
        let (from, server) = (call.from.expect("a pod is in a zone"), call.server);
        let target = self.fleet.get(server);
        let (zone, reach) = (target.zone, target.reach());
        let latency = self.links.one_way(from, zone);
        let decision = self.network.decide(self.server_end(caller), self.server_end(server), port);
        let word = || self.luck_of(key, Leg::ToServer);
        let trips = match reach {
            Reach::Answers => TRIPS_HTTP,
            Reach::Refuses | Reach::Silent => TRIPS_REFUSED,
        };
        let made = admitted(&decision, word).map_err(unmade).and_then(|()| {
            if reach == Reach::Silent {
                return Err(unmade((Cause::TargetUnreachable, Some(zone))));
            }
            let trip = self.links.connect(Some(from), Some(zone), latency, trips, patience, word);
            trip.map_err(unheard)
        });
        let there = Some(self.zone_entities[zone.index()]);
        self.rows.calls[key].latency = latency;
        match made {
            Ok(trip) => {
                let call = &mut self.rows.calls[key];
                call.late_by = trip.late_by;
                if reach == Reach::Refuses {
                    call.stage =
                        Stage::Answered(Reply { code: 502, cause: Cause::TargetRefused, zone: there });
                    ctx.schedule_in(trip.after, Event::Delivered { call: key });
                    return;
                }
                let class = call.class;
                let size = &self.program.classes[usize::from(class)];
                let bytes = size.request_size.0 + size.response_size.0;
                self.usage.count_between(&self.zone_regions, (from, zone), Some(class), bytes);
                ctx.schedule_in(trip.after, Event::ServerReached { call: key });
            }
            Err(silence) => self.not_connected(key, silence, patience, ctx),
        }
    }

    /// An answer leaves for the pod that called.
    pub(super) fn answer_pod(&mut self, key: CallKey, reply: Reply, ctx: &mut impl Context<Root>) {
        let call = self.rows.calls[key];
        if call.caller == Caller::Gone {
            self.rows.remove_call(key);
            return;
        }
        let zone = self.fleet.get(call.server).zone;
        let word = || self.luck_of(key, Leg::FromServer);
        match self.links.send(Some(zone), call.from, call.latency, word) {
            Ok(trip) => {
                let call = &mut self.rows.calls[key];
                call.stage = Stage::Answered(reply);
                call.late_by = call.late_by.or(trip.late_by);
                ctx.schedule_in(trip.after, Event::Delivered { call: key });
            }
            Err(border) => {
                let zone = Some(self.zone_entities[border.index()]);
                self.lose(key, Reply { code: 504, cause: Cause::ZoneCutOff, zone });
            }
        }
    }
}
