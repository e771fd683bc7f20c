//! A server calls something on the internet, by the route of its subnet, over a connection that is new or was kept.

use super::program;
use super::rows::{CallKey, External, Outgoing, OutgoingStage, OutgoingWhat, Reply, Waiting};
use super::{Event, Leg, Purpose, word};
use crate::Cloud;
use crate::network::{Stopped, admitted, cut_off};
use crate::words::Root;
use cloudsim_aws::services::nat_gateway::limits::IDLE_TIMEOUT;
use cloudsim_aws::services::target_group::ServerSlot;
use cloudsim_aws::services::vpc::End;
use cloudsim_engine::{Context, mix};
use cloudsim_records::Cause;
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::{EndpointId, NatGatewayId, VpcEndpointId, ZoneId};

/// A server's connections to an endpoint that are kept and not in use, the last used one last.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    idle: Vec<Kept>,
}

/// A connection that is kept.
#[derive(Clone, Copy, Debug)]
struct Kept {
    since: SimTime,
    /// It is closed then.
    until: SimTime,
    nat_gateway: Option<NatGatewayId>,
    port: Option<u32>,
}

/// Which way a call to an endpoint takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    nat_gateway: Option<NatGatewayId>,
    /// The interface endpoint that it goes to instead.
    vpc_endpoint: Option<VpcEndpointId>,
    /// The zone where it leaves the cloud, or where the interface of its VPC endpoint is.
    pub(crate) leaves_at: ZoneId,
    /// Whether it goes on to the internet from there.
    pub(crate) to_internet: bool,
    /// Whether it goes on, or why not.
    pub(crate) goes_on: Result<(), Stopped>,
}

impl Cloud {
    pub(super) fn call_endpoint(
        &mut self,
        key: CallKey,
        step: program::External,
        turn: u16,
        ctx: &mut impl Context<Root>,
    ) {
        let program::External { endpoint, size, keep_alive, timeout } = step;
        let call = &self.rows.calls[key];
        let (request, attempt, server, class) = (call.request, call.attempt, call.server, call.class);
        let luck = word(self.rows.refill(call.luck), call.depth, Purpose::Far, turn);
        let home = self.fleet.get(server).zone;
        let out = mix(luck, 0x100 | Leg::Out as u64);
        let way = self.way_to(server, endpoint, out);
        self.note_bytes(&way, home, (class, size));
        let spec = &self.plan.endpoints[endpoint.index()];
        let (response, fails) = (spec.response.sample(luck), spec.error_rate.chosen_by(mix(luck, 1)));
        let mut external = External {
            endpoint,
            server,
            nat_gateway: way.nat_gateway,
            port: None,
            leaves_at: way.leaves_at,
            keep_alive,
            fails,
        };
        let lost = |cause, zone: Option<ZoneId>| (OutgoingStage::Lost, cause, zone, SimDuration::ZERO);
        let far = if way.to_internet { None } else { Some(way.leaves_at) };
        let trips = [
            (Some(home), Some(way.leaves_at), self.links.one_way(home, way.leaves_at), 0),
            (Some(way.leaves_at), far, SimDuration::ZERO, 1),
            (far, Some(way.leaves_at), SimDuration::ZERO, 2),
            (Some(way.leaves_at), Some(home), self.links.one_way(way.leaves_at, home), 3),
        ];
        let there_and_back = || {
            trips.into_iter().try_fold((SimDuration::ZERO, None), |(sum, late_by), (from, to, base, salt)| {
                let trip = self.links.send(from, to, base, || mix(out, salt))?;
                Ok((sum.saturating_add(trip.after), late_by.or(trip.late_by)))
            })
        };
        let (stage, cause, zone, delay) = match way.goes_on.and_then(|()| there_and_back().map_err(cut_off)) {
            Err((cause, zone)) => lost(cause, zone),
            Ok((travel, late_by)) => match self.connection(&mut external, ctx) {
                Err(Cause::ConnectionReset) => {
                    // The reset comes from the gateway.
                    let back = self.links.one_way(home, way.leaves_at) * 2;
                    (OutgoingStage::Answered, Cause::ConnectionReset, Some(way.leaves_at), back)
                }
                Err(cause) => lost(cause, Some(way.leaves_at)),
                Ok(()) => {
                    let slow = late_by.map_or(Cause::EndpointSlow, |_| Cause::LinkDegraded);
                    let waits = way.nat_gateway.map(|id| self.nats.pass(id, size, ctx.now()));
                    let delay = travel.saturating_add(waits.unwrap_or(SimDuration::ZERO));
                    (OutgoingStage::Answered, slow, late_by, delay.saturating_add(response))
                }
            },
        };
        let zone = zone.map(|zone| self.zone_entities[zone.index()]);
        let outgoing = self.rows.outgoing.insert(Outgoing {
            caller: Some(key),
            stage,
            what: OutgoingWhat::External(external),
            reply: Reply { code: 500, cause, zone },
            late_by: None,
            timer: None,
        });
        if stage == OutgoingStage::Answered {
            ctx.schedule_in(delay, Event::OutgoingDelivered { outgoing });
        }
        self.rows.outgoing[outgoing].timer = Some(ctx.arm_in(timeout, Event::OutgoingTimedOut { outgoing }));
        self.rows.calls[key].waiting = Waiting::Outgoing(outgoing);
        if let Some(id) = way.nat_gateway {
            let entity = self.nats.entity(id);
            self.rows.note_hop(request, attempt, entity);
        }
        let entity = self.endpoint_entities[endpoint.index()];
        self.rows.note_hop(request, attempt, entity);
    }

