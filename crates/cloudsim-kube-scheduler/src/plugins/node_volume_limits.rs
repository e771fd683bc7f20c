//! Keeps a node from more volumes of a CSI driver than it takes. Points: pre-filter, filter.
//!
//! Limits are those of the node's CSI node; a node without one, or a driver without a limit, takes any number.
//! Counted are the volumes of the node's pods, each once, and those that are still attached to it. Disks without CSI
//! count as those of the driver that took them over. As v1.34.1 does, a volume that is attached but that no pod of
//! the node uses is counted beside the one of the pod that comes, even if both are the same.

use super::csi_migration::{self, Migration};
use super::{not_found, not_owner};
use crate::cluster::NodeInfo;
use crate::framework::{
    Change, ClusterEvent, Code, Cycle, Filter, Hint, Obstacle, Plugin, PreFiltered, Status,
};
use crate::objects::{ClaimKey, CsiNode, Disk, PersistentVolumeClaim, Pod, Text, Volume, VolumeSource};
use crate::storage::Storage;
use std::collections::{BTreeMap, BTreeSet};

/// The plugin.
pub(super) struct NodeVolumeLimits;

impl Plugin for NodeVolumeLimits {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        if !has_attachable(cycle.pod) {
            return PreFiltered::Skip;
        }
        PreFiltered::filter(Limits { storage: &cycle.cluster.storage, pod: cycle.pod })
    }

    /// A node alone does not help: its limits come with its CSI node.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        let pod = cycle.pod;
        Hint::queue_if(match event {
            ClusterEvent::CsiNode(Change { old, new }) => old.as_ref().is_none_or(|old| grew(old, new)),
            ClusterEvent::Claim(claim) => claim.is_new() && pod.claims(&claim.new.key),
            ClusterEvent::AttachmentDeleted(gone) => pod.volumes.iter().any(|volume| match volume {
                Volume::Claim(_) => true,
                Volume::Ephemeral(_) => false,
                Volume::Disk { disk, .. } => {
                    Migration::of(disk).is_some_and(|to| *to.driver == *gone.attacher)
                }
            }),
            _ => event.room_given_up().is_some_and(has_attachable),
        })
    }
}

/// Whether any of its volumes is one that may have to be attached.
fn has_attachable(pod: &Pod) -> bool {
    pod.volumes.iter().any(|volume| match volume {
        Volume::Claim(_) | Volume::Ephemeral(_) => true,
        Volume::Disk { disk, .. } => Migration::of(disk).is_some(),
    })
}

/// Whether a driver takes more volumes than before. As kube-scheduler does, a limit where there was none counts as more.
fn grew(old: &CsiNode, new: &CsiNode) -> bool {
    new.limits.iter().any(|(driver, limit)| *limit > old.limits.get(driver).copied().unwrap_or(0))
}

/// What tells volumes of one driver apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Handle {
    /// What the driver knows it by.
    Known(Text),
    /// It is not made yet: its claim.
    Unmade(ClaimKey),
}

/// Driver and volume.
type Attached = (Text, Handle);

struct Limits<'c> {
    storage: &'c Storage,
    pod: &'c Pod,
}

