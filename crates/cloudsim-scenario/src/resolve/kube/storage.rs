//! Storage classes, volumes and claims.

use super::workloads::read_below_spec;
use super::{cluster_of, key, read};
use crate::resolve::Context;
use cloudsim_kube::objects::{PersistentVolume, PersistentVolumeClaim, StorageClass};
use cloudsim_kube::spec::ClusterSpec;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::storage::v1 as storage;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;

/// What a claim that has its volume already is marked with.
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";

pub(super) fn storage(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    let metadata = |namespace: Option<&str>, name: &str, labels: &BTreeMap<String, String>| ObjectMeta {
        name: Some(name.to_owned()),
        namespace: namespace.map(str::to_owned),
        labels: Some(labels.clone()),
        ..ObjectMeta::default()
    };
    for (index, class) in cx.spec.storage_classes.iter().enumerate() {
        let at = cx.at("storage_classes", index);
        let cluster = cluster_of(cx, at, class.cluster.as_ref());
        let name = cx.name(at, &class.name);
        let Some(spec) = &class.spec.0 else { continue };
        let own = storage::StorageClass { metadata: metadata(None, &name, &class.labels), ..spec.clone() };
        let (Some(read), Some(cluster)) = (read(cx, at, StorageClass::read(&own)), cluster) else { continue };
        clusters[cluster].storage_classes.push(read);
    }
    for (index, volume) in cx.spec.persistent_volumes.iter().enumerate() {
        let at = cx.at("persistent_volumes", index);
        let cluster = cluster_of(cx, at, volume.cluster.as_ref());
        let name = cx.name(at, &volume.name);
        let spec = volume.spec.0.clone();
        let bound = spec.as_ref().is_some_and(|spec| spec.claim_ref.is_some());
        let own = core::PersistentVolume {
            metadata: metadata(None, &name, &volume.labels),
            spec,
            status: Some(core::PersistentVolumeStatus {
                phase: Some(if bound { "Bound" } else { "Available" }.to_owned()),
                ..core::PersistentVolumeStatus::default()
            }),
        };
        let own = PersistentVolume::read(&own);
        let (Some(read), Some(cluster)) = (read_below_spec(cx, at, own), cluster) else { continue };
        clusters[cluster].volumes.push(read);
    }
    for (index, claim) in cx.spec.persistent_volume_claims.iter().enumerate() {
        let at = cx.at("persistent_volume_claims", index);
        let cluster = cluster_of(cx, at, claim.cluster.as_ref());
        let key = key(cx, at, &claim.name);
        let spec = claim.spec.0.clone();
        let mut metadata = metadata(Some(&key.namespace), &key.name, &claim.labels);
        // One that names its volume has it.
        if spec.as_ref().is_some_and(|spec| spec.volume_name.is_some()) {
            metadata.annotations = Some(BTreeMap::from([(BIND_COMPLETED.to_owned(), "yes".to_owned())]));
        }
        let own = PersistentVolumeClaim::read(&core::PersistentVolumeClaim { metadata, spec, status: None });
        let (Some(read), Some(cluster)) = (read_below_spec(cx, at, own), cluster) else { continue };
        clusters[cluster].claims.push(read);
    }
}
