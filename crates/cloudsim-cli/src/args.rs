//! What can be typed.

use crate::completers;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::engine::ArgValueCompleter;
use cloudsim_kube_scheduler::Version;
use cloudsim_scenario::{OptimizeSpec, Overrides, Seeds, Variation};
use cloudsim_sweep::Request;
use cloudsim_units::{Ratio, SimDuration};
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

/// A local multi-AZ cloud simulator: what users saw when a zone died, how long service was away and why that long, which
/// acknowledged writes are gone, and what it costs. Same seed, same bytes.
#[derive(Debug, Parser)]
#[command(name = "cloudsim", version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// What to log on stderr, as `debug` or `cloudsim=trace`; simulated time is a field of each line.
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) log: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const AFTER_HELP: &str = "\
Try it:
  cloudsim run az-a-outage

Exit codes:
  0 fine · 1 failed · 2 wrong usage or input · 3 differs (diff --exit-code) · 4 inconclusive · 90 not deterministic ·
  99 objective breached (test) · 130 interrupted";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a small scenario of your own to start from.
    Init(InitArgs),
    /// Run a scenario once and show what was measured.
    Run(RunArgs),
    /// Judge the objectives of scenarios; exits 99 if one is breached.
    Test(TestArgs),
    /// Run a scenario with many seeds: how likely, how bad, how sure, and which run was the worst.
    Sweep(Box<SweepArgs>),
    /// Print again what a sweep said, from the folder that its results are in.
    Report(ReportArgs),
    /// Compare two scenarios, or a scenario with a change of it, on the same seeds: what differs, by how much, how sure.
    Diff(DiffArgs),
    /// Find the cheapest settings that meet every objective, and what others would cost.
    Optimize(Box<OptimizeArgs>),
    /// Let things fail by their rates for years: nines of each service, what costs them, and what an objective leaves.
    Years(YearsArgs),
    /// Check scenario files without running them; shows every problem.
    Check(CheckArgs),
    /// Show what stands in the world of a scenario at a time, as kubectl would.
    Get(GetArgs),
    /// Say whether one thing reaches another, and which rule, route or state lets it pass or stops it.
    Path(PathArgs),
    /// Say why: the way of a `kubectl apply`, why a pod is on its node or waits.
    Why(WhyArgs),
    /// Explain a problem's code, as `CS0105`, or a field of the language, as `target_groups.interval`.
    Explain(ExplainArgs),
    /// Ask the scheduler: exactly what kube-scheduler decides, and why.
    Sched(SchedArgs),
    /// Make a scenario of what another program prints.
    Import(ImportArgs),
    /// Print the JSON Schema of a kind of file; without a kind, list them.
    Schema(SchemaArgs),
    /// Print the script that lets a shell complete commands, scenarios and what stands in them.
    Completions(CompletionsArgs),
    /// Print the manual page, or write the pages of all commands to a folder.
    Man(ManArgs),
    /// Run a scenario twice here and once in another process, and compare every record.
    CheckDeterminism(CheckDeterminismArgs),
    /// Write a hash of every record, for the process that compares.
    #[command(hide = true)]
    RecordHashes(RecordHashesArgs),
}

/// What about a scenario is different this time.
#[derive(Args, Clone, Debug)]
pub(crate) struct ChangeArgs {
    /// The seed, instead of the file's.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
}

