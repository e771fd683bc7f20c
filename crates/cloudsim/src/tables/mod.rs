//! What stands in a world at a time, kind by kind, as rows of cells. How they are printed is not known here.
//!
//! A kind is one row of [`KINDS`] and one function that fills its table.

mod balancing;
mod cell;
mod databases;
mod network;
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
    fill: fn(&Paused) -> Table,
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
    /// Whether people see it only if they ask for everything.
    pub wide: bool,
}

const fn kind(
    plural: &'static str,
    singular: &'static str,
    short: &'static [&'static str],
    fill: fn(&Paused) -> Table,
) -> Kind {
    Kind { plural, singular, short, fill }
}

/// Every kind, in the order in which all of them are shown. A new kind is a row here.
pub static KINDS: &[Kind] = &[
    kind("regions", "region", &[], network::regions),
    kind("zones", "zone", &["az"], network::zones),
    kind("vpcs", "vpc", &[], network::vpcs),
    kind("subnets", "subnet", &["sn"], network::subnets),
    kind("route_tables", "route_table", &["rt"], network::route_tables),
    kind("security_groups", "security_group", &["sg"], security::security_groups),
    kind("network_acls", "network_acl", &["acl", "nacl"], security::network_acls),
    kind("vpc_endpoints", "vpc_endpoint", &["vpce"], security::vpc_endpoints),
    kind("internet_gateways", "internet_gateway", &["igw"], network::internet_gateways),
    kind("nat_gateways", "nat_gateway", &["nat"], network::nat_gateways),
    kind("dns_records", "dns_record", &["dns"], balancing::dns_records),
    kind("load_balancers", "load_balancer", &["lb", "alb"], balancing::load_balancers),
    kind("balancer_nodes", "balancer_node", &["bn"], balancing::balancer_nodes),
    kind("target_groups", "target_group", &["tg"], balancing::target_groups),
    kind("targets", "target", &[], balancing::targets),
    kind("auto_scaling_groups", "auto_scaling_group", &["asg", "group"], servers::auto_scaling_groups),
    kind("instances", "instance", &["ec2", "i"], servers::instances),
    kind("databases", "database", &["db", "rds"], databases::databases),
    kind("database_instances", "database_instance", &["dbi"], databases::database_instances),
    kind("endpoints", "endpoint", &["ep"], workload::endpoints),
    kind("clients", "client", &[], workload::clients),
    kind("classes", "class", &[], workload::classes),
    kind("services", "service", &["svc"], workload::services),
    kind("traffic", "traffic", &[], workload::traffic),
    kind("faults", "fault", &[], trial::faults),
    kind("objectives", "objective", &["slo"], trial::objectives),
];

impl Kind {
    /// The kind that a word means: its plural, singular or a short name, in any case, with `-` or nothing for `_`.
    ///
    /// ```
    /// assert_eq!(cloudsim::Kind::of("ASG").map(|kind| kind.plural), Some("auto_scaling_groups"));
    /// assert_eq!(cloudsim::Kind::of("load-balancer").map(|kind| kind.plural), Some("load_balancers"));
    /// assert!(cloudsim::Kind::of("pods").is_none());
    /// ```
    #[must_use]
    pub fn of(word: &str) -> Option<&'static Self> {
        let plain = |name: &str| name.to_lowercase().replace(['_', '-'], "");
        let word = plain(word);
        KINDS.iter().find(|kind| kind.names().any(|name| plain(name) == word))
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
        (kind.fill)(self)
    }
}

impl Table {
    fn new<const N: usize>(columns: [Column; N], rows: impl IntoIterator<Item = [Cell; N]>) -> Self {
        let rows = rows.into_iter().map(|row| row.into_iter().collect()).collect();
        Self { columns: columns.into_iter().collect(), rows }
    }
}

/// A column that everybody sees.
const fn always(key: &'static str) -> Column {
    Column { key, wide: false }
}

/// A column for those who want everything.
const fn wide(key: &'static str) -> Column {
    Column { key, wide: true }
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
