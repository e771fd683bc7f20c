//! `sweep merge`: what the parts of all shards say together.

use super::{Form, plan, print, print_told};
use crate::Exit;
use crate::args::SweepMergeArgs;
use crate::folder::{self, Folder, FolderError, Opened, damaged, refused};
use crate::output::quoted;
use crate::place::Place;
use crate::runner::RunError;
use cloudsim_sweep::{Part, Shards, Sweep};

pub(super) async fn merge(args: &SweepMergeArgs) -> Result<Exit, RunError> {
    let place = Place::at(&args.parts)?;
    let asked = match &args.plan {
        Some(plan) => Some(plan::read(plan).await?.shards),
        None => None,
    };
    let shards = checked(&place, asked).await?;
    let manifest = &shards.manifest;
    let form = Form { output: args.output, page: None };
    // A merge that was stopped is made again.
    let mut folder = match args.out.as_deref().map(|out| Folder::open(out, manifest, true)).transpose()? {
        Some(Opened::Finished(told)) => return print_told(told, form),
        Some(Opened::Unfinished(folder, _)) => Some(folder),
        None => None,
    };
    let mut sweep = Sweep::new(manifest.info.clone());
    let mut numbers = 0..;
    for shard in 0..shards.count {
        let name = shards.part_name(shard);
        let changed = || damaged(&place.path(&name));
        let bytes = place.read(&name).await?.ok_or_else(changed)?;
        for run in Part::parse(&bytes).ok_or_else(changed)?.runs() {
            let (run, number) = (run.ok_or_else(changed)?, numbers.next().expect("no more than are taken"));
            if let Some(folder) = folder.as_mut().filter(|folder| !folder.has(number)) {
                folder.add(number, run.line)?;
            }
            folder::take(&mut sweep, &run.tables).ok_or_else(changed)?;
        }
    }
    if let Some(folder) = folder {
        folder.finish(manifest)?;
    }
    print(sweep, manifest, form)?;
    Ok(Exit::Fine)
}

/// What all parts are of, if all are there, whole, once each, and of one plan; or everything that is wrong.
async fn checked(place: &Place, asked: Option<Shards>) -> Result<Shards, FolderError> {
    let refuse = |wrong: &[String], hint: &str| {
        Err(refused(format!("{} cannot be merged\n  {}", place.shown(), wrong.join("\n  ")), hint))
    };
    let mut names = place.names().await?;
    names.retain(|name| name.starts_with("part-"));
    // The parts of each plan, of which the first is the one that is asked for, or else the only one.
    let mut plans: Vec<(Shards, Vec<(&str, u64)>)> =
        asked.into_iter().map(|asked| (asked, Vec::new())).collect();
    let is_asked = !plans.is_empty();
    let mut wrong = Vec::new();
    for name in &names {
        let bytes = place.read(name).await?.unwrap_or_default();
        let whole = Part::parse(&bytes).filter(|part| part.runs().all(|run| run.is_some()));
        let Some(Part { shards, shard, .. }) = whole else {
            wrong.push(format!("{} is damaged", quoted(name)));
            continue;
        };
        match plans.iter_mut().find(|(known, _)| *known == shards) {
            Some((_, parts)) => parts.push((name, shard)),
            None => plans.push((shards, vec![(name, shard)])),
        }
    }
    let Some((shards, parts)) = plans.first() else {
        wrong.insert(0, "no part of a sweep is there".to_owned());
        return refuse(&wrong, "`cloudsim sweep run` puts parts");
    };
    let version = &shards.manifest.info.version;
    if version != env!("CARGO_PKG_VERSION") {
        return Err(plan::other_version(&place.shown(), version));
    }
    if plans.len() > 1 {
        let mixed = if is_asked { &plans[1..] } else { &plans[..] };
        let which = if is_asked { "another plan" } else { "the plan" };
        for (shards, parts) in mixed {
            let of_plan =
                |(name, _): &(&str, u64)| format!("{} is of {which}, {}", quoted(name), shards.plan.short());
            wrong.extend(parts.iter().map(of_plan));
        }
        if !is_asked {
            return refuse(&wrong, "keep the parts of each plan in a folder of their own");
        }
    }
    for (name, shard) in parts.iter().filter(|(name, shard)| *name != shards.part_name(*shard)) {
        let own = shards.part_name(*shard);
        let what = if names.contains(&own) { "is there twice" } else { "has another name" };
        wrong.push(format!("shard {shard} {what}: {}", quoted(name)));
    }
    let missing: Vec<u64> =
        (0..shards.count).filter(|shard| !names.contains(&shards.part_name(*shard))).collect();
    if !missing.is_empty() {
        let word = if missing.len() == 1 { "shard" } else { "shards" };
        let of = shards.count;
        wrong.push(format!("missing: {word} {} of {of}, counted from 0", ranges(&missing)));
    }
    if wrong.is_empty() {
        return Ok(shards.clone());
    }
    refuse(&wrong, "take away what does not belong there, and run again what is missing")
}

/// Numbers that rise, those that follow each other as one: `3, 5 to 9`.
fn ranges(numbers: &[u64]) -> String {
    let groups = numbers.chunk_by(|one, next| one + 1 == *next);
    let words = groups.map(|group| match group {
        [one] => one.to_string(),
        [first, .., last] => format!("{first} to {last}"),
        [] => unreachable!("a group has a number"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_follow_each_other_are_said_as_one() {
        assert_eq!(ranges(&[3]), "3");
        assert_eq!(ranges(&[0, 1, 2, 5, 8, 9]), "0 to 2, 5, 8 to 9");
    }
}
