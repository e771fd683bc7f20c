//! Records as JSON lines: one object a line, entities by name, numbers exact.
//!
//! Every line begins with `at_s`, `number` and `kind`; the first one, of [`Record::RunStarted`], has `schema_version`
//! before them. Keys stand in a fixed order; a key whose value is not there is `null`.

use crate::{
    BillItem, BillShare, CreatedResource, Decimal, EntityId, EntityInfo, HOPS_MAX, Names, ObjectiveInfo,
    ObjectiveKind, Record, Refusal, RequestFinished, RunStarted, RunbookAdvance, ServiceInfo,
};
use cloudsim_units::SimTime;
use serde_json::{Map, Value, json};
use std::fmt;
use std::io::Write as _;

/// The version of the lines: the major one changes when a reader of the old lines would be misled.
pub const SCHEMA_VERSION: &str = "1.0";

/// Turns records into JSON lines.
#[derive(Clone, Debug, Default)]
pub struct JsonLines {
    names: Names,
}

impl JsonLines {
    /// A writer that knows no names yet; the first record must be [`Record::RunStarted`] for it to learn them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the line of the next record, with its line feed, in UTF-8.
    pub fn write(&mut self, at: SimTime, number: u64, record: &Record, out: &mut Vec<u8>) {
        self.names.observe(record);
        if let Record::RequestFinished(request) = record {
            self.write_request(at, number, request, out);
            return;
        }
        let mut line = Map::new();
        if matches!(record, Record::RunStarted(_)) {
            line.insert("schema_version".into(), SCHEMA_VERSION.into());
        }
        line.insert("at_s".into(), Decimal::instant(at).to_json());
        line.insert("number".into(), number.into());
        line.insert("kind".into(), record.kind().into());
        if let Value::Object(fields) = self.fields(record) {
            line.extend(fields);
        }
        serde_json::to_writer(&mut *out, &line).expect("a vector takes every byte");
        out.push(b'\n');
    }

    fn kubernetes_fields(&self, record: &Record) -> Value {
        let name = |id: &EntityId| self.names.name(*id);
        match record {
            Record::NodeChanged { node, state } => json!({ "node": name(node), "state": state.word() }),
            Record::NodeTainted { node, taint, present } => {
                json!({ "node": name(node), "taint": taint.word(), "present": present })
            }
            Record::PodChanged { pod, node, state, reason } => json!({
                "pod": name(pod),
                "node": node.map(|node| self.names.name(node)),
                "state": state.word(),
                "reason": reason.word(),
            }),
            Record::PodUnschedulable { pod, message, blame } => json!({
                "pod": name(pod),
                "message": message,
                "blame": blame.iter().map(|of| json!({
                    "kind": of.kind.word(), "what": of.what, "nodes": of.nodes, "alone": of.alone,
                })).collect::<Vec<_>>(),
            }),
            Record::PodHeld { pod, volume, node } => {
                json!({ "pod": name(pod), "volume": volume, "node": name(node) })
            }
            Record::EvictionRefused { pod, budget, node } => {
                json!({ "pod": name(pod), "budget": budget, "node": name(node) })
            }
            Record::NodesLost(lost) => json!({
                "cluster": name(&lost.cluster),
                "fault": lost.fault,
                "lost": lost.lost,
                "left": lost.left,
                "displaced": lost.displaced,
                "bare": lost.bare,
                "room": lost.room.iter().map(|room| json!({
                    "resource": room.resource,
                    "allocatable": room.allocatable,
                    "requested": room.requested,
                    "displaced": room.displaced,
                })).collect::<Vec<_>>(),
            }),
            Record::WorkloadServes { workload, pod, serving, wanted, needed } => json!({
                "workload": name(workload),
                "pod": pod.map(|pod| self.names.name(pod)),
                "serving": serving,
                "wanted": wanted,
                "needed": needed,
            }),
            Record::WorkloadRescaled { workload, from, to, reason } => json!({
                "workload": name(workload), "from": from, "to": to, "reason": reason,
            }),
            Record::RolloutChanged { workload, state } => {
                json!({ "workload": name(workload), "state": state.word() })
            }
            Record::NodeGroupScaled { group, from, to, reason } => json!({
                "group": name(group), "from": from, "to": to, "reason": reason.word(),
            }),
            Record::AutoscalerHalted { cluster, halted, unready, nodes } => json!({
                "cluster": name(cluster), "halted": halted, "unready": unready, "nodes": nodes,
            }),
            Record::NodesClaimed { pool, pods, claims } => json!({
                "pool": name(pool), "pods": pods, "claims": claims,
            }),
            Record::NodeClaimLaunched { pool, instance, instance_type } => json!({
                "pool": name(pool), "instance": name(instance), "instance_type": instance_type,
            }),
            Record::OfferingUnavailable { pool, zone, instance_type } => json!({
                "pool": name(pool), "zone": name(zone), "instance_type": instance_type,
            }),
            Record::NodeClaimRemoved { pool, node, reason } => json!({
                "pool": name(pool), "node": node.map(|node| self.names.name(node)), "reason": reason.word(),
            }),
            Record::EndpointChanged { service, pod, state } => json!({
                "service": name(service), "pod": name(pod), "state": state.word(),
            }),
            Record::ControlPlaneChanged { cluster, answers } => {
                json!({ "cluster": name(cluster), "answers": answers })
            }
            Record::LeaderElected { cluster, component } => {
                json!({ "cluster": name(cluster), "component": component.word() })
            }
            _ => unreachable!("the records of Kubernetes are above"),
        }
    }

