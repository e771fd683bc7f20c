//! W1, W2, W3 and W5 with our engine, the naive heap and `NeXosim`: criterion's figures first, then a table of ratios for
//! which the peers take turns, so that a busy machine slows them alike.

use cloudsim_bench::Workload;
use cloudsim_bench::hold::Hold;
use cloudsim_bench::nexosim::{NexosimHold, NexosimPath, NexosimPhold, NexosimTimers};
use cloudsim_bench::path::{NaivePath, OurPath};
use cloudsim_bench::pending::NaiveHeap;
use cloudsim_bench::phold::{Column, InWorld, Phold};
use cloudsim_bench::timers::{NaiveTimers, OurTimers, RATE_1M, RATE_10K, Running, Timers};
use cloudsim_engine::Queue;
use criterion::{Criterion, Throughput};
use std::time::Duration;

/// Requests that can arrive at all: more than any bench needs, fewer than would fill the memory.
const REQUESTS: u64 = 1 << 40;

/// Turns that each peer has in the closing table.
const ROUNDS: usize = 5;

struct Peer {
    name: &'static str,
    /// Events or requests per iteration, for about a tenth of a second in the table.
    units: u64,
    make: Box<dyn Fn() -> Box<dyn Workload>>,
}

fn peer<W: Workload + 'static>(name: &'static str, units: u64, make: impl Fn() -> W + 'static) -> Peer {
    Peer { name, units, make: Box::new(move || Box::new(make())) }
}

/// Brings a workload to its steady state.
fn warm(mut workload: impl Workload, units: u64) -> impl Workload {
    workload.advance(units);
    workload
}

/// Each workload with its peers; ratios are to the last one.
fn contests() -> Vec<(&'static str, Vec<Peer>)> {
    let holds = |pending: u64, naive, nexosim| {
        vec![
            peer("cloudsim", 2_000_000, move || warm(Hold::<Queue<u64>>::new(pending), pending * 3)),
            peer("nexosim", nexosim, move || NexosimHold::new(pending)),
            peer("naive", naive, move || warm(Hold::<NaiveHeap>::new(pending), pending * 3)),
        ]
    };
    vec![
        ("W1 hold, 1e3 pending", holds(1_000, 2_000_000, 300_000)),
        ("W1 hold, 1e5 pending", holds(100_000, 1_000_000, 100_000)),
        ("W1 hold, 1e6 pending", holds(1_000_000, 300_000, 60_000)),
        (
            "W2 PHOLD, 1e3 entities",
            vec![
                peer("cloudsim", 2_000_000, || Phold::<Queue<u64>, Column>::new(1_000)),
                peer("cloudsim and hecs", 1_500_000, || Phold::<Queue<u64>, InWorld>::new(1_000)),
                peer("nexosim", 200_000, || NexosimPhold::new(1_000)),
                peer("naive", 1_000_000, || Phold::<NaiveHeap, Column>::new(1_000)),
            ],
        ),
        (
            "W2 PHOLD, 1e5 entities",
            vec![
                peer("cloudsim", 1_500_000, || warm(Phold::<Queue<u64>, Column>::new(100_000), 3_000_000)),
                peer("cloudsim and hecs", 1_000_000, || {
                    warm(Phold::<Queue<u64>, InWorld>::new(100_000), 3_000_000)
                }),
                peer("naive", 200_000, || warm(Phold::<NaiveHeap, Column>::new(100_000), 3_000_000)),
            ],
        ),
        (
            "W3 timers, 1e4 in flight",
            vec![
                peer("cloudsim", 1_000_000, || warm(Running(OurTimers::new(RATE_10K, REQUESTS)), 100_000)),
                peer("nexosim", 100_000, || warm(NexosimTimers::new(RATE_10K), 100_000)),
                peer("naive", 300_000, || warm(Running(NaiveTimers::new(RATE_10K, REQUESTS)), 100_000)),
            ],
        ),
        (
            "W3 timers, 1e6 in flight",
            vec![
                peer("cloudsim", 500_000, || warm(Running(OurTimers::new(RATE_1M, REQUESTS)), 6_000_000)),
                peer("naive", 50_000, || warm(Running(NaiveTimers::new(RATE_1M, REQUESTS)), 6_000_000)),
            ],
        ),
        (
            "W5 request path",
            vec![
                peer("cloudsim", 1_500_000, || warm(OurPath::default(), 60_000)),
                peer("naive", 1_000_000, || warm(NaivePath::default(), 60_000)),
                peer("nexosim", 200_000, || warm(NexosimPath::default(), 60_000)),
            ],
        ),
    ]
}

fn measure(criterion: &mut Criterion) {
    for (name, peers) in contests() {
        let mut group = criterion.benchmark_group(name);
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(100))
            .measurement_time(Duration::from_millis(700));
        for peer in peers {
            let units = peer.units / 20;
            group.throughput(Throughput::Elements(units));
            // Made only if the filter of the command line asks for it.
            let mut workload = None;
            group.bench_function(peer.name, |bencher| {
                let workload = workload.get_or_insert_with(&peer.make);
                bencher.iter(|| workload.advance(units));
            });
        }
        group.finish();
    }
}

/// Nanoseconds of each unit in one turn.
#[expect(
    clippy::disallowed_types,
    clippy::cast_precision_loss,
    reason = "benches measure wall time, roughly"
)]
fn turn(workload: &mut dyn Workload, units: u64) -> f64 {
    let start = std::time::Instant::now();
    let done = workload.advance(units);
    start.elapsed().as_nanos() as f64 / done as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::print_stdout, reason = "the table is what one runs this for")]
fn compare() {
    println!(
        "Medians of {ROUNDS} rounds in which the peers take turns; W3 per request, the others per event."
    );
    println!("{:<26}{:<20}{:>10}{:>26}", "workload", "peer", "ns", "ratio");
    for (name, peers) in contests() {
        let mut workloads: Vec<_> = peers.iter().map(|peer| (peer.make)()).collect();
        let rounds: Vec<Vec<f64>> = (0..ROUNDS)
            .map(|_| {
                workloads
                    .iter_mut()
                    .zip(&peers)
                    .map(|(workload, peer)| turn(&mut **workload, peer.units))
                    .collect()
            })
            .collect();
        let base = peers.len() - 1;
        for (column, peer) in peers.iter().enumerate() {
            let cost = median(rounds.iter().map(|round| round[column]).collect());
            let ratio = median(rounds.iter().map(|round| round[column] / round[base]).collect());
            println!("{name:<26}{:<20}{cost:>10.1}{ratio:>12.3} of {:<10}", peer.name, peers[base].name);
        }
    }
}

fn check() {
    let mut hold = Hold::<Queue<u64>>::new(1_000_000);
    hold.advance(3_000_000);
    assert_eq!(hold.checksum, 0xb00d_1683_2a1d_914a, "W1 must do the published work");
}

fn main() {
    check();
    let mut criterion = Criterion::default().configure_from_args();
    measure(&mut criterion);
    criterion.final_summary();
    // `cargo test --benches` only tries that everything runs.
    if std::env::args().any(|argument| argument == "--bench") {
        compare();
    }
}
