//! The result as a JSON document: keys in a fixed order, blocks present even when empty, numbers exact.

use crate::document::{
    Cost, DatabaseMeasures, FailoverMeasures, ObjectiveMeasure, Outage, Phase, Quantity, RunDocument,
    ServiceMeasures, TableMeasures,
};
use crate::evidence::Evidence;
use crate::held::HeldBy;
use crate::kubernetes::{CapacityMeasures, short};
use crate::waiting::WaitingMeasures;
use cloudsim_records::{BillItem, Decimal, RecoveryKind, Room};
use cloudsim_units::{NanoUsd, SimDuration, SimTime};
use serde_json::{Value, json};

/// The version of the document: additions raise the minor number, everything else the major one.
pub const SCHEMA_VERSION: &str = "1.0";

impl Quantity {
    /// A JSON number: seconds, a share with six places, or dollars.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Time(time) => span(time),
            Self::Share { part, whole } => share(part, whole),
            Self::Money(amount) => dollars(amount),
        }
    }
}

impl RunDocument {
    /// The document as a tree of values, such as for embedding in another document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "kind": "Run",
            "schema_version": SCHEMA_VERSION,
            "version": self.version,
            "scenario": self.scenario,
            "seed": self.seed,
            "overrides": self.overrides,
            "duration_s": span(self.duration),
            "reached_s": instant(self.reached),
            "interrupted": self.interrupted,
            "digest": self.digest.to_string(),
            "services": list(&self.services, service),
            "databases": list(&self.databases, database),
            "tables": list(&self.tables, table),
            "faults": list(&self.faults, |fault| json!({
                "name": fault.name,
                "kind": fault.kind,
                "target": fault.target,
                "started_s": instant(fault.started),
                "ended_s": fault.ended.map(instant),
                "record": fault.record,
            })),
            "kubernetes": {
                "nodes": { "ready": self.kubernetes.nodes_ready, "not_ready": self.kubernetes.nodes_not_ready },
                "pods": {
                    "running": self.kubernetes.pods_running,
                    "pending": self.kubernetes.pods_pending,
                    "evicted": self.kubernetes.pods_evicted,
                    "rescheduled": self.kubernetes.pods_rescheduled,
                    "preempted": self.kubernetes.pods_preempted,
                },
                "pending_reasons": list(&self.kubernetes.pending_reasons, |(reason, pods)| json!({
                    "reason": reason,
                    "pods": pods,
                })),
                "workloads": list(&self.kubernetes.workloads, workload),
                "needs": self.services.iter().filter_map(needs).collect::<Vec<_>>(),
                "capacity": list(&self.kubernetes.capacity, capacity),
                "waiting": list(&self.kubernetes.waiting, waiting),
                "held": list(&self.kubernetes.held, |held| json!({
                    "workload": held.workload,
                    "pod": held.pod,
                    "from_s": instant(held.from),
                    "until_s": held.until.map(instant),
                    "volume": match &held.by { HeldBy::Volume(name) => Some(name), _ => None },
                    "budget": match &held.by { HeldBy::Budget(name) => Some(name), _ => None },
                    "node": held.node,
                })),
                "bare_pods_lost": self.kubernetes.bare_pods_lost,
                "silent": list(&self.kubernetes.silent, |(cluster, since)| json!({
                    "cluster": cluster,
                    "since_s": instant(*since),
                })),
            },
            "objectives": list(&self.objectives, objective),
            "alerts": [],
            "cost": {
                "monthly_usd": dollars(self.cost.monthly()),
                "items": list(&self.cost.items, bill_item),
                "by_service": list(&self.cost.by_service, |of| json!({
                    "service": of.service,
                    "usd": dollars(of.usd),
                })),
                "recovery": list(&self.cost.recovery, bill_item),
                "outage": lost(&self.cost),
                "prices": self.cost.prices.to_value(),
            },
            "timeline": list(&self.timeline, |entry| json!({
                "at_s": instant(entry.at),
                "subject": entry.subject,
                "what": entry.what,
                "detail": entry.detail,
            })),
        })
    }

    /// The document as indented text that ends with a line feed.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.to_value()).expect("a tree of values is JSON");
        text.push('\n');
        text
    }
}

fn bill_item(item: &BillItem) -> Value {
    json!({
        "what": item.what,
        "quantity": Decimal::trimmed(item.quantity_milli.into(), 3).to_json(),
        "unit": item.unit,
        "usd": dollars(item.usd),
    })
}

/// `null` where no request has a value.
fn lost(cost: &Cost) -> Value {
    if cost.outage.is_empty() {
        return Value::Null;
    }
    json!({
        "usd": dollars(cost.lost()),
        "services": list(&cost.outage, |of| json!({
            "service": of.service,
            "lost": of.lost,
            "request_value_usd": Decimal::trimmed(of.value.as_nanos().into(), 9).to_json(),
            "usd": dollars(of.usd()),
        })),
    })
}

fn service(service: &ServiceMeasures) -> Value {
    let latency = |of: fn(&crate::document::LatencyMeasures) -> SimDuration| {
        service.latency.as_ref().map(of).map(millis)
    };
    let failed = service.requests - service.good;
    let measured = service.requests > 0;
    let budget = service.budget.as_billionths();
    let burnt = (measured && budget > 0).then(|| {
        let failed_billionths = i128::from(failed) * 1_000_000_000;
        Decimal::quotient(failed_billionths, i128::from(budget) * i128::from(service.requests), 6).to_json()
    });
    json!({
        "name": service.name,
        "requests": service.requests,
        "good": service.good,
        "availability": service.availability().map(|(good, all)| share(good, all)),
        "error_budget_burnt": burnt,
        "latency_ms": {
            "p50": latency(|latency| latency.p50),
            "p95": latency(|latency| latency.p95),
            "p99": latency(|latency| latency.p99),
            "max": latency(|latency| latency.max),
        },
        "errors": list(&service.errors, |group| json!({
            "code": group.code,
            "cause": group.cause.word(),
            "zone": group.zone,
            "count": group.count,
        })),
        "outages": list(&service.outages, outage),
    })
}

