//! Runs made by hand, for tests: a few entities, records at chosen times, and traffic by rule.

use crate::{Measures, RunDocument};
use cloudsim_records::{
    Action, BillItem, Cause, ClientInfo, CommitClasses, DatabaseInstanceState, Digest, EndReason, EntityId,
    EntityInfo, EntityKind, Expectation, FailoverStep, FaultInfo, HOPS_MAX, InstanceState, Intervention,
    ObjectiveInfo, ObjectiveKind, Outcome, PodReason, PodState, PricesInfo, Record, RecoveryKind,
    RecoveryPoint, RequestFinished, RunStarted, ServiceInfo, SettingInfo, TargetHealth, WorkloadInfo,
};
use cloudsim_units::{NanoUsd, Ratio, SimDuration, SimTime};

/// Two zones, a balancer with a node in each, four servers behind it, and a database with a writer in a and a
/// standby in b.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) run: RunStarted,
    /// Why requests of each class fail.
    pub(crate) causes: [Cause; 2],
    records: Vec<(SimTime, Record)>,
    horizon: SimTime,
    requests: u64,
}

/// An instant in milliseconds.
pub(crate) fn ms(at: u64) -> SimTime {
    SimTime::from_nanos(at * 1_000_000)
}

/// An instant in seconds.
pub(crate) fn s(at: u64) -> SimTime {
    SimTime::from_secs(at)
}

impl Story {
    /// An hour's horizon is never needed: `seconds` is one. `web` is measured by class 0, `checkout` by class 1.
    pub(crate) fn new(seconds: u64) -> Self {
        let mut story = Self {
            run: RunStarted {
                name: "hand-made".into(),
                scenario: String::new(),
                overrides: Vec::new(),
                seed: 7,
                duration: SimDuration::from_secs(seconds),
                warm_up: SimDuration::ZERO,
                entities: Vec::new(),
                classes: vec!["browse".into(), "pay".into()],
                services: Vec::new(),
                faults: Vec::new(),
                objectives: Vec::new(),
                settings: Vec::new(),
                prices: PricesInfo::default(),
                placed: Vec::new(),
            },
            causes: [Cause::TargetUnreachable; 2],
            records: Vec::new(),
            horizon: SimTime::from_secs(seconds),
            requests: 0,
        };
        let (a, b) = (
            story.entity(EntityKind::Zone, "a", None, None),
            story.entity(EntityKind::Zone, "b", None, None),
        );
        let alb = story.entity(EntityKind::LoadBalancer, "alb", None, None);
        story.entity(EntityKind::BalancerNode, "alb-a", Some(a), Some(alb));
        story.entity(EntityKind::BalancerNode, "alb-b", Some(b), Some(alb));
        story.entity(EntityKind::TargetGroup, "frontend", None, None);
        let group = story.entity(EntityKind::AutoScalingGroup, "frontend", None, None);
        for (number, zone) in [(1, a), (2, a), (3, b), (4, b)] {
            story.entity(EntityKind::Instance, &format!("server-{number}"), Some(zone), Some(group));
        }
        let orders = story.entity(EntityKind::Database, "orders", None, None);
        story.entity(EntityKind::DatabaseInstance, "orders-1", Some(a), Some(orders));
        story.entity(EntityKind::DatabaseInstance, "orders-2", Some(b), Some(orders));
        story.entity(EntityKind::NatGateway, "nat-a", Some(a), None);
        let target_group = story.id("frontend");
        story.service("web", 0, vec![alb, target_group]);
        story.service("checkout", 1, vec![alb, target_group, orders]);
        story
    }

    /// An operator does something to a thing of that name, and is not refused.
    pub(crate) fn operated(&mut self, at: SimTime, action: Action, target: &str) -> &mut Self {
        let (target, text, refusal) = (self.id(target), format!("{action:?} {target}"), None);
        self.at(at, Record::Intervened(Box::new(Intervention { action, target, text, refusal })))
    }

    /// A name of `web` that a health check turns at an instant from the load balancer to another one.
    pub(crate) fn name_turns(&mut self, at: SimTime) -> &mut Self {
        let (east, west) = (self.id("alb"), self.entity(EntityKind::LoadBalancer, "alb-west", None, None));
        let health_check = self.entity(EntityKind::HealthCheck, "alb-well", None, None);
        let record = self.entity(EntityKind::DnsRecord, "www", None, None);
        self.run.services[0].depends_on.extend([west, health_check, record]);
        let changed = |balancer, listed| Record::DnsRecordChanged { record, balancer, listed, health_check };
        self.at(at, Record::HealthCheckChanged { health_check, healthy: false })
            .at(at, changed(east, false))
            .at(at, changed(west, true))
    }

