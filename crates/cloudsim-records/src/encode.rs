//! The canonical encoding: the bytes that a digest is taken of.
//!
//! Little-endian. A record is its time (u64 nanoseconds), its number (u64), its kind (u8), then its fields in the
//! order of their declaration. Texts and lists are a u32 length and their elements; an optional entity or index is a
//! u32 with `u32::MAX` for none; any other option is a u8 (0 or 1) and, if 1, the value. No field has a width that
//! depends on the machine. The code of a kind is never used again.
//!
//! # Invariants
//! No record's bytes are a prefix of another's: each kind is read from the left without looking ahead.

use crate::{
    BillItem, Blame, Candidate, ClientInfo, CommitClasses, CreatedResource, EntityId, EntityInfo,
    Expectation, FaultInfo, HOPS_MAX, Intervention, Needs, NodeChosen, NodesLost, ObjectiveInfo,
    ObjectiveKind, Placed, PluginScore, PricesInfo, Record, RecoveryPoint, Rejection, RequestFinished, Room,
    RunStarted, RunbookAdvance, ServiceInfo, SettingInfo, WorkloadInfo,
};
use cloudsim_units::{NanoUsd, Ratio, SimDuration, SimTime};

const HEAD: usize = 8 + 8 + 1;
const REQUEST: usize = HEAD + 8 + 2 + 8 + 1 + 2 + 1 + 4 + 1 + 4 * HOPS_MAX;

/// Appends the canonical bytes of a record that was made at `at` as number `number`.
///
/// # Panics
/// If a text or list has 2^32 elements or more.
pub fn encode(record: &Record, at: SimTime, number: u64, out: &mut Vec<u8>) {
    if let Record::RequestFinished(request) = record {
        out.extend_from_slice(&request_bytes(request, at, number));
        return;
    }
    at.put(out);
    number.put(out);
    record.kind_code().put(out);
    match record {
        Record::RunStarted(run) => run.put(out),
        Record::FaultStarted { fault } | Record::FaultEnded { fault } => fault.put(out),
        Record::EntityAdded(entity) => entity.put(out),
        Record::InstanceStateChanged { instance, state } => {
            instance.put(out);
            (*state as u8).put(out);
        }
        Record::BalancerNodeChanged { node: subject, up }
        | Record::NatGatewayChanged { nat_gateway: subject, up }
        | Record::ControlPlaneChanged { cluster: subject, answers: up }
        | Record::HealthCheckChanged { health_check: subject, healthy: up } => {
            subject.put(out);
            up.put(out);
        }
        Record::LeaderElected { cluster, component } => {
            cluster.put(out);
            (*component as u8).put(out);
        }
        Record::TargetRegistered { group: subject, target: other }
        | Record::TargetDeregistered { group: subject, target: other }
        | Record::AddressesExhausted { group: subject, subnet: other }
        | Record::DatabaseReconnected { server: subject, database: other }
        | Record::FailoverFinished { database: subject, to: other } => {
            subject.put(out);
            other.put(out);
        }
        Record::TargetHealthChanged { group, node, target, health } => {
            group.put(out);
            node.put(out);
            target.put(out);
            (*health as u8).put(out);
        }
        Record::DnsAnswerChanged { balancer: subject, node: other, listed: flag }
        | Record::NatPortsChanged { nat_gateway: subject, endpoint: other, exhausted: flag }
        | Record::TableReplicaChanged { table: subject, region: other, up: flag } => {
            subject.put(out);
            other.put(out);
            flag.put(out);
        }
        Record::DnsRecordChanged { record, balancer, listed, health_check } => {
            record.put(out);
            balancer.put(out);
            listed.put(out);
            health_check.put(out);
        }
        Record::DatabaseInstanceChanged { database, instance, state } => {
            database.put(out);
            instance.put(out);
            (*state as u8).put(out);
        }
        Record::FailoverStepEnded { database, step } => {
            database.put(out);
            (*step as u8).put(out);
        }
        Record::RecoveryPointChosen(point) => point.put(out),
        Record::CommitsSettled { database, commits } => {
            database.put(out);
            commits.put(out);
        }
        Record::RequestFinished(_) => unreachable!("encoded above, without a branch per field"),
        Record::BillDrawn(items) | Record::PaidOnce(items) => items.put(out),
        Record::NodeChanged { .. }
        | Record::NodeTainted { .. }
        | Record::PodChanged { .. }
        | Record::PodUnschedulable { .. }
        | Record::PodHeld { .. }
        | Record::EvictionRefused { .. }
        | Record::NodesLost(_)
        | Record::NodeChosen(_)
        | Record::WorkloadServes { .. }
        | Record::WorkloadRescaled { .. }
        | Record::RolloutChanged { .. }
        | Record::NodeGroupScaled { .. }
        | Record::AutoscalerHalted { .. }
        | Record::CapacityInsufficient { .. }
        | Record::NodesClaimed { .. }
        | Record::NodeClaimLaunched { .. }
        | Record::OfferingUnavailable { .. }
        | Record::NodeClaimRemoved { .. }
        | Record::EndpointChanged { .. } => encode_of_cluster(record, out),
        Record::QuotaExceeded { .. } | Record::QuotaRaised { .. } => encode_of_quota(record, out),
        Record::ImageNotFound { .. }
        | Record::StartFailed { .. }
        | Record::CopyMade { .. }
        | Record::ImagePullFailed { .. } => encode_of_copy(record, out),
        Record::Intervened(intervention) => intervention.put(out),
        Record::RunbookAdvanced(advance) => advance.put(out),
        Record::ResourceCreated(created) => created.put(out),
        Record::CommitsReconciled { .. } | Record::WritesSettled { .. } => encode_of_data(record, out),
        Record::RunEnded { reason } => (*reason as u8).put(out),
    }
}

