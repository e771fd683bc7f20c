//! Where EBS volumes are: on the nodes whose pods need them, one at a time.
//!
//! # Modelled
//! The attach/detach controller, the driver beneath it and EC2. A volume that may be on one node only waits until it is off
//! the last one. There it stays until the node says that it has unmounted it; of a node that is not ready, or gone, it is taken
//! after six minutes, and at once from one that is marked as out of service. A zone without power neither attaches nor
//! detaches anything.
//!
//! # Left out
//! The tenths of seconds between two looks, calls of EC2 that are refused, devices that hang. Volumes that are not of EBS are
//! mounted without being attached.
//!
//! # Sources
//! <https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/volume/attachdetach/reconciler/reconciler.go>

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{AttachmentId, NodeId, PodId, VolumeId};
use crate::limits;
use crate::nodes::Ready;
use crate::volumes::{AttachmentState, EBS};
use crate::words::{Event, KubeContext};
use cloudsim_kube_scheduler::StorageDelta;
use cloudsim_kube_scheduler::objects::VolumeAttachment;
use cloudsim_records::{PodReason, PodState, Record};
use cloudsim_world::ZoneId;
use std::collections::BTreeSet;

/// Who says what happens here.
const CONTROLLER: &str = "attachdetach-controller";

impl Cluster {
    /// The pods that use a volume and have not gone.
    fn pods_of_volume(&self, id: VolumeId) -> Vec<PodId> {
        let claim = self.volumes.get(id).claim;
        claim.map_or_else(Vec::new, |claim| self.volumes.claim(claim).pods.iter().copied().collect())
    }

    /// Of those, the ones on a node.
    pub(crate) fn users_on(&self, id: VolumeId, node: NodeId) -> Vec<PodId> {
        let mut pods = self.pods_of_volume(id);
        pods.retain(|pod| self.pods.get(*pod).node == Some(node));
        pods
    }

    /// A volume has long been on a node.
    pub(crate) fn settle_attachment(&mut self, id: VolumeId, node: NodeId, ctx: &mut impl KubeContext) {
        let volume = self.volumes.get(id);
        // A specification may have two pods on two nodes that cannot both have it: the first one has.
        if volume.attachments.contains_key(&node) || volume.is_exclusive() && !volume.attachments.is_empty() {
            return;
        }
        let attachment = self.volumes.push_attachment(id, node);
        self.volumes.attachment_mut(attachment).state = AttachmentState::Listed;
        self.nodes.get_mut(node).volumes_in_use.insert(id);
        self.tell_attached(attachment, ctx);
    }

    fn tell_attached(&mut self, id: AttachmentId, ctx: &impl KubeContext) {
        let attachment = self.volumes.attachment(id);
        let delta = StorageDelta::Attachment(VolumeAttachment {
            name: attachment_name(id),
            attacher: EBS.into(),
            node: self.nodes.get(attachment.node).name.clone(),
            volume: Some(self.volumes.get(attachment.volume).object.name.clone()),
        });
        self.tell_storage(ctx.now(), delta);
    }

    /// Lets the controller look at all volumes of a pod.
    pub(crate) fn sync_volumes_of(&mut self, pod: PodId, ctx: &mut impl KubeContext) {
        for volume in self.attached_volumes_of(pod) {
            self.sync_volume(volume, ctx);
        }
    }

    /// Lets the controller look at all volumes on a node, whose condition may have changed.
    pub(crate) fn sync_volumes_on(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        for volume in self.nodes.get(node).volumes_in_use.clone() {
            self.sync_volume(volume, ctx);
        }
    }

