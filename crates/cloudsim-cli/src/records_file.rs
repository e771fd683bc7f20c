//! A file of records, written behind the run's back: the run waits for the writer, but never learns of it.

use crate::interrupt::Interrupt;
use crate::part_file::{Target, WriteError};
use cloudsim_engine::Stamped;
use cloudsim_records::{JsonLines, Record};
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
    pub(crate) fn create(path: &Path, interrupt: &Interrupt) -> Result<(RecordsSender, Self), WriteError> {
        let target = Target::open(path, interrupt)?;
        let (sender, receiver) = mpsc::channel(BATCHES_WAITING);
        let writer = tokio::task::spawn_blocking(move || write(receiver, target));
        Ok((RecordsSender(sender), Self(writer)))
    }

    /// Waits until everything is written, after the sender was dropped.
    pub(crate) async fn finish(self) -> Result<(), WriteError> {
        self.0.await.expect("the writer does not panic")
    }
}

fn write(mut receiver: mpsc::Receiver<Vec<Stamped<Record>>>, target: Target) -> Result<(), WriteError> {
    let mut lines = JsonLines::new();
    let mut text = Vec::new();
    target.fill(|out| {
        while let Some(batch) = receiver.blocking_recv() {
            text.clear();
            for stamped in &batch {
                lines.write(stamped.at, stamped.number, &stamped.record, &mut text);
            }
            out.write_all(&text)?;
        }
        Ok(())
    })
}
