//! Rollouts of deployments: how they come along, when they are complete, and when they are said to stand still.

use crate::support::{Cx, Deed, cluster, deployment, named, run, template, three_zones};
use cloudsim_kube::{Cluster, WorkloadId};
use cloudsim_records::Record;
use cloudsim_records::RolloutState::{self, Complete, DeadlineExceeded, Progressing};
use cloudsim_units::SimDuration;
use serde_json::json;

fn restart(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.rollout_restart(WorkloadId(0), cx);
}

fn cordon_all(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    for node in named(cluster, "node") {
        cluster.cordon(node, true, cx);
    }
}

fn uncordon_all(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    for node in named(cluster, "node") {
        cluster.cordon(node, false, cx);
    }
}

/// What is said of the rollouts of four pods, and at which second.
fn said(min_ready: u64, deeds: &[(u64, Deed)]) -> Vec<(u64, RolloutState)> {
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 4, template("web", json!({}))));
    spec.workloads[0].workload.min_ready = SimDuration::from_secs(min_ready);
    let run = run(1, spec, three_zones(1), deeds, 2_000, |_| {});
    let told = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::RolloutChanged { state, .. } => Some((stamped.at.as_nanos() / 1_000_000_000, state)),
        _ => None,
    });
    told.collect()
}

#[test]
fn what_runs_before_a_zone_is_lost_is_no_rollout() {
    let lost: Deed = |cluster, cx| cluster.host_died(named(cluster, "node-a")[0], cx);
    assert_eq!(said(0, &[(30, lost)]), []);
}

#[test]
fn a_rollout_that_comes_no_further_for_ten_minutes_is_said_to_stand_still_until_it_does() {
    let told = said(0, &[(20, cordon_all), (30, restart), (900, uncordon_all)]);
    let states: Vec<_> = told.iter().map(|(_, state)| *state).collect();
    assert_eq!(states, [Progressing, DeadlineExceeded, Progressing, Complete]);
    // One more than four, and one of four less: two new pods are made and one old pod ends at once, after which nothing
    // happens. The deadline is 600 s, and is looked at a second later.
    assert_eq!(told[0].0, 30);
    assert!((631..=633).contains(&told[1].0), "{told:?}");
    assert!((900..=930).contains(&told[2].0), "{told:?}");
}

#[test]
fn a_rollout_waits_until_pods_have_been_ready_for_as_long_as_they_must_be() {
    let quick = said(0, &[(30, restart)]).last().copied().expect("a rollout");
    let careful = said(40, &[(30, restart)]).last().copied().expect("a rollout");
    assert_eq!((quick.1, careful.1), (Complete, Complete));
    // Two at a time (as above), so that four pods come in two waves, each of which waits 40 s longer than it would.
    let longer = careful.0 - quick.0;
    assert!((75..=85).contains(&longer), "{quick:?} {careful:?}");
}
