//! Faults and objectives.

use super::{Context, Kind, instant};
use crate::diagnostics::{codes, did_you_mean};
use crate::place::At;
use crate::plan::{FaultKind, FaultSpec, Member, ObjectiveKind, ObjectiveSpec};
use crate::spec::{AutoScalingGroup, Fault, Objective};
use cloudsim_world::{AutoScalingGroupId, DatabaseId, NatGatewayId, ServiceId, ZoneId};

pub(super) fn faults(cx: &mut Context<'_>) -> Vec<FaultSpec> {
    let mut faults = Vec::new();
    for (index, fault) in cx.spec.faults.iter().enumerate() {
        let at = cx.at("faults", index);
        let kind = match fault {
            Fault::ZonePowerLoss { zone, .. } => FaultKind::ZonePowerLoss {
                zone: ZoneId::from_index(cx.reference(at.field("zone").span(), Kind::Zone, zone)),
            },
            Fault::HostDeath { instance, .. } => {
                let (group, member) = member(cx, at.field("instance"), instance);
                FaultKind::HostDeath { group, member }
            }
            Fault::ProcessDeath { instance, .. } => {
                let (group, member) = member(cx, at.field("instance"), instance);
                FaultKind::ProcessDeath { group, member }
            }
            Fault::NatGatewayLoss { nat_gateway, .. } => {
                let gateway = cx.reference(at.field("nat_gateway").span(), Kind::NatGateway, nat_gateway);
                FaultKind::NatGatewayLoss { nat_gateway: NatGatewayId::from_index(gateway) }
            }
            Fault::DatabasePrimaryCrash { database, .. } => {
                FaultKind::DatabasePrimaryCrash { database: database_id(cx, at, database) }
            }
            Fault::DatabaseStandbyLoss { database, .. } => {
                FaultKind::DatabaseStandbyLoss { database: database_id(cx, at, database) }
            }
        };
        let (name, starts, lasts) = fault.common();
        faults.push(FaultSpec {
            name: cx.name(at, name),
            kind,
            at: instant(cx.span(at.field("at"), starts)),
            lasts: lasts.map(|lasts| cx.positive(at.field("lasts"), lasts)),
        });
    }
    faults
}

fn database_id(cx: &mut Context<'_>, at: At<'_>, name: &str) -> DatabaseId {
    DatabaseId::from_index(cx.reference(at.field("database").span(), Kind::Database, name))
}

/// `frontend-server` is any member of the group that calls its members so, `frontend-server-2` its second.
fn member(cx: &mut Context<'_>, at: At<'_>, instance: &str) -> (AutoScalingGroupId, Member) {
    let groups = &cx.spec.auto_scaling_groups;
    let called = |word: &str| groups.iter().position(|group| group.members_called() == word);
    if let Some(index) = called(instance) {
        return (AutoScalingGroupId::from_index(index), Member::Any);
    }
    let numbered = instance.rsplit_once('-').and_then(|(member, number)| {
        let number =
            number.parse::<u32>().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some((called(member)?, number))
    });
    let Some((index, number)) = numbered else {
        let hint = did_you_mean(instance, groups.iter().map(AutoScalingGroup::members_called));
        cx.error(&codes::UNKNOWN_NAME, at.span(), format!("no instance `{instance}`")).hint =
            Some(hint.unwrap_or_else(|| "the scenario has no Auto Scaling group at all".into()));
        return (AutoScalingGroupId(0), Member::Any);
    };
    let desired = groups[index].desired.0;
    if u64::from(number) > desired || number == 0 {
        let member = groups[index].members_called();
        let message =
            format!("`{instance}` does not exist: members start as `{member}-1` to `{member}-{desired}`");
        cx.error(&codes::UNKNOWN_NAME, at.span(), message).hint =
            Some(format!("`{member}` means any of them"));
    }
    (AutoScalingGroupId::from_index(index), Member::Number(number))
}

pub(super) fn objectives(cx: &mut Context<'_>) -> Vec<ObjectiveSpec> {
    let mut objectives = Vec::new();
    for (index, objective) in cx.spec.objectives.iter().enumerate() {
        let at = cx.at("objectives", index);
        let limit = at.field("at_most");
        let kind = match objective {
            Objective::Rto { service, at_most, .. } => {
                ObjectiveKind::Rto { service: service_id(cx, at, service), at_most: cx.span(limit, at_most) }
            }
            Objective::Rpo { database, at_most, .. } => ObjectiveKind::Rpo {
                database: database_id(cx, at, database),
                at_most: cx.span(limit, at_most),
            },
            Objective::Availability { service, at_least, .. } => ObjectiveKind::Availability {
                service: service_id(cx, at, service),
                at_least: cx.value(at.field("at_least"), at_least),
            },
            Objective::Latency { service, percentile: share, at_most, .. } => ObjectiveKind::Latency {
                service: service_id(cx, at, service),
                percentile: percentile(cx, at.field("percentile"), *share),
                at_most: cx.span(limit, at_most),
            },
            Objective::MonthlyCost { at_most, .. } => {
                ObjectiveKind::MonthlyCost { at_most: cx.value(limit, at_most) }
            }
        };
        let name = cx.name(at, objective.name());
        objectives.push(ObjectiveSpec { name, kind, expect_breached: objective.expects_breach() });
    }
    objectives
}

fn service_id(cx: &mut Context<'_>, at: At<'_>, name: &str) -> ServiceId {
    ServiceId::from_index(cx.reference(at.field("service").span(), Kind::Service, name))
}

/// In thousandths of a percent.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 100, as was just checked"
)]
fn percentile(cx: &mut Context<'_>, at: At<'_>, percentile: f64) -> u32 {
    let thousandths = (percentile * 1_000.0).round();
    // Written so that what is not a number is out of bounds too.
    let inside = percentile > 0.0 && percentile < 100.0;
    if !inside || (percentile * 1_000.0 - thousandths).abs() > 1e-6 {
        cx.error(&codes::RANGE, at.span(), format!("{percentile} is not a percentile")).hint =
            Some("take a number above 0 and below 100 with at most three decimals, as in 99.9".into());
        return 50_000;
    }
    thousandths as u32
}
