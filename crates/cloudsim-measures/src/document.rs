//! The result of a run as values: what every form of output is made of.

use crate::evidence::Evidence;
use crate::kubernetes::KubernetesMeasures;
use crate::lanes::Lanes;
use crate::measures::or_never;
use crate::words;
use cloudsim_records::{
    BillItem, Cause, CommitClasses, Expectation, Needs, PricesInfo, RecoveryKind, RunDigest,
};
use cloudsim_units::{NanoUsd, Ratio, SimDuration, SimTime};
use std::cmp::Reverse;

/// Of workloads that nobody asks for anything so many are drawn.
const WORKLOADS_MAX: usize = 8;

/// What a run meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDocument {
    /// The version of the program that made it.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The overrides as given, in order, then the interventions that happened.
    pub overrides: Vec<String>,
    /// The horizon.
    pub duration: SimDuration,
    /// How far the run came.
    pub reached: SimTime,
    /// Whether someone stopped it before.
    pub interrupted: bool,
    /// The digest of its records.
    pub digest: RunDigest,
    /// The services that users see, in the scenario's order.
    pub services: Vec<ServiceMeasures>,
    /// The databases, in the scenario's order.
    pub databases: Vec<DatabaseMeasures>,
    /// The tables, in the scenario's order.
    pub tables: Vec<TableMeasures>,
    /// The faults that started, in the scenario's order.
    pub faults: Vec<FaultMeasures>,
    /// What became of nodes and pods.
    pub kubernetes: KubernetesMeasures,
    /// What had to hold, in the scenario's order.
    pub objectives: Vec<ObjectiveMeasure>,
    /// The bill of a month.
    pub cost: Cost,
    /// The changes of state worth telling, in order of time.
    pub timeline: Vec<TimelineEntry>,
    /// The same run as series over time, for drawing; not part of the JSON document.
    pub lanes: Lanes,
}

/// What the users of a service saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceMeasures {
    /// Its name.
    pub name: String,
    /// Valid requests: those that arrived after the warm-up and were over at the horizon.
    pub requests: u64,
    /// Those of them that were answered well within the client's patience.
    pub good: u64,
    /// Nanoseconds in which enough pods served, and nanoseconds that were looked at; of a workload that nobody asks for
    /// anything.
    pub uptime: Option<(u64, u64)>,
    /// How many ready pods it needs, and who says so; of such a workload.
    pub needs: Option<Needs>,
    /// The share of requests that may fail.
    pub budget: Ratio,
    /// From arrival to a good answer; `None` if there was none.
    pub latency: Option<LatencyMeasures>,
    /// What went wrong, the most frequent first.
    pub errors: Vec<ErrorGroup>,
    /// When too much went wrong, in order of time; they do not overlap.
    pub outages: Vec<Outage>,
}

impl ServiceMeasures {
    /// How much of it was good, and of how much: requests, or of a workload that nobody asks for anything the time.
    /// `None` if there was neither.
    #[must_use]
    pub fn availability(&self) -> Option<(u64, u64)> {
        let requests = (self.requests > 0).then_some((self.good, self.requests));
        requests.or(self.uptime.filter(|(_, whole)| *whole > 0))
    }

    /// The longest outage; `None` if there was none. One that did not end is longer than any that did.
    #[must_use]
    pub fn longest_outage(&self) -> Option<(usize, &Outage)> {
        self.outages
            .iter()
            .enumerate()
            .max_by_key(|(place, outage)| (outage.rto().unwrap_or(SimDuration::MAX), Reverse(*place)))
    }
}

/// The time to a good answer. Percentiles have three significant digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatencyMeasures {
    /// Half of the answers took no longer.
    pub p50: SimDuration,
    /// 95 % took no longer.
    pub p95: SimDuration,
    /// 99 % took no longer.
    pub p99: SimDuration,
    /// The slowest, exact.
    pub max: SimDuration,
}

/// Requests that failed in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorGroup {
    /// The status of the last answer (`"504"`), or where there was none: `"timeout"`, `"connect"`, `"abandoned"`.
    pub code: String,
    /// Why the last try failed.
    pub cause: Cause,
    /// The zone of what made it fail.
    pub zone: Option<String>,
    /// How many requests.
    pub count: u64,
}

