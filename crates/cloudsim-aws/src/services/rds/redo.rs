//! Redo: what was written to the log since the last checkpoint, and how long it takes to replay.

use super::ticks::Ticks;
use cloudsim_units::{Bytes, SimDuration, SimTime};

/// The redo of one database.
#[derive(Debug)]
pub(super) struct Redo {
    checkpoints: Ticks,
    per_commit: Bytes,
    replay_per_second: Bytes,
    background_per_second: Bytes,
    /// The number of the checkpoint since which `commits` are counted.
    checkpoint: u64,
    commits: u64,
    commits_ever: u64,
    /// Since when the present writer writes; the end of a recovery is a checkpoint too.
    writes_since: Option<SimTime>,
}

impl Redo {
    pub(super) fn new(
        checkpoints: Ticks,
        per_commit: Bytes,
        replay_per_second: Bytes,
        background_per_second: Bytes,
    ) -> Self {
        let checkpoint = checkpoints.count(SimTime::ZERO);
        Self {
            checkpoints,
            per_commit,
            replay_per_second,
            background_per_second,
            checkpoint,
            commits: 0,
            commits_ever: 0,
            writes_since: None,
        }
    }

    pub(super) fn commit(&mut self, now: SimTime) {
        self.roll(now);
        self.commits += 1;
        self.commits_ever += 1;
    }

    fn roll(&mut self, now: SimTime) {
        let checkpoint = self.checkpoints.count(now);
        if checkpoint != self.checkpoint {
            self.checkpoint = checkpoint;
            self.commits = 0;
        }
    }

    /// How long crash recovery replays what was written since the last checkpoint.
    pub(super) fn replay_since_checkpoint(&mut self, now: SimTime) -> SimDuration {
        self.roll(now);
        let since = self.checkpoints.since_last(now);
        let since = self.writes_since.map_or(since, |start| since.min(now.since(start)));
        self.replay(self.commits, since)
    }

    /// How long a restore replays what was written since the start of the run.
    pub(super) fn replay_since_start(&self, now: SimTime) -> SimDuration {
        self.replay(self.commits_ever, now.since(SimTime::ZERO))
    }

    fn replay(&self, commits: u64, span: SimDuration) -> SimDuration {
        let background =
            u128::from(self.background_per_second.0) * u128::from(span.as_nanos()) / 1_000_000_000;
        let bytes = u128::from(self.per_commit.0) * u128::from(commits) + background;
        Bytes(u64::try_from(bytes).unwrap_or(u64::MAX)).take(self.replay_per_second)
    }

    /// A recovery ended: nothing is left to replay.
    pub(super) fn recovered(&mut self, now: SimTime) {
        self.roll(now);
        self.commits = 0;
        self.writes_since = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits;
    use super::*;

    /// The last checkpoint was 150 s before t = 0.
    fn redo() -> Redo {
        let checkpoints = Ticks::new(SimDuration::from_secs(300), 1 << 63);
        Redo::new(
            checkpoints,
            limits::REDO_PER_COMMIT,
            limits::REPLAY_PER_SECOND,
            limits::BACKGROUND_REDO_PER_SECOND,
        )
    }

    #[test]
    fn redo_grows_with_commits_and_time_and_ends_at_a_checkpoint() {
        let mut redo = redo();
        // 150 s of 1.5 MiB/s in the background are 225 MiB; at 16 MiB/s that is 14.0625 s.
        assert_eq!(redo.replay_since_checkpoint(SimTime::ZERO), SimDuration::from_micros(14_062_500));
        for _ in 0..10_240 {
            redo.commit(SimTime::from_secs(100));
        }
        // 10,240 commits of 16 KiB are 160 MiB, 10 s; and 250 s of background 23.4375 s.
        assert_eq!(
            redo.replay_since_checkpoint(SimTime::from_secs(100)),
            SimDuration::from_micros(33_437_500)
        );
        assert_eq!(redo.replay_since_checkpoint(SimTime::from_secs(150)), SimDuration::ZERO);
    }

    #[test]
    fn the_end_of_a_recovery_is_a_checkpoint() {
        let mut redo = redo();
        redo.commit(SimTime::from_secs(10));
        redo.recovered(SimTime::from_secs(20));
        assert_eq!(redo.replay_since_checkpoint(SimTime::from_secs(20)), SimDuration::ZERO);
        // 32 s of 1.5 MiB/s at 16 MiB/s.
        assert_eq!(redo.replay_since_checkpoint(SimTime::from_secs(52)), SimDuration::from_secs(3));
    }
}