/// What about a scenario is different this time, whatever the seed.
#[derive(Args, Clone, Debug)]
pub(crate) struct SettingArgs {
    /// Set a value by name: `target_groups.frontend.interval=15s`, `databases.orders.multi_az=false`, `faults=[]`.
    #[arg(long = "set", value_name = "KIND.NAME.FIELD=VALUE", add = ArgValueCompleter::new(completers::setting))]
    pub(crate) set: Vec<String>,
    /// Add a fault: `zone:a@5m+15m`, `partition:a@…`, `host:frontend-server@5m`, `process:NAME@…`, `nat:nat-a@…`,
    /// `rds:orders@5m`, `standby:orders@…`, `capacity:b@5m`, or one as scenario files write it.
    #[arg(long = "fault", value_name = "FAULT", add = ArgValueCompleter::new(completers::fault))]
    pub(crate) fault: Vec<String>,
    /// Intervene as an operator, after everything else of that instant: `4m: failover database/orders`, `promote replica/NAME`,
    /// `shift-away zone/a`, `shift-back zone/a`, `scale group/frontend 9`, `restart instance/frontend-server-1`,
    /// `terminate instance/NAME`; in a cluster `cordon node/NAME`, `uncordon node/NAME`, `drain node/NAME`,
    /// `out-of-service node/NAME`, `scale deployment/NAME 3`, `scale statefulset/…`, `scale replicaset/…`,
    /// `restart deployment/…`, `restart statefulset/…`, `restart daemonset/…`, `set-image deployment/NAME web=shop/web:2`,
    /// `set-image statefulset/…`, `set-image daemonset/…`.
    #[arg(long = "do", value_name = "T: ACTION", add = ArgValueCompleter::new(completers::intervention))]
    pub(crate) interventions: Vec<String>,
    /// Run however many requests the scenario expects; without it more than 200 million, or 250,000 at once, are refused.
    #[arg(long)]
    pub(crate) allow_large: bool,
}

/// What about a scenario is different this time, and how far to run it.
#[derive(Args, Clone, Debug)]
pub(crate) struct ScenarioArgs {
    #[command(flatten)]
    pub(crate) changes: ChangeArgs,
    /// Stop at that simulated time, as `7m`.
    #[arg(long, value_name = "TIME", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) until: Option<SimDuration>,
}

impl ScenarioArgs {
    pub(crate) fn overrides(&self) -> Overrides {
        self.changes.overrides()
    }

    /// The flags and values that say the same again, and which seed it was.
    pub(crate) fn words(&self, seed: u64) -> Vec<String> {
        self.changes.settings.words(seed, &[], self.until)
    }
}

impl ChangeArgs {
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides { seed: self.seed, ..self.settings.overrides(&[]) }
    }
}

impl SettingArgs {
    /// With more settings after those that were typed.
    pub(crate) fn overrides(&self, more: &[String]) -> Overrides {
        Overrides {
            set: self.set.iter().chain(more).cloned().collect(),
            faults: self.fault.clone(),
            interventions: self.interventions.clone(),
            seed: None,
            allow_large: self.allow_large,
        }
    }

    /// The flags and values that say the same again, with more settings after those that were typed.
    pub(crate) fn words(&self, seed: u64, more: &[String], until: Option<SimDuration>) -> Vec<String> {
        let mut words = vec!["--seed".to_owned(), seed.to_string()];
        let flags: [(&str, &[String]); 4] =
            [("--set", &self.set), ("--set", more), ("--fault", &self.fault), ("--do", &self.interventions)];
        for (flag, values) in flags {
            words.extend(values.iter().flat_map(|value| [flag.to_owned(), value.clone()]));
        }
        words.extend(until.iter().flat_map(|until| ["--until".to_owned(), until.to_string()]));
        words.extend(self.allow_large.then(|| "--allow-large".to_owned()));
        words
    }
}

fn duration(text: &str) -> Result<SimDuration, String> {
    SimDuration::parse(text).map_err(|problem| format!("{problem}; {}", problem.hint))
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// A scenario file, or the name of one that ships with cloudsim.
    #[arg(value_name = "FILE", required_unless_present = "list", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: Option<String>,
    /// List the scenarios that ship instead.
    #[arg(long, exclusive = true)]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Try the documented alternatives of each setting that owns a phase of an outage, and show the best.
    #[arg(long)]
    pub(crate) levers: bool,
    /// The form of the result.
    #[arg(short, long, value_enum, default_value_t = RunOutput::Text)]
    pub(crate) output: RunOutput,
    /// Write every record to a file, one JSON object a line.
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) records: Option<PathBuf>,
}

/// The forms of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunOutput {
    Text,
    Json,
    Yaml,
    Markdown,
}