/// A time in which a service was degraded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// The fault behind it, by name.
    pub fault: Option<String>,
    /// Where the recovery time counts from.
    pub started: SimTime,
    /// From when on the service was good for long enough; `None` if it never was.
    pub restored: Option<SimTime>,
    /// The most pods that a workload needed meanwhile; `None` of what is judged by its requests.
    pub needed: Option<u32>,
    /// Where the time went: contiguous from `started`; to `restored` if there is one.
    pub phases: Vec<Phase>,
}

/// All outages of some services, with whose each is, the longest first; one that did not end is longer than any that did.
#[must_use]
pub fn longest_first(services: &[ServiceMeasures]) -> Vec<(&ServiceMeasures, &Outage)> {
    let all = services.iter().flat_map(|service| service.outages.iter().map(move |outage| (service, outage)));
    let mut outages: Vec<_> = all.collect();
    outages.sort_by_key(|(_, outage)| Reverse(or_never(outage.rto())));
    outages
}

impl Outage {
    /// Up to when its phases tell of it: to its end, if it had one.
    #[must_use]
    pub fn told_until(&self) -> SimTime {
        self.restored.or(self.phases.last().map(|phase| phase.to)).unwrap_or(self.started)
    }

    /// Of the phases that a setting owns the longest; of equally long ones the first.
    #[must_use]
    pub fn longest_owned(&self) -> Option<&Phase> {
        let owned = self.phases.iter().filter(|phase| phase.setting.is_some());
        owned.rev().max_by_key(|phase| phase.span())
    }

    /// The recovery time; `None` if the service was not restored.
    #[must_use]
    pub fn rto(&self) -> Option<SimDuration> {
        self.restored.map(|restored| restored.since(self.started))
    }
}

/// A part of an outage, up to the record that ended it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// What was waited for.
    pub name: String,
    /// When it began.
    pub from: SimTime,
    /// When it ended.
    pub to: SimTime,
    /// The setting that owns it, as `--set` names it.
    pub setting: Option<String>,
    /// The setting's value in this run, as the scenario would write it; not part of the JSON document.
    pub value: Option<String>,
    /// The vendor's default of that setting, as the scenario would write it.
    pub default: Option<String>,
    /// The names of what else may decide how long it takes, if no setting owns it; not part of the JSON document.
    pub candidates: Vec<String>,
    /// What is known of them, once [`RunDocument::know`] was told; not part of the JSON document.
    pub deciders: Vec<Decider>,
    /// The record that ended it; `None` if that is the run, or the first good second.
    pub ended_by: Option<Evidence>,
    /// What the best other value of the setting would have done.
    pub lever: Option<Lever>,
}

impl Phase {
    /// How long it took.
    #[must_use]
    pub fn span(&self) -> SimDuration {
        self.to.since(self.from)
    }
}

/// What decides how long something takes, and is no setting that `--levers` tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decider {
    /// The path of a setting, or in capitals the name of a constant of the model.
    pub name: String,
    /// Its value, as the scenario would write it.
    pub value: String,
    /// What it is if nobody sets it; a constant has none.
    pub default: Option<String>,
    /// Where a constant is from.
    pub source: Option<String>,
}

impl Decider {
    /// Its value, with what else it would be, or where a constant is from.
    #[must_use]
    pub fn told(&self) -> String {
        match (&self.default, &self.source) {
            (Some(default), _) if *default == self.value => format!("{} (default)", self.value),
            (Some(default), _) => format!("{} (default {default})", self.value),
            (None, Some(source)) => format!("{} (a constant: {source})", self.value),
            (None, None) => format!("{} (a constant)", self.value),
        }
    }
}

/// What another value of a setting does to a recovery time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lever {
    /// The value, as the scenario would write it.
    pub value: String,
    /// The recovery time with it; `None` if the service is not restored then.
    pub rto: Option<SimDuration>,
}

/// The lever of a run that shortens an outage most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BiggestLever<'a> {
    /// The setting, as `--set` names it.
    pub setting: &'a str,
    /// Its value in this run.
    pub value: &'a str,
    /// The value that is better.
    pub other: &'a str,
    /// The service whose outage it shortens.
    pub service: &'a str,
    /// The recovery time with it.
    pub rto: SimDuration,
}

