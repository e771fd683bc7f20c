use super::*;
use cloudsim_sweep::{Cell, Request, SweepInfo, Table};
use proptest::prelude::*;

fn manifest() -> Manifest {
    let info = SweepInfo {
        version: "0.0.0".to_owned(),
        scenario: "made-up".to_owned(),
        overrides: Vec::new(),
        from: 10,
        until: 20,
        factors: Vec::new(),
    };
    Manifest { info, until: None, plans: Manifest::hash(std::iter::empty()), request: Request::default() }
}

fn run(number: u64) -> RunTables {
    let mut run = RunTables::new(10 + number, 0);
    let row = [Cell::Text(format!("blake3:{number}")), Cell::Decimal(1), Cell::Decimal(2)];
    assert!(run.add(Table::Runs, row.into()));
    run
}

/// A journal of these runs, in this order, and where each line ends.
fn journal(path: &Path, numbers: &[u64]) -> Vec<u64> {
    let mut journal = Journal::open(path, &manifest()).expect("it can be made");
    let added = numbers.iter().map(|number| {
        journal.add(*number, &run(*number).to_line()).expect("the disk has room");
        journal.end
    });
    added.collect()
}

/// Wherever a process was killed while it wrote: what was whole before is there, the rest is cut off, and the next run
/// follows what is whole.
#[test]
fn a_journal_that_was_torn_at_any_byte_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal");
    let numbers = [3, 0, 7];
    let ends = journal(&path, &numbers);
    let whole = std::fs::read(&path).expect("it is there");
    for torn in 0..=whole.len() {
        std::fs::write(&path, &whole[..torn]).expect("it can be torn");
        let kept = ends.iter().filter(|end| **end <= torn as u64).count();
        let mut opened = Journal::open(&path, &manifest()).expect("it can be read");
        let there: Vec<u64> = (0..10).filter(|number| opened.has(*number)).collect();
        let mut expected = numbers[..kept].to_vec();
        expected.sort_unstable();
        assert_eq!(there, expected, "torn at {torn}");
        opened.add(5, &run(5).to_line()).expect("the disk has room");
        let mut again = Journal::look(&path, &manifest()).expect("it can be read");
        for number in numbers[..kept].iter().chain(&[5]) {
            assert_eq!(again.read(*number).expect("it is there"), run(*number), "torn at {torn}");
        }
        assert_eq!(again.len(), kept as u64 + 1);
    }
}

#[test]
fn a_run_of_another_sweep_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal");
    std::fs::write(&path, RunTables::new(20, 0).to_line() + &run(1).to_line()).expect("it can be written");
    assert_eq!(Journal::look(&path, &manifest()).expect("it can be read").len(), 0);
}

proptest! {
    #[test]
    fn whatever_stands_behind_whole_lines_they_are_kept(rest in proptest::collection::vec(any::<u8>(), 0..60)) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        journal(&path, &[1, 2]);
        let mut bytes = std::fs::read(&path).expect("it is there");
        bytes.extend(rest);
        std::fs::write(&path, bytes).expect("it can be written");
        let mut opened = Journal::open(&path, &manifest()).expect("it can be read");
        prop_assert_eq!(opened.len(), 2);
        prop_assert_eq!(opened.read(2).expect("it is there"), run(2));
    }
}