#[derive(Args, Debug)]
pub(crate) struct TestArgs {
    /// Scenario files, or names of those that ship with cloudsim.
    #[arg(value_name = "FILE", required = true, add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) files: Vec<String>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
}

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
    /// The folder of a sweep, as `sweep --out` wrote it.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// The form of the result.
    #[arg(short, long, value_enum, default_value_t = SweepOutput::Text)]
    pub(crate) output: SweepOutput,
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
    /// Set a value by name: `failures.zone:*.per_year=0.05`, `databases.orders.multi_az=false`.
    #[arg(long = "set", value_name = "KIND.NAME.FIELD=VALUE", add = ArgValueCompleter::new(completers::setting))]
    pub(crate) set: Vec<String>,
    #[command(flatten)]
    pub(crate) at_once: JobsArgs,
    /// The form of the result.
    #[arg(short, long, value_enum, default_value_t = SweepOutput::Text)]
    pub(crate) output: SweepOutput,
}

fn odds(text: &str) -> Result<Ratio, String> {
    let share = Ratio::parse(text).map_err(|problem| format!("{problem}; {}", problem.hint))?;
    let [least, most] = [OptimizeSpec::ODDS.start(), OptimizeSpec::ODDS.end()].map(ToString::to_string);
    OptimizeSpec::ODDS
        .contains(&share)
        .then_some(share)
        .ok_or_else(|| format!("write a share from {least} to {most}"))
}

/// The forms of the result of many runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SweepOutput {
    Text,
    Json,
}

fn seeds(text: &str) -> Result<Seeds, String> {
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

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Scenario files, or names of those that ship with cloudsim.
    #[arg(value_name = "FILE", required = true, add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) files: Vec<String>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
}

#[derive(Args, Debug)]
pub(crate) struct GetArgs {
    /// What to show: kinds of things, or one of a kind, as `instances,targets` or `databases/orders`; or `all`.
    #[arg(value_name = "KIND[/NAME],…", add = ArgValueCompleter::new(completers::things))]
    pub(crate) what: String,
    /// A scenario file, or the name of one that ships with cloudsim.
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: String,
    /// The simulated time, as `6m`; what happens in that instant has happened.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) at: SimDuration,
    #[command(flatten)]
    pub(crate) changes: ChangeArgs,
    /// The form of the answer.
    #[arg(short, long, value_enum, default_value_t = GetOutput::Text)]
    pub(crate) output: GetOutput,
}

/// The forms of an answer to `get`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GetOutput {
    /// Tables of what matters most.
    Text,
    /// Tables with every column.
    Wide,
    Json,
    Yaml,
    /// Names alone, one a line, as `get` takes them.
    Name,
}

#[derive(Args, Debug)]
pub(crate) struct PathArgs {
    /// A scenario file, or the name of one that ships with cloudsim.
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: String,
    /// Who connects: `internet`, or the name of a kind of client, a load balancer or its node in a zone, a DNS record, a target
    /// group, an Auto Scaling group or its members, an instance, a database or one of its instances, a NAT gateway, an endpoint,
    /// a VPC endpoint in a zone.
    #[arg(value_name = "FROM", required_unless_present = "matrix", add = ArgValueCompleter::new(completers::ends))]
    pub(crate) from: Option<String>,
    /// Whom to, and on which port if there are several: `frontend-alb:443`, `orders`, `payments`.
    #[arg(value_name = "TO[:PORT]", required_unless_present = "matrix", add = ArgValueCompleter::new(completers::ends))]
    pub(crate) to: Option<String>,
    /// Ask for every pair instead.
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub(crate) matrix: bool,
    /// The simulated time, as `6m`; what happens in that instant has happened.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) at: SimDuration,
    #[command(flatten)]
    pub(crate) changes: ChangeArgs,
    /// The form of the answer.
    #[arg(short, long, value_enum, default_value_t = PathOutput::Text)]
    pub(crate) output: PathOutput,
}

/// The forms of an answer to `path`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PathOutput {
    Text,
    Json,
    Yaml,
}

#[derive(Args, Debug)]
pub(crate) struct WhyArgs {
    /// A scenario file, or the name of one that ships with cloudsim.
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: String,
    /// What to tell of: `apply/NAME` is a workload as `kubectl apply` brings it, `pod/NAME` a pod and the node that it has or
    /// waits for. A namespace may stand before the name, as in `apply/shop/api`.
    #[arg(value_name = "SUBJECT", add = ArgValueCompleter::new(completers::subjects))]
    pub(crate) subject: String,
    /// The simulated time, as `6m`: of a pod, when to ask; of an `apply`, when it is done. What happens in that instant has
    /// happened.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) at: SimDuration,
    #[command(flatten)]
    pub(crate) changes: ChangeArgs,
    /// The form of the answer.
    #[arg(short, long, value_enum, default_value_t = WhyOutput::Text)]
    pub(crate) output: WhyOutput,
    /// With `-o text`: every node and every reason by itself, nothing folded.
    #[arg(long)]
    pub(crate) all: bool,
}

