//! Tables by name, and properties of random histories.

mod histories;

use super::{Consistency, DynamoDb, MemberPlacement, Place, Put, Quorum, TablePlacement, TableSpec, Tables};
use super::{limits, pricing};
use crate::services::vpc::{Impairment, Latencies, Links};
use cloudsim_engine::{Context, Probe};
use cloudsim_records::{CommitClasses, EntityId, Record, RecoveryKind, RecoveryPoint};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use cloudsim_world::{TableId, ZoneId};

const SESSIONS: TableId = TableId(0);
const EAST: Place = Place(0);
const WEST: Place = Place(1);

/// How far the regions are apart, one way: east and west, east and the third, west and the third.
const DISTANCES: [SimDuration; 3] =
    [SimDuration::from_millis(35), SimDuration::from_millis(6), SimDuration::from_millis(25)];

const fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

const fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

/// One item in two regions, each of which learns of the other's writes after exactly a second.
pub(super) fn spec(consistency: Consistency) -> TableSpec {
    TableSpec {
        name: "sessions".into(),
        regions: vec!["east".into(), "west".into()],
        consistency,
        items: 1,
        item_size: limits::ITEM_SIZE,
        storage: pricing::WRITE_UNIT,
        response: limits::RESPONSE,
        lag: DurationDistribution::Constant(secs(1)),
    }
}

/// A witness in a third region.
fn strong() -> TableSpec {
    spec(Consistency::Strong { witness: Some("middle".into()) })
}

/// A table whose regions have two zones each: those of east are 0 and 1.
struct World {
    tables: Tables,
    links: Links,
    probe: Probe<DynamoDb>,
    puts: u64,
}

impl World {
    fn new(spec: TableSpec) -> Self {
        let probe = Probe::new(1);
        let regions = u32::try_from(spec.members().count()).expect("few");
        let zones = |region| [ZoneId(2 * region), ZoneId(2 * region + 1)];
        let between = SimDuration::from_micros(400);
        let mut latencies = Latencies::new(6, SimDuration::from_micros(75), between);
        for (one, other, distance) in [(0, 1, DISTANCES[0]), (0, 2, DISTANCES[1]), (1, 2, DISTANCES[2])] {
            for (one, other) in zones(one).into_iter().flat_map(|one| zones(other).map(|other| (one, other)))
            {
                latencies.set(one, other, distance);
            }
        }
        let members = (0..regions).map(|region| MemberPlacement {
            region,
            entity: EntityId(10 + region),
            zones: zones(region).to_vec(),
        });
        let members = members.collect();
        let tables =
            Tables::new(vec![TablePlacement { spec, entity: EntityId(1), members }], probe.streams());
        Self { tables, links: Links::new(latencies, 6), probe, puts: 0 }
    }

    /// Lets happen what happens until then.
    fn go_to(&mut self, at: SimTime) {
        while self.probe.scheduled.iter().any(|(_, due, _)| *due <= at) {
            let event = self.probe.next_event().expect("one is due");
            self.tables.handle(event, &self.links);
        }
        self.probe.now = at;
    }

    /// A server of a region writes; whether it is answered.
    fn put_acked(&mut self, place: Place, acked: bool) -> bool {
        let word = cloudsim_engine::mix(7, self.puts);
        self.puts += 1;
        let Some(leader) = self.tables.leader(SESSIONS, place, &self.links, word) else { return false };
        let confirmed_by = match self.tables.quorum(SESSIONS, place, leader, &self.links) {
            Quorum::Alone => None,
            Quorum::With(zone) => Some(zone),
            Quorum::Lost => return false,
        };
        let sent = self.probe.now;
        let put = Put { table: SESSIONS, place, leader, confirmed_by, sent, acked, word };
        for (at, event) in self.tables.put(put, &self.links, sent) {
            self.probe.schedule_at(at, event);
        }
        true
    }

    fn put(&mut self, place: Place) {
        assert!(self.put_acked(place, true), "{place:?} takes writes");
    }

