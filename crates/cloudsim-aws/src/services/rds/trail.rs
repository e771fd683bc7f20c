//! The trail of one commit: when it was written, safe and acknowledged, and whenever writes stopped, where its copies were and
//! what the database went back to.
//!
//! Somebody who asks follows one commit of a database. What happens to it is noted, and nothing else follows from that.

use super::backups::Assumed;
use super::databases::Database;
use super::ledger::Ledger;
use super::{CommitId, Databases, InstanceSlot};
use cloudsim_records::RecoveryKind;
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::{DatabaseId, FaultId};

/// What the writer did about a standby when it wrote a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mirroring {
    /// There is no standby.
    None,
    /// It has one that is not in step, and goes on alone.
    NotInStep,
    /// Its standby is gone; until it gives that up it answers no commit.
    Waiting,
    /// It sends the commit to the standby.
    InStep,
}

impl Mirroring {
    pub(super) fn of(database: &Database, sent: bool) -> Self {
        match (database.standby, database.in_step) {
            _ if sent => Self::InStep,
            (None, _) => Self::None,
            (Some(_), true) => Self::Waiting,
            (Some(_), false) => Self::NotInStep,
        }
    }
}

/// Where a commit may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyOf {
    /// The disk of the writer.
    Writer(InstanceSlot),
    /// The standby.
    Standby {
        /// The instance.
        slot: InstanceSlot,
        /// Whether it has all that was acknowledged, as far as RDS knows.
        in_step: bool,
    },
    /// The replica of that place in the specification.
    Replica(usize),
    /// The logs that were shipped to where backups of the region are.
    Logs,
    /// The backup of that place in the specification.
    Backup(usize),
}

/// What one place had when writes stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailCopy {
    /// The place.
    pub of: CopyOf,
    /// Whether the commit is among it.
    pub has: bool,
    /// Up to when it had all that was written; `None` if that was before the run, or where it is nothing that it follows.
    pub until: Option<SimTime>,
}

/// How a time without a writer came to an end for the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrailEnd {
    /// The writer is back with its own disk.
    Restarted {
        /// When.
        at: SimTime,
    },
    /// Another has its place, with what it has.
    Recovered {
        /// When that was chosen.
        at: SimTime,
        /// The new writer.
        to: InstanceSlot,
        /// What it gets its data from.
        from: CopyOf,
        /// Whether the commit is among it.
        kept: bool,
    },
}

/// A time without a writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailOutage {
    /// When writes stopped.
    pub started: SimTime,
    /// The fault behind it, if one is.
    pub fault: Option<FaultId>,
    /// The writer that was lost.
    pub writer: InstanceSlot,
    /// Where the commit was.
    pub copies: Vec<TrailCopy>,
    /// What was done about it; a second one where the first came to nothing.
    pub ends: Vec<TrailEnd>,
}

/// What became of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// Its place in the log.
    position: u64,
    /// The instance that wrote it.
    pub writer: InstanceSlot,
    /// When it was written to the log.
    pub written: SimTime,
    /// When it is safe on the writer's disk, if that lives.
    pub durable: SimTime,
    /// The standby that the writer had then.
    pub standby: Option<InstanceSlot>,
    /// Whether the commit was sent to it.
    pub mirroring: Mirroring,
    /// When it is safe on the standby's disk.
    pub mirrored: Option<SimTime>,
    /// When the writer answered.
    pub acknowledged: Option<SimTime>,
    /// When it went.
    pub gone: Option<SimTime>,
    /// The times without a writer from then on, until it went.
    pub outages: Vec<TrailOutage>,
}

impl Trail {
    fn look(&mut self, ledger: &Ledger) {
        if let Some(mirrored) = ledger.mirrored_at(self.position).filter(|_| self.gone.is_none()) {
            self.mirrored = Some(mirrored).filter(|mirrored| *mirrored != SimTime::MAX);
        }
    }
}

impl Databases {
    /// Follows one commit of a database from when it is written, by how many of the run are written before it.
    pub fn follow(&mut self, database: DatabaseId, number: u64) {
        self.get_mut(database).followed = Some((number, None));
    }

    /// What became so far of the commit that is followed; `None` before it is written.
    #[must_use]
    pub fn trail(&self, database: DatabaseId) -> Option<&Trail> {
        self.get(database).followed.as_ref()?.1.as_deref()
    }

    /// Whether it is counted how far the replicas of a database are: only where one of them may be promoted.
    #[must_use]
    pub fn counts_replicas(&self, database: DatabaseId) -> bool {
        !self.get(database).replication.is_empty()
    }

    /// How many commits were written to the log of a database, those included that are gone.
    #[must_use]
    pub fn commits_written(&self, database: DatabaseId) -> u64 {
        self.get(database).ledger.written()
    }

    /// The first acknowledged commit of a database that a recovery has lost: the first of the first recovery that lost any.
    #[must_use]
    pub fn first_lost(&self, database: DatabaseId) -> Option<u64> {
        self.get(database).first_lost
    }
}

