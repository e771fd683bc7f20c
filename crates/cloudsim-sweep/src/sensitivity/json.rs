//! What answers rest on, as a JSON document: keys in a fixed order.

use super::{Effect, Measure, SensitivityDocument, TriedAssumption};
use crate::diff::json::{breaches, comparison};
use crate::intervals::LEVEL_PERCENT;
use crate::json::{list, share};
use crate::row::Outcome;
use cloudsim_measures::{Quantity, SCHEMA_VERSION};
use cloudsim_records::Decimal;
use serde_json::{Value, json};

impl SensitivityDocument {
    /// The document as indented text that ends with a line feed.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", self.to_value())
    }

    /// The document as a tree of values.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "kind": "Sensitivity",
            "schema_version": SCHEMA_VERSION,
            "version": self.version,
            "scenario": self.scenario,
            "overrides": self.overrides,
            "seeds": { "from": self.from, "until": self.until, "measured": self.measured },
            "interrupted": self.is_interrupted(),
            "reached_s": Decimal::seconds(self.reached).to_json(),
            "confidence": Decimal::trimmed(LEVEL_PERCENT.into(), 2).to_json(),
            "assumptions": list(&self.tried, assumption),
            "skipped": self.skipped,
            "measures": list(&self.measures, |measure| self.measure(measure)),
        })
    }

    fn measure(&self, of: &Measure) -> Value {
        let [p50, p95] = of.as_it_is.map(|outcome| outcome.and_then(Outcome::actual).map(Quantity::to_value));
        json!({
            "kind": of.kind,
            "subject": of.subject,
            "measure": of.label,
            "objective": of.objective.as_ref().map(|head| json!({ "name": head.name, "target": head.target.to_value() })),
            "p50": p50,
            "p95": p95,
            "breaches": of.breaches.as_ref().map(share),
            "effects": list(&of.effects, |effect| self.effect(effect)),
        })
    }

    fn effect(&self, of: &Effect) -> Value {
        let [low, high] = of.ends.each_ref().map(
            |(of, broken)| json!({ "difference": comparison(of), "breaches": broken.as_ref().map(breaches) }),
        );
        json!({ "path": self.tried[of.assumption].path, "low": low, "high": high })
    }
}

fn assumption(of: &TriedAssumption) -> Value {
    let [low, high] = &of.ends;
    json!({ "path": of.path, "default": of.default, "low": low, "high": high, "why": of.why })
}
