//! What decides how long a phase of an outage takes where no setting that owns phases does: assumptions, the times of
//! instances and nodes, and constants.

use crate::assumptions::{Assumptions, assumptions};
use crate::plan::Plan;
use crate::settings::of_start;
use cloudsim_aws::services::auto_scaling_group::Keeper;
use cloudsim_kube::limits;
use cloudsim_units::{Assumed, DurationDistribution};

/// What decides how long something takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decider {
    /// The path of a setting, or in capitals the name of a constant.
    pub name: String,
    /// Its value, as a scenario writes it.
    pub value: String,
    /// What it is if nobody sets it; a constant has none.
    pub default: Option<String>,
    /// Where a constant is from: a fact of `docs/sources.md`, or its name in the program that it is of.
    pub source: Option<&'static str>,
}

/// All of a plan.
#[must_use]
pub fn deciders(plan: &Plan) -> Vec<Decider> {
    let here = &plan.assumptions;
    let by_default = Assumptions::default();
    let mut all: Vec<Decider> = assumptions()
        .filter(|of| !of.is_of_years())
        .map(|of| set(of.path(), &written(here.value(&of)), &written(by_default.value(&of))))
        .collect();
    let mut time = |path: String, value: DurationDistribution, default: DurationDistribution| {
        all.push(set(path, &time_of(value), &time_of(default)));
    };
    let groups = plan.auto_scaling_groups.iter();
    for group in groups.filter(|group| group.keeper == Keeper::AutoScaling) {
        let path = format!("auto_scaling_groups.{}.server.launch", group.name);
        time(path, group.server.launch, by_default.ec2_instance.launch);
    }
    for cluster in &plan.clusters {
        for nodes in &cluster.node_groups {
            time(format!("auto_scaling_groups.{}.node.join", nodes.name), nodes.join, by_default.kube.join);
        }
        for pool in cluster.karpenter.iter().flat_map(|karpenter| &karpenter.pools) {
            let group = &plan.auto_scaling_groups[pool.group.index()];
            let path = |field: &str| {
                format!("clusters.{}.karpenter.node_pools.{}.node_class.{field}", cluster.name, pool.name)
            };
            time(path("launch"), group.server.launch, by_default.ec2_instance.launch);
            time(path("start"), group.server.start, by_default.ec2_instance.start);
            time(path("join"), pool.join, by_default.kube.join);
        }
    }
    all.extend(constants());
    all
}

/// What no scenario sets: it is compiled into what it is of.
fn constants() -> impl Iterator<Item = Decider> {
    let all = [
        ("LEASE_DURATION", limits::LEASE_DURATION, "K8S-53"),
        ("POD_GC_PERIOD", limits::POD_GC_PERIOD, "gcCheckPeriod of the pod garbage collector"),
        ("POD_GC_QUARANTINE", limits::POD_GC_QUARANTINE, "quarantineTime of the pod garbage collector"),
    ];
    all.into_iter().map(|(name, span, source)| Decider {
        name: name.to_owned(),
        value: span.to_string(),
        default: None,
        source: Some(source),
    })
}

fn set(name: String, value: &str, default: &str) -> Decider {
    Decider { name, value: value.to_owned(), default: Some(default.to_owned()), source: None }
}

/// A time as a scenario writes it, but for one that it would write with a percentile that is no round number.
fn time_of(time: DurationDistribution) -> String {
    match time {
        DurationDistribution::LogNormal { median, .. } => format!("log-normal, median {median}"),
        other => of_start(other),
    }
}

fn written(value: Assumed) -> String {
    match value {
        Assumed::Span(span) => span.to_string(),
        Assumed::Distribution(of) => time_of(of),
        Assumed::Size(size) => size.to_string(),
        Assumed::Count(count) => count.to_string(),
        Assumed::Share(share) => share.to_string(),
    }
}
