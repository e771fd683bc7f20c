//! What each region has a copy of its own of: machine images, container images, and the secrets with which servers log in.
//!
//! # Modelled
//! A launch where there is no copy of the image is refused (`InvalidAMIID.NotFound`, EC2-14), and its group tries again as
//! where there is no capacity. What is launched from an old version never answers, so that its group replaces it by its own
//! rules. A server does not start without its secrets; with one from before a rotation it starts, and the database refuses it.
//! Images are copied from a region whose APIs answer until they are there, or built where they are missing; secrets are set by
//! hand.
//!
//! Container images are in the registries of regions as the scenario says; how nodes pull them is told in `cloudsim-kube`.
//!
//! A secret that is set holds at once for servers that run: who is refused asks for it again (SEC-02).
//!
//! # Left out
//! Rotations and changes of images during a run; replication of secrets, which has happened or has not by then; the promotion
//! of a replica that is to be set (SEC-01), which is part of setting it; connections that were opened before a rotation.

use crate::Cloud;
use crate::interventions::tell;
use crate::request_path::rows::Statement;
use crate::words::Root;
use cloudsim_aws::services::ec2_instance;
use cloudsim_aws::services::target_group::{Reach, ServerSlot};
use cloudsim_engine::{Context, Kernel};
use cloudsim_records::{self as records, EntityId, EntityInfo, EntityKind, Record, Refusal};
use cloudsim_scenario::plan::{Action, Copied};
use cloudsim_world::{AutoScalingGroupId, MachineImageId, SecretId, ZoneId};
use std::collections::{BTreeMap, BTreeSet};

/// A machine image can be launched in a region, unless it was to be copied from one that is lost by then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    image: MachineImageId,
    /// The number of the region.
    region: u16,
    /// That of the region that it is copied from.
    from: Option<u16>,
}

/// All images and secrets, in the order of the plan.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    images: Vec<Copy>,
    secrets: Vec<Copy>,
    /// Container images that are in the registries of regions, in the order of clusters' specifications.
    containers: Vec<Option<EntityId>>,
    /// The servers that were launched from an old version of their image.
    stale: BTreeSet<ServerSlot>,
}

/// Something of which each region has a copy of its own, or none.
#[derive(Debug)]
pub(crate) struct Copy {
    entity: EntityId,
    /// By the numbers of the regions.
    in_regions: BTreeMap<u16, Copied>,
}

impl Copy {
    fn of(entity: EntityId, copies: &BTreeMap<String, Copied>, regions: &[&str]) -> Self {
        let number =
            |name: &str| regions.iter().position(|region| *region == name).expect("checked: it has zones");
        let copy = |(name, copied): (&String, &Copied)| (short(number(name)), *copied);
        Self { entity, in_regions: copies.iter().map(copy).collect() }
    }

    fn is_current(&self, region: u16) -> bool {
        self.in_regions.get(&region) == Some(&Copied::Current)
    }

    /// The numbers of the regions whose copies are such.
    pub(crate) fn regions(&self, copied: Copied) -> impl Iterator<Item = u16> {
        self.in_regions.iter().filter(move |(_, of)| **of == copied).map(|(region, _)| *region)
    }
}

impl Copies {
    /// In the order of the plan.
    pub(crate) fn images(&self) -> &[Copy] {
        &self.images
    }

    /// In the order of the plan.
    pub(crate) fn secrets(&self) -> &[Copy] {
        &self.secrets
    }

    #[inline]
    pub(crate) fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }
}

impl Cloud {
    pub(crate) fn place_copies(&mut self, entities: &mut Vec<EntityInfo>) {
        let plan = self.plan.clone();
        let regions = plan.regions();
        for image in &plan.machine_images {
            let (_, info) = self.spawn(EntityKind::MachineImage, &image.name, None, None);
            self.copies.images.push(Copy::of(info.id, &image.copies, &regions));
            entities.push(info);
        }
        for secret in &plan.secrets {
            let database = self.database_entities[secret.database.index()];
            let (_, info) = self.spawn(EntityKind::Secret, &secret.name, None, Some(database));
            self.copies.secrets.push(Copy::of(info.id, &secret.copies, &regions));
            entities.push(info);
        }
        for image in plan.container_images() {
            let info = (!image.regions.is_empty())
                .then(|| self.spawn(EntityKind::ContainerImage, &image.name, None, None).1);
            self.copies.containers.push(info.as_ref().map(|info| info.id));
            entities.extend(info);
        }
    }

