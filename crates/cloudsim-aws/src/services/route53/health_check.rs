//! Health checks: checkers all over the world ask an endpoint again and again, each with a phase of its own, and the
//! endpoint is healthy while enough of them say so. Those of routing controls ask nobody: they are as people have switched
//! them.

use super::limits;
use crate::prices::{Price, PriceList};
use cloudsim_engine::{Context, Vocabulary};
use cloudsim_records::{EntityId, Record};
use cloudsim_units::{DurationDistribution, NanoUsd, SimDuration};
use cloudsim_world::{ClassId, HealthCheckId, LoadBalancerId};

/// The words of Route 53.
#[derive(Debug)]
pub struct Route53;

impl Vocabulary for Route53 {
    type Event = Event;
    type Record = Record;
    type Signal = Signal;
}

/// What will happen to a checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is time for its next request.
    CheckDue {
        /// The health check.
        check: HealthCheckId,
        /// The number of the checker.
        checker: u8,
    },
    /// Its request was answered, or will not be any more.
    CheckEnded {
        /// The health check.
        check: HealthCheckId,
        /// The number of the checker.
        checker: u8,
        /// Whether it found the endpoint well.
        well: bool,
    },
    /// Names turn by what a routing control was switched to.
    Switched {
        /// The health check of the routing control.
        check: HealthCheckId,
        /// Whether it is on.
        on: bool,
    },
}

/// What others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The endpoint is taken to be healthy from now on, or not any more.
    HealthChanged {
        /// The health check.
        check: HealthCheckId,
    },
}

/// A health check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheckSpec {
    /// Its name, or that of its routing control.
    pub name: String,
    /// What it rests on.
    pub on: RestsOn,
}

/// What a health check rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestsOn {
    /// What checkers find.
    Checkers(EndpointCheck),
    /// A routing control, which is on or off at first.
    RoutingControl {
        /// Whether it is on.
        on: bool,
    },
}

impl HealthCheckSpec {
    /// What checkers ask, if they ask anything.
    #[must_use]
    pub const fn endpoint(&self) -> Option<&EndpointCheck> {
        match &self.on {
            RestsOn::Checkers(check) => Some(check),
            RestsOn::RoutingControl { .. } => None,
        }
    }
}

/// What checkers ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointCheck {
    /// The load balancer that is asked.
    pub target: LoadBalancerId,
    /// At that port.
    pub port: u16,
    /// Whether that port speaks HTTPS.
    pub https: bool,
    /// The class whose page is asked for; without one it is a page that a server has by itself.
    pub class: Option<ClassId>,
    /// From an answer to the next request of the same checker.
    pub interval: SimDuration,
    /// So many results in a row change a checker's mind.
    pub failure_threshold: u32,
}

impl EndpointCheck {
    /// What it costs in a month: itself, and each of its optional features, which are HTTPS and requests every ten seconds.
    #[must_use]
    pub fn month(&self, prices: &PriceList) -> NanoUsd {
        let features = i64::from(self.https) + i64::from(self.interval == limits::FAST_INTERVAL);
        prices.of(Price::HealthCheck) + prices.of(Price::HealthCheckFeature) * features
    }
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it was answered well and in time.
    pub well: bool,
    /// When that was known.
    pub after: SimDuration,
}

#[derive(Clone, Copy, Debug)]
struct Checker {
    /// One way to the internet's end of an endpoint.
    latency: SimDuration,
    thinks: bool,
    /// So many results in a row were not as it thinks.
    against: u32,
}

#[derive(Debug)]
struct Check {
    entity: EntityId,
    interval: SimDuration,
    failure_threshold: u32,
    checkers: Vec<Checker>,
    healthy: bool,
}

/// All health checks.
#[derive(Debug, Default)]
pub struct HealthChecks {
    all: Vec<Check>,
}

