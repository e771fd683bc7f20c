//! What things cost.

use super::Text;
use super::facts::{by_default, default};
use cloudsim_units::NanoUsd;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Prices instead of those that come with the program, which are of us-east-1; `get prices` lists all.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    /// The region that they are of, as the bill calls it.
    #[schemars(transform = by_default("the bill does not say"))]
    pub(crate) region: Option<String>,
    /// When they were looked up.
    #[schemars(transform = by_default("the bill does not say"))]
    pub(crate) date: Option<String>,
    /// Dollars by name: `m5.large` and `db.m5.large MySql` for an hour, others as the list has them.
    #[serde(default)]
    #[schemars(transform = default(json!({})))]
    pub(crate) usd: BTreeMap<String, Text<NanoUsd>>,
}
