//! A replica's place in the writer's log: how far it has applied it, and how it catches up.

use super::ledger::Ledger;
use super::limits;
use cloudsim_engine::Stream;
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use std::collections::VecDeque;

/// How far one replica has come. Counted when somebody asks, not scheduled.
#[derive(Debug)]
pub(super) struct Replication {
    lag: DurationDistribution,
    /// What the log takes there.
    distance: SimDuration,
    /// Seconds of the log that it applies in one when it catches up.
    catch_up: u64,
    stream: Stream,
    /// How long a lag keeps its value: not less than it is long in the mean, or the longest of many would be the lag.
    grain: SimDuration,
    /// The window of time whose lag is remembered, and that lag.
    window: (u64, SimDuration),
    /// Everything before this commit is applied.
    applied: u64,
    /// When the last one was.
    applied_at: SimTime,
    /// Commits not applied yet that arrive late, and by how much.
    late: VecDeque<(u64, SimDuration)>,
    /// When the last late one arrived: what is sent behind it does not arrive before.
    arrived: SimTime,
    /// False while the replica or the writer is down.
    running: bool,
    /// From where in the log, and since when, it works off what it missed.
    backlog: (SimTime, SimTime),
    /// False for ever once its writer was replaced by an instance it knows nothing of.
    follows: bool,
}

impl Replication {
    pub(super) fn new(
        lag: DurationDistribution,
        distance: SimDuration,
        catch_up: u64,
        stream: Stream,
    ) -> Self {
        let first = lag.sample(stream.refill(0, 0).0[0]);
        Self {
            lag,
            distance,
            catch_up,
            stream,
            grain: limits::REPLICA_LAG_WINDOW.max(lag.mean()),
            window: (0, first),
            applied: 0,
            applied_at: SimTime::ZERO,
            late: VecDeque::new(),
            arrived: SimTime::ZERO,
            running: true,
            backlog: (SimTime::ZERO, SimTime::ZERO),
            follows: true,
        }
    }

    /// The same for a replica that is not there.
    pub(super) fn of_nobody(mut self) -> Self {
        self.break_off();
        self
    }

    /// It is made from a copy that has all commits before `number`, and works off what follows once it is there. What the log
    /// takes there is `distance` from now on.
    pub(super) fn begin(&mut self, number: u64, now: SimTime, distance: SimDuration) {
        (self.applied, self.applied_at, self.distance) = (number, now, distance);
        (self.running, self.follows) = (false, true);
        self.late.clear();
        self.backlog.0 = now;
    }

    /// Applies all that was safe on the writer at `now`, as nothing more is written: when the last of it is.
    pub(super) fn drain(&mut self, ledger: &Ledger, now: SimTime) -> SimTime {
        self.advance(ledger, now);
        while let Some(durable) = ledger.durable_at(self.applied).filter(|durable| *durable <= now) {
            let due = self.due(durable);
            self.apply_next(durable, due);
        }
        self.applied_at.max(now)
    }

    /// Everything before this commit is applied, as of the last call of [`Replication::advance`].
    pub(super) fn applied(&self) -> u64 {
        self.applied
    }

    /// Whether it follows the writer's log, or did until one of them went down.
    pub(super) fn follows(&self) -> bool {
        self.follows
    }

    /// Its writer is gone for good.
    pub(super) fn break_off(&mut self) {
        self.running = false;
        self.follows = false;
    }

    /// Commit `number`, the next one, arrives late by `span`.
    pub(super) fn arrives_late(&mut self, number: u64, span: SimDuration) {
        if self.running {
            self.late.push_back((number, span));
        }
    }

    /// Applies what is due at `now`.
    pub(super) fn advance(&mut self, ledger: &Ledger, now: SimTime) {
        if !self.running {
            return;
        }
        while let Some(durable) = ledger.durable_at(self.applied) {
            let due = self.due(durable);
            if due > now {
                break;
            }
            self.apply_next(durable, due);
        }
    }

    fn apply_next(&mut self, durable: SimTime, due: SimTime) {
        self.applied_at = due;
        if let Some((_, span)) = self.late.pop_front_if(|(number, _)| *number <= self.applied) {
            let sent = durable.saturating_add(self.distance);
            self.arrived = self.arrived.max(sent.saturating_add(span));
        }
        self.applied += 1;
    }

