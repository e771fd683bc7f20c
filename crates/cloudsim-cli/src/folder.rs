//! The folder of a sweep's results.
//!
//! `sweep.json` says what is swept. While it goes on, every run that is over is a line of `journal.jsonl`. When all are, the
//! tables are written in the order of the runs, then their hashes, and the journal goes away last: whatever kills the process,
//! the next one finds either what it needs to go on or a finished folder.

mod journal;
#[cfg_attr(not(feature = "parquet"), path = "folder/no_tables.rs")]
mod tables;

use crate::output::quoted;
use crate::part_file;
use cloudsim_sweep::{Manifest, RunSummary, RunTables, Sweep, Table};
use journal::Journal;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "sweep.json";
const JOURNAL: &str = "journal.jsonl";

/// The hash of each table, as `b3sum` writes them.
const HASHES: &str = "B3SUMS";

/// Why a folder, or what stands for one, is not written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// It is not what it should be; trying again does not help.
    #[error("{what}")]
    Refused { what: String, hint: String },
    /// The disk.
    #[error("failed to use {}: {source}", named(path))]
    Io { path: PathBuf, source: io::Error },
}

/// A folder that a sweep goes on into; no other process does while it is held.
pub(crate) struct Folder {
    path: PathBuf,
    journal: Journal,
    /// Held by the process, and gone with it.
    _lock: File,
}

/// A folder to go on with, or one that is finished.
pub(crate) enum Opened {
    Unfinished(Folder, Manifest),
    Finished(Told),
}

/// What a folder says.
pub(crate) struct Told {
    pub(crate) manifest: Manifest,
    /// The runs up to the first that is not there.
    pub(crate) sweep: Sweep,
    /// How many are there, and whether that is all.
    pub(crate) runs: u64,
    pub(crate) finished: bool,
}

impl Folder {
    /// Makes a folder for a sweep, or goes on with one.
    pub(crate) fn open(path: &Path, asked: &Manifest, resume: bool) -> Result<Opened, FolderError> {
        needs_parquet()?;
        let failed = |source| FolderError::Io { path: path.to_owned(), source };
        if path.exists() && !path.is_dir() {
            return Err(refused(format!("{} is no folder", named(path)), "take a folder that is not there"));
        }
        fs::create_dir_all(path).map_err(failed)?;
        let lock = File::open(path).map_err(failed)?;
        lock.try_lock().map_err(|problem| match problem {
            TryLockError::WouldBlock => refused(
                format!("another process writes to {}", named(path)),
                "wait for its end, or take another folder",
            ),
            TryLockError::Error(source) => failed(source),
        })?;
        let found = files(path)?;
        if !found.is_empty() && !resume {
            return Err(refused(
                format!("{} is not empty", named(path)),
                "`--resume` goes on with a sweep that was stopped; else take a new folder",
            ));
        }
        for name in found.iter().filter(|name| part_file::is_left_over(name)) {
            fs::remove_file(path.join(name)).map_err(failed)?;
        }
        let is_there = |name: &str| found.iter().any(|found| found == name);
        if !is_there(MANIFEST) && found.iter().any(|name| !part_file::is_left_over(name)) {
            return Err(refused(
                format!("{} holds results, but {MANIFEST} is missing", named(path)),
                "take a folder that is empty or not there",
            ));
        }
        let manifest = if is_there(MANIFEST) { matching(path, asked)? } else { started(path, asked)? };
        let whole = Table::ALL.iter().all(|table| is_there(&file_name(*table))) && is_there(HASHES);
        if whole && !is_there(JOURNAL) {
            return tables::read(path, manifest).map(Opened::Finished);
        }
        let journal = path.join(JOURNAL);
        let opened = Journal::open(&journal, &manifest);
        let journal = opened.map_err(|source| FolderError::Io { path: journal, source })?;
        Ok(Opened::Unfinished(Self { path: path.to_owned(), journal, _lock: lock }, manifest))
    }

    /// Whether a run is in it.
    pub(crate) fn has(&self, number: u64) -> bool {
        self.journal.has(number)
    }

    /// Keeps a run that is over, as a line.
    pub(crate) fn add(&mut self, number: u64, line: &str) -> Result<(), FolderError> {
        self.journal.add(number, line).map_err(|source| self.failed(source))
    }

    /// What is left of a run that is in it.
    pub(crate) fn summary(&mut self, number: u64) -> Result<RunSummary, FolderError> {
        let run = self.journal.read(number).map_err(|source| self.failed(source))?;
        RunSummary::from_tables(&run).ok_or_else(|| damaged(&self.path.join(JOURNAL)))
    }

