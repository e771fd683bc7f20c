//! Names and health checks.

use super::{Context, Kind};
use crate::diagnostics::{Problem, codes};
use crate::place::At;
use crate::spec::{Checked, DnsRecord, Protocol};
use cloudsim_aws::services::route53::{
    Answer, DnsNameSpec, EndpointCheck, HealthCheckSpec, Policy, RECORDS_MAX, RecordSpec, RestsOn, limits,
};
use cloudsim_world::{ClassId, HealthCheckId, LoadBalancerId};

pub(super) fn health_checks(cx: &mut Context<'_>) -> Vec<HealthCheckSpec> {
    let mut checks = Vec::new();
    for (index, check) in cx.spec.health_checks.iter().enumerate() {
        let at = cx.at("health_checks", index);
        let target = cx.reference(at.field("target").span(), Kind::LoadBalancer, &check.target);
        let listeners =
            cx.find(Kind::LoadBalancer, &check.target).map(|of| &cx.spec.load_balancers[of].listeners);
        let listeners = listeners.map_or(&[][..], Vec::as_slice);
        // One without listeners was told where it stands, or will be.
        let first = listeners.first().map(|listener| listener.port);
        let asked = check.port.or(first);
        let listener = listeners.iter().find(|listener| Some(listener.port.0) == asked.map(|port| port.0));
        let interval = check.interval.as_ref();
        let interval = interval.map_or(limits::INTERVAL, |text| {
            let before = cx.problems.len();
            let interval = cx.span(at.field("interval"), text);
            if ![limits::INTERVAL, limits::FAST_INTERVAL].contains(&interval) && cx.problems.len() == before {
                let message = format!("{interval} is no interval of a health check");
                let hint = format!("Route 53 takes {} or {}", limits::INTERVAL, limits::FAST_INTERVAL);
                cx.error(&codes::RANGE, at.field("interval").span(), message).hint = Some(hint);
            }
            interval
        });
        let assumed = cx.assumed.health_checks.failure_threshold;
        let asks = EndpointCheck {
            target: LoadBalancerId::from_index(target),
            port: asked.map_or(0, |port| {
                if check.port.is_some() {
                    cx.port(at.field("port"), port)
                } else {
                    u16::try_from(port.0).unwrap_or(0)
                }
            }),
            class: check
                .class
                .as_ref()
                .map(|name| ClassId::from_index(cx.reference(at.field("class").span(), Kind::Class, name))),
            https: listener.is_some_and(|listener| listener.protocol == Protocol::Https),
            interval,
            failure_threshold: cx.count_or(
                at,
                "failure_threshold",
                check.failure_threshold,
                &limits::FAILURE_THRESHOLDS,
                assumed,
            ),
        };
        checks.push(HealthCheckSpec { name: cx.name(at, &check.name), on: RestsOn::Checkers(asks) });
    }
    for (index, control) in cx.spec.routing_controls.iter().enumerate() {
        let at = cx.at("routing_controls", index);
        if let Some(check) = cx.spec.health_checks.iter().position(|check| check.name == control.name) {
            let message = format!("`{}` is the name of a health check too", control.name);
            let other = cx.at("health_checks", check).span();
            let problem = Problem::error(&codes::DUPLICATE_NAME, message).at(at.span());
            cx.problems.push(problem.also(other, "which records may mean").hint("rename one of them"));
        }
        let on = RestsOn::RoutingControl { on: control.on };
        checks.push(HealthCheckSpec { name: cx.name(at, &control.name), on });
    }
    checks
}

pub(super) fn dns_names(cx: &mut Context<'_>) -> Vec<DnsNameSpec> {
    let ttl = limits::ALIAS_TTL;
    let balancers = cx.spec.load_balancers.iter().enumerate();
    let own = |(index, name): (usize, &String)| {
        DnsNameSpec::simple(name.clone(), LoadBalancerId::from_index(index), ttl)
    };
    let mut names: Vec<DnsNameSpec> =
        balancers.map(|(index, balancer)| own((index, &balancer.name))).collect();
    for (index, record) in cx.spec.dns_records.iter().enumerate() {
        let at = cx.at("dns_records", index);
        if let Some(balancer) = cx.find(Kind::LoadBalancer, &record.name) {
            let message = format!("`{}` is the name of a load balancer too", record.name);
            let other = cx.at("load_balancers", balancer).span();
            let problem = Problem::error(&codes::DUPLICATE_NAME, message).at(at.span());
            cx.problems.push(problem.also(other, "which is a DNS name").hint("rename one of them"));
        }
        let (policy, mut records) = records(cx, at, record);
        if records.len() > RECORDS_MAX {
            let message = format!("{} records of one name", records.len());
            cx.error(&codes::RANGE, at.field("weighted").span(), message).hint =
                Some(format!("take {RECORDS_MAX} at most"));
        }
        records.truncate(RECORDS_MAX);
        names.push(DnsNameSpec { name: cx.name(at, &record.name), policy, records, ttl });
    }
    names
}

