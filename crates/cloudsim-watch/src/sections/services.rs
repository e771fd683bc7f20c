//! Services: how much is asked of them, how much of it ends well, and whether they are out.

use super::{Column, NOTHING, Table, View};
use crate::lines::{Lane, Sign, columns_of};
use cloudsim_measures::heat::{self, HeatColumn};
use cloudsim_measures::{RunDocument, ServiceLane, ServiceMeasures, ServiceWindow, span, words};
use cloudsim_units::{Ratio, SimDuration, SimTime};

/// A service and its lane.
type Of<'a> = (&'a ServiceMeasures, &'a ServiceLane);

pub(crate) fn services(view: &View<'_>) -> Table {
    let run = &view.film.run;
    let services: Vec<Of<'_>> = run.services.iter().zip(&run.lanes.services).collect();
    // Of the end, the last instant before it is told: nothing arrives in it any more.
    let now = view.now.min(view.film.end().saturating_sub(SimDuration::from_nanos(1)));
    let column = |head, widest, rank, of: &dyn Fn(&Of<'_>) -> String| {
        Column::new(head, widest, rank, services.iter().map(of).collect())
    };
    let mut columns = Vec::new();
    let rates = view.film.rate_columns;
    if let Some(widest) = rates {
        let a_second = |(_, lane): &Of<'_>| match window(lane, now) {
            Some(window) if !lane.counts_pods => rate(window),
            _ => NOTHING.to_owned(),
        };
        columns.push(column("req/s", widest, 2, &a_second));
    }
    let good = |of: &Of<'_>| good(of.1, now);
    columns.push(column("good", columns_of("99.999%"), 1, &good));
    columns.push(column("target", columns_of("≥99.99%"), 3, &target));
    if rates.is_some() {
        let widest = columns_of("<16.38s");
        columns.push(column("p50", widest, 5, &|of| took(of.1, now, Ratio::from_percent(50))));
        columns.push(column("p99", widest, 4, &|of| took(of.1, now, Ratio::from_percent(99))));
    }
    let states: Vec<(Sign, String)> = services.iter().map(|of| state(of, now, view.now)).collect();
    let texts = states.iter().map(|(_, state)| state.clone()).collect();
    columns.push(Column::new("state", columns_of("out 59m59.9s"), 0, texts));
    Table {
        head: "service",
        plural: "services",
        signs: states.iter().map(|(sign, _)| *sign).collect(),
        names: services.iter().map(|(service, _)| service.name.clone()).collect(),
        columns,
        lanes: services.iter().map(|(_, lane)| Some(Lane::share(view.axis?.service(lane)))).collect(),
    }
}

/// The most columns that a rate takes in any window; `None` if nobody asks.
pub(crate) fn widest_rate(run: &RunDocument) -> Option<usize> {
    let lanes = run.lanes.services.iter().filter(|lane| !lane.counts_pods);
    lanes.flat_map(|lane| &lane.windows).map(|window| columns_of(&rate(window))).max()
}

/// The window in which an instant lies.
fn window(lane: &ServiceLane, at: SimTime) -> Option<&ServiceWindow> {
    let over = lane.windows.partition_point(|window| window.to <= at);
    lane.windows.get(over).filter(|window| window.from <= at && window.valid > 0)
}

/// Requests a second; with a tenth, of less than ten.
fn rate(window: &ServiceWindow) -> String {
    let nanos = u128::from(window.to.since(window.from).as_nanos().max(1));
    let tenths = u128::from(window.valid) * 10_000_000_000 / nanos;
    if tenths < 100 {
        format!("{}.{}", tenths / 10, tenths % 10)
    } else {
        words::count(u64::try_from((tenths + 5) / 10).unwrap_or(u64::MAX))
    }
}

fn good(lane: &ServiceLane, at: SimTime) -> String {
    match window(lane, at) {
        Some(window) if lane.counts_pods => format!("{}/{}", window.good, window.valid),
        Some(window) => words::percent(window.good, window.valid),
        None => NOTHING.to_owned(),
    }
}

