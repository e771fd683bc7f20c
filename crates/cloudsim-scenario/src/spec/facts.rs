//! What a field's type does not say, for the schema: its default, its limits, whose name it is, and where that is from.

use cloudsim_aws::services::vpc::PortRange;
use cloudsim_kube::cron::WallClock;
use cloudsim_units::{Bytes, DurationDistribution, Ratio, SimDuration};
use schemars::Schema;
use schemars::transform::Transform;
use serde_json::{Value, json};
use std::fmt::Display;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

/// The key of a default that no value of the language can be: a sentence.
pub(crate) const DEFAULT_IN_WORDS: &str = "x-default";

/// The key of the limits of a value.
pub(crate) const RANGE: &str = "x-range";

/// The key of where default and limits are from: a fact of `docs/sources.md`, or `assumed`.
pub(crate) const SOURCE: &str = "x-source";

/// The key of the list whose things a text names.
pub(crate) const NAMES: &str = "x-names";

/// Facts about a field, by their keys in the schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts(Vec<(&'static str, Value)>);

/// The value of a field that is not given.
pub(crate) fn default(value: impl Written) -> Facts {
    Facts(vec![value.written()])
}

/// What holds, in words, where a field is not given.
pub(super) fn by_default(words: &str) -> Facts {
    Facts(vec![(DEFAULT_IN_WORDS, json!(words))])
}

/// The limits of a value.
pub(super) fn within<T: Display>(range: &RangeInclusive<T>) -> Facts {
    Facts::default().within(range)
}

/// A field that names things of these lists.
pub(super) fn names(list: &'static str) -> Facts {
    Facts(vec![(NAMES, json!(list))])
}

impl Facts {
    /// These too.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Within these limits.
    pub(super) fn within<T: Display>(mut self, range: &RangeInclusive<T>) -> Self {
        self.0.push((RANGE, json!(format!("{} to {}", range.start(), range.end()))));
        self
    }

    /// Read there.
    pub(super) fn source(mut self, fact: &'static str) -> Self {
        self.0.push((SOURCE, json!(fact)));
        self
    }

    /// Not read anywhere; the constant says why that value.
    pub(crate) fn assumed(self) -> Self {
        self.source("assumed")
    }
}

impl Transform for Facts {
    fn transform(&mut self, schema: &mut Schema) {
        for (key, value) in &self.0 {
            schema.insert((*key).to_owned(), value.clone());
        }
    }
}

/// A value as the tree of a scenario has it.
pub(crate) trait Written {
    /// The key of a default, and the value.
    fn written(&self) -> (&'static str, Value);
}

macro_rules! written {
    ($($type:ty: $value:expr;)+) => {$(
        impl Written for $type {
            fn written(&self) -> (&'static str, Value) {
                let value: fn(&$type) -> Value = $value;
                ("default", value(self))
            }
        }
    )+};
}

written! {
    SimDuration: |value| json!(value.to_string());
    Bytes: |value| json!(value.to_string());
    Ratio: |value| json!(value.to_string());
    Ipv4Addr: |value| json!(value.to_string());
    WallClock: |value| json!(value.to_string());
    PortRange: |value| json!(format!("{}-{}", value.first, value.last));
    u32: |value| json!(value);
    u64: |value| json!(value);
    bool: |value| json!(value);
    &'static str: |value| json!(value);
    Value: Value::clone;
}

impl Written for DurationDistribution {
    fn written(&self) -> (&'static str, Value) {
        match self {
            Self::Constant(span) => ("default", json!({ "Constant": span.to_string() })),
            Self::Uniform(low, high) => {
                ("default", json!({ "Uniform": [low.to_string(), high.to_string()] }))
            }
            Self::Exponential(mean) => ("default", json!({ "Exponential": mean.to_string() })),
            // Its 95th percentile is no round number, so that a scenario would not write it.
            Self::LogNormal { median, .. } => {
                (DEFAULT_IN_WORDS, json!(format!("log-normal, median {median}")))
            }
        }
    }
}
