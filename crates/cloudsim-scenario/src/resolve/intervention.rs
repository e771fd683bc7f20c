//! Interventions: what the words of an operator name.

use super::trial::member;
use super::{Context, Kind, instant};
use crate::diagnostics::{codes, printable};
use crate::overrides::Verb;
use crate::place::At;
use crate::plan::{Action, InterventionSpec};
use cloudsim_world::{AutoScalingGroupId, DatabaseId, ZoneId};

pub(super) fn interventions(cx: &mut Context<'_>) -> Vec<InterventionSpec> {
    let mut interventions = Vec::new();
    for typed in cx.interventions {
        let (text, at) = &typed.at;
        let at = instant(cx.span(At::new(at), text));
        let (name, place) = (typed.name.0.as_str(), At::new(&typed.name.1));
        let action = match typed.verb {
            Verb::Failover => Action::Failover {
                database: DatabaseId::from_index(cx.reference(place.span(), Kind::Database, name)),
            },
            Verb::Promote => {
                let (database, replica) = replica(cx, place, name);
                Action::Promote { database, replica }
            }
            Verb::ShiftAway => Action::ShiftAway { zone: zone(cx, place, name) },
            Verb::ShiftBack => Action::ShiftBack { zone: zone(cx, place, name) },
            Verb::Scale => {
                let count = typed.count.as_ref().map_or(0, |(count, _)| *count);
                let desired = u32::try_from(count).unwrap_or(u32::MAX);
                Action::Scale { group: group(cx, place, name), desired }
            }
            Verb::Restart => {
                let (group, member) = member(cx, place, name);
                Action::Restart { group, member }
            }
            Verb::Terminate => {
                let (group, member) = member(cx, place, name);
                Action::Terminate { group, member }
            }
        };
        interventions.push(InterventionSpec { at, action, text: printable(&typed.text) });
    }
    interventions
}

fn zone(cx: &mut Context<'_>, place: At<'_>, name: &str) -> ZoneId {
    ZoneId::from_index(cx.reference(place.span(), Kind::Zone, name))
}

fn group(cx: &mut Context<'_>, place: At<'_>, name: &str) -> AutoScalingGroupId {
    AutoScalingGroupId::from_index(cx.reference(place.span(), Kind::AutoScalingGroup, name))
}

/// A replica: its database, and its place among that one's replicas.
fn replica(cx: &mut Context<'_>, place: At<'_>, name: &str) -> (DatabaseId, usize) {
    let databases = &cx.spec.databases;
    let mut found = databases.iter().enumerate().filter_map(|(index, database)| {
        let place = database.replicas.iter().position(|replica| replica.name == name)?;
        Some((DatabaseId::from_index(index), place))
    });
    let first = found.next();
    if found.next().is_some() {
        let message = format!("several databases have a read replica `{name}`");
        cx.error(&codes::DUPLICATE_NAME, place.span(), message).hint = Some("rename one of them".into());
    }
    if first.is_none() && !cx.has_unread("databases") {
        let replicas = databases.iter().flat_map(|database| &database.replicas);
        let hint = cx.nearest(name, replicas.map(|replica| replica.name.as_str()), "read replica");
        cx.error(&codes::UNKNOWN_NAME, place.span(), format!("no read replica `{name}`")).hint = hint;
    }
    first.unwrap_or((DatabaseId(0), 0))
}