/// What all objectives of a run together come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// [`Verdict::Met`] if all is as expected, [`Verdict::Breached`] if something is not, else
    /// [`Verdict::Inconclusive`]; `None` if there are no objectives.
    pub verdict: Option<Verdict>,
    /// The same in a word; empty if there are no objectives.
    pub word: &'static str,
    /// Why, in a few words.
    pub why: String,
}

/// What became of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseMeasures {
    /// Its name.
    pub name: String,
    /// Lost commits that people have written again.
    pub reconciled: u64,
    /// Its commits, each in one class; all zero before they are settled at the end of a run.
    pub commits: CommitClasses,
    /// Failovers, promotions and restores, in order of time.
    pub failovers: Vec<FailoverMeasures>,
    /// Whether it ended without a writer and without a recovery point: what is lost is not known.
    pub undecided: bool,
}

/// What became of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableMeasures {
    /// Its writes and what was lost with regions, as of a database.
    pub data: DatabaseMeasures,
    /// Acknowledged writes whose place a later one of another region took that had not seen them.
    pub overwritten: u64,
    /// Acknowledged writes that were on their way to other regions when the run ended.
    pub open: u64,
}

/// A failover, promotion, restore or takeover whose recovery point is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailoverMeasures {
    /// Which of them.
    pub kind: RecoveryKind,
    /// The fault behind it, by name.
    pub fault: Option<String>,
    /// The instance that took writes before; of a table the region that is lost.
    pub from: String,
    /// The instance that takes them after; of a table a region that is left.
    pub to: String,
    /// When writes stopped.
    pub started: SimTime,
    /// When the database took writes again; `None` if it had not yet.
    pub finished: Option<SimTime>,
    /// Last acknowledged commit minus last one up to which all survived.
    pub rpo: SimDuration,
    /// Acknowledged commits of the run that are gone. Where the recovery point lies before the run, those from before it are
    /// gone too, and nobody has counted them.
    pub commits_lost: u64,
}

impl FailoverMeasures {
    /// How many commits are gone, in words: at least so many if some are from before the run.
    #[must_use]
    pub fn lost(&self) -> String {
        words::lost(self.commits_lost, self.rpo, self.started)
    }

    /// The recovery time of the database itself; `None` if it had not finished.
    #[must_use]
    pub fn rto(&self) -> Option<SimDuration> {
        self.finished.map(|finished| finished.since(self.started))
    }
}

/// A fault that started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultMeasures {
    /// Its name.
    pub name: String,
    /// Its kind, as the scenario writes it.
    pub kind: String,
    /// What it hit, by name.
    pub target: String,
    /// When it started.
    pub started: SimTime,
    /// When its cause ended; `None` if it had not yet.
    pub ended: Option<SimTime>,
    /// The number of the record that it started with.
    pub record: u64,
}

/// An amount that an objective is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A time, printed in seconds.
    Time(SimDuration),
    /// A share, kept exact.
    Share {
        /// How many.
        part: u64,
        /// Of how many; not 0.
        whole: u64,
    },
    /// Money, printed in dollars.
    Money(NanoUsd),
}

/// What came of an objective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectiveMeasure {
    /// Its name.
    pub name: String,
    /// `Rto`, `Rpo`, `Availability`, `Latency` or `MonthlyCost`.
    pub kind: &'static str,
    /// What is measured, for eyes: `RTO`, `p99.9`.
    pub label: String,
    /// The service or database, by name; `bill` for a cost.
    pub subject: String,
    /// The limit.
    pub target: Quantity,
    /// What was measured; `None` if nothing was, or if the service was not restored.
    pub actual: Option<Quantity>,
    /// The raw comparison.
    pub met: bool,
    /// Whether it should be met.
    pub expect: Expectation,
    /// Whether there was anything to judge by.
    pub conclusive: bool,
}

impl ObjectiveMeasure {
    /// What a judge says.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.conclusive, self.met, self.expect) {
            (false, ..) => Verdict::Inconclusive,
            (true, true, Expectation::Met) => Verdict::Met,
            (true, false, Expectation::Breached) => Verdict::BreachedAsExpected,
            (true, false, Expectation::Met) => Verdict::Breached,
            (true, true, Expectation::Breached) => Verdict::MetAgainstExpectation,
        }
    }
}

