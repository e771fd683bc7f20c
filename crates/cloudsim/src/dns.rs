//! Route 53 in the cloud: what is answered for a name, what checkers find, and which names turn by it.

use crate::Cloud;
use crate::answered::share::Known;
use crate::cloud::spawn;
use crate::request_path::first_address;
use crate::words::Root;
use cloudsim_aws::services::route53::limits::{ANSWER_TIMEOUT, CHANGE, CHECKER_ADDRESS, CONNECT_TIMEOUT};
use cloudsim_aws::services::route53::{
    DnsNameSpec, Event, Finding, Found, HealthChecks, Policy, RecordSpec, RestsOn, Served,
};
use cloudsim_aws::services::target_group::{NodeSlot, Reach, ServerSlot};
use cloudsim_aws::services::vpc::End;
use cloudsim_engine::{Context, Kernel, mix};
use cloudsim_records::{EntityId, EntityInfo, EntityKind, Record};
use cloudsim_scenario::plan::{Begins, Made, Plan};
use cloudsim_units::{Ratio, SimDuration};
use cloudsim_workload::Tier;
use cloudsim_world::{ClassId, DnsNameId, HealthCheckId, LoadBalancerId, TargetGroupId, ZoneId};

/// A handshake of TCP, then one of TLS if there is one, then a request and its answer: messages to and fro.
const TRIPS_TCP: u64 = 2;
const TRIPS_TLS: u64 = 2;
const TRIPS_ANSWER: u64 = 2;

/// Names and health checks.
#[derive(Debug)]
pub(crate) struct Dns {
    pub(crate) checks: HealthChecks,
    /// The entities of the checks.
    check_entities: Vec<EntityId>,
    /// The records that each name is answered with.
    served: Vec<Served>,
    /// The entity of each name; `None` of one that leads to one load balancer for ever.
    entities: Vec<Option<EntityId>>,
    /// The record that people have left of each name, if they have.
    pointed: Vec<Option<usize>>,
    /// The luck of requests of checkers.
    luck: u64,
}

/// A change of a record that people have made is answered with everywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pointed {
    pub(crate) name: DnsNameId,
    pub(crate) record: u8,
}

impl Dns {
    pub(crate) fn of(plan: &Plan, luck: u64) -> Self {
        let served = |(index, name): (usize, &DnsNameSpec)| {
            let record = |place| Made::Record(DnsNameId::from_index(index), place);
            name.served(|place| !plan.is_made_later(record(place)), |_| true)
        };
        Self {
            checks: HealthChecks::default(),
            check_entities: Vec::new(),
            served: plan.dns_names.iter().enumerate().map(served).collect(),
            entities: vec![None; plan.dns_names.len()],
            pointed: vec![None; plan.dns_names.len()],
            luck,
        }
    }

    /// The places of the records that a name is answered with.
    pub(crate) fn served(&self, name: usize) -> impl Iterator<Item = usize> + use<> {
        let served = self.served[name];
        (0..u32::BITS as usize).filter(move |record| served.has(*record))
    }

    /// What a name's answers rest on: itself and its checks.
    pub(crate) fn behind(&self, spec: &DnsNameSpec, name: DnsNameId) -> Vec<EntityId> {
        let checks = spec.records.iter().filter_map(|record| record.health_check);
        let checks = checks.map(|check| self.check_entities[check.index()]);
        self.entities[name.index()].into_iter().chain(checks).collect()
    }
}

/// Who asks for a name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asker {
    /// A kind of client, by its place.
    Client(usize),
    /// Whoever is in that zone.
    Zone(ZoneId),
}

impl Cloud {
    /// What Route 53 answers for a name now; `word` is drawn only where there is a choice.
    pub(crate) fn answer_to(&self, asker: Asker, name: DnsNameId, word: impl FnOnce() -> u64) -> Found {
        let spec = &self.plan.dns_names[name.index()];
        let addresses = |alias| self.balancers.answer(alias);
        spec.answer(self.dns.served[name.index()], addresses, |alias| self.distance(asker, alias), word)
    }

    /// How far a load balancer is from whoever asks, as Route 53 has measured it: what it is in the mean.
    pub(crate) fn distance(&self, from: Asker, balancer: LoadBalancerId) -> SimDuration {
        let subnet = self.plan.load_balancers[balancer.index()].subnets[0];
        let zone = self.plan.subnets[subnet.index()].zone;
        match from {
            Asker::Client(client) => {
                self.plan.clients[client].latency_to(&self.plan.zones[zone.index()].region).mean()
            }
            Asker::Zone(from) => self.links.one_way(from, zone),
        }
    }

