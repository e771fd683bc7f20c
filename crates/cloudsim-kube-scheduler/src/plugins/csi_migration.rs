//! Disks that pods and volumes name without CSI, and the CSI drivers that have taken them over.
//!
//! Source: kube-scheduler v1.34 with `csi-translation-lib`
//! (<https://kubernetes.io/docs/concepts/storage/volumes/#csi-migration>).

use crate::cluster::{REGION, ZONE};
use crate::objects::{
    CsiNode, Disk, Labels, NodeSelector, NodeTerm, PersistentVolume, Requirement, Text, VolumeSource,
};
use std::collections::BTreeSet;

/// The old label of a zone.
///
/// Source: Kubernetes documentation
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#failure-domainbetakubernetesiozone>).
pub(super) const BETA_ZONE: &str = "failure-domain.beta.kubernetes.io/zone";
/// The old label of a region.
///
/// Source: Kubernetes documentation
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#failure-domainbetakubernetesioregion>).
pub(super) const BETA_REGION: &str = "failure-domain.beta.kubernetes.io/region";
/// What stands between the zones of a volume that is in several.
///
/// Source: Kubernetes v1.34 `LabelMultiZoneDelimiter`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/staging/src/k8s.io/cloud-provider/volume/constants.go>).
pub(super) const BETWEEN_ZONES: &str = "__";

/// On which nodes the volumes of an in-tree plugin count as those of its CSI driver.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    /// On all that have CSI drivers.
    Everywhere,
    /// On those that list the plugin as migrated.
    WhereListed,
    /// On none.
    Nowhere,
}

/// An in-tree plugin with the driver that took over its work.
pub(super) struct Migration {
    in_tree: &'static str,
    /// The driver's name.
    pub(super) driver: &'static str,
    /// The label by which the driver names zones, where it has one.
    zone_key: Option<&'static str>,
    counted: Counted,
}

const AWS_EBS: Migration = Migration {
    in_tree: "kubernetes.io/aws-ebs",
    driver: "ebs.csi.aws.com",
    zone_key: Some("topology.ebs.csi.aws.com/zone"),
    counted: Counted::Everywhere,
};
const GCE_PD: Migration = Migration {
    in_tree: "kubernetes.io/gce-pd",
    driver: "pd.csi.storage.gke.io",
    zone_key: Some("topology.gke.io/zone"),
    counted: Counted::Everywhere,
};
const AZURE_DISK: Migration = Migration {
    in_tree: "kubernetes.io/azure-disk",
    driver: "disk.csi.azure.com",
    zone_key: None,
    counted: Counted::Everywhere,
};
const CINDER: Migration = Migration {
    in_tree: "kubernetes.io/cinder",
    driver: "cinder.csi.openstack.org",
    zone_key: Some("topology.cinder.csi.openstack.org/zone"),
    counted: Counted::Everywhere,
};
const PORTWORX: Migration = Migration {
    in_tree: "kubernetes.io/portworx-volume",
    driver: "pxd.portworx.com",
    zone_key: None,
    counted: Counted::WhereListed,
};
const AZURE_FILE: Migration = Migration {
    in_tree: "kubernetes.io/azure-file",
    driver: "file.csi.azure.com",
    zone_key: None,
    counted: Counted::Nowhere,
};
const VSPHERE: Migration = Migration {
    in_tree: "kubernetes.io/vsphere-volume",
    driver: "csi.vsphere.vmware.com",
    zone_key: None,
    counted: Counted::Nowhere,
};

impl Migration {
    /// Of a disk, if a driver has taken its kind over.
    pub(super) fn of(disk: &Disk) -> Option<&'static Migration> {
        match disk {
            Disk::AwsElasticBlockStore { .. } => Some(&AWS_EBS),
            Disk::GcePersistentDisk { .. } => Some(&GCE_PD),
            Disk::AzureDisk { .. } => Some(&AZURE_DISK),
            Disk::Cinder { .. } => Some(&CINDER),
            Disk::Portworx { .. } => Some(&PORTWORX),
            Disk::Iscsi { .. } | Disk::Rbd { .. } => None,
        }
    }

    /// Of the in-tree plugin of this name.
    pub(super) fn of_provisioner(name: &str) -> Option<&'static Migration> {
        const ALL: [&Migration; 7] =
            [&AWS_EBS, &GCE_PD, &AZURE_DISK, &CINDER, &PORTWORX, &AZURE_FILE, &VSPHERE];
        ALL.into_iter().find(|migration| migration.in_tree == name)
    }

    /// Whether its volumes count as those of its driver on a node.
    pub(super) fn counts_on(&self, node: Option<&CsiNode>) -> bool {
        node.is_some_and(|node| match self.counted {
            Counted::Everywhere => true,
            Counted::WhereListed => node.migrated.contains(self.in_tree),
            Counted::Nowhere => false,
        })
    }
}

/// What a driver knows a disk by that a pod names.
///
/// # Errors
/// A name that is none.
pub(super) fn handle_in_pod(disk: &Disk) -> Result<Text, String> {
    handle(disk, &Labels::new())
}

/// What a driver knows a disk by, that a volume with these labels is on.
///
/// # Errors
/// A name that is none, or zones in no one region.
pub(super) fn handle(disk: &Disk, labels: &Labels) -> Result<Text, String> {
    match disk {
        Disk::AwsElasticBlockStore { volume_id } => ebs_volume(volume_id)
            .map_err(|problem| format!("failed to translate Kubernetes ID to EBS Volume ID {problem}")),
        Disk::GcePersistentDisk { pd_name, .. } => gce_handle(pd_name, labels),
        Disk::AzureDisk { uri: id } | Disk::Cinder { volume_id: id } | Disk::Portworx { volume_id: id } => {
            Ok(id.clone())
        }
        Disk::Iscsi { .. } | Disk::Rbd { .. } => unreachable!("only migrated disks have a driver"),
    }
}

