//! A file of records, written behind the run's back: the run waits for the writer, but never learns of it.

use crate::interrupt::Interrupt;
use crate::output::quoted;
use crate::part_file;
use cloudsim_engine::Stamped;
use cloudsim_records::{JsonLines, Record};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How many batches may wait for the writer before the run waits too.
const BATCHES_WAITING: usize = 16;

/// Why a file of records was not written.
#[derive(Debug, thiserror::Error)]
#[error("failed to write {}: {source}", quoted(&path.display().to_string()))]
pub(crate) struct WriteError {
    path: PathBuf,
    source: io::Error,
}

/// The end of the channel that the run holds.
pub(crate) struct RecordsSender(mpsc::Sender<Vec<Stamped<Record>>>);

impl RecordsSender {
    /// Hands a batch over; a writer that has failed takes nothing more, and says why when it is waited for.
    pub(crate) fn send(&self, batch: &[Stamped<Record>]) {
        let _ = self.0.blocking_send(batch.to_vec());
    }
}

/// A writer at work.
pub(crate) struct RecordsFile(JoinHandle<Result<(), WriteError>>);

impl RecordsFile {
    /// Starts to write to `path`. A plain file appears under its name only once it is whole; anything else, such as a
    /// pipe, is written to as it is. Whoever does not wait for the end of an interrupted run finds no half of it.
    pub(crate) fn create(path: &Path, interrupt: &Interrupt) -> Result<(RecordsSender, Self), WriteError> {
        let failed = |source| WriteError { path: path.to_owned(), source };
        let target = Target::open(path).map_err(failed)?;
        if let Target::Renamed(file, _) = &target {
            interrupt.removes(file.path());
        }
        let (sender, receiver) = mpsc::channel(BATCHES_WAITING);
        let path = path.to_owned();
        let writer = tokio::task::spawn_blocking(move || {
            write(receiver, target).map_err(|source| WriteError { path, source })
        });
        Ok((RecordsSender(sender), Self(writer)))
    }

    /// Waits until everything is written, after the sender was dropped.
    pub(crate) async fn finish(self) -> Result<(), WriteError> {
        self.0.await.expect("the writer does not panic")
    }
}

enum Target {
    Stream(File),
    Renamed(tempfile::NamedTempFile, PathBuf),
}

impl Target {
    fn open(path: &Path) -> io::Result<Self> {
        let old = std::fs::metadata(path).ok();
        if old.as_ref().is_some_and(|old| !old.is_file()) {
            return File::options().write(true).open(path).map(Self::Stream);
        }
        // What a link leads to is replaced, not the link.
        let path = if old.is_some() { path.canonicalize()? } else { path.to_owned() };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mode = old.map_or(part_file::NEW_FILE_MODE, |old| old.permissions().mode());
        Ok(Self::Renamed(part_file::create(folder, mode)?, path))
    }
}

fn write(mut receiver: mpsc::Receiver<Vec<Stamped<Record>>>, target: Target) -> io::Result<()> {
    let mut lines = JsonLines::new();
    let mut text = Vec::new();
    let mut drain = |out: &mut dyn Write| -> io::Result<()> {
        while let Some(batch) = receiver.blocking_recv() {
            text.clear();
            for stamped in &batch {
                lines.write(stamped.at, stamped.number, &stamped.record, &mut text);
            }
            out.write_all(&text)?;
        }
        out.flush()
    };
    match target {
        Target::Stream(file) => match drain(&mut BufWriter::new(file)) {
            Err(problem) if problem.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            ended => ended,
        },
        Target::Renamed(mut file, path) => {
            drain(&mut BufWriter::new(file.as_file_mut()))?;
            part_file::publish(file, &path)
        }
    }
}
