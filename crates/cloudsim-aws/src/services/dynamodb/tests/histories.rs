//! What holds in every history.

use super::{World, at, spec, strong};
use crate::services::dynamodb::{Consistency, Place, TableSpec};
use cloudsim_units::{DurationDistribution, SimDuration};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Put(u8, bool),
    Wait(u64),
    /// A region loses power, or gets it back.
    Switch(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0_u8..3, prop::bool::weighted(0.9)).prop_map(|(place, acked)| Step::Put(place, acked)),
        6 => (0_u64..900).prop_map(Step::Wait),
        1 => (0_u8..3).prop_map(Step::Switch),
    ];
    prop::collection::vec(step, 0..120)
}

/// What came of a history: how many writes were acknowledged, and how many were not and made nevertheless.
struct Told {
    world: World,
    acked: u64,
    unacked: u64,
}

/// Lets a history happen, in which no more than `dark_max` regions are without power at once.
fn tell(spec: TableSpec, steps: &[Step], dark_max: usize) -> Told {
    let replicas = spec.regions.len();
    let members = spec.members().count();
    let mut told = Told { world: World::new(spec), acked: 0, unacked: 0 };
    let mut dark: Vec<u8> = Vec::new();
    for step in steps {
        let world = &mut told.world;
        match *step {
            Step::Put(place, acked) if usize::from(place) < replicas => {
                if world.put_acked(Place(place), acked) {
                    *(if acked { &mut told.acked } else { &mut told.unacked }) += 1;
                }
            }
            Step::Wait(millis) => {
                let then = world.probe.now + SimDuration::from_millis(millis);
                world.go_to(then);
            }
            Step::Switch(place) if usize::from(place) < members => {
                if dark.contains(&place) {
                    dark.retain(|other| *other != place);
                    world.power(Place(place), true);
                } else if dark.len() < dark_max {
                    dark.push(place);
                    world.power(Place(place), false);
                }
            }
            Step::Put(..) | Step::Switch(_) => {}
        }
        told.holds();
    }
    told
}

impl Told {
    /// Every write is in exactly one class.
    fn holds(&self) {
        assert_eq!(self.world.acked().iter().sum::<u64>(), self.acked);
        assert_eq!(self.world.unacked().iter().sum::<u64>(), self.unacked);
    }

    /// Lets everything come back and arrive.
    fn mend(&mut self) {
        for place in 0..u8::try_from(self.world.tables.members(super::SESSIONS).count()).expect("few") {
            self.world.power(Place(place), true);
        }
        self.world.go_to(at(10_000));
        self.holds();
        assert_eq!(self.world.acked()[3], 0, "all has arrived");
        self.world.tables.get_writes(super::SESSIONS).assert_converged();
    }
}

fn eventual() -> TableSpec {
    let mut spec = spec(Consistency::Eventual);
    spec.regions.push("middle".into());
    spec.items = 3;
    spec.lag = DurationDistribution::Exponential(SimDuration::from_millis(500));
    spec
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn each_write_is_in_one_class_and_all_regions_agree_in_the_end(steps in steps()) {
        let mut told = tell(eventual(), &steps, 3);
        told.mend();
    }

    /// The last write of each item is read everywhere, and all others were written on or overwritten; so without a fault nothing
    /// is lost.
    #[test]
    fn without_a_fault_nothing_is_lost(steps in steps()) {
        let mut told = tell(eventual(), &steps, 0);
        prop_assert_eq!(told.world.acked()[1], 0);
        told.mend();
        prop_assert_eq!(told.world.acked()[1], 0);
    }

    #[test]
    fn with_one_region_at_a_time_a_strong_table_loses_and_overwrites_nothing(steps in steps()) {
        let mut told = tell(strong(), &steps, 1);
        for point in told.world.points() {
            prop_assert_eq!((point.commits_lost, point.rpo), (0, SimDuration::ZERO));
        }
        told.mend();
        prop_assert_eq!(told.world.acked(), [told.acked, 0, 0, 0]);
    }

    /// What is missing when a region is lost is what its recovery point tells of, unless it comes back.
    #[test]
    fn what_is_lost_for_ever_is_what_recovery_points_tell_of(steps in steps(), last in 0_u8..3) {
        let mut told = tell(eventual(), &steps, 0);
        told.world.power(Place(last), false);
        let [point] = &told.world.points()[..] else { panic!("others go on") };
        told.world.go_to(at(10_000));
        prop_assert_eq!(told.world.acked()[1], point.commits_lost);
        prop_assert!(point.commits_lost > 0 || point.rpo.is_zero());
        told.holds();
    }
}
