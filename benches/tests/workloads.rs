//! The workloads do what was published: same checksums, same counts, means as theory has them.

use cloudsim_bench::Workload;
use cloudsim_bench::hold::Hold;
use cloudsim_bench::nexosim::{NexosimHold, NexosimPath, NexosimPhold, NexosimTimers};
use cloudsim_bench::path::{NaivePath, OurPath};
use cloudsim_bench::pending::NaiveHeap;
use cloudsim_bench::phold::{Column, InWorld, Phold};
use cloudsim_bench::timers::{NaiveTimers, OurTimers, RATE_10K, Running, Timers};
use cloudsim_engine::Queue;

#[test]
fn hold_gives_the_published_checksum() {
    let mut hold = Hold::<Queue<u64>>::new(1000);
    hold.advance(1_000_000);
    assert_eq!((hold.checksum, hold.last), (0xf0e3_ad17_7677_fbc4, 1_002_176_899_058));
}

#[test]
fn hold_of_a_million_pending_gives_the_published_checksum() {
    let mut hold = Hold::<Queue<u64>>::new(1_000_000);
    hold.advance(3_000_000);
    assert_eq!((hold.checksum, hold.last), (0xb00d_1683_2a1d_914a, 3_002_440_542));
}

#[test]
fn phold_ends_at_the_published_instant() {
    let mut phold = Phold::<Queue<u64>, Column>::new(100_000);
    phold.advance(3_000_000);
    assert_eq!(phold.last, 1_875_964_467);
}

#[test]
fn phold_is_the_same_in_a_world_and_over_a_heap() {
    let mut column = Phold::<Queue<u64>, Column>::new(1000);
    let mut world = Phold::<Queue<u64>, InWorld>::new(1000);
    let mut naive = Phold::<NaiveHeap, Column>::new(1000);
    column.advance(100_000);
    world.advance(100_000);
    naive.advance(100_000);
    assert_eq!([world.last, naive.last], [column.last; 2]);
}

#[test]
fn as_many_requests_time_out_as_published() {
    let mut timers = Running(OurTimers::new(RATE_10K, 1_000_000));
    timers.advance(u64::MAX / 2);
    assert_eq!((timers.0.traffic().done, timers.0.traffic().timed_out), (989_872, 10_128));
}

#[test]
fn the_naive_heap_times_out_the_same_requests() {
    let mut naive = Running(NaiveTimers::new(RATE_10K, 100_000));
    let mut ours = Running(OurTimers::new(RATE_10K, 100_000));
    naive.advance(u64::MAX / 2);
    ours.advance(u64::MAX / 2);
    assert_eq!(naive.0.traffic().done, ours.0.traffic().done);
    assert_eq!(naive.0.traffic().timed_out, ours.0.traffic().timed_out);
}

#[test]
fn a_request_takes_as_long_as_theory_and_the_naive_heap_have_it() {
    let (mut ours, mut naive) = (OurPath::default(), NaivePath::default());
    let ours = ours.run_until(30_000_000_000);
    let (naive, _) = naive.run_until(30_000_000_000);
    assert_eq!((ours.finished, ours.total_ns), (naive.finished, naive.total_ns));
    assert!((ours.mean_ms() - 21.4088).abs() < 0.05, "{}", ours.mean_ms());
}

#[test]
fn a_path_of_so_many_events_ends_where_one_of_so_much_time_does() {
    let mut timed = OurPath::default();
    let events = timed.advance(20_000);
    let timed = timed.run_until(0);
    let counted = [OurPath::default().run_for(events), NaivePath::default().run_for(events)];
    for counted in &counted {
        assert_eq!((counted.finished, counted.total_ns), (timed.finished, timed.total_ns));
    }
    // Of a hundred events more, some are ends.
    let more = [OurPath::default().run_for(events + 100), NaivePath::default().run_for(events + 100)];
    assert_eq!((more[0].finished, more[0].total_ns), (more[1].finished, more[1].total_ns));
    assert!(more[0].finished > timed.finished && more[0].finished <= timed.finished + 100);
    assert_eq!(OurPath::default().run_for(1).finished, 0);
}

#[test]
fn the_peer_does_as_much_and_the_same() {
    assert!((9_000..11_000).contains(&NexosimHold::new(1000).advance(10_000)));
    assert!((9_000..11_000).contains(&NexosimPhold::new(1000).advance(10_000)));
    // The first half minute has more arrivals than ends.
    assert!((25_000..60_000).contains(&NexosimTimers::new(RATE_10K).advance(60_000)));
    let mut path = NexosimPath::default();
    assert!((580_000..620_000).contains(&path.advance(600_000)));
    assert!((path.mean_ms() - 21.4088).abs() < 0.2, "{}", path.mean_ms());
}
