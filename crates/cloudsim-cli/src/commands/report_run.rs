//! `report` of a run: measured again, from its records alone.

use super::run::{Report, told};
use super::{refuse, said};
use crate::Exit;
use crate::args::{ReportArgs, ReportOutput, RunOutput};
use crate::interrupt::Interrupt;
use crate::output::{self, quoted};
use crate::recorded::is_parquet;
use crate::runner::RunError;
use cloudsim_measures::{Measures, RunDocument};
use cloudsim_records::{Digest, EndReason, LineReader, Record};
use cloudsim_scenario::{FileText, Overrides, load_texts, printable};
use cloudsim_units::SimTime;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// So long a line may be: the first one holds the whole scenario and its inventory.
const LINE_BYTES_MAX: u64 = 256 << 20;

pub(crate) fn report(args: &ReportArgs) -> Result<Exit, RunError> {
    let form = match args.output {
        ReportOutput::Text => RunOutput::Text,
        ReportOutput::Json => RunOutput::Json,
        ReportOutput::Markdown => RunOutput::Markdown,
    };
    let name = quoted(&args.folder.display().to_string());
    let mut heard = match Heard::of(&args.folder) {
        Ok(heard) => heard,
        Err(why) => {
            let hint =
                "`run FILE --records F.jsonl` writes records; `sweep FILE --out DIR` the folder of a sweep";
            return Ok(refuse(&format!("{name} holds no whole run: {why}"), hint));
        }
    };
    let page = match &args.html {
        Some(path) => {
            let files = vec![FileText { name: "(recorded)".to_owned(), text: heard.scenario }];
            let overrides =
                Overrides { seed: Some(heard.document.seed), allow_large: true, ..Overrides::default() };
            let plan = match said(&name, load_texts(files, &overrides)) {
                Ok(loaded) => loaded.plan,
                Err(exit) => return Ok(exit),
            };
            Some(Report::begin(path, &plan, &Interrupt::default())?)
        }
        None => None,
    };
    let own = env!("CARGO_PKG_VERSION");
    if heard.document.version != own {
        let version = printable(&heard.document.version);
        output::talk(&format!("recorded by version {version}; what is measured of it is by {own}"));
    }
    let command = printable(&heard.command);
    output::data(&told(&heard.document, form, &command))?;
    if let Some(page) = page {
        page.write(&mut heard.document, &command, false)?;
    }
    Ok(Exit::Fine)
}

/// What the records of a run say.
struct Heard {
    document: RunDocument,
    command: String,
    scenario: String,
}

/// Takes records one by one.
struct Hearing {
    lines: LineReader,
    measures: Measures,
    digest: Digest,
    scenario: String,
    end: Option<(SimTime, EndReason)>,
}

impl Heard {
    /// Reads a file of either form, a record at a time.
    fn of(path: &Path) -> Result<Self, String> {
        let mut file = BufReader::new(File::open(path).map_err(|problem| problem.to_string())?);
        let mut hearing = Hearing {
            lines: LineReader::new(),
            measures: Measures::new(),
            digest: Digest::new(),
            scenario: String::new(),
            end: None,
        };
        if is_parquet(&mut file).map_err(|problem| problem.to_string())? {
            hearing.hear_rows(path)?;
        } else {
            hearing.hear_lines(file)?;
        }
        let Hearing { lines, measures, digest, scenario, end } = hearing;
        let (Some((reached, reason)), Some(origin)) = (end, lines.origin()) else {
            return Err(
                "its last record is no end of a run: it was cut off, or is still being written".to_owned()
            );
        };
        let interrupted = reason == EndReason::Interrupted;
        let document = measures.finish(reached, interrupted, digest.finish(), &origin.version);
        Ok(Self { document, command: origin.command.clone(), scenario })
    }
}

impl Hearing {
    fn hear_lines(&mut self, mut file: impl BufRead) -> Result<(), String> {
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            let mut rest = file.by_ref().take(LINE_BYTES_MAX);
            if rest.read_until(b'\n', &mut line).map_err(|problem| problem.to_string())? == 0 {
                break;
            }
            if line.last() != Some(&b'\n') {
                let why = if rest.limit() == 0 { "is too long" } else { "is cut off" };
                return Err(format!("line {number} {why}"));
            }
            let read = self.lines.read(&line);
            self.hear(read.map_err(|problem| format!("line {number}: {problem}"))?);
        }
        Ok(())
    }

    #[cfg(feature = "parquet")]
    fn hear_rows(&mut self, path: &Path) -> Result<(), String> {
        let file = File::open(path).map_err(|problem| problem.to_string())?;
        let rows = cloudsim_parquet::RecordsReader::new(file).map_err(|problem| problem.to_string())?;
        for (number, row) in (1_u64..).zip(rows) {
            let read = row.map_err(|problem| problem.to_string())?;
            let read = self.lines.read_object(&read);
            self.hear(read.map_err(|problem| format!("row {number}: {problem}"))?);
        }
        Ok(())
    }

    #[cfg(not(feature = "parquet"))]
    #[expect(clippy::unused_self, reason = "the one that reads needs it")]
    fn hear_rows(&mut self, _: &Path) -> Result<(), String> {
        Err("it is Parquet, and this program was built without".to_owned())
    }

    fn hear(&mut self, (at, number, record): (SimTime, u64, Record)) {
        match &record {
            Record::RunStarted(run) => self.scenario.clone_from(&run.scenario),
            Record::RunEnded { reason } => self.end = Some((at, *reason)),
            _ => {}
        }
        self.digest.observe(at, number, &record);
        self.measures.observe(at, number, &record);
    }
}
