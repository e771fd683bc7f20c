//! What is kept of each kind: everything else is passed over while it is read and never copied.
//!
//! So no value of an environment, no argument, no annotation and no content of a secret can reach a scenario.

use cloudsim_kube::objects::{BETA_STORAGE_CLASS, MIRROR};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// How much of a value is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keep {
    /// All of it.
    All,
    /// That it is there, as `true`.
    Presence,
    /// These fields.
    Fields(&'static [(&'static str, Keep)]),
    /// That much of each item of a list.
    Each(&'static Keep),
}

use Keep::{All, Each, Fields, Presence};

impl<'de> DeserializeSeed<'de> for Keep {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self {
            All => Value::deserialize(deserializer).map(whole),
            Presence => Ok(if Option::<IgnoredAny>::deserialize(deserializer)?.is_some() {
                Value::Bool(true)
            } else {
                Value::Null
            }),
            Fields(_) | Each(_) => deserializer.deserialize_option(self),
        }
    }
}

/// A number without a part behind the point is a whole one, however it is written: `3.0` is 3.
///
/// Source: kubectl reads numbers as floats and writes JSON of them for the API server, which would take no `3.0` itself
/// (<https://github.com/kubernetes-sigs/json/blob/main/internal/golang/encoding/json/decode.go>).
fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) if number.as_i64().is_none() => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0);
            whole
                .and_then(|number| format!("{number:.0}").parse().ok())
                .map_or(Value::Number(number), i64::into)
        }
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, whole(value))).collect(),
        other => other,
    }
}

impl<'de> Visitor<'de> for Keep {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Each(_)) { "a list" } else { "a map" })
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if matches!(self, Each(_)) {
            deserializer.deserialize_seq(self)
        } else {
            deserializer.deserialize_map(self)
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let Each(keep) = self else { unreachable!("only lists are asked for items") };
        let mut kept = Vec::new();
        while let Some(item) = items.next_element_seed(*keep)? {
            kept.push(item);
        }
        Ok(Value::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let Fields(fields) = self else { unreachable!("only maps are asked for entries") };
        let mut kept = Map::new();
        while let Some(place) = entries.next_key_seed(Field(fields))? {
            match place {
                None => drop(entries.next_value::<IgnoredAny>()?),
                Some(place) => {
                    let (name, keep) = fields[place];
                    let value = entries.next_value_seed(keep)?;
                    // The API does not tell null from absent.
                    if !value.is_null() {
                        kept.insert(name.to_owned(), value);
                    }
                }
            }
        }
        Ok(Value::Object(kept))
    }
}

/// Which of these fields a key names.
struct Field(&'static [(&'static str, Keep)]);

impl<'de> DeserializeSeed<'de> for Field {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Field {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|(name, _)| *name == key))
    }
}

/// That claims which name no class get this one, as it is said now and as it was said once.
pub(crate) const DEFAULT_CLASS: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

/// That a service's traffic is to stay in its zone, as it is said now and as it was said once.
pub(crate) const TOPOLOGY: [&str; 2] =
    ["service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints"];

const METADATA: Keep = Fields(&[
    ("name", All),
    ("namespace", All),
    ("generateName", All),
    ("uid", Presence),
    ("labels", All),
    ("ownerReferences", Each(&Fields(&[("kind", All), ("name", All), ("controller", All)]))),
    ("deletionTimestamp", Presence),
    (
        "annotations",
        Fields(&[
            (MIRROR, Presence),
            (DEFAULT_CLASS[0], All),
            (DEFAULT_CLASS[1], All),
            (BETA_STORAGE_CLASS, All),
            (TOPOLOGY[0], All),
            (TOPOLOGY[1], All),
        ]),
    ),
]);

/// Of a probe: where it asks, never what it runs or which headers it sends.
const PROBE: Keep = Fields(&[
    ("exec", Fields(&[])),
    ("grpc", Fields(&[("port", All)])),
    ("httpGet", Fields(&[("path", All), ("port", All)])),
    ("tcpSocket", Fields(&[("port", All)])),
    ("initialDelaySeconds", All),
    ("periodSeconds", All),
    ("timeoutSeconds", All),
    ("successThreshold", All),
    ("failureThreshold", All),
]);