/// What a record says of what became of commits and writes.
fn encode_of_data(record: &Record, out: &mut Vec<u8>) {
    match record {
        Record::CommitsReconciled { database, commits } => {
            database.put(out);
            commits.put(out);
        }
        Record::WritesSettled { table, overwritten, open } => {
            table.put(out);
            overwritten.put(out);
            open.put(out);
        }
        _ => unreachable!("only records of data are asked for"),
    }
}

/// What a record of a quota says.
fn encode_of_quota(record: &Record, out: &mut Vec<u8>) {
    match record {
        Record::QuotaExceeded { group, region, vcpus } => {
            group.put(out);
            region.put(out);
            vcpus.put(out);
        }
        Record::QuotaRaised { region, vcpus } => {
            region.put(out);
            vcpus.put(out);
        }
        _ => unreachable!("of a quota"),
    }
}

/// What a record of a copy in a region says.
fn encode_of_copy(record: &Record, out: &mut Vec<u8>) {
    match record {
        Record::ImageNotFound { group, image, region } => {
            group.put(out);
            image.put(out);
            region.put(out);
        }
        Record::StartFailed { instance, lacks } => {
            instance.put(out);
            lacks.put(out);
        }
        Record::CopyMade { of, region } => {
            of.put(out);
            region.put(out);
        }
        Record::ImagePullFailed { pod, image, region } => {
            pod.put(out);
            image.put(out);
            region.put(out);
        }
        _ => unreachable!("of a copy"),
    }
}

