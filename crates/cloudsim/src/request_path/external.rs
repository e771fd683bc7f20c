//! A server calls something on the internet, by the route of its subnet.

use super::rows::{CallKey, Outgoing, OutgoingStage, OutgoingWhat, Reply, Waiting};
use super::{Event, Purpose, word};
use crate::Cloud;
use crate::words::Root;
use cloudsim_aws::services::vpc::RouteTarget;
use cloudsim_engine::Context;
use cloudsim_records::Cause;
use cloudsim_units::{Bytes, SimDuration};
use cloudsim_world::{EndpointId, NatGatewayId};

impl Cloud {
    pub(super) fn call_endpoint(
        &mut self,
        key: CallKey,
        endpoint: EndpointId,
        size: Bytes,
        timeout: SimDuration,
        turn: u16,
        ctx: &mut impl Context<Root>,
    ) {
        let call = &self.rows.calls[key];
        let server = self.fleet.get(call.server);
        let luck = word(self.rows.refill(call.luck), call.depth, Purpose::Far, turn);
        let spec = &self.plan.endpoints[endpoint.index()];
        let gateway = match self.egress(server.subnet, spec.address) {
            Some(RouteTarget::InternetGateway(_)) => Ok(None),
            Some(RouteTarget::NatGateway(id)) => Ok(Some(id)),
            Some(RouteTarget::Local | RouteTarget::Blackhole) | None => Err(()),
        };
        let mut delay = SimDuration::ZERO;
        let mut stage = OutgoingStage::Answered;
        let mut reply = Reply { code: 500, cause: Cause::EndpointSlow, zone: None };
        match gateway {
            Err(()) => {
                stage = OutgoingStage::Lost;
                reply.cause = Cause::NoRoute;
                reply.zone = Some(self.zone_entities[server.zone.index()]);
            }
            Ok(Some(id)) => {
                let zone = self.nats.zone(id);
                delay = self.plan.latencies.one_way(server.zone, zone) * 2;
                self.usage.nat_bytes[id.index()] += size.0;
                if zone != server.zone {
                    self.usage.inter_zone_bytes += size.0;
                }
                if !self.nats.is_up(id) {
                    stage = OutgoingStage::Lost;
                    reply.cause = Cause::NatGatewayUnreachable;
                    reply.zone = Some(self.zone_entities[zone.index()]);
                }
            }
            Ok(None) => {}
        }
        self.usage.egress_bytes += size.0;
        let (request, attempt) = (call.request, call.attempt);
        let outgoing = self.rows.outgoing.insert(Outgoing {
            caller: Some(key),
            stage,
            what: OutgoingWhat::External {
                nat_gateway: gateway.ok().flatten(),
                fails: spec.error_rate.chosen_by(super::mix(luck, 1)),
            },
            reply,
            timer: None,
        });
        if stage == OutgoingStage::Answered {
            delay += spec.response.sample(luck);
            ctx.schedule_in(delay, Event::OutgoingDelivered { outgoing });
        }
        self.rows.outgoing[outgoing].timer = Some(ctx.arm_in(timeout, Event::OutgoingTimedOut { outgoing }));
        self.rows.calls[key].waiting = Waiting::Outgoing(outgoing);
        if let Some(id) = gateway.ok().flatten() {
            let entity = self.nats.entity(id);
            self.rows.note_hop(request, attempt, entity);
        }
        let entity = self.endpoint_entities[endpoint.index()];
        self.rows.note_hop(request, attempt, entity);
    }

    /// A NAT gateway died: answers that would have come through it do not.
    pub(crate) fn drop_through(&mut self, gateway: NatGatewayId) {
        let zone = Some(self.zone_entities[self.nats.zone(gateway).index()]);
        let mut forgotten = Vec::new();
        for (key, outgoing) in &mut self.rows.outgoing {
            if let OutgoingWhat::External { nat_gateway: Some(id), .. } = outgoing.what
                && id == gateway
            {
                outgoing.stage = OutgoingStage::Lost;
                outgoing.reply = Reply { code: 500, cause: Cause::NatGatewayUnreachable, zone };
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