impl HealthChecks {
    /// Adds a check that has long been running: all of its checkers think that the endpoint is well, as they do of one of which
    /// they know nothing (R53-08). That of a routing control has none.
    pub fn place(
        &mut self,
        entity: EntityId,
        spec: &HealthCheckSpec,
        assumed: &limits::Checks,
        ctx: &mut impl Context<Route53>,
    ) {
        let check = HealthCheckId::from_index(self.all.len());
        let asks = match &spec.on {
            RestsOn::Checkers(asks) => asks,
            RestsOn::RoutingControl { on } => {
                let (interval, failure_threshold, checkers) = (SimDuration::ZERO, 0, Vec::new());
                self.all.push(Check { entity, interval, failure_threshold, checkers, healthy: *on });
                return;
            }
        };
        let path = format!("health_checks/{}", spec.name);
        let (streams, last) =
            (ctx.streams().clone(), asks.interval.saturating_sub(SimDuration::from_nanos(1)));
        let mut phases = streams.stream(&path, "phases");
        let mut ways = streams.stream(&path, "ways");
        let mut checkers = Vec::new();
        for checker in 0..limits::CHECKERS {
            let latency = assumed.checker_latency.sample(ways.word());
            checkers.push(Checker { latency, thinks: true, against: 0 });
            let phase = DurationDistribution::Uniform(SimDuration::ZERO, last).sample(phases.word());
            ctx.schedule_in(phase, Event::CheckDue { check, checker });
        }
        let EndpointCheck { interval, failure_threshold, .. } = *asks;
        self.all.push(Check { entity, interval, failure_threshold, checkers, healthy: true });
    }

    /// Whether the endpoint is taken to be healthy.
    #[must_use]
    pub fn is_healthy(&self, check: HealthCheckId) -> bool {
        self.all[check.index()].healthy
    }

    /// How many checkers think that the endpoint is well.
    #[must_use]
    pub fn votes(&self, check: HealthCheckId) -> usize {
        self.all[check.index()].checkers.iter().filter(|checker| checker.thinks).count()
    }

    /// Switches a routing control, of whose health check that is. It takes a while until names turn by it.
    pub fn switch(
        &self,
        check: HealthCheckId,
        on: bool,
        assumed: &limits::Checks,
        ctx: &mut impl Context<Route53>,
    ) {
        let path = format!("health_checks/{}", check.index());
        let at = ctx.now().as_nanos();
        let luck = ctx.streams().stream(&path, &format!("switched at {at}")).word();
        ctx.schedule_in(assumed.routing_control.sample(luck), Event::Switched { check, on });
    }

    /// Lets an event happen. `ask` says what comes of a request that is sent now over a way of that latency.
    pub fn handle(
        &mut self,
        event: Event,
        ask: impl FnOnce(SimDuration) -> Finding,
        ctx: &mut impl Context<Route53>,
    ) {
        match event {
            Event::CheckDue { check, checker } => {
                let latency = self.all[check.index()].checkers[usize::from(checker)].latency;
                let Finding { well, after } = ask(latency);
                ctx.schedule_in(after, Event::CheckEnded { check, checker, well });
            }
            Event::CheckEnded { check, checker, well } => {
                let interval = self.all[check.index()].interval;
                // From the answer, not from the request (R53-01).
                ctx.schedule_in(interval, Event::CheckDue { check, checker });
                self.observe((check, checker), well, ctx);
            }
            Event::Switched { check, on } => self.turn(check, on, ctx),
        }
    }

    fn observe(&mut self, (id, checker): (HealthCheckId, u8), well: bool, ctx: &mut impl Context<Route53>) {
        let check = &mut self.all[id.index()];
        let checker = &mut check.checkers[usize::from(checker)];
        if checker.thinks == well {
            checker.against = 0;
            return;
        }
        checker.against += 1;
        if checker.against < check.failure_threshold {
            return;
        }
        (checker.thinks, checker.against) = (well, 0);
        let votes = check.checkers.iter().filter(|checker| checker.thinks).count();
        let healthy = votes * 100 > check.checkers.len() * limits::HEALTHY_ABOVE_PERCENT;
        self.turn(id, healthy, ctx);
    }

