use super::*;
use crate::Sweep;
use crate::sweep::tests::{info, run};
use cloudsim_engine::Streams;

fn shown(sweep: Sweep, width: usize) -> String {
    let command = |settings: &[String], seed: u64| {
        let set = settings.iter().flat_map(|setting| ["--set", setting]);
        let words = ["cloudsim", "run", "made-up.ron", "--seed"].map(str::to_owned).into_iter();
        words.chain([seed.to_string()]).chain(set.map(str::to_owned)).collect::<Vec<_>>().join(" ")
    };
    sweep.finish().to_text(&TextOptions { colour: false, width, command: &command })
}

/// Recovery times that are skewed, as waits are; one run in fifty does not recover.
fn skewed(runs: u64, slower: u64) -> impl Iterator<Item = (u64, Option<u64>, u64)> {
    let mut luck = Streams::new(7).stream("runs", "test");
    (0..runs).map(move |seed| {
        let rto = 20 + slower + (0..4).map(|_| luck.below(10)).sum::<u64>() + luck.below(3) * luck.below(9);
        let lost = luck.below(50) == 0;
        (seed, (!lost).then_some(rto), 10_000 - 2 * rto)
    })
}

#[test]
fn many_runs_are_a_table_then_dots() {
    let mut sweep = Sweep::new(info(0..200, &[]));
    for (seed, rto, good) in skewed(200, 0) {
        sweep.take(0, run(seed, rto, good));
    }
    insta::assert_snapshot!(shown(sweep, 100));
}

#[test]
fn a_narrow_terminal_and_few_runs() {
    let mut sweep = Sweep::new(info(0..12, &[]));
    for (seed, rto, good) in skewed(9, 0) {
        sweep.take(0, run(seed, rto, good));
    }
    insta::assert_snapshot!(shown(sweep, 60));
}

#[test]
fn nothing_measured_is_said() {
    insta::assert_snapshot!(shown(Sweep::new(info(0..12, &[])), 80), @r"
    made-up   seeds 0..0
    OPEN  interrupted: 0 of 12 seeds measured
    ");
}

#[test]
fn runs_that_are_all_alike_need_no_picture() {
    let mut sweep = Sweep::new(info(3..8, &[]));
    for seed in 3..8 {
        sweep.take(0, run(seed, Some(0), 10_000));
    }
    insta::assert_snapshot!(shown(sweep, 100));
}

#[test]
fn a_grid_is_a_line_for_each_point() {
    let mut sweep = Sweep::new(info(
        0..50,
        &[
            ("target_groups.web.interval", &["5s", "10s", "30s"]),
            ("databases.orders.multi_az", &["true", "false"]),
        ],
    ));
    for (point, slower) in [0, 9, 4, 13, 20, 31].into_iter().enumerate() {
        for (seed, rto, good) in skewed(50, slower) {
            sweep.take(point, run(seed, rto, good));
        }
    }
    insta::assert_snapshot!(shown(sweep, 110));
}
