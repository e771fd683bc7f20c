//! `why`, as people and programs read it.

use serde_json::Value;
use std::process::{Command, Output};

fn cloudsim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloudsim")).args(args).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn why(args: &[&str]) -> String {
    let output = cloudsim(&[&["why"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&why(&[args, &["-o", "json"]].concat())).expect("JSON")
}

/// The first pod that waits for a node, in full.
fn a_pod_that_waits(args: &[&str]) -> String {
    let output = cloudsim(&[&["get", "pods"], args, &["-o", "json"]].concat());
    let pods: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let items = pods["items"].as_array().expect("items");
    let waits = items.iter().find(|pod| pod["node"].is_null()).expect("one waits");
    waits["name"].as_str().expect("a name").to_owned()
}

const CROWDED: [&str; 5] = ["k8s-whole-zone", "--do", "1m: scale deployment/shop/api 60", "--at", "100s"];

#[test]
fn the_way_of_an_apply_is_told_step_by_step() {
    insta::assert_snapshot!("apply", why(&["k8s-whole-zone", "apply/api"]));
}

#[test]
fn behind_a_load_balancer_the_way_goes_on_to_healthy_targets() {
    insta::assert_snapshot!("apply_balanced", why(&["az-a-outage", "apply/frontend", "--at", "1m"]));
}

#[test]
fn pods_that_fit_nowhere_do_not_arrive() {
    let full = ["k8s-whole-zone", "apply/api", "--set", "deployments.shop/api.spec.replicas=60", "--set"];
    insta::assert_snapshot!("apply_crowded", why(&[&full[..], &["duration=3m"]].concat()));
}

#[test]
fn a_service_is_told_with_what_broke_it_and_what_brought_it_back() {
    insta::assert_snapshot!("service", why(&["az-a-outage-ec2", "checkout"]));
    insta::assert_snapshot!("service_well", why(&["az-a-outage-ec2", "service/web", "--at", "1m"]));
    let story = json(&["az-a-outage-ec2", "checkout"]);
    assert_eq!(story["kind"], "WhyService");
    let chain = story["outages"][0]["chain"].as_array().expect("a chain");
    assert_eq!(chain[0]["from_s"], story["outages"][0]["started_s"]);
    assert!(chain.windows(2).all(|two| two[0]["to_s"] == two[1]["from_s"]), "{chain:#?}");
    let output = cloudsim(&["why", "az-a-outage-ec2", "chekout"]);
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("did you mean `checkout`?"), "{said}");
}

/// Packets of zone x are lost from the second minute on; whoever shifts traffic away early enough keeps the slow
/// answers below one in twenty.
#[test]
fn the_last_moment_to_do_something_is_found_to_the_second() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("blog.ron");
    let world = r#"(
        version: 1, name: "blog", duration: "4m", include: ["worlds/two-zone-blog.ron"],
        traffic: [OpenLoop(name: "readers", rate: "50/s", mix: { "read": 1 })],
        faults: [GreyZone(name: "grey", zone: "x", at: "1m", lasts: "2m", loss: "40%")],
        objectives: [Latency(service: "blog", percentile: 95, at_most: "500ms")],
    )"#;
    std::fs::write(&file, world).expect("it can be written");
    let file = file.to_str().expect("a path");
    let action = "shift-away zone/x";
    let found = json(&[file, "--when-inevitable", "blog", "--do", action]);
    assert_eq!(found["kind"], "WhenInevitable");
    assert_eq!((&found["without"]["met"], &found["monotone"]), (&false.into(), &true.into()), "{found:#}");
    let second = |name: &str| found[name].as_u64().expect("a whole second");
    assert_eq!(second("too_late_s"), second("last_s") + 1);
    assert!((30..120).contains(&second("last_s")), "{found:#}");
    for (at, met) in [(second("last_s"), true), (second("too_late_s"), false)] {
        let doing = format!("{at}s: {action}");
        let output = cloudsim(&["run", file, "--do", &doing, "-o", "json"]);
        let result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(result["objectives"][0]["met"], met, "{doing}");
    }
    let told = why(&[file, "--when-inevitable", "blog", "--do", action]);
    assert!(told.contains(&format!("at {}", span(second("last_s")))), "{told}");
    for (args, said) in [
        (&["blog"][..], "nothing is to be done at any time"),
        (&["blog", "--do", "shift-away zone/x", "--do", "shift-away zone/y"], "several things"),
        (&["blgo", "--do", "shift-away zone/x"], "did you mean `blog`?"),
        (&["blog", "--do", "shift-away zone/z"], "no zone `z`"),
    ] {
        let output = cloudsim(&[&["why", file, "--when-inevitable"], args].concat());
        assert!(
            output.status.code() == Some(2) && text(&output.stderr).contains(said),
            "{}",
            text(&output.stderr)
        );
    }
}

