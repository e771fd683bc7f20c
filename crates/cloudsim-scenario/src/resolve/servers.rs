//! Target groups and Auto Scaling groups.

use super::network::subnet_list;
use super::security::security_groups;
use super::{Context, Kind};
use crate::diagnostics::{Span, codes};
use crate::limits;
use crate::place::At;
use crate::spec::{Algorithm, Count, HealthCheck, Server};
use cloudsim_aws::services::auto_scaling_group::{self, AutoScalingGroupSpec, HealthCheckType, Keeper};
use cloudsim_aws::services::ec2_instance::ServerSpec;
use cloudsim_aws::services::target_group::{self, TargetGroupSpec};
use cloudsim_world::{MachineImageId, SecretId, TargetGroupId};
use std::ops::RangeInclusive;

pub(super) fn target_groups(cx: &mut Context<'_>) -> Vec<TargetGroupSpec> {
    use target_group::limits as aws;
    let thresholds = u64::from(*aws::THRESHOLD_RANGE.start())..=u64::from(*aws::THRESHOLD_RANGE.end());
    let mut groups = Vec::new();
    for (index, group) in cx.spec.target_groups.iter().enumerate() {
        let at = cx.at("target_groups", index);
        let interval = cx.value_or(at, "interval", group.interval.as_ref(), aws::INTERVAL);
        let timeout = cx.value_or(at, "timeout", group.timeout.as_ref(), aws::TIMEOUT);
        let delay = group.deregistration_delay.as_ref();
        let delay = cx.value_or(at, "deregistration_delay", delay, aws::DEREGISTRATION_DELAY);
        groups.push(TargetGroupSpec {
            name: cx.name(at, &group.name),
            port: cx.port(at.field("port"), group.port),
            interval: cx.within(at.field("interval"), interval, &aws::INTERVAL_RANGE),
            timeout: cx.within(at.field("timeout"), timeout, &aws::TIMEOUT_RANGE),
            healthy_threshold: cx.count_or(
                at,
                "healthy_threshold",
                group.healthy_threshold,
                &thresholds,
                aws::HEALTHY_THRESHOLD,
            ),
            unhealthy_threshold: cx.count_or(
                at,
                "unhealthy_threshold",
                group.unhealthy_threshold,
                &thresholds,
                aws::UNHEALTHY_THRESHOLD,
            ),
            algorithm: match group.algorithm {
                None | Some(Algorithm::RoundRobin) => target_group::Algorithm::RoundRobin,
                Some(Algorithm::LeastOutstandingRequests) => {
                    target_group::Algorithm::LeastOutstandingRequests
                }
            },
            cross_zone: group.cross_zone.unwrap_or(limits::CROSS_ZONE),
            deregistration_delay: cx.within(
                at.field("deregistration_delay"),
                delay,
                &limits::DEREGISTRATION_DELAYS,
            ),
        });
    }
    groups
}

pub(super) fn auto_scaling_groups(cx: &mut Context<'_>) -> Vec<AutoScalingGroupSpec> {
    use auto_scaling_group::limits as aws;
    let mut groups = Vec::new();
    for (index, group) in cx.spec.auto_scaling_groups.iter().enumerate() {
        let at = cx.at("auto_scaling_groups", index);
        let targets = at.field("target_groups");
        let mut target_groups = Vec::new();
        for (index, name) in group.target_groups.iter().enumerate() {
            let target = cx.reference(targets.item(index).span(), Kind::TargetGroup, name);
            target_groups.push(TargetGroupId::from_index(target));
        }
        let desired = cx.count(at.field("desired"), group.desired, &limits::MEMBERS);
        groups.push(AutoScalingGroupSpec {
            keeper: Keeper::AutoScaling,
            name: cx.name(at, &group.name),
            member: match &group.member {
                Some(member) => cx.name(at.field("member"), member),
                None => group.name.clone(),
            },
            subnets: subnet_list(cx, at, &group.subnets),
            desired,
            min: min(cx, at, group, desired),
            max: cx.count_or(at, "max", group.max, &limits::MEMBERS, desired),
            target_groups,
            security_groups: security_groups(cx, at, group.security_groups.as_deref()),
            health_check: match group.health_check {
                None | Some(HealthCheck::Ec2) => HealthCheckType::Ec2,
                Some(HealthCheck::Elb) => HealthCheckType::Elb,
            },
            grace_period: cx.span_or(at, "grace_period", group.grace_period.as_ref(), aws::GRACE_PERIOD),
            server: server(cx, at.field("server"), &group.server, group.node.is_some()),
        });
    }
    groups
}

/// How many members are left to a group.
fn min(cx: &mut Context<'_>, at: At<'_>, group: &crate::spec::AutoScalingGroup, desired: u32) -> u32 {
    let Some(given) = group.min else { return desired };
    let min = cx.count(at.field("min"), given, &limits::MEMBERS);
    if group.node.is_none() {
        let message = format!("nothing makes group `{}` smaller by itself", group.name);
        cx.error(&codes::RANGE, at.field("min").span(), message).hint =
            Some("leave `min` out; only groups whose instances are nodes of a cluster have it".into());
    } else if min > desired && limits::MEMBERS.contains(&given.0) {
        let message = format!("group `{}` wants {desired} members of at least {min}", group.name);
        cx.error(&codes::RANGE, at.field("min").span(), message).hint =
            Some("let `min` be at most `desired`".into());
    }
    min
}

fn server(cx: &mut Context<'_>, at: At<'_>, server: &Server, is_node: bool) -> ServerSpec {
    let assumed = cx.assumed.ec2_instance;
    let mut count = |field: &str, count: Option<Count>, range: &RangeInclusive<u64>| match count {
        Some(count) => cx.count(at.field(field), count, range),
        // The pods of a node serve, so that it need not.
        None if is_node => 0,
        None if cx.incomplete.contains("auto_scaling_groups") => 1,
        None => {
            let message = format!("a server lacks the field `{field}`");
            cx.error(&codes::MISSING_FIELD, at.span(), message).hint =
                Some("only instances that are nodes of a cluster may do without it".into());
            1
        }
    };
    let workers = count("workers", server.workers, &limits::WORKERS);
    let connections_max = count("connections_max", server.connections_max, &limits::CONNECTIONS);
    let image = server.image.as_ref().map(|name| {
        let place = at.field("image").span();
        not_of_a_node(cx, place, "image", is_node);
        MachineImageId::from_index(cx.reference(place, Kind::MachineImage, name))
    });
    let mut secrets = Vec::new();
    for (index, name) in server.secrets.iter().enumerate() {
        let place = at.field("secrets").item(index).span();
        not_of_a_node(cx, place, "secrets", is_node);
        secrets.push(SecretId::from_index(cx.reference(place, Kind::Secret, name)));
    }
    ServerSpec {
        instance_type: server.instance_type.clone(),
        workers,
        connections_max,
        launch: cx.distribution_or(at, "launch", server.launch.as_ref(), assumed.launch),
        start: cx.distribution_or(at, "start", server.start.as_ref(), assumed.start),
        image,
        secrets,
    }
}

/// Nodes are launched from an image of AWS's own, and pods have secrets of their cluster.
fn not_of_a_node(cx: &mut Context<'_>, place: Span, field: &str, is_node: bool) {
    if is_node {
        let message = format!("instances that are nodes have no `{field}`");
        cx.error(&codes::RANGE, place, message).hint = Some("leave it out".into());
    }
}
