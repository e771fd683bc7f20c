//! `sweep manifest`: what makes the machines of a cluster run the shards of a plan.

use super::plan;
use crate::Exit;
use crate::args::{SweepCluster, SweepManifestArgs};
use crate::folder::{FolderError, refused};
use crate::output::{self, quoted};
use crate::runner::RunError;
use cloudsim_measures::to_yaml;
use cloudsim_sweep::Shards;
use serde_json::{Value, json};
use std::path::Path;

/// A Job of Kubernetes has at most so many indexes if all of them may fail.
///
/// Source: K8S-70.
const INDEXES_MAX: u64 = 100_000;

/// An array of AWS Batch has so many children.
///
/// Source: BAT-01.
const CHILDREN: std::ops::RangeInclusive<u64> = 2..=10_000;

/// How often a shard is tried again that failed for another reason than its input.
const RETRIES: u64 = 3;

pub(super) async fn manifest(args: &SweepManifestArgs) -> Result<Exit, RunError> {
    let shards = plan::read(&args.plan).await?.shards;
    let text = match args.cluster {
        SweepCluster::K8s => to_yaml(&job(args, &shards)?),
        SweepCluster::Batch => format!("{:#}\n", array_job(args, &shards)?),
        SweepCluster::Slurm => script(args, &shards),
    };
    output::data(&text)?;
    Ok(Exit::Fine)
}

fn name(args: &SweepManifestArgs, shards: &Shards) -> String {
    args.name.clone().unwrap_or_else(|| format!("cloudsim-{}", shards.plan.short()))
}

/// The command of a shard, as its machine runs it.
fn words(args: &SweepManifestArgs) -> Vec<String> {
    let plan = plan_at(args);
    let words = ["cloudsim", "sweep", "run", "--plan", plan, "--shard", "auto", "--out", &args.out];
    let jobs = ["--jobs".to_owned(), args.cpus.to_string()];
    words.into_iter().map(str::to_owned).chain(jobs).collect()
}

/// Where the machines of the cluster find the plan.
fn plan_at(args: &SweepManifestArgs) -> &str {
    args.plan_at.as_ref().unwrap_or(&args.plan)
}

fn image(args: &SweepManifestArgs) -> Result<&str, FolderError> {
    let missing = || refused("no image is given".to_owned(), "`--image` names one that has the program");
    args.image.as_deref().ok_or_else(missing)
}

/// An Indexed Job of Kubernetes.
fn job(args: &SweepManifestArgs, shards: &Shards) -> Result<Value, FolderError> {
    let (count, image) = (shards.count, image(args)?);
    if count > INDEXES_MAX {
        let what = format!("{count} shards are more than the {INDEXES_MAX} indexes of a Job");
        return Err(refused(what, "plan fewer shards"));
    }
    let is_on_volume = |path: &str| args.claim.is_some() && Path::new(path).starts_with(&args.mount);
    // A plan may be in the image, but what pods leave there goes with them.
    let plan = plan_at(args);
    let problem = if !(plan.contains("://") || plan.starts_with('/')) {
        Some(("--plan-at", format!("no pod finds {}, which is a place on this machine", quoted(plan))))
    } else if !(args.out.contains("://") || is_on_volume(&args.out)) {
        Some(("--out", format!("what pods leave in {} goes with them", quoted(&args.out))))
    } else {
        None
    };
    if let Some((word, problem)) = problem {
        let hint = format!(
            "`{word}` names it in S3, or by its whole path on the volume of `--claim`, below {}",
            quoted(&args.mount)
        );
        return Err(refused(problem, &hint));
    }
    let resources = json!({ "cpu": args.cpus.to_string(), "memory": format!("{}Mi", args.memory_mib) });
    let mut container = json!({
        "name": "cloudsim",
        "image": image,
        "command": words(args),
        "resources": { "requests": resources, "limits": resources },
    });
    let mut pod = json!({ "restartPolicy": "Never" });
    if let Some(claim) = &args.claim {
        container["volumeMounts"] = json!([{ "name": "sweep", "mountPath": args.mount }]);
        pod["volumes"] = json!([{ "name": "sweep", "persistentVolumeClaim": { "claimName": claim } }]);
    }
    if let Some(account) = &args.service_account {
        pod["serviceAccountName"] = json!(account);
    }
    pod["containers"] = json!([container]);
    Ok(json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": { "name": name(args, shards) },
        "spec": {
            "completionMode": "Indexed",
            "completions": count,
            "parallelism": args.parallelism.map_or(count, |at_once| at_once.get().min(count)),
            "backoffLimitPerIndex": RETRIES,
            // What fails everywhere soon ends; what fails here and there does not keep the others from their end.
            "maxFailedIndexes": count.div_ceil(10),
            "podFailurePolicy": { "rules": [
                {
                    "action": "FailIndex",
                    "onExitCodes": {
                        "containerName": "cloudsim",
                        "operator": "In",
                        "values": [Exit::Invalid as i32],
                    },
                },
                {
                    "action": "Ignore",
                    "onPodConditions": [{ "type": "DisruptionTarget", "status": "True" }],
                },
            ] },
            "template": { "spec": pod },
        },
    }))
}

/// A definition of AWS Batch, and the array that is submitted of it.
fn array_job(args: &SweepManifestArgs, shards: &Shards) -> Result<Value, FolderError> {
    let (name, image) = (name(args, shards), image(args)?);
    if !CHILDREN.contains(&shards.count) {
        let what = format!("an array of AWS Batch has {} to {} children", CHILDREN.start(), CHILDREN.end());
        return Err(refused(format!("{what}, not {}", shards.count), "plan another number of shards"));
    }
    let resource = |kind: &str, value: String| json!({ "type": kind, "value": value });
    Ok(json!({
        "registerJobDefinition": {
            "jobDefinitionName": name,
            "type": "container",
            "containerProperties": {
                "image": image,
                "command": words(args),
                "resourceRequirements": [
                    resource("VCPU", args.cpus.to_string()),
                    resource("MEMORY", args.memory_mib.to_string()),
                ],
            },
            "retryStrategy": {
                "attempts": RETRIES + 1,
                "evaluateOnExit": [
                    { "onExitCode": (Exit::Invalid as i32).to_string(), "action": "EXIT" },
                    { "onReason": "*", "action": "RETRY" },
                ],
            },
        },
        "submitJob": {
            "jobName": name,
            "jobDefinition": name,
            "arrayProperties": { "size": shards.count },
        },
    }))
}

/// A script for sbatch. That its array begins with 0 is said to the shards, so that single ones can be run again.
fn script(args: &SweepManifestArgs, shards: &Shards) -> String {
    let words = words(args).into_iter().chain(["--shard-offset".to_owned(), "0".to_owned()]);
    let command: Vec<String> = words.map(|word| quoted(&word)).collect();
    format!(
        "#!/bin/sh\n#SBATCH --job-name={}\n#SBATCH --array=0-{}\n#SBATCH --cpus-per-task={}\n#SBATCH --mem={}M\n\
         exec {}\n",
        name(args, shards),
        shards.count - 1,
        args.cpus,
        args.memory_mib,
        command.join(" "),
    )
}
