//! What `sched` takes.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use cloudsim_kube_scheduler::Version;
use std::path::PathBuf;

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
