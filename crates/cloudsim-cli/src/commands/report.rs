//! `report`: what a sweep said, again, from its folder, or a run from its records.

use super::sweep::{Form, print};
use super::{refuse, report_run};
use crate::args::{ReportArgs, ReportOutput, SweepOutput};
use crate::folder;
use crate::interrupt::Interrupt;
use crate::part_file::Target;
use crate::runner::RunError;
use crate::{Exit, output};
use std::path::Path;

pub(crate) fn report(args: &ReportArgs) -> Result<Exit, RunError> {
    if std::fs::metadata(&args.folder).is_ok_and(|of| !of.is_dir()) {
        return report_run::report(args);
    }
    let form = match args.output {
        ReportOutput::Text => SweepOutput::Text,
        ReportOutput::Json => SweepOutput::Json,
        ReportOutput::Markdown => {
            return Ok(refuse("a sweep has no report in markdown", "`-o text` and `-o json` it has"));
        }
    };
    let told = folder::read(&args.folder)?;
    let page = match args.html.as_deref() {
        Some(path) if is_in(path, &args.folder) => {
            let what =
                format!("{} is in the folder of the sweep", output::quoted(&path.display().to_string()));
            return Ok(refuse(&what, "such a folder holds nothing but tables; take a place beside it"));
        }
        page => page.map(|path| Target::open(path, &Interrupt::listen())).transpose()?,
    };
    if !told.finished {
        let all = told.manifest.runs();
        output::talk(&format!("{} of {all} runs are there; `cloudsim sweep --resume` goes on", told.runs));
    }
    print(told.sweep, &told.manifest, Form { output: form, page })?;
    Ok(Exit::Fine)
}

/// Whether a file is, or would be, in that folder.
fn is_in(path: &Path, folder: &Path) -> bool {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    matches!((parent.canonicalize(), folder.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
