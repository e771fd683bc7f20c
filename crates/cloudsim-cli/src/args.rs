//! What can be typed.

mod import;
mod look;
mod many;
mod sched;

pub(crate) use import::{ImportArgs, ImportCommand, ImportKubectlArgs};
pub(crate) use look::{GetArgs, GetOutput, PathArgs, PathOutput, WatchArgs, WhyArgs, WhyOutput};
pub(crate) use many::{
    DiffArgs, JobsArgs, OptimizeArgs, ReportArgs, ReportOutput, ShardChoice, SweepArgs, SweepCluster,
    SweepCommand, SweepManifestArgs, SweepMergeArgs, SweepOutput, SweepPlanArgs, SweepShardArgs, SweptArgs,
    YearsArgs,
};
pub(crate) use sched::{SchedArgs, SchedCommand, SchedExplainArgs, SchedOutput};

use self::many::{odds, seeds};
use crate::completers;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::engine::ArgValueCompleter;
use cloudsim_scenario::{Overrides, Seeds};
use cloudsim_units::{Ratio, SimDuration};
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
    /// Run again what `--records` or `--bundle` of a run wrote, and say whether it is the same run.
    Replay(ReplayArgs),
    /// Check scenario files without running them; shows every problem.
    Check(CheckArgs),
    /// Show what stands in the world of a scenario at a time, as kubectl would.
    Get(GetArgs),
    /// Play a run in the terminal: zones, services, databases, faults and events; pause, step, rewind.
    Watch(WatchArgs),
    /// Say whether one thing reaches another, and which rule, route or state lets it pass or stops it.
    Path(PathArgs),
    /// Say why: what broke a service and brought it back, the way of a `kubectl apply`, why a pod is on its node or waits,
    /// what a request waited for, why a write is lost.
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
    /// Add a fault: `zone:a@5m+15m`, `region:NAME@…`, `control-plane:NAME@…`, `partition:a@…`, `host:frontend-server@5m`,
    /// `process:NAME@…`, `nat:nat-a@…`, `balancer-node:NAME/a@…`, `endpoint:NAME@…`, `rds:orders@5m`, `standby:orders@…`,
    /// `replica:NAME@…`, `api-server:NAME@…`, `capacity:b@5m`, or one as scenario files write it.
    #[arg(long = "fault", value_name = "FAULT", add = ArgValueCompleter::new(completers::fault))]
    pub(crate) fault: Vec<String>,
    /// Intervene as an operator, after everything else of that instant: `4m: failover database/orders`, `promote replica/NAME`,
    /// `create replica/NAME`, `switch-over replica/NAME`, `reconcile database/NAME`,
    /// `restore backup/NAME`, `apply stack/NAME`, `raise quota/REGION 64`, `copy image/NAME REGION`,
    /// `build image/NAME REGION`, `set secret/NAME REGION`, `point record/NAME LOAD_BALANCER`,
    /// `switch-off control/NAME`, `switch-on control/NAME`, `shift-away zone/a`,
    /// `shift-back zone/a`, `scale group/frontend 9`, `restart instance/frontend-server-1`, `terminate instance/NAME`; in a cluster
    /// `cordon node/NAME`, `uncordon node/NAME`, `drain node/NAME`, `out-of-service node/NAME`, of all nodes of a zone
    /// `cordon zone/a`, `uncordon zone/a`, `drain zone/a`, `out-of-service zone/a`; `scale deployment/NAME 3`,
    /// `scale statefulset/…`, `scale replicaset/…`, `restart deployment/…`, `restart statefulset/…`, `restart daemonset/…`,
    /// `set-image deployment/NAME web=shop/web:2`, `set-image statefulset/…`, `set-image daemonset/…`.
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
    /// Write every record to a file: one JSON object a line, or, if its name ends so, Parquet.
    #[arg(long, value_name = "FILE.jsonl|FILE.parquet")]
    pub(crate) records: Option<PathBuf>,
    /// Write the result as one page of HTML, which needs no network and no script.
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
    /// Write a trace for Perfetto or `chrome://tracing`: zones as processes, states, outages and requests as slices.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) trace: Option<PathBuf>,
    /// Write all that makes the run again, and its digest: the scenario with what it includes, changes, seed and version.
    #[arg(long, value_name = "FILE.cloudsim")]
    pub(crate) bundle: Option<PathBuf>,
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
    /// The form of the result. `github` prints the table with annotations, and appends `markdown` to the summary of the job.
    #[arg(short, long, value_enum, default_value_t = TestOutput::Text)]
    pub(crate) output: TestOutput,
    /// In place of the faults of a scenario let each thing in it fail once by itself: zones, regions and their control planes,
    /// hosts, gateways, nodes of load balancers, instances of databases, API servers and endpoints outside. Recovery times and
    /// points are held against their objectives. Without a time it is when the first fault of the scenario comes, and for as long.
    #[arg(
        long,
        value_name = "AT[+LASTS]",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        value_parser = single_faults,
        conflicts_with = "fault"
    )]
    pub(crate) every_single_fault: Option<SingleFaults>,
    /// Run each file with these seeds, of which the last is left out, as `0..100`, and judge by all runs whether objectives hold
    /// in nearly all of them: pass, fail, or inconclusive where they are too few to say.
    #[arg(long, value_name = "A..B", value_parser = seeds, conflicts_with_all = ["seed", "every_single_fault"])]
    pub(crate) seeds: Option<Seeds>,
    /// In this share of runs at most an objective may be breached; 5 % if nothing is said.
    #[arg(long, value_name = "SHARE", value_parser = odds, requires = "seeds")]
    pub(crate) breach_at_most: Option<Ratio>,
    /// How sure that has to be; 95 % if nothing is said.
    #[arg(long, value_name = "SHARE", value_parser = odds, requires = "seeds")]
    pub(crate) confidence: Option<Ratio>,
    #[command(flatten)]
    pub(crate) golden: GoldenArgs,
    /// Begin no more runs once one has failed.
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Test the K-th part of the files, or of single faults, of N that are about the same size.
    #[arg(long, value_name = "K/N", value_parser = part)]
    pub(crate) shard: Option<(usize, usize)>,
    #[command(flatten)]
    pub(crate) at_once: JobsArgs,
}

