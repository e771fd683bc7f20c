//! Keeps a pod on nodes that reach the volumes of its claims, or for which there are volumes or can be made some.
//! Points: pre-filter, filter, reserve.
//!
//! What it reserves is kept for the pod by [`Storage::assume`]. Left out: waiting until the volume controller has bound
//! what was reserved (pre-bind), and scores by capacity, which are off by default
//! (`StorageCapacityScoring`). Where several volumes fit a claim and are of one size, kube-scheduler takes any of
//! them; here it is the first by name.

use super::{csi_migration, not_found, not_owner};
use crate::cluster::{Cluster, NodeInfo};
use crate::framework::{
    Change, ClusterEvent, Code, Cycle, Filter, Hint, Obstacle, Plugin, PreFiltered, Reason, Status,
};
use crate::objects::{
    BindingMode, CsiStorageCapacity, Node, PersistentVolume, PersistentVolumeClaim, Pod, Quantity,
    StorageClass, Volume,
};
use crate::storage::{Binding, PodVolumes, Storage};

/// The plugin.
pub(super) struct VolumeBinding;

impl Plugin for VolumeBinding {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        match Claims::of(&cycle.cluster.storage, cycle.pod) {
            Ok(None) => PreFiltered::Skip,
            Ok(Some(claims)) => PreFiltered::filter(claims),
            Err(status) => PreFiltered::Rejected(status),
        }
    }

    /// A driver helps only pods that have a volume of it written into themselves, although it is other volumes whose room is
    /// looked at: so has it v1.34.1.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        let limit = |capacity: &CsiStorageCapacity| capacity.largest.map(Quantity::value);
        Hint::queue_if(match event {
            ClusterEvent::Claim(claim) => cycle.pod.claims(&claim.new.key),
            ClusterEvent::Volume(_) => true,
            ClusterEvent::StorageClass(Change { old, new }) => {
                old.as_ref().is_none_or(|old| old.allowed_topologies != new.allowed_topologies)
            }
            ClusterEvent::CsiNode(Change { old, new }) => {
                old.as_ref().is_none_or(|old| old.migrated != new.migrated)
            }
            ClusterEvent::CsiDriver(Change { old, new }) => {
                old.as_ref().is_some_and(|old| old.tracks_capacity && !new.tracks_capacity)
                    && cycle.pod.inline_drivers.contains(&new.name)
            }
            ClusterEvent::StorageCapacity(Change { old, new }) => {
                old.as_ref().is_none_or(|old| limit(new) > limit(old))
            }
            _ => event.node_labelled(),
        })
    }

    fn reserve(&self, cycle: &Cycle<'_>, node: &NodeInfo) -> Result<PodVolumes, Status> {
        PodVolumes::on(cycle.cluster, cycle.pod, node)
    }
}

impl PodVolumes {
    /// What a pod's claims need to be done before it can be bound to a node.
    ///
    /// # Errors
    /// Why the pod cannot go there.
    pub fn on(cluster: &Cluster, pod: &Pod, node: &NodeInfo) -> Result<PodVolumes, Status> {
        Claims::of(&cluster.storage, pod)?
            .map_or_else(|| Ok(PodVolumes::default()), |claims| claims.on(&node.node))
    }
}

/// The claims of a pod.
struct Claims<'c> {
    storage: &'c Storage,
    /// Those that have a volume.
    bound: Vec<&'c PersistentVolumeClaim>,
    /// Those that wait until their pod has a node.
    waiting: Vec<&'c PersistentVolumeClaim>,
}

/// Why claims that wait cannot be served on a node.
enum Unserved {
    NoVolume,
    NoRoom,
}

fn error(text: String) -> Status {
    Status::new(Code::Error, text)
}

