//! What the loop promises: order, reactions before the next event, records in batches, and every way to stop.

use cloudsim_engine::{Context, EventKey, Kernel, Model, Probe, RecordSink, Stamped, StopReason, Vocabulary};
use cloudsim_units::{SimDuration, SimTime};

struct Words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// Records its name, once.
    Named(u32),
    /// Schedules itself again for the same instant.
    Spun,
    /// Signals, and the reaction signals again.
    Echoed,
    /// Happens every second.
    Ticked,
    /// Says a record and a signal, schedules for now and for later.
    Branched(u32),
    /// Arms a timer for this instant and one of the usual delay, and cancels every other one.
    Armed(u32),
}

impl Vocabulary for Words {
    type Event = Event;
    type Record = String;
    type Signal = u32;
}

/// The handler of all events, for any context, as domains write theirs.
fn handle(state: &mut Vec<EventKey>, event: Event, ctx: &mut impl Context<Words>) {
    ctx.record(format!("{event:?}"));
    match event {
        Event::Named(_) => {}
        Event::Spun => ctx.schedule_in(SimDuration::ZERO, Event::Spun),
        Event::Echoed => ctx.signal(0_u32),
        Event::Ticked => ctx.schedule_in(SimDuration::from_secs(1), Event::Ticked),
        Event::Branched(n) => {
            ctx.signal(n);
            ctx.schedule_in(SimDuration::from_nanos(u64::from(n % 3)), Event::Named(n));
            if n < 400 {
                ctx.schedule_in(SimDuration::from_nanos(u64::from(n % 2)), Event::Branched(n + 1));
                ctx.schedule_in(SimDuration::ZERO, Event::Armed(n));
            }
        }
        Event::Armed(n) => {
            let now = ctx.now();
            state.push(ctx.arm_at(now, Event::Named(1000 + n)));
            state.push(ctx.arm_in(SimDuration::from_nanos(5), Event::Named(2000 + n)));
            if n % 2 == 0 {
                let cancelled = state.pop().map(|key| (ctx.cancel(key), ctx.cancel(key)));
                assert_eq!(cancelled, Some((true, false)));
            } else {
                let cancelled = state.first().map(|key| ctx.cancel(*key));
                ctx.record(format!("{cancelled:?}"));
                state.remove(0);
            }
        }
    }
}

/// Echoes forever once an [`Event::Echoed`] has been seen.
#[derive(Default)]
struct Machine {
    keys: Vec<EventKey>,
    echoes: bool,
}

impl Model<Words> for Machine {
    fn handle(&mut self, event: Event, kernel: &mut Kernel<Words>) {
        self.echoes |= event == Event::Echoed;
        handle(&mut self.keys, event, kernel);
    }

    fn react(&mut self, signal: u32, kernel: &mut Kernel<Words>) {
        if self.echoes {
            Context::<Words>::signal(kernel, signal + 1);
        } else {
            Context::<Words>::record(kernel, format!("told {signal}"));
        }
    }

    fn kind_of(event: &Event) -> &'static str {
        match event {
            Event::Spun => "Spun",
            Event::Echoed => "Echoed",
            _ => "other",
        }
    }

    fn kind_of_signal(_: &u32) -> &'static str {
        "Echo"
    }
}

#[derive(Default)]
struct Kept {
    records: Vec<Stamped<String>>,
    batches: Vec<usize>,
}

impl RecordSink<String> for Kept {
    fn take(&mut self, batch: &[Stamped<String>]) {
        self.records.extend_from_slice(batch);
        self.batches.push(batch.len());
    }
}

impl Kept {
    fn texts(&self) -> Vec<(u64, &str)> {
        self.records.iter().map(|stamped| (stamped.at.as_nanos(), stamped.record.as_str())).collect()
    }
}

fn kernel_with(events: &[(u64, Event)]) -> Kernel<Words> {
    let mut kernel = Kernel::new(1);
    for (at, event) in events {
        Context::<Words>::schedule_at(&mut kernel, SimTime::from_nanos(*at), *event);
    }
    kernel
}

fn now(kernel: &Kernel<Words>) -> SimTime {
    Context::<Words>::now(kernel)
}

const NEVER: fn(SimTime) -> bool = |_| false;

