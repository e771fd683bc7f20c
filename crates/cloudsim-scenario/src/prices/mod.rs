//! The list of prices that comes with the program.

use cloudsim_aws::prices::{Entry, KnownFrom, PriceList};
use cloudsim_units::NanoUsd;
use serde::Deserialize;
use std::sync::LazyLock;

static SHIPPED: LazyLock<PriceList> =
    LazyLock::new(|| read(include_str!("us-east-1.ron")).expect("a test reads it"));

/// The list that comes with the program.
pub(crate) fn shipped() -> PriceList {
    SHIPPED.clone()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    region: String,
    date: String,
    prices: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    usd: String,
    per: String,
    #[serde(default)]
    note: String,
    from: From,
}

#[derive(Deserialize)]
enum From {
    Published(String),
    Recalled(String),
}

fn read(text: &str) -> Result<PriceList, String> {
    let File { region, date, prices } = ron::from_str(text).map_err(|error| error.to_string())?;
    let line = |Line { name, usd, per, note, from }| {
        let from = match from {
            From::Published(from) => KnownFrom::Published(from),
            From::Recalled(from) => KnownFrom::Recalled(from),
        };
        let usd = NanoUsd::parse(&usd).map_err(|error| format!("{name}: {error}"))?;
        Ok((name, Entry { usd, per, note, from }))
    };
    let lines: Result<Vec<(String, Entry)>, String> = prices.into_iter().map(line).collect();
    PriceList::new(region, date, lines?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_aws::prices::Price;

    fn usd(text: &str) -> NanoUsd {
        NanoUsd::parse(text).expect("an amount")
    }

    #[test]
    fn the_shipped_list_can_be_read_and_each_line_says_where_it_is_from() {
        let prices = read(include_str!("us-east-1.ron")).expect("it is right");
        assert_eq!(prices.instance_hour("m5.large"), Some(usd("0.096")));
        assert_eq!(prices.of(Price::NatGateway), usd("0.045"));
        for (name, entry) in prices.entries() {
            let (KnownFrom::Published(from) | KnownFrom::Recalled(from)) = &entry.from else {
                panic!("{name} is of no scenario")
            };
            assert!(!from.is_empty() && !entry.per.is_empty(), "{name} says nothing of itself");
        }
    }

    #[test]
    fn a_list_with_a_mistake_is_refused() {
        let file = include_str!("us-east-1.ron");
        let twice = file.replace("\"m5.xlarge\"", "\"m5.large\"");
        assert_eq!(read(&twice).expect_err("twice"), "m5.large stands twice");
        let wrong = file.replacen("usd: \"0.096\"", "usd: \"a lot\"", 1);
        assert!(read(&wrong).expect_err("no amount").starts_with("m5.large: "));
    }
}
