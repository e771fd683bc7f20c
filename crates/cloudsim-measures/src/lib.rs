//! What a run meant: how long users were without service and why that long, what data is gone, what it costs.
//!
//! [`Measures`] takes the records of a run as they are made and becomes a [`RunDocument`], which is printed as text,
//! JSON, YAML or markdown. Only records come in: no world, no engine, no clock, no file.
//!
//! # Invariants
//! - The memory of [`Measures`] does not grow with the number of requests, only with simulated seconds and with
//!   changes of state.
//! - The phases of an outage are contiguous, and those of a restored one add up to its recovery time exactly.
//! - Every number that is printed is computed from integers.

mod blame;
mod buckets;
mod causes;
mod choices;
mod clusters;
mod conditions;
mod cost;
mod document;
pub mod draw;
mod errors;
mod evidence;
mod fault_table;
mod groups;
pub mod heat;
mod held;
mod json;
pub mod json_schema;
mod kubernetes;
mod lanes;
mod latency;
mod markdown;
mod measures;
mod milestones;
mod objectives;
mod outages;
pub mod phases;
mod placement;
mod recovery;
mod schema;
mod settings;
mod tally;
mod test_table;
mod text;
mod timeline;
mod waiting;
mod waterfall;
pub mod words;
mod workload;
mod yaml;

#[cfg(test)]
mod snapshot_tests;
#[cfg(test)]
mod story;

pub use choices::{Choice, RankedNode};
pub use conditions::{Absence, DatabaseInstanceLane, DatabaseLane};
pub use document::{
    BiggestLever, Cost, DatabaseMeasures, Decider, ErrorGroup, FailoverMeasures, FaultMeasures, Judgement,
    LatencyMeasures, Lever, ObjectiveMeasure, Outage, Phase, Quantity, RunDocument, ServiceMeasures,
    TableMeasures, TimelineEntry, Verdict, longest_first,
};
pub use evidence::Evidence;
pub use fault_table::{SingleFault, fault_table};
pub use groups::{GroupLane, count_at};
pub use held::{HeldBy, HeldMeasures};
pub use json::{SCHEMA_VERSION, recovery_word};
pub use kubernetes::{CapacityMeasures, KubernetesMeasures, short};
pub use lanes::{InterventionMark, Lanes, ServiceLane, ServiceWindow, ZoneLane};
pub use measures::Measures;
pub use placement::{PlacedNode, Placement};
pub use schema::{objective_schema, run_schema};
pub use test_table::{TestedObjective, TestedScenario, test_counts, test_table};
pub use text::TextOptions;
pub use timeline::RefusedLaunches;
pub use waiting::WaitingMeasures;
pub use words::{instant, span};
pub use yaml::to_yaml;
