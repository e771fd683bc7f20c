//! Claims and their volumes: which volume a claim gets, and where one is made for it.
//!
//! # Modelled
//! Binding at once, to the smallest volume that fits or to a new one, and binding when a pod has a node. The driver makes EBS
//! volumes in the zone of that node, or, for a claim that waits for nobody, in a zone by the claim's name, so that the
//! claims of a stateful set are spread. Where its zone has no power, a volume is made when power is back.
//!
//! # Left out
//! The end of volumes: claims of a stateful set stay, as they do by default, and so do those of ephemeral volumes, which
//! Kubernetes deletes. Growth, snapshots, limits of what can be made. The scheduler's patience of ten minutes for the
//! binding of a pod's claims.
//!
//! # Sources
//! <https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/volume/persistentvolume/pv_controller.go>,
//! <https://github.com/kubernetes-csi/external-provisioner/blob/v5.3.0/pkg/controller/topology.go>

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{ClaimId, NodeId, PodId, VolumeId};
use crate::limits;
use crate::objects::Text;
use crate::volumes::{Claim, EBS, EBS_IN_TREE, Place, Volume};
use crate::words::{Event, KubeContext};
use cloudsim_kube_scheduler::objects::{
    self as scheduler, AccessMode, BindingMode, ClaimRef, NodeSelector, NodeTerm, PersistentVolume,
    PersistentVolumeClaim, Requirement, StorageClass, VolumeSource,
};
use cloudsim_kube_scheduler::{Delta, PodVolumes, StorageDelta, ZONE};
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::ZoneId;
use std::collections::{BTreeMap, BTreeSet};

/// Who binds claims to volumes, as events name it.
const CONTROLLER: &str = "persistentvolume-controller";

/// The class of a cluster that lists none: what EKS makes.
///
/// Source: EKS User Guide, "Store application data for your cluster"
/// (<https://docs.aws.amazon.com/eks/latest/userguide/storage.html>): `gp2`, which waits for the first consumer.
pub(crate) fn eks_class() -> StorageClass {
    StorageClass {
        name: "gp2".into(),
        provisioner: EBS_IN_TREE.into(),
        binding_mode: Some(BindingMode::WaitForFirstConsumer),
        allowed_topologies: Vec::new(),
    }
}

impl Cluster {
    /// Tells the scheduler of a change of storage.
    pub(crate) fn tell_storage(&mut self, now: SimTime, delta: StorageDelta) {
        self.scheduling.scheduler.apply(now, Delta::Storage(delta));
    }

    /// Places the classes, volumes and claims that the specification lists.
    pub(crate) fn place_storage(&mut self, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        for class in self.spec.storage_classes.clone() {
            self.tell_storage(now, StorageDelta::Class(class));
        }
        let mut zones: Vec<(Option<NodeSelector>, Option<ZoneId>)> = Vec::new();
        for volume in self.spec.volumes.clone() {
            let known = zones.iter().find(|(nodes, _)| *nodes == volume.nodes).map(|(_, zone)| *zone);
            let zone = known.unwrap_or_else(|| self.zone_reached(&volume));
            if known.is_none() {
                zones.push((volume.nodes.clone(), zone));
            }
            self.add_volume(volume, zone, now);
        }
        for claim in self.spec.claims.clone() {
            self.make_claim(claim, ctx);
        }
    }

    fn class_of(&self, claim: &PersistentVolumeClaim) -> Option<&StorageClass> {
        self.spec.storage_classes.iter().find(|class| class.name == claim.class)
    }

    /// The zone of a volume: that of the nodes that reach it, if they are all of one.
    fn zone_reached(&self, volume: &PersistentVolume) -> Option<ZoneId> {
        volume.nodes.as_ref()?;
        let reached = self.nodes.present().filter(|(_, node)| volume.reaches(&node.object.labels));
        let zones: BTreeSet<_> = reached.map(|(_, node)| node.zone).collect();
        if zones.len() == 1 { zones.first().copied().flatten() } else { None }
    }

    fn add_volume(&mut self, object: PersistentVolume, zone: Option<ZoneId>, now: SimTime) -> VolumeId {
        self.tell_storage(now, StorageDelta::Volume(object.clone()));
        let attachments = BTreeMap::new();
        self.volumes.push(Volume { object, made: now, claim: None, promised: None, zone, attachments })
    }

