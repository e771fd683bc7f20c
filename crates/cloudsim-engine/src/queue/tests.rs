//! What the queue promises about its memory; its order is tested against the naive heap in `tests/queue_order.rs`.

use super::*;

/// A root event as the product has it: 16 bytes, with a niche.
#[expect(dead_code, reason = "only its layout matters")]
pub(super) enum RootLike {
    Request { row: u32, at: u64 },
    Health(u32),
    Tick,
}

const HOUR: SimDuration = SimDuration::from_mins(60);

#[test]
fn a_pending_event_of_16_bytes_takes_32() {
    assert_eq!(size_of::<RootLike>(), 16);
    assert_eq!(size_of::<Option<Entry<RootLike>>>(), 32);
}

#[test]
fn ten_million_cancelled_timers_of_one_delay_leave_no_pile() {
    let mut queue = Queue::default();
    let idle = queue.memory_bytes();
    for number in 0..10_000_000_u64 {
        let now = SimTime::from_nanos(number);
        let key = queue.arm_after(now, HOUR, 0_u64);
        assert_eq!(queue.cancel(key), Some(0));
    }
    assert!(queue.is_empty());
    assert!(queue.memory_bytes() < idle + 300_000, "{}", queue.memory_bytes());
}

#[test]
fn a_million_cancelled_timers_of_scattered_times_leave_no_pile() {
    let mut queue = Queue::default();
    let idle = queue.memory_bytes();
    for number in 0..1_000_000_u64 {
        let at = SimTime::from_nanos(1 + number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % HOUR.as_nanos());
        let key = queue.arm(at, 0_u64);
        assert_eq!(queue.cancel(key), Some(0));
    }
    assert!(queue.is_empty());
    assert!(queue.memory_bytes() < idle + 2_000_000, "{}", queue.memory_bytes());
}

#[test]
fn cancelled_timers_in_flight_never_outnumber_the_pending_ones_by_much() {
    let mut queue = Queue::default();
    let mut keys = VecDeque::new();
    for number in 0..1_000_000_u64 {
        let now = SimTime::from_nanos(number * 1000);
        keys.push_back(queue.arm_after(now, HOUR, number));
        if keys.len() > 10_000 {
            let key = keys.pop_front().expect("there are 10,000");
            assert!(queue.cancel(key).is_some());
        }
        assert!(queue.dead <= queue.live + SWEEP_MIN);
    }
    assert!(queue.memory_bytes() < 3_000_000, "{}", queue.memory_bytes());
}

#[test]
fn memory_follows_what_is_pending_as_time_goes_by() {
    let mut queue = Queue::default();
    let mut state = 1_u64;
    let mut delay = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        SimDuration::from_nanos(1 + (state >> 34) * 2)
    };
    for _ in 0..20_000 {
        queue.push(SimTime::ZERO + delay(), 0_u64);
    }
    let mut most = 0;
    for step in 0..1_000_000 {
        let (now, event) = queue.pop_until(SimTime::MAX).expect("always pending");
        queue.push(now + delay(), event);
        if step % 1000 == 0 {
            most = most.max(queue.memory_bytes());
        }
    }
    assert!(most < 20_000 * 32 * 6, "{most}");
}

#[test]
fn memory_of_a_burst_is_given_back() {
    let mut queue = Queue::default();
    let idle = queue.memory_bytes();
    for at in [SimTime::ZERO, SimTime::from_secs(1)] {
        for number in 0..200_000_u64 {
            queue.push(at, number);
        }
    }
    while queue.pop_until(SimTime::MAX).is_some() {}
    for second in 2..10 {
        queue.push(SimTime::from_secs(second), 0);
        queue.pop_until(SimTime::MAX);
    }
    assert!(queue.memory_bytes() < idle + 2_000_000, "{}", queue.memory_bytes());
}
