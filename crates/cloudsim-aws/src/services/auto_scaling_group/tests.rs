//! The behaviour of groups, by name.

use super::*;
use crate::services::ec2_instance;
use cloudsim_engine::Probe;
use cloudsim_records::{EntityId, InstanceState};
use cloudsim_units::SimTime;
use proptest::prelude::*;

const WEB: AutoScalingGroupId = AutoScalingGroupId(0);
const A: ZoneId = ZoneId(0);
const B: ZoneId = ZoneId(1);
const C: ZoneId = ZoneId(2);

fn spec(health_check: HealthCheckType) -> AutoScalingGroupSpec {
    AutoScalingGroupSpec {
        keeper: Keeper::AutoScaling,
        name: "web".into(),
        member: "web-server".into(),
        subnets: vec![SubnetId(0), SubnetId(1), SubnetId(2)],
        desired: 6,
        min: 6,
        max: 9,
        target_groups: vec![TargetGroupId(0)],
        security_groups: None,
        health_check,
        grace_period: SimDuration::from_secs(300),
        server: ServerSpec {
            instance_type: "m5.large".into(),
            workers: 2,
            connections_max: 1_000,
            launch: ec2_instance::limits::LAUNCH,
            start: ec2_instance::limits::START,
            image: None,
            secrets: Vec::new(),
        },
    }
}

const fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

/// One group of six in three zones, and a fleet that launches what it asks for in 26 s.
struct Cloud {
    groups: Groups,
    probe: Probe<AutoScaling>,
    /// Zone and whether it was not terminated, of each server there ever was.
    servers: Vec<(ZoneId, bool)>,
    /// When launches are done.
    launches: Vec<(SimTime, ServerSlot)>,
    dark: Vec<ZoneId>,
    terminated: Vec<(SimTime, ServerSlot)>,
    launched: Vec<(SimTime, ZoneId)>,
    /// Launches that found no capacity.
    refused: Vec<(SimTime, ZoneId)>,
    most: u32,
    least: u32,
}

impl Cloud {
    fn new(spec: AutoScalingGroupSpec, seed: u64) -> Self {
        let desired = spec.desired;
        let mut groups =
            Groups::new(vec![GroupPlacement { spec, zones: vec![A, B, C] }], limits::Assumed::default());
        let servers: Vec<_> = (0..desired).map(|i| (ZoneId(i % 3), true)).collect();
        for (slot, (zone, _)) in (0..).zip(&servers) {
            groups.place(WEB, ServerSlot(slot), EntityId(slot), *zone);
        }
        Self {
            groups,
            probe: Probe::new(seed),
            servers,
            launches: Vec::new(),
            dark: Vec::new(),
            terminated: Vec::new(),
            launched: Vec::new(),
            refused: Vec::new(),
            most: desired,
            least: desired,
        }
    }

    /// Does what the group asks for.
    fn react(&mut self) {
        while !self.probe.signals.is_empty() {
            match self.probe.signals.remove(0) {
                Signal::LaunchWanted { group, zone } => {
                    let slot = ServerSlot(u32::try_from(self.servers.len()).expect("few"));
                    self.servers.push((zone, true));
                    self.launched.push((self.probe.now, zone));
                    self.launches.push((self.probe.now + secs(26), slot));
                    self.groups.launched(group, slot, EntityId(slot.0), zone, &mut self.probe);
                }
                Signal::CapacityInsufficient { zone, .. } => self.refused.push((self.probe.now, zone)),
                Signal::TerminateWanted { server } => {
                    self.servers[server.0 as usize].1 = false;
                    self.launches.retain(|(_, launching)| *launching != server);
                    self.terminated.push((self.probe.now, server));
                }
            }
        }
        self.most = self.most.max(self.groups.count(WEB));
        self.least = self.least.min(self.groups.count(WEB));
    }

    fn run(&mut self, until: SimTime) {
        self.react();
        loop {
            let event = self.probe.scheduled.iter().map(|(_, at, _)| *at).min();
            let launch = self.launches.iter().map(|(at, _)| *at).min();
            match (event, launch) {
                (event, Some(at)) if at <= until && event.is_none_or(|event| at < event) => {
                    self.probe.now = at;
                    let index = self.launches.iter().position(|(due, _)| *due == at).expect("one is due");
                    let (_, server) = self.launches.remove(index);
                    self.groups.in_service(server, &mut self.probe);
                }
                (Some(at), _) if at <= until => {
                    let event = self.probe.next_event().expect("one is due");
                    self.groups.handle(event, &mut self.probe);
                }
                _ => break,
            }
            self.react();
        }
        self.probe.now = until;
    }

