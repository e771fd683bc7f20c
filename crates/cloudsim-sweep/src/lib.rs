//! What many runs of a scenario say together: how long, how likely, how sure, and which run was the worst.
//!
//! Each run is one seed, and is brought down to a [`RunSummary`] of a few hundred bytes. A [`Sweep`] takes them in the order
//! of their seeds and becomes a [`SweepDocument`], which is printed as text or JSON. No files, no threads, no clock.
//!
//! # Invariants
//! - A run that was not restored has no recovery time, and is worse than all that were: it counts in every quantile and every
//!   share, and is never averaged away.
//! - Every interval says by which published method it is made, holds its level on known distributions, and is the same bits
//!   on every machine.
//! - A sweep over fewer seeds is the beginning of a longer one: nothing in it depends on how many runs went on at a time.

mod diff;
mod document;
mod intervals;
mod json;
mod plot;
mod row;
mod schema;
mod statistics;
mod sweep;
mod text;

pub use diff::{
    Breaches, Change, Comparison, DiffDocument, DiffInfo, DiffSide, DiffTextOptions, ObjectiveDiff,
    ServiceDiff, SettingDiff, Signs, Verdict, diff_schema,
};
pub use document::{
    Availability, ObjectiveStatistics, PointStatistics, Quantile, ServiceStatistics, Share, SweepDocument,
    WorstRun,
};
pub use intervals::{Interval, LEVEL_PERCENT};
pub use row::{ObjectiveHead, Outcome, Row, RunSummary, ServiceRow};
pub use schema::sweep_schema;
pub use sweep::{Factor, Sweep, SweepInfo};
pub use text::TextOptions;
