//! Tables of DynamoDB.

use super::Content::{Count, Text, Words};
use super::{Cell, Column, Table, always, wide};
use crate::Paused;
use cloudsim_world::TableId;

pub(super) const TABLES: [Column; 8] = [
    always("name", Text),
    always("consistency", Text),
    always("regions", Words),
    always("items", Count),
    always("kept", Count),
    always("lost", Count),
    always("overwritten", Count),
    wide("on_the_way", Count),
];

pub(super) fn tables(paused: &Paused) -> Table {
    let tables = &paused.cloud.tables;
    let rows = paused.plan().tables.iter().enumerate().map(|(index, spec)| {
        let id = TableId::from_index(index);
        let region = |(entity, up)| {
            let state = if up { "Up" } else { "Lost" };
            (paused.name_of(entity).to_owned(), Cell::from(state))
        };
        let (commits, overwritten, open) = tables.settled(id);
        [
            Cell::from(&spec.name),
            if spec.is_strong() { "Strong" } else { "Eventual" }.into(),
            Cell::Pairs(tables.members(id).map(region).collect()),
            spec.items.into(),
            commits.acked_kept.into(),
            commits.acked_lost.into(),
            overwritten.into(),
            open.into(),
        ]
    });
    Table::new(TABLES, rows)
}
