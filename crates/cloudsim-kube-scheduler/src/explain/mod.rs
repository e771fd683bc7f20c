//! Scheduling cases in, decisions out: one JSON object a line.

mod case;
mod expect;
mod line;
mod trace;

pub use case::{Case, CaseError, Defaults, Uncounted, Untried};
pub use expect::{Expect, Preemption, Rejected};
pub use trace::{Best, Placement, Trace};
