use super::*;
use crate::manifest::{Manifest, Request};
use crate::sweep::tests::info;
use crate::tables::tests::eventful;
use cloudsim_units::SimDuration;
use proptest::prelude::*;

#[test]
fn a_run_is_read_back_from_its_line() {
    let run = RunTables::of(&eventful(u64::MAX), 3);
    let line = run.to_line();
    assert!(line.ends_with('\n') && line.matches('\n').count() == 1);
    assert_eq!(RunTables::from_line(line.as_bytes()), Some(run));
    assert!(serde_json::from_str::<Value>(&line).is_ok(), "each line is an object by itself");
}

#[test]
fn a_line_that_was_not_written_to_its_end_is_none() {
    let line = RunTables::of(&eventful(1), 0).to_line();
    for end in 0..line.len() {
        assert_eq!(RunTables::from_line(&line.as_bytes()[..end]), None, "{end}");
    }
}

proptest! {
    #[test]
    fn a_line_that_is_not_as_it_was_written_is_none(place in 0_usize..3_000, bit in 0_u8..8) {
        let mut line = RunTables::of(&eventful(1), 0).to_line().into_bytes();
        let place = place % line.len();
        line[place] ^= 1 << bit;
        prop_assert_eq!(RunTables::from_line(&line), None);
    }

    #[test]
    fn whatever_it_is_a_line_is_read_or_refused(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(RunTables::from_line(&line), None);
    }
}

fn manifest() -> Manifest {
    Manifest {
        info: info(3..7, &[("a.x", &["1", "2"]), ("b.y", &["p", "q", "r"])]),
        until: Some(SimDuration::from_millis(90_500)),
        plans: Manifest::hash(["one", "two"].into_iter()),
        request: Request {
            file: "made-up.ron".to_owned(),
            set: vec!["a.z=3".to_owned()],
            interventions: vec!["4m: drain node/x".to_owned()],
            ..Request::default()
        },
    }
}

#[test]
fn a_manifest_is_read_back() {
    let manifest = manifest();
    assert_eq!(Manifest::from_json(&manifest.to_json()), Some(manifest.clone()));
    assert_eq!(Manifest::from_json("{}"), None);
    for (from, to, why) in [
        ("\"from\": 3", "\"from\": 8", "it ends before it begins"),
        ("\"until\": 7", "\"until\": 18446744073709551615", "nobody can hold so many"),
        ("\"p\",", "[],", "a value is a text"),
    ] {
        let other = manifest.to_json().replace(from, to);
        assert_ne!(other, manifest.to_json(), "{from}");
        assert_eq!(Manifest::from_json(&other), None, "{why}");
    }
    let mut empty = manifest.clone();
    empty.info.factors[0].values.clear();
    assert_eq!(Manifest::from_json(&empty.to_json()), None, "no point is in it");
    let mut many = manifest;
    many.info.factors[0].values = (0..100).map(|value| value.to_string()).collect();
    assert_eq!(Manifest::from_json(&many.to_json()), None, "300 points are too many");
}

#[test]
fn runs_are_numbered_seed_by_seed_and_point_by_point() {
    let manifest = manifest();
    assert_eq!((manifest.points(), manifest.runs()), (6, 24));
    assert_eq!(manifest.number(3, 0), Some(0));
    assert_eq!(manifest.number(4, 5), Some(11));
    for (seed, point) in [(2, 0), (7, 0), (3, 6)] {
        assert_eq!(manifest.number(seed, point), None);
    }
}

#[test]
fn what_differs_between_two_sweeps_is_named() {
    let one = manifest();
    assert_eq!(one.differences(&one.clone()), [""; 0]);
    let mut asked_otherwise = one.clone();
    asked_otherwise.request.file = "./made-up.ron".to_owned();
    assert_eq!(one.differences(&asked_otherwise), [""; 0], "how it was asked for is no difference");
    let mut longer = one.clone();
    longer.info.until = 9;
    longer.until = None;
    assert_eq!(
        one.differences(&longer),
        ["seeds: 3..7 there, 3..9 here", "until: 1m30s500ms there, the end here"]
    );
    let mut edited = one.clone();
    edited.plans = Manifest::hash(["one", "three"].into_iter());
    assert_eq!(one.differences(&edited), ["the files of the scenario have changed"]);
    let mut changed = edited;
    changed.info.factors.pop();
    changed.info.overrides.push("set a.x=3".to_owned());
    let found = one.differences(&changed);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("changes: none there")
            && found[1].starts_with("varied: a.x=1,2; b.y=p,q,r there")
    );
}

/// Texts that read the same one after the other are not the same texts.
#[test]
fn plans_are_hashed_each_by_itself() {
    let hash = |texts: &[&str]| Manifest::hash(texts.iter().copied());
    assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
    assert_ne!(hash(&["a"]), hash(&["a", "a"]));
}
