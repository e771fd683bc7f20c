use super::*;
use crate::{
    Action, BlameKind, Cause, ClaimReason, Component, CreatedResource, DatabaseInstanceState, EndReason,
    EndpointState, EntityKind, FailoverStep, InstanceState, NodeState, NodeTaint, Outcome, PodReason,
    PodState, RecoveryKind, Refusal, RolloutState, RunbookStage, ScaleReason, TargetHealth,
};
use proptest::prelude::*;
use proptest::sample::select;

fn bytes(record: &Record, at: SimTime, number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    encode(record, at, number, &mut out);
    out
}

fn request() -> RequestFinished {
    let mut hops = [None; HOPS_MAX];
    hops[0] = Some(EntityId(0x0102));
    RequestFinished {
        request: 5,
        class: 1,
        arrived: SimTime::from_nanos(0x0a0b),
        outcome: Outcome::Timeout,
        code: 504,
        cause: Cause::TargetUnreachable,
        zone: Some(EntityId(3)),
        tries: 2,
        hops,
    }
}

#[test]
fn a_request_is_encoded_as_written_down() {
    let encoded = bytes(&Record::RequestFinished(request()), SimTime::from_nanos(0x0c0d), 0x11);
    let mut expected = vec![0x0d, 0x0c, 0, 0, 0, 0, 0, 0];
    expected.extend([0x11, 0, 0, 0, 0, 0, 0, 0]);
    expected.push(17);
    expected.extend([5, 0, 0, 0, 0, 0, 0, 0]);
    expected.extend([1, 0]);
    expected.extend([0x0b, 0x0a, 0, 0, 0, 0, 0, 0]);
    expected.push(2);
    expected.extend([0xf8, 0x01]);
    expected.push(4);
    expected.extend([3, 0, 0, 0]);
    expected.push(2);
    expected.extend([0x02, 0x01, 0, 0]);
    expected.extend([0xff; 4 * (HOPS_MAX - 1)]);
    assert_eq!(encoded, expected);
    assert_eq!(encoded.len(), REQUEST);
}

#[test]
fn texts_and_options_are_encoded_as_written_down() {
    let entity = EntityInfo {
        id: EntityId(9),
        kind: EntityKind::Instance,
        name: "ab".into(),
        zone: None,
        parent: Some(EntityId(1)),
    };
    let encoded = bytes(&Record::EntityAdded(Box::new(entity)), SimTime::ZERO, 0);
    let mut expected = vec![0; 16];
    expected.extend([3, 9, 0, 0, 0, 11, 2, 0, 0, 0, b'a', b'b', 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0]);
    assert_eq!(encoded, expected);
}

