//! Claims and volumes: what the API knows of them, and where the volumes are.

use crate::ids::{AttachmentId, ClaimId, NodeId, PodId, VolumeId};
use cloudsim_kube_scheduler::objects::{
    AccessMode, ClaimKey, Disk, PersistentVolume, PersistentVolumeClaim, Text, VolumeSource,
};
use cloudsim_units::SimTime;
use cloudsim_world::ZoneId;
use std::collections::{BTreeMap, BTreeSet};

/// The driver of EBS volumes.
///
/// Source: aws-ebs-csi-driver (<https://github.com/kubernetes-sigs/aws-ebs-csi-driver>).
pub(crate) const EBS: &str = "ebs.csi.aws.com";
/// The same as it was before drivers: its volumes are the driver's now.
///
/// Source: Kubernetes documentation, "Storage Classes"
/// (<https://kubernetes.io/docs/concepts/storage/storage-classes/#aws-ebs>).
pub(crate) const EBS_IN_TREE: &str = "kubernetes.io/aws-ebs";

/// A claim to a volume.
#[derive(Debug)]
pub struct Claim {
    /// As the API has it.
    pub object: PersistentVolumeClaim,
    /// When it was made.
    pub made: SimTime,
    /// The pods that use it and have not gone.
    pub pods: BTreeSet<PodId>,
    /// Where its volume is being made, if it is.
    pub(crate) making: Option<Place>,
}

/// How far a claim has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimPhase {
    /// It has no volume yet.
    Pending,
    /// It has one.
    Bound,
    /// Its volume is gone.
    Lost,
}

impl Claim {
    /// How far it has come.
    #[must_use]
    pub fn phase(&self) -> ClaimPhase {
        match (self.object.lost, self.object.is_bound()) {
            (true, _) => ClaimPhase::Lost,
            (false, true) => ClaimPhase::Bound,
            (false, false) => ClaimPhase::Pending,
        }
    }
}

/// Where a volume is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The zone, as labels have it; `None` where nodes say of none.
    pub(crate) label: Option<Text>,
    /// The same as what can fail.
    pub(crate) zone: Option<ZoneId>,
}

/// A volume.
#[derive(Debug)]
pub struct Volume {
    /// As the API has it.
    pub object: PersistentVolume,
    /// When it was made.
    pub made: SimTime,
    /// The claim that it is bound to.
    pub claim: Option<ClaimId>,
    /// The claim for which that has been asked for.
    pub(crate) promised: Option<ClaimId>,
    /// The zone that it is in, if it is in one.
    pub zone: Option<ZoneId>,
    /// The nodes that it is on, or on its way to or from.
    pub attachments: BTreeMap<NodeId, AttachmentId>,
}

/// How far a volume has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumePhase {
    /// It waits for a claim.
    Available,
    /// It has one.
    Bound,
}

impl Volume {
    /// How far it has come.
    #[must_use]
    pub fn phase(&self) -> VolumePhase {
        if self.claim.is_some() { VolumePhase::Bound } else { VolumePhase::Available }
    }

    /// Whether it has to be attached to a node before it is mounted there: EBS volumes have.
    #[must_use]
    pub fn is_attached(&self) -> bool {
        match &self.object.source {
            VolumeSource::Csi { driver, .. } => &**driver == EBS,
            VolumeSource::Disk(disk) => matches!(disk, Disk::AwsElasticBlockStore { .. }),
            VolumeSource::Other => false,
        }
    }

    /// Whether it may be on one node at a time only.
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        let modes = &self.object.access_modes;
        let many = [AccessMode::ReadOnlyMany, AccessMode::ReadWriteMany];
        !modes.is_empty() && !many.iter().any(|mode| modes.contains(mode))
    }
}

/// How far a volume has come on its way to a node, and away from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttachmentState {
    /// It is wanted there; the API does not know it yet.
    Wanted,
    /// EC2 attaches it.
    Attaching,
    /// It is attached.
    Attached,
    /// It is attached, and the node's status says so: the kubelet may mount it.
    Listed,
    /// EC2 detaches it.
    Detaching,
    /// It is not there any more.
    Gone,
}

