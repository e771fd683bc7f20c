//! The tables of a finished folder.

use super::journal::Journal;
use super::{FolderError, HASHES, Told, damaged, file_name, named, refused, take};
use crate::part_file;
use cloudsim_parquet::{TableError, TableReader, TableWriter};
use cloudsim_sweep::{Cell, Cells, Manifest, RunTables, Sweep, Table};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::iter::Peekable;
use std::path::Path;

/// What the statistics of a sweep are made of.
const SUMMED_UP: [Table; 3] = [Table::Runs, Table::Services, Table::Objectives];

/// Writes all of them from a journal that has every run.
pub(super) fn write(folder: &Path, manifest: &Manifest, journal: &mut Journal) -> Result<(), FolderError> {
    let (info, grid) = (&manifest.info, manifest.info.grid());
    let failed = |table| move |problem: TableError| failed(&folder.join(file_name(table)), problem);
    let io_failed = |source| FolderError::Io { path: folder.to_owned(), source };
    let mut writers = Vec::new();
    for table in Table::ALL {
        let file = part_file::create(folder, part_file::NEW_FILE_MODE).map_err(io_failed)?;
        let writer = TableWriter::new(file, table, &info.factors, &info.version).map_err(failed(table))?;
        writers.push((table, writer));
    }
    for number in 0..manifest.runs() {
        let run = journal.read(number).map_err(io_failed)?;
        let key = run.key(&info.values(&grid[run.point]));
        for (table, writer) in &mut writers {
            for row in run.rows(*table) {
                writer.write(key.iter().chain(row)).map_err(failed(*table))?;
            }
        }
    }
    let mut hashes = String::new();
    for (table, writer) in writers {
        let (file, name) = (writer.finish().map_err(failed(table))?, file_name(table));
        let hash = file.reopen().and_then(hash).map_err(io_failed)?;
        hashes.extend([&hash, "  ", &name, "\n"]);
        part_file::publish(file, &folder.join(name)).map_err(io_failed)?;
    }
    part_file::write(&folder.join(HASHES), hashes.as_bytes()).map_err(io_failed)
}

fn hash(file: impl Read) -> io::Result<String> {
    Ok(blake3::Hasher::new().update_reader(file)?.finalize().to_string())
}

/// Sums up a finished folder again.
pub(super) fn read(folder: &Path, manifest: Manifest) -> Result<Told, FolderError> {
    let info = &manifest.info;
    let io_failed = |source| FolderError::Io { path: folder.to_owned(), source };
    let written = io::read_to_string(open(&folder.join(HASHES))?).map_err(io_failed)?;
    let hashes: BTreeMap<&str, &str> =
        written.lines().filter_map(|line| line.split_once("  ")).map(|(hash, name)| (name, hash)).collect();
    let mut readers = Vec::new();
    for table in SUMMED_UP {
        let path = folder.join(file_name(table));
        let file = open(&path)?;
        if hashes.get(&*file_name(table)) != Some(&&*hash(&file).map_err(io_failed)?) {
            return Err(damaged(&path));
        }
        (&file).rewind().map_err(io_failed)?;
        let reader =
            TableReader::new(file, table, &info.factors).map_err(|problem| unread(&path, &problem))?;
        readers.push((table, reader.peekable()));
    }
    let (points, grid) = (manifest.points(), info.grid());
    let mut sweep = Sweep::new(info.clone());
    for number in 0..manifest.runs() {
        let point = usize::try_from(number % points).expect("as many as the grid has");
        let mut run = RunTables::new(info.from + number / points, point);
        let key = run.key(&info.values(&grid[point]));
        for (table, reader) in &mut readers {
            rows(reader, *table, &key, &mut run)
                .map_err(|problem| unread(&folder.join(file_name(*table)), &problem))?
                .ok_or_else(|| damaged(&folder.join(file_name(*table))))?;
        }
        take(&mut sweep, &run).ok_or_else(|| damaged(folder))?;
    }
    for (table, reader) in &mut readers {
        if reader.next().is_some() {
            return Err(damaged(&folder.join(file_name(*table))));
        }
    }
    let runs = manifest.runs();
    Ok(Told { manifest, sweep, runs, finished: true })
}

/// Takes the rows of a run, which come next; `None` if they are not as they should be.
fn rows(
    reader: &mut Peekable<TableReader>,
    table: Table,
    key: &[Cell],
    run: &mut RunTables,
) -> Result<Option<()>, TableError> {
    let is_of_run = |row: &Result<Cells, TableError>| row.as_ref().is_ok_and(|row| row.starts_with(key));
    while let Some(row) = reader.next_if(is_of_run) {
        if !run.add(table, row?.split_off(key.len())) {
            return Ok(None);
        }
    }
    match reader.next_if(Result::is_err) {
        Some(problem) => problem.map(|_| None),
        None => Ok(Some(())),
    }
}

/// Opens a file that a finished folder has.
fn open(path: &Path) -> Result<File, FolderError> {
    File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => {
            refused(format!("{} is missing", named(path)), "`cloudsim sweep --resume` makes it again")
        }
        _ => FolderError::Io { path: path.to_owned(), source },
    })
}

fn unread(path: &Path, problem: &TableError) -> FolderError {
    refused(format!("{} cannot be read: {problem}", named(path)), "sweep again, to a new folder")
}

fn failed(path: &Path, problem: TableError) -> FolderError {
    FolderError::Io { path: path.to_owned(), source: io::Error::other(problem) }
}
