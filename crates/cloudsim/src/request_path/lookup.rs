//! A pod looks up the name of a service before it connects: a query to one of the pods that know names, chosen by the rules
//! of its node, for each name of its search list until the right one.
//!
//! # Left out
//! Rules of security groups and network ACLs between the two, and the work of who answers: it is never too busy.

use super::Event;
use super::Leg;
use super::program::Dns;
use super::rows::{CallKey, Caller, Reply, Stage, Waiting};
use crate::Cloud;
use crate::words::Root;
use cloudsim_aws::services::target_group::Reach;
use cloudsim_engine::{Context, mix};
use cloudsim_kube::PodId;
use cloudsim_kube::dns::Resolver;
use cloudsim_records::Cause;
use cloudsim_units::SimDuration;
use cloudsim_world::ZoneId;

/// A lookup under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup {
    /// The step of the handler that calls.
    turn: u16,
    /// Names that are still to be asked for; the last is the right one.
    names: u8,
    /// Queries that were sent for the name at hand.
    asked: u8,
    /// Where queries from the port at hand go, once one was sent.
    led_to: Option<PodId>,
}

impl Lookup {
    /// The name at hand is settled: the next one is asked for, from another port.
    fn next_name(&mut self) {
        *self = Self { names: self.names - 1, asked: 0, led_to: None, ..*self };
    }

    /// Whether the resolver asks again after a query without an answer.
    fn goes_on(&mut self, dns: Dns) -> bool {
        if u32::from(self.asked) < dns.spec.attempts {
            return true;
        }
        let next = dns.spec.resolver == Resolver::Go && self.names > 1;
        if next {
            self.next_name();
        }
        next
    }
}

/// What becomes of a query.
enum Query {
    /// The answer is back after that.
    Answered(SimDuration),
    /// Nobody takes it, as the resolver hears at once.
    Refused(Option<ZoneId>),
    /// Nothing is heard of it.
    Silent(Option<ZoneId>),
}

impl Cloud {
    pub(super) fn look_up(&mut self, key: CallKey, turn: u16, dns: Dns, ctx: &mut impl Context<Root>) {
        self.rows.lookups.insert(key, Lookup { turn, names: dns.names, asked: 0, led_to: None });
        self.ask(key, dns, ctx);
    }

    /// Asks for one name after the other, up to the first query that nobody answers.
    fn ask(&mut self, key: CallKey, dns: Dns, ctx: &mut impl Context<Root>) {
        let mut lookup = self.rows.lookups[key];
        let mut spent = SimDuration::ZERO;
        while lookup.names > 0 {
            let query = self.query(key, &mut lookup, dns);
            lookup.asked += 1;
            let (zone, heard) = match query {
                Query::Answered(after) => {
                    spent = spent.saturating_add(after);
                    lookup.next_name();
                    continue;
                }
                Query::Refused(zone) => (zone, true),
                Query::Silent(zone) => (zone, false),
            };
            let zone = zone.map(|zone| self.zone_entities[zone.index()]);
            let reply = Reply { code: 0, cause: Cause::DnsUnreachable, zone };
            if !heard {
                self.rows.lookups[key] = lookup;
                self.rows.calls[key].stage = Stage::Connecting(reply);
                let after = spent.saturating_add(dns.spec.timeout);
                ctx.schedule_in(after, Event::QueryTimedOut { call: key });
                return;
            }
            // A refused port is closed.
            lookup.led_to = None;
            if !lookup.goes_on(dns) {
                self.rows.calls[key].stage = Stage::Answered(Reply { code: 503, ..reply });
                ctx.schedule_in(spent, Event::Delivered { call: key });
                return;
            }
        }
        let reply = Reply { code: 0, cause: Cause::DnsUnreachable, zone: None };
        self.rows.calls[key].stage = Stage::Connecting(reply);
        ctx.schedule_in(spent, Event::NameFound { call: key });
    }

    fn query(&mut self, key: CallKey, lookup: &mut Lookup, dns: Dns) -> Query {
        let call = &self.rows.calls[key];
        let (caller, from) = (call.server, call.from.expect("a pod is in a zone"));
        let luck = u64::from(lookup.names) << 8 | u64::from(lookup.asked);
        let luck = mix(self.luck_of(key, Leg::Lookup), luck);
        let same_port = dns.spec.resolver == Resolver::Glibc;
        let before = lookup.led_to.filter(|_| same_port);
        let Some((pod, reach, zone)) = self.looked_up_at(caller, dns.spec.service, before, luck) else {
            return Query::Refused(None);
        };
        lookup.led_to = Some(pod);
        match reach {
            Reach::Refuses => return Query::Refused(zone),
            Reach::Silent => return Query::Silent(zone),
            Reach::Answers => {}
        }
        let there = zone.unwrap_or(from);
        let base = self.links.one_way(from, there);
        let way = |from, to, leg| {
            let trip = self.links.send(Some(from), Some(to), base, || mix(luck, leg));
            // Nobody sends a packet of UDP a second time.
            trip.ok().filter(|trip| trip.resent.is_zero()).map(|trip| trip.after)
        };
        let both = way(from, there, 0).and_then(|to| Some(to.saturating_add(way(there, from, 1)?)));
        match both.map(|both| both.saturating_add(self.plan.assumptions.kube.dns_answer)) {
            Some(after) if after <= dns.spec.timeout => Query::Answered(after),
            _ => Query::Silent(zone),
        }
    }

    /// Whether who looks up a name is still there, and waits.
    fn still_waits(&self, key: CallKey) -> bool {
        let Some(Caller::Server(parent)) = self.rows.calls.get(key).map(|call| call.caller) else {
            return false;
        };
        self.rows
            .calls
            .get(parent)
            .is_some_and(|parent| parent.stage == Stage::Serving && parent.waiting == Waiting::Call(key))
    }

    pub(super) fn query_timed_out(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        if !self.still_waits(key) {
            return;
        }
        let dns = self.service_route(key).dns.expect("who looks up a name has a resolver");
        if self.rows.lookups[key].goes_on(dns) {
            self.ask(key, dns, ctx);
        } else if let Stage::Connecting(reply) = self.rows.calls[key].stage {
            self.rows.calls[key].stage = Stage::Answered(reply);
            self.delivered(key, ctx);
        }
    }

    pub(super) fn name_found(&mut self, key: CallKey, ctx: &mut impl Context<Root>) {
        if self.still_waits(key) {
            let turn = self.rows.lookups[key].turn;
            self.reach_service(key, turn, ctx);
        }
    }
}
