//! What commands take that make many runs.

use super::{SettingArgs, duration};
use crate::completers;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use clap_complete::engine::ArgValueCompleter;
use cloudsim_scenario::{OptimizeSpec, Seeds, Variation};
use cloudsim_sweep::Request;
use cloudsim_units::{Ratio, SimDuration};
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(crate) struct RunsArgs {
    /// Stop each run at that simulated time, as `7m`.
    #[arg(long, value_name = "TIME", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) until: Option<SimDuration>,
    #[command(flatten)]
    pub(crate) at_once: JobsArgs,
}

#[derive(Args, Debug)]
pub(crate) struct JobsArgs {
    /// How many runs go on at a time, instead of one on each core. The result is the same bytes.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl JobsArgs {
    /// How many go on at a time.
    pub(crate) fn jobs(&self) -> usize {
        self.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum SweepCommand {
    /// Cut a sweep into shards, for machines that do not know of each other.
    Plan(SweepPlanArgs),
    /// Run a shard of a plan; one that is finished is not run again.
    Run(SweepShardArgs),
    /// Say what the parts of all shards say together: the very bytes that `sweep` on one machine prints and writes.
    Merge(SweepMergeArgs),
    /// Print what makes a cluster run the shards of a plan: a Job of Kubernetes, an array of AWS Batch, a script for Slurm.
    Manifest(SweepManifestArgs),
}

/// What is swept.
#[derive(Args, Debug)]
pub(crate) struct SweptArgs {
    /// The seeds, of which the last is left out, as `0..200`, instead of the scenario's.
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub(crate) seeds: Option<Seeds>,
    /// Vary a setting: `target_groups.frontend.interval=5s,10s,30s`. Several make a grid, of which every point meets the same
    /// seeds.
    #[arg(long = "vary", value_name = "KIND.NAME.FIELD=A,B,…", value_parser = variation,
        add = ArgValueCompleter::new(completers::setting))]
    pub(crate) vary: Vec<Variation>,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct SweepArgs {
    #[command(subcommand)]
    pub(crate) command: Option<SweepCommand>,
    /// A scenario file, or the name of one that ships with cloudsim.
    #[arg(value_name = "FILE", required = true, add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: Option<String>,
    #[command(flatten)]
    pub(crate) swept: SweptArgs,
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
    /// Write what the runs measured to a new folder, as tables in Parquet: runs, services, outages, phases, databases,
    /// failovers, faults, objectives and costs.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Say what the answers rest on: try each assumption of the models at its low and at its high end, everything else as it is,
    /// on the same seeds; without any, `0..20`.
    #[arg(long, conflicts_with_all = ["vary", "out", "resume"])]
    pub(crate) sensitivity: bool,
    /// Go on with the folder of a sweep that was stopped; what is finished is not run again.
    #[arg(long, requires = "out")]
    pub(crate) resume: bool,
    /// Write the result as a page of HTML too, which fetches nothing and needs no script.
    #[arg(long, value_name = "FILE.html", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
    /// The form of the result.
    #[arg(short, long, value_enum, default_value_t = SweepOutput::Text)]
    pub(crate) output: SweepOutput,
}

#[derive(Args, Debug)]
pub(crate) struct SweepPlanArgs {
    /// A scenario file, or the name of one that ships with cloudsim.
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) swept: SweptArgs,
    /// Stop each run at that simulated time, as `7m`.
    #[arg(long, value_name = "TIME", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) until: Option<SimDuration>,
    /// How many shards; one should last 1 to 10 minutes.
    #[arg(long, value_name = "N")]
    pub(crate) shards: NonZeroU64,
    /// The file to write, instead of printing it.
    #[arg(short, long, value_name = "PLAN.json", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct SweepShardArgs {
    /// The plan, as a path, `file:///…` or `s3://…`.
    #[arg(long, value_name = "PLAN", value_hint = ValueHint::FilePath)]
    pub(crate) plan: String,
    /// Which shard, counted from 0. `auto` is the index that the machine was given: `JOB_COMPLETION_INDEX` (Kubernetes), else
    /// `AWS_BATCH_JOB_ARRAY_INDEX`, else `SLURM_ARRAY_TASK_ID`.
    #[arg(long, value_name = "K|auto", value_parser = shard_choice)]
    pub(crate) shard: ShardChoice,
    /// The `SLURM_ARRAY_TASK_ID` of shard 0, instead of `SLURM_ARRAY_TASK_MIN`.
    #[arg(long, value_name = "N")]
    pub(crate) shard_offset: Option<u64>,
    /// Where the shard's part is put, once it is whole: a folder, `file:///DIR` or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "DIR|URL", value_hint = ValueHint::DirPath)]
    pub(crate) out: String,
    #[command(flatten)]
    pub(crate) at_once: JobsArgs,
}