    /// Puts a claim into the API, unless it is there.
    pub(crate) fn make_claim(&mut self, mut object: PersistentVolumeClaim, ctx: &mut impl KubeContext) {
        if self.volumes.claim_called(&object.key).is_some() {
            return;
        }
        let now = ctx.now();
        if object.takes_default_class
            && object.volume.is_none()
            && let [only] = self.spec.storage_classes.as_slice()
        {
            object.class = only.name.clone();
        }
        if object.uid.is_empty() {
            object.uid = crate::names::uid(&format!("{}/{}", self.spec.name, object.key)).into();
        }
        let volume = object.volume.as_ref().and_then(|name| self.volumes.called(name));
        let bound = volume.filter(|_| object.is_bound());
        object.lost = object.is_bound() && volume.is_none();
        self.tell_storage(now, StorageDelta::Claim(object.clone()));
        let claim = Claim { object, made: now, pods: BTreeSet::new(), making: None };
        let id = self.volumes.push_claim(claim);
        if let Some(volume) = bound {
            self.bind_claim(id, volume, now);
        } else if self.begun {
            ctx.schedule_in(self.spec.assumed.watch, Event::ClaimSeen { claim: id });
        } else {
            self.sync_claim(id, ctx);
        }
    }

    /// What a claim needs next: a volume that is there, or one that is made for it.
    fn sync_claim(&mut self, id: ClaimId, ctx: &mut impl KubeContext) {
        let claim = self.volumes.claim(id);
        if claim.object.is_bound() || claim.making.is_some() {
            return;
        }
        let free = |volume: &Volume| volume.claim.is_none() && volume.promised.is_none_or(|to| to == id);
        let unbound = || self.volumes.iter().filter(|(_, volume)| free(volume));
        let kept = unbound().find(|(_, volume)| volume.object.is_for(&claim.object)).map(|(id, _)| id);
        let class = self.class_of(&claim.object);
        let waits = class.and_then(|class| class.binding_mode) == Some(BindingMode::WaitForFirstConsumer);
        if waits && claim.object.selected_node.is_none() && kept.is_none() {
            let message = "waiting for first consumer to be created before binding";
            self.events.normal(ctx.now(), About::Claim(id), CONTROLLER, "WaitForFirstConsumer", message);
            return;
        }
        let fits = |volume: &&(VolumeId, &Volume)| fits(&claim.object, &volume.1.object);
        let smallest = || {
            let all: Vec<(VolumeId, &Volume)> = unbound().collect();
            all.iter().filter(fits).min_by_key(|(_, volume)| volume.object.capacity).map(|(id, _)| *id)
        };
        if let Some(volume) = kept.or_else(|| if waits { None } else { smallest() }) {
            self.ask_to_bind(Client::VolumeBinder, id, volume, ctx);
            return;
        }
        if !class.is_some_and(StorageClass::provisions) {
            return;
        }
        let place = match &claim.object.selected_node {
            Some(node) => self.nodes.known(node).map(|node| self.place_of(node)).unwrap_or_default(),
            None => self.spread_place(&claim.object),
        };
        self.make_volume(id, place, ctx);
    }

    fn ask_to_bind(&mut self, client: Client, claim: ClaimId, volume: VolumeId, ctx: &mut impl KubeContext) {
        if self.begun {
            self.volumes.get_mut(volume).promised = Some(claim);
            self.ask(client, Write::BindClaim { claim, volume }, ctx);
        } else {
            self.bind_claim(claim, volume, ctx.now());
        }
    }

    /// Where a volume for a pod on a node is made.
    fn place_of(&self, node: NodeId) -> Place {
        let node = self.nodes.get(node);
        Place { label: node.object.labels.get(ZONE).cloned(), zone: node.zone }
    }

    /// Where a volume for whomever is made: zones take turns by the number at the end of the claim's name.
    fn spread_place(&self, claim: &PersistentVolumeClaim) -> Place {
        let class = self.class_of(claim);
        let allowed = self.nodes.present().filter(|(_, node)| {
            class.is_none_or(|class| class.allows(&node.object.labels))
                && node.object.labels.contains_key(ZONE)
        });
        let places: BTreeMap<Option<Text>, Place> =
            allowed.map(|(id, _)| self.place_of(id)).map(|place| (place.label.clone(), place)).collect();
        let count = places.len().max(1);
        let turn = usize::try_from(crate::names::spread(&claim.key.name)).expect("a u32 fits") % count;
        places.into_values().nth(turn).unwrap_or_default()
    }

    fn make_volume(&mut self, id: ClaimId, place: Place, ctx: &mut impl KubeContext) {
        let zone = place.zone;
        self.volumes.claim_mut(id).making = Some(place);
        if !self.begun {
            let volume = self.commit_volume(id, ctx).expect("it is being made");
            self.bind_claim(id, volume, ctx.now());
        } else if self.volumes.has_power(zone) {
            self.call_create(id, ctx);
        }
    }