    fn entity(
        &mut self,
        kind: EntityKind,
        name: &str,
        zone: Option<EntityId>,
        parent: Option<EntityId>,
    ) -> EntityId {
        let id = EntityId(u32::try_from(self.run.entities.len()).expect("a few"));
        self.run.entities.push(EntityInfo { id, kind, name: name.into(), zone, parent });
        id
    }

    fn service(&mut self, name: &str, class: u16, depends_on: Vec<EntityId>) {
        self.run.services.push(ServiceInfo {
            name: name.into(),
            classes: vec![class],
            threshold: Ratio::from_percent(99),
            stable_for: SimDuration::from_secs(30),
            depends_on,
            budget: Ratio::from_percent(1),
            clients: vec![ClientInfo { name: "browser".into(), timeout: SimDuration::from_secs(5) }],
            workload: None,
            request_value: None,
        });
    }

    /// What each request of a service is worth.
    pub(crate) fn request_value(&mut self, service: usize, value: NanoUsd) -> &mut Self {
        self.run.services[service].request_value = Some(value);
        self
    }

    /// The first entity of a name.
    pub(crate) fn id(&self, name: &str) -> EntityId {
        self.run.entities.iter().find(|entity| entity.name == name).expect("an entity of the story").id
    }

    pub(crate) fn at(&mut self, at: SimTime, record: Record) -> &mut Self {
        self.records.push((at, record));
        self
    }

    /// A zone of the story loses power from one second to another.
    pub(crate) fn dark(&mut self, zone: &str, from: u64, to: Option<u64>) -> &mut Self {
        let fault = u32::try_from(self.run.faults.len()).expect("a few");
        self.run.faults.push(FaultInfo {
            name: format!("{zone}-dark"),
            kind: "ZonePowerLoss".into(),
            target: zone.into(),
            at: s(from),
            lasts: to.map(|to| SimDuration::from_secs(to - from)),
        });
        self.at(s(from), Record::FaultStarted { fault });
        if let Some(to) = to {
            self.at(s(to), Record::FaultEnded { fault });
        }
        self
    }

    /// The second service measures a workload of that kind with a pod on a node, instead of requests; it needs all its pods.
    pub(crate) fn workload(&mut self, kind: &str) -> &mut Self {
        let zone = Some(self.id("a"));
        let cluster = self.entity(EntityKind::Cluster, "shop", None, None);
        let workload = self.entity(EntityKind::Workload, &format!("shop/{kind}/web"), None, Some(cluster));
        let node = self.entity(EntityKind::Node, "node-1", zone, Some(cluster));
        self.entity(EntityKind::Node, "node-2", Some(self.id("b")), Some(cluster));
        let pod = self.entity(EntityKind::Pod, "shop/web-1", zone, Some(workload));
        self.entity(EntityKind::Pod, "shop/bare", zone, Some(cluster));
        let service = &mut self.run.services[1];
        service.workload = Some(WorkloadInfo { workload, needs: None });
        service.depends_on = vec![workload, pod, node];
        (service.classes, service.clients) = (Vec::new(), Vec::new());
        self
    }

    /// So many pods of the workload serve, of so many that should.
    pub(crate) fn serves(&mut self, at: SimTime, pod: Option<&str>, serving: u32, wanted: u32) -> &mut Self {
        let of = self.run.services[1].workload.expect("it has a workload");
        let pod = pod.map(|pod| self.id(pod));
        let (workload, needed) = (of.workload, wanted);
        self.at(at, Record::WorkloadServes { workload, pod, serving, wanted, needed })
    }

    /// A pod of the workload changes.
    pub(crate) fn pod(&mut self, at: SimTime, pod: &str, state: PodState, reason: PodReason) -> &mut Self {
        let (pod, node) = (self.id(pod), Some(self.id("node-1")));
        self.at(at, Record::PodChanged { pod, node, state, reason })
    }

    /// The pod of the workload is bound; a second later it has its images, and another one later it runs.
    pub(crate) fn starts(&mut self, at: SimTime) -> &mut Self {
        let second = SimDuration::from_secs(1);
        self.pod(at, "shop/web-1", PodState::Scheduled, PodReason::None)
            .pod(at + second, "shop/web-1", PodState::Pulled, PodReason::None)
            .pod(at + second * 2, "shop/web-1", PodState::Running, PodReason::None)
    }

    pub(crate) fn instance(&mut self, at: SimTime, name: &str, state: InstanceState) -> &mut Self {
        let instance = self.id(name);
        self.at(at, Record::InstanceStateChanged { instance, state })
    }

    pub(crate) fn health(
        &mut self,
        at: SimTime,
        node: &str,
        target: &str,
        health: TargetHealth,
    ) -> &mut Self {
        let (group, node, target) = (self.id("frontend"), self.id(node), self.id(target));
        self.at(at, Record::TargetHealthChanged { group, node, target, health })
    }