    /// Which way the packets of a server to an endpoint take; `word` is its luck.
    pub(crate) fn way_to(&mut self, server: ServerSlot, endpoint: EndpointId, word: u64) -> Way {
        let (subnet, home) = (self.fleet.get(server).subnet, self.fleet.get(server).zone);
        let spec = &self.plan.endpoints[endpoint.index()];
        let (address, port) = (spec.address, spec.port);
        let answers = if self.is_silent(endpoint) { Err((Cause::EndpointSlow, None)) } else { Ok(()) };
        let from = self.server_end(server);
        if let Some((id, interface)) = self.vpc_endpoint_for(subnet, endpoint, word) {
            let zone = self.zone_of(interface);
            let decision = self.network.decide(from, End::Interface(interface), port);
            let dark = self.dark_zones.contains(&zone);
            let lit = if dark { Err((Cause::EndpointSlow, Some(zone))) } else { Ok(()) };
            let goes_on = admitted(&decision, || word).and(lit).and(answers);
            let vpc_endpoint = Some(id);
            return Way { nat_gateway: None, vpc_endpoint, leaves_at: zone, to_internet: false, goes_on };
        }
        let decision = self.network.decide(from, End::Outside(address), port);
        let goes_on = admitted(&decision, || word);
        let to_internet = decision.vpc_endpoint.is_none();
        let (nat_gateway, vpc_endpoint) = (decision.nat_gateway, None);
        let Some(id) = nat_gateway else {
            return Way {
                nat_gateway,
                vpc_endpoint,
                leaves_at: home,
                to_internet,
                goes_on: goes_on.and(answers),
            };
        };
        let zone = self.nats.zone(id);
        let down = Err((Cause::NatGatewayUnreachable, Some(zone)));
        let up = if self.nats.is_up(id) { Ok(()) } else { down };
        Way { nat_gateway, vpc_endpoint, leaves_at: zone, to_internet, goes_on: goes_on.and(up).and(answers) }
    }

    /// Notes for the bill what a server at `home` sends that way.
    fn note_bytes(&mut self, way: &Way, home: ZoneId, (class, size): (u16, cloudsim_units::Bytes)) {
        if let Some(id) = way.vpc_endpoint {
            self.usage.vpc_endpoint_bytes[id.index()] += size.0;
        }
        if let Some(id) = way.nat_gateway {
            self.usage.nat_bytes[id.index()] += size.0;
        }
        self.usage.count_between(&self.zone_regions, (home, way.leaves_at), Some(class), size.0);
        if way.to_internet {
            self.usage.egress_bytes.add(Some(class), size.0);
        }
    }