    /// Places health checks, and the names that turn by them.
    pub(crate) fn place_names(&mut self, entities: &mut Vec<EntityInfo>) {
        let Self { plan, world, next_entity, zone_entities: zones, dns, .. } = self;
        for check in &plan.health_checks {
            let kind = match check.on {
                RestsOn::Checkers(_) => EntityKind::HealthCheck,
                RestsOn::RoutingControl { .. } => EntityKind::RoutingControl,
            };
            let kind = (kind, check.name.as_str());
            let (_, info) = spawn(world, next_entity, zones, kind, None, None);
            dns.check_entities.push(info.id);
            entities.push(info);
        }
        let several = |name: &&(usize, &DnsNameSpec)| name.1.policy != Policy::Simple;
        for (index, name) in plan.dns_names.iter().enumerate().collect::<Vec<_>>().iter().filter(several) {
            let kind = (EntityKind::DnsRecord, name.name.as_str());
            let (_, info) = spawn(world, next_entity, zones, kind, None, None);
            dns.entities[*index] = Some(info.id);
            entities.push(info);
        }
    }

    /// Lets the checkers begin.
    pub(crate) fn start_checks(&mut self, kernel: &mut Kernel<Root>) {
        let Self { plan, dns, .. } = self;
        for (spec, entity) in plan.health_checks.iter().zip(dns.check_entities.clone()) {
            dns.checks.place(entity, spec, &plan.assumptions.health_checks, kernel);
        }
    }

    /// Lets an event of a health check happen.
    pub(crate) fn check(&mut self, event: Event, kernel: &mut Kernel<Root>) {
        let now = Context::<Root>::now(kernel).as_nanos();
        let mut checks = std::mem::take(&mut self.dns.checks);
        let ask = |latency| {
            let Event::CheckDue { check, checker } = event else {
                unreachable!("a checker asks when it is due")
            };
            let luck = mix(mix(self.dns.luck, now), u64::from(check.0) << 8 | u64::from(checker));
            self.finding(check, latency, luck)
        };
        checks.handle(event, ask, kernel);
        self.dns.checks = checks;
    }

    /// What comes of a request that is sent now: it takes the way of a client's, to any of the addresses that DNS lists.
    fn finding(&mut self, check: HealthCheckId, latency: SimDuration, luck: u64) -> Finding {
        let spec = self.plan.health_checks[check.index()].endpoint().expect("it has checkers");
        let (port, https, class) = (spec.port, spec.https, spec.class);
        let answer = self.balancers.answer(spec.target);
        let rank = first_address(answer.count(), mix(luck, 0));
        let slot = self.balancers.addressed(spec.target, answer.nth(rank.into()));
        let listeners = &self.plan.load_balancers[spec.target.index()].listeners;
        let listener = listeners.iter().find(|listener| listener.port == port);
        let group = listener.expect("checked: the port has a listener").target_group;
        let (from, node) = (End::Outside(CHECKER_ADDRESS), self.node_end(slot));
        let unreached = Finding { well: false, after: CONNECT_TIMEOUT };
        let up = self.balancers.node(slot).is_up();
        if !up || !self.network.decide(from, node, port).passes(|| mix(luck, 1)) {
            return unreached;
        }
        let there = Some(self.balancers.node(slot).zone);
        let made = self.links.connect(None, there, latency, TRIPS_TCP, CONNECT_TIMEOUT, || mix(luck, 2));
        let Ok(made) = made else { return unreached };
        let silent = Finding { well: false, after: made.after.saturating_add(ANSWER_TIMEOUT) };
        let mut waited = SimDuration::ZERO;
        let trips = TRIPS_ANSWER + if https { TRIPS_TLS } else { 0 };
        for trip in 0..trips {
            let (from, to) = if trip % 2 == 0 { (None, there) } else { (there, None) };
            let Ok(trip) = self.links.send(from, to, latency, || mix(luck, 4 + trip)) else { return silent };
            waited = waited.saturating_add(trip.after);
        }
        match self.answered_at(slot, (group, class), luck) {
            Some((well, after)) if waited.saturating_add(after) <= ANSWER_TIMEOUT => {
                Finding { well, after: made.after.saturating_add(waited).saturating_add(after) }
            }
            _ => silent,
        }
    }

    /// Whether a node answers a checker well, and after how long; `None` if it does not in time.
    fn answered_at(
        &mut self,
        slot: NodeSlot,
        (group, class): (TargetGroupId, Option<ClassId>),
        luck: u64,
    ) -> Option<(bool, SimDuration)> {
        let node = self.balancers.node(slot);
        let (zone, views) = (node.zone, &node.views);
        let view = views.iter().find(|view| view.group == group).expect("a node knows its groups");
        let targets: Vec<ServerSlot> = view.view.targets().collect();
        let place = (u128::from(mix(luck, 3)) * targets.len() as u128) >> 64;
        // A node without targets says so itself.
        let Some(target) = targets.get(usize::try_from(place).expect("below the length")).copied() else {
            return Some((false, SimDuration::ZERO));
        };
        let port = self.plan.target_groups[group.index()].port;
        let (from, to) = (self.node_end(slot), self.server_end(target));
        if !self.network.decide(from, to, port).passes(|| mix(luck, 10)) {
            return None;
        }
        let server = self.fleet.get(target);
        let (reach, here, there) = (server.reach(), Some(zone), Some(server.zone));
        let base = self.links.one_way(zone, server.zone);
        let to = self.links.send(here, there, base, || mix(luck, 11)).ok()?;
        let back = self.links.send(there, here, base, || mix(luck, 12)).ok()?;
        let well = match reach {
            Reach::Silent => return None,
            Reach::Refuses => false,
            Reach::Answers => class.is_none_or(|class| self.has_page(target, (group, class), mix(luck, 13))),
        };
        Some((well, to.after.saturating_add(back.after)))
    }

