//! Pods as the kubelet sees them: containers, probes, how they end.

use super::{Labels, Malformed, PersistentVolumeClaim, Text, check_labels, natural, pod_rules};
use crate::limits;
use cloudsim_kube_scheduler::objects::{Pod, Quantity, Toleration};
use cloudsim_units::SimDuration;
use k8s_openapi::api::core::v1 as api;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Amount;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::sync::Arc;

/// What happens when a container ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartPolicy {
    /// It is started again.
    Always,
    /// It is started again if it failed.
    OnFailure,
    /// It stays ended.
    Never,
}

/// When an image is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullPolicy {
    /// For each container; layers that are there are not fetched again.
    Always,
    /// If the node does not have it.
    IfNotPresent,
    /// Never: without it the container cannot start.
    Never,
}

/// What a probe does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Asks for a page.
    Http {
        /// `http` or `https`.
        scheme: &'static str,
        /// Where, if not at the address of the pod.
        host: Option<Text>,
        /// The port.
        port: u16,
        /// The path, with its first slash.
        path: Text,
    },
    /// Connects.
    Tcp {
        /// The port.
        port: u16,
    },
    /// Asks for the health of a service.
    Grpc {
        /// The port.
        port: u16,
    },
    /// Runs a command in the container.
    Exec,
}

impl Action {
    fn read(probe: &api::Probe, ports: &[api::ContainerPort]) -> Action {
        let number = |port: &IntOrString| match port {
            IntOrString::Int(port) => u16::try_from(*port).unwrap_or(0),
            IntOrString::String(name) => {
                let port = ports.iter().find(|port| port.name.as_ref() == Some(name));
                port.and_then(|port| u16::try_from(port.container_port).ok()).unwrap_or(0)
            }
        };
        if let Some(get) = &probe.http_get {
            let path = get.path.as_deref().unwrap_or_default();
            Action::Http {
                scheme: if get.scheme.as_deref() == Some("HTTPS") { "https" } else { "http" },
                host: get.host.as_deref().filter(|host| !host.is_empty()).map(Text::from),
                port: number(&get.port),
                path: format!("/{}", path.trim_start_matches('/')).into(),
            }
        } else if let Some(connect) = &probe.tcp_socket {
            Action::Tcp { port: number(&connect.port) }
        } else if let Some(ask) = &probe.grpc {
            Action::Grpc { port: u16::try_from(ask.port).unwrap_or(0) }
        } else {
            Action::Exec
        }
    }

    /// What a kubelet says when nothing listens at a pod's address.
    ///
    /// Source: kubelet, `pkg/probe/http`, `pkg/probe/tcp` and `pkg/probe/grpc`, and the errors of Go's `net` package
    /// (<https://github.com/kubernetes/kubernetes/tree/v1.34.1/pkg/probe>).
    pub(crate) fn refused(&self, address: &str, timeout: SimDuration) -> String {
        match self {
            Action::Http { scheme, host, port, path } => {
                let host = host.as_deref().unwrap_or(address);
                let dialled = format!("dial tcp {host}:{port}: connect: connection refused");
                format!("Get \"{scheme}://{host}:{port}{path}\": {dialled}")
            }
            Action::Tcp { port } => format!("dial tcp {address}:{port}: connect: connection refused"),
            Action::Grpc { port } => {
                let connects = format!("failed to connect service \"{address}:{port}\"");
                format!("timeout: {connects} within {timeout}: context deadline exceeded")
            }
            Action::Exec => "the command failed".to_owned(),
        }
    }
}

/// A probe of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What it does.
    pub action: Action,
    /// From the container's start to the first probe.
    pub initial_delay: SimDuration,
    /// From probe to probe.
    pub period: SimDuration,
    /// Without an answer for so long it has failed.
    pub timeout: SimDuration,
    /// So many passes in a row make it pass.
    pub success_threshold: u32,
    /// So many failures in a row make it fail.
    pub failure_threshold: u32,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: Text,
    /// Its image, as it is written.
    pub image: Text,
    /// When that is pulled.
    pub pull: PullPolicy,
    /// Whether it is an init container that keeps running beside the others.
    pub sidecar: bool,
    /// Until it passes, no other probe is made, and the next init container waits.
    pub startup: Option<Probe>,
    /// While it fails, the pod is not ready.
    pub readiness: Option<Probe>,
    /// When it fails, the container is restarted.
    pub liveness: Option<Probe>,
    /// How long the hook before its end takes, if that is a sleep.
    pub pre_stop: SimDuration,
    /// The memory that it may use, in bytes.
    pub memory_limit: Option<u64>,
    /// The CPU that it asks for, in thousandths of a processor.
    pub cpu_request: Option<u64>,
}