    fn call_create(&mut self, id: ClaimId, ctx: &mut impl KubeContext) {
        let path = format!("clusters/{}/claims/{}", self.spec.name, self.volumes.claim(id).object.key);
        let purpose = format!("volume {}", ctx.now().as_nanos());
        let takes = limits::EBS_CREATE.sample(ctx.streams().stream(&path, &purpose).word());
        ctx.schedule_in(takes, Event::VolumeMade { claim: id });
    }

    pub(crate) fn volume_made(&mut self, id: ClaimId, ctx: &mut impl KubeContext) {
        let Some(making) = &self.volumes.claim(id).making else { return };
        if self.volumes.has_power(making.zone) {
            self.ask(Client::Provisioner, Write::MakeVolume { claim: id }, ctx);
        }
    }

    /// A zone has its power back: what is to be made there is asked for again.
    pub(crate) fn make_volumes_again(&mut self, zone: ZoneId, ctx: &mut impl KubeContext) {
        let making = |claim: &Claim| claim.making.as_ref().is_some_and(|place| place.zone == Some(zone));
        let waiting: Vec<ClaimId> =
            self.volumes.claims().filter(|(_, claim)| making(claim)).map(|(id, _)| id).collect();
        for claim in waiting {
            self.call_create(claim, ctx);
        }
    }

    /// Puts the volume that was made for a claim into the API.
    pub(crate) fn commit_volume(&mut self, id: ClaimId, ctx: &mut impl KubeContext) -> Option<VolumeId> {
        let now = ctx.now();
        let place = self.volumes.claim_mut(id).making.take()?;
        let claim = &self.volumes.claim(id).object;
        let in_zone = |label: Text| NodeSelector {
            terms: vec![NodeTerm {
                labels: vec![Requirement::In(ZONE.into(), BTreeSet::from([label]))],
                names: Vec::new(),
            }],
        };
        let provisioner = self.class_of(claim).map_or(EBS, |class| &*class.provisioner);
        let is_ebs = provisioner == EBS || provisioner == EBS_IN_TREE;
        let driver = if is_ebs { EBS } else { provisioner };
        let name: Text = format!("pvc-{}", claim.uid).into();
        let object = PersistentVolume {
            labels: scheduler::Labels::default(),
            class: claim.class.clone(),
            attributes_class: claim.attributes_class.clone(),
            capacity: claim.request.unwrap_or_default(),
            access_modes: claim.access_modes.clone(),
            mode: claim.mode,
            claim: Some(ClaimRef { key: claim.key.clone(), uid: claim.uid.clone() }),
            nodes: place.label.filter(|_| is_ebs).map(in_zone),
            source: VolumeSource::Csi {
                driver: driver.into(),
                handle: format!("vol-{}", claim.uid.replace('-', "").get(..17).unwrap_or_default()).into(),
            },
            available: false,
            terminating: false,
            name: name.clone(),
        };
        let volume = self.add_volume(object, place.zone.filter(|_| is_ebs), now);
        if self.begun {
            let message = format!("Successfully provisioned volume {name}");
            self.events.normal(now, About::Claim(id), EBS, "ProvisioningSucceeded", message);
        }
        Some(volume)
    }

    /// Binds a claim to a volume, unless one of them has another by now.
    pub(crate) fn bind_claim(&mut self, id: ClaimId, volume_id: VolumeId, now: SimTime) -> bool {
        let (claim, volume) = (self.volumes.claim(id), self.volumes.get(volume_id));
        let other = claim.object.is_bound() && claim.object.volume.as_ref() != Some(&volume.object.name);
        if other || volume.claim.is_some() {
            return false;
        }
        let kept = ClaimRef { key: claim.object.key.clone(), uid: claim.object.uid.clone() };
        let volume = self.volumes.get_mut(volume_id);
        volume.claim = Some(id);
        volume.object.claim = Some(kept);
        volume.object.available = false;
        let volume = volume.object.clone();
        let claim = self.volumes.claim_mut(id);
        claim.object.volume = Some(volume.name.clone());
        claim.object.bind_completed = true;
        let claim = claim.object.clone();
        self.tell_storage(now, StorageDelta::Volume(volume));
        self.tell_storage(now, StorageDelta::Claim(claim));
        true
    }

    /// A claim is seen to be new, placed or bound.
    pub(crate) fn claim_seen(&mut self, id: ClaimId, ctx: &mut impl KubeContext) {
        self.sync_claim(id, ctx);
        for pod in self.volumes.claim(id).pods.clone() {
            self.look_at_binding(pod, ctx);
        }
    }

