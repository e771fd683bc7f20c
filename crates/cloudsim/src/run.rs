//! One run: from a plan to its records.

use crate::cloud::Cloud;
use crate::words::Root;
use cloudsim_engine::{Context, Kernel, RecordSink, StopReason};
use cloudsim_records::{EndReason, Record};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Why it ended.
    pub reason: EndReason,
    /// How far it came.
    pub reached: SimTime,
    /// How many requests clients made.
    pub requests: u64,
    /// What kept an instant from ending, if that is why it ended.
    pub culprit: Option<&'static str>,
}

/// Runs a plan with a seed until its horizon, or `until` if that is earlier.
///
/// Records go to `sink` in batches, the first of them [`Record::RunStarted`], the last [`Record::RunEnded`]. `interrupted`
/// is asked now and then with the simulated time; once it says yes, the run ends there.
pub fn simulate(
    plan: &Plan,
    seed: u64,
    until: Option<SimDuration>,
    sink: &mut impl RecordSink<Record>,
    interrupted: impl FnMut(SimTime) -> bool,
) -> Run {
    let span = tracing::info_span!("run", scenario = %plan.name, seed);
    let _entered = span.enter();
    let mut kernel = Kernel::<Root>::new(seed);
    let mut cloud = Cloud::place(plan, seed, &mut kernel);
    let horizon = SimTime::ZERO + until.map_or(plan.duration, |until| until.min(plan.duration));
    let stop = kernel.run(&mut cloud, horizon, sink, interrupted);
    ended(&mut cloud, stop, &mut kernel, sink)
}

/// Makes the last records of a run that came to a stop.
pub(crate) fn ended(
    cloud: &mut Cloud,
    stop: StopReason,
    kernel: &mut Kernel<Root>,
    sink: &mut impl RecordSink<Record>,
) -> Run {
    let (reason, culprit) = match stop {
        StopReason::Horizon => (EndReason::Horizon, None),
        StopReason::Drained => (EndReason::Drained, None),
        StopReason::Interrupted => (EndReason::Interrupted, None),
        StopReason::Stuck { culprit } => (EndReason::Stuck, Some(culprit)),
    };
    cloud.end(reason, kernel);
    kernel.flush(sink);
    let reached = Context::<Root>::now(kernel);
    tracing::info!(sim_time = %reached, requests = cloud.next_request, ?reason, "run ended");
    Run { reason, reached, requests: cloud.next_request, culprit }
}

impl Cloud {
    fn end(&mut self, reason: EndReason, ctx: &mut Kernel<Root>) {
        self.end_requests(ctx);
        self.databases.finish(ctx);
        self.tables.finish(ctx);
        let paid_once = self.paid_once();
        if !paid_once.is_empty() {
            Context::<Root>::record(ctx, Record::PaidOnce(Box::new(paid_once)));
        }
        let bill = self.bill(Context::<Root>::now(ctx));
        Context::<Root>::record(ctx, Record::BillDrawn(Box::new(bill)));
        Context::<Root>::record(ctx, Record::RunEnded { reason });
    }
}