/// A toleration of taints that evict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoExecute {
    /// What it tolerates.
    pub toleration: Toleration,
    /// For how long; `None` for ever.
    pub lasts: Option<SimDuration>,
}

/// A template of pods.
#[derive(Clone, Debug)]
pub struct PodTemplate {
    /// As the API has it.
    pub api: Arc<api::PodTemplateSpec>,
    /// Containers that run one after the other before the others, sidecars among them.
    pub init_containers: Vec<Container>,
    /// Containers that run together.
    pub containers: Vec<Container>,
    /// What happens when one ends.
    pub restart: RestartPolicy,
    /// A pod that is deleted has so long to end.
    pub termination_grace_period: SimDuration,
    /// How long its pods stay on a node that is given up: what it says itself, without the defaults of admission.
    pub no_execute: Vec<NoExecute>,
    /// The class that says how important it is.
    pub priority_class: Option<Text>,
    /// Whether it uses the network of its node.
    pub host_network: bool,
    /// The claims of its generic ephemeral volumes, by the names of those.
    pub ephemeral: Vec<(Text, PersistentVolumeClaim)>,
}

impl PartialEq for PodTemplate {
    fn eq(&self, other: &PodTemplate) -> bool {
        self.api == other.api
    }
}

/// The annotation of a pod that its kubelet has made of a file, to be seen in the API.
///
/// Source: Kubernetes documentation, "Create static Pods"; kubelet, `ConfigMirrorAnnotationKey`.
pub const MIRROR: &str = "kubernetes.io/config.mirror";

impl PodTemplate {
    /// Whether its pod mirrors a static one.
    #[must_use]
    pub fn is_mirror(&self) -> bool {
        let annotations = self.api.metadata.as_ref().and_then(|metadata| metadata.annotations.as_ref());
        annotations.is_some_and(|annotations| annotations.contains_key(MIRROR))
    }

    /// Its container at that place, in the order in which they are due: init containers before the others.
    #[must_use]
    pub fn in_order(&self, place: u8) -> &Container {
        let place = usize::from(place);
        self.init_containers
            .get(place)
            .unwrap_or_else(|| &self.containers[place - self.init_containers.len()])
    }

    /// Whether nothing is due after the container at that place.
    pub(crate) fn is_last(&self, place: u8) -> bool {
        place == self.last()
    }

    /// All containers, init containers before the others, with their places.
    pub(crate) fn all_in_order(&self) -> impl Iterator<Item = (u8, &Container)> {
        (0..).zip(self.init_containers.iter().chain(&self.containers))
    }

    /// Those that run together with their places, without the sidecars.
    pub(crate) fn together(&self) -> impl Iterator<Item = (u8, &Container)> {
        self.all_in_order().skip(self.init_containers.len())
    }

    /// Those that run as long as the pod does, sidecars before the others, with their places.
    pub(crate) fn lasting(&self) -> impl Iterator<Item = (u8, &Container)> {
        let first = self.first();
        self.all_in_order().filter(move |(place, container)| *place >= first || container.sidecar)
    }

    /// The place of the first that is no init container.
    pub(crate) fn first(&self) -> u8 {
        u8::try_from(self.init_containers.len()).expect("read: no more than there are places")
    }

    /// The place of the container that is due last.
    pub(crate) fn last(&self) -> u8 {
        let all = self.init_containers.len() + self.containers.len();
        u8::try_from(all - 1).expect("read: no more than there are places")
    }

    /// The init containers that keep running beside the others.
    pub fn sidecars(&self) -> impl Iterator<Item = &Container> {
        self.init_containers.iter().filter(|container| container.sidecar)
    }

