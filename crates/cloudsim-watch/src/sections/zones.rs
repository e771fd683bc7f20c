//! Zones: what of their hosts runs, what of their nodes is ready, what runs there, and how much of the traffic comes in.

use super::faults::{holds, holds_in};
use super::{Column, NOTHING, Table, View, level_at, most, most_in};
use crate::lines::{Lane, Sign, columns_of};
use cloudsim_measures::ZoneLane;
use cloudsim_units::{SimDuration, SimTime};

/// Chosen: the share of the traffic is that of so long a stretch, the second of the instant at its end.
const TRAFFIC_OF: SimDuration = SimDuration::from_secs(5);

pub(crate) fn zones(view: &View<'_>) -> Table {
    let zones = &view.film.run.lanes.zones;
    let now = view.now;
    let parts = |part: &[(SimTime, u32)], whole: &[(SimTime, u32)]| {
        format!("{}/{}", level_at(part, now), level_at(whole, now))
    };
    let widest = |of: fn(&ZoneLane) -> &[(SimTime, u32)]| {
        zones.iter().map(|zone| most(of(zone))).max().unwrap_or(0).to_string().len()
    };
    let has = |of: fn(&ZoneLane) -> &[(SimTime, u32)]| zones.iter().any(|zone| most(of(zone)) > 0);
    let column = |head, widest, rank, of: &dyn Fn(&ZoneLane) -> String| {
        Column::new(head, widest, rank, zones.iter().map(of).collect())
    };
    let mut columns = Vec::new();
    if has(|zone| &zone.instances) {
        let columns_of_both = widest(|zone| &zone.instances) * 2 + 1;
        columns.push(column("instances", columns_of_both, 0, &|zone| parts(&zone.running, &zone.instances)));
    }
    if has(|zone| &zone.registered) {
        let columns_of_both = widest(|zone| &zone.registered) * 2 + 1;
        columns.push(column("nodes", columns_of_both, 1, &|zone| parts(&zone.nodes, &zone.registered)));
        let pods = |zone: &ZoneLane| level_at(&zone.pods, now).to_string();
        columns.push(column("pods", widest(|zone| &zone.pods), 2, &pods));
    }
    if zones.iter().any(|zone| !zone.entered.is_empty()) {
        columns.push(column("traffic", columns_of("99.9%"), 3, &|zone| traffic(view, zone)));
    }
    let faults = |zone: &ZoneLane| {
        let of = view.film.run.faults.iter().filter(|fault| fault.target == zone.zone && holds(fault, now));
        of.map(|fault| fault.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let names = view.film.run.faults.iter().map(|fault| columns_of(&fault.name));
    if let Some(widest) = names.max() {
        columns.push(column("fault", widest, 4, &faults));
    }
    Table {
        head: "zone",
        plural: "zones",
        signs: zones.iter().map(|zone| sign(view, zone)).collect(),
        names: zones.iter().map(|zone| zone.zone.clone()).collect(),
        columns,
        lanes: zones.iter().map(|zone| lane(view, zone)).collect(),
    }
}

fn lane(view: &View<'_>, zone: &ZoneLane) -> Option<Lane> {
    let of_zone = || view.film.run.faults.iter().filter(|fault| fault.target == zone.zone);
    let struck =
        view.draw(|from, to| if of_zone().any(|fault| holds_in(fault, from, to)) { '▓' } else { '·' })?;
    let struck = struck.chars().map(|column| column == '▓').collect();
    Some(Lane::Share { cells: view.axis?.zone(zone), struck })
}

/// A zone that had hosts and has none any more is not well, even if nothing of it is broken.
fn sign(view: &View<'_>, zone: &ZoneLane) -> Sign {
    let at = view.now;
    let parts = [(&zone.running, &zone.instances), (&zone.nodes, &zone.registered)];
    let parts = parts.map(|(part, whole)| (level_at(part, at), level_at(whole, at)));
    if parts.iter().all(|(_, whole)| *whole == 0) {
        let had_some =
            [&zone.instances, &zone.registered].iter().any(|steps| most_in(steps, SimTime::ZERO, at) > 0);
        let is_struck =
            view.film.run.faults.iter().any(|fault| fault.target == zone.zone && holds(fault, at));
        match (had_some, is_struck) {
            (false, _) => Sign::None,
            (true, false) => Sign::Doubtful,
            (true, true) => Sign::Broken,
        }
    } else if parts.iter().any(|(part, whole)| *part == 0 && *whole > 0) {
        Sign::Broken
    } else if parts.iter().any(|(part, whole)| part < whole) {
        Sign::Doubtful
    } else {
        Sign::Well
    }
}

/// The zone's share of the requests that come in.
fn traffic(view: &View<'_>, zone: &ZoneLane) -> String {
    let second = SimDuration::from_secs(1);
    let last = SimTime::from_secs(view.now.as_nanos() / second.as_nanos());
    let last = if last == view.film.end() { last.saturating_sub(second) } else { last };
    let to = last + second;
    match view.film.run.lanes.traffic(zone, to.saturating_sub(TRAFFIC_OF), to) {
        Some((part, whole)) => {
            let tenths = u128::from(part) * 1000 / u128::from(whole);
            if part == whole { "100%".to_owned() } else { format!("{}.{}%", tenths / 10, tenths % 10) }
        }
        None => NOTHING.to_owned(),
    }
}
