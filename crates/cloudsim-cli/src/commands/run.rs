//! `run`: one run, measured.

use super::replay::Bundle;
use super::{known, levers, loaded, not_of, repro, value_of};
use crate::args::{RunArgs, RunOutput};
use crate::interrupt::Interrupt;
use crate::network::network;
use crate::part_file::{Target, WriteError};
use crate::runner::{self, Also, RunError};
use crate::{Exit, output};
use cloudsim_measures::{Decider, RunDocument, TextOptions};
use cloudsim_report::{AssumptionRow, LeftOut, Network, Page};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{assumptions, is_about, not_modelled, shipped_scenarios};
use std::path::Path;

pub(crate) async fn run(args: RunArgs) -> Result<Exit, RunError> {
    let Some(file) = &args.file else { return list() };
    let overrides = args.scenario.overrides();
    let loaded = match loaded(file, &overrides) {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let written = [
        (&args.records, "as in `--records run.jsonl`"),
        (&args.report, "as in `--report run.html`"),
        (&args.bundle, "as in `--bundle run.cloudsim`"),
    ];
    for (path, example) in written {
        if let Some(path) = path
            && let Err(exit) = not_of(&loaded.sources, path, example)
        {
            return Ok(exit);
        }
    }
    let files = loaded.texts();
    let plan = loaded.plan;
    let interrupt = Interrupt::listen();
    let bundle = Bundle::begin(files, &overrides, &plan, args.scenario.until);
    let bundled = args.bundle.as_ref().map(|path| Target::open(path, &interrupt)).transpose()?;
    let seed = plan.seed;
    let settings = plan.settings.clone();
    let report = args.report.as_ref().map(|path| Report::begin(path, &plan, &interrupt)).transpose()?;
    let trace = args.trace.as_ref().map(|path| Target::open(path, &interrupt)).transpose()?;
    let command = repro(file, &args.scenario.words(seed));
    let also = Also { records: args.records.as_deref(), trace: trace.is_some(), command: &command };
    let ran = runner::run(plan, args.scenario.until, also, &interrupt).await?;
    let mut document = ran.document;
    if args.levers && !interrupt.happened() {
        levers::pull(file, &args.scenario, &settings, &mut document, &interrupt).await?;
    }
    output::data(&told(&document, args.output, &command))?;
    output::talk(&format!(
        "{} requests over {} simulated, {:.1} s",
        ran.run.requests,
        ran.run.reached.since(cloudsim_units::SimTime::ZERO),
        ran.wall.as_secs_f64(),
    ));
    if let Some(report) = report {
        report.write(&mut document, &command, args.levers)?;
    }
    if let (Some(target), Some(traced)) = (trace, &ran.trace) {
        target.fill(|out| out.write_all(traced.finish(&document).as_bytes()))?;
    }
    if let Some(target) = bundled.filter(|_| !interrupt.happened()) {
        bundle.write(document.digest.to_string(), target)?;
    }
    ran.records?;
    Ok(if interrupt.happened() { Exit::Interrupted } else { Exit::Fine })
}

/// A result in the form that is asked for.
pub(super) fn told(document: &RunDocument, form: RunOutput, command: &str) -> String {
    match form {
        RunOutput::Json => document.to_json(),
        RunOutput::Yaml => document.to_yaml(),
        RunOutput::Markdown => document.to_markdown(command),
        RunOutput::Text => {
            let colour = output::wants_colour(&std::io::stdout());
            document.to_text(&TextOptions { colour, width: output::width(), command })
        }
    }
}

/// A page that waits for its run.
pub(super) struct Report {
    target: Target,
    assumptions: Vec<AssumptionRow>,
    left_out: Vec<LeftOut>,
    network: Network,
    known: Vec<Decider>,
}

impl Report {
    pub(super) fn begin(path: &Path, plan: &Plan, interrupt: &Interrupt) -> Result<Self, WriteError> {
        let target = Target::open(path, interrupt)?;
        let assumptions = assumptions()
            .filter(|of| !of.is_of_years() && is_about(plan, of))
            .map(|of| AssumptionRow {
                path: of.path(),
                value: value_of(plan.assumptions.value(&of)),
                ends: [of.of.low, of.of.high].map(str::to_owned),
                about: of.of.why.trim().to_owned(),
            })
            .collect();
        let left_out = not_modelled(plan).into_iter();
        let left_out = left_out.map(|of| LeftOut { part: of.part.to_owned(), what: of.what }).collect();
        Ok(Self { target, assumptions, left_out, network: network(plan), known: known(plan) })
    }

    /// Writes it; `levers` says whether those were tried.
    pub(super) fn write(self, run: &mut RunDocument, command: &str, levers: bool) -> Result<(), WriteError> {
        run.know(&self.known);
        let (assumptions, left_out, network) = (&self.assumptions, &self.left_out, &self.network);
        let page = Page { run, command, levers, assumptions, left_out, network }.to_html();
        self.target.fill(|out| out.write_all(page.as_bytes()))
    }
}

/// The scenarios that ship, one a line.
fn list() -> Result<Exit, RunError> {
    let width = shipped_scenarios().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, about) in shipped_scenarios() {
        output::data(&format!("{name:<width$}  {about}\n"))?;
    }
    Ok(Exit::Fine)
}
