//! How an override that somebody has begun to type may go on.

use super::alternatives::{Choice, names};
use super::fault::KINDS;
use super::intervention::FORMS;
use super::set::{ALTERNATIVES, parts};
use crate::diagnostics::Sources;
use crate::files::{Files, read_all};
use crate::merge::merge;
use crate::names::{identity, name_trials};
use crate::reference::fields;
use crate::syntax::{Node, Value};

/// What a `--set` that starts like `typed` may name next: `target_groups.`, then `target_groups.frontend.`, then
/// `target_groups.frontend.interval=`. Nothing, if the scenario cannot be read.
///
/// ```
/// use cloudsim_scenario::{MemoryFiles, complete_set};
/// let next = complete_set(&MemoryFiles::default(), "az-a-outage", "databases.orders.mu");
/// assert_eq!(next, ["databases.orders.multi_az="]);
/// ```
#[must_use]
pub fn complete_set(files: &impl Files, name: &str, typed: &str) -> Vec<String> {
    let Some(root) = tree(files, name) else { return Vec::new() };
    let language: Vec<String> = fields().into_iter().map(|field| field.path).collect();
    let steps = parts()
        .filter(|part| *part != ALTERNATIVES)
        .map(|part| Step { name: part.to_owned(), node: root.field(part), place: part.to_owned() })
        .collect();
    let mut next = go_on(String::new(), steps, typed, &language);
    next.extend(alternatives(&root).into_iter().filter(|next| next.starts_with(typed)));
    next.sort();
    next.dedup();
    next
}

/// The settings that choose among alternatives, each with its values.
fn alternatives(root: &Node) -> Vec<String> {
    let chosen = |(name, choices): (String, Vec<Choice>)| {
        choices.into_iter().map(move |choice| format!("{ALTERNATIVES}.{name}={}", choice.name))
    };
    names(root).into_iter().flat_map(chosen).collect()
}

/// What a `--fault` that starts like `typed` may be: `zone:`, then `zone:a@`. Nothing, if the scenario cannot be read.
///
/// ```
/// use cloudsim_scenario::{MemoryFiles, complete_fault};
/// let next = complete_fault(&MemoryFiles::default(), "az-a-outage", "zone:");
/// assert_eq!(next, ["zone:a@", "zone:b@", "zone:c@"]);
/// ```
#[must_use]
pub fn complete_fault(files: &impl Files, name: &str, typed: &str) -> Vec<String> {
    let Some((kind, _)) = typed.split_once(':') else {
        let kinds = KINDS.iter().map(|(kind, _, _)| format!("{kind}:"));
        return kinds.filter(|kind| kind.starts_with(typed)).collect();
    };
    let Some((_, _, field)) = KINDS.iter().find(|(known, _, _)| *known == kind) else { return Vec::new() };
    let Some(root) = tree(files, name) else { return Vec::new() };
    let targets = match *field {
        // Instances have no list of their own: they are called as their group says.
        "instance" => {
            let nodes = if kind == "host" { called(&root, "nodes", "name") } else { Vec::new() };
            [called(&root, "auto_scaling_groups", "member"), pools(&root), nodes].concat()
        }
        "node" => balancer_nodes(&root),
        "replica" => of_databases(&root, "replicas"),
        field => called(&root, &format!("{field}s"), "name"),
    };
    let faults = targets.into_iter().map(|target| format!("{kind}:{target}@"));
    faults.filter(|fault| fault.starts_with(typed)).collect()
}

