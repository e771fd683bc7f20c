//! The runs that are over, a line each in the order in which they ended, until all are.

use cloudsim_sweep::{Manifest, RunTables};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

pub(super) struct Journal {
    file: BufReader<File>,
    /// Where the line of each run begins.
    places: BTreeMap<u64, u64>,
    end: u64,
}

impl Journal {
    /// Opens it in order to go on, and cuts off what was not written to its end.
    pub(super) fn open(path: &Path, manifest: &Manifest) -> io::Result<Self> {
        let file = File::options().read(true).append(true).create(true).open(path)?;
        let journal = Self::scan(file, manifest)?;
        journal.file.get_ref().set_len(journal.end)?;
        Ok(journal)
    }

    /// Opens it in order to read what is there.
    pub(super) fn look(path: &Path, manifest: &Manifest) -> io::Result<Self> {
        Self::scan(File::open(path)?, manifest)
    }

    fn scan(file: File, manifest: &Manifest) -> io::Result<Self> {
        let mut journal = Self { file: BufReader::new(file), places: BTreeMap::new(), end: 0 };
        let mut line = Vec::new();
        while journal.file.read_until(b'\n', &mut line)? > 0 {
            let run = RunTables::from_line(&line);
            let Some(number) = run.and_then(|run| manifest.number(run.seed, run.point)) else { break };
            journal.places.entry(number).or_insert(journal.end);
            journal.end += line.len() as u64;
            line.clear();
        }
        Ok(journal)
    }

    pub(super) fn has(&self, number: u64) -> bool {
        self.places.contains_key(&number)
    }

    /// How many runs are in it.
    pub(super) fn len(&self) -> u64 {
        self.places.len() as u64
    }

    /// Adds the line of a run by a single write.
    pub(super) fn add(&mut self, number: u64, line: &str) -> io::Result<()> {
        self.file.get_mut().write_all(line.as_bytes())?;
        self.places.insert(number, self.end);
        self.end += line.len() as u64;
        Ok(())
    }

    /// Reads a run that is in it.
    pub(super) fn read(&mut self, number: u64) -> io::Result<RunTables> {
        self.file.seek(SeekFrom::Start(self.places[&number]))?;
        let mut line = Vec::new();
        self.file.read_until(b'\n', &mut line)?;
        RunTables::from_line(&line).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

#[cfg(test)]
mod tests;
