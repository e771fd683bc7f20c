//! `replay`: a run once more, from what another wrote of it, and whether it is the same.

use super::{refuse, said};
use crate::interrupt::Interrupt;
use crate::output::quoted;
use crate::part_file::{Target, WriteError};
use crate::progress::Progress;
use crate::recorded::RecordedLines;
use crate::runner::{self, Also, RunError};
use crate::{Exit, output};
use cloudsim_engine::{RecordSink, Stamped};
use cloudsim_measures::{SCHEMA_VERSION, draw, words};
use cloudsim_records::{EndReason, JsonLines, Origin, Record};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{FileText, Overrides, Problems, load_texts, printable};
use cloudsim_units::SimDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;
use std::path::Path;

/// All that makes a run again, and what it has to come to: a file that `--bundle` writes.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bundle {
    kind: BundleKind,
    schema_version: String,
    version: String,
    scenario: String,
    /// Each after those that it includes.
    files: Vec<(String, String)>,
    set: Vec<String>,
    faults: Vec<String>,
    interventions: Vec<String>,
    seed: u64,
    /// `7m`, if it was not to run to its end.
    until: Option<String>,
    digest: String,
}

#[derive(Debug, Deserialize, Serialize)]
enum BundleKind {
    Bundle,
}

impl Bundle {
    /// What is known before the run: all but the digest.
    pub(crate) fn begin(
        files: Vec<FileText>,
        overrides: &Overrides,
        plan: &Plan,
        until: Option<SimDuration>,
    ) -> Self {
        Self {
            kind: BundleKind::Bundle,
            schema_version: SCHEMA_VERSION.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: plan.name.clone(),
            files: files.into_iter().map(|file| (file.name, file.text)).collect(),
            set: overrides.set.clone(),
            faults: overrides.faults.clone(),
            interventions: overrides.interventions.clone(),
            seed: plan.seed,
            until: until.map(|until| until.to_string()),
            digest: String::new(),
        }
    }

    /// Writes it, with what the run came to.
    pub(crate) fn write(self, digest: String, target: Target) -> Result<(), WriteError> {
        let text = serde_json::to_string_pretty(&Self { digest, ..self }).expect("it is JSON") + "\n";
        target.fill(|out| out.write_all(text.as_bytes()))
    }
}

/// Of records that differ so much is shown.
const LINE_COLUMNS: usize = 400;

pub(crate) async fn replay(path: &Path) -> Result<Exit, RunError> {
    let name = quoted(&path.display().to_string());
    let neither = |why: &str| {
        let hint = "`run FILE --records F.jsonl` or F.parquet writes the one, `run FILE --bundle F.cloudsim` the other";
        refuse(&format!("{name} is neither a recording nor a bundle: {why}"), hint)
    };
    let mut first = Vec::new();
    let read = RecordedLines::open(path).and_then(|mut lines| lines.read(&mut first));
    if let Err(problem) = read {
        return Ok(neither(&problem.to_string()));
    }
    if let Ok(started) = serde_json::from_slice::<Value>(&first)
        && started["kind"] == "RunStarted"
    {
        return match Recording::of(path, &started) {
            Ok(recording) => recording.replayed(&name).await,
            Err(Unread::Broken(why)) => Ok(neither(&why)),
            Err(Unread::Refused(problems)) => {
                said(&name, Err(problems)).map_or_else(Ok, |_| unreachable!("there are problems"))
            }
        };
    }
    let bundle = std::fs::read(path)
        .map_err(|problem| problem.to_string())
        .and_then(|bytes| serde_json::from_slice::<Bundle>(&bytes).map_err(|problem| problem.to_string()));
    match bundle {
        Ok(bundle) => bundle.replayed(&name).await,
        Err(why) => Ok(neither(&why)),
    }
}

