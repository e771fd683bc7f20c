//! Why a pod fits on no node, and how kube-scheduler says it.

use super::Status;
use crate::objects::Text;
use std::collections::BTreeMap;

/// Why a pod fits on no node.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// What rejected the pod before any node was looked at.
    pub pre_filter: Option<Status>,
    /// What rejected each node that was looked at, by name.
    pub nodes: BTreeMap<Text, Status>,
    /// What stands for the nodes that were not looked at.
    pub absent: Option<Status>,
    /// How many nodes there are.
    pub nodes_total: usize,
}

impl Diagnosis {
    /// The message of the `FailedScheduling` event, before anything is said of preemption.
    ///
    /// Each reason is counted over the nodes; the counted reasons are sorted as text, so that `10 …` comes before `2 …`.
    #[must_use]
    pub fn message(&self) -> String {
        let said = match &self.pre_filter {
            Some(status) => status.message(),
            None => self.counted().join(", "),
        };
        let said = if said.is_empty() { said } else { format!(" {said}.") };
        format!("0/{} nodes are available:{said}", self.nodes_total)
    }

    fn counted(&self) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for reason in self.nodes.values().flat_map(|status| &status.reasons) {
            *counts.entry(reason).or_insert(0) += 1;
        }
        let absent = self.nodes_total - self.nodes.len();
        if absent > 0 {
            for reason in self.absent.iter().flat_map(|status| &status.reasons) {
                *counts.entry(reason).or_insert(0) += absent;
            }
        }
        let mut counted: Vec<String> =
            counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        counted.sort_unstable();
        counted
    }
}
