//! Traffic: how requests arrive.

use cloudsim_units::Rate;
use cloudsim_world::ClassId;

/// How requests of an open loop are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// As if by very many independent users.
    Poisson,
    /// All gaps equal.
    Constant,
}

/// Requests that arrive whether or not earlier ones were answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLoopSpec {
    /// Its name.
    pub name: String,
    /// How many arrive.
    pub rate: Rate,
    /// How they are spaced.
    pub arrivals: Arrivals,
    /// What arrives: classes and their weights.
    pub mix: Vec<(ClassId, u32)>,
}
