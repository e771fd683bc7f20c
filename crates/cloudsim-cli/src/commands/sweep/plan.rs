//! `sweep plan`: a sweep cut into shards, with all that another machine needs.

use super::{in_words, planned};
use crate::args::SweepPlanArgs;
use crate::commands::{loaded, not_of, refuse};
use crate::folder::{FolderError, refused};
use crate::output::quoted;
use crate::place::Place;
use crate::runner::RunError;
use crate::{Exit, output, part_file};
use cloudsim_scenario::FileText;
use cloudsim_sweep::{NoPlan, SweepPlan};

pub(super) fn plan(args: &SweepPlanArgs) -> Result<Exit, RunError> {
    let loaded = match loaded(&args.file, &args.swept.settings.overrides(&[])) {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    if let Some(path) = &args.output
        && let Err(exit) = not_of(&loaded.sources, path, "as in `-o plan.json`")
    {
        return Ok(exit);
    }
    let files = loaded.texts().into_iter().map(|FileText { name, text }| (name, text)).collect();
    let manifest = match planned(&args.file, &args.swept, args.until, loaded.plan) {
        Ok((manifest, _)) => manifest,
        Err(exit) => return Ok(exit),
    };
    let (count, seeds) = (args.shards.get(), manifest.info.until - manifest.info.from);
    if count > seeds {
        let seeds = in_words(seeds, "seed");
        return Ok(refuse(&format!("{count} shards are more than {seeds}"), "take fewer shards"));
    }
    let plan = SweepPlan::new(manifest, files, count);
    match &args.output {
        None => output::data(&plan.to_json())?,
        Some(path) => part_file::write(path, plan.to_json().as_bytes())
            .map_err(|source| FolderError::Io { path: path.clone(), source })?,
    }
    Ok(Exit::Fine)
}

/// Reads a plan that this version of the program made.
pub(super) async fn read(shown: &str) -> Result<SweepPlan, FolderError> {
    let named = quoted(shown);
    let (place, name) = Place::of_file(shown)?;
    let Some(bytes) = place.read(name).await? else {
        return Err(refused(format!("{named} is not there"), "`cloudsim sweep plan` writes a plan"));
    };
    let text = String::from_utf8_lossy(&bytes);
    SweepPlan::from_json(&text, env!("CARGO_PKG_VERSION")).map_err(|problem| match problem {
        NoPlan::Other => {
            refused(format!("{named} is no plan of a sweep"), "`cloudsim sweep plan` writes one")
        }
        NoPlan::Damaged => refused(format!("{named} is damaged"), "plan again"),
        NoPlan::Version(version) => other_version(&named, &version),
    })
}

/// Refuses what another version of the program made, whose runs may be other ones.
pub(super) fn other_version(named: &str, version: &str) -> FolderError {
    let own = env!("CARGO_PKG_VERSION");
    refused(
        format!("{named} was made by cloudsim {version}, and this is {own}"),
        "use one version for all of it",
    )
}