#[test]
fn events_of_one_instant_happen_first_in_first_out() {
    let mut kernel = kernel_with(&[
        (5, Event::Named(1)),
        (3, Event::Named(2)),
        (5, Event::Named(3)),
        (0, Event::Named(4)),
        (3, Event::Named(5)),
    ]);
    let mut kept = Kept::default();
    kernel.run(&mut Machine::default(), SimTime::MAX, &mut kept, NEVER);
    assert_eq!(
        kept.texts(),
        [(0, "Named(4)"), (3, "Named(2)"), (3, "Named(5)"), (5, "Named(1)"), (5, "Named(3)")]
    );
    let numbers: Vec<u64> = kept.records.iter().map(|stamped| stamped.number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
}

#[test]
fn reactions_run_before_the_next_event_of_the_instant() {
    let mut kernel = kernel_with(&[(0, Event::Branched(400)), (0, Event::Named(7))]);
    let mut kept = Kept::default();
    kernel.run(&mut Machine::default(), SimTime::ZERO, &mut kept, NEVER);
    assert_eq!(kept.texts(), [(0, "Branched(400)"), (0, "told 400"), (0, "Named(7)")]);
}

#[test]
fn a_drained_run_stands_at_its_last_event() {
    let mut kernel = kernel_with(&[(7, Event::Named(1))]);
    let reason = kernel.run(&mut Machine::default(), SimTime::from_secs(1), &mut Kept::default(), NEVER);
    assert_eq!((reason, now(&kernel)), (StopReason::Drained, SimTime::from_nanos(7)));
}

#[test]
fn the_horizon_belongs_to_the_run_and_what_lies_behind_stays_pending() {
    let mut kernel = kernel_with(&[(10, Event::Named(1)), (11, Event::Named(2))]);
    let (mut machine, mut kept) = (Machine::default(), Kept::default());
    let reason = kernel.run(&mut machine, SimTime::from_nanos(10), &mut kept, NEVER);
    assert_eq!((reason, now(&kernel)), (StopReason::Horizon, SimTime::from_nanos(10)));
    assert_eq!((kernel.pending(), kept.records.len()), (1, 1));
    let reason = kernel.run(&mut machine, SimTime::from_nanos(9), &mut kept, NEVER);
    assert_eq!((reason, now(&kernel)), (StopReason::Horizon, SimTime::from_nanos(10)));
    let reason = kernel.run(&mut machine, SimTime::from_nanos(11), &mut kept, NEVER);
    assert_eq!((reason, kept.records.len()), (StopReason::Drained, 2));
}

#[test]
fn a_run_in_slices_says_what_a_run_in_one_piece_says() {
    let start = [(0, Event::Branched(0)), (3, Event::Branched(100))];
    let mut whole = Kept::default();
    kernel_with(&start).run(&mut Machine::default(), SimTime::from_secs(1), &mut whole, NEVER);

    let (mut kernel, mut machine, mut sliced) = (kernel_with(&start), Machine::default(), Kept::default());
    let mut horizon = SimTime::ZERO;
    let mut looks = 0;
    loop {
        let every_other = |_| {
            looks += 1;
            looks % 2 == 0
        };
        match kernel.run(&mut machine, horizon, &mut sliced, every_other) {
            StopReason::Horizon => horizon += SimDuration::from_nanos(7),
            StopReason::Interrupted => {}
            StopReason::Drained => break,
            StopReason::Stuck { culprit } => panic!("stuck at {culprit}"),
        }
    }
    assert!(whole.records.len() > 1000);
    assert_eq!(sliced.records, whole.records);
}

#[test]
fn a_run_can_be_interrupted() {
    let mut kernel = kernel_with(&[(0, Event::Ticked)]);
    let stop_at = |now: SimTime| now >= SimTime::from_secs(3000);
    let mut kept = Kept::default();
    let reason = kernel.run(&mut Machine::default(), SimTime::MAX, &mut kept, stop_at);
    assert_eq!(reason, StopReason::Interrupted);
    assert!(now(&kernel) < SimTime::from_secs(4000));
    assert_eq!(kept.records.last().map(|stamped| stamped.at), Some(now(&kernel)));
}

#[test]
fn an_event_that_schedules_itself_without_delay_is_named() {
    let mut kernel = kernel_with(&[(0, Event::Ticked), (5, Event::Named(1)), (5, Event::Spun)])
        .with_instant_steps_max(100_000);
    let reason = kernel.run(&mut Machine::default(), SimTime::from_secs(9), &mut Kept::default(), NEVER);
    assert_eq!(reason, StopReason::Stuck { culprit: "Spun" });
    assert_eq!(now(&kernel), SimTime::from_nanos(5));
}

#[test]
fn signals_that_cause_signals_forever_are_named() {
    let mut kernel = kernel_with(&[(5, Event::Echoed)]).with_instant_steps_max(100_000);
    let reason = kernel.run(&mut Machine::default(), SimTime::from_secs(9), &mut Kept::default(), NEVER);
    assert_eq!(reason, StopReason::Stuck { culprit: "Echo" });
}

#[test]
fn many_events_of_one_instant_are_no_loop() {
    let events: Vec<_> = (0..1_000_000).map(|n| (5, Event::Named(n % 7))).collect();
    let reason = kernel_with(&events).run(&mut Machine::default(), SimTime::MAX, &mut Kept::default(), NEVER);
    assert_eq!(reason, StopReason::Drained);
}

#[test]
fn a_long_run_of_short_instants_is_no_loop() {
    let mut kernel = kernel_with(&[(0, Event::Ticked)]).with_instant_steps_max(2);
    let reason = kernel.run(&mut Machine::default(), SimTime::from_secs(10_000), &mut Kept::default(), NEVER);
    assert_eq!(reason, StopReason::Horizon);
}

#[test]
fn records_come_in_batches_and_none_is_left_behind() {
    let events: Vec<_> = (0..10_000).map(|n| (n, Event::Named(0))).collect();
    let mut kept = Kept::default();
    kernel_with(&events).run(&mut Machine::default(), SimTime::MAX, &mut kept, NEVER);
    assert_eq!(kept.batches, [&[128; 78][..], &[10_000 - 78 * 128]].concat());
}

#[test]
#[should_panic(expected = "in the past")]
fn the_past_cannot_be_scheduled() {
    let mut kernel = kernel_with(&[(7, Event::Named(1))]);
    kernel.run(&mut Machine::default(), SimTime::MAX, &mut Kept::default(), NEVER);
    Context::<Words>::schedule_at(&mut kernel, SimTime::from_nanos(6), Event::Named(2));
}

#[test]
fn a_timer_longer_than_time_never_fires() {
    let mut kernel = kernel_with(&[(7, Event::Named(1))]);
    Context::<Words>::arm_in(&mut kernel, SimDuration::MAX, Event::Named(2));
    Context::<Words>::schedule_in(&mut kernel, SimDuration::MAX, Event::Named(3));
    let horizon = SimTime::from_nanos(u64::MAX - 1);
    let reason = kernel.run(&mut Machine::default(), horizon, &mut Kept::default(), NEVER);
    assert_eq!((reason, kernel.pending()), (StopReason::Horizon, 2));
}

#[test]
fn a_probe_orders_events_as_the_kernel_does() {
    let mut kernel = kernel_with(&[(0, Event::Branched(0)), (3, Event::Branched(100))]);
    let mut kept = Kept::default();
    kernel.run(&mut Machine::default(), SimTime::MAX, &mut kept, NEVER);

    let mut probe = Probe::<Words>::new(1);
    probe.schedule_at(SimTime::ZERO, Event::Branched(0));
    probe.schedule_at(SimTime::from_nanos(3), Event::Branched(100));
    let mut keys = Vec::new();
    while let Some(event) = probe.next_event() {
        handle(&mut keys, event, &mut probe);
        for signal in std::mem::take(&mut probe.signals) {
            probe.record(format!("told {signal}"));
        }
    }
    let said: Vec<&str> = kept.records.iter().map(|stamped| stamped.record.as_str()).collect();
    assert_eq!(probe.records, said);
    assert_eq!(probe.now, now(&kernel));
}

#[test]
fn what_comes_last_comes_after_all_that_follows_within_its_instant() {
    let at = |nanos| SimTime::from_nanos(nanos);
    let mut kernel = kernel_with(&[(7, Event::Branched(399)), (9, Event::Named(3))]);
    kernel.schedule_last(at(7), Event::Named(1));
    // Scheduled after what comes last, and due before it all the same.
    Context::<Words>::schedule_at(&mut kernel, at(7), Event::Named(2));
    let mut kept = Kept::default();
    kernel.run(&mut Machine::default(), at(100), &mut kept, |_| false);
    let texts = kept.texts();
    let place = |text: &str| texts.iter().position(|found| found.1 == text).expect("it happened");
    let last = place("Named(1)");
    assert_eq!(texts[last], (7, "Named(1)"));
    assert!(texts[..last].iter().all(|(at, _)| *at == 7), "{texts:?}");
    assert!(texts[last + 1..].iter().all(|(at, _)| *at > 7), "{texts:?}");
    assert!(
        place("Branched(399)") < place("Named(2)") && texts.iter().filter(|(at, _)| *at == 7).count() > 5
    );
}

#[test]
fn of_several_that_come_last_each_is_whole_before_the_next() {
    let at = |nanos| SimTime::from_nanos(nanos);
    let mut kernel = kernel_with(&[(5, Event::Named(0))]);
    kernel.schedule_last(at(8), Event::Named(3));
    kernel.schedule_last(at(5), Event::Branched(399));
    kernel.schedule_last(at(5), Event::Named(2));
    let mut kept = Kept::default();
    let mut machine = Machine::default();
    kernel.run(&mut machine, at(7), &mut kept, |_| false);
    let texts: Vec<&str> =
        kept.texts().into_iter().filter(|(at, _)| *at == 5).map(|(_, text)| text).collect();
    assert_eq!(texts[..3], ["Named(0)", "Branched(399)", "told 399"]);
    assert_eq!(
        texts.last(),
        Some(&"Named(2)"),
        "what follows from the first comes before the second: {texts:?}"
    );
    assert_eq!(kernel.run(&mut machine, at(100), &mut kept, |_| false), StopReason::Drained);
    assert!(kept.texts().contains(&(8, "Named(3)")));
}

#[test]
fn what_comes_last_after_the_horizon_leaves_no_trace() {
    let runs = [false, true].map(|steered| {
        let mut kernel = kernel_with(&[(1, Event::Named(1)), (4, Event::Named(4))]);
        if steered {
            kernel.schedule_last(SimTime::from_nanos(50), Event::Named(50));
        }
        let mut kept = Kept::default();
        let stop = kernel.run(&mut Machine::default(), SimTime::from_nanos(49), &mut kept, |_| false);
        (stop, Context::<Words>::now(&kernel), kept.records)
    });
    assert_eq!(runs[0].0, StopReason::Drained);
    assert_eq!(runs[0], runs[1]);
}