    fn run_for(&mut self, span: SimDuration) {
        self.run(self.probe.now + span);
    }

    fn host_down(&mut self, slot: u32) {
        self.groups.host_down(ServerSlot(slot), &mut self.probe);
        self.react();
    }

    fn unhealthy(&mut self, slot: u32) {
        self.groups.target_unhealthy(ServerSlot(slot), &mut self.probe);
        self.react();
    }

    fn lose(&mut self, zone: ZoneId) {
        self.dark.push(zone);
        self.groups.zone_lost(zone, &mut self.probe);
        for slot in self.members_in(zone) {
            self.host_down(slot.0);
        }
        self.react();
    }

    /// Power returns; whoever was not replaced is back at once.
    fn give_back(&mut self, zone: ZoneId) {
        self.dark.retain(|dark| *dark != zone);
        self.groups.zone_returned(zone, &mut self.probe);
        for slot in self.members_in(zone) {
            self.groups.host_returned(slot);
        }
    }

    fn members_in(&self, zone: ZoneId) -> Vec<ServerSlot> {
        let all = (0..).map(ServerSlot).zip(&self.servers);
        all.filter(|(_, (there, alive))| *there == zone && *alive).map(|(slot, _)| slot).collect()
    }

    fn spread(&self) -> [usize; 3] {
        [A, B, C].map(|zone| self.members_in(zone).len())
    }
}

#[test]
fn a_dead_host_is_impaired_within_a_minute_and_replaced_two_to_five_minutes_later() {
    for seed in 0..200 {
        let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), seed);
        cloud.run(SimTime::from_secs(1_000));
        cloud.host_down(0);
        cloud.run_for(secs(60));
        let impaired = Record::InstanceStateChanged { instance: EntityId(0), state: InstanceState::Impaired };
        assert_eq!(cloud.probe.records, [impaired]);
        cloud.run_for(secs(60));
        assert!(cloud.terminated.is_empty());
        cloud.run_for(secs(240));
        assert_eq!(cloud.terminated.iter().map(|(_, server)| server.0).collect::<Vec<_>>(), [0]);
        assert_eq!(cloud.spread(), [2, 2, 2]);
    }
}

#[test]
fn the_time_to_replacement_is_a_status_check_and_a_reaction() {
    // U(0, 60) s and U(120, 300) s: 240 s in the mean, standard deviation 54.8 s, standard error of 200 3.9 s.
    let total: f64 = (0..200)
        .map(|seed| {
            let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), seed);
            cloud.run(SimTime::from_secs(1_000));
            cloud.host_down(0);
            cloud.run_for(secs(400));
            cloud.terminated[0].0.since(SimTime::from_secs(1_000)).as_secs_f64()
        })
        .sum();
    assert!((total / 200.0 - 240.0).abs() < 3.0 * 3.9, "{}", total / 200.0);
}

#[test]
fn a_host_that_is_back_in_time_goes_on_living() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Elb), 1);
    cloud.host_down(0);
    cloud.run_for(secs(100));
    cloud.groups.host_returned(ServerSlot(0));
    cloud.run_for(secs(1_000));
    assert!(cloud.terminated.is_empty());
}

#[test]
fn a_host_that_is_back_before_the_next_status_check_was_never_impaired() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    cloud.host_down(0);
    cloud.groups.host_returned(ServerSlot(0));
    cloud.run_for(secs(60));
    assert!(cloud.probe.records.is_empty());
}

#[test]
fn the_load_balancers_verdict_counts_only_where_it_was_asked_for() {
    for (health_check, replaced) in [(HealthCheckType::Ec2, 0), (HealthCheckType::Elb, 1)] {
        let mut cloud = Cloud::new(spec(health_check), 1);
        cloud.unhealthy(3);
        cloud.run_for(secs(30));
        assert_eq!((cloud.terminated.len(), cloud.launched.len()), (replaced, replaced));
    }
}

#[test]
fn a_verdict_told_again_and_again_does_not_put_the_replacement_off() {
    for seed in 0..20 {
        let mut cloud = Cloud::new(spec(HealthCheckType::Elb), seed);
        for _ in 0..30 {
            cloud.unhealthy(3);
            cloud.run_for(secs(1));
        }
        assert_eq!(cloud.terminated.len(), 1);
    }
}

