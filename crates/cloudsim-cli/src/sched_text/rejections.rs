//! Why nodes were rejected, those with the same reason in one line.

use super::{Detail, INDENT, KINDS, NAMES, ROWS, listed, nodes, paragraph, title};
use crate::look::{Look, columns_of};
use cloudsim_kube_scheduler::explain::{Case, Expect, Rejected};
use cloudsim_kube_scheduler::framework::{Code, Obstacle, Skew, Status, Unmet};
use cloudsim_kube_scheduler::objects::{ClaimKey, PodKey, ResourceName, Text};
use cloudsim_measures::draw::Colour;
use cloudsim_scenario::printable;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes that one plugin rejects with the same words.
struct Rejection {
    status: Status,
    /// By what would have to change, the nodes.
    kinds: BTreeMap<(Vec<String>, Option<Text>), Kind>,
    count: usize,
}

struct Kind {
    nodes: Vec<String>,
    /// How far the nodes are from fitting; less is nearer.
    distance: (usize, i128),
}

pub(super) fn rejections(out: &mut String, case: &Case, decided: &Expect<'_>, detail: Detail, look: Look) {
    if decided.pre_filter().is_some() {
        title(out, "no node was looked at", look);
        paragraph(out, 2, &pre_filter_text(case, decided), look);
        return;
    }
    let mut rejections: Vec<Rejection> = Vec::new();
    let mut alike: BTreeMap<(String, Vec<String>, bool), usize> = BTreeMap::new();
    let mut count = 0;
    for rejected in decided.rejected() {
        count += 1;
        let plugin = rejected.status.plugin.map(|plugin| plugin.to_string()).unwrap_or_default();
        let words = rejected.status.reasons.iter().map(ToString::to_string).collect();
        let hope = rejected.status.code == Code::Unschedulable;
        let at = *alike.entry((plugin, words, hope)).or_insert_with(|| {
            let status = rejected.status.clone();
            rejections.push(Rejection { status, kinds: BTreeMap::new(), count: 0 });
            rejections.len() - 1
        });
        let rejection = &mut rejections[at];
        rejection.count += 1;
        let distance = distance(&rejected);
        let own = (detail == Detail::Everything).then(|| rejected.node.name().clone());
        let kind = rejection.kinds.entry((changes(&rejected, detail), own));
        let kind = kind.or_insert_with(|| Kind { nodes: Vec::new(), distance });
        kind.nodes.push(printable(rejected.node.name()));
        kind.distance = kind.distance.min(distance);
    }
    if count == 0 {
        return;
    }
    title(out, &format!("rejected: {count} of {}", nodes(case.cluster.len())), look);
    rejections.sort_by_key(|rejection| Reverse(rejection.count));
    let shown = rejections.len().min(detail.shown(ROWS));
    for rejection in &rejections[..shown] {
        let status = &rejection.status;
        let by = status.plugin.map(|plugin| format!("{plugin}: ")).unwrap_or_default();
        let hope = if status.code == Code::Unschedulable {
            "evicting pods may help"
        } else {
            "evicting pods does not help"
        };
        let head = format!("{}: {by}{} ({hope})", nodes(rejection.count), printable(&status.message()));
        look.lines(out, &look.paint(Colour::Red, "✗"), &[], &head);
        kinds(out, rejection, detail, look);
    }
    let left: usize = rejections[shown..].iter().map(|rejection| rejection.count).sum();
    if left > 0 {
        paragraph(out, 2, &format!("… and {} for other reasons; --all shows them", nodes(left)), look);
    }
}