/// What a `--do` that starts like `typed` may be, once it has a time: `4m: failover database/`, then
/// `4m: failover database/orders`. Nothing, if the scenario cannot be read.
///
/// ```
/// use cloudsim_scenario::{MemoryFiles, complete_intervention};
/// let next = complete_intervention(&MemoryFiles::default(), "az-a-outage", "4m: shift-away zone/");
/// assert_eq!(next, ["4m: shift-away zone/a", "4m: shift-away zone/b", "4m: shift-away zone/c"]);
/// ```
#[must_use]
pub fn complete_intervention(files: &impl Files, name: &str, typed: &str) -> Vec<String> {
    let Some((_, rest)) = typed.split_once(':') else { return Vec::new() };
    let begun = rest.trim_start();
    let before = &typed[..typed.len() - begun.len()];
    let next: Vec<String> = match begun.split_once('/') {
        None => FORMS.iter().map(|form| format!("{} {}/", form.word, form.kinds[0])).collect(),
        Some((so_far, _)) => {
            let mut words = so_far.split_whitespace();
            let (Some(word), Some(kind), None) = (words.next(), words.next(), words.next()) else {
                return Vec::new();
            };
            let form = FORMS.iter().find(|form| form.word == word && form.kinds.contains(&kind));
            let (Some(form), Some(root)) = (form, tree(files, name)) else { return Vec::new() };
            let names = match form.kinds[0] {
                "group" => called(&root, "auto_scaling_groups", "name"),
                "instance" => [called(&root, "auto_scaling_groups", "member"), pools(&root)].concat(),
                "replica" | "backup" => of_databases(&root, &format!("{}s", form.kinds[0])),
                "node" => {
                    let mut of_nodes = root.clone();
                    let groups = of_nodes.fields_mut().into_iter().flatten();
                    for group in groups.filter(|field| field.name == "auto_scaling_groups") {
                        if let Value::List(items) = &mut group.value.value {
                            items.retain(|item| item.field("node").is_some());
                        }
                    }
                    let members = called(&of_nodes, "auto_scaling_groups", "member");
                    [called(&root, "nodes", "name"), members, pools(&root)].concat()
                }
                "quota" => called(&root, "regions", "name"),
                "control" => called(&root, "routing_controls", "name"),
                "image" => called(&root, "machine_images", "name"),
                "record" => called(&root, "dns_records", "name"),
                "statefulset" => called(&root, "stateful_sets", "name"),
                "replicaset" => called(&root, "replica_sets", "name"),
                "daemonset" => called(&root, "daemon_sets", "name"),
                kind => called(&root, &format!("{kind}s"), "name"),
            };
            names.into_iter().map(|name| format!("{so_far}/{name}")).collect()
        }
    };
    let next = next.into_iter().filter(|next| next.starts_with(begun));
    next.map(|next| format!("{before}{next}")).collect()
}

/// What the items of a list are called by a field, or else by their name.
fn called(node: &Node, list: &str, field: &str) -> Vec<String> {
    let items = node.field(list).and_then(Node::items).unwrap_or_default();
    let text = |item: &Node| item.field(field).or(item.field("name"))?.text().map(str::to_owned);
    items.iter().filter_map(text).collect()
}

/// What the things of a list of all databases are called.
fn of_databases(root: &Node, list: &str) -> Vec<String> {
    let databases = root.field("databases").and_then(Node::items).unwrap_or_default();
    databases.iter().flat_map(|database| called(database, list, "name")).collect()
}

/// What the nodes of load balancers are called: by that and the zone of each of its subnets.
fn balancer_nodes(root: &Node) -> Vec<String> {
    let text = |node: &Node, field: &str| node.field(field).and_then(Node::text).map(str::to_owned);
    let subnets = root.field("subnets").and_then(Node::items).unwrap_or_default();
    let zone_of = |name: &str| {
        let subnet = subnets.iter().find(|subnet| text(subnet, "name").as_deref() == Some(name));
        subnet.and_then(|subnet| text(subnet, "zone"))
    };
    let balancers = root.field("load_balancers").and_then(Node::items).unwrap_or_default();
    let nodes = balancers.iter().flat_map(|balancer| {
        let name = text(balancer, "name").unwrap_or_default();
        let names = balancer.field("subnets").and_then(Node::items).unwrap_or_default();
        let zones = names.iter().filter_map(Node::text).filter_map(zone_of);
        zones.map(|zone| format!("{name}/{zone}")).collect::<Vec<String>>()
    });
    nodes.collect()
}

