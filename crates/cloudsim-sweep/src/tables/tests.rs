use super::*;
use crate::row::{Outcome, RunSummary};
use cloudsim_measures::{
    Cost, DatabaseMeasures, FailoverMeasures, FaultMeasures, KubernetesMeasures, Lanes, LatencyMeasures,
    ObjectiveMeasure, Phase,
};
use cloudsim_records::{BillItem, CommitClasses, Expectation, RecoveryKind, RunDigest};
use cloudsim_units::Ratio;

fn second(at: u64) -> SimTime {
    SimTime::from_secs(at)
}

fn objective(kind: &'static str, target: Quantity, actual: Option<Quantity>) -> ObjectiveMeasure {
    ObjectiveMeasure {
        name: format!("{kind} of web"),
        kind,
        label: kind.to_uppercase(),
        subject: "web".to_owned(),
        target,
        actual,
        met: actual.is_some(),
        expect: Expectation::Met,
        conclusive: actual.is_some() || kind == "Rto",
    }
}

fn service(name: &str, uptime: Option<(u64, u64)>, outages: Vec<Outage>) -> ServiceMeasures {
    let requests = if uptime.is_some() { 0 } else { 3 };
    let latency = uptime.is_none().then(|| LatencyMeasures {
        p50: SimDuration::from_nanos(1),
        p95: SimDuration::from_millis(2),
        p99: SimDuration::from_millis(3),
        max: SimDuration::from_secs(4),
    });
    ServiceMeasures {
        name: name.to_owned(),
        requests,
        good: requests.saturating_sub(1),
        uptime,
        needs: None,
        budget: Ratio::from_percent(1),
        latency,
        errors: Vec::new(),
        outages,
    }
}

fn outage() -> Outage {
    let phase = Phase {
        name: "detect".to_owned(),
        from: second(5),
        to: second(9),
        setting: Some("target_groups.web.interval".to_owned()),
        value: Some("5s".to_owned()),
        default: None,
        candidates: Vec::new(),
        deciders: Vec::new(),
        ended_by: None,
        lever: None,
    };
    Outage {
        fault: Some("a-dark".to_owned()),
        started: second(5),
        restored: None,
        needed: None,
        phases: vec![phase],
    }
}

/// A run in which something of every kind happened.
pub(crate) fn eventful(seed: u64) -> RunDocument {
    let failover = FailoverMeasures {
        kind: RecoveryKind::Promotion,
        fault: None,
        from: "orders-1".to_owned(),
        to: "orders-2".to_owned(),
        started: second(5),
        finished: Some(SimTime::from_nanos(66_123_456_789)),
        rpo: SimDuration::from_nanos(1),
        commits_lost: 2,
    };
    let commits = CommitClasses { acked_kept: 10, acked_lost: 2, unacked_kept: 1, unacked_gone: 0 };
    let share = |part, whole| Quantity::Share { part, whole };
    let minute = Quantity::Time(SimDuration::from_mins(1));
    RunDocument {
        version: "0.0.0".to_owned(),
        scenario: "made-up".to_owned(),
        seed,
        overrides: Vec::new(),
        duration: SimDuration::from_mins(10),
        reached: second(600),
        interrupted: false,
        digest: RunDigest([7; 32]),
        services: vec![service("web", None, vec![outage()])],
        databases: vec![DatabaseMeasures {
            reconciled: 0,
            name: "orders".to_owned(),
            commits,
            failovers: vec![failover],
            undecided: false,
        }],
        tables: Vec::new(),
        faults: vec![FaultMeasures {
            name: "a-dark".to_owned(),
            kind: "ZonePowerLoss".to_owned(),
            target: "a".to_owned(),
            started: second(5),
            ended: None,
            record: 0,
        }],
        kubernetes: KubernetesMeasures {
            workloads: vec![service("shop/deployment/api", Some((8, 9)), Vec::new())],
            ..KubernetesMeasures::default()
        },
        objectives: vec![
            objective("Rto", minute, None),
            objective("Rpo", minute, None),
            objective("Availability", share(990_000_000, 1_000_000_000), Some(share(2, 3))),
            objective("Latency", minute, Some(Quantity::Time(SimDuration::from_nanos(123_456_789)))),
            objective("Latency", minute, None),
            objective(
                "MonthlyCost",
                Quantity::Money(NanoUsd::from_micros(1)),
                Some(Quantity::Money(NanoUsd::from_nanos(7))),
            ),
        ],
        cost: Cost {
            items: vec![BillItem {
                what: "hours".to_owned(),
                quantity_milli: 1_500,
                unit: "h".to_owned(),
                usd: NanoUsd::from_nanos(7),
                users: Vec::new(),
            }],
            ..Cost::default()
        },
        timeline: Vec::new(),
        lanes: Lanes::default(),
    }
}

