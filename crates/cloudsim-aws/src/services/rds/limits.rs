//! Published numbers of RDS, and the assumed ones where nothing is published.
//!
//! The failover as a whole is calibrated to RDS-01 (median 85 s, 95th percentile 120 s at a hundred commits a second): the
//! mean of its steps is 6.5 + 40 + 28.7 + 8 + 3 = 86 s, their variance 4 + 133 + 275 + 5 + 1 = 418 s², so about 120 s at
//! the 95th percentile. The 28.7 s are the replay of half a [`CHECKPOINT_INTERVAL`] of redo.

use cloudsim_units::{Bytes, DurationDistribution, SimDuration, assumptions};

/// From a crashed host or process until it is noticed.
///
/// Source: RDS-02, awsi.click, "How many seconds does an RDS failover take": a few seconds; the range is a proposal.
pub const DETECTION_CRASH: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(3), SimDuration::from_secs(10));

/// From the loss of a writer's network, while it lives, until that is noticed.
///
/// Source: RDS-02, as above: tens of seconds for a partial loss of the network; the range is a proposal.
pub const DETECTION_CUT_OFF: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(10), SimDuration::from_secs(40));

/// From the start of a standby's recovery until redo can be replayed: storage mounted, engine started.
///
/// Assumed: RDS-03, derived from the total of RDS-01. Every failover takes that long at least.
pub const RECOVERY_BASE: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(20), SimDuration::from_secs(60));

/// From recovered data until the new writer takes writes: the old one is fenced off, connections are opened.
///
/// Assumed: what RDS-01 leaves after detection, recovery and DNS. Adds to every failover.
pub const PROMOTION: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(4), SimDuration::from_secs(12));

/// From a new writer until its name points to it.
///
/// Assumed: RDS-04 has the TTL but not the time of the change; one call to DNS takes seconds. Adds to every failover.
pub const DNS_CHANGE: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(1), SimDuration::from_secs(5));

/// How long clients may keep the address of a database.
///
/// Source: RDS-04, awsi.click, "How many seconds does an RDS failover take".
pub const ENDPOINT_TTL: SimDuration = SimDuration::from_secs(5);

/// How long a JVM keeps an address at most, if it follows AWS's advice.
///
/// Source: RDS-05, Amazon RDS User Guide, "Multi-AZ DB instance deployments", setting the JVM TTL.
pub const JVM_CACHE: SimDuration = SimDuration::from_secs(60);

/// From a returned host or a crashed process until redo can be replayed in place.
///
/// Assumed: RDS-13 says "a momentary outage"; the range is recalled. Only outages without a failover rest on it.
pub const RESTART: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(20), SimDuration::from_secs(120));

/// Time from shipping transaction logs to the next.
///
/// Source: RDS-17, Amazon RDS User Guide, "Restoring a DB instance to a specified time".
pub const LOG_SHIPPING_INTERVAL: SimDuration = SimDuration::from_mins(5);

/// From one daily backup to the next.
///
/// Source: RDS-21, Amazon RDS User Guide, "Working with backups": once a day.
pub const SNAPSHOT_INTERVAL: SimDuration = SimDuration::from_mins(1440);

/// Time from checkpoint to checkpoint.
///
/// Assumed: PostgreSQL's default `checkpoint_timeout`; `InnoDB`'s checkpoints are fuzzy, and this stands for the
/// age of the oldest one. How long a failover replays redo rests on it.
pub const CHECKPOINT_INTERVAL: SimDuration = SimDuration::from_mins(5);

/// Redo that one commit writes.
///
/// Assumed: a few changed pages with their undo, first-touch page images included. How much slower a busy database's
/// failover is rests on it: 29 s at most at a hundred commits a second.
pub const REDO_PER_COMMIT: Bytes = Bytes(16 << 10);

/// Redo written in a second whatever the traffic: purge, statistics, jobs that no scenario names.
///
/// Assumed: so that a database with little traffic fails over within the documented range (RDS-01) too; 28 s at most.
pub const BACKGROUND_REDO_PER_SECOND: Bytes = Bytes(3 << 19);

/// Redo that crash recovery replays in a second.
///
/// Assumed: RDS-20 proposes 10 to 30 MB/s. The time to recover is inversely proportional to it.
pub const REPLAY_PER_SECOND: Bytes = Bytes(16 << 20);

/// How long a log takes to be safe on disk.
///
/// Assumed: RDS-10 has 0.5 to 1 ms for a gp3 volume; the shape is log-normal. The latency of commits rests on it.
pub const FSYNC: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_micros(700), sigma: 0.4 };

/// How far a replica is behind when it keeps up.
///
/// Assumed: RDS-15 recalls a median below a second for an idle replica and documents that it varies; log-normal with a
/// 95th percentile of 1.3 s. What the promotion of a replica loses rests on it.
pub const REPLICA_LAG: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_millis(500), sigma: 0.6 };

/// How long a replica's lag keeps a sampled value.
///
/// Assumed: lag follows the load over seconds, it does not differ from commit to commit. Only the grain of lag rests on it.
pub const REPLICA_LAG_WINDOW: SimDuration = SimDuration::from_secs(10);