    /// When the replica applies what was written at `durable`: behind its lag, behind what it missed, and never
    /// before what was written earlier.
    fn due(&mut self, durable: SimTime) -> SimTime {
        let window = durable.as_nanos() / self.grain.as_nanos();
        if window != self.window.0 {
            self.window = (window, self.lag.sample(self.stream.refill(window, 0).0[0]));
        }
        let (missed_from, resumed) = self.backlog;
        let caught_up = resumed + durable.since(missed_from) / self.catch_up;
        let late = self.late.front().filter(|(number, _)| *number <= self.applied);
        let late = late.map_or(SimDuration::ZERO, |(_, span)| *span);
        let arrives = durable.saturating_add(self.distance).saturating_add(late).max(self.arrived);
        // Beyond the end of the backlog the lag alone counts: `caught_up` grows slower than time.
        self.applied_at.max(arrives.saturating_add(self.window.1)).max(caught_up)
    }

    /// The replica or its writer went down.
    pub(super) fn stop(&mut self, ledger: &Ledger, now: SimTime) {
        self.advance(ledger, now);
        if self.running {
            self.running = false;
            // It will ask for what it has not got over a new connection.
            self.late.clear();
            self.backlog.0 = ledger.durable_at(self.applied).unwrap_or(now).min(now);
        }
    }

    /// Both are up again.
    pub(super) fn resume(&mut self, ledger: &Ledger, now: SimTime) {
        if self.follows && !self.running {
            self.running = true;
            self.backlog.1 = now;
            // A commit that reached the replica and did not survive on the new writer is overwritten.
            self.applied = self.applied.min(ledger.end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_engine::Streams;

    const DISTANCE: SimDuration = SimDuration::from_millis(35);

    #[test]
    fn no_commit_overtakes_another_when_the_lag_shrinks() {
        let lag = DurationDistribution::Uniform(SimDuration::ZERO, SimDuration::from_secs(60));
        for seed in 0..20 {
            let stream = Streams::new(seed).stream("orders", "lag");
            let mut replication = Replication::new(lag, DISTANCE, limits::REPLICA_CATCH_UP, stream);
            let mut previous = SimTime::ZERO;
            for second in 0..300 {
                let durable = SimTime::from_secs(second);
                let due = replication.due(durable);
                assert!(due >= previous && due >= durable + DISTANCE);
                previous = due;
                replication.applied_at = due;
            }
        }
    }

    /// Nothing is applied before what was written earlier, so the longest lag of what is under way counts: of exponential ones
    /// somewhat more than their mean. With a lag of its own for each ten seconds it would be the longest of dozens, four times it.
    #[test]
    fn a_lag_of_minutes_is_about_as_long_as_it_is_said_to_be() {
        let mean = SimDuration::from_mins(5);
        let mut sum = 0.0;
        for seed in 0..50 {
            let stream = Streams::new(seed).stream("orders", "lag");
            let lag = DurationDistribution::Exponential(mean);
            let mut replication = Replication::new(lag, DISTANCE, limits::REPLICA_CATCH_UP, stream);
            for second in 0..3_000 {
                let durable = SimTime::from_secs(second);
                let due = replication.due(durable);
                replication.apply_next(durable, due);
                sum += due.since(durable).as_secs_f64() / f64::from(3_000 * 50);
            }
        }
        assert!((300.0..600.0).contains(&sum), "{sum}");
    }

    #[test]
    fn the_lag_keeps_its_value_for_a_window() {
        let lag = DurationDistribution::Uniform(SimDuration::ZERO, SimDuration::from_secs(1));
        let stream = Streams::new(1).stream("orders", "lag");
        let mut replication = Replication::new(lag, DISTANCE, limits::REPLICA_CATCH_UP, stream);
        let mut lag_at = |second| {
            let durable = SimTime::from_secs(second);
            replication.due(durable).since(durable)
        };
        assert_eq!(lag_at(1), lag_at(9));
        assert_ne!(lag_at(9), lag_at(11));
    }
}
