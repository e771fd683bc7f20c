//! What a grey border does to copies of commits: late, lost and sent again, in order, and given up.

use super::*;

fn late(millis: u64) -> Grey {
    Grey { latency: SimDuration::from_millis(millis), ..Grey::default() }
}

fn lossy(percent: u64) -> Grey {
    Grey { loss: Ratio::from_percent(percent), ..Grey::default() }
}

/// How long a commit takes from the writer's log to its answer, in microseconds.
fn wait(cloud: &mut Cloud) -> u64 {
    cloud.run_for(secs(1));
    let begun = cloud.now();
    cloud.commit().expect("a writer").ready.since(begun).as_nanos() / 1_000
}

/// Two disks of a millisecond, and 400 us to the standby and back.
const WELL: u64 = 2_800;

#[test]
fn a_commit_waits_for_a_late_copy_and_for_a_late_confirmation() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    assert_eq!(wait(&mut cloud), WELL);
    for (leaving, entering, late_by) in [
        (None, Some(late(50)), 50_000),
        (Some(late(20)), None, 20_000),
        (Some(late(20)), Some(late(50)), 70_000),
    ] {
        cloud.turn_grey(B, leaving, entering);
        assert_eq!(wait(&mut cloud), WELL + late_by);
    }
    cloud.turn_grey(C, Some(late(20)), Some(late(50)));
    assert_eq!(wait(&mut cloud), WELL, "the replica's zone is not on the way");
    let mut cloud = Cloud::new(single(Recovery::Wait), 1);
    cloud.turn_grey(B, Some(late(20)), Some(late(50)));
    assert_eq!(wait(&mut cloud), 1_000, "there is no standby");
}

/// One copy in ten is sent again after 200 ms and a round trip, 200.8 ms; one in a hundred after three times that.
#[test]
fn a_lost_copy_is_sent_again() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    cloud.turn_grey(B, None, Some(lossy(10)));
    let waits: Vec<u64> = (0..2_000).map(|_| wait(&mut cloud)).collect();
    let share = |of: u64| waits.iter().filter(|wait| **wait == of).count();
    assert!((1_740..1_860).contains(&share(WELL)), "{}", share(WELL));
    assert!((130..230).contains(&share(WELL + 200_800)), "{}", share(WELL + 200_800));
    assert!((5..40).contains(&share(WELL + 602_400)), "{}", share(WELL + 602_400));
}

#[test]
fn no_commit_is_answered_before_one_that_came_first() {
    for seed in 0..20 {
        let mut cloud = Cloud::new(spec(Recovery::Wait), seed);
        cloud.turn_grey(B, Some(lossy(20)), Some(lossy(20)));
        let mut previous = SimTime::ZERO;
        for _ in 0..200 {
            cloud.run_for(SimDuration::from_millis(5));
            let ready = cloud.commit().expect("a writer").ready;
            assert!(ready >= previous);
            previous = ready;
        }
    }
}

/// Nothing gets through to the standby: the writer waits for it 3 to 10 s and goes on alone. The standby connects anew and
/// is in step 1 to 5 min later.
#[test]
fn a_standby_that_does_not_confirm_is_given_up_and_comes_into_step_again() {
    for seed in 0..50 {
        let mut cloud = Cloud::new(spec(Recovery::Wait), seed);
        cloud.turn_grey(B, None, Some(lossy(100)));
        cloud.run_for(secs(1));
        let begun = cloud.now();
        let ready = cloud.commit().expect("a writer").ready;
        cloud.run_for(secs(2));
        let second = cloud.commit().expect("a writer").ready;
        assert_eq!(second, ready, "both wait for the same standby");
        assert!((secs(3)..=secs(10)).contains(&ready.since(begun)), "{ready}");
        cloud.run(ready + SimDuration::from_millis(1));
        assert_eq!(cloud.acked, 2);
        assert!(!cloud.databases.get(ORDERS).in_step);
        assert_eq!(wait(&mut cloud), 1_000, "alone");
        cloud.turn_grey(B, None, None);
        cloud.run(ready + secs(59));
        assert!(!cloud.databases.get(ORDERS).in_step);
        cloud.run(ready + secs(301));
        assert!(cloud.databases.get(ORDERS).in_step);
        assert_eq!(wait(&mut cloud), WELL);
    }
}

/// A copy that is lost and would be sent again 200.8 ms later dies with its writer; so does what was sent behind it.
#[test]
fn what_a_dead_writer_would_have_sent_again_is_gone() {
    let (mut kept, mut gone) = (0, 0);
    for seed in 0..100 {
        let mut cloud = Cloud::new(spec(Recovery::Wait), seed);
        cloud.run_for(secs(10));
        cloud.turn_grey(B, None, Some(lossy(50)));
        let late = cloud.commit().expect("a writer").ready > cloud.now() + SimDuration::from_millis(10);
        cloud.run_for(SimDuration::from_millis(5));
        cloud.turn_grey(B, None, None);
        cloud.commit();
        cloud.run_for(SimDuration::from_millis(5));
        cloud.crash();
        cloud.settle();
        let classes = cloud.classes();
        assert_eq!(classes.acked_lost, 0);
        if late {
            assert_eq!((classes.acked_kept, classes.unacked_gone), (0, 2), "seed {seed}");
            gone += 1;
        } else {
            assert_eq!((classes.acked_kept, classes.unacked_gone), (2, 0), "seed {seed}");
            kept += 1;
        }
    }
    assert!(kept > 30 && gone > 30, "{kept} and {gone}");
}

/// How far the replica is behind, when a commit has come in every 10 ms for a minute.
fn behind(cloud: &mut Cloud) -> SimDuration {
    cloud.commit_every(SimDuration::from_millis(10), cloud.now() + secs(60));
    let now = cloud.now();
    let database = cloud.databases.get_mut(ORDERS);
    let replication = &mut database.replication[0];
    replication.advance(&database.ledger, now);
    now.since(database.ledger.durable_at(replication.applied()).unwrap_or(now))
}

#[test]
fn a_replica_falls_behind_by_what_its_copies_are_late() {
    let lag = DurationDistribution::Constant(SimDuration::from_millis(500));
    let replica = || Cloud::new(DatabaseSpec { replica_lag: lag, ..spec(promote()) }, 1);
    let about = |span: SimDuration, millis: u64| {
        let (low, high) = (SimDuration::from_millis(millis - 12), SimDuration::from_millis(millis + 12));
        assert!((low..=high).contains(&span), "{span}");
    };
    let mut cloud = replica();
    about(behind(&mut cloud), 500);
    cloud.turn_grey(C, None, Some(late(3_000)));
    about(behind(&mut cloud), 3_500);
    cloud.turn_grey(C, Some(late(3_000)), None);
    about(behind(&mut cloud), 500);
    cloud.turn_grey(C, None, Some(lossy(30)));
    assert!(behind(&mut cloud) > SimDuration::from_millis(700), "a copy of the last second was lost");
}
