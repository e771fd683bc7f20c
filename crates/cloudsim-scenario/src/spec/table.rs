//! Tables.

use super::facts::{by_default, default, names, within};
use super::{Count, Distribution, Text};
use crate::limits;
use cloudsim_aws::services::dynamodb;
use cloudsim_units::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;

/// A table of DynamoDB; in several regions a global table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// What it is called; no database has that name.
    pub(crate) name: String,
    /// The regions that have a replica of it. Servers use that of their own region.
    #[schemars(transform = names("regions"))]
    pub(crate) regions: Vec<String>,
    /// How its regions agree.
    #[schemars(transform = default("Eventual"))]
    pub(crate) consistency: Option<Consistency>,
    /// How many items it has; each call is about one of them, all alike.
    #[schemars(transform = default(dynamodb::limits::ITEMS).within(&limits::TABLE_ITEMS).assumed())]
    pub(crate) items: Option<Count>,
    /// How large an item is, for the bill.
    #[schemars(transform = default(dynamodb::limits::ITEM_SIZE).within(&limits::SIZES).assumed())]
    pub(crate) item_size: Option<Text<Bytes>>,
    /// What it stores in each region, for the bill.
    #[schemars(transform = default(Bytes(0)).and(within(&limits::TABLE_STORAGE)))]
    pub(crate) storage: Option<Text<Bytes>>,
    /// From a request that reaches it until its answer leaves, without what it asks of other regions.
    #[schemars(transform = default(dynamodb::limits::RESPONSE).assumed())]
    pub(crate) response: Option<Distribution>,
    /// From an acknowledged write until another region has it, where regions agree eventually.
    #[schemars(transform = default(dynamodb::limits::LAG).source("DR-07"))]
    pub(crate) lag: Option<Distribution>,
}

/// How the regions of a table agree.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) enum Consistency {
    /// Each answers by itself, and tells the others after a while (MREC).
    Eventual,
    /// Each asks another one before it answers (MRSC).
    Strong {
        /// The region of a witness, where two others have replicas.
        #[schemars(transform = names("regions").and(by_default("three regions have replicas")))]
        witness: Option<String>,
    },
}