#[test]
fn what_is_blamed_is_encoded_as_written_down() {
    let blame = vec![Blame { kind: BlameKind::Spread, what: "z".into(), nodes: 2, alone: 1 }];
    let record = Record::PodUnschedulable { pod: EntityId(7), message: "no".into(), blame };
    let mut expected = vec![0; 16];
    expected.extend([26, 7, 0, 0, 0, 2, 0, 0, 0, b'n', b'o', 1, 0, 0, 0]);
    expected.extend([4, 1, 0, 0, 0, b'z', 2, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(bytes(&record, SimTime::ZERO, 0), expected);
}

#[test]
fn every_kind_has_a_code_of_its_own() {
    let mut codes: Vec<u8> = one_of_each().iter().map(Record::kind_code).collect();
    codes.sort_unstable();
    assert_eq!(codes, (0..37).chain(40..44).chain(46..61).collect::<Vec<u8>>());
}

/// A record of every kind, in the order of their codes.
fn one_of_each() -> Vec<Record> {
    let id = EntityId(1);
    let entity = EntityInfo { id, kind: EntityKind::Zone, name: "a".into(), zone: None, parent: None };
    let point = RecoveryPoint {
        database: id,
        kind: RecoveryKind::Promotion,
        fault: None,
        from: id,
        to: id,
        started: SimTime::ZERO,
        rpo: SimDuration::ZERO,
        commits_lost: 0,
    };
    vec![
        Record::RunStarted(Box::new(run("name".into(), 1, None))),
        Record::FaultStarted { fault: 0 },
        Record::FaultEnded { fault: 0 },
        Record::EntityAdded(Box::new(entity)),
        Record::InstanceStateChanged { instance: id, state: InstanceState::Running },
        Record::BalancerNodeChanged { node: id, up: true },
        Record::NatGatewayChanged { nat_gateway: id, up: true },
        Record::TargetRegistered { group: id, target: id },
        Record::TargetDeregistered { group: id, target: id },
        Record::TargetHealthChanged { group: id, node: id, target: id, health: TargetHealth::Healthy },
        Record::DnsAnswerChanged { balancer: id, node: id, listed: true },
        Record::HealthCheckChanged { health_check: id, healthy: false },
        Record::DnsRecordChanged { record: id, balancer: id, listed: true, health_check: id },
        Record::DatabaseInstanceChanged { database: id, instance: id, state: DatabaseInstanceState::Writer },
        Record::FailoverStepEnded { database: id, step: FailoverStep::Dns },
        Record::RecoveryPointChosen(Box::new(point)),
        Record::FailoverFinished { database: id, to: id },
        Record::DatabaseReconnected { server: id, database: id },
        Record::CommitsSettled { database: id, commits: CommitClasses::default() },
        Record::RequestFinished(request()),
        Record::BillDrawn(Box::default()),
        Record::PaidOnce(Box::default()),
        Record::RunEnded { reason: EndReason::Horizon },
        Record::NatPortsChanged { nat_gateway: id, endpoint: id, exhausted: true },
        Record::AddressesExhausted { group: id, subnet: id },
        Record::RolloutChanged { workload: id, state: RolloutState::Complete },
        Record::NodeGroupScaled { group: id, from: 1, to: 2, reason: ScaleReason::PodsPending },
        Record::AutoscalerHalted { cluster: id, halted: true, unready: 6, nodes: 12 },
        Record::CapacityInsufficient { group: id, zone: id },
        Record::QuotaExceeded { group: id, region: id, vcpus: 5 },
        Record::QuotaRaised { region: id, vcpus: 32 },
        Record::ImageNotFound { group: id, image: id, region: id },
        Record::StartFailed { instance: id, lacks: id },
        Record::CopyMade { of: id, region: id },
        Record::ImagePullFailed { pod: id, image: id, region: id },
        Record::NodesClaimed { pool: id, pods: 6, claims: 2 },
        Record::NodeClaimLaunched { pool: id, instance: id, instance_type: "m5.xlarge".into() },
        Record::OfferingUnavailable { pool: id, zone: id, instance_type: "m5.xlarge".into() },
        Record::NodeClaimRemoved { pool: id, node: None, reason: ClaimReason::NoCapacity },
        Record::Intervened(Box::new(Intervention {
            action: Action::Scale,
            target: id,
            text: "4m: scale asg/web 3".into(),
            refusal: None,
        })),
        Record::RunbookAdvanced(Box::new(RunbookAdvance {
            runbook: id,
            stage: RunbookStage::Acted,
            step: "promote".into(),
            target: Some(id),
        })),
        Record::ResourceCreated(Box::new(CreatedResource {
            stack: id,
            address: "aws_lb.west".into(),
            began: SimTime::ZERO,
            target: Some(id),
        })),
        Record::TableReplicaChanged { table: id, region: id, up: false },
        Record::WritesSettled { table: id, overwritten: 2, open: 1 },
        Record::CommitsReconciled { database: id, commits: 3 },
        Record::NodeChanged { node: id, state: NodeState::Ready },
        Record::NodeTainted { node: id, taint: NodeTaint::Unreachable, present: true },
        Record::PodChanged { pod: id, node: None, state: PodState::Pending, reason: PodReason::None },
        Record::PodUnschedulable {
            pod: id,
            message: "no".into(),
            blame: vec![Blame { kind: BlameKind::Capacity, what: "cpu".into(), nodes: 2, alone: 1 }],
        },
        Record::WorkloadServes { workload: id, pod: None, serving: 1, wanted: 2, needed: 1 },
        Record::ControlPlaneChanged { cluster: id, answers: true },
        Record::LeaderElected { cluster: id, component: Component::Scheduler },
        Record::WorkloadRescaled { workload: id, from: 1, to: 2, reason: "busy".into() },
        Record::EndpointChanged { service: id, pod: id, state: EndpointState::Listed },
        Record::NodesLost(Box::new(NodesLost {
            cluster: id,
            fault: 0,
            lost: 1,
            left: 2,
            displaced: 3,
            bare: 0,
            room: vec![Room { resource: "cpu".into(), allocatable: 4, requested: 3, displaced: 2 }],
        })),
        Record::NodeChosen(Box::new(chosen("fit".into(), 2))),
    ]
}

fn chosen(plugin: Box<str>, score: i64) -> NodeChosen {
    let (pod, node) = (EntityId(1), EntityId(0));
    let scores = vec![PluginScore { plugin: plugin.clone(), weight: 1, score }];
    NodeChosen {
        pod,
        node,
        nodes: 3,
        feasible: 1,
        best: 1,
        rejected: vec![Rejection { plugin, reason: "no".into(), nodes: 2 }],
        candidates: vec![Candidate { node, total: score, scores }],
    }
}

fn run(name: String, seed: u64, lasts: Option<SimDuration>) -> RunStarted {
    let subject = name.clone();
    let limit = |kind| ObjectiveInfo { name: "o".into(), kind, expect: Expectation::Breached };
    RunStarted {
        name: name.clone(),
        scenario: "()".into(),
        overrides: vec![name.clone(), String::new()],
        seed,
        duration: SimDuration::from_secs(60),
        warm_up: SimDuration::ZERO,
        entities: Vec::new(),
        classes: vec![name.clone()],
        services: vec![ServiceInfo {
            name: name.clone(),
            classes: vec![0],
            threshold: Ratio::from_percent(99),
            stable_for: SimDuration::from_secs(30),
            depends_on: vec![EntityId(1)],
            budget: Ratio::from_percent(1),
            clients: vec![ClientInfo { name: name.clone(), timeout: SimDuration::from_secs(10) }],
            workload: None,
            request_value: None,
        }],
        faults: vec![FaultInfo {
            name: "f".into(),
            kind: "ZonePowerLoss".into(),
            target: name.clone(),
            at: SimTime::from_secs(1),
            lasts,
        }],
        objectives: vec![
            limit(ObjectiveKind::Rto { service: subject.clone(), at_most: SimDuration::ZERO }),
            limit(ObjectiveKind::Rpo { database: subject.clone(), at_most: SimDuration::ZERO }),
            limit(ObjectiveKind::Availability { service: subject.clone(), at_least: Ratio::ONE }),
            limit(ObjectiveKind::Latency {
                service: subject,
                percentile: 99_900,
                at_most: SimDuration::ZERO,
            }),
            limit(ObjectiveKind::MonthlyCost { at_most: NanoUsd::ZERO }),
        ],
        settings: vec![SettingInfo {
            path: "a.b.c".into(),
            value: name.clone(),
            default: String::new(),
            alternatives: vec![name],
        }],
        prices: PricesInfo::default(),
        placed: vec![Placed { pod: EntityId(1), node: EntityId(0) }],
    }
}

fn id() -> impl Strategy<Value = EntityId> {
    (0_u32..4).prop_map(EntityId)
}

fn maybe_id() -> impl Strategy<Value = Option<EntityId>> {
    prop::option::of(id())
}

fn name() -> impl Strategy<Value = String> {
    "[ab]{0,3}"
}

fn any_request() -> impl Strategy<Value = Record> {
    let ends = (select(Outcome::ALL), select(Cause::ALL), maybe_id(), 0_u8..3);
    (0_u64..3, 0_u16..2, 0_u64..3, ends, 0_u16..3, prop::array::uniform8(maybe_id())).prop_map(
        |(request, class, arrived, (outcome, cause, zone, tries), code, hops)| {
            let arrived = SimTime::from_nanos(arrived);
            Record::RequestFinished(RequestFinished {
                request,
                class,
                arrived,
                outcome,
                code,
                cause,
                zone,
                tries,
                hops,
            })
        },
    )
}

fn any_point() -> impl Strategy<Value = Record> {
    (id(), select(RecoveryKind::ALL), prop::option::of(0_u32..2), id(), id(), 0_u64..2, 0_u64..2, 0_u64..2)
        .prop_map(|(database, kind, fault, from, to, started, rpo, commits_lost)| {
            let (started, rpo) = (SimTime::from_nanos(started), SimDuration::from_nanos(rpo));
            Record::RecoveryPointChosen(Box::new(RecoveryPoint {
                database,
                kind,
                fault,
                from,
                to,
                started,
                rpo,
                commits_lost,
            }))
        })
}

fn any_bill() -> impl Strategy<Value = Record> {
    let item = (name(), 0_u64..2, name(), -1_i64..2).prop_map(|(what, quantity_milli, unit, nanos)| {
        BillItem { what, quantity_milli, unit, usd: NanoUsd::from_nanos(nanos), users: Vec::new() }
    });
    prop::collection::vec(item, 0..3).prop_map(|items| Record::BillDrawn(Box::new(items)))
}

/// A record of a database or a table.
fn any_of_data() -> impl Strategy<Value = Record> {
    prop_oneof![
        (id(), id(), select(DatabaseInstanceState::ALL)).prop_map(|(database, instance, state)| {
            Record::DatabaseInstanceChanged { database, instance, state }
        }),
        (id(), select(FailoverStep::ALL))
            .prop_map(|(database, step)| Record::FailoverStepEnded { database, step }),
        any_point(),
        (id(), id()).prop_map(|(database, to)| Record::FailoverFinished { database, to }),
        (id(), id()).prop_map(|(server, database)| Record::DatabaseReconnected { server, database }),
        (id(), prop::array::uniform4(0_u64..2)).prop_map(|(database, [a, b, c, d])| {
            let commits = CommitClasses { acked_kept: a, acked_lost: b, unacked_kept: c, unacked_gone: d };
            Record::CommitsSettled { database, commits }
        }),
        (id(), id(), any::<bool>()).prop_map(|(table, region, up)| Record::TableReplicaChanged {
            table,
            region,
            up
        }),
        (id(), 0_u64..2, 0_u64..2).prop_map(|(table, overwritten, open)| Record::WritesSettled {
            table,
            overwritten,
            open
        }),
        (id(), 0_u64..2).prop_map(|(database, commits)| Record::CommitsReconciled { database, commits }),
    ]
}

fn any_record() -> impl Strategy<Value = Record> {
    let entity = (id(), select(EntityKind::ALL), name(), maybe_id(), maybe_id());
    prop_oneof![
        (name(), 0_u64..2, prop::option::of(0_u64..2)).prop_map(|(name, seed, lasts)| {
            Record::RunStarted(Box::new(run(name, seed, lasts.map(SimDuration::from_nanos))))
        }),
        (0_u32..2).prop_map(|fault| Record::FaultStarted { fault }),
        (0_u32..2).prop_map(|fault| Record::FaultEnded { fault }),
        entity.prop_map(|(id, kind, name, zone, parent)| {
            Record::EntityAdded(Box::new(EntityInfo { id, kind, name, zone, parent }))
        }),
        (id(), select(InstanceState::ALL))
            .prop_map(|(instance, state)| Record::InstanceStateChanged { instance, state }),
        (id(), any::<bool>()).prop_map(|(node, up)| Record::BalancerNodeChanged { node, up }),
        (id(), any::<bool>()).prop_map(|(nat_gateway, up)| Record::NatGatewayChanged { nat_gateway, up }),
        (id(), id(), any::<bool>()).prop_map(|(nat_gateway, endpoint, exhausted)| Record::NatPortsChanged {
            nat_gateway,
            endpoint,
            exhausted
        }),
        (id(), id()).prop_map(|(group, subnet)| Record::AddressesExhausted { group, subnet }),
        (id(), select(RolloutState::ALL))
            .prop_map(|(workload, state)| Record::RolloutChanged { workload, state }),
        (id(), 0_u32..2, 0_u32..2, select(ScaleReason::ALL))
            .prop_map(|(group, from, to, reason)| Record::NodeGroupScaled { group, from, to, reason }),
        (id(), any::<bool>(), 0_u32..2, 0_u32..2).prop_map(|(cluster, halted, unready, nodes)| {
            Record::AutoscalerHalted { cluster, halted, unready, nodes }
        }),
        (id(), id()).prop_map(|(group, zone)| Record::CapacityInsufficient { group, zone }),
        (id(), id(), 0_u32..2).prop_map(|(group, region, vcpus)| Record::QuotaExceeded {
            group,
            region,
            vcpus
        }),
        (id(), 0_u32..2).prop_map(|(region, vcpus)| Record::QuotaRaised { region, vcpus }),
        (id(), id(), id()).prop_map(|(group, image, region)| Record::ImageNotFound { group, image, region }),
        (id(), id()).prop_map(|(instance, lacks)| Record::StartFailed { instance, lacks }),
        (id(), id()).prop_map(|(of, region)| Record::CopyMade { of, region }),
        (id(), id(), id()).prop_map(|(pod, image, region)| Record::ImagePullFailed { pod, image, region }),
        (id(), 0_u32..2, 0_u32..2).prop_map(|(pool, pods, claims)| Record::NodesClaimed {
            pool,
            pods,
            claims
        }),
        (id(), id(), name()).prop_map(|(pool, instance, kind)| Record::NodeClaimLaunched {
            pool,
            instance,
            instance_type: kind.into()
        }),
        (id(), id(), name()).prop_map(|(pool, zone, kind)| Record::OfferingUnavailable {
            pool,
            zone,
            instance_type: kind.into()
        }),
        (id(), maybe_id(), select(ClaimReason::ALL))
            .prop_map(|(pool, node, reason)| Record::NodeClaimRemoved { pool, node, reason }),
        (id(), select(Component::ALL))
            .prop_map(|(cluster, component)| Record::LeaderElected { cluster, component }),
        (id(), id()).prop_map(|(group, target)| Record::TargetRegistered { group, target }),
        (id(), id()).prop_map(|(group, target)| Record::TargetDeregistered { group, target }),
        (id(), id(), id(), select(TargetHealth::ALL)).prop_map(|(group, node, target, health)| {
            Record::TargetHealthChanged { group, node, target, health }
        }),
        (id(), id(), any::<bool>()).prop_map(|(balancer, node, listed)| Record::DnsAnswerChanged {
            balancer,
            node,
            listed
        }),
        (id(), any::<bool>())
            .prop_map(|(health_check, healthy)| Record::HealthCheckChanged { health_check, healthy }),
        (id(), id(), any::<bool>(), id()).prop_map(|(record, balancer, listed, health_check)| {
            Record::DnsRecordChanged { record, balancer, listed, health_check }
        }),
        (name(), 0_i64..2)
            .prop_map(|(plugin, score)| Record::NodeChosen(Box::new(chosen(plugin.into(), score)))),
        any_of_data(),
        any_request(),
        any_bill(),
        (select(Action::ALL), id(), name(), prop::option::of(select(Refusal::ALL))).prop_map(
            |(action, target, text, refusal)| {
                Record::Intervened(Box::new(Intervention { action, target, text, refusal }))
            }
        ),
        (id(), select(RunbookStage::ALL), name(), maybe_id()).prop_map(|(runbook, stage, step, target)| {
            Record::RunbookAdvanced(Box::new(RunbookAdvance { runbook, stage, step, target }))
        }),
        (id(), name(), 0_u64..100, maybe_id()).prop_map(|(stack, address, began, target)| {
            let began = SimTime::from_nanos(began);
            Record::ResourceCreated(Box::new(CreatedResource { stack, address, began, target }))
        }),
        select(EndReason::ALL).prop_map(|reason| Record::RunEnded { reason }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn equal_bytes_are_equal_records_and_none_is_a_prefix_of_another(
        one in (any_record(), 0_u64..2, 0_u64..2),
        other in (any_record(), 0_u64..2, 0_u64..2),
    ) {
        let encoded = |(record, at, number): &(Record, u64, u64)| bytes(record, SimTime::from_nanos(*at), *number);
        let (first, second) = (encoded(&one), encoded(&other));
        prop_assert_eq!(one == other, first == second);
        if first != second {
            prop_assert!(!first.starts_with(&second) && !second.starts_with(&first));
        }
    }

    #[test]
    fn records_of_one_kind_that_differ_encode_differently(
        (one, other) in (0_usize..20).prop_flat_map(|_| (any_request(), any_request())),
    ) {
        prop_assert_eq!(one == other, bytes(&one, SimTime::ZERO, 0) == bytes(&other, SimTime::ZERO, 0));
    }
}
