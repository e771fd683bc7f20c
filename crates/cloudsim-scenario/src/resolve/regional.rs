//! What each region has a copy of its own of: machine images and secrets.

use super::{Context, Kind};
use crate::diagnostics::codes;
use crate::limits;
use crate::place::At;
use crate::plan::{Copied, MachineImageSpec, SecretSpec};
use cloudsim_world::DatabaseId;
use std::collections::BTreeMap;

pub(super) fn machine_images(cx: &mut Context<'_>) -> Vec<MachineImageSpec> {
    let build = cx.assumed.machine_images.build;
    let mut images = Vec::new();
    for (index, image) in cx.spec.machine_images.iter().enumerate() {
        let at = cx.at("machine_images", index);
        let size = cx.value(at.field("size"), &image.size);
        images.push(MachineImageSpec {
            name: cx.name(at, &image.name),
            size: cx.within(at.field("size"), size, &limits::STORAGE),
            builds_in: cx.distribution_or(at, "builds_in", image.builds_in.as_ref(), build),
            copies: copies(cx, at, &image.regions, &image.stale_in),
        });
    }
    images
}

pub(super) fn secrets(cx: &mut Context<'_>) -> Vec<SecretSpec> {
    let mut secrets = Vec::new();
    for (index, secret) in cx.spec.secrets.iter().enumerate() {
        let at = cx.at("secrets", index);
        let database = cx.reference(at.field("database").span(), Kind::Database, &secret.database);
        secrets.push(SecretSpec {
            name: cx.name(at, &secret.name),
            database: DatabaseId::from_index(database),
            copies: copies(cx, at, &secret.regions, &secret.stale_in),
        });
    }
    secrets
}

fn copies(
    cx: &mut Context<'_>,
    at: At<'_>,
    current: &[String],
    stale: &[String],
) -> BTreeMap<String, Copied> {
    let mut all = BTreeMap::new();
    for (field, names, copied) in [("regions", current, Copied::Current), ("stale_in", stale, Copied::Stale)]
    {
        for (index, name) in names.iter().enumerate() {
            let place = at.field(field).item(index);
            region(cx, place, name);
            if all.insert(name.clone(), copied).is_some() {
                let message = format!("region `{name}` is named twice");
                cx.error(&codes::DUPLICATE_NAME, place.span(), message).hint =
                    Some("what a region has is either current or stale".into());
            }
        }
    }
    all
}

/// A region in which something may be.
pub(super) fn region(cx: &mut Context<'_>, place: At<'_>, name: &str) {
    cx.reference(place.span(), Kind::Region, name);
    let is_empty = !cx.spec.zones.iter().any(|zone| zone.region == *name) && !cx.has_unread("zones");
    if cx.find(Kind::Region, name).is_some() && is_empty {
        cx.error(&codes::UNKNOWN_NAME, place.span(), format!("region `{name}` has no zone")).hint =
            Some("add one to `zones`".into());
    }
}