    /// Whether all is there that a server needs for the page of a class.
    fn has_page(&mut self, server: ServerSlot, (group, class): (TargetGroupId, ClassId), luck: u64) -> bool {
        let handlers = &self.plan.classes[class.index()].handlers;
        let handler = handlers.iter().position(|handler| handler.at == Tier::TargetGroup(group));
        let handler = u16::try_from(handler.expect("checked: it has one there")).expect("few handlers");
        let share = self.at_server(class.index(), server, handler, &mut Known::new());
        Ratio::from_f64(share).chosen_by(luck)
    }

    /// Lets names turn after a check changed: at once, for answers are made of what checkers say.
    pub(crate) fn reroute(&mut self, check: HealthCheckId, ctx: &mut Kernel<Root>) {
        let health_check = self.dns.check_entities[check.index()];
        for index in 0..self.plan.dns_names.len() {
            self.turn(DnsNameId::from_index(index), health_check, ctx);
        }
        let healthy = self.dns.checks.is_healthy(check);
        self.begin_runbooks(if healthy { Begins::Healthy(check) } else { Begins::Unhealthy(check) }, ctx);
    }

    /// Lets a name be answered with the records that are there and healthy now.
    fn turn(&mut self, name: DnsNameId, because_of: EntityId, ctx: &mut Kernel<Root>) {
        let spec = &self.plan.dns_names[name.index()];
        let Some(record) = self.dns.entities[name.index()] else { return };
        let is_there = |place| self.stacks.is_there(Made::Record(name, place));
        let now = match self.dns.pointed[name.index()] {
            Some(record) => Served(1 << record),
            None => spec.served(is_there, |check| self.dns.checks.is_healthy(check)),
        };
        let before = std::mem::replace(&mut self.dns.served[name.index()], now);
        for (place, RecordSpec { alias, .. }) in spec.records.iter().enumerate() {
            if before.has(place) != now.has(place) {
                let (balancer, listed) = (self.balancers.entity(*alias), now.has(place));
                let changed = Record::DnsRecordChanged { record, balancer, listed, health_check: because_of };
                Context::<Root>::record(ctx, changed);
            }
        }
    }

    /// People change where a name leads, which takes Route 53 a while.
    pub(crate) fn point(&mut self, name: DnsNameId, record: usize, ctx: &mut Kernel<Root>) {
        let spec = &self.plan.dns_names[name.index()];
        let now = Context::<Root>::now(ctx).as_nanos();
        let path = format!("dns_records/{}", spec.name);
        let luck = Context::<Root>::streams(ctx).stream(&path, &format!("change at {now}")).word();
        let record = u8::try_from(record).expect("few records");
        Context::<Root>::schedule_in(ctx, CHANGE.sample(luck), Pointed { name, record });
    }

    /// The change of a record is answered with.
    pub(crate) fn pointed(&mut self, Pointed { name, record }: Pointed, ctx: &mut Kernel<Root>) {
        self.dns.pointed[name.index()] = Some(record.into());
        if let Some(by_hand) = self.dns.entities[name.index()] {
            self.turn(name, by_hand, ctx);
        }
        self.look_at_runbooks(ctx);
    }

    /// Whether people have come through with where a name leads.
    pub(crate) fn is_pointed(&self, name: DnsNameId, record: usize) -> bool {
        self.dns.pointed[name.index()] == Some(record)
    }

    /// The entity of a name that leads to one of several load balancers, or the one that it leads to.
    pub(crate) fn name_entity(&self, name: DnsNameId) -> EntityId {
        let first = || self.balancers.entity(self.plan.dns_names[name.index()].records[0].alias);
        self.dns.entities[name.index()].unwrap_or_else(first)
    }

    /// A record of a name has been made.
    pub(crate) fn turn_name(&mut self, name: DnsNameId, ctx: &mut Kernel<Root>) {
        let checks =
            self.plan.dns_names[name.index()].records.iter().filter_map(|record| record.health_check);
        let check = checks.map(|check| self.check_entity(check)).next();
        if let Some(because_of) = check.or(self.dns.entities[name.index()]) {
            self.turn(name, because_of, ctx);
        }
    }

    pub(crate) fn check_entity(&self, check: HealthCheckId) -> EntityId {
        self.dns.check_entities[check.index()]
    }
}