    /// Detaches a volume from where nobody needs it, and attaches it where somebody does.
    pub(crate) fn sync_volume(&mut self, id: VolumeId, ctx: &mut impl KubeContext) {
        let pods = self.pods_of_volume(id);
        let wanted: BTreeSet<NodeId> = pods
            .iter()
            .map(|pod| self.pods.get(*pod))
            .filter(|pod| !pod.has_ended())
            .filter_map(|pod| pod.node)
            .collect();
        for (node, attachment) in self.volumes.get(id).attachments.clone() {
            if wanted.contains(&node) {
                self.volumes.attachment_mut(attachment).unwanted_since = None;
            } else {
                self.detach_in_time(id, attachment, ctx);
            }
        }
        for node in wanted {
            let volume = self.volumes.get(id);
            if volume.attachments.contains_key(&node) || self.nodes.get(node).gone {
                continue;
            }
            if let Some(holder) = volume.attachments.keys().next().copied().filter(|_| volume.is_exclusive())
            {
                self.refuse_second(id, node, holder, ctx);
                continue;
            }
            let attachment = self.volumes.push_attachment(id, node);
            for pod in self.users_on(id, node) {
                if self.pods.get_mut(pod).refused.remove(&id) && self.pods.get(pod).refused.is_empty() {
                    self.tell(pod, PodState::Released, PodReason::None, ctx);
                }
            }
            self.ask_for(attachment, AttachmentState::Attaching, ctx);
        }
    }

    /// Detaches a volume that no pod of the node needs, as soon as that is safe, or the wait for that is over.
    fn detach_in_time(&mut self, id: VolumeId, attachment_id: AttachmentId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let attachment = self.volumes.attachment_mut(attachment_id);
        let is_new = attachment.unwanted_since.is_none();
        let since = *attachment.unwanted_since.get_or_insert(now);
        let until = since.saturating_add(limits::MAX_WAIT_FOR_UNMOUNT);
        if is_new {
            ctx.schedule_at(until, Event::VolumeChecked { volume: id });
        }
        let is_there = matches!(attachment.state, AttachmentState::Attached | AttachmentState::Listed);
        if !is_there || attachment.ending {
            return;
        }
        let node = self.nodes.get(attachment.node);
        let healthy = !node.gone && node.ready == Ready::True;
        let forced = !healthy && now >= until || node.is_out_of_service();
        if !node.volumes_in_use.contains(&id) || forced {
            self.volumes.attachment_mut(attachment_id).ending = true;
            self.ask_for(attachment_id, AttachmentState::Detaching, ctx);
        }
    }

    /// A pod waits for a volume that is on another node and can be on one only.
    fn refuse_second(&mut self, id: VolumeId, node: NodeId, holder: NodeId, ctx: &mut impl KubeContext) {
        let holder = self.nodes.get(holder).entity;
        let others = self.pods_of_volume(id);
        let elsewhere = |pod: &&PodId| self.pods.get(**pod).node.is_some_and(|of| of != node);
        let users: Vec<String> =
            others.iter().filter(elsewhere).map(|pod| self.pods.get(*pod).key.name.to_string()).collect();
        let why = if users.is_empty() {
            "is already exclusively attached to one node and can't be attached to another".to_owned()
        } else {
            format!("is already used by pod(s) {}", users.join(", "))
        };
        let name = self.volumes.get(id).object.name.clone();
        let message = format!("Multi-Attach error for volume \"{name}\" Volume {why}");
        for pod in self.users_on(id, node) {
            if self.pods.get_mut(pod).refused.insert(id) {
                let about = About::Pod(pod);
                self.events.warning(ctx.now(), about, CONTROLLER, "FailedAttachVolume", message.as_str());
                let pod = self.pods.get(pod).entity;
                ctx.record(Record::PodHeld { pod, volume: (&*name).into(), node: holder });
            }
        }
    }

    fn ask_for(&mut self, attachment: AttachmentId, state: AttachmentState, ctx: &mut impl KubeContext) {
        let client = match state {
            AttachmentState::Attached | AttachmentState::Gone => Client::Attacher,
            _ => Client::AttachDetach,
        };
        self.ask(client, Write::Attachment { attachment, state }, ctx);
    }

    /// The API notes how far an attachment has come.
    pub(crate) fn commit_attachment(
        &mut self,
        id: AttachmentId,
        state: AttachmentState,
        ctx: &mut impl KubeContext,
    ) -> Option<Event> {
        let attachment = self.volumes.attachment_mut(id);
        if attachment.state >= state {
            return None;
        }
        attachment.state = state;
        let (volume, node) = (attachment.volume, attachment.node);
        match state {
            AttachmentState::Attaching => {
                self.tell_attached(id, ctx);
                self.call_ec2(id, ctx);
            }
            AttachmentState::Detaching => self.call_ec2(id, ctx),
            AttachmentState::Gone => {
                self.volumes.get_mut(volume).attachments.remove(&node);
                self.tell_storage(ctx.now(), StorageDelta::AttachmentDeleted(attachment_name(id)));
            }
            AttachmentState::Wanted | AttachmentState::Attached | AttachmentState::Listed => {}
        }
        Some(Event::AttachmentSeen { attachment: id })
    }