    /// The labels that its pods have.
    #[must_use]
    pub fn labels(&self) -> Labels {
        let labels = self.api.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
        labels
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.as_str().into(), value.as_str().into()))
            .collect()
    }

    /// Reads a template of the API.
    ///
    /// # Errors
    /// The first field that cannot be used, below the template.
    pub fn read(template: &api::PodTemplateSpec) -> Result<PodTemplate, Malformed> {
        let template = Arc::new(with_defaults(template));
        let empty = api::PodSpec::default();
        let spec = template.spec.as_ref().unwrap_or(&empty);
        let labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
        check_labels(labels).map_err(|e| e.below("metadata.labels"))?;
        if spec.containers.is_empty() {
            return Err(Malformed { field: "spec.containers".into(), problem: "a pod needs one".into() });
        }
        let inits = spec.init_containers.as_ref().map_or(0, Vec::len);
        if inits + spec.containers.len() > usize::from(u8::MAX) {
            let problem = format!("a pod has {} at most, with its init containers", u8::MAX);
            return Err(Malformed { field: "spec.containers".into(), problem });
        }
        let restart = match spec.restart_policy.as_deref() {
            None | Some("" | "Always") => RestartPolicy::Always,
            Some("OnFailure") => RestartPolicy::OnFailure,
            Some("Never") => RestartPolicy::Never,
            Some(other) => {
                let problem = format!("`{}` is none of Always, OnFailure and Never", other.escape_debug());
                return Err(Malformed { field: "spec.restartPolicy".into(), problem });
            }
        };
        let containers = |at: &str, all: &[api::Container]| {
            all.iter()
                .enumerate()
                .map(|(i, container)| {
                    Container::read(container).map_err(|e| e.below(&format!("spec.{at}[{i}]")))
                })
                .collect::<Result<Vec<_>, _>>()
        };
        let grace = spec.termination_grace_period_seconds;
        let read = PodTemplate {
            init_containers: containers(
                "initContainers",
                spec.init_containers.as_deref().unwrap_or_default(),
            )?,
            containers: containers("containers", &spec.containers)?,
            restart,
            termination_grace_period: grace.map_or(limits::TERMINATION_GRACE_PERIOD, |seconds| {
                SimDuration::from_secs(u64::try_from(seconds).unwrap_or(0))
            }),
            no_execute: Vec::new(),
            priority_class: spec.priority_class_name.as_deref().map(Text::from),
            host_network: spec.host_network == Some(true),
            ephemeral: ephemeral(spec).map_err(|e| e.below("spec"))?,
            api: template.clone(),
        };
        let pod = read.scheduling("default", "template", &[])?;
        pod_rules::check(spec).map_err(|e| e.below("spec"))?;
        let lasts = |i: usize| spec.tolerations.as_ref().and_then(|all| all[i].toleration_seconds);
        let no_execute = pod
            .tolerations
            .into_iter()
            .enumerate()
            .map(|(i, toleration)| {
                let seconds = |seconds| SimDuration::from_secs(u64::try_from(seconds).unwrap_or(0));
                NoExecute { toleration, lasts: lasts(i).map(seconds) }
            })
            .filter(|all| all.toleration.effect.is_none_or(|effect| effect == super::TaintEffect::NoExecute))
            .collect();
        Ok(PodTemplate { no_execute, ..read })
    }

    /// What the scheduler sees of a pod that is made of it, with labels beside those of the template.
    ///
    /// # Errors
    /// The first field that cannot be used, below the template.
    pub fn scheduling(&self, namespace: &str, name: &str, labels: &[(&str, &str)]) -> Result<Pod, Malformed> {
        let metadata = self.api.metadata.clone().unwrap_or_default();
        let mut all = metadata.labels.unwrap_or_default();
        all.extend(labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        Pod::read(&api::Pod {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                namespace: Some(namespace.to_owned()),
                labels: Some(all),
                ..ObjectMeta::default()
            },
            spec: self.api.spec.clone(),
            status: None,
        })
    }
}