/// What is noted of the commit that is followed.
impl Database {
    fn trail_mut(&mut self) -> Option<&mut Trail> {
        self.followed.as_mut()?.1.as_deref_mut().filter(|trail| trail.gone.is_none())
    }

    /// A commit was written.
    pub(super) fn begin_trail(&mut self, commit: CommitId, mirroring: Mirroring, now: SimTime) {
        let (writer, standby, ledger) = (self.writer, self.standby, &self.ledger);
        let Some((number, trail)) = &mut self.followed else { return };
        if number.checked_add(1) != Some(ledger.written()) {
            return;
        }
        let mut new = Trail {
            position: commit.number,
            writer,
            written: now,
            durable: ledger.durable_at(commit.number).expect("just written"),
            standby,
            mirroring,
            mirrored: None,
            acknowledged: None,
            gone: None,
            outages: Vec::new(),
        };
        new.look(ledger);
        *trail = Some(Box::new(new));
    }

    /// Something became of what was sent to the standby.
    pub(super) fn look_at_trail(&mut self) {
        if let Some((_, Some(trail))) = &mut self.followed {
            trail.look(&self.ledger);
        }
    }

    pub(super) fn trail_acknowledged(&mut self, commit: CommitId, now: SimTime) {
        if let Some(trail) = self.trail_mut().filter(|trail| trail.position == commit.number) {
            trail.acknowledged = Some(now);
        }
    }

    /// The writer is gone.
    pub(super) fn trail_stopped(&mut self, fault: Option<FaultId>, assumed: &Assumed, now: SimTime) {
        self.look_at_trail();
        let Some(trail) = self.trail_mut() else { return };
        let (position, durable) = (trail.position, trail.durable);
        let copies = self.copies(position, durable, assumed, now);
        let (writer, end) = (self.writer, self.ledger.end());
        let trail = self.trail_mut().expect("just seen");
        trail.gone = (position >= end).then_some(now);
        trail.outages.push(TrailOutage { started: now, fault, writer, copies, ends: Vec::new() });
    }

    /// The writer is back.
    pub(super) fn trail_restarted(&mut self, now: SimTime) {
        if let Some(outage) = self.trail_mut().and_then(|trail| trail.outages.last_mut()) {
            outage.ends.push(TrailEnd::Restarted { at: now });
        }
    }

    /// The database went back to what another has.
    pub(super) fn trail_recovered(&mut self, kind: RecoveryKind, to: InstanceSlot, now: SimTime) {
        let from = match (kind, self.replica_place(to)) {
            (RecoveryKind::Failover, _) => CopyOf::Standby { slot: to, in_step: true },
            (_, Some(place)) => CopyOf::Replica(place),
            _ => self.backups.iter().position(|of| of.slot == to).map_or(CopyOf::Logs, CopyOf::Backup),
        };
        let end = self.ledger.end();
        let Some(trail) = self.trail_mut() else { return };
        let kept = trail.position < end;
        trail.gone = (!kept).then_some(now);
        let outage = trail.outages.last_mut().expect("a recovery follows an outage");
        outage.ends.push(TrailEnd::Recovered { at: now, to, from, kept });
    }

    /// Where a commit is that is at a place of the log, when nothing is written any more.
    fn copies(&self, position: u64, durable: SimTime, assumed: &Assumed, now: SimTime) -> Vec<TrailCopy> {
        let written = position < self.ledger.end();
        let writer = TrailCopy { of: CopyOf::Writer(self.writer), has: written, until: Some(now) };
        let standby = self.standby.map(|slot| {
            let sent = self.ledger.mirrored_at(position).is_none_or(|mirrored| mirrored != SimTime::MAX);
            let of = CopyOf::Standby { slot, in_step: self.in_step };
            TrailCopy { of, has: written && self.in_step && sent, until: self.in_step.then_some(now) }
        });
        let replicas = self.replication.iter().enumerate().filter(|(_, replication)| replication.follows());
        let replicas = replicas.map(|(place, replication)| {
            let until = self.ledger.durable_at(replication.applied()).unwrap_or(now);
            TrailCopy {
                of: CopyOf::Replica(place),
                has: position < replication.applied().min(self.ledger.end()),
                until: Some(until),
            }
        });
        let logs = TrailCopy {
            of: CopyOf::Logs,
            has: self.shipped.is_some_and(|shipped| durable <= shipped),
            until: self.shipped,
        };
        let backups = self.backups.iter().enumerate().map(|(place, backup)| {
            let kept = backup.kept(now, assumed);
            let until = (kept.before == SimDuration::ZERO).then_some(kept.at);
            TrailCopy { of: CopyOf::Backup(place), has: durable <= kept.at, until }
        });
        [writer].into_iter().chain(standby).chain(replicas).chain([logs]).chain(backups).collect()
    }
}