/// What the instances of node pools are called.
fn pools(root: &Node) -> Vec<String> {
    let clusters = root.field("clusters").and_then(Node::items).unwrap_or_default();
    let karpenters = clusters.iter().filter_map(|cluster| cluster.field("karpenter"));
    karpenters.flat_map(|karpenter| called(karpenter, "node_pools", "name")).collect()
}

/// The merged scenario, right or not.
fn tree(files: &impl Files, name: &str) -> Option<Node> {
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let documents = read_all(files, name, &mut sources, &mut problems);
    let mut root = merge(documents, &mut problems)?.root;
    name_trials(&mut root);
    Some(root)
}

/// A part of something, what the file says of it, and its place in the language: `auto_scaling_groups.server`.
struct Step<'a> {
    name: String,
    node: Option<&'a Node>,
    place: String,
}

fn go_on(path: String, steps: Vec<Step<'_>>, typed: &str, language: &[String]) -> Vec<String> {
    let mut next = Vec::new();
    for Step { name, node, place } in steps {
        let here = format!("{path}{name}");
        let below = node.map(|node| below(node, &place, language)).unwrap_or_default();
        if below.is_empty() {
            next.extend(Some(format!("{here}=")).filter(|here| here.starts_with(typed)));
        } else if typed.starts_with(&format!("{here}.")) {
            next.extend(go_on(format!("{here}."), below, typed, language));
        } else if here.starts_with(typed) {
            next.push(format!("{here}."));
        }
    }
    next
}