/// What would have to change, the nearest nodes first.
fn kinds(out: &mut String, rejection: &Rejection, detail: Detail, look: Look) {
    let mut kinds: Vec<(&Vec<String>, &Kind)> =
        rejection.kinds.iter().map(|((changes, _), kind)| (changes, kind)).collect();
    kinds.sort_by(|(_, a), (_, b)| {
        let near = |kind: &Kind| (kind.distance, Reverse(kind.nodes.len()));
        near(a).cmp(&near(b)).then_with(|| a.nodes.cmp(&b.nodes))
    });
    let shown = &kinds[..kinds.len().min(detail.shown(KINDS))];
    let names = |kind: &Kind| listed(kind.nodes.iter().cloned(), detail.shown(NAMES));
    // One long list of names does not push all changes to the right.
    let width = shown
        .iter()
        .map(|(_, kind)| columns_of(&names(kind)))
        .filter(|width| *width <= 40)
        .max()
        .unwrap_or(0);
    for (changes, kind) in shown {
        let names = names(kind);
        let width = width.max(columns_of(&names).min(40));
        if columns_of(&names) > 40 {
            paragraph(out, INDENT, &names, look);
            for change in *changes {
                paragraph(out, INDENT + 2, change, look);
            }
            continue;
        }
        let mut changes = changes.iter();
        let first = changes.next().map_or("", String::as_str);
        look.lines(out, " ", &[(names, width)], first);
        for change in changes {
            look.lines(out, " ", &[(String::new(), width)], change);
        }
    }
    let left: usize = kinds[shown.len()..].iter().map(|(_, kind)| kind.nodes.len()).sum();
    if left > 0 {
        paragraph(out, INDENT, &format!("… and {}; --all shows them", nodes(left)), look);
    }
}

fn pre_filter_text(case: &Case, decided: &Expect<'_>) -> String {
    let Some(status) = decided.pre_filter() else { return String::new() };
    let by = status.plugin.map(|plugin| format!("{plugin}: ")).unwrap_or_default();
    let mut text = format!("{by}{}", printable(&status.message()));
    let named: BTreeSet<String> = case
        .pod
        .required_nodes
        .iter()
        .flat_map(|required| &required.terms)
        .flat_map(|term| &term.names)
        .map(ToString::to_string)
        .collect();
    if !named.is_empty() {
        text.push_str(&printable(&format!(
            "; the pod's node affinity asks for {}",
            Vec::from_iter(named).join(", ")
        )));
    }
    text
}

/// How many things would have to change, and how much of resources is short, in thousandths of what is asked.
fn distance(rejected: &Rejected<'_>) -> (usize, i128) {
    let obstacles = || rejected.objections.iter().flat_map(|objection| &objection.obstacles);
    let short = |obstacle: &Obstacle| match obstacle {
        Obstacle::Resource { asked, free, .. } => {
            (i128::from(*asked) - i128::from(*free)) * 1000 / i128::from(*asked).max(1)
        }
        Obstacle::Skew(skew) => i128::from(skew.excess()) * 1000,
        _ => 0,
    };
    (obstacles().count(), obstacles().map(short).sum())
}

/// What would have to change on a node; all of it.
fn changes(rejected: &Rejected<'_>, detail: Detail) -> Vec<String> {
    let first = rejected.objections.first().map(|objection| objection.plugin);
    let mut changes = Vec::new();
    for objection in &rejected.objections {
        let also = if Some(objection.plugin) == first
            && rejected.status.plugin.is_none_or(|plugin| Some(plugin) == first)
        {
            String::new()
        } else {
            format!("also {}: ", objection.plugin)
        };
        if objection.obstacles.is_empty() && !also.is_empty() {
            changes.push(format!("{also}{}", printable(&objection.status.message())));
        }
        let shown = detail.shown(NAMES + 1);
        let texts = objection.obstacles.iter().take(shown).map(|obstacle| obstacle_text(obstacle, detail));
        changes.extend(texts.map(|text| printable(&format!("{also}{text}"))));
        let more = objection.obstacles.len().saturating_sub(shown);
        if more > 0 {
            changes.push(format!("{also}and {more} more"));
        }
    }
    if !rejected.waiting.is_empty() {
        let waiting = pods(&rejected.waiting, detail);
        changes
            .push(printable(&format!("room there is kept for {waiting}, nominated and no less important")));
    }
    changes
}