/// Which shard is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShardChoice {
    /// What the environment says.
    Auto,
    /// This one.
    Number(u64),
}

#[derive(Args, Debug)]
pub(crate) struct SweepMergeArgs {
    /// Where the parts are: a folder, `file:///DIR` or `s3://BUCKET/PREFIX`.
    #[arg(value_name = "DIR|URL", value_hint = ValueHint::DirPath)]
    pub(crate) parts: String,
    /// The plan that they have to be of.
    #[arg(long, value_name = "PLAN", value_hint = ValueHint::FilePath)]
    pub(crate) plan: Option<String>,
    /// Write the tables of all runs to a new folder too, as `sweep --out` does.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// The form of the result.
    #[arg(short, long, value_enum, default_value_t = SweepOutput::Text)]
    pub(crate) output: SweepOutput,
}

#[derive(Args, Debug)]
pub(crate) struct SweepManifestArgs {
    /// For what.
    #[arg(value_name = "CLUSTER", value_enum)]
    pub(crate) cluster: SweepCluster,
    /// The plan, as a path, `file:///…` or `s3://…`.
    #[arg(long, value_name = "PLAN", value_hint = ValueHint::FilePath)]
    pub(crate) plan: String,
    /// Where the machines of the cluster find the plan, if it is elsewhere for them.
    #[arg(long, value_name = "PLAN")]
    pub(crate) plan_at: Option<String>,
    /// Where they put parts: a folder that they share, or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) out: String,
    /// The image that has the program; Slurm needs none.
    #[arg(long, value_name = "IMAGE")]
    pub(crate) image: Option<String>,
    /// What the job is called, instead of after the hash of the plan.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// How many cores a shard has, and runs at a time.
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) cpus: NonZeroU64,
    /// How much memory a shard has, in MiB.
    #[arg(long, value_name = "MIB", default_value = "1024")]
    pub(crate) memory_mib: NonZeroU64,
    /// Kubernetes: how many shards run at a time, instead of all.
    #[arg(long, value_name = "N")]
    pub(crate) parallelism: Option<NonZeroU64>,
    /// Kubernetes: the claim of a volume that all pods can write to, mounted at `--mount`.
    #[arg(long, value_name = "NAME")]
    pub(crate) claim: Option<String>,
    /// Kubernetes: where the volume is mounted.
    #[arg(long, value_name = "DIR", default_value = "/sweep")]
    pub(crate) mount: String,
    /// Kubernetes: the service account of the pods, by which they may write to S3.
    #[arg(long, value_name = "NAME")]
    pub(crate) service_account: Option<String>,
}

/// What runs shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SweepCluster {
    /// An Indexed Job of Kubernetes, in YAML.
    K8s,
    /// An array job of AWS Batch, as the inputs of `aws batch` in JSON.
    Batch,
    /// A job array of Slurm, as a script for `sbatch`.
    Slurm,
}

impl SweptArgs {
    /// What its runs are, in words that last.
    pub(crate) fn request(&self, file: &str) -> Request {
        Request {
            file: file.to_owned(),
            set: self.settings.set.clone(),
            faults: self.settings.fault.clone(),
            interventions: self.settings.interventions.clone(),
            allow_large: self.settings.allow_large,
        }
    }
}

