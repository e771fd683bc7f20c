//! What was found as a JSON document: keys in a fixed order, numbers without a detour over floats' text.

use super::{Fate, OptimizeDocument, Tried};
use crate::json::list;
use crate::row::Outcome;
use cloudsim_measures::{Quantity, SCHEMA_VERSION};
use cloudsim_records::Decimal;
use cloudsim_units::{NanoUsd, Ratio};
use serde_json::{Value, json};

impl OptimizeDocument {
    /// The document as indented text that ends with a line feed.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", self.to_value())
    }

    /// The document as a tree of values.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let info = &self.info;
        json!({
            "kind": "Optimize",
            "schema_version": SCHEMA_VERSION,
            "version": info.version,
            "scenario": info.scenario,
            "overrides": info.overrides,
            "seeds": { "from": info.from, "until": info.until },
            "interrupted": self.is_interrupted(),
            "confidence": share(self.demand.confidence),
            "breach_at_most": share(self.demand.breach_at_most),
            "breaches_allowed": self.allowed,
            "knobs": list(&info.factors, |knob| json!({ "path": knob.path, "values": knob.values })),
            "present": self.present,
            "optimum": self.optimum,
            "saved_usd": self.saved().map(dollars),
            "settings": list(&self.settings, |setting| json!({
                "path": setting.path,
                "before": setting.before,
                "after": setting.after,
            })),
            "frontier": self.frontier,
            "runs": { "done": self.runs(), "of": self.all() },
            "points": list(&self.points, |point| self.point(point)),
        })
    }

    fn point(&self, point: &Tried) -> Value {
        let seconds = |outcome: Option<Outcome>| {
            let exact = outcome.filter(|_| point.whole).and_then(Outcome::actual);
            exact.map(Quantity::to_value)
        };
        json!({
            "settings": self.info.factors.iter().zip(&point.values).map(|(knob, value)| json!({
                "path": knob.path,
                "value": value,
            })).collect::<Vec<_>>(),
            "monthly_usd": point.cost.map(dollars),
            "unpriced": point.unpriced,
            "runs": point.runs,
            "breaches": point.breaches,
            "fate": point.fate.word(),
            "rto_p95_s": seconds(point.axes[0]),
            "rpo_p95_s": seconds(point.axes[1]),
        })
    }
}

impl Fate {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Holds => "Holds",
            Self::Fails => "Fails",
            Self::Behind => "Behind",
            Self::Open => "Open",
        }
    }
}

fn dollars(amount: NanoUsd) -> Value {
    Decimal::cents(amount).to_json()
}

fn share(ratio: Ratio) -> Value {
    Decimal::trimmed(ratio.as_billionths().into(), 9).to_json()
}
