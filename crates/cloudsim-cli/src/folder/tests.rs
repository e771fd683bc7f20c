use super::*;
use cloudsim_records::RunDigest;
use cloudsim_sweep::{Cell, Factor, Request, SweepInfo};
use std::collections::BTreeMap;

fn manifest() -> Manifest {
    let values = ["x", "y"].map(str::to_owned).to_vec();
    let info = SweepInfo {
        version: "0.0.0".to_owned(),
        scenario: "made-up".to_owned(),
        overrides: Vec::new(),
        from: 5,
        until: 8,
        factors: vec![Factor { path: "a.b".to_owned(), values }],
    };
    Manifest { info, until: None, plans: Manifest::hash(std::iter::empty()), request: Request::default() }
}

fn run(number: u64) -> RunTables {
    let point = usize::try_from(number % 2).expect("one of two");
    let mut run = RunTables::new(5 + number / 2, point);
    let digest = RunDigest([u8::try_from(number).expect("a few"); 32]).to_string();
    assert!(run.add(Table::Runs, vec![Cell::Text(digest), Cell::Decimal(1), Cell::Decimal(2)]));
    run
}

fn unfinished(path: &Path, resume: bool) -> Folder {
    match Folder::open(path, &manifest(), resume).expect("nothing is in the way") {
        Opened::Unfinished(folder, _) => folder,
        Opened::Finished(_) => panic!("it is not finished"),
    }
}

/// A folder to which these runs were added, in this order.
fn with_runs(path: &Path, numbers: impl IntoIterator<Item = u64>) {
    let mut folder = unfinished(path, false);
    for number in numbers {
        folder.add(number, &run(number).to_line()).expect("the disk has room");
    }
}

fn contents(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(path).expect("it is there").map(|entry| entry.expect("an entry"));
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    named.map(|(name, path)| (name, fs::read(path).expect("a file"))).collect()
}

fn refusal(path: &Path, asked: &Manifest, resume: bool) -> String {
    match Folder::open(path, asked, resume) {
        Err(FolderError::Refused { what, hint }) => format!("{what}\n{hint}"),
        Err(problem) => panic!("{problem}"),
        Ok(_) => panic!("it is taken"),
    }
}

/// However many tables have their names already, and whatever else was begun: the end is the same.
#[test]
fn a_folder_that_was_stopped_while_its_tables_were_written_becomes_the_same() {
    let temporary = tempfile::tempdir().expect("a folder");
    let whole = temporary.path().join("whole");
    with_runs(&whole, 0..6);
    unfinished(&whole, true).finish(&manifest()).expect("it can be written");
    let expected = contents(&whole);
    assert_eq!(expected.len(), 2 + Table::ALL.len(), "manifest, tables, hashes: {:?}", expected.keys());
    for tables in 0..=Table::ALL.len() {
        let path = temporary.path().join(tables.to_string());
        with_runs(&path, [4, 0, 5, 2, 1, 3]);
        for table in &Table::ALL[..tables] {
            fs::copy(whole.join(file_name(*table)), path.join(file_name(*table))).expect("it can be copied");
        }
        fs::write(path.join(".cloudsim-abc.part"), "half of a table").expect("it can be written");
        unfinished(&path, true).finish(&manifest()).expect("it can be written");
        assert!(contents(&path) == expected, "with {tables} tables");
    }
}

#[test]
fn a_finished_folder_says_what_was_added_to_it() {
    let temporary = tempfile::tempdir().expect("a folder");
    with_runs(temporary.path(), [4, 0, 5, 2, 1]);
    let told = read(temporary.path()).expect("it can be read");
    assert!(!told.finished && told.runs == 5);
    assert_eq!(told.sweep.finish().measured, 1, "of the second seed one point is missing");
    let mut folder = unfinished(temporary.path(), true);
    assert!((0..6).filter(|number| !folder.has(*number)).eq([3]));
    folder.add(3, &run(3).to_line()).expect("the disk has room");
    folder.finish(&manifest()).expect("it can be written");
    let Ok(Opened::Finished(told)) = Folder::open(temporary.path(), &manifest(), true) else {
        panic!("it is finished")
    };
    assert!(told.finished && told.runs == 6);
    let document = told.sweep.finish();
    let digests: Vec<u8> = document.points[1].runs.iter().map(|row| row.digest.0[0]).collect();
    assert_eq!(digests, [1, 3, 5]);
}

#[test]
fn tables_that_do_not_fit_together_are_refused() {
    let temporary = tempfile::tempdir().expect("a folder");
    with_runs(temporary.path(), 0..6);
    unfinished(temporary.path(), true).finish(&manifest()).expect("it can be written");
    let manifest_of = |seeds: u64| {
        let mut manifest = manifest();
        manifest.info.until = 5 + seeds;
        manifest.to_json()
    };
    for seeds in [2, 4] {
        fs::write(temporary.path().join(MANIFEST), manifest_of(seeds)).expect("it can be written");
        assert!(matches!(read(temporary.path()), Err(FolderError::Refused { .. })), "{seeds} seeds of 3");
    }
    fs::write(temporary.path().join(MANIFEST), manifest_of(3)).expect("it can be written");
    assert!(read(temporary.path()).is_ok());
    fs::write(temporary.path().join("services.parquet"), "PAR1").expect("it can be written");
    assert!(matches!(read(temporary.path()), Err(FolderError::Refused { .. })));
    fs::remove_file(temporary.path().join("services.parquet")).expect("it is there");
    assert!(matches!(read(temporary.path()), Err(FolderError::Refused { .. })));
}

#[test]
fn only_one_process_writes_to_a_folder() {
    let temporary = tempfile::tempdir().expect("a folder");
    let held = unfinished(temporary.path(), false);
    assert!(refusal(temporary.path(), &manifest(), true).contains("another process writes to"));
    drop(held);
    unfinished(temporary.path(), true);
}

#[test]
fn a_folder_with_anything_else_is_refused() {
    let temporary = tempfile::tempdir().expect("a folder");
    fs::write(temporary.path().join("thesis.txt"), "of years").expect("it can be written");
    for resume in [false, true] {
        let said = refusal(temporary.path(), &manifest(), resume);
        assert!(said.contains("holds something else: thesis.txt"), "{said}");
    }
    let file = temporary.path().join("thesis.txt");
    assert!(refusal(&file, &manifest(), true).contains("is no folder"));
}

#[test]
fn a_folder_is_gone_on_with_only_if_asked_and_only_as_the_same_sweep() {
    let temporary = tempfile::tempdir().expect("a folder");
    with_runs(temporary.path(), [1]);
    assert!(refusal(temporary.path(), &manifest(), false).contains("`--resume` goes on"));
    let mut other = manifest();
    other.info.version = "0.0.1".to_owned();
    other.info.until = 9;
    let said = refusal(temporary.path(), &other, true);
    assert!(said.contains("version: 0.0.0 there, 0.0.1 here\n  seeds: 5..8 there, 5..9 here"), "{said}");
    fs::remove_file(temporary.path().join(MANIFEST)).expect("it is there");
    assert!(refusal(temporary.path(), &manifest(), true).contains("sweep.json is missing"));
}
