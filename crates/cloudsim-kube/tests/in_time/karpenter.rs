//! Karpenter against its published rules: when it launches what, and when it takes nodes out.

use crate::support::{Act, Cx, Run, cluster, deployment, named, node, run, run_acts, template, three_zones};
use cloudsim_kube::objects::{Budget, IntOrPercent, Labels, PodDisruptionBudget, UnhealthyPods};
use cloudsim_kube::spec::{
    ClusterSpec, ConsolidationPolicy, DisruptionSpec, KarpenterSpec, NodePoolSpec, PoolLimits, PoolType,
    PoolZone,
};
use cloudsim_kube::{Cluster, NewNode, NodeInfo, Offering, Signal, WorkloadId, limits};
use cloudsim_records::{ClaimReason, NodeState, Record};
use cloudsim_units::{NanoUsd, SimDuration, SimTime};
use cloudsim_world::{AutoScalingGroupId, SubnetId, ZoneId};
use proptest::prelude::*;
use serde_json::json;

/// A type with so many cores, each with four GiB.
fn kind(name: &str, cores: i64, dollars: &str) -> PoolType {
    let small = node(0, 0).object.allocatable;
    let mut allocatable = small.clone();
    (allocatable.milli_cpu, allocatable.memory) = (cores * 1000, cores * (4 << 30));
    let price = NanoUsd::parse(dollars).unwrap();
    let capacity = (allocatable.milli_cpu, allocatable.memory);
    PoolType { name: name.into(), price, capacity, allocatable, pods_max: 58 }
}

/// A cluster with Karpenter, whose pool has a small and a large type in three zones, with a deployment of so many pods of
/// half a core. Nodes stay as they are.
fn launched(replicas: u32) -> ClusterSpec {
    let mut spec = cluster("1.34");
    let zones = ["a", "b", "c"].iter().zip(0..).map(|(name, zone)| PoolZone {
        zone: ZoneId(zone),
        subnet: SubnetId(zone),
        region: "us-east-1".into(),
        name: (*name).into(),
    });
    spec.karpenter = Some(KarpenterSpec {
        batch_idle_duration: limits::BATCH_IDLE,
        batch_max_duration: limits::BATCH_MAX,
        pools: vec![NodePoolSpec {
            name: "general".into(),
            group: AutoScalingGroupId(0),
            weight: 0,
            types: vec![kind("m5.2xlarge", 8, "0.384"), kind("m5.xlarge", 4, "0.192")],
            zones: zones.collect(),
            limits: PoolLimits::default(),
            labels: Labels::default(),
            taints: Vec::new(),
            disruption: DisruptionSpec { consolidate_after: None, ..DisruptionSpec::default() },
            join: limits::JOIN,
        }],
    });
    spec.workloads.push(deployment("web", replicas, template("web", json!({}))));
    spec
}

fn pool(spec: &mut ClusterSpec) -> &mut NodePoolSpec {
    &mut spec.karpenter.as_mut().unwrap().pools[0]
}

fn secs(at: u64) -> SimTime {
    SimTime::from_secs(at)
}

/// When EC2 was called.
fn calls(run: &Run) -> Vec<SimTime> {
    let all = run.world.signals.iter().filter(|(_, signal)| matches!(signal, Signal::FleetWanted { .. }));
    all.map(|(at, _)| *at).collect()
}

/// When instances were terminated.
fn released(run: &Run) -> Vec<SimTime> {
    let all =
        run.world.signals.iter().filter(|(_, signal)| matches!(signal, Signal::InstanceReleased { .. }));
    all.map(|(at, _)| *at).collect()
}

/// When batches ended, with pods and claims.
fn batches(run: &Run) -> Vec<(SimTime, u32, u32)> {
    let all = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::NodesClaimed { pods, claims, .. } => Some((stamped.at, pods, claims)),
        _ => None,
    });
    all.collect()
}

/// When claims were given up, and why.
fn given_up(run: &Run) -> Vec<(SimTime, ClaimReason)> {
    let all = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::NodeClaimRemoved { reason, .. } => Some((stamped.at, reason)),
        _ => None,
    });
    all.collect()
}

/// The types and zones that were launched.
fn kinds(run: &Run) -> Vec<(String, String)> {
    let of = &run.world.cluster.spec().karpenter.as_ref().unwrap().pools[0];
    let all = run.world.pool.launched_for.values();
    all.map(|(_, launched)| (of.types[launched.kind].name.clone(), of.zones[launched.zone].name.clone()))
        .collect()
}

