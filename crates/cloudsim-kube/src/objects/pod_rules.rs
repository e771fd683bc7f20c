//! What the API server refuses of the specification of a pod although each field of it can be read by itself.
//!
//! Source: API server, `ValidatePodSpec`
//! (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/apis/core/validation/validation.go>).

use super::{Malformed, Quantity};
use k8s_openapi::api::core::v1 as api;
use std::collections::BTreeSet;

/// Checks a specification.
///
/// # Errors
/// The first field that the API server would refuse, below the specification.
pub(super) fn check(spec: &api::PodSpec) -> Result<(), Malformed> {
    names(spec)?;
    amounts(spec)?;
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

/// Nothing asks for more than it may use.
fn amounts(spec: &api::PodSpec) -> Result<(), Malformed> {
    let whole = spec.resources.as_ref().map(|resources| (String::new(), resources));
    let each = containers(spec).filter_map(|(at, container)| Some((at + ".", container.resources.as_ref()?)));
    for (at, resources) in each.chain(whole) {
        for (name, request) in resources.requests.iter().flatten() {
            let Some(limit) = resources.limits.as_ref().and_then(|limits| limits.get(name)) else { continue };
            // What is no amount is told where amounts are read.
            let (Ok(asked), Ok(most)) = (Quantity::parse(&request.0), Quantity::parse(&limit.0)) else {
                continue;
            };
            if asked > most {
                let problem = format!("{} is more than the limit, {}", request.0, limit.0);
                return wrong(format!("{at}resources.requests[{name}]"), problem);
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