    /// Takes a connection that was kept, or makes a new one.
    ///
    /// # Errors
    /// One that was kept turns out to be forgotten, or no port is left for a new one.
    fn connection(&mut self, external: &mut External, ctx: &mut impl Context<Root>) -> Result<(), Cause> {
        let External { endpoint, server, nat_gateway, .. } = *external;
        if external.keep_alive.is_some() {
            let pool = &mut self.sides[server.0 as usize].pools[endpoint.index()];
            if let Some(kept) = pool.idle.pop() {
                external.port = kept.port;
                let known = match (kept.nat_gateway, nat_gateway) {
                    (Some(one), Some(other)) => {
                        one == other
                            && kept.port == Some(self.nats.epoch(one))
                            && ctx.now().since(kept.since) <= IDLE_TIMEOUT
                    }
                    (None, None) => true,
                    (Some(_), None) | (None, Some(_)) => false,
                };
                if known {
                    return Ok(());
                }
                // The gateway frees what it forgets; what another one holds is closed by this reset.
                if let (Some(one), Some(epoch)) = (kept.nat_gateway, kept.port) {
                    self.nats.close(one, endpoint, epoch, ctx.now());
                }
                external.port = None;
                return Err(Cause::ConnectionReset);
            }
        }
        if let Some(id) = nat_gateway {
            let (granted, changed) = self.nats.connect(id, endpoint, ctx.now());
            if let Some(record) = changed {
                ctx.record(record);
            }
            if !granted {
                return Err(Cause::NatPortsExhausted);
            }
            external.port = Some(self.nats.epoch(id));
        }
        Ok(())
    }

    /// A call has its answer: its connection is kept, or closed.
    pub(super) fn put_away(&mut self, external: &External, ctx: &mut impl Context<Root>) {
        let External { endpoint, server, nat_gateway, port, keep_alive, .. } = *external;
        let Some(keep) = keep_alive else {
            self.close(external, ctx);
            return;
        };
        let now = ctx.now();
        let kept = Kept { since: now, until: now.saturating_add(keep), nat_gateway, port };
        self.sides[server.0 as usize].pools[endpoint.index()].idle.push(kept);
        ctx.schedule_in(keep, Event::KeptLongEnough { server, endpoint });
    }

    /// Closes what a server has kept for long enough.
    pub(super) fn close_kept(
        &mut self,
        server: ServerSlot,
        endpoint: EndpointId,
        ctx: &mut impl Context<Root>,
    ) {
        let now = ctx.now();
        let pool = &mut self.sides[server.0 as usize].pools[endpoint.index()];
        let due: Vec<Kept> = pool.idle.extract_if(.., |kept| kept.until <= now).collect();
        for kept in due {
            if let (Some(id), Some(epoch)) = (kept.nat_gateway, kept.port) {
                self.nats.close(id, endpoint, epoch, ctx.now());
            }
        }
    }

    /// The connection of a call is closed.
    pub(super) fn close(&mut self, external: &External, ctx: &mut impl Context<Root>) {
        if let (Some(id), Some(epoch)) = (external.nat_gateway, external.port) {
            self.nats.close(id, external.endpoint, epoch, ctx.now());
        }
    }

    /// Whether nothing gets from an endpoint to the server that asked it.
    pub(super) fn is_cut_from(&self, external: &External) -> bool {
        let home = Some(self.fleet.get(external.server).zone);
        let leaves_at = Some(external.leaves_at);
        self.links.cut_by(home, leaves_at).is_some() || self.links.cut_by(leaves_at, None).is_some()
    }

    /// A NAT gateway died: answers that would have come through it do not.
    pub(crate) fn drop_through(&mut self, gateway: NatGatewayId) {
        let zone = Some(self.zone_entities[self.nats.zone(gateway).index()]);
        let reply = Reply { code: 500, cause: Cause::NatGatewayUnreachable, zone };
        self.drop_answers(reply, |external| external.nat_gateway == Some(gateway));
    }

    /// Nobody answers at an endpoint any more: not even who was asked before.
    pub(crate) fn endpoint_falls_silent(&mut self, endpoint: EndpointId) {
        let reply = Reply { code: 500, cause: Cause::EndpointSlow, zone: None };
        self.drop_answers(reply, |external| external.endpoint == endpoint);
    }

    fn drop_answers(&mut self, reply: Reply, is_lost: impl Fn(&External) -> bool) {
        let mut forgotten = Vec::new();
        for (key, outgoing) in &mut self.rows.outgoing {
            if let OutgoingWhat::External(external) = &outgoing.what
                && is_lost(external)
            {
                outgoing.stage = OutgoingStage::Lost;
                outgoing.reply = reply;
                if outgoing.caller.is_none() {
                    forgotten.push(key);
                }
            }
        }
        for key in forgotten {
            self.rows.outgoing.remove(key);
        }
    }
}
