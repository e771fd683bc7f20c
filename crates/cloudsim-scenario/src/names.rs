//! What things are called: by their `name`, by what else tells them apart, or by a name made for them.

use crate::diagnostics::{Problem, Span, codes, is_unprintable};
use crate::syntax::{Field, Node, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How the items of a list are told apart.
struct Key {
    field: &'static str,
    /// What stands between the list and what two of its items share: `two zones are called`.
    shares: &'static str,
    cure: &'static str,
}

/// `None` if the order alone tells them apart.
fn key(list: &str) -> Option<Key> {
    let (field, shares, cure) = match list {
        "handlers" => ("at", "are at", "put the calls of both into one"),
        "listeners" => ("port", "have port", "give each its own"),
        "routes" => ("to", "lead to", "keep one of them"),
        "ingress" | "egress" => ("rule", "have number", "rules are looked at by number: give each its own"),
        "weighted" => ("alias", "are of", "add up their weights"),
        "failures" => ("what", "are about", "keep one of them"),
        "calls" | "pairs" | "budgets" => return None,
        _ => ("name", "are called", "rename one of them"),
    };
    Some(Key { field, shares, cure })
}

/// What tells an item of a list from the others, and where that is written.
pub(crate) fn identity(list: &str, item: &Node) -> Option<(String, Span)> {
    let node = item.field(key(list)?.field)?;
    let name = match &node.value {
        // A word is a text that the command line gave without quotes.
        Value::Text(text) | Value::Number(text) | Value::Word(text) => text.clone(),
        _ => return None,
    };
    Some((name, node.span))
}

/// Lists whose things are in namespaces: `web` is `default/web`.
const IN_NAMESPACES: &[&str] = &[
    "deployments",
    "replica_sets",
    "stateful_sets",
    "daemon_sets",
    "jobs",
    "cron_jobs",
    "pods",
    "kubernetes_services",
    "pod_disruption_budgets",
    "horizontal_pod_autoscalers",
    "persistent_volume_claims",
];

/// Other names that a thing goes by: with the namespace that it is in anyway, or without.
pub(crate) fn other_name(list: &str, name: &str) -> Option<String> {
    if !IN_NAMESPACES.contains(&list) {
        return None;
    }
    match name.split_once('/') {
        Some(("default", own)) => Some(own.to_owned()),
        Some(_) => None,
        None => Some(format!("default/{name}")),
    }
}

/// What tells a thing from all others of its list: its name, in full, and its cluster, but for nodes, which have the names of
/// machines.
pub(crate) fn full_name(list: &str, item: &Node, name: &str) -> (String, Option<String>) {
    let full = other_name(list, name).filter(|other| other.contains('/')).unwrap_or_else(|| name.to_owned());
    let cluster = item.field("cluster").filter(|_| list != "nodes");
    (full, cluster.and_then(Node::text).map(str::to_owned))
}

/// All names that an item goes by: its own, with the namespace that it is in anyway or without, and each of them after the name
/// of its cluster, if it says which.
pub(crate) fn all_names(list: &str, item: &Node) -> Vec<String> {
    let Some((name, _)) = identity(list, item) else { return Vec::new() };
    let mut names: Vec<String> = other_name(list, &name).into_iter().collect();
    names.push(name);
    if let Some(cluster) =
        item.field("cluster").and_then(Node::text).filter(|_| IN_NAMESPACES.contains(&list))
    {
        let in_cluster: Vec<String> = names.iter().map(|name| format!("{cluster}/{name}")).collect();
        names.extend(in_cluster);
    }
    names
}

/// Reports the items of a list that cannot be told apart. Keeps all: which one was meant is not known.
pub(crate) fn check_twins(list: &str, items: &[Node], problems: &mut Vec<Problem>) {
    let Some(Key { shares, cure, .. }) = key(list) else { return };
    let mut seen: BTreeMap<(String, Option<String>), Span> = BTreeMap::new();
    for item in items {
        let Some((name, span)) = identity(list, item) else { continue };
        let full = full_name(list, item, &name);
        if let Some(first) = seen.get(&full) {
            let message = format!("two {} {shares} `{name}`", list.replace('_', " "));
            let problem = Problem::error(&codes::DUPLICATE_NAME, message).at(span);
            problems.push(problem.also(*first, "first used here").hint(cure));
        } else {
            seen.insert(full, span);
        }
    }
}

/// Names have at most so many bytes.
const LENGTH_MAX: usize = 255;

/// What is wrong with a name, if anything.
pub(crate) fn unusable(name: &str) -> Option<String> {
    let bad = |c: &char| c.is_whitespace() || is_unprintable(*c) || matches!(c, '=' | '@' | '+');
    match name.chars().find(bad) {
        _ if name.is_empty() => Some("an empty name".to_owned()),
        _ if name.len() > LENGTH_MAX => Some(format!("a name of {} bytes", name.len())),
        Some(c) => Some(format!("a name with `{}` in it", c.escape_debug())),
        None => None,
    }
}

/// Whether a title can be shown on a line.
pub(crate) fn is_title(title: &str) -> bool {
    !title.trim().is_empty() && title.len() <= LENGTH_MAX && !title.chars().any(is_unprintable)
}

/// Gives a name to each fault, intervention and objective that has none.
pub(crate) fn name_trials(root: &mut Node) {
    for kind in ["faults", "interventions", "objectives"] {
        let Some(field) =
            root.fields_mut().and_then(|fields| fields.iter_mut().find(|field| field.name == kind))
        else {
            continue;
        };
        let Value::List(items) = &mut field.value.value else { continue };
        let mut taken = Taken::of(items);
        for item in items {
            give_name(kind, item, &mut taken);
        }
    }
}

/// The names that are in use, and how often one was made from the same words.
struct Taken {
    names: BTreeSet<String>,
    made: BTreeMap<String, u32>,
}

impl Taken {
    /// The names of those that have one.
    fn of(items: &[Node]) -> Self {
        let names = items.iter().filter_map(|item| item.field("name")?.text().map(str::to_owned));
        Self { names: names.collect(), made: BTreeMap::new() }
    }

    /// The name, or the first with a number behind it that is free.
    fn free(&mut self, name: &str) -> String {
        let count = self.made.entry(name.to_owned()).or_insert(0);
        loop {
            *count += 1;
            let numbered = if *count == 1 { name.to_owned() } else { format!("{name}-{count}") };
            if self.names.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

/// Gives a name to one of them unless it has one.
fn give_name(kind: &str, item: &mut Node, taken: &mut Taken) {
    if item.field("name").is_some() {
        return;
    }
    let Some(made) = made_name(kind, item) else { return };
    // A subject that can be no name is told where it stands.
    let wanted = if unusable(&made).is_none() { made } else { "unnamed".to_owned() };
    let name = taken.free(&wanted);
    let span = crate::merge::head(item);
    if let Some(fields) = item.fields_mut() {
        let value = Node { span, value: Value::Text(name) };
        fields.insert(0, Field { name: "name".into(), name_span: span, value });
    }
}

/// From kind and subject: `zone-a`, `rto-web`, `latency-web-p50`; of an intervention from its words: `drain-node/node-a-1`.
fn made_name(kind: &str, item: &Node) -> Option<String> {
    let subject = |field| item.field(field).and_then(Node::text).unwrap_or("unknown");
    if kind == "interventions" {
        let words = subject("action").split_whitespace().take_while(|word| !word.contains('='));
        return Some(words.collect::<Vec<_>>().join("-"));
    }
    let (kind, subject) = match item.variant()? {
        "ZonePowerLoss" => ("zone", subject("zone")),
        "RegionPowerLoss" => ("region", subject("region")),
        "ControlPlaneLoss" => ("control-plane", subject("region")),
        "ZonePartition" => ("partition", subject("zone")),
        "GreyZone" => ("grey", subject("zone")),
        "RouteTableChange" => ("routes", subject("route_table")),
        "NetworkAclChange" => ("acl", subject("network_acl")),
        "SecurityGroupChange" => ("rules", subject("security_group")),
        "InsufficientCapacity" => ("capacity", subject("zone")),
        "HostDeath" => ("host", subject("instance")),
        "ProcessDeath" => ("process", subject("instance")),
        "NatGatewayLoss" => ("nat", subject("nat_gateway")),
        "DatabasePrimaryCrash" => ("rds", subject("database")),
        "DatabaseStandbyLoss" => ("standby", subject("database")),
        "ReplicaLoss" => ("replica", subject("replica")),
        "BalancerNodeLoss" => ("balancer-node", subject("node")),
        "EndpointOutage" => ("endpoint", subject("endpoint")),
        "ApiServerOutage" => ("api-server", subject("cluster")),
        "Rto" => ("rto", subject("service")),
        "Rpo" => ("rpo", subject("database")),
        "Availability" => ("availability", subject("service")),
        "Latency" => {
            let percentile = match item.field("percentile").map(|node| &node.value) {
                Some(Value::Number(number)) => number.as_str(),
                _ => "",
            };
            return Some(format!("latency-{}-p{percentile}", subject("service")));
        }
        "MonthlyCost" => return Some("monthly-cost".into()),
        _ => return None,
    };
    if subject.starts_with(&format!("{kind}-")) {
        Some(subject.to_owned())
    } else {
        Some(format!("{kind}-{subject}"))
    }
}
