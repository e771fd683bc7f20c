//! Auto Scaling groups and their members.

use super::Content::{Count, Counts, List, Seconds, Text};
use super::network::zone_name;
use super::{Cell, Column, Table, always, wide};
use crate::Paused;
use cloudsim_aws::services::auto_scaling_group::{HealthCheckType, Keeper};
use cloudsim_aws::services::target_group::ServerSlot;
use cloudsim_records::InstanceState;
use cloudsim_units::SimTime;
use cloudsim_world::{AutoScalingGroupId, in_order};

pub(super) const AUTO_SCALING_GROUPS: [Column; 9] = [
    always("name", Text),
    always("desired", Count),
    always("max", Count),
    always("members", Count),
    always("running", Count),
    always("zones", Counts),
    wide("health_check", Text),
    wide("grace_period_s", Seconds),
    wide("target_groups", List),
];

pub(super) fn auto_scaling_groups(paused: &Paused) -> Table {
    let plan = paused.plan();
    let own = plan.auto_scaling_groups.iter().enumerate();
    let own = own.filter(|(_, spec)| spec.keeper == Keeper::AutoScaling);
    let rows = own.map(|(index, spec)| {
        let id = AutoScalingGroupId::from_index(index);
        let members: Vec<ServerSlot> = paused.cloud.fleet.members(id).collect();
        let running = members.iter().filter(|member| paused.state_of(**member) == InstanceState::Running);
        let spread = spec.subnets.iter().map(|subnet| {
            let zone = plan.subnets[subnet.index()].zone;
            let there = members.iter().filter(|member| paused.cloud.fleet.get(**member).zone == zone);
            (zone_name(plan, zone).to_owned(), there.count().into())
        });
        let checks = match spec.health_check {
            HealthCheckType::Ec2 => "Ec2",
            HealthCheckType::Elb => "Elb",
        };
        let groups = spec.target_groups.iter().map(|group| plan.target_groups[group.index()].name.clone());
        [
            Cell::from(&spec.name),
            paused.cloud.groups.desired(id).into(),
            spec.max.into(),
            members.len().into(),
            running.count().into(),
            spread.collect::<Vec<_>>().into(),
            checks.into(),
            spec.grace_period.into(),
            groups.collect::<Vec<_>>().into(),
        ]
    });
    Table::new(AUTO_SCALING_GROUPS, rows)
}

pub(super) const INSTANCES: [Column; 11] = [
    always("name", Text),
    always("state", Text),
    always("zone", Text),
    always("subnet", Text),
    always("group", Text),
    wide("type", Text),
    wide("address", Text),
    wide("busy", Count),
    wide("queued", Count),
    wide("connections", Count),
    wide("launched_s", Seconds),
];

pub(super) fn instances(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = present(paused).map(|server| {
        let state = paused.cloud.fleet.get(server);
        let group = state.group.expect("an instance is a member of a group");
        let group = &plan.auto_scaling_groups[group.index()];
        [
            Cell::from(paused.name_of(state.entity)),
            paused.state_of(server).word().into(),
            zone_name(plan, state.zone).into(),
            (&plan.subnets[state.subnet.index()].name).into(),
            (&group.name).into(),
            (&state.instance_type).into(),
            paused.address(paused.cloud.interfaces.servers[server.0 as usize]).into(),
            state.station.busy().into(),
            state.station.queued().into(),
            state.station.connections().into(),
            // Those that no record announces have been there from the start.
            paused.seen.added.get(&state.entity).copied().unwrap_or(SimTime::ZERO).into(),
        ]
    });
    Table::new(INSTANCES, rows)
}

/// All instances that were not terminated, in the order of the world.
pub(super) fn present(paused: &Paused) -> impl Iterator<Item = ServerSlot> {
    let world = &paused.cloud.world;
    let entities = in_order::<&ServerSlot>(world).into_iter();
    entities.map(|entity| *world.get::<&ServerSlot>(entity).expect("just found"))
}

impl Paused {
    /// The state of an instance that was not terminated.
    pub(crate) fn state_of(&self, server: ServerSlot) -> InstanceState {
        let entity = self.cloud.fleet.get(server).entity;
        self.seen.instances.get(&entity).copied().unwrap_or(InstanceState::Running)
    }
}
