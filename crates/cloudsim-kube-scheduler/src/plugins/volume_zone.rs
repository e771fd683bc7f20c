//! Keeps a pod in the zones of the volumes that its claims are bound to. Points: pre-filter, filter.
//!
//! Only the labels of volumes are looked at here, and not those of generic ephemeral volumes; the affinity of volumes
//! is what `VolumeBinding` looks at.

use super::csi_migration::{BETA_REGION, BETA_ZONE, BETWEEN_ZONES};
use super::not_found;
use crate::cluster::{NodeInfo, REGION, ZONE};
use crate::framework::{Change, ClusterEvent, Cycle, Filter, Hint, Obstacle, Plugin, PreFiltered, Status};
use crate::objects::{BindingMode, Labels, PersistentVolume, PersistentVolumeClaim, Text, Volume};
use crate::storage::Storage;
use std::collections::BTreeSet;

/// The labels that name zones and regions.
const TOPOLOGY_LABELS: [&str; 4] = [BETA_ZONE, BETA_REGION, ZONE, REGION];

/// The plugin.
pub(super) struct VolumeZone;

impl Plugin for VolumeZone {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        let storage = &cycle.cluster.storage;
        let mut places = Vec::new();
        for volume in &cycle.pod.volumes {
            let Volume::Claim(name) = volume else { continue };
            if name.is_empty() {
                return rejected("PersistentVolumeClaim had no name");
            }
            let Some(claim) = storage.claim(&cycle.pod.claim(name)) else {
                return rejected(&not_found("persistentvolumeclaim", name));
            };
            match bound_volume(storage, claim) {
                Ok(volume) => places.extend(volume.into_iter().flat_map(places_of)),
                Err(reason) => return rejected(&reason),
            }
        }
        if places.is_empty() { PreFiltered::Skip } else { PreFiltered::filter(Zones(places)) }
    }

    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        Hint::queue_if(match event {
            ClusterEvent::Claim(claim) => cycle.pod.claims_by_name(&claim.new.key),
            ClusterEvent::Volume(Change { old, new }) => {
                old.as_ref().is_none_or(|old| places_of(old).ne(places_of(new)))
            }
            ClusterEvent::StorageClass(class) => {
                class.is_new() && class.new.binding_mode == Some(BindingMode::WaitForFirstConsumer)
            }
            _ => event.node_labelled(),
        })
    }
}

fn rejected<'c>(reason: &str) -> PreFiltered<'c> {
    PreFiltered::Rejected(Status::unresolvable(reason.to_owned()))
}

/// The volume of a claim, unless it waits for a pod.
fn bound_volume<'s>(
    storage: &'s Storage,
    claim: &PersistentVolumeClaim,
) -> Result<Option<&'s PersistentVolume>, String> {
    if let Some(name) = &claim.volume {
        return storage.volume(name).map(Some).ok_or_else(|| not_found("persistentvolume", name));
    }
    if claim.class.is_empty() {
        return Err("PersistentVolumeClaim had no pv name and storageClass name".to_owned());
    }
    let class = storage.class(&claim.class);
    match class.ok_or_else(|| not_found("storageclass.storage.k8s.io", &claim.class))?.binding_mode {
        None => Err(format!("VolumeBindingMode not set for StorageClass {:?}", claim.class)),
        Some(BindingMode::WaitForFirstConsumer) => Ok(None),
        Some(BindingMode::Immediate) => Err("PersistentVolume had no name".to_owned()),
    }
}

/// A label of a volume with the values that a node may have.
#[derive(PartialEq)]
struct Place<'c> {
    key: &'static str,
    values: BTreeSet<&'c str>,
}

/// The places that a volume's labels name. A label with an empty place in it is left out.
fn places_of(volume: &PersistentVolume) -> impl Iterator<Item = Place<'_>> {
    TOPOLOGY_LABELS.into_iter().filter_map(|key| {
        let values: BTreeSet<&str> = volume.labels.get(key)?.split(BETWEEN_ZONES).map(str::trim).collect();
        (!values.contains("")).then_some(Place { key, values })
    })
}

struct Zones<'c>(Vec<Place<'c>>);

/// The value of a label of a node; where a node lacks the old label, that of the new one.
fn value<'n>(labels: &'n Labels, key: &str) -> Option<&'n str> {
    let new = match key {
        BETA_ZONE => ZONE,
        BETA_REGION => REGION,
        key => key,
    };
    labels.get(key).or_else(|| labels.get(new)).map(|value| &**value)
}

impl Filter for Zones<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        let labels = &node.node.labels;
        // A node that names no place is in a cluster without zones.
        if !TOPOLOGY_LABELS.into_iter().any(|key| labels.contains_key(key)) {
            return Ok(());
        }
        let reached =
            |place: &Place<'_>| value(labels, place.key).is_some_and(|value| place.values.contains(value));
        if self.0.iter().all(reached) {
            Ok(())
        } else {
            Err(Status::unresolvable("node(s) had no available volume zone"))
        }
    }

    fn obstacles(&self, _: &Cycle<'_>, node: &NodeInfo) -> Vec<Obstacle> {
        let elsewhere = |place: &Place<'_>| {
            let found = value(&node.node.labels, place.key);
            let is_reached = found.is_some_and(|found| place.values.contains(found));
            (!is_reached).then(|| Obstacle::VolumeElsewhere {
                topology_key: place.key.into(),
                values: place.values.iter().map(|value| Text::from(*value)).collect(),
                found: found.map(Text::from),
            })
        };
        self.0.iter().filter_map(elsewhere).collect()
    }
}
