//! Keeps two pods from a disk that only one can have. Points: pre-filter, filter.
//!
//! A disk that pods name themselves is kept from a second pod of its node; a claim with `ReadWriteOncePod` from a
//! second pod of the cluster.

use super::not_found;
use crate::cluster::NodeInfo;
use crate::framework::{ClusterEvent, Cycle, Filter, Hint, Obstacle, Plugin, PreFiltered, Status};
use crate::objects::{AccessMode, Disk, Pod, Text, Volume};
use std::collections::BTreeSet;

/// The plugin.
pub(super) struct VolumeRestrictions;

impl Plugin for VolumeRestrictions {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        let pod = cycle.pod;
        let mut exclusive = BTreeSet::new();
        for name in pod.volumes.iter().filter_map(own_claim) {
            let Some(claim) = cycle.cluster.storage.claim(&pod.claim(name)) else {
                return PreFiltered::Rejected(Status::unresolvable(not_found("persistentvolumeclaim", name)));
            };
            if claim.access_modes.contains(&AccessMode::ReadWriteOncePod) {
                exclusive.insert(name.clone());
            }
        }
        let disks: Vec<&Disk> = disks(pod).filter(|disk| can_conflict(disk)).collect();
        let is_used = |name: &Text| {
            let mut others = cycle.cluster.nodes().iter().flat_map(|node| &node.pods);
            others.any(|other| other.namespace == pod.namespace && uses(other, name))
        };
        let in_use = exclusive.iter().map(|name| i64::from(is_used(name))).sum();
        if disks.is_empty() && in_use == 0 {
            return PreFiltered::Skip;
        }
        PreFiltered::filter(Restrictions { disks, exclusive, in_use })
    }

    /// Whether a claim that is given up was `ReadWriteOncePod` is not asked.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        let pod = cycle.pod;
        let kept_away_by = |gone: &Pod| {
            let disk = disks(pod).any(|wanted| disks(gone).any(|given_up| conflict(wanted, given_up)));
            let claim = || pod.volumes.iter().filter_map(own_claim).any(|name| uses(gone, name));
            gone.namespace == pod.namespace && (disk || claim())
        };
        Hint::queue_if(match event {
            ClusterEvent::NodeAdded(_) => true,
            ClusterEvent::Claim(claim) => claim.is_new() && pod.claims_by_name(&claim.new.key),
            _ => event.room_given_up().is_some_and(kept_away_by),
        })
    }
}

/// The name of a claim that is not made for the pod alone.
fn own_claim(volume: &Volume) -> Option<&Text> {
    match volume {
        Volume::Claim(name) => Some(name),
        Volume::Ephemeral(_) | Volume::Disk { .. } => None,
    }
}

fn uses(pod: &Pod, claim: &Text) -> bool {
    pod.volumes.iter().filter_map(own_claim).any(|name| name == claim)
}

fn disks(pod: &Pod) -> impl Iterator<Item = &Disk> {
    pod.volumes.iter().filter_map(|volume| match volume {
        Volume::Disk { disk, .. } => Some(disk),
        Volume::Claim(_) | Volume::Ephemeral(_) => None,
    })
}

/// Whether it is of a kind of which a second pod of a node can be kept away.
fn can_conflict(disk: &Disk) -> bool {
    match disk {
        Disk::AwsElasticBlockStore { .. }
        | Disk::GcePersistentDisk { .. }
        | Disk::Iscsi { .. }
        | Disk::Rbd { .. } => true,
        Disk::AzureDisk { .. } | Disk::Cinder { .. } | Disk::Portworx { .. } => false,
    }
}

/// Whether two pods of one node cannot have these. Several may read, except from EBS.
fn conflict(a: &Disk, b: &Disk) -> bool {
    match (a, b) {
        (Disk::AwsElasticBlockStore { volume_id: a }, Disk::AwsElasticBlockStore { volume_id: b }) => a == b,
        (
            Disk::GcePersistentDisk { pd_name: a, read_only: a_reads },
            Disk::GcePersistentDisk { pd_name: b, read_only: b_reads },
        )
        | (Disk::Iscsi { iqn: a, read_only: a_reads }, Disk::Iscsi { iqn: b, read_only: b_reads }) => {
            a == b && !(*a_reads && *b_reads)
        }
        (
            Disk::Rbd { monitors: a, pool: a_pool, image: a_image, read_only: a_reads },
            Disk::Rbd { monitors: b, pool: b_pool, image: b_image, read_only: b_reads },
        ) => !a.is_disjoint(b) && a_pool == b_pool && a_image == b_image && !(*a_reads && *b_reads),
        _ => false,
    }
}

