//! A bar for what takes longer than a second, on a terminal only.

use cloudsim_units::{SimDuration, SimTime};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

#[expect(clippy::disallowed_types, reason = "the bar is for people, who live in wall-clock time")]
type WallClock = std::time::Instant;

/// The progress of one run, or of many, in simulated time.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    started: WallClock,
    quiet: bool,
    /// How far this run has come.
    at_millis: u64,
}

impl Progress {
    /// Nothing is drawn before a second has passed.
    pub(crate) fn new(what: &str, horizon: SimDuration) -> Self {
        Self::with_template(
            what,
            millis(horizon.as_nanos()),
            "{prefix} {bar:32} {percent:>3} % of simulated time, {eta} left",
        )
    }

    /// Of many runs, with the horizons of all of them together.
    pub(crate) fn of_runs(what: &str, horizons: u128) -> Self {
        let millis = u64::try_from(horizons / 1_000_000).unwrap_or(u64::MAX);
        Self::with_template(what, millis, "{prefix} {bar:32} {msg}, {eta} left")
    }

    fn with_template(what: &str, length: u64, template: &str) -> Self {
        let quiet = !std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        bar.set_style(ProgressStyle::with_template(template).expect("the template is right"));
        bar.set_prefix(what.to_owned());
        Self { bar, started: WallClock::now(), quiet, at_millis: 0 }
    }

    /// A run of many, at its start.
    pub(crate) fn next_run(&self) -> Self {
        Self { at_millis: 0, ..self.clone() }
    }

    pub(crate) fn reached(&mut self, now: SimTime) {
        if self.quiet {
            return;
        }
        if self.bar.is_hidden() && self.started.elapsed() > Duration::from_secs(1) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        let now = millis(now.as_nanos());
        // A run may begin anew, to go further.
        self.bar.inc(now.saturating_sub(self.at_millis));
        self.at_millis = self.at_millis.max(now);
    }

    /// That so much less is left than was thought.
    pub(crate) fn shorten(&self, horizons: u128) {
        self.bar.set_length(self.bar.position() + u64::try_from(horizons / 1_000_000).unwrap_or(u64::MAX));
    }

    /// How many of many runs are over.
    pub(crate) fn runs(&self, over: u64, all: u64) {
        if !self.quiet {
            self.bar.set_message(format!("{over} of {all} runs"));
        }
    }

    /// How long it took, in the time of the wall.
    pub(crate) fn done(self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }
}

fn millis(nanos: u64) -> u64 {
    nanos / 1_000_000
}