    fn power(&mut self, place: Place, on: bool) {
        for zone in [ZoneId(2 * u32::from(place.0)), ZoneId(2 * u32::from(place.0) + 1)] {
            if on {
                self.tables.return_power(zone, &mut self.probe);
                self.tables.resume(&self.links, &mut self.probe);
            } else {
                self.tables.lose_power(zone, None, &mut self.probe);
            }
        }
    }

    fn points(&self) -> Vec<RecoveryPoint> {
        let point = |record: &Record| match record {
            Record::RecoveryPointChosen(point) => Some((**point).clone()),
            _ => None,
        };
        self.probe.records.iter().filter_map(point).collect()
    }

    /// Acknowledged writes: kept, lost with a region, overwritten, on their way.
    fn acked(&self) -> [u64; 4] {
        let (commits, overwritten, open) = self.tables.settled(SESSIONS);
        [commits.acked_kept, commits.acked_lost, overwritten, open]
    }

    fn unacked(&self) -> [u64; 2] {
        let (CommitClasses { unacked_kept, unacked_gone, .. }, ..) = self.tables.settled(SESSIONS);
        [unacked_kept, unacked_gone]
    }
}

#[test]
fn a_write_is_on_its_way_until_its_lag_is_over() {
    let mut world = World::new(spec(Consistency::Eventual));
    world.put(EAST);
    assert_eq!(world.acked(), [0, 0, 0, 1]);
    world.go_to(at(1));
    assert_eq!(world.acked(), [1, 0, 0, 0]);
}

#[test]
fn of_two_that_did_not_see_each_other_the_later_wins_and_the_other_is_overwritten() {
    let mut world = World::new(spec(Consistency::Eventual));
    world.put(EAST);
    world.go_to(SimTime::ZERO + SimDuration::from_millis(999));
    world.put(WEST);
    world.go_to(at(9));
    assert_eq!(world.acked(), [1, 0, 1, 0]);
}

#[test]
fn a_write_on_top_of_another_overwrites_nothing() {
    for second in [EAST, WEST] {
        let mut world = World::new(spec(Consistency::Eventual));
        world.put(EAST);
        world.go_to(at(1));
        world.put(second);
        world.go_to(at(9));
        assert_eq!(world.acked(), [2, 0, 0, 0], "{second:?}");
        assert_eq!(world.tables.get_writes(SESSIONS).remembered(), 1);
    }
}

/// The first of west's two stays, as west wrote again on top of it before the newer one of east came.
#[test]
fn what_was_written_on_is_no_loss_though_the_top_is() {
    let mut world = World::new(spec(Consistency::Eventual));
    world.put(WEST);
    world.go_to(SimTime::ZERO + SimDuration::from_millis(100));
    world.put(WEST);
    world.go_to(SimTime::ZERO + SimDuration::from_millis(200));
    world.put(EAST);
    world.go_to(at(9));
    assert_eq!(world.acked(), [2, 0, 1, 0]);
}

#[test]
fn a_write_that_nobody_waited_for_is_in_doubt() {
    let mut world = World::new(spec(Consistency::Eventual));
    assert!(world.put_acked(EAST, false));
    world.tables.put_failed(SESSIONS);
    world.go_to(at(9));
    assert_eq!((world.acked(), world.unacked()), ([0; 4], [1, 1]));
}

#[test]
fn with_a_region_goes_what_it_had_not_sent() {
    let mut world = World::new(spec(Consistency::Eventual));
    for tenth in 0..30 {
        world.go_to(SimTime::ZERO + SimDuration::from_millis(100 * tenth));
        world.put(EAST);
    }
    world.go_to(at(3));
    world.power(EAST, false);
    // Written at 2.1 to 2.9 s; that of 2.0 s has just arrived.
    let point = RecoveryPoint {
        database: EntityId(1),
        kind: RecoveryKind::Takeover,
        fault: None,
        from: EntityId(10),
        to: EntityId(11),
        started: at(3),
        rpo: SimDuration::from_millis(900),
        commits_lost: 9,
    };
    assert_eq!(world.points(), [point]);
    world.go_to(at(60));
    assert_eq!(world.acked(), [21, 9, 0, 0]);
}