impl<'c> Claims<'c> {
    /// Those of a pod, if it has any; or why it can go nowhere.
    fn of(storage: &'c Storage, pod: &Pod) -> Result<Option<Claims<'c>>, Status> {
        if !pod.volumes.iter().any(|volume| volume.claim().is_some()) {
            return Ok(None);
        }
        for volume in &pod.volumes {
            check_usable(storage, pod, volume).map_err(Status::unresolvable)?;
        }
        let mut claims = Claims { storage, bound: Vec::new(), waiting: Vec::new() };
        let mut unbound_immediate = false;
        for name in pod.volumes.iter().filter_map(Volume::claim) {
            let claim = storage.assumed_claim(&pod.claim(name)).expect("a claim that is usable exists");
            if claim.is_bound() {
                claims.bound.push(claim);
            } else if waits(storage, claim)? && claim.volume.is_none() {
                claims.waiting.push(claim);
            } else {
                unbound_immediate = true;
            }
        }
        if unbound_immediate {
            return Err(Status::unresolvable("pod has unbound immediate PersistentVolumeClaims"));
        }
        Ok(Some(claims))
    }

    /// What needs to be done on a node, or everything that speaks against it.
    fn on(&self, node: &Node) -> Result<PodVolumes, Status> {
        let mut conflict = false;
        let mut gone = false;
        let csi_node = self.storage.csi_node(&node.name);
        for claim in &self.bound {
            let name = claim.volume.as_ref().expect("a bound claim names its volume");
            match self.storage.assumed_volume(name) {
                None => gone = true,
                Some(volume) => {
                    conflict = !csi_migration::reaches(volume, &node.labels, csi_node).map_err(error)?;
                }
            }
            if gone || conflict {
                break;
            }
        }
        let served = self.serve(node);
        let reasons: Vec<Reason> = [
            (conflict, "node(s) didn't match PersistentVolume's node affinity"),
            (
                matches!(served, Err(Unserved::NoVolume)),
                "node(s) didn't find available persistent volumes to bind",
            ),
            (matches!(served, Err(Unserved::NoRoom)), "node(s) did not have enough free storage"),
            (gone, "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"),
        ]
        .into_iter()
        .filter_map(|(holds, reason)| holds.then_some(reason.into()))
        .collect();
        match served {
            Ok(volumes) if reasons.is_empty() => Ok(volumes),
            _ => Err(Status { code: Code::UnschedulableAndUnresolvable, reasons, plugin: None }),
        }
    }

    /// Finds volumes for the claims that wait, or classes that can make them.
    fn serve(&self, node: &Node) -> Result<PodVolumes, Unserved> {
        let mut to_make = Vec::new();
        let mut to_find = Vec::new();
        for &claim in &self.waiting {
            match &claim.selected_node {
                Some(selected) if *selected == node.name => to_make.push(claim),
                Some(_) => return Err(Unserved::NoVolume),
                None => to_find.push(claim),
            }
        }
        // The smallest first, so that it does not take a volume that only a greater one needs.
        to_find.sort_by_key(|claim| claim.request.unwrap_or_default());
        let mut served = PodVolumes::default();
        for claim in to_find {
            match self.find(claim, node, &served.bindings) {
                Some(volume) => {
                    let binding = Binding { claim: claim.key.clone(), volume: volume.name.clone() };
                    served.bindings.push(binding);
                }
                None => to_make.push(claim),
            }
        }
        for claim in to_make {
            // It waits because its class has it wait.
            let class = self.storage.class(&claim.class).ok_or(Unserved::NoVolume)?;
            if !class.provisions() || !class.allows(&node.labels) {
                return Err(Unserved::NoVolume);
            }
            if !self.has_room(class, claim, node) {
                return Err(Unserved::NoRoom);
            }
            served.provisions.push(claim.key.clone());
        }
        Ok(served)
    }

    /// The volume that is kept for a claim, or else the smallest that fits it.
    fn find(
        &self,
        claim: &PersistentVolumeClaim,
        node: &Node,
        taken: &[Binding],
    ) -> Option<&'c PersistentVolume> {
        let mut smallest: Option<&PersistentVolume> = None;
        for volume in self.storage.assumed_volumes_of(&claim.class) {
            let kept_for_it = volume.is_for(claim);
            let possible = (volume.claim.is_none() || kept_for_it)
                && !taken.iter().any(|binding| binding.volume == volume.name)
                && volume.capacity >= claim.request.unwrap_or_default()
                && volume.mode == claim.mode
                && volume.attributes_class == claim.attributes_class
                && !volume.terminating;
            if !possible {
                continue;
            }
            let reaches = volume.reaches(&node.labels);
            if kept_for_it {
                return reaches.then_some(volume);
            }
            let fits = reaches
                && volume.available
                && claim.selector.as_ref().is_none_or(|selector| selector.matches(&volume.labels))
                && claim.access_modes.is_subset(&volume.access_modes);
            if fits && smallest.is_none_or(|smallest| volume.capacity < smallest.capacity) {
                smallest = Some(volume);
            }
        }
        smallest
    }

