//! What a scenario may say and cannot mean: rules over the whole of it.

use crate::overrides::Overrides;
use crate::plan::Plan;
use crate::resolve::Context;

/// Runs all checks.
pub(crate) fn run(cx: &mut Context<'_>, plan: &Plan, overrides: &Overrides) {
    let _ = (cx, plan, overrides);
}
