//! `test`: the only judge of objectives.

use super::plan_of;
use crate::args::TestArgs;
use crate::interrupt::Interrupt;
use crate::runner::{self, RunError};
use crate::{Exit, output};
use cloudsim_measures::{RunDocument, TestedScenario, test_table};

pub(crate) async fn test(args: TestArgs) -> Result<Exit, RunError> {
    let interrupt = Interrupt::listen();
    let mut results = Vec::new();
    let mut documents: Vec<RunDocument> = Vec::new();
    for file in &args.files {
        let plan = match plan_of(file, &args.scenario.overrides()) {
            Ok(plan) => plan,
            Err(exit) => {
                results.push(exit);
                continue;
            }
        };
        match runner::run(plan, args.scenario.until, None, &interrupt).await {
            Ok(ran) => {
                results.push(if ran.document.interrupted {
                    Exit::Interrupted
                } else if ran.document.has_failures() {
                    Exit::Breached
                } else if ran.document.is_inconclusive() {
                    Exit::Inconclusive
                } else {
                    Exit::Fine
                });
                // Of half a run nothing is known.
                if !ran.document.interrupted {
                    documents.push(ran.document);
                }
            }
            Err(problem @ RunError::Stuck { .. }) => {
                output::error(&problem.to_string());
                results.push(Exit::Failed);
            }
            Err(problem) => return Err(problem),
        }
        if interrupt.happened() {
            break;
        }
    }
    let tested: Vec<TestedScenario<'_>> = documents
        .iter()
        .map(|document| TestedScenario { name: &document.scenario, objectives: &document.objectives })
        .collect();
    if !tested.is_empty() {
        output::data(&test_table(&tested))?;
    }
    Ok(Exit::worst(results))
}
