//! `KubeSchedulerConfiguration` (kubescheduler.config.k8s.io/v1), read as it is.

mod args;
mod place;

use crate::objects::Malformed;
use crate::profile::ProfileSpec;
use place::{Fields, Place, Problems};
use serde_json::Value;

/// The only version that is read.
const API_VERSION: &str = "kubescheduler.config.k8s.io/v1";

/// Reads a configuration, or the part of it that has `profiles`.
///
/// # Errors
/// Everything that is wrong with it, each with its field.
pub fn read_profiles(configuration: &Value) -> Result<Vec<ProfileSpec>, Vec<Malformed>> {
    let problems = Problems::default();
    let fields = Place::root(configuration, &problems).fields(&["apiVersion", "kind", "profiles"]);
    read_type(&fields, "KubeSchedulerConfiguration");
    let profiles: Vec<ProfileSpec> = fields
        .items("profiles")
        .iter()
        .map(|profile| {
            let fields = profile.fields(&["schedulerName", "pluginConfig"]);
            let mut spec = ProfileSpec::default();
            if let Some(name) = fields.text("schedulerName") {
                spec.scheduler_name = name.into();
            }
            for config in fields.items("pluginConfig") {
                let fields = config.fields(&["name", "args"]);
                let Some(name) = fields.needed("name") else { continue };
                if let Some(place) = fields.get("args") {
                    args::read(name, &place, &mut spec.args);
                }
            }
            spec
        })
        .collect();
    let problems = problems.into_list();
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(if profiles.is_empty() { vec![ProfileSpec::default()] } else { profiles })
}

/// Checks `apiVersion` and `kind`, where they are written.
fn read_type(fields: &Fields<'_>, kind: &str) {
    if let Some(version) = fields.get("apiVersion")
        && let Some(text) = version.text()
        && text != API_VERSION
    {
        let text = text.escape_debug();
        version.wrong(format!("kube-scheduler 1.34 reads {API_VERSION} alone, not `{text}`"));
    }
    if let Some(place) = fields.get("kind")
        && let Some(text) = place.text()
        && text != kind
    {
        place.wrong(format!("this is to be {kind}, not `{}`", text.escape_debug()));
    }
}

/// Checks a span of time as Go writes it: `1h30m`, `1.5s`, `100ms`.
fn duration(place: &Place<'_>) {
    let Some(text) = place.text() else { return };
    if !is_duration(text) {
        place.wrong(format!("`{}` is no span of time: write 10s, 1m30s or 500ms", text.escape_debug()));
    }
}

fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 8] = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut any = false;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let unit =
            rest[number..].find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len() - number);
        let (digits, name) = (&rest[..number], &rest[number..number + unit]);
        if digits.parse::<f64>().is_err() || !UNITS.contains(&name) {
            return false;
        }
        rest = &rest[number + unit..];
        any = true;
    }
    any
}