    pub(crate) fn step(&mut self, at: SimTime, step: FailoverStep) -> &mut Self {
        let database = self.id("orders");
        self.at(at, Record::FailoverStepEnded { database, step })
    }

    pub(crate) fn writer(&mut self, at: SimTime, name: &str, state: DatabaseInstanceState) -> &mut Self {
        let (database, instance) = (self.id("orders"), self.id(name));
        self.at(at, Record::DatabaseInstanceChanged { database, instance, state })
    }

    /// A failover from the first instance of the database to the second.
    pub(crate) fn recovery(
        &mut self,
        at: SimTime,
        started: SimTime,
        rpo: SimDuration,
        lost: u64,
    ) -> &mut Self {
        self.recovery_of(RecoveryKind::Failover, at, started, rpo, lost)
    }

    pub(crate) fn recovery_of(
        &mut self,
        kind: RecoveryKind,
        at: SimTime,
        started: SimTime,
        rpo: SimDuration,
        commits_lost: u64,
    ) -> &mut Self {
        let (database, from, to) = (self.id("orders"), self.id("orders-1"), self.id("orders-2"));
        let fault = Some(0);
        let point = RecoveryPoint { database, kind, fault, from, to, started, rpo, commits_lost };
        self.at(at, Record::RecoveryPointChosen(Box::new(point)))
    }

    pub(crate) fn request(
        &mut self,
        class: u16,
        arrived: SimTime,
        at: SimTime,
        outcome: Outcome,
    ) -> &mut Self {
        let good = outcome == Outcome::Ok;
        let mut hops = [None; HOPS_MAX];
        hops[0] = Some(self.id("alb-b"));
        let request = RequestFinished {
            request: self.requests,
            class,
            arrived,
            outcome,
            code: if good { 200 } else { 0 },
            cause: if good { Cause::None } else { self.causes[usize::from(class)] },
            zone: (!good).then(|| self.id("a")),
            tries: 1,
            hops,
        };
        self.requests += 1;
        self.at(at, Record::RequestFinished(request))
    }

    /// `rate` requests in each second of `from..to`, evenly spaced. Those for which `fails` (with the instant of
    /// arrival and the number within the second) time out after five seconds, the others take 40 ms. What would end
    /// after the horizon is unfinished there.
    pub(crate) fn traffic(
        &mut self,
        class: u16,
        seconds: std::ops::Range<u64>,
        rate: u64,
        fails: impl Fn(SimTime, u64) -> bool,
    ) -> &mut Self {
        for second in seconds {
            for number in 0..rate {
                let arrived = SimTime::from_nanos(second * 1_000_000_000 + number * 1_000_000_000 / rate);
                let (delay, outcome) =
                    if fails(arrived, number) { (5_000, Outcome::Timeout) } else { (40, Outcome::Ok) };
                let at = arrived + SimDuration::from_millis(delay);
                if at > self.horizon {
                    self.request(class, arrived, self.horizon, Outcome::Unfinished);
                } else {
                    self.request(class, arrived, at, outcome);
                }
            }
        }
        self
    }

    /// When requests ended.
    pub(crate) fn endings(&self) -> Vec<SimTime> {
        let requests = self.records.iter().filter(|(_, record)| matches!(record, Record::RequestFinished(_)));
        requests.map(|(at, _)| *at).collect()
    }

    pub(crate) fn objective(&mut self, name: &str, kind: ObjectiveKind, expect: Expectation) -> &mut Self {
        self.run.objectives.push(ObjectiveInfo { name: name.into(), kind, expect });
        self
    }

    pub(crate) fn setting(&mut self, path: &str, value: &str, default: &str) -> &mut Self {
        self.run.settings.push(SettingInfo {
            path: path.into(),
            value: value.into(),
            default: default.into(),
            alternatives: Vec::new(),
        });
        self
    }

    /// Measures the records in order of time; those of one instant stay in the order in which they were told.
    pub(crate) fn measure(&mut self) -> RunDocument {
        self.records.sort_by_key(|(at, _)| *at);
        let mut measures = Measures::new();
        let mut digest = Digest::new();
        let first = (SimTime::ZERO, Record::RunStarted(Box::new(self.run.clone())));
        let last = (self.horizon, Record::RunEnded { reason: EndReason::Horizon });
        for (number, (at, record)) in (0..).zip(std::iter::once(&first).chain(&self.records).chain([&last])) {
            measures.observe(*at, number, record);
            digest.observe(*at, number, record);
        }
        measures.finish(self.horizon, false, digest.finish(), "0.1.0")
    }
}

