//! What looks at something again and again, at times of its own.

use crate::words::KubeContext;
use cloudsim_units::SimDuration;

/// How long it is until the next look of what looks at `phase + k * period`: a look that is now has been. The phase is drawn
/// for the path and the purpose.
pub(crate) fn until_next_look(
    period: SimDuration,
    (path, purpose): (&str, &str),
    ctx: &impl KubeContext,
) -> SimDuration {
    let period = period.as_nanos();
    let phase = ctx.streams().stream(path, purpose).below(period);
    SimDuration::from_nanos(period - (ctx.now().as_nanos() + period - phase) % period)
}
