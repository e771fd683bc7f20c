//! What stands in a world at a time, kind by kind, as rows of cells. How they are printed is not known here.
//!
//! A kind is one row of [`KINDS`] and one function that fills its table.

mod balancing;
mod cell;
mod databases;
mod dynamodb;
pub(crate) mod kubernetes;
mod network;
mod prices;
mod regional;
mod security;
mod servers;
mod trial;
mod workload;

pub use cell::Cell;

use crate::Paused;

/// A kind of things that can be asked for.
#[derive(Debug)]
pub struct Kind {
    /// What it is called in scenario files: `load_balancers`.
    pub plural: &'static str,
    /// One of them: `load_balancer`.
    pub singular: &'static str,
    /// What people type instead.
    pub short: &'static [&'static str],
    /// The columns of its table.
    pub columns: &'static [Column],
    /// How kubectl has it, if it is what the API of a cluster has of it.
    pub kubectl: Option<Kubectl>,
    fill: fn(&Paused) -> Table,
}

/// How kubectl names and prints a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kubectl {
    /// Its resource and the group of that: `deployment.apps`.
    pub resource: &'static str,
    /// Whether its things are in namespaces; their names here begin with them.
    pub namespaced: bool,
    /// How many columns stand before the name.
    pub before_name: usize,
}

/// Things of one kind. The first column is their name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// A cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in documents for programs: `launched_s`. What ends in `_s` holds seconds; `kind` is no name of a column,
    /// because there it says what kind of thing an object is.
    pub key: &'static str,
    /// Where it is shown.
    pub shown: Shown,
    /// What stands in its cells.
    pub content: Content,
    /// What is printed of a cell that is [`Cell::None`], if one may be.
    pub none: Option<&'static str>,
    /// Its heading, if that is not made of its name.
    pub heading: Option<&'static str>,
}

/// Where a column is shown. Documents for programs have all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// In every table.
    Always,
    /// In tables for people who ask for more.
    Wide,
    /// In documents alone: kubectl has no such column.
    Documents,
}

/// What stands in the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A name or a word.
    Text,
    /// A number of things.
    Count,
    /// Yes or no.
    Flag,
    /// An instant or a span of time.
    Seconds,
    /// Names or words.
    List,
    /// Names, each with a word.
    Words,
    /// Names, each with a number of things.
    Counts,
}

impl Column {
    const fn or_none(self) -> Self {
        self.or("<none>")
    }

    /// Some of its cells are empty, of which that is printed.
    const fn or(self, none: &'static str) -> Self {
        Self { none: Some(none), ..self }
    }

    /// It is in documents alone.
    const fn unprinted(self) -> Self {
        Self { shown: Shown::Documents, ..self }
    }

    const fn headed(self, heading: &'static str) -> Self {
        Self { heading: Some(heading), ..self }
    }

    /// Whether a cell may stand in it.
    #[must_use]
    pub fn takes(&self, cell: &Cell) -> bool {
        match (self.content, cell) {
            (_, Cell::None) => self.none.is_some(),
            (Content::Text, Cell::Text(_))
            | (Content::Count, Cell::Count(_) | Cell::Times(..))
            | (Content::Flag, Cell::Flag(_))
            | (Content::Seconds, Cell::Instant(_) | Cell::Span(_))
            | (Content::List, Cell::List(_)) => true,
            (Content::Words, Cell::Pairs(pairs)) => {
                pairs.iter().all(|(_, cell)| matches!(cell, Cell::Text(_)))
            }
            (Content::Counts, Cell::Pairs(pairs)) => {
                pairs.iter().all(|(_, cell)| matches!(cell, Cell::Count(_)))
            }
            _ => false,
        }
    }
}

const fn kind(
    plural: &'static str,
    singular: &'static str,
    short: &'static [&'static str],
    columns: &'static [Column],
    fill: fn(&Paused) -> Table,
) -> Kind {
    Kind { plural, singular, short, columns, kubectl: None, fill }
}

