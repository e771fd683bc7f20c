//! What was found as a JSON document: keys in a fixed order, numbers without a detour over floats' text.

use super::document::{FailureClass, WorstEpisode, YearsDocument};
use super::study::{Budget, Lost, Pair, Reason, ServiceYears};
use crate::intervals::LEVEL_PERCENT;
use crate::json::{list, share as runs};
use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_records::Decimal;
use cloudsim_units::{Ratio, SimDuration};
use serde_json::{Value, json};

impl YearsDocument {
    /// The document as indented text that ends with a line feed.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", self.to_value())
    }

    /// The document as a tree of values.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let estimates = &self.estimates;
        json!({
            "kind": "Years",
            "schema_version": SCHEMA_VERSION,
            "version": self.version,
            "scenario": self.scenario,
            "overrides": self.overrides,
            "seed": self.seed,
            "confidence": Decimal::trimmed(LEVEL_PERCENT.into(), 2).to_json(),
            "settle_s": Decimal::seconds(self.settle).to_json(),
            "failures": list(&self.classes, class),
            "episodes": {
                "per_year": scaled(estimates.episodes_per_year, 6),
                "years": self.effort.years,
                "in_years": estimates.episodes,
                "runs": self.runs(),
                "went_on": self.went_on,
                "unsettled": self.unsettled,
                "failures": self.missed.of,
                "missed": self.missed.failures,
            },
            "services": list(&estimates.services, |of| self.service(of)),
            "worst": list(&self.worst, worst),
        })
    }

    fn service(&self, of: &ServiceYears) -> Value {
        let [median, p95, p99, most] = of.quantiles.map(seconds);
        json!({
            "name": of.name,
            "availability": available(of.seconds),
            "availability_low": available(of.interval.high),
            "availability_high": available(of.interval.low),
            "nines": of.nines().map(|nines| scaled(nines, 2)),
            "lost_s": seconds(of.seconds),
            "lost_low_s": seconds(of.interval.low),
            "lost_high_s": seconds(of.interval.high),
            "causes": list(&of.lost, |lost| self.lost(lost)),
            "several": list(&of.pairs, |pair| self.pair(pair)),
            "year_lost_s": { "p50": median, "p95": p95, "p99": p99, "max": most },
            "budget": of.budget.as_ref().map(budget),
        })
    }

    fn lost(&self, of: &Lost) -> Value {
        let (kind, what) = match of.reason {
            Reason::Alone(class) => ("Alone", Some(&self.classes[class].what)),
            Reason::Several => ("Several", None),
            Reason::Steady => ("Steady", None),
        };
        json!({
            "kind": kind,
            "what": what,
            "lost_s": seconds(of.seconds),
            "share": of.share.map(|share| scaled(share, 9)),
            "hit": runs(&of.hit),
            "all_lost_at_a_third_s": of.by_rate.map(|[third, _]| seconds(third)),
            "all_lost_at_thrice_s": of.by_rate.map(|[_, thrice]| seconds(thrice)),
            "all_lost_a_third_as_long_s": of.by_length.map(|[third, _]| seconds(third)),
            "all_lost_thrice_as_long_s": of.by_length.map(|[_, thrice]| seconds(thrice)),
        })
    }

    fn pair(&self, of: &Pair) -> Value {
        json!({
            "what": of.classes.map(|class| self.classes[class].what.clone()),
            "lost_s": seconds(of.seconds),
            "share": of.share.map(|share| scaled(share, 9)),
            "hit": runs(&of.hit),
        })
    }
}

fn class(of: &FailureClass) -> Value {
    json!({
        "what": of.what,
        "things": of.things,
        "per_year": scaled(of.per_year, 6),
        "lasts": of.lasts,
    })
}

fn budget(of: &Budget) -> Value {
    json!({
        "availability": Decimal::share(of.objective).to_json(),
        "seconds": seconds(of.seconds),
        "used": of.used.map(|used| scaled(used, 6)),
        "broken": runs(&of.broken),
    })
}

fn worst(of: &WorstEpisode) -> Value {
    json!({
        "service": of.service,
        "lost_s": Decimal::seconds(of.lost).to_json(),
        "seed": of.seed,
        "duration_s": Decimal::seconds(of.duration).to_json(),
        "faults": of.faults,
    })
}

fn available(lost: f64) -> Value {
    Decimal::share(Ratio::from_f64(1.0 - lost / super::YEAR.as_secs_f64())).to_json()
}

fn seconds(of: f64) -> Value {
    Decimal::seconds(SimDuration::from_nanos_f64(of * 1e9)).to_json()
}

#[expect(clippy::cast_possible_truncation, reason = "far below 2^63")]
fn scaled(of: f64, places: u32) -> Value {
    Decimal::trimmed((of * f64::from(10_u32.pow(places))).round() as i128, places).to_json()
}
