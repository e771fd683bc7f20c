//! How often things fail.

use super::Distribution;
use super::facts::within;
use crate::limits::PER_YEAR;
use schemars::JsonSchema;
use serde::Deserialize;

/// How often something fails over years, and for how long; no part of a run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failing {
    /// Kind and target of a fault as `--fault` has them: `zone:a`; `zone:*` is each, `host:web` each member of that group.
    pub(crate) what: String,
    /// How often a year each of them fails while it is up; the time until then is exponential.
    #[schemars(transform = within(&PER_YEAR))]
    pub(crate) per_year: f64,
    /// For how long.
    pub(crate) lasts: Distribution,
}