impl Bundle {
    async fn replayed(self, name: &str) -> Result<Exit, RunError> {
        let until = match self.until.as_deref().map(SimDuration::parse).transpose() {
            Ok(until) => until,
            Err(problem) => return Ok(refuse(&format!("{name}: `until`: {problem}"), &problem.hint)),
        };
        let overrides = Overrides {
            set: self.set,
            faults: self.faults,
            interventions: self.interventions,
            seed: Some(self.seed),
            allow_large: true,
        };
        let files = self.files.into_iter().map(|(name, text)| FileText { name, text }).collect();
        let plan = match said(name, load_texts(files, &overrides)) {
            Ok(loaded) => loaded.plan,
            Err(exit) => return Ok(exit),
        };
        let interrupt = Interrupt::listen();
        let ran = runner::run(plan, until, Also::default(), &interrupt).await?;
        if interrupt.happened() {
            return Ok(Exit::Interrupted);
        }
        let simulated = words::instant(ran.document.reached);
        output::talk(&format!("{simulated} simulated, {:.1} s", ran.wall.as_secs_f64()));
        let digest = ran.document.digest.to_string();
        if digest == self.digest {
            output::data(&format!("{name}: the same run, {digest}\n"))?;
            return Ok(Exit::Fine);
        }
        let recorded = printable(&self.digest);
        output::data(&format!("{name}: another run\n  recorded: {recorded}\n  replayed: {digest}\n"))?;
        Ok(differs(&self.version))
    }
}

/// Another version may do otherwise; the same one may not.
fn differs(version: &str) -> Exit {
    let own = env!("CARGO_PKG_VERSION");
    if version == own {
        return Exit::NotDeterministic;
    }
    output::talk(&format!("hint: it was made by version {}; this is {own}", printable(version)));
    Exit::Differs
}

/// A file of records: all that a run did.
struct Recording {
    lines: RecordedLines,
    origin: Origin,
    plan: Plan,
    until: SimDuration,
    /// Whether somebody stopped it: then it does not end as others do.
    interrupted: bool,
}

/// Why a recording cannot be run again.
enum Unread {
    Broken(String),
    Refused(Problems),
}

impl From<io::Error> for Unread {
    fn from(problem: io::Error) -> Self {
        Self::Broken(problem.to_string())
    }
}

impl Recording {
    /// `started` is its first record.
    fn of(path: &Path, started: &Value) -> Result<Self, Unread> {
        let broken = |why: &str| Unread::Broken(why.to_owned());
        let text = started["scenario"].as_str().ok_or_else(|| broken("its first record has no scenario"))?;
        let seed = started["seed"].as_u64().ok_or_else(|| broken("its first record has no seed"))?;
        let Looked { last, mut done } = Looked::through(path)?;
        let last: Value = serde_json::from_slice(&last).map_err(|_| broken("its last line is cut off"))?;
        let until = last["at_s"].is_number().then(|| SimDuration::parse(&format!("{}s", last["at_s"])).ok());
        let (Some(until), Some("RunEnded")) = (until.flatten(), last["kind"].as_str()) else {
            return Err(broken("its last record is no end of a run"));
        };
        let load = |interventions| {
            let files = vec![FileText { name: "(recorded)".to_owned(), text: text.to_owned() }];
            let again =
                Overrides { seed: Some(seed), allow_large: true, interventions, ..Overrides::default() };
            load_texts(files, &again).map(|loaded| loaded.plan).map_err(Unread::Refused)
        };
        // What was done by the command line is not in the scenario, but has records of its own.
        for own in load(Vec::new())?.interventions.iter().filter(|of| of.at.is_some()) {
            if let Some(place) = done.iter().position(|text| *text == own.text) {
                done.remove(place);
            }
        }
        let mut plan = load(done)?;
        // Settings and faults are in the scenario already, and stand in the first record.
        let overrides = started["overrides"].as_array().into_iter().flatten();
        plan.overrides = overrides.filter_map(Value::as_str).map(str::to_owned).collect();
        let interrupted = last["reason"] == EndReason::Interrupted.word();
        let text = |key: &str| started[key].as_str().unwrap_or_default().to_owned();
        let origin = Origin { version: text("version"), command: text("command") };
        Ok(Self { origin, lines: RecordedLines::open(path)?, plan, until, interrupted })
    }

