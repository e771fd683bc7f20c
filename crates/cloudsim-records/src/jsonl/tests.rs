use super::*;
use crate::{
    Action, BillItem, BillShare, Cause, ClientInfo, CommitClasses, EndReason, EntityInfo, EntityKind,
    Expectation, FailoverStep, FaultInfo, Intervention, ObjectiveInfo, ObjectiveKind, Outcome, OwnPrices,
    PricesInfo, RecoveryKind, RecoveryPoint, Refusal, RunStarted, ServiceInfo, SettingInfo, TargetHealth,
};
use cloudsim_units::{NanoUsd, Ratio, SimDuration};
use serde_json::Value;

fn run() -> RunStarted {
    let entity = |id, kind, name: &str, zone| EntityInfo {
        id: EntityId(id),
        kind,
        name: name.into(),
        zone,
        parent: None,
    };
    RunStarted {
        name: "az-a-outage".into(),
        scenario: "(version: 1)".into(),
        overrides: vec!["seed=1".into()],
        seed: 1,
        duration: SimDuration::from_mins(30),
        warm_up: SimDuration::from_secs(60),
        entities: vec![
            entity(0, EntityKind::Zone, "a", None),
            entity(1, EntityKind::BalancerNode, "alb-a", Some(EntityId(0))),
            entity(2, EntityKind::Database, "orders \"main\"", None),
        ],
        classes: vec!["browse".into()],
        services: vec![ServiceInfo {
            name: "web".into(),
            classes: vec![0],
            threshold: Ratio::from_percent(99),
            stable_for: SimDuration::from_secs(30),
            depends_on: vec![EntityId(2)],
            budget: Ratio::parse("0.1%").expect("a share"),
            clients: vec![ClientInfo { name: "browser".into(), timeout: SimDuration::from_secs(10) }],
            workload: None,
            request_value: None,
        }],
        faults: vec![FaultInfo {
            name: "a-dark".into(),
            kind: "ZonePowerLoss".into(),
            target: "a".into(),
            at: SimTime::from_secs(300),
            lasts: None,
        }],
        objectives: vec![ObjectiveInfo {
            name: "fast".into(),
            kind: ObjectiveKind::Latency {
                service: "web".into(),
                percentile: 99_900,
                at_most: SimDuration::from_millis(500),
            },
            expect: Expectation::Met,
        }],
        settings: vec![SettingInfo {
            path: "target_groups.frontend.interval".into(),
            value: "30s".into(),
            default: "30s".into(),
            alternatives: vec!["10s".into()],
        }],
        prices: PricesInfo {
            region: "us-east-1".into(),
            date: "2026-11-23".into(),
            own: Some(OwnPrices { region: None, date: None, names: vec!["m5.large".into()] }),
        },
        placed: Vec::new(),
    }
}

#[test]
fn lines_name_entities_and_keep_every_digit() {
    let mut hops = [None; HOPS_MAX];
    (hops[0], hops[1]) = (Some(EntityId(1)), Some(EntityId(4)));
    let request = RequestFinished {
        request: 7,
        class: 0,
        arrived: SimTime::from_nanos(299_999_999_999),
        outcome: Outcome::Timeout,
        code: 0,
        cause: Cause::TargetUnreachable,
        zone: Some(EntityId(0)),
        tries: 2,
        hops,
    };
    let added = EntityInfo {
        id: EntityId(4),
        kind: EntityKind::Instance,
        name: "server-1".into(),
        zone: Some(EntityId(0)),
        parent: None,
    };
    let database = EntityId(2);
    let point = RecoveryPoint {
        database,
        kind: RecoveryKind::Restore,
        fault: Some(0),
        from: EntityId(9),
        to: EntityId(4),
        started: SimTime::from_secs(300),
        rpo: SimDuration::from_millis(147_250),
        commits_lost: 12,
    };
    let health = Record::TargetHealthChanged {
        group: database,
        node: EntityId(1),
        target: EntityId(4),
        health: TargetHealth::UnhealthyTimeout,
    };
    let bill = BillItem {
        what: "nat_gateways hours".into(),
        quantity_milli: 730_000,
        unit: "h".into(),
        usd: NanoUsd::from_nanos(32_850_000_001),
        users: vec![BillShare { service: Some(0), weight: 7 }],
    };
    let records = [
        Record::RunStarted(Box::new(run())),
        Record::EntityAdded(Box::new(added)),
        Record::RequestFinished(request),
        health,
        Record::FailoverStepEnded { database, step: FailoverStep::Recover },
        Record::RecoveryPointChosen(Box::new(point)),
        Record::CommitsSettled { database, commits: CommitClasses::default() },
        Record::CommitsReconciled { database, commits: 3 },
        Record::Intervened(Box::new(Intervention {
            action: Action::Failover,
            target: database,
            text: "9s: failover database/orders \"main\"".into(),
            refusal: Some(Refusal::NoStandby),
        })),
        Record::BillDrawn(Box::new(vec![bill])),
        Record::RunEnded { reason: EndReason::Horizon },
    ];
    let origin = Origin { version: "0.0.0".to_owned(), command: "cloudsim run az-a-outage".to_owned() };
    let mut lines = JsonLines::new(origin.clone());
    let mut out = Vec::new();
    for (number, record) in (0..).zip(&records) {
        lines.write(SimTime::from_nanos(number * 150_000_000_000), number, record, &mut out);
    }
    let text = String::from_utf8(out).expect("JSON is UTF-8");
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("each line is one JSON object");
        assert!(line.is_object());
    }
    let mut reader = LineReader::new();
    for (number, (line, record)) in (0..).zip(text.lines().zip(&records)) {
        let at = SimTime::from_nanos(number * 150_000_000_000);
        assert_eq!(reader.read(line.as_bytes()), Ok((at, number, record.clone())), "{line}");
    }
    assert_eq!(reader.origin(), Some(&origin));
    assert!(reader.is_over());
    insta::assert_snapshot!(text);
}

