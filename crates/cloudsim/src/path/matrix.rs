//! Every pair of a world's ends: who reaches whom.

use super::ends::{Named, Place};
use super::{Hop, stopped_by};
use crate::Paused;
use cloudsim_aws::services::vpc::{End, VpcEndpointKind};
use cloudsim_units::Ratio;

/// Who reaches whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// The ends, each of which is a row.
    pub ends: Vec<String>,
    /// The columns: for each end one for each port on which it listens.
    pub columns: Vec<Column>,
    /// For each row a cell for each column.
    pub cells: Vec<Vec<Cell>>,
    /// What a path may be asked of, or may lead through, and has no row of its own.
    pub left_out: Vec<LeftOut>,
}

/// A port of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The end's place among [`Matrix::ends`].
    pub end: usize,
    /// The port. The internet and NAT gateways listen on none: 443 stands for all.
    pub port: u16,
}

/// How one end reaches a port of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nobody asks: both are the same, or both are outside of the cloud.
    Unasked,
    /// Nothing of the one or the other is there at this time.
    Absent,
    /// Whether it does.
    Asked {
        /// How far.
        extent: Extent,
        /// The first thing that stops it somewhere.
        stopped_by: Option<Hop>,
    },
}

/// Whether a way is open from and to all that a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// To all of them, from all source ports.
    All,
    /// Between some of them, or from some source ports.
    Some,
    /// Between none.
    None,
}

/// What has no row, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What it is called.
    pub name: String,
    /// Why it has none, and what to ask instead.
    pub why: String,
}

/// The port that stands for all where nothing listens, or anything might.
const ANY_PORT: u16 = 443;

impl Paused {
    /// The names of a matrix's rows: the internet, load balancers, groups of instances, workloads, databases and their read
    /// replicas, NAT gateways, interface endpoints, and endpoints outside.
    #[must_use]
    pub fn matrix_ends(&self) -> Vec<String> {
        let plan = self.plan();
        let mut ends = vec!["internet".to_owned()];
        ends.extend(plan.load_balancers.iter().map(|balancer| balancer.name.clone()));
        ends.extend(plan.auto_scaling_groups.iter().map(|group| group.member.clone()));
        ends.extend(self.serving_workloads());
        for database in &plan.databases {
            ends.push(database.name.clone());
            ends.extend(database.replicas.iter().map(|replica| replica.name.clone()));
        }
        ends.extend(plan.nat_gateways.iter().map(|gateway| gateway.name.clone()));
        let interfaces = plan.vpc_endpoints.iter();
        let interfaces = interfaces.filter(|spec| matches!(spec.kind, VpcEndpointKind::Interface { .. }));
        ends.extend(interfaces.map(|endpoint| endpoint.name.clone()));
        ends.extend(plan.endpoints.iter().map(|endpoint| endpoint.name.clone()));
        ends
    }

    /// Every pair of [`Paused::matrix_ends`].
    ///
    /// Where a name means several, one that lives and one that does not is asked in each zone.
    ///
    /// # Panics
    /// If an end has no meaning, which only a bug can cause.
    #[must_use]
    pub fn matrix(&self) -> Matrix {
        let ends = self.matrix_ends();
        let named: Vec<Named> =
            ends.iter().map(|name| self.find(name).expect("what has a row is an end")).collect();
        let columns: Vec<Column> = named
            .iter()
            .enumerate()
            .flat_map(|(end, named)| {
                let any = named.ports.is_empty().then_some(ANY_PORT);
                named.ports.iter().copied().chain(any).map(move |port| Column { end, port })
            })
            .collect();
        let places: Vec<Vec<Place>> = named.iter().map(|named| self.one_of_each(&named.places)).collect();
        let row = |from: &Vec<Place>| {
            columns.iter().map(|column| self.cell(from, &places[column.end], column.port)).collect()
        };
        Matrix { cells: places.iter().map(row).collect(), columns, ends, left_out: self.left_out() }
    }

    /// One that lives and one that does not in each zone.
    fn one_of_each(&self, places: &[Place]) -> Vec<Place> {
        let mut places = places.to_vec();
        places.sort_by_key(|place| !self.lives(*place));
        let others = self.one_of_each_zone(&places);
        places.truncate(1);
        places.extend(others);
        places
    }

    fn cell(&self, sources: &[Place], targets: &[Place], port: u16) -> Cell {
        let (Some(source), Some(target)) = (sources.first(), targets.first()) else { return Cell::Absent };
        let outside = |place: &Place| matches!(self.end(*place), End::Outside(_));
        if sources == targets || (outside(source) && outside(target)) {
            return Cell::Unasked;
        }
        // The dead send nothing, which is no news; that nobody hears them is.
        let living: Vec<Place> = sources.iter().copied().filter(|place| self.lives(*place)).collect();
        let sources = if living.is_empty() { sources } else { &living };
        let (mut all, mut none, mut first) = (true, true, None);
        for source in sources {
            for target in targets.iter().filter(|target| *target != source) {
                let walked = self.walk(*source, *target, port);
                all &= walked.share == Ratio::ONE;
                none &= walked.share == Ratio::from_billionths(0);
                first = first.or_else(|| stopped_by(&walked.hops).cloned());
            }
        }
        let extent = match (all, none) {
            (true, _) => Extent::All,
            (false, true) => Extent::None,
            (false, false) => Extent::Some,
        };
        Cell::Asked { extent, stopped_by: first }
    }

    /// Ends that share a row with others, and things on the way that are no ends.
    fn left_out(&self) -> Vec<LeftOut> {
        let plan = self.plan();
        let clients = plan.clients.iter().map(|client| LeftOut {
            name: client.name.clone(),
            why: "it is a kind of client, and part of `internet`".to_owned(),
        });
        let names = plan.dns_names.iter().filter_map(|name| {
            let balancers = name.records.iter().map(|record| &plan.load_balancers[record.alias.index()].name);
            let balancers: Vec<String> = balancers.map(|balancer| format!("`{balancer}`")).collect();
            // A load balancer has a DNS name of its own.
            let is_own = plan.load_balancers.iter().any(|balancer| balancer.name == name.name);
            let why = || format!("it leads to {}", balancers.join(" or "));
            (!is_own).then(|| LeftOut { name: name.name.clone(), why: why() })
        });
        let gateways = plan.vpc_endpoints.iter().filter_map(|spec| {
            let endpoint = &plan.endpoints[spec.endpoint.index()].name;
            let why = format!("it is a gateway endpoint, which has no address, and leads to `{endpoint}`");
            matches!(spec.kind, VpcEndpointKind::Gateway { .. })
                .then(|| LeftOut { name: spec.name.clone(), why })
        });
        clients.chain(names).chain(gateways).collect()
    }
}
