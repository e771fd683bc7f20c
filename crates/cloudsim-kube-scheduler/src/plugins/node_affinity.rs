//! Keeps a pod on the nodes that its node selector and affinity choose, and prefers those it prefers. Points: pre-filter,
//! filter, pre-score, score.

use super::normalize;
use crate::cluster::NodeInfo;
use crate::framework::{ClusterEvent, Cycle, Filter, Hint, Plugin, PreFiltered, Score, Status};
use crate::objects::{NodeSelector, Pod, PreferredNodeTerm, Text};
use std::collections::BTreeSet;

/// `NodeAffinityArgs`: affinity that every pod of the profile gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeAffinityArgs {
    /// The only nodes that the profile's pods may use.
    pub added_required: Option<NodeSelector>,
    /// The nodes that the profile's pods prefer.
    pub added_preferred: Option<Vec<PreferredNodeTerm>>,
}

/// The plugin.
pub(super) struct NodeAffinity {
    args: NodeAffinityArgs,
}

impl NodeAffinity {
    /// With its arguments.
    pub(super) fn new(args: NodeAffinityArgs) -> NodeAffinity {
        NodeAffinity { args }
    }
}

impl Plugin for NodeAffinity {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        let pod = cycle.pod;
        if pod.required_nodes.is_none() && pod.node_selector.is_none() && self.args.added_required.is_none() {
            return PreFiltered::Skip;
        }
        let nodes = pod.required_nodes.as_ref().and_then(named_nodes);
        if nodes.as_ref().is_some_and(BTreeSet::is_empty) {
            return PreFiltered::Rejected(Status::unresolvable("pod affinity terms conflict"));
        }
        PreFiltered::Filter {
            nodes,
            filter: Box::new(Required { added: self.args.added_required.as_ref(), pod }),
        }
    }

    /// A node came that the pod may use, or came to be one.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        let Some((old, new)) = event.node_came() else { return Hint::Skip };
        let added = self.args.added_required.as_ref();
        let usable = added.is_none_or(|added| added.matches(new)) && cycle.pod.may_use(new);
        Hint::queue_if(usable && !old.is_some_and(|old| cycle.pod.may_use(old)))
    }

    fn pre_score<'c>(&'c self, cycle: &Cycle<'c>, _: &[&'c NodeInfo]) -> Option<Box<dyn Score + 'c>> {
        let added = self.args.added_preferred.as_deref();
        let own = cycle.pod.preferred_nodes.as_deref();
        if added.is_none() && own.is_none() {
            return None;
        }
        Some(Box::new(Preferred { added: added.unwrap_or_default(), own: own.unwrap_or_default() }))
    }
}

/// The names that required affinity asks for, if every one of its terms asks for names.
fn named_nodes(required: &NodeSelector) -> Option<BTreeSet<Text>> {
    if required.terms.is_empty() {
        return None;
    }
    required.terms.iter().try_fold(BTreeSet::new(), |mut all, term| {
        all.extend(term.names_in()?);
        Some(all)
    })
}

struct Required<'c> {
    added: Option<&'c NodeSelector>,
    pod: &'c Pod,
}

impl Filter for Required<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        if self.added.is_some_and(|added| !added.matches(&node.node)) {
            return Err(Status::unresolvable("node(s) didn't match scheduler-enforced node affinity"));
        }
        if !self.pod.may_use(&node.node) {
            return Err(Status::unresolvable("node(s) didn't match Pod's node affinity/selector"));
        }
        Ok(())
    }
}

struct Preferred<'c> {
    added: &'c [PreferredNodeTerm],
    own: &'c [PreferredNodeTerm],
}

impl Score for Preferred<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        let matching =
            self.added.iter().chain(self.own).filter(|preferred| preferred.term.matches(&node.node));
        matching.map(|preferred| i64::from(preferred.weight)).sum()
    }

    fn normalize(&self, _: &[&NodeInfo], scores: &mut [i64]) {
        normalize::most_is_best(scores);
    }
}
