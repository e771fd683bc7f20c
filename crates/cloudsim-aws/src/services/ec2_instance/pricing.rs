//! Prices of instances, us-east-1, Linux, on demand.

use crate::prices;
use cloudsim_units::NanoUsd;

/// What an hour of a type costs, in millionths of a dollar.
///
/// Source: PRC-01 to PRC-03, AWS price list by way of Infracost's EKS node group and instance examples, July 2024; PRC-04,
/// factualminds.com, "EC2 on-demand pricing 2026", for m7g.large.
const HOUR_MICROS: [(&str, i64); 5] = [
    ("m5.large", 96_000),
    ("m5.xlarge", 192_000),
    ("t3.medium", 41_600),
    ("t3.large", 83_200),
    ("m7g.large", 81_600),
];

/// What an hour of other common types costs, in millionths of a dollar.
///
/// Assumed: recalled from the AWS price list, where prices within a family double with the size. Only the bill rests on it.
const HOUR_MICROS_RECALLED: [(&str, i64); 27] = [
    ("t3.micro", 10_400),
    ("t3.small", 20_800),
    ("t3.xlarge", 166_400),
    ("t3.2xlarge", 332_800),
    ("t4g.micro", 8_400),
    ("t4g.small", 16_800),
    ("t4g.medium", 33_600),
    ("t4g.large", 67_200),
    ("m5.2xlarge", 384_000),
    ("m5.4xlarge", 768_000),
    ("m6i.large", 96_000),
    ("m6i.xlarge", 192_000),
    ("m6i.2xlarge", 384_000),
    ("m6g.large", 77_000),
    ("m6g.xlarge", 154_000),
    ("m7g.xlarge", 163_200),
    ("m7g.2xlarge", 326_400),
    ("c5.large", 85_000),
    ("c5.xlarge", 170_000),
    ("c5.2xlarge", 340_000),
    ("c6i.large", 85_000),
    ("c6i.xlarge", 170_000),
    ("c6g.large", 68_000),
    ("r5.large", 126_000),
    ("r5.xlarge", 252_000),
    ("r6i.large", 126_000),
    ("r6g.large", 100_800),
];

/// The price of an instance for an hour; `None` for a type whose price is not known.
#[must_use]
pub fn hour(instance_type: &str) -> Option<NanoUsd> {
    let mut prices = HOUR_MICROS.iter().chain(&HOUR_MICROS_RECALLED);
    prices.find(|(name, _)| *name == instance_type).map(|(_, micros)| NanoUsd::from_micros(*micros))
}

/// The price of an instance for an hour as far as it is assumed.
#[must_use]
pub fn assumed_hour(instance_type: &str, assumed: &prices::Assumed) -> Option<NanoUsd> {
    let is_published = HOUR_MICROS.iter().any(|(name, _)| *name == instance_type);
    let percent = if is_published { 100 } else { assumed.instances };
    hour(instance_type).map(|price| prices::at(price, percent))
}

/// Whether the price of a type is known.
#[must_use]
pub fn is_known(instance_type: &str) -> bool {
    hour(instance_type).is_some()
}

/// The types whose price is known, in no particular order.
pub fn known_types() -> impl Iterator<Item = &'static str> {
    HOUR_MICROS.iter().chain(&HOUR_MICROS_RECALLED).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_a_known_type_has_its_published_price() {
        assert_eq!(hour("m5.large"), NanoUsd::parse("0.096").ok());
        assert_eq!(hour("t3.medium"), NanoUsd::parse("0.0416").ok());
        assert_eq!(hour("m5.huge"), None);
        assert!(is_known("m7g.large") && !is_known("m5"));
    }

    #[test]
    fn each_type_has_one_price() {
        let types: Vec<_> = known_types().collect();
        for (i, name) in types.iter().enumerate() {
            assert!(!types[..i].contains(name), "{name} stands twice");
        }
    }
}