const RESOURCES: Keep =
    Fields(&[("requests", All), ("limits", All), ("claims", Each(&Fields(&[("name", All)])))]);

const CONTAINER: Keep = Fields(&[
    ("name", All),
    ("image", All),
    ("imagePullPolicy", All),
    ("restartPolicy", All),
    ("resources", RESOURCES),
    (
        "ports",
        Each(&Fields(&[("containerPort", All), ("hostPort", All), ("hostIP", All), ("protocol", All)])),
    ),
    ("volumeMounts", Each(&Fields(&[("name", All), ("mountPath", All)]))),
    ("startupProbe", PROBE),
    ("readinessProbe", PROBE),
    ("livenessProbe", PROBE),
    (
        "lifecycle",
        Fields(&[
            ("preStop", Fields(&[("sleep", All), ("exec", Fields(&[("command", All)]))])),
            ("postStart", All),
        ]),
    ),
]);

const CLAIM_SPEC: Keep = Fields(&[
    ("accessModes", All),
    ("resources", RESOURCES),
    ("selector", All),
    ("storageClassName", All),
    ("volumeMode", All),
    ("volumeName", All),
]);

const VOLUME: Keep = Fields(&[
    ("name", All),
    ("persistentVolumeClaim", Fields(&[("claimName", All), ("readOnly", All)])),
    (
        "ephemeral",
        Fields(&[("volumeClaimTemplate", Fields(&[("metadata", CLAIM_METADATA), ("spec", CLAIM_SPEC)]))]),
    ),
    ("awsElasticBlockStore", All),
    ("gcePersistentDisk", All),
    ("iscsi", Fields(&[("targetPortal", All), ("iqn", All), ("lun", All), ("readOnly", All)])),
    ("rbd", Fields(&[("monitors", All), ("image", All), ("pool", All), ("readOnly", All)])),
]);

const POD_SPEC: Keep = Fields(&[
    ("initContainers", Each(&CONTAINER)),
    ("containers", Each(&CONTAINER)),
    ("activeDeadlineSeconds", All),
    ("ephemeralContainers", All),
    ("affinity", All),
    ("hostNetwork", All),
    ("nodeName", All),
    ("nodeSelector", All),
    ("overhead", All),
    ("preemptionPolicy", All),
    ("priority", All),
    ("priorityClassName", All),
    ("readinessGates", All),
    ("resourceClaims", All),
    ("resources", RESOURCES),
    ("restartPolicy", All),
    ("schedulerName", All),
    ("schedulingGates", All),
    ("terminationGracePeriodSeconds", All),
    ("tolerations", All),
    ("topologySpreadConstraints", All),
    ("volumes", Each(&VOLUME)),
]);

const LABELS: Keep = Fields(&[("labels", All)]);

const TEMPLATE: Keep = Fields(&[("metadata", LABELS), ("spec", POD_SPEC)]);

const CLAIM_TEMPLATES: Keep = Each(&Fields(&[("metadata", CLAIM_METADATA), ("spec", CLAIM_SPEC)]));

const CLAIM_METADATA: Keep =
    Fields(&[("name", All), ("labels", All), ("annotations", Fields(&[(BETA_STORAGE_CLASS, All)]))]);

const JOB_SPEC: Keep = Fields(&[
    ("parallelism", All),
    ("completions", All),
    ("completionMode", All),
    ("backoffLimit", All),
    ("backoffLimitPerIndex", All),
    ("maxFailedIndexes", All),
    ("managedBy", All),
    ("podFailurePolicy", All),
    ("podReplacementPolicy", All),
    ("successPolicy", All),
    ("activeDeadlineSeconds", All),
    ("suspend", All),
    ("template", TEMPLATE),
]);

/// A kind of object that a scenario has words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Namespace,
    PriorityClass,
    Node,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
    Pod,
    Service,
    PodDisruptionBudget,
    HorizontalPodAutoscaler,
    StorageClass,
    PersistentVolume,
    PersistentVolumeClaim,
}

