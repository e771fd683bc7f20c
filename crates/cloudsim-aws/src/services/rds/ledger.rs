//! The ledger of a database: every commit, where it has arrived, and in which class it ends.
//!
//! Commits enter the log one after the other and become safe in that order, on the writer and on the standby. So what
//! survives a recovery is always a prefix of the log.

use cloudsim_records::CommitClasses;
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::DatabaseId;
use std::collections::VecDeque;

/// Names one commit that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitId {
    /// The database.
    pub database: DatabaseId,
    pub(super) generation: u32,
    pub(super) number: u64,
}

/// What came of an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// The commit counts as acknowledged from now on.
    Given,
    /// The standby was lost under it: the writer does not answer before that.
    NotBefore(SimTime),
    /// The writer died first.
    Void,
}

/// How long a commit takes on its way to the standby and back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mirror {
    /// The copy that arrives leaves the writer that long after the first one, which may be lost.
    pub(super) resent: SimDuration,
    /// Until it is there; [`SimDuration::MAX`] if it never is.
    pub(super) there: SimDuration,
    /// Until it is safe on the standby's disk. One that comes in behind a late one is written with that.
    pub(super) fsync: SimDuration,
    /// Until the writer knows; [`SimDuration::MAX`] if it never does.
    pub(super) back: SimDuration,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    /// How many commits of the run were written before it. Numbers in the log are used again after a recovery, these are not.
    serial: u64,
    /// When it is safe on the writer's disk.
    durable: SimTime,
    /// When the last packet that it takes to bring it to the standby leaves the writer.
    left: SimTime,
    /// When it is safe on the standby's disk; [`SimTime::MAX`] if it never gets there.
    mirrored: SimTime,
    /// When the writer can answer.
    ready: SimTime,
    acked: bool,
}

/// Up to when a copy has all that was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// That time; t = 0 if it was before the run.
    pub(super) at: SimTime,
    /// How long before the run it was then.
    pub(super) before: SimDuration,
}

impl Kept {
    /// That long after it; t = 0 if that is before the run too.
    pub(super) fn plus(self, span: SimDuration) -> SimTime {
        self.at.saturating_add(span.saturating_sub(self.before))
    }
}

/// What a recovery cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Loss {
    /// Acknowledged commits that are gone.
    pub(super) commits: u64,
    /// The first of them, by how many of the run were written before it.
    pub(super) first: Option<u64>,
    /// The last acknowledged commit that is gone.
    pub(super) last_acked: SimTime,
    /// The last commit that survived; t = 0 if none of the run did.
    pub(super) last_kept: SimTime,
    /// How long before the run that was which survived then.
    pub(super) before: SimDuration,
}

impl Loss {
    /// Last acknowledged commit minus last one that survived.
    pub(super) fn rpo(self) -> SimDuration {
        if self.commits == 0 {
            return SimDuration::ZERO;
        }
        self.last_acked.since(self.last_kept).saturating_add(self.before)
    }
}

/// All commits of a database. Those that no recovery can take away any more are only counted.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    first: u64,
    rows: VecDeque<Row>,
    /// How many were written in the run, those included that are gone.
    written: u64,
    /// Grows when the writer dies: no acknowledgement from before is taken after that.
    generation: u32,
    settled: CommitClasses,
    last_durable: SimTime,
    /// The connection to the standby keeps the order of what is sent over it, so that a late copy delays those behind it:
    /// when the last of its copies leaves, when it is safe, and when the writer knows.
    last_left: SimTime,
    last_mirrored: SimTime,
    last_confirmed: SimTime,
    last_settled: SimTime,
}

impl Ledger {
    /// Writes a commit to the log: safe on the writer `fsync` from now, and after that on the standby if there is one in
    /// step. The writer answers when both are done, and not before `stalled_until`.
    pub(super) fn begin(
        &mut self,
        database: DatabaseId,
        now: SimTime,
        fsync: SimDuration,
        mirror: Option<Mirror>,
        stalled_until: SimTime,
    ) -> (CommitId, SimTime) {
        let durable = self.last_durable.max(now + fsync);
        self.last_durable = durable;
        let (left, mirrored, ready) = match mirror {
            Some(Mirror { resent, there, fsync, back }) => {
                let safe = durable.saturating_add(there).saturating_add(fsync);
                self.last_left = self.last_left.max(durable.saturating_add(resent));
                self.last_mirrored = self.last_mirrored.max(safe);
                self.last_confirmed = self.last_confirmed.max(self.last_mirrored.saturating_add(back));
                (self.last_left, self.last_mirrored, self.last_confirmed)
            }
            None => (SimTime::MAX, SimTime::MAX, durable.max(stalled_until)),
        };
        let number = self.end();
        self.rows.push_back(Row { serial: self.written, durable, left, mirrored, ready, acked: false });
        self.written += 1;
        (CommitId { database, generation: self.generation, number }, ready)
    }

    /// The writer's answer has reached the server.
    pub(super) fn acknowledge(&mut self, commit: CommitId, now: SimTime) -> Acknowledgement {
        if commit.generation != self.generation {
            return Acknowledgement::Void;
        }
        let Some(index) = commit.number.checked_sub(self.first) else {
            // Settled while the answer was on its way: it counts as in doubt, and no longer is.
            self.settled.unacked_kept -= 1;
            self.settled.acked_kept += 1;
            return Acknowledgement::Given;
        };
        let index = usize::try_from(index).expect("rows fit into memory");
        let row = &mut self.rows[index];
        if row.ready > now {
            return Acknowledgement::NotBefore(row.ready);
        }
        row.acked = true;
        Acknowledgement::Given
    }

