//! `get`, as people and scripts use it.

use serde_json::Value;
use std::process::{Command, Output};

fn cloudsim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloudsim")).args(args).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// What `get` prints of the flagship, one minute into its outage.
fn get(what: &str, more: &[&str]) -> String {
    get_at("6m", what, more)
}

fn get_at(at: &str, what: &str, more: &[&str]) -> String {
    let mut args = vec!["get", what, "az-a-outage-ec2", "--at", at];
    args.extend(more);
    let output = cloudsim(&args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_minute_into_the_outage_each_kind_is_as_told() {
    insta::assert_snapshot!("at_6m", get("all", &[]));
}

#[test]
fn wide_tables_have_every_column() {
    insta::assert_snapshot!("at_6m_wide", get("instances,asg,lb,tg,db,dbi,fault", &["-o", "wide"]));
}

#[test]
fn programs_get_an_object_for_each_thing() {
    insta::assert_snapshot!("at_6m_json", get("databases/orders,nat", &["-o", "json"]));
    insta::assert_snapshot!("at_6m_yaml", get("fault,targets/frontend-server-2", &["-o", "yaml"]));
}

#[test]
fn no_column_hides_the_kind_of_a_thing() {
    let document: Value = serde_json::from_str(&get_at("0s", "all", &["-o", "json"])).expect("JSON");
    let kinds: Vec<&str> = cloudsim::KINDS.iter().map(|kind| kind.plural).collect();
    let items = document["items"].as_array().expect("items");
    for item in items {
        assert!(item["kind"].as_str().is_some_and(|kind| kinds.contains(&kind)), "{item}");
    }
    assert!(items.len() > 50, "the flagship has much");
}

#[test]
fn names_are_what_get_takes() {
    let names = get_at("0s", "all", &["-o", "name"]);
    assert!(names.lines().any(|name| name == "instances/frontend-server-2"), "{names}");
    let all = names.trim_end().replace('\n', ",");
    assert_eq!(get_at("0s", &all, &["-o", "name"]).lines().count(), names.lines().count());
}

#[test]
fn names_of_one_kind_are_found_in_every_spelling() {
    let expected = get_at("0s", "auto_scaling_groups", &[]);
    for word in ["auto_scaling_group", "asg", "ASG", "auto-scaling-groups", "AutoScalingGroup"] {
        assert_eq!(get_at("0s", word, &[]), expected, "{word}");
    }
}

#[test]
fn before_the_fault_everything_is_well_and_a_setting_changes_what_is_there() {
    let before = cloudsim(&["get", "instances,fault", "az-a-outage-ec2", "--at", "4m59s"]);
    let before = text(&before.stdout);
    assert!(before.contains("Pending") && !before.contains("HostDown"), "{before}");
    // The instant of the fault is included.
    let at = text(&cloudsim(&["get", "instances", "az-a-outage-ec2", "--at", "5m"]).stdout);
    assert_eq!(at.matches("HostDown").count(), 4, "{at}");
    let set = get("databases", &["--set", "databases.orders.multi_az=false", "--set", "faults=[]"]);
    assert!(set.contains("Available  orders-1  <none>"), "{set}");
}

#[test]
fn the_same_seed_prints_the_same_bytes() {
    assert_eq!(
        get_at("20s", "instances,targets", &["-o", "wide"]),
        get_at("20s", "instances,targets", &["-o", "wide"])
    );
    assert_ne!(
        get_at("20s", "instances", &["-o", "wide"]),
        get_at("20s", "instances", &["-o", "wide", "--seed", "2"])
    );
}

#[test]
fn what_is_not_there_is_said_with_exit_2() {
    for (args, talk) in [
        (&["get", "instnces", "az-a-outage-ec2"][..], "did you mean `instances`?"),
        (&["get", "buckets", "az-a-outage-ec2"], "kinds are regions, zones, vpcs"),
        (&["get", "instances/frontend-servr-2", "az-a-outage-ec2"], "did you mean frontend-server-2?"),
        (&["get", "zones", "az-a-outage-ec2", "--at", "31m"], "it ends at 30m"),
        (&["get", "zones", "az-a-outge"], "did you mean"),
        (&["get", "zones"], "FILE"),
    ] {
        let output = cloudsim(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(text(&output.stderr).contains(talk), "{args:?}: {}", text(&output.stderr));
    }
}

#[test]
fn nothing_of_a_kind_is_no_mistake() {
    let output = cloudsim(&["get", "faults", "quiet-day"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    assert_eq!(text(&output.stderr), "nothing of that kind is there\n");
}

#[test]
fn a_cluster_is_printed_as_kubectl_prints_it_over_all_namespaces() {
    let get = |what: &str, more: &[&str]| {
        let output = cloudsim(&[&["get", what, "k8s-node-loss", "--at", "6m"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    insta::assert_snapshot!("as_kubectl", get("nodes,deploy,rs,events", &[]));
    insta::assert_snapshot!("as_kubectl_wide", get("deployments.apps,events", &["-o", "wide"]));
    // The containers of a pod whose node fell silent were ready when its kubelet was last heard; its deployment counts it out.
    let pods = get("pods", &["-o", "wide"]);
    let lost: Vec<&str> = pods.lines().filter(|line| line.contains(" node-a-1 ")).collect();
    assert_eq!(lost.len(), 2, "{pods}");
    assert!(lost.iter().all(|line| line.contains(" 1/1 ") && line.contains(" Running ")), "{pods}");
    assert!(get("deploy", &[]).contains("shop        cache    2/3"), "{}", get("deploy", &[]));
}

#[test]
fn nodes_that_were_found_unready_or_cordoned_get_no_pods_before_the_run_begins() {
    let node = |name: &str, more: &str| {
        format!("(name: \"{name}\", zone: \"a\", instance_type: \"m5.xlarge\"{more})")
    };
    let nodes =
        [node("well", ""), node("lost", ", ready: false"), node("shut", ", unschedulable: true")].join(", ");
    let scenario = format!(
        "(version: 1, name: \"found\", duration: \"2m\", regions: [(name: \"us-east-1\")], \
         zones: [(name: \"a\", region: \"us-east-1\")], clusters: [(name: \"shop\")], nodes: [{nodes}], \
         deployments: [(name: \"web\", spec: (replicas: 6, selector: (matchLabels: {{\"app\": \"web\"}}), \
         template: (metadata: (labels: {{\"app\": \"web\"}}), \
         spec: (containers: [(name: \"web\", image: \"web:1\")]))))])"
    );
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("found.ron");
    std::fs::write(&file, scenario).expect("it can be written");
    let file = file.to_str().expect("text");
    let json = |args: &[&str]| -> Value {
        let output = cloudsim(&[args, &[file, "-o", "json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        serde_json::from_str(&text(&output.stdout)).expect("JSON")
    };
    let things = json(&["get", "pods,nodes"]);
    let items = things["items"].as_array().expect("items");
    let pods: Vec<&Value> = items.iter().filter(|item| item["kind"] == "pods").collect();
    assert!(pods.len() == 6 && pods.iter().all(|pod| pod["node"] == "well"), "{pods:?}");
    let taints = |name: &str| {
        let node = items.iter().find(|item| item["name"] == name).expect("the node");
        node["taints"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((taints("well"), taints("lost"), taints("shut")), (0, 1, 1));
    let nodes = &json(&["run"])["kubernetes"]["nodes"];
    assert_eq!((&nodes["ready"], &nodes["not_ready"]), (&2.into(), &1.into()));
}

#[test]
fn what_the_api_of_a_silent_cluster_had_is_said_to_be_that() {
    let talk = |what: &str, at: &str| text(&cloudsim(&["get", what, "k8s-etcd-quorum", "--at", at]).stderr);
    let silent = talk("pods", "3m");
    assert!(silent.starts_with("the API of shop is silent since 2m"), "{silent}");
    assert_eq!(talk("pods", "1m"), "");
    assert_eq!(talk("zones", "3m"), "");
}

#[test]
fn an_instance_whose_host_is_dead_is_terminated_all_the_same() {
    let names = |changes: &[&str]| {
        let instances = ["get", "instances", "az-a-outage", "--at", "6m", "-o", "name"];
        text(&cloudsim(&[&instances[..], changes].concat()).stdout)
    };
    let name = "instances/web-node-1\n";
    assert!(names(&[]).contains(name));
    assert!(!names(&["--do", "330s: terminate instance/web-node-1"]).contains(name));
}