#[test]
fn a_target_that_is_healthy_again_before_the_group_looked_is_kept() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Elb), 1);
    cloud.unhealthy(3);
    cloud.groups.target_healthy(ServerSlot(3));
    cloud.run_for(secs(600));
    assert!(cloud.terminated.is_empty());
    cloud.unhealthy(3);
    cloud.run_for(secs(30));
    assert_eq!(cloud.terminated.len(), 1);
}

#[test]
fn the_grace_period_shields_a_new_member_from_the_load_balancers_verdict() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Elb), 1);
    cloud.unhealthy(0);
    cloud.run_for(secs(30));
    let (in_service, newcomer) = cloud.launches[0];
    cloud.run(in_service + secs(10));
    cloud.unhealthy(newcomer.0);
    cloud.run(in_service + secs(299));
    assert_eq!(cloud.terminated.len(), 1);
    cloud.run(in_service + secs(330));
    assert_eq!(cloud.terminated[1].1, newcomer);
}

#[test]
fn the_grace_period_shields_a_new_member_from_failed_status_checks() {
    let grace_period = secs(900);
    let mut cloud = Cloud::new(AutoScalingGroupSpec { grace_period, ..spec(HealthCheckType::Elb) }, 1);
    cloud.unhealthy(0);
    cloud.run_for(secs(30));
    let (in_service, newcomer) = cloud.launches[0];
    cloud.run(in_service);
    cloud.host_down(newcomer.0);
    cloud.run(in_service + secs(899));
    assert_eq!(cloud.terminated.len(), 1);
    cloud.run(in_service + secs(900));
    assert_eq!(cloud.terminated[1].1, newcomer);
}

#[test]
fn launches_in_a_dead_zone_fail_and_go_elsewhere() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    cloud.lose(A);
    cloud.run_for(secs(60 + 300 + 30));
    assert_eq!(cloud.spread(), [0, 3, 3]);
    let delay = cloud.launched[0].0.since(cloud.terminated[0].0);
    assert!(delay >= secs(5) && delay <= secs(30), "{delay}");
}

#[test]
fn launches_in_a_zone_without_capacity_fail_and_go_elsewhere() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    cloud.groups.withdraw_capacity(A, Some("m5.large".into()));
    cloud.groups.scale(WEB, 7, &mut cloud.probe);
    cloud.run_for(secs(60));
    assert_eq!(cloud.refused.iter().map(|(_, zone)| *zone).collect::<Vec<_>>(), [A]);
    assert_eq!(cloud.spread(), [2, 3, 2]);
    assert!(!cloud.groups.fails_everywhere(WEB));
}

#[test]
fn a_zone_that_lacks_another_type_launches_at_once() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    cloud.groups.withdraw_capacity(A, Some("r5.large".into()));
    cloud.groups.scale(WEB, 7, &mut cloud.probe);
    cloud.run_for(secs(60));
    assert_eq!((cloud.refused.len(), cloud.spread()), (0, [3, 2, 2]));
}

#[test]
fn a_group_that_finds_capacity_nowhere_says_so_and_launches_once_there_is_some() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    for zone in [A, B, C] {
        cloud.groups.withdraw_capacity(zone, None);
    }
    cloud.groups.scale(WEB, 7, &mut cloud.probe);
    cloud.run_for(secs(300));
    assert!(cloud.groups.fails_everywhere(WEB));
    assert!(cloud.launched.is_empty() && cloud.refused.len() >= 3);
    cloud.groups.restore_capacity(B, None);
    cloud.run_for(secs(300));
    assert_eq!(cloud.spread(), [2, 3, 2]);
    assert!(!cloud.groups.fails_everywhere(WEB));
}

#[test]
fn a_member_that_is_unwanted_goes_and_is_not_replaced() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    cloud.groups.shrink(ServerSlot(2), &mut cloud.probe);
    cloud.run_for(secs(900));
    assert_eq!((cloud.spread(), cloud.launched.len(), cloud.groups.desired(WEB)), ([2, 2, 1], 0, 5));
}

#[test]
fn a_zone_that_is_back_gets_its_share_by_launches_first_and_terminations_later() {
    for seed in 0..50 {
        let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), seed);
        cloud.lose(A);
        cloud.run_for(secs(900));
        assert_eq!(cloud.spread(), [0, 3, 3]);
        let before = cloud.terminated.len();
        let returned = cloud.probe.now;
        cloud.give_back(A);
        cloud.run_for(secs(59));
        assert_eq!(cloud.spread(), [0, 3, 3]);
        cloud.run_for(secs(300));
        assert_eq!(cloud.spread(), [2, 2, 2]);
        let launched =
            cloud.launched.iter().rev().take(2).map(|(at, _)| *at).max().expect("two were launched");
        assert!(launched.since(returned) <= secs(300));
        assert!(cloud.terminated[before..].iter().all(|(at, _)| *at >= launched + secs(26)));
        assert_eq!((cloud.least, cloud.most), (6, 8));
    }
}

