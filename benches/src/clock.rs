//! What measured work took.

use rustix::time::{ClockId, clock_gettime};

/// What all threads of this process have had of the processors so far, in nanoseconds.
#[must_use]
pub fn cpu_ns() -> u64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    let part = |of: i64| u64::try_from(of).expect("a process has used no less than nothing");
    part(spent.tv_sec) * 1_000_000_000 + part(spent.tv_nsec)
}
