//! `optimize`: what brute force would say, in fewer runs.

mod program;

use program::{CHEAP, cloudsim, printed};
use serde_json::Value;

const DESIRED: &str = "auto_scaling_groups.nodes.desired=10..=14/2";
const SCAN: &str = "clusters.shop.cluster_autoscaler.scan_interval=10s,60s";

fn json_of(args: &[&str]) -> Value {
    serde_json::from_str(&printed(&[args, &["-o", "json"]].concat())).expect("JSON")
}

fn refused(args: &[&str]) -> String {
    let output = cloudsim(&[&["optimize", CHEAP], args].concat());
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// What has no price is not the cheapest without a word.
#[test]
fn a_point_whose_bill_leaves_something_out_says_what() {
    let knob = ["--knob", "auto_scaling_groups.nodes.server.instance_type=m5.xlarge,m5.none"];
    let room = r#"auto_scaling_groups.nodes.node.allocatable={ "cpu": "3920m", "memory": "14Gi" }"#;
    let args =
        ["optimize", CHEAP, "--seeds", "0..10", "--until", "12m", "--breach-at-most", "50%", "--set", room];
    let found = json_of(&[&args[..], &knob].concat());
    let unpriced: Vec<&Value> =
        found["points"].as_array().expect("points").iter().map(|point| &point["unpriced"]).collect();
    assert_eq!(unpriced, [&serde_json::json!([]), &serde_json::json!(["m5.none"])]);
    assert_eq!(found["saved_usd"], Value::Null, "nobody knows");
    let text = printed(&[&args[..], &knob].concat());
    assert!(text.contains("+ what no price is known of: m5.none"), "{text}");
}

/// Every point with all seeds by way of `sweep`, and the bill by way of `run`: nothing of what `optimize` computes by.
#[test]
fn it_finds_what_brute_force_finds() {
    for (more, limit) in [(vec!["--breach-at-most", "20%"], Some("3m5s")), (vec![], None)] {
        let objective = limit
            .map(|limit| format!(r#"objectives=[Rto(service: "shop/deployment/api", at_most: "{limit}")]"#));
        let set: Vec<&str> = objective.iter().flat_map(|objective| ["--set", objective]).collect();
        let knobs = ["--knob", DESIRED, "--knob", SCAN, "--seeds", "0..95", "--until", "12m"];
        let found = json_of(&[&["optimize", CHEAP][..], &knobs, &more, &set].concat());
        let vary = ["--vary", DESIRED, "--vary", SCAN, "--seeds", "0..95", "--until", "12m"];
        let sweep = json_of(&[&["sweep", CHEAP][..], &vary, &set].concat());
        let allowed = number(&found["breaches_allowed"]);
        let mut keys: Vec<(f64, f64, usize, bool)> = Vec::new();
        for (place, point) in sweep["points"].as_array().expect("points").iter().enumerate() {
            let settings = point["settings"].as_array().expect("settings").iter();
            let sets: Vec<String> = settings
                .map(|of| {
                    format!(
                        "{}={}",
                        of["path"].as_str().expect("a path"),
                        of["value"].as_str().expect("a value")
                    )
                })
                .collect();
            let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
            let bill = number(&json_of(&[&["run", CHEAP][..], &sets, &set].concat())["cost"]["monthly_usd"]);
            let objective = &point["objectives"][0];
            let p95 =
                objective["quantiles"].as_array().expect("quantiles").iter().find(|of| of["percent"] == 95);
            let p95 = p95.expect("a quantile")["value"].as_f64().unwrap_or(f64::INFINITY);
            keys.push((bill, p95, place, number(&objective["breaches"]["runs"]) <= allowed));
        }
        keys.sort_by(|one, other| {
            one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)).then(one.2.cmp(&other.2))
        });
        let optimum = keys.iter().find(|key| key.3).map(|key| key.2);
        assert_eq!(found["optimum"].as_u64(), optimum.map(|point| point as u64), "{limit:?} {keys:?}");
        let mut frontier: Vec<usize> = Vec::new();
        let mut best = f64::INFINITY;
        for (_, p95, place, _) in &keys {
            if frontier.is_empty() || *p95 < best {
                best = *p95;
                frontier.push(*place);
            }
        }
        assert_eq!(found["frontier"], serde_json::json!(frontier), "{limit:?} {keys:?}");
        assert!(number(&found["runs"]["done"]) < number(&found["runs"]["of"]));
    }
}

/// Alternatives in a file, by name: what they say is what their settings say one by one, in all that varies settings.
#[test]
fn alternatives_are_knobs_and_variations() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.ron");
    let shipped = include_str!("../../../scenarios/k8s-autoscaler-three-zones.ron");
    let alternatives = r#"duration: "40m", alternatives: { "spare": {
        "no": { "auto_scaling_groups.nodes.desired": 12, "clusters.shop.cluster_autoscaler.scan_interval": "60s" },
        "two nodes": { "auto_scaling_groups.nodes.desired": 14, "clusters.shop.cluster_autoscaler.scan_interval": "10s" },
    } }, optimize: (knobs: ["alternatives.spare=no,two nodes"]),"#;
    let text = shipped.replacen("duration: \"40m\",", alternatives, 1);
    std::fs::write(&path, text).expect("the file can be written");
    let path = path.to_str().expect("text");
    let found = json_of(&["optimize", path, "--until", "12m"]);
    assert_eq!(found["knobs"][0]["path"], "alternatives.spare");
    assert_eq!(found["knobs"][0]["values"], serde_json::json!(["no", "two nodes"]));
    assert_eq!(found["points"][1]["settings"][0]["value"], "two nodes");
    assert_eq!(found["optimum"], 1, "the first has too few nodes, too late");
    let sweep = json_of(&[
        "sweep",
        path,
        "--seeds",
        "3..5",
        "--until",
        "12m",
        "--vary",
        "alternatives.spare=two nodes,no",
    ]);
    let chosen = ["--set", "alternatives.spare=two nodes", "--until", "12m", "--seed", "4"];
    let run = json_of(&[&["run", path], &chosen[..]].concat());
    assert_eq!(sweep["points"][0]["runs"][1]["digest"], run["digest"]);
    let nodes = "auto_scaling_groups.nodes.desired=14";
    let run = json_of(&["run", CHEAP, "--until", "12m", "--set", nodes]);
    assert_eq!(found["points"][1]["monthly_usd"], run["cost"]["monthly_usd"]);
    let twice = ["optimize", path, "--knob", DESIRED];
    let said = cloudsim(&twice);
    assert_eq!(said.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&said.stderr).contains("`auto_scaling_groups.nodes.desired` is varied twice")
    );
    let checked = |wrong: &str| {
        let text = std::fs::read_to_string(path).expect("it is there").replacen("two nodes\"]", wrong, 1);
        let path = folder.path().join("wrong.ron");
        std::fs::write(&path, text).expect("the file can be written");
        let said = cloudsim(&["check", path.to_str().expect("text")]);
        (said.status.code(), String::from_utf8(said.stderr).expect("text"))
    };
    assert_eq!(checked("two nodes\"]").0, Some(0));
    let (code, said) = checked("two nodes\", \"duration=5m,6x\"]");
    assert!(code == Some(2) && said.contains("`6x` has an unknown unit"), "{said}");
}