fn waiting(run: &Run) -> usize {
    run.world.cluster.pods.present().filter(|(_, pod)| pod.is_waiting()).count()
}

type Deed = fn(&mut Cluster, &mut Cx<'_>);

#[test]
fn pods_without_room_get_a_node_a_batch_a_call_a_launch_and_a_join_later() {
    // Six nodes take eight pods each: twelve more want six cores, for which one large node is enough.
    for seed in 0..20 {
        let grow: Deed = |cluster, cx| cluster.scale(WorkloadId(0), 60, cx);
        let run = run(seed, launched(48), three_zones(2), &[(60, grow)], 300, |_| ());
        // Their making takes a second at most (the controller asks 20 times a second, 30 at once); the batch ends a second
        // after the last one; EC2 answers within one to three seconds.
        let (ended, pods, claims) = batches(&run)[0];
        assert_eq!((pods, claims), (12, 1), "seed {seed}");
        assert!((secs(61)..=secs(63)).contains(&ended), "{ended}");
        let called = calls(&run)[0];
        assert!(
            (ended + SimDuration::from_secs(1)..=ended + SimDuration::from_millis(3200)).contains(&called)
        );
        assert_eq!(calls(&run).len(), 1, "pods that wait for a node that comes get no second one");
        assert_eq!(waiting(&run), 0);
        let ready = run.records.iter().filter_map(|stamped| match stamped.record {
            Record::NodeChanged { state: NodeState::Ready, .. } => Some(stamped.at),
            _ => None,
        });
        // A launch takes 26 s here, a join a minute at most.
        assert!(ready.max().is_some_and(|at| at <= called + SimDuration::from_secs(26 + 60 + 2)));
    }
}

#[test]
fn a_batch_goes_on_while_pods_come_but_for_ten_seconds_at_most() {
    let one_more: Deed = |cluster, cx| {
        let wanted = cluster.workloads.get(WorkloadId(0)).replicas + 1;
        cluster.scale(WorkloadId(0), wanted, cx);
    };
    let mut spec = launched(48);
    spec.karpenter.as_mut().unwrap().batch_idle_duration = SimDuration::from_secs(3);
    let deeds: Vec<(u64, Deed)> = (60..76).map(|at| (at, one_more)).collect();
    let run = run(1, spec, three_zones(2), &deeds, 300, |_| ());
    let ended = batches(&run)[0].0;
    assert!((secs(70)..=secs(71)).contains(&ended), "{ended}");
    assert_eq!(waiting(&run), 0);
}

#[test]
fn the_cheapest_type_that_takes_the_pods_is_launched() {
    let one: Deed = |cluster, cx| cluster.scale(WorkloadId(0), 49, cx);
    let run_small = run(1, launched(48), three_zones(2), &[(60, one)], 200, |_| ());
    assert_eq!(kinds(&run_small).iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["m5.xlarge"]);
    // Six cores fit on no small node.
    let mut spec = launched(48);
    let big =
        json!({"containers": [{"name": "big", "image": "big:1", "resources": {"requests": {"cpu": "6"}}}]});
    spec.workloads.push(deployment("big", 1, template("big", big)));
    let run_large = run(1, spec, three_zones(2), &[], 200, |_| ());
    assert_eq!(kinds(&run_large).iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["m5.2xlarge"]);
    assert_eq!((waiting(&run_small), waiting(&run_large)), (0, 0));
}

#[test]
fn pods_that_choose_a_zone_get_a_node_there() {
    let mut spec = launched(48);
    let there = json!({"nodeSelector": {"topology.kubernetes.io/zone": "us-east-1c"}});
    spec.workloads.push(deployment("there", 3, template("there", there)));
    let run = run(1, spec, three_zones(2), &[], 200, |_| ());
    assert_eq!(kinds(&run), [("m5.xlarge".to_owned(), "c".to_owned())]);
    assert_eq!(waiting(&run), 0);
}

#[test]
fn pods_that_must_be_spread_over_zones_get_nodes_in_all_of_them() {
    let spread = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}]});
    for seed in 0..10 {
        let mut spec = launched(0);
        spec.workloads[0] = deployment("web", 48, template("web", spread.clone()));
        let grow: Deed = |cluster, cx| cluster.scale(WorkloadId(0), 60, cx);
        let run = run(seed, spec, three_zones(2), &[(60, grow)], 300, |_| ());
        let mut zones: Vec<String> = kinds(&run).into_iter().map(|(_, zone)| zone).collect();
        zones.sort();
        assert_eq!(zones, ["a", "b", "c"], "four pods more in each, seed {seed}");
        assert_eq!(waiting(&run), 0);
    }
}