/// What a judge says about an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It holds, as it should.
    Met,
    /// It does not hold, which the scenario set out to show.
    BreachedAsExpected,
    /// It does not hold, and should.
    Breached,
    /// It holds, and should not.
    MetAgainstExpectation,
    /// There was nothing to judge by.
    Inconclusive,
}

impl Verdict {
    /// Whether the outcome contradicts what the scenario says.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Breached | Self::MetAgainstExpectation)
    }
}

/// The bill of a month, and what an incident costs beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The lines of the bill.
    pub items: Vec<BillItem>,
    /// The same by service, in the scenario's order; what is nobody's in particular comes last.
    pub by_service: Vec<ServiceCost>,
    /// What retrievals from archives and replicas created in other regions cost, once.
    pub recovery: Vec<BillItem>,
    /// What lost requests were worth, of the services whose requests have a value.
    pub outage: Vec<OutageCost>,
    /// Which prices the bill is made with.
    pub prices: PricesInfo,
}

/// What a service costs in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCost {
    /// The service; `None` for what is shared.
    pub service: Option<String>,
    /// Its part of the bill.
    pub usd: NanoUsd,
}

/// What a service's lost requests were worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutageCost {
    /// The service.
    pub service: String,
    /// Valid requests that were not good.
    pub lost: u64,
    /// What each is worth.
    pub value: NanoUsd,
}

impl OutageCost {
    /// What they were worth together.
    #[must_use]
    pub fn usd(&self) -> NanoUsd {
        self.value.times(self.lost.into(), 1)
    }
}

impl Cost {
    /// Which prices are the scenario's own, in words; `None` if none is.
    #[must_use]
    pub fn own_prices(&self) -> Option<String> {
        let own = self.prices.own.as_ref()?;
        let of: Vec<&str> = [&own.region, &own.date].into_iter().flatten().map(String::as_str).collect();
        let of = if of.is_empty() { String::new() } else { format!(" ({})", of.join(", ")) };
        let PricesInfo { region, date, own: _ } = &self.prices;
        Some(format!("prices{of}: {}; all others {region}, {date}", own.names.join(", ")))
    }

    /// The sum of its lines.
    #[must_use]
    pub fn monthly(&self) -> NanoUsd {
        self.items.iter().map(|item| item.usd).sum()
    }

    /// What was paid once.
    #[must_use]
    pub fn once(&self) -> NanoUsd {
        self.recovery.iter().map(|item| item.usd).sum()
    }

    /// What all lost requests were worth.
    #[must_use]
    pub fn lost(&self) -> NanoUsd {
        self.outage.iter().map(OutageCost::usd).sum()
    }
}

/// A change of state worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When it happened.
    pub at: SimTime,
    /// To what, by name.
    pub subject: String,
    /// What happened, in a few words.
    pub what: String,
    /// More of it; may be empty.
    pub detail: String,
}

impl RunDocument {
    /// The services, then the workloads whose pods are looked at beside them.
    pub fn services_and_workloads(&self) -> impl Iterator<Item = &ServiceMeasures> {
        self.services.iter().chain(&self.kubernetes.workloads)
    }

    /// The same, to be changed: what the best other value of a phase's setting would have done is noted on the phase.
    pub fn services_and_workloads_mut(&mut self) -> impl Iterator<Item = &mut ServiceMeasures> {
        self.services.iter_mut().chain(&mut self.kubernetes.workloads)
    }

    /// Takes in what a scenario sets beside its settings, and what is constant: it is noted on the phases that it decides.
    pub fn know(&mut self, known: &[Decider]) {
        let outages = self.services_and_workloads_mut().flat_map(|service| &mut service.outages);
        for phase in outages.flat_map(|outage| &mut outage.phases) {
            let of = |name: &String| {
                let found = known.iter().find(|decider| decider.name == *name).cloned();
                debug_assert!(found.is_some() || !name.starts_with("assumptions."), "there is no {name}");
                found
            };
            phase.deciders = phase.candidates.iter().filter_map(of).collect();
        }
    }