/// Ten minutes in which zone a is dark for four: probes find its servers after up to 38 s, the database fails over.
pub(crate) fn zone_outage() -> Story {
    let mut story = Story::new(600);
    story.causes[1] = Cause::DatabaseUnreachable;
    story.run.warm_up = SimDuration::from_secs(30);
    story
        .setting("target_groups.frontend.interval", "15s", "30s")
        .setting("databases.orders.checkpoint_interval", "5m", "5m")
        .setting("databases.orders.dns_ttl", "5s", "5s")
        .setting(
            "databases.orders.clients",
            "[(caching: HonourTtl, weight: 1)]",
            "[(caching: HonourTtl, weight: 1)]",
        )
        .setting("clients.browser.timeout", "5s", "10s")
        .objective("web-rto", rto("web", 60), Expectation::Met)
        .objective("checkout-rto", rto("checkout", 60), Expectation::Met)
        .objective(
            "orders-rpo",
            ObjectiveKind::Rpo { database: "orders".into(), at_most: SimDuration::ZERO },
            Expectation::Met,
        )
        .objective(
            "web-availability",
            ObjectiveKind::Availability {
                service: "web".into(),
                at_least: Ratio::parse("99.9%").expect("a share"),
            },
            Expectation::Breached,
        )
        .objective(
            "web-p50",
            ObjectiveKind::Latency {
                service: "web".into(),
                percentile: 50_000,
                at_most: SimDuration::from_millis(500),
            },
            Expectation::Met,
        )
        .objective(
            "bill",
            ObjectiveKind::MonthlyCost { at_most: NanoUsd::parse("600").expect("money") },
            Expectation::Met,
        )
        .dark("a", 120, Some(360));
    for server in ["server-1", "server-2"] {
        story
            .instance(s(120), server, InstanceState::HostDown)
            .instance(s(360), server, InstanceState::Booting)
            .instance(ms(402_000), server, InstanceState::Running)
            .health(ms(418_000), "alb-b", server, TargetHealth::Healthy);
    }
    let (alb, node, orders, nat) =
        (story.id("alb"), story.id("alb-a"), story.id("orders"), story.id("nat-a"));
    story
        .at(s(120), Record::BalancerNodeChanged { node, up: false })
        .at(s(120), Record::NatGatewayChanged { nat_gateway: nat, up: false })
        .writer(s(120), "orders-1", DatabaseInstanceState::Unreachable)
        .health(ms(151_250), "alb-b", "server-1", TargetHealth::UnhealthyTimeout)
        .health(ms(158_200), "alb-b", "server-2", TargetHealth::UnhealthyTimeout)
        .at(ms(165_000), Record::DnsAnswerChanged { balancer: alb, node, listed: false })
        .step(ms(140_500), FailoverStep::Detect)
        .recovery(ms(140_500), s(120), SimDuration::ZERO, 0)
        .step(ms(168_100), FailoverStep::Recover)
        .step(ms(170_000), FailoverStep::Promote)
        .writer(ms(170_000), "orders-2", DatabaseInstanceState::Writer)
        .step(ms(172_000), FailoverStep::Dns)
        .at(ms(172_000), Record::FailoverFinished { database: orders, to: EntityId(13) })
        .at(ms(174_600), Record::DatabaseReconnected { server: EntityId(9), database: orders })
        .at(ms(177_300), Record::DatabaseReconnected { server: EntityId(10), database: orders })
        .at(s(360), Record::BalancerNodeChanged { node, up: true })
        .at(s(360), Record::NatGatewayChanged { nat_gateway: nat, up: true })
        .writer(ms(371_000), "orders-1", DatabaseInstanceState::Standby)
        .traffic(0, 0..600, 100, |at, number| at >= s(120) && at < ms(158_200) && number.is_multiple_of(2))
        .traffic(1, 0..600, 60, |at, _| at >= s(120) && at < ms(177_300));
    let commits = CommitClasses { acked_kept: 32_400, acked_lost: 0, unacked_kept: 3, unacked_gone: 41 };
    story.at(s(600), Record::CommitsSettled { database: orders, commits });
    let item = |what: &str, quantity_milli, unit: &str, usd| BillItem {
        what: what.into(),
        quantity_milli,
        unit: unit.into(),
        usd: NanoUsd::parse(usd).expect("money"),
        users: Vec::new(),
    };
    let bill = vec![
        item("instances hours", 2_920_000, "h", "280.32"),
        item("databases hours", 730_000, "h", "249.66"),
        item("nat_gateways hours", 730_000, "h", "32.85"),
        item("load_balancers LCU", 1_234_567, "LCU-h", "9.876536"),
    ];
    story.at(s(600), Record::BillDrawn(Box::new(bill)));
    story
}

pub(crate) fn rto(service: &str, seconds: u64) -> ObjectiveKind {
    ObjectiveKind::Rto { service: service.into(), at_most: SimDuration::from_secs(seconds) }
}
