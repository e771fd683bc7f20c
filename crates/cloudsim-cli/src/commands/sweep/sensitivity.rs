//! `sweep --sensitivity`: what answers rest on, one assumption at a time.

use super::super::value_of;
use super::{Over, Runs, hash, info, page, plans};
use crate::args::{SettingArgs, SweepArgs, SweepOutput};
use crate::interrupt::Interrupt;
use crate::runner::RunError;
use crate::{Exit, output};
use cloudsim_report::SensitivityPage;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{
    DiskFiles, LayerAssumption, Seeds, SweepSpec, Variation, assumptions, is_about, load,
};
use cloudsim_sweep::{
    Manifest, Request, SensitivityDocument, SensitivityInfo, SensitivityTextOptions, SweepInfo,
    TriedAssumption,
};
use std::sync::Arc;

/// Without any seeds given these: enough for a sign test to show what is in most of them.
const SEEDS: Seeds = Seeds { from: 0, until: 20 };

pub(super) async fn sensitivity(args: &SweepArgs, file: &str, base: Plan) -> Result<Exit, RunError> {
    let seeds = args.swept.seeds.or(base.sweep.seeds).unwrap_or(SEEDS);
    let (about, skipped): (Vec<LayerAssumption>, Vec<LayerAssumption>) =
        assumptions().filter(|of| !of.is_of_years()).partition(|of| is_about(&base, of));
    let settings = &args.swept.settings;
    let (mut tried, mut at_ends) = (Vec::new(), Vec::new());
    for of in about {
        match ends(&of).map(|end| load(&DiskFiles, file, &settings.overrides(&[end]))) {
            [Ok(low), Ok(high)] => {
                tried.push(of);
                at_ends.extend([Ok(low), Ok(high)]);
            }
            _ => output::talk(&format!(
                "left out: {}, with which the scenario is refused at {} or {}",
                of.path(),
                of.of.low,
                of.of.high
            )),
        }
    }
    let as_it_is = || load(&DiskFiles, file, &settings.overrides(&[])).ok();
    let (points, at_ends) = match points(&base, seeds, &tried)
        .and_then(|points| Ok((points, plans(file, at_ends.into_iter(), as_it_is)?)))
    {
        Ok(planned) => planned,
        Err(exit) => return Ok(exit),
    };
    let plans: Vec<Arc<Plan>> = std::iter::once(Arc::new(base)).chain(at_ends).collect();
    let info = SensitivityInfo {
        tried: tried
            .iter()
            .zip(plans[1..].chunks_exact(2))
            .map(|(of, ends)| told(of, &plans[0], ends))
            .collect(),
        skipped: skipped.iter().map(LayerAssumption::path).collect(),
    };
    let manifest =
        Manifest { info: points, until: args.runs.until, plans: hash(&plans), request: Request::default() };
    let interrupt = Interrupt::listen();
    let page = page(args.report.as_deref(), &interrupt)?;
    let runs = Runs { plans, manifest: &manifest };
    let sweep = runs.run(args.runs.at_once.jobs(), &mut Over::in_memory(), &interrupt).await?;
    let document = SensitivityDocument::of(sweep.finish(), info);
    let command = |setting: &str| comparison(file, settings, seeds, args, setting);
    let text = match args.output {
        SweepOutput::Json => document.to_json(),
        SweepOutput::Text => document.to_text(&SensitivityTextOptions {
            colour: output::wants_colour(&std::io::stdout()),
            width: output::width(),
            command: &command,
        }),
    };
    output::data(&text)?;
    if let Some(target) = page {
        let page = SensitivityPage { study: &document, command: &command }.to_html();
        target.fill(|out| out.write_all(page.as_bytes()))?;
    }
    Ok(if interrupt.happened() { Exit::Interrupted } else { Exit::Fine })
}

/// The settings of both ends of an assumption.
fn ends(of: &LayerAssumption) -> [String; 2] {
    [of.of.low, of.of.high].map(|end| format!("{}={end}", of.path()))
}

/// The scenario as it is, then each assumption at its low and at its high end, as the points of one sweep.
fn points(base: &Plan, seeds: Seeds, tried: &[LayerAssumption]) -> Result<SweepInfo, Exit> {
    let values = std::iter::once("as it is".to_owned()).chain(tried.iter().flat_map(ends)).collect();
    let vary = vec![Variation { path: String::new(), values }];
    info(base, seeds, SweepSpec { seeds: None, vary })
}

/// An assumption for whoever reads about it.
fn told(of: &LayerAssumption, base: &Plan, ends: &[Arc<Plan>]) -> TriedAssumption {
    let [low, high] = [&ends[0], &ends[1]].map(|plan| value_of(plan.assumptions.value(of)));
    TriedAssumption {
        path: of.path(),
        default: value_of(base.assumptions.value(of)),
        ends: [of.of.low, of.of.high].map(str::to_owned),
        words: [low, high],
        why: of.of.why.trim().to_owned(),
    }
}

/// The command that compares the scenario with a setting, seed by seed.
fn comparison(file: &str, settings: &SettingArgs, seeds: Seeds, args: &SweepArgs, setting: &str) -> String {
    let mut words = vec![file.to_owned(), "--seeds".to_owned(), format!("{}..{}", seeds.from, seeds.until)];
    // The first two say which seed it was.
    words.extend(settings.words(0, &[], args.runs.until).into_iter().skip(2));
    words.extend(["--with".to_owned(), setting.to_owned()]);
    let words: Vec<String> = words.iter().map(|word| output::quoted(word)).collect();
    format!("cloudsim diff {}", words.join(" "))
}