/// What a record of a cluster of Kubernetes says.
fn encode_of_cluster(record: &Record, out: &mut Vec<u8>) {
    match record {
        Record::NodeChanged { node, state } => {
            node.put(out);
            (*state as u8).put(out);
        }
        Record::NodeTainted { node, taint, present } => {
            node.put(out);
            (*taint as u8).put(out);
            present.put(out);
        }
        Record::PodChanged { pod, node, state, reason } => {
            pod.put(out);
            node.put(out);
            (*state as u8).put(out);
            (*reason as u8).put(out);
        }
        Record::PodUnschedulable { pod, message, blame } => {
            pod.put(out);
            message.put(out);
            blame.put(out);
        }
        Record::PodHeld { pod, volume: what, node } | Record::EvictionRefused { pod, budget: what, node } => {
            pod.put(out);
            what.put(out);
            node.put(out);
        }
        Record::NodesLost(lost) => lost.put(out),
        Record::NodeChosen(chosen) => chosen.put(out),
        Record::WorkloadServes { workload, pod, serving, wanted, needed } => {
            workload.put(out);
            pod.put(out);
            serving.put(out);
            wanted.put(out);
            needed.put(out);
        }
        Record::WorkloadRescaled { workload, from, to, reason } => {
            workload.put(out);
            from.put(out);
            to.put(out);
            reason.put(out);
        }
        Record::RolloutChanged { workload, state } => {
            workload.put(out);
            (*state as u8).put(out);
        }
        Record::NodeGroupScaled { group, from, to, reason } => {
            group.put(out);
            from.put(out);
            to.put(out);
            (*reason as u8).put(out);
        }
        Record::AutoscalerHalted { cluster, halted, unready, nodes } => {
            cluster.put(out);
            halted.put(out);
            unready.put(out);
            nodes.put(out);
        }
        Record::NodesClaimed { pool, pods, claims } => {
            pool.put(out);
            pods.put(out);
            claims.put(out);
        }
        Record::NodeClaimLaunched { pool, instance, instance_type } => {
            pool.put(out);
            instance.put(out);
            instance_type.put(out);
        }
        Record::OfferingUnavailable { pool, zone, instance_type } => {
            pool.put(out);
            zone.put(out);
            instance_type.put(out);
        }
        Record::NodeClaimRemoved { pool, node, reason } => {
            pool.put(out);
            node.put(out);
            (*reason as u8).put(out);
        }
        Record::CapacityInsufficient { group, zone } => {
            group.put(out);
            zone.put(out);
        }
        Record::EndpointChanged { service, pod, state } => {
            service.put(out);
            pod.put(out);
            (*state as u8).put(out);
        }
        _ => unreachable!("of a cluster"),
    }
}

/// The fast path: millions of these per run, so one array of known length and one copy.
fn request_bytes(request: &RequestFinished, at: SimTime, number: u64) -> [u8; REQUEST] {
    let mut bytes = [0; REQUEST];
    let mut end = 0;
    let mut put = |field: &[u8]| {
        bytes[end..end + field.len()].copy_from_slice(field);
        end += field.len();
    };
    put(&at.as_nanos().to_le_bytes());
    put(&number.to_le_bytes());
    put(&[REQUEST_FINISHED]);
    put(&request.request.to_le_bytes());
    put(&request.class.to_le_bytes());
    put(&request.arrived.as_nanos().to_le_bytes());
    put(&[request.outcome as u8]);
    put(&request.code.to_le_bytes());
    put(&[request.cause as u8]);
    put(&optional(request.zone).to_le_bytes());
    put(&[request.tries]);
    for hop in request.hops {
        put(&optional(hop).to_le_bytes());
    }
    bytes
}

const REQUEST_FINISHED: u8 = 17;

impl Record {
    /// The code of this kind of record in the canonical encoding.
    #[must_use]
    pub const fn kind_code(&self) -> u8 {
        match self {
            Self::RunStarted(_) => 0,
            Self::FaultStarted { .. } => 1,
            Self::FaultEnded { .. } => 2,
            Self::EntityAdded(_) => 3,
            Self::InstanceStateChanged { .. } => 4,
            Self::BalancerNodeChanged { .. } => 5,
            Self::NatGatewayChanged { .. } => 6,
            Self::TargetRegistered { .. } => 7,
            Self::TargetDeregistered { .. } => 8,
            Self::TargetHealthChanged { .. } => 9,
            Self::DnsAnswerChanged { .. } => 10,
            Self::DatabaseInstanceChanged { .. } => 11,
            Self::FailoverStepEnded { .. } => 12,
            Self::RecoveryPointChosen(_) => 13,
            Self::FailoverFinished { .. } => 14,
            Self::DatabaseReconnected { .. } => 15,
            Self::CommitsSettled { .. } => 16,
            Self::RequestFinished(_) => REQUEST_FINISHED,
            Self::BillDrawn(_) => 18,
            Self::RunEnded { .. } => 19,
            Self::NatPortsChanged { .. } => 20,
            Self::AddressesExhausted { .. } => 21,
            Self::NodeChanged { .. } => 23,
            Self::NodeTainted { .. } => 24,
            Self::PodChanged { .. } => 25,
            Self::PodUnschedulable { .. } => 26,
            Self::WorkloadServes { .. } => 27,
            Self::ControlPlaneChanged { .. } => 28,
            Self::WorkloadRescaled { .. } => 29,
            Self::NodeGroupScaled { .. } => 30,
            Self::AutoscalerHalted { .. } => 31,
            Self::CapacityInsufficient { .. } => 32,
            Self::EndpointChanged { .. } => 33,
            Self::NodesLost(_) => 34,
            Self::RolloutChanged { .. } => 35,
            Self::LeaderElected { .. } => 36,
            Self::NodesClaimed { .. } => 40,
            Self::NodeClaimLaunched { .. } => 41,
            Self::OfferingUnavailable { .. } => 42,
            Self::NodeClaimRemoved { .. } => 43,
            Self::PodHeld { .. } => 44,
            Self::EvictionRefused { .. } => 45,
            Self::HealthCheckChanged { .. } => 46,
            Self::DnsRecordChanged { .. } => 47,
            Self::Intervened(_) => 22,
            Self::RunbookAdvanced(_) => 48,
            Self::ResourceCreated(_) => 49,
            Self::TableReplicaChanged { .. } => 50,
            Self::WritesSettled { .. } => 51,
            Self::CommitsReconciled { .. } => 52,
            Self::PaidOnce(_) => 53,
            Self::QuotaExceeded { .. } => 54,
            Self::QuotaRaised { .. } => 55,
            Self::ImageNotFound { .. } => 56,
            Self::StartFailed { .. } => 57,
            Self::CopyMade { .. } => 58,
            Self::ImagePullFailed { .. } => 59,
            Self::NodeChosen(_) => 60,
        }
    }
}

