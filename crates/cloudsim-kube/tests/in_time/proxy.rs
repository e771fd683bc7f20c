//! kube-proxies: from a change of the endpoint slices to the rules of the nodes.

use crate::support::{Cx, Run, cluster, deployment, named, run, template, three_zones};
use cloudsim_kube::spec::{ClusterSpec, KubeServiceSpec, ProxyMode, ZoneHints};
use cloudsim_kube::{Cluster, KubeServiceId, NodeId, PodId, WorkloadId};
use cloudsim_records::{EndpointState, Record};
use cloudsim_units::{SimDuration, SimTime};
use serde_json::json;
use std::collections::BTreeSet;

const SERVICE: KubeServiceId = KubeServiceId(0);

/// Six pods over three zones, behind a service that is called.
pub(crate) fn called() -> ClusterSpec {
    let mut spec = cluster("1.34");
    let spread = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}]});
    spec.workloads.push(deployment("web", 6, template("web", spread)));
    spec.services.push(KubeServiceSpec {
        key: "web".parse().unwrap(),
        selector: [("app".into(), "web".into())].into(),
        target_groups: Vec::new(),
        hints: ZoneHints::None,
        called: true,
    });
    spec
}

/// When endpoints came to a state, in seconds.
fn times(run: &Run, state: EndpointState) -> Vec<f64> {
    let is = |record: &Record| matches!(record, Record::EndpointChanged { state: of, .. } if *of == state);
    let all = run.records.iter().filter(|stamped| is(&stamped.record));
    all.map(|stamped| stamped.at.since(SimTime::ZERO).as_secs_f64()).collect()
}

pub(crate) fn nodes(cluster: &Cluster) -> Vec<NodeId> {
    cluster.nodes.present().map(|(id, _)| id).collect()
}

/// Where connections from a node go that draw words from all over.
pub(crate) fn led_to(cluster: &mut Cluster, node: NodeId) -> BTreeSet<PodId> {
    (0..64).filter_map(|word: u64| cluster.route(node, SERVICE, word << 58)).collect()
}

fn kill_one(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    let victim = named(cluster, "node-a-0")[0];
    cluster.host_died(victim, cx);
}

fn delete_first(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    let victim = cluster.pods.present().find(|(_, pod)| pod.ending.is_none()).map(|(id, _)| id);
    cluster.delete_pod(victim.expect("there is one"), cx);
}

#[test]
fn over_50_seeds_rules_forget_a_dead_pod_when_the_slices_have_and_a_sync_is_over() {
    for seed in 0..50 {
        let run = run(seed, called(), three_zones(2), &[(100, kill_one)], 200, |_| {});
        let (unlisted, forgotten) =
            (times(&run, EndpointState::Unlisted), times(&run, EndpointState::Forgotten));
        let (unlisted, forgotten) = (unlisted[0], forgotten[0]);
        // As long as it takes to find a node silent: the grace period from a look after the last renewal.
        assert!((140.0..155.6).contains(&unlisted), "seed {seed}: {unlisted}");
        // All have rested: the watch, 5 ms, and the slowest sync of five nodes, 20 to 100 ms and a rule.
        let gap = forgotten - unlisted;
        assert!((0.025..0.106).contains(&gap), "seed {seed}: {gap}");
    }
}

#[test]
fn a_second_change_waits_until_kube_proxy_has_rested() {
    let mut spec = called();
    spec.kube_proxy.min_sync_period = SimDuration::from_secs(20);
    let run = run(1, spec, three_zones(2), &[(100, delete_first), (103, delete_first)], 200, |_| {});
    let (unlisted, forgotten) = (times(&run, EndpointState::Unlisted), times(&run, EndpointState::Forgotten));
    assert_eq!((unlisted.len(), forgotten.len()), (2, 2));
    assert!(forgotten[0] - unlisted[0] < 0.2, "{unlisted:?} {forgotten:?}");
    // Twenty seconds from the end of the first sync to the begin of the second.
    assert!((20.0..20.3).contains(&(forgotten[1] - forgotten[0])), "{forgotten:?}");
}

#[test]
fn a_node_that_is_cut_off_keeps_its_rules_until_it_is_back() {
    let cut = |cluster: &mut Cluster, cx: &mut Cx<'_>| {
        let node = named(cluster, "node-c-0")[0];
        cluster.connect(node, false, cx);
    };
    let mend = |cluster: &mut Cluster, cx: &mut Cx<'_>| {
        let node = named(cluster, "node-c-0")[0];
        cluster.connect(node, true, cx);
    };
    let run = run(3, called(), three_zones(2), &[(100, cut), (102, delete_first), (130, mend)], 160, |_| {});
    let (unlisted, forgotten) = (times(&run, EndpointState::Unlisted), times(&run, EndpointState::Forgotten));
    assert!((102.0..103.0).contains(&unlisted[0]), "{unlisted:?}");
    // Within the ten seconds between two renewals of its lease.
    assert!((130.0..140.2).contains(&forgotten[0]), "{forgotten:?}");
}

#[test]
fn pods_that_end_get_connections_while_no_other_is_ready() {
    let mut spec = called();
    let slow = json!({"terminationGracePeriodSeconds": 60, "containers": [{"name": "web", "image": "web:1",
        "lifecycle": {"preStop": {"sleep": {"seconds": 30}}}}]});
    spec.workloads = vec![deployment("web", 2, template("web", slow))];
    let scale = |cluster: &mut Cluster, cx: &mut Cx<'_>| cluster.scale(WorkloadId(0), 0, cx);
    let led = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        let node = nodes(cluster)[0];
        let pods = led_to(cluster, node);
        assert!(pods.iter().all(|pod| cluster.pods.get(*pod).ending.is_some()));
        assert_eq!(pods.len(), 2);
    };
    let nowhere = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        let node = nodes(cluster)[0];
        assert_eq!(led_to(cluster, node).len(), 0);
    };
    run(1, spec, three_zones(1), &[(100, scale), (120, led), (150, nowhere)], 160, |_| {});
}

