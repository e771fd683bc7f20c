//! What the API server refuses of the specification of a pod although each field of it can be read by itself.
//!
//! Source: API server, `ValidatePodSpec`
//! (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/apis/core/validation/validation.go>).

use super::{Malformed, Quantity};
use cloudsim_kube_scheduler::objects::ResourceName;
use k8s_openapi::api::core::v1 as api;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Amount;
use std::collections::{BTreeMap, BTreeSet};

/// Checks a specification.
///
/// # Errors
/// The first field that the API server would refuse, below the specification.
pub(super) fn check(spec: &api::PodSpec) -> Result<(), Malformed> {
    names(spec)?;
    volumes(spec)?;
    amounts(spec)?;
    for (at, container) in containers(spec) {
        probes(container).and_then(|()| ports(container)).map_err(|error| error.below(&at))?;
    }
    for (i, toleration) in spec.tolerations.iter().flatten().enumerate() {
        tolerated(toleration).map_err(|error| error.below(&format!("tolerations[{i}]")))?;
    }
    for (i, constraint) in spec.topology_spread_constraints.iter().flatten().enumerate() {
        if constraint.min_domains.is_some() && constraint.when_unsatisfiable == "ScheduleAnyway" {
            let field = format!("topologySpreadConstraints[{i}].minDomains");
            return wrong(field, "may be said only where `whenUnsatisfiable` is DoNotSchedule");
        }
    }
    let constraints = || spec.topology_spread_constraints.iter().flatten();
    let same = |i: usize, of: &api::TopologySpreadConstraint| {
        constraints().take(i).any(|other| {
            (&other.topology_key, &other.when_unsatisfiable) == (&of.topology_key, &of.when_unsatisfiable)
        })
    };
    if let Some((i, _)) = constraints().enumerate().find(|(i, of)| same(*i, of)) {
        let problem = "another constraint has the same `topologyKey` and `whenUnsatisfiable`";
        return wrong(format!("topologySpreadConstraints[{i}]"), problem);
    }
    domains(spec)?;
    let nodes = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required = nodes.and_then(|nodes| nodes.required_during_scheduling_ignored_during_execution.as_ref());
    if required.is_some_and(|required| required.node_selector_terms.is_empty()) {
        let at = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
        return wrong(at, "needs one term at least");
    }
    Ok(())
}

fn wrong(field: impl Into<String>, problem: impl Into<String>) -> Result<(), Malformed> {
    Err(Malformed { field: field.into(), problem: problem.into() })
}

/// Terms about other pods say over which domains.
fn domains(spec: &api::PodSpec) -> Result<(), Malformed> {
    let Some(affinity) = &spec.affinity else { return Ok(()) };
    let near = affinity.pod_affinity.as_ref();
    let apart = affinity.pod_anti_affinity.as_ref();
    let required = [
        ("podAffinity", near.and_then(|of| of.required_during_scheduling_ignored_during_execution.as_ref())),
        (
            "podAntiAffinity",
            apart.and_then(|of| of.required_during_scheduling_ignored_during_execution.as_ref()),
        ),
    ];
    let preferred = [
        ("podAffinity", near.and_then(|of| of.preferred_during_scheduling_ignored_during_execution.as_ref())),
        (
            "podAntiAffinity",
            apart.and_then(|of| of.preferred_during_scheduling_ignored_during_execution.as_ref()),
        ),
    ];
    let list = "requiredDuringSchedulingIgnoredDuringExecution";
    let required = required.into_iter().flat_map(|(kind, terms)| {
        let terms = terms.into_iter().flatten().enumerate();
        terms.map(move |(i, term)| (format!("affinity.{kind}.{list}[{i}]"), &term.topology_key))
    });
    let list = "preferredDuringSchedulingIgnoredDuringExecution";
    let preferred = preferred.into_iter().flat_map(|(kind, terms)| {
        let terms = terms.into_iter().flatten().enumerate();
        terms.map(move |(i, of)| {
            (format!("affinity.{kind}.{list}[{i}].podAffinityTerm"), &of.pod_affinity_term.topology_key)
        })
    });
    match required.chain(preferred).find(|(_, key)| key.is_empty()) {
        Some((at, _)) => wrong(format!("{at}.topologyKey"), "may not be empty"),
        None => Ok(()),
    }
}

/// The containers of a pod with their places.
fn containers(spec: &api::PodSpec) -> impl Iterator<Item = (String, &api::Container)> {
    let at = |list: &'static str| move |(i, container)| (format!("{list}[{i}]"), container);
    let first = spec.init_containers.iter().flatten().enumerate().map(at("initContainers"));
    spec.containers.iter().enumerate().map(at("containers")).chain(first)
}