/// `vol-…`, or `aws://<zone>/vol-…`.
fn ebs_volume(written: &Text) -> Result<Text, String> {
    let Some(url) = written.strip_prefix("aws://") else { return Ok(written.clone()) };
    let path = url.split_once('/').map_or("", |(_, path)| path.trim_matches('/'));
    if path.starts_with("vol-") && !path.contains('/') {
        Ok(path.into())
    } else {
        Err(format!("Invalid format for AWS volume ({written})"))
    }
}

fn gce_handle(disk: &Text, labels: &Labels) -> Result<Text, String> {
    let label = |key| labels.get(key).filter(|zones: &&Text| !zones.is_empty());
    let place = match label(BETA_ZONE).or_else(|| label(ZONE)) {
        None => "zones/UNSPECIFIED".to_owned(),
        Some(zones) if !zones.contains(BETWEEN_ZONES) => format!("zones/{zones}"),
        Some(zones) => {
            let region =
                gce_region(zones).map_err(|problem| format!("failed to get region from zones: {problem}"))?;
            format!("regions/{region}")
        }
    };
    Ok(format!("projects/UNSPECIFIED/{place}/disks/{disk}").into())
}

/// The one region of zones such as `us-central1-a`.
fn gce_region(zones: &str) -> Result<String, String> {
    let mut regions = BTreeSet::new();
    for zone in zones.split(BETWEEN_ZONES) {
        match zone.split('-').collect::<Vec<_>>().as_slice() {
            [locale, region, _] => regions.insert(format!("{locale}-{region}")),
            _ => {
                return Err(format!(
                    "zone in unexpected format, expected: {{locale}}-{{region}}-{{zone}}, got: {zone}"
                ));
            }
        };
    }
    let only = if regions.len() == 1 { regions.pop_first() } else { None };
    only.ok_or_else(|| {
        let regions: Vec<String> = regions.iter().map(|region| format!("{region}:{{}}")).collect();
        format!("multiple or no regions gotten from zones, got: map[{}]", regions.join(" "))
    })
}

/// Whether a node can reach a volume, as the driver of its disk sees it if the node lists that driver as migrated.
///
/// # Errors
/// A disk that has no name with its driver.
pub(super) fn reaches(
    volume: &PersistentVolume,
    node: &Labels,
    csi_node: Option<&CsiNode>,
) -> Result<bool, String> {
    let VolumeSource::Disk(disk) = &volume.source else { return Ok(volume.reaches(node)) };
    let Some(migration) = Migration::of(disk) else { return Ok(volume.reaches(node)) };
    if !csi_node.is_some_and(|node| node.migrated.contains(migration.in_tree)) {
        return Ok(volume.reaches(node));
    }
    handle(disk, &volume.labels).map_err(|problem| format!("could not translate pv: {problem}"))?;
    let Some(key) = migration.zone_key else { return Ok(volume.reaches(node)) };
    Ok(translated(volume, key).is_none_or(|nodes| nodes.matches_labels(node)))
}

/// The nodes that reach a volume, its zones named as its driver names them. Zones that the affinity does not have are
/// taken from the volume's label.
fn translated(volume: &PersistentVolume, zone_key: &str) -> Option<NodeSelector> {
    let mut nodes = volume.nodes.clone();
    let names =
        |key: &str| nodes.iter().flat_map(requirements).any(|requirement| &**requirement.key() == key);
    let labelled = |key: &str| volume.labels.contains_key(key);
    let beta = !names(ZONE) && (names(BETA_ZONE) || !labelled(ZONE) && labelled(BETA_ZONE));
    let zone = if beta { BETA_ZONE } else { ZONE };
    if nodes.iter().flat_map(requirements).any(|requirement| has_values_of(requirement, zone)) {
        rename(&mut nodes, zone, zone_key);
    } else if let Some(label) = volume.labels.get(zone) {
        let zones = label.split(BETWEEN_ZONES).map(str::trim).filter(|zone| !zone.is_empty());
        let zones: BTreeSet<Text> = zones.map(Text::from).collect();
        if !zones.is_empty() {
            let terms = &mut nodes.get_or_insert_default().terms;
            if terms.is_empty() {
                terms.push(NodeTerm::default());
            }
            for term in terms {
                term.labels.push(Requirement::In(zone_key.into(), zones.clone()));
            }
        }
    }
    let of_beta_region = |requirement: &Requirement| has_values_of(requirement, BETA_REGION);
    if beta && nodes.iter().flat_map(requirements).any(of_beta_region) {
        rename(&mut nodes, BETA_REGION, REGION);
    }
    nodes
}

fn requirements(nodes: &NodeSelector) -> impl Iterator<Item = &Requirement> {
    nodes.terms.iter().flat_map(|term| &term.labels)
}

fn has_values_of(requirement: &Requirement, key: &str) -> bool {
    let has_values = !matches!(requirement, Requirement::Exists(_) | Requirement::DoesNotExist(_));
    &**requirement.key() == key && has_values
}

fn rename(nodes: &mut Option<NodeSelector>, from: &str, to: &str) {
    for term in nodes.iter_mut().flat_map(|nodes| &mut nodes.terms) {
        for requirement in term.labels.iter_mut().filter(|requirement| &**requirement.key() == from) {
            requirement.set_key(to.into());
        }
    }
}
