//! A sweep as a JSON document: keys in a fixed order, numbers without a detour over floats' text.

use crate::document::{
    Availability, ObjectiveStatistics, PointStatistics, Quantile, ServiceStatistics, Share, SweepDocument,
};
use crate::intervals::{Interval, LEVEL_PERCENT};
use crate::row::{Outcome, Row};
use cloudsim_measures::{Quantity, SCHEMA_VERSION};
use cloudsim_records::Decimal;
use serde_json::{Map, Value, json};

impl SweepDocument {
    /// The document as indented text that ends with a line feed.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", self.to_value())
    }

    /// The document as a tree of values.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "kind": "Sweep",
            "schema_version": SCHEMA_VERSION,
            "version": self.version,
            "scenario": self.scenario,
            "overrides": self.overrides,
            "seeds": { "from": self.from, "until": self.until, "measured": self.measured },
            "interrupted": self.interrupted,
            "confidence": Decimal::trimmed(LEVEL_PERCENT.into(), 2).to_json(),
            "factors": self.factors.iter().zip(&self.by_factor).map(|(factor, by_value)| json!({
                "path": factor.path,
                "values": factor.values.iter().zip(by_value).map(|(value, objectives)| json!({
                    "value": value,
                    "objectives": list(objectives, objective),
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "points": list(&self.points, |of| self.point(of)),
        })
    }

    fn point(&self, point: &PointStatistics) -> Value {
        let names: Vec<&str> =
            point.objectives.iter().map(|objective| objective.head.name.as_str()).collect();
        json!({
            "settings": self.factors.iter().zip(&point.values).map(|(factor, value)| json!({
                "path": factor.path,
                "value": value,
            })).collect::<Vec<_>>(),
            "reached_s": Decimal::seconds(point.reached).to_json(),
            "objectives": list(&point.objectives, objective),
            "services": list(&point.services, service),
            "runs": list(&point.runs, |row| run(row, &names)),
        })
    }
}

fn objective(objective: &ObjectiveStatistics) -> Value {
    let head = &objective.head;
    json!({
        "name": head.name,
        "kind": head.kind,
        "subject": head.subject,
        "target": head.target.to_value(),
        "expect": head.expect.word(),
        "runs": {
            "measured": objective.measured,
            "censored": objective.beyond,
            "unmeasured": objective.unmeasured,
        },
        "breaches": share(&objective.breaches),
        "quantiles": list(&objective.quantiles, quantile),
        "max": objective.worst.first().and_then(|run| actual(run.outcome)),
        "worst": list(&objective.worst, |run| json!({
            "seed": run.seed,
            "actual": actual(run.outcome),
            "digest": run.digest.to_string(),
        })),
    })
}

fn quantile(quantile: &Quantile) -> Value {
    json!({
        "percent": quantile.percent,
        "value": actual(quantile.at),
        "better": quantile.better.and_then(actual),
        "worse": quantile.worse.and_then(actual),
    })
}

fn service(service: &ServiceStatistics) -> Value {
    json!({
        "name": service.name,
        "degraded": share(&service.degraded),
        "outages": service.outages,
        "not_restored": service.not_restored,
        "availability": service.availability.as_ref().map(availability),
    })
}

fn availability(of: &Availability) -> Value {
    let [good, whole] = [of.good, of.whole].map(|sum| i128::try_from(sum).expect("a sum of u64s"));
    with_interval([("share", Decimal::quotient(good, whole, 6).to_json())], of.interval)
}

pub(crate) fn share(of: &Share) -> Value {
    with_interval([("runs", of.runs.into()), ("of", of.of.into())], of.interval)
}

fn with_interval<const N: usize>(fields: [(&str, Value); N], interval: Option<Interval>) -> Value {
    let ends = [("low", interval.map(|of| of.low)), ("high", interval.map(|of| of.high))];
    let ends = ends.map(|(key, end)| (key, end.map_or(Value::Null, probability)));
    let all = fields.into_iter().chain(ends).map(|(key, value)| (key.to_owned(), value));
    Value::Object(all.collect::<Map<_, _>>())
}

fn run(row: &Row, objectives: &[&str]) -> Value {
    let outcomes = objectives.iter().zip(&row.outcomes);
    json!({
        "seed": row.seed,
        "digest": row.digest.to_string(),
        "objectives": outcomes.map(|(name, outcome)| json!({
            "name": name,
            "actual": actual(*outcome),
            "met": outcome.is_breach().map(|breach| !breach),
        })).collect::<Vec<_>>(),
    })
}

fn actual(outcome: Outcome) -> Option<Value> {
    outcome.actual().map(Quantity::to_value)
}

pub(crate) fn list<T>(items: &[T], value: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(value).collect())
}

#[expect(clippy::cast_possible_truncation, reason = "between 0 and a million")]
pub(crate) fn probability(p: f64) -> Value {
    Decimal::fixed((p * 1e6).round() as i128, 6).to_json()
}
