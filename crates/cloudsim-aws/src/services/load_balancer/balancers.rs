//! All load balancers: their nodes, what the nodes think of the targets, and the addresses that DNS lists.

use crate::services::load_balancer::{LoadBalancerSpec, limits};
use crate::services::route53::Answer;
use crate::services::target_group::{NodeSlot, NodeView, ProberId, ServerSlot};
use cloudsim_engine::{Context, Vocabulary};
use cloudsim_records::{EntityId, Record, Refusal};
use cloudsim_units::SimDuration;
use cloudsim_world::{LoadBalancerId, TargetGroupId, ZoneId};

/// The words of load balancers.
#[derive(Debug)]
pub struct LoadBalancing;

impl Vocabulary for LoadBalancing {
    type Event = Event;
    type Record = Record;
    type Signal = Signal;
}

/// What will happen to a load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// AWS has noticed that a node died or came back, and DNS shows it.
    NodeNoticed {
        /// The node.
        node: NodeSlot,
        /// The epoch in which this was scheduled.
        epoch: u32,
    },
}

/// What others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A node has power again and knows nothing of its targets.
    NodePowered {
        /// The node.
        node: NodeSlot,
    },
}

/// A load balancer's node in one zone.
#[derive(Debug)]
pub struct Node {
    /// Its entity.
    pub entity: EntityId,
    /// Its load balancer.
    pub balancer: LoadBalancerId,
    /// Its zone.
    pub zone: ZoneId,
    /// What it thinks of the targets of each group it sends to.
    pub views: Vec<GroupView>,
    /// The path that names its random streams.
    path: String,
    power: Power,
    epoch: u32,
    /// Whether neither AWS nor anybody on the internet reaches it.
    cut_off: bool,
    /// Whether AWS thinks that the node works; follows its power late.
    thought_up: bool,
    listed: bool,
}

/// How far a node is from taking connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    /// It takes connections.
    Up,
    /// It has power again, and takes no connections before it has judged all targets and found a healthy one in each of
    /// its groups. Assumed: AWS does not say when a node is put back; one that knew a single target would drown it.
    Probing,
    /// It is dark.
    Off,
}

/// A node's view of one target group.
#[derive(Debug)]
pub struct GroupView {
    /// The group.
    pub group: TargetGroupId,
    /// Who may get a request.
    pub view: NodeView,
    /// The probers, by target.
    pub probers: Vec<(ServerSlot, ProberId)>,
}

/// All load balancers.
#[derive(Debug, Default)]
pub struct Balancers {
    nodes: Vec<Node>,
    all: Vec<Balancer>,
    /// The zone that traffic is shifted away from.
    shifted: Option<ZoneId>,
    assumed: limits::Assumed,
}

#[derive(Debug)]
struct Balancer {
    entity: EntityId,
    /// The first of its nodes; they follow each other, one per zone.
    first: u32,
    count: u32,
    answer: Answer,
    idle_timeout: SimDuration,
}

impl Balancers {
    /// None yet.
    #[must_use]
    pub fn new(assumed: limits::Assumed) -> Self {
        Self { assumed, ..Self::default() }
    }

    /// Adds a load balancer with one node per given zone and entity.
    pub fn place(
        &mut self,
        entity: EntityId,
        spec: &LoadBalancerSpec,
        nodes: &[(EntityId, ZoneId, String)],
        mut view: impl FnMut(TargetGroupId, usize) -> NodeView,
    ) {
        let balancer = LoadBalancerId::from_index(self.all.len());
        let first = u32::try_from(self.nodes.len()).expect("fewer than 2^32 nodes");
        let groups = spec.target_groups();
        for (place, (node, zone, path)) in nodes.iter().enumerate() {
            let views = groups
                .iter()
                .map(|&group| GroupView { group, view: view(group, place), probers: Vec::new() })
                .collect();
            self.nodes.push(Node {
                entity: *node,
                balancer,
                zone: *zone,
                views,
                path: path.clone(),
                power: Power::Up,
                epoch: 0,
                cut_off: false,
                thought_up: true,
                listed: true,
            });
        }
        let count = u32::try_from(nodes.len()).expect("fewer than 32 zones");
        assert!(count <= 32, "an answer holds at most 32 addresses");
        let answer = Answer(u32::try_from((1_u64 << count) - 1).expect("at most 32 bits"));
        self.all.push(Balancer { entity, first, count, answer, idle_timeout: spec.idle_timeout });
    }