#[test]
fn what_a_zone_has_none_of_is_taken_from_another_at_once_and_asked_for_again_after_three_minutes() {
    let first: Deed = |cluster, cx| {
        for zone in [0, 1] {
            cx.pool.lacks.insert(("m5.xlarge".into(), zone));
        }
        cluster.scale(WorkloadId(0), 52, cx);
    };
    let back: Deed = |_, cx| cx.pool.lacks.clear();
    let soon: Deed = |cluster, cx| cluster.scale(WorkloadId(0), 60, cx);
    let later: Deed = |cluster, cx| cluster.scale(WorkloadId(0), 68, cx);
    let deeds = [(60, first), (70, back), (150, soon), (300, later)];
    let mut everywhere = 0;
    for seed in 0..10 {
        let run = run(seed, launched(48), three_zones(2), &deeds, 500, |_| ());
        let claims: Vec<Vec<Offering>> = run
            .world
            .cluster
            .node_claims()
            .filter(|(_, claim)| claim.offerings.len() > 1)
            .map(|(_, claim)| claim.offerings.iter().copied().filter(|of| of.kind == 1).collect())
            .collect();
        assert_eq!(waiting(&run), 0);
        assert_eq!(calls(&run).len(), 3, "one call was enough for each");
        let of = |place: usize| claims[place].iter().map(|of| of.zone).collect::<Vec<_>>();
        let first = &kinds(&run)[0];
        assert_eq!(
            first,
            &("m5.xlarge".to_owned(), "c".to_owned()),
            "there is another zone, and no dearer type"
        );
        // What was found to be lacking depends on the zone that EC2 tried first.
        let lacked = 3 - of(1).len();
        assert!(lacked <= 2, "{lacked}");
        everywhere += usize::from(lacked == 2);
        assert_eq!(of(2).len(), 3, "three minutes later all are asked for, seed {seed}");
    }
    assert!(everywhere > 0, "some runs have tried both before the third");
}

#[test]
fn a_claim_for_which_there_is_nothing_is_given_up_and_made_anew_once_the_lack_is_forgotten() {
    let none: Deed = |cluster, cx| {
        cx.pool.has_capacity = false;
        cluster.scale(WorkloadId(0), 52, cx);
    };
    let back: Deed = |_, cx| cx.pool.has_capacity = true;
    let run = run(2, launched(48), three_zones(2), &[(60, none), (100, back)], 500, |_| ());
    assert_eq!(given_up(&run).iter().map(|(_, why)| *why).collect::<Vec<_>>(), [ClaimReason::NoCapacity]);
    let calls = calls(&run);
    // It is forgotten after three minutes; the pods are looked at every ten seconds, a batch takes one, a call three.
    let between = calls[1].since(calls[0]);
    assert!((SimDuration::from_secs(181)..=SimDuration::from_secs(195)).contains(&between), "{between}");
    assert_eq!(waiting(&run), 0);
    let events = run.world.cluster.events.at(secs(500));
    assert!(events.iter().any(|event| event.reason == "InsufficientCapacityError"));
    let told =
        events.iter().find(|event| event.reason == "FailedScheduling" && event.by.component == "karpenter");
    let message =
        "Failed to schedule pod, nodepool general: no instance type is available in any of its zones";
    assert_eq!(&*told.expect("the pods are told").message, message);
}

#[test]
fn a_node_that_does_not_join_is_given_up_after_a_quarter_of_an_hour() {
    let grow: Deed = |cluster, cx| {
        cx.pool.boots = false;
        cluster.scale(WorkloadId(0), 52, cx);
    };
    let run = run(2, launched(48), three_zones(2), &[(60, grow)], 1100, |_| ());
    let (at, why) = given_up(&run)[0];
    assert_eq!(why, ClaimReason::NotRegistered);
    let claimed = batches(&run)[0].0;
    let waited = at.since(claimed);
    assert!((SimDuration::from_secs(900)..=SimDuration::from_secs(901)).contains(&waited), "{waited}");
    assert_eq!(released(&run), [at]);
    let again = batches(&run)[1].0;
    assert!(again.since(at) <= SimDuration::from_secs(11), "its pods are looked at again: {again}");
}

