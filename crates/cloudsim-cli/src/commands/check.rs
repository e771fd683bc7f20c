//! `check`: is a scenario right?

use super::said;
use crate::args::CheckArgs;
use crate::output::quoted;
use crate::runner::RunError;
use crate::{Exit, output};
use cloudsim_scenario::{DiskFiles, check as checked};

pub(crate) fn check(args: &CheckArgs) -> Result<Exit, RunError> {
    let mut results = Vec::new();
    for file in &args.files {
        match said(file, checked(&DiskFiles, file, &args.scenario.overrides())) {
            Ok(loaded) => {
                output::problems(&loaded.warnings, &loaded.sources);
                output::data(&format!("{} is right\n", quoted(file)))?;
            }
            Err(exit) => results.push(exit),
        }
    }
    Ok(Exit::worst(results))
}
