//! Kubernetes in a scenario: what a cluster becomes, and what is said about mistakes in the words of the API.

use cloudsim_kube::objects::{Budget, CpuTarget, IntOrPercent, Kind};
use cloudsim_kube::spec::{
    ClusterAutoscalerSpec, ClusterSpec, ConsolidationPolicy, DisruptionReason, Expander, Seat, WorkSpec,
};
use cloudsim_scenario::plan::{
    Action, FaultKind, Member, NodeChoice, NodeTarget, NodesTarget, WorkloadTarget,
};
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use cloudsim_units::{DurationDistribution, Ratio, SimDuration};
use cloudsim_world::{AutoScalingGroupId, ZoneId};
use std::fmt::Write as _;

const SHOP: &str = include_str!("shop.ron");

fn with(set: &[&str]) -> Overrides {
    Overrides { set: set.iter().map(|text| (*text).to_owned()).collect(), ..Overrides::default() }
}

fn shop(set: &[&str]) -> ClusterSpec {
    let files = MemoryFiles::from([("shop.ron", SHOP)]);
    let loaded = load(&files, "shop.ron", &with(set)).unwrap_or_else(|problems| panic!("{problems}"));
    loaded.plan.clusters.into_iter().next().expect("it has a cluster")
}

/// What is said about the shop when some of its text is another.
fn said(changes: &[(&str, &str)]) -> String {
    let mut text = SHOP.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let files = MemoryFiles::from([("shop.ron", text)]);
    load(&files, "shop.ron", &Overrides::default()).expect_err("there are mistakes").to_string()
}

#[test]
fn a_cluster_has_what_the_scenario_says() {
    let shop = shop(&[]);
    assert_eq!((shop.name.as_str(), shop.version.to_string().as_str()), ("shop", "1.31"));
    assert_eq!(shop.control_plane.eviction_interval, None);
    assert_eq!(shop.control_plane.node_monitor_grace_period, SimDuration::from_secs(30));
    assert_eq!(shop.control_plane.etcd, [ZoneId(0), ZoneId(1), ZoneId(2)].map(Seat::from));
    let kinds: Vec<&str> = shop.workloads.iter().map(|one| one.workload.kind.name()).collect();
    assert_eq!(kinds, ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"]);
    let web = &shop.workloads[0];
    assert_eq!((web.workload.key.to_string().as_str(), web.workload.replicas), ("shop/web", 3));
    assert_eq!(web.needs, Some(IntOrPercent::Percent(50)));
    assert_eq!(web.workload.template.termination_grace_period, SimDuration::from_secs(20));
    let pods = web.pods.as_ref().expect("they are there at the start");
    let nodes: Vec<Option<&str>> = pods.iter().map(|pod| pod.node.as_deref()).collect();
    assert_eq!(nodes, [Some("general-1"), Some("two"), None]);
    assert_eq!(shop.workloads[1].pods, None, "the scheduler places them");
    assert!(matches!(shop.workloads[2].workload.kind, Kind::StatefulSet { ordered: true, .. }));
    assert_eq!(shop.disruption_budgets[0].allows, Budget::MinAvailable(IntOrPercent::Percent(50)));
    assert_eq!(shop.autoscalers[0].metrics[0].target, CpuTarget::Utilization(60));
    assert!(shop.volumes[0].is_for(&shop.claims[0]) && shop.claims[0].is_bound());
    let classes: Vec<(&str, i32)> = shop.priority_classes.iter().map(|one| (&*one.name, one.value)).collect();
    assert_eq!(classes[2], ("batch", -10));
}

const AUTOSCALED: &str = r#"(version: 1, name: "auto", duration: "10m", regions: [(name: "us-east-1")],
    zones: [(name: "a", region: "us-east-1"), (name: "b", region: "us-east-1")],
    vpcs: [(name: "v", cidr: "10.0.0.0/16")], route_tables: [(name: "r", vpc: "v")],
    subnets: [(name: "s-a", vpc: "v", zone: "a", cidr: "10.0.0.0/20", route_table: "r"),
        (name: "s-b", vpc: "v", zone: "b", cidr: "10.0.16.0/20", route_table: "r")],
    clusters: [(name: "shop", cluster_autoscaler: ())],
    auto_scaling_groups: [(name: "nodes", subnets: ["s-b", "s-a"], desired: 3, min: 1, max: 9,
        server: (instance_type: "m5.large"), node: (labels: {"pool": "main"}))])"#;