    fn turn(&mut self, id: HealthCheckId, healthy: bool, ctx: &mut impl Context<Route53>) {
        let check = &mut self.all[id.index()];
        if healthy != check.healthy {
            check.healthy = healthy;
            ctx.record(Record::HealthCheckChanged { health_check: check.entity, healthy });
            ctx.signal(Signal::HealthChanged { check: id });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_engine::Probe;
    use cloudsim_units::SimTime;

    const CHECK: HealthCheckId = HealthCheckId(0);
    const DEAD: Finding = Finding { well: false, after: limits::CONNECT_TIMEOUT };
    const ALIVE: Finding = Finding { well: true, after: SimDuration::from_millis(100) };

    fn checks(seed: u64) -> (HealthChecks, Probe<Route53>) {
        let (mut checks, mut probe) = (HealthChecks::default(), Probe::new(seed));
        let asks = EndpointCheck {
            target: LoadBalancerId(0),
            port: 443,
            https: true,
            class: None,
            interval: limits::INTERVAL,
            failure_threshold: 3,
        };
        let spec = HealthCheckSpec { name: "web".into(), on: RestsOn::Checkers(asks) };
        checks.place(EntityId(7), &spec, &limits::Checks::default(), &mut probe);
        (checks, probe)
    }

    /// Runs until somebody changes their mind.
    fn turns(checks: &mut HealthChecks, probe: &mut Probe<Route53>, finding: Finding) -> SimTime {
        let before = checks.is_healthy(CHECK);
        while checks.is_healthy(CHECK) == before {
            let event = probe.next_event().expect("checkers never stop");
            checks.handle(event, |_| finding, probe);
        }
        probe.now
    }

    /// More than 18 % of 16 are three: the fourteenth checker that gives up turns it. Each gives up with its third time-out of
    /// 4 s, after two pauses of 30 s.
    #[test]
    fn an_endpoint_that_is_dead_is_unhealthy_once_two_checkers_are_left() {
        for seed in 0..20 {
            let (mut checks, mut probe) = checks(seed);
            let at = turns(&mut checks, &mut probe, DEAD).since(SimTime::ZERO);
            assert_eq!(checks.votes(CHECK), 2, "seed {seed}");
            let all = SimDuration::from_secs(72);
            assert!(at >= all && at < all + limits::INTERVAL, "seed {seed}: {at}");
        }
    }

    #[test]
    fn one_that_is_alive_again_is_healthy_once_three_think_so() {
        let (mut checks, mut probe) = checks(1);
        turns(&mut checks, &mut probe, DEAD);
        turns(&mut checks, &mut probe, ALIVE);
        assert_eq!(checks.votes(CHECK), 3);
    }

    #[test]
    fn a_routing_control_asks_nobody_and_turns_soon_after_it_is_switched() {
        let (mut checks, mut probe) = (HealthChecks::default(), Probe::new(1));
        let spec = HealthCheckSpec { name: "east".into(), on: RestsOn::RoutingControl { on: true } };
        let assumed = limits::Checks::default();
        checks.place(EntityId(7), &spec, &assumed, &mut probe);
        assert!(checks.is_healthy(CHECK) && probe.next_event().is_none());
        checks.switch(CHECK, false, &assumed, &mut probe);
        assert!(checks.is_healthy(CHECK));
        let event = probe.next_event().expect("it will turn");
        checks.handle(event, |_| unreachable!("nobody is asked"), &mut probe);
        assert!(!checks.is_healthy(CHECK) && probe.now <= SimTime::from_secs(10));
    }

    #[test]
    fn two_failures_in_a_row_are_forgotten_by_an_answer() {
        let (mut checks, mut probe) = checks(3);
        let mut asked = [0_u32; limits::CHECKERS as usize];
        for _ in 0..1_000 {
            let event = probe.next_event().expect("checkers never stop");
            let mut finding = ALIVE;
            if let Event::CheckDue { checker, .. } = event {
                let asked = &mut asked[usize::from(checker)];
                *asked += 1;
                finding = if *asked % 3 == 0 { ALIVE } else { DEAD };
            }
            checks.handle(event, |_| finding, &mut probe);
        }
        assert_eq!(checks.votes(CHECK), usize::from(limits::CHECKERS));
    }
}
