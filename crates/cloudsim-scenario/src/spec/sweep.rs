//! How a scenario is swept and optimized.

use super::Text;
use super::facts::{by_default, default};
use crate::sweep::{Seeds, Variation};
use cloudsim_units::Ratio;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// What `sweep` does with it; no part of a run.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sweep {
    /// The seeds, of which the last is left out; `--seeds` overrides them.
    #[schemars(transform = by_default("`--seeds` has to be given"))]
    pub(crate) seeds: Option<Text<Seeds>>,
    /// Settings that are varied, each with its values; `--vary` adds some, or replaces those of a setting.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) vary: Vec<Text<Variation>>,
}

/// What `optimize` does with it; no part of a run.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Optimize {
    /// The seeds, of which the last is left out; `--seeds` overrides them.
    #[schemars(transform = by_default("the fewest that can show what is asked for"))]
    pub(crate) seeds: Option<Text<Seeds>>,
    /// In this share of runs at most an objective may be breached; `--breach-at-most` overrides it.
    #[schemars(transform = default(Ratio::from_percent(5)))]
    pub(crate) breach_at_most: Option<Text<Ratio>>,
    /// How sure that has to be of whatever is chosen; `--confidence` overrides it.
    #[schemars(transform = default(Ratio::from_percent(95)))]
    pub(crate) confidence: Option<Text<Ratio>>,
    /// Settings that may be chosen, each with its values; `--knob` adds some, or replaces those of a setting.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) knobs: Vec<Text<Variation>>,
}