/// So many seconds as they are told.
fn span(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, 0) => format!("{minutes}m"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

#[test]
fn a_pod_is_told_with_its_life_and_why_its_node() {
    insta::assert_snapshot!(
        "pod_placed",
        why(&["k8s-whole-zone", "pod/shop/api-cx6kg6zj99-cf6jb", "--at", "9m"])
    );
    insta::assert_snapshot!(
        "pod_evicted",
        why(&["k8s-whole-zone", "pod/api-cx6kg6zj99-8gj9q", "--at", "9m"])
    );
}

#[test]
fn a_pod_that_waits_is_told_with_what_would_have_to_change() {
    let pod = format!("pod/{}", a_pod_that_waits(&CROWDED));
    insta::assert_snapshot!("pod_waits", why(&[&CROWDED[..], &[&pod]].concat()));
}

/// A checkout whose database crashes, over a world that ships: few requests, so that it is quick.
const FEW: [&str; 9] = [
    "rds-failover",
    "--set",
    "traffic.visitors.rate=20/s",
    "--set",
    "duration=80s",
    "--set",
    "warm_up=0s",
    "--set",
    r#"faults=[DatabasePrimaryCrash(name: "crash", database: "orders", at: "20s")]"#,
];

#[test]
fn a_request_is_told_step_by_step_as_its_record_has_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("run.jsonl");
    let output = cloudsim(&[&["run"], &FEW[..], &["--records", file.to_str().expect("a path")]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let records = std::fs::read_to_string(&file).expect("it was written");
    let finished = records.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let finished: Vec<Value> = finished.filter(|record| record["kind"] == "RequestFinished").collect();
    let first =
        |is: &dyn Fn(&Value) -> bool| finished.iter().find(|of| is(of)).expect("there is one").clone();
    let failed = first(&|of| of["outcome"] == "Timeout" || of["outcome"] == "Error");
    let good = first(&|of| of["outcome"] == "Ok" && of["hops"].as_array().is_some_and(|hops| hops.len() > 3));
    let unfinished = first(&|of| of["outcome"] == "Unfinished");
    for (record, name) in
        [(&good, "request"), (&failed, "request_failed"), (&unfinished, "request_unfinished")]
    {
        let subject = format!("request/{}", record["request"]);
        insta::assert_snapshot!(name, why(&[&FEW[..], &[&subject]].concat()));
        let story = json(&[&FEW[..], &[&subject]].concat());
        for field in ["request", "outcome", "code", "cause", "tries"] {
            assert_eq!(story[field], record[field], "{field}: {record}");
        }
        let steps = story["steps"].as_array().expect("steps");
        assert_eq!(steps[0]["from_s"], story["arrived_s"]);
        assert!(steps.windows(2).all(|two| two[0]["until_s"] == two[1]["from_s"]), "{story:#}");
    }
}

/// A checkout whose database has no standby and is restored from the logs that were shipped last.
const LOST: [&str; 11] = [
    "rds-single-az",
    "--set",
    "traffic.visitors.rate=20/s",
    "--set",
    "duration=4m",
    "--set",
    "warm_up=0s",
    "--set",
    r#"faults=[ZonePowerLoss(name: "dark", zone: "a", at: "1m", lasts: "2m")]"#,
    "--set",
    "databases.orders.log_shipping=40s",
];

/// The commits of the one database in the result of a run.
fn commits_of(args: &[&str]) -> Value {
    let output = cloudsim(&[&["run"], args, &["-o", "json"]].concat());
    let result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    result["databases"][0]["commits"].clone()
}

#[test]
fn a_commit_is_told_with_where_its_copies_were_and_what_was_restored() {
    insta::assert_snapshot!("commit_lost", why(&[&LOST[..], &["commit/lost"]].concat()));
    insta::assert_snapshot!("commit_kept", why(&[&FEW[..], &["commit/10"]].concat()));
    insta::assert_snapshot!("commit_none_lost", why(&[&FEW[..], &["commit/lost"]].concat()));
    let first = json(&[&LOST[..], &["commit/lost"]].concat());
    assert_eq!((&first["kind"], &first["database"]), (&"WhyCommit".into(), &"orders".into()));
    assert_eq!(first["commits"], commits_of(&LOST));
    let story = &first["commit"];
    assert_eq!((&story["class"], &story["gone_s"].is_null()), (&"acked_lost".into(), &false));
    for subject in ["commit/", "commit/orders/", "commits/"] {
        let subject = format!("{subject}{}", story["number"]);
        assert_eq!(json(&[&LOST[..], &[&subject]].concat()), first, "{subject}");
    }
    let before = format!("commit/{}", story["number"].as_u64().expect("a number") - 1);
    assert_eq!(json(&[&LOST[..], &[&before]].concat())["commit"]["class"], "acked_kept");
    let none = json(&[&FEW[..], &["commit/lost"]].concat());
    assert_eq!((&none["commit"], &none["commits"]), (&Value::Null, &commits_of(&FEW)));
}

#[test]
fn programs_get_the_same() {
    let way = json(&["k8s-whole-zone", "apply/shop/worker", "--at", "30s"]);
    assert_eq!(way["kind"], "WhyApply");
    assert_eq!(way["at_s"], 30);
    assert_eq!(way["object"], "deployment/shop/worker");
    let legs = way["legs"].as_array().expect("legs");
    let pod = way["last"]["legs"].as_array().expect("legs");
    let all: Vec<&Value> = legs.iter().chain(pod).collect();
    assert_eq!(all[0]["from_s"], 30);
    assert!(all.windows(2).all(|two| two[0]["until_s"] == two[1]["from_s"]), "{way:#}");
    let pod = format!("pod/{}", a_pod_that_waits(&CROWDED));
    let story = json(&[&CROWDED[..], &[&pod]].concat());
    assert_eq!((&story["kind"], &story["node"]), (&"WhyPod".into(), &Value::Null));
    assert_eq!(story["waits"]["queue"], "unschedulable");
    assert_eq!(story["decision"]["expect"]["eventMessage"], story["waits"]["message"]);
    let nodes = story["decision"]["expect"]["nodes"].as_object().expect("nodes");
    assert!(nodes.len() == 12 && nodes.values().all(|node| node["ok"] == false), "{nodes:#?}");
}

#[test]
fn no_line_is_longer_than_a_hundred_columns() {
    let pod = ["k8s-whole-zone", "pod/shop/api-cx6kg6zj99-cf6jb", "--at", "9m"];
    for args in [&["k8s-whole-zone", "apply/api"][..], &["az-a-outage", "apply/frontend"], &pod] {
        for line in why(args).lines() {
            // The path of a setting is a word, and is not broken.
            assert!(line.chars().count() <= 100 || line.contains("readinessProbe"), "{line}");
        }
    }
}

#[test]
fn the_same_seed_prints_the_same_bytes_and_another_seed_other_times() {
    let args = ["k8s-whole-zone", "apply/api"];
    assert_eq!(why(&args), why(&args));
    assert_ne!(why(&args), why(&[&args[..], &["--seed", "2"]].concat()));
}

#[test]
fn what_is_not_there_is_said_with_exit_2() {
    for (args, talk) in [
        (&["k8s-whole-zone", "apply/ap"][..], "did you mean `api`?"),
        (&["k8s-whole-zone", "apply/shop/wrker"], "did you mean `shop/worker`?"),
        (&["k8s-whole-zone", "apply/"], "apply/NAME, pod/NAME, request/NUMBER, commit/NUMBER or commit/lost"),
        (&["k8s-whole-zone", "web"], "apply/NAME, pod/NAME, request/NUMBER, commit/NUMBER or commit/lost"),
        (&["k8s-whole-zone", "web"], "no service"),
        (&["k8s-whole-zone", "node/node-a-1"], "apply/NAME, pod/NAME"),
        (&["k8s-whole-zone", "pod/api-cx6kg6zj99-8gj9"], "did you mean `api-cx6kg6zj99-8gj9q`?"),
        (&["k8s-whole-zone", "pod/api-cx6kg6zj99-cf6jb"], "is not there yet at 0s: it is made at 8m"),
        (&["k8s-whole-zone", "pod/nothing-like-it"], "lists those of a time"),
        (&["k8s-whole-zone", "pod/x", "--at", "21m"], "it ends at 20m"),
        (&["rds-failover", "web", "--at", "99h"], "is after the end of"),
        (&["rds-failover", "apply/web"], "no cluster of the scenario has a workload"),
        (&["rds-failover", "pod/web"], "the scenario has no cluster"),
        (&["k8s-whole-zne", "pod/x"], "did you mean"),
        (&["k8s-whole-zone"], "SUBJECT"),
        (&["rds-failover", "request/many"], "request/NUMBER"),
        (&["rds-failover", "request/-1"], "request/NUMBER"),
        (&["rds-failover", "request/7", "--at", "1m"], "leave out --at"),
        (&["rds-failover", "request/99", "--set", "traffic=[]"], "no request arrives"),
        (&["k8s-whole-zone", "request/0"], "no request arrives"),
        (&["rds-failover", "commit/many"], "commit/NUMBER"),
        (&["rds-failover", "commit/-1"], "commit/NUMBER"),
        (&["rds-failover", "commit/"], "commit/NUMBER"),
        (&["rds-failover", "commit/7", "--at", "1m"], "leave out --at"),
        (&["rds-failover", "commit/99", "--set", "traffic=[]"], "nothing is written to orders"),
        (&["rds-failover", "commit/order/7"], "did you mean `orders`?"),
        (&["dr-cold", "commit/lost"], "commit/orders/lost"),
        (&["k8s-whole-zone", "commit/0"], "the scenario has no database"),
    ] {
        let output = cloudsim(&[&["why"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(text(&output.stderr).contains(talk), "{args:?}: {}", text(&output.stderr));
    }
}
