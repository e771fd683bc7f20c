//! `check-determinism`: the same input twice in this process and once in another, record by record.

use super::plan_of;
use crate::args::{CheckDeterminismArgs, RecordHashesArgs, ScenarioArgs};
use crate::output::quoted;
use crate::runner::RunError;
use crate::{Exit, output};
use cloudsim_engine::{RecordSink, Stamped};
use cloudsim_records::{JsonLines, Record, RecordHashes};
use cloudsim_scenario::plan::Plan;
use std::process::{Command, Stdio};

struct Hashing(RecordHashes);

impl RecordSink<Record> for Hashing {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        for stamped in batch {
            self.0.observe(stamped.at, stamped.number, &stamped.record);
        }
    }
}

/// Prints every record as it would stand in a file, and keeps the one with a number.
struct Finding {
    lines: JsonLines,
    wanted: u64,
    found: Option<String>,
}

impl RecordSink<Record> for Finding {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        for stamped in batch {
            let mut line = Vec::new();
            self.lines.write(stamped.at, stamped.number, &stamped.record, &mut line);
            if stamped.number == self.wanted {
                self.found = Some(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
        }
    }
}

fn hashes_of(plan: &Plan, scenario: &ScenarioArgs) -> RecordHashes {
    let mut sink = Hashing(RecordHashes::new());
    cloudsim::simulate(plan, plan.seed, scenario.until, &mut sink, |_| false);
    sink.0
}

fn record_of(plan: &Plan, scenario: &ScenarioArgs, wanted: u64) -> String {
    let mut sink = Finding { lines: JsonLines::default(), wanted, found: None };
    cloudsim::simulate(plan, plan.seed, scenario.until, &mut sink, |_| false);
    sink.found.unwrap_or_else(|| "no record of that number".to_owned())
}

pub(crate) async fn check_determinism(args: CheckDeterminismArgs) -> Result<Exit, RunError> {
    let plan = match plan_of(&args.file, &args.scenario.overrides()) {
        Ok(plan) => plan,
        Err(exit) => return Ok(exit),
    };
    tokio::task::spawn_blocking(move || compare(&plan, &args)).await.expect("a run does not panic")
}

fn compare(plan: &Plan, args: &CheckDeterminismArgs) -> Result<Exit, RunError> {
    let first = hashes_of(plan, &args.scenario);
    let second = hashes_of(plan, &args.scenario);
    if let Some(number) = first.first_difference(&second) {
        return differ(plan, args, number, "a second run in the same process");
    }
    let child = RecordHashes::from_bytes(&in_another_process(plan, args, &[])?);
    if let Some(number) = first.first_difference(&child) {
        return differ(plan, args, number, "a run in another process");
    }
    output::data(&format!("{}: three runs, the same {} records\n", quoted(&args.file), first.count()))?;
    Ok(Exit::Fine)
}

fn differ(plan: &Plan, args: &CheckDeterminismArgs, number: u64, whose: &str) -> Result<Exit, RunError> {
    let here = record_of(plan, &args.scenario, number);
    let there = in_another_process(plan, args, &["--record", &number.to_string()])?;
    output::data(&format!(
        "{}: record {number} differs from {whose}\n  here:  {here}\n  there: {}\n",
        quoted(&args.file),
        String::from_utf8_lossy(&there).trim_end(),
    ))?;
    Ok(Exit::NotDeterministic)
}

fn in_another_process(plan: &Plan, args: &CheckDeterminismArgs, more: &[&str]) -> Result<Vec<u8>, RunError> {
    let program = std::env::current_exe()?;
    let failed = |why: String| RunError::Child { program: program.display().to_string(), why };
    let mut command = Command::new(&program);
    command.arg("record-hashes").arg(&args.file).args(more).stderr(Stdio::null());
    command.args(args.scenario.words(plan.seed));
    let ended = command.output().map_err(|problem| failed(problem.to_string()))?;
    if ended.status.success() { Ok(ended.stdout) } else { Err(failed(ended.status.to_string())) }
}

pub(crate) async fn record_hashes(args: RecordHashesArgs) -> Result<Exit, RunError> {
    let plan = match plan_of(&args.file, &args.scenario.overrides()) {
        Ok(plan) => plan,
        Err(exit) => return Ok(exit),
    };
    tokio::task::spawn_blocking(move || {
        let bytes = match args.record {
            Some(number) => record_of(&plan, &args.scenario, number).into_bytes(),
            None => hashes_of(&plan, &args.scenario).to_bytes(),
        };
        output::bytes(&bytes)?;
        Ok(Exit::Fine)
    })
    .await
    .expect("a run does not panic")
}