fn written(records: &[Record]) -> Vec<String> {
    let mut lines = JsonLines::new(Origin::default());
    let mut out = Vec::new();
    for (number, record) in (0..).zip(records) {
        lines.write(SimTime::ZERO, number, record, &mut out);
    }
    String::from_utf8(out).expect("JSON is UTF-8").lines().map(str::to_owned).collect()
}

#[test]
fn where_a_name_leads_elsewhere_the_number_stands_beside_it() {
    let added = |id, kind, name: &str| {
        let name = name.to_owned();
        Record::EntityAdded(Box::new(EntityInfo { id: EntityId(id), kind, name, zone: None, parent: None }))
    };
    let gone = |instance| {
        let instance = EntityId(instance);
        Record::InstanceStateChanged { instance, state: crate::InstanceState::Terminated }
    };
    let mut hops = [None; HOPS_MAX];
    (hops[1], hops[2]) = (Some(EntityId(3)), Some(EntityId(4)));
    let request = RequestFinished {
        request: 0,
        class: 0,
        arrived: SimTime::ZERO,
        outcome: Outcome::Ok,
        code: 200,
        cause: Cause::None,
        zone: None,
        tries: 1,
        hops,
    };
    let records = [
        Record::RunStarted(Box::new(run())),
        added(3, EntityKind::Instance, "twin"),
        Record::RequestFinished(request),
        gone(3),
        added(4, EntityKind::Instance, "twin"),
        Record::RequestFinished(request),
        gone(3),
        gone(4),
        gone(9),
        Record::RunEnded { reason: EndReason::Horizon },
    ];
    let lines = written(&records);
    let told: Vec<bool> = lines.iter().map(|line| line.contains("_id")).collect();
    assert_eq!(told, [false, false, true, false, false, true, true, false, true, false], "{lines:#?}");
    assert!(lines[5].ends_with("\"hops\":[null,\"twin\",\"twin\"],\"hops_ids\":[null,3,4]}"), "{}", lines[5]);
    let mut reader = LineReader::new();
    for (line, record) in lines.iter().zip(&records) {
        assert_eq!(reader.read(line.as_bytes()).map(|(_, _, record)| record), Ok(record.clone()), "{line}");
    }
}

#[test]
fn what_is_no_line_of_the_run_is_refused() {
    let lines = written(&[
        Record::RunStarted(Box::new(run())),
        Record::FaultStarted { fault: 0 },
        Record::NatGatewayChanged { nat_gateway: EntityId(1), up: true },
        Record::RunEnded { reason: EndReason::Horizon },
    ]);
    let refused = |lines: &[&str]| {
        let mut reader = LineReader::new();
        let errors = lines.iter().filter_map(|line| reader.read(line.as_bytes()).err());
        errors.map(|error| error.to_string()).next().expect("a line is refused")
    };
    let first = lines[0].as_str();
    let other = first.replace("\"schema_version\":\"1.1\"", "\"schema_version\":\"2.0\"");
    let cases: [(&[&str], &str); 9] = [
        (&["hello"], "it is no JSON object"),
        (&["{}"], "`kind` is missing"),
        (&[&lines[1]], "it is not the next record of one run"),
        (&[&other], "its lines are of version 2.0, and this program reads 1.1"),
        (&[first, first], "it is not the next record of one run"),
        (&[first, &lines[2]], "it is record 2 where 1 comes next"),
        (&[first, &lines[1].replace("FaultStarted", "Rumour")], "no record is a `Rumour`"),
        (&[first, &lines[1].replace("\"fault\":0", "\"fault\":\"0\"")], "`fault` is not as it should be"),
        (
            &[first, &lines[1], &lines[2].replace("\"nat_gateway_id\":1,", "").replace("alb-a", "nowhere")],
            "`nat_gateway`: nothing is called `nowhere`",
        ),
    ];
    for (lines, why) in cases {
        let said = refused(lines);
        assert!(said.starts_with(why), "{why}: {said}");
    }
}
