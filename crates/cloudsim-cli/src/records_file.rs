//! A file of records, written behind the run's back: the run waits for the writer, but never learns of it.

use crate::interrupt::Interrupt;
use crate::part_file::{Target, WriteError};
use cloudsim_engine::Stamped;
use cloudsim_records::{JsonLines, Origin, Record};
use std::io::{self, Write};
use std::path::Path;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How many batches may wait for the writer before the run waits too.
const BATCHES_WAITING: usize = 16;

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
    pub(crate) fn create(
        path: &Path,
        origin: Origin,
        interrupt: &Interrupt,
    ) -> Result<(RecordsSender, Self), WriteError> {
        let target = Target::open(path, interrupt)?;
        let (sender, receiver) = mpsc::channel(BATCHES_WAITING);
        let write = if is_parquet(path) { write_parquet } else { write_lines };
        let writer = tokio::task::spawn_blocking(move || target.fill(|out| write(receiver, origin, out)));
        Ok((RecordsSender(sender), Self(writer)))
    }

    /// Waits until everything is written, after the sender was dropped.
    pub(crate) async fn finish(self) -> Result<(), WriteError> {
        self.0.await.expect("the writer does not panic")
    }
}

type Batches = mpsc::Receiver<Vec<Stamped<Record>>>;

/// Whether a file of that name is to be Parquet.
pub(crate) fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

fn write_lines(mut batches: Batches, origin: Origin, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut lines = JsonLines::new(origin);
    let mut text = Vec::new();
    while let Some(batch) = batches.blocking_recv() {
        text.clear();
        for stamped in &batch {
            lines.write(stamped.at, stamped.number, &stamped.record, &mut text);
        }
        out.write_all(&text)?;
    }
    Ok(())
}

#[cfg(feature = "parquet")]
fn write_parquet(mut batches: Batches, origin: Origin, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut rows = cloudsim_parquet::RecordsWriter::new(out, origin)?;
    while let Some(batch) = batches.blocking_recv() {
        for stamped in &batch {
            rows.write(stamped.at, stamped.number, &stamped.record)?;
        }
    }
    rows.finish()?;
    Ok(())
}

#[cfg(not(feature = "parquet"))]
fn write_parquet(_: Batches, _: Origin, _: &mut (dyn Write + Send)) -> io::Result<()> {
    Err(io::Error::other("this program was built without Parquet"))
}