#[test]
fn a_pool_never_has_more_than_its_limits_and_pods_are_told_so() {
    let mut spec = launched(60);
    pool(&mut spec).limits.milli_cpu = Some(28_000);
    let run = run(1, spec, three_zones(2), &[], 300, |_| ());
    // Of 28 cores 24 are there: one small node more takes eight of twelve pods.
    assert_eq!(kinds(&run).len(), 1);
    assert_eq!(kinds(&run)[0].0, "m5.xlarge");
    assert_eq!(waiting(&run), 4);
    let events = run.world.cluster.events.at(secs(300));
    assert!(
        events.iter().any(
            |event| &*event.message == "Failed to schedule pod, nodepool general: its limits are reached"
        )
    );
}

/// Zone a dies after a minute: half of the nodes.
fn loses_half(disruption: DisruptionSpec) -> Run {
    let dies: Deed = |cluster, cx| {
        for node in named(cluster, "node-a") {
            cluster.host_died(node, cx);
        }
        for kind in ["m5.xlarge", "m5.2xlarge"] {
            cx.pool.lacks.insert((kind.into(), 0));
        }
    };
    let mut spec = launched(96);
    pool(&mut spec).zones.truncate(2);
    pool(&mut spec).disruption = disruption;
    let nodes: Vec<NewNode> = (0..2).flat_map(|zone| (0..6).map(move |number| node(zone, number))).collect();
    run(3, spec, nodes, &[(60, dies)], 1200, |_| ())
}

#[test]
fn half_of_the_nodes_lost_stop_nothing() {
    let run = loses_half(DisruptionSpec::default());
    assert_eq!(waiting(&run), 0);
    assert_eq!(run.world.cluster.workloads.get(WorkloadId(0)).serving, 96);
    // Pods go when they have tolerated their node for 300 s, from the first look after 50 s of silence on.
    assert!(batches(&run)[0].0 >= secs(60 + 40 + 300));
}

#[test]
fn nodes_that_are_not_ready_stay_and_use_up_the_budget() {
    // Six of twelve and those that were launched are not ready: a tenth of all is less, so that none goes.
    let run = loses_half(DisruptionSpec::default());
    assert_eq!(given_up(&run).iter().filter(|(_, why)| *why != ClaimReason::NoCapacity).count(), 0);
    assert_eq!(released(&run), []);
}

#[test]
fn empty_nodes_go_one_of_a_few_at_a_time() {
    let ends: Deed = |cluster, cx| cluster.scale(WorkloadId(0), 0, cx);
    let mut spec = launched(24);
    pool(&mut spec).disruption = DisruptionSpec {
        policy: ConsolidationPolicy::WhenEmpty,
        consolidate_after: Some(SimDuration::from_secs(60)),
        ..DisruptionSpec::default()
    };
    let run = run(5, spec, three_zones(2), &[(100, ends)], 600, |_| ());
    let all = released(&run);
    assert_eq!(all.len(), 6);
    // Their pods end within 30 s; then a minute, a look within ten seconds, fifteen seconds, and a second.
    assert!((secs(100 + 60 + 15)..=secs(100 + 32 + 60 + 10 + 17)).contains(&all[0]), "{}", all[0]);
    for pair in all.windows(2) {
        // The choice holds for fifteen seconds before it is carried out, and the next look is ten seconds later at most.
        assert!(pair[1].since(pair[0]) >= SimDuration::from_secs(15), "{pair:?}");
    }
    assert!(given_up(&run).iter().all(|(_, why)| *why == ClaimReason::Empty));
}

#[test]
fn a_node_whose_pods_have_room_elsewhere_goes_if_the_policy_says_so() {
    // Four pods on each of six nodes of eight: three nodes would do.
    let of = |policy| {
        let mut spec = launched(24);
        let after = Some(SimDuration::from_secs(30));
        pool(&mut spec).disruption =
            DisruptionSpec { policy, consolidate_after: after, ..DisruptionSpec::default() };
        run(5, spec, three_zones(2), &[], 1200, |_| ())
    };
    let consolidated = of(ConsolidationPolicy::WhenEmptyOrUnderutilized);
    assert_eq!(consolidated.world.cluster.nodes.present().count(), 3);
    assert_eq!(consolidated.world.cluster.workloads.get(WorkloadId(0)).serving, 24);
    assert!(given_up(&consolidated).iter().all(|(_, why)| *why == ClaimReason::Underutilized));
    assert_eq!(released(&of(ConsolidationPolicy::WhenEmpty)), []);
}