fn autoscaled(set: &[&str]) -> Result<ClusterSpec, String> {
    let files = MemoryFiles::from([("auto.ron", AUTOSCALED)]);
    let loaded = load(&files, "auto.ron", &with(set)).map_err(|problems| problems.to_string())?;
    Ok(loaded.plan.clusters.into_iter().next().expect("it has a cluster"))
}

#[test]
fn a_cluster_autoscaler_has_its_flags_and_groups_their_bounds_and_templates() {
    let plain = autoscaled(&[]).expect("it is right");
    assert_eq!(plain.cluster_autoscaler, Some(ClusterAutoscalerSpec::default()));
    let group = &plain.node_groups[0];
    assert_eq!((group.name.as_str(), group.min, group.max), ("nodes", 1, 9));
    let label = |key: &str| group.template.labels.get(key).map(|value| &**value);
    assert_eq!(label("topology.kubernetes.io/zone"), Some("us-east-1b"), "that of its first subnet");
    assert_eq!(label("pool"), Some("main"));
    let set = autoscaled(&[
        "clusters.shop.cluster_autoscaler.expander=Random",
        "clusters.shop.cluster_autoscaler.max_total_unready_percentage=60%",
        "clusters.shop.cluster_autoscaler.scale_down_unneeded_time=2m",
        "clusters.shop.cluster_autoscaler.scale_down_enabled=false",
    ]);
    let flags = set.expect("it is right").cluster_autoscaler.expect("it is there");
    assert_eq!(flags.expander, Expander::Random);
    assert_eq!(flags.max_total_unready_percentage, Ratio::from_percent(60));
    assert_eq!(flags.scale_down_unneeded_time, SimDuration::from_mins(2));
    assert!(!flags.scale_down);
}

#[test]
fn mistakes_about_autoscaled_nodes_are_told_at_their_places() {
    let said = autoscaled(&[
        "auto_scaling_groups.nodes.min=5",
        "clusters.shop.cluster_autoscaler.scan_interval=0s",
        r#"faults=[InsufficientCapacity(zone: "c", at: "1m")]"#,
    ]);
    let said = said.expect_err("there are mistakes");
    assert!(said.contains("group `nodes` wants 3 members of at least 5"), "{said}");
    assert!(said.contains("scan_interval"), "{said}");
    assert!(said.contains("no zone `c`"), "{said}");
    let said = autoscaled(&["clusters.shop.cluster_autoscaler=(expander: Cheapest)"]).expect_err("unknown");
    assert!(said.contains("CS0012") && said.contains("Cheapest"), "{said}");
    let said = autoscaled(&["clusters.shop.cluster_autoscaler.scan=10s"]).expect_err("unknown");
    assert!(said.contains("scan_interval"), "{said}");
}

const KARPENTER: &str = r#"(version: 1, name: "karpenter", duration: "10m", regions: [(name: "us-east-1")],
    zones: [(name: "a", region: "us-east-1"), (name: "b", region: "us-east-1"), (name: "c", region: "us-east-1")],
    vpcs: [(name: "v", cidr: "10.0.0.0/16")], route_tables: [(name: "r", vpc: "v")],
    subnets: [(name: "s-a", vpc: "v", zone: "a", cidr: "10.0.0.0/20", route_table: "r"),
        (name: "s-b", vpc: "v", zone: "b", cidr: "10.0.16.0/20", route_table: "r")],
    clusters: [(name: "shop", karpenter: (node_pools: [(name: "general", instance_types: ["m5.xlarge", "c5.large"], nodes: 3,
        zones: ["b", "a"], weight: 7, limits: (cpu: "40", memory: "100Gi"), labels: {"pool": "main"},
        taints: [(key: "team", value: "data", effect: "NoSchedule")], disruption: (consolidate_after: "30s",
        budgets: [(nodes: "20%"), (nodes: 1, reasons: [Underutilized])]), node_class: (subnets: ["s-a", "s-b"]))]))])"#;

