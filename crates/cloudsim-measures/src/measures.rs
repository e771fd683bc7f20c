//! From records, one by one, to the result of a run.

use crate::causes::{FaultSpan, Reach, fault_spans};
use crate::clusters::Clusters;
use crate::document::{FaultMeasures, Outage, RunDocument, ServiceMeasures};
use crate::evidence::Witnesses;
use crate::lanes::{self, Entrances, Lanes};
use crate::milestones::{Faults, Hosts, Milestone, Step, milestones};
use crate::outages::Dip;
use crate::settings::Settings;
use crate::tally::Tally;
use crate::waterfall::Waterfall;
use crate::workload::Serving;
use crate::{
    buckets, choices, conditions, cost, groups, kubernetes, objectives, outages, placement, recovery,
    timeline, workload,
};
use cloudsim_records::{BillItem, Names, Record, RequestFinished, RunDigest, RunStarted, ServiceInfo};
use cloudsim_units::{SimDuration, SimTime};

/// A record that is not about a request: what changed, and when.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) at: SimTime,
    pub(crate) number: u64,
    pub(crate) record: Record,
}

/// Measures a run from its records, one by one.
#[derive(Clone, Debug)]
pub struct Measures {
    run: Option<Box<RunStarted>>,
    names: Names,
    warm_up: SimTime,
    /// By class of requests: the places of the services that are measured by it.
    services_of: Vec<Vec<usize>>,
    tallies: Vec<Tally>,
    entrances: Entrances,
    changes: Vec<Change>,
    bill: Option<Vec<BillItem>>,
    paid_once: Vec<BillItem>,
}

/// What all services have in common.
#[derive(Clone, Copy)]
struct Common<'a> {
    spans: &'a [FaultSpan],
    hosts: &'a Hosts,
    clusters: &'a Clusters,
    /// When that is.
    reached: SimTime,
}

