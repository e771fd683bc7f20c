//! Properties of random histories: whatever happens in whatever order, commits add up and a writer comes back.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Commits(u8),
    Wait(u16),
    Blink(u16),
    Lose(u8),
    Return(u8),
    Crash(Option<u16>),
    LoseStandby(Option<u16>),
    Reboot,
    Promote,
    /// A zone is grey from now on, and no other: by so many milliseconds, and with such a loss of what leaves and enters it.
    Grey(u8, u16, u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..20_u8).prop_map(Step::Commits),
        3 => (0..1_200_u16).prop_map(Step::Wait),
        3 => (0..5_000_u16).prop_map(Step::Blink),
        2 => (0..3_u8).prop_map(Step::Lose),
        2 => (0..3_u8).prop_map(Step::Return),
        2 => prop::option::of(0..1_000_u16).prop_map(Step::Crash),
        1 => prop::option::of(0..1_000_u16).prop_map(Step::LoseStandby),
        1 => Just(Step::Reboot),
        1 => Just(Step::Promote),
        2 => (0..3_u8, 0..200_u16, 0..=100_u8, 0..=100_u8)
            .prop_map(|(zone, late, leaving, entering)| Step::Grey(zone, late, leaving, entering)),
    ];
    prop::collection::vec(step, 1..40)
}

fn recoveries() -> impl Strategy<Value = Recovery> {
    prop_oneof![Just(Recovery::Wait), Just(restore()), Just(promote())]
}

fn seconds(count: u16) -> SimDuration {
    SimDuration::from_secs(u64::from(count))
}

impl Cloud {
    fn take_step(&mut self, step: Step, dark: &mut Vec<ZoneId>) {
        match step {
            Step::Commits(count) => {
                for _ in 0..count {
                    self.run_for(SimDuration::from_millis(3));
                    self.commit();
                }
            }
            Step::Wait(count) => self.run_for(seconds(count)),
            Step::Blink(micros) => self.run_for(SimDuration::from_micros(u64::from(micros))),
            Step::Lose(zone) => {
                let zone = ZoneId(u32::from(zone));
                if !dark.contains(&zone) {
                    dark.push(zone);
                    self.lose(zone);
                }
            }
            Step::Return(zone) => {
                let zone = ZoneId(u32::from(zone));
                if dark.contains(&zone) {
                    dark.retain(|other| *other != zone);
                    self.give_back(zone);
                }
            }
            Step::Crash(lasts) => {
                self.databases.crash_writer(ORDERS, lasts.map(seconds), None, &mut self.probe);
                self.observe();
            }
            Step::Reboot => {
                if self.databases.may_fail_over(ORDERS).is_ok() {
                    self.databases.reboot_with_failover(ORDERS, &mut self.probe);
                    self.observe();
                }
            }
            Step::Promote => {
                let replica = self.databases.replica_endpoint(ORDERS, 0);
                if self.databases.may_promote(replica).is_ok() {
                    self.databases.promote_by_hand(replica, &mut self.probe);
                    self.observe();
                }
            }
            Step::LoseStandby(lasts) => {
                self.databases.lose_standby(ORDERS, lasts.map(seconds), None, &mut self.probe);
                self.observe();
            }
            Step::Grey(zone, late, leaving, entering) => {
                let grey = |loss: u8| {
                    let (latency, loss) = (u64::from(late), Ratio::from_percent(u64::from(loss)));
                    Some(Grey { latency: SimDuration::from_millis(latency), loss, ..Grey::default() })
                };
                self.turn_grey(ZoneId(u32::from(zone)), grey(leaving), grey(entering));
            }
        }
    }

    /// What the records say was lost: a later point of an outage stands for the earlier ones.
    fn lost_by_the_records(&self) -> u64 {
        let points = self.points();
        let last_of_its_outage = points.iter().enumerate().filter(|(i, point)| {
            points[i + 1..].iter().all(|later| later.started != point.started || later.from != point.from)
        });
        last_of_its_outage.map(|(_, point)| point.commits_lost).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_commit_ends_in_one_class(
        seed: u64,
        multi_az: bool,
        recovery in recoveries(),
        steps in steps(),
    ) {
        let mut cloud = Cloud::operated(DatabaseSpec { multi_az, ..spec(recovery.clone()) }, seed);
        let mut dark = Vec::new();
        let promoted = steps.iter().any(|step| matches!(step, Step::Promote));
        let mut epochs = vec![0; cloud.databases.instance_count()];
        for step in steps {
            cloud.take_step(step, &mut dark);
            cloud.writer();
            for (slot, before) in (0..).map(InstanceSlot).zip(&mut epochs) {
                let now = cloud.databases.epoch(slot);
                prop_assert!(now >= *before);
                *before = now;
            }
            let classes = cloud.classes();
            let sum = classes.acked_kept + classes.acked_lost + classes.unacked_kept + classes.unacked_gone;
            prop_assert_eq!(sum, cloud.begun);
            prop_assert_eq!(classes.acked_kept + classes.acked_lost, cloud.acked);
            prop_assert_eq!(classes.acked_lost, cloud.lost_by_the_records());
        }
        for point in cloud.points() {
            prop_assert_eq!(point.rpo > SimDuration::ZERO, point.commits_lost > 0);
            if point.kind == RecoveryKind::Failover {
                prop_assert_eq!(point.commits_lost, 0);
            }
        }
        if recovery == Recovery::Wait && !promoted {
            prop_assert_eq!(cloud.classes().acked_lost, 0);
        }
    }

    #[test]
    fn a_writer_comes_back_when_power_does_and_the_name_points_to_it(
        seed: u64,
        multi_az: bool,
        recovery in recoveries(),
        steps in steps(),
    ) {
        let mut cloud = Cloud::operated(DatabaseSpec { multi_az, ..spec(recovery) }, seed);
        let mut dark = Vec::new();
        for step in steps {
            cloud.take_step(step, &mut dark);
        }
        for zone in dark {
            cloud.give_back(zone);
        }
        cloud.settle();
        let writer = cloud.writer();
        prop_assert_eq!(writer, Some(cloud.databases.endpoint(ORDERS)));
        if let Some(standby) = cloud.databases.get(ORDERS).standby {
            prop_assert_eq!(cloud.databases.state(standby), DatabaseInstanceState::Standby);
            prop_assert!(cloud.databases.get(ORDERS).in_step);
        }
        prop_assert!(cloud.databases.get(ORDERS).outage.is_none());
    }

    #[test]
    fn a_history_has_one_outcome(seed: u64, recovery in recoveries(), steps in steps()) {
        let run = || {
            let mut cloud = Cloud::operated(spec(recovery.clone()), seed);
            let mut dark = Vec::new();
            for step in &steps {
                cloud.take_step(*step, &mut dark);
            }
            cloud.classes();
            (cloud.probe.records, cloud.probe.signals)
        };
        prop_assert_eq!(run(), run());
    }
}