/// Of each kind: its versions of the API, its name, and what is kept.
const KINDS: &[(Kind, &[&str], &str, Keep)] = &[
    (Kind::Namespace, &["v1"], "Namespace", Fields(&[("metadata", METADATA)])),
    (
        Kind::PriorityClass,
        &["scheduling.k8s.io/v1"],
        "PriorityClass",
        Fields(&[("metadata", METADATA), ("value", All), ("globalDefault", All), ("preemptionPolicy", All)]),
    ),
    (
        Kind::Node,
        &["v1"],
        "Node",
        Fields(&[
            ("metadata", METADATA),
            (
                "spec",
                Fields(&[
                    ("taints", Each(&Fields(&[("key", All), ("value", All), ("effect", All)]))),
                    ("unschedulable", All),
                    ("podCIDR", All),
                ]),
            ),
            (
                "status",
                Fields(&[
                    ("allocatable", All),
                    ("capacity", All),
                    ("conditions", Each(&Fields(&[("type", All), ("status", All)]))),
                    ("images", Each(&Fields(&[("names", All), ("sizeBytes", All)]))),
                    (
                        "nodeInfo",
                        Fields(&[
                            ("kubeletVersion", All),
                            ("osImage", All),
                            ("kernelVersion", All),
                            ("containerRuntimeVersion", All),
                        ]),
                    ),
                    ("addresses", Each(&Fields(&[("type", All), ("address", All)]))),
                ]),
            ),
        ]),
    ),
    (
        Kind::Deployment,
        &["apps/v1"],
        "Deployment",
        Fields(&[
            ("metadata", METADATA),
            (
                "spec",
                Fields(&[
                    ("replicas", All),
                    ("selector", All),
                    ("strategy", All),
                    ("minReadySeconds", All),
                    ("progressDeadlineSeconds", All),
                    ("paused", All),
                    ("template", TEMPLATE),
                ]),
            ),
            ("status", Fields(&[("replicas", All), ("updatedReplicas", All)])),
        ]),
    ),
    (
        Kind::ReplicaSet,
        &["apps/v1"],
        "ReplicaSet",
        Fields(&[
            ("metadata", METADATA),
            (
                "spec",
                Fields(&[
                    ("replicas", All),
                    ("selector", All),
                    ("minReadySeconds", All),
                    ("template", TEMPLATE),
                ]),
            ),
        ]),
    ),
    (
        Kind::StatefulSet,
        &["apps/v1"],
        "StatefulSet",
        Fields(&[
            ("metadata", METADATA),
            (
                "spec",
                Fields(&[
                    ("replicas", All),
                    ("selector", All),
                    ("serviceName", All),
                    ("podManagementPolicy", All),
                    ("ordinals", All),
                    ("updateStrategy", All),
                    ("minReadySeconds", All),
                    ("template", TEMPLATE),
                    ("volumeClaimTemplates", CLAIM_TEMPLATES),
                ]),
            ),
            ("status", Fields(&[("currentRevision", All), ("updateRevision", All)])),
        ]),
    ),
    (
        Kind::DaemonSet,
        &["apps/v1"],
        "DaemonSet",
        Fields(&[
            ("metadata", METADATA),
            (
                "spec",
                Fields(&[
                    ("selector", All),
                    ("updateStrategy", All),
                    ("minReadySeconds", All),
                    ("template", TEMPLATE),
                ]),
            ),
            ("status", Fields(&[("desiredNumberScheduled", All), ("updatedNumberScheduled", All)])),
        ]),
    ),
    (
        Kind::Job,
        &["batch/v1"],
        "Job",
        Fields(&[
            ("metadata", METADATA),
            ("spec", JOB_SPEC),
            (
                "status",
                Fields(&[
                    ("succeeded", All),
                    ("failed", All),
                    ("conditions", Each(&Fields(&[("type", All), ("status", All)]))),
                ]),
            ),
        ]),
    ),
    (
        Kind::CronJob,
        &["batch/v1"],
        "CronJob",
        Fields(&[
            ("metadata", METADATA),
            (
                "spec",
                Fields(&[
                    ("schedule", All),
                    ("timeZone", All),
                    ("concurrencyPolicy", All),
                    ("suspend", All),
                    ("startingDeadlineSeconds", All),
                    ("jobTemplate", Fields(&[("spec", JOB_SPEC)])),
                ]),
            ),
        ]),
    ),
    (
        Kind::Pod,
        &["v1"],
        "Pod",
        Fields(&[
            ("metadata", METADATA),
            ("spec", POD_SPEC),
            (
                "status",
                Fields(&[
                    ("phase", All),
                    ("nominatedNodeName", All),
                    ("conditions", Each(&Fields(&[("type", All), ("status", All)]))),
                ]),
            ),
        ]),
    ),
    (
        Kind::Service,
        &["v1"],
        "Service",
        Fields(&[
            ("metadata", METADATA),
            (
                "spec",
                Fields(&[
                    ("type", All),
                    ("selector", All),
                    (
                        "ports",
                        Each(&Fields(&[
                            ("name", All),
                            ("port", All),
                            ("protocol", All),
                            ("targetPort", All),
                        ])),
                    ),
                    ("trafficDistribution", All),
                    ("internalTrafficPolicy", All),
                    ("publishNotReadyAddresses", All),
                    ("sessionAffinity", All),
                ]),
            ),
        ]),
    ),
    (
        Kind::PodDisruptionBudget,
        &["policy/v1"],
        "PodDisruptionBudget",
        Fields(&[
            ("metadata", METADATA),
            (
                "spec",
                Fields(&[
                    ("minAvailable", All),
                    ("maxUnavailable", All),
                    ("selector", All),
                    ("unhealthyPodEvictionPolicy", All),
                ]),
            ),
        ]),
    ),
    (
        Kind::HorizontalPodAutoscaler,
        &["autoscaling/v2", "autoscaling/v1"],
        "HorizontalPodAutoscaler",
        Fields(&[
            ("metadata", METADATA),
            (
                "spec",
                Fields(&[
                    ("scaleTargetRef", All),
                    ("minReplicas", All),
                    ("maxReplicas", All),
                    ("targetCPUUtilizationPercentage", All),
                    // Of a metric that is not simulated, that there is one.
                    ("metrics", Each(&Fields(&[("type", All), ("resource", All)]))),
                    ("behavior", All),
                ]),
            ),
        ]),
    ),
    (
        Kind::StorageClass,
        &["storage.k8s.io/v1"],
        "StorageClass",
        Fields(&[
            ("metadata", METADATA),
            ("provisioner", All),
            ("volumeBindingMode", All),
            ("reclaimPolicy", All),
            ("allowedTopologies", All),
        ]),
    ),
    (
        Kind::PersistentVolume,
        &["v1"],
        "PersistentVolume",
        Fields(&[
            ("metadata", METADATA),
            (
                "spec",
                Fields(&[
                    ("capacity", All),
                    ("accessModes", All),
                    ("claimRef", Fields(&[("namespace", All), ("name", All)])),
                    ("storageClassName", All),
                    ("volumeMode", All),
                    ("persistentVolumeReclaimPolicy", All),
                    ("nodeAffinity", All),
                    ("csi", Fields(&[("driver", All), ("volumeHandle", All)])),
                    ("awsElasticBlockStore", All),
                    ("gcePersistentDisk", All),
                ]),
            ),
        ]),
    ),
    (
        Kind::PersistentVolumeClaim,
        &["v1"],
        "PersistentVolumeClaim",
        Fields(&[("metadata", METADATA), ("spec", CLAIM_SPEC)]),
    ),
];

impl Kind {
    /// The kind of an object, if it is kept.
    pub(crate) fn of(api_version: &str, kind: &str) -> Option<Kind> {
        let known = |row: &&(Kind, &[&str], &str, Keep)| row.2 == kind && row.1.contains(&api_version);
        KINDS.iter().find(known).map(|row| row.0)
    }

    fn row(self) -> &'static (Kind, &'static [&'static str], &'static str, Keep) {
        KINDS.iter().find(|row| row.0 == self).expect("each kind has a row")
    }

    /// Its name in the API.
    pub(crate) fn name(self) -> &'static str {
        self.row().2
    }

    /// What is kept of it.
    pub(crate) fn keep(self) -> Keep {
        self.row().3
    }

    /// Whether its objects are in no namespace.
    pub(crate) fn is_cluster_wide(self) -> bool {
        use Kind::{Namespace, Node, PersistentVolume, PriorityClass, StorageClass};
        matches!(self, Namespace | Node | PersistentVolume | PriorityClass | StorageClass)
    }
}
