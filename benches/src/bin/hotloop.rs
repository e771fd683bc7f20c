//! One hot loop, once, as one line of JSON: for scripts that compare machines, versions and peers.

use clap::{Args, Parser, Subcommand, ValueEnum};
use cloudsim_bench::Workload;
use cloudsim_bench::clock::cpu_ns;
use cloudsim_bench::hold::Hold;
use cloudsim_bench::path::{NaivePath, OurPath, Stations};
use cloudsim_bench::pending::{NaiveHeap, PendingSet};
use cloudsim_bench::phold::{Column, Phold};
use cloudsim_bench::scheduling::{Kind, Nodes, Scheduling, filled};
use cloudsim_bench::timers::{NaiveTimers, OurTimers, Running, Timers, rate_for};
use cloudsim_engine::Queue;
use serde_json::json;

/// Runs one hot loop and prints one line of JSON. Processor time is that of all threads, without what comes before.
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
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    nodes: u32,
    /// What the pods ask of each other.
    #[arg(long)]
    kind: KindName,
    /// The percentage of nodes to score: 100, or 0 to adapt it.
    #[arg(long, default_value = "100")]
    pct: Percentage,
    /// How many pods are placed.
    #[arg(long, value_parser = clap::value_parser!(u32).range(..=10_000_000))]
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

impl From<KindName> for Kind {
    fn from(name: KindName) -> Kind {
        match name {
            KindName::Basic => Kind::Basic,
            KindName::Spread => Kind::Spread,
            KindName::Anti => Kind::Anti,
            KindName::ZoneSpread => Kind::ZoneSpread,
            KindName::Preferred => Kind::Preferred,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Percentage {
    #[value(name = "100")]
    All,
    #[value(name = "0")]
    Adaptive,
}

impl From<Percentage> for Nodes {
    fn from(percentage: Percentage) -> Nodes {
        match percentage {
            Percentage::All => Nodes::All,
            Percentage::Adaptive => Nodes::Adaptive,
        }
    }
}

#[derive(Args)]
struct Engine {
    /// Which workload.
    #[arg(long)]
    workload: WorkloadName,
    /// Its size: pending events (w1), entities (w2), requests in flight (w3); w5 has one size.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    n: u64,
    /// How many events (w1, w2, w5) or requests (w3).
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=1_000_000_000_000))]
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

#[expect(clippy::cast_precision_loss, reason = "a quotient for people and scripts")]
#[expect(clippy::print_stdout, reason = "the line is what one runs this for")]
fn main() {
    let (measured, agrees) = match Arguments::parse().what {
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

/// Runs a loop between two looks at the clocks; it gives how much it did and a checksum of it.
#[expect(clippy::disallowed_types, reason = "this measures wall time too")]
fn measured(run: impl FnOnce() -> (u64, u64)) -> Measured {
    let (wall, cpu) = (std::time::Instant::now(), cpu_ns());
    let (ops, checksum) = run();
    let cpu_ns = cpu_ns() - cpu;
    let wall_ns = u64::try_from(wall.elapsed().as_nanos()).expect("a loop ends within centuries");
    Measured { cpu_ns, wall_ns, ops, checksum }
}

/// The most memory that the process has had, in MB; `None` where the system does not say.
fn peak_rss_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.div_ceil(1024))
}

/// FNV-1a over 64 bits.
fn fnv(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let hash = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, hash)
}

/// What stands for the node of a pod that does not fit.
const NOWHERE: u32 = u32::MAX;

impl Sched {
    fn run(&self) -> (Measured, Option<bool>) {
        let (count, kind, nodes) = (self.nodes as usize, Kind::from(self.kind), Nodes::from(self.pct));
        let pods = kind.next_pods(count, self.pods as usize);
        let mut scheduling = Scheduling::new(filled(count, kind), nodes);
        let mut chosen = Vec::with_capacity(pods.len());
        let mut result = measured(|| {
            chosen.extend(pods.iter().map(|pod| scheduling.place(pod).unwrap_or(NOWHERE)));
            (u64::from(self.pods), 0)
        });
        result.checksum = fnv(chosen.iter().flat_map(|node| node.to_le_bytes()));
        let agrees = self.verify.then(|| {
            let mut plain = Scheduling::new(filled(count, kind), nodes);
            pods.iter().zip(&chosen).all(|(pod, node)| plain.place_plainly(pod).unwrap_or(NOWHERE) == *node)
        });
        (result, agrees)
    }
}

impl Engine {
    fn run(&self) -> (Measured, Option<bool>) {
        match self.workload {
            WorkloadName::W1 => self.held_to(Self::hold::<Queue<u64>>, Self::hold::<NaiveHeap>),
            WorkloadName::W2 => self.held_to(Self::phold::<Queue<u64>>, Self::phold::<NaiveHeap>),
            WorkloadName::W3 => self.held_to(Self::timers::<OurTimers>, Self::timers::<NaiveTimers>),
            WorkloadName::W5 => self.held_to(Self::path, Self::naive_path),
        }
    }

    /// Runs ours and, if asked to, what it should agree with.
    fn held_to(
        &self,
        ours: fn(&Self) -> Measured,
        oracle: fn(&Self) -> Measured,
    ) -> (Measured, Option<bool>) {
        let measured = ours(self);
        let agrees = self.verify.then(|| oracle(self).checksum == measured.checksum);
        (measured, agrees)
    }

    fn hold<Q: PendingSet>(&self) -> Measured {
        let mut hold = Hold::<Q>::new(self.n);
        measured(|| (hold.advance(self.ops), hold.checksum))
    }

    fn phold<Q: PendingSet>(&self) -> Measured {
        let mut phold = Phold::<Q, Column>::new(self.n);
        measured(|| (phold.advance(self.ops), fnv(phold.last.to_le_bytes())))
    }

    fn timers<T: Timers>(&self) -> Measured {
        let mut timers = Running(T::new(rate_for(self.n), self.ops));
        measured(|| {
            timers.advance(self.ops);
            let traffic = timers.0.traffic();
            let ends = [traffic.done, traffic.timed_out];
            (ends.iter().sum(), fnv(ends.into_iter().flat_map(u64::to_le_bytes)))
        })
    }

    fn path(&self) -> Measured {
        let path = OurPath::default();
        measured(|| (self.ops, of_stations(&path.run_for(self.ops))))
    }

    fn naive_path(&self) -> Measured {
        let path = NaivePath::default();
        measured(|| (self.ops, of_stations(&path.run_for(self.ops))))
    }
}

fn of_stations(stations: &Stations) -> u64 {
    fnv([stations.finished, stations.total_ns].into_iter().flat_map(u64::to_le_bytes))
}