/// The forms of an answer to `why`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhyOutput {
    Text,
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// The code, as a message shows it in brackets, or the path of a field, with or without the name of a thing in it.
    #[arg(value_name = "CODE|FIELD", add = ArgValueCompleter::new(completers::explained))]
    pub(crate) what: String,
}

#[derive(Args, Debug)]
pub(crate) struct SchedArgs {
    #[command(subcommand)]
    pub(crate) command: SchedCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchedCommand {
    /// Decide where pods go, exactly as kube-scheduler v1.34.1 does, and say why: cases in, decisions out.
    Explain(SchedExplainArgs),
}

#[derive(Args, Debug)]
#[command(after_long_help = SCHED_EXPLAIN_HELP)]
pub(crate) struct SchedExplainArgs {
    /// Files of cases, one JSON object a line, plain or compressed by gzip; `-`, or none, is what comes in.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Read traces instead: of each file, the first line is the cluster, then pods come and go in it.
    #[arg(long)]
    pub(crate) trace: bool,
    /// A KubeSchedulerConfiguration (YAML or JSON), for cases that carry no `config`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Whose decisions are followed.
    #[arg(long, value_name = "MINOR", default_value = Version::V1_34.as_str(), value_parser = scheduler_version())]
    pub(crate) version: Version,
    /// The proposal KEP-5980: topology spread ignores domains in which the pod tolerates no node.
    #[arg(long)]
    pub(crate) ignore_tainted_domains: bool,
    /// The form of the answers.
    #[arg(short, long, value_enum, default_value_t = SchedOutput::Json)]
    pub(crate) output: SchedOutput,
    /// With `-o text`: every node and every reason by itself, nothing folded; the same as `-o wide`.
    #[arg(long)]
    pub(crate) all: bool,
}

fn scheduler_version() -> impl TypedValueParser<Value = Version> {
    let known = PossibleValuesParser::new(Version::ALL.map(Version::as_str));
    known.map(|word| word.parse().expect("only versions are taken"))
}

/// The forms of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchedOutput {
    /// One JSON object a line.
    Json,
    /// For people: scores and the winner, or what would have to change; what is alike is folded.
    Text,
    /// For people, with nothing folded.
    Wide,
}

const SCHED_EXPLAIN_HELP: &str = concat!(
    "A case is one line: Kubernetes objects as the API server stores them. `pods` are those on nodes, `pod` is the one to ",
    "place.\n\n",
    r#"  {"id": "one", "nodes": [Node…], "pods": [Pod…], "pod": Pod}"#,
    "\n\nThere may also be `config` (the `profiles` part of a KubeSchedulerConfiguration), `nominatedPods`, `namespaces`, ",
    "`services`, `replicationControllers`, `replicaSets`, `statefulSets`, `podDisruptionBudgets`; `expect`, `family` and ",
    "`tags` are ignored. The answer is one line too; of a pod that fits nowhere it has `fitError`, `eventMessage` and ",
    "`preemption` instead of scores.\n\n",
    r#"  {"id": "one", "expect": {"feasible": 1, "nodes": {…}, "scorePlugins": […], …, "best": ["a"]}}"#,
    "\n\nA line that is no case is answered in its place, the others go on, and the exit code is 2.\n\n",
    r#"  {"id": "one", "error": {"line": 1, "field": "pod.spec.tolerations[0].operator", "message": "…"}}"#,
    "\n\nA trace has the cluster in its first line, then pods that come and go; ties are broken by name.\n\n",
    r#"  {"nodes": [Node…]}
  {"pod": Pod}
  {"delete": "namespace/name"}"#,
    "\n\nThe answers are\n\n",
    r#"  {"i": 0, "feasible": 2, "best": ["a", "b"], "chosen": "a", "total": 474}
  {"i": 1, "feasible": 0, "fitError": "0/2 nodes are available: …"}"#,
    "\n\nTry it:\n",
    r#"  echo '{"nodes": [{"metadata": {"name": "a"}, "status": {"allocatable": {"cpu": "2", "pods": "9"}}}],
    "pod": {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c",
    "resources": {"requests": {"cpu": "3"}}}]}}}' | tr -d '\n' | cloudsim sched explain -o text"#,
);

