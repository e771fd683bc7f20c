//! Keeps pods away from nodes with taints that they do not tolerate, and prefers nodes without. Points: filter,
//! pre-score, score.

use super::normalize;
use crate::cluster::NodeInfo;
use crate::framework::{ClusterEvent, Cycle, Filter, Hint, Obstacle, Plugin, PreFiltered, Score, Status};
use crate::numbers::count;
use crate::objects::{Node, Pod, Taint, TaintEffect};
use crate::version::Version;

/// The plugin.
pub(super) struct TaintToleration;

impl Plugin for TaintToleration {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        PreFiltered::filter(Tolerance { pod: cycle.pod, version: cycle.version })
    }

    /// A node came that the pod tolerates, or came to be tolerated, or the pod's own tolerations changed.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        let tolerated = |node: &Node| first_untolerated(cycle.pod, &node.taints).is_none();
        if let Some((old, new)) = event.node_came() {
            return Hint::queue_if(tolerated(new) && !old.is_some_and(tolerated));
        }
        let own = event.own_change(cycle.pod);
        Hint::queue_if(own.is_some_and(|(old, new)| old.tolerations != new.tolerations))
    }

    fn pre_score<'c>(&'c self, cycle: &Cycle<'c>, _: &[&'c NodeInfo]) -> Option<Box<dyn Score + 'c>> {
        Some(Box::new(Preference { pod: cycle.pod }))
    }
}

/// The first taint, in the node's order, that keeps a pod away.
pub(crate) fn first_untolerated<'n>(pod: &Pod, taints: &'n [Taint]) -> Option<&'n Taint> {
    taints.iter().find(|taint| keeps_away(pod, taint))
}

fn keeps_away(pod: &Pod, taint: &Taint) -> bool {
    taint.effect.keeps_away() && !pod.tolerates(taint)
}

/// How many taints ask a pod to go elsewhere.
pub(crate) fn preferring_others(pod: &Pod, taints: &[Taint]) -> i64 {
    let unwelcome = |taint: &&Taint| taint.effect == TaintEffect::PreferNoSchedule && !pod.tolerates(taint);
    count(taints.iter().filter(unwelcome).count())
}

struct Tolerance<'c> {
    pod: &'c Pod,
    version: Version,
}

impl Filter for Tolerance<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        let Some(taint) = first_untolerated(self.pod, &node.node.taints) else { return Ok(()) };
        Err(match self.version {
            Version::V1_33 | Version::V1_34 => Status::unresolvable(format!(
                "node(s) had untolerated taint {{{}: {}}}",
                taint.key, taint.value
            )),
            Version::V1_35 | Version::V1_36 => Status::unresolvable("node(s) had untolerated taint(s)"),
        })
    }

    fn obstacles(&self, _: &Cycle<'_>, node: &NodeInfo) -> Vec<Obstacle> {
        let taints = node.node.taints.iter().filter(|taint| keeps_away(self.pod, taint));
        taints.cloned().map(Obstacle::Taint).collect()
    }
}

struct Preference<'c> {
    pod: &'c Pod,
}

impl Score for Preference<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        preferring_others(self.pod, &node.node.taints)
    }

    fn normalize(&self, _: &[&NodeInfo], scores: &mut [i64]) {
        normalize::least_is_best(scores);
    }
}
