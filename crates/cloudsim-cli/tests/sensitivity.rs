//! `sweep --sensitivity`: what answers rest on.

mod program;

use cloudsim_tidy::json_schema::violations;
use program::{CHEAP, cloudsim, printed};
use serde_json::{Value, json};

fn json_of(args: &[&str]) -> Value {
    serde_json::from_str(&printed(&[args, &["-o", "json"]].concat())).expect("JSON")
}

fn asked(seeds: &str) -> Value {
    json_of(&["sweep", CHEAP, "--sensitivity", "--seeds", seeds])
}

#[test]
fn the_result_is_the_same_bytes_for_any_number_of_jobs() {
    let with = |jobs| printed(&["sweep", CHEAP, "--sensitivity", "--seeds", "3..5", "--jobs", jobs]);
    assert!(with("1") == with("3"));
}

/// What is said of an end is what `diff` says of a scenario in which that is assumed.
#[test]
fn an_end_is_the_comparison_with_what_is_assumed_by_hand() {
    let sensitivity = asked("0..6");
    let rto = &sensitivity["measures"][0];
    let effect = &rto["effects"][0];
    let path = effect["path"].as_str().expect("a path");
    let tried = sensitivity["assumptions"].as_array().expect("a list");
    let tried = tried.iter().find(|of| of["path"] == path).expect("it was tried");
    for end in ["low", "high"] {
        let setting = format!("{path}={}", tried[end].as_str().expect("RON"));
        let diff = json_of(&["diff", CHEAP, "--with", &setting, "--seeds", "0..6"]);
        assert_eq!(effect[end]["difference"], diff["objectives"][0]["difference"], "{setting}");
        assert_eq!(effect[end]["breaches"], diff["objectives"][0]["breaches"], "{setting}");
    }
}

#[test]
fn what_moves_an_answer_most_stands_first_and_what_cannot_matter_is_not_tried() {
    let sensitivity = asked("0..6");
    let size = |effect: &Value| {
        let of = |end: &str| effect[end]["difference"]["median"].as_f64().unwrap_or(f64::INFINITY).abs();
        of("low").max(of("high"))
    };
    let effects = sensitivity["measures"][0]["effects"].as_array().expect("a list");
    assert!(effects.len() > 1 && effects.is_sorted_by(|one, other| size(one) >= size(other)));
    let skipped = sensitivity["skipped"].as_array().expect("a list");
    assert!(skipped.contains(&json!("assumptions.rds.dns_change")), "it has no database: {skipped:?}");
}

#[test]
fn the_document_fits_its_schema_which_is_closed() {
    let schema: Value = serde_json::from_str(&printed(&["schema", "sensitivity"])).expect("JSON");
    let mut document = asked("0..2");
    assert_eq!(violations(&schema, &document), [] as [String; 0]);
    document["measures"][0]["effects"][0]["low"]["more"] = json!(1);
    let found = violations(&schema, &document);
    assert!(
        found.iter().any(|text| text.starts_with("/measures/0/effects/0/low/more: unknown")),
        "{found:?}"
    );
}

#[test]
fn one_thing_is_asked_at_a_time() {
    let output = cloudsim(&["sweep", CHEAP, "--sensitivity", "--vary", "seed=1,2"]);
    assert_eq!(output.status.code(), Some(2));
}
