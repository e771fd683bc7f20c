//! One run on a thread of its own, with everything that listens to it.

use crate::folder::FolderError;
use crate::interrupt::Interrupt;
use crate::part_file::WriteError;
use crate::progress::Progress;
use crate::records_file::{RecordsFile, RecordsSender};
use cloudsim::Run;
use cloudsim_engine::{RecordSink, Stamped};
use cloudsim_measures::{Measures, RunDocument};
use cloudsim_records::{Digest, EndReason, Origin, Record};
use cloudsim_report::Trace;
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};
use std::path::Path;
use std::time::Duration;

/// Why a run came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The file of records or the page could not be written.
    #[error(transparent)]
    Written(#[from] WriteError),
    /// The folder of results could not be read or written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The model made no progress.
    #[error(
        "the run makes no progress at t = {at_s} s: events of kind `{culprit}` keep following each other"
    )]
    Stuck { at_s: String, culprit: &'static str },
    /// The result could not be printed.
    #[error("failed to print the result: {0}")]
    Print(#[from] std::io::Error),
    /// The other process of a comparison could not be run.
    #[error("failed to run {program}: {why}")]
    Child { program: String, why: String },
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) document: RunDocument,
    pub(crate) run: Run,
    pub(crate) wall: Duration,
    /// Whether the file of records is whole; what was measured is, either way.
    pub(crate) records: Result<(), WriteError>,
    /// What was asked for.
    pub(crate) trace: Option<Trace>,
}

/// What listens to the records of a run besides what measures them.
#[derive(Default)]
pub(crate) struct Taps {
    pub(crate) records: Option<RecordsSender>,
    pub(crate) trace: Option<Trace>,
}

/// Everything that listens to a run.
struct Listeners<'a> {
    measures: Measures,
    digest: Digest,
    taps: &'a mut Taps,
}

impl RecordSink<Record> for Listeners<'_> {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        for stamped in batch {
            self.digest.observe(stamped.at, stamped.number, &stamped.record);
            self.measures.observe(stamped.at, stamped.number, &stamped.record);
            if let Some(trace) = &mut self.taps.trace {
                trace.observe(stamped.at, &stamped.record);
            }
        }
        if let Some(records) = &self.taps.records {
            records.send(batch);
        }
    }
}

/// Runs a plan on this thread, and measures it. `stops` is asked now and then, with the simulated time, whether to end it.
pub(crate) fn measured(
    plan: &Plan,
    seed: u64,
    until: Option<SimDuration>,
    taps: &mut Taps,
    stops: impl FnMut(SimTime) -> bool,
) -> (RunDocument, Run) {
    let mut listeners = Listeners { measures: Measures::new(), digest: Digest::new(), taps };
    let run = cloudsim::simulate(plan, seed, until, &mut listeners, stops);
    let digest = listeners.digest.finish();
    let interrupted = run.reason == EndReason::Interrupted;
    let document = listeners.measures.finish(run.reached, interrupted, digest, env!("CARGO_PKG_VERSION"));
    (document, run)
}

/// What is wanted of a run besides what it means.
#[derive(Clone, Copy, Default)]
pub(crate) struct Also<'a> {
    /// A file that every record is written to.
    pub(crate) records: Option<&'a Path>,
    /// A trace.
    pub(crate) trace: bool,
    /// The command that makes the run again, which stands in the file of records.
    pub(crate) command: &'a str,
}

/// Runs a plan with its own seed.
pub(crate) async fn run(
    plan: Plan,
    until: Option<SimDuration>,
    also: Also<'_>,
    interrupt: &Interrupt,
) -> Result<Ran, RunError> {
    let (sender, writer) = match also.records {
        Some(path) => {
            let (version, command) = (env!("CARGO_PKG_VERSION").to_owned(), also.command.to_owned());
            let (sender, writer) = RecordsFile::create(path, Origin { version, command }, interrupt)?;
            (Some(sender), Some(writer))
        }
        None => (None, None),
    };
    let interrupt = interrupt.clone();
    let mut taps = Taps { records: sender, trace: also.trace.then(Trace::new) };
    let mut ran = tokio::task::spawn_blocking(move || {
        let mut progress = Progress::new(&plan.name, until.unwrap_or(plan.duration).min(plan.duration));
        let (document, run) = measured(&plan, plan.seed, until, &mut taps, |now| {
            progress.reached(now);
            interrupt.happened()
        });
        Ran { document, run, wall: progress.done(), records: Ok(()), trace: taps.trace }
    })
    .await
    .expect("a run does not panic");
    if let Some(writer) = writer {
        ran.records = writer.finish().await;
    }
    if let Some(culprit) = ran.run.culprit {
        return Err(RunError::Stuck { at_s: ran.run.reached.to_string(), culprit });
    }
    Ok(ran)
}
