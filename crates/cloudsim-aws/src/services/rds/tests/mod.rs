//! The behaviour of databases, by name. Statistics over many seeds and properties of random histories are apart.

mod backups;
mod behaviour;
mod clients;
mod grey;
mod histories;
mod operator;
mod oracle;
mod statistics;
mod without_standby;

use super::limits;
use super::{
    Accept, Acknowledgement, BackupSpec, Commit, CommitId, DatabasePlacement, DatabaseSpec, Databases,
    Engine, Event, InstancePlacement, InstanceSlot, Keeps, Rds, Recovery, ReplicaSpec, Signal,
};
use crate::services::ec2_instance;
use crate::services::vpc::{Grey, Impairment, Latencies, Links};
use cloudsim_engine::{Context, Probe, Stream, Streams};
use cloudsim_records::{
    CommitClasses, DatabaseInstanceState, EntityId, FailoverStep, Record, RecoveryKind, RecoveryPoint,
};
use cloudsim_units::{Bytes, DurationDistribution, Ratio, SimDuration, SimTime};
use cloudsim_world::{DatabaseId, SubnetId, ZoneId};
use oracle::Oracle;

const ORDERS: DatabaseId = DatabaseId(0);
const A: ZoneId = ZoneId(0);
const B: ZoneId = ZoneId(1);
const C: ZoneId = ZoneId(2);

const PRIMARY: InstanceSlot = InstanceSlot(0);
const STANDBY: InstanceSlot = InstanceSlot(1);
/// The slots of a database without a standby move up by one.
const REPLICA: InstanceSlot = InstanceSlot(2);

const ACK_DELAY: SimDuration = SimDuration::from_micros(300);

const fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

const fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

/// A writer in a, a standby in b, a replica in c; disks take exactly a millisecond.
pub(super) fn spec(recovery: Recovery) -> DatabaseSpec {
    DatabaseSpec {
        name: "orders".into(),
        engine: Engine::MySql,
        instance_class: "db.m5.large".into(),
        storage: Bytes(100 << 30),
        primary: SubnetId(0),
        multi_az: true,
        security_groups: None,
        standby: SubnetId(1),
        replicas: vec![ReplicaSpec {
            name: "orders-replica".into(),
            subnet: SubnetId(2),
            security_groups: None,
            exists: true,
        }],
        backups: Vec::new(),
        workers: limits::WORKERS,
        connections_max: limits::CONNECTIONS_MAX,
        log_shipping: limits::LOG_SHIPPING_INTERVAL,
        checkpoint_interval: limits::CHECKPOINT_INTERVAL,
        redo_per_commit: limits::REDO_PER_COMMIT,
        replay_per_second: limits::REPLAY_PER_SECOND,
        fsync: DurationDistribution::Constant(SimDuration::from_millis(1)),
        replica_lag: limits::REPLICA_LAG,
        dns_ttl: limits::ENDPOINT_TTL,
        clients: Vec::new(),
        recovery,
    }
}

fn single(recovery: Recovery) -> DatabaseSpec {
    DatabaseSpec { multi_az: false, ..spec(recovery) }
}

const fn restore() -> Recovery {
    Recovery::Restore { decide: SimDuration::from_mins(2) }
}

const fn promote() -> Recovery {
    Recovery::Promote { decide: SimDuration::from_mins(2) }
}

/// One database, 400 µs one way between zones, and servers that commit.
struct Cloud {
    databases: Databases,
    links: Links,
    probe: Probe<Rds>,
    luck: Stream,
    /// Commits under way: when their answer arrives, the writer they went to and its epoch.
    under_way: Vec<(SimTime, CommitId, InstanceSlot, u32)>,
    begun: u64,
    acked: u64,
    oracle: Oracle,
}

impl Cloud {
    fn new(spec: DatabaseSpec, seed: u64) -> Self {
        Self::place(spec, seed, false)
    }

    /// One whose replica may be promoted by hand.
    fn operated(spec: DatabaseSpec, seed: u64) -> Self {
        Self::place(spec, seed, true)
    }

    fn place(spec: DatabaseSpec, seed: u64, promoted_by_hand: bool) -> Self {
        let latencies = Latencies::new(3, SimDuration::from_micros(75), SimDuration::from_micros(400));
        let instance = |zone, entity| InstancePlacement {
            zone,
            region: 0,
            entity: EntityId(entity),
            distance: SimDuration::ZERO,
        };
        let placement = DatabasePlacement {
            entity: EntityId(10),
            primary: instance(A, 11),
            standby_zone: B,
            standby: EntityId(12),
            replicas: vec![instance(C, 13)],
            promoted_by_hand,
            restored: EntityId(14),
            backups: spec
                .backups
                .iter()
                .map(|_| InstancePlacement { region: 1, ..instance(C, 15) })
                .collect(),
            spec,
        };
        let streams = Streams::new(seed);
        Self {
            databases: Databases::new(vec![placement], Default::default(), &streams),
            links: Links::new(latencies, 3),
            probe: Probe::new(seed),
            luck: streams.stream("test", "commits"),
            under_way: Vec::new(),
            begun: 0,
            acked: 0,
            oracle: Oracle::default(),
        }
    }

