use super::*;
use crate::{
    Action, BillItem, Cause, ClientInfo, CommitClasses, EndReason, EntityKind, Expectation, FailoverStep,
    FaultInfo, Intervention, Outcome, OwnPrices, PricesInfo, RecoveryKind, RecoveryPoint, SettingInfo,
    TargetHealth,
};
use cloudsim_units::{NanoUsd, Ratio, SimDuration};

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
    let mut lines = JsonLines::new();
    let mut out = Vec::new();
    for (number, record) in (0..).zip(&records) {
        lines.write(SimTime::from_nanos(number * 1_500_000_000), number, record, &mut out);
    }
    let text = String::from_utf8(out).expect("JSON is UTF-8");
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("each line is one JSON object");
        assert!(line.is_object());
    }
    insta::assert_snapshot!(text);
}
