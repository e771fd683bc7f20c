//! Volumes: what pods mount, what they claim, what there is, and what could be made.
//!
//! Of a pod's volumes those are kept that can decide where it goes: claims, generic ephemeral volumes, and disks
//! named in the pod itself. Config maps, empty directories, host paths, inline CSI volumes and the like go anywhere.

use super::labels::read_labels;
use super::workloads::{name, namespace};
use super::{Labels, Malformed, NodeSelector, Quantity, Requirement, Selector, Text};
use k8s_openapi::api::{core::v1 as core, storage::v1 as storage};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The annotation of a claim whose binding is complete.
///
/// Source: Kubernetes documentation
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#pv-kubernetes-io-bind-completed>).
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// The annotation of a claim that names the node for which its volume is to be made.
///
/// Source: Kubernetes documentation
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#volume-kubernetes-io-selected-node>).
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// The old annotation that names a storage class; it goes before the field.
///
/// Source: Kubernetes documentation
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#volume-beta-kubernetes-io-storage-class-deprecated>).
pub const BETA_STORAGE_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
/// The annotation of a CSI node that lists the in-tree plugins whose work a CSI driver has taken over there.
///
/// Source: Kubernetes documentation
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#storage-alpha-kubernetes-io-migrated-plugins>).
const MIGRATED_PLUGINS: &str = "storage.alpha.kubernetes.io/migrated-plugins";
/// The resource in which claims and volumes are measured.
const STORAGE: &str = "storage";

/// Namespace and name of a claim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimKey {
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

impl fmt::Display for ClaimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A disk as pods and volumes can name it without CSI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disk {
    /// An EBS volume.
    AwsElasticBlockStore {
        /// Its id.
        volume_id: Text,
    },
    /// A persistent disk of GCE.
    GcePersistentDisk {
        /// Its name.
        pd_name: Text,
        /// Whether it is mounted read-only.
        read_only: bool,
    },
    /// A disk of Azure.
    AzureDisk {
        /// Its URI.
        uri: Text,
    },
    /// A volume of `OpenStack`.
    Cinder {
        /// Its id.
        volume_id: Text,
    },
    /// A volume of Portworx.
    Portworx {
        /// Its id.
        volume_id: Text,
    },
    /// An iSCSI target.
    Iscsi {
        /// Its qualified name.
        iqn: Text,
        /// Whether it is mounted read-only.
        read_only: bool,
    },
    /// An image of Ceph.
    Rbd {
        /// The monitors that know it.
        monitors: BTreeSet<Text>,
        /// Its pool.
        pool: Text,
        /// Its name.
        image: Text,
        /// Whether it is mounted read-only.
        read_only: bool,
    },
}

/// A volume of a pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Volume {
    /// What a claim of this name is bound to.
    Claim(Text),
    /// The same, with a claim of this name that lives and dies with the pod.
    Ephemeral(Text),
    /// A disk.
    Disk {
        /// What the pod calls the volume.
        name: Text,
        /// The disk.
        disk: Disk,
    },
}

impl Volume {
    /// Those of a pod of this name that can decide where it goes.
    pub(super) fn read(pod: &str, volumes: &[core::Volume]) -> Vec<Volume> {
        volumes
            .iter()
            .filter_map(|volume| {
                if let Some(claim) = &volume.persistent_volume_claim {
                    return Some(Volume::Claim(claim.claim_name.as_str().into()));
                }
                if volume.ephemeral.is_some() {
                    return Some(Volume::Ephemeral(format!("{pod}-{}", volume.name).into()));
                }
                let disk = disk_of_pod(volume)?;
                Some(Volume::Disk { name: volume.name.as_str().into(), disk })
            })
            .collect()
    }

    /// The name of its claim, if it has one.
    #[must_use]
    pub fn claim(&self) -> Option<&Text> {
        match self {
            Volume::Claim(name) | Volume::Ephemeral(name) => Some(name),
            Volume::Disk { .. } => None,
        }
    }
}

fn text(written: Option<&str>) -> Option<Text> {
    written.filter(|text| !text.is_empty()).map(Text::from)
}

fn aws(disk: &core::AWSElasticBlockStoreVolumeSource) -> Disk {
    Disk::AwsElasticBlockStore { volume_id: disk.volume_id.as_str().into() }
}

fn gce(disk: &core::GCEPersistentDiskVolumeSource) -> Disk {
    let read_only = disk.read_only.unwrap_or(false);
    Disk::GcePersistentDisk { pd_name: disk.pd_name.as_str().into(), read_only }
}

