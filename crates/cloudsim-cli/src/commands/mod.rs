//! One file per command.

pub(crate) mod check;
pub(crate) mod check_determinism;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod get;
pub(crate) mod init;
mod levers;
pub(crate) mod man;
pub(crate) mod path;
pub(crate) mod run;
pub(crate) mod test;
pub(crate) mod welcome;
mod world;

use crate::{Exit, output};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{DiskFiles, Loaded, Overrides, Severity, load};

/// Reads a scenario; says everything that is wrong or doubtful about it.
fn plan_of(file: &str, overrides: &Overrides) -> Result<Plan, Exit> {
    loaded(file, overrides).map(|loaded| loaded.plan)
}

/// The same, with the texts that the plan was made from.
fn loaded(file: &str, overrides: &Overrides) -> Result<Loaded, Exit> {
    match load(&DiskFiles, file, overrides) {
        Ok(loaded) => {
            output::problems(&loaded.warnings, &loaded.sources);
            Ok(loaded)
        }
        Err(refused) => {
            output::problems(&refused.problems, &refused.sources);
            if refused.omitted > 0 {
                output::talk(&format!("… and {} more\n", refused.omitted));
            }
            let count = refused.omitted
                + refused.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
            let noun = if count == 1 { "problem" } else { "problems" };
            output::error(&format!("{} cannot be run: {count} {noun}", output::quoted(file)));
            Err(Exit::Invalid)
        }
    }
}
