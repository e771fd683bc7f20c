//! Published numbers of EC2 Auto Scaling.

use cloudsim_units::{DurationDistribution, SimDuration, assumptions};

/// How long a new member's failed health checks are ignored, for groups made by the API.
///
/// Source: ASG-02, EC2 Auto Scaling User Guide, "Set the health check grace period": 300 s in the console, 0 otherwise.
pub const GRACE_PERIOD: SimDuration = SimDuration::ZERO;

/// From failed status checks until the group replaces the instance.
///
/// Source: ASG-01, EC2 Auto Scaling User Guide, "Health checks": "a few minutes"; the range is assumed.
pub const IMPAIRED_REACTION: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(120), SimDuration::from_secs(300));

/// From an ELB's verdict until the group replaces the instance.
///
/// Assumed: the group looks at the load balancer's view about twice a minute; no number is published. Adds to the time to
/// replacement only.
pub const ELB_REACTION: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(0), SimDuration::from_secs(30));

/// From the return of a zone until the group starts to rebalance.
///
/// Source: ASG-06, EC2 Auto Scaling User Guide, "Auto Scaling benefits": "typically a few minutes"; the range is assumed.
pub const REBALANCE_REACTION: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(60), SimDuration::from_secs(300));

/// Until a launch in a dead zone is known to have failed and another zone is tried.
///
/// Assumed: the API answers within seconds; ASG-05 documents that other zones are tried, not how soon.
pub const LAUNCH_FAILURE: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(5), SimDuration::from_secs(30));

/// After launches have failed in all zones, until the group tries again.
///
/// Assumed: the group keeps trying; how often is not published. Only outages of all of a group's zones rest on it.
pub const LAUNCH_RETRY: SimDuration = SimDuration::from_secs(60);

/// How many members over its maximum a group may have while it rebalances: a tenth of it, or one.
///
/// Source: ASG-06, EC2 Auto Scaling User Guide, "Auto Scaling benefits".
#[must_use]
pub const fn rebalancing_margin(max: u32) -> u32 {
    if max / 10 > 1 { max / 10 } else { 1 }
}

assumptions! {
    /// What is assumed of EC2 Auto Scaling.
    Assumed {
        /// From failed status checks to a replacement: what "a few minutes" (ASG-01) can mean.
        impaired_reaction: DurationDistribution = IMPAIRED_REACTION,
            r#"Uniform("30s", "120s")"# to r#"Uniform("300s", "600s")"#;
        /// From the verdict of a load balancer to a replacement: at once, or a look every two minutes.
        elb_reaction: DurationDistribution = ELB_REACTION, r#"Uniform("0s", "5s")"# to r#"Uniform("0s", "120s")"#;
        /// From the return of a zone until a group rebalances: what "a few minutes" (ASG-06) can mean.
        rebalance_reaction: DurationDistribution = REBALANCE_REACTION,
            r#"Uniform("10s", "60s")"# to r#"Uniform("300s", "900s")"#;
        /// Until a launch in a dead zone has failed: an error at once, or an API that is slow in an outage.
        launch_failure: DurationDistribution = LAUNCH_FAILURE,
            r#"Uniform("1s", "5s")"# to r#"Uniform("30s", "120s")"#;
        /// From launches that failed everywhere to the next: impatient, or as slow as backing off would be.
        launch_retry: SimDuration = LAUNCH_RETRY, "15s" to "5m";
    }
}
