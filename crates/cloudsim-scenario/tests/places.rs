//! Whatever is wrong in a world, the place that is told is the place that is wrong.

use cloudsim_scenario::{MemoryFiles, Overrides, Problem, Problems, load, shipped};
use std::ops::Range;

/// The three tiers and what they include, in one file.
fn three_tiers() -> String {
    let whole = |name| shipped(name).expect("it is shipped");
    let (base, tiers) = (whole("worlds/three-tier-base.ron"), whole("worlds/three-tier.ron"));
    let (_, groups) = tiers.split_once("include: [\"three-tier-base.ron\"],\n").expect("an include");
    format!("{}{groups}", base.trim_end().trim_end_matches(')'))
}

/// Everything in a text that is not blank, a comment or a sign: texts with their quotes, numbers, words.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let first = rest.chars().next().expect("not the end");
        let length = if rest.starts_with("//") {
            rest.find('\n').expect("a last line")
        } else if first == '"' {
            let length = rest[1..].find('"').expect("a closing quote") + 2;
            pieces.push(at..at + length);
            length
        } else if first.is_ascii_alphanumeric() {
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').expect("not the end");
            pieces.push(at..at + length);
            length
        } else {
            first.len_utf8()
        };
        at += length;
    }
    pieces
}

/// What is said about a world in which a piece is something else.
fn with(world: &str, piece: &Range<usize>, other: &str) -> Option<(Problems, String)> {
    let changed = format!("{}{other}{}", &world[..piece.start], &world[piece.end..]);
    let root = "(version: 1, name: \"mine\", duration: \"10m\", include: [\"world.ron\"])";
    let files = MemoryFiles::from([("mine.ron", root.to_owned()), ("world.ron", changed.clone())]);
    load(&files, "mine.ron", &Overrides::default()).err().map(|problems| (problems, changed))
}

/// Whether a problem is told at the piece itself.
fn told_at(problems: &Problems, piece: &Range<usize>, other: &str) -> bool {
    problems.problems.iter().filter_map(Problem::place).any(|place| {
        place.start as usize == piece.start
            && place.end as usize > piece.start
            && (problems.sources.text(place).starts_with(other) || other.is_empty())
    })
}

#[test]
fn a_wrong_type_is_told_where_it_is() {
    let world = &three_tiers();
    let mut tried = 0;
    for piece in pieces(world) {
        let old = &world[piece.clone()];
        let is_key = world[piece.end..].starts_with(':');
        if is_key {
            continue;
        }
        let others: &[&str] =
            if old.starts_with('"') { &["77.5", "[1]", "{}", "Word"] } else { &["\"text\"", "[1]"] };
        for other in others {
            // A kind with parentheses behind it would become a syntax error.
            if world[piece.end..].starts_with('(') {
                continue;
            }
            tried += 1;
            let (problems, changed) =
                with(world, &piece, other).unwrap_or_else(|| panic!("{old} as {other} is right"));
            assert!(
                told_at(&problems, &piece, other),
                "{old} as {other} in {}:\n{problems}",
                changed[..piece.start].lines().last().unwrap_or_default()
            );
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn an_unknown_kind_is_told_where_it_is() {
    let world = &three_tiers();
    for piece in pieces(world) {
        let old = &world[piece.clone()];
        if old.starts_with(|c: char| c.is_ascii_uppercase()) {
            let (problems, _) = with(world, &piece, "Nonsense").expect("no such kind");
            assert!(told_at(&problems, &piece, "Nonsense"), "{old}:\n{problems}");
        }
    }
}

#[test]
fn an_unknown_kind_of_something_with_a_name_is_told_at_the_kind() {
    for wrong in [
        "faults: [ZonePowerLos(\n name: \"f\", zone: \"x\", at: \"1m\")]",
        "traffic: [ClosedLoop(\n name: \"a\")]",
    ] {
        let text = format!("(version: 1, name: \"mine\", duration: \"10m\", {wrong})");
        let kind = wrong.split(['[', '(']).nth(1).expect("a kind");
        let start = text.find(kind).expect("it is in it");
        let files = MemoryFiles::from([("mine.ron", text)]);
        let problems = load(&files, "mine.ron", &Overrides::default()).expect_err("no such kind");
        assert!(told_at(&problems, &(start..start + kind.len()), kind), "{problems}");
    }
}

#[test]
fn an_unknown_field_is_told_where_it_is_and_alone_if_it_was_optional() {
    let world = &three_tiers();
    for piece in pieces(world) {
        let old = &world[piece.clone()];
        if world[piece.end..].starts_with(':') && !old.starts_with('"') {
            let (problems, _) = with(world, &piece, "nonsense").expect("no such field");
            assert!(told_at(&problems, &piece, "nonsense"), "{old}:\n{problems}");
        }
    }
}

#[test]
fn an_unknown_reference_is_told_where_it_is() {
    let world = &three_tiers();
    for piece in pieces(world) {
        let before = world[..piece.start].trim_end_matches(['[', ' ', '(']);
        let referring =
            ["vpc:", "zone:", "region:", "subnet:", "route_table:", "alias:", "target_group:", "standby:"];
        if referring.iter().any(|field| before.ends_with(field)) && world[piece.clone()].starts_with('"') {
            let (problems, _) = with(world, &piece, "\"nobody\"").expect("no such thing");
            assert!(told_at(&problems, &piece, "\"nobody\""), "{problems}");
        }
    }
}