/// No two containers have one name.
fn names(spec: &api::PodSpec) -> Result<(), Malformed> {
    let mut seen = BTreeSet::new();
    match containers(spec).find(|(_, container)| !seen.insert(container.name.as_str())) {
        Some((at, container)) => {
            let name = container.name.escape_debug();
            wrong(format!("{at}.name"), format!("another container is called `{name}` too"))
        }
        None => Ok(()),
    }
}

/// No two volumes have one name, and what is mounted is there.
fn volumes(spec: &api::PodSpec) -> Result<(), Malformed> {
    let mut seen = BTreeSet::new();
    for (i, volume) in spec.volumes.iter().flatten().enumerate() {
        if !seen.insert(volume.name.as_str()) {
            let name = volume.name.escape_debug();
            return wrong(format!("volumes[{i}].name"), format!("another volume is called `{name}` too"));
        }
    }
    for (at, container) in containers(spec) {
        let mut mounts = container.volume_mounts.iter().flatten().enumerate();
        if let Some((i, mount)) = mounts.find(|(_, mount)| !seen.contains(mount.name.as_str())) {
            let problem = format!("the pod has no volume `{}`", mount.name.escape_debug());
            return wrong(format!("{at}.volumeMounts[{i}].name"), problem);
        }
    }
    Ok(())
}

/// Nothing asks for more than it may use.
fn amounts(spec: &api::PodSpec) -> Result<(), Malformed> {
    for (at, container) in containers(spec) {
        let Some(resources) = &container.resources else { continue };
        below_limits(resources).and_then(|()| pieces(resources)).map_err(|error| error.below(&at))?;
    }
    spec.resources.as_ref().map_or(Ok(()), below_limits)
}

/// Amounts by name; what is none is told where amounts are read.
fn parsed(list: Option<&BTreeMap<String, Amount>>) -> impl Iterator<Item = (&str, &str, Quantity)> {
    list.into_iter()
        .flatten()
        .filter_map(|(name, text)| Some((name.as_str(), text.0.as_str(), Quantity::parse(&text.0).ok()?)))
}

fn below_limits(resources: &api::ResourceRequirements) -> Result<(), Malformed> {
    for (name, asked, request) in parsed(resources.requests.as_ref()) {
        let mut limits = parsed(resources.limits.as_ref());
        if let Some((_, most, _)) = limits.find(|(of, _, limit)| *of == name && request > *limit) {
            let problem = format!("{asked} is more than the limit, {most}");
            return wrong(format!("resources.requests[{name}]"), problem);
        }
    }
    Ok(())
}

/// What devices and huge pages a container asks for it has to itself: as many as its limit says, and devices are whole.
fn pieces(resources: &api::ResourceRequirements) -> Result<(), Malformed> {
    let is_device = |name: &str| ResourceName::named(name).is_extended();
    for (list, amounts) in [("requests", &resources.requests), ("limits", &resources.limits)] {
        let mut devices = parsed(amounts.as_ref()).filter(|(name, ..)| is_device(name));
        if let Some((name, text, _)) = devices.find(|(.., amount)| amount.milli_value() % 1000 != 0) {
            return wrong(format!("resources.{list}[{name}]"), format!("{text} is no whole number"));
        }
    }
    for (name, asked, request) in parsed(resources.requests.as_ref()) {
        if !is_device(name) && !name.starts_with("hugepages-") {
            continue;
        }
        let Some(limit) = resources.limits.as_ref().and_then(|limits| limits.get(name)) else {
            return wrong(format!("resources.limits[{name}]"), "must be said where it is asked for");
        };
        if Quantity::parse(&limit.0).is_ok_and(|limit| limit != request) {
            let problem = format!("{asked} is not the limit, {}", limit.0);
            return wrong(format!("resources.requests[{name}]"), problem);
        }
    }
    Ok(())
}

