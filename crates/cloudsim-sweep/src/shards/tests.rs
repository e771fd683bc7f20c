use super::*;
use crate::manifest::Request;
use crate::sweep::tests::info;
use crate::tables::tests::eventful;
use proptest::prelude::*;

const VERSION: &str = "0.0.0";

fn plan(seeds: std::ops::Range<u64>, count: u64) -> SweepPlan {
    let manifest = Manifest {
        info: info(seeds, &[("a.x", &["1", "2"])]),
        until: None,
        plans: Manifest::hash(["one", "two"].into_iter()),
        request: Request { file: "made-up.ron".to_owned(), ..Request::default() },
    };
    let files = [("world.ron", "(1)"), ("made-up.ron", "(\"\n\u{e9}\")")];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    SweepPlan::new(manifest, files, count)
}

fn run(seed: u64, point: usize) -> RunTables {
    let mut run = RunTables::of(&eventful(seed), point);
    run.seed = seed;
    run
}

/// The part of a shard as its runs make it.
fn part(plan: &SweepPlan, shard: u64) -> String {
    let info = plan.shards.shard(shard).info;
    let runs = (info.from..info.until).flat_map(|seed| [run(seed, 0), run(seed, 1)]);
    plan.shards.part_head(shard) + &runs.map(|run| run.to_line()).collect::<String>()
}

/// Whether all of its runs are there.
fn is_whole(bytes: &[u8]) -> bool {
    Part::parse(bytes).is_some_and(|part| part.runs().all(|run| run.is_some()))
}

#[test]
fn a_plan_is_read_back_by_the_program_that_made_it_alone() {
    let plan = plan(3..10, 3);
    let text = plan.to_json();
    assert_eq!(SweepPlan::from_json(&text, VERSION), Ok(plan));
    assert_eq!(SweepPlan::from_json(&text, "0.0.1"), Err(NoPlan::Version(VERSION.to_owned())));
    for other in ["", "{}", "[]", "{\"kind\": \"SweepFolder\"}"] {
        assert_eq!(SweepPlan::from_json(other, VERSION), Err(NoPlan::Other), "{other}");
    }
    for (from, to) in [("\"from\": 5", "\"from\": 6"), ("(1)", "(2)"), ("made-up.ron", "other.ron")] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert_eq!(SweepPlan::from_json(&changed, VERSION), Err(NoPlan::Damaged), "{from}");
    }
}

/// What another program makes of its white space is no other plan.
#[test]
fn the_hash_of_a_plan_is_of_what_it_says() {
    let text = plan(3..10, 3).to_json();
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(SweepPlan::from_json(&value.to_string(), VERSION), Ok(plan(3..10, 3)));
    assert_ne!(plan(3..10, 3).shards.plan, plan(3..10, 4).shards.plan);
    assert_ne!(plan(3..10, 3).shards.plan, plan(3..11, 3).shards.plan);
}

proptest! {
    #[test]
    fn shards_have_every_seed_once_and_differ_by_one_seed_at_most(
        from in 0..u64::MAX / 2,
        seeds in 1_u64..5_000,
        count in 1_u64..300,
    ) {
        let count = count.min(seeds);
        let plan = plan(from..from + seeds, count);
        let mut next = from;
        let mut sizes = Vec::new();
        for shard in 0..count {
            let info = plan.shards.shard(shard).info;
            prop_assert_eq!(info.from, next);
            sizes.push(info.until - info.from);
            next = info.until;
        }
        prop_assert_eq!(next, from + seeds);
        prop_assert!(sizes.iter().max() <= sizes.iter().min().map(|min| min + 1).as_ref());
    }

    #[test]
    fn whatever_is_a_part_it_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Part::parse(&bytes).is_none());
    }
}

#[test]
fn a_part_says_what_it_is_and_has_its_runs_in_order() {
    let plan = plan(3..10, 3);
    let text = part(&plan, 1);
    let read = Part::parse(text.as_bytes()).expect("a part");
    assert_eq!((&read.shards, read.shard), (&plan.shards, 1));
    let runs: Vec<RunTables> = read.runs().map(|run| run.expect("it is there").tables).collect();
    let expected = [5, 6].map(|seed| [run(seed, 0), run(seed, 1)]).concat();
    assert_eq!(runs, expected);
    assert!(plan.shards.part_name(1).starts_with("part-1-"));
    assert_ne!(plan.shards.part_name(1), self::plan(3..10, 4).shards.part_name(1));
}

#[test]
fn a_part_that_is_not_whole_is_seen() {
    let plan = plan(3..10, 3);
    let text = part(&plan, 1);
    assert!(is_whole(text.as_bytes()));
    for end in 0..text.len() {
        assert!(!is_whole(&text.as_bytes()[..end]), "cut at {end}");
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let exchanged = [lines[0], lines[2], lines[1], lines[3], lines[4]].concat();
    assert!(!is_whole(exchanged.as_bytes()), "its runs are in another order");
    assert!(!is_whole((text.clone() + lines[4]).as_bytes()), "a run is there twice");
    let other = [lines[0], &part(&plan, 0)[part(&plan, 0).find('\n').expect("a line") + 1..]].concat();
    assert!(!is_whole(other.as_bytes()), "they are the runs of another shard");
}
