//! Defaults and limits of the language that no service owns.

use cloudsim_units::{Bytes, DurationDistribution, Ratio, SimDuration, assumptions};
use std::ops::RangeInclusive;

/// There and back within a zone.
///
/// Source: NET-19, measured by others: 0.05 to 0.56 ms over the years. Assumed: 0.15 ms, near what it is now.
pub const RTT_WITHIN_ZONE: SimDuration = SimDuration::from_micros(150);

/// There and back between two zones of a region.
///
/// Source: NET-20, measured by others: 0.5 to 1.5 ms between the pairs of a region, a mean near 1 ms.
pub const RTT_BETWEEN_ZONES: SimDuration = SimDuration::from_millis(1);

/// There and back between two regions.
///
/// Assumed: as recalled of public pings between us-east-1 and us-west-2; neighbours are nearer, and other continents farther.
pub const RTT_BETWEEN_REGIONS: SimDuration = SimDuration::from_millis(71);

/// What data between regions is paid at, in percent of what was recalled.
///
/// Assumed: as recalled. Only the bill rests on it.
const DATA_BETWEEN_REGIONS: u32 = 100;

/// Below this share of good requests a service is degraded.
///
/// Assumed: two nines, the coarsest objective in use. When an outage starts and ends rests on it.
pub const THRESHOLD: Ratio = Ratio::from_percent(99);

/// So long a service must stay good to count as restored.
///
/// Assumed: the span over which people watch a graph before they believe it. A restored service that breaks again within
/// it makes one outage instead of two.
pub const STABLE_FOR: SimDuration = SimDuration::from_secs(30);

/// One way between a client and the region.
///
/// Assumed: users of the same continent. Every latency that users see holds it twice or more.
pub const CLIENT_LATENCY: DurationDistribution = DurationDistribution::Constant(SimDuration::from_millis(20));

/// What a client sends.
///
/// Assumed: a request without a body but with cookies. Only the bill rests on it.
pub const REQUEST_SIZE: Bytes = Bytes(1 << 10);

/// What a client gets.
///
/// Assumed: the answer of an API, or a small page. Only the bill rests on it.
pub const RESPONSE_SIZE: Bytes = Bytes(10 << 10);

/// What a call to an endpoint sends and receives.
///
/// Assumed: a small document both ways. Only the bill of the NAT gateways rests on it.
pub const EXTERNAL_SIZE: Bytes = Bytes(4 << 10);

/// What a statement sends and receives.
///
/// Assumed: a query with its parameters, and some rows back. Only the bill of traffic between zones rests on it.
pub const STATEMENT_SIZE: Bytes = Bytes(2 << 10);

/// A server tries the next address of a load balancer after so long.
///
/// Assumed: as for clients, [`cloudsim_workload::limits::CONNECT_TIMEOUT`].
pub const CALL_CONNECT_TIMEOUT: SimDuration = cloudsim_workload::limits::CONNECT_TIMEOUT;

/// No span of a scenario is longer: 365 days.
///
/// Assumed: sums of a few such spans still fit into 64 bits of nanoseconds, so that no run can overflow.
pub const SPAN_MAX: SimDuration = SimDuration::from_mins(365 * 24 * 60);

/// From one backup to the next.
///
/// Assumed: nobody backs a database up more often. A copy is looked for among as many as were made while it took by luck.
pub const BACKUP_INTERVALS: RangeInclusive<SimDuration> = SimDuration::from_mins(1)..=SPAN_MAX;

/// From one time at which logs are put aside to the next.
///
/// Assumed: sixty times as often as backups.
pub const LOG_INTERVALS: RangeInclusive<SimDuration> = SimDuration::from_secs(1)..=SPAN_MAX;

/// How often a controller may look at everything: each look costs time, and none of them can look more often.
///
/// Assumed: a hundredth of the shortest of their defaults, 5 s, and room below it.
pub const LOOKS: RangeInclusive<SimDuration> = SimDuration::from_millis(10)..=SPAN_MAX;

/// No sample of a distribution is longer: 30 years.
///
/// Assumed: as for [`SPAN_MAX`].
pub const SAMPLE_MAX: SimDuration = SimDuration::from_mins(30 * 365 * 24 * 60);