    async fn replayed(self, name: &str) -> Result<Exit, RunError> {
        let Self { lines, origin, plan, until, interrupted } = self;
        let interrupt = Interrupt::listen();
        let stops = interrupt.clone();
        let mut comparing = Comparing {
            expected: lines,
            written: JsonLines::new(origin),
            line: Vec::new(),
            recorded: Vec::new(),
            same: 0,
            difference: None,
            interrupted,
            over: false,
            failed: None,
        };
        let comparing = tokio::task::spawn_blocking(move || {
            let mut progress = Progress::new(&plan.name, until);
            let until = (until < plan.duration).then_some(until);
            cloudsim::simulate(&plan, plan.seed, until, &mut comparing, |now| {
                progress.reached(now);
                stops.happened()
            });
            progress.done();
            comparing.finish();
            comparing
        })
        .await
        .expect("a run does not panic");
        if interrupt.happened() {
            return Ok(Exit::Interrupted);
        }
        comparing.told(name)
    }
}

/// What has to be known of a recording before it is run again.
struct Looked {
    last: Vec<u8>,
    /// What was done at a time that was said, in order.
    done: Vec<String>,
}

impl Looked {
    fn through(path: &Path) -> io::Result<Self> {
        let mut lines = RecordedLines::open(path)?;
        let (mut last, mut line, mut done) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            lines.read(&mut line)?;
            if line.is_empty() {
                return Ok(Self { last, done });
            }
            if is_of_kind(&line, INTERVENED) {
                let record: Value = serde_json::from_slice(&line).unwrap_or_default();
                let text = record["text"].as_str().unwrap_or_default();
                // A step of a runbook has no time.
                if text.split_once(": ").is_some_and(|(at, _)| SimDuration::parse(at).is_ok()) {
                    done.push(text.to_owned());
                }
            }
            std::mem::swap(&mut last, &mut line);
            line.clear();
        }
    }
}

/// How the record of what an operator did says what it is.
const INTERVENED: &[u8] = b"\"kind\":\"Intervened\"";
/// How the last one does.
const RUN_ENDED: &[u8] = b"\"kind\":\"RunEnded\"";
/// Within so many bytes of a line.
const KIND_WITHIN: usize = 100;

fn is_of_kind(line: &[u8], kind: &[u8]) -> bool {
    line.windows(kind.len()).take(KIND_WITHIN).any(|part| part == kind)
}

/// Holds each record against the line of a file.
struct Comparing {
    expected: RecordedLines,
    written: JsonLines,
    line: Vec<u8>,
    recorded: Vec<u8>,
    /// So many are the same.
    same: u64,
    /// The first two that are not.
    difference: Option<[String; 2]>,
    /// Whether it was stopped, so that what there is of the last instant is all there is to compare.
    interrupted: bool,
    over: bool,
    failed: Option<io::Error>,
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

impl Comparing {
    /// Whether something is recorded after all that the run did.
    fn finish(&mut self) {
        self.recorded.clear();
        if self.over || self.difference.is_some() || self.failed.is_some() {
            return;
        }
        match self.expected.read(&mut self.recorded) {
            Ok(()) if self.recorded.is_empty() => {}
            Ok(()) => self.difference = Some([text(&self.recorded), "nothing more".to_owned()]),
            Err(problem) => self.failed = Some(problem),
        }
    }

    fn told(self, name: &str) -> Result<Exit, RunError> {
        if let Some(problem) = self.failed {
            return Ok(refuse(&format!("{name} cannot be read: {problem}"), "is it still being written?"));
        }
        let Some([recorded, replayed]) = self.difference else {
            output::data(&format!("{name}: the same run, {} records\n", words::count(self.same)))?;
            return Ok(Exit::Fine);
        };
        let cut = |line: &str| draw::cut(&printable(line.trim_end()), LINE_COLUMNS);
        output::data(&format!(
            "{name}: another run from line {} on\n  recorded: {}\n  replayed: {}\n",
            self.same + 1,
            cut(&recorded),
            cut(&replayed)
        ))?;
        Ok(Exit::Differs)
    }
}

impl RecordSink<Record> for Comparing {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        for stamped in batch {
            if self.over || self.difference.is_some() || self.failed.is_some() {
                return;
            }
            self.line.clear();
            self.written.write(stamped.at, stamped.number, &stamped.record, &mut self.line);
            self.recorded.clear();
            match self.expected.read(&mut self.recorded) {
                Ok(()) if self.recorded == self.line => self.same += 1,
                Ok(()) if self.interrupted && is_of_kind(&self.recorded, RUN_ENDED) => self.over = true,
                Ok(()) => self.difference = Some([text(&self.recorded), text(&self.line)]),
                Err(problem) => self.failed = Some(problem),
            }
        }
    }
}
