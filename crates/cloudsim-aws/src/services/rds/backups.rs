//! Backups that are kept for a restore somewhere else: what they hold at a time, and how long a restore from one takes.

use super::ledger::Kept;
use super::limits;
use super::ticks::Ticks;
use super::{BackupSpec, InstanceSlot, Keeps};
use crate::services::s3;
use cloudsim_engine::{Streams, mix};
use cloudsim_units::{Bytes, SimDuration, SimTime};

/// What is assumed of backups, and of where some of them are kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Assumed {
    /// Of RDS.
    pub of_rds: limits::Backups,
    /// Of S3.
    pub s3: s3::limits::Assumed,
}

/// A backup of a database, as it grows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backup {
    keeps: Keeps,
    storage: Bytes,
    /// When what it keeps is as it is in the database.
    taken: Ticks,
    /// The luck of copies.
    luck: u64,
    /// The instance that a restore from it makes.
    pub(super) slot: InstanceSlot,
    /// How often it was retrieved from an archive.
    pub(super) retrievals: u32,
}

impl Backup {
    pub(super) fn new(
        spec: &BackupSpec,
        (storage, log_shipping): (Bytes, SimDuration),
        slot: InstanceSlot,
        (path, streams): (&str, &Streams),
    ) -> Self {
        let path = format!("{path}/backups/{}", spec.name);
        let every = match spec.keeps {
            Keeps::Logs => log_shipping,
            Keeps::Snapshots { every } | Keeps::Dumps { every, .. } => every,
        };
        let taken = Ticks::new(every, streams.stream(&path, "phase").word());
        let luck = streams.stream(&path, "copies").word();
        Self { keeps: spec.keeps, storage, taken, luck, slot, retrievals: 0 }
    }

    /// How long a copy takes at least to be where it is kept.
    fn lag_at_least(&self, assumed: &Assumed) -> SimDuration {
        match self.keeps {
            Keeps::Logs => SimDuration::ZERO,
            Keeps::Snapshots { .. } => self.storage.take(assumed.of_rds.snapshot_copy_per_second),
            Keeps::Dumps { replication, .. } => {
                let dumped = self.storage.take(assumed.of_rds.dump_per_second);
                dumped.saturating_add(replication.lag_at_least(self.storage, &assumed.s3))
            }
        }
    }

    /// How long after it was taken the copy of that number is where it is kept.
    fn lag(&self, number: i64, assumed: &Assumed) -> SimDuration {
        let word = mix(self.luck, number.cast_unsigned());
        match self.keeps {
            Keeps::Logs => assumed.of_rds.log_copy.sample(word),
            Keeps::Snapshots { .. } => self.storage.take(assumed.of_rds.snapshot_copy_per_second),
            Keeps::Dumps { replication, .. } => {
                let dumped = self.storage.take(assumed.of_rds.dump_per_second);
                dumped.saturating_add(replication.lag(self.storage, &assumed.s3, word))
            }
        }
    }

    /// What is kept of a database of which nothing was copied after `until`.
    pub(super) fn kept(&self, until: SimTime, assumed: &Assumed) -> Kept {
        // Those before the run were taken too.
        let taken = i64::try_from(self.taken.count(until)).unwrap_or(i64::MAX);
        // No copy that was begun since then can be there.
        let begun = self.taken.within(self.lag_at_least(assumed));
        let mut number = taken.saturating_sub(i64::try_from(begun).unwrap_or(i64::MAX));
        loop {
            let kept = self.taken.at(number);
            if kept.plus(self.lag(number, assumed)) <= until {
                return kept;
            }
            number -= 1;
        }
    }

    /// How long a restore from it waits for an archive.
    pub(super) fn retrieval(&self, assumed: &Assumed, word: u64) -> SimDuration {
        match self.keeps {
            Keeps::Dumps { class, .. } => class.retrieval(&assumed.s3).sample(word),
            Keeps::Logs | Keeps::Snapshots { .. } => SimDuration::ZERO,
        }
    }

    /// How long a new instance takes to have what is kept; logs are replayed for as long as `replay`.
    pub(super) fn loads_for(&self, replay: SimDuration, assumed: &Assumed) -> SimDuration {
        match self.keeps {
            Keeps::Logs => replay,
            Keeps::Snapshots { .. } => SimDuration::ZERO,
            Keeps::Dumps { .. } => self.storage.take(assumed.of_rds.load_per_second),
        }
    }

    /// Whether blocks of a restored volume are fetched when they are first read.
    pub(super) fn is_lazy(&self) -> bool {
        !matches!(self.keeps, Keeps::Dumps { .. })
    }
}