fn workload(workload: &ServiceMeasures) -> Value {
    json!({
        "name": workload.name,
        "availability": workload.availability().map(|(good, all)| share(good, all)),
        "outages": list(&workload.outages, outage),
    })
}

fn needs(service: &ServiceMeasures) -> Option<Value> {
    let needs = service.needs?;
    Some(json!({ "workload": service.name, "pods": needs.pods, "by": needs.by.word() }))
}

fn capacity(of: &CapacityMeasures) -> Value {
    json!({
        "fault": of.fault,
        "cluster": of.cluster,
        "at_s": instant(of.at),
        "nodes_lost": of.lost.lost,
        "nodes_left": of.lost.left,
        "pods_displaced": of.lost.displaced,
        "pods_bare": of.lost.bare,
        "enough": of.is_enough(),
        "resources": list(&of.lost.room, |room| json!({
            "resource": room.resource,
            "allocatable": amount(room, room.allocatable),
            "requested": amount(room, room.requested),
            "displaced": amount(room, room.displaced),
            "short": amount(room, short(room)),
        })),
    })
}

/// Cores, bytes or pieces.
fn amount(room: &Room, amount: i64) -> Value {
    let decimals = if room.resource == "cpu" { 3 } else { 0 };
    Decimal::trimmed(amount.into(), decimals).to_json()
}

fn waiting(of: &WaitingMeasures) -> Value {
    json!({
        "workload": of.workload,
        "pods": of.pods,
        "pending": of.pending,
        "from_s": instant(of.from),
        "until_s": of.until.map(instant),
        "shortest_s": span(of.shortest),
        "longest_s": span(of.longest),
        "reason": of.reason,
        "blame": list(&of.blame, |blame| json!({
            "kind": blame.kind.word(),
            "what": blame.what,
            "nodes": blame.nodes,
            "alone": blame.alone,
        })),
    })
}

fn outage(outage: &Outage) -> Value {
    json!({
        "fault": outage.fault,
        "started_s": instant(outage.started),
        "restored_s": outage.restored.map(instant),
        "rto_s": outage.rto().map(span),
        "needed": outage.needed,
        "phases": list(&outage.phases, phase),
    })
}

fn phase(phase: &Phase) -> Value {
    json!({
        "name": phase.name,
        "from_s": instant(phase.from),
        "to_s": instant(phase.to),
        "setting": phase.setting,
        "default": phase.default,
        "ended_by": phase.ended_by.as_ref().map(Evidence::to_value),
        "lever": phase.lever.as_ref().map(|lever| json!({
            "value": lever.value,
            "rto_s": lever.rto.map(span),
        })),
    })
}

fn database(database: &DatabaseMeasures) -> Value {
    json!({
        "name": database.name,
        "commits": {
            "acked_kept": database.commits.acked_kept,
            "acked_lost": database.commits.acked_lost,
            "unacked_kept": database.commits.unacked_kept,
            "unacked_gone": database.commits.unacked_gone,
        },
        "reconciled": database.reconciled,
        "failovers": list(&database.failovers, failover),
    })
}

fn table(table: &TableMeasures) -> Value {
    let commits = &table.data.commits;
    json!({
        "name": table.data.name,
        "writes": {
            "acked_kept": commits.acked_kept,
            "acked_lost": commits.acked_lost,
            "acked_overwritten": table.overwritten,
            "acked_open": table.open,
            "unacked_kept": commits.unacked_kept,
            "unacked_gone": commits.unacked_gone,
        },
        "takeovers": list(&table.data.failovers, failover),
    })
}

fn failover(failover: &FailoverMeasures) -> Value {
    json!({
        "kind": recovery_word(failover.kind),
        "fault": failover.fault,
        "from": failover.from,
        "to": failover.to,
        "started_s": instant(failover.started),
        "finished_s": failover.finished.map(instant),
        "rto_s": failover.rto().map(span),
        "rpo_s": span(failover.rpo),
        "commits_lost": failover.commits_lost,
    })
}

impl ObjectiveMeasure {
    /// As it stands in the document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        objective(self)
    }
}

fn objective(objective: &ObjectiveMeasure) -> Value {
    json!({
        "name": objective.name,
        "kind": objective.kind,
        "subject": objective.subject,
        "target": objective.target.to_value(),
        "actual": objective.actual.map(Quantity::to_value),
        "met": objective.met,
        "expect": objective.expect.word(),
    })
}

/// `failover`, `promotion`, `restore` or `takeover`.
#[must_use]
pub const fn recovery_word(kind: RecoveryKind) -> &'static str {
    match kind {
        RecoveryKind::Failover => "failover",
        RecoveryKind::Promotion => "promotion",
        RecoveryKind::Restore => "restore",
        RecoveryKind::Takeover => "takeover",
    }
}

fn list<T>(items: &[T], value: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(value).collect())
}

fn instant(at: SimTime) -> Value {
    Decimal::instant(at).to_json()
}

fn span(span: SimDuration) -> Value {
    Decimal::seconds(span).to_json()
}

fn millis(span: SimDuration) -> Value {
    Decimal::trimmed(span.as_nanos().into(), 6).to_json()
}

fn share(part: u64, whole: u64) -> Value {
    Decimal::quotient(part.into(), whole.into(), 6).to_json()
}

fn dollars(amount: NanoUsd) -> Value {
    Decimal::cents(amount).to_json()
}
