//! What the cluster autoscaler holds of the cluster and its groups: whether to do anything at all.

use crate::limits;
use crate::spec::ClusterAutoscalerSpec;
use cloudsim_units::{SimDuration, SimTime};

/// How the nodes of a group, or of the cluster, are.
///
/// Source: Cluster Autoscaler, `clusterstate.go`, `Readiness`
/// (<https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/clusterstate/clusterstate.go>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Readiness {
    /// Nodes that are ready.
    pub(crate) ready: u32,
    /// Nodes that were, and are not.
    pub(crate) unready: u32,
    /// Nodes that have joined lately and are not ready yet.
    pub(crate) not_started: u32,
    /// All nodes, those included whose instance is gone.
    pub(crate) registered: u32,
    /// Instances that should have joined long ago.
    pub(crate) long_unregistered: u32,
}

impl Readiness {
    /// Counts a node. One whose instance is gone is neither ready nor unready.
    pub(crate) fn count(&mut self, node: NodeSeen) {
        self.registered += 1;
        match node {
            NodeSeen::Ready => self.ready += 1,
            NodeSeen::NotStarted => self.not_started += 1,
            NodeSeen::Unready => self.unready += 1,
            NodeSeen::Deleted => {}
        }
    }

    /// How many nodes are still to come, of so many that the group wants.
    pub(crate) fn upcoming(&self, desired: u32) -> u32 {
        desired.saturating_sub(self.ready + self.unready + self.long_unregistered)
    }

    /// Whether there are as many nodes as the group wants, or more.
    pub(crate) fn has_all(&self, desired: u32) -> bool {
        self.registered - self.not_started >= desired
    }
}

/// How a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeSeen {
    Ready,
    NotStarted,
    Unready,
    /// Its instance is gone.
    Deleted,
}

/// Whether so many nodes may be bad of so many: a few always may, beyond that a share.
fn is_tolerable(spec: &ClusterAutoscalerSpec, bad: u32, of: u32) -> bool {
    let share = u128::from(spec.max_total_unready_percentage.as_billionths()) * u128::from(of);
    bad <= spec.ok_total_unready_count || u128::from(bad) * 1_000_000_000 <= share
}

/// Whether anything may be done to the cluster.
pub(crate) fn cluster_is_healthy(spec: &ClusterAutoscalerSpec, all: &Readiness) -> bool {
    is_tolerable(spec, all.unready, all.registered)
}

/// Whether a group may grow: as many of its nodes are ready as there should be without those that were asked for lately.
pub(crate) fn group_is_healthy(
    spec: &ClusterAutoscalerSpec,
    group: &Readiness,
    desired: u32,
    asked_for: u32,
) -> bool {
    let expected = desired.saturating_sub(group.long_unregistered).saturating_sub(asked_for);
    let missing = expected.saturating_sub(group.ready);
    is_tolerable(spec, missing, group.ready + group.unready + group.not_started)
}

/// For how long a group is left alone after its scale-up has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backoff {
    pub(crate) until: SimTime,
    lasts: SimDuration,
    failed: SimTime,
}

impl Backoff {
    /// The one that follows from a failure: twice as long as the one before, if that is over.
    pub(crate) fn after(before: Option<Backoff>, now: SimTime) -> Backoff {
        let lasts = match before {
            Some(before) if before.until < now => {
                before.lasts.saturating_mul(2).min(limits::GROUP_BACKOFF_MAX)
            }
            _ => limits::GROUP_BACKOFF,
        };
        Backoff { until: now + lasts, lasts, failed: now }
    }

    /// Whether it was so long ago that it does not count any more.
    pub(crate) fn is_stale(&self, now: SimTime) -> bool {
        self.failed.saturating_add(limits::GROUP_BACKOFF_RESET) < now
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, NodeSeen, Readiness, cluster_is_healthy, group_is_healthy};
    use crate::spec::ClusterAutoscalerSpec;
    use cloudsim_units::{SimDuration, SimTime};

    fn seen(ready: u32, unready: u32) -> Readiness {
        Readiness { ready, unready, registered: ready + unready, ..Readiness::default() }
    }

    #[test]
    fn three_unready_nodes_are_always_tolerated() {
        let spec = ClusterAutoscalerSpec::default();
        assert!(cluster_is_healthy(&spec, &seen(0, 3)));
        assert!(!cluster_is_healthy(&spec, &seen(0, 4)));
    }

    #[test]
    fn a_cluster_is_unhealthy_with_more_than_45_percent_unready() {
        let spec = ClusterAutoscalerSpec::default();
        assert!(cluster_is_healthy(&spec, &seen(11, 9)), "9 of 20 are 45 %");
        assert!(!cluster_is_healthy(&spec, &seen(10, 10)), "10 of 20 are 50 %");
    }

    #[test]
    fn a_zone_of_two_stops_the_autoscaler_and_a_zone_of_three_does_not() {
        let spec = ClusterAutoscalerSpec::default();
        for each in 4..100 {
            assert!(!cluster_is_healthy(&spec, &seen(each, each)), "half of {} nodes", 2 * each);
            assert!(cluster_is_healthy(&spec, &seen(2 * each, each)), "a third of {} nodes", 3 * each);
        }
    }

    #[test]
    fn nodes_whose_instance_is_gone_count_as_nodes_and_not_as_unready() {
        let mut all = Readiness::default();
        for node in [NodeSeen::Ready, NodeSeen::Deleted, NodeSeen::Unready, NodeSeen::NotStarted] {
            all.count(node);
        }
        assert_eq!(
            all,
            Readiness { ready: 1, unready: 1, not_started: 1, registered: 4, long_unregistered: 0 }
        );
    }

    #[test]
    fn nodes_that_were_asked_for_lately_do_not_make_a_group_unhealthy() {
        let spec = ClusterAutoscalerSpec::default();
        assert!(group_is_healthy(&spec, &seen(4, 0), 10, 6));
        assert!(!group_is_healthy(&spec, &seen(4, 0), 10, 0), "six are missing");
    }

    #[test]
    fn nodes_are_to_come_that_are_wanted_and_neither_ready_nor_unready_nor_given_up() {
        let group = Readiness { long_unregistered: 1, not_started: 2, ..seen(4, 2) };
        assert_eq!(group.upcoming(10), 3);
        assert_eq!(group.upcoming(6), 0);
    }

    #[test]
    fn a_group_is_left_alone_for_5_10_20_and_then_30_minutes() {
        let mut now = SimTime::ZERO;
        let mut backoff = None;
        for minutes in [5, 10, 20, 30, 30] {
            let next = Backoff::after(backoff, now);
            assert_eq!(next.until, now + SimDuration::from_mins(minutes));
            now = next.until + SimDuration::from_secs(1);
            backoff = Some(next);
        }
    }

    #[test]
    fn a_failure_is_forgotten_after_three_hours() {
        let backoff = Backoff::after(None, SimTime::ZERO);
        assert!(!backoff.is_stale(SimTime::ZERO + SimDuration::from_mins(180)));
        assert!(backoff.is_stale(SimTime::ZERO + SimDuration::from_mins(181)));
    }
}
