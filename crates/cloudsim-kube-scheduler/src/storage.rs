//! What a cluster has of storage, and what the scheduler has promised of it.

use crate::objects::{
    ClaimKey, ClaimRef, CsiDriver, CsiNode, CsiStorageCapacity, PersistentVolume, PersistentVolumeClaim,
    StorageClass, Text, VolumeAttachment,
};
use std::collections::BTreeMap;

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
    /// How much room there is for new volumes.
    pub capacities: Vec<CsiStorageCapacity>,
    /// What is attached where.
    pub attachments: Vec<VolumeAttachment>,
}

impl Storage {
    /// Adds or replaces a claim.
    pub fn set_claim(&mut self, claim: PersistentVolumeClaim) {
        self.assumed_claims.remove(&claim.key);
        self.claims.insert(claim.key.clone(), claim);
    }

    /// Takes a claim away.
    pub fn remove_claim(&mut self, key: &ClaimKey) {
        self.assumed_claims.remove(key);
        self.claims.remove(key);
    }

    /// Adds or replaces a volume.
    pub fn set_volume(&mut self, volume: PersistentVolume) {
        self.assumed_volumes.remove(&volume.name);
        self.volumes.insert(volume.name.clone(), volume);
    }

    /// Takes a volume away.
    pub fn remove_volume(&mut self, name: &str) {
        self.assumed_volumes.remove(name);
        self.volumes.remove(name);
    }

    /// Adds or replaces a storage class.
    pub fn set_class(&mut self, class: StorageClass) {
        self.classes.insert(class.name.clone(), class);
    }

    /// Takes a storage class away.
    pub fn remove_class(&mut self, name: &str) {
        self.classes.remove(name);
    }

    /// Adds or replaces what CSI drivers a node has.
    pub fn set_csi_node(&mut self, node: CsiNode) {
        self.csi_nodes.insert(node.name.clone(), node);
    }

    /// Forgets what CSI drivers a node has.
    pub fn remove_csi_node(&mut self, name: &str) {
        self.csi_nodes.remove(name);
    }

    /// Adds or replaces a CSI driver.
    pub fn set_csi_driver(&mut self, driver: CsiDriver) {
        self.csi_drivers.insert(driver.name.clone(), driver);
    }

    /// Takes a CSI driver away.
    pub fn remove_csi_driver(&mut self, name: &str) {
        self.csi_drivers.remove(name);
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

    /// Takes the promises back: these claims and volumes are as the API has them.
    pub fn unassume(&mut self, volumes: &PodVolumes) {
        for binding in &volumes.bindings {
            self.assumed_volumes.remove(&binding.volume);
        }
        for claim in &volumes.provisions {
            self.assumed_claims.remove(claim);
        }
    }
}