    /// The scheduler has a node for a pod: what the pod's claims need comes before it is bound there.
    pub(crate) fn bind_volumes(
        &mut self,
        pod: PodId,
        node: NodeId,
        volumes: &PodVolumes,
        ctx: &mut impl KubeContext,
    ) {
        if self.begun {
            self.pods.get_mut(pod).binding = Some((node, ctx.now()));
        }
        for binding in &volumes.bindings {
            let claim = self.volumes.claim_called(&binding.claim);
            if let (Some(claim), Some(volume)) = (claim, self.volumes.called(&binding.volume)) {
                self.ask_to_bind(Client::Scheduler, claim, volume, ctx);
            }
        }
        for claim in
            volumes.provisions.iter().filter_map(|key| self.volumes.claim_called(key)).collect::<Vec<_>>()
        {
            if self.begun {
                self.ask(Client::Scheduler, Write::PlaceClaim { claim, node }, ctx);
            } else {
                self.place_claim(claim, node, ctx);
                self.sync_claim(claim, ctx);
            }
        }
    }

    /// Writes down for which node the volume of a claim is to be made.
    pub(crate) fn place_claim(&mut self, id: ClaimId, node: NodeId, ctx: &mut impl KubeContext) -> bool {
        let node = self.nodes.get(node).name.clone();
        let claim = self.volumes.claim_mut(id);
        if claim.object.is_bound() || claim.object.selected_node.is_some() {
            return false;
        }
        claim.object.selected_node = Some(node);
        let claim = claim.object.clone();
        self.tell_storage(ctx.now(), StorageDelta::Claim(claim));
        true
    }

    /// Whether all claims of a pod have their volumes.
    fn claims_bound(&self, pod: PodId) -> bool {
        self.claims_of(pod).into_iter().all(|claim| self.volumes.claim(claim).object.is_bound())
    }

    /// If the claims of a pod are bound by now, the scheduler sees it at its next look.
    fn look_at_binding(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let Some((_, since)) = self.pods.get(id).binding else { return };
        if self.pods.get(id).node.is_none() && self.claims_bound(id) {
            let period = limits::BINDING_LOOK.as_nanos();
            let looks = ctx.now().since(since).as_nanos().div_ceil(period).max(1);
            let at = since.saturating_add(SimDuration::from_nanos(looks * period));
            ctx.schedule_at(at, Event::ClaimsBound { pod: id });
        }
    }

    pub(crate) fn claims_are_bound(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        if let Some((node, _)) = self.pods.get_mut(id).binding.take()
            && self.pods.get(id).is_waiting()
        {
            self.ask(Client::Scheduler, Write::Bind { pod: id, node }, ctx);
        }
    }

    /// The claims that a pod uses, as far as they exist.
    pub(crate) fn claims_of(&self, pod: PodId) -> Vec<ClaimId> {
        let object = &self.pods.get(pod).object;
        let names = object.volumes.iter().filter_map(scheduler::Volume::claim);
        names.filter_map(|name| self.volumes.claim_called(&object.claim(name))).collect()
    }

    /// The volumes that a pod uses and that have to be attached to its node.
    pub(crate) fn attached_volumes_of(&self, pod: PodId) -> Vec<VolumeId> {
        let volumes = self.claims_of(pod).into_iter().filter_map(|claim| self.volumes.of_claim(claim));
        volumes.filter(|volume| self.volumes.get(*volume).is_attached()).collect()
    }

    /// A pod has long been running on a node: so it has its volumes.
    pub(crate) fn settle_volumes(&mut self, pod: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        for claim in self.claims_of(pod) {
            let object = &self.volumes.claim(claim).object;
            let provisions = self.class_of(object).is_some_and(StorageClass::provisions);
            if !object.is_bound() && provisions {
                self.place_claim(claim, node, ctx);
                self.sync_claim(claim, ctx);
            }
        }
        for volume in self.attached_volumes_of(pod) {
            self.settle_attachment(volume, node, ctx);
        }
    }
}

/// Whether a claim can have a volume that is there.
fn fits(claim: &PersistentVolumeClaim, volume: &PersistentVolume) -> bool {
    let modes: &BTreeSet<AccessMode> = &claim.access_modes;
    volume.claim.is_none()
        && volume.available
        && volume.class == claim.class
        && volume.mode == claim.mode
        && volume.capacity >= claim.request.unwrap_or_default()
        && modes.is_subset(&volume.access_modes)
        && claim.selector.as_ref().is_none_or(|selector| selector.matches(&volume.labels))
}
