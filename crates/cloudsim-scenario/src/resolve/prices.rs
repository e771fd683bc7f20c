//! What things cost: the list that comes with the program, with what a scenario has of its own.

use super::Context;
use crate::diagnostics::{codes, did_you_mean};
use crate::place::At;
use crate::prices::shipped;
use cloudsim_aws::prices::{PriceList, Recalled};

pub(super) fn prices(cx: &mut Context<'_>) -> PriceList {
    let mut prices = shipped();
    if let Some(spec) = &cx.spec.prices {
        let at = At::new(cx.root).field("prices");
        for (field, text) in [("region", &spec.region), ("date", &spec.date)] {
            if let Some(text) = text {
                cx.title(at.field(field), text);
            }
        }
        (prices.own_region, prices.own_date) = (spec.region.clone(), spec.date.clone());
        let at = at.field("usd");
        for (name, usd) in &spec.usd {
            let usd = cx.value(at.value_of(name), usd);
            if !prices.set(name, usd) {
                let place = at.key_of(name);
                let message = format!("a list has no price `{}`", name.escape_debug());
                let hint = did_you_mean(name, prices.entries().map(|(name, _)| name));
                cx.error(&codes::UNKNOWN_NAME, place, message).hint = hint;
            }
        }
    }
    let assumed = &cx.assumed;
    for (recalled, percent) in [
        (Recalled::Instances, assumed.prices.instances),
        (Recalled::Databases, assumed.prices.databases),
        (Recalled::InterfaceEndpoints, assumed.prices.interface_endpoints),
        (Recalled::PublicAddresses, assumed.prices.public_addresses),
        (Recalled::Tables, assumed.dynamodb.prices),
        (Recalled::DataBetweenRegions, assumed.regions.data),
    ] {
        prices.assume(recalled, percent);
    }
    prices
}