    /// Whether the region of a zone has no copy of the image of a group, which is recorded.
    pub(crate) fn lacks_image(
        &self,
        group: AutoScalingGroupId,
        zone: ZoneId,
        ctx: &mut Kernel<Root>,
    ) -> bool {
        let Some(image) = self.plan.auto_scaling_groups[group.index()].server.image else { return false };
        let region = self.zone_regions[zone.index()];
        let copy = &self.copies.images[image.index()];
        if copy.in_regions.contains_key(&short(region as usize)) {
            return false;
        }
        let (group, region) = (self.group_entities[group.index()], self.quotas.entity(region as usize));
        Context::<Root>::record(ctx, Record::ImageNotFound { group, image: copy.entity, region });
        true
    }

    /// Remembers what version of its group's image a server has that is launched now.
    pub(crate) fn launched_from(&mut self, group: AutoScalingGroupId, server: ServerSlot) {
        let Some(image) = self.plan.auto_scaling_groups[group.index()].server.image else { return };
        let region = short(self.region_of(server) as usize);
        if !self.copies.images[image.index()].is_current(region) {
            self.copies.stale.insert(server);
        }
    }

    /// The server that would answer now, and what it lacks so that it does not.
    pub(crate) fn fails_to_start(&self, event: ec2_instance::Event) -> Option<(EntityId, EntityId)> {
        let ec2_instance::Event::ProcessStarted { server: slot, epoch } = event else { return None };
        let server = self.fleet.get(slot);
        if server.epoch != epoch || server.reach() != Reach::Refuses {
            return None;
        }
        let spec = &self.plan.auto_scaling_groups[server.group?.index()].server;
        let region = short(self.region_of(slot) as usize);
        let image = spec.image.filter(|_| self.copies.stale.contains(&slot));
        let lacks = image.map(|image| self.copies.images[image.index()].entity).or_else(|| {
            let mut secrets = spec.secrets.iter().map(|secret| &self.copies.secrets[secret.index()]);
            secrets.find(|secret| !secret.in_regions.contains_key(&region)).map(|secret| secret.entity)
        })?;
        Some((server.entity, lacks))
    }

    /// Whether a database refuses the login of the server that sends it a statement.
    pub(crate) fn is_login_refused(&self, of: &Statement) -> bool {
        let Some(group) = self.fleet.get(of.server).group else { return false };
        let region = short(self.region_of(of.server) as usize);
        let mut secrets = self.plan.auto_scaling_groups[group.index()].server.secrets.iter();
        secrets.any(|secret| {
            let is_for = self.plan.secrets[secret.index()].database;
            is_for == of.database && !self.copies.secrets[secret.index()].is_current(region)
        })
    }

    /// A pod's image was not to be had from the registry of a region.
    pub(crate) fn pull_failed(&self, pod: EntityId, (image, from): (u16, u16), ctx: &mut Kernel<Root>) {
        let image = self.copies.containers[usize::from(image)].expect("it is in registries of regions");
        let region = self.quotas.entity(usize::from(from));
        Context::<Root>::record(ctx, Record::ImagePullFailed { pod, image, region });
    }

    /// A node has fetched an image from the registry of a region: what comes from another one is paid.
    pub(crate) fn image_fetched(&mut self, node_in: Option<ZoneId>, (image, from): (u16, u16)) {
        let region = node_in.map(|zone| self.zone_regions[zone.index()]);
        if region.is_some_and(|region| region != u32::from(from)) {
            let size = self.plan.container_images()[usize::from(image)].size;
            self.usage.inter_region_bytes.add(None, size.0);
        }
    }

    /// The registry of a zone's region answers no more if all of the region is dark. AWS does not say what of ECR needs the
    /// control planes of its region: pulls are taken for its data plane, which goes on without them.
    pub(crate) fn registry_may_be_lost(&mut self, zone: ZoneId, ctx: &mut Kernel<Root>) {
        let region = self.zone_regions[zone.index()];
        if is_lit(region, &self.zone_regions, &self.dark_zones) {
            return;
        }
        for number in (0..).take(self.kubernetes.clusters.len()) {
            let region = short(region as usize);
            self.with_cluster(number, ctx, None, |cluster, cx| cluster.registry_lost(region, cx));
        }
    }

