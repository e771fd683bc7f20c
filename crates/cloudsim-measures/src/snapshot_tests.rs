//! The whole result of a run made by hand, in every form.

use crate::story::{Story, ms, rto, s, zone_outage};
use crate::{
    Lever, ObjectiveMeasure, RunDocument, TestedObjective, TestedScenario, TextOptions, test_table, words,
};
use cloudsim_records::{Expectation, FailoverStep, InstanceState, ObjectiveKind, TargetHealth};
use cloudsim_units::SimDuration;

const COMMAND: &str = "cloudsim run hand-made.ron --seed 7";

fn run() -> RunDocument {
    let mut run = zone_outage().measure();
    let lever = Lever { value: "5s".into(), rto: Some(SimDuration::from_secs(17)) };
    run.services[0].outages[0].phases[0].lever = Some(lever);
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
    let trimmed: Vec<&str> = stripped.lines().map(str::trim_end).collect();
    assert_eq!(trimmed, plain.lines().collect::<Vec<&str>>());
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
    let told = |objectives: &[ObjectiveMeasure]| -> Vec<(String, String)> {
        objectives.iter().map(|of| (words::limit(of.target), words::measured(of))).collect()
    };
    let (made, spoilt) = (told(&run.objectives), told(&broken));
    let table = test_table(&[
        TestedScenario { name: "hand-made", objectives: tested(&run.objectives, &made) },
        TestedScenario { name: "hand-broken", objectives: tested(&broken, &spoilt) },
        TestedScenario { name: "empty", objectives: Vec::new() },
    ]);
    insta::assert_snapshot!(table);
}

fn tested<'a>(objectives: &'a [ObjectiveMeasure], told: &'a [(String, String)]) -> Vec<TestedObjective<'a>> {
    let one = |(of, (limit, measured)): (&'a ObjectiveMeasure, &'a (String, String))| TestedObjective {
        subject: &of.subject,
        label: &of.label,
        limit,
        measured,
        verdict: of.verdict(),
    };
    objectives.iter().zip(told).map(one).collect()
}

#[test]
fn a_bad_day_reads_as_one() {
    let mut story = Story::new(1800);
    story.causes[1] = cloudsim_records::Cause::DatabaseUnreachable;
    story
        .objective("web-rto", rto("web", 60), Expectation::Met)
        .objective("checkout-rto", rto("checkout", 600), Expectation::Met)
        .objective(
            "orders-rpo",
            ObjectiveKind::Rpo { database: "orders".into(), at_most: SimDuration::ZERO },
            Expectation::Met,
        )
        .setting("databases.orders.recovery.decide", "2m", "2m")
        .dark("a", 300, None)
        .instance(s(300), "server-1", InstanceState::HostDown)
        .instance(s(300), "server-2", InstanceState::HostDown)
        .health(ms(338_412), "alb-b", "server-1", TargetHealth::UnhealthyTimeout)
        .health(ms(351_007), "alb-b", "server-2", TargetHealth::UnhealthyTimeout)
        .step(ms(330_250), FailoverStep::Detect)
        .step(ms(420_000), FailoverStep::Decide)
        .recovery(ms(420_000), s(300), SimDuration::from_millis(147_250), 14_725)
        .traffic(0, 0..1800, 60, |at, number| {
            (at >= s(300) && at < ms(346_100) && number.is_multiple_of(3))
                || (at >= s(900) && at < s(912) && number < 9)
        })
        .traffic(1, 0..1800, 60, |at, _| at >= s(300));
    let run = story.measure();
    insta::assert_snapshot!(run.to_text(&TextOptions { colour: false, width: 80, command: COMMAND }));
}
