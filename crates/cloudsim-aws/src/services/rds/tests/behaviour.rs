//! One sentence each.

use super::*;
use DatabaseInstanceState::{Replica, Standby, Starting, Unreachable};
use FailoverStep::{Detect, Dns, Promote, Recover};

#[test]
fn a_commit_waits_for_its_own_disk_the_way_to_the_standby_its_disk_and_the_way_back() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    let commit = cloud.commit().expect("there is a writer");
    // 1 ms + 0.4 ms + 1 ms + 0.4 ms.
    assert_eq!(commit.ready, SimTime::from_nanos(2_800_000));
}

#[test]
fn a_commit_without_a_standby_waits_for_its_own_disk() {
    let mut cloud = Cloud::new(single(Recovery::Wait), 1);
    assert_eq!(cloud.commit().expect("there is a writer").ready, SimTime::from_nanos(1_000_000));
}

#[test]
fn a_dark_host_is_silent_and_a_crashed_engine_refuses() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    assert_eq!(cloud.databases.accepts(PRIMARY, true), Accept::Ok);
    assert_eq!(cloud.databases.accepts(STANDBY, false), Accept::Refused);
    assert_eq!(cloud.databases.accepts(REPLICA, false), Accept::Ok);
    assert_eq!(cloud.databases.accepts(REPLICA, true), Accept::Refused);
    cloud.crash();
    assert_eq!(cloud.databases.accepts(PRIMARY, true), Accept::Refused);
    cloud.lose(A);
    assert_eq!(cloud.databases.accepts(PRIMARY, true), Accept::Silent);
    assert_eq!(cloud.databases.epoch(PRIMARY), 2);
}

#[test]
fn the_standby_takes_over_from_a_crashed_writer_and_the_name_follows() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.commit_every(secs(1), at(60));
    cloud.crash();
    assert_eq!(cloud.databases.endpoint(ORDERS), PRIMARY);
    cloud.run(at(400));
    assert_eq!(cloud.writer(), Some(STANDBY));
    assert_eq!(cloud.databases.endpoint(ORDERS), STANDBY);
    assert_eq!(cloud.steps(), [Detect, Recover, Promote, Dns]);
    let point = cloud.points()[0].clone();
    assert_eq!((point.kind, point.rpo, point.commits_lost), (RecoveryKind::Failover, SimDuration::ZERO, 0));
    assert_eq!((point.from, point.to, point.started), (EntityId(11), EntityId(12), at(60)));
    assert_eq!(cloud.finished(), 1);
}

#[test]
fn the_new_writer_takes_writes_before_its_name_points_to_it() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.crash();
    while cloud.writer().is_none() {
        cloud.run(cloud.next_event_at().expect("a failover is under way"));
    }
    assert_eq!(cloud.databases.endpoint(ORDERS), PRIMARY);
}

#[test]
fn what_had_left_the_dead_writer_survives_in_doubt_and_what_had_not_is_gone() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.commit();
    // Safe on the writer's disk at 1 ms and on its way; the second one is not safe anywhere.
    cloud.run(SimTime::from_nanos(500_000));
    cloud.commit();
    cloud.run(SimTime::from_nanos(1_200_000));
    cloud.crash();
    cloud.settle();
    let expected = CommitClasses { unacked_kept: 1, unacked_gone: 1, ..CommitClasses::default() };
    assert_eq!(cloud.classes(), expected);
}

#[test]
fn commits_stall_until_the_writer_has_noticed_that_its_standby_is_gone() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    let flying = cloud.commit().expect("there is a writer");
    cloud.run(SimTime::from_nanos(1_100_000));
    cloud.lose(B);
    let Acknowledgement::NotBefore(noticed) = cloud.databases.acknowledge(flying.id, flying.ready) else {
        panic!("the standby cannot have answered")
    };
    assert!(noticed >= cloud.now() + secs(3) && noticed <= cloud.now() + secs(10));
    assert_eq!(cloud.commit().expect("the writer is up").ready, noticed);
    cloud.run(noticed);
    assert_eq!(cloud.commit().expect("the writer is up").ready, noticed + SimDuration::from_millis(1));
    cloud.settle();
    assert_eq!(cloud.classes(), CommitClasses { acked_kept: 3, ..CommitClasses::default() });
}

#[test]
fn a_standby_that_had_answered_before_it_died_was_heard() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    let flying = cloud.commit().expect("there is a writer");
    cloud.run(SimTime::from_nanos(2_500_000));
    cloud.lose(B);
    assert_eq!(cloud.databases.acknowledge(flying.id, flying.ready), Acknowledgement::Given);
}

