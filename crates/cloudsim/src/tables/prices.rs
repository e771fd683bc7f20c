//! What things cost.

use super::Content::Text;
use super::{Column, Table, always, wide};
use crate::Paused;
use cloudsim_aws::prices::KnownFrom;
use cloudsim_records::Decimal;

pub(super) const PRICES: [Column; 5] = [
    always("name", Text),
    always("usd", Text),
    always("per", Text),
    wide("note", Text).or_none(),
    always("from", Text),
];

pub(super) fn prices(paused: &Paused) -> Table {
    let prices = &paused.plan().prices;
    let rows = prices.entries().map(|(name, entry)| {
        let from = match &entry.from {
            KnownFrom::Published(from) => from.clone(),
            KnownFrom::Recalled(from) => format!("recalled: {from}"),
            KnownFrom::Scenario => "the scenario".to_owned(),
        };
        let usd = Decimal::trimmed(entry.usd.as_nanos().into(), 9);
        let note = (!entry.note.is_empty()).then_some(&entry.note);
        [name.into(), usd.to_string().into(), entry.per.as_str().into(), note.into(), from.into()]
    });
    Table::new(PRICES, rows)
}
