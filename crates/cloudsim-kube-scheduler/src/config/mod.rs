//! `KubeSchedulerConfiguration` (kubescheduler.config.k8s.io/v1), read as it is.

mod args;
mod place;
mod plugins;

use crate::objects::Malformed;
use crate::profile::ProfileSpec;
use crate::queue::QueueConfig;
use cloudsim_units::SimDuration;
pub(crate) use place::did_you_mean;
use place::{Fields, Place, Problems};
use plugins::Plugins;
use serde_json::Value;

/// The kind of object that is read.
pub const KIND: &str = "KubeSchedulerConfiguration";
/// The only version that is read.
const API_VERSION: &str = "kubescheduler.config.k8s.io/v1";
/// Its group.
const GROUP: &str = "kubescheduler.config.k8s.io/";

/// What a configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The profiles, at least one, each with a name of its own.
    pub profiles: Vec<ProfileSpec>,
    /// How long a pod that could not be placed waits at first, in seconds, from 1.
    pub pod_initial_backoff_seconds: u64,
    /// How long it waits at most, in seconds; not below the first wait.
    pub pod_max_backoff_seconds: u64,
}

impl Configuration {
    /// What it says of the queue; the rest is the default.
    #[must_use]
    pub fn queue(&self) -> QueueConfig {
        // More than there is of time is as long as there is.
        let seconds = |seconds| SimDuration::from_secs(1).saturating_mul(seconds);
        QueueConfig {
            initial_backoff: seconds(self.pod_initial_backoff_seconds),
            max_backoff: seconds(self.pod_max_backoff_seconds),
            ..QueueConfig::default()
        }
    }
}

impl Default for Configuration {
    /// What kube-scheduler does without a configuration.
    fn default() -> Configuration {
        Configuration {
            profiles: vec![ProfileSpec::default()],
            // Source: kube-scheduler configuration (v1), podInitialBackoffSeconds and podMaxBackoffSeconds
            // (https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/).
            pod_initial_backoff_seconds: 1,
            pod_max_backoff_seconds: 10,
        }
    }
}

/// Reads a configuration, or only the part of it that has `profiles`. What it omits has the default of v1.
///
/// As kube-scheduler does, it takes no field that it does not know, and any name under `disabled`. These are checked and have
/// no effect on a decision: `parallelism`, `leaderElection`, `clientConnection`, `enableProfiling`,
/// `enableContentionProfiling`, `delayCacheUntilActive`, the weight of a plugin that does not score,
/// `bindTimeoutSeconds` of `VolumeBinding`, `filterTimeout` of `DynamicResources`,
/// `matchLabelKeys` of a default constraint. Arguments of a plugin that takes none are not looked at.
///
/// Refused are `extenders`, plugins of others, older versions, and plugins at points where kube-scheduler would fail in every
/// cycle.
///
/// # Errors
/// Everything that is wrong with it, each with its field.
pub fn read(configuration: &Value) -> Result<Configuration, Vec<Malformed>> {
    let problems = Problems::default();
    let read = read_all(&Place::root(configuration, &problems));
    match problems.into_list() {
        none if none.is_empty() => Ok(read),
        problems => Err(problems),
    }
}

fn read_all(place: &Place<'_>) -> Configuration {
    let mut read = Configuration::default();
    // What is of another kind or version has other fields.
    if !is_configuration(place) {
        return read;
    }
    let fields = place.fields(&[
        "apiVersion",
        "kind",
        "parallelism",
        "leaderElection",
        "clientConnection",
        "enableProfiling",
        "enableContentionProfiling",
        "percentageOfNodesToScore",
        "podInitialBackoffSeconds",
        "podMaxBackoffSeconds",
        "profiles",
        "extenders",
        "delayCacheUntilActive",
    ]);
    fields.integer32("parallelism", 1..=i32::MAX);
    for name in ["enableProfiling", "enableContentionProfiling", "delayCacheUntilActive"] {
        fields.flag(name);
    }
    if let Some(place) = fields.get("leaderElection") {
        check_leader_election(&place);
    }
    if let Some(place) = fields.get("clientConnection") {
        check_client_connection(&place);
    }
    read_backoff(&fields, &mut read);
    read.profiles = read_profiles(&fields);
    if !fields.items("extenders").is_empty() {
        fields.wrong("extenders", "an extender is another program that is asked: that is not simulated");
    }
    read
}

/// Whether `apiVersion` and `kind` are as they are to be; a part of a configuration has neither.
fn is_configuration(place: &Place<'_>) -> bool {
    let fields = place.any_fields();
    for (name, other, value) in [("apiVersion", "kind", API_VERSION), ("kind", "apiVersion", KIND)] {
        if fields.get(name).is_none() && fields.get(other).is_some() {
            fields.wrong(name, format!("this is needed: {value}"));
        }
    }
    is_of_type(&fields, KIND)
}

/// Whether `apiVersion` and `kind`, where they are written, are as they are to be.
fn is_of_type(fields: &Fields<'_>, kind: &str) -> bool {
    let is = |name: &str, value: &str, problem: &dyn Fn(&str) -> String| {
        let Some(place) = fields.get(name) else { return true };
        let Some(text) = place.text() else { return false };
        if text != value {
            place.wrong(problem(text));
        }
        text == value
    };
    let kind_is = is("kind", kind, &|text| format!("this is to be {kind}, not `{}`", text.escape_debug()));
    let version_is = is("apiVersion", API_VERSION, &|text| {
        let written = text.escape_debug();
        if text.starts_with(GROUP) {
            format!("kube-scheduler 1.34 no longer reads `{written}`, an old version: write {API_VERSION}")
        } else {
            format!("this is to be {API_VERSION}, not `{written}`")
        }
    });
    kind_is && version_is
}