/// Seconds of the writer's log that a replica applies in a second when it catches up.
///
/// Assumed: RDS-15 has no number. What the promotion of a replica loses soon after its return rests on it.
pub const REPLICA_CATCH_UP: u64 = 4;

/// How long the promotion of a replica takes.
///
/// Source: RDS-16, Amazon RDS User Guide, "Working with read replicas": "a few minutes"; log-normal with a median of 5
/// minutes and a 95th percentile of 10 is a proposal.
pub const REPLICA_PROMOTION: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_mins(5), sigma: 0.421 };

/// How long it takes to get a new instance, before logs are replayed on it.
///
/// Source: RDS-20, Amazon RDS User Guide, "Creating and connecting to a MySQL DB instance": up to 20 minutes; the lower end
/// is a proposal.
pub const PROVISIONING: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_mins(5), SimDuration::from_mins(20));

/// How long after it was shipped a log is in another region.
///
/// Assumed: no number is published of replicated automated backups; as an object of S3 without time control (DR-12), bounded by
/// the next log. What a restore there loses rests on it.
pub const LOG_COPY: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(10), SimDuration::from_mins(5));

/// What of a snapshot is copied to another region in a second.
///
/// Assumed: RDS-24 documents that a copy can take hours and recalls 50 to 150 MB/s. How old the last snapshot is that has
/// arrived rests on it.
pub const SNAPSHOT_COPY_PER_SECOND: Bytes = Bytes(100 << 20);

/// What a logical dump writes in a second.
///
/// Assumed: RDS-33 recalls 100 to 250 MB/s for a whole volume; one thread that reads rows writes less. How old the last dump is
/// that has arrived rests on it.
pub const DUMP_PER_SECOND: Bytes = Bytes(50 << 20);

/// What of a dump is loaded in a second.
///
/// Assumed: indexes are built while rows come in, so less than is written. How long the restore of a dump takes rests on it.
pub const LOAD_PER_SECOND: Bytes = Bytes(25 << 20);

/// What of a restored volume is fetched in a second, whether somebody reads it or not.
///
/// Assumed: RDS-19 documents that blocks come on first touch and has no rate; as a standby's first copy (RDS-33). How long a
/// restored database is slow rests on it.
pub const FETCHED_PER_SECOND: Bytes = Bytes(100 << 20);

/// How many times as long work takes that touches a block first.
///
/// Assumed: RDS-19 has 10 to 50 times. How slow a restored database is rests on it.
pub const FIRST_TOUCH: u64 = 30;

/// From a restored or promoted instance, which has an endpoint of its own (RDS-18), until people have pointed the name to it.
///
/// Assumed: a prepared change of a CNAME whose TTL is the database's. Adds to every restore and promotion.
pub const REPOINTING: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(10), SimDuration::from_secs(60));

/// From the loss of the standby, or from a commit that it does not confirm, until the writer goes on alone; no commit is
/// acknowledged meanwhile.
///
/// Assumed: as long as a dead writer takes to be noticed (RDS-02); RDS publishes nothing. How long writes stall rests on it.
pub const STANDBY_LOSS_DETECTION: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(3), SimDuration::from_secs(10));

/// How long a standby with an old volume takes to be in step again: what changed meanwhile is copied.
///
/// Assumed: minutes, as no number is published. How soon a second failover is possible rests on it.
pub const RESYNC: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(60), SimDuration::from_secs(300));

/// What a standby with a new volume copies in a second.
///
/// Assumed: RDS-33 recalls 100 to 250 MB/s. How soon a replaced standby protects again rests on it.
pub const SYNC_PER_SECOND: Bytes = Bytes(150 << 20);

/// Statements worked on at once by one instance.
///
/// Assumed: four for each of the two processors of a `large` class, as statements also wait for disks. A scenario should say
/// it; queueing in the database rests on it.
pub const WORKERS: u32 = 8;

/// Connections one instance takes.
///
/// Assumed: RDS for MySQL's default is memory / 12,582,880 bytes, recalled, which is 682 for 8 GiB; 60 fewer for what RDS
/// keeps for itself. Only overload rests on it.
pub const CONNECTIONS_MAX: u32 = 620;