/// The records of a name. One that says wrongly where it leads leads to the first load balancer.
fn records(cx: &mut Context<'_>, at: At<'_>, record: &DnsRecord) -> (Policy, Vec<RecordSpec>) {
    let given = [
        record.alias.is_some(),
        record.failover.is_some(),
        record.weighted.is_some(),
        record.latency.is_some(),
        record.multivalue.is_some(),
    ];
    let given = given.into_iter().filter(|given| *given).count();
    if given > 1 {
        let message = format!("`{}` says more than once where it leads", record.name);
        cx.error(&codes::RANGE, at.span(), message).hint =
            Some("keep one of `alias`, `failover`, `weighted`, `latency` and `multivalue`".into());
    } else if given == 0 && !cx.incomplete.contains("dns_records") {
        let message = format!("`{}` does not say where it leads", record.name);
        cx.error(&codes::MISSING_FIELD, at.span(), message).hint =
            Some("give one of `alias`, `failover`, `weighted`, `latency` and `multivalue`".into());
    }
    if let Some(failover) = &record.failover {
        let at = at.field("failover");
        let primary = alias(cx, at.field("primary"), &failover.primary);
        let secondary = alias(cx, at.field("secondary"), &failover.secondary);
        let same = failover.primary == failover.secondary;
        if same && cx.find(Kind::LoadBalancer, &failover.primary).is_some() {
            let message = format!("`{}` fails over to itself", failover.primary);
            cx.error(&codes::RANGE, at.field("secondary").span(), message).hint =
                Some("name another load balancer".into());
        }
        let check = check(cx, at.field("health_check"), &failover.health_check);
        let second = failover.secondary_health_check.as_ref();
        let second = second.map(|name| self::check(cx, at.field("secondary_health_check"), name));
        let record = |alias, health_check| RecordSpec { alias, health_check, weight: 1, first_value: 0 };
        return (Policy::Failover, vec![record(primary, Some(check)), record(secondary, second)]);
    }
    if let Some(weighted) = &record.weighted {
        let at = at.field("weighted");
        some(cx, at, weighted);
        let mut records = Vec::new();
        for (index, of) in weighted.iter().enumerate() {
            let at = at.item(index);
            let record = checked_record(cx, at, (&of.alias, of.health_check.as_ref()));
            let weight = cx.count_or(at, "weight", of.weight, &limits::WEIGHTS, 1);
            records.push(RecordSpec { weight, ..record });
        }
        return (Policy::Weighted, records);
    }
    if let Some(latency) = &record.latency {
        return (Policy::Latency, checked(cx, at.field("latency"), latency));
    }
    if let Some(multivalue) = &record.multivalue {
        let at = at.field("multivalue");
        let mut records = checked(cx, at, multivalue);
        let mut values = 0;
        for (record, of) in records.iter_mut().zip(multivalue) {
            record.first_value = values;
            let balancer = cx.find(Kind::LoadBalancer, &of.alias);
            let nodes = balancer.map_or(0, |balancer| cx.spec.load_balancers[balancer].subnets.len());
            values = values.saturating_add(u32::try_from(nodes).unwrap_or(u32::MAX));
        }
        if values > Answer::MAX {
            let message = format!("`{}` leads to {values} addresses", record.name);
            cx.error(&codes::RANGE, at.span(), message).hint =
                Some(format!("name load balancers with {} subnets in all at most", Answer::MAX));
            return (Policy::Simple, vec![records.swap_remove(0)]);
        }
        return (Policy::Multivalue, records);
    }
    let alias = record.alias.as_ref().map(|name| alias(cx, at.field("alias"), name));
    let alias = alias.unwrap_or(LoadBalancerId(0));
    (Policy::Simple, vec![RecordSpec { alias, health_check: None, weight: 1, first_value: 0 }])
}

/// A name has records.
fn some<T>(cx: &mut Context<'_>, at: At<'_>, records: &[T]) {
    if records.is_empty() {
        cx.error(&codes::RANGE, at.span(), "a name without records").hint = Some("name at least one".into());
    }
}

/// Records of which each is healthy by a check of its own.
fn checked(cx: &mut Context<'_>, at: At<'_>, records: &[Checked]) -> Vec<RecordSpec> {
    some(cx, at, records);
    let records = records.iter().enumerate();
    records
        .map(|(index, of)| checked_record(cx, at.item(index), (&of.alias, of.health_check.as_ref())))
        .collect()
}

/// A record, and what says whether it is healthy.
fn checked_record(
    cx: &mut Context<'_>,
    at: At<'_>,
    (to, health_check): (&str, Option<&String>),
) -> RecordSpec {
    RecordSpec {
        alias: alias(cx, at.field("alias"), to),
        health_check: health_check.map(|name| check(cx, at.field("health_check"), name)),
        weight: 1,
        first_value: 0,
    }
}

fn alias(cx: &mut Context<'_>, at: At<'_>, name: &str) -> LoadBalancerId {
    LoadBalancerId::from_index(cx.reference(at.span(), Kind::LoadBalancer, name))
}

fn check(cx: &mut Context<'_>, at: At<'_>, name: &str) -> HealthCheckId {
    HealthCheckId::from_index(cx.reference(at.span(), Kind::HealthCheck, name))
}
