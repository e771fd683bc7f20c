//! What `import` takes.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

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
