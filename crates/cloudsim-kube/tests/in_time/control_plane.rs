//! Who acts and who is heard when zones of the control plane die or are cut off.

use crate::support::{Cx, Deed, Run, cluster, deployment, named, run, template, three_zones};
use cloudsim_kube::objects::TaintEffect;
use cloudsim_kube::spec::{ClusterSpec, NodeSpec, Seat};
use cloudsim_kube::{Cluster, NodeInfo, UNREACHABLE};
use cloudsim_records::{Component, PodState, Record};
use cloudsim_units::SimTime;
use cloudsim_world::ZoneId;
use serde_json::json;

const AT: u64 = 100;

/// A cluster whose control plane has a node in each zone.
fn over_three() -> ClusterSpec {
    let mut spec = cluster("1.34");
    spec.control_plane.api_servers = (0..3).map(|zone| ZoneId(zone).into()).collect();
    spec
}

/// Kills the part of the control plane that the leader of the controllers is in.
fn leader_dies(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    let zone = cluster.leader_zone(Component::ControllerManager).unwrap();
    cluster.control_plane_turns(zone, false, cx);
}

/// Kills a part in which no component's leader is, if there is one.
fn another_dies(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    let leads = Component::ALL.iter().map(|of| cluster.leader_zone(*of)).collect::<Vec<_>>();
    if let Some(zone) = (0..3).map(ZoneId).find(|zone| !leads.contains(&Some(*zone))) {
        cluster.control_plane_turns(zone, false, cx);
    }
}

/// When components got another leader, in seconds after the fault.
fn taken(run: &Run) -> Vec<f64> {
    let events = run.world.cluster.events.at(SimTime::from_secs(AT));
    let taken = events.into_iter().filter(|event| event.reason == "LeaderElection");
    taken.map(|event| event.first.since(SimTime::from_secs(AT)).as_secs_f64()).collect()
}

#[test]
fn the_leaders_are_drawn_by_the_seed() {
    for of in Component::ALL.iter().copied() {
        let zones: std::collections::BTreeSet<_> = (0..30)
            .map(|seed| run(seed, over_three(), three_zones(1), &[], 1, |_| {}).world.cluster.leader_zone(of))
            .collect();
        assert_eq!(zones, (0..3).map(|zone| Some(ZoneId(zone))).collect(), "{of:?}");
    }
}

#[test]
fn when_a_leader_dies_another_takes_the_lease_after_13_to_17_seconds() {
    let mut all = Vec::new();
    for seed in 0..40 {
        let run = run(seed, over_three(), three_zones(1), &[(AT, leader_dies)], 200, |_| {});
        // The last renewal was up to two seconds before the death, and whoever waits looks every two seconds.
        let taken = taken(&run);
        assert!(!taken.is_empty() && taken.iter().all(|at| (13.0..=17.0).contains(at)), "{seed}: {taken:?}");
        assert!(Component::ALL.iter().all(|of| run.world.cluster.leader_zone(*of).is_some()));
        all.extend(taken);
    }
    assert!(all.iter().any(|at| *at < 14.5) && all.iter().any(|at| *at > 15.5), "it is drawn: {all:?}");
}

#[test]
fn nothing_happens_to_the_leaders_while_their_zones_keep_their_power() {
    for seed in 0..20 {
        let run = run(seed, over_three(), three_zones(1), &[(AT, another_dies)], 200, |_| {});
        assert!(taken(&run).is_empty(), "seed {seed}");
    }
}

/// A cluster whose control plane is on the first node of each zone.
fn on_nodes() -> ClusterSpec {
    let mut spec = cluster("1.34");
    let seats = ["a", "b", "c"].into_iter().zip(0..);
    let seats = seats
        .map(|(zone, number)| Seat { zone: ZoneId(number), node: Some(format!("node-{zone}-0").into()) });
    let seats: Vec<Seat> = seats.collect();
    (spec.control_plane.api_servers, spec.control_plane.etcd) = (seats.clone(), seats);
    spec
}

fn host_of_b_dies(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.host_died(named(cluster, "node-b-0")[0], cx);
}

fn hosts_of_a_and_b_die(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.host_died(named(cluster, "node-a-0")[0], cx);
    host_of_b_dies(cluster, cx);
}

fn host_of_b_returns(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.host_returned(named(cluster, "node-b-0")[0], cx);
}

fn zones_a_and_b_turn_dark(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    for zone in [0, 1] {
        cluster.control_plane_turns(ZoneId(zone), false, cx);
    }
}

/// When the API fell silent and when it answered again, in whole seconds.
fn answers(deeds: &[(u64, Deed)]) -> Vec<(u64, bool)> {
    let run = run(1, on_nodes(), three_zones(2), deeds, 400, |_| {});
    let changes = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::ControlPlaneChanged { answers, .. } => Some((stamped.at.as_nanos() / 1_000_000_000, answers)),
        _ => None,
    });
    changes.collect()
}

