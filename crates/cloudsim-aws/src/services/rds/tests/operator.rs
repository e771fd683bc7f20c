//! What operators do, one sentence each.

use super::*;
use FailoverStep::{Decide, Dns, Promote, Recover};
use cloudsim_records::Refusal;

impl Cloud {
    fn reboot(&mut self) {
        assert_eq!(self.databases.may_fail_over(ORDERS), Ok(()));
        self.databases.reboot_with_failover(ORDERS, &mut self.probe);
        self.observe();
    }

    fn promote(&mut self) {
        assert_eq!(self.databases.may_promote(REPLICA), Ok(()));
        self.databases.promote_by_hand(REPLICA, &mut self.probe);
        self.observe();
    }
}

#[test]
fn a_reboot_with_failover_loses_nothing_and_needs_nobody_to_notice() {
    let mut cloud = Cloud::operated(spec(restore()), 1);
    cloud.commit_every(secs(1), at(60));
    cloud.reboot();
    assert_eq!(cloud.databases.accepts(PRIMARY, true), Accept::Refused);
    cloud.settle();
    assert_eq!(cloud.steps(), [Recover, Promote, Dns]);
    assert_eq!(cloud.writer(), Some(STANDBY));
    assert_eq!(cloud.databases.state(PRIMARY), DatabaseInstanceState::Standby);
    let point = cloud.points()[0].clone();
    assert_eq!((point.kind, point.commits_lost, point.fault), (RecoveryKind::Failover, 0, None));
    // The roles are exchanged, so it can be done again.
    cloud.reboot();
    cloud.settle();
    assert_eq!(cloud.writer(), Some(PRIMARY));
}

#[test]
fn a_reboot_with_failover_is_refused_without_a_standby_in_step_and_during_a_recovery() {
    assert_eq!(
        Cloud::operated(single(restore()), 1).databases.may_fail_over(ORDERS),
        Err(Refusal::NoStandby)
    );
    let mut cloud = Cloud::operated(spec(restore()), 1);
    cloud.lose(B);
    assert_eq!(cloud.databases.may_fail_over(ORDERS), Err(Refusal::NoStandby));
    let mut cloud = Cloud::operated(spec(restore()), 1);
    cloud.crash();
    assert_eq!(cloud.databases.may_fail_over(ORDERS), Err(Refusal::Recovering));
}

#[test]
fn a_rebooted_writer_whose_standby_dies_on_the_way_restarts_where_it_is() {
    let mut cloud = Cloud::operated(spec(restore()), 1);
    cloud.reboot();
    cloud.lose(B);
    cloud.run_for(secs(600));
    assert_eq!(cloud.writer(), Some(PRIMARY));
    assert!(cloud.points().is_empty());
}

#[test]
fn a_replica_is_promoted_though_its_writer_lives_and_nobody_would_have_acted() {
    let mut cloud = Cloud::operated(spec(Recovery::Wait), 1);
    cloud.commit_every(secs(1), at(60));
    cloud.promote();
    assert_eq!(cloud.writer(), None, "the old writer is fenced off at once");
    cloud.settle();
    assert_eq!(cloud.steps(), [Decide, Promote, Dns]);
    assert_eq!(cloud.writer(), Some(REPLICA));
    assert_eq!(cloud.databases.endpoint(ORDERS), REPLICA);
    assert_eq!(cloud.databases.state(PRIMARY), DatabaseInstanceState::Abandoned);
    assert_eq!(cloud.databases.state(STANDBY), DatabaseInstanceState::Abandoned);
    let point = cloud.points()[0].clone();
    assert_eq!((point.kind, point.from, point.started), (RecoveryKind::Promotion, EntityId(11), at(60)));
    assert_eq!(cloud.databases.may_promote(REPLICA), Err(Refusal::NotFollowing));
}

#[test]
fn what_the_replica_had_not_applied_is_lost_by_its_promotion() {
    // Its lag has a median of half a second: of a commit every 10 ms, the last few dozen.
    let mut cloud = Cloud::operated(spec(Recovery::Wait), 1);
    cloud.commit_every(SimDuration::from_millis(10), at(60));
    cloud.promote();
    let point = cloud.points()[0].clone();
    assert!((1..600).contains(&point.commits_lost), "{point:?}");
    assert!(point.rpo > SimDuration::ZERO && point.rpo < secs(6), "{point:?}");
}

#[test]
fn a_promotion_calls_off_the_restart_of_the_writer() {
    let mut cloud = Cloud::operated(single(Recovery::Wait), 1);
    let replica = cloud.databases.replica_endpoint(ORDERS, 0);
    cloud.crash();
    // Noticed within 10 s, restarting for at least 20.
    cloud.run_for(secs(12));
    assert_eq!(cloud.databases.state(PRIMARY), DatabaseInstanceState::Starting);
    cloud.databases.promote_by_hand(replica, &mut cloud.probe);
    cloud.settle();
    assert_eq!(cloud.databases.state(PRIMARY), DatabaseInstanceState::Abandoned);
    assert_eq!(cloud.writer(), Some(replica));
}

#[test]
fn a_promotion_is_refused_while_another_instance_becomes_the_writer() {
    let mut cloud = Cloud::operated(spec(restore()), 1);
    cloud.reboot();
    assert_eq!(cloud.databases.may_promote(REPLICA), Err(Refusal::Recovering));
    cloud.settle();
    assert_eq!(cloud.databases.may_promote(REPLICA), Ok(()));
    cloud.lose(C);
    assert_eq!(cloud.databases.may_promote(REPLICA), Err(Refusal::NotFollowing));
}

#[test]
fn a_replica_that_dies_while_it_is_promoted_is_promoted_once_it_is_back() {
    let mut cloud = Cloud::operated(spec(Recovery::Wait), 1);
    cloud.promote();
    cloud.lose(C);
    cloud.run_for(secs(600));
    assert_eq!(cloud.writer(), None);
    cloud.give_back(C);
    cloud.settle();
    assert_eq!(cloud.writer(), Some(REPLICA));
    assert_eq!(cloud.databases.endpoint(ORDERS), REPLICA);
}
