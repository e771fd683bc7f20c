//! The scenarios and worlds that come with the program.

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../scenarios/", $name)))),+]
    };
}

/// Every file of the folder `scenarios`, by its path in it.
pub const SHIPPED: &[(&str, &str)] = embedded![
    "alb-cross-zone-off.ron",
    "az-a-outage.ron",
    "az-a-outage-ec2.ron",
    "az-c-outage.ron",
    "az-partition.ron",
    "dr-cold.ron",
    "dr-dns-ttl.ron",
    "dr-failback.ron",
    "dr-glacier.ron",
    "dr-hot-active.ron",
    "dr-hot-passive.ron",
    "dr-hybrid-shop.ron",
    "dr-pilot-light.ron",
    "dr-region-control-plane.ron",
    "dr-replica-lag.ron",
    "dr-split-brain.ron",
    "dr-untested-runbook.ron",
    "dr-warm.ron",
    "grey-az.ron",
    "k8s-all-zones.ron",
    "k8s-autoscaler-three-zones.ron",
    "k8s-autoscaler-two-zones.ron",
    "k8s-dns-zone-loss.ron",
    "k8s-etcd-quorum.ron",
    "k8s-half-zone.ron",
    "k8s-hpa.ron",
    "k8s-image-pull-storm.ron",
    "k8s-karpenter-zone-loss.ron",
    "k8s-most-of-a-zone.ron",
    "k8s-node-loss.ron",
    "k8s-pdb-drain.ron",
    "k8s-prefer-close.ron",
    "k8s-rollout-meets-az-loss.ron",
    "k8s-spread-bites.ron",
    "k8s-stale-endpoints.ron",
    "k8s-stateful-ebs.ron",
    "k8s-whole-zone.ron",
    "nacl-return-path.ron",
    "nat-a-loss.ron",
    "nat-or-replica.ron",
    "nat-per-az.ron",
    "nat-ports-exhausted.ron",
    "quiet-day.ron",
    "rds-failover.ron",
    "rds-single-az.ron",
    "worlds/cart-eks.ron",
    "worlds/coredns.ron",
    "worlds/kubernetes-autoscaled.ron",
    "worlds/kubernetes.ron",
    "worlds/shop-strategies.ron",
    "worlds/shop-two-regions.ron",
    "worlds/three-tier-base.ron",
    "worlds/three-tier-eks.ron",
    "worlds/three-tier.ron",
    "worlds/two-zone-blog.ron",
];

/// The scenarios that ship: the name of each, and what it is about, which is the first line of its file.
///
/// ```
/// let mut all = cloudsim_scenario::shipped_scenarios();
/// assert!(all.any(|(name, about)| name == "quiet-day" && about.starts_with("Nothing breaks")));
/// ```
pub fn shipped_scenarios() -> impl Iterator<Item = (&'static str, &'static str)> {
    SHIPPED.iter().filter(|(name, _)| !name.contains('/')).map(|(name, text)| {
        let first = text.lines().next().unwrap_or_default();
        (name.trim_end_matches(".ron"), first.trim_start_matches('/').trim())
    })
}

/// The text of a shipped file.
///
/// ```
/// assert!(cloudsim_scenario::shipped("worlds/three-tier.ron").is_some());
/// ```
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