#[test]
fn hosts_that_the_control_plane_is_on_take_it_along() {
    let lost = answers(&[(AT, hosts_of_a_and_b_die)]);
    assert_eq!(lost.last(), Some(&(AT, false)), "two of three members are gone: {lost:?}");
    let [(AT, false), (back, true)] = answers(&[(AT, hosts_of_a_and_b_die), (200, host_of_b_returns)])[..]
    else {
        panic!("it is silent until one of them is back")
    };
    assert!((200..260).contains(&back), "its kubelet starts first: {back}");
    let one = answers(&[(AT, host_of_b_dies)]);
    assert!(one.last().is_none_or(|(_, answers)| *answers), "two of three go on: {one:?}");
    assert_eq!(answers(&[(AT, zones_a_and_b_turn_dark)]), [], "their hosts say what becomes of it");
}

/// A run that begins with some nodes dead.
fn begun_without(dead: &[&str], seed: u64) -> Run {
    let mut spec = on_nodes();
    for node in three_zones(2).into_iter().filter(|node| dead.contains(&&*node.object.name)) {
        let name = node.object.name.to_string();
        let (zone, node) = (node.zone, node.object);
        let info = NodeInfo::default();
        spec.nodes.push(NodeSpec { name, zone, subnet: None, instance_type: None, node, ready: false, info });
    }
    run(seed, spec, three_zones(2), &[], 100, |_| {})
}

#[test]
fn hosts_that_were_down_before_the_run_lead_nothing() {
    let told = |run: &Run| {
        let all = run.records.iter().filter_map(|stamped| match stamped.record {
            Record::ControlPlaneChanged { answers, .. } => Some((stamped.at, answers)),
            _ => None,
        });
        all.collect::<Vec<_>>()
    };
    for seed in 0..10 {
        let run = begun_without(&["node-a-0"], seed);
        assert_eq!(told(&run), [], "the others had long elected one of them");
        assert!(Component::ALL.iter().all(|of| run.world.cluster.leader_zone(*of) != Some(ZoneId(0))));
    }
    let silent = begun_without(&["node-a-0", "node-b-0"], 1);
    assert_eq!(told(&silent), [(SimTime::ZERO, false)], "nobody can answer from the start");
}

#[test]
fn a_kubelet_that_starts_while_nobody_answers_knows_no_pods() {
    fn all_die(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        hosts_of_a_and_b_die(cluster, cx);
        cluster.host_died(named(cluster, "node-c-1")[0], cx);
    }
    fn a_worker_returns(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        cluster.host_returned(named(cluster, "node-c-1")[0], cx);
    }
    let mut spec = on_nodes();
    let there = json!({"nodeSelector": {"kubernetes.io/hostname": "node-c-1"}});
    spec.workloads.push(deployment("web", 1, template("web", there)));
    let started = |deeds: &[(u64, Deed)]| {
        let run = run(1, spec.clone(), three_zones(2), deeds, 700, |_| {});
        run.records.iter().find_map(|stamped| match stamped.record {
            Record::PodChanged { state: PodState::Running, .. } => {
                Some(stamped.at.as_nanos() / 1_000_000_000)
            }
            _ => None,
        })
    };
    let silent: [(u64, Deed); 2] = [(AT, all_die), (150, a_worker_returns)];
    assert_eq!(started(&silent), None, "only the API says what runs there");
    let answered = started(&[silent[0], silent[1], (400, host_of_b_returns)]).expect("it is told");
    assert!(answered >= 400, "{answered}");
}

#[test]
fn without_leaders_no_pod_is_made_or_bound_until_there_are_others() {
    fn scaled(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        // Those of all components die, but for a majority of etcd.
        leader_dies(cluster, cx);
        cluster.scale(cloudsim_kube::WorkloadId(0), 9, cx);
    }
    for seed in 0..20 {
        let mut spec = over_three();
        spec.workloads.push(deployment("web", 3, template("web", json!({}))));
        let run = run(seed, spec, three_zones(3), &[(AT, scaled)], 200, |_| {});
        let leader = *taken(&run).last().unwrap();
        let of = |state: PodState| {
            let changes = run.records.iter().filter(move |stamped| {
                stamped.at > SimTime::from_secs(AT)
                    && matches!(stamped.record, Record::PodChanged { state: now, .. } if now == state)
            });
            changes.map(|stamped| stamped.at.since(SimTime::from_secs(AT)).as_secs_f64()).collect::<Vec<_>>()
        };
        let (made, bound) = (of(PodState::Pending), of(PodState::Scheduled));
        assert_eq!((made.len(), bound.len()), (6, 6), "seed {seed}: all come in the end");
        assert!(made.iter().chain(&bound).all(|at| *at > 13.0), "seed {seed}: {made:?} {bound:?}");
        assert!(made.iter().all(|at| *at < leader + 2.0), "seed {seed}: at once then");
    }
}