    /// Writes the tables, once all runs are in it.
    pub(crate) fn finish(mut self, manifest: &Manifest) -> Result<(), FolderError> {
        tables::write(&self.path, manifest, &mut self.journal)?;
        let end = || {
            // What is on the disk is whole before the journal is not there any more.
            let folder = File::open(&self.path)?;
            folder.sync_all()?;
            fs::remove_file(self.path.join(JOURNAL))?;
            folder.sync_all()
        };
        end().map_err(|source| FolderError::Io { path: self.path.clone(), source })
    }

    fn failed(&self, source: io::Error) -> FolderError {
        FolderError::Io { path: self.path.join(JOURNAL), source }
    }
}

/// Reads what a folder says, finished or not.
pub(crate) fn read(path: &Path) -> Result<Told, FolderError> {
    needs_parquet()?;
    let manifest = read_manifest(path)?;
    let journal = path.join(JOURNAL);
    if !journal.exists() {
        return tables::read(path, manifest);
    }
    let failed = |source| FolderError::Io { path: journal.clone(), source };
    let mut runs = Journal::look(&journal, &manifest).map_err(failed)?;
    let mut sweep = Sweep::new(manifest.info.clone());
    let mut taken = 0;
    while runs.has(taken) {
        let run = runs.read(taken).map_err(failed)?;
        take(&mut sweep, &run).ok_or_else(|| damaged(&journal))?;
        taken += 1;
    }
    Ok(Told { manifest, sweep, runs: runs.len(), finished: false })
}

/// Gives a sweep its next run; `None` if it is another one.
pub(crate) fn take(sweep: &mut Sweep, run: &RunTables) -> Option<()> {
    let summary = RunSummary::from_tables(run).filter(|summary| sweep.takes(run.point, summary))?;
    sweep.take(run.point, summary);
    Some(())
}

fn file_name(table: Table) -> String {
    format!("{}.parquet", table.name())
}

/// The names of the files in a folder that may hold nothing but what a sweep writes.
fn files(path: &Path) -> Result<Vec<String>, FolderError> {
    let failed = |source| FolderError::Io { path: path.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let is_ours = |name: &str| {
        let is_table = Table::ALL.iter().any(|table| file_name(*table) == name);
        is_table || [MANIFEST, JOURNAL, HASHES].contains(&name) || part_file::is_left_over(name)
    };
    match names.iter().find(|name| !is_ours(name)) {
        None => Ok(names),
        Some(other) => Err(refused(
            format!("{} holds something else: {}", named(path), quoted(other)),
            "take a folder that is empty or not there",
        )),
    }
}

/// Begins: says what is swept.
fn started(path: &Path, asked: &Manifest) -> Result<Manifest, FolderError> {
    let file = path.join(MANIFEST);
    part_file::write(&file, asked.to_json().as_bytes())
        .map_err(|source| FolderError::Io { path: file, source })?;
    Ok(asked.clone())
}

/// The manifest of a folder, if it is of the sweep that is asked for.
fn matching(path: &Path, asked: &Manifest) -> Result<Manifest, FolderError> {
    let manifest = read_manifest(path)?;
    let differences = manifest.differences(asked);
    if differences.is_empty() {
        return Ok(manifest);
    }
    Err(refused(
        format!("{} is of another sweep\n  {}", named(path), differences.join("\n  ")),
        "ask for the same again, or take a new folder",
    ))
}

fn read_manifest(path: &Path) -> Result<Manifest, FolderError> {
    let file = path.join(MANIFEST);
    let text = match fs::read_to_string(&file) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => {
            return Err(refused(
                format!("{} is no folder of a sweep", named(path)),
                "`cloudsim sweep FILE --seeds 0..200 --out DIR` makes one",
            ));
        }
        read => read.map_err(|source| FolderError::Io { path: file.clone(), source })?,
    };
    Manifest::from_json(&text).ok_or_else(|| damaged(&file))
}

fn needs_parquet() -> Result<(), FolderError> {
    if cfg!(feature = "parquet") {
        return Ok(());
    }
    Err(refused(
        "this program was built without folders of results".to_owned(),
        "build it with the feature `parquet`, which is on by default",
    ))
}

pub(crate) fn damaged(path: &Path) -> FolderError {
    refused(format!("{} is damaged", named(path)), "sweep again, to a new folder")
}

pub(crate) fn refused(what: String, hint: &str) -> FolderError {
    FolderError::Refused { what, hint: hint.to_owned() }
}

pub(crate) fn named(path: &Path) -> String {
    quoted(&path.display().to_string())
}

#[cfg(all(test, feature = "parquet"))]
mod tests;
