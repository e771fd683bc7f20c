//! The settings that can own a phase of an outage: what they are, what the vendor's default is, what else is documented.

use crate::limits;
use crate::plan::{Copied, Plan, Setting};
use crate::syntax::{Node, compact};
use cloudsim_aws::services::auto_scaling_group::{HealthCheckType, Keeper, limits as group_limits};
use cloudsim_aws::services::ec2_instance::limits as instance_limits;
use cloudsim_aws::services::rds::limits as database_limits;
use cloudsim_aws::services::route53::limits as dns_limits;
use cloudsim_aws::services::target_group::limits as target_limits;
use cloudsim_kube::limits as kube_limits;
use cloudsim_kube::objects::{Kind, Workload};
use cloudsim_kube::spec::{ClusterSpec, ControlPlaneSpec};
use cloudsim_units::{DurationDistribution, SimDuration};
use cloudsim_workload::limits as client_limits;

/// All settings of a plan, in its order.
pub(crate) fn settings(plan: &Plan, root: &Node) -> Vec<Setting> {
    let mut all = Vec::new();
    let mut add = |path: String, value: String, default: String, alternatives: &[&str]| {
        let others = alternatives.iter().filter(|other| **other != value).map(|other| (*other).to_owned());
        let alternatives = others.collect();
        all.push(Setting { path, value, default, alternatives });
    };
    for group in &plan.target_groups {
        let path = |field: &str| format!("target_groups.{}.{field}", group.name);
        // AWS refuses an interval that is not longer than the timeout.
        let intervals: Vec<&str> = ["5s", "10s", "15s"]
            .into_iter()
            .filter(|interval| SimDuration::parse(interval).is_ok_and(|interval| interval > group.timeout))
            .collect();
        add(path("interval"), group.interval.to_string(), target_limits::INTERVAL.to_string(), &intervals);
        let timeouts: Vec<&str> = ["2s", "3s", "5s"]
            .into_iter()
            .filter(|timeout| SimDuration::parse(timeout).is_ok_and(|timeout| timeout < group.interval))
            .collect();
        add(path("timeout"), group.timeout.to_string(), target_limits::TIMEOUT.to_string(), &timeouts);
        let threshold = target_limits::UNHEALTHY_THRESHOLD.to_string();
        add(path("unhealthy_threshold"), group.unhealthy_threshold.to_string(), threshold, &["2", "3", "5"]);
        let threshold = target_limits::HEALTHY_THRESHOLD.to_string();
        add(path("healthy_threshold"), group.healthy_threshold.to_string(), threshold, &["2", "3", "5"]);
    }
    of_health_checks(plan, &mut add);
    of_regions(plan, &mut add);
    for gateway in &plan.nat_gateways {
        let path = format!("nat_gateways.{}.addresses", gateway.name);
        add(path, gateway.addresses.to_string(), "1".into(), &["2", "4", "8"]);
    }
    let [start, assumed] = [instance_limits::START, plan.assumptions.ec2_instance.start].map(of_start);
    for group in plan.auto_scaling_groups.iter().filter(|group| group.keeper == Keeper::AutoScaling) {
        let path = |field: &str| format!("auto_scaling_groups.{}.{field}", group.name);
        let check = match group.health_check {
            HealthCheckType::Ec2 => "Ec2",
            HealthCheckType::Elb => "Elb",
        };
        // Nobody but EC2 looks after instances that are in no target group.
        let checks = if group.target_groups.is_empty() { &["Ec2"][..] } else { &["Ec2", "Elb"] };
        add(path("health_check"), check.into(), "Ec2".into(), checks);
        let grace = group_limits::GRACE_PERIOD.to_string();
        add(path("grace_period"), group.grace_period.to_string(), grace, &["0s", "1m", "5m"]);
        let value = written(root, "auto_scaling_groups", &group.name, &["server", "start"], &assumed);
        add(path("server.start"), value, start.clone(), &[]);
    }
    for database in &plan.databases {
        let path = |field: &str| format!("databases.{}.{field}", database.name);
        add(path("multi_az"), database.multi_az.to_string(), "false".into(), &["true", "false"]);
        let with_replica = [r#"Restore(decide: "2m")"#, r#"Promote(decide: "2m")"#];
        let recoveries = if database.replicas.is_empty() { &with_replica[..1] } else { &with_replica[..] };
        add(
            path("recovery"),
            written(root, "databases", &database.name, &["recovery"], "Wait"),
            "Wait".into(),
            recoveries,
        );
        let honour = "[(caching: HonourTtl, weight: 1)]";
        add(
            path("clients"),
            written(root, "databases", &database.name, &["clients"], honour),
            honour.into(),
            &[honour],
        );
        let checkpoint = database_limits::CHECKPOINT_INTERVAL.to_string();
        let checkpoints = ["30s", "1m", "5m"];
        add(path("checkpoint_interval"), database.checkpoint_interval.to_string(), checkpoint, &checkpoints);
    }
    for cluster in &plan.clusters {
        let path = |field: &str| format!("clusters.{}.control_plane.{field}", cluster.name);
        let flags = &cluster.control_plane;
        let default = ControlPlaneSpec::of(cluster.version);
        let grace = default.node_monitor_grace_period.to_string();
        let field = path("node_monitor_grace_period");
        add(field, flags.node_monitor_grace_period.to_string(), grace, &["20s", "40s", "50s"]);
        let evicts = interval(flags.eviction_interval);
        add(path("eviction_interval"), evicts, interval(default.eviction_interval), &["1s", "10s"]);
        let tolerated = default.default_unreachable_toleration.to_string();
        let field = path("default_unreachable_toleration");
        add(field, flags.default_unreachable_toleration.to_string(), tolerated, &["30s", "1m", "5m"]);
        let qps = default.kube_api_qps.to_string();
        add(path("kube_api_qps"), flags.kube_api_qps.to_string(), qps, &["20", "50", "100"]);
        if let Some(karpenter) = &cluster.karpenter {
            let field = format!("clusters.{}.karpenter.batch_idle_duration", cluster.name);
            let idle = karpenter.batch_idle_duration.to_string();
            add(field, idle, kube_limits::BATCH_IDLE.to_string(), &["1s", "2s", "5s"]);
        }
        if cluster.services.iter().any(|service| service.called) {
            let field = format!("clusters.{}.kube_proxy.min_sync_period", cluster.name);
            let period = cluster.kube_proxy.min_sync_period.to_string();
            add(field, period, kube_limits::PROXY_MIN_SYNC_PERIOD.to_string(), &["0s", "1s", "10s"]);
        }
        for workload in &cluster.workloads {
            of_pods(cluster, &workload.workload, &mut add);
        }
    }
    of_images(plan, &mut add);
    of_clients(plan, &mut add);
    of_runbooks(plan, &mut add);
    all
}

/// What is known of container images.
fn of_images(plan: &Plan, add: &mut impl FnMut(String, String, String, &[&str])) {
    for image in plan.container_images() {
        let path = format!("images.{}.size", image.name);
        add(path, image.size.to_string(), kube_limits::IMAGE_SIZE.to_string(), &[]);
        if !image.regions.is_empty() {
            let regions = plan.regions();
            let names: Vec<&str> = image.regions.iter().map(|number| regions[usize::from(*number)]).collect();
            let path = format!("images.{}.regions", image.name);
            add(path, format!("[{}]", names.join(", ")), "one region".into(), &[]);
        }
    }
}

/// What a region allows, and what it has a copy of: that is made by hand, so that all of it is the scenario's own.
fn of_regions(plan: &Plan, add: &mut impl FnMut(String, String, String, &[&str])) {
    for (region, vcpus) in &plan.vcpu_quotas {
        let path = format!("regions.{region}.quotas.vcpus");
        add(path, vcpus.to_string(), instance_limits::VCPU_QUOTA.to_string(), &[]);
    }
    let images = plan.machine_images.iter().map(|image| ("machine_images", &image.name, &image.copies));
    let secrets = plan.secrets.iter().map(|secret| ("secrets", &secret.name, &secret.copies));
    for (list, name, copies) in images.chain(secrets) {
        let current = copies.iter().filter(|(_, copied)| **copied == Copied::Current);
        let value =
            format!("[{}]", current.map(|(region, _)| region.as_str()).collect::<Vec<_>>().join(", "));
        add(format!("{list}.{name}.regions"), value, "one region".into(), &[]);
    }
}

fn of_health_checks(plan: &Plan, add: &mut impl FnMut(String, String, String, &[&str])) {
    for (check, asks) in plan.health_checks.iter().filter_map(|check| Some((check, check.endpoint()?))) {
        let path = |field: &str| format!("health_checks.{}.{field}", check.name);
        let interval = dns_limits::INTERVAL.to_string();
        add(path("interval"), asks.interval.to_string(), interval, &["10s", "30s"]);
        let threshold = dns_limits::FAILURE_THRESHOLD.to_string();
        add(path("failure_threshold"), asks.failure_threshold.to_string(), threshold, &["1", "2", "3"]);
    }
}

/// The times that people take. A program in their place neither notices nor decides.
fn of_runbooks(plan: &Plan, add: &mut impl FnMut(String, String, String, &[&str])) {
    let at_once = r#"Constant("0s")"#;
    for runbook in &plan.runbooks {
        let path = |field: &str| format!("runbooks.{}.{field}", runbook.name);
        let (notice, decide) = (limits::NOTICE.to_string(), limits::DECIDE.to_string());
        add(path("notice"), runbook.notice.to_string(), notice, &[at_once]);
        add(path("decide"), runbook.decide.to_string(), decide, &[at_once, r#"Constant("10m")"#]);
        for step in &runbook.steps {
            let path = |field: &str| path(&format!("steps.{}.{field}", step.name));
            add(path("takes"), step.takes.to_string(), limits::HANDS.to_string(), &[]);
            if let Some(within) = step.within {
                add(path("within"), within.to_string(), "none".to_owned(), &[]);
            }
        }
    }
}

/// The time that something takes, such as the start of a server, as a scenario writes it.
pub(crate) fn of_start(start: DurationDistribution) -> String {
    match start {
        DurationDistribution::Uniform(low, high) => format!("Uniform(\"{low}\", \"{high}\")"),
        other => other.to_string(),
    }
}

/// An interval that may be for ever, as a scenario writes it.
fn interval(interval: Option<SimDuration>) -> String {
    interval.map_or_else(|| "never".to_owned(), |interval| interval.to_string())
}

/// The settings of a workload's pods.
fn of_pods(
    cluster: &ClusterSpec,
    workload: &Workload,
    add: &mut impl FnMut(String, String, String, &[&str]),
) {
    let list = match workload.kind {
        Kind::Deployment { .. } => "deployments",
        Kind::ReplicaSet => "replica_sets",
        Kind::StatefulSet { .. } => "stateful_sets",
        Kind::DaemonSet { .. } => "daemon_sets",
        // Nobody waits for a pod of a job.
        Kind::Job { .. } => return,
    };
    let template = &workload.template;
    let name = cluster.called(&workload.key);
    let path = |field: &str| format!("{list}.{name}.spec.template.spec.{field}");
    let seconds = |span: SimDuration| (span.as_nanos() / 1_000_000_000).to_string();
    let grace = seconds(kube_limits::TERMINATION_GRACE_PERIOD);
    let own = seconds(template.termination_grace_period);
    add(path("terminationGracePeriodSeconds"), own, grace, &["10", "30", "60"]);
    let tolerations = template.api.spec.iter().flat_map(|spec| spec.tolerations.iter().flatten()).enumerate();
    for (index, toleration) in tolerations {
        if let Some(lasts) = toleration.toleration_seconds {
            let default = seconds(kube_limits::DEFAULT_TOLERATION);
            let field = format!("tolerations.{index}.tolerationSeconds");
            add(path(&field), lasts.to_string(), default, &["5", "30", "300"]);
        }
    }
    for container in &template.containers {
        let Some(probe) = &container.readiness else { continue };
        let path = |field: &str| path(&format!("containers.{}.readinessProbe.{field}", container.name));
        let period = kube_limits::PROBE_PERIOD.to_string();
        add(path("periodSeconds"), seconds(probe.period), period, &["1", "5", "10"]);
        let threshold = kube_limits::PROBE_FAILURE_THRESHOLD.to_string();
        add(path("failureThreshold"), probe.failure_threshold.to_string(), threshold, &["1", "3"]);
        add(path("initialDelaySeconds"), seconds(probe.initial_delay), "0".into(), &["0"]);
    }
}

/// A field, or a field of a field, of a thing as the scenario writes it.
fn written(root: &Node, kind: &str, name: &str, way: &[&str], default: &str) -> String {
    let items = root.field(kind).and_then(Node::items).unwrap_or_default();
    let thing = items.iter().find(|node| node.field("name").and_then(Node::text) == Some(name));
    let value = way.iter().try_fold(thing, |node, field| Some(node?.field(field))).flatten();
    value.map_or_else(|| default.to_owned(), compact)
}

fn of_clients(plan: &Plan, add: &mut impl FnMut(String, String, String, &[&str])) {
    for client in &plan.clients {
        let path = |field: &str| format!("clients.{}.{field}", client.name);
        let connect = client_limits::CONNECT_TIMEOUT.to_string();
        add(path("connect_timeout"), client.connect_timeout.to_string(), connect, &["250ms", "500ms", "1s"]);
        let try_timeout = client_limits::TRY_TIMEOUT.to_string();
        add(path("try_timeout"), client.try_timeout.to_string(), try_timeout, &["1s", "3s", "5s"]);
        add(
            path("tries"),
            client.tries_max.to_string(),
            client_limits::TRIES_MAX.to_string(),
            &["1", "3", "5"],
        );
        let timeout = client_limits::TIMEOUT.to_string();
        add(path("timeout"), client.timeout.to_string(), timeout, &["5s", "10s", "30s"]);
    }
}