/// Every kind, in the order in which all of them are shown. A new kind is a row here.
pub static KINDS: &[Kind] = &[
    kind("regions", "region", &[], &network::REGIONS, network::regions),
    kind("zones", "zone", &["az"], &network::ZONES, network::zones),
    kind("vpcs", "vpc", &[], &network::VPCS, network::vpcs),
    kind("subnets", "subnet", &["sn"], &network::SUBNETS, network::subnets),
    kind("route_tables", "route_table", &["rt"], &network::ROUTE_TABLES, network::route_tables),
    kind("security_groups", "security_group", &["sg"], &security::SECURITY_GROUPS, security::security_groups),
    kind("network_acls", "network_acl", &["acl", "nacl"], &security::NETWORK_ACLS, security::network_acls),
    kind("vpc_endpoints", "vpc_endpoint", &["vpce"], &security::VPC_ENDPOINTS, security::vpc_endpoints),
    kind(
        "internet_gateways",
        "internet_gateway",
        &["igw"],
        &network::INTERNET_GATEWAYS,
        network::internet_gateways,
    ),
    kind("nat_gateways", "nat_gateway", &["nat"], &network::NAT_GATEWAYS, network::nat_gateways),
    kind("health_checks", "health_check", &[], &balancing::HEALTH_CHECKS, balancing::health_checks),
    kind(
        "routing_controls",
        "routing_control",
        &["control"],
        &balancing::ROUTING_CONTROLS,
        balancing::routing_controls,
    ),
    kind("dns_records", "dns_record", &["dns"], &balancing::DNS_RECORDS, balancing::dns_records),
    kind(
        "load_balancers",
        "load_balancer",
        &["lb", "alb"],
        &balancing::LOAD_BALANCERS,
        balancing::load_balancers,
    ),
    kind("balancer_nodes", "balancer_node", &["bn"], &balancing::BALANCER_NODES, balancing::balancer_nodes),
    kind("target_groups", "target_group", &["tg"], &balancing::TARGET_GROUPS, balancing::target_groups),
    kind("targets", "target", &[], &balancing::TARGETS, balancing::targets),
    kind("machine_images", "machine_image", &["ami"], &regional::MACHINE_IMAGES, regional::machine_images),
    kind(
        "auto_scaling_groups",
        "auto_scaling_group",
        &["asg", "group"],
        &servers::AUTO_SCALING_GROUPS,
        servers::auto_scaling_groups,
    ),
    kind("instances", "instance", &["ec2", "i"], &servers::INSTANCES, servers::instances),
    kind("databases", "database", &["db", "rds"], &databases::DATABASES, databases::databases),
    kind(
        "database_instances",
        "database_instance",
        &["dbi"],
        &databases::DATABASE_INSTANCES,
        databases::database_instances,
    ),
    kind("secrets", "secret", &[], &regional::SECRETS, regional::secrets),
    kind("tables", "table", &["ddb"], &dynamodb::TABLES, dynamodb::tables),
    kind("clusters", "cluster", &[], &kubernetes::CLUSTERS, kubernetes::clusters),
    kind("namespaces", "namespace", &["ns"], &kubernetes::NAMESPACES, kubernetes::namespaces)
        .on_the_cluster("namespace"),
    kind("nodes", "node", &["no"], &kubernetes::NODES, kubernetes::nodes).on_the_cluster("node"),
    kind("pods", "pod", &["po"], &kubernetes::PODS, kubernetes::pods).in_namespaces("pod"),
    kind("deployments", "deployment", &["deploy"], &kubernetes::DEPLOYMENTS, kubernetes::deployments)
        .in_namespaces("deployment.apps"),
    kind("replica_sets", "replica_set", &["rs"], &kubernetes::REPLICA_SETS, kubernetes::replica_sets)
        .in_namespaces("replicaset.apps"),
    kind("stateful_sets", "stateful_set", &["sts"], &kubernetes::STATEFUL_SETS, kubernetes::stateful_sets)
        .in_namespaces("statefulset.apps"),
    kind("daemon_sets", "daemon_set", &["ds"], &kubernetes::DAEMON_SETS, kubernetes::daemon_sets)
        .in_namespaces("daemonset.apps"),
    kind("jobs", "job", &[], &kubernetes::JOBS, kubernetes::jobs).in_namespaces("job.batch"),
    kind(
        "pod_disruption_budgets",
        "pod_disruption_budget",
        &["pdb"],
        &kubernetes::BUDGETS,
        kubernetes::budgets,
    )
    .in_namespaces("poddisruptionbudget.policy"),
    kind("endpoint_slices", "endpoint_slice", &[], &kubernetes::ENDPOINT_SLICES, kubernetes::endpoint_slices)
        .in_namespaces("endpointslice.discovery.k8s.io"),
    kind("cron_jobs", "cron_job", &["cj"], &kubernetes::CRON_JOBS, kubernetes::cron_jobs)
        .in_namespaces("cronjob.batch"),
    kind(
        "horizontal_pod_autoscalers",
        "horizontal_pod_autoscaler",
        &["hpa"],
        &kubernetes::AUTOSCALERS,
        kubernetes::autoscalers,
    )
    .in_namespaces("horizontalpodautoscaler.autoscaling"),
    kind(
        "persistent_volume_claims",
        "persistent_volume_claim",
        &["pvc"],
        &kubernetes::CLAIMS,
        kubernetes::claims,
    )
    .in_namespaces("persistentvolumeclaim"),
    kind("persistent_volumes", "persistent_volume", &["pv"], &kubernetes::VOLUMES, kubernetes::volumes)
        .on_the_cluster("persistentvolume"),
    kind("node_claims", "node_claim", &[], &kubernetes::NODE_CLAIMS, kubernetes::node_claims)
        .on_the_cluster("nodeclaim.karpenter.sh"),
    kind("events", "event", &["ev"], &kubernetes::EVENTS, kubernetes::events)
        .in_namespaces("event")
        .named_after(3),
    kind("endpoints", "endpoint", &["ep"], &workload::ENDPOINTS, workload::endpoints),
    kind("clients", "client", &[], &workload::CLIENTS, workload::clients),
    kind("classes", "class", &[], &workload::CLASSES, workload::classes),
    kind("services", "service", &["svc"], &workload::SERVICES, workload::services),
    kind("traffic", "traffic", &[], &workload::TRAFFIC, workload::traffic),
    kind("faults", "fault", &[], &trial::FAULTS, trial::faults),
    kind("runbooks", "runbook", &[], &trial::RUNBOOKS, trial::runbooks),
    kind("stacks", "stack", &[], &trial::STACKS, trial::stacks),
    kind("prices", "price", &[], &prices::PRICES, prices::prices),
    kind("objectives", "objective", &["slo"], &trial::OBJECTIVES, trial::objectives),
];

