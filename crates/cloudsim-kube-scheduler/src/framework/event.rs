//! What happens in the cluster that may help a pod which was rejected.

use crate::objects::{Node, Pod};
use std::sync::Arc;

/// Something that happened, with the objects before and after.
///
/// Namespaces, services, controllers and disruption budgets are not here: no plugin of kube-scheduler is woken by them.
#[derive(Clone, Debug)]
pub enum ClusterEvent {
    /// A node came.
    NodeAdded(Arc<Node>),
    /// Something of a node changed that scheduling looks at.
    NodeUpdated {
        /// As it was.
        old: Arc<Node>,
        /// As it is.
        new: Arc<Node>,
    },
    /// A node went.
    NodeDeleted(Arc<Node>),
    /// A pod came to a node.
    AssignedPodAdded(Arc<Pod>),
    /// A pod on a node changed.
    AssignedPodUpdated {
        /// As it was.
        old: Arc<Pod>,
        /// As it is.
        new: Arc<Pod>,
    },
    /// A pod left its node.
    AssignedPodDeleted(Arc<Pod>),
    /// A pod that is on no node changed. It concerns that pod alone.
    PendingPodUpdated {
        /// As it was.
        old: Arc<Pod>,
        /// As it is.
        new: Arc<Pod>,
    },
    /// A pod gave up the room that it was waiting for on the node that its status nominates. It concerns pods that are
    /// no more important: others have not taken that room for taken.
    NominationDropped(Arc<Pod>),
}

impl ClusterEvent {
    /// The node after the event with the node before it, if the event is that a node came or changed.
    pub(crate) fn node_came(&self) -> Option<(Option<&Node>, &Node)> {
        match self {
            ClusterEvent::NodeAdded(new) => Some((None, new)),
            ClusterEvent::NodeUpdated { old, new } => Some((Some(old), new)),
            _ => None,
        }
    }

    /// A pod before and after, if the event is that it changed.
    pub(crate) fn own_change(&self, pod: &Pod) -> Option<(&Pod, &Pod)> {
        match self {
            ClusterEvent::PendingPodUpdated { old, new } if new.key == pod.key => Some((old, new)),
            _ => None,
        }
    }
}

/// Whether an event may help a pod that a plugin has rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// It does not help.
    Skip,
    /// It may: the pod is to be tried again.
    Queue,
}

impl Hint {
    /// [`Hint::Queue`] if something may help.
    #[must_use]
    pub fn queue_if(helps: bool) -> Hint {
        if helps { Hint::Queue } else { Hint::Skip }
    }
}
