//! The queue keeps exactly the order of the naive heap, whatever is pushed, armed, cancelled and popped in between.

use cloudsim_engine::{EventKey, Queue};
use cloudsim_units::{SimDuration, SimTime};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// The oracle: a heap of time and number, and the numbers that still count.
#[derive(Default)]
struct Naive {
    heap: BinaryHeap<Reverse<(u64, u64)>>,
    pending: BTreeSet<u64>,
    next: u64,
}

impl Naive {
    fn push(&mut self, at: u64) -> u64 {
        self.heap.push(Reverse((at, self.next)));
        self.pending.insert(self.next);
        self.next += 1;
        self.next - 1
    }

    fn cancel(&mut self, number: u64) -> bool {
        self.pending.remove(&number)
    }

    fn pop_until(&mut self, until: u64) -> Option<(u64, u64)> {
        loop {
            let Reverse((at, number)) = *self.heap.peek()?;
            if at > until && self.pending.contains(&number) {
                return None;
            }
            self.heap.pop();
            if self.pending.remove(&number) {
                return Some((at, number));
            }
        }
    }
}

/// Both queues, driven alike. The payload of each event is its number.
#[derive(Default)]
struct Pair {
    queue: Queue<u64>,
    naive: Naive,
    keys: Vec<(EventKey, u64)>,
    now: u64,
}

#[derive(Clone, Debug)]
enum Step {
    Push(u64),
    Burst(u64, u16),
    Arm(u64),
    ArmAfter(u64),
    Cancel(prop::sample::Index),
    CancelLast,
    Pop,
    PopUntil(u64),
    Look(u64),
}

impl Pair {
    fn run(&mut self, step: &Step) {
        match *step {
            Step::Push(delay) => self.push(delay),
            Step::Burst(delay, count) => (0..count).for_each(|_| self.push(delay)),
            Step::Arm(delay) => {
                let at = self.now.saturating_add(delay);
                let number = self.naive.push(at);
                self.keys.push((self.queue.arm(SimTime::from_nanos(at), number), number));
            }
            Step::ArmAfter(delay) => {
                let number = self.naive.push(self.now.saturating_add(delay));
                let now = SimTime::from_nanos(self.now);
                let key = self.queue.arm_after(now, SimDuration::from_nanos(delay), number);
                self.keys.push((key, number));
            }
            Step::Cancel(index) => {
                if !self.keys.is_empty() {
                    self.cancel(index.index(self.keys.len()));
                }
            }
            Step::CancelLast => {
                if !self.keys.is_empty() {
                    self.cancel(self.keys.len() - 1);
                }
            }
            Step::Pop => self.pop(u64::MAX),
            Step::PopUntil(delay) => {
                let until = self.now.saturating_add(delay);
                self.pop(until);
                self.now = self.now.max(until);
            }
            // The clock stays: later pushes may lie before the instant looked at.
            Step::Look(delay) => self.pop(self.now.saturating_add(delay)),
        }
        assert_eq!(self.queue.len(), self.naive.pending.len());
        assert_eq!(self.queue.is_empty(), self.naive.pending.is_empty());
    }

    fn push(&mut self, delay: u64) {
        let at = self.now.saturating_add(delay);
        let number = self.naive.push(at);
        self.queue.push(SimTime::from_nanos(at), number);
    }

    fn cancel(&mut self, index: usize) {
        let (key, number) = self.keys[index];
        let expected = self.naive.cancel(number).then_some(number);
        assert_eq!(self.queue.cancel(key), expected);
    }

    fn pop(&mut self, until: u64) {
        let popped = self.queue.pop_until(SimTime::from_nanos(until));
        let popped = popped.map(|(at, number)| (at.as_nanos(), number));
        assert_eq!(popped, self.naive.pop_until(until));
        if let Some((at, _)) = popped {
            self.now = self.now.max(at);
        }
    }

    fn drain(&mut self) {
        while !self.queue.is_empty() {
            self.pop(u64::MAX);
        }
        self.pop(u64::MAX);
    }
}