/// What is inside of a value: what the file says, and what else the language knows.
fn below<'a>(node: &'a Node, place: &str, language: &[String]) -> Vec<Step<'a>> {
    match &node.value {
        Value::Struct(variant, _) => {
            let place =
                variant.as_ref().map_or_else(|| place.to_owned(), |variant| format!("{place}.{variant}"));
            let start = format!("{place}.");
            // What begins with a capital letter is a variant.
            let known = language.iter().filter_map(|path| path.strip_prefix(&start));
            let known = known.filter(|name| !name.contains('.') && name.starts_with(char::is_lowercase));
            let written = node.fields().unwrap_or_default().iter().map(|field| field.name.as_str());
            let others = known.filter(|name| node.field(name).is_none());
            let names: Vec<&str> = written.chain(others).collect();
            let step = |name: &str| Step {
                name: name.to_owned(),
                node: node.field(name),
                place: format!("{place}.{name}"),
            };
            names.into_iter().map(step).collect()
        }
        Value::List(items) => {
            let list = place.rsplit('.').next().unwrap_or(place);
            let named = items.iter().filter_map(|item| Some((identity(list, item)?.0, item)));
            named.map(|(name, item)| Step { name, node: Some(item), place: place.to_owned() }).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;

    fn set(typed: &str) -> Vec<String> {
        complete_set(&MemoryFiles::default(), "az-a-outage-ec2", typed)
    }

    #[test]
    fn a_setting_is_completed_part_by_part() {
        assert_eq!(set("target_g"), ["target_groups."]);
        assert_eq!(set("dur"), ["duration="]);
        assert_eq!(set("target_groups."), ["target_groups.backend.", "target_groups.frontend."]);
        // The file does not say it; the language knows it.
        assert_eq!(set("target_groups.frontend.interv"), ["target_groups.frontend.interval="]);
        assert_eq!(
            set("auto_scaling_groups.frontend.server.w"),
            ["auto_scaling_groups.frontend.server.workers="]
        );
        assert_eq!(set("dns_records.shop.example.com.al"), ["dns_records.shop.example.com.alias="]);
        assert_eq!(
            set("faults.a-dark."),
            ["at", "lasts", "name", "zone"].map(|field| format!("faults.a-dark.{field}="))
        );
        assert_eq!(
            set("auto_scaling_groups.frontend.server.st"),
            ["auto_scaling_groups.frontend.server.start="]
        );
        assert!(set("nothing.of.that").is_empty());
    }

    #[test]
    fn every_completed_setting_is_one_that_set_takes() {
        fn walk(typed: &str, found: &mut Vec<String>) {
            for next in set(typed) {
                if next.ends_with('.') { walk(&next, found) } else { found.push(next) }
            }
        }
        let mut found = Vec::new();
        walk("", &mut found);
        assert!(found.len() > 100, "{found:?}");
        let whole = tree(&MemoryFiles::default(), "az-a-outage-ec2").expect("it ships");
        let place = whole.span;
        for path in found {
            let mut root = whole.clone();
            let value = Node { span: place, value: Value::Text("x".into()) };
            let path = path.trim_end_matches('=');
            assert!(super::super::set(&mut root, path, place, value).is_ok(), "{path}");
        }
    }

    #[test]
    fn an_intervention_is_completed_by_action_and_target() {
        let next = |typed: &str| complete_intervention(&MemoryFiles::default(), "az-a-outage-ec2", typed);
        assert_eq!(next("4m: fail"), ["4m: failover database/"]);
        assert_eq!(next("4m:shift"), ["4m:shift-away zone/", "4m:shift-back zone/"]);
        assert_eq!(next("4m: failover db/"), ["4m: failover db/orders"]);
        assert_eq!(next("4m: promote replica/"), ["4m: promote replica/orders-replica"]);
        assert_eq!(next("4m: restart instance/f"), ["4m: restart instance/frontend-server"]);
        assert!(next("4").is_empty() && next("4m: failover zone/").is_empty() && next("4m: /").is_empty());
        let shop = MemoryFiles::from([("shop.ron", include_str!("../../tests/shop.ron"))]);
        let later = r#"(
            version: 1, name: "later", duration: "1m",
            databases: [(name: "orders", backups: [(name: "far")])], stacks: [(name: "west")],
            dns_records: [(name: "www")], routing_controls: [(name: "east-on")],
            machine_images: [(name: "web")], secrets: [(name: "login")],
        )"#;
        let later = MemoryFiles::from([("later.ron", later)]);
        for whole in FORMS.iter().map(|form| format!("4m: {} {}/", form.word, form.kinds[0])) {
            assert_eq!(next(&whole[..whole.len() - 1]), std::slice::from_ref(&whole));
            let in_a_cluster = complete_intervention(&shop, "shop.ron", &whole);
            let of_two_regions = complete_intervention(&later, "later.ron", &whole);
            let some = [next(&whole), in_a_cluster, of_two_regions].concat();
            assert!(!some.is_empty(), "the flagship or the shop has something to act on by {whole}");
        }
    }

    #[test]
    fn a_fault_is_completed_by_kind_and_target() {
        let fault = |typed: &str| complete_fault(&MemoryFiles::default(), "az-a-outage-ec2", typed);
        assert_eq!(fault("zo"), ["zone:"]);
        assert_eq!(fault("host:f"), ["host:frontend-server@"]);
        assert_eq!(fault("nat:nat-"), ["nat:nat-a@", "nat:nat-b@"]);
        assert!(fault("flood:").is_empty());
        assert_eq!(fault("balancer-node:frontend-alb/a"), ["balancer-node:frontend-alb/a@"]);
        let some = ["az-a-outage-ec2", "az-a-outage", "dr-warm"];
        for (kind, _, _) in KINDS {
            let typed = format!("{kind}:");
            let next = |name: &str| complete_fault(&MemoryFiles::default(), name, &typed);
            assert!(some.iter().any(|name| !next(name).is_empty()), "something can be broken by {kind}");
        }
    }
}