/// An ALB's connections idle for so long at most.
///
/// Source: ALB-24, User Guide for Application Load Balancers, "Application Load Balancers".
pub const IDLE_TIMEOUT_RANGE: RangeInclusive<SimDuration> =
    SimDuration::from_secs(1)..=SimDuration::from_secs(4_000);

/// Whether a load balancer's node sends requests to targets of other zones.
///
/// Source: ALB-15, User Guide for Application Load Balancers, "Application Load Balancers": on for Application Load Balancers.
pub const CROSS_ZONE: bool = true;

/// Ports of load balancers, servers and endpoints.
///
/// Source: RFC 9293, "Transmission Control Protocol": 16 bits; 0 is reserved.
pub const PORTS: RangeInclusive<u64> = 1..=65_535;

/// Numbers of the rules of a network ACL.
///
/// Source: NET-15, Amazon VPC User Guide, "Network ACL rules".
pub const ACL_NUMBERS: RangeInclusive<u64> = 1..=cloudsim_aws::services::vpc::limits::ACL_NUMBER_MAX as u64;

/// How long a target that leaves may keep what is under way.
///
/// Source: ALB-20, User Guide for Application Load Balancers, "Edit target group attributes".
pub const DEREGISTRATION_DELAYS: RangeInclusive<SimDuration> =
    SimDuration::ZERO..=cloudsim_aws::services::target_group::limits::DEREGISTRATION_DELAY_MAX;

/// Things of one kind, and parts of anything else: items of a list, fields, entries.
///
/// Assumed: some rules compare all with all, and a few million comparisons are over before anybody notices.
pub const ITEMS_MAX: usize = 2_000;

/// Kubernetes clusters.
///
/// Assumed: nobody looks at more at once, and each keeps all of its objects in memory.
pub const CLUSTERS_MAX: usize = 100;

/// Nodes that stand for themselves.
///
/// Assumed: three times the 5,000 that one cluster has at most (K8S-21), for what some run beyond it.
pub const NODES_MAX: usize = 15_000;

/// Kubernetes objects of one kind.
///
/// Assumed: as many as the services of the largest cluster (K8S-21).
pub const OBJECTS_MAX: usize = 10_000;

/// Pods that are there at the start, of all workloads together.
///
/// Source: K8S-21, "Kubernetes scalability thresholds": 150,000 pods in a cluster.
pub const PODS_MAX: usize = 150_000;

/// Parts that the value of a field may have.
#[must_use]
pub fn items_max(field: &str) -> usize {
    match field {
        "clusters" => CLUSTERS_MAX,
        "nodes" => NODES_MAX,
        "running" | "pending" | "pods" => PODS_MAX,
        "deployments"
        | "replica_sets"
        | "stateful_sets"
        | "daemon_sets"
        | "jobs"
        | "cron_jobs"
        | "kubernetes_services"
        | "pod_disruption_budgets"
        | "horizontal_pod_autoscalers"
        | "persistent_volumes"
        | "persistent_volume_claims"
        | "namespaces"
        | "images" => OBJECTS_MAX,
        _ => ITEMS_MAX,
    }
}

/// Above so many nodes a zone may be called large.
///
/// Assumed: as for [`NODES_MAX`].
pub const CLUSTER_SIZES: RangeInclusive<u64> = 0..=NODES_MAX as u64;

/// How many requests a second, or at once, a controller may make.
///
/// Assumed: none would do nothing; more than that no API server takes.
pub const API_QPS: RangeInclusive<u64> = 1..=100_000;

/// The service whose pods answer lookups.
///
/// Source: DNS-03, what EKS and kubeadm install.
pub const DNS_SERVICE: &str = "kube-system/kube-dns";

/// Dots below which a name is looked for in the search list first.
///
/// Source: DNS-02, resolv.conf(5), which caps it there.
pub const NDOTS: RangeInclusive<u64> = 0..=15;