/// A volume on a node.
#[derive(Debug)]
pub struct Attachment {
    /// The volume.
    pub volume: VolumeId,
    /// The node.
    pub node: NodeId,
    /// How far it has come.
    pub state: AttachmentState,
    /// Since when no pod on the node needs it.
    pub unwanted_since: Option<SimTime>,
    /// Whether its end has been asked for and is not told yet.
    pub(crate) ending: bool,
    /// How often EC2 was asked.
    pub(crate) call: u16,
}

/// All claims and volumes that there have been.
#[derive(Debug, Default)]
pub struct Volumes {
    claims: Vec<Claim>,
    by_key: BTreeMap<ClaimKey, ClaimId>,
    all: Vec<Volume>,
    by_name: BTreeMap<Text, VolumeId>,
    attachments: Vec<Attachment>,
    /// Zones without power.
    pub(crate) dark: BTreeSet<ZoneId>,
}

impl Volumes {
    pub(crate) fn push_claim(&mut self, claim: Claim) -> ClaimId {
        let id = ClaimId::from_index(self.claims.len());
        self.by_key.insert(claim.object.key.clone(), id);
        self.claims.push(claim);
        id
    }

    pub(crate) fn push(&mut self, volume: Volume) -> VolumeId {
        let id = VolumeId::from_index(self.all.len());
        self.by_name.insert(volume.object.name.clone(), id);
        self.all.push(volume);
        id
    }

    pub(crate) fn push_attachment(&mut self, volume: VolumeId, node: NodeId) -> AttachmentId {
        let id = AttachmentId::from_index(self.attachments.len());
        self.all[volume.index()].attachments.insert(node, id);
        let state = AttachmentState::Wanted;
        let attachment = Attachment { volume, node, state, unwanted_since: None, ending: false, call: 0 };
        self.attachments.push(attachment);
        id
    }

    /// The claim.
    #[must_use]
    pub fn claim(&self, claim: ClaimId) -> &Claim {
        &self.claims[claim.index()]
    }

    pub(crate) fn claim_mut(&mut self, claim: ClaimId) -> &mut Claim {
        &mut self.claims[claim.index()]
    }

    /// The claim of that name.
    #[must_use]
    pub fn claim_called(&self, key: &ClaimKey) -> Option<ClaimId> {
        self.by_key.get(key).copied()
    }

    /// All claims, in the order in which they were made.
    pub fn claims(&self) -> impl Iterator<Item = (ClaimId, &Claim)> {
        self.claims.iter().enumerate().map(|(i, claim)| (ClaimId::from_index(i), claim))
    }

    /// The volume.
    #[must_use]
    pub fn get(&self, volume: VolumeId) -> &Volume {
        &self.all[volume.index()]
    }

    pub(crate) fn get_mut(&mut self, volume: VolumeId) -> &mut Volume {
        &mut self.all[volume.index()]
    }

    /// The volume of that name.
    #[must_use]
    pub fn called(&self, name: &str) -> Option<VolumeId> {
        self.by_name.get(name).copied()
    }

    /// All volumes, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = (VolumeId, &Volume)> {
        self.all.iter().enumerate().map(|(i, volume)| (VolumeId::from_index(i), volume))
    }

    /// The attachment.
    #[must_use]
    pub fn attachment(&self, attachment: AttachmentId) -> &Attachment {
        &self.attachments[attachment.index()]
    }

    pub(crate) fn attachment_mut(&mut self, attachment: AttachmentId) -> &mut Attachment {
        &mut self.attachments[attachment.index()]
    }

    /// The volume that a claim is bound to.
    #[must_use]
    pub fn of_claim(&self, claim: ClaimId) -> Option<VolumeId> {
        let object = &self.claim(claim).object;
        object.volume.as_ref().filter(|_| object.is_bound()).and_then(|name| self.called(name))
    }

    /// The state of a volume on a node; `None` if it is neither there nor on its way.
    #[must_use]
    pub fn state_on(&self, volume: VolumeId, node: NodeId) -> Option<AttachmentState> {
        self.get(volume).attachments.get(&node).map(|attachment| self.attachment(*attachment).state)
    }

    /// Whether a zone has power; what is in none has.
    pub(crate) fn has_power(&self, zone: Option<ZoneId>) -> bool {
        zone.is_none_or(|zone| !self.dark.contains(&zone))
    }
}