/// What the API server fills in: a container asks for what it may use, where it says only that, and in the network of its node
/// it has the ports there that it has itself.
///
/// Source: Kubernetes, `SetDefaults_Pod` and `SetDefaults_PodSpec`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/apis/core/v1/defaults.go>).
fn with_defaults(template: &api::PodTemplateSpec) -> api::PodTemplateSpec {
    let mut template = template.clone();
    let Some(spec) = &mut template.spec else { return template };
    let on_host = spec.host_network == Some(true);
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        if let Some(resources) = &mut container.resources
            && let Some(limits) = &resources.limits
        {
            let requests = resources.requests.get_or_insert_default();
            for (name, amount) in limits {
                requests.entry(name.clone()).or_insert_with(|| amount.clone());
            }
        }
        for port in container.ports.iter_mut().flatten().filter(|_| on_host) {
            if port.host_port.is_none_or(|port| port == 0) {
                port.host_port = Some(port.container_port);
            }
        }
    }
    template
}

/// The claims of the generic ephemeral volumes of a pod; each pod's own has a name that begins with the pod's.
fn ephemeral(spec: &api::PodSpec) -> Result<Vec<(Text, PersistentVolumeClaim)>, Malformed> {
    let volumes = spec.volumes.iter().flatten().enumerate();
    let templates = volumes.filter_map(|(i, volume)| {
        Some((i, &volume.name, volume.ephemeral.as_ref()?.volume_claim_template.as_ref()?))
    });
    templates
        .map(|(i, name, template)| {
            let metadata = template.metadata.clone().unwrap_or_default();
            let claim = api::PersistentVolumeClaim {
                metadata: ObjectMeta { name: Some(name.clone()), ..metadata },
                spec: Some(template.spec.clone()),
                status: None,
            };
            let claim = PersistentVolumeClaim::read(&claim)
                .map_err(|e| e.below(&format!("volumes[{i}].ephemeral.volumeClaimTemplate")))?;
            Ok((name.as_str().into(), claim))
        })
        .collect()
}

impl Container {
    fn read(container: &api::Container) -> Result<Container, Malformed> {
        let image = container.image.as_deref().unwrap_or_default();
        let pull = match container.image_pull_policy.as_deref() {
            Some("Always") => PullPolicy::Always,
            Some("Never") => PullPolicy::Never,
            None | Some("") if is_latest(image) => PullPolicy::Always,
            Some("IfNotPresent" | "") | None => PullPolicy::IfNotPresent,
            Some(other) => {
                let problem = format!("`{}` is none of Always, IfNotPresent and Never", other.escape_debug());
                return Err(Malformed { field: "imagePullPolicy".into(), problem });
            }
        };
        let probe = |probe: Option<&api::Probe>, field: &str| {
            let ports = container.ports.as_deref().unwrap_or_default();
            probe.map(|probe| Probe::read(probe, ports).map_err(|e| e.below(field))).transpose()
        };
        let resources = container.resources.as_ref();
        let limit = resources.and_then(|resources| resources.limits.as_ref()?.get("memory"));
        let cpu = resources.and_then(|resources| resources.requests.as_ref()?.get("cpu"));
        let quantity = |amount: Option<&Amount>, field: &str| {
            let parsed = amount.map(|amount| Quantity::parse(&amount.0));
            parsed.transpose().map_err(|problem| Malformed { field: field.into(), problem })
        };
        let memory_limit = quantity(limit, "resources.limits.memory")?;
        let cpu_request = quantity(cpu, "resources.requests.cpu")?;
        let hook = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
        Ok(Container {
            name: container.name.as_str().into(),
            image: image.into(),
            pull,
            sidecar: container.restart_policy.as_deref() == Some("Always"),
            startup: probe(container.startup_probe.as_ref(), "startupProbe")?,
            readiness: probe(container.readiness_probe.as_ref(), "readinessProbe")?,
            liveness: probe(container.liveness_probe.as_ref(), "livenessProbe")?,
            pre_stop: hook.map_or(SimDuration::ZERO, sleep),
            memory_limit: memory_limit.map(|limit| u64::try_from(limit.value()).unwrap_or(0)),
            cpu_request: cpu_request.map(|asked| u64::try_from(asked.milli_value()).unwrap_or(0)),
        })
    }
}

