//! One hot loop, once, as one line of JSON: for scripts that compare machines, versions and peers.

use clap::{Args, Parser, Subcommand, ValueEnum};
use cloudsim_bench::Workload;
use cloudsim_bench::hold::Hold;
use cloudsim_bench::path::{NaivePath, OurPath, Stations, ns_of};
use cloudsim_bench::pending::{NaiveHeap, PendingSet};
use cloudsim_bench::phold::{Column, Phold};
use cloudsim_bench::scheduling::{Kind, Nodes, Scheduling, filled};
use cloudsim_bench::timers::{NaiveTimers, OurTimers, Running, Timers, rate_for};
use cloudsim_engine::Queue;
use serde_json::json;
use std::sync::Arc;

/// Runs one hot loop and prints one line of JSON.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Place pods.
    Sched(Sched),
    /// Run an engine's workload.
    Engine(Engine),
}

#[derive(Args)]
struct Sched {
    /// How many nodes.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=99_999))]
    nodes: u32,
    /// What the pods ask of each other.
    #[arg(long)]
    kind: KindName,
    /// The percentage of nodes to score: 100, or 0 to adapt it.
    #[arg(long, default_value = "100")]
    pct: Percentage,
    /// How many pods are placed.
    #[arg(long)]
    pods: u32,
    /// Place them a second time, asking every plugin about every node, and compare.
    #[arg(long)]
    verify: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum KindName {
    Basic,
    Spread,
    Anti,
    ZoneSpread,
    Preferred,
}

#[derive(Clone, Copy, ValueEnum)]
enum Percentage {
    #[value(name = "100")]
    All,
    #[value(name = "0")]
    Adaptive,
}

#[derive(Args)]
struct Engine {
    /// Which workload.
    #[arg(long)]
    workload: WorkloadName,
    /// Its size: pending events (w1), entities (w2), requests in flight (w3); w5 has one size.
    #[arg(long, default_value_t = 1000)]
    n: u64,
    /// How many events, or requests (w3).
    #[arg(long)]
    ops: u64,
    /// Run it a second time over a naive heap, and compare.
    #[arg(long)]
    verify: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum WorkloadName {
    W1,
    W2,
    W3,
    W5,
}

/// What a loop took, and what it came to.
struct Measured {
    cpu_ns: u64,
    wall_ns: u64,
    ops: u64,
    checksum: u64,
}

#[expect(clippy::print_stdout, reason = "the line is what one runs this for")]
#[expect(clippy::cast_precision_loss, reason = "nanoseconds are few enough")]
fn main() {
    let arguments = Arguments::parse();
    let (measured, agrees) = match arguments.what {
        What::Sched(sched) => sched.run(),
        What::Engine(engine) => engine.run(),
    };
    let per_op = |ns: u64| ns as f64 / measured.ops.max(1) as f64;
    let line = json!({
        "cpu_ns_per_op": per_op(measured.cpu_ns),
        "wall_ns_per_op": per_op(measured.wall_ns),
        "ops": measured.ops,
        "checksum": format!("{:016x}", measured.checksum),
        "peak_rss_mb": peak_rss_mb(),
        "oracle_agrees": agrees,
    });
    println!("{line}");
}

/// Runs a loop between two looks at the clocks.
#[expect(clippy::disallowed_types, reason = "it measures the machine, not the simulated world")]
fn measured(run: impl FnOnce() -> (u64, u64)) -> Measured {
    let (wall, cpu) = (std::time::Instant::now(), cpu_ns());
    let (ops, checksum) = run();
    Measured {
        cpu_ns: cpu_ns() - cpu,
        wall_ns: u64::try_from(wall.elapsed().as_nanos()).unwrap_or(u64::MAX),
        ops,
        checksum,
    }
}

/// What this thread has had of a processor, in nanoseconds.
fn cpu_ns() -> u64 {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    schedstat
        .split(' ')
        .next()
        .and_then(|ns| ns.parse().ok())
        .expect("/proc/thread-self/schedstat: this needs Linux")
}

/// The most memory that the process has had, in MB.
fn peak_rss_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// FNV-1a over 64 bits.
fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Sched {
    fn run(&self) -> (Measured, Option<bool>) {
        let kind = match self.kind {
            KindName::Basic => Kind::Basic,
            KindName::Spread => Kind::Spread,
            KindName::Anti => Kind::Anti,
            KindName::ZoneSpread => Kind::ZoneSpread,
            KindName::Preferred => Kind::Preferred,
        };
        let nodes = match self.pct {
            Percentage::All => Nodes::All,
            Percentage::Adaptive => Nodes::Adaptive,
        };
        let count = self.nodes as usize;
        let pods: Vec<_> = (0..self.pods as usize).map(|i| Arc::new(kind.pod(10 * count + i))).collect();
        let mut scheduling = Scheduling::new(filled(count, kind), nodes);
        let mut chosen = Vec::with_capacity(pods.len());
        let mut result = measured(|| {
            chosen.extend(pods.iter().map(|pod| scheduling.place(pod).unwrap_or(u32::MAX)));
            (u64::from(self.pods), 0)
        });
        result.checksum = fnv(chosen.iter().flat_map(|node| node.to_le_bytes()));
        let agrees = self.verify.then(|| {
            let mut plain = Scheduling::new(filled(count, kind), nodes);
            pods.iter().zip(&chosen).all(|(pod, node)| plain.place_plainly(pod).unwrap_or(u32::MAX) == *node)
        });
        (result, agrees)
    }
}

impl Engine {
    fn run(&self) -> (Measured, Option<bool>) {
        let oracle = |ours: &Measured, naive: u64| self.verify.then(|| ours.checksum == naive);
        match self.workload {
            WorkloadName::W1 => {
                let (ours, naive) =
                    (self.hold::<Queue<u64>>(), self.verify.then(|| self.hold::<NaiveHeap>().checksum));
                let agrees = oracle(&ours, naive.unwrap_or(0));
                (ours, agrees)
            }
            WorkloadName::W2 => {
                let (ours, naive) =
                    (self.phold::<Queue<u64>>(), self.verify.then(|| self.phold::<NaiveHeap>().checksum));
                let agrees = oracle(&ours, naive.unwrap_or(0));
                (ours, agrees)
            }
            WorkloadName::W3 => {
                let (ours, naive) =
                    (self.timers::<OurTimers>(), self.verify.then(|| self.timers::<NaiveTimers>().checksum));
                let agrees = oracle(&ours, naive.unwrap_or(0));
                (ours, agrees)
            }
            WorkloadName::W5 => {
                let until = ns_of(self.ops);
                let mut path = OurPath::default();
                let ours = measured(|| {
                    let ck = of_stations(path.run_until(until));
                    (path.events(), ck)
                });
                let agrees = self
                    .verify
                    .then(|| of_stations(NaivePath::default().run_until(until).0) == ours.checksum);
                (ours, agrees)
            }
        }
    }

    fn hold<Q: PendingSet>(&self) -> Measured {
        let mut hold = Hold::<Q>::new(self.n);
        measured(|| (hold.advance(self.ops), hold.checksum))
    }

    fn phold<Q: PendingSet>(&self) -> Measured {
        let mut phold = Phold::<Q, Column>::new(self.n);
        measured(|| (phold.advance(self.ops), fnv(phold.last.to_le_bytes().into_iter())))
    }

    fn timers<T: Timers>(&self) -> Measured {
        let mut timers = Running(T::new(rate_for(self.n), self.ops));
        measured(|| {
            timers.advance(self.ops);
            let traffic = timers.0.traffic();
            let counts = [traffic.done, traffic.timed_out];
            (traffic.done + traffic.timed_out, fnv(counts.into_iter().flat_map(u64::to_le_bytes)))
        })
    }
}

fn of_stations(stations: &Stations) -> u64 {
    fnv([stations.finished, stations.total_ns].into_iter().flat_map(u64::to_le_bytes))
}