    /// The workloads that fell below what they need, with that and their longest outage, the longest first.
    pub(crate) fn fallen(&self) -> Vec<(&ServiceMeasures, Needs, &Outage)> {
        let fallen = self.services.iter();
        let mut fallen: Vec<_> = fallen
            .filter_map(|service| Some((service, service.needs?, service.longest_outage()?.1)))
            .collect();
        fallen.sort_by_key(|(.., outage)| Reverse(outage.rto().unwrap_or(SimDuration::MAX)));
        fallen
    }

    /// The databases, then what became of the data of the tables.
    pub fn databases_and_tables(&self) -> impl Iterator<Item = &DatabaseMeasures> {
        self.databases.iter().chain(self.tables.iter().map(|table| &table.data))
    }

    /// The names of the services that are drawn: all that someone asks, and some of the workloads that nobody does, those
    /// first that were down.
    #[must_use]
    pub fn drawn_services(&self) -> Vec<&str> {
        let workloads = || self.services.iter().filter(|service| service.uptime.is_some());
        let down = workloads().filter(|service| !service.outages.is_empty());
        let up = workloads().filter(|service| service.outages.is_empty());
        let workloads = down.chain(up).take(WORKLOADS_MAX);
        let asked = self.services.iter().filter(|service| service.uptime.is_none());
        asked.chain(workloads).map(|service| service.name.as_str()).collect()
    }

    /// The lever that shortens an outage of a service most; the first of equals, as the scenario has them.
    #[must_use]
    pub fn biggest_lever(&self) -> Option<BiggestLever<'_>> {
        let mut best: Option<(SimDuration, BiggestLever<'_>)> = None;
        for service in &self.services {
            for outage in &service.outages {
                for phase in &outage.phases {
                    let Some((lever, rto)) = phase.lever.as_ref().and_then(|lever| Some((lever, lever.rto?)))
                    else {
                        continue;
                    };
                    let gain = or_never(outage.rto()).saturating_sub(rto);
                    if !gain.is_zero() && best.as_ref().is_none_or(|(most, _)| gain > *most) {
                        let setting = phase.setting.as_deref().unwrap_or("?");
                        let value = phase.value.as_deref().unwrap_or("?");
                        let (service, other) = (&*service.name, &*lever.value);
                        best = Some((gain, BiggestLever { setting, value, other, service, rto }));
                    }
                }
            }
        }
        best.map(|(_, lever)| lever)
    }

    /// What all objectives together come to.
    #[must_use]
    pub fn judgement(&self) -> Judgement {
        let all = self.objectives.len();
        let of = |verdict, word, why| Judgement { verdict: Some(verdict), word, why };
        if all == 0 {
            return Judgement { verdict: None, word: "", why: "no objectives".to_owned() };
        }
        if self.interrupted {
            return of(Verdict::Inconclusive, "OPEN", "interrupted: objectives are not judged".to_owned());
        }
        let count =
            |verdict| self.objectives.iter().filter(|objective| objective.verdict() == verdict).count();
        let breached = count(Verdict::Breached);
        let unexpected = count(Verdict::MetAgainstExpectation);
        let open = count(Verdict::Inconclusive);
        let objectives = words::several(all, "objective");
        match (breached, unexpected, open) {
            (0, 0, 0) => of(Verdict::Met, "PASS", format!("{objectives} as expected")),
            (0, 0, _) => of(Verdict::Inconclusive, "OPEN", format!("{open} of {objectives} not measured")),
            (_, 0, _) => of(Verdict::Breached, "FAIL", format!("{breached} of {objectives} breached")),
            (0, ..) => {
                of(Verdict::Breached, "FAIL", format!("{unexpected} of {objectives} met against expectation"))
            }
            _ => {
                let failed = breached + unexpected;
                of(Verdict::Breached, "FAIL", format!("{failed} of {objectives} not as expected"))
            }
        }
    }

    /// Whether any objective contradicts what the scenario says of it.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.objectives.iter().any(|objective| objective.verdict().is_failure())
    }

    /// Whether any objective had nothing to judge by, or there is none at all.
    #[must_use]
    pub fn is_inconclusive(&self) -> bool {
        self.objectives.is_empty() || self.objectives.iter().any(|objective| !objective.conclusive)
    }
}
