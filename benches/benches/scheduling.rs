//! Placing pods as the published measurements of kube-scheduler do: criterion's figures first, then a table beside the
//! published ones. All of it is processor time.

use cloudsim_bench::clock::cpu_ns;
use cloudsim_bench::scheduling::{Kind, Nodes, PUBLISHED, Published, Scheduling, filled, full, node, urgent};
use cloudsim_kube_scheduler::objects::{Node, Pod};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

/// How many pods are placed before the cluster is what it was at first.
const PODS: usize = 1000;

/// How many pods one turn of the closing table has.
const TURN: u32 = 1000;

/// Turns that each line has in the closing table.
const ROUNDS: usize = 3;

/// Places pods in a filled cluster, over and over.
struct Placing {
    scheduling: Scheduling,
    pods: Vec<Arc<Pod>>,
    apps: usize,
    next: usize,
}

impl Placing {
    fn new(nodes: usize, kind: Kind, search: Nodes) -> Placing {
        let scheduling = Scheduling::new(filled(nodes, kind), search);
        let mut placing =
            Placing { scheduling, pods: kind.next_pods(nodes, PODS), apps: kind.apps(), next: 0 };
        placing.again();
        placing
    }

    /// Deletes what was placed, and lets every app take note of it.
    fn again(&mut self) {
        for pod in &self.pods {
            self.scheduling.delete(&pod.key);
        }
        for pod in &self.pods[..self.apps] {
            black_box(self.scheduling.decide(pod));
        }
        self.next = 0;
    }

    /// Places so many pods, and gives the processor time of that alone.
    fn place(&mut self, pods: u64) -> Duration {
        let (mut spent, mut left) = (0, usize::try_from(pods).expect("as many as fit in memory"));
        while left > 0 {
            if self.next == self.pods.len() {
                self.again();
            }
            let end = self.pods.len().min(self.next + left);
            let start = cpu_ns();
            for pod in &self.pods[self.next..end] {
                black_box(self.scheduling.place(pod));
            }
            spent += cpu_ns() - start;
            left -= end - self.next;
            self.next = end;
        }
        Duration::from_nanos(spent)
    }
}

/// A cluster to which a pod comes and from which another goes, and whose nodes change now and then.
struct Churn {
    scheduling: Scheduling,
    pods: Vec<Arc<Pod>>,
    steps: usize,
    nodes: usize,
    /// After how many steps a node changes; `None` if none ever does.
    node_every: Option<usize>,
}

impl Churn {
    fn new(nodes: usize, kind: Kind, node_every: Option<usize>) -> Churn {
        let scheduling = Scheduling::new(filled(nodes, kind), Nodes::All);
        let mut churn =
            Churn { scheduling, pods: kind.next_pods(nodes, PODS), steps: 0, nodes, node_every: None };
        (0..PODS).for_each(|_| churn.step());
        Churn { node_every, ..churn }
    }

    /// Places the pod that has been away for longest, after the one that has been there for longest is gone.
    fn step(&mut self) {
        let oldest = (self.steps + PODS / 2) % PODS;
        self.scheduling.delete(&self.pods[oldest].key);
        black_box(self.scheduling.place(&self.pods[self.steps % PODS]));
        self.steps += 1;
        if let Some(every) = self.node_every
            && self.steps.is_multiple_of(every)
        {
            // A node is closed, the next time it is opened again, and then it is the next one's turn.
            let updates = self.steps / every - 1;
            let unschedulable = updates.is_multiple_of(2);
            self.scheduling.set_node(Node { unschedulable, ..node(updates / 2 % self.nodes) });
        }
    }
}

/// A cluster whose pods of one class are decided again and again.
struct Asking {
    scheduling: Scheduling,
    pod: Arc<Pod>,
    nodes: usize,
    asked: usize,
}

impl Asking {
    fn new(nodes: usize, kind: Kind) -> Asking {
        let scheduling = Scheduling::new(filled(nodes, kind), Nodes::All);
        let pod = kind.next_pods(nodes, 1).swap_remove(0);
        let mut asking = Asking { scheduling, pod, nodes, asked: 0 };
        asking.ask();
        asking
    }

    fn ask(&mut self) {
        black_box(self.scheduling.decide(&self.pod));
    }

    /// Closes a node, or opens it again, and asks: the row of that node is worked out anew. So many times; making the nodes
    /// is not counted.
    fn update(&mut self, times: u64) -> Duration {
        const AT_ONCE: u64 = 100;
        let mut spent = Duration::ZERO;
        let mut left = times;
        while left > 0 {
            let count = left.min(AT_ONCE);
            let mut updates: Vec<Node> = (0..count).map(|_| self.next_update()).collect();
            spent += timed(count, || {
                self.scheduling.set_node(updates.pop().expect("one for each call"));
                self.ask();
            });
            left -= count;
        }
        spent
    }