/// None is the largest number, which no inventory reaches.
const fn optional(entity: Option<EntityId>) -> u32 {
    match entity {
        Some(EntityId(id)) => id,
        None => u32::MAX,
    }
}

trait Put {
    fn put(&self, out: &mut Vec<u8>);
}

macro_rules! put_integers {
    ($($integer:ty),*) => {
        $(impl Put for $integer {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        })*
    };
}

put_integers!(u8, u16, u32, u64, i64);

impl Put for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }
}

impl Put for SimTime {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_nanos().put(out);
    }
}

impl Put for SimDuration {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_nanos().put(out);
    }
}

impl Put for Ratio {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_billionths().put(out);
    }
}

impl Put for NanoUsd {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_nanos().put(out);
    }
}

impl Put for EntityId {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl Put for Option<EntityId> {
    fn put(&self, out: &mut Vec<u8>) {
        optional(*self).put(out);
    }
}

impl Put for Option<WorkloadInfo> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(workload) = self {
            workload.put(out);
        }
    }
}

impl Put for Option<u32> {
    fn put(&self, out: &mut Vec<u8>) {
        self.unwrap_or(u32::MAX).put(out);
    }
}

/// No workload needs the largest number of pods, so that it says that none is given.
impl Put for Option<Needs> {
    fn put(&self, out: &mut Vec<u8>) {
        self.map_or(u32::MAX, |needs| needs.pods).put(out);
        if let Some(Needs { pods: _, by }) = self {
            (*by as u8).put(out);
        }
    }
}

impl Put for Blame {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { kind, what, nodes, alone } = self;
        (*kind as u8).put(out);
        what.put(out);
        nodes.put(out);
        alone.put(out);
    }
}

impl Put for Option<SimDuration> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(span) = self {
            span.put(out);
        }
    }
}

impl Put for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_str().put(out);
    }
}

impl Put for str {
    fn put(&self, out: &mut Vec<u8>) {
        u32::try_from(self.len()).expect("a text below 4 GiB").put(out);
        out.extend_from_slice(self.as_bytes());
    }
}

impl<T: Put> Put for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        u32::try_from(self.len()).expect("a list below 2^32 elements").put(out);
        for element in self {
            element.put(out);
        }
    }
}

/// Writes the fields of a struct in the order given, which is the order of their declaration. The pattern has no
/// `..`, so a field that is added to the struct and not here does not compile.
macro_rules! put_fields {
    ($($record:ident { $($field:ident),* })*) => {
        $(impl Put for $record {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($field.put(out);)*
            }
        })*
    };
}