    fn fields(&self, record: &Record) -> Value {
        let name = |id: &EntityId| self.names.name(*id);
        match record {
            Record::RunStarted(run) => self.run(run),
            Record::FaultStarted { fault } | Record::FaultEnded { fault } => json!({ "fault": fault }),
            Record::EntityAdded(entity) => self.entity(entity),
            Record::InstanceStateChanged { instance, state } => {
                json!({ "instance": name(instance), "state": state.word() })
            }
            Record::BalancerNodeChanged { node, up } => json!({ "node": name(node), "up": up }),
            Record::NatGatewayChanged { nat_gateway, up } => {
                json!({ "nat_gateway": name(nat_gateway), "up": up })
            }
            Record::NatPortsChanged { nat_gateway, endpoint, exhausted } => json!({
                "nat_gateway": name(nat_gateway), "endpoint": name(endpoint), "exhausted": exhausted,
            }),
            Record::AddressesExhausted { group, subnet } => {
                json!({ "group": name(group), "subnet": name(subnet) })
            }
            Record::CapacityInsufficient { group, zone } => {
                json!({ "group": name(group), "zone": name(zone) })
            }
            Record::QuotaExceeded { .. } | Record::QuotaRaised { .. } => self.quota_fields(record),
            Record::ImageNotFound { .. }
            | Record::StartFailed { .. }
            | Record::CopyMade { .. }
            | Record::ImagePullFailed { .. } => self.copy_fields(record),
            Record::TargetRegistered { group, target } | Record::TargetDeregistered { group, target } => {
                json!({ "group": name(group), "target": name(target) })
            }
            Record::TargetHealthChanged { group, node, target, health } => json!({
                "group": name(group), "node": name(node), "target": name(target), "health": health.word(),
            }),
            Record::DnsAnswerChanged { balancer, node, listed } => {
                json!({ "balancer": name(balancer), "node": name(node), "listed": listed })
            }
            Record::HealthCheckChanged { health_check, healthy } => {
                json!({ "health_check": name(health_check), "healthy": healthy })
            }
            Record::DnsRecordChanged { record, balancer, listed, health_check } => json!({
                "record": name(record), "balancer": name(balancer), "listed": listed,
                "health_check": name(health_check),
            }),
            Record::NodeChanged { .. }
            | Record::NodeTainted { .. }
            | Record::PodChanged { .. }
            | Record::PodUnschedulable { .. }
            | Record::PodHeld { .. }
            | Record::EvictionRefused { .. }
            | Record::NodesLost(_)
            | Record::WorkloadServes { .. }
            | Record::WorkloadRescaled { .. }
            | Record::RolloutChanged { .. }
            | Record::NodeGroupScaled { .. }
            | Record::AutoscalerHalted { .. }
            | Record::NodesClaimed { .. }
            | Record::NodeClaimLaunched { .. }
            | Record::OfferingUnavailable { .. }
            | Record::NodeClaimRemoved { .. }
            | Record::EndpointChanged { .. }
            | Record::ControlPlaneChanged { .. }
            | Record::LeaderElected { .. } => self.kubernetes_fields(record),
            Record::RequestFinished(_) => unreachable!("written without a tree of values"),
            Record::BillDrawn(items) | Record::PaidOnce(items) => {
                json!({ "items": items.iter().map(bill_item).collect::<Vec<_>>() })
            }
            Record::Intervened(intervention) => json!({
                "action": intervention.action.word(),
                "target": name(&intervention.target),
                "text": intervention.text,
                "refusal": intervention.refusal.map(Refusal::word),
            }),
            Record::RunbookAdvanced(advance) => self.runbook(advance),
            Record::ResourceCreated(created) => self.created(created),
            Record::DatabaseInstanceChanged { .. }
            | Record::FailoverStepEnded { .. }
            | Record::RecoveryPointChosen(_)
            | Record::FailoverFinished { .. }
            | Record::DatabaseReconnected { .. }
            | Record::CommitsSettled { .. }
            | Record::CommitsReconciled { .. }
            | Record::TableReplicaChanged { .. }
            | Record::WritesSettled { .. } => self.data_fields(record),
            Record::RunEnded { reason } => json!({ "reason": reason.word() }),
        }
    }