    /// The node.
    #[inline]
    #[must_use]
    pub fn node(&self, slot: NodeSlot) -> &Node {
        &self.nodes[slot.0 as usize]
    }

    /// The node, to be changed.
    #[inline]
    #[must_use]
    pub fn node_mut(&mut self, slot: NodeSlot) -> &mut Node {
        &mut self.nodes[slot.0 as usize]
    }

    /// All nodes, in the order they were placed.
    pub fn slots(&self) -> impl Iterator<Item = NodeSlot> + use<> {
        (0..u32::try_from(self.nodes.len()).expect("fewer than 2^32 nodes")).map(NodeSlot)
    }

    /// The node behind one address of an answer.
    #[inline]
    #[must_use]
    pub fn addressed(&self, balancer: LoadBalancerId, place: u32) -> NodeSlot {
        NodeSlot(self.all[balancer.index()].first + place)
    }

    /// What DNS answers for a load balancer now.
    #[inline]
    #[must_use]
    pub fn answer(&self, balancer: LoadBalancerId) -> Answer {
        self.all[balancer.index()].answer
    }

    /// The entity of a load balancer.
    #[must_use]
    pub fn entity(&self, balancer: LoadBalancerId) -> EntityId {
        self.all[balancer.index()].entity
    }

    /// How long a load balancer waits for an answer.
    #[must_use]
    pub fn idle_timeout(&self, balancer: LoadBalancerId) -> SimDuration {
        self.all[balancer.index()].idle_timeout
    }

    /// A node is not there yet; [`Balancers::return_node`] brings it.
    pub fn keep_away(&mut self, slot: NodeSlot) {
        self.node_mut(slot).power = Power::Off;
    }

    /// A node dies with its zone.
    pub fn kill_node(&mut self, slot: NodeSlot, ctx: &mut impl Context<LoadBalancing>) {
        self.turn(slot, Power::Off, ctx);
    }

    /// A node has power again and looks for its targets.
    pub fn return_node(&mut self, slot: NodeSlot, ctx: &mut impl Context<LoadBalancing>) {
        let node = self.node_mut(slot);
        if node.power == Power::Off {
            node.power = Power::Probing;
            ctx.signal(Signal::NodePowered { node: slot });
        }
    }

    fn turn(&mut self, slot: NodeSlot, power: Power, ctx: &mut impl Context<LoadBalancing>) {
        let node = self.node_mut(slot);
        let (was_up, up) = (node.is_up(), power == Power::Up);
        node.power = power;
        if was_up == up {
            return;
        }
        node.epoch += 1;
        ctx.record(Record::BalancerNodeChanged { node: node.entity, up });
        self.notice_later(slot, ctx);
    }

    /// A node is cut off from all other zones and from the internet, or no longer: it lives, and AWS notices.
    pub fn cut_off(&mut self, slot: NodeSlot, cut_off: bool, ctx: &mut impl Context<LoadBalancing>) {
        let node = self.node_mut(slot);
        if node.cut_off != cut_off {
            node.cut_off = cut_off;
            node.epoch += 1;
            self.notice_later(slot, ctx);
        }
    }

    /// Whether traffic is shifted away from a zone.
    #[must_use]
    pub fn is_shifted(&self, zone: ZoneId) -> bool {
        self.shifted == Some(zone)
    }

    /// Whether traffic can be shifted away from a zone, or come back to it.
    ///
    /// # Errors
    /// If no node stands there, nor `others` whose traffic is shifted with theirs, if traffic is shifted already, which it can
    /// be from one zone at a time (ALB-16), or if it is not.
    pub fn may_shift(&self, zone: ZoneId, away: bool, others: bool) -> Result<(), Refusal> {
        match (away, self.shifted) {
            _ if !others && self.nodes.iter().all(|node| node.zone != zone) => Err(Refusal::NoZonalShift),
            (true, Some(_)) => Err(Refusal::AlreadyShifted),
            (false, shifted) if shifted != Some(zone) => Err(Refusal::NotShifted),
            _ => Ok(()),
        }
    }

    /// Shifts the traffic of all load balancers away from a zone, or from none any more: DNS lists no node there at once, and
    /// no node sends to a target there (ALB-16, ALB-17). Whoever still has an address from before goes on using it.
    pub fn shift(
        &mut self,
        from: Option<ZoneId>,
        zone_of: impl Fn(ServerSlot) -> ZoneId,
        ctx: &mut impl Context<LoadBalancing>,
    ) {
        self.shifted = from;
        for group in self.nodes.iter_mut().flat_map(|node| &mut node.views) {
            for (target, _) in &group.probers {
                group.view.set_shifted(*target, from == Some(zone_of(*target)));
            }
        }
        for balancer in 0..self.all.len() {
            self.update_answer(LoadBalancerId::from_index(balancer), ctx);
        }
    }