/// How long a resolver waits for an answer.
///
/// Source: DNS-02, resolv.conf(5), which takes whole seconds and caps them there.
pub const RESOLVER_TIMEOUTS: RangeInclusive<SimDuration> =
    SimDuration::from_secs(1)..=SimDuration::from_secs(30);

/// How often it asks for a name.
///
/// Source: DNS-02, resolv.conf(5), which caps it there.
pub const RESOLVER_ATTEMPTS: RangeInclusive<u64> = 1..=5;

/// Pods that a scheduler places in a second.
///
/// Assumed: none would never place any; more than that no API server takes.
pub const PODS_PER_SECOND: RangeInclusive<u64> = 1..=100_000;

/// Values of priority classes.
///
/// Source: Kubernetes API server, validation of priority classes: above lie those of the system itself.
pub const PRIORITIES: RangeInclusive<i64> = -2_147_483_648..=1_000_000_000;

/// Images of containers.
///
/// Assumed: a layer of nothing is fine; more than a tebibyte is no image.
pub const IMAGES: RangeInclusive<Bytes> = Bytes(0)..=Bytes(1 << 40);

/// Settings and faults that are changed from outside of a scenario's lists, by `set` fields and by the command line.
///
/// Assumed: each looks for its name among [`ITEMS_MAX`] others.
pub const CHANGES_MAX: usize = 500;

/// Settings that are varied in a sweep.
///
/// Assumed: two values of each are more points than anybody reads.
pub const VARIATIONS_MAX: usize = 8;

/// Values of a setting that is varied by steps.
///
/// Assumed: more are a mistake of the step.
pub const VALUES_MAX: u64 = 1024;

/// Combinations of settings among which the best is looked for: each is a scenario that has to be held.
///
/// Assumed: the worlds of a thousand take some hundred megabytes.
pub const SPACE_MAX: usize = 1024;

/// Shares of runs that may breach an objective, and confidences, of `optimize`, in thousand-millionths.
///
/// Assumed: what is rarer, or surer, takes more than a million seeds to show.
pub const ODDS_MIN: u64 = 100_000;

/// Problems that are told; the rest is counted.
///
/// Assumed: nobody reads more before mending some.
pub const PROBLEMS_MAX: usize = 200;

/// Weights of node pools.
///
/// Source: Karpenter documentation, "NodePools", `spec.weight`: up to 100, and 0 of one that has none
/// (<https://karpenter.sh/docs/concepts/nodepools/>).
pub const POOL_WEIGHTS: RangeInclusive<u64> = 0..=100;

/// A quota of vCPUs.
///
/// Assumed: that of an account that has grown for years; nothing here depends on more.
pub const VCPUS: RangeInclusive<u64> = 0..=1_000_000;

/// Members of one Auto Scaling group.
///
/// Assumed: what a run holds in memory without a thought; each member is an entity.
pub const MEMBERS: RangeInclusive<u64> = 0..=10_000;

/// Members of all Auto Scaling groups together.
///
/// Assumed: each is probed by every node of its load balancers.
pub const INSTANCES_MAX: u64 = 100_000;

/// Workers of a server or a database.
///
/// Assumed: none could do nothing, and more than that is no machine.
pub const WORKERS: RangeInclusive<u64> = 1..=100_000;

/// Connections of a server or a database.
///
/// Assumed: as for [`WORKERS`].
pub const CONNECTIONS: RangeInclusive<u64> = 1..=10_000_000;

/// Tries of a client.
///
/// Assumed: more than a handful is a retry storm, more than a hundred is a mistake.
pub const TRIES: RangeInclusive<u64> = 1..=100;

/// Resolvers behind a kind of client.
///
/// Assumed: as for [`RESOLVERS_MAX`].
pub const RESOLVERS: RangeInclusive<u64> = 1..=1_000_000;

/// Resolvers behind all kinds of clients together.
///
/// Assumed: each holds an answer for every name.
pub const RESOLVERS_MAX: u64 = 1_000_000;

/// Multiples of its TTL that a resolver keeps an answer.
///
/// Assumed: with the TTL of a minute that is a week.
pub const TTL_STRETCH: RangeInclusive<u64> = 1..=10_000;

