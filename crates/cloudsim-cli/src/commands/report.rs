//! `report`: what a sweep said, again, from its folder, or a run from its records.

use super::report_run;
use super::sweep::print;
use crate::args::{ReportArgs, ReportOutput, SweepOutput};
use crate::folder;
use crate::runner::RunError;
use crate::{Exit, output};

pub(crate) fn report(args: &ReportArgs) -> Result<Exit, RunError> {
    if std::fs::metadata(&args.folder).is_ok_and(|of| !of.is_dir()) {
        return report_run::report(args);
    }
    if args.html.is_some() {
        let what = "`--html` makes a page of the records of one run";
        return Ok(super::refuse(what, "`run FILE --records F.jsonl` writes them, `report F.jsonl --html F.html` reads them"));
    }
    let form = match args.output {
        ReportOutput::Text => SweepOutput::Text,
        ReportOutput::Json => SweepOutput::Json,
        ReportOutput::Markdown => {
            return Ok(super::refuse("a sweep has no report in markdown", "`-o text` and `-o json` it has"));
        }
    };
    let told = folder::read(&args.folder)?;
    if !told.finished {
        let all = told.manifest.runs();
        output::talk(&format!("{} of {all} runs are there; `cloudsim sweep --resume` goes on", told.runs));
    }
    print(told.sweep, &told.manifest, form)?;
    Ok(Exit::Fine)
}
