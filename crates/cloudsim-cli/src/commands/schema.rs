//! `schema`: what a kind of file looks like, for editors and for programs that read results.

use crate::args::{SchemaArgs, SchemaKind};
use crate::runner::RunError;
use crate::{Exit, answer_schemas, output};
use clap::ValueEnum;
use cloudsim_measures::run_schema;
use cloudsim_records::line_schema;
use cloudsim_scenario::{scenario_schema, world_schema};
use cloudsim_sweep::{
    diff_schema, optimize_schema, plan_schema, sensitivity_schema, sweep_schema, tables_schema, years_schema,
};

pub(crate) fn schema(args: &SchemaArgs) -> Result<Exit, RunError> {
    let Some(kind) = args.kind else {
        for kind in SchemaKind::value_variants() {
            let value = kind.to_possible_value().expect("no kind is hidden");
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            output::data(&format!("{:<16}{help}\n", value.get_name()))?;
        }
        return Ok(Exit::Fine);
    };
    let schema = match kind {
        SchemaKind::Scenario => scenario_schema(),
        SchemaKind::World => world_schema(),
        SchemaKind::Run => run_schema(),
        SchemaKind::Sweep => sweep_schema(),
        SchemaKind::Sensitivity => sensitivity_schema(),
        SchemaKind::Plan => plan_schema(),
        SchemaKind::Tables => tables_schema(),
        SchemaKind::Records => line_schema(),
        SchemaKind::Diff => diff_schema(),
        SchemaKind::Test => answer_schemas::test(),
        SchemaKind::Optimize => optimize_schema(),
        SchemaKind::Years => years_schema(),
        SchemaKind::Get => answer_schemas::get(),
        SchemaKind::Path => answer_schemas::path(),
        SchemaKind::Matrix => answer_schemas::matrix(),
        SchemaKind::WhyService => answer_schemas::why_service(),
        SchemaKind::WhyApply => answer_schemas::why_apply(),
        SchemaKind::WhyPod => answer_schemas::why_pod(),
        SchemaKind::WhyRequest => answer_schemas::why_request(),
        SchemaKind::WhyCommit => answer_schemas::why_commit(),
        SchemaKind::WhenInevitable => answer_schemas::when_inevitable(),
    };
    output::data(&format!("{schema:#}\n"))?;
    Ok(Exit::Fine)
}