/// Weights of classes and of database clients.
///
/// Assumed: sums of many fit into 32 bits.
pub const WEIGHTS: RangeInclusive<u64> = 0..=1_000_000;

/// Requests per second of one kind of traffic.
///
/// Assumed: a gap of 100 ns between two; closer ones tell nothing more.
pub const RATE_MAX: u128 = 10_000_000;

/// Requests that a run may expect unless it says that it is large.
///
/// Assumed: minutes of computing on one core.
pub const REQUESTS_MAX: u128 = 200_000_000;

/// Requests that may be under way at once unless the run says that it is large.
///
/// Measured: each takes some 800 bytes of memory until its client gives up, 360 MB for 450,000 to two dead zones.
pub const REQUESTS_AT_ONCE_MAX: u128 = 250_000;

/// Storage, and redo replayed in a second.
///
/// Assumed: a pebibyte, more than any instance has.
pub const SIZE_MAX: Bytes = Bytes(1 << 50);

/// Volumes of databases and of machine images.
///
/// Assumed: none is smaller than a gibibyte; the upper end is that of all sizes.
pub const STORAGE: RangeInclusive<Bytes> = Bytes(1 << 30)..=SIZE_MAX;

/// Items of a table.
///
/// Assumed: none could be asked for; each that was written is kept in memory.
pub const TABLE_ITEMS: RangeInclusive<u64> = 1..=1_000_000_000;

/// Regions that have a replica of a table.
///
/// Assumed: nobody looks at more at once, and a set of them fits into a byte.
pub const TABLE_REGIONS_MAX: usize = 8;

/// What a table stores.
///
/// Assumed: nothing is fine; the upper end is that of all sizes.
pub const TABLE_STORAGE: RangeInclusive<Bytes> = Bytes(0)..=SIZE_MAX;

/// Redo that a database replays in a second.
///
/// Assumed: slower than a kibibyte a second no recovery ends within a run.
pub const REPLAY: RangeInclusive<Bytes> = Bytes(1 << 10)..=SIZE_MAX;

/// What one request sends or receives, or one commit writes.
///
/// Assumed: nothing is fine; of a gibibyte, what [`REQUESTS_MAX`] of them come to fits into 64 bits of bytes.
pub const SIZES: RangeInclusive<Bytes> = Bytes(0)..=Bytes(1 << 30);

/// How often a year anything may fail.
///
/// Assumed: once in a million years is never, and what fails every hour is up too seldom for episodes to end.
pub const PER_YEAR: RangeInclusive<f64> = 0.000_001..=1_000.0;

/// How often a year a zone is lost to power, cooling or the network.
///
/// Assumed: FS-08, recalled and counted from published incidents: 0.015 to 0.020, with what was never told left out. Three
/// times less and more is worth a look.
pub const ZONE_FAILURES: f64 = 0.015;

/// For how long: half of the losses for less than 65 minutes, 95 of 100 for less than 3 hours.
///
/// Source: FS-09, published losses of power: 20, 20, 64, 81 and 82 minutes, one of the network 3 h. Assumed: a log-normal
/// through them, though half a dozen tell little.
pub const ZONE_OUTAGE: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_mins(65), sigma: 0.619_246_335_543_158_7 };

/// How often a year a server fails.
///
/// Assumed: FS-04, recalled: K. V. Vishwanath, N. Nagappan, "Characterizing Cloud Computing Hardware Reliability" (2010): 8 %
/// of servers need a repair in a year, once in 12 years.
pub const HOST_FAILURES: f64 = 1.0 / 12.0;

/// How long a failed server is away: half of them for less than 4 hours, 95 of 100 for less than a day.
///
/// Assumed: people or another rack; instances that are replaced or restarted elsewhere do not wait for it.
pub const HOST_REPAIR: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_mins(4 * 60), sigma: 1.089_312_410_459_801 };

/// How often a year a NAT gateway fails in its zone.
///
/// Assumed: as a switch of a rack, FS-07, 5 % a year; AWS tells no figure. What gateways cost is proportional to it.
pub const NAT_GATEWAY_FAILURES: f64 = 0.05;

