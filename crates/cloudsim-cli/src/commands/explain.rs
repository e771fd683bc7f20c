//! `explain`: what a problem's code means.

use crate::args::ExplainArgs;
use crate::output::quoted;
use crate::runner::RunError;
use crate::{Exit, output};
use cloudsim_scenario::{explain as rule_of, page, rules};

pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit, RunError> {
    let Some(rule) = rule_of(&args.code) else {
        output::error(&format!("no rule has the code {}", quoted(&args.code)));
        let codes: Vec<&str> = rules().map(|rule| rule.code).collect();
        output::talk(&format!("hint: codes are {}", codes.join(", ")));
        return Ok(Exit::Invalid);
    };
    output::data(&format!("{}: {}\n\n{}", rule.code, rule.title, page(rule)))?;
    Ok(Exit::Fine)
}