#[test]
fn the_result_is_the_same_bytes_for_any_number_of_jobs() {
    for output in ["text", "json"] {
        let with = |jobs| {
            let args = ["optimize", CHEAP, "--knob", DESIRED, "--until", "12m", "-o", output, "--jobs", jobs];
            printed(&args)
        };
        assert!(with("1") == with("3"), "{output}");
    }
}

#[test]
fn if_nothing_holds_it_exits_99_and_names_the_nearest() {
    let set = r#"objectives=[Rto(service: "shop/deployment/api", at_most: "1s")]"#;
    let output = cloudsim(&["optimize", CHEAP, "--knob", DESIRED, "--set", set]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(99), "{text}");
    assert!(text.contains("no point is shown to hold") && text.contains("nearest"), "{text}");
}

/// A class without a price would win by being free.
#[test]
fn a_point_whose_price_is_unknown_is_said_to_be_without() {
    let knob = "auto_scaling_groups.nodes.server.instance_type=m5.xlarge,m99.xlarge";
    let output = cloudsim(&["optimize", CHEAP, "--knob", knob, "--until", "12m"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        told.matches("no price is known for `m99.xlarge`: the bill leaves it out").count(),
        1,
        "{told}"
    );
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_can() {
    for (args, said) in [
        (&[][..], "which settings may be chosen?"),
        (&["--knob", DESIRED, "--seeds", "0..30"], "30 seeds cannot show it of 3 points: it takes 80"),
        (&["--knob", DESIRED, "--seeds", "0..1"], "1 seed cannot"),
        (&["--knob", DESIRED, "--knob", DESIRED], "is varied twice"),
        (&["--knob", "auto_scaling_groups.nodes.desird=1,2"], "desird"),
        (&["--knob", "auto_scaling_groups.nodes.desired=six,7"], "a whole number"),
        (
            &["--knob", "auto_scaling_groups.nodes.desired=1..=1000", "--knob", SCAN],
            "2000 points are more than 1024",
        ),
        (&["--knob", DESIRED, "--set", "objectives=[]"], "what must hold"),
        (&["--knob", DESIRED, "--confidence", "100%"], "write a share from"),
    ] {
        let told = refused(args);
        assert!(told.contains(said), "{args:?}: {told}");
    }
}
