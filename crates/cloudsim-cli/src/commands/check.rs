//! `check`: is a scenario right?

use super::plan_of;
use crate::args::CheckArgs;
use crate::output::quoted;
use crate::runner::RunError;
use crate::{Exit, output};

pub(crate) fn check(args: &CheckArgs) -> Result<Exit, RunError> {
    let mut results = Vec::new();
    for file in &args.files {
        match plan_of(file, &args.scenario.overrides()) {
            Ok(_) => output::data(&format!("{} is right\n", quoted(file)))?,
            Err(exit) => results.push(exit),
        }
    }
    Ok(Exit::worst(results))
}
