//! What waits and what is down, beside zones, services and databases.

use super::{Section, View, level_at, most, most_in, told};
use crate::lines::{Lane, Sign, columns_of};
use cloudsim_measures::draw;

/// Pods that wait for a node, or for their containers.
pub(crate) fn pending(view: &View<'_>) -> Section {
    let lanes = &view.film.run.lanes;
    let steps = &lanes.pending;
    if lanes.zones.iter().all(|zone| most(&zone.pods) == 0) && most(steps) == 0 {
        return Section::default();
    }
    let highest = u64::from(most(steps).max(1));
    let lane = view.draw(|from, to| match u64::from(most_in(steps, from, to)) {
        0 => '·',
        pods => draw::level(pods, highest),
    });
    let (sign, text) = match level_at(steps, view.now) {
        0 => (Sign::Well, "no pod waits for a node or its start".to_owned()),
        1 => (Sign::Doubtful, "1 pod waits for a node or its start".to_owned()),
        pods => (Sign::Doubtful, format!("{pods} pods wait for a node or their start")),
    };
    Section {
        plural: "pending",
        head: None,
        rows: vec![told(sign, "pending", text, lane.map(Lane::Trouble))],
    }
}

/// What does not work, on one line: as many names as `columns` hold.
pub(crate) fn down(view: &View<'_>, columns: usize) -> Section {
    let absences = &view.film.run.lanes.absences;
    if absences.is_empty() {
        return Section::default();
    }
    let down = absences.iter().filter(|absence| absence.is_at(view.now));
    let down: Vec<&str> = down.map(|absence| absence.name.as_str()).collect();
    let (sign, text) = match down.len() {
        0 => (Sign::Well, "nothing".to_owned()),
        _ => (Sign::Broken, listed(&down, columns)),
    };
    Section { plural: "down", head: None, rows: vec![told(sign, "down", text, None)] }
}

/// Names with commas between; of those that have no room, how many there are.
fn listed(names: &[&str], columns: usize) -> String {
    for told in (1..=names.len()).rev() {
        let more = names.len() - told;
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let text = format!("{}{more}", names[..told].join(", "));
        if columns_of(&text) <= columns {
            return text;
        }
    }
    names.len().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_room_are_counted() {
        let names = ["nat-a", "frontend-alb/a", "backend-alb/a"];
        assert_eq!(listed(&names, 40), "nat-a, frontend-alb/a, backend-alb/a");
        assert_eq!(listed(&names, 33), "nat-a, frontend-alb/a and 1 more");
        assert_eq!(listed(&names, 20), "nat-a and 2 more");
        assert_eq!(listed(&names, 5), "3");
    }
}
