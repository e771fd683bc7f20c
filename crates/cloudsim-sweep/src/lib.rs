//! What many runs of a scenario say together: how long, how likely, how sure, and which run was the worst.
//!
//! Each run is one seed, and is brought down to a [`RunSummary`] of a few hundred bytes. A [`Sweep`] takes them in the order
//! of their seeds and becomes a [`SweepDocument`], which is printed as text or JSON. A summary is made of what the run says in
//! [`RunTables`], which can be kept as lines of a journal and as files of tables. A [`SweepPlan`] cuts it into shards for
//! several machines, each of which leaves a [`Part`]. No files, no threads, no clock.
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
mod journal;
mod json;
mod manifest;
mod optimize;
mod plot;
mod row;
mod say;
mod schema;
mod sensitivity;
mod shards;
mod statistics;
mod sweep;
mod tables;
mod text;
mod years;

pub use diff::{
    Breaches, Change, Comparison, DiffDocument, DiffInfo, DiffSide, DiffTextOptions, ObjectiveDiff,
    ServiceDiff, SettingDiff, Signs, Verdict, diff_schema,
};
pub use document::{
    Availability, ObjectiveStatistics, PointStatistics, Quantile, ServiceStatistics, Share, SweepDocument,
    WorstRun,
};
pub use intervals::{Interval, LEVEL_PERCENT};
pub use manifest::{Manifest, Request};
pub use optimize::{
    Demand, Fate, OptimizeDocument, OptimizeTextOptions, Race, Shown, Tried, optimize_schema,
};
pub use plot::{Axis, Limit};
pub use row::{ObjectiveHead, Outcome, Row, RunSummary, ServiceRow};
pub use schema::{sweep_schema, tables_schema};
pub use sensitivity::{
    Effect, Measure, SensitivityDocument, SensitivityInfo, SensitivityTextOptions, TriedAssumption,
    sensitivity_schema,
};
pub use shards::{NoPlan, Part, PartRun, Shards, SweepPlan, plan_schema};
pub use sweep::{Factor, POINTS_MAX, RUNS_MAX, Sweep, SweepInfo};
pub use tables::{Cell, Cells, Column, Kind, RunTables, Table};
pub use text::TextOptions;
pub use years::{
    Budget, Component, Effort, Episode, Estimates, FACTORS, Failure, FailureClass, Failures, Judged, Lost,
    Missed, Pair, Reason, ServiceYears, Study, WorstEpisode, YearsDocument, YearsTextOptions, years_schema,
};