#[test]
fn the_oldest_members_of_the_fullest_zones_go() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    cloud.lose(A);
    cloud.run_for(secs(900));
    cloud.terminated.clear();
    cloud.give_back(A);
    cloud.run_for(secs(900));
    // Servers 1 and 4 began in b, 2 and 5 in c.
    assert_eq!(cloud.terminated.iter().map(|(_, server)| server.0).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn at_its_maximum_a_group_rebalances_one_by_one() {
    let mut cloud = Cloud::new(AutoScalingGroupSpec { max: 6, ..spec(HealthCheckType::Ec2) }, 1);
    cloud.lose(A);
    cloud.run_for(secs(900));
    cloud.give_back(A);
    cloud.run_for(secs(600));
    assert_eq!(cloud.spread(), [2, 2, 2]);
    assert_eq!((cloud.least, cloud.most), (6, 7));
}

#[test]
fn members_that_come_back_with_their_zone_leave_nothing_to_rebalance() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    cloud.lose(A);
    cloud.run_for(secs(60));
    cloud.give_back(A);
    cloud.run_for(secs(1_000));
    assert!(cloud.launched.is_empty() && cloud.terminated.is_empty());
}

#[test]
fn a_launch_whose_zone_dies_is_tried_elsewhere() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Elb), 1);
    cloud.unhealthy(0);
    cloud.run_for(secs(29));
    assert_eq!(cloud.launched.len(), 1);
    cloud.groups.zone_lost(A, &mut cloud.probe);
    cloud.react();
    cloud.run_for(secs(31));
    assert_eq!(cloud.launched.len(), 2);
    assert_ne!(cloud.launched[1].1, A);
}

#[test]
fn a_launch_whose_host_dies_is_repeated_at_once() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Elb), 1);
    cloud.unhealthy(0);
    while cloud.launches.is_empty() {
        cloud.run_for(secs(1));
    }
    let (_, pending) = cloud.launches[0];
    cloud.host_down(pending.0);
    assert_eq!(cloud.launched.len(), 2);
    assert_eq!(cloud.terminated.len(), 2);
}

#[test]
fn a_launch_asked_for_as_its_zone_dies_is_tried_elsewhere() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Elb), 1);
    cloud.unhealthy(0);
    let event = cloud.probe.next_event().expect("the group will act");
    cloud.groups.handle(event, &mut cloud.probe);
    cloud.groups.zone_lost(A, &mut cloud.probe);
    cloud.react();
    cloud.run_for(secs(60));
    assert_eq!(cloud.groups.count(WEB), 6);
    assert_eq!(cloud.spread().iter().sum::<usize>(), 6);
    assert_ne!(cloud.launched[1].1, A);
}

#[test]
fn a_group_without_a_live_zone_keeps_trying() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    for zone in [A, B, C] {
        cloud.lose(zone);
    }
    cloud.run_for(secs(3_600));
    assert!(cloud.launched.is_empty());
    assert_eq!(cloud.terminated.len(), 6);
    cloud.give_back(B);
    cloud.run_for(secs(200));
    assert_eq!(cloud.spread(), [0, 6, 0]);
    cloud.give_back(A);
    cloud.give_back(C);
    cloud.run_for(secs(900));
    assert_eq!(cloud.spread(), [2, 2, 2]);
}

#[test]
fn a_members_luck_does_not_depend_on_what_happens_to_others() {
    let check_of_the_first = |others: &[u32]| {
        let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
        for slot in others {
            cloud.host_down(*slot);
        }
        cloud.host_down(0);
        let own = |event: &Event| matches!(event, Event::StatusChecked { server: ServerSlot(0), .. });
        let check = cloud.probe.scheduled.iter().find(|(_, _, event)| own(event));
        check.map(|(_, at, _)| *at).expect("it will be checked")
    };
    assert_eq!(check_of_the_first(&[]), check_of_the_first(&[4, 2]));
}

impl Cloud {
    fn scale(&mut self, desired: u32) {
        self.groups.scale(WEB, desired, &mut self.probe);
        self.react();
    }
}