impl Limits<'_> {
    /// Adds the volumes of a pod. Claims that do not exist are an error only of the pod that `comes`.
    fn add(
        &self,
        pod: &Pod,
        comes: bool,
        node: Option<&CsiNode>,
        all: &mut BTreeSet<Attached>,
    ) -> Result<(), Status> {
        let error = |text: String| Status::new(Code::Error, text);
        for volume in &pod.volumes {
            let name = match volume {
                Volume::Claim(name) | Volume::Ephemeral(name) => name,
                Volume::Disk { name, disk } => {
                    all.extend(attached_disk(disk, node).map_err(|problem| {
                        error(format!("converting volume({name}) from inline to csi: {problem}"))
                    })?);
                    continue;
                }
            };
            if name.is_empty() {
                return Err(error("PersistentVolumeClaim had no name".to_owned()));
            }
            let key = pod.claim(name);
            match self.storage.claim(&key) {
                None if comes => {
                    let problem = not_found("persistentvolumeclaim", name);
                    return Err(Status::unresolvable(format!("looking up PVC {key}: {problem}")));
                }
                None => {}
                Some(claim) if matches!(volume, Volume::Ephemeral(_)) && !pod.owns(claim) => {
                    return Err(error(not_owner(pod, claim)));
                }
                Some(claim) => all.extend(self.attached_claim(claim, node)),
            }
        }
        Ok(())
    }

    /// The volume of a claim, or the one that its class would make.
    fn attached_claim(&self, claim: &PersistentVolumeClaim, node: Option<&CsiNode>) -> Option<Attached> {
        let volume = claim.volume.as_ref().and_then(|name| self.storage.volume(name));
        let Some(volume) = volume else {
            let provisioner = &self.storage.class(&claim.class)?.provisioner;
            let driver = match Migration::of_provisioner(provisioner) {
                Some(migration) if migration.counts_on(node) => migration.driver.into(),
                Some(_) => return None,
                None => provisioner.clone(),
            };
            return (!driver.is_empty()).then(|| (driver, Handle::Unmade(claim.key.clone())));
        };
        let (driver, handle) = match &volume.source {
            VolumeSource::Csi { driver, handle } => (driver.clone(), handle.clone()),
            VolumeSource::Disk(disk) => {
                let migration = Migration::of(disk).filter(|migration| migration.counts_on(node))?;
                (migration.driver.into(), csi_migration::handle(disk, &volume.labels).ok()?)
            }
            VolumeSource::Other => return None,
        };
        (!driver.is_empty() && !handle.is_empty()).then_some((driver, Handle::Known(handle)))
    }

    /// What is attached to a node, whoever uses it.
    fn attached_to<'s>(&'s self, node: &'s Text) -> impl Iterator<Item = Attached> + 's {
        self.storage.attachments().filter_map(move |attachment| {
            if attachment.node != *node || attachment.attacher.is_empty() {
                return None;
            }
            match &self.storage.volume(attachment.volume.as_ref()?)?.source {
                VolumeSource::Csi { handle, .. } => {
                    Some((attachment.attacher.clone(), Handle::Known(handle.clone())))
                }
                VolumeSource::Disk(_) | VolumeSource::Other => None,
            }
        })
    }
}

/// A disk that a pod names itself, as the volume of the driver that took it over on a node.
fn attached_disk(disk: &Disk, node: Option<&CsiNode>) -> Result<Option<Attached>, String> {
    let Some(migration) = Migration::of(disk).filter(|migration| migration.counts_on(node)) else {
        return Ok(None);
    };
    Ok(Some((migration.driver.into(), Handle::Known(csi_migration::handle_in_pod(disk)?))))
}

impl Limits<'_> {
    /// The drivers of which a node would have more volumes than it takes.
    fn exceeded(&self, node: &NodeInfo) -> Result<Vec<Obstacle>, Status> {
        let csi_node = self.storage.csi_node(node.name());
        let mut new = BTreeSet::new();
        self.add(self.pod, true, csi_node, &mut new)?;
        let Some(limits) = csi_node.map(|node| &node.limits).filter(|limits| !limits.is_empty()) else {
            return Ok(Vec::new());
        };
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let mut attached = BTreeSet::new();
        for pod in &node.pods {
            self.add(pod, false, csi_node, &mut attached)?;
        }
        new.retain(|volume| !attached.contains(volume));
        attached.extend(self.attached_to(node.name()));

        let mut counts: BTreeMap<&Text, (i64, i64)> = BTreeMap::new();
        for (driver, _) in &attached {
            counts.entry(driver).or_default().0 += 1;
        }
        for (driver, _) in &new {
            counts.entry(driver).or_default().1 += 1;
        }
        let exceeded =
            counts.into_iter().filter(|(_, (_, new))| *new > 0).filter_map(|(driver, (attached, new))| {
                let allowed = *limits.get(driver)?;
                let too_many = Obstacle::TooManyVolumes { driver: driver.clone(), attached, new, allowed };
                (attached + new > allowed).then_some(too_many)
            });
        Ok(exceeded.collect())
    }
}

impl Filter for Limits<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        if self.exceeded(node)?.is_empty() {
            Ok(())
        } else {
            Err(Status::unschedulable("node(s) exceed max volume count"))
        }
    }

    fn obstacles(&self, _: &Cycle<'_>, node: &NodeInfo) -> Vec<Obstacle> {
        self.exceeded(node).unwrap_or_default()
    }
}
