//! The pods and nodes are the published ones, and fast decisions are the plain ones.

use cloudsim_bench::scheduling::{
    Kind, Nodes, PODS_PER_NODE, Scheduling, filled, full, home, node_manifest, node_name, urgent,
};
use serde_json::{Map, Value, json};

/// Canonical JSON: keys sorted.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().map(|(key, of)| (key.clone(), canonical(of))).collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(Map::from_iter(sorted))
        }
        Value::Array(values) => values.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

/// FNV-1a over the lines of the inputs for 100 nodes: the nodes, the pods that are there, the 2,000 that are placed.
fn digest(kind: Kind) -> u64 {
    const NODES: usize = 100;
    let nodes = (0..NODES).map(|i| json!({"node": node_manifest(i)}));
    let existing = (0..PODS_PER_NODE * NODES).map(|i| {
        let mut pod = kind.manifest(i);
        pod["spec"]["nodeName"] = json!(node_name(home(i, NODES)));
        json!({"existing": pod})
    });
    let pods = (0..2000).map(|i| json!({"pod": kind.manifest(PODS_PER_NODE * NODES + i)}));
    let lines = nodes.chain(existing).chain(pods).map(|line| format!("{}\n", canonical(&line)));
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    lines.flat_map(String::into_bytes).fold(0xcbf2_9ce4_8422_2325, hash)
}

/// The digests are those of the inputs that the published measurements wrote down, without their empty fields.
#[test]
fn the_nodes_and_pods_are_the_published_ones() {
    let digests = [Kind::Basic, Kind::Spread, Kind::Anti].map(|kind| format!("{:016x}", digest(kind)));
    assert_eq!(digests, ["3e9c0c00766a8344", "29a0f00eb7b64c74", "f7c761a9aa54e888"]);
}

/// Where the pods go, fast and plainly.
fn both(nodes: usize, kind: Kind, search: Nodes, pods: usize) -> [Vec<Option<u32>>; 2] {
    let pods = kind.next_pods(nodes, pods);
    let mut fast = Scheduling::new(filled(nodes, kind), search);
    let mut plain = Scheduling::new(filled(nodes, kind), search);
    let fast = pods.iter().map(|pod| fast.place(pod)).collect();
    [fast, pods.iter().map(|pod| plain.place_plainly(pod)).collect()]
}

const KINDS: [Kind; 5] = [Kind::Basic, Kind::Spread, Kind::Anti, Kind::ZoneSpread, Kind::Preferred];

#[test]
fn pods_go_where_the_plain_cycle_puts_them() {
    for kind in KINDS {
        for search in [Nodes::All, Nodes::Adaptive] {
            let [fast, plain] = both(100, kind, search, 150);
            assert_eq!(fast, plain, "{kind:?}, {search:?}");
            assert!(fast.iter().all(Option::is_some), "{kind:?}: there is room for 3,000");
        }
    }
}

#[test]
fn a_search_that_stops_early_goes_on_where_the_plain_one_does() {
    for kind in KINDS {
        let [fast, plain] = both(1000, kind, Nodes::Adaptive, 8);
        assert_eq!(fast, plain, "{kind:?}");
    }
}

#[test]
fn pods_that_do_not_fit_are_those_that_the_plain_cycle_refuses() {
    // Eight nodes for the 100 apps: each has room for 30 more.
    let [fast, plain] = both(8, Kind::Basic, Nodes::All, 300);
    assert_eq!(fast, plain);
    assert_eq!(fast.iter().flatten().count(), 240);
}

#[test]
fn a_full_cluster_makes_way_for_an_urgent_pod_alone() {
    let mut scheduling = Scheduling::new(full(10), Nodes::All);
    assert_eq!(scheduling.decide(&Kind::Basic.pod(1_000)), None);
    assert!(scheduling.preempt(&Kind::Basic.pod(1_000)).expect("it is full").is_none());
    let nominated =
        scheduling.preempt(&urgent(1_000)).expect("it is full").expect("others are less important");
    assert_eq!(nominated.victims.len(), 1);
}