/// For how long: half of them for less than 10 minutes, 95 of 100 for less than an hour.
///
/// Assumed: FS-07 has minutes as the median of repairs of links.
pub const NAT_GATEWAY_REPAIR: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_mins(10), sigma: 1.089_312_410_459_801 };

/// Over years, when the first thing fails in the run of an episode.
///
/// Assumed: a world that is placed well stands still by then: probes have seen every target, schedulers every pod.
pub const EPISODE_BEGINS: SimDuration = SimDuration::from_mins(5);

/// Over years, so long after its last repair a world is taken to be as it was before.
///
/// Assumed: longer than replacements of instances, evictions, restores and reattached volumes take; runs that are not as
/// before by then go on.
pub const EPISODE_SETTLES: SimDuration = SimDuration::from_mins(30);

assumptions! {
    /// What is assumed of requests and their way.
    Requests {
        /// One way between a client and the region: users next to it, or on the other side of the world.
        client_latency: DurationDistribution = CLIENT_LATENCY, r#"Constant("2ms")"# to r#"Constant("150ms")"#;
        /// There and back within a zone: the ends of NET-19.
        within_zone: SimDuration = RTT_WITHIN_ZONE, "50us" to "560us";
        /// What a client sends: a bare request, or one with a document.
        request_size: Bytes = REQUEST_SIZE, "256B" to "16KiB";
        /// What a client gets: a word, or a page with pictures.
        response_size: Bytes = RESPONSE_SIZE, "1KiB" to "200KiB";
        /// What a call to an endpoint sends and receives: a word, or a large document.
        external_size: Bytes = EXTERNAL_SIZE, "512B" to "64KiB";
        /// What a statement sends and receives: a key and a row, or a report.
        statement_size: Bytes = STATEMENT_SIZE, "256B" to "32KiB";
        /// When a server tries another address: as for clients.
        call_connect_timeout: SimDuration = CALL_CONNECT_TIMEOUT, "250ms" to "3s";
    }
}

/// From what has happened until somebody looks at it.
///
/// Assumed: an alarm needs a minute or more of bad data, and who is on call some minutes to sit down. Fastly's 2021 outage was
/// seen after a minute (FS-13); AWS's own status told of power losses after ten to forty (FS-12).
pub(crate) const NOTICE: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_mins(5), sigma: 0.667_908_846_518_002 };

/// From then until people have decided to fail over to another region.
///
/// Assumed: DR-19, 15 to 60 minutes, of which nine decisions in ten are taken to be; most of the recovery time in practice.
pub(crate) const DECIDE: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_mins(30), sigma: 0.421_403_563_941_799_3 };

/// How long it takes somebody to do a step that is written down.
///
/// Assumed: a command that is there to be copied, or a page of a console to be found and filled in.
pub(crate) const HANDS: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_mins(1), sigma: 0.978_468_774_402_126_9 };

/// How many resources Terraform makes at once.
///
/// Source: CD-15, Terraform, `extended.go`.
pub(crate) const PARALLELISM: u32 = 10;

/// That may be so many.
///
/// Assumed: more than any graph is wide.
pub(crate) const PARALLELISMS: RangeInclusive<u64> = 1..=1_000;

/// From the start of an apply until it makes its first resource: providers, the state and a plan.
///
/// Assumed: no number is published; a plan asks AWS once for each resource. Adds to each apply.
pub(crate) const PLANNING: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(10), SimDuration::from_secs(30));

/// How long it takes to make a VPC.
///
/// Assumed: measured by others, logs of Terraform that people have published: 2 to 15 s. Adds to each apply of one.
pub(crate) const VPC: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(2), SimDuration::from_secs(15));

/// A load balancer.
///
/// Assumed: as above, 2m15s to 3m7s. The longest of what web servers wait for.
pub(crate) const LOAD_BALANCER: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(135), SimDuration::from_secs(187));

/// A NAT gateway.
///
/// Assumed: as above, 1m24s to 2m1s. What private subnets wait for.
pub(crate) const NAT_GATEWAY: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(84), SimDuration::from_secs(121));

