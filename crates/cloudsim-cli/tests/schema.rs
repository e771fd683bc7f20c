//! What `schema` prints, and that what the program prints fits it.

use cloudsim_tidy::json_schema::violations;
use serde_json::{Value, json};
use std::process::{Command, Output};

fn cloudsim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloudsim")).args(args).output().expect("the program starts")
}

fn json_of(args: &[&str]) -> Value {
    let output = cloudsim(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn results_of_runs_fit_their_schema() {
    let schema = json_of(&["schema", "run"]);
    let runs: [&[&str]; 4] = [
        &["az-a-outage.ron", "--until", "8m"],
        &["rds-single-az.ron", "--until", "8m"],
        &["quiet-day.ron", "--until", "70s"],
        &["quiet-day.ron", "--until", "0s"],
    ];
    for run in runs {
        let args = [&["run", "-o", "json"], run].concat();
        assert_eq!(violations(&schema, &json_of(&args)), [] as [String; 0], "{args:?}");
    }
}

#[test]
fn the_schema_of_runs_is_closed() {
    let schema = json_of(&["schema", "run"]);
    let mut run = json_of(&["run", "az-a-outage.ron", "--until", "6m", "-o", "json"]);
    run["more"] = json!(1);
    run["services"][0]["latency_ms"]["p42"] = json!(1);
    run["services"][0]["requests"] = json!("many");
    run.as_object_mut().expect("an object").remove("digest");
    let found = violations(&schema, &run);
    for place in ["/more: unknown", "/services/0/latency_ms/p42: unknown", "/services/0/requests: ", ": {"] {
        assert!(found.iter().any(|text| text.starts_with(place)), "{place}: {found:?}");
    }
}

#[test]
fn sweeps_fit_their_schema_which_is_closed() {
    let schema = json_of(&["schema", "sweep"]);
    let unbearable = "objectives=[Rto(service: \"shop/statefulset/orders\", at_most: \"1m\")]";
    let sweeps: [&[&str]; 3] = [
        &["k8s-autoscaler-three-zones", "--seeds", "0..5"],
        &["k8s-stateful-ebs", "--seeds", "7..8", "--until", "12m", "--set", unbearable],
        &["k8s-whole-zone", "--seeds", "0..2"],
    ];
    for sweep in sweeps {
        let args = [&["sweep", "-o", "json"], sweep].concat();
        assert_eq!(violations(&schema, &json_of(&args)), [] as [String; 0], "{args:?}");
    }
    let mut sweep = json_of(&["sweep", "k8s-autoscaler-three-zones", "--seeds", "0..5", "-o", "json"]);
    sweep["points"][0]["runs"][0]["more"] = json!(1);
    sweep["points"][0]["objectives"][0]["breaches"]["high"] = json!(1.5);
    let found = violations(&schema, &sweep);
    for place in ["/points/0/runs/0/more: unknown", "/points/0/objectives/0/breaches/high: "] {
        assert!(found.iter().any(|text| text.starts_with(place)), "{place}: {found:?}");
    }
}

#[test]
fn plans_fit_their_schema_which_is_closed() {
    let schema = json_of(&["schema", "plan"]);
    let args = ["sweep", "plan", "k8s-autoscaler-three-zones", "--seeds", "0..6", "--shards", "2"];
    let vary = ["--vary", "auto_scaling_groups.nodes.desired=12,14", "--until", "3m", "--fault", "zone:b@2m"];
    let mut plan = json_of(&[&args[..], &vary].concat());
    assert_eq!(violations(&schema, &plan), [] as [String; 0]);
    plan["sweep"]["request"]["more"] = json!(1);
    plan["shards"][1]["seeds"]["until"] = json!("6");
    let found = violations(&schema, &plan);
    for place in ["/sweep/request/more: unknown", "/shards/1/seeds/until: "] {
        assert!(found.iter().any(|text| text.starts_with(place)), "{place}: {found:?}");
    }
}

#[test]
fn comparisons_fit_their_schema_which_is_closed() {
    let schema = json_of(&["schema", "diff"]);
    let comparisons: [&[&str]; 3] = [
        &["k8s-autoscaler-three-zones", "k8s-autoscaler-two-zones", "--seeds", "0..5", "--until", "20m"],
        &["k8s-stateful-ebs", "--with", "objectives=[]", "--until", "12m"],
        &["k8s-whole-zone", "k8s-half-zone", "--seeds", "0..2"],
    ];
    for comparison in comparisons {
        let args = [&["diff", "-o", "json"], comparison].concat();
        assert_eq!(violations(&schema, &json_of(&args)), [] as [String; 0], "{args:?}");
    }
    let mut diff = json_of(&["diff", "k8s-autoscaler-three-zones", "--with", "seed=2", "-o", "json"]);
    diff["objectives"][0]["difference"]["seeds"]["more"] = json!(1);
    diff["cost"]["verdict"] = json!("Unheard");
    let found = violations(&schema, &diff);
    for place in ["/objectives/0/difference", "/cost/verdict: "] {
        assert!(found.iter().any(|text| text.starts_with(place)), "{place}: {found:?}");
    }
}

#[test]
fn tests_fit_their_schema_which_is_closed() {
    let schema = json_of(&["schema", "test"]);
    let of = |args: &[&str]| -> Value {
        let output = cloudsim(&[&["test", "-o", "json"], args].concat());
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let mut single = of(&["k8s-node-loss", "--every-single-fault=2m+1m"]);
    let by_seeds = of(&["k8s-node-loss", "--seeds", "0..3"]);
    assert_eq!(violations(&schema, &by_seeds), [] as [String; 0]);
    for found in [of(&["k8s-node-loss", "dr-glacier", "no-such-file"]), single.clone()] {
        assert_eq!(violations(&schema, &found), [] as [String; 0]);
    }
    single["files"][0]["more"] = json!(1);
    single["files"][0]["services"][0]["rto_s"] = json!("long");
    let found = violations(&schema, &single);
    for place in ["/files/0/more: unknown", "/files/0/services/0/rto_s"] {
        assert!(found.iter().any(|text| text.starts_with(place)), "{place}: {found:?}");
    }
}

#[test]
fn optimizations_fit_their_schema_which_is_closed() {
    let schema = json_of(&["schema", "optimize"]);
    let knob = "auto_scaling_groups.nodes.desired=12,14";
    let args = ["optimize", "k8s-autoscaler-three-zones", "--until", "20m", "--knob", knob, "-o", "json"];
    let mut found = json_of(&args);
    assert_eq!(violations(&schema, &found), [] as [String; 0]);
    found["points"][0]["fate"] = json!("Unheard");
    assert!(violations(&schema, &found).iter().any(|text| text.starts_with("/points/0/fate")), "{found}");
}

#[test]
fn years_fit_their_schema_which_is_closed() {
    let schema = json_of(&["schema", "years"]);
    let mut found = json_of(&["years", "rds-failover", "--runs", "2", "--years", "50", "-o", "json"]);
    assert_eq!(violations(&schema, &found), [] as [String; 0]);
    found["services"][0]["causes"][0]["kind"] = json!("Unheard");
    assert!(violations(&schema, &found).iter().any(|text| text.starts_with("/services/0/causes/0/kind")));
}

#[test]
fn the_schemas_of_what_is_printed_stand_beside_the_documents() {
    for kind in [
        "run",
        "sweep",
        "plan",
        "tables",
        "records",
        "diff",
        "test",
        "optimize",
        "years",
        "get",
        "path",
        "matrix",
        "why-service",
        "why-apply",
        "why-pod",
        "why-request",
        "why-commit",
        "when-inevitable",
    ] {
        let path = format!("{}/../../docs/schema/{kind}.json", env!("CARGO_MANIFEST_DIR"));
        let fresh = String::from_utf8(cloudsim(&["schema", kind]).stdout).expect("text");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &fresh).expect("the document can be written");
        }
        let shown = std::fs::read_to_string(path).unwrap_or_default();
        assert!(shown == fresh, "docs/schema/{kind}.json is not what the code says; `just golden` writes it");
    }
}

/// Every kind of thing in the shipped worlds, before anything happens and while much is broken.
#[test]
fn things_of_every_kind_fit_their_schema() {
    let schema = json_of(&["schema", "get"]);
    let mut seen = std::collections::BTreeSet::new();
    for (scenario, at) in
        [("k8s-stateful-ebs", "8m"), ("k8s-karpenter-zone-loss", "6m"), ("k8s-pdb-drain", "3m")]
    {
        let got = json_of(&["get", "all", scenario, "--at", at, "-o", "json"]);
        assert_eq!(violations(&schema, &got), [] as [String; 0], "{scenario}");
        seen.extend(got["items"].as_array().expect("items").iter().map(|item| item["kind"].to_string()));
    }
    for (scenario, at) in [
        ("az-a-outage", "0s"),
        ("az-a-outage", "5m30s"),
        ("az-a-outage-ec2", "5m30s"),
        ("nacl-return-path", "6m30s"),
    ] {
        let endpoint = r#"vpc_endpoints=[
            (name: "pay", vpc: "main", endpoint: "payments", kind: Gateway(route_tables: ["private-a"])),
        ]"#;
        let got = json_of(&["get", "all", scenario, "--at", at, "--set", endpoint, "-o", "json"]);
        assert_eq!(violations(&schema, &got), [] as [String; 0], "{scenario} at {at}");
        let items = got["items"].as_array().expect("items");
        seen.extend(items.iter().map(|item| item["kind"].to_string()));
    }
    let cluster = r#"replica_sets=[(name: "shop/bare", spec: (selector: (matchLabels: {"app": "bare"}), template: (
        metadata: (labels: {"app": "bare"}), spec: (containers: [(name: "bare", image: "shop/bare:1")]))))]"#;
    for kind in ["stateful_sets", "daemon_sets", "jobs"] {
        let other = cluster.replacen("replica_sets", kind, 1);
        let other = if kind == "jobs" {
            other.replacen("spec: (containers", "spec: (restartPolicy: \"Never\", containers", 1)
        } else {
            other
        };
        let got = json_of(&[
            "get",
            "all",
            "k8s-whole-zone",
            "--at",
            "8m",
            "--set",
            cluster,
            "--set",
            &other,
            "-o",
            "json",
        ]);
        assert_eq!(violations(&schema, &got), [] as [String; 0], "{kind}");
        let items = got["items"].as_array().expect("items");
        seen.extend(items.iter().map(|item| item["kind"].to_string()));
    }
    let cron_jobs = r#"cron_jobs=[(name: "sums", spec: (schedule: "*/2 * * * *", jobTemplate: (spec: (template: (spec: (
        restartPolicy: "Never", containers: [(name: "sums", image: "sums:1")]))))))]"#;
    let got = json_of(&["get", "all", "k8s-hpa", "--at", "5m", "--set", cron_jobs, "-o", "json"]);
    assert_eq!(violations(&schema, &got), [] as [String; 0], "k8s-hpa");
    seen.extend(got["items"].as_array().expect("items").iter().map(|item| item["kind"].to_string()));
    let check = r#"health_checks=[(name: "front", target: "frontend-alb", port: 443)]"#;
    let got = json_of(&["get", "health_checks", "quiet-day", "--set", check, "-o", "json"]);
    assert_eq!(violations(&schema, &got), [] as [String; 0], "health_checks");
    seen.extend(got["items"].as_array().expect("items").iter().map(|item| item["kind"].to_string()));
    for (kinds, scenario, set) in [
        ("runbooks,stacks,prices", "dr-warm", "seed=1"),
        ("tables", "quiet-day", r#"tables=[(name: "carts", regions: ["us-east-1"])]"#),
        ("routing_controls", "quiet-day", r#"routing_controls=[(name: "east-on")]"#),
        (
            "machine_images",
            "quiet-day",
            r#"machine_images=[(name: "web", size: "8GiB", regions: ["us-east-1"])]"#,
        ),
        ("secrets", "quiet-day", r#"secrets=[(name: "login", database: "orders", regions: ["us-east-1"])]"#),
    ] {
        let got = json_of(&["get", kinds, scenario, "--set", set, "-o", "json"]);
        assert_eq!(violations(&schema, &got), [] as [String; 0], "{kinds}");
        seen.extend(got["items"].as_array().expect("items").iter().map(|item| item["kind"].to_string()));
    }
    let described = schema["properties"]["items"]["items"]["oneOf"].as_array().expect("kinds");
    assert_eq!(seen.len(), described.len(), "a kind was not seen: {seen:?}");
}

#[test]
fn paths_and_matrices_fit_their_schema() {
    let (path, matrix) = (json_of(&["schema", "path"]), json_of(&["schema", "matrix"]));
    for words in [
        &["internet", "frontend-alb"][..],
        &["internet", "backend-alb:8080"],
        &["backend-server", "payments", "--at", "5m30s"],
        &["frontend-alb", "frontend-server-1", "--fault", "process:frontend-server-1@1s", "--at", "2s"],
    ] {
        let args = [&["path", "az-a-outage-ec2", "-o", "json"], words].concat();
        assert_eq!(violations(&path, &json_of(&args)), [] as [String; 0], "{args:?}");
    }
    for more in [&["--at", "5m30s"][..], &["--set", "auto_scaling_groups.frontend.desired=0"]] {
        let args = [&["path", "az-a-outage-ec2", "--matrix", "-o", "json"], more].concat();
        assert_eq!(violations(&matrix, &json_of(&args)), [] as [String; 0], "{args:?}");
    }
}

#[test]
fn whys_fit_their_schema() {
    let (apply, pod) = (json_of(&["schema", "why-apply"]), json_of(&["schema", "why-pod"]));
    let service = json_of(&["why", "rds-failover", "checkout", "-o", "json"]);
    assert_eq!(violations(&json_of(&["schema", "why-service"]), &service), [] as [String; 0]);
    for number in ["0", "17", "29000"] {
        let short = ["--set", "duration=30s", "--set", "warm_up=0s", "--set", "faults=[]"];
        let subject = format!("request/{number}");
        let request = [&["why", "rds-failover", &subject, "-o", "json"], &short[..]].concat();
        assert_eq!(violations(&json_of(&["schema", "why-request"]), &json_of(&request)), [] as [String; 0]);
    }
    let few = ["--set", "traffic.visitors.rate=20/s", "--set", "duration=8m", "--set", "warm_up=0s"];
    for args in [
        ["rds-single-az", "commit/lost"],
        ["rds-single-az", "commit/0"],
        ["rds-failover", "commit/lost"],
        ["rds-failover", "commit/590"],
    ] {
        let commit = [&["why"], &args[..], &["-o", "json"], &few].concat();
        let found = violations(&json_of(&["schema", "why-commit"]), &json_of(&commit));
        assert_eq!(found, [] as [String; 0], "{args:?}");
    }
    let (cache, action) = ("shop/deployment/cache", "scale deployment/shop/cache 4");
    let found = json_of(&["why", "k8s-node-loss", "--when-inevitable", cache, "--do", action, "-o", "json"]);
    assert_eq!(violations(&json_of(&["schema", "when-inevitable"]), &found), [] as [String; 0]);
    let crowded = ["--set", "deployments.shop/api.spec.replicas=60", "--set", "duration=3m"];
    let balanced = ["why", "az-a-outage", "apply/frontend", "-o", "json"];
    let alone = ["why", "k8s-whole-zone", "apply/api", "-o", "json"];
    for args in [&balanced[..], &alone, &[&alone[..], &crowded].concat()] {
        assert_eq!(violations(&apply, &json_of(args)), [] as [String; 0], "{args:?}");
    }
    let pods =
        json_of(&[&["get", "pods", "k8s-whole-zone", "--at", "100s", "-o", "json"][..], &crowded].concat());
    let mut waiting = 0;
    for item in pods["items"].as_array().expect("items").iter().step_by(9) {
        let name = format!("pod/{}", item["name"].as_str().expect("a name"));
        let args = [&["why", "k8s-whole-zone", &name, "--at", "100s", "-o", "json"][..], &crowded].concat();
        let answer = json_of(&args);
        assert_eq!(violations(&pod, &answer), [] as [String; 0], "{args:?}");
        waiting += usize::from(!answer["waits"].is_null());
    }
    assert!(waiting > 0, "none waits");
    let mut answer = json_of(&alone);
    let legs = answer["first"]["legs"].as_array_mut().expect("legs");
    let owned = legs.iter_mut().find(|leg| !leg["owners"].as_array().expect("owners").is_empty());
    owned.expect("some length has an owner")["owners"][0]["kind"] = json!("Rumour");
    answer["more"] = json!(1);
    let found = violations(&apply, &answer);
    assert!(found.iter().any(|text| text.starts_with("/more: unknown")), "{found:?}");
    assert!(found.iter().any(|text| text.starts_with("/first")), "{found:?}");
}

#[test]
fn the_schemas_of_answers_are_closed() {
    let (path, get) = (json_of(&["schema", "path"]), json_of(&["schema", "get"]));
    let mut answer = json_of(&["path", "az-a-outage", "internet", "backend-alb", "-o", "json"]);
    answer["hops"][0]["verdict"] = json!("Maybe");
    answer["stopped_by"]["more"] = json!(1);
    let found = violations(&path, &answer);
    for place in ["/hops/0/verdict: ", "/stopped_by: "] {
        assert!(found.iter().any(|text| text.starts_with(place)), "{place}: {found:?}");
    }
    let mut answer = json_of(&["get", "zones", "az-a-outage", "-o", "json"]);
    answer["items"][0]["running"] = json!("two");
    assert_eq!(violations(&get, &answer).len(), 1, "one of the things does not fit");
}

#[test]
fn without_a_kind_the_kinds_are_listed() {
    let output = cloudsim(&["schema"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).expect("text");
    let names: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(
        names,
        [
            "scenario",
            "world",
            "run",
            "sweep",
            "sensitivity",
            "plan",
            "tables",
            "records",
            "diff",
            "test",
            "optimize",
            "years",
            "get",
            "path",
            "matrix",
            "why-service",
            "why-apply",
            "why-pod",
            "why-request",
            "why-commit",
            "when-inevitable"
        ]
    );
    assert_eq!(cloudsim(&["schema", "cloud"]).status.code(), Some(2));
}

#[test]
fn a_field_is_explained_by_the_data_of_the_reference() {
    for path in ["target_groups.interval", "target_groups.frontend.interval"] {
        let text = String::from_utf8(cloudsim(&["explain", path]).stdout).expect("text");
        let expected = "target_groups.interval\n\nFrom probe to probe.\n\nvalue    a duration, as in \"30s\"\n\
                        default  \"30s\"\nlimits   5s to 5m\nsource   ALB-01 in docs/sources.md\n";
        assert_eq!(text, expected);
    }
    // However somebody may call it.
    for (typed, path) in [
        ("GreyZone.loss", "faults.GreyZone.loss"),
        ("greyzone.loss", "faults.GreyZone.loss"),
        ("handlers.calls.External.keep_alive", "classes.handlers.calls.External.keep_alive"),
        ("TargetGroup.interval", "target_groups.interval"),
        ("subnet.cidr", "subnets.cidr"),
        ("databases.orders.multi-az", "databases.multi_az"),
        ("dns_records.shop.example.com.alias", "dns_records.alias"),
        ("auto_scaling_groups.frontend.server.workers", "auto_scaling_groups.server.workers"),
        ("classes.checkout.handlers.backend.calls.0.endpoint", "classes.handlers.calls.External.endpoint"),
        ("faults.a-dark.lasts", "faults.ZonePowerLoss.lasts"),
        ("multi_az", "databases.multi_az"),
        ("GreyZone", "faults.GreyZone"),
        ("seed", "seed"),
    ] {
        let output = cloudsim(&["explain", typed]);
        let text = String::from_utf8(output.stdout).expect("text");
        assert_eq!(text.lines().next(), Some(path), "{typed}");
    }
    for (typed, hint) in [
        ("GreyZone.lost", "did you mean `faults.GreyZone.loss`?"),
        ("multi_azz", "did you mean `databases.multi_az`?"),
        ("connect_timeout", "it may be `assumptions.clients.connect_timeout`, `clients.connect_timeout`"),
        ("CS0199", "codes are CS0101, CS0102"),
        ("199", "codes are CS0101, CS0102"),
        ("CS9999", "codes are CS0001, CS0002"),
    ] {
        let output = cloudsim(&["explain", typed]);
        assert_eq!(output.status.code(), Some(2), "{typed}");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(said.contains(hint), "{typed}: {said}");
    }
    for code in ["CS0104", "cs104", "104", "0104"] {
        let text = String::from_utf8(cloudsim(&["explain", code]).stdout).expect("text");
        assert!(text.starts_with("CS0104: "), "{code}: {text}");
    }
    let unknown = cloudsim(&["explain", "target_groups.intervall"]);
    assert_eq!(unknown.status.code(), Some(2));
    let said = String::from_utf8(unknown.stderr).expect("text");
    assert!(said.contains("did you mean `target_groups.interval`?"), "{said}");
}
