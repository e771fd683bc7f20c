//! What commands take that look into a world.

use super::{ChangeArgs, ScenarioArgs, duration};
use crate::completers;
use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use cloudsim_units::SimDuration;

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
    /// With tables: a column for each of these labels of nodes and pods, as `topology.kubernetes.io/zone`.
    #[arg(short = 'L', long, value_name = "LABEL,…", value_delimiter = ',')]
    pub(crate) label_columns: Vec<String>,
}

/// The forms of an answer to `get`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GetOutput {
    /// Tables of what matters most.
    Text,
    /// Tables with more columns; what is of a cluster has those of kubectl.
    Wide,
    Json,
    Yaml,
    /// Names alone, one a line, as `get` takes them.
    Name,
}

#[derive(Args, Debug)]
#[command(after_help = WATCH_KEYS)]
pub(crate) struct WatchArgs {
    /// A scenario file, or the name of one that ships with cloudsim.
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(completers::scenario))]
    pub(crate) file: String,
    /// Print what is shown at that simulated time instead, as `6m`; what happens in that instant has happened. It needs no
    /// terminal, and is as large as `COLUMNS` and `LINES` say, or 80x24.
    #[arg(long, value_name = "TIME", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) at: Option<SimDuration>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
}

const WATCH_KEYS: &str = "\
Keys:
  space play, pause · ← → a second (shift: a minute; , . a tenth) · n N next event, event before · f first fault
  r from the start · g G start, end · + - faster, slower · z what lanes show · ? help · q quit";

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
    /// What to tell of: a service is told with what broke it and what brought it back, `apply/NAME` is a
    /// workload as `kubectl apply` brings it, `pod/NAME` a pod and the node that it has or
    /// waits for, `request/NUMBER` the request of that number in the records, `commit/NUMBER` what became of that commit of
    /// the database, `commit/lost` of the first acknowledged one that is lost. A namespace may stand before the name,
    /// as in `apply/shop/api`, and a database before the number, as in `commit/orders/17`.
    #[arg(
        value_name = "SUBJECT",
        required_unless_present = "when_inevitable",
        add = ArgValueCompleter::new(completers::subjects)
    )]
    pub(crate) subject: Option<String>,
    /// Instead: until when the one action that is given as `--do ACTION`, without a time, would still have met all objectives
    /// of the service. It is tried at one time after the other, each in a run of its own.
    #[arg(
        long,
        value_name = "SERVICE",
        conflicts_with_all = ["subject", "at", "all"],
        add = ArgValueCompleter::new(completers::services)
    )]
    pub(crate) when_inevitable: Option<String>,
    /// The simulated time, as `6m`: of a pod, when to ask; of an `apply`, when it is done; of a service, a time of the outage
    /// that is meant. What happens in that instant has happened.
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
