//! Probing: every node asks every target again and again, each pair with a phase of its own.

use crate::services::target_group::{Health, Reach, TargetGroupSpec};
use cloudsim_engine::{Context, Vocabulary};
use cloudsim_records::{EntityId, Record, TargetHealth};
use cloudsim_units::{DurationDistribution, SimDuration};
use cloudsim_world::TargetGroupId;

/// The words of target groups.
#[derive(Debug)]
pub struct TargetGroups;

impl Vocabulary for TargetGroups {
    type Event = Event;
    type Record = Record;
    type Signal = Signal;
}

/// What will happen to a prober.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is time for the next probe.
    ProbeDue {
        /// The prober.
        prober: ProberId,
    },
    /// A probe that nobody answered has waited long enough.
    ProbeTimedOut {
        /// The prober.
        prober: ProberId,
    },
}

/// What others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A node changed its mind about a target.
    HealthChanged {
        /// The prober that did.
        prober: ProberId,
        /// The new state.
        health: TargetHealth,
    },
}

/// One node's probing of one target: a place in [`Probers`], never used for another pair while events of the first wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProberId {
    index: u32,
    generation: u32,
}

/// A node of a load balancer, by its place among all nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeSlot(pub u32);

/// A server, by its place among all servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerSlot(pub u32);

/// A node, a target, and what the one thinks of the other.
#[derive(Clone, Copy, Debug)]
pub struct Prober {
    /// The group.
    pub group: TargetGroupId,
    /// The node that probes.
    pub node: NodeSlot,
    /// The target.
    pub target: ServerSlot,
    /// Entities, for the records.
    pub entities: ProberEntities,
    health: Health,
}

/// The entities behind a prober.
#[derive(Clone, Copy, Debug)]
pub struct ProberEntities {
    /// The group.
    pub group: EntityId,
    /// The node.
    pub node: EntityId,
    /// The target.
    pub target: EntityId,
}

impl Prober {
    /// What the node thinks of the target.
    #[must_use]
    pub fn health(&self) -> TargetHealth {
        self.health.state()
    }
}

/// All probers.
#[derive(Debug, Default)]
pub struct Probers {
    rows: Vec<(u32, Option<Prober>)>,
    free: Vec<u32>,
}

impl Probers {
    /// Lets `node` probe `target` from now on, the first time within one interval; `health` is what it thinks at first.
    pub fn start(
        &mut self,
        (group, node, target): (TargetGroupId, NodeSlot, ServerSlot),
        entities: ProberEntities,
        health: Health,
        spec: &TargetGroupSpec,
        path: &str,
        ctx: &mut impl Context<TargetGroups>,
    ) -> ProberId {
        let prober = Prober { group, node, target, entities, health };
        let index = self.free.pop().unwrap_or_else(|| {
            self.rows.push((0, None));
            u32::try_from(self.rows.len() - 1).expect("fewer than 2^32 probers")
        });
        let row = &mut self.rows[index as usize];
        row.1 = Some(prober);
        let id = ProberId { index, generation: row.0 };
        let last = spec.interval.saturating_sub(SimDuration::from_nanos(1));
        let phase = DurationDistribution::Uniform(SimDuration::ZERO, last)
            .sample(ctx.streams().stream(path, "probe phase").word());
        ctx.schedule_in(phase, Event::ProbeDue { prober: id });
        id
    }

    /// Ends a prober: the target was deregistered.
    pub fn stop(&mut self, id: ProberId) {
        let row = &mut self.rows[id.index as usize];
        if row.0 == id.generation && row.1.take().is_some() {
            row.0 += 1;
            self.free.push(id.index);
        }
    }

    /// The prober, unless it ended.
    #[must_use]
    pub fn get(&self, id: ProberId) -> Option<&Prober> {
        let (generation, prober) = &self.rows[id.index as usize];
        if *generation == id.generation { prober.as_ref() } else { None }
    }

    /// Forgets what a node thought of a target: the node came back from the dead.
    pub fn forget(&mut self, id: ProberId) {
        if let (generation, Some(prober)) = &mut self.rows[id.index as usize]
            && *generation == id.generation
        {
            prober.health = Health::INITIAL;
        }
    }

    /// Lets an event happen. `reach` says how the target of a prober takes a connection now; `None` if the node itself is
    /// down, which then sees nothing.
    pub fn handle(
        &mut self,
        event: Event,
        specs: &[TargetGroupSpec],
        reach: impl FnOnce(&Prober) -> Option<Reach>,
        ctx: &mut impl Context<TargetGroups>,
    ) {
        let (Event::ProbeDue { prober: id } | Event::ProbeTimedOut { prober: id }) = event;
        let Some(&prober) = self.get(id) else { return };
        let spec = &specs[prober.group.index()];
        let reached = reach(&prober);
        if let Event::ProbeDue { .. } = event {
            // The answer, or its absence, does not move the next probe (ALB-01).
            ctx.schedule_in(spec.interval, Event::ProbeDue { prober: id });
            match reached {
                None => {}
                Some(Reach::Silent) => ctx.schedule_in(spec.timeout, Event::ProbeTimedOut { prober: id }),
                Some(reach) => self.observe(id, reach, spec, ctx),
            }
        } else if reached.is_some() {
            self.observe(id, Reach::Silent, spec, ctx);
        }
    }

    fn observe(
        &mut self,
        id: ProberId,
        probe: Reach,
        spec: &TargetGroupSpec,
        ctx: &mut impl Context<TargetGroups>,
    ) {
        let Some(prober) = &mut self.rows[id.index as usize].1 else { return };
        if let Some(health) = prober.health.observe(probe, spec) {
            let ProberEntities { group, node, target } = prober.entities;
            ctx.record(Record::TargetHealthChanged { group, node, target, health });
            ctx.signal(Signal::HealthChanged { prober: id, health });
        }
    }
}
