//! How a scenario is swept.

use super::Text;
use super::facts::{by_default, default};
use crate::sweep::{Seeds, Variation};
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