assumptions! {
    /// What is assumed of RDS.
    Assumed {
        /// From a crash until RDS notices: a single missed check, or several of them.
        detection_crash: DurationDistribution = DETECTION_CRASH,
            r#"Uniform("1s", "4s")"# to r#"Uniform("10s", "30s")"#;
        /// From a cut until RDS notices: RDS-02 has tens of seconds, which a minute still is.
        detection_cut_off: DurationDistribution = DETECTION_CUT_OFF,
            r#"Uniform("5s", "15s")"# to r#"Uniform("30s", "90s")"#;
        /// From the begin of a recovery until redo is replayed: that of failovers of 60 s and of 120 s in all (RDS-01).
        recovery_base: DurationDistribution = RECOVERY_BASE,
            r#"Uniform("10s", "25s")"# to r#"Uniform("40s", "90s")"#;
        /// From recovered data until writes are taken: a moment where no connection has to be fenced off, or twice as long.
        promotion: DurationDistribution = PROMOTION, r#"Uniform("1s", "4s")"# to r#"Uniform("8s", "24s")"#;
        /// From a new writer until its name points to it: one fast call, or DNS servers that need a while.
        dns_change: DurationDistribution = DNS_CHANGE, r#"Uniform("0s", "2s")"# to r#"Uniform("5s", "20s")"#;
        /// From a returned host until redo is replayed: the fastest reboots, or those of large instances (RDS-13).
        restart: DurationDistribution = RESTART, r#"Uniform("10s", "60s")"# to r#"Uniform("60s", "300s")"#;
        /// From checkpoint to checkpoint: an eager engine, or one that is set to write rarely.
        checkpoint_interval: SimDuration = CHECKPOINT_INTERVAL, "1m" to "15m";
        /// Redo of a commit: one changed row, or many pages written whole.
        redo_per_commit: Bytes = REDO_PER_COMMIT, "4KiB" to "64KiB";
        /// Redo without traffic, in a second: almost none, or busy jobs in the background.
        background_redo_per_second: Bytes = BACKGROUND_REDO_PER_SECOND, "256KiB" to "4MiB";
        /// Redo replayed in a second: the ends of RDS-20.
        replay_per_second: Bytes = REPLAY_PER_SECOND, "10MiB" to "30MiB";
        /// Until a log is safe on disk: a disk of `io2`, or `gp3` near its limits.
        fsync: DurationDistribution = FSYNC,
            r#"LogNormal(median: "300us", p95: "600us")"# to r#"LogNormal(median: "2ms", p95: "6ms")"#;
        /// How far a replica is behind: an idle one (RDS-15), or one that works near its limits.
        replica_lag: DurationDistribution = REPLICA_LAG,
            r#"LogNormal(median: "50ms", p95: "200ms")"# to r#"LogNormal(median: "5s", p95: "30s")"#;
        /// Seconds of log that a replica applies in a second: a busy one, or one with power to spare.
        replica_catch_up: u64 = REPLICA_CATCH_UP, "2" to "10";
        /// How long the promotion of a replica takes: what "a few minutes" (RDS-16) can mean.
        replica_promotion: DurationDistribution = REPLICA_PROMOTION,
            r#"LogNormal(median: "2m", p95: "5m")"# to r#"LogNormal(median: "10m", p95: "20m")"#;
        /// Until there is a new instance: small ones within minutes, or all near the 20 minutes of RDS-20.
        provisioning: DurationDistribution = PROVISIONING,
            r#"Uniform("3m", "10m")"# to r#"Uniform("15m", "30m")"#;
        /// Until people have pointed a name to a restored instance: a script does it, or somebody looks it up.
        repointing: DurationDistribution = REPOINTING,
            r#"Uniform("1s", "10s")"# to r#"Uniform("60s", "300s")"#;
        /// From the loss of a standby until the writer goes on alone: as for a writer that has crashed.
        standby_loss_detection: DurationDistribution = STANDBY_LOSS_DETECTION,
            r#"Uniform("1s", "4s")"# to r#"Uniform("10s", "30s")"#;
        /// Until an old standby is in step again: little was missed, or much.
        resync: DurationDistribution = RESYNC,
            r#"Uniform("10s", "60s")"# to r#"Uniform("300s", "900s")"#;
        /// What a new standby copies in a second: the ends of RDS-33.
        sync_per_second: Bytes = SYNC_PER_SECOND, "100MiB" to "250MiB";
        /// Statements worked on at once: one for each processor of a `large`, or four times as many as assumed.
        workers: u32 = WORKERS, "2" to "32";
        /// Connections an instance takes: what 4 GiB and 32 GiB of memory make by the formula.
        connections_max: u32 = CONNECTIONS_MAX, "280" to "2600";
    }
}

assumptions! {
    /// What is assumed of backups and of what is restored from them.
    Backups {
        /// How long after it was shipped a log is in another region: seconds, or half an hour.
        log_copy: DurationDistribution = LOG_COPY, r#"Uniform("1s", "30s")"# to r#"Uniform("5m", "30m")"#;
        /// What of a snapshot is copied in a second: the ends of RDS-24.
        snapshot_copy_per_second: Bytes = SNAPSHOT_COPY_PER_SECOND, "50MiB" to "150MiB";
        /// What a dump writes in a second: one slow thread, or many.
        dump_per_second: Bytes = DUMP_PER_SECOND, "10MiB" to "200MiB";
        /// What of a dump is loaded in a second: one slow thread, or many.
        load_per_second: Bytes = LOAD_PER_SECOND, "5MiB" to "100MiB";
        /// What of a restored volume is fetched in a second: little, or as fast as the volume writes.
        fetched_per_second: Bytes = FETCHED_PER_SECOND, "20MiB" to "250MiB";
        /// How many times as long work takes that touches a block first: the ends of RDS-19.
        first_touch: u64 = FIRST_TOUCH, "10" to "50";
    }
}
