//! What people do where no standby can take over, one sentence each.

use super::*;
use DatabaseInstanceState::{Abandoned, Crashed, Starting, Writer};
use FailoverStep::{Decide, Detect, Dns, Promote, Recover};

#[test]
fn without_a_standby_a_restore_begins_when_people_have_decided() {
    let mut cloud = Cloud::new(single(restore()), 1);
    cloud.commit_every(secs(1), at(700));
    cloud.lose(A);
    cloud.run_for(secs(120));
    assert_eq!(cloud.steps(), [Detect, Decide]);
    let point = cloud.points()[0].clone();
    assert_eq!((point.kind, point.to), (RecoveryKind::Restore, EntityId(14)));
    let shipped = cloud.databases.get(ORDERS).shipped.expect("700 s are longer than an interval");
    // Commits begin at whole seconds, are safe a millisecond later and acknowledged soon after, but for the last one.
    let last_kept = shipped.saturating_sub(SimDuration::from_millis(1)).as_nanos() / 1_000_000_000;
    assert_eq!(point.rpo, secs(699 - last_kept));
    assert_eq!(point.commits_lost, 699 - last_kept);
    assert!(cloud.writer().is_none());
    cloud.run_for(secs(1_800));
    assert_eq!(cloud.steps(), [Detect, Decide, Recover, Dns]);
    let restored = cloud.writer().expect("the restore took at most 20 min and some replay");
    assert_eq!(cloud.databases.entity(restored), EntityId(14));
    assert_eq!(cloud.databases.zone(restored), B);
    let classes = cloud.classes();
    assert_eq!((classes.acked_lost, classes.acked_kept), (699 - last_kept, last_kept));
    cloud.give_back(A);
    cloud.settle();
    assert_eq!(cloud.databases.state(PRIMARY), Abandoned);
}

#[test]
fn a_restore_goes_to_another_zone_when_that_of_the_standby_is_dark() {
    let mut cloud = Cloud::new(single(restore()), 1);
    cloud.lose(B);
    cloud.lose(A);
    cloud.settle();
    let restored = cloud.writer().expect("c is alive");
    assert_eq!(cloud.databases.zone(restored), C);
}

#[test]
fn a_restore_waits_for_a_zone_to_go_to() {
    let mut cloud = Cloud::new(single(restore()), 1);
    for zone in [A, B, C] {
        cloud.lose(zone);
    }
    cloud.run(at(3_600));
    assert!(cloud.points().is_empty());
    cloud.give_back(C);
    assert_eq!(cloud.points().len(), 1);
}

#[test]
fn a_restore_whose_zone_goes_dark_starts_again_elsewhere_and_costs_no_more() {
    let mut cloud = Cloud::new(single(restore()), 1);
    cloud.commit_every(secs(1), at(700));
    cloud.lose(A);
    cloud.run_for(secs(180));
    cloud.lose(B);
    let points: Vec<_> = cloud.points().iter().map(|point| (point.rpo, point.commits_lost)).collect();
    assert_eq!(points.len(), 2);
    assert_eq!(points[0], points[1]);
    cloud.settle();
    let restored = cloud.writer().expect("c is alive");
    assert_eq!(cloud.databases.zone(restored), C);
}

#[test]
fn people_decide_once() {
    let mut cloud = Cloud::new(single(restore()), 1);
    cloud.lose(A);
    cloud.run_for(secs(180));
    cloud.lose(B);
    cloud.run_for(secs(60));
    cloud.lose(C);
    cloud.run_for(secs(600));
    assert_eq!(cloud.steps(), [Detect, Decide]);
    cloud.give_back(B);
    cloud.settle();
    assert_eq!(cloud.steps(), [Detect, Decide, Recover, Dns]);
}

#[test]
fn a_restart_that_fails_belongs_to_the_same_outage() {
    let mut cloud = Cloud::new(single(restore()), 1);
    cloud.crash();
    cloud.run(at(15));
    assert_eq!(cloud.databases.state(PRIMARY), Starting);
    cloud.lose(A);
    cloud.run(at(120));
    assert_eq!(cloud.steps(), [Detect, Decide]);
    assert_eq!(cloud.points()[0].started, SimTime::ZERO);
}

#[test]
fn a_recovery_leaves_no_redo_to_replay() {
    // Half of a mean redo of 225 MiB takes minutes at a mebibyte a second.
    let spec = DatabaseSpec { replay_per_second: Bytes(1 << 20), ..single(Recovery::Wait) };
    let mut cloud = Cloud::new(spec, 3);
    let mut outage = || {
        let started = cloud.now();
        cloud.crash();
        while cloud.writer().is_none() {
            cloud.run(cloud.next_event_at().expect("it restarts"));
        }
        cloud.now().since(started)
    };
    assert!(outage() > secs(200));
    assert!(outage() <= secs(130));
}

#[test]
fn a_restored_writer_can_be_restored() {
    let mut cloud = Cloud::new(single(restore()), 1);
    cloud.lose(A);
    cloud.settle();
    let restored = cloud.writer().expect("it was restored");
    cloud.commit();
    cloud.run_for(secs(1));
    cloud.lose(B);
    cloud.settle();
    assert_eq!(cloud.writer(), Some(restored));
    assert_eq!(cloud.databases.zone(restored), C);
    assert_eq!(cloud.classes(), CommitClasses { acked_lost: 1, ..CommitClasses::default() });
}

