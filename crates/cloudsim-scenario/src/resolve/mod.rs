//! What was typed to what is meant: units read, names resolved, defaults written out.
//!
//! A text that is wrong is reported and stands for a placeholder from then on, so that everything else is looked at too.
//! A plan with placeholders never leaves this crate: each of them comes with an error.

mod context;
mod database;
mod dns;
mod failures;
mod intervention;
mod karpenter;
mod kube;
mod network;
mod prices;
mod regional;
mod runbook;
mod security;
mod servers;
mod stack;
mod sweep;
mod table;
mod trial;
mod workload;

pub(crate) use context::{Context, Kind, Unread};
pub(crate) use database::engine;
pub(crate) use failures::single as single_faults;

use crate::assumptions;
use crate::overrides;
use crate::place::At;
use crate::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_workload::CallSpec;

/// The whole plan but for what follows from it: the canonical text and the settings.
pub(crate) fn resolve(cx: &mut Context<'_>) -> Plan {
    let (spec, root) = (cx.spec, At::new(cx.root));
    let duration = if let Some(text) = &spec.duration {
        cx.span(root.field("duration"), text)
    } else {
        cx.missing_root("duration");
        SimDuration::from_mins(1)
    };
    match &spec.name {
        Some(name) => cx.title(root.field("name"), name),
        None => cx.missing_root("name"),
    }
    cx.assumed = assumptions::resolve(cx);
    cx.prices = prices::prices(cx);
    let mut plan = Plan {
        name: spec.name.clone().unwrap_or_default(),
        seed: spec.seed.map_or(1, |seed| seed.0),
        duration,
        warm_up: cx.span_or(root, "warm_up", spec.warm_up.as_ref(), SimDuration::ZERO),
        resolved: String::new(),
        overrides: Vec::new(),
        assumptions: cx.assumed.clone(),
        prices: cx.prices.clone(),
        zones: network::zones(cx),
        latencies: network::latencies(cx),
        vcpu_quotas: network::vcpu_quotas(cx),
        vpcs: network::vpcs(cx),
        subnets: network::subnets(cx),
        internet_gateways: network::internet_gateways(cx),
        nat_gateways: network::nat_gateways(cx),
        route_tables: network::route_tables(cx),
        security_groups: security::all_security_groups(cx),
        network_acls: security::network_acls(cx),
        vpc_endpoints: security::vpc_endpoints(cx),
        health_checks: dns::health_checks(cx),
        dns_names: dns::dns_names(cx),
        load_balancers: network::load_balancers(cx),
        target_groups: servers::target_groups(cx),
        machine_images: regional::machine_images(cx),
        auto_scaling_groups: servers::auto_scaling_groups(cx),
        databases: database::databases(cx),
        secrets: regional::secrets(cx),
        stacks: Vec::new(),
        tables: table::tables(cx),
        clusters: Vec::new(),
        kubernetes_services: Vec::new(),
        endpoints: workload::endpoints(cx),
        clients: workload::clients(cx),
        classes: workload::classes(cx),
        services: workload::services(cx),
        traffic: workload::traffic(cx),
        faults: Vec::new(),
        interventions: Vec::new(),
        runbooks: Vec::new(),
        objectives: Vec::new(),
        settings: Vec::new(),
        failures: Vec::new(),
        alternatives: overrides::alternatives(cx.root),
        sweep: sweep::sweep(cx),
        optimize: sweep::optimize(cx),
    };
    (plan.clusters, plan.kubernetes_services) = kube::clusters(cx);
    plan.auto_scaling_groups.extend(karpenter::node_pools(cx, &mut plan.clusters));
    let calls = plan.classes.iter().flat_map(|class| &class.handlers).flat_map(|handler| &handler.calls);
    for call in calls {
        if let CallSpec::Service { to, .. } = call
            && let Some(at) = plan.kubernetes_services.get(to.index())
        {
            let cluster = &mut plan.clusters[at.cluster];
            cluster.services[at.service].called = true;
            if let Some(dns) = cluster.dns {
                cluster.services[dns.service.index()].called = true;
            }
        }
    }
    plan.stacks = stack::stacks(cx, &plan);
    plan.faults = trial::faults(cx, &plan.clusters);
    plan.objectives = trial::objectives(cx, &plan.clusters);
    plan.failures = failures::failures(cx, &plan);
    plan.interventions = intervention::interventions(cx, &plan.clusters);
    plan.runbooks = runbook::runbooks(cx);
    plan
}

/// So long after the start.
fn instant(span: SimDuration) -> SimTime {
    SimTime::ZERO + span
}