    fn now(&self) -> SimTime {
        self.probe.now
    }

    fn next_event_at(&self) -> Option<SimTime> {
        self.probe.scheduled.iter().map(|(_, at, _)| *at).min()
    }

    fn next_ack_at(&self) -> Option<SimTime> {
        self.under_way.iter().map(|(at, ..)| *at).min()
    }

    /// Lets everything up to `until` happen, and moves the clock there.
    fn run(&mut self, until: SimTime) {
        loop {
            let (event, ack) = (self.next_event_at(), self.next_ack_at());
            if let Some(at) = ack
                && at <= until
                && event.is_none_or(|event| at < event)
            {
                self.probe.now = at;
                self.deliver(at);
            } else if event.is_some_and(|at| at <= until) {
                let event = self.probe.next_event().expect("one is due");
                self.databases.handle(event, &mut self.probe);
                self.observe();
            } else {
                break;
            }
        }
        self.probe.now = until;
    }

    /// The answers that arrive at `at`.
    fn deliver(&mut self, at: SimTime) {
        let (due, later) = std::mem::take(&mut self.under_way).into_iter().partition(|(ack, ..)| *ack == at);
        self.under_way = later;
        let due: Vec<_> = due;
        for (_, commit, slot, epoch) in due {
            if self.databases.epoch(slot) != epoch {
                continue;
            }
            match self.databases.acknowledge(commit, at) {
                Acknowledgement::Given => {
                    self.acked += 1;
                    self.oracle.acknowledged(commit);
                }
                Acknowledgement::NotBefore(ready) => {
                    self.under_way.push((ready + ACK_DELAY, commit, slot, epoch));
                }
                Acknowledgement::Void => panic!("the epoch tells that the writer died"),
            }
        }
    }

    /// Compares what was recorded since the last time with what must have happened.
    fn observe(&mut self) {
        let database = self.databases.get(ORDERS);
        self.oracle.observe(&self.probe.records, self.probe.now, database);
    }

    fn run_for(&mut self, span: SimDuration) {
        self.run(self.now() + span);
    }

    /// Runs until nothing is left to happen.
    fn settle(&mut self) {
        while let Some(at) = self.next_event_at().max(self.next_ack_at()) {
            self.run(at);
        }
    }

    fn writer(&self) -> Option<InstanceSlot> {
        let writers: Vec<_> = (0..self.databases.instance_count())
            .map(|i| InstanceSlot(u32::try_from(i).expect("few")))
            .filter(|slot| self.databases.accepts(*slot, true) == Accept::Ok)
            .collect();
        assert!(writers.len() <= 1, "{writers:?} all take writes");
        writers.first().copied()
    }

    /// One commit, if there is a writer.
    fn commit(&mut self) -> Option<Commit> {
        let writer = self.writer()?;
        let word = self.luck.word();
        let commit = self.databases.begin_commit(writer, &self.links, self.now(), word);
        if let Some((at, event)) = commit.given_up {
            self.probe.schedule_at(at, event);
        }
        self.begun += 1;
        self.oracle.begun(commit.id, self.now());
        let epoch = self.databases.epoch(writer);
        self.under_way.push((commit.ready + ACK_DELAY, commit.id, writer, epoch));
        Some(commit)
    }

    /// A commit every `gap` until `until`.
    fn commit_every(&mut self, gap: SimDuration, until: SimTime) {
        while self.now() + gap <= until {
            self.run_for(gap);
            self.commit();
        }
        self.run(until);
    }

    fn classes(&mut self) -> CommitClasses {
        self.databases.finish(&mut self.probe);
        let Some(Record::CommitsSettled { commits, .. }) = self.probe.records.pop() else {
            panic!("the last record settles the commits")
        };
        commits
    }

    fn points(&self) -> Vec<&RecoveryPoint> {
        self.probe
            .records
            .iter()
            .filter_map(|record| match record {
                Record::RecoveryPointChosen(point) => Some(&**point),
                _ => None,
            })
            .collect()
    }

    fn steps(&self) -> Vec<FailoverStep> {
        self.probe
            .records
            .iter()
            .filter_map(|record| match record {
                Record::FailoverStepEnded { step, .. } => Some(*step),
                _ => None,
            })
            .collect()
    }

    fn finished(&self) -> usize {
        self.probe.records.iter().filter(|record| matches!(record, Record::FailoverFinished { .. })).count()
    }

    /// Lets a zone be grey in these directions, and no other.
    fn turn_grey(&mut self, zone: ZoneId, leaving: Option<Grey>, entering: Option<Grey>) {
        self.links.impair([Impairment::Grey { zone, leaving, entering }].iter());
    }

    fn lose(&mut self, zone: ZoneId) {
        self.databases.lose_power(zone, None, &mut self.probe);
        self.observe();
    }

    fn give_back(&mut self, zone: ZoneId) {
        self.databases.return_power(zone, ec2_instance::limits::POWER_RETURN, &mut self.probe);
        self.observe();
    }

    fn crash(&mut self) {
        self.databases.crash_writer(ORDERS, None, None, &mut self.probe);
        self.observe();
    }
}

#[test]
fn an_event_fits_into_twelve_bytes() {
    assert!(size_of::<Event>() <= 12);
}