#[test]
fn a_writer_that_is_starting_again_by_the_time_of_the_decision_is_waited_for() {
    let mut cloud = Cloud::new(single(restore()), 1);
    cloud.commit();
    cloud.run_for(secs(1));
    cloud.crash();
    assert_eq!(cloud.databases.state(PRIMARY), Crashed);
    cloud.run_for(secs(11));
    assert_eq!(cloud.databases.state(PRIMARY), Starting);
    cloud.settle();
    assert_eq!(cloud.databases.state(PRIMARY), Writer);
    assert_eq!(cloud.classes(), CommitClasses { acked_kept: 1, ..CommitClasses::default() });
    assert!(cloud.points().is_empty());
}

#[test]
fn a_crash_that_lasts_past_the_decision_ends_in_a_restore() {
    let mut cloud = Cloud::new(single(restore()), 1);
    cloud.databases.crash_writer(ORDERS, Some(secs(3_600)), None, &mut cloud.probe);
    cloud.settle();
    assert_eq!(cloud.databases.state(PRIMARY), Abandoned);
    assert_eq!(cloud.points().len(), 1);
    assert!(cloud.writer().is_some());
}

#[test]
fn waiting_loses_nothing_that_was_safe_on_the_volume() {
    let mut cloud = Cloud::new(single(Recovery::Wait), 1);
    cloud.commit_every(secs(1), at(60));
    // The last commit began just now: one more is safe but not acknowledged when the power goes.
    cloud.run(at(60) + SimDuration::from_micros(1_100));
    cloud.lose(A);
    cloud.run_for(secs(900));
    assert_eq!(cloud.writer(), None);
    cloud.give_back(A);
    cloud.settle();
    assert_eq!(cloud.writer(), Some(PRIMARY));
    let expected = CommitClasses { acked_kept: 59, unacked_kept: 1, ..CommitClasses::default() };
    assert_eq!(cloud.classes(), expected);
}

#[test]
fn a_promoted_replica_loses_what_it_had_not_applied() {
    let mut cloud = Cloud::new(single(promote()), 1);
    cloud.commit_every(SimDuration::from_millis(10), at(100));
    cloud.lose(A);
    cloud.run_for(secs(120));
    let point = cloud.points()[0].clone();
    assert_eq!((point.kind, point.to), (RecoveryKind::Promotion, EntityId(13)));
    // The lag of these ten seconds, whatever it was: commits come every 10 ms, the last one was not acknowledged.
    let lag = point.rpo;
    assert!(lag > SimDuration::ZERO && lag < secs(10), "{lag}");
    assert_eq!(point.commits_lost, lag.as_nanos() / 10_000_000);
    cloud.settle();
    assert_eq!(cloud.steps(), [Detect, Decide, Promote, Dns]);
    let writer = cloud.writer().expect("it was promoted");
    assert_eq!(cloud.databases.entity(writer), EntityId(13));
    // It was rebooted; connections to it broke.
    assert_eq!(cloud.databases.epoch(writer), 1);
    assert!(cloud.probe.signals.contains(&Signal::InstanceDied { instance: writer }));
    assert_eq!(cloud.databases.endpoint(ORDERS), writer);
    assert_eq!(cloud.databases.replica_endpoint(ORDERS, 0), writer);
}

#[test]
fn a_replica_that_was_down_is_behind_until_it_has_caught_up() {
    let lost_after = |healing: u64| {
        let mut cloud = Cloud::new(single(promote()), 3);
        cloud.commit_every(secs(1), at(100));
        cloud.lose(C);
        cloud.commit_every(secs(1), at(1_000));
        cloud.give_back(C);
        while cloud.databases.accepts(InstanceSlot(1), false) != Accept::Ok {
            let next = cloud.now() + secs(1);
            cloud.commit_every(secs(1), next);
        }
        let until = cloud.now() + secs(healing);
        cloud.commit_every(secs(1), until);
        cloud.lose(A);
        cloud.run_for(secs(120));
        cloud.points()[0].commits_lost
    };
    // It was down for 900 s and more: after 10 s it has applied 40 s more, after twice the time it was down all of it.
    assert!(lost_after(10) > 860);
    assert!(lost_after(2_500) < 10);
}

#[test]
fn a_replica_that_knew_more_than_the_new_writer_is_set_back() {
    let mut spec = spec(Recovery::Promote { decide: secs(3_600) });
    spec.replica_lag = DurationDistribution::Constant(SimDuration::from_millis(500));
    let mut cloud = Cloud::new(spec, 1);
    cloud.lose(B);
    // Never acknowledged, as the standby is gone; but the replica gets it.
    cloud.commit();
    cloud.run_for(secs(1));
    cloud.lose(A);
    cloud.give_back(B);
    while cloud.writer().is_none() {
        cloud.run(cloud.next_event_at().expect("power is back in b"));
    }
    assert_eq!(cloud.writer(), Some(STANDBY));
    cloud.commit();
    cloud.run_for(SimDuration::from_millis(100));
    cloud.lose(B);
    cloud.run_for(secs(3_600));
    let point = cloud.points()[1].clone();
    assert_eq!((point.kind, point.commits_lost), (RecoveryKind::Promotion, 1));
}

#[test]
fn nobody_waits_for_a_promoted_replica_to_follow() {
    let mut cloud = Cloud::new(single(promote()), 1);
    cloud.lose(A);
    cloud.settle();
    let until = cloud.now() + secs(100);
    cloud.commit_every(secs(1), until);
    assert!(cloud.databases.get(ORDERS).ledger.open() <= 2);
}

#[test]
fn a_promotion_waits_for_a_replica_that_is_down() {
    let mut cloud = Cloud::new(single(promote()), 1);
    cloud.lose(C);
    cloud.lose(A);
    cloud.run(at(3_600));
    assert!(cloud.points().is_empty());
    cloud.give_back(C);
    cloud.settle();
    assert_eq!(cloud.points().len(), 1);
    assert!(cloud.writer().is_some());
}
