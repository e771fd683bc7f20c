//! Quotas: so many vCPUs of a region may run at once, and who needs more asks AWS and waits.
//!
//! # Modelled
//! The quota "Running On-Demand Standard instances" of a region: what would go beyond it is refused (`VcpuLimitExceeded`), and
//! its group tries again as where there is no capacity. A request for more is granted after a while.
//!
//! # Left out
//! Other quotas, requests that are turned down, instances of Dedicated Hosts and Spot, which have quotas of their own.

use crate::Cloud;
use crate::words::Root;
use cloudsim_aws::services::ec2_instance::types::instance_type;
use cloudsim_aws::services::target_group::ServerSlot;
use cloudsim_engine::{Context, Kernel};
use cloudsim_records::{EntityId, Record};
use cloudsim_scenario::plan::Plan;
use cloudsim_world::{AutoScalingGroupId, ZoneId};

/// AWS grants what was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Granted {
    /// The number of the region.
    region: u32,
    vcpus: u32,
}

/// What each region allows, in the order of [`Plan::regions`].
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    all: Vec<Quota>,
}

#[derive(Debug)]
struct Quota {
    region: EntityId,
    /// As much as is wanted, without one.
    vcpus: Option<u32>,
    /// The most that was asked for.
    asked: u32,
}

impl Quotas {
    pub(crate) fn of(plan: &Plan, regions: &[(String, EntityId)]) -> Self {
        let quota = |(name, region): &(String, EntityId)| Quota {
            region: *region,
            vcpus: plan.vcpu_quotas.get(name).copied(),
            asked: 0,
        };
        Self { all: regions.iter().map(quota).collect() }
    }

    /// The quota of a region, if it has one.
    pub(crate) fn vcpus(&self, region: usize) -> Option<u32> {
        self.all[region].vcpus
    }

    pub(crate) fn entity(&self, region: usize) -> EntityId {
        self.all[region].region
    }
}

impl Cloud {
    /// Whether an instance is more than the quota of its region allows, which is recorded.
    pub(crate) fn exceeds_quota(
        &self,
        group: AutoScalingGroupId,
        zone: ZoneId,
        kind: &str,
        ctx: &mut Kernel<Root>,
    ) -> bool {
        let region = self.zone_regions[zone.index()];
        let quota = &self.quotas.all[region as usize];
        let Some(vcpus) = quota.vcpus else { return false };
        if self.running_vcpus(region) + vcpus_of(kind) <= u64::from(vcpus) {
            return false;
        }
        let group = self.group_entities[group.index()];
        Context::<Root>::record(ctx, Record::QuotaExceeded { group, region: quota.region, vcpus });
        true
    }

    /// The vCPUs of the instances of a region that were not terminated, whether their hosts live or not.
    pub(crate) fn running_vcpus(&self, region: u32) -> u64 {
        let all = (0..self.fleet.len()).map(|slot| ServerSlot(u32::try_from(slot).expect("few servers")));
        let running = all.map(|slot| self.fleet.get(slot)).filter(|server| {
            let is_instance = server.group.is_some() && !server.is_terminated();
            is_instance && self.zone_regions[server.zone.index()] == region
        });
        running.map(|server| vcpus_of(&server.instance_type)).sum()
    }

    /// Asks for a larger quota; who asks for no more than somebody else has waits for the same answer.
    pub(crate) fn raise_quota(&mut self, name: &str, vcpus: u32, ctx: &mut Kernel<Root>) {
        let region = self.region_called(name);
        let quota = &mut self.quotas.all[region];
        if vcpus <= quota.asked.max(quota.vcpus.unwrap_or(u32::MAX)) {
            return;
        }
        quota.asked = vcpus;
        let (path, purpose) = (format!("regions/{name}"), format!("quota of {vcpus} vCPUs"));
        let luck = Context::<Root>::streams(ctx).stream(&path, &purpose).word();
        let takes = self.plan.assumptions.quotas.request.sample(luck);
        let region = u32::try_from(region).expect("few regions");
        Context::<Root>::schedule_in(ctx, takes, Granted { region, vcpus });
    }

    /// A quota holds from now on; groups find out when they try again.
    pub(crate) fn granted(&mut self, of: Granted, ctx: &mut Kernel<Root>) {
        let quota = &mut self.quotas.all[of.region as usize];
        if quota.vcpus.is_some_and(|vcpus| vcpus < of.vcpus) {
            quota.vcpus = Some(of.vcpus);
            Context::<Root>::record(ctx, Record::QuotaRaised { region: quota.region, vcpus: of.vcpus });
            self.look_at_runbooks(ctx);
        }
    }

    /// The number of a region that has zones.
    pub(crate) fn region_called(&self, name: &str) -> usize {
        let regions = self.plan.regions();
        regions.iter().position(|region| *region == name).expect("checked: it has zones")
    }
}

/// Of a region with a quota all types are known.
fn vcpus_of(kind: &str) -> u64 {
    instance_type(kind).map_or(0, |known| u64::from(known.vcpus))
}