#[test]
fn one_that_ends_gets_no_connections_while_another_is_ready() {
    let mut spec = called();
    let slow = json!({"containers": [{"name": "web", "image": "web:1",
        "lifecycle": {"preStop": {"sleep": {"seconds": 20}}}}]});
    spec.workloads = vec![deployment("web", 2, template("web", slow))];
    let scale = |cluster: &mut Cluster, cx: &mut Cx<'_>| cluster.scale(WorkloadId(0), 1, cx);
    let led = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        let node = nodes(cluster)[0];
        let pods = led_to(cluster, node);
        assert_eq!(pods.len(), 1);
        assert!(pods.iter().all(|pod| cluster.pods.get(*pod).ending.is_none()));
    };
    run(1, spec, three_zones(1), &[(100, scale), (110, led)], 120, |_| {});
}

#[test]
fn iptables_chooses_by_luck_and_ipvs_takes_the_next() {
    let by_luck = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        let node = nodes(cluster)[0];
        let chosen: BTreeSet<_> = (0..6).map(|_| cluster.route(node, SERVICE, 0)).collect();
        assert_eq!(chosen.len(), 1, "the same word leads to the same pod");
        assert_eq!(led_to(cluster, node).len(), 6);
    };
    let in_turn = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        for node in nodes(cluster) {
            let chosen: BTreeSet<_> = (0..6).map(|_| cluster.route(node, SERVICE, 0)).collect();
            assert_eq!(chosen.len(), 6, "each has its turn, whatever the word");
        }
    };
    run(1, called(), three_zones(2), &[(10, by_luck)], 20, |_| {});
    let mut spec = called();
    spec.kube_proxy.mode = ProxyMode::Ipvs;
    run(1, spec, three_zones(2), &[(10, in_turn)], 20, |_| {});
}

#[test]
fn a_service_that_prefers_its_zone_leads_elsewhere_only_from_where_it_has_no_pod() {
    let mut spec = called();
    spec.services[0].hints = ZoneHints::SameZone;
    let close = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        for node in nodes(cluster) {
            let zone = cluster.nodes.get(node).zone;
            let pods = led_to(cluster, node);
            assert_eq!(pods.len(), 2);
            let at_home = |pod: &PodId| cluster.nodes.get(cluster.pods.get(*pod).node.unwrap()).zone == zone;
            assert!(pods.iter().all(at_home));
        }
    };
    let cordon_a = |cluster: &mut Cluster, cx: &mut Cx<'_>| {
        for node in named(cluster, "node-a") {
            cluster.cordon(node, true, cx);
        }
    };
    let lose_a = |cluster: &mut Cluster, cx: &mut Cx<'_>| {
        let of_a = |cluster: &Cluster, id: PodId| {
            let node = cluster.pods.get(id).node.expect("placed");
            cluster.nodes.get(node).name.starts_with("node-a")
        };
        let pods: Vec<PodId> =
            cluster.pods.present().map(|(id, _)| id).filter(|id| of_a(cluster, *id)).collect();
        for pod in pods {
            cluster.delete_pod(pod, cx);
        }
    };
    let anywhere = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        let node = named(cluster, "node-a-0")[0];
        assert_eq!(led_to(cluster, node).len(), 4, "two in each of the other zones");
    };
    run(1, spec, three_zones(2), &[(10, close), (15, cordon_a), (20, lose_a), (90, anywhere)], 100, |_| {});
}

/// The service under test in the mode of topology aware routing, with so many pods.
fn by_processors(replicas: u32) -> ClusterSpec {
    let mut spec = called();
    spec.services[0].hints = ZoneHints::ByProcessors;
    spec.workloads[0].workload.replicas = replicas;
    spec
}

/// Over which zones connections from a node of zone a go.
fn zones_led_to(cluster: &mut Cluster, node: &str) -> BTreeSet<String> {
    let node = named(cluster, node)[0];
    let pods = led_to(cluster, node);
    let node_of = |pod: PodId| cluster.pods.get(pod).node.expect("it runs");
    pods.into_iter().map(|pod| cluster.nodes.get(node_of(pod)).name[5..6].to_owned()).collect()
}

/// Of six each of three even zones has two. Five are too few: each zone needs ceil(5 / 3 / 1.2) = 2 of them.
#[test]
fn zones_keep_to_their_own_pods_when_there_are_enough_of_them() {
    let own_zone = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        assert_eq!(zones_led_to(cluster, "node-a-0"), BTreeSet::from(["a".to_owned()]));
    };
    let anywhere = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        assert_eq!(zones_led_to(cluster, "node-a-0").len(), 3);
    };
    run(1, by_processors(6), three_zones(2), &[(10, own_zone)], 20, |_| {});
    run(1, by_processors(5), three_zones(2), &[(10, anywhere)], 20, |_| {});
}

fn kill_zone_a(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    for node in named(cluster, "node-a-") {
        cluster.host_died(node, cx);
    }
}

/// When zone a has gone the other two have half of the processors each, and two of four pods.
#[test]
fn a_zone_that_has_gone_has_no_hints_and_the_others_keep_theirs() {
    let apart = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        for zone in ["b", "c"] {
            let led = zones_led_to(cluster, &format!("node-{zone}-0"));
            assert_eq!(led, BTreeSet::from([zone.to_owned()]));
        }
    };
    run(1, by_processors(6), three_zones(2), &[(100, kill_zone_a), (200, apart)], 210, |_| {});
}
