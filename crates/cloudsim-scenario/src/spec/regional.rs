//! What each region has a copy of its own of: machine images and secrets.

use super::facts::{default, names, within};
use super::{Distribution, Text};
use crate::limits;
use cloudsim_aws::services::ec2_instance::limits::IMAGE_BUILD;
use cloudsim_units::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// A machine image (AMI). A region that is named nowhere has none, and instances are not launched there
/// (`InvalidAMIID.NotFound`, EC2-14).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MachineImage {
    /// What it is called.
    pub(crate) name: String,
    /// The regions that have its current version.
    #[schemars(transform = names("regions"))]
    pub(crate) regions: Vec<String>,
    /// The regions that have an old version: what is launched there does not answer, since its data has moved on.
    #[serde(default)]
    #[schemars(transform = names("regions").and(default(json!([]))))]
    pub(crate) stale_in: Vec<String>,
    /// What its volumes hold: all of it is copied to another region.
    #[schemars(transform = within(&limits::STORAGE))]
    pub(crate) size: Text<Bytes>,
    /// How long a pipeline takes to make it anew.
    #[schemars(transform = default(IMAGE_BUILD).assumed())]
    pub(crate) builds_in: Option<Distribution>,
}

/// The login to a database, as Secrets Manager keeps it. A region that is named nowhere has none, and servers that need it
/// do not start there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secret {
    /// What it is called.
    pub(crate) name: String,
    /// The database that it is for.
    #[schemars(transform = names("databases"))]
    pub(crate) database: String,
    /// The regions that have its current value.
    #[schemars(transform = names("regions"))]
    pub(crate) regions: Vec<String>,
    /// The regions that have a value from before its last rotation: the database refuses it.
    #[serde(default)]
    #[schemars(transform = names("regions").and(default(json!([]))))]
    pub(crate) stale_in: Vec<String>,
}