    fn zone_of(&self, id: AttachmentId) -> Option<ZoneId> {
        self.volumes.get(self.volumes.attachment(id).volume).zone
    }

    /// Asks EC2 to attach or detach a volume; where there is no power, that waits.
    fn call_ec2(&mut self, id: AttachmentId, ctx: &mut impl KubeContext) {
        if !self.volumes.has_power(self.zone_of(id)) {
            return;
        }
        let attachment = self.volumes.attachment_mut(id);
        attachment.call = attachment.call.wrapping_add(1);
        let (call, volume) = (attachment.call, attachment.volume);
        let node = &self.nodes.get(attachment.node).name;
        let path = format!("clusters/{}/volumes/{}", self.spec.name, self.volumes.get(volume).object.name);
        let word = ctx.streams().stream(&path, &format!("{node} {} {call}", id.0)).word();
        let event = Event::VolumeMoved { attachment: id, call };
        ctx.schedule_in(limits::EBS_ATTACH.sample(word), event);
    }

    pub(crate) fn volume_moved(&mut self, id: AttachmentId, call: u16, ctx: &mut impl KubeContext) {
        let attachment = self.volumes.attachment(id);
        if attachment.call != call || !self.volumes.has_power(self.zone_of(id)) {
            return;
        }
        match attachment.state {
            AttachmentState::Attaching => self.ask_for(id, AttachmentState::Attached, ctx),
            AttachmentState::Detaching => self.ask_for(id, AttachmentState::Gone, ctx),
            _ => {}
        }
    }

    /// A zone loses its power, or has it again: what EC2 was asked there is asked again then.
    pub(crate) fn volumes_turn(&mut self, zone: ZoneId, power: bool, ctx: &mut impl KubeContext) {
        if !power {
            self.volumes.dark.insert(zone);
            return;
        }
        self.volumes.dark.remove(&zone);
        let attachments = self.volumes.iter().filter(|(_, volume)| volume.zone == Some(zone));
        let attachments: Vec<AttachmentId> =
            attachments.flat_map(|(_, volume)| volume.attachments.values().copied()).collect();
        for attachment in attachments {
            let state = self.volumes.attachment(attachment).state;
            if matches!(state, AttachmentState::Attaching | AttachmentState::Detaching) {
                self.call_ec2(attachment, ctx);
            }
        }
        self.make_volumes_again(zone, ctx);
    }

    /// Those who watch attachments learn of one.
    pub(crate) fn attachment_seen(&mut self, id: AttachmentId, ctx: &mut impl KubeContext) {
        let attachment = self.volumes.attachment(id);
        let (volume, node) = (attachment.volume, attachment.node);
        match attachment.state {
            AttachmentState::Attached => {
                let name = &self.volumes.get(volume).object.name;
                let message = format!("AttachVolume.Attach succeeded for volume \"{name}\" ");
                for pod in self.users_on(volume, node) {
                    let about = About::Pod(pod);
                    self.events.normal(
                        ctx.now(),
                        about,
                        CONTROLLER,
                        "SuccessfulAttachVolume",
                        message.as_str(),
                    );
                }
                self.ask_for(id, AttachmentState::Listed, ctx);
                self.sync_volume(volume, ctx);
            }
            AttachmentState::Listed => {
                for pod in self.users_on(volume, node) {
                    self.look_for_volumes(pod, ctx);
                }
                self.sync_volume(volume, ctx);
            }
            AttachmentState::Gone => self.sync_volume(volume, ctx),
            AttachmentState::Wanted | AttachmentState::Attaching | AttachmentState::Detaching => {}
        }
    }
}

fn attachment_name(id: AttachmentId) -> crate::objects::Text {
    format!("csi-{}", id.0).into()
}
