//! `sweep run`: one shard of a plan, on whatever machine.

use super::{Over, Runs, grid, hash, plan};
use crate::Exit;
use crate::args::{SettingArgs, ShardChoice, SweepShardArgs};
use crate::folder::{FolderError, named, refused};
use crate::interrupt::Interrupt;
use crate::output;
use crate::place::Place;
use crate::runner::RunError;
use cloudsim_scenario::{FileText, load_texts};
use cloudsim_sweep::Shards;

/// Where Slurm says which task of an array it is; an array may begin with any number.
const SLURM: &str = "SLURM_ARRAY_TASK_ID";

/// Where Slurm says with which number an array begins.
const SLURM_FIRST: &str = "SLURM_ARRAY_TASK_MIN";

/// Where a machine of many says which it is.
const INDEXES: [&str; 3] = ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", SLURM];

pub(super) async fn run(args: &SweepShardArgs) -> Result<Exit, RunError> {
    let shard = match args.shard {
        ShardChoice::Number(shard) => shard,
        ShardChoice::Auto => own_index(args.shard_offset)?,
    };
    let read = plan::read(&args.plan).await?;
    let Shards { manifest: whole, count, .. } = &read.shards;
    if shard >= *count {
        let what = format!("shard {shard} is not in a plan of {count}");
        return Err(refused(what, "shards are counted from 0").into());
    }
    let (out, name) = (Place::at(&args.out)?, read.shards.part_name(shard));
    let path = named(&out.path(&name));
    if out.has(&name).await? {
        output::talk(&format!("shard {shard} of {count} was there: {path}"));
        return Ok(Exit::Fine);
    }
    let settings = SettingArgs::from(&whole.request);
    let files: Vec<FileText> = read.files.into_iter().map(|(name, text)| FileText { name, text }).collect();
    let load = |more: &[String]| load_texts(files.clone(), &settings.overrides(more));
    let plans = match grid(&whole.request.file, &whole.info, load) {
        Ok(plans) => plans,
        Err(exit) => return Ok(exit),
    };
    if hash(&plans) != whole.plans {
        let what = "here the plan's scenario comes to something else".to_owned();
        return Err(refused(what, "use one build of the program for all of it").into());
    }
    let interrupt = Interrupt::listen();
    let manifest = read.shards.shard(shard);
    let mut over = Over::Part(std::collections::BTreeMap::new());
    Runs { plans, manifest: &manifest }.run(args.at_once.jobs(), &mut over, &interrupt).await?;
    if interrupt.happened() {
        output::talk("of half a shard nothing is kept");
        return Ok(Exit::Interrupted);
    }
    let Over::Part(lines) = over else { unreachable!("it was made so") };
    let part = read.shards.part_head(shard) + &lines.into_values().collect::<String>();
    out.put(&name, part.into_bytes()).await?;
    output::talk(&format!("shard {shard} of {count}: {path}"));
    Ok(Exit::Fine)
}

/// The number that this machine was given, less that of the first.
fn own_index(slurm_first: Option<u64>) -> Result<u64, FolderError> {
    let Some((variable, index)) = INDEXES.into_iter().find_map(|name| Some((name, number_in(name)?))) else {
        let what = format!("no shard is given: none of {} is set", INDEXES.join(", "));
        return Err(refused(what, "give it as in `--shard 3`"));
    };
    let index = index?;
    if variable != SLURM {
        return Ok(index);
    }
    let first = match slurm_first {
        Some(first) => first,
        None => number_in(SLURM_FIRST).unwrap_or(Ok(0))?,
    };
    index.checked_sub(first).ok_or_else(|| {
        let what = format!("{SLURM} is {index}, below {first}, the first");
        refused(what, "give that of shard 0 as in `--shard-offset 1`")
    })
}

/// What a variable of the environment says, if it is set.
fn number_in(variable: &str) -> Option<Result<u64, FolderError>> {
    let value = std::env::var_os(variable)?;
    let number = value.to_str().and_then(|value| value.parse().ok());
    Some(number.ok_or_else(|| {
        let what =
            format!("{variable} is {}, which is no number from 0", output::quoted(&value.to_string_lossy()));
        refused(what, "give the shard as in `--shard 3`")
    }))
}
