//! The client's side: arrivals, tries, and how a logical request ends.

use super::rows::{Call, CallKey, Caller, NO_NODE, NO_SERVER, Reply, Request, RequestKey, Stage, Waiting};
use super::{Event, Purpose, word};
use crate::Cloud;
use crate::dns::Asker;
use crate::words::Root;
use cloudsim_aws::services::route53::Found;
use cloudsim_engine::{Context, Refill, mix};
use cloudsim_records::{Cause, HOPS_MAX, Outcome, Record, RequestFinished};

impl Cloud {
    pub(super) fn arrived(&mut self, traffic: u32, ctx: &mut impl Context<Root>) {
        let now = ctx.now();
        let source = &mut self.traffic[traffic as usize];
        let next = now.saturating_add(source.gap.sample(source.stream.word()));
        if next < source.spec.until {
            ctx.schedule_at(next, Event::Arrived { traffic });
        }
        let number = self.next_request;
        self.next_request += 1;
        let refill = self.refills.refill(number, 0);
        let class = source.spec.choose(word(&refill, 0, Purpose::Class, 0));
        self.usage.requests[class.index()] += 1;
        let client = &self.plan.clients[self.program.classes[class.index()].client];
        let request = self.rows.requests.insert(Request {
            number,
            class: u16::try_from(class.0).expect("few classes"),
            tries: 0,
            arrived: now,
            patience_ends: now + client.timeout,
            hops: [None; HOPS_MAX],
            hop_count: 0,
            last: Reply::OK,
        });
        self.begin_try(request, refill, ctx);
    }

    pub(super) fn retry(&mut self, request: RequestKey, ctx: &mut impl Context<Root>) {
        let row = &mut self.rows.requests[request];
        row.hops = [None; HOPS_MAX];
        row.hop_count = 0;
        let refill = self.refills.refill(row.number, u64::from(row.tries));
        self.begin_try(request, refill, ctx);
    }

    fn begin_try(&mut self, request: RequestKey, refill: Refill, ctx: &mut impl Context<Root>) {
        let now = ctx.now();
        let row = &mut self.rows.requests[request];
        row.tries += 1;
        let (attempt, class, patience_ends) = (row.tries, row.class, row.patience_ends);
        let program = &self.program.classes[usize::from(class)];
        let (entry, client) = (program.entry, program.client);
        let first = self.program.routes[usize::from(entry)];
        let resolvers = &self.resolvers[client];
        let luck = word(&refill, 0, Purpose::Resolver, 0);
        let place = (u128::from(luck) * resolvers.len() as u128) >> 64;
        let place = usize::try_from(place).expect("below the length");
        let remembered = resolvers[place].remembered(first.name.index(), now);
        let Found { record, answer } = remembered.unwrap_or_else(|| {
            let found = self.answer_to(Asker::Client(client), first.name, || mix(luck, 1));
            let resolver = &mut self.resolvers[client][place];
            resolver.remember(first.name.index(), now, first.ttl, found)
        });
        let entry = entry + u16::from(record);
        let route = self.program.routes[usize::from(entry)];
        let luck = self.rows.begin_luck(refill);
        let call = self.rows.insert_call(Call {
            caller: Caller::Client(request),
            request,
            attempt,
            depth: 1,
            stage: Stage::Balancing,
            waiting: Waiting::Nothing,
            class,
            route: entry,
            handler: route.handler,
            step: 0,
            answer,
            rank: first_address(answer.count(), word(&refill, 0, Purpose::Address, 0)),
            addresses_left: u8::try_from(answer.count()).expect("at most 32"),
            node: NO_NODE,
            node_epoch: 0,
            server: NO_SERVER,
            from: None,
            late_by: None,
            latency: self.plan.clients[client].latency.sample(word(&refill, 0, Purpose::Latency, 0)),
            timer: None,
            luck,
        });
        let timer = if patience_ends.since(now) < route.timeout {
            ctx.arm_at(patience_ends, Event::CallTimedOut { call })
        } else {
            ctx.arm_in(route.timeout, Event::CallTimedOut { call })
        };
        self.rows.calls[call].timer = Some(timer);
        self.connect(call, ctx);
    }

    /// A try ended. `backoff` is the word for the pause before the next.
    pub(super) fn try_ended(
        &mut self,
        request: RequestKey,
        reply: Reply,
        outcome: Outcome,
        backoff: u64,
        ctx: &mut impl Context<Root>,
    ) {
        let now = ctx.now();
        let row = &mut self.rows.requests[request];
        row.last = reply;
        if reply.is_ok() {
            self.finish_request(request, Outcome::Ok, ctx);
            return;
        }
        let client = &self.plan.clients[self.program.classes[usize::from(row.class)].client];
        if u32::from(row.tries) < client.tries_max {
            let pause = client.backoff.delay(u32::from(row.tries), backoff);
            if now + pause < row.patience_ends {
                ctx.schedule_in(pause, Event::RetryDue { request });
                return;
            }
            let outcome = if row.patience_ends == now { outcome } else { Outcome::Abandoned };
            self.finish_request(request, outcome, ctx);
            return;
        }
        self.finish_request(request, outcome, ctx);
    }

    fn finish_request(&mut self, request: RequestKey, outcome: Outcome, ctx: &mut impl Context<Root>) {
        let row = self.rows.requests.remove(request).expect("a request ends once");
        ctx.record(finished(&row, outcome));
    }

    /// Ends what is still under way at the horizon, in the order of arrival.
    pub(crate) fn end_requests(&mut self, ctx: &mut impl Context<Root>) {
        let mut rest: Vec<Request> = self.rows.requests.drain().map(|(_, request)| request).collect();
        rest.sort_unstable_by_key(|request| request.number);
        for request in &rest {
            ctx.record(finished(request, Outcome::Unfinished));
        }
    }
}

fn finished(row: &Request, outcome: Outcome) -> Record {
    let last = if outcome == Outcome::Unfinished {
        Reply { code: 0, cause: Cause::None, zone: None }
    } else {
        row.last
    };
    Record::RequestFinished(RequestFinished {
        request: row.number,
        class: row.class,
        arrived: row.arrived,
        outcome,
        code: last.code,
        cause: last.cause,
        zone: last.zone,
        tries: row.tries,
        hops: row.hops,
    })
}

/// The rank of the address that is tried first.
pub(crate) fn first_address(count: u32, word: u64) -> u8 {
    u8::try_from((u128::from(word) * u128::from(count)) >> 64).expect("at most 32 addresses")
}

impl Cloud {
    /// What a caller learns when nothing came back in time: the simulation knows what the caller cannot.
    pub(super) fn silent_cause(&self, call: CallKey) -> Reply {
        let row = &self.rows.calls[call];
        let silence = |cause, zone| Reply { code: 0, cause, zone };
        match (row.stage, row.waiting) {
            (Stage::Lost(reply) | Stage::Connecting(reply), _) => return silence(reply.cause, reply.zone),
            (_, Waiting::Call(child)) if self.rows.calls.contains_key(child) => {
                return self.silent_cause(child);
            }
            (_, Waiting::Outgoing(outgoing)) => {
                if let Some(outgoing) = self.rows.outgoing.get(outgoing) {
                    let reply = outgoing.overdue();
                    return silence(reply.cause, reply.zone);
                }
            }
            _ => {}
        }
        if let Some(zone) = row.late_by {
            return silence(Cause::LinkDegraded, Some(self.zone_entities[zone.index()]));
        }
        let zone =
            (row.server != NO_SERVER).then(|| self.zone_entities[self.fleet.get(row.server).zone.index()]);
        silence(Cause::TargetSlow, zone)
    }
}
