//! Runbooks: what people, or programs in their place, do when something has happened.

use super::Text;
use super::facts::{by_default, default, names};
use super::text::Distribution;
use crate::limits;
use cloudsim_units::SimDuration;
use schemars::JsonSchema;
use serde::Deserialize;

/// What people do when something has happened, step by step.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Runbook {
    /// What it is called.
    pub(crate) name: String,
    /// What it is for. Without it another runbook has to call it.
    #[schemars(transform = by_default("it is called by another"))]
    pub(crate) begins: Option<Begins>,
    /// From then until somebody looks at it.
    #[schemars(transform = default(limits::NOTICE).assumed())]
    pub(crate) notice: Option<Distribution>,
    /// From then until people have decided to do it.
    #[schemars(transform = default(limits::DECIDE).assumed().source("DR-19"))]
    pub(crate) decide: Option<Distribution>,
    /// Whether a program does it, which neither has to notice nor to decide and needs no hands: then `notice`, `decide` and what
    /// steps take are zero unless they are given.
    #[schemars(transform = default(false))]
    pub(crate) automatic: Option<bool>,
    /// What is done, one after the other.
    pub(crate) steps: Vec<RunbookStep>,
}

/// What a runbook is for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) enum Begins {
    /// A fault has begun.
    Fault(String),
    /// A fault has ended.
    FaultEnd(String),
    /// A health check finds its endpoint unhealthy.
    Unhealthy(String),
    /// A health check finds its endpoint healthy again.
    Healthy(String),
    /// It is that time.
    At(Text<SimDuration>),
}

/// A step of a runbook.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunbookStep {
    /// What it is called.
    pub(crate) name: String,
    /// What is done in the end, as `--do` takes it behind its time: `promote replica/orders-west`.
    #[schemars(transform = by_default("something that nothing here depends on"))]
    pub(crate) action: Option<String>,
    /// How long it takes somebody to do it.
    #[schemars(transform = default(limits::HANDS).assumed())]
    pub(crate) takes: Option<Distribution>,
    /// Whether the next step is begun only when what was done has come about: the replica takes writes, the instances answer.
    #[schemars(transform = default(true))]
    pub(crate) waits: Option<bool>,
    /// If it has not come about after so long, or was refused, `otherwise` is done.
    #[schemars(transform = by_default("it is waited for as long as it takes"))]
    pub(crate) within: Option<Text<SimDuration>>,
    /// The runbook that is done then. After it this step is done once more.
    #[schemars(transform = names("runbooks").and(by_default("none: the runbook ends there")))]
    pub(crate) otherwise: Option<String>,
}
