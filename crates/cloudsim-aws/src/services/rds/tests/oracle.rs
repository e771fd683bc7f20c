//! What a recovery must lose, worked out from the history instead of the ledger: all commits one by one, and when there
//! was a writer.

use super::*;
use crate::services::rds::backups::{Assumed, Backup};
use crate::services::rds::databases::Database;

#[derive(Clone, Copy, Debug)]
struct Entry {
    commit: CommitId,
    /// When it is safe on the writer's disk, which takes a millisecond.
    durable: SimTime,
    acked: bool,
}

/// The commits that exist, in the order of the log.
#[derive(Debug)]
pub(super) struct Oracle {
    log: Vec<Entry>,
    /// From when to when there was a writer, and which.
    writers: Vec<(EntityId, SimTime, SimTime)>,
    seen: usize,
    /// The latest acknowledged commit that the outage of a beginning has lost so far.
    lost: Option<(SimTime, SimTime)>,
}

impl Default for Oracle {
    fn default() -> Self {
        Self {
            log: Vec::new(),
            writers: vec![(EntityId(11), SimTime::ZERO, SimTime::MAX)],
            seen: 0,
            lost: None,
        }
    }
}

impl Oracle {
    pub(super) fn begun(&mut self, commit: CommitId, now: SimTime) {
        let previous = self.log.last().map_or(SimTime::ZERO, |entry| entry.durable);
        let durable = previous.max(now + SimDuration::from_millis(1));
        self.log.push(Entry { commit, durable, acked: false });
    }

    pub(super) fn acknowledged(&mut self, commit: CommitId) {
        let entry = self.log.iter_mut().rev().find(|entry| entry.commit == commit);
        entry.expect("only a commit that exists is acknowledged").acked = true;
    }

    pub(super) fn observe(&mut self, records: &[Record], now: SimTime, database: &Database) {
        for record in &records[self.seen..] {
            match record {
                Record::DatabaseInstanceChanged { instance, state, .. } => {
                    self.changed(*instance, *state, now);
                }
                Record::RecoveryPointChosen(point) => self.recovered(point, database),
                _ => {}
            }
        }
        self.seen = records.len();
    }

    fn changed(&mut self, instance: EntityId, state: DatabaseInstanceState, now: SimTime) {
        if state == DatabaseInstanceState::Writer {
            self.writers.push((instance, now, SimTime::MAX));
        } else if let Some((writer, _, until)) = self.writers.last_mut()
            && *writer == instance
            && *until == SimTime::MAX
        {
            *until = now;
            self.log.retain(|entry| entry.durable <= now);
        }
    }

    fn recovered(&mut self, point: &RecoveryPoint, database: &Database) {
        let kept_elsewhere = |backup: &Backup| backup.kept(point.started, &Assumed::default());
        let copied = database.backups.first().filter(|_| point.to == EntityId(15)).map(kept_elsewhere);
        let kept = match point.kind {
            RecoveryKind::Failover | RecoveryKind::Promotion => {
                usize::try_from(database.ledger.end()).expect("few")
            }
            RecoveryKind::Restore if let Some(copied) = copied => {
                self.log.partition_point(|entry| entry.durable <= copied.at)
            }
            RecoveryKind::Takeover => panic!("only tables are taken over"),
            RecoveryKind::Restore => {
                let shipped = self.shipped_before(point.started, database);
                self.log.partition_point(|entry| shipped.is_some_and(|shipped| entry.durable <= shipped))
            }
        };
        let lost: Vec<_> = self.log.drain(kept.min(self.log.len())..).filter(|entry| entry.acked).collect();
        if let Some(last) = lost.last() {
            let last_kept = self.log.last().map_or(SimTime::ZERO, |entry| entry.durable);
            let before = self.lost.filter(|(started, _)| *started == point.started);
            let last_lost = before.map_or(last.durable, |(_, lost)| lost.max(last.durable));
            self.lost = Some((point.started, last_lost));
            let older = copied.map_or(SimDuration::ZERO, |copied| copied.before);
            assert_eq!(point.rpo, last_lost.since(last_kept) + older, "{point:?}");
            assert_ne!(point.kind, RecoveryKind::Failover, "a standby in step has everything");
        }
        // A later point of an outage counts what earlier ones lost, too.
        assert!(point.commits_lost >= lost.len() as u64, "{point:?}");
        assert_eq!(self.log.len() as u64, database.ledger.end(), "{point:?}");
    }

    /// The last instant at which logs were due to be shipped and a writer was there to do it.
    fn shipped_before(&self, started: SimTime, database: &Database) -> Option<SimTime> {
        let interval = database.spec.log_shipping;
        let mut tick = database.shipping.last(started);
        while let Some(at) = tick {
            if self.writers.iter().any(|(_, from, until)| *from <= at && at <= *until) {
                return Some(at);
            }
            tick = at.as_nanos().checked_sub(interval.as_nanos()).map(SimTime::from_nanos);
        }
        None
    }
}