/// Any other resource: a call or two of the API.
///
/// Assumed: as above, 1 to 2 s for most. There are many of them, few of which wait for each other.
pub(crate) const OTHER_RESOURCE: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(1), SimDuration::from_secs(2));

assumptions! {
    /// What is assumed of Terraform.
    Terraform {
        /// Until the first resource is made: a small state, or hundreds of resources.
        planning: DurationDistribution = PLANNING,
            r#"Uniform("3s", "10s")"# to r#"Uniform("30s", "120s")"#;
        /// How long a VPC takes: the fastest, or the slowest that was seen.
        vpc: DurationDistribution = VPC, r#"Constant("2s")"# to r#"Constant("15s")"#;
        /// A load balancer: the same.
        load_balancer: DurationDistribution = LOAD_BALANCER, r#"Constant("135s")"# to r#"Constant("187s")"#;
        /// A NAT gateway: the same.
        nat_gateway: DurationDistribution = NAT_GATEWAY, r#"Constant("84s")"# to r#"Constant("121s")"#;
        /// Any other: fast, or an API that throttles.
        other: DurationDistribution = OTHER_RESOURCE, r#"Constant("1s")"# to r#"Uniform("2s", "10s")"#;
    }
}

assumptions! {
    /// What is assumed of people.
    People {
        /// Until somebody looks at it: an alarm that wakes a person who sits there, or a call from a customer.
        notice: DurationDistribution = NOTICE,
            r#"LogNormal(median: "1m", p95: "3m")"# to r#"LogNormal(median: "20m", p95: "1h")"#;
        /// Until it is decided: the ends of DR-19.
        decide: DurationDistribution = DECIDE,
            r#"LogNormal(median: "15m", p95: "30m")"# to r#"LogNormal(median: "60m", p95: "6h")"#;
        /// A step by hand: a button, or a search for who has the rights.
        hands: DurationDistribution = HANDS,
            r#"Constant("10s")"# to r#"LogNormal(median: "5m", p95: "20m")"#;
    }
}

assumptions! {
    /// What is assumed of several regions.
    Regions {
        /// There and back between two regions: neighbours, or two continents.
        between_regions: SimDuration = RTT_BETWEEN_REGIONS, "12ms" to "200ms";
        /// Data between regions, in percent of what was recalled: that between neighbours, or a quarter more.
        data: u32 = DATA_BETWEEN_REGIONS, "50" to "125";
    }
}

assumptions! {
    /// What is assumed of what an outage is, where nobody says it.
    Outages {
        /// Below this share of good requests a service is degraded: what is plain to see, or three nines.
        threshold: Ratio = THRESHOLD, "95%" to "99.9%";
        /// So long a service must stay good to count as restored: a glance, or the time of five alarms in a row.
        stable_for: SimDuration = STABLE_FOR, "10s" to "5m";
    }
}

assumptions! {
    /// What is assumed of how things fail over years. How often they do is no part of it: `years` shows what each rate does.
    Failures {
        /// How long a zone is lost: the 20 minutes of the shortest of FS-09, or thrice as long as most of them.
        zone_outage: DurationDistribution = ZONE_OUTAGE,
            r#"LogNormal(median: "20m", p95: "1h")"# to r#"LogNormal(median: "3h", p95: "9h")"#;
        /// How long a failed server is away: a spare that stands by, or a part that has to be sent for.
        host_repair: DurationDistribution = HOST_REPAIR,
            r#"LogNormal(median: "1h", p95: "8h")"# to r#"LogNormal(median: "12h", p95: "3d")"#;
        /// How long a NAT gateway is away: one that fails over by itself, or one that people have to look at.
        nat_gateway_repair: DurationDistribution = NAT_GATEWAY_REPAIR,
            r#"LogNormal(median: "2m", p95: "10m")"# to r#"LogNormal(median: "30m", p95: "3h")"#;
        /// When the first thing fails in a run: once probes have passed, or after all that a start could have left undone.
        begins: SimDuration = EPISODE_BEGINS, "2m" to "20m";
        /// How long after the last repair a run looks again: the time of a replacement, or that of a long restore.
        settles: SimDuration = EPISODE_SETTLES, "10m" to "2h";
    }
}