fn azure(disk: &core::AzureDiskVolumeSource) -> Disk {
    Disk::AzureDisk { uri: disk.disk_uri.as_str().into() }
}

fn portworx(disk: &core::PortworxVolumeSource) -> Disk {
    Disk::Portworx { volume_id: disk.volume_id.as_str().into() }
}

fn disk_of_pod(volume: &core::Volume) -> Option<Disk> {
    let cinder = |disk: &core::CinderVolumeSource| Disk::Cinder { volume_id: disk.volume_id.as_str().into() };
    let iscsi = |disk: &core::ISCSIVolumeSource| Disk::Iscsi {
        iqn: disk.iqn.as_str().into(),
        read_only: disk.read_only.unwrap_or(false),
    };
    let rbd = |disk: &core::RBDVolumeSource| Disk::Rbd {
        monitors: disk.monitors.iter().map(|monitor| monitor.as_str().into()).collect(),
        pool: disk.pool.as_deref().unwrap_or_default().into(),
        image: disk.image.as_str().into(),
        read_only: disk.read_only.unwrap_or(false),
    };
    (volume.aws_elastic_block_store.as_ref().map(aws))
        .or_else(|| volume.gce_persistent_disk.as_ref().map(gce))
        .or_else(|| volume.azure_disk.as_ref().map(azure))
        .or_else(|| volume.portworx_volume.as_ref().map(portworx))
        .or_else(|| volume.cinder.as_ref().map(cinder))
        .or_else(|| volume.iscsi.as_ref().map(iscsi))
        .or_else(|| volume.rbd.as_ref().map(rbd))
}

/// The disks of volumes that a CSI driver may have taken over; the scheduler looks at no others.
fn disk_of_volume(spec: &core::PersistentVolumeSpec) -> Option<Disk> {
    let cinder = |disk: &core::CinderPersistentVolumeSource| Disk::Cinder {
        volume_id: disk.volume_id.as_str().into(),
    };
    (spec.aws_elastic_block_store.as_ref().map(aws))
        .or_else(|| spec.gce_persistent_disk.as_ref().map(gce))
        .or_else(|| spec.azure_disk.as_ref().map(azure))
        .or_else(|| spec.portworx_volume.as_ref().map(portworx))
        .or_else(|| spec.cinder.as_ref().map(cinder))
}

/// Who may mount a volume, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessMode {
    /// One node reads and writes.
    ReadWriteOnce,
    /// Many nodes read.
    ReadOnlyMany,
    /// Many nodes read and write.
    ReadWriteMany,
    /// One pod reads and writes.
    ReadWriteOncePod,
}

impl AccessMode {
    fn read(modes: Option<&Vec<String>>) -> Result<BTreeSet<AccessMode>, Malformed> {
        let read = |(i, mode): (usize, &String)| match mode.as_str() {
            "ReadWriteOnce" => Ok(AccessMode::ReadWriteOnce),
            "ReadOnlyMany" => Ok(AccessMode::ReadOnlyMany),
            "ReadWriteMany" => Ok(AccessMode::ReadWriteMany),
            "ReadWriteOncePod" => Ok(AccessMode::ReadWriteOncePod),
            other => {
                let problem = format!("`{}` is no access mode", other.escape_debug());
                Err(Malformed::new(format!("accessModes[{i}]"), problem))
            }
        };
        modes.into_iter().flatten().enumerate().map(read).collect()
    }
}

/// How a volume is given to a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum VolumeMode {
    /// With a file system.
    #[default]
    Filesystem,
    /// As a raw device.
    Block,
}

impl VolumeMode {
    fn read(mode: Option<&str>) -> Result<VolumeMode, Malformed> {
        match mode {
            None | Some("Filesystem") => Ok(VolumeMode::Filesystem),
            Some("Block") => Ok(VolumeMode::Block),
            Some(other) => {
                let problem = format!("`{}` is neither Filesystem nor Block", other.escape_debug());
                Err(Malformed::new("volumeMode", problem))
            }
        }
    }
}

fn read_quantity(quantity: Option<&ApiQuantity>, field: &str) -> Result<Option<Quantity>, Malformed> {
    quantity
        .map(|quantity| Quantity::parse(&quantity.0).map_err(|problem| Malformed::new(field, problem)))
        .transpose()
}

fn annotation<'m>(metadata: &'m ObjectMeta, key: &str) -> Option<&'m str> {
    metadata.annotations.as_ref()?.get(key).map(String::as_str)
}

/// The storage class that an object names; empty is none.
fn class(metadata: &ObjectMeta, field: Option<&str>) -> Text {
    annotation(metadata, BETA_STORAGE_CLASS).or(field).unwrap_or_default().into()
}