put_fields! {
    Placed { pod, node }
    WorkloadInfo { workload, needs }
    NodesLost { cluster, fault, lost, left, displaced, bare, room }
    NodeChosen { pod, node, nodes, feasible, best, rejected, candidates }
    Rejection { plugin, reason, nodes }
    Candidate { node, total, scores }
    PluginScore { plugin, weight, score }
    Room { resource, allocatable, requested, displaced }
    ClientInfo { name, timeout }
    FaultInfo { name, kind, target, at, lasts }
    ObjectiveInfo { name, kind, expect }
    SettingInfo { path, value, default, alternatives }
    CommitClasses { acked_kept, acked_lost, unacked_kept, unacked_gone }
}

impl Put for RunStarted {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { name, scenario, overrides, seed, duration, warm_up, entities, classes, .. } = self;
        let Self { services, faults, objectives, settings, prices, placed, .. } = self;
        name.put(out);
        scenario.put(out);
        overrides.put(out);
        seed.put(out);
        duration.put(out);
        warm_up.put(out);
        entities.put(out);
        classes.put(out);
        services.put(out);
        faults.put(out);
        objectives.put(out);
        settings.put(out);
        prices.put(out);
        // Whether pods are there is known from the entities, which are encoded before.
        if !placed.is_empty() {
            placed.put(out);
        }
    }
}

/// Nothing: what a scenario has of its own stands in its text, and what things cost on the bill.
impl Put for PricesInfo {
    fn put(&self, _: &mut Vec<u8>) {}
}

impl Put for ServiceInfo {
    fn put(&self, out: &mut Vec<u8>) {
        let Self {
            name,
            classes,
            threshold,
            stable_for,
            depends_on,
            budget,
            clients,
            workload,
            request_value,
        } = self;
        name.put(out);
        classes.put(out);
        threshold.put(out);
        stable_for.put(out);
        depends_on.put(out);
        budget.put(out);
        clients.put(out);
        workload.put(out);
        // Whether there is one is known from the scenario, which is encoded before.
        if let Some(value) = request_value {
            value.put(out);
        }
    }
}

impl Put for BillItem {
    fn put(&self, out: &mut Vec<u8>) {
        // Who uses what follows from the scenario and its requests, which are encoded.
        let Self { what, quantity_milli, unit, usd, users: _ } = self;
        what.put(out);
        quantity_milli.put(out);
        unit.put(out);
        usd.put(out);
    }
}

impl Put for EntityInfo {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { id, kind, name, zone, parent } = self;
        id.put(out);
        (*kind as u8).put(out);
        name.put(out);
        zone.put(out);
        parent.put(out);
    }
}

impl Put for Intervention {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { action, target, text, refusal } = self;
        (*action as u8).put(out);
        target.put(out);
        text.put(out);
        refusal.is_some().put(out);
        if let Some(refusal) = refusal {
            (*refusal as u8).put(out);
        }
    }
}

impl Put for RunbookAdvance {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { runbook, stage, step, target } = self;
        runbook.put(out);
        (*stage as u8).put(out);
        step.put(out);
        target.put(out);
    }
}

impl Put for CreatedResource {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { stack, address, began, target } = self;
        stack.put(out);
        address.put(out);
        began.put(out);
        target.put(out);
    }
}

impl Put for RecoveryPoint {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { database, kind, fault, from, to, started, rpo, commits_lost } = self;
        database.put(out);
        (*kind as u8).put(out);
        fault.put(out);
        from.put(out);
        to.put(out);
        started.put(out);
        rpo.put(out);
        commits_lost.put(out);
    }
}

impl Put for Expectation {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u8).put(out);
    }
}

impl Put for ObjectiveKind {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Rto { service, at_most } => {
                0_u8.put(out);
                service.put(out);
                at_most.put(out);
            }
            Self::Rpo { database, at_most } => {
                1_u8.put(out);
                database.put(out);
                at_most.put(out);
            }
            Self::Availability { service, at_least } => {
                2_u8.put(out);
                service.put(out);
                at_least.put(out);
            }
            Self::Latency { service, percentile, at_most } => {
                3_u8.put(out);
                service.put(out);
                percentile.put(out);
                at_most.put(out);
            }
            Self::MonthlyCost { at_most } => {
                4_u8.put(out);
                at_most.put(out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