/// Few distinct values for ties, every magnitude up to the end of time, and a millisecond's grid.
fn delays() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => Just(0),
        3 => 1..4_u64,
        3 => prop::sample::select(vec![10, 64, 1000, 4096, 30_000_000_000]),
        2 => (0..20_u64).prop_map(|millis| millis * 1_000_000),
        3 => (0..40_u32, any::<u64>()).prop_map(|(bits, word)| word & ((1 << bits) - 1)),
        1 => (0..64_u32, any::<u64>()).prop_map(|(bits, word)| word >> bits),
        1 => Just(u64::MAX),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => delays().prop_map(Step::Push),
        1 => (delays(), 1..400_u16).prop_map(|(delay, count)| Step::Burst(delay, count)),
        3 => delays().prop_map(Step::Arm),
        4 => delays().prop_map(Step::ArmAfter),
        2 => any::<prop::sample::Index>().prop_map(Step::Cancel),
        2 => Just(Step::CancelLast),
        10 => Just(Step::Pop),
        2 => delays().prop_map(Step::PopUntil),
        1 => delays().prop_map(Step::Look),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_queue_pops_what_the_naive_heap_pops(
        start in prop_oneof![Just(0), any::<u64>(), Just(u64::MAX - 1000)],
        steps in prop::collection::vec(steps(), 1..400),
    ) {
        let mut pair = Pair { now: start, ..Pair::default() };
        for step in &steps {
            pair.run(step);
        }
        pair.drain();
    }
}

/// `SplitMix64`, for long runs in which a failure needs no shrinking.
struct Words(u64);

impl Words {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(n)) >> 64).expect("below n")
    }
}

fn hold(delay: impl Fn(&mut Words) -> u64) {
    let mut words = Words(7);
    let mut pair = Pair::default();
    for _ in 0..3000 {
        let delay = delay(&mut words);
        pair.push(delay);
    }
    for _ in 0..60_000 {
        pair.pop(u64::MAX);
        let delay = delay(&mut words);
        match words.below(4) {
            0 | 1 => pair.push(delay),
            2 => pair.run(&Step::ArmAfter(delay)),
            _ => {
                pair.run(&Step::Arm(delay));
                pair.run(&Step::CancelLast);
                pair.push(delay);
            }
        }
    }
    pair.drain();
}

#[test]
fn the_order_holds_over_long_runs_of_scattered_times() {
    hold(|words| words.next() >> 34);
}

#[test]
fn the_order_holds_over_long_runs_of_ties() {
    hold(|words| words.below(20) * 1_000_000);
}

#[test]
fn the_order_holds_when_half_of_the_delays_are_zero() {
    hold(|words| if words.below(2) == 0 { 0 } else { words.next() >> 40 });
}

#[test]
fn the_order_holds_when_magnitudes_are_mixed() {
    hold(|words| {
        let bits = words.below(40);
        words.next() >> (24 + bits)
    });
}

#[test]
fn the_order_holds_with_more_constant_delays_than_lanes() {
    hold(|words| (1 + words.below(40)) * 777);
}

#[test]
fn the_last_instant_there_is_keeps_its_order_too() {
    let mut queue = Queue::default();
    queue.push(SimTime::MAX, 'a');
    let key = queue.arm_after(SimTime::from_secs(1), SimDuration::MAX, 'b');
    queue.push(SimTime::MAX, 'c');
    assert_eq!(queue.pop_until(SimTime::from_nanos(u64::MAX - 1)), None);
    assert_eq!(queue.cancel(key), Some('b'));
    assert_eq!(queue.pop_until(SimTime::MAX), Some((SimTime::MAX, 'a')));
    assert_eq!(queue.pop_until(SimTime::MAX), Some((SimTime::MAX, 'c')));
    assert_eq!(queue.pop_until(SimTime::MAX), None);
}

#[test]
fn an_event_of_the_current_instant_can_still_be_cancelled() {
    let mut queue = Queue::default();
    let at = SimTime::from_secs(1);
    queue.push(at, 'a');
    let before = queue.arm(at, 'b');
    assert_eq!(queue.pop_until(at), Some((at, 'a')));
    let after = queue.arm_after(at, SimDuration::ZERO, 'c');
    queue.push(at, 'd');
    assert_eq!(queue.cancel(before), Some('b'));
    assert_eq!(queue.cancel(after), Some('c'));
    assert_eq!(queue.cancel(after), None);
    assert_eq!(queue.pop_until(at), Some((at, 'd')));
    assert_eq!(queue.pop_until(at), None);
}

#[test]
fn a_key_says_nothing_about_later_events() {
    let mut queue = Queue::default();
    let first = queue.arm(SimTime::from_secs(1), 'a');
    assert!(queue.pop_until(SimTime::MAX).is_some());
    let second = queue.arm(SimTime::from_secs(2), 'b');
    assert_ne!(first, second);
    assert_eq!(queue.cancel(first), None);
    assert_eq!(queue.len(), 1);
}
