//! What happens in the cluster that may help a pod which was rejected.

use crate::objects::{
    CsiDriver, CsiNode, CsiStorageCapacity, Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass,
    VolumeAttachment,
};
use std::sync::Arc;

/// An object that came or changed.
#[derive(Clone, Debug)]
pub struct Change<T> {
    /// As it was; `None` if it is new.
    pub old: Option<Arc<T>>,
    /// As it is.
    pub new: Arc<T>,
}

impl<T> Change<T> {
    /// Whether it came.
    pub(crate) fn is_new(&self) -> bool {
        self.old.is_none()
    }
}

/// Something that happened, with the objects before and after.
///
/// Namespaces, services, controllers, disruption budgets, and objects of storage that go are not here: no plugin of
/// kube-scheduler is woken by them.
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
    /// A claim came or changed.
    Claim(Change<PersistentVolumeClaim>),
    /// A volume came or changed.
    Volume(Change<PersistentVolume>),
    /// A storage class came or changed.
    StorageClass(Change<StorageClass>),
    /// What CSI drivers a node has became known or changed.
    CsiNode(Change<CsiNode>),
    /// A CSI driver came or changed.
    CsiDriver(Change<CsiDriver>),
    /// How much room there is for new volumes became known or changed.
    StorageCapacity(Change<CsiStorageCapacity>),
    /// A volume is no longer attached to a node.
    AttachmentDeleted(Arc<VolumeAttachment>),
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

    /// Whether a node came, or its labels changed.
    pub(crate) fn node_labelled(&self) -> bool {
        self.node_came().is_some_and(|(old, new)| old.is_none_or(|old| old.labels != new.labels))
    }

    /// A pod that gave up its room on a node, or the one that it was waiting for.
    pub(crate) fn room_given_up(&self) -> Option<&Pod> {
        match self {
            ClusterEvent::AssignedPodDeleted(gone) | ClusterEvent::NominationDropped(gone) => Some(gone),
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