impl From<&Request> for SettingArgs {
    fn from(request: &Request) -> Self {
        Self {
            set: request.set.clone(),
            fault: request.faults.clone(),
            interventions: request.interventions.clone(),
            allow_large: request.allow_large,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// The folder of a sweep, as `sweep --out` wrote it, or the records of a run, as `run --records` wrote them.
    #[arg(value_name = "DIR|FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) folder: PathBuf,
    /// Write the result as one page of HTML too, which fetches nothing: as `run --report` and `sweep --report` do.
    #[arg(long, value_name = "FILE.html", value_hint = ValueHint::FilePath)]
    pub(crate) html: Option<PathBuf>,
    /// The form of the result.
    #[arg(short, long, value_enum, default_value_t = ReportOutput::Text)]
    pub(crate) output: ReportOutput,
}

#[derive(Args, Debug)]
pub(crate) struct DiffArgs {
    /// A scenario file, or the name of one that ships with cloudsim.
    #[arg(value_name = "A", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: String,
    /// What to compare it with; the same if it is left out.
    #[arg(value_name = "B", add = ArgValueCompleter::new(completers::scenario), required_unless_present = "with")]
    pub(crate) other: Option<String>,
    /// Set a value in B alone, as `--set` does in both: `databases.orders.multi_az=false`.
    #[arg(long = "with", value_name = "KIND.NAME.FIELD=VALUE", add = ArgValueCompleter::new(completers::setting))]
    pub(crate) with: Vec<String>,
    /// The seeds, of which the last is left out, as `0..200`, instead of those that A is swept with, or else its one seed.
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub(crate) seeds: Option<Seeds>,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
    /// Exit with 3 if anything that was measured differs in any seed.
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Write the result as a page of HTML too, which fetches nothing and needs no script.
    #[arg(long, value_name = "FILE.html", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
    /// The form of the result.
    #[arg(short, long, value_enum, default_value_t = SweepOutput::Text)]
    pub(crate) output: SweepOutput,
}

#[derive(Args, Debug)]
pub(crate) struct OptimizeArgs {
    /// A scenario file, or the name of one that ships with cloudsim.
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: String,
    /// A setting that may be chosen, with its values: `auto_scaling_groups.web.desired=6..=12/2`,
    /// `databases.orders.multi_az=true,false`. It stands beside those of the scenario, or instead of that for the same setting.
    #[arg(long = "knob", value_name = "KIND.NAME.FIELD=A,B,…", value_parser = variation,
        add = ArgValueCompleter::new(completers::setting))]
    pub(crate) knobs: Vec<Variation>,
    /// The seeds, of which the last is left out, as `0..200`, instead of the scenario's; without any, the fewest that can show it.
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub(crate) seeds: Option<Seeds>,
    /// In this share of runs at most an objective may be breached, instead of the scenario's, or else 5 %.
    #[arg(long, value_name = "SHARE", value_parser = odds)]
    pub(crate) breach_at_most: Option<Ratio>,
    /// How sure that has to be, instead of the scenario's, or else 95 %.
    #[arg(long, value_name = "SHARE", value_parser = odds)]
    pub(crate) confidence: Option<Ratio>,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
    /// The form of the result.
    #[arg(short, long, value_enum, default_value_t = SweepOutput::Text)]
    pub(crate) output: SweepOutput,
}

#[derive(Args, Debug)]
pub(crate) struct YearsArgs {
    /// A scenario file, or the name of one that ships with cloudsim. Its faults and interventions are left out.
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: String,
    /// So many years are put together of what was run.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) years: u64,
    /// So many episodes are run of each class of failures that comes alone; of two that overlap at least twice as many in all, of
    /// more four times as many.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(2..=100_000))]
    pub(crate) runs: u64,
    /// Run all again with the failures of each class a third as long and three times, and say what would be lost.
    #[arg(long)]
    pub(crate) sensitivity: bool,
    /// The luck, instead of the scenario's.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Set a value by name: `databases.orders.multi_az=false`, `failures=[(what: "zone:*", per_year: 0.05, lasts:
    /// Constant("1h"))]`. Without `failures` in the scenario there is no item of them that could be set by itself.
    #[arg(long = "set", value_name = "KIND.NAME.FIELD=VALUE", add = ArgValueCompleter::new(completers::setting))]
    pub(crate) set: Vec<String>,
    #[command(flatten)]
    pub(crate) at_once: JobsArgs,
    /// The form of the result.
    #[arg(short, long, value_enum, default_value_t = SweepOutput::Text)]
    pub(crate) output: SweepOutput,
}

pub(super) fn odds(text: &str) -> Result<Ratio, String> {
    let share = Ratio::parse(text).map_err(|problem| format!("{problem}; {}", problem.hint))?;
    let [least, most] = [OptimizeSpec::ODDS.start(), OptimizeSpec::ODDS.end()].map(ToString::to_string);
    OptimizeSpec::ODDS
        .contains(&share)
        .then_some(share)
        .ok_or_else(|| format!("write a share from {least} to {most}"))
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportOutput {
    Text,
    Json,
    /// Of the records of a run alone.
    Markdown,
}

/// The forms of the result of many runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SweepOutput {
    Text,
    Json,
}

pub(super) fn seeds(text: &str) -> Result<Seeds, String> {
    Seeds::parse(text).map_err(|problem| format!("{problem}; {}", problem.hint))
}

fn shard_choice(text: &str) -> Result<ShardChoice, String> {
    if text == "auto" {
        return Ok(ShardChoice::Auto);
    }
    let number = text.parse().map(ShardChoice::Number);
    number.map_err(|_| format!("`{}` is neither a number from 0 nor `auto`", text.escape_debug()))
}

fn variation(text: &str) -> Result<Variation, String> {
    Variation::parse(text).map_err(|problem| format!("{problem}; {}", problem.hint))
}