#[test]
fn a_budget_of_pods_that_lets_nobody_go_keeps_their_nodes() {
    let mut spec = launched(24);
    pool(&mut spec).disruption.consolidate_after = Some(SimDuration::ZERO);
    let selector = spec.workloads[0].workload.selector.clone();
    spec.disruption_budgets.push(PodDisruptionBudget {
        key: "web".parse().expect("a key"),
        selector,
        allows: Budget::MaxUnavailable(IntOrPercent::Int(0)),
        unhealthy: UnhealthyPods::IfHealthyBudget,
    });
    let run = run(5, spec, three_zones(2), &[], 900, |_| ());
    assert_eq!(released(&run), []);
}

#[test]
fn a_dear_node_goes_once_a_cheaper_one_is_ready_for_its_pods() {
    let mut spec = launched(4);
    pool(&mut spec).disruption.consolidate_after = Some(SimDuration::ZERO);
    let of = pool(&mut spec);
    let large = NewNode {
        object: of.node((0, 0), "large"),
        info: NodeInfo::default(),
        zone: Some(ZoneId(0)),
        join: limits::JOIN,
    };
    let run = run(5, spec, vec![large], &[], 600, |_| ());
    assert_eq!(kinds(&run).iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["m5.xlarge"]);
    let gone = released(&run);
    assert_eq!(gone.len(), 1);
    let joined = run.records.iter().find_map(|stamped| match stamped.record {
        Record::NodeChanged { state: NodeState::Ready, .. } => Some(stamped.at),
        _ => None,
    });
    assert!(joined.is_some_and(|joined| joined < gone[0]));
    assert_eq!(run.world.cluster.workloads.get(WorkloadId(0)).serving, 4);
}

#[test]
fn an_instance_that_somebody_else_terminates_leaves_no_claim() {
    let gone: Deed = |cluster, cx| {
        let node = named(cluster, "node-a-0")[0];
        cx.pool.instances.retain(|_, of| *of != Some(node));
        cluster.instance_gone(node, cx);
    };
    let run = run(4, launched(24), three_zones(2), &[(60, gone)], 400, |_| ());
    let (at, why) = given_up(&run)[0];
    assert_eq!(why, ClaimReason::InstanceGone);
    // The node is not ready after 50 s of silence; Karpenter looks every two minutes.
    assert!((secs(60)..=secs(60 + 60 + 121)).contains(&at), "{at}");
    assert_eq!(run.world.cluster.node_claims().count(), 5);
}

fn act() -> impl Strategy<Value = (u64, Act)> {
    let node = 0_usize..12;
    let what = prop_oneof![
        node.clone().prop_map(Act::Die),
        node.clone().prop_map(Act::Return),
        (node.clone(), any::<bool>()).prop_map(|(node, connected)| Act::Connect(node, connected)),
        node.clone().prop_map(Act::Drain),
        node.prop_map(Act::Uncordon),
        (0_usize..40).prop_map(Act::Delete),
        (0_u32..90).prop_map(Act::Scale),
    ];
    (10_u64..1200, what)
}

fn stays_within(cluster: &Cluster) {
    let of = &cluster.spec().karpenter.as_ref().unwrap().pools[0];
    let cores: i64 = cluster
        .node_claims()
        .map(|(_, claim)| {
            let kinds = claim.launched.map_or_else(
                || claim.offerings.iter().map(|of| of.kind).collect::<Vec<_>>(),
                |launched| vec![launched.kind],
            );
            kinds.into_iter().map(|kind| of.types[kind].capacity.0).max().unwrap_or(0)
        })
        .sum();
    assert!(cores <= 40_000, "a pool of at most 40 cores has {cores}");
    for (_, claim) in cluster.node_claims() {
        assert!(claim.launched.is_none_or(|launched| claim.offerings.contains(&launched)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// That a node which goes is empty is asserted where it goes.
    #[test]
    fn no_history_takes_a_pool_beyond_its_limits(seed in 0_u64..1000, acts in prop::collection::vec(act(), 1..16)) {
        let mut spec = launched(30);
        pool(&mut spec).limits.milli_cpu = Some(40_000);
        pool(&mut spec).disruption.consolidate_after = Some(SimDuration::ZERO);
        run_acts(seed, spec, three_zones(2), &acts, 1500, stays_within);
    }
}

#[test]
fn pods_at_their_scheduling_gates_get_no_node() {
    let gates = json!({"schedulingGates": [{"name": "example.com/quota"}]});
    let with = |more| {
        let mut spec = launched(0);
        spec.workloads = vec![deployment("web", 40, template("web", more))];
        calls(&run(1, spec, three_zones(1), &[], 300, |_| {})).len()
    };
    assert_eq!(with(gates), 0);
    assert!(with(json!({})) > 0, "others of which there are too many do");
}