/// What was printed once and has to be printed again.
#[derive(Args, Clone, Debug)]
pub(crate) struct GoldenArgs {
    /// Compare what `run` prints of each file with `DIR/NAME.txt`, NAME being the file's. A line that differs is a breach.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with_all = ["seeds", "every_single_fault"])]
    pub(crate) goldens: Option<PathBuf>,
    /// Write those files anew where they differ or are not there.
    #[arg(long, requires = "goldens")]
    pub(crate) update_goldens: bool,
}

/// The forms of the result of `test`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestOutput {
    Text,
    Json,
    Junit,
    Github,
    Markdown,
    Sarif,
}

/// When things fail one by one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SingleFaults {
    /// When the first fault of the scenario comes, and for as long.
    AsTheFirst,
    /// At that time, and for so long; for good if nothing is said.
    At(SimDuration, Option<SimDuration>),
}

/// `5m+10m`, or `5m` for good.
fn single_faults(text: &str) -> Result<SingleFaults, String> {
    match text.split_once('+') {
        _ if text.is_empty() => Ok(SingleFaults::AsTheFirst),
        Some((at, lasts)) => Ok(SingleFaults::At(duration(at)?, Some(duration(lasts)?))),
        None => Ok(SingleFaults::At(duration(text)?, None)),
    }
}

fn part(text: &str) -> Result<(usize, usize), String> {
    let read = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    read.filter(|(part, of)| (1..=*of).contains(part)).ok_or_else(|| {
        format!("`{}` is no part of a whole: write `2/4` for the second of four", text.escape_debug())
    })
}

#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// The file.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
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
pub(crate) struct ExplainArgs {
    /// The code, as a message shows it in brackets, or the path of a field, with or without the name of a thing in it.
    #[arg(value_name = "CODE|FIELD", add = ArgValueCompleter::new(completers::explained))]
    pub(crate) what: String,
}

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
    /// A line of `run --records FILE.jsonl`.
    Records,
    /// The result of `diff -o json`.
    Diff,
    /// The result of `test -o json`.
    Test,
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
    /// The answer of `why FILE SERVICE -o json`.
    WhyService,
    /// The answer of `why FILE apply/NAME -o json`.
    WhyApply,
    /// The answer of `why FILE pod/NAME -o json`.
    WhyPod,
    /// The answer of `why FILE request/NUMBER -o json`.
    WhyRequest,
    /// The answer of `why FILE commit/NUMBER -o json`.
    WhyCommit,
    /// The answer of `why FILE --when-inevitable SERVICE -o json`.
    WhenInevitable,
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
