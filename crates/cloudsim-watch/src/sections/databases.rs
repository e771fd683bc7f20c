//! Databases: who takes writes, and what became of who did.

use super::{Section, View, told};
use crate::lines::{Cell, Lane, Paint, Row, Sign};
use cloudsim_measures::{DatabaseInstanceLane, DatabaseLane, DatabaseMeasures, span, words};
use cloudsim_records::DatabaseInstanceState;
use cloudsim_units::SimTime;

pub(crate) fn databases(view: &View<'_>) -> Section {
    let run = &view.film.run;
    let rows = run.databases.iter().zip(&run.lanes.databases).map(|(database, lane)| {
        let writes = |from, to| if is_away_in(database, lane, from, to) { '▁' } else { '█' };
        let (sign, text) = state(database, lane, view.now);
        told(sign, &database.name, text, view.draw(writes).map(Lane::share))
    });
    let rows: Vec<Row> = rows.collect();
    let head = |text: &str| Cell { text: text.to_owned(), columns: text.len(), to_the_right: false };
    let head = (!rows.is_empty()).then(|| Row {
        sign: Sign::None,
        label: "database".to_owned(),
        cells: vec![head("who takes writes")],
        lane: None,
        paint: Paint::Dim,
    });
    Section { plural: "databases", head, rows }
}

fn is_away_in(database: &DatabaseMeasures, lane: &DatabaseLane, from: SimTime, to: SimTime) -> bool {
    let away = |from_: SimTime, until: Option<SimTime>| from_ < to && until.is_none_or(|until| from < until);
    database.failovers.iter().any(|of| away(of.started, of.finished)) || lane.writer(from).is_none()
}

fn state(database: &DatabaseMeasures, lane: &DatabaseLane, at: SimTime) -> (Sign, String) {
    let open = database
        .failovers
        .iter()
        .find(|of| of.started <= at && of.finished.is_none_or(|finished| at < finished));
    match (lane.writer(at), open) {
        (Some(writer), None) => (Sign::Well, format!("{} takes writes", placed(writer))),
        (Some(writer), Some(_)) => {
            (Sign::Doubtful, format!("{} could, its name still turns", placed(writer)))
        }
        (None, _) => (Sign::Broken, nobody(lane, at)),
    }
}

fn placed(instance: &DatabaseInstanceLane) -> String {
    match &instance.zone {
        Some(zone) => format!("{} ({zone})", instance.name),
        None => instance.name.clone(),
    }
}

/// Since when nobody takes writes, and what became of who did last.
fn nobody(lane: &DatabaseLane, at: SimTime) -> String {
    let last = lane.instances.iter().filter_map(|instance| {
        let known = instance.states.partition_point(|(since, _)| *since <= at);
        let wrote = instance.states[..known]
            .iter()
            .rposition(|(_, state)| *state == DatabaseInstanceState::Writer)?;
        let (gone, became) = *instance.states[..known].get(wrote + 1)?;
        Some((gone, became, instance))
    });
    match last.max_by_key(|(gone, ..)| *gone) {
        Some((gone, became, instance)) => {
            let became = words::apart(became.word());
            let zone = instance.zone.as_ref().map_or_else(String::new, |zone| format!(" ({zone})"));
            format!("nobody for {}: {} {became}{zone}", span(at.since(gone)), instance.name)
        }
        None => "nobody".to_owned(),
    }
}
