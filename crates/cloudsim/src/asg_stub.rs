//! Temporary.
use cloudsim_engine::{Context, Vocabulary};
use cloudsim_records::{EntityId, Record};
use cloudsim_world::{AutoScalingGroupId, ZoneId};
#[derive(Debug)]
pub(crate) struct AutoScaling;
impl Vocabulary for AutoScaling {
    type Event = Event;
    type Record = Record;
    type Signal = Signal;
}
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Nothing,
}
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signal {
    LaunchWanted { group: AutoScalingGroupId, zone: ZoneId },
    TerminateWanted { instance: EntityId },
}
#[derive(Debug, Default)]
pub(crate) struct Groups;
impl Groups {
    pub(crate) fn new(_: Vec<()>) -> Self {
        Self
    }
    pub(crate) fn handle(&mut self, _: Event, _: &mut impl Context<AutoScaling>) {}
    pub(crate) fn zone_lost(&mut self, _: ZoneId, _: &mut impl Context<AutoScaling>) {}
    pub(crate) fn zone_returned(&mut self, _: ZoneId, _: &mut impl Context<AutoScaling>) {}
    pub(crate) fn launched(
        &mut self,
        _: AutoScalingGroupId,
        _: EntityId,
        _: ZoneId,
        _: &mut impl Context<AutoScaling>,
    ) {
    }
    pub(crate) fn in_service(&mut self, _: EntityId, _: &mut impl Context<AutoScaling>) {}
    pub(crate) fn instance_down(&mut self, _: EntityId, _: &mut impl Context<AutoScaling>) {}
    pub(crate) fn instance_up(&mut self, _: EntityId, _: &mut impl Context<AutoScaling>) {}
    pub(crate) fn target_judged(&mut self, _: EntityId, _: bool, _: &mut impl Context<AutoScaling>) {}
}

pub(crate) mod pricing {
    use cloudsim_units::NanoUsd;
    pub(crate) fn hour(_: &str) -> Option<NanoUsd> {
        Some(NanoUsd::ZERO)
    }
    pub(crate) fn monthly(_: &cloudsim_aws::services::rds::DatabaseSpec) -> Vec<cloudsim_records::BillItem> {
        Vec::new()
    }
    pub(crate) const INTER_ZONE_GIGABYTE: NanoUsd = NanoUsd::ZERO;
    pub(crate) const EGRESS_GIGABYTE: NanoUsd = NanoUsd::ZERO;
}