#[derive(Clone)]
struct Restrictions<'c> {
    /// The pod's disks of which a second pod can be kept away.
    disks: Vec<&'c Disk>,
    /// The pod's claims that only one pod may use.
    exclusive: BTreeSet<Text>,
    /// How often other pods use these.
    in_use: i64,
}

impl Restrictions<'_> {
    /// kube-scheduler compares the claims of pods that come and go by name alone, whatever their namespace.
    fn uses_by(&self, pod: &Pod) -> i64 {
        let claims = pod.volumes.iter().filter_map(own_claim);
        claims.map(|name| i64::from(self.exclusive.contains(name))).sum()
    }
}

impl Filter for Restrictions<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        let taken =
            |disk: &Disk| node.pods.iter().flat_map(|pod| disks(pod)).any(|other| conflict(disk, other));
        if self.disks.iter().any(|disk| taken(disk)) {
            return Err(Status::unschedulable("node(s) had no available disk"));
        }
        if self.in_use > 0 {
            let reason = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
            return Err(Status::unschedulable(reason));
        }
        Ok(())
    }

    fn obstacles(&self, _: &Cycle<'_>, node: &NodeInfo) -> Vec<Obstacle> {
        let takes = |pod: &Pod| disks(pod).any(|other| self.disks.iter().any(|disk| conflict(disk, other)));
        let pods: Vec<_> = node.pods.iter().filter(|pod| takes(pod)).map(|pod| pod.key.clone()).collect();
        let mut obstacles = Vec::new();
        if !pods.is_empty() {
            obstacles.push(Obstacle::DiskInUse { pods });
        }
        if self.in_use > 0 {
            obstacles.push(Obstacle::ClaimInUse { claims: self.exclusive.clone() });
        }
        obstacles
    }

    fn add_pod(&mut self, pod: &Pod, _: &NodeInfo) {
        self.in_use += self.uses_by(pod);
    }

    fn remove_pod(&mut self, pod: &Pod, _: &NodeInfo) {
        self.in_use -= self.uses_by(pod);
    }

    fn copied(&self) -> Option<Box<dyn Filter + '_>> {
        Some(Box::new(self.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::Restrictions;
    use crate::cluster::NodeInfo;
    use crate::framework::Filter;
    use crate::objects::{Node, Pod};
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::Arc;

    fn pod(i: usize, claims: &[u8]) -> Pod {
        let volumes: Vec<_> = claims
            .iter()
            .map(|c| json!({"name": "v", "persistentVolumeClaim": {"claimName": format!("c{c}")}}))
            .collect();
        let object =
            json!({"metadata": {"name": format!("p{i}")}, "spec": {"containers": [], "volumes": volumes}});
        Pod::read(&serde_json::from_value(object).unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn victims_taken_away_and_back_leave_the_state_as_it_was(
            pods in prop::collection::vec(prop::collection::vec(0u8..4, 0..4), 0..6),
            exclusive in prop::collection::btree_set(0u8..4, 0..4),
            in_use in 0i64..4,
        ) {
            let node = json!({"metadata": {"name": "n"}});
            let node = NodeInfo::new(Arc::new(Node::read(&serde_json::from_value(node).unwrap()).unwrap()));
            let exclusive = exclusive.into_iter().map(|c| format!("c{c}").into()).collect();
            let mut state = Restrictions { disks: Vec::new(), exclusive, in_use };
            let pods: Vec<Pod> = pods.iter().enumerate().map(|(i, claims)| pod(i, claims)).collect();
            for pod in &pods {
                let before = state.in_use;
                state.remove_pod(pod, &node);
                prop_assert_eq!(before - state.in_use, state.uses_by(pod));
            }
            for pod in &pods {
                state.add_pod(pod, &node);
            }
            prop_assert_eq!(state.in_use, in_use);
            prop_assert_eq!(state.filter(&node).is_ok(), in_use == 0);
        }
    }
}