fn read_backoff(fields: &Fields<'_>, read: &mut Configuration) {
    const MAX: &str = "podMaxBackoffSeconds";
    let seconds = |name, default| match fields.get(name) {
        Some(place) => place.integer(1..=i64::MAX).map(i64::unsigned_abs),
        None => Some(default),
    };
    let initial = seconds("podInitialBackoffSeconds", read.pod_initial_backoff_seconds);
    let max = seconds(MAX, read.pod_max_backoff_seconds);
    let (Some(initial), Some(max)) = (initial, max) else { return };
    if max < initial {
        fields.wrong(MAX, format!("{max} is below podInitialBackoffSeconds, {initial}"));
    }
    (read.pod_initial_backoff_seconds, read.pod_max_backoff_seconds) = (initial, max);
}

fn read_profiles(fields: &Fields<'_>) -> Vec<ProfileSpec> {
    let percentage = |fields: &Fields<'_>| fields.integer32("percentageOfNodesToScore", 0..=100);
    let of_all = percentage(fields).unwrap_or(0);
    let places = fields.items("profiles");
    if places.is_empty() {
        return vec![ProfileSpec { percentage_of_nodes_to_score: of_all, ..ProfileSpec::default() }];
    }
    let mut first: Option<Plugins<'_>> = None;
    let mut profiles: Vec<ProfileSpec> = Vec::new();
    for place in &places {
        let fields = place.fields(&["schedulerName", "percentageOfNodesToScore", "plugins", "pluginConfig"]);
        let mut spec = ProfileSpec {
            percentage_of_nodes_to_score: percentage(&fields).unwrap_or(of_all),
            ..ProfileSpec::default()
        };
        // A profile that is alone is the default one if it has no name.
        if places.len() > 1 || fields.get("schedulerName").is_some() {
            spec.scheduler_name = fields.needed("schedulerName").unwrap_or_default().into();
            if !spec.scheduler_name.is_empty()
                && profiles.iter().any(|other| other.scheduler_name == spec.scheduler_name)
            {
                fields.wrong("schedulerName", "another profile has this name");
            }
        }
        let plugins = Plugins::read(&fields);
        plugins.write(&mut spec);
        if first.as_ref().is_some_and(|first| !first.sorts_like(&plugins)) {
            fields.wrong("plugins.queueSort", "there is one queue: this must be the same in all profiles");
        }
        first.get_or_insert(plugins);
        read_args(&fields, &mut spec);
        profiles.push(spec);
    }
    profiles
}

fn read_args(profile: &Fields<'_>, spec: &mut ProfileSpec) {
    let mut seen = Vec::new();
    for config in profile.items("pluginConfig") {
        let fields = config.fields(&["name", "args"]);
        let Some(name) = plugins::read_name(&fields) else { continue };
        if seen.contains(&name) {
            fields.wrong("name", format!("{name} has arguments above"));
        }
        seen.push(name);
        if let Some(place) = fields.get("args") {
            args::read(name, &place, &mut spec.args);
        }
    }
}

fn check_leader_election(place: &Place<'_>) {
    let fields = place.fields(&[
        "leaderElect",
        "leaseDuration",
        "renewDeadline",
        "retryPeriod",
        "resourceLock",
        "resourceName",
        "resourceNamespace",
    ]);
    let elects = fields.flag("leaderElect").unwrap_or(true);
    // Source: component-base v1.34, recommended defaults of leader election
    // (https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/).
    let spans =
        [("leaseDuration", 15.0), ("renewDeadline", 10.0), ("retryPeriod", 2.0)].map(|(name, default)| {
            let Some(place) = fields.get(name) else { return default };
            let span = duration(&place).unwrap_or(default);
            // None at all is the default.
            if elects && span < 0.0 {
                place.wrong("this is to be above 0");
            }
            if span == 0.0 { default } else { span }
        });
    if elects && spans[0] <= spans[1] {
        fields.wrong("leaseDuration", "this is to be above renewDeadline");
    }
    if let Some(lock) = fields.get("resourceLock")
        && let Some(text) = lock.text()
        && elects
        && !matches!(text, "" | "leases")
    {
        lock.wrong(format!("this is to be leases, not `{}`", text.escape_debug()));
    }
    for name in ["resourceName", "resourceNamespace"] {
        fields.text(name);
    }
}

fn check_client_connection(place: &Place<'_>) {
    let fields = place.fields(&["kubeconfig", "acceptContentTypes", "contentType", "qps", "burst"]);
    for name in ["kubeconfig", "acceptContentTypes", "contentType"] {
        fields.text(name);
    }
    if let Some(place) = fields.get("qps") {
        place.number();
    }
    fields.integer32("burst", 0..=i32::MAX);
}

/// Reads a span of time as Go writes it, in seconds: `1h30m`, `1.5s`, `100ms`.
fn duration(place: &Place<'_>) -> Option<f64> {
    let text = place.text()?;
    let seconds = seconds(text);
    if seconds.is_none() {
        place.wrong(format!("`{}` is no span of time: write 10s, 1m30s or 500ms", text.escape_debug()));
    }
    seconds
}

fn seconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("μs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    let in_number = |c: char| c.is_ascii_digit() || c == '.';
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0.0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut sum = 0.0;
    while !rest.is_empty() {
        let (number, unit) = rest.split_at(rest.find(|c| !in_number(c))?);
        let (unit, after) = unit.split_at(unit.find(in_number).unwrap_or(unit.len()));
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        sum += number.parse::<f64>().ok()? * factor;
        rest = after;
    }
    Some(sign * sum)
}