    fn quota_fields(&self, record: &Record) -> Value {
        let name = |id: &EntityId| self.names.name(*id);
        match record {
            Record::QuotaExceeded { group, region, vcpus } => {
                json!({ "group": name(group), "region": name(region), "vcpus": vcpus })
            }
            Record::QuotaRaised { region, vcpus } => json!({ "region": name(region), "vcpus": vcpus }),
            _ => unreachable!("only records of quotas are asked for"),
        }
    }

    fn copy_fields(&self, record: &Record) -> Value {
        let name = |id: &EntityId| self.names.name(*id);
        match record {
            Record::ImageNotFound { group, image, region } => {
                json!({ "group": name(group), "image": name(image), "region": name(region) })
            }
            Record::StartFailed { instance, lacks } => {
                json!({ "instance": name(instance), "lacks": name(lacks) })
            }
            Record::CopyMade { of, region } => json!({ "of": name(of), "region": name(region) }),
            Record::ImagePullFailed { pod, image, region } => {
                json!({ "pod": name(pod), "image": name(image), "region": name(region) })
            }
            _ => unreachable!("only records of copies are asked for"),
        }
    }

    fn data_fields(&self, record: &Record) -> Value {
        let name = |id: &EntityId| self.names.name(*id);
        match record {
            Record::DatabaseInstanceChanged { database, instance, state } => {
                json!({ "database": name(database), "instance": name(instance), "state": state.word() })
            }
            Record::FailoverStepEnded { database, step } => {
                json!({ "database": name(database), "step": step.word() })
            }
            Record::RecoveryPointChosen(point) => json!({
                "database": name(&point.database),
                "recovery": point.kind.word(),
                "fault": point.fault,
                "from": name(&point.from),
                "to": name(&point.to),
                "started_s": Decimal::instant(point.started).to_json(),
                "rpo_s": Decimal::seconds(point.rpo).to_json(),
                "commits_lost": point.commits_lost,
            }),
            Record::FailoverFinished { database, to } => {
                json!({ "database": name(database), "to": name(to) })
            }
            Record::DatabaseReconnected { server, database } => {
                json!({ "server": name(server), "database": name(database) })
            }
            Record::CommitsSettled { database, commits } => json!({
                "database": name(database),
                "acked_kept": commits.acked_kept,
                "acked_lost": commits.acked_lost,
                "unacked_kept": commits.unacked_kept,
                "unacked_gone": commits.unacked_gone,
            }),
            Record::CommitsReconciled { database, commits } => {
                json!({ "database": name(database), "commits": commits })
            }
            Record::TableReplicaChanged { table, region, up } => {
                json!({ "table": name(table), "region": name(region), "up": up })
            }
            Record::WritesSettled { table, overwritten, open } => {
                json!({ "table": name(table), "overwritten": overwritten, "open": open })
            }
            _ => unreachable!("only records of data are asked for"),
        }
    }