fn needs_name(metadata: &ObjectMeta, what: &str) -> Result<Text, Malformed> {
    match name(metadata) {
        name if name.is_empty() => Err(Malformed::new("metadata.name", format!("a {what} needs a name"))),
        name => Ok(name),
    }
}

/// A claim to a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is true of a claim or not, whatever holds of the others"
)]
pub struct PersistentVolumeClaim {
    /// Namespace and name.
    pub key: ClaimKey,
    /// Tells claims of one name apart.
    pub uid: Text,
    /// The uid of what controls it: of the pod, for a generic ephemeral volume.
    pub controller: Option<Text>,
    /// Its storage class; empty is none.
    pub class: Text,
    /// Whether it says nothing of a class, and so gets the default one. A class that is said to be none stays none.
    pub takes_default_class: bool,
    /// Its class of attributes; empty is none.
    pub attributes_class: Text,
    /// How much it asks for, if it says so.
    pub request: Option<Quantity>,
    /// How it is to be mounted.
    pub access_modes: BTreeSet<AccessMode>,
    /// How it is to be given to pods.
    pub mode: VolumeMode,
    /// The volumes it may be bound to, by label; `None` is all.
    pub selector: Option<Selector>,
    /// The volume it is bound to, or wants to be.
    pub volume: Option<Text>,
    /// Whether its binding is complete.
    pub bind_completed: bool,
    /// The node for which its volume is to be made.
    pub selected_node: Option<Text>,
    /// Whether the volume that it was bound to is gone.
    pub lost: bool,
    /// Whether it is being deleted.
    pub terminating: bool,
}

impl PersistentVolumeClaim {
    /// Reads a claim of the API.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(claim: &core::PersistentVolumeClaim) -> Result<PersistentVolumeClaim, Malformed> {
        let metadata = &claim.metadata;
        let key = ClaimKey { namespace: namespace(metadata), name: needs_name(metadata, "claim")? };
        let empty = core::PersistentVolumeClaimSpec::default();
        let spec = claim.spec.as_ref().unwrap_or(&empty);
        let in_spec = |e: Malformed| e.below("spec");
        let requests = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        let request = requests.and_then(|requests| requests.get(STORAGE));
        let controller =
            metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
        Ok(PersistentVolumeClaim {
            key,
            uid: metadata.uid.as_deref().unwrap_or_default().into(),
            controller: controller.map(|owner| owner.uid.as_str().into()),
            class: class(metadata, spec.storage_class_name.as_deref()),
            takes_default_class: annotation(metadata, BETA_STORAGE_CLASS)
                .or(spec.storage_class_name.as_deref())
                .is_none(),
            attributes_class: spec.volume_attributes_class_name.as_deref().unwrap_or_default().into(),
            request: read_quantity(request, "resources.requests[storage]").map_err(in_spec)?,
            access_modes: AccessMode::read(spec.access_modes.as_ref()).map_err(in_spec)?,
            mode: VolumeMode::read(spec.volume_mode.as_deref()).map_err(in_spec)?,
            selector: spec
                .selector
                .as_ref()
                .map(|selector| Selector::read(Some(selector)))
                .transpose()
                .map_err(|e| e.below("spec.selector"))?,
            volume: text(spec.volume_name.as_deref()),
            bind_completed: annotation(metadata, BIND_COMPLETED).is_some(),
            selected_node: annotation(metadata, SELECTED_NODE).map(Text::from),
            lost: claim.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Lost"),
            terminating: metadata.deletion_timestamp.is_some(),
        })
    }

    /// Whether it is bound for good.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.volume.is_some() && self.bind_completed
    }
}

/// The claim that a volume is bound to, or kept for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRef {
    /// Namespace and name.
    pub key: ClaimKey,
    /// The claim's uid; empty is a claim of that name, whichever.
    pub uid: Text,
}

/// Where a volume's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeSource {
    /// With a CSI driver.
    Csi {
        /// The driver.
        driver: Text,
        /// What the driver knows the volume by.
        handle: Text,
    },
    /// On a disk that a CSI driver may have taken over.
    Disk(Disk),
    /// Elsewhere: on a path of a node, on a file server.
    Other,
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersistentVolume {
    /// Its name.
    pub name: Text,
    /// Its labels.
    pub labels: Labels,
    /// Its storage class; empty is none.
    pub class: Text,
    /// Its class of attributes; empty is none.
    pub attributes_class: Text,
    /// How much it holds.
    pub capacity: Quantity,
    /// How it can be mounted.
    pub access_modes: BTreeSet<AccessMode>,
    /// How it is given to pods.
    pub mode: VolumeMode,
    /// The claim that it is bound to, or kept for.
    pub claim: Option<ClaimRef>,
    /// The nodes that can reach it; `None` is all.
    pub nodes: Option<NodeSelector>,
    /// Where its bytes are.
    pub source: VolumeSource,
    /// Whether it waits for a claim.
    pub available: bool,
    /// Whether it is being deleted.
    pub terminating: bool,
}