#[test]
fn a_region_outlives_a_zone() {
    let mut world = World::new(spec(Consistency::Eventual));
    world.tables.lose_power(ZoneId(0), None, &mut world.probe);
    for _ in 0..20 {
        world.put(EAST);
    }
    world.go_to(at(9));
    assert_eq!((world.acked(), world.points()), ([20, 0, 0, 0], Vec::new()));
}

/// Of the two that west misses, the second is the version that east returns with. If west has written meanwhile, that wins.
#[test]
fn what_was_missing_is_delivered_with_the_power_and_newer_versions_win() {
    for (west_writes, after) in [(false, [2, 0, 0, 0]), (true, [2, 1, 0, 0])] {
        let mut world = World::new(spec(Consistency::Eventual));
        world.put(EAST);
        world.put(EAST);
        world.power(EAST, false);
        world.go_to(at(10));
        if west_writes {
            world.put(WEST);
        }
        let kept = u64::from(west_writes);
        assert_eq!(world.acked(), [kept, 2, 0, 0]);
        world.power(EAST, true);
        world.go_to(at(20));
        assert_eq!(world.acked(), after);
    }
}

#[test]
fn nothing_crosses_a_border_that_is_cut_and_everything_does_once_it_is_not() {
    let mut world = World::new(spec(Consistency::Eventual));
    let from: Vec<ZoneId> = (2..6).map(ZoneId).collect();
    let cut = [0, 1].map(|zone| Impairment::Cut { zone: ZoneId(zone), from: from.clone(), internet: true });
    world.links.impair(cut.iter());
    world.put(EAST);
    world.go_to(at(60));
    assert_eq!(world.acked(), [0, 0, 0, 1]);
    world.links.impair([].iter());
    world.tables.resume(&world.links, &mut world.probe);
    world.go_to(at(61));
    assert_eq!((world.acked(), world.points()), ([1, 0, 0, 0], Vec::new()));
}

#[test]
fn a_zone_that_hears_nobody_leads_nothing() {
    let mut world = World::new(spec(Consistency::Eventual));
    let leaders = |world: &World| {
        let leads = |word: u64| world.tables.leader(SESSIONS, EAST, &world.links, word << 59);
        (0..32).filter_map(leads).collect::<std::collections::BTreeSet<ZoneId>>()
    };
    assert_eq!(leaders(&world).len(), 2);
    let cut = Impairment::Cut { zone: ZoneId(0), from: vec![ZoneId(1)], internet: true };
    world.links.impair([cut].iter());
    assert_eq!(leaders(&world).len(), 2, "of two that hear nobody each leads");
    world.tables.lose_power(ZoneId(0), None, &mut world.probe);
    assert_eq!(leaders(&world), [ZoneId(1)].into());
}

#[test]
fn a_strong_table_asks_the_nearest_that_is_there() {
    let mut world = World::new(strong());
    let asked = |world: &World, place: Place| {
        world.tables.quorum(SESSIONS, place, ZoneId(2 * u32::from(place.0)), &world.links)
    };
    assert_eq!([asked(&world, EAST), asked(&world, WEST)], [Quorum::With(ZoneId(4)); 2]);
    world.power(Place(2), false);
    assert_eq!(asked(&world, EAST), Quorum::With(ZoneId(2)));
    assert_eq!(world.points().len(), 1);
    world.power(WEST, false);
    assert_eq!(asked(&world, EAST), Quorum::Lost);
    assert_eq!(world.points().len(), 1, "a minority decides nothing");
    assert!(!world.put_acked(EAST, true));
    world.power(WEST, true);
    assert!(world.put_acked(EAST, true));
}

#[test]
fn a_strong_table_loses_nothing_with_a_region() {
    let mut world = World::new(strong());
    for _ in 0..9 {
        world.put(EAST);
    }
    world.power(EAST, false);
    let [point] = &world.points()[..] else { panic!("west goes on") };
    assert_eq!((point.rpo, point.commits_lost), (SimDuration::ZERO, 0));
    world.put(WEST);
    world.go_to(at(1));
    assert_eq!(world.acked(), [10, 0, 0, 0], "what the witness has is sent on by it");
}