    fn notice_later(&mut self, slot: NodeSlot, ctx: &mut impl Context<LoadBalancing>) {
        let node = self.node(slot);
        let mut stream = ctx.streams().stream(&node.path, &format!("dns reaction {}", node.epoch));
        let delay = self.assumed.dns_reaction.sample(stream.word());
        ctx.schedule_in(delay, Event::NodeNoticed { node: slot, epoch: node.epoch });
    }

    /// Lets an event happen.
    pub fn handle(&mut self, event: Event, ctx: &mut impl Context<LoadBalancing>) {
        let Event::NodeNoticed { node: slot, epoch } = event;
        let node = self.node_mut(slot);
        if node.epoch == epoch {
            node.thought_up = node.is_up() && !node.cut_off;
            let balancer = node.balancer;
            self.update_answer(balancer, ctx);
        }
    }

    /// Lets nodes that came back take connections, once they have judged their targets.
    fn admit_returned(&mut self, balancer: LoadBalancerId, ctx: &mut impl Context<LoadBalancing>) {
        let Balancer { first, count, .. } = self.all[balancer.index()];
        for slot in (first..first + count).map(NodeSlot) {
            let node = self.node(slot);
            let ready = |group: &GroupView| group.view.has_judged_all() && group.view.any_healthy();
            if node.power == Power::Probing && node.views.iter().all(ready) {
                self.turn(slot, Power::Up, ctx);
            }
        }
    }

    /// Works out anew which addresses DNS lists, after targets or nodes changed.
    ///
    /// A node is listed while AWS thinks that it works, traffic is not shifted away from it, and each of its groups has a
    /// healthy target in reach (ALB-10). If that leaves none, all are listed (ALB-13), shifted or not (ALB-18).
    pub fn update_answer(&mut self, balancer: LoadBalancerId, ctx: &mut impl Context<LoadBalancing>) {
        self.admit_returned(balancer, ctx);
        let state = &mut self.all[balancer.index()];
        let nodes = &mut self.nodes[state.first as usize..(state.first + state.count) as usize];
        let fit = |node: &Node| {
            let here = node.thought_up && self.shifted != Some(node.zone);
            here && node.views.iter().all(|group| group.view.any_healthy())
        };
        let fail_open = !nodes.iter().any(fit);
        let mut answer = Answer(0);
        for (place, node) in nodes.iter_mut().enumerate() {
            let listed = fail_open || fit(node);
            if listed {
                answer.0 |= 1 << place;
            }
            if listed != node.listed {
                node.listed = listed;
                ctx.record(Record::DnsAnswerChanged { balancer: state.entity, node: node.entity, listed });
            }
        }
        state.answer = answer;
    }
}

