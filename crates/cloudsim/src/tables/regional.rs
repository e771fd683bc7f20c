//! What each region has a copy of its own of.

use super::Content::{List, Text};
use super::{Cell, Column, Table, always};
use crate::Paused;
use crate::copies::Copy;
use cloudsim_scenario::plan::Copied;

pub(super) const MACHINE_IMAGES: [Column; 3] =
    [always("name", Text), always("regions", List), always("stale_in", List)];

pub(super) fn machine_images(paused: &Paused) -> Table {
    let copies = paused.cloud.copies.images();
    let rows = paused.plan().machine_images.iter().zip(copies).map(|(image, copy)| {
        let [current, stale] = copied(paused, copy);
        [Cell::from(&image.name), current, stale]
    });
    Table::new(MACHINE_IMAGES, rows)
}

pub(super) const SECRETS: [Column; 4] =
    [always("name", Text), always("database", Text), always("regions", List), always("stale_in", List)];

pub(super) fn secrets(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.secrets.iter().zip(paused.cloud.copies.secrets()).map(|(secret, copy)| {
        let [current, stale] = copied(paused, copy);
        let database = &plan.databases[secret.database.index()].name;
        [Cell::from(&secret.name), database.into(), current, stale]
    });
    Table::new(SECRETS, rows)
}

/// The regions whose copies are current, and those whose copies are not.
fn copied(paused: &Paused, copy: &Copy) -> [Cell; 2] {
    let regions = paused.plan().regions();
    [Copied::Current, Copied::Stale].map(|copied| {
        let names = copy.regions(copied).map(|region| regions[usize::from(region)].to_owned());
        names.collect::<Vec<_>>().into()
    })
}