    /// Copies or builds an image, or sets a secret.
    ///
    /// # Errors
    /// What is against it.
    pub(crate) fn intervene_in_copies(
        &mut self,
        action: &Action,
        text: String,
        ctx: &mut Kernel<Root>,
    ) -> Result<(), Refusal> {
        match action {
            Action::CopyImage { image, region } => {
                let from = self.api_in(region).and_then(|()| self.copied_from(*image, region));
                let target = self.copies.images[image.index()].entity;
                tell(records::Action::CopyImage, target, text, from.map(|_| ()), ctx)?;
                let per_second = self.plan.assumptions.machine_images.copied_per_second;
                let takes = self.plan.machine_images[image.index()].size.take(per_second);
                let made = Made { image: *image, region: self.short_region(region), from: Some(from?) };
                Context::<Root>::schedule_in(ctx, takes, made);
            }
            Action::BuildImage { image, region } => {
                let target = self.copies.images[image.index()].entity;
                tell(records::Action::BuildImage, target, text, self.api_in(region), ctx)?;
                let spec = &self.plan.machine_images[image.index()];
                let purpose = format!("build in {region} at {}", Context::<Root>::now(ctx));
                let path = format!("machine_images/{}", spec.name);
                let luck = Context::<Root>::streams(ctx).stream(&path, &purpose).word();
                let made = Made { image: *image, region: self.short_region(region), from: None };
                Context::<Root>::schedule_in(ctx, spec.builds_in.sample(luck), made);
            }
            Action::SetSecret { secret, region } => {
                let target = self.copies.secrets[secret.index()].entity;
                tell(records::Action::SetSecret, target, text, self.api_in(region), ctx)?;
                let region = self.short_region(region);
                if self.copies.secrets[secret.index()].in_regions.insert(region, Copied::Current)
                    != Some(Copied::Current)
                {
                    self.is_current_in(target, region, ctx);
                }
            }
            _ => unreachable!("nothing of a copy"),
        }
        Ok(())
    }

    /// An image can be launched from now on; groups find out when they try again.
    pub(crate) fn image_made(&mut self, of: Made, ctx: &mut Kernel<Root>) {
        if of.from.is_some_and(|from| self.is_region_silent(from)) {
            return;
        }
        let copy = &mut self.copies.images[of.image.index()];
        let entity = copy.entity;
        if copy.in_regions.insert(of.region, Copied::Current) != Some(Copied::Current) {
            self.is_current_in(entity, of.region, ctx);
        }
    }

    fn is_current_in(&mut self, of: EntityId, region: u16, ctx: &mut Kernel<Root>) {
        let region = self.quotas.entity(usize::from(region));
        Context::<Root>::record(ctx, Record::CopyMade { of, region });
        self.look_at_runbooks(ctx);
    }

    /// The region that an image is copied from: the first other one that has its current version and can be asked for it.
    fn copied_from(&self, image: MachineImageId, to: &str) -> Result<u16, Refusal> {
        let to = self.short_region(to);
        let mut current =
            self.copies.images[image.index()].regions(Copied::Current).filter(|from| *from != to);
        let mut silent = Refusal::NotThere;
        current
            .find(|from| {
                silent = Refusal::ControlPlaneSilent;
                !self.is_region_silent(*from)
            })
            .ok_or(silent)
    }

    /// Whether an image has its current version in a region.
    pub(crate) fn has_image(&self, image: MachineImageId, region: &str) -> bool {
        self.copies.images[image.index()].is_current(self.short_region(region))
    }

    /// Whether a secret has its current value in a region.
    pub(crate) fn has_secret(&self, secret: SecretId, region: &str) -> bool {
        self.copies.secrets[secret.index()].is_current(self.short_region(region))
    }

    /// What an intervention copies, builds or sets.
    pub(crate) fn copied_entity(&self, action: &Action) -> EntityId {
        match action {
            Action::CopyImage { image, .. } | Action::BuildImage { image, .. } => {
                self.copies.images[image.index()].entity
            }
            Action::SetSecret { secret, .. } => self.copies.secrets[secret.index()].entity,
            _ => unreachable!("nothing of a copy"),
        }
    }

    fn short_region(&self, name: &str) -> u16 {
        short(self.region_called(name))
    }

    /// Whether the APIs of a region answer.
    fn api_in(&self, region: &str) -> Result<(), Refusal> {
        let silent = self.is_region_silent(self.short_region(region));
        if silent { Err(Refusal::ControlPlaneSilent) } else { Ok(()) }
    }

    fn is_region_silent(&self, region: u16) -> bool {
        let zone = self.zone_regions.iter().position(|of| *of == u32::from(region));
        self.is_api_silent(ZoneId::from_index(zone.expect("regions are those of zones")))
    }
}

/// Whether a region has power in any of its zones.
pub(crate) fn is_lit(region: u32, zone_regions: &[u32], dark: &[ZoneId]) -> bool {
    let mut zones = (0..zone_regions.len()).map(ZoneId::from_index);
    zones.any(|zone| zone_regions[zone.index()] == region && !dark.contains(&zone))
}

/// The number of a region, so that an event holds two.
pub(crate) fn short(region: usize) -> u16 {
    u16::try_from(region).expect("few regions")
}