pub(super) fn pods(pods: &[PodKey], detail: Detail) -> String {
    listed(pods.iter().map(ToString::to_string), detail.shown(NAMES))
}

fn obstacle_text(obstacle: &Obstacle, detail: Detail) -> String {
    match obstacle {
        Obstacle::Cordoned => {
            "uncordon it, or tolerate node.kubernetes.io/unschedulable:NoSchedule".to_owned()
        }
        Obstacle::NamesNode(name) => format!("the pod asks for node {name} by name"),
        Obstacle::Taint(taint) => format!("tolerate {taint}, or remove it"),
        Obstacle::NodeSelector(unmet) => format!("the node selector wants {}", unmet_text(unmet)),
        Obstacle::NodeAffinity { enforced, terms } => affinity_text(*enforced, terms),
        Obstacle::HostPort { wanted, taken_by } => {
            format!("port {wanted} is taken by {taken_by}")
        }
        Obstacle::TooManyPods { pods, allowed } => {
            let go = i64::try_from(*pods).unwrap_or(i64::MAX).saturating_add(1).saturating_sub(*allowed);
            format!("{pods} pods of {allowed} are there; {go} would have to go")
        }
        Obstacle::Resource { name, asked, free, allocatable } => {
            resource_text(name, *asked, *free, *allocatable)
        }
        Obstacle::NoDomain { topology_key } => {
            format!("the node lacks the label {topology_key}, which the spread constraint needs")
        }
        Obstacle::Skew(skew) => skew_text(skew, detail),
        Obstacle::Alone { topology_key, domain, selectors, company } => {
            let Some(domain) = domain else {
                return format!("the node lacks the label {topology_key}, which the affinity term needs");
            };
            let selectors: Vec<String> = selectors.iter().map(ToString::to_string).collect();
            let selector = selectors.join(" and ");
            if company.is_empty() {
                return format!(
                    "needs a pod with {selector} in {topology_key}={domain}; no such pod is in any {topology_key}"
                );
            }
            let others = company.iter().map(|(domain, count)| format!("{domain} ({count})"));
            format!(
                "needs a pod with {selector} in {topology_key}={domain}; there are some in {}",
                listed(others, detail.shown(NAMES))
            )
        }
        Obstacle::Conflict { own, topology_key, domain, pods: others } => {
            let others = pods(others, detail);
            if *own {
                format!("the pod keeps away from {others} in {topology_key}={domain}")
            } else {
                format!("{others} in {topology_key}={domain} keeps it away")
            }
        }
        Obstacle::OutOfReach { claim, volume } => {
            format!("volume {volume} of claim {claim} cannot be reached from it")
        }
        Obstacle::NoSuchVolume { claim, volume } => {
            format!("claim {claim} is bound to volume {volume}, which does not exist")
        }
        Obstacle::NoVolumeFor { claims } => {
            format!(
                "no volume that it reaches is free for {}, and none can be made",
                claims_text(claims, detail)
            )
        }
        Obstacle::NoStorageFor { claims } => {
            format!(
                "no storage that it reaches has room to make a volume for {}",
                claims_text(claims, detail)
            )
        }
        Obstacle::VolumeElsewhere { topology_key, values, found } => {
            let values = listed(values.iter().map(ToString::to_string), detail.shown(NAMES));
            let found = found.as_ref().map_or("lacks the label".to_owned(), |found| format!("is in {found}"));
            format!("a volume is in {topology_key} {values}, the node {found}")
        }
        Obstacle::DiskInUse { pods: others } => format!("{} has the same disk", pods(others, detail)),
        Obstacle::ClaimInUse { claims } => {
            let claims = listed(claims.iter().map(ToString::to_string), detail.shown(NAMES));
            format!("another pod uses {claims}, which one pod alone may use")
        }
        Obstacle::TooManyVolumes { driver, attached, new, allowed } => {
            format!("{attached} volumes of {driver} are attached and {new} would come, {allowed} are allowed")
        }
    }
}