#[test]
fn something_of_every_kind_is_a_row_of_its_table() {
    let tables = RunTables::of(&eventful(4), 2);
    let rows = Table::ALL.map(|table| (table.name(), tables.rows(table).len()));
    let expected = [
        ("runs", 1),
        ("services", 2),
        ("outages", 1),
        ("phases", 1),
        ("databases", 1),
        ("failovers", 1),
        ("faults", 1),
        ("objectives", 6),
        ("costs", 1),
    ];
    assert_eq!(rows, expected);
    assert_eq!(tables.rows(Table::Outages)[0][4..], [Cell::Null, Cell::Null], "it was not restored");
    let failover = &tables.rows(Table::Failovers)[0];
    assert_eq!(failover[8..10], [Cell::Decimal(61_123_456_789), Cell::Decimal(1)]);
}

#[test]
fn every_row_has_the_cells_of_its_columns() {
    let tables = RunTables::of(&eventful(4), 2);
    for table in Table::ALL {
        for row in tables.rows(table) {
            assert_eq!(row.len(), table.own_columns().len(), "{}", table.name());
            for (column, cell) in table.own_columns().iter().zip(row) {
                assert!(column.takes(cell), "{}.{}: {cell:?}", table.name(), column.name);
            }
        }
    }
}

#[test]
fn a_row_of_another_table_is_not_taken() {
    let mut tables = RunTables::new(1, 0);
    assert!(!tables.add(Table::Runs, vec![Cell::Null; 3]));
    assert!(!tables.add(Table::Runs, vec![Cell::Text(String::new())]));
    assert_eq!(tables, RunTables::new(1, 0));
}

/// What is censored, what was not measured and what was are three things, and a share stays two whole numbers.
#[test]
fn what_is_summed_up_is_what_the_tables_say() {
    let summary = RunSummary::from_tables(&RunTables::of(&eventful(4), 2)).expect("a run");
    let measured = |actual| Outcome::Measured { actual, met: true };
    let expected = [
        Outcome::Beyond,
        Outcome::Beyond,
        measured(Quantity::Share { part: 2, whole: 3 }),
        measured(Quantity::Time(SimDuration::from_nanos(123_456_789))),
        Outcome::Unmeasured,
        measured(Quantity::Money(NanoUsd::from_nanos(7))),
    ];
    assert_eq!(summary.row.outcomes, expected);
    let targets: Vec<&str> = summary.head.objectives.iter().map(|head| head.limit.as_str()).collect();
    assert_eq!(targets, ["≤ 1m", "≤ 1m", "≥ 99%", "≤ 1m", "≤ 1m", "≤ $0.00"]);
    assert_eq!(summary.head.services, ["web", "shop/deployment/api"]);
    assert_eq!(summary.row.services[0].availability, Some((2, 3)));
    assert_eq!(summary.row.services[1].availability, Some((8, 9)));
    assert!(summary.row.services[0].not_restored && summary.row.services[0].outages == 1);
    assert_eq!((summary.row.seed, summary.row.digest), (4, RunDigest([7; 32])));
    assert_eq!(summary.head.reached, SimDuration::from_mins(10));
}

/// Columns of all tables can stand in one question: no name means two things, and none is a word of SQL.
#[test]
fn no_column_is_named_twice_or_needs_quotes() {
    for table in Table::ALL {
        let columns = table.columns(&[]);
        for (place, column) in columns.iter().enumerate() {
            assert!(columns[..place].iter().all(|other| other.name != column.name), "{}", column.name);
            assert!(!["from", "to", "default", "group", "order", "table", "end"].contains(&column.name));
            assert!(column.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
            assert!(column.about.ends_with('.'), "{}", column.about);
        }
    }
}

#[test]
fn each_factor_has_a_column_behind_the_point() {
    let factor = |path: &str| Factor { path: path.to_owned(), values: vec!["1".to_owned()] };
    let factors = [factor("a.x"), factor("b.y")];
    let names: Vec<&str> = Table::Costs.columns(&factors).iter().map(|column| column.name).collect();
    assert_eq!(names, ["seed", "point", "a.x", "b.y", "item", "quantity", "unit", "usd"]);
    let key = RunTables::new(9, 1).key(&["1", "2"]);
    let text = |of: &str| Cell::Text(of.to_owned());
    assert_eq!(key, [Cell::Count(9), Cell::Count(1), text("1"), text("2")]);
}
