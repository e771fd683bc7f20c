//! Kubernetes in a scenario: what a cluster becomes, and what is said about mistakes in the words of the API.

use cloudsim_kube::objects::{IntOrPercent, Kind};
use cloudsim_kube::spec::{Budget, ClusterSpec};
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use cloudsim_units::SimDuration;
use cloudsim_world::ZoneId;

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
    assert_eq!(shop.control_plane.etcd, [ZoneId(0), ZoneId(1), ZoneId(2)]);
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
    assert_eq!(shop.autoscalers[0].cpu_percent, Some(60));
    assert!(shop.volumes[0].is_for(&shop.claims[0]) && shop.claims[0].is_bound());
    let classes: Vec<(&str, i32)> = shop.priority_classes.iter().map(|one| (&*one.name, one.value)).collect();
    assert_eq!(classes[2], ("batch", -10));
}

#[test]
fn nodes_have_the_labels_and_the_room_that_eks_gives_them() {
    let shop = shop(&[]);
    let label = |node: usize, key: &str| shop.nodes[node].node.labels.get(key).map(|value| value.to_string());
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
    assert_eq!(control_plane.api_servers, [ZoneId(0), ZoneId(1)]);
    assert_eq!(control_plane.etcd, [ZoneId(0), ZoneId(1), ZoneId(2)]);
    assert_eq!(control_plane.node_monitor_grace_period, SimDuration::from_secs(50));
    assert_eq!(control_plane.eviction_interval, Some(SimDuration::from_secs(10)));
}

#[test]
fn fields_of_the_api_can_be_set() {
    let shop = shop(&[
        "deployments.shop/web.spec.replicas=9",
        "deployments.shop/web.spec.template.spec.terminationGracePeriodSeconds=5",
        "deployments.shop/web.spec.template.spec.containers.web.readinessProbe.periodSeconds=1",
        "deployments.shop/web.spec.template.spec.tolerations.0.tolerationSeconds=2",
        "deployments.shop/web.spec.strategy.type=Recreate",
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