#[test]
fn a_group_that_is_scaled_out_launches_what_is_missing_where_there_are_fewest() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    cloud.scale(8);
    assert_eq!((cloud.launched.len(), cloud.groups.desired(WEB)), (2, 8));
    cloud.run_for(secs(60));
    assert_eq!(cloud.spread(), [3, 3, 2]);
    // What dies is replaced up to the new number.
    cloud.host_down(0);
    cloud.run_for(secs(1_800));
    assert_eq!(cloud.groups.count(WEB), 8);
}

#[test]
fn a_group_that_is_scaled_in_terminates_what_is_too_much_and_stays_even() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    cloud.scale(3);
    assert_eq!((cloud.terminated.len(), cloud.spread()), (3, [1, 1, 1]));
    cloud.scale(0);
    assert_eq!(cloud.groups.count(WEB), 0);
}

#[test]
fn a_group_that_is_scaled_in_gives_up_launches_that_wait_before_members() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    for zone in [A, B, C] {
        cloud.lose(zone);
    }
    cloud.run_for(secs(1_800));
    assert_eq!((cloud.terminated.len(), cloud.groups.count(WEB)), (6, 6));
    cloud.scale(2);
    cloud.give_back(B);
    cloud.run_for(secs(600));
    assert_eq!(cloud.spread(), [0, 2, 0]);
}

#[test]
fn a_member_that_is_terminated_is_replaced_and_an_outsider_is_not() {
    let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), 1);
    for _ in 0..2 {
        cloud.groups.terminate(ServerSlot(4), &mut cloud.probe);
        cloud.react();
    }
    assert!(!cloud.groups.has_member(ServerSlot(4)));
    cloud.run_for(secs(60));
    assert_eq!((cloud.terminated.len(), cloud.launched.len(), cloud.spread()), (1, 1, [2, 2, 2]));
}

proptest! {
    #[test]
    fn a_group_that_is_scaled_again_and_again_has_at_last_what_it_wants_and_is_even(
        seed: u64,
        steps in prop::collection::vec((0..3_u32, prop::bool::ANY, 0..=9_u32, 0..600_u64), 1..30),
    ) {
        let mut cloud = Cloud::new(spec(HealthCheckType::Ec2), seed);
        let mut desired = 6;
        for (zone, toggle, wanted, wait) in steps {
            let zone = ZoneId(zone);
            if !toggle {
                desired = wanted;
                cloud.scale(wanted);
            } else if cloud.dark.contains(&zone) {
                cloud.give_back(zone);
            } else {
                cloud.lose(zone);
            }
            cloud.run_for(secs(wait));
        }
        for zone in cloud.dark.clone() {
            cloud.give_back(zone);
        }
        cloud.run_for(secs(7_200));
        prop_assert_eq!(cloud.groups.count(WEB), desired);
        let spread = cloud.spread();
        let (most, least) = (spread.iter().max(), spread.iter().min());
        prop_assert!(most.expect("a zone") - least.expect("a zone") <= 1, "{spread:?}");
    }

    #[test]
    fn a_group_is_never_below_desired_nor_above_its_margin_and_ends_even(
        seed: u64,
        elb: bool,
        max in 6..30_u32,
        steps in prop::collection::vec((0..3_u32, prop::bool::ANY, 0..20_u32, 0..600_u64), 1..30),
    ) {
        let health_check = if elb { HealthCheckType::Elb } else { HealthCheckType::Ec2 };
        let mut cloud = Cloud::new(AutoScalingGroupSpec { max, ..spec(health_check) }, seed);
        for (zone, toggle, server, wait) in steps {
            let zone = ZoneId(zone);
            if !toggle {
                cloud.unhealthy(server);
            } else if cloud.dark.contains(&zone) {
                cloud.give_back(zone);
            } else {
                cloud.lose(zone);
            }
            cloud.run_for(secs(wait));
        }
        for zone in cloud.dark.clone() {
            cloud.give_back(zone);
        }
        cloud.run_for(secs(7_200));
        prop_assert!(cloud.least >= 6, "{}", cloud.least);
        prop_assert!(cloud.most <= max + limits::rebalancing_margin(max), "{}", cloud.most);
        prop_assert_eq!(cloud.groups.count(WEB), 6);
        let spread = cloud.spread();
        prop_assert_eq!(spread.iter().sum::<usize>(), 6);
        let (most, least) = (spread.iter().max(), spread.iter().min());
        prop_assert!(most.expect("a zone") - least.expect("a zone") <= 1, "{spread:?}");
    }
}