/// How long a hook sleeps: the action of that name, or a command that does nothing else.
fn sleep(hook: &api::LifecycleHandler) -> SimDuration {
    if let Some(sleep) = &hook.sleep {
        return SimDuration::from_secs(u64::try_from(sleep.seconds).unwrap_or(0));
    }
    let command = hook.exec.as_ref().and_then(|exec| exec.command.as_ref());
    let words: Vec<&str> =
        command.into_iter().flatten().flat_map(|word| word.split_ascii_whitespace()).collect();
    let seconds = match words.as_slice() {
        ["sleep" | "/bin/sleep", seconds] | [.., "-c", "sleep", seconds] => seconds.parse().unwrap_or(0),
        _ => 0,
    };
    SimDuration::from_secs(seconds)
}

/// Whether an image is asked for by the tag that moves, or by none.
fn is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or_default();
    name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

impl Probe {
    fn read(probe: &api::Probe, ports: &[api::ContainerPort]) -> Result<Probe, Malformed> {
        let seconds = |number: Option<i32>, default: u32, field: &str| {
            natural(number, default, field).map(|number| SimDuration::from_secs(u64::from(number)))
        };
        // A zero where the API has a default means that default.
        let at_least_one = |number: Option<i32>| number.filter(|number| *number != 0);
        Ok(Probe {
            action: Action::read(probe, ports),
            initial_delay: seconds(probe.initial_delay_seconds, 0, "initialDelaySeconds")?,
            period: seconds(at_least_one(probe.period_seconds), limits::PROBE_PERIOD, "periodSeconds")?,
            timeout: seconds(at_least_one(probe.timeout_seconds), limits::PROBE_TIMEOUT, "timeoutSeconds")?,
            success_threshold: natural(
                at_least_one(probe.success_threshold),
                limits::PROBE_SUCCESS_THRESHOLD,
                "successThreshold",
            )?,
            failure_threshold: natural(
                at_least_one(probe.failure_threshold),
                limits::PROBE_FAILURE_THRESHOLD,
                "failureThreshold",
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pod(spec: Value) -> Pod {
        let template = json!({ "spec": spec });
        let template = PodTemplate::read(&serde_json::from_value(template).unwrap()).unwrap();
        template.scheduling("default", "one", &[]).unwrap()
    }

    #[test]
    fn a_container_asks_for_what_it_may_use_if_it_says_only_that() {
        let containers = json!([{"name": "one", "image": "one", "resources": {
            "limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"memory": "512Mi"}}}]);
        let asked = pod(json!({ "containers": containers })).requests.asked;
        assert_eq!((asked.milli_cpu, asked.memory >> 20), (2_000, 512));
    }

    #[test]
    fn a_refused_probe_says_where_it_went() {
        let ports: Vec<api::ContainerPort> =
            serde_json::from_value(json!([{"name": "web", "containerPort": 8080}])).unwrap();
        let said = |probe: Value| {
            let probe = Probe::read(&serde_json::from_value(probe).unwrap(), &ports).unwrap();
            probe.action.refused("10.0.1.7", probe.timeout)
        };
        let dialled = "dial tcp 10.0.1.7:8080: connect: connection refused";
        for path in ["health", "/health"] {
            assert_eq!(
                said(json!({"httpGet": {"port": "web", "path": path}})),
                format!("Get \"http://10.0.1.7:8080/health\": {dialled}")
            );
        }
        assert_eq!(
            said(json!({"httpGet": {"port": 443, "scheme": "HTTPS", "host": "a.example"}})),
            "Get \"https://a.example:443/\": dial tcp a.example:443: connect: connection refused"
        );
        assert_eq!(said(json!({"tcpSocket": {"port": 8080}})), dialled);
        assert_eq!(
            said(json!({"grpc": {"port": 9000}, "timeoutSeconds": 3})),
            "timeout: failed to connect service \"10.0.1.7:9000\" within 3s: context deadline exceeded"
        );
    }

    #[test]
    fn ports_of_containers_are_ports_of_the_node_in_its_network() {
        let containers = || json!([{"name": "one", "image": "one", "ports": [{"containerPort": 9100}]}]);
        assert_eq!(pod(json!({ "containers": containers() })).host_ports.len(), 0);
        assert_eq!(pod(json!({ "containers": containers(), "hostNetwork": true })).host_ports.len(), 1);
    }
}
