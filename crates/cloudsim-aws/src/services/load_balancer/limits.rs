//! Published numbers of Application Load Balancers.

use cloudsim_units::{DurationDistribution, SimDuration, assumptions};

/// A request without an answer for that long ends with 504.
///
/// Source: ALB-24, User Guide for Application Load Balancers, "Application Load Balancers".
pub const IDLE_TIMEOUT: SimDuration = SimDuration::from_secs(60);

/// A target that does not take a connection within that time costs the request a 504.
///
/// Source: ALB-25, User Guide for Application Load Balancers, "Troubleshoot your Application Load Balancers".
pub const TARGET_CONNECT_TIMEOUT: SimDuration = SimDuration::from_secs(10);

/// From the death of a node, or its return, until DNS shows it.
///
/// Assumed: ALB-14 documents that AWS withdraws the addresses of an impaired zone by itself, not how soon; 1 to 5 minutes,
/// uniform. Clients that hold several addresses feel it as a second of latency, others as an outage of that length.
pub const DNS_REACTION: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(60), SimDuration::from_secs(300));

/// A load balancer spans at least so many zones.
///
/// Source: ALB-30, User Guide for Application Load Balancers, "Quotas".
pub const ZONES_MIN: usize = 2;

const _: () = assert!(TARGET_CONNECT_TIMEOUT.as_nanos() < IDLE_TIMEOUT.as_nanos());

assumptions! {
    /// What is assumed of Application Load Balancers.
    Assumed {
        /// From the death of a node until DNS shows it: a health check of some seconds, or ten minutes.
        dns_reaction: DurationDistribution = DNS_REACTION,
            r#"Uniform("10s", "60s")"# to r#"Uniform("300s", "600s")"#;
    }
}