impl Measures {
    /// Nothing measured yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            run: None,
            names: Names::new(),
            warm_up: SimTime::ZERO,
            services_of: Vec::new(),
            tallies: Vec::new(),
            entrances: Entrances::default(),
            changes: Vec::new(),
            bill: None,
            paid_once: Vec::new(),
        }
    }

    /// Takes the next record. Records come in the order of their numbers, [`Record::RunStarted`] first.
    pub fn observe(&mut self, at: SimTime, number: u64, record: &Record) {
        match record {
            Record::RequestFinished(request) => self.observe_request(at, number, request),
            Record::RunStarted(run) => self.start(run),
            Record::BillDrawn(items) => self.bill = Some((**items).clone()),
            Record::PaidOnce(items) => self.paid_once.clone_from(items),
            _ => {
                self.names.observe(record);
                self.changes.push(Change { at, number, record: record.clone() });
            }
        }
    }

    fn observe_request(&mut self, at: SimTime, number: u64, request: &RequestFinished) {
        self.entrances.observe(request, &self.names);
        if request.arrived < self.warm_up {
            return;
        }
        if let Some(services) = self.services_of.get(usize::from(request.class)) {
            for service in services {
                self.tallies[*service].observe(at, number, request);
            }
        }
    }

    fn start(&mut self, run: &RunStarted) {
        self.names.observe(&Record::RunStarted(Box::new(run.clone())));
        self.warm_up = SimTime::ZERO + run.warm_up;
        self.services_of = vec![Vec::new(); run.classes.len()];
        for (place, service) in run.services.iter().enumerate() {
            for class in &service.classes {
                self.services_of[usize::from(*class)].push(place);
            }
        }
        self.tallies = run.services.iter().map(|_| Tally::new()).collect();
        self.run = Some(Box::new(run.clone()));
    }

    /// The result of the run, which came to `reached`; `version` is that of the program.
    ///
    /// # Panics
    /// If no [`Record::RunStarted`] was observed.
    #[must_use]
    pub fn finish(
        self,
        reached: SimTime,
        interrupted: bool,
        digest: RunDigest,
        version: &str,
    ) -> RunDocument {
        let run = self.run.as_deref().expect("the first record of a run says what is run");
        let spans = fault_spans(run, &self.changes);
        let hosts = Hosts::of(&self.names);
        let serving = workload::serving(&self.changes);
        let common = Common {
            spans: &spans,
            hosts: &hosts,
            clusters: &Clusters::of(run, &self.changes, &self.names, reached),
            reached,
        };
        let serves = |info: &ServiceInfo| -> &[Serving] {
            info.workload.and_then(|of| serving.get(&of.workload)).map_or(&[], Vec::as_slice)
        };
        let mut services = Vec::new();
        let mut workloads = Vec::new();
        let mut service_lanes = Vec::new();
        for (info, tally) in run.services.iter().zip(&self.tallies) {
            let windows = buckets::windows(&tally.buckets, info.threshold);
            let measured = self.service(run, info, (tally, &windows, serves(info)), common);
            if info.workload.is_some_and(|of| of.needs.is_none()) {
                workloads.push(measured);
                continue;
            }
            services.push(measured);
            service_lanes.push(match info.workload {
                Some(of) => lanes::workload_lane(info, of, serves(info), (self.warm_up, reached)),
                None => lanes::service_lane(info, &windows, tally),
            });
        }
        let databases = recovery::databases(run, &self.names, &self.changes);
        let tables = recovery::tables(run, &self.names, &self.changes);
        let judged = objectives::Judged {
            services: &services,
            tallies: &self.tallies,
            databases: &databases,
            tables: &tables,
            bill: self.bill.as_deref(),
        };
        let objectives = run.objectives.iter().map(|info| judged.measure(info)).collect();
        let cost = cost::cost(run, self.bill.as_deref(), &self.paid_once, &services);
        let faults = faults(run, &spans);
        let timeline = timeline::timeline(&self.names, &self.changes, &faults, &services);
        // A run knows of an intervention from when it happens, and what did not happen made no difference.
        let interventions = self.changes.iter().filter_map(|change| match &change.record {
            Record::Intervened(intervention) => Some(format!("do {}", intervention.text)),
            _ => None,
        });
        RunDocument {
            version: version.to_owned(),
            scenario: run.name.clone(),
            seed: run.seed,
            overrides: run.overrides.iter().cloned().chain(interventions).collect(),
            duration: run.duration,
            reached,
            interrupted,
            digest,
            services,
            databases,
            tables,
            faults,
            kubernetes: kubernetes::measure(run, &self.names, &self.changes, workloads, reached),
            objectives,
            cost,
            timeline,
            lanes: Lanes {
                interventions: lanes::interventions(&self.names, &self.changes),
                zones: lanes::zone_lanes(run, &self.names, &self.changes, &self.entrances),
                services: service_lanes,
                databases: conditions::database_lanes(&self.names, &self.changes),
                pending: kubernetes::pending(run, &self.changes),
                absences: conditions::absences(&self.names, &self.changes),
                placements: placement::placements(run, &self.names, &self.changes, &spans, reached),
                groups: groups::groups(run, &self.names, &self.changes),
                refused: timeline::refused_launches(&self.names, &self.changes),
                choices: choices::choices(&self.names, &self.changes),
            },
        }
    }

    fn service(
        &self,
        run: &RunStarted,
        info: &ServiceInfo,
        (tally, windows, serving): (&Tally, &[buckets::Window], &[Serving]),
        common: Common<'_>,
    ) -> ServiceMeasures {
        let reached = common.reached;
        let uptime =
            info.workload.map(|of| workload::uptime(of, serving, info.stable_for, (self.warm_up, reached)));
        let dips = match &uptime {
            Some(uptime) => uptime.dips.clone(),
            None => outages::dips(windows, tally, info.stable_for, reached),
        };
        let outages = if dips.is_empty() {
            Vec::new()
        } else {
            self.outages(run, info, (tally, serving), &dips, common)
        };
        ServiceMeasures {
            name: info.name.clone(),
            requests: tally.requests,
            good: tally.good,
            uptime: uptime.map(|uptime| (uptime.good, uptime.whole)),
            needs: info.workload.and_then(|of| of.needs),
            budget: info.budget,
            latency: tally.latency.measures(),
            errors: tally.errors.measures(&self.names),
            outages,
        }
    }

    /// What was behind each dip, and where its time went.
    fn outages(
        &self,
        run: &RunStarted,
        info: &ServiceInfo,
        (tally, serving): (&Tally, &[Serving]),
        dips: &[Dip],
        Common { spans, hosts, clusters, reached }: Common<'_>,
    ) -> Vec<Outage> {
        let reach = Reach::of(info, tally, &self.names, &self.changes);
        let touching: Vec<bool> =
            run.faults.iter().map(|fault| reach.is_touched_by(fault, &self.names)).collect();
        let owned = outages::own(dips, spans, &touching, |span, node| {
            let target = &run.faults[span.fault].target;
            let node = self.names.entity(node);
            let zone = node.and_then(|node| node.zone).map(|zone| self.names.name(zone));
            node.is_some_and(|node| node.name == *target) || zone == Some(target.as_str())
        });
        let of_faults = Faults { all: &run.faults, touching: &touching };
        let milestones = milestones(&reach, of_faults, (&self.names, hosts), &self.changes);
        let is_end = |milestone: &Milestone| matches!(milestone.step, Step::FaultEnded { .. });
        let of_no_fault: Vec<Milestone> =
            milestones.iter().filter(|milestone| !is_end(milestone)).cloned().collect();
        let waits = clusters.waits(&reach, info.workload.map(|of| of.workload), &self.names);
        let unfinished = recovery::unfinished(&reach, &self.changes);
        let faults: Vec<SimTime> = spans.iter().map(|span| span.started).collect();
        let touches = |span: &&FaultSpan| touching[span.fault];
        let of_touching: Vec<SimTime> = spans.iter().filter(touches).map(|span| span.started).collect();
        let waterfall = |of_a_fault| Waterfall {
            milestones: if of_a_fault { &milestones } else { &of_no_fault },
            faults: &faults,
            clients: &info.clients,
            tally,
            settings: Settings::new(&run.settings),
            stable_for: info.stable_for,
            waits: &waits,
            unfinished,
            struck: &of_touching,
            of_a_fault,
            is_faulty: spans.iter().filter(touches).any(|span| span.over.is_none()),
            workload: info.workload.map(|of| self.names.name(of.workload)),
            reached,
            witnesses: Witnesses { run, names: &self.names, changes: &self.changes, tally },
        };
        owned.into_iter().map(|dip| dip.outage(run, &waterfall(dip.at_work), serving)).collect()
    }
}

impl Default for Measures {
    fn default() -> Self {
        Self::new()
    }
}

/// The faults that started, in the scenario's order.
fn faults(run: &RunStarted, spans: &[FaultSpan]) -> Vec<FaultMeasures> {
    let mut spans: Vec<&FaultSpan> = spans.iter().collect();
    spans.sort_by_key(|span| span.fault);
    spans
        .into_iter()
        .map(|span| {
            let info = &run.faults[span.fault];
            FaultMeasures {
                name: info.name.clone(),
                kind: info.kind.clone(),
                target: info.target.clone(),
                started: span.started,
                ended: span.ended,
                record: span.record,
            }
        })
        .collect()
}

/// A span that may be compared with others when `None` stands for never.
pub(crate) fn or_never(span: Option<SimDuration>) -> SimDuration {
    span.unwrap_or(SimDuration::MAX)
}

#[cfg(test)]
mod tests;