    /// The number that the next commit gets.
    pub(super) fn end(&self) -> u64 {
        self.first + self.rows.len() as u64
    }

    /// How many were written in the run, those included that are gone.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// When commit `number` is safe on the standby, [`SimTime::MAX`] if it never gets there; `None` if there is no such commit,
    /// or if it is settled.
    pub(super) fn mirrored_at(&self, number: u64) -> Option<SimTime> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.rows.get(index).map(|row| row.mirrored)
    }

    /// When commit `number` is safe on the writer; `None` if there is no such commit, or if it is settled.
    pub(super) fn durable_at(&self, number: u64) -> Option<SimTime> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.rows.get(index).map(|row| row.durable)
    }

    /// The standby is lost: what is not safe there never will be, and is answered at `stalled_until` or when it is safe on
    /// the writer. What is safe there and not confirmed is not waited for any longer than that.
    pub(super) fn standby_lost(&mut self, now: SimTime, stalled_until: SimTime) {
        for row in self.rows.iter_mut().rev().take_while(|row| row.mirrored > now || row.ready > now) {
            let alone = row.durable.max(stalled_until);
            if row.mirrored > now {
                (row.left, row.mirrored, row.ready) = (SimTime::MAX, SimTime::MAX, alone);
            } else {
                row.ready = row.ready.min(alone);
            }
        }
    }

    /// A standby has everything: what was safe on the writer alone is safe there too.
    pub(super) fn standby_synced(&mut self, now: SimTime) {
        for row in self.rows.iter_mut().rev().take_while(|row| row.mirrored == SimTime::MAX) {
            (row.left, row.mirrored) = (now, row.durable.max(now));
        }
        // Its connection is a new one.
        self.last_left = now;
        self.last_mirrored = now.max(self.last_durable);
        self.last_confirmed = self.last_mirrored;
    }

    /// The writer died: what was not safe on its disk is gone, nothing more is acknowledged, and what it would have had to
    /// send again does not reach the standby, nor does anything behind it.
    pub(super) fn writer_died(&mut self, now: SimTime) {
        self.generation += 1;
        let kept = self.rows.partition_point(|row| row.durable <= now);
        self.truncate(kept);
        for row in self.rows.iter_mut().rev().take_while(|row| row.left > now) {
            row.mirrored = SimTime::MAX;
        }
    }

    /// Goes back to what has left the writer for a standby in step.
    pub(super) fn keep_mirrored(&mut self) -> Loss {
        let kept = self.rows.partition_point(|row| row.mirrored != SimTime::MAX);
        self.truncate(kept)
    }

    /// Goes back to what was safe on the writer at `point`; to nothing without a point.
    pub(super) fn keep_until(&mut self, point: Option<SimTime>) -> Loss {
        let kept = point.map_or(0, |point| self.rows.partition_point(|row| row.durable <= point));
        self.truncate(kept)
    }

    /// Goes back to what a copy has.
    pub(super) fn keep_copied(&mut self, copied: Kept) -> Loss {
        let loss = self.keep_until(Some(copied.at));
        Loss { before: copied.before, ..loss }
    }

    /// Goes back to the commits before `number`.
    pub(super) fn keep_before(&mut self, number: u64) -> Loss {
        let kept = number.saturating_sub(self.first).min(self.rows.len() as u64);
        self.truncate(usize::try_from(kept).expect("at most the number of rows"))
    }

    fn truncate(&mut self, kept: usize) -> Loss {
        let mut loss = Loss::default();
        for row in self.rows.drain(kept..) {
            if row.acked {
                loss.commits += 1;
                loss.first = loss.first.or(Some(row.serial));
                loss.last_acked = row.durable;
                self.settled.acked_lost += 1;
            } else {
                self.settled.unacked_gone += 1;
            }
        }
        loss.last_kept = self.rows.back().map_or(self.last_settled, |row| row.durable);
        loss
    }

    /// Counts the oldest commit and forgets it, if it was safe before `point`, is before `number`, and can be answered:
    /// then it is safe on the writer, and on the standby unless there is none in step. False if it is not.
    pub(super) fn settle_one(&mut self, now: SimTime, point: SimTime, number: u64) -> bool {
        let Some(row) = self.rows.front() else { return false };
        let safe = row.ready <= now && row.durable <= point && self.first < number;
        if safe {
            self.last_settled = row.durable;
            if row.acked {
                self.settled.acked_kept += 1;
            } else {
                self.settled.unacked_kept += 1;
            }
            self.rows.pop_front();
            self.first += 1;
        }
        safe
    }

    /// How many commits are remembered one by one.
    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.rows.len()
    }

    /// The classes of all commits, as things stand at `now`.
    pub(super) fn classes(&self, now: SimTime) -> CommitClasses {
        let mut classes = self.settled;
        for row in &self.rows {
            if row.acked {
                classes.acked_kept += 1;
            } else if row.durable <= now {
                classes.unacked_kept += 1;
            } else {
                classes.unacked_gone += 1;
            }
        }
        classes
    }
}
