//! Every pair of a world's ends: who reaches whom.

use super::ends::Place;
use super::{Hop, stopped_by};
use crate::Paused;
use cloudsim_units::Ratio;

/// Who reaches whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// The ends, in the order of rows.
    pub from: Vec<String>,
    /// The ends, in the order of columns.
    pub to: Vec<String>,
    /// For each row a cell for each column; `None` where both are the same, or both outside.
    pub cells: Vec<Vec<Option<Cell>>>,
}

/// How one end reaches another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// One for each port on which the other listens.
    pub ports: Vec<PortCell>,
}

/// How one end reaches a port of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortCell {
    /// The port.
    pub port: u16,
    /// Whether it does.
    pub extent: Extent,
    /// The first thing that stops it somewhere.
    pub stopped_by: Option<Hop>,
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

/// The port of the internet that stands for all.
const INTERNET_PORT: u16 = 443;

impl Paused {
    /// Every pair of the internet, load balancers, groups of instances, databases, and, as targets, endpoints outside.
    ///
    /// Where a name means several, one that lives and one that does not is asked in each zone.
    #[must_use]
    pub fn matrix(&self) -> Matrix {
        let plan = self.plan();
        let balancers = plan.load_balancers.iter().map(|balancer| balancer.name.clone());
        let groups = plan.auto_scaling_groups.iter().map(|group| group.member.clone());
        let databases = plan.databases.iter().map(|database| database.name.clone());
        let inside: Vec<String> = balancers.chain(groups).chain(databases).collect();
        let internet = || std::iter::once("internet".to_owned());
        let from: Vec<String> = internet().chain(inside.iter().cloned()).collect();
        let endpoints = plan.endpoints.iter().map(|endpoint| endpoint.name.clone());
        let to: Vec<String> = inside.into_iter().chain(endpoints).chain(internet()).collect();
        // What is outside meets nothing of the cloud on its way to what is outside.
        let outside = from.len() - 1;
        let asks = |row: usize, column: usize| from[row] != to[column] && (row > 0 || column < outside);
        let row = |row: usize| {
            let cells =
                (0..to.len()).map(|column| asks(row, column).then(|| self.cell(&from[row], &to[column])));
            cells.collect()
        };
        Matrix { cells: (0..from.len()).map(row).collect(), from, to }
    }

    fn cell(&self, from: &str, to: &str) -> Cell {
        let (Ok(sources), Ok(targets)) = (self.named(from), self.named(to)) else {
            // A group whose members are all gone is reached by nobody.
            return Cell { ports: Vec::new() };
        };
        let chosen = |places: &[Place]| {
            let mut chosen = vec![places[0]];
            chosen.extend(self.one_of_each_zone(places));
            chosen
        };
        let (sources, places) = (chosen(&sources.places), chosen(&targets.places));
        // The dead send nothing, which is no news; that nobody hears them is.
        let living: Vec<Place> = sources.iter().copied().filter(|place| self.lives(*place)).collect();
        let sources = if living.is_empty() { sources } else { living };
        let ports = if targets.ports.is_empty() { vec![INTERNET_PORT] } else { targets.ports };
        let ports = ports.into_iter().map(|port| {
            let (mut all, mut none, mut first) = (true, true, None);
            for source in &sources {
                for target in &places {
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
            PortCell { port, extent, stopped_by: first }
        });
        Cell { ports: ports.collect() }
    }
}