impl PersistentVolume {
    /// Reads a volume of the API.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(volume: &core::PersistentVolume) -> Result<PersistentVolume, Malformed> {
        let metadata = &volume.metadata;
        let name = needs_name(metadata, "volume")?;
        let empty = core::PersistentVolumeSpec::default();
        let spec = volume.spec.as_ref().unwrap_or(&empty);
        let in_spec = |e: Malformed| e.below("spec");
        let capacity = spec.capacity.as_ref().and_then(|capacity| capacity.get(STORAGE));
        let claim = spec.claim_ref.as_ref().map(|claim| ClaimRef {
            key: ClaimKey {
                namespace: claim.namespace.as_deref().unwrap_or_default().into(),
                name: claim.name.as_deref().unwrap_or_default().into(),
            },
            uid: claim.uid.as_deref().unwrap_or_default().into(),
        });
        let source = match (&spec.csi, disk_of_volume(spec)) {
            (Some(csi), _) => VolumeSource::Csi {
                driver: csi.driver.as_str().into(),
                handle: csi.volume_handle.as_str().into(),
            },
            (None, Some(disk)) => VolumeSource::Disk(disk),
            (None, None) => VolumeSource::Other,
        };
        Ok(PersistentVolume {
            name,
            labels: read_labels(metadata.labels.as_ref()),
            class: class(metadata, spec.storage_class_name.as_deref()),
            attributes_class: spec.volume_attributes_class_name.as_deref().unwrap_or_default().into(),
            capacity: read_quantity(capacity, "capacity[storage]").map_err(in_spec)?.unwrap_or_default(),
            access_modes: AccessMode::read(spec.access_modes.as_ref()).map_err(in_spec)?,
            mode: VolumeMode::read(spec.volume_mode.as_deref()).map_err(in_spec)?,
            claim,
            nodes: spec
                .node_affinity
                .as_ref()
                .and_then(|affinity| affinity.required.as_ref())
                .map(NodeSelector::read)
                .transpose()
                .map_err(|e| e.below("spec.nodeAffinity.required"))?,
            source,
            available: volume.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Available"),
            terminating: metadata.deletion_timestamp.is_some(),
        })
    }

    /// Whether it is bound to a claim, or kept for it.
    #[must_use]
    pub fn is_for(&self, claim: &PersistentVolumeClaim) -> bool {
        self.claim
            .as_ref()
            .is_some_and(|kept| kept.key == claim.key && (kept.uid.is_empty() || kept.uid == claim.uid))
    }

    /// Whether a node with these labels can reach it.
    #[must_use]
    pub fn reaches(&self, labels: &Labels) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.matches_labels(labels))
    }
}

/// When a claim gets its volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BindingMode {
    /// At once.
    Immediate,
    /// When a pod that uses it has a node.
    WaitForFirstConsumer,
}

/// A storage class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageClass {
    /// Its name.
    pub name: Text,
    /// What makes its volumes.
    pub provisioner: Text,
    /// When claims of it get their volume; the API server fills it in.
    pub binding_mode: Option<BindingMode>,
    /// Where volumes can be made: for nodes whose labels meet all requirements of one of these; none is everywhere.
    pub allowed_topologies: Vec<Vec<Requirement>>,
}

/// The provisioner of classes whose volumes are made by hand.
///
/// Source: Kubernetes documentation (<https://kubernetes.io/docs/concepts/storage/storage-classes/#local>).
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

