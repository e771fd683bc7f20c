//! `report`: what a sweep said, again, from its folder.

use super::sweep::print;
use crate::args::ReportArgs;
use crate::folder;
use crate::runner::RunError;
use crate::{Exit, output};

pub(crate) fn report(args: &ReportArgs) -> Result<Exit, RunError> {
    let told = folder::read(&args.folder)?;
    if !told.finished {
        let all = told.manifest.runs();
        output::talk(&format!("{} of {all} runs are there; `cloudsim sweep --resume` goes on", told.runs));
    }
    print(told.sweep, &told.manifest, args.output)?;
    Ok(Exit::Fine)
}