impl Node {
    /// Whether it takes connections.
    #[inline]
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.power == Power::Up
    }

    /// Whether it can probe its targets.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        self.power != Power::Off
    }

    /// The path that names its random streams.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether DNS lists its address.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.listed
    }

    /// Grows each time it dies or comes back.
    #[inline]
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::load_balancer::{ListenerSpec, Scheme};
    use crate::services::target_group::Algorithm;
    use cloudsim_engine::Probe;
    use cloudsim_world::SubnetId;

    fn balancers() -> Balancers {
        let spec = LoadBalancerSpec {
            name: "lb".into(),
            scheme: Scheme::InternetFacing,
            subnets: vec![SubnetId(0), SubnetId(1)],
            listeners: vec![ListenerSpec { port: 443, https: true, target_group: TargetGroupId(0) }],
            security_groups: None,
            idle_timeout: limits::IDLE_TIMEOUT,
        };
        let mut balancers = Balancers::default();
        let zones = [(EntityId(1), ZoneId(0), "lb/a".into()), (EntityId(2), ZoneId(1), "lb/b".into())];
        balancers.place(EntityId(0), &spec, &zones, |_, _| NodeView::new(Algorithm::RoundRobin, 0));
        for node in balancers.slots() {
            balancers.node_mut(node).views[0].view.register(
                ServerSlot(node.0),
                node.0 == 0 || node.0 == 1,
                true,
            );
        }
        balancers
    }

    #[test]
    fn a_dead_node_stays_listed_until_aws_notices() {
        let (mut balancers, mut probe) = (balancers(), Probe::<LoadBalancing>::new(1));
        balancers.kill_node(NodeSlot(0), &mut probe);
        assert_eq!(balancers.answer(LoadBalancerId(0)), Answer(0b11));
        let event = probe.next_event().expect("AWS will notice");
        assert!(
            probe.now >= cloudsim_units::SimTime::from_secs(60)
                && probe.now <= cloudsim_units::SimTime::from_secs(300)
        );
        balancers.handle(event, &mut probe);
        assert_eq!(balancers.answer(LoadBalancerId(0)), Answer(0b10));
    }

    #[test]
    fn a_node_that_was_back_before_anyone_noticed_is_never_withdrawn() {
        let (mut balancers, mut probe) = (balancers(), Probe::<LoadBalancing>::new(1));
        balancers.kill_node(NodeSlot(0), &mut probe);
        balancers.return_node(NodeSlot(0), &mut probe);
        balancers.update_answer(LoadBalancerId(0), &mut probe);
        while let Some(event) = probe.next_event() {
            balancers.handle(event, &mut probe);
            assert_eq!(balancers.answer(LoadBalancerId(0)), Answer(0b11));
        }
    }

    #[test]
    fn a_node_that_is_back_takes_no_connections_before_it_knows_a_healthy_target() {
        let (mut balancers, mut probe) = (balancers(), Probe::<LoadBalancing>::new(1));
        balancers.kill_node(NodeSlot(0), &mut probe);
        balancers.return_node(NodeSlot(0), &mut probe);
        balancers.node_mut(NodeSlot(0)).views[0].view.forget();
        balancers.update_answer(LoadBalancerId(0), &mut probe);
        assert!(balancers.node(NodeSlot(0)).is_powered() && !balancers.node(NodeSlot(0)).is_up());
        balancers.node_mut(NodeSlot(0)).views[0].view.set_healthy(ServerSlot(0), true);
        balancers.update_answer(LoadBalancerId(0), &mut probe);
        assert!(balancers.node(NodeSlot(0)).is_up());
    }

    #[test]
    fn dns_lists_no_node_of_a_zone_that_traffic_is_shifted_away_from_unless_no_other_is_left() {
        let (mut balancers, mut probe) = (balancers(), Probe::<LoadBalancing>::new(1));
        let (a, b, elsewhere) = (ZoneId(0), ZoneId(1), ZoneId(2));
        let zone_of = |server: ServerSlot| ZoneId(server.0);
        assert_eq!(balancers.may_shift(elsewhere, true, false), Err(Refusal::NoZonalShift));
        assert_eq!(balancers.may_shift(a, false, false), Err(Refusal::NotShifted));
        assert_eq!(balancers.may_shift(a, true, false), Ok(()));
        balancers.shift(Some(a), zone_of, &mut probe);
        assert_eq!(balancers.answer(LoadBalancerId(0)), Answer(0b10));
        assert_eq!(balancers.may_shift(b, true, false), Err(Refusal::AlreadyShifted));
        assert_eq!(balancers.may_shift(b, false, false), Err(Refusal::NotShifted));
        balancers.node_mut(NodeSlot(1)).views[0].view.set_healthy(ServerSlot(1), false);
        balancers.update_answer(LoadBalancerId(0), &mut probe);
        assert_eq!(balancers.answer(LoadBalancerId(0)), Answer(0b11));
        balancers.shift(None, zone_of, &mut probe);
        assert_eq!(balancers.answer(LoadBalancerId(0)), Answer(0b01));
    }

    #[test]
    fn a_zone_without_healthy_targets_is_withdrawn_and_all_are_listed_when_none_is_left() {
        let (mut balancers, mut probe) = (balancers(), Probe::<LoadBalancing>::new(1));
        balancers.node_mut(NodeSlot(0)).views[0].view.set_healthy(ServerSlot(0), false);
        balancers.update_answer(LoadBalancerId(0), &mut probe);
        assert_eq!(balancers.answer(LoadBalancerId(0)), Answer(0b10));
        balancers.node_mut(NodeSlot(1)).views[0].view.set_healthy(ServerSlot(1), false);
        balancers.update_answer(LoadBalancerId(0), &mut probe);
        assert_eq!(balancers.answer(LoadBalancerId(0)), Answer(0b11));
    }
}