impl StorageClass {
    /// Reads a storage class of the API.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(class: &storage::StorageClass) -> Result<StorageClass, Malformed> {
        let binding_mode = match class.volume_binding_mode.as_deref() {
            None => None,
            Some("Immediate") => Some(BindingMode::Immediate),
            Some("WaitForFirstConsumer") => Some(BindingMode::WaitForFirstConsumer),
            Some(other) => {
                let problem =
                    format!("`{}` is neither Immediate nor WaitForFirstConsumer", other.escape_debug());
                return Err(Malformed::new("volumeBindingMode", problem));
            }
        };
        let requirements = |term: &core::TopologySelectorTerm| {
            term.match_label_expressions
                .iter()
                .flatten()
                .map(|expression| {
                    let values = expression.values.iter().map(|value| value.as_str().into()).collect();
                    Requirement::In(expression.key.as_str().into(), values)
                })
                .collect()
        };
        Ok(StorageClass {
            name: needs_name(&class.metadata, "storage class")?,
            provisioner: class.provisioner.as_str().into(),
            binding_mode,
            allowed_topologies: class.allowed_topologies.iter().flatten().map(requirements).collect(),
        })
    }

    /// Whether volumes of it can be made.
    #[must_use]
    pub fn provisions(&self) -> bool {
        !self.provisioner.is_empty() && &*self.provisioner != NO_PROVISIONER
    }

    /// Whether volumes of it can be made for a node with these labels. A topology without requirements allows none.
    #[must_use]
    pub fn allows(&self, labels: &Labels) -> bool {
        let meets = |topology: &Vec<Requirement>| {
            !topology.is_empty() && topology.iter().all(|requirement| requirement.matches(labels))
        };
        self.allowed_topologies.is_empty() || self.allowed_topologies.iter().any(meets)
    }
}

/// What CSI drivers a node has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsiNode {
    /// The node's name.
    pub name: Text,
    /// How many volumes of a driver it takes, for those that have a limit.
    pub limits: BTreeMap<Text, i64>,
    /// The in-tree plugins whose work a CSI driver has taken over there.
    pub migrated: BTreeSet<Text>,
}

impl CsiNode {
    /// Reads a CSI node of the API.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(node: &storage::CSINode) -> Result<CsiNode, Malformed> {
        let limit = |driver: &storage::CSINodeDriver| {
            let count = driver.allocatable.as_ref()?.count?;
            Some((driver.name.as_str().into(), i64::from(count)))
        };
        Ok(CsiNode {
            name: needs_name(&node.metadata, "CSI node")?,
            limits: node.spec.drivers.iter().filter_map(limit).collect(),
            migrated: annotation(&node.metadata, MIGRATED_PLUGINS)
                .filter(|plugins| !plugins.is_empty())
                .map(|plugins| plugins.split(',').map(Text::from).collect())
                .unwrap_or_default(),
        })
    }
}

/// A CSI driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsiDriver {
    /// Its name.
    pub name: Text,
    /// Whether it says how much room there is for new volumes, so that the scheduler is to look.
    pub tracks_capacity: bool,
}

impl CsiDriver {
    /// Reads a CSI driver of the API.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(driver: &storage::CSIDriver) -> Result<CsiDriver, Malformed> {
        Ok(CsiDriver {
            name: needs_name(&driver.metadata, "CSI driver")?,
            tracks_capacity: driver.spec.storage_capacity == Some(true),
        })
    }
}

/// How much room there is for new volumes of a class, for some nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsiStorageCapacity {
    /// Namespace and name, with a slash between them.
    pub name: Text,
    /// The class.
    pub class: Text,
    /// The nodes, by label.
    pub nodes: Selector,
    /// The largest volume there is room for; `None` is not known, and counts as none.
    pub largest: Option<Quantity>,
}

impl CsiStorageCapacity {
    /// Reads a storage capacity of the API.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(capacity: &storage::CSIStorageCapacity) -> Result<CsiStorageCapacity, Malformed> {
        let room = read_quantity(capacity.capacity.as_ref(), "capacity")?;
        let largest = read_quantity(capacity.maximum_volume_size.as_ref(), "maximumVolumeSize")?;
        let metadata = &capacity.metadata;
        let name = needs_name(metadata, "storage capacity")?;
        Ok(CsiStorageCapacity {
            name: format!("{}/{name}", namespace(metadata)).into(),
            class: capacity.storage_class_name.as_str().into(),
            nodes: Selector::read(capacity.node_topology.as_ref()).map_err(|e| e.below("nodeTopology"))?,
            largest: largest.or(room),
        })
    }
}

/// A volume that is attached to a node, or on its way there or away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeAttachment {
    /// Its name.
    pub name: Text,
    /// The driver that attaches it.
    pub attacher: Text,
    /// The node.
    pub node: Text,
    /// The volume, if it is one of the cluster.
    pub volume: Option<Text>,
}

impl VolumeAttachment {
    /// Reads an attachment of the API.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(attachment: &storage::VolumeAttachment) -> Result<VolumeAttachment, Malformed> {
        let spec = &attachment.spec;
        Ok(VolumeAttachment {
            name: needs_name(&attachment.metadata, "volume attachment")?,
            attacher: spec.attacher.as_str().into(),
            node: spec.node_name.as_str().into(),
            volume: spec.source.persistent_volume_name.as_deref().map(Text::from),
        })
    }
}