#[test]
fn a_standby_that_is_not_in_step_does_not_take_over() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    cloud.lose(B);
    cloud.run_for(secs(60));
    cloud.commit();
    cloud.run_for(secs(1));
    cloud.lose(A);
    cloud.give_back(B);
    cloud.run_for(secs(7_200));
    assert_eq!(cloud.writer(), None);
    cloud.give_back(A);
    cloud.settle();
    assert_eq!(cloud.writer(), Some(PRIMARY));
    assert_eq!(cloud.databases.state(STANDBY), Standby);
    assert_eq!(cloud.classes(), CommitClasses { acked_kept: 1, ..CommitClasses::default() });
    assert_eq!(cloud.finished(), 0);
}

#[test]
fn a_standby_lost_together_with_the_writer_takes_over_when_it_is_back_first() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    cloud.commit();
    cloud.run_for(secs(1));
    cloud.lose(B);
    cloud.lose(A);
    cloud.run_for(secs(600));
    cloud.give_back(B);
    cloud.run_for(secs(7_200));
    assert_eq!(cloud.writer(), Some(STANDBY));
    assert_eq!(cloud.classes(), CommitClasses { acked_kept: 1, ..CommitClasses::default() });
}

#[test]
fn what_had_not_reached_a_standby_that_died_with_the_writer_is_gone() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    cloud.commit();
    cloud.run(SimTime::from_nanos(1_100_000));
    cloud.lose(B);
    cloud.lose(A);
    cloud.give_back(B);
    cloud.settle();
    assert_eq!(cloud.writer(), Some(STANDBY));
    assert_eq!(cloud.classes(), CommitClasses { unacked_gone: 1, ..CommitClasses::default() });
}

#[test]
fn nothing_is_acknowledged_after_the_writer_died() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    let commit = cloud.commit().expect("there is a writer");
    cloud.run(SimTime::from_nanos(2_000_000));
    cloud.crash();
    assert_eq!(cloud.databases.acknowledge(commit.id, commit.ready), Acknowledgement::Void);
}

#[test]
fn a_crashed_writer_restarts_in_place_when_its_successor_dies_on_the_way() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    cloud.crash();
    cloud.run(at(15));
    assert_eq!(cloud.databases.state(PRIMARY), Starting);
    cloud.lose(B);
    // At most 120 s to restart and 57 s of replay.
    cloud.run(at(200));
    assert_eq!(cloud.writer(), Some(PRIMARY));
}

#[test]
fn a_replaced_standby_has_nothing_to_take_over_with() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    cloud.databases.lose_standby(ORDERS, None, None, &mut cloud.probe);
    cloud.lose(A);
    cloud.settle();
    assert_eq!(cloud.databases.state(STANDBY), Starting);
    assert_eq!(cloud.writer(), None);
    cloud.give_back(A);
    cloud.settle();
    assert_eq!(cloud.writer(), Some(PRIMARY));
    assert_eq!(cloud.databases.state(STANDBY), Standby);
}

#[test]
fn a_standby_is_not_in_step_before_it_has_copied_from_the_present_writer() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    cloud.databases.lose_standby(ORDERS, Some(secs(60)), None, &mut cloud.probe);
    cloud.run(at(65));
    cloud.commit();
    // The copying, of a minute at least, breaks off with the writer and starts again with it.
    cloud.lose(A);
    cloud.give_back(A);
    while cloud.writer().is_none() {
        cloud.run(cloud.next_event_at().expect("power is back"));
    }
    let back = cloud.now();
    assert_eq!(cloud.databases.state(STANDBY), Starting);
    cloud.settle();
    assert_eq!(cloud.databases.state(STANDBY), Standby);
    assert!(cloud.now().since(back) >= secs(60));
}

#[test]
fn a_standby_that_had_not_copied_yet_is_no_heir() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    // The standby is back, and the writer dead, before the writer has noticed anything.
    cloud.databases.lose_standby(ORDERS, Some(secs(1)), None, &mut cloud.probe);
    cloud.run(at(2));
    cloud.crash();
    while cloud.writer().is_none() {
        cloud.run(cloud.next_event_at().expect("it restarts"));
    }
    cloud.commit();
    cloud.run_for(secs(10));
    assert_eq!(cloud.classes().acked_kept, 1);
    cloud.lose(A);
    cloud.lose(B);
    cloud.give_back(B);
    cloud.settle();
    assert_eq!(cloud.writer(), None);
}

