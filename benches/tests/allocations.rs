//! In steady state nothing is allocated for a pod: what is reused from decision to decision is as large as it gets.

use allocation_counter::measure;
use cloudsim_bench::scheduling::{Kind, Nodes, Scheduling, filled};

const NODES: usize = 500;
const PODS: usize = 1000;

/// How often memory is asked for while a thousand pods come and a thousand others go, once that has happened often enough.
fn allocations(kind: Kind, nodes: Nodes) -> u64 {
    let pods = kind.next_pods(NODES, PODS);
    let mut scheduling = Scheduling::new(filled(NODES, kind), nodes);
    let mut round = || {
        for (i, pod) in pods.iter().enumerate() {
            // The pod that has been there for longest goes, which is half a round away.
            scheduling.delete(&pods[(i + PODS / 2) % PODS].key);
            scheduling.place(pod).expect("there is room");
        }
    };
    (0..30).for_each(|_| round());
    measure(round).count_total
}

#[test]
fn pods_come_and_go_without_allocations() {
    let kinds = [Kind::Basic, Kind::Spread, Kind::Anti, Kind::ZoneSpread, Kind::Preferred];
    let counted: Vec<_> = kinds
        .into_iter()
        .flat_map(|kind| [Nodes::All, Nodes::Adaptive].map(|nodes| (kind, nodes, allocations(kind, nodes))))
        .collect();
    assert!(counted.iter().all(|(_, _, count)| *count == 0), "{counted:?}");
}
