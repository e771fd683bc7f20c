//! The whole result of a run made by hand, in every form.

use crate::story::zone_outage;
use crate::{RunDocument, TestedScenario, TextOptions, test_table};
use cloudsim_units::SimDuration;

const COMMAND: &str = "cloudsim run hand-made.ron --seed 7";

fn run() -> RunDocument {
    let mut run = zone_outage().measure();
    run.set_lever(0, 0, 0, "5s".into(), Some(SimDuration::from_secs(17)));
    run
}

#[test]
fn the_text_tells_the_story_on_a_wide_screen() {
    insta::assert_snapshot!(run().to_text(&TextOptions { colour: false, width: 100, command: COMMAND }));
}

#[test]
fn the_text_tells_the_story_on_a_narrow_screen() {
    let text = run().to_text(&TextOptions { colour: false, width: 80, command: COMMAND });
    for line in text.lines().filter(|line| !line.starts_with("again")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn colour_only_repeats_what_characters_say() {
    let plain = run().to_text(&TextOptions { colour: false, width: 90, command: COMMAND });
    let coloured = run().to_text(&TextOptions { colour: true, width: 90, command: COMMAND });
    let mut stripped = String::new();
    for (place, part) in coloured.split('\x1b').enumerate() {
        stripped.push_str(if place == 0 { part } else { part.split_once('m').expect("a sequence ends").1 });
    }
    assert_ne!(coloured, plain);
    let trimmed: String = stripped.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    assert_eq!(trimmed, plain);
}

#[test]
fn the_json_document_is_the_contract() {
    insta::assert_snapshot!(run().to_json());
}

#[test]
fn the_yaml_document_has_the_numbers_of_the_json_document() {
    insta::assert_snapshot!(run().to_yaml());
}

#[test]
fn the_markdown_report_is_short() {
    insta::assert_snapshot!(run().to_markdown(COMMAND));
}

#[test]
fn the_table_of_a_test_counts_its_verdicts() {
    let run = run();
    let mut broken = run.objectives.clone();
    broken[0].met = false;
    broken[3].met = true;
    broken[5].conclusive = false;
    broken[5].actual = None;
    let table = test_table(&[
        TestedScenario { name: "hand-made", objectives: &run.objectives },
        TestedScenario { name: "hand-broken", objectives: &broken },
        TestedScenario { name: "empty", objectives: &[] },
    ]);
    insta::assert_snapshot!(table);
}
