//! W2, PHOLD: 16 events per entity; each counts at its entity and goes on to any other an exponential second later.

use crate::Workload;
use crate::pending::PendingSet;
use crate::rng::SplitMix64;
use hecs::{Entity, World};

/// The mean of all delays.
pub const MEAN_NS: f64 = 1e9;

/// The seed of the one stream of all draws.
pub const SEED: u64 = 2;

/// Events per entity.
pub const EVENTS_PER_ENTITY: u64 = 16;

/// Where entities keep their counters.
pub trait Counters {
    /// Counters of this many entities.
    fn with(entities: u64) -> Self;
    /// Counts one event.
    fn count(&mut self, entity: u64);
}

/// A dense column.
pub struct Column(Vec<u64>);

impl Counters for Column {
    fn with(entities: u64) -> Self {
        Self((0..entities).map(|_| 0).collect())
    }

    #[inline]
    fn count(&mut self, entity: u64) {
        self.0[index(entity)] += 1;
    }
}

/// A component in a hecs world, looked up by entity.
pub struct InWorld {
    world: World,
    entities: Vec<Entity>,
}

struct Counter(u64);

impl Counters for InWorld {
    fn with(entities: u64) -> Self {
        let mut world = World::new();
        let entities = (0..entities).map(|number| world.spawn((Counter(0), number))).collect();
        Self { world, entities }
    }

    #[inline]
    fn count(&mut self, entity: u64) {
        let counter = self.world.query_one_mut::<&mut Counter>(self.entities[index(entity)]);
        counter.expect("no entity is ever removed").0 += 1;
    }
}

/// PHOLD over a pending set.
pub struct Phold<Q, C> {
    queue: Q,
    counters: C,
    entities: u64,
    rng: SplitMix64,
    /// When the last event popped was due, in nanoseconds.
    pub last: u64,
}

impl<Q: PendingSet, C: Counters> Phold<Q, C> {
    /// The model with this many entities.
    #[must_use]
    pub fn new(entities: u64) -> Self {
        let (mut queue, mut rng) = (Q::default(), SplitMix64::new(SEED));
        for entity in 0..entities {
            for _ in 0..EVENTS_PER_ENTITY {
                queue.push(rng.exponential(MEAN_NS), entity);
            }
        }
        Self { queue, counters: C::with(entities), entities, rng, last: 0 }
    }
}

impl<Q: PendingSet, C: Counters> Workload for Phold<Q, C> {
    fn advance(&mut self, units: u64) -> u64 {
        for _ in 0..units {
            let (at, entity) = self.queue.pop().expect("as many are pushed as popped");
            self.counters.count(entity);
            self.last = at;
            let delay = self.rng.exponential(MEAN_NS);
            let target = self.rng.below(self.entities);
            self.queue.push(at + delay, target);
        }
        units
    }
}

fn index(entity: u64) -> usize {
    usize::try_from(entity).expect("entities fit in memory")
}
