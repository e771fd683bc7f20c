//! `run --report`: one page that says what the result says, and fetches nothing.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsim"));
    command.arg("run").args(args).current_dir(folder).output().expect("the program starts")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn talk(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A page of a short world in which a zone dies.
fn page(folder: &Path, name: &str) -> String {
    let file = folder.join("blog.ron");
    let world = r#"(
        version: 1, name: "NAME", duration: "4m", include: ["worlds/two-zone-blog.ron"],
        traffic: [OpenLoop(name: "readers", rate: "50/s", mix: { "read": 1 })],
        faults: [ZonePowerLoss(name: "dark", zone: "x", at: "1m", lasts: "1m")],
        objectives: [Availability(service: "blog", at_least: "50%"), MonthlyCost(at_most: "1")],
    )"#;
    fs::write(&file, world.replace("NAME", name)).expect("it can be written");
    let output = run(folder, &["blog.ron", "--report", "page.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    fs::read_to_string(folder.join("page.html")).expect("a page")
}

#[test]
fn a_page_is_one_file_with_one_script_that_fetches_nothing() {
    let folder = folder();
    let page = page(folder.path(), "blog");
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{page}");
    assert!(page.contains("default-src 'none'"), "{page}");
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(page.contains("<script>\"use strict\""), "{page}");
    assert!(page.contains("<aside id=\"cursor\" hidden"), "without the script it is not there: {page}");
    let elsewhere = page.replace("href=\"#", "");
    for fetched in ["src=", "href=", "url(", "@import", "http:", "https:", "<link", "<iframe"] {
        assert!(!elsewhere.contains(fetched), "{fetched}: {page}");
    }
    // Views stand in the order in which an outage is understood.
    let views =
        ["objectives", "lanes", "waterfall", "recovery", "capacity", "architecture", "services", "timeline"];
    let places: Vec<usize> = (views.iter())
        .map(|view| page.find(&format!("<section id=\"{view}\"")).unwrap_or_else(|| panic!("no {view}")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn the_same_run_has_the_same_page() {
    let folder = folder();
    let first = page(folder.path(), "blog");
    assert_eq!(first, page(folder.path(), "blog"));
}

/// The drawing says in words what its colours say: of things that live in the zone that dies, and of those that do not.
#[test]
fn the_architecture_is_drawn_before_during_and_after_the_fault() {
    let folder = folder();
    let output = run(folder.path(), &["az-a-outage", "--until", "14m", "--report", "page.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    let page = fs::read_to_string(folder.path().join("page.html")).expect("a page");
    let drawings: Vec<&str> = page.split("<figure class=\"architecture\">").skip(1).collect();
    for drawing in &drawings {
        for told in [
            "VPC main · 10.0.0.0/16",
            "10.0.48.0/20 private",
            "10.0.0.0/20 public",
            "load balancer frontend-alb",
        ] {
            assert!(drawing.contains(told), "{told}: {drawing}");
        }
    }
    let line = |drawing: &str, name: &str| {
        let of = drawing
            .split("<text class=\"thing ")
            .find(|line| line.contains(&format!("<title>{name}</title>")));
        of.unwrap_or_else(|| panic!("no {name}: {drawing}")).to_owned()
    };
    assert!(line(drawings[0], "nat-a").starts_with("good"), "{}", drawings[0]);
    assert!(line(drawings[0], "orders-1").contains("writer"), "{}", drawings[0]);
    assert!(line(drawings[1], "nat-a").starts_with("bad"), "{}", drawings[1]);
    assert!(line(drawings[1], "nat-a").contains("down"), "{}", drawings[1]);
    assert!(line(drawings[1], "nat-b").starts_with("good"), "{}", drawings[1]);
    assert!(!line(drawings[1], "orders-1").contains("writer"), "{}", drawings[1]);
}

#[test]
fn names_are_text() {
    let folder = folder();
    let page = page(folder.path(), "<script>alert(1)</script><img src=x onerror=alert(1)>");
    assert!(!page.contains("<script>alert") && !page.contains("<img"), "{page}");
    assert_eq!(page.matches("<script").count(), 1, "the page's own: {page}");
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
}

/// What the page says of a choice is what the record has, and the sums are those of their parts.
#[test]
fn a_page_tells_why_pods_went_where_they_are_and_holds_skews_against_their_constraints() {
    let folder = folder();
    let output = run(folder.path(), &["k8s-spread-bites", "--report", "page.html", "--records", "run.jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    let page = fs::read_to_string(folder.path().join("page.html")).expect("a page");
    let records = fs::read_to_string(folder.path().join("run.jsonl")).expect("records");
    let lines = records.lines().map(|line| serde_json::from_str::<Value>(line).expect("a record"));
    let chosen: Vec<Value> = lines.filter(|line| line["kind"] == "NodeChosen").collect();
    let whose: BTreeSet<&str> =
        chosen.iter().filter_map(|of| of["pod"].as_str()?.rsplitn(3, '-').last()).collect();
    assert_eq!(whose.len(), 3, "each workload lost pods: {chosen:?}");
    for of in &chosen {
        let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (pod, node) = (name(&of["pod"]), name(&of["node"]));
        assert!(page.contains(&format!("<b>{pod}</b> → <b>{node}</b>")), "{of}");
        assert_eq!(of["candidates"][0]["node"], of["node"], "the chosen one stands first: {of}");
        for candidate in of["candidates"].as_array().expect("candidates") {
            let product = |of: &Value| Some(of["score"].as_i64()? * of["weight"].as_i64()?);
            let scores = candidate["scores"].as_array().expect("scores");
            assert_eq!(scores.iter().filter_map(product).sum::<i64>(), candidate["total"], "{candidate}");
            assert!(candidate["total"].as_i64() <= of["candidates"][0]["total"].as_i64(), "{of}");
        }
        let counted = |of: &Value| of["nodes"].as_u64();
        let rejected = of["rejected"].as_array().expect("a list").iter().filter_map(counted).sum::<u64>();
        assert_eq!(rejected + of["feasible"].as_u64().expect("a number"), of["nodes"], "{of}");
    }
    let (_, constraints) = page.split_once("Constraints on spread").expect("constraints");
    let (constraints, _) = constraints.split_once("</table>").expect("a table");
    for (skew, held) in [(0, "✓ within"), (2, "✗ beyond"), (3, "✗ beyond")] {
        assert!(constraints.contains(&format!("{skew} {held}")), "{constraints}");
    }
}

/// What the page says of outages and objectives is what the result says, in words.
#[test]
fn a_page_says_what_the_result_says() {
    let folder = folder();
    let output = run(folder.path(), &["rds-single-az", "-o", "json", "--report", "page.html"]);
    let result: Value = serde_json::from_slice(&output.stdout).expect("a result");
    let page = fs::read_to_string(folder.path().join("page.html")).expect("a page");
    assert!(page.len() < 1_500_000, "{}", page.len());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut phases = 0;
    for service in result["services"].as_array().expect("services") {
        for outage in service["outages"].as_array().expect("outages") {
            for phase in outage["phases"].as_array().expect("phases") {
                let label = format!("<span class=\"label\">{}</span>", text(&phase["name"]));
                assert!(page.contains(&label), "{label}");
                if phase["owned_by"].is_string() {
                    assert!(page.contains(&format!("<code>{}</code>", text(&phase["owned_by"]))), "{phase}");
                }
                if let Some(record) = phase["ended_by"]["record"].as_u64() {
                    assert!(page.contains(&format!("with record {record} (")), "{phase}");
                }
                phases += 1;
            }
        }
    }
    assert!(phases > 5);
    assert!(page.contains(&text(&result["digest"])));
    for objective in result["objectives"].as_array().expect("objectives") {
        assert!(page.contains(&text(&objective["subject"])), "{objective}");
    }
    for entry in result["timeline"].as_array().expect("a timeline").iter().take(5) {
        assert!(page.contains(&text(&entry["what"])), "{entry}");
    }
}

/// A phase that no setting owns shows what else decides it, with its default or where it is from, and `why` says the same.
#[test]
fn what_decides_a_phase_stands_beside_it_also_where_no_setting_does() {
    let folder = folder();
    let half = r#"assumptions.rds.promotion=Uniform("2s", "6s")"#;
    let output = run(folder.path(), &["rds-failover", "--set", half, "--report", "page.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    let page = fs::read_to_string(folder.path().join("page.html")).expect("a page");
    let quoted = |text: &str| text.replace('"', "&quot;");
    for (name, told) in [
        ("assumptions.rds.detection_crash", r#"Uniform("3s", "10s") (default)"#),
        ("assumptions.rds.promotion", r#"Uniform("2s", "6s") (default Uniform("4s", "12s"))"#),
        ("assumptions.rds.dns_change", r#"Uniform("1s", "5s") (default)"#),
    ] {
        let line = format!("<code>{name}</code> {}", quoted(told));
        assert!(page.contains(&line), "{line}");
    }
    let why = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(["why", "rds-failover", "checkout", "--set", half])
        .output()
        .expect("the program starts");
    let why = String::from_utf8_lossy(&why.stdout).into_owned();
    assert!(
        why.contains(
            r#"decided by assumptions.rds.promotion Uniform("2s", "6s") (default Uniform("4s", "12s"))"#
        ),
        "{why}"
    );
    let output = run(folder.path(), &["k8s-karpenter-zone-loss", "--report", "page.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    let page = fs::read_to_string(folder.path().join("page.html")).expect("a page");
    for told in [
        "<code>LEASE_DURATION</code> 15s (a constant: K8S-53)",
        "<code>clusters.shop.karpenter.node_pools.general.node_class.join</code> Uniform(",
    ] {
        assert!(page.contains(told), "{told}");
    }
}

/// Without `--levers` the page names the longest phase with a setting and the command that measures what it would give.
#[test]
fn without_levers_the_page_says_where_to_begin_and_how_to_measure_it() {
    let folder = folder();
    let page = |args: &[&str]| {
        let output = run(folder.path(), &[args, &["--report", "page.html"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
        fs::read_to_string(folder.path().join("page.html")).expect("a page")
    };
    let lever = |page: &str| {
        let (_, after) = page.split_once("<p class=\"lever\">").expect("where to begin");
        after.split_once("</p>").expect("an end").0.to_owned()
    };
    let told = lever(&page(&["rds-failover"]));
    assert!(told.contains("<code>databases.orders.checkpoint_interval</code> owns recover, 51."), "{told}");
    assert!(told.contains("<code>cloudsim run rds-failover --seed 1 --levers</code>"), "{told}");
    let measured = lever(&page(&["rds-failover", "--levers"]));
    assert!(measured.contains("Biggest lever: ") && !measured.contains("--levers"), "{measured}");
}

/// A run with its result and its page.
fn with_page(folder: &Path, args: &[&str]) -> (Value, String) {
    let output = run(folder, &[args, &["-o", "json", "--report", "page.html"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    let result = serde_json::from_slice(&output.stdout).expect("a result");
    (result, fs::read_to_string(folder.join("page.html")).expect("a page"))
}

/// What stands in a page from one text to the next of another.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, after) = page.split_once(from).unwrap_or_else(|| panic!("no {from}"));
    after.split_once(to).unwrap_or_else(|| panic!("no {to} after {from}")).0
}

/// Missing machines are priced as the bill prices those that are there; where nothing was missing, nothing is said of it.
#[test]
fn what_was_missing_has_the_price_that_the_bill_has() {
    let folder = folder();
    let (result, page) = with_page(folder.path(), &["az-a-outage"]);
    let table = between(&page, "What was missing, and what it would have cost", "</table>");
    // One node of 3.92 processors more for the 0.48 that are short.
    assert!(table.contains("1 × m5.xlarge</td><td>short of 0.48 cpu</td>"), "{table}");
    let items = result["cost"]["items"].as_array().expect("a bill");
    let nodes = items.iter().find(|item| item["what"] == "web-nodes instances (m5.xlarge)").expect("nodes");
    let month = nodes["usd"].as_f64().expect("money") / nodes["quantity"].as_f64().expect("hours") * 730.0;
    assert!(table.contains(&format!("<strong>{month:.2}</strong>")), "{month}: {table}");
    let (_, page) = with_page(folder.path(), &["az-a-outage-ec2", "--until", "6m"]);
    let table = between(&page, "What was missing, and what it would have cost", "</table>");
    for row in
        ["frontend</td><td>2 × m5.large</td><td>4 of 6 were left", "backend</td><td>2 × m5.xlarge</td>"]
    {
        assert!(table.contains(row), "{row}: {table}");
    }
    let (_, page) = with_page(folder.path(), &["k8s-whole-zone"]);
    assert!(page.contains("in sum there is room for them") && !page.contains("What was missing"), "{page}");
}

/// Recovery times and recovery points are brackets in the time of the phases, with the numbers of the result in words.
#[test]
fn recovery_times_and_points_are_brackets_above_their_phases() {
    let folder = folder();
    let (result, page) = with_page(folder.path(), &["rds-single-az"]);
    let failover = &result["databases"][0]["failovers"][0];
    assert_eq!(failover["commits_lost"], 6236, "{failover}");
    let checkout = between(&page, "data-label=\"why checkout\"", "</article>");
    let row = |label: &str| between(checkout, &format!("<span class=\"label\">{label}</span>"), "</li>");
    let (point, time) = (row("RPO"), row("RTO"));
    assert!(point.contains("6,236 acknowledged commits of orders lost"), "{point}");
    assert!(time.contains("<span class=\"span\">10m38s</span>"), "{time}");
    // The one ends where the other begins: at the fault.
    let path = |row: &str| between(row, "<path class=\"bracket\" d=\"M", "\"").to_owned();
    let end =
        |row: &str| path(row).rsplit('M').next().and_then(|last| last.split(' ').next().map(str::to_owned));
    assert_eq!(end(point), path(time).split(' ').next().map(str::to_owned), "{point} {time}");
    assert_eq!(path(time).matches('V').count(), 2, "with an end at each side: {time}");
    // What is not over has no end at its right.
    let (_, page) = with_page(folder.path(), &["rds-single-az", "--until", "10m"]);
    let checkout = between(&page, "data-label=\"why checkout\"", "</article>");
    let time = between(checkout, "<span class=\"label\">RTO</span>", "</li>");
    assert!(
        time.contains("not over at the end of the run") && path(time).matches('V').count() == 1,
        "{time}"
    );
}

/// Of pods that waited each view says its part, and leads to the other.
#[test]
fn views_of_pods_that_waited_lead_to_each_other() {
    let folder = folder();
    let (result, page) = with_page(folder.path(), &["k8s-spread-bites"]);
    let waiting = result["kubernetes"]["waiting"].as_array().expect("pods that waited");
    assert!(waiting.len() > 1);
    for (place, of) in waiting.iter().enumerate() {
        let pods = of["pods"].as_array().expect("pods").len();
        assert!(page.contains(&format!("<a href=\"#waited-{place}\">{pods} pod")), "{of}");
        let said = between(&page, &format!("<p id=\"waited-{place}\">"), "</p>");
        let reason = of["reason"].as_str().expect("a reason");
        assert_eq!(said, reason);
    }
    assert!(page.contains("<a href=\"#capacity\">") && page.contains("<section id=\"capacity\""));
}

/// The footer lists what is not modelled of what the scenario has, as the page of the documents says it.
#[test]
fn a_page_lists_what_is_not_modelled_of_what_the_scenario_has() {
    let folder = folder();
    let (_, page) = with_page(folder.path(), &["k8s-whole-zone"]);
    let footer = between(&page, "What is not modelled of what this scenario has", "</details>");
    for part in ["The scheduler", "Kubernetes", "Faults", "Money"] {
        assert!(footer.contains(&format!("<h3>{part}</h3>")), "{part}: {footer}");
    }
    for part in ["Databases", "DNS", "Terraform", "Importing"] {
        assert!(!footer.contains(&format!("<h3>{part}</h3>")), "{part}: {footer}");
    }
    assert!(
        footer.contains("<li>What an init container does and how long it runs: a second each.</li>"),
        "{footer}"
    );
}

#[test]
fn the_scenario_is_not_written_over_and_what_cannot_be_written_is_not_run() {
    let folder = folder();
    page(folder.path(), "blog");
    let over = run(folder.path(), &["blog.ron", "--report", "blog.ron"]);
    assert!(
        over.status.code() == Some(2) && talk(&over).contains("is a file of the scenario"),
        "{}",
        talk(&over)
    );
    let nowhere = run(folder.path(), &["blog.ron", "--report", "no/such/folder/page.html"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(
        nowhere.stdout.is_empty() && talk(&nowhere).contains("error: failed to write"),
        "{}",
        talk(&nowhere)
    );
}

/// The number of seconds of a time in microseconds.
fn seconds(event: &Value, field: &str) -> f64 {
    event[field].as_f64().unwrap_or_else(|| panic!("no {field}: {event}")) / 1e6
}

/// What the format of trace events asks for holds of each event, and the trace says what the result says.
#[test]
fn a_trace_is_one_that_viewers_take() {
    let folder = folder();
    let output = run(folder.path(), &["rds-single-az", "-o", "json", "--trace", "trace.json"]);
    let result: Value = serde_json::from_slice(&output.stdout).expect("a result");
    let text = fs::read_to_string(folder.path().join("trace.json")).expect("a trace");
    let trace: Value = serde_json::from_str(&text).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    assert!(events.len() < 200_000 && events.len() > 1_000, "{}", events.len());
    let (mut open, mut arrows, mut last) = (BTreeMap::new(), BTreeMap::new(), 0.0);
    let mut named = BTreeSet::new();
    for event in events {
        let phase = event["ph"].as_str().expect("a phase");
        assert!(event["name"].is_string() && event["pid"].is_u64() && event["tid"].is_u64(), "{event}");
        if phase == "M" {
            named.insert((event["pid"].as_u64(), event["tid"].as_u64(), event["name"].to_string()));
            continue;
        }
        let at = seconds(event, "ts");
        assert!(at >= last, "events are in order: {event}");
        last = at;
        let id = (event["cat"].to_string(), event["id"].as_u64());
        match phase {
            "X" => {
                assert!(seconds(event, "dur") >= 0.0, "{event}");
                let thread = (event["pid"].as_u64(), event["tid"].as_u64(), "\"thread_name\"".to_owned());
                assert!(named.contains(&thread), "a slice stands in a thread with a name: {event}");
            }
            "b" => assert!(open.insert(id, at).is_none(), "{event}"),
            "e" => assert!(open.remove(&id).is_some_and(|begun| begun <= at), "{event}"),
            "s" => assert!(arrows.insert(id, at).is_none(), "{event}"),
            "f" => assert!(arrows.remove(&id).is_some_and(|begun| begun <= at), "{event}"),
            "C" => assert!(event["args"]["value"].is_u64(), "{event}"),
            "i" => assert_eq!(event["s"], "g"),
            _ => panic!("{event}"),
        }
    }
    assert!(open.is_empty() && arrows.is_empty(), "{open:?} {arrows:?}");
    let outages: Vec<f64> = (events.iter())
        .filter(|event| event["ph"] == "X" && event["name"] == "outage")
        .map(|event| seconds(event, "dur"))
        .collect();
    for service in result["services"].as_array().expect("services") {
        for outage in service["outages"].as_array().expect("outages") {
            let rto = outage["rto_s"].as_f64().expect("it was restored");
            assert!(outages.iter().any(|dur| (dur - rto).abs() < 1e-6), "{rto}: {outages:?}");
        }
    }
    assert!(!outages.is_empty());
    // All that failed is there, as the first of what there is room for.
    let failed: u64 = (result["services"].as_array().expect("services").iter())
        .map(|service| {
            service["requests"].as_u64().expect("a count") - service["good"].as_u64().expect("a count")
        })
        .sum();
    let kept = events
        .iter()
        .filter(|event| event["ph"] == "b" && event["cat"] == "request" && event["args"]["outcome"] != "Ok");
    let left_out = trace["otherData"]["failed_requests_left_out"].as_u64().expect("a count");
    assert_eq!(u64::try_from(kept.count()).expect("a count") + left_out, failed);
}