    /// Whether there is room to make the volume of a claim for a node, as far as its driver says how much there is.
    fn has_room(&self, class: &StorageClass, claim: &PersistentVolumeClaim, node: &Node) -> bool {
        let Some(request) = claim.request else { return true };
        if !self.storage.csi_driver(&class.provisioner).is_some_and(|driver| driver.tracks_capacity) {
            return true;
        }
        self.storage.capacities().any(|capacity| {
            capacity.class == class.name
                && capacity.largest.is_some_and(|largest| largest.value() >= request.value())
                && capacity.nodes.matches(&node.labels)
        })
    }
}

impl Filter for Claims<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        self.on(&node.node).map(|_| ())
    }

    fn obstacles(&self, _: &Cycle<'_>, node: &NodeInfo) -> Vec<Obstacle> {
        let node = &*node.node;
        let csi_node = self.storage.csi_node(&node.name);
        let mut obstacles: Vec<Obstacle> = self
            .bound
            .iter()
            .filter_map(|claim| {
                let (volume, claim) = (claim.volume.clone()?, claim.key.clone());
                match self.storage.assumed_volume(&volume) {
                    None => Some(Obstacle::NoSuchVolume { claim, volume }),
                    Some(of) => match csi_migration::reaches(of, &node.labels, csi_node) {
                        Ok(false) => Some(Obstacle::OutOfReach { claim, volume }),
                        Ok(true) | Err(_) => None,
                    },
                }
            })
            .collect();
        let claims = || self.waiting.iter().map(|claim| claim.key.clone()).collect();
        match self.serve(node) {
            Ok(_) => {}
            Err(Unserved::NoVolume) => obstacles.push(Obstacle::NoVolumeFor { claims: claims() }),
            Err(Unserved::NoRoom) => obstacles.push(Obstacle::NoStorageFor { claims: claims() }),
        }
        obstacles
    }
}

/// Why a pod cannot use the claim of one of its volumes, wherever it goes.
fn check_usable(storage: &Storage, pod: &Pod, volume: &Volume) -> Result<(), String> {
    let Some(name) = volume.claim() else { return Ok(()) };
    let ephemeral = matches!(volume, Volume::Ephemeral(_));
    let Some(claim) = storage.claim(&pod.claim(name)) else {
        return Err(if ephemeral {
            format!("waiting for ephemeral volume controller to create the persistentvolumeclaim {name:?}")
        } else {
            not_found("persistentvolumeclaim", name)
        });
    };
    if claim.lost {
        let volume = claim.volume.as_deref().unwrap_or_default();
        return Err(format!(
            "persistentvolumeclaim {name:?} bound to non-existent persistentvolume {volume:?}"
        ));
    }
    if claim.terminating {
        return Err(format!("persistentvolumeclaim {name:?} is being deleted"));
    }
    if ephemeral && !pod.owns(claim) {
        return Err(not_owner(pod, claim));
    }
    Ok(())
}

/// Whether a claim waits until its pod has a node, as its class says. A class that does not exist does not say so.
fn waits(storage: &Storage, claim: &PersistentVolumeClaim) -> Result<bool, Status> {
    let Some(class) = storage.class(&claim.class) else { return Ok(false) };
    match class.binding_mode {
        Some(mode) => Ok(mode == BindingMode::WaitForFirstConsumer),
        None => Err(error(format!("VolumeBindingMode not set for StorageClass {:?}", claim.class))),
    }
}
