//! Published numbers of EC2.

use cloudsim_units::{Bytes, DurationDistribution, SimDuration, assumptions};

/// From asking for an instance until it answers on the network.
///
/// Source: EC2-02, brevdev EC2 cold-boot study: mean 25.8 s whatever the type; the shape is assumed log-normal.
pub const LAUNCH: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_secs(26), sigma: 0.15 };

/// From a running host until the application answers.
///
/// Assumed: depends on the application; a scenario should say it. Part of every replacement's time to service.
pub const START: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(10), SimDuration::from_secs(30));

/// Status checks run so often.
///
/// Source: EC2-06, EC2 User Guide, "Status checks for your instances".
pub const STATUS_CHECK_INTERVAL: SimDuration = SimDuration::from_secs(60);

/// From the return of a zone's power until one of its hosts runs again.
///
/// Assumed: FS-09 has 80 % of instances back 75 min after long outages and nothing for short ones; hosts that were dark for
/// minutes boot in minutes, log-normal with a median of 3 and a 95th percentile near 10 minutes. Only what happens after
/// the end of a fault rests on it.
pub const POWER_RETURN: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_secs(180), sigma: 0.73 };

/// vCPUs of Standard instances that an account may run in a region at once, unless somebody has asked for more.
///
/// Source: EC2-13, AWS CLI User Guide, "Service Quotas examples": the default of `L-1216C47A` is 5.
pub const VCPU_QUOTA: u32 = 5;

/// From a request for a larger quota until it holds.
///
/// Assumed: small ones are granted by a program within minutes, larger ones by people within a day or three; nothing is
/// published. Log-normal with a median of an hour and a 95th percentile of a day. What waits for a quota rests on it alone.
pub const QUOTA_REQUEST: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_mins(60), sigma: 1.932_119_538_343_400_9 };

/// What of a machine image is copied to another region in a second.
///
/// Assumed: its snapshots are copied whole (EC2-15), as those of databases are: RDS-24 recalls 50 to 150 MB/s.
pub const IMAGE_COPY_PER_SECOND: Bytes = Bytes(100 << 20);

/// From the start of a pipeline until a machine image that it makes can be launched.
///
/// Assumed: it launches an instance, installs, tests, and waits for a snapshot. Log-normal with a median of 20 and a 95th
/// percentile of 45 minutes; a scenario should say it. What waits for an image that nobody can copy rests on it.
pub const IMAGE_BUILD: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_mins(20), sigma: 0.493_010_565_152_405_2 };

assumptions! {
    /// What is assumed of machine images.
    Images {
        /// What of an image is copied to another region in a second: the ends of RDS-24.
        copied_per_second: Bytes = IMAGE_COPY_PER_SECOND, "50MiB" to "150MiB";
        /// From the start of a pipeline until its image can be launched: one that adds a package, or one that compiles and tests.
        build: DurationDistribution = IMAGE_BUILD,
            r#"LogNormal(median: "5m", p95: "10m")"# to r#"LogNormal(median: "45m", p95: "2h")"#;
    }
}

assumptions! {
    /// What is assumed of quotas.
    Quotas {
        /// From a request for a larger quota until it holds: a program grants it, or people do so on a working day.
        request: DurationDistribution = QUOTA_REQUEST,
            r#"LogNormal(median: "5m", p95: "30m")"# to r#"LogNormal(median: "12h", p95: "3d")"#;
    }
}

assumptions! {
    /// What is assumed of EC2.
    Assumed {
        /// Until an instance answers on the network: as fast as EC2-02 has seen any, or twice the mean.
        launch: DurationDistribution = LAUNCH,
            r#"LogNormal(median: "15s", p95: "20s")"# to r#"LogNormal(median: "50s", p95: "75s")"#;
        /// Until the application answers: a small native one, or a large one on a virtual machine.
        start: DurationDistribution = START, r#"Uniform("1s", "10s")"# to r#"Uniform("60s", "180s")"#;
        /// Until a host runs whose zone has power again: it boots at once, or takes what long outages took: 80 %
        /// within 75 min, 99 % within 8 h (FS-09).
        power_return: DurationDistribution = POWER_RETURN,
            r#"LogNormal(median: "60s", p95: "3m")"# to r#"LogNormal(median: "26m", p95: "3h25m")"#;
    }
}
