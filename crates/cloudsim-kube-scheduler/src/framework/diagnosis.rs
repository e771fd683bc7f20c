//! Why a pod fits on no node, and how kube-scheduler says it.

use super::{Code, Nominated, Status};
use crate::objects::Text;
use crate::plugins::PluginName;
use std::collections::{BTreeMap, BTreeSet};

/// Why a pod fits on no node.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// What rejected the pod before any node was looked at.
    pub pre_filter: Option<Status>,
    /// What rejected each node that was looked at, by name.
    pub nodes: BTreeMap<Text, Status>,
    /// What stands for the nodes that were not looked at.
    pub absent: Option<Status>,
    /// The plugins that left only some nodes to be looked at.
    pub restricted_by: BTreeSet<PluginName>,
    /// How many nodes there are.
    pub nodes_total: usize,
}

/// The plugins that have rejected a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejectors {
    /// Those that said no.
    pub rejected: BTreeSet<PluginName>,
    /// Those that said not yet: something outside has to happen first.
    pub pending: BTreeSet<PluginName>,
}

impl Rejectors {
    /// Whether none did: then the attempt failed for another reason.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rejected.is_empty() && self.pending.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = PluginName> {
        self.rejected.union(&self.pending).copied()
    }
}

impl Diagnosis {
    /// The plugins that have rejected the pod, on whichever node.
    #[must_use]
    pub fn rejectors(&self) -> Rejectors {
        let mut rejectors = Rejectors { rejected: self.restricted_by.clone(), pending: BTreeSet::new() };
        for status in self.pre_filter.iter().chain(self.nodes.values()) {
            let Some(plugin) = status.plugin else { continue };
            let by = match status.code {
                Code::Pending => &mut rejectors.pending,
                _ => &mut rejectors.rejected,
            };
            by.insert(plugin);
        }
        rejectors
    }

    /// The message of the `FailedScheduling` event, before anything is said of preemption.
    ///
    /// Each reason is counted over the nodes; the counted reasons are sorted as text, so that `10 …` comes before `2 …`.
    #[must_use]
    pub fn message(&self) -> String {
        if self.nodes_total == 0 {
            return "no nodes available to schedule pods".to_owned();
        }
        let said = match &self.pre_filter {
            Some(status) => status.message(),
            None => self.counted().join(", "),
        };
        let said = if said.is_empty() { said } else { format!(" {said}.") };
        format!("0/{} nodes are available:{said}", self.nodes_total)
    }

    /// The message of the event once it is known what post-filters could do: they are heard where they could not help.
    #[must_use]
    pub fn message_after(&self, nominated: &Result<Nominated, Status>) -> String {
        let said = nominated.as_ref().err().map(Status::message).unwrap_or_default();
        if said.is_empty() { self.message() } else { format!("{} {said}", self.message()) }
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
