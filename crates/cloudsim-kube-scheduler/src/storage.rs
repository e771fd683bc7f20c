//! What a cluster has of storage, and what the scheduler has promised of it.

use crate::framework::{Change, ClusterEvent};
use crate::objects::{
    ClaimKey, ClaimRef, CsiDriver, CsiNode, CsiStorageCapacity, PersistentVolume, PersistentVolumeClaim,
    StorageClass, Text, VolumeAttachment,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A claim that is to be bound to a volume that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The claim.
    pub claim: ClaimKey,
    /// The volume.
    pub volume: Text,
}

/// What a pod's claims need to be done before the pod can be bound to a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodVolumes {
    /// The claims for which there is a volume: smallest first.
    pub bindings: Vec<Binding>,
    /// The claims for which a volume has to be made.
    pub provisions: Vec<ClaimKey>,
}

impl PodVolumes {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty() && self.provisions.is_empty()
    }

    pub(crate) fn extend(&mut self, more: PodVolumes) {
        self.bindings.extend(more.bindings);
        self.provisions.extend(more.provisions);
    }
}

/// A change of what a cluster has of storage, as a watch tells it.
#[derive(Clone, Debug)]
pub enum StorageDelta {
    /// A claim is new or has changed.
    Claim(PersistentVolumeClaim),
    /// A claim is gone.
    ClaimDeleted(ClaimKey),
    /// A volume is new or has changed.
    Volume(PersistentVolume),
    /// A volume is gone.
    VolumeDeleted(Text),
    /// A storage class is new or has changed.
    Class(StorageClass),
    /// A storage class is gone.
    ClassDeleted(Text),
    /// What CSI drivers a node has is known or has changed.
    CsiNode(CsiNode),
    /// What CSI drivers a node has is known no more.
    CsiNodeDeleted(Text),
    /// A CSI driver is new or has changed.
    CsiDriver(CsiDriver),
    /// A CSI driver is gone.
    CsiDriverDeleted(Text),
    /// How much room there is for new volumes is known or has changed.
    Capacity(CsiStorageCapacity),
    /// How much room there is, of this name, is known no more.
    CapacityDeleted(Text),
    /// A volume is attached, or is to be.
    Attachment(VolumeAttachment),
    /// A volume is no longer attached.
    AttachmentDeleted(Text),
}

/// Claims, volumes, classes and drivers.
///
/// What is promised to a pod (`assume`) is kept beside what the API says: only binding looks at the promises,
/// counting and zones look at the API, as it is with kube-scheduler. News of an object from the API end the promises
/// about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    claims: BTreeMap<ClaimKey, PersistentVolumeClaim>,
    volumes: BTreeMap<Text, PersistentVolume>,
    assumed_claims: BTreeMap<ClaimKey, PersistentVolumeClaim>,
    assumed_volumes: BTreeMap<Text, PersistentVolume>,
    classes: BTreeMap<Text, StorageClass>,
    csi_nodes: BTreeMap<Text, CsiNode>,
    csi_drivers: BTreeMap<Text, CsiDriver>,
    capacities: BTreeMap<Text, CsiStorageCapacity>,
    attachments: BTreeMap<Text, VolumeAttachment>,
}

impl Storage {
    /// Takes note of a change. Returns the event that it is, if it is one that can wake pods.
    pub(crate) fn apply(&mut self, delta: StorageDelta) -> Option<ClusterEvent> {
        fn change<T>(old: Option<T>, new: T) -> Change<T> {
            Change { old: old.map(Arc::new), new: Arc::new(new) }
        }
        Some(match delta {
            StorageDelta::Claim(new) => ClusterEvent::Claim(change(self.set_claim(new.clone()), new)),
            StorageDelta::Volume(new) => ClusterEvent::Volume(change(self.set_volume(new.clone()), new)),
            StorageDelta::Class(new) => ClusterEvent::StorageClass(change(self.set_class(new.clone()), new)),
            StorageDelta::CsiNode(new) => ClusterEvent::CsiNode(change(self.set_csi_node(new.clone()), new)),
            StorageDelta::CsiDriver(new) => {
                ClusterEvent::CsiDriver(change(self.set_csi_driver(new.clone()), new))
            }
            StorageDelta::Capacity(new) => {
                ClusterEvent::StorageCapacity(change(self.set_capacity(new.clone()), new))
            }
            StorageDelta::AttachmentDeleted(name) => {
                ClusterEvent::AttachmentDeleted(Arc::new(self.remove_attachment(&name)?))
            }
            StorageDelta::ClaimDeleted(key) => return self.remove_claim(&key).and(None),
            StorageDelta::VolumeDeleted(name) => return self.remove_volume(&name).and(None),
            StorageDelta::ClassDeleted(name) => return self.remove_class(&name).and(None),
            StorageDelta::CsiNodeDeleted(name) => return self.remove_csi_node(&name).and(None),
            StorageDelta::CsiDriverDeleted(name) => return self.remove_csi_driver(&name).and(None),
            StorageDelta::CapacityDeleted(name) => return self.remove_capacity(&name).and(None),
            StorageDelta::Attachment(attachment) => return self.set_attachment(attachment).and(None),
        })
    }

    /// Adds or replaces a claim. Returns what was there.
    pub fn set_claim(&mut self, claim: PersistentVolumeClaim) -> Option<PersistentVolumeClaim> {
        self.assumed_claims.remove(&claim.key);
        self.claims.insert(claim.key.clone(), claim)
    }

    /// Takes a claim away. Returns what was there.
    pub fn remove_claim(&mut self, key: &ClaimKey) -> Option<PersistentVolumeClaim> {
        self.assumed_claims.remove(key);
        self.claims.remove(key)
    }

