//! The command as scripts use it: exit codes, streams, and what settings do to the flagship.

use serde_json::Value;
use std::process::{Command, Output};

fn cloudsim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloudsim")).args(args).output().expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// The flagship as JSON, with more arguments.
fn flagship(more: &[&str]) -> Value {
    let mut args = vec!["run", "az-a-outage.ron", "-o", "json"];
    args.extend(more);
    let output = cloudsim(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn service<'a>(document: &'a Value, name: &str) -> &'a Value {
    let services = document["services"].as_array().expect("services");
    services.iter().find(|service| service["name"] == name).expect("a service of that name")
}

/// A number of seconds as whole nanoseconds, without a detour over floats.
fn nanos(value: &Value) -> i128 {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{fraction:0<9}").parse().expect("a number")
}

/// The phases of an outage are contiguous and add up to its recovery time exactly.
fn assert_sums(outage: &Value) {
    let phases = outage["phases"].as_array().expect("phases");
    assert!(!phases.is_empty(), "{outage}");
    assert_eq!(nanos(&phases[0]["from_s"]), nanos(&outage["started_s"]));
    for pair in phases.windows(2) {
        assert_eq!(nanos(&pair[0]["to_s"]), nanos(&pair[1]["from_s"]));
    }
    let last = phases.last().expect("not empty");
    assert_eq!(nanos(&last["to_s"]), nanos(&outage["restored_s"]));
    let sum: i128 = phases.iter().map(|phase| nanos(&phase["to_s"]) - nanos(&phase["from_s"])).sum();
    assert_eq!(sum, nanos(&outage["rto_s"]));
    if last["name"] == "confirm" {
        assert!(
            nanos(&last["to_s"]) - nanos(&last["from_s"]) < 1_000_000_000,
            "confirm absorbs less than a bucket"
        );
    }
}

#[test]
fn both_services_are_restored_and_no_write_is_lost() {
    let document = flagship(&["--until", "12m"]);
    for name in ["web", "checkout"] {
        let outages = service(&document, name)["outages"].as_array().expect("outages");
        assert_eq!(outages.len(), 1, "{name}: {outages:?}");
        assert_eq!(outages[0]["fault"], "a-dark");
        assert!(!outages[0]["rto_s"].is_null());
        assert_sums(&outages[0]);
    }
    assert_eq!(document["databases"][0]["failovers"][0]["rpo_s"].to_string(), "0");
    assert_eq!(document["databases"][0]["failovers"][0]["kind"], "failover");
}

