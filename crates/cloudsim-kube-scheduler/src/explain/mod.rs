//! Scheduling cases in, decisions out: one JSON object a line.

mod case;
mod expect;
mod trace;

pub use case::{Case, CaseError, Defaults};
pub use expect::{Expect, Preemption, Rejected};
pub use trace::{Best, Placement, Trace};