    fn next_update(&mut self) -> Node {
        let unschedulable = self.asked.is_multiple_of(2);
        let node = Node { unschedulable, ..node(self.asked / 2 % self.nodes) };
        self.asked += 1;
        node
    }
}

/// The processor time of so many calls.
fn timed(calls: u64, mut call: impl FnMut()) -> Duration {
    let start = cpu_ns();
    (0..calls).for_each(|_| call());
    Duration::from_nanos(cpu_ns() - start)
}

/// One bench, set up only if the filter of the command line asks for it.
fn bench<T>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    make: impl Fn() -> T,
    mut run: impl FnMut(&mut T, u64) -> Duration,
) {
    let mut model = None;
    group.bench_function(name, |bencher| {
        let model = model.get_or_insert_with(&make);
        bencher.iter_custom(|times| run(model, times));
    });
}

fn search_name(search: Nodes) -> &'static str {
    match search {
        Nodes::All => "all",
        Nodes::Adaptive => "adaptive",
    }
}

/// A group whose benches take half a second each.
fn short_group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400));
    group
}

fn measure(criterion: &mut Criterion) {
    let mut group = short_group(criterion, "place");
    let kinds = [Kind::ZoneSpread, Kind::Preferred];
    let besides = kinds.into_iter().flat_map(|kind| [100, 1000, 5000].map(|nodes| (nodes, kind, Nodes::All)));
    let published = PUBLISHED.iter().map(|line| (line.nodes, line.kind, line.search));
    for (nodes, kind, search) in published.chain(besides) {
        let name = format!("{kind:?} {nodes} {}", search_name(search)).to_lowercase();
        bench(&mut group, &name, || Placing::new(nodes, kind, search), Placing::place);
    }
    group.finish();

    let mut group = short_group(criterion, "churn");
    for nodes in [1000, 5000] {
        for kind in [Kind::Basic, Kind::Spread, Kind::Anti] {
            for (what, node_every) in [("pods", None), ("pods, a node each tenth", Some(10))] {
                let name = format!("{} {nodes} {what}", format!("{kind:?}").to_lowercase());
                let step = |churning: &mut Churn, times: u64| timed(times, || churning.step());
                bench(&mut group, &name, || Churn::new(nodes, kind, node_every), step);
            }
        }
    }
    group.finish();

    // What a change of one node costs is the difference of the two.
    let mut group = short_group(criterion, "node");
    for nodes in [1000, 5000] {
        for kind in [Kind::Basic, Kind::Spread, Kind::Anti] {
            let make = || Asking::new(nodes, kind);
            let name = format!("{kind:?} {nodes}").to_lowercase();
            bench(&mut group, &format!("{name} unchanged"), make, |asking, times| {
                timed(times, || asking.ask())
            });
            bench(&mut group, &format!("{name} updated"), make, Asking::update);
        }
    }
    group.finish();

    // The dry run asks the plain plugins: it tries a hundred nodes, or a tenth of them if that is more.
    let mut group = short_group(criterion, "preempt");
    group.warm_up_time(Duration::from_millis(1));
    for nodes in [100, 1000] {
        let make = || (Scheduling::new(full(nodes), Nodes::All), urgent(1_000_000));
        bench(&mut group, &format!("full {nodes}"), make, |(cluster, pod), times| {
            timed(times, || {
                let made_way = cluster.preempt(pod).expect("the cluster is full");
                assert!(made_way.is_some_and(|nominated| nominated.victims.len() == 1), "one is enough");
            })
        });
    }
    group.finish();
}

#[expect(clippy::print_stdout, reason = "the table is what one runs this for")]
fn compare() {
    println!(
        "Processor time for each pod: the least of {ROUNDS} turns of {TURN} pods, beside kube-scheduler v1.34.1 \
         (docs/performance.md)."
    );
    println!(
        "{:<8}{:<8}{:<10}{:>10}{:>20}{:>10}",
        "nodes", "pods", "scored", "µs", "kube-scheduler µs", "ratio"
    );
    for Published { nodes, kind, search, cpu_ms } in PUBLISHED {
        let mut placing = Placing::new(nodes, kind, search);
        let turns = (0..ROUNDS).map(|_| placing.place(u64::from(TURN)));
        let ours = turns.min().expect("there are turns").as_secs_f64() * 1e6 / f64::from(TURN);
        let (kind, search, theirs) = (format!("{kind:?}").to_lowercase(), search_name(search), cpu_ms * 1e3);
        println!("{nodes:<8}{kind:<8}{search:<10}{ours:>10.1}{theirs:>20.0}{:>9.0}×", theirs / ours);
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    measure(&mut criterion);
    criterion.final_summary();
    // `cargo test --benches` only tries that everything runs.
    if std::env::args().any(|argument| argument == "--bench") {
        compare();
    }
}