#[derive(Args, Debug)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    pub(crate) command: ImportCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// What `kubectl get -o yaml|json` prints of a cluster, or manifests.
    Kubectl(ImportKubectlArgs),
}

#[derive(Args, Debug)]
#[command(after_long_help = IMPORT_KUBECTL_HELP)]
pub(crate) struct ImportKubectlArgs {
    /// Files in YAML or JSON, plain or compressed by gzip; folders, of which the files that end so; `-` is what comes in.
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    pub(crate) files: Vec<PathBuf>,
    /// The scenario to write; `-` prints it instead.
    #[arg(short, long, value_name = "FILE.ron", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Write it over a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
    /// What the scenario and its cluster are called, instead of after the first file.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The minor version of Kubernetes, instead of that of the kubelets, as `1.34`.
    #[arg(long, value_name = "MINOR")]
    pub(crate) version: Option<String>,
    /// Nodes for manifests, which have none: `3xm5.xlarge`, several with commas between them.
    #[arg(long, value_name = "COUNTxTYPE")]
    pub(crate) nodes: Option<String>,
    /// The zones that these nodes are dealt over, with commas between them: `us-east-1a,us-east-1b,us-east-1c`.
    #[arg(long, value_name = "ZONES", requires = "nodes")]
    pub(crate) zones: Option<String>,
}

const IMPORT_KUBECTL_HELP: &str = "\
Try it:
  kubectl get nodes,pods,deploy,sts,ds,rs,jobs,cronjobs,pdb,hpa,svc,endpointslices,pvc,pv,sc,priorityclasses,ns -A -o yaml |
    cloudsim import kubectl - -o mine.ron
  cloudsim run mine.ron --fault zone:us-east-1a@1m+30m

  kubectl kustomize DIR | cloudsim import kubectl - -o mine.ron --nodes 3xm5.xlarge

What was kept, left out and assumed is said on stderr, and heads the file as a comment. Contents of secrets,
environments and commands are never copied.";

#[derive(Args, Debug)]
pub(crate) struct SchemaArgs {
    /// What is described.
    #[arg(value_name = "KIND", value_enum)]
    pub(crate) kind: Option<SchemaKind>,
}

/// The kinds of files that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaKind {
    /// A scenario.
    Scenario,
    /// A world, which scenarios include.
    World,
    /// The result of `run -o json`.
    Run,
    /// The result of `sweep -o json`.
    Sweep,
    /// The result of `sweep --sensitivity -o json`.
    Sensitivity,
    /// The file that `sweep plan` writes.
    Plan,
    /// The columns of the tables of `sweep --out`.
    Tables,
    /// The result of `diff -o json`.
    Diff,
    /// The result of `optimize -o json`.
    Optimize,
    /// The result of `years -o json`.
    Years,
    /// The answer of `get -o json`.
    Get,
    /// The answer of `path -o json`.
    Path,
    /// The answer of `path --matrix -o json`.
    Matrix,
    /// The answer of `why FILE apply/NAME -o json`.
    WhyApply,
    /// The answer of `why FILE pod/NAME -o json`.
    WhyPod,
}

#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The file to write; `-` prints it instead.
    #[arg(value_name = "FILE", default_value = "my-shop.ron", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell. Bash: `eval "$(cloudsim completions bash)"`; zsh the same; fish: `cloudsim completions fish | source`;
    /// PowerShell: `cloudsim completions powershell | Out-String | Invoke-Expression`. In its start-up file, for good.
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

/// The shells that can ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// A folder for the pages of all commands, such as `~/.local/share/man/man1`; it is made if it is not there.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct CheckDeterminismArgs {
    /// A scenario file, or the name of one that ships with cloudsim.
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
}

#[derive(Args, Debug)]
pub(crate) struct RecordHashesArgs {
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Print this record instead of the hashes.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) record: Option<u64>,
}
