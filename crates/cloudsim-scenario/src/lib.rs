//! Scenario files: reading, checking, resolving.
//!
//! [`load`] turns the name of a file and what the command line changes into a [`plan::Plan`], or into [`Problems`] that
//! say where each mistake is and what would help. A file becomes a tree in which everything knows its place; includes are
//! merged and overrides applied in that tree; `ron` reads what comes out of it, item by item; names and units are resolved;
//! the rules of `checks` look at the whole. Whatever a run needs is in the plan, and a plan is right by construction.

mod api;
mod assumptions;
mod checks;
mod deciders;
mod diagnostics;
mod differences;
mod examples;
mod files;
pub mod limits;
mod load;
mod merge;
mod names;
mod not_modelled;
mod overrides;
mod place;
pub mod plan;
mod prices;
mod read;
mod reference;
mod resolve;
mod schema;
mod settings;
#[cfg(test)]
mod single_mistakes;
mod spec;
mod sweep;
mod syntax;
mod values;

pub use assumptions::{Assumptions, LayerAssumption, assumptions, is_about};
pub use checks::{explain, rules};
pub use deciders::{Decider, deciders};
pub use diagnostics::{
    Location, Problem, Problems, Rule, Severity, SourceId, Sources, Span, is_unprintable, legible, nearest,
    printable, render,
};
pub use differences::{Difference, differences};
pub use examples::{Example, Said, page};
pub use files::{
    DiskFiles, FILE_SIZE_MAX, FileError, FileText, Files, MemoryFiles, SHIPPED, shipped, shipped_scenarios,
};
pub use load::{Loaded, check, load, load_texts};
pub use not_modelled::{LeftOut, not_modelled};
pub use overrides::{Overrides, complete_fault, complete_intervention, complete_set};
pub use reference::{FieldPage, field, fields, reference_page};
pub use schema::{scenario_schema, world_schema};
pub use sweep::{OptimizeSpec, Seeds, SweepSpec, Variation};