    /// Adds or replaces a volume. Returns what was there.
    pub fn set_volume(&mut self, volume: PersistentVolume) -> Option<PersistentVolume> {
        self.assumed_volumes.remove(&volume.name);
        self.volumes.insert(volume.name.clone(), volume)
    }

    /// Takes a volume away. Returns what was there.
    pub fn remove_volume(&mut self, name: &str) -> Option<PersistentVolume> {
        self.assumed_volumes.remove(name);
        self.volumes.remove(name)
    }

    /// Adds or replaces a storage class. Returns what was there.
    pub fn set_class(&mut self, class: StorageClass) -> Option<StorageClass> {
        self.classes.insert(class.name.clone(), class)
    }

    /// Takes a storage class away. Returns what was there.
    pub fn remove_class(&mut self, name: &str) -> Option<StorageClass> {
        self.classes.remove(name)
    }

    /// Adds or replaces what CSI drivers a node has. Returns what was there.
    pub fn set_csi_node(&mut self, node: CsiNode) -> Option<CsiNode> {
        self.csi_nodes.insert(node.name.clone(), node)
    }

    /// Forgets what CSI drivers a node has. Returns what was there.
    pub fn remove_csi_node(&mut self, name: &str) -> Option<CsiNode> {
        self.csi_nodes.remove(name)
    }

    /// Adds or replaces a CSI driver. Returns what was there.
    pub fn set_csi_driver(&mut self, driver: CsiDriver) -> Option<CsiDriver> {
        self.csi_drivers.insert(driver.name.clone(), driver)
    }

    /// Takes a CSI driver away. Returns what was there.
    pub fn remove_csi_driver(&mut self, name: &str) -> Option<CsiDriver> {
        self.csi_drivers.remove(name)
    }

    /// Adds or replaces how much room there is for new volumes. Returns what was there.
    pub fn set_capacity(&mut self, capacity: CsiStorageCapacity) -> Option<CsiStorageCapacity> {
        self.capacities.insert(capacity.name.clone(), capacity)
    }

    /// Forgets how much room there is for new volumes. Returns what was there.
    pub fn remove_capacity(&mut self, name: &str) -> Option<CsiStorageCapacity> {
        self.capacities.remove(name)
    }

    /// Adds or replaces what is attached to a node. Returns what was there.
    pub fn set_attachment(&mut self, attachment: VolumeAttachment) -> Option<VolumeAttachment> {
        self.attachments.insert(attachment.name.clone(), attachment)
    }

    /// Forgets what is attached to a node. Returns what was there.
    pub fn remove_attachment(&mut self, name: &str) -> Option<VolumeAttachment> {
        self.attachments.remove(name)
    }

    /// A claim, as the API has it.
    #[must_use]
    pub fn claim(&self, key: &ClaimKey) -> Option<&PersistentVolumeClaim> {
        self.claims.get(key)
    }

    /// A volume, as the API has it.
    #[must_use]
    pub fn volume(&self, name: &str) -> Option<&PersistentVolume> {
        self.volumes.get(name)
    }

    /// A storage class.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&StorageClass> {
        self.classes.get(name)
    }

    /// What CSI drivers a node has.
    #[must_use]
    pub fn csi_node(&self, name: &str) -> Option<&CsiNode> {
        self.csi_nodes.get(name)
    }

    /// A CSI driver.
    #[must_use]
    pub fn csi_driver(&self, name: &str) -> Option<&CsiDriver> {
        self.csi_drivers.get(name)
    }

    /// How much room there is for new volumes, by name.
    pub fn capacities(&self) -> impl Iterator<Item = &CsiStorageCapacity> {
        self.capacities.values()
    }

    /// What is attached where, by name.
    pub fn attachments(&self) -> impl Iterator<Item = &VolumeAttachment> {
        self.attachments.values()
    }

    /// A claim, with what is promised.
    #[must_use]
    pub fn assumed_claim(&self, key: &ClaimKey) -> Option<&PersistentVolumeClaim> {
        self.assumed_claims.get(key).or_else(|| self.claims.get(key))
    }

    /// A volume, with what is promised.
    #[must_use]
    pub fn assumed_volume(&self, name: &str) -> Option<&PersistentVolume> {
        self.assumed_volumes.get(name).or_else(|| self.volumes.get(name))
    }

    /// The volumes of a class by name, with what is promised.
    pub fn assumed_volumes_of<'s>(&'s self, class: &str) -> impl Iterator<Item = &'s PersistentVolume> {
        let assumed = |volume: &'s PersistentVolume| self.assumed_volumes.get(&volume.name).unwrap_or(volume);
        self.volumes.values().map(assumed).filter(move |volume| &*volume.class == class)
    }

    /// Promises a pod on a node what its claims need: volumes are kept for their claims, and claims whose volume has
    /// to be made carry the node. Claims and volumes that are gone are passed over.
    pub fn assume(&mut self, volumes: &PodVolumes, node: &Text) {
        for Binding { claim, volume } in &volumes.bindings {
            let claim = self.assumed_claim(claim).map(|claim| (claim.key.clone(), claim.uid.clone()));
            let (Some((key, uid)), Some(volume)) = (claim, self.assumed_volume(volume)) else { continue };
            let kept = PersistentVolume { claim: Some(ClaimRef { key, uid }), ..volume.clone() };
            self.assumed_volumes.insert(kept.name.clone(), kept);
        }
        for claim in &volumes.provisions {
            let Some(claim) = self.assumed_claim(claim) else { continue };
            let placed = PersistentVolumeClaim { selected_node: Some(node.clone()), ..claim.clone() };
            self.assumed_claims.insert(placed.key.clone(), placed);
        }
    }
}