impl Kind {
    const fn on_the_cluster(self, resource: &'static str) -> Self {
        Self { kubectl: Some(Kubectl { resource, namespaced: false, before_name: 0 }), ..self }
    }

    const fn in_namespaces(self, resource: &'static str) -> Self {
        Self { kubectl: Some(Kubectl { resource, namespaced: true, before_name: 0 }), ..self }
    }

    const fn named_after(self, before_name: usize) -> Self {
        let Some(kubectl) = self.kubectl else { panic!("only kubectl has the name elsewhere") };
        Self { kubectl: Some(Kubectl { before_name, ..kubectl }), ..self }
    }

    /// The kind that a word means: its plural, singular or a short name, in any case, with `-` or nothing for `_`, and with
    /// its group if the API of a cluster has it.
    ///
    /// ```
    /// assert_eq!(cloudsim::Kind::of("ASG").map(|kind| kind.plural), Some("auto_scaling_groups"));
    /// assert_eq!(cloudsim::Kind::of("deploy.apps").map(|kind| kind.plural), Some("deployments"));
    /// assert_eq!(cloudsim::Kind::of("load-balancer").map(|kind| kind.plural), Some("load_balancers"));
    /// assert!(cloudsim::Kind::of("buckets").is_none());
    /// ```
    #[must_use]
    pub fn of(word: &str) -> Option<&'static Self> {
        let plain = |name: &str| name.to_lowercase().replace(['_', '-'], "");
        let (word, group) = word.split_once('.').map_or((word, None), |(word, group)| (word, Some(group)));
        let word = plain(word);
        KINDS.iter().find(|kind| {
            let has_group = group.is_none_or(|group| kind.group() == Some(group));
            has_group && kind.names().any(|name| plain(name) == word)
        })
    }

    /// The group of the API that has it.
    fn group(&self) -> Option<&'static str> {
        self.kubectl.and_then(|kubectl| kubectl.resource.split_once('.')).map(|(_, group)| group)
    }

    /// All its names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        [self.plural, self.singular].into_iter().chain(self.short.iter().copied())
    }
}

impl Paused {
    /// What stands there of a kind.
    #[must_use]
    pub fn table(&self, kind: &Kind) -> Table {
        let mut table = (kind.fill)(self);
        if kind.kubectl.is_some_and(|kubectl| kubectl.resource != "event") {
            // As the API lists them; events are sorted by time already, as with `--sort-by=.lastTimestamp`.
            table.rows.sort_by(|a, b| Cell::name(&a[0]).cmp(&Cell::name(&b[0])));
        }
        debug_assert!(
            table
                .rows
                .iter()
                .flat_map(|row| kind.columns.iter().zip(row))
                .all(|(column, cell)| column.takes(cell)),
            "{} hold what their columns say",
            kind.plural
        );
        table
    }
}

impl Table {
    fn new<const N: usize>(columns: [Column; N], rows: impl IntoIterator<Item = [Cell; N]>) -> Self {
        let rows = rows.into_iter().map(|row| row.into_iter().collect()).collect();
        Self { columns: columns.into_iter().collect(), rows }
    }
}

/// A column that everybody sees.
const fn always(key: &'static str, content: Content) -> Column {
    Column { key, shown: Shown::Always, content, none: None, heading: None }
}

/// A column for those who want everything.
const fn wide(key: &'static str, content: Content) -> Column {
    Column { key, shown: Shown::Wide, content, none: None, heading: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_name_means_two_kinds() {
        let mut seen = BTreeSet::new();
        for kind in KINDS {
            let names: BTreeSet<&str> = kind.names().collect();
            for name in names {
                assert!(seen.insert(name), "{name} is taken");
                assert_eq!(Kind::of(name).map(|found| found.plural), Some(kind.plural));
            }
        }
    }
}
