//! A comparison as a JSON document: keys in a fixed order, numbers without a detour over floats' text.

use super::{Breaches, Change, Comparison, DiffDocument, DiffSide, ObjectiveDiff, ServiceDiff, Verdict};
use crate::intervals::LEVEL_PERCENT;
use crate::json::{list, probability, share};
use crate::row::Outcome;
use cloudsim_measures::{Quantity, SCHEMA_VERSION};
use cloudsim_records::Decimal;
use serde_json::{Value, json};

impl DiffDocument {
    /// The document as indented text that ends with a line feed.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", self.to_value())
    }

    /// The document as a tree of values.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let [a, b] = &self.sides;
        json!({
            "kind": "Diff",
            "schema_version": SCHEMA_VERSION,
            "version": self.version,
            "a": side(a),
            "b": side(b),
            "seeds": { "from": self.from, "until": self.until, "measured": self.measured },
            "interrupted": self.is_interrupted(),
            "confidence": Decimal::trimmed(LEVEL_PERCENT.into(), 2).to_json(),
            "differs": self.differs,
            "settings": list(&self.settings, |setting| json!({
                "path": setting.path,
                "a": setting.before,
                "b": setting.after,
            })),
            "objectives": list(&self.objectives, objective),
            "services": list(&self.services, service),
            "cost": comparison(&self.cost),
            "runs": a.runs.iter().zip(&b.runs).map(|(a, b)| json!({
                "seed": a.seed,
                "a": a.digest.to_string(),
                "b": b.digest.to_string(),
            })).collect::<Vec<_>>(),
        })
    }
}

fn side(of: &DiffSide) -> Value {
    json!({
        "scenario": of.scenario,
        "overrides": of.overrides,
        "reached_s": Decimal::seconds(of.reached).to_json(),
    })
}

fn objective(of: &ObjectiveDiff) -> Value {
    let head = of.head();
    let [a, b] = of
        .heads
        .each_ref()
        .map(|head| head.as_ref().map(|head| json!({ "name": head.name, "target": head.target.to_value() })));
    json!({
        "kind": head.kind,
        "subject": head.subject,
        "measure": head.label,
        "a": a,
        "b": b,
        "difference": of.measured.as_ref().map(|(of, _)| comparison(of)),
        "breaches": of.measured.as_ref().map(|(_, of)| breaches(of)),
    })
}

fn service(of: &ServiceDiff) -> Value {
    let both = |[a, b]: [Option<u64>; 2]| json!({ "a": a, "b": b });
    json!({
        "name": of.name,
        "outages": both(of.outages),
        "not_restored": both(of.not_restored),
        "availability": of.availability.as_ref().map(comparison),
    })
}

pub(crate) fn comparison(of: &Comparison) -> Value {
    let signs = &of.signs;
    let by = |change: Option<Change>| match change {
        Some(Change::By(amount)) => Some(billionths(amount)),
        _ => None,
    };
    let [a, b] = of.medians.map(|outcome| outcome.and_then(Outcome::actual).map(Quantity::to_value));
    let [only_a, only_b, both] = of.censored;
    json!({
        "verdict": word(signs.verdict()),
        "p50": { "a": a, "b": b },
        "median": by(of.median),
        "low": by(of.low),
        "high": by(of.high),
        "mean": of.mean.map(billionths),
        "seeds": {
            "better": signs.better,
            "worse": signs.worse,
            "equal": signs.equal,
            "unknown": signs.unknown,
            "unmeasured": of.unmeasured,
        },
        "better": {
            "low": signs.share.map(|share| probability(share.low)),
            "high": signs.share.map(|share| probability(share.high)),
            "p": probability(signs.p),
        },
        "censored": { "a": only_a, "b": only_b, "both": both },
        "widest": of.widest,
    })
}

pub(crate) fn breaches(of: &Breaches) -> Value {
    let [a, b] = &of.shares;
    let [only_a, only_b] = of.alone;
    json!({
        "verdict": word(of.verdict()),
        "a": share(a),
        "b": share(b),
        "a_alone": only_a,
        "b_alone": only_b,
        "p": probability(of.p),
    })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "Better",
        Verdict::Worse => "Worse",
        Verdict::NotShown => "NotShown",
        Verdict::Same => "Same",
    }
}

fn billionths(amount: i128) -> Value {
    Decimal::trimmed(amount, 9).to_json()
}