/// Each probe does one thing, and what passes once has passed, but for readiness.
fn probes(container: &api::Container) -> Result<(), Malformed> {
    for (field, probe) in [
        ("startupProbe", &container.startup_probe),
        ("readinessProbe", &container.readiness_probe),
        ("livenessProbe", &container.liveness_probe),
    ] {
        let Some(probe) = probe else { continue };
        let ways = [
            probe.exec.is_some(),
            probe.grpc.is_some(),
            probe.http_get.is_some(),
            probe.tcp_socket.is_some(),
        ];
        match ways.into_iter().filter(|way| *way).count() {
            0 => return wrong(field, "needs one of `exec`, `grpc`, `httpGet` and `tcpSocket`"),
            1 => {}
            _ => return wrong(field, "may have only one of `exec`, `grpc`, `httpGet` and `tcpSocket`"),
        }
        // 0 stands for the default, 1.
        if field != "readinessProbe" && probe.success_threshold.is_some_and(|passes| passes > 1) {
            return wrong(format!("{field}.successThreshold"), "must be 1");
        }
    }
    Ok(())
}

/// Ports have numbers that ports have.
fn ports(container: &api::Container) -> Result<(), Malformed> {
    let is_port = |port: &i32| (1..=65_535).contains(port);
    for (i, port) in container.ports.iter().flatten().enumerate() {
        // 0 stands for no port of the node.
        let of_node = port.host_port.filter(|port| *port != 0);
        for (field, number) in [("containerPort", Some(port.container_port)), ("hostPort", of_node)] {
            if let Some(number) = number.filter(|number| !is_port(number)) {
                return wrong(format!("ports[{i}].{field}"), format!("{number} is not from 1 to 65535"));
            }
        }
    }
    Ok(())
}