#[test]
fn a_new_leader_begins_every_grace_period_anew() {
    /// From the death of the nodes of zone a until the first is unknown, in seconds.
    fn marked(seed: u64, with_leader: bool) -> f64 {
        fn nodes_die(cluster: &mut Cluster, cx: &mut Cx<'_>) {
            for node in named(cluster, "node-a-") {
                cluster.host_died(node, cx);
            }
        }
        fn both_die(cluster: &mut Cluster, cx: &mut Cx<'_>) {
            nodes_die(cluster, cx);
            leader_dies(cluster, cx);
        }
        let deed = if with_leader { both_die } else { nodes_die };
        let run = run(seed, over_three(), three_zones(2), &[(AT, deed)], 300, |_| {});
        let unknown = run.records.iter().find(|stamped| {
            matches!(stamped.record, Record::NodeChanged { state: cloudsim_records::NodeState::Unknown, .. })
        });
        unknown.expect("they are dead").at.since(SimTime::from_secs(AT)).as_secs_f64()
    }
    for seed in 0..10 {
        // 50 s from the look at which the last renewal was seen, at most 10 s before the death and 5 s after it, then up to one
        // look of 5 s; with a new leader from its beginning, 13 to 17 s after the death.
        let (alone, with) = (marked(seed, false), marked(seed, true));
        assert!((40.0..=60.5).contains(&alone), "seed {seed}: {alone}");
        assert!((63.0..=72.5).contains(&with), "seed {seed}: {with}");
    }
}

/// Cuts zones off from all others.
fn cut(cluster: &mut Cluster, cx: &mut Cx<'_>, zones: &[u32]) {
    cluster.borders_change(|a, b| !zones.contains(&a.0) && !zones.contains(&b.0), cx);
}

/// Which nodes' leases are renewed a minute after zones were cut off: those that the API has as ready.
fn heard_in(spec: &ClusterSpec, deed: fn(&mut Cluster, &mut Cx<'_>)) -> Vec<String> {
    let run = run(3, spec.clone(), three_zones(1), &[(AT, deed)], AT + 120, |_| {});
    let nodes = run.world.cluster.nodes.present();
    let heard = nodes.filter(|(_, node)| {
        node.is_heard()
            && run.world.cluster.api_answers()
            && !node.has_taint(UNREACHABLE, TaintEffect::NoSchedule)
    });
    heard.map(|(_, node)| node.name.to_string()).collect()
}

#[test]
fn nodes_hear_only_servers_that_reach_the_majority_of_etcd() {
    let each = over_three();
    assert_eq!(heard_in(&each, |cluster, cx| cut(cluster, cx, &[])), ["node-a-0", "node-b-0", "node-c-0"]);
    assert_eq!(heard_in(&each, |cluster, cx| cut(cluster, cx, &[0])), ["node-b-0", "node-c-0"]);
    assert_eq!(heard_in(&each, |cluster, cx| cut(cluster, cx, &[1])), ["node-a-0", "node-c-0"]);
    assert_eq!(heard_in(&each, |cluster, cx| cut(cluster, cx, &[2])), ["node-a-0", "node-b-0"]);
    assert!(heard_in(&each, |cluster, cx| cut(cluster, cx, &[0, 1])).is_empty());
    assert!(heard_in(&each, |cluster, cx| cut(cluster, cx, &[0, 1, 2])).is_empty());
    // Two members in a, one in b; servers in b and c. Without a there is no majority; a has one, and no server.
    let mut two = over_three();
    two.control_plane.etcd = [0, 0, 1].map(|zone| ZoneId(zone).into()).into();
    two.control_plane.api_servers = [1, 2].map(|zone| ZoneId(zone).into()).into();
    assert!(heard_in(&two, |cluster, cx| cut(cluster, cx, &[0])).is_empty());
    // The server of c still reaches a.
    assert_eq!(heard_in(&two, |cluster, cx| cut(cluster, cx, &[1])), ["node-a-0", "node-c-0"]);
    assert_eq!(heard_in(&two, |cluster, cx| cut(cluster, cx, &[2])), ["node-a-0", "node-b-0"]);
    assert!(heard_in(&two, |cluster, cx| cut(cluster, cx, &[0, 1, 2])).is_empty());
}

#[test]
fn a_leader_that_is_cut_off_for_less_than_its_deadline_goes_on() {
    fn cut_leader(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        let zone = cluster.leader_zone(Component::ControllerManager).unwrap();
        cut(cluster, cx, &[zone.0]);
    }
    fn heal(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        cut(cluster, cx, &[]);
    }
    for seed in 0..10 {
        let short = run(seed, over_three(), three_zones(1), &[(AT, cut_leader), (AT + 8, heal)], 200, |_| {});
        assert!(taken(&short).is_empty(), "seed {seed}");
        let long = run(seed, over_three(), three_zones(1), &[(AT, cut_leader), (AT + 12, heal)], 200, |_| {});
        let taken = taken(&long);
        assert!(!taken.is_empty() && taken.iter().all(|at| (13.0..=17.0).contains(at)), "{seed}: {taken:?}");
    }
}