fn claims_text(claims: &[ClaimKey], detail: Detail) -> String {
    listed(claims.iter().map(|claim| format!("claim {claim}")), detail.shown(NAMES))
}

fn unmet_text(unmet: &[Unmet]) -> String {
    let one = |Unmet { requirement, found }: &Unmet| match found {
        Some(found) => format!("{requirement}, the node has {found}"),
        None => format!("{requirement}, the node lacks it"),
    };
    unmet.iter().map(one).collect::<Vec<_>>().join("; and ")
}

fn affinity_text(enforced: bool, terms: &[Vec<Unmet>]) -> String {
    let whose = if enforced { "the profile's node affinity" } else { "node affinity" };
    let nearest = terms.iter().filter(|unmet| !unmet.is_empty()).min_by_key(|unmet| unmet.len());
    let Some(nearest) = nearest else { return format!("{whose} has no term that chooses any node") };
    let among = if terms.len() > 1 { format!(" (nearest of {} terms)", terms.len()) } else { String::new() };
    format!("{whose} wants {}{among}", unmet_text(nearest))
}

fn resource_text(name: &ResourceName, asked: i64, free: i64, allocatable: i64) -> String {
    let short = i128::from(asked) - i128::from(free);
    let free_text = if free < 0 { "nothing".to_owned() } else { amount(name, i128::from(free)) };
    let text = format!(
        "{}: {} asked, {free_text} free of {}, {} short",
        name.as_str(),
        amount(name, i128::from(asked)),
        amount(name, i128::from(allocatable)),
        amount(name, short)
    );
    if asked > allocatable { format!("{text}; the node is too small even when empty") } else { text }
}

/// An amount as manifests write it, with at most two decimals.
fn amount(name: &ResourceName, amount: i128) -> String {
    const UNITS: [(&str, u32); 6] = [("Ei", 60), ("Pi", 50), ("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
    let bytes = match name {
        ResourceName::Memory | ResourceName::EphemeralStorage => true,
        ResourceName::Scalar(name) => name.starts_with("hugepages-"),
        _ => false,
    };
    if *name == ResourceName::Cpu {
        return if amount % 1000 == 0 { (amount / 1000).to_string() } else { format!("{amount}m") };
    }
    let unit = UNITS.iter().find(|(_, bits)| bytes && amount >= 1 << bits);
    let Some((unit, bits)) = unit else { return amount.to_string() };
    let hundredths = amount * 100 / (1 << bits);
    // What two decimals would round away is told to the byte.
    if hundredths * (1 << bits) != amount * 100 && amount % 1024 != 0 {
        return amount.to_string();
    }
    match (hundredths / 100, hundredths % 100) {
        (whole, 0) => format!("{whole}{unit}"),
        (whole, part) => format!("{whole}.{part:02}{unit}"),
    }
}

fn skew_text(skew: &Skew, detail: Detail) -> String {
    let Skew {
        topology_key,
        domain,
        count,
        counts_itself,
        least,
        least_in,
        domains,
        min_domains,
        max_skew,
        ..
    } = skew;
    let itself = if *counts_itself { " and would get this pod" } else { "" };
    let held = if skew.lacks_domains() {
        format!("of {domains} domains, fewer than minDomains {min_domains}, the least counts as 0")
    } else {
        format!(
            "the least is {least} in {}",
            listed(least_in.iter().map(ToString::to_string), detail.shown(NAMES))
        )
    };
    let excess = skew.excess();
    let fewer = format!("{excess} fewer there");
    let cure = if skew.lacks_domains() || skew.missing_elsewhere == 0 {
        format!("{fewer} or maxSkew {} would do", skew.skew())
    } else {
        format!("{fewer}, {} more elsewhere or maxSkew {} would do", skew.missing_elsewhere, skew.skew())
    };
    format!(
        "{topology_key}={domain} has {count}{itself}, {held}: a skew of {}, {max_skew} is allowed; {cure}",
        skew.skew()
    )
}
