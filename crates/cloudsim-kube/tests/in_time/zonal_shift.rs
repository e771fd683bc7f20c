//! A zonal shift of EKS: what it takes away from a zone, and gives back.

use crate::proxy::{called, led_to, nodes};
use crate::support::{Cx, Deed, named, run, three_zones};
use cloudsim_kube::{Cluster, Signal};
use cloudsim_world::{TargetGroupId, ZoneId};

const A: Option<ZoneId> = Some(ZoneId(0));

fn away(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.shift(A, cx);
}

fn back(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.shift(None, cx);
}

fn cordoned(cluster: &Cluster) -> Vec<&str> {
    let all = cluster.nodes.present().filter(|(_, node)| node.object.unschedulable);
    all.map(|(_, node)| &*node.name).collect()
}

#[test]
fn its_pods_leave_the_rules_and_its_nodes_are_cordoned_until_it_ends() {
    let by_hand: Deed = |cluster, cx| {
        let node = named(cluster, "node-a-1")[0];
        cluster.cordon(node, true, cx);
    };
    let shifted: Deed = |cluster, _| {
        assert_eq!(cordoned(cluster), ["node-a-0", "node-a-1"]);
        for node in nodes(cluster) {
            let pods = led_to(cluster, node);
            assert_eq!(pods.len(), 4);
            assert!(pods.iter().all(|pod| cluster.nodes.get(cluster.pods.get(*pod).node.unwrap()).zone != A));
        }
        assert_eq!(cluster.pods.present().filter(|(_, pod)| pod.ready).count(), 6, "nobody is evicted");
    };
    let as_before: Deed = |cluster, _| {
        assert_eq!(cordoned(cluster), ["node-a-1"], "what somebody else has cordoned stays so");
        let node = nodes(cluster)[0];
        assert_eq!(led_to(cluster, node).len(), 6);
    };
    let deeds: [(u64, Deed); 5] = [(10, by_hand), (20, away), (25, shifted), (40, back), (45, as_before)];
    run(1, called(), three_zones(2), &deeds, 50, |_| {});
}

#[test]
fn its_pods_are_no_targets_while_it_lasts() {
    let mut spec = called();
    spec.services[0].target_groups = vec![TargetGroupId(0)];
    let deeds: [(u64, Deed); 2] = [(100, away), (200, back)];
    let run = run(1, spec, three_zones(2), &deeds, 300, |_| {});
    let signals = run.world.signals.iter().map(|(_, signal)| signal);
    let registered = signals.clone().filter(|signal| matches!(signal, Signal::Registered { .. })).count();
    let taken_out = signals.filter(|signal| matches!(signal, Signal::Deregistered { .. })).count();
    // Six are there from the beginning, two of them in the zone.
    assert_eq!((registered, taken_out), (6 + 2, 2), "those of the zone, out and in again");
}