fn tolerated(toleration: &api::Toleration) -> Result<(), Malformed> {
    let is_empty = |text: Option<&str>| text.is_none_or(str::is_empty);
    let exists = toleration.operator.as_deref() == Some("Exists");
    if is_empty(toleration.key.as_deref()) && !exists {
        return wrong("operator", "must be Exists where `key` is empty, which stands for all keys");
    }
    if exists && !is_empty(toleration.value.as_deref()) {
        return wrong("value", "must be empty where `operator` is Exists");
    }
    if toleration.toleration_seconds.is_some() && toleration.effect.as_deref() != Some("NoExecute") {
        return wrong("effect", "must be NoExecute where `tolerationSeconds` is said");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;
    use serde_json::{Value, json};

    fn refused(change: impl FnOnce(&mut Value)) -> Option<String> {
        let mut spec = json!({"containers": [{"name": "web", "image": "shop/web:1.0"}]});
        change(&mut spec);
        let spec = serde_json::from_value(spec).expect("it is a specification");
        check(&spec).err().map(|error| error.field)
    }

    #[test]
    fn containers_have_names_of_their_own() {
        assert_eq!(refused(|_| ()), None);
        let same = |spec: &mut Value| spec["initContainers"] = json!([{"name": "web", "image": "a"}]);
        assert_eq!(refused(same).as_deref(), Some("initContainers[0].name"));
    }

    #[test]
    fn nothing_asks_for_more_than_it_may_use() {
        let of = |asked: &str| {
            refused(|spec| {
                spec["containers"][0]["resources"] =
                    json!({"requests": {"cpu": asked}, "limits": {"cpu": "1"}});
            })
        };
        assert_eq!(of("1000m"), None);
        assert_eq!(of("1001m").as_deref(), Some("containers[0].resources.requests[cpu]"));
    }

    #[test]
    fn devices_are_whole_and_asked_for_as_their_limit_says() {
        let of = |resources: Value| refused(|spec| spec["containers"][0]["resources"] = resources);
        assert_eq!(
            of(json!({"requests": {"nvidia.com/gpu": 2}, "limits": {"nvidia.com/gpu": "2000m"}})),
            None
        );
        assert_eq!(of(json!({"requests": {"cpu": "1500m", "example.kubernetes.io/part": "500m"}})), None);
        for (resources, field) in [
            (json!({"limits": {"nvidia.com/gpu": "500m"}}), "limits[nvidia.com/gpu]"),
            (json!({"requests": {"nvidia.com/gpu": 1}}), "limits[nvidia.com/gpu]"),
            (json!({"requests": {"hugepages-2Mi": "4Mi"}}), "limits[hugepages-2Mi]"),
            (
                json!({"requests": {"nvidia.com/gpu": 1}, "limits": {"nvidia.com/gpu": 2}}),
                "requests[nvidia.com/gpu]",
            ),
        ] {
            assert_eq!(of(resources), Some(format!("containers[0].resources.{field}")));
        }
    }

    #[test]
    fn a_probe_does_one_thing_and_only_readiness_takes_several_passes() {
        let of = |kind: &str, probe: Value| refused(|spec| spec["containers"][0][kind] = probe);
        let several = || json!({"exec": {}, "successThreshold": 2});
        assert_eq!(of("readinessProbe", several()), None);
        assert_eq!(of("livenessProbe", json!({"tcpSocket": {"port": 80}, "successThreshold": 0})), None);
        for (kind, probe, field) in [
            ("readinessProbe", json!({"periodSeconds": 5}), "readinessProbe"),
            ("startupProbe", json!({"exec": {}, "grpc": {"port": 80}}), "startupProbe"),
            ("livenessProbe", several(), "livenessProbe.successThreshold"),
            ("startupProbe", several(), "startupProbe.successThreshold"),
        ] {
            assert_eq!(of(kind, probe), Some(format!("containers[0].{field}")));
        }
    }

    #[test]
    fn ports_are_from_1_to_65535() {
        let of = |container: i32, host: i32| {
            let port = json!({"containerPort": container, "hostPort": host});
            refused(|spec| spec["containers"][0]["ports"] = json!([port]))
        };
        assert_eq!((of(1, 0), of(65_535, 65_535)), (None, None));
        for (container, host, field) in [
            (0, 0, "containerPort"),
            (65_536, 0, "containerPort"),
            (80, 65_536, "hostPort"),
            (80, -1, "hostPort"),
        ] {
            assert_eq!(of(container, host), Some(format!("containers[0].ports[0].{field}")));
        }
    }

    #[test]
    fn volumes_have_names_of_their_own_and_only_they_are_mounted() {
        let of = |names: [&str; 2], mounted: &str| {
            refused(|spec| {
                spec["volumes"] = json!(names.map(|name| json!({"name": name, "emptyDir": {}})));
                spec["containers"][0]["volumeMounts"] = json!([{"name": mounted, "mountPath": "/a"}]);
            })
        };
        assert_eq!(of(["a", "b"], "b"), None);
        assert_eq!(of(["a", "a"], "a").as_deref(), Some("volumes[1].name"));
        assert_eq!(of(["a", "b"], "c").as_deref(), Some("containers[0].volumeMounts[0].name"));
    }

    #[test]
    fn tolerations_say_what_fits_together() {
        let of = |toleration: Value| refused(|spec| spec["tolerations"] = json!([toleration]));
        assert_eq!(of(json!({"operator": "Exists"})), None);
        assert_eq!(of(json!({"key": "a", "value": "b", "effect": "NoSchedule"})), None);
        assert_eq!(of(json!({"key": "a", "effect": "NoExecute", "tolerationSeconds": 9})), None);
        for (toleration, field) in [
            (json!({"value": "b"}), "operator"),
            (json!({"key": "a", "operator": "Exists", "value": "b"}), "value"),
            (json!({"key": "a", "effect": "NoSchedule", "tolerationSeconds": 9}), "effect"),
            (json!({"key": "a", "tolerationSeconds": 9}), "effect"),
        ] {
            assert_eq!(of(toleration), Some(format!("tolerations[0].{field}")));
        }
    }

    #[test]
    fn domains_are_counted_only_for_what_must_hold() {
        let of = |when: &str| {
            let constraint =
                json!({"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": when, "minDomains": 2});
            refused(|spec| spec["topologySpreadConstraints"] = json!([constraint]))
        };
        assert_eq!(of("DoNotSchedule"), None);
        assert_eq!(of("ScheduleAnyway").as_deref(), Some("topologySpreadConstraints[0].minDomains"));
    }

    #[test]
    fn constraints_differ_and_terms_about_pods_name_domains() {
        let of = |keys: [&str; 2]| {
            let constraints = keys
                .map(|key| json!({"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule"}));
            refused(|spec| spec["topologySpreadConstraints"] = json!(constraints))
        };
        assert_eq!(of(["a", "b"]), None);
        assert_eq!(of(["a", "a"]).as_deref(), Some("topologySpreadConstraints[1]"));
        let of = |key: &str| {
            let term = json!({"topologyKey": key, "labelSelector": {"matchLabels": {"app": "web"}}});
            let affinity = json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 1, "podAffinityTerm": term}]}});
            refused(|spec| spec["affinity"] = affinity)
        };
        assert_eq!(of("zone"), None);
        assert!(of("").expect("it is refused").ends_with("podAffinityTerm.topologyKey"));
    }

    #[test]
    fn what_chooses_nodes_has_a_term() {
        let none = json!({"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}});
        let field = refused(|spec| spec["affinity"] = none).expect("it is refused");
        assert!(field.ends_with("nodeSelectorTerms"), "{field}");
    }
}