    fn runbook(&self, advance: &RunbookAdvance) -> Value {
        let name = |id: &EntityId| self.names.name(*id);
        json!({
            "runbook": name(&advance.runbook),
            "stage": advance.stage.word(),
            "step": advance.step,
            "target": advance.target.as_ref().map(name),
        })
    }

    fn created(&self, created: &CreatedResource) -> Value {
        json!({
            "stack": self.names.name(created.stack),
            "address": created.address,
            "began_s": Decimal::instant(created.began).to_json(),
            "target": created.target.map(|id| self.names.name(id)),
        })
    }

    fn run(&self, run: &RunStarted) -> Value {
        let list = |values: Vec<Value>| Value::Array(values);
        json!({
            "name": run.name,
            "scenario": run.scenario,
            "overrides": run.overrides,
            "seed": run.seed,
            "duration_s": Decimal::seconds(run.duration).to_json(),
            "warm_up_s": Decimal::seconds(run.warm_up).to_json(),
            "entities": list(run.entities.iter().map(|entity| self.entity(entity)).collect()),
            "classes": run.classes,
            "services": list(run.services.iter().map(|service| self.service(service)).collect()),
            "faults": list(run.faults.iter().map(|fault| json!({
                "name": fault.name,
                "kind": fault.kind,
                "target": fault.target,
                "at_s": Decimal::instant(fault.at).to_json(),
                "lasts_s": fault.lasts.map(|lasts| Decimal::seconds(lasts).to_json()),
            })).collect()),
            "objectives": list(run.objectives.iter().map(objective).collect()),
            "settings": list(run.settings.iter().map(|setting| json!({
                "path": setting.path,
                "value": setting.value,
                "default": setting.default,
                "alternatives": setting.alternatives,
            })).collect()),
            "prices": run.prices.to_value(),
            "placed": list(run.placed.iter().map(|placed| json!({
                "pod": self.names.name(placed.pod),
                "node": self.names.name(placed.node),
            })).collect()),
        })
    }

    fn entity(&self, entity: &EntityInfo) -> Value {
        json!({
            "id": entity.id.0,
            "entity": entity.kind.word(),
            "name": entity.name,
            "zone": entity.zone.map(|zone| self.names.name(zone)),
            "parent": entity.parent.map(|parent| self.names.name(parent)),
        })
    }