#[test]
fn a_host_does_not_come_back_into_the_dark_nor_before_its_fault_is_over() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.databases.lose_standby(ORDERS, Some(secs(60)), None, &mut cloud.probe);
    cloud.lose(B);
    cloud.run(at(600));
    assert_eq!(cloud.databases.state(STANDBY), Unreachable);

    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.databases.lose_standby(ORDERS, Some(secs(36_000)), None, &mut cloud.probe);
    cloud.lose(B);
    cloud.give_back(B);
    cloud.run(at(35_999));
    assert_eq!(cloud.databases.state(STANDBY), Unreachable);
    cloud.run(at(36_000));
    assert_eq!(cloud.databases.state(STANDBY), Starting);
}

#[test]
fn the_old_writer_becomes_the_standby_and_can_take_over_in_its_turn() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.lose(A);
    cloud.run(at(900));
    assert_eq!(cloud.writer(), Some(STANDBY));
    cloud.give_back(A);
    cloud.settle();
    assert_eq!(cloud.databases.state(PRIMARY), Standby);
    cloud.commit();
    cloud.run_for(secs(1));
    cloud.lose(B);
    cloud.run_for(secs(600));
    assert_eq!(cloud.writer(), Some(PRIMARY));
    assert_eq!(cloud.classes(), CommitClasses { acked_kept: 1, ..CommitClasses::default() });
}

#[test]
fn a_lost_standby_comes_back_with_its_fault_or_is_replaced() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.databases.lose_standby(ORDERS, Some(secs(600)), None, &mut cloud.probe);
    assert_eq!(cloud.databases.state(STANDBY), Unreachable);
    cloud.settle();
    let back = cloud.now().since(SimTime::ZERO);
    assert!(back >= secs(660) && back <= secs(900), "copies what it missed in 1 to 5 min: {back}");
    assert_eq!(cloud.databases.state(STANDBY), Standby);

    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.databases.lose_standby(ORDERS, None, None, &mut cloud.probe);
    cloud.settle();
    let back = cloud.now().since(SimTime::ZERO);
    // 5 to 20 min for the host, 1 to 5 min, and 100 GiB at 150 MiB/s, 682 s.
    assert!(back >= secs(360 + 682) && back <= secs(1_500 + 682), "{back}");
    assert_eq!(cloud.databases.state(STANDBY), Standby);
}

#[test]
fn a_replica_dies_with_its_zone_and_comes_back() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.lose(C);
    assert_eq!(cloud.databases.accepts(REPLICA, false), Accept::Silent);
    cloud.run(at(900));
    cloud.give_back(C);
    cloud.settle();
    assert_eq!(cloud.databases.state(REPLICA), Replica);
    assert_eq!(cloud.writer(), Some(PRIMARY));
}

#[test]
fn a_failover_whose_target_dies_falls_back_to_what_people_decide() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.commit();
    cloud.run_for(secs(1));
    cloud.lose(A);
    cloud.run_for(secs(15));
    assert_eq!(cloud.steps(), [Detect]);
    cloud.lose(B);
    cloud.settle();
    let kinds: Vec<_> = cloud.points().iter().map(|point| point.kind).collect();
    assert_eq!(kinds, [RecoveryKind::Restore]);
    assert_eq!(cloud.classes().acked_lost, 1);
    assert!(cloud.writer().is_some());
}

#[test]
fn a_writer_that_dies_before_its_name_pointed_to_it_gets_the_name_when_it_restarts() {
    let mut cloud = Cloud::new(spec(Recovery::Wait), 1);
    cloud.crash();
    while cloud.writer().is_none() {
        cloud.run(cloud.next_event_at().expect("a failover is under way"));
    }
    cloud.crash();
    cloud.settle();
    assert_eq!(cloud.writer(), Some(STANDBY));
    assert_eq!(cloud.databases.endpoint(ORDERS), STANDBY);
}

#[test]
fn only_commits_that_a_recovery_could_take_away_are_remembered() {
    for (spec, most) in [
        // In step with the standby and shipped every 5 min: 30,000 commits, and what was not settled yet.
        (spec(restore()), 30_100),
        (spec(Recovery::Wait), 100),
        // The lag, at a hundred a second.
        (single(promote()), 1_000),
    ] {
        let mut cloud = Cloud::new(spec, 1);
        for i in 1..=100_000_u64 {
            cloud.probe.now = SimTime::from_nanos(i * 10_000_000);
            let word = cloud.luck.word();
            let now = cloud.now();
            let commit = cloud.databases.begin_commit(PRIMARY, &cloud.links, now, word);
            assert_eq!(cloud.databases.acknowledge(commit.id, commit.ready), Acknowledgement::Given);
            assert!(cloud.databases.get(ORDERS).ledger.open() <= most);
        }
        assert_eq!(cloud.classes(), CommitClasses { acked_kept: 100_000, ..CommitClasses::default() });
    }
}
