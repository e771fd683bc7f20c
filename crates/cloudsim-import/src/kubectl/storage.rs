//! Claims that name no class: which one they get, or that they wait.

use super::gather::Gathered;
use super::keep::{DEFAULT_CLASS, Kind};
use super::notes::Notes;
use cloudsim_kube::Minor;
use cloudsim_kube::objects::BETA_STORAGE_CLASS;
use serde_json::{Value, json};

/// The first version whose new clusters have no default class on EKS.
///
/// Source: K8S-62, EKS User Guide, release notes of 1.30
/// (<https://github.com/awsdocs/amazon-eks-user-guide/blob/2471175f/latest/ug/versioning/kubernetes-versions-extended.adoc>).
const WITHOUT_DEFAULT: u16 = 30;

/// Gives claims that say nothing of a class the one that the cluster would give them.
pub(super) fn settle_classes(gathered: &mut Gathered, version: Option<Minor>, notes: &mut Notes) {
    let classes = gathered.of(Kind::StorageClass);
    let is_default = |name: &&str| DEFAULT_CLASS.contains(name);
    let mut defaults: Vec<&str> = classes
        .iter()
        .filter(|class| {
            let said = class.annotations.iter().filter(|(name, _)| is_default(&name.as_str()));
            said.into_iter().any(|(_, value)| value.as_str() == Some("true"))
        })
        .map(|class| class.key.1.as_str())
        .collect();
    defaults.sort_unstable();
    let (class, why) = match defaults[..] {
        [only] => (only.to_owned(), format!("`{only}`, the default class of the cluster")),
        [first, ..] => {
            (first.to_owned(), format!("`{first}`, by name the first of {} default classes", defaults.len()))
        }
        [] if !classes.is_empty() => {
            (String::new(), "it waits for a volume, as no class that was read is the default one".to_owned())
        }
        [] if version.is_none() => {
            ("gp2".to_owned(), "`gp2` of EKS, as neither a class nor a version was read".to_owned())
        }
        [] if version.is_some_and(|version| version.number() < WITHOUT_DEFAULT) => (
            "gp2".to_owned(),
            format!("`gp2`, the default class of EKS before 1.{WITHOUT_DEFAULT}; none was read"),
        ),
        [] => {
            let why = format!(
                "it waits for a volume, as EKS has no default class from 1.{WITHOUT_DEFAULT} on and none was read"
            );
            (String::new(), why)
        }
    };
    let mut count = 0;
    for spec in claims(gathered) {
        let says = |field: &str| spec.get(field).is_some();
        if !says("storageClassName") && !says("volumeName") {
            spec["storageClassName"] = json!(class);
            count += 1;
        }
    }
    if count > 0 {
        notes.assumed(count, &format!("claim or template of claims without a class: {why}"));
    }
}

/// The specifications of all claims, also of those that are made for pods.
fn claims(gathered: &mut Gathered) -> impl Iterator<Item = &mut Value> {
    let objects = gathered.objects.iter_mut().flat_map(|(kind, objects)| {
        objects.iter_mut().flat_map(|object| match kind {
            Kind::PersistentVolumeClaim => vec![&mut object.value],
            Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet | Kind::DaemonSet => {
                of_workload(&mut object.value)
            }
            Kind::Job => object.value.get_mut("spec").map(of_workload).unwrap_or_default(),
            Kind::CronJob => {
                object.value.pointer_mut("/jobTemplate/spec").map(of_workload).unwrap_or_default()
            }
            _ => Vec::new(),
        })
    });
    objects.chain(gathered.made_of.iter_mut().flat_map(|made_of| of_pod(&mut made_of.spec)))
}

fn of_workload(spec: &mut Value) -> Vec<&mut Value> {
    let Some(fields) = spec.as_object_mut() else { return Vec::new() };
    let parts = fields.iter_mut().flat_map(|(name, value)| match name.as_str() {
        "volumeClaimTemplates" => {
            let templates = value.as_array_mut().into_iter().flatten();
            templates.filter_map(claim_of).collect()
        }
        "template" => value.get_mut("spec").map(of_pod).unwrap_or_default(),
        _ => Vec::new(),
    });
    parts.collect()
}

fn of_pod(spec: &mut Value) -> Vec<&mut Value> {
    let volumes = spec.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten();
    volumes
        .filter_map(|volume| volume.pointer_mut("/ephemeral/volumeClaimTemplate").and_then(claim_of))
        .collect()
}

/// The specification that a template of claims has, with the class that its annotation names.
fn claim_of(template: &mut Value) -> Option<&mut Value> {
    let metadata = template.get_mut("metadata").and_then(Value::as_object_mut);
    let annotations = metadata.and_then(|metadata| metadata.shift_remove("annotations"));
    let spec = template.get_mut("spec")?;
    if let Some(class) = annotations.as_ref().and_then(|annotations| annotations.get(BETA_STORAGE_CLASS)) {
        spec["storageClassName"] = class.clone();
    }
    Some(spec)
}