    fn service(&self, service: &ServiceInfo) -> Value {
        let classes: Vec<&str> = service.classes.iter().map(|class| self.names.class(*class)).collect();
        let depends_on: Vec<&str> = service.depends_on.iter().map(|id| self.names.name(*id)).collect();
        json!({
            "name": service.name,
            "classes": classes,
            "threshold": Decimal::share(service.threshold).to_json(),
            "stable_for_s": Decimal::seconds(service.stable_for).to_json(),
            "depends_on": depends_on,
            "budget": Decimal::share(service.budget).to_json(),
            "request_value_usd": service.request_value.map(|value| Decimal::dollars(value).to_json()),
            "workload": service.workload.map(|of| json!({
                "needs": of.needs.map(|needs| needs.pods),
                "by": of.needs.map(|needs| needs.by.word()),
                "workload": self.names.name(of.workload),
            })),
            "clients": service.clients.iter().map(|client| json!({
                "name": client.name,
                "timeout_s": Decimal::seconds(client.timeout).to_json(),
            })).collect::<Vec<Value>>(),
        })
    }

    /// The fast path: most lines of a run are these.
    fn write_request(&self, at: SimTime, number: u64, request: &RequestFinished, out: &mut Vec<u8>) {
        plain(out, format_args!("{{\"at_s\":{},\"number\":{number}", Decimal::instant(at)));
        plain(out, format_args!(",\"kind\":\"RequestFinished\",\"request\":{},\"class\":", request.request));
        text(out, self.names.class(request.class));
        plain(out, format_args!(",\"arrived_s\":{}", Decimal::instant(request.arrived)));
        plain(
            out,
            format_args!(
                ",\"outcome\":\"{}\",\"code\":{},\"cause\":\"{}\",\"zone\":",
                request.outcome.word(),
                request.code,
                request.cause.word()
            ),
        );
        match request.zone {
            Some(zone) => text(out, self.names.name(zone)),
            None => out.extend_from_slice(b"null"),
        }
        plain(out, format_args!(",\"tries\":{},\"hops\":[", request.tries));
        let used = request.hops.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        debug_assert!(used <= HOPS_MAX);
        for (place, hop) in request.hops[..used].iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            match hop {
                Some(hop) => text(out, self.names.name(*hop)),
                None => out.extend_from_slice(b"null"),
            }
        }
        out.extend_from_slice(b"]}\n");
    }
}

fn objective(objective: &ObjectiveInfo) -> Value {
    let (kind, subject, key, limit) = match &objective.kind {
        ObjectiveKind::Rto { service, at_most } => {
            ("Rto", Some(service), "at_most_s", Decimal::seconds(*at_most))
        }
        ObjectiveKind::Rpo { database, at_most } => {
            ("Rpo", Some(database), "at_most_s", Decimal::seconds(*at_most))
        }
        ObjectiveKind::Availability { service, at_least } => {
            ("Availability", Some(service), "at_least", Decimal::share(*at_least))
        }
        ObjectiveKind::Latency { service, at_most, .. } => {
            ("Latency", Some(service), "at_most_s", Decimal::seconds(*at_most))
        }
        ObjectiveKind::MonthlyCost { at_most } => {
            ("MonthlyCost", None, "at_most_usd", Decimal::dollars(*at_most))
        }
    };
    let mut fields = json!({ "name": objective.name, "objective": kind, "subject": subject });
    if let ObjectiveKind::Latency { percentile, .. } = objective.kind {
        fields["percentile"] = Decimal::trimmed(percentile.into(), 3).to_json();
    }
    fields[key] = limit.to_json();
    fields["expect"] = objective.expect.word().into();
    fields
}

fn plain(out: &mut Vec<u8>, arguments: fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a vector takes every byte");
}

fn text(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a vector takes every byte");
}

fn bill_item(item: &BillItem) -> Value {
    json!({
        "what": item.what,
        "quantity": Decimal::trimmed(item.quantity_milli.into(), 3).to_json(),
        "unit": item.unit,
        "usd": Decimal::dollars(item.usd).to_json(),
        "users": item.users.iter().map(bill_share).collect::<Vec<_>>(),
    })
}

/// A service is told by its place among those of the run.
fn bill_share(share: &BillShare) -> Value {
    json!({ "service": share.service, "weight": share.weight })
}

#[cfg(test)]
mod tests;