/// What its objective leaves: a share of good requests, or pods that it needs.
fn target((service, lane): &Of<'_>) -> String {
    const WHOLE: u64 = 1_000_000_000;
    match service.needs {
        Some(needs) if lane.counts_pods => format!("≥{}", needs.pods),
        _ if lane.counts_pods => "all".to_owned(),
        _ => format!("≥{}", Ratio::from_billionths(WHOLE.saturating_sub(service.budget.as_billionths()))),
    }
}

/// Within which time so large a share of the good answers came: the end of the class of times that holds it.
fn took(lane: &ServiceLane, at: SimTime, share: Ratio) -> String {
    let over = lane.heat.partition_point(|column| column.to <= at);
    let column = lane.heat.get(over).filter(|column| column.from <= at);
    column.and_then(|column| class_of(column, share)).unwrap_or_else(|| NOTHING.to_owned())
}

fn class_of(column: &HeatColumn, share: Ratio) -> Option<String> {
    let all: u64 = column.good.iter().copied().map(u64::from).sum();
    let mut below = 0;
    let row = (0..heat::ROWS).find(|row| {
        below += u64::from(column.good[*row]);
        all > 0 && share.is_met_by(below, all)
    })?;
    Some(match heat::row_end(row) {
        Some(end) => format!("<{}", rounded(end)),
        None => heat::row_end(row - 1).map_or_else(String::new, |end| format!("≥{}", rounded(end))),
    })
}

/// `16ms`, `1.02s`.
fn rounded(of: SimDuration) -> String {
    let millis = of.as_nanos() / 1_000_000;
    if millis < 1_000 {
        format!("{millis}ms")
    } else {
        format!("{}.{:02}s", millis / 1_000, millis % 1_000 / 10)
    }
}

/// Whether it is out, or not as good as it should be. Its windows are looked up at `at`, which lies before the end.
fn state((service, lane): &Of<'_>, at: SimTime, now: SimTime) -> (Sign, String) {
    let out = service
        .outages
        .iter()
        .find(|outage| outage.started <= now && outage.restored.is_none_or(|restored| now < restored));
    let window = window(lane, at);
    match (out, window) {
        (Some(outage), _) => (Sign::Broken, format!("out {}", span(now.since(outage.started)))),
        (None, Some(window)) if window.degraded => (Sign::Doubtful, "degraded".to_owned()),
        (None, Some(_)) => (Sign::Well, "ok".to_owned()),
        (None, None) => (Sign::None, "not asked".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window_of(seconds: u64, valid: u64) -> ServiceWindow {
        let (from, to) = (SimTime::ZERO, SimTime::from_secs(seconds));
        ServiceWindow { from, to, valid, good: valid, degraded: false }
    }

    #[test]
    fn rates_below_ten_have_a_tenth() {
        let rates = [(1, 1299), (4, 50), (10, 99), (20, 50)].map(|(s, valid)| rate(&window_of(s, valid)));
        assert_eq!(rates, ["1,299", "13", "9.9", "2.5"]);
    }

    #[test]
    fn a_percentile_is_told_by_the_end_of_its_class() {
        let mut good = [0; heat::ROWS];
        (good[0], good[5], good[heat::ROWS - 1]) = (50, 48, 2);
        let column = HeatColumn { from: SimTime::ZERO, to: SimTime::from_secs(1), good, failed: 0 };
        let of = |percent| class_of(&column, Ratio::from_percent(percent)).expect("there are answers");
        assert_eq!([of(50), of(51), of(98), of(99)], ["<2ms", "<64ms", "<64ms", "≥16.38s"]);
        let nothing = HeatColumn { good: [0; heat::ROWS], ..column };
        assert_eq!(class_of(&nothing, Ratio::from_percent(50)), None);
    }
}