fn with_karpenter(set: &[&str], faults: &[&str]) -> Result<cloudsim_scenario::plan::Plan, String> {
    let files = MemoryFiles::from([("karpenter.ron", KARPENTER)]);
    let faults = faults.iter().map(|fault| (*fault).to_owned()).collect();
    let overrides = Overrides { faults, ..with(set) };
    Ok(load(&files, "karpenter.ron", &overrides).map_err(|problems| problems.to_string())?.plan)
}

#[test]
fn karpenter_has_its_pools_with_types_zones_limits_and_budgets() {
    let plan = with_karpenter(&[], &["host:general-2@5m"]).expect("it is right");
    let karpenter = plan.clusters[0].karpenter.as_ref().expect("it is there");
    assert_eq!(karpenter.batch_idle_duration, SimDuration::from_secs(1));
    assert_eq!(karpenter.batch_max_duration, SimDuration::from_secs(10));
    let pool = &karpenter.pools[0];
    let types: Vec<_> = pool.types.iter().map(|kind| (kind.name.as_str(), kind.capacity.0)).collect();
    assert_eq!(types, [("m5.xlarge", 4000), ("c5.large", 2000)]);
    assert_eq!(pool.zones.iter().map(|zone| zone.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((pool.limits.milli_cpu, pool.limits.memory), (Some(40_000), Some(100 << 30)));
    assert_eq!(pool.weight, 7);
    assert_eq!(pool.disruption.policy, ConsolidationPolicy::WhenEmptyOrUnderutilized);
    assert_eq!(pool.disruption.consolidate_after, Some(SimDuration::from_secs(30)));
    assert_eq!(pool.disruption.allowed(DisruptionReason::Empty, 10), 2);
    assert_eq!(pool.disruption.allowed(DisruptionReason::Underutilized, 10), 1);
    let node = pool.node((0, 1), "general-2");
    let label = |key: &str| node.labels.get(key).map(|value| &**value);
    assert_eq!(label("karpenter.sh/nodepool"), Some("general"));
    assert_eq!(label("karpenter.sh/capacity-type"), Some("on-demand"));
    assert_eq!(label("topology.kubernetes.io/zone"), Some("us-east-1b"));
    assert_eq!((label("pool"), node.taints.len()), (Some("main"), 1));
    let group = &plan.auto_scaling_groups[pool.group.index()];
    assert_eq!((group.member.as_str(), group.desired, group.subnets.len()), ("general", 3, 2));
    let hit = FaultKind::HostDeath { group: pool.group, member: Member::Number(2) };
    assert_eq!(plan.faults[0].kind, hit);
    let never = with_karpenter(
        &["clusters.shop.karpenter.node_pools.general.disruption.consolidate_after=never"],
        &[],
    );
    let never = never.expect("it is right");
    assert_eq!(never.clusters[0].karpenter.as_ref().unwrap().pools[0].disruption.consolidate_after, None);
}

#[test]
fn mistakes_about_karpenter_are_told_at_their_places() {
    let path = "clusters.shop.karpenter.node_pools.general";
    let said = |field: &str, value: &str| {
        let set = format!("{path}.{field}={value}");
        with_karpenter(&[&set], &[]).expect_err("it is wrong")
    };
    let types = said("instance_types", r#"["m5.xlrage"]"#);
    assert!(types.contains("room and price of `m5.xlrage` are not known"), "{types}");
    assert!(types.contains("did you mean `m5.xlarge`?"), "{types}");
    assert!(said("instance_types", "[]").contains("pool `general` may launch no instance type"));
    assert!(said("instance_types", r#"["m5.large", "m5.large"]"#).contains("has `m5.large` twice"));
    assert!(said("zones", r#"["c"]"#).contains("pool `general` has no subnet in zone `c`"));
    assert!(said("zones", r#"["d"]"#).contains("no zone `d`"));
    assert!(said("limits.cpu", "\"0\"").contains("a limit of nothing"));
    assert!(said("limits.memory", "\"much\"").contains("limits"));
    assert!(said("weight", "101").contains("weight"));
    assert!(
        said("disruption.budgets", r#"[(nodes: "half")]"#)
            .contains("`half` is no number of nodes and no share")
    );
    assert!(said("disruption", "(consolidation_policy: Never)").contains("expected the name of a kind"));
    assert!(said("node_class.subnets", r#"["s-x"]"#).contains("no subnet `s-x`"));
    assert!(said("node_class.subnets", "[]").contains("pool `general` is in no subnet"));
    let batch =
        with_karpenter(&["clusters.shop.karpenter.batch_max_duration=500ms"], &[]).expect_err("too short");
    assert!(batch.contains("a batch is over before it has been idle"), "{batch}");
    let none = with_karpenter(&["clusters.shop.karpenter.node_pools=[]"], &[]).expect_err("there is none");
    assert!(none.contains("Karpenter has nothing to launch"), "{none}");
    let fault = with_karpenter(&[], &["host:general-4@5m"]).expect_err("there are three");
    assert!(fault.contains("members start as `general-1` to `general-3`"), "{fault}");
    let twin = r#"auto_scaling_groups=[(name: "web", member: "general", subnets: ["s-a"], desired: 1, server: (instance_type: "m5.large", workers: 1, connections_max: 1))]"#;
    let twin = with_karpenter(&[twin], &[]).expect_err("they cannot be told apart");
    assert!(twin.contains("the instances of two are called `general`"), "{twin}");
}

#[test]
fn nodes_have_the_labels_and_the_room_that_eks_gives_them() {
    let shop = shop(&[]);
    let label = |node: usize, key: &str| shop.nodes[node].node.labels.get(key).map(ToString::to_string);
    assert_eq!(label(0, "topology.kubernetes.io/zone").as_deref(), Some("us-east-1a"));
    assert_eq!(label(0, "kubernetes.io/hostname").as_deref(), Some("one"));
    assert_eq!(label(1, "topology.kubernetes.io/zone").as_deref(), Some("us-east-1b"), "of its subnet");
    assert_eq!(label(1, "node.kubernetes.io/instance-type"), None);
    let (one, two) = (&shop.nodes[0].node, &shop.nodes[1].node);
    // 2 cores less 6 % of the first and 1 % of the second; 8 GiB less 255 MiB, 11 MiB for each of 29 pods, and 100 MiB.
    assert_eq!((one.allocatable.milli_cpu, one.allocatable.memory >> 20, one.pods_max), (1_930, 7_518, 29));
    assert_eq!((two.allocatable.milli_cpu, two.allocatable.memory >> 30, two.pods_max), (4_000, 8, 110));
    assert!(two.unschedulable && !shop.nodes[1].ready);
    let group = &shop.node_groups[0];
    assert_eq!((group.allocatable.milli_cpu, group.pods_max), (3_920, 58));
}

#[test]
fn a_control_plane_is_where_eks_would_put_it() {
    let set = ["clusters.shop.control_plane=()", "clusters.shop.version=1.34"];
    let control_plane = shop(&set).control_plane;
    assert_eq!(control_plane.api_servers, [ZoneId(0), ZoneId(1)].map(Seat::from));
    assert_eq!(control_plane.etcd, [ZoneId(0), ZoneId(1), ZoneId(2)].map(Seat::from));
    assert_eq!(control_plane.node_monitor_grace_period, SimDuration::from_secs(50));
    assert_eq!(control_plane.eviction_interval, Some(SimDuration::from_secs(10)));
}

#[test]
fn a_control_plane_may_be_on_nodes_whose_hosts_take_it_along() {
    let set = ["clusters.shop.control_plane=(api_servers: [\"two\", \"a\"])"];
    let [on_two, in_a] = &shop(&set).control_plane.api_servers[..] else { panic!("two") };
    assert_eq!((on_two.zone, on_two.node.as_deref()), (ZoneId(1), Some("two")));
    assert_eq!(*in_a, Seat::from(ZoneId(0)));
    let unknown = said(&[("control_plane: (", "control_plane: (etcd: [\"three\"], ")]);
    assert!(unknown.contains("three"), "{unknown}");
}

#[test]
fn fields_of_the_api_can_be_set() {
    let shop = shop(&[
        "deployments.shop/web.spec.replicas=9",
        "deployments.shop/web.spec.template.spec.terminationGracePeriodSeconds=5",
        "deployments.shop/web.spec.template.spec.containers.web.readinessProbe.periodSeconds=1",
        "deployments.shop/web.spec.template.spec.tolerations.0.tolerationSeconds=2",
        "deployments.shop/web.spec.strategy=(type: \"Recreate\")",
        "replica_sets.default/cache.spec.replicas=4",
        "stateful_sets.shop/db.spec.podManagementPolicy=Parallel",
    ]);
    let web = &shop.workloads[0].workload;
    assert_eq!(web.replicas, 9);
    assert_eq!(web.template.termination_grace_period, SimDuration::from_secs(5));
    let probe = web.template.containers[0].readiness.as_ref().expect("it has one");
    assert_eq!(probe.period, SimDuration::from_secs(1));
    assert_eq!(web.template.no_execute[0].lasts, Some(SimDuration::from_secs(2)));
    assert!(matches!(web.kind, Kind::Deployment { rolling: None, .. }));
    assert_eq!(shop.workloads[1].workload.replicas, 4);
    assert!(matches!(shop.workloads[2].workload.kind, Kind::StatefulSet { ordered: false, .. }));
}

#[test]
fn what_kubernetes_does_not_know_of_work_is_said_beside_it() {
    let shop = shop(&[
        "clusters.shop.clock=2025-03-03T01:55:00Z",
        "jobs.shop/migrate.runs_for=Constant(\"90s\")",
        "jobs.shop/migrate.fails=10%",
        "deployments.shop/web.uses_cpu=250m",
    ]);
    assert_eq!(shop.clock.to_string(), "2025-03-03T01:55:00Z");
    let (web, migrate) = (&shop.workloads[0], shop.workloads.last().expect("it has some"));
    assert_eq!((web.uses_milli_cpu, web.work), (Some(250), None));
    let lasts = DurationDistribution::Constant(SimDuration::from_secs(90));
    assert_eq!(migrate.work, Some(WorkSpec { lasts, fails: Ratio::from_percent(10) }));
    let report = &shop.cron_jobs[0];
    assert_eq!(report.schedule.to_string(), "*/5 * * * *");
    assert_eq!((report.keeps_successful, report.keeps_failed), (3, 1));
    assert_eq!(report.work.lasts, cloudsim_kube::limits::JOB_RUNS_FOR);
}

#[test]
fn mistakes_about_work_are_told() {
    insta::assert_snapshot!(said(&[
        ("version: \"1.31\"", "version: \"1.31\", clock: \"noon\""),
        ("(name: \"shop/migrate\",", "(name: \"shop/migrate\", fails: \"120%\","),
        (
            "(name: \"kube-system/proxy\",",
            "(name: \"kube-system/proxy\", runs_for: Constant(\"1m\"), uses_cpu: \"much\","
        ),
        ("schedule: \"*/5 * * * *\"", "schedule: \"*/5 * * * 7\""),
        ("averageUtilization: 60", "averageUtilization: 0"),
    ]));
}

#[test]
fn all_mistakes_in_the_words_of_the_api_are_told_at_once() {
    insta::assert_snapshot!(said(&[
        ("replicas: 3", "replcas: 3"),
        ("periodSeconds: 5", "periodSeconds: \"5s\""),
        ("containerPort: 80", "containerPorts: 80"),
        ("terminationGracePeriodSeconds: 20", "terminationGracePeriodSeconds: 99999999999999999999"),
        ("whenUnsatisfiable: \"ScheduleAnyway\"", "whenUnsatisfiable: ScheduleAnyway"),
        ("maxSkew: 1, topologyKey", "topologyKey"),
        ("serviceName: \"db\"", "colour: \"db\""),
    ]));
}

#[test]
fn what_the_api_would_refuse_is_told_where_it_stands() {
    insta::assert_snapshot!(said(&[
        ("\"500m\"", "\"half\""),
        ("operator: \"In\", values: [\"db\"]", "operator: \"Is\", values: [\"db\"]"),
        ("completions: 2", "completions: -2"),
        ("effect: \"NoSchedule\"", "effect: \"Never\""),
        ("minAvailable: \"50%\"", "minAvailable: \"half\""),
        ("capacity: { \"storage\": \"10Gi\" }", "capacity: { \"storage\": \"10Gb\" }"),
    ]));
}

#[test]
fn references_that_lead_nowhere_are_told() {
    insta::assert_snapshot!(said(&[
        ("\"general-1\"", "\"general-4\""),
        ("node: \"one\"", "node: \"onee\""),
        ("zone: \"a\", instance_type: \"m5.large\"", "zone: \"aa\", instance_type: \"m5.lagre\""),
        ("target_groups: [\"frontend\"]", "target_groups: [\"fronted\"]"),
        ("cluster: \"shop\"", "cluster: \"shoop\""),
        (
            "replica_sets: [",
            "replica_sets: [(name: \"default/cache\", spec: (selector: (), template: (spec: (containers: [(name: \"a\", \
          image: \"b\")])))),"
        ),
    ]));
}

#[test]
fn the_example_of_the_language_is_right() {
    let page = include_str!("../../../docs/language.md");
    let section = page.split("## Kubernetes clusters").nth(1).expect("there is a section on clusters");
    let example =
        section.split("```").nth(1).and_then(|block| block.strip_prefix("ron")).expect("an example");
    let scenario = format!(
        "(version: 1, name: \"example\", duration: \"10m\", regions: [(name: \"us-east-1\")],
        zones: [(name: \"a\", region: \"us-east-1\"), (name: \"b\", region: \"us-east-1\")],
        vpcs: [(name: \"main\", cidr: \"10.0.0.0/16\")],
        route_tables: [(name: \"closed\", vpc: \"main\", routes: [])],
        subnets: [
            (name: \"private-a\", vpc: \"main\", zone: \"a\", cidr: \"10.0.0.0/20\", route_table: \"closed\"),
            (name: \"private-b\", vpc: \"main\", zone: \"b\", cidr: \"10.0.16.0/20\", route_table: \"closed\"),
        ],
        target_groups: [(name: \"frontend\", port: 80)],
        {example})"
    );
    let files = MemoryFiles::from([("example.ron", scenario)]);
    let loaded =
        load(&files, "example.ron", &Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.plan.clusters[0].workloads[0].workload.replicas, 6);
}

#[test]
fn what_owns_a_phase_can_be_set() {
    let files = MemoryFiles::from([("shop.ron", SHOP)]);
    let plan =
        load(&files, "shop.ron", &Overrides::default()).unwrap_or_else(|problems| panic!("{problems}")).plan;
    let of_kubernetes = ["clusters.", "deployments.", "stateful_sets.", "daemon_sets.", "images."];
    let settings =
        plan.settings.iter().filter(|one| of_kubernetes.iter().any(|list| one.path.starts_with(list)));
    let mut shown = String::new();
    for one in settings {
        writeln!(
            shown,
            "{} = {}, by default {}, or {}",
            one.path,
            one.value,
            one.default,
            one.alternatives.join(", ")
        )
        .expect("a text takes every line");
        for value in one.alternatives.iter().chain([&one.default]) {
            let changed = load(&files, "shop.ron", &with(&[&format!("{}={value}", one.path)]));
            assert!(changed.is_ok(), "{}={value}: {}", one.path, changed.expect_err("it is an error"));
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn operators_and_faults_reach_nodes_and_workloads() {
    let files = MemoryFiles::from([("shop.ron", SHOP)]);
    let load_with = |faults: &[&str], interventions: &[&str]| {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let overrides =
            Overrides { faults: owned(faults), interventions: owned(interventions), ..Overrides::default() };
        load(&files, "shop.ron", &overrides)
    };
    let done = [
        "1m: cordon node/one",
        "2m: drain node/general-2",
        "3m: uncordon node/one",
        "4m: scale deployment/shop/web 9",
        "5m: restart deployment/shop/web",
        "6m: restart sts/shop/db",
        "7m: out-of-service node/one",
        "8m: set-image deploy/shop/web web=shop/web:2.0",
    ];
    let plan = load_with(&["host:two@3m+1m", "host:general-1@4m"], &done)
        .unwrap_or_else(|problems| panic!("{problems}"))
        .plan;
    assert_eq!(plan.faults[1].kind, FaultKind::NodeDeath { cluster: 0, node: 1 });
    assert!(matches!(plan.faults[2].kind, FaultKind::HostDeath { member: Member::Number(1), .. }));
    let actions: Vec<Action> = plan.interventions.iter().map(|one| one.action.clone()).collect();
    let own = NodesTarget::One(NodeTarget { cluster: 0, node: NodeChoice::Own(0) });
    let group = AutoScalingGroupId(0);
    let member = NodeChoice::Member { group, member: Member::Number(2) };
    let member = NodesTarget::One(NodeTarget { cluster: 0, node: member });
    let workload = |workload| WorkloadTarget { cluster: 0, workload };
    assert_eq!(
        actions,
        [
            Action::Cordon { nodes: own },
            Action::Drain { nodes: member },
            Action::Uncordon { nodes: own },
            Action::ScaleWorkload { workload: workload(0), replicas: 9 },
            Action::RestartWorkload { workload: workload(0) },
            Action::RestartWorkload { workload: workload(2) },
            Action::OutOfService { nodes: own },
            Action::SetImage { workload: workload(0), container: 0, image: "shop/web:2.0".into() },
        ]
    );
    let wrong = load_with(
        &["host:three@3m"],
        &[
            "1m: cordon node/oone",
            "1m: scale deployment/web 2",
            "1m: scale node/one 2",
            "1m: drain deployment/shop/web",
            "1m: set-image deployment/shop/web",
            "1m: set-image deployment/shop/web shop/web:2.0",
            "1m: set-image deployment/shop/web wbe=shop/web:2.0",
            "1m: set-image node/one web=shop/web:2.0",
        ],
    );
    insta::assert_snapshot!(wrong.expect_err("they are not there"));
}

#[test]
fn a_cluster_is_named_where_there_are_several_or_none() {
    insta::assert_snapshot!(said(&[("clusters: [", "clusters: [(name: \"other\"),")]));
}

/// A cluster of so many nodes and pods, as it would be imported.
fn large(nodes: usize, pods: usize) -> String {
    let zones = ["a", "b", "c"];
    let nodes_text: Vec<String> = (0..nodes)
        .map(|node| {
            format!(
                "(name: \"ip-10-0-{}-{}.ec2.internal\", zone: \"{}\", instance_type: \"m5.4xlarge\", labels: {{ \"pool\": \"general\", \
                 \"team\": \"{}\" }}, allocatable: {{ \"cpu\": \"15890m\", \"memory\": \"59Gi\", \"pods\": 234 }})",
                node / 256,
                node % 256,
                zones[node % 3],
                node % 17
            )
        })
        .collect();
    let workloads = pods / 20;
    let workloads_text: Vec<String> = (0..workloads)
        .map(|workload| {
            let running: Vec<String> = (0..20)
                .map(|pod| {
                    let node = (workload * 20 + pod) % nodes;
                    format!("\"web-{workload}-7d9-{pod}\": \"ip-10-0-{}-{}.ec2.internal\"", node / 256, node % 256)
                })
                .collect();
            format!(
                "(name: \"team/web-{workload}\", running: {{ {} }}, spec: (replicas: 20, selector: (matchLabels: {{ \"app\": \
                 \"web-{workload}\" }}), template: (metadata: (labels: {{ \"app\": \"web-{workload}\" }}), spec: (containers: [(name: \"web\", \
                 image: \"shop/web:1.0\", resources: (requests: {{ \"cpu\": \"500m\", \"memory\": \"512Mi\" }}))]))))",
                running.join(", ")
            )
        })
        .collect();
    let budgets: Vec<String> = (0..workloads)
        .map(|workload| {
            format!(
                "(name: \"team/web-{workload}\", spec: (minAvailable: 18, selector: (matchLabels: {{ \"app\": \"web-{workload}\" }})))"
            )
        })
        .collect();
    format!(
        "(version: 1, name: \"large\", duration: \"60m\", regions: [(name: \"us-east-1\")], zones: [(name: \"a\", region: \"us-east-1\"), \
         (name: \"b\", region: \"us-east-1\"), (name: \"c\", region: \"us-east-1\")], clusters: [(name: \"large\")], nodes: [{}], \
         deployments: [{}], pod_disruption_budgets: [{}], faults: [ZonePowerLoss(zone: \"a\", at: \"1m\")])",
        nodes_text.join(", "),
        workloads_text.join(", "),
        budgets.join(", ")
    )
}

#[test]
fn a_cluster_of_five_thousand_nodes_and_a_hundred_thousand_pods_is_read() {
    let files = MemoryFiles::from([("large.ron", large(5_000, 100_000))]);
    let loaded =
        load(&files, "large.ron", &Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
    let cluster = &loaded.plan.clusters[0];
    let pods: usize =
        cluster.workloads.iter().filter_map(|workload| workload.pods.as_ref()).map(Vec::len).sum();
    assert_eq!((cluster.nodes.len(), pods), (5_000, 100_000));
}