#[test]
fn without_a_standby_acknowledged_writes_are_lost() {
    let document = flagship(&["--until", "8m", "--set", "databases.orders.multi_az=false"]);
    let failover = &document["databases"][0]["failovers"][0];
    assert_eq!(failover["kind"], "restore");
    assert!(nanos(&failover["rpo_s"]) > 0 && failover["commits_lost"].as_u64() > Some(0), "{failover}");
    assert!(failover["finished_s"].is_null(), "a restore takes longer than a minute: {failover}");
    assert_eq!(document["databases"][0]["commits"]["acked_lost"], failover["commits_lost"]);
    assert_eq!(document["overrides"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_intervention_is_in_every_form_of_the_result_and_in_the_command_that_makes_it_again() {
    let act = "4m: failover database/orders";
    let args = |more: &[&'static str]| {
        let mut args = vec!["run", "quiet-day.ron", "--until", "5m", "--do", act];
        args.extend(more);
        let output = cloudsim(&args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    let document: Value = serde_json::from_str(&args(&["-o", "json"])).expect("JSON");
    assert_eq!(document["overrides"], serde_json::json!([format!("do {act}")]));
    let timeline = document["timeline"].as_array().expect("a timeline");
    let told = timeline.iter().find(|entry| entry["detail"] == act).expect("it is told");
    assert_eq!(told["at_s"].to_string(), "240");
    assert_eq!(
        (&told["subject"], &told["what"]),
        (&"orders".into(), &"operator reboots with failover".into())
    );
    let again = format!("cloudsim run quiet-day.ron --seed 1 --do '{act}' --until 5m");
    let text = args(&[]);
    assert!(text.contains(&format!("again   {again}\n")), "{text}");
    assert!(text.lines().any(|line| line.starts_with("  failover") && line.contains('▼')), "{text}");
    assert!(args(&["-o", "markdown"]).contains(&again));
    // Up to the instant before, nobody can tell.
    let until = |more: &[&str]| {
        let before = ["run", "quiet-day.ron", "--until", "239999ms", "-o", "json"];
        stdout(&cloudsim(&[&before[..], more].concat()))
    };
    assert_eq!(until(&["--do", act]), until(&[]));
}

#[test]
fn an_intervention_works_wherever_a_fault_does() {
    let act = ["--do", "2m: shift-away zone/b"];
    let run = |args: &[&str]| {
        let output = cloudsim(&[args, &act].concat());
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
        stdout(&output)
    };
    let shifted = |at: &str| {
        let answer = run(&["get", "zones/b", "quiet-day.ron", "-o", "json", "--at", at]);
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer["overrides"], serde_json::json!(["do 2m: shift-away zone/b"]));
        answer["items"][0]["shifted"].as_bool()
    };
    assert_eq!((shifted("119s"), shifted("2m")), (Some(false), Some(true)));
    run(&["check", "quiet-day.ron"]);
    run(&["path", "quiet-day.ron", "internet", "frontend-alb", "--at", "3m"]);
    run(&["test", "quiet-day.ron", "--until", "3m"]);
    assert!(run(&["check-determinism", "quiet-day.ron", "--until", "150s"]).contains("three runs, the same"));
}

#[test]
fn without_faults_there_is_no_outage() {
    let document = flagship(&["--until", "6m", "--set", "faults=[]"]);
    for name in ["web", "checkout"] {
        assert_eq!(service(&document, name)["outages"].as_array().map(Vec::len), Some(0));
        assert_eq!(service(&document, name)["availability"].to_string(), "1.000000");
    }
    assert_eq!(document["faults"].as_array().map(Vec::len), Some(0));
}

#[test]
fn probing_more_often_shortens_the_phase_that_it_owns() {
    let detect = |more: &[&str]| {
        let mut args = vec!["--until", "8m"];
        args.extend(more);
        let document = flagship(&args);
        let phases = service(&document, "web")["outages"][0]["phases"].as_array().expect("phases").clone();
        let owned = phases.iter().find(|phase| phase["setting"] == "target_groups.frontend.interval");
        let owned = owned.expect("the phase of the interval");
        nanos(&owned["to_s"]) - nanos(&owned["from_s"])
    };
    assert!(detect(&["--set", "target_groups.frontend.interval=15s"]) < detect(&[]));
}

#[test]
fn the_same_seed_prints_the_same_bytes() {
    let args = ["run", "az-a-outage.ron", "--until", "6m", "-o", "json"];
    let (one, other) = (cloudsim(&args), cloudsim(&args));
    assert!(one.stdout == other.stdout);
    let seeded = cloudsim(&["run", "az-a-outage.ron", "--until", "6m", "-o", "json", "--seed", "2"]);
    assert!(one.stdout != seeded.stdout, "another seed, another run");
}

#[test]
fn three_runs_are_compared_record_by_record() {
    let output = cloudsim(&["check-determinism", "az-a-outage.ron", "--until", "5m30s"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("three runs, the same"), "{}", stdout(&output));
}

#[test]
fn records_are_written_whole_and_change_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("records.jsonl");
    let path = file.to_str().expect("text");
    let with = flagship(&["--until", "2m", "--records", path]);
    let without = flagship(&["--until", "2m"]);
    assert_eq!(with["digest"], without["digest"]);
    let text = std::fs::read_to_string(&file).expect("the file");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.first().map(|line| &line["kind"]), Some(&Value::from("RunStarted")));
    assert_eq!(lines.last().map(|line| &line["kind"]), Some(&Value::from("RunEnded")));
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(line["number"], number);
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").collect();
    assert_eq!(left.len(), 1, "no temporary file is left");
}

#[test]
fn test_judges_objectives_by_exit_code() {
    let fine = cloudsim(&["test", "quiet-day.ron", "--until", "3m"]);
    assert_eq!(fine.status.code(), Some(0), "{}{}", stdout(&fine), stderr(&fine));
    let breached = cloudsim(&["test", "quiet-day.ron", "--until", "7m", "--fault", "zone:a@2m+15m"]);
    assert_eq!(breached.status.code(), Some(99), "{}", stdout(&breached));
    let invalid = cloudsim(&["test", "no-such-thing.ron", "quiet-day.ron", "--until", "70s"]);
    assert_eq!(invalid.status.code(), Some(2), "{}", stderr(&invalid));
}

#[test]
fn an_objective_can_be_about_a_workload_where_there_is_no_traffic() {
    let judged = |scenario: &str, service: &str| {
        let set = format!("objectives=[Availability(service: \"{service}\", at_least: \"99.9%\")]");
        cloudsim(&["test", scenario, "--set", &set])
    };
    let met = judged("k8s-node-loss.ron", "shop/deployment/api");
    assert_eq!(met.status.code(), Some(0), "{}{}", stdout(&met), stderr(&met));
    let breached = judged("k8s-autoscaler-two-zones.ron", "shop/deployment/api");
    assert_eq!(breached.status.code(), Some(99), "{}{}", stdout(&breached), stderr(&breached));
    let misspelt = judged("k8s-node-loss.ron", "shop/deployment/apj");
    assert_eq!(misspelt.status.code(), Some(2));
    assert!(stderr(&misspelt).contains("did you mean `shop/deployment/api`?"), "{}", stderr(&misspelt));
}

#[test]
fn what_cannot_be_run_is_said_on_stderr_with_exit_2() {
    for args in [
        &["run", "no-such-thing.ron"][..],
        &["run", "az-a-outage.ron", "--set", "target_groups.fronted.interval=15s"],
        &["run", "az-a-outage.ron", "--set", "target_groups.frontend.interval=15x"],
        &["run", "az-a-outage.ron", "--fault", "zone:q@5m"],
        &["run", "az-a-outage.ron", "--until", "soon"],
        &["run"],
        &["fly"],
    ] {
        let output = cloudsim(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{args:?}: {}", stdout(&output));
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_misspelt_name_is_answered_with_the_right_one() {
    let output = cloudsim(&["run", "az-a-outage.ron", "--set", "target_groups.fronted.interval=15s"]);
    assert!(stderr(&output).contains("did you mean `frontend`?"), "{}", stderr(&output));
}

#[test]
fn advice_is_given_by_check_and_counted_by_run() {
    let checked = cloudsim(&["check", "az-a-outage.ron"]);
    assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
    assert_eq!(stdout(&checked), "az-a-outage.ron is right\n");
    assert!(stderr(&checked).starts_with("warning[CS0803]: zone `c` leaves through"), "{}", stderr(&checked));
    let ran = stderr(&cloudsim(&["run", "az-a-outage.ron", "--until", "70s"]));
    assert!(ran.starts_with("1 piece of advice; see `cloudsim check az-a-outage.ron`\n"), "{ran}");
    assert!(!ran.contains("CS0803"), "{ran}");
    // What is changed about a scenario may be what the advice is about.
    let changed = ["--set", "databases.orders.multi_az=false", "--until", "70s"];
    let ran = stderr(&cloudsim(&[&["run", "quiet-day"], &changed[..]].concat()));
    let command = "cloudsim check quiet-day --set databases.orders.multi_az=false";
    assert!(ran.contains(&format!("see `{command}`")), "{ran}");
}

#[test]
fn a_code_is_explained_with_an_example() {
    let explained = cloudsim(&["explain", "cs0105"]);
    assert_eq!(explained.status.code(), Some(0), "{}", stderr(&explained));
    let text = stdout(&explained);
    assert!(text.starts_with("CS0105: a load balancer spans two zones\n\n"), "{text}");
    let parts = ["\nWrong:\n", "error[CS0105]: load balancer `blog-alb` is in zone `x` alone", "\nRight:\n"];
    let places: Vec<_> = parts.iter().map(|part| text.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
}

#[test]
fn every_form_of_the_result_is_printed() {
    for form in ["text", "json", "yaml", "markdown"] {
        let output = cloudsim(&["run", "quiet-day.ron", "--until", "90s", "-o", form]);
        assert_eq!(output.status.code(), Some(0), "{form}: {}", stderr(&output));
        assert!(stdout(&output).contains("quiet-day"), "{form}");
        assert!(!stdout(&output).contains('\u{1b}'), "{form}: no colours into a pipe");
    }
}

#[test]
fn another_world_with_other_names_needs_no_other_program() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("blog-loses-x.ron");
    let scenario = r#"(
        version: 1, name: "blog-loses-x", duration: "6m", include: ["worlds/two-zone-blog.ron"],
        set: { "target_groups.writers.algorithm": RoundRobin },
        traffic: [OpenLoop(name: "readers", rate: "100/s", arrivals: Poisson, mix: { "read": 1 })],
        faults: [ZonePowerLoss(zone: "x", at: "1m", lasts: "2m")],
        objectives: [Rto(service: "blog", at_most: "1m"), Availability(service: "blog", at_least: "90%")],
    )"#;
    std::fs::write(&file, scenario).expect("the file");
    let output = cloudsim(&["run", file.to_str().expect("text"), "-o", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let outages = service(&document, "blog")["outages"].as_array().expect("outages").clone();
    assert_eq!(outages.len(), 1, "{outages:?}");
    assert_sums(&outages[0]);
    // Probes every 5 s, 2 failures, a time-out of 2 s: a node knows within 7 to 12 s.
    assert!(nanos(&outages[0]["rto_s"]) <= 14_000_000_000, "{}", outages[0]);
    assert_eq!(document["databases"][0]["name"], "posts");
}

#[test]
fn the_end_of_the_only_way_out_of_a_zone_breaks_what_leaves_through_it() {
    // The private subnets of zone c leave through the NAT gateway of b: without it, checkouts at the servers of b and c
    // cannot reach the payment provider.
    let document = flagship(&["--until", "4m", "--set", "faults=[]", "--fault", "nat:nat-b@2m"]);
    let checkout = service(&document, "checkout");
    assert!(checkout["outages"].as_array().is_some_and(|outages| !outages.is_empty()), "{checkout}");
    assert_eq!(checkout["errors"][0]["cause"], "NatGatewayUnreachable", "{checkout}");
    assert_eq!(
        service(&document, "web")["outages"].as_array().map(Vec::len),
        Some(0),
        "pages need no way out"
    );
}

#[test]
fn an_interrupted_run_is_not_judged() {
    let child = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(["test", "rds-single-az.ron"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success(), "the run is longer than a second and a half");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn a_type_without_a_known_price_runs_and_is_left_out_of_the_bill() {
    let run = |set: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
            .args(["run", "quiet-day.ron", "--until", "5s", "-o", "json", "--set", set])
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&output.stderr).contains("CS0804"));
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let items = document["cost"]["items"].as_array().expect("a list").clone();
        items.iter().map(|item| item["what"].to_string()).collect::<Vec<_>>()
    };
    let items = run("auto_scaling_groups.frontend.server.instance_type=m5.nope");
    assert!(items.iter().all(|what| !what.contains("m5.nope")));
    assert!(items.iter().any(|what| what.contains("instances")));
    let items = run("databases.orders.instance_class=db.m6i.large");
    assert!(items.iter().any(|what| what.contains("orders storage")));
    assert!(items.iter().all(|what| !what.contains("db.m6i.large")));
}

#[test]
fn an_interrupted_run_prints_what_it_measured_and_exits_130() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(["run", "rds-single-az.ron", "-o", "json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success(), "the run is longer than a second and a half");
    let status = child.wait().expect("it ends");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().expect("a pipe"), &mut text).expect("text");
    assert_eq!(status.code(), Some(130));
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["interrupted"], true);
    assert!(nanos(&document["reached_s"]) < nanos(&document["duration_s"]));
}
