//! A bar for what takes longer than a second, on a terminal only.

use cloudsim_units::{SimDuration, SimTime};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

#[expect(clippy::disallowed_types, reason = "the bar is for people, who live in wall-clock time")]
type WallClock = std::time::Instant;

/// The progress of one run in simulated time.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: WallClock,
    quiet: bool,
}

impl Progress {
    /// Nothing is drawn before a second has passed.
    pub(crate) fn new(what: &str, horizon: SimDuration) -> Self {
        let quiet = !std::io::stderr().is_terminal();
        let bar =
            ProgressBar::with_draw_target(Some(millis(horizon.as_nanos())), ProgressDrawTarget::hidden());
        let style =
            ProgressStyle::with_template("{prefix} {bar:32} {percent:>3} % of simulated time, {eta} left")
                .expect("the template is right");
        bar.set_style(style);
        bar.set_prefix(what.to_owned());
        Self { bar, started: WallClock::now(), quiet }
    }

    pub(crate) fn reached(&mut self, now: SimTime) {
        if self.quiet {
            return;
        }
        if self.bar.is_hidden() && self.started.elapsed() > Duration::from_secs(1) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(millis(now.as_nanos()));
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
