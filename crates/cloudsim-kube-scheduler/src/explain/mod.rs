//! Scheduling cases in, decisions out: one JSON object a line.

mod case;
mod expect;
mod trace;

pub use case::{Case, CaseError};
pub use expect::Expect;
pub use trace::{Step, Trace};
