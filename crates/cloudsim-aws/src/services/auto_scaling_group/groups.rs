//! All groups: who is a member, who is to be replaced, and what is being launched.

use super::balance::{fullest, launches_for_balance, zone_for_launch};
use super::{AutoScaling, AutoScalingGroupSpec, Event, HealthCheckType, Signal, limits};
use crate::services::ec2_instance;
use crate::services::target_group::ServerSlot;
use cloudsim_engine::{Context, Streams};
use cloudsim_records::{EntityId, InstanceState, Record};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use cloudsim_world::{AutoScalingGroupId, ZoneId};

/// A group and where its subnets are.
#[derive(Clone, Debug)]
pub struct GroupPlacement {
    /// What the scenario says.
    pub spec: AutoScalingGroupSpec,
    /// The zones of its subnets, in their order.
    pub zones: Vec<ZoneId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Being launched; for the sake of balance, if not to replace another.
    Pending { for_balance: bool },
    /// Failed checks count from then on.
    InService { shielded_until: SimTime },
}

#[derive(Clone, Copy, Debug)]
struct Member {
    server: ServerSlot,
    entity: EntityId,
    /// Counted from 1 in the order in which the group got them.
    number: u32,
    /// The place of its zone in the group's list.
    zone: usize,
    life: Life,
    /// Grows when its host goes or returns.
    changes: u32,
    /// What the load balancers think of it.
    unhealthy: bool,
    /// Grows when they change their mind.
    verdicts: u32,
}

/// Where else a launch that was refused need not be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It may be launched in another zone.
    Here,
    /// What has refused it has to do with no zone.
    Everywhere,
}

/// A launch that waits for a zone.
#[derive(Clone, Debug)]
struct Launch {
    number: u32,
    /// The zones where it failed.
    tried: Vec<bool>,
    /// How often it failed.
    failures: u32,
    /// The place of the zone whose want of capacity it is about to learn of.
    short_of: Option<usize>,
}

#[derive(Debug)]
struct Group {
    spec: AutoScalingGroupSpec,
    /// The name path of its random streams.
    path: String,
    zones: Vec<ZoneId>,
    /// In the order in which they became members.
    members: Vec<Member>,
    numbered: u32,
    launches: Vec<Launch>,
    launches_numbered: u32,
    /// What was asked for and is not there yet: the place of the zone, and whether it is for the sake of balance.
    wanted: Vec<(usize, bool)>,
    balance_checks: u32,
    /// Whether the last launch has failed in all zones.
    fails_everywhere: bool,
    /// The zone where it launches nothing, for traffic is shifted away from it.
    avoided: Option<ZoneId>,
}

/// All Auto Scaling groups.
#[derive(Debug)]
pub struct Groups {
    all: Vec<Group>,
    /// The group of each server, by its slot.
    group_of: Vec<Option<AutoScalingGroupId>>,
    /// The zones without power.
    dark: Vec<ZoneId>,
    /// The zones without capacity: for an instance type, or for any.
    short: Vec<(ZoneId, Option<String>)>,
    assumed: limits::Assumed,
}

/// What comes from the outside.
impl Groups {
    /// Groups without members. [`AutoScalingGroupId`]s count `placements`.
    #[must_use]
    pub fn new(placements: Vec<GroupPlacement>, assumed: limits::Assumed) -> Self {
        let group = |GroupPlacement { spec, zones }| Group {
            path: format!("auto_scaling_groups/{}", spec.name),
            spec,
            zones,
            members: Vec::new(),
            numbered: 0,
            launches: Vec::new(),
            launches_numbered: 0,
            wanted: Vec::new(),
            balance_checks: 0,
            fails_everywhere: false,
            avoided: None,
        };
        Self {
            all: placements.into_iter().map(group).collect(),
            group_of: Vec::new(),
            dark: Vec::new(),
            short: Vec::new(),
            assumed,
        }
    }

    /// Adds a member that has been in service for so long that its grace period is over.
    ///
    /// # Panics
    /// If the group has no subnet in the zone.
    pub fn place(&mut self, group: AutoScalingGroupId, server: ServerSlot, entity: EntityId, zone: ZoneId) {
        let zone = self.get(group).place_of(zone);
        self.add(group, server, entity, zone, Life::InService { shielded_until: SimTime::ZERO });
    }

    /// The instance that [`Signal::LaunchWanted`] asked for is being launched.
    ///
    /// # Panics
    /// If none was asked for in that zone.
    pub fn launched(
        &mut self,
        group: AutoScalingGroupId,
        server: ServerSlot,
        entity: EntityId,
        zone: ZoneId,
        ctx: &mut impl Context<AutoScaling>,
    ) {
        let place = self.get(group).place_of(zone);
        let wanted = &mut self.get_mut(group).wanted;
        let index = wanted.iter().position(|(wanted, _)| *wanted == place).expect("it was asked for");
        let (_, for_balance) = wanted.remove(index);
        self.add(group, server, entity, place, Life::Pending { for_balance });
        if self.dark.contains(&zone) {
            // The zone died between the wish and the launch.
            self.replace(group, server, ctx);
        }
    }

    /// The instance that [`Signal::LaunchWanted`] asked for cannot be launched in that zone: another one is tried, unless it can be
    /// launched in none.
    ///
    /// # Panics
    /// If none was asked for in that zone.
    pub fn launch_failed(
        &mut self,
        group: AutoScalingGroupId,
        zone: ZoneId,
        refused: Refused,
        ctx: &mut impl Context<AutoScaling>,
    ) {
        let takes = self.assumed.launch_failure;
        let state = self.get_mut(group);
        let place = state.place_of(zone);
        let index = state.wanted.iter().position(|(wanted, _)| *wanted == place).expect("it was asked for");
        if let (_, true) = state.wanted.remove(index) {
            // What was wanted for balance alone is not wanted elsewhere.
            return;
        }
        state.launches_numbered += 1;
        let mut launch = Launch::new(state.launches_numbered, state.zones.len());
        launch.failures = 1;
        match refused {
            Refused::Here => launch.tried[place] = true,
            Refused::Everywhere => launch.tried.fill(true),
        }
        let purpose = format!("failure of launch {}", launch.number);
        let delay = state.draw(takes, launch.failures, &purpose, ctx.streams());
        let failed = Event::LaunchFailed { group, launch: launch.number };
        state.launches.push(launch);
        ctx.schedule_in(delay, failed);
    }

    /// A launched member is in service, and its grace period begins (ASG-02). Nothing happens to others.
    pub fn in_service(&mut self, server: ServerSlot, ctx: &mut impl Context<AutoScaling>) {
        let Some(id) = self.group_of(server) else { return };
        let group = self.get_mut(id);
        let shielded_until = ctx.now().saturating_add(group.spec.grace_period);
        let member = group.member_mut(server);
        let Life::Pending { for_balance } = member.life else { return };
        member.life = Life::InService { shielded_until };
        if for_balance {
            self.terminate_surplus(id, ctx);
            self.balance(id, ctx);
        }
    }

    /// The host of a member is gone: its next status check fails.
    pub fn host_down(&mut self, server: ServerSlot, ctx: &mut impl Context<AutoScaling>) {
        let Some((id, member)) = self.member_mut(server) else { return };
        if member.life.is_pending() {
            self.replace(id, server, ctx);
            return;
        }
        member.changes += 1;
        let (number, change) = (member.number, member.changes);
        let phase = DurationDistribution::Uniform(
            SimDuration::from_nanos(1),
            ec2_instance::limits::STATUS_CHECK_INTERVAL,
        );
        let phase = self.get(id).draw(phase, number, "status check phase", ctx.streams());
        ctx.schedule_at(next_check(ctx.now(), phase), Event::StatusChecked { server, change });
    }

    /// The host of a member runs again: status checks pass.
    pub fn host_returned(&mut self, server: ServerSlot) {
        if let Some((_, member)) = self.member_mut(server) {
            member.changes += 1;
        }
    }

    /// No node of any load balancer holds a member for healthy any more; may be told more than once. Means something to
    /// groups that asked for [`HealthCheckType::Elb`].
    pub fn target_unhealthy(&mut self, server: ServerSlot, ctx: &mut impl Context<AutoScaling>) {
        let Some((id, member)) = self.member_mut(server) else { return };
        let Life::InService { shielded_until } = member.life else { return };
        if member.unhealthy {
            return;
        }
        member.unhealthy = true;
        member.verdicts += 1;
        let (number, verdict) = (member.number, member.verdicts);
        let group = self.get(id);
        if group.spec.health_check == HealthCheckType::Elb {
            let purpose = format!("load balancer reaction {verdict}");
            let delay = group.draw(self.assumed.elb_reaction, number, &purpose, ctx.streams());
            let at = ctx.now().max(shielded_until).saturating_add(delay);
            ctx.schedule_at(at, Event::UnhealthyReplaced { server, verdict });
        }
    }

    /// A node of a load balancer holds a member for healthy again.
    pub fn target_healthy(&mut self, server: ServerSlot) {
        if let Some((_, member)) = self.member_mut(server) {
            member.unhealthy = false;
            member.verdicts += 1;
        }
    }

    /// A zone lost its power, or its connection to the others: launches there fail until it was returned as often as lost.
    /// Members in service are told of by [`Groups::host_down`].
    pub fn zone_lost(&mut self, zone: ZoneId, ctx: &mut impl Context<AutoScaling>) {
        self.dark.push(zone);
        for id in self.ids() {
            let group = self.get(id);
            let there = |member: &&Member| member.life.is_pending() && group.zones[member.zone] == zone;
            let failed: Vec<_> = group.members.iter().filter(there).map(|member| member.server).collect();
            for server in failed {
                self.replace(id, server, ctx);
            }
        }
    }

    /// Power returned to a zone: groups that use it will look whether they are balanced.
    pub fn zone_returned(&mut self, zone: ZoneId, ctx: &mut impl Context<AutoScaling>) {
        if let Some(place) = self.dark.iter().position(|dark| *dark == zone) {
            self.dark.swap_remove(place);
        }
        if self.dark.contains(&zone) {
            return;
        }
        for id in self.ids() {
            if self.get(id).zones.contains(&zone) {
                self.balance_later(id, ctx);
            }
        }
    }

    /// A zone has no capacity for an instance type, or for any: launches there fail until it was restored as often as it was
    /// withdrawn.
    pub fn withdraw_capacity(&mut self, zone: ZoneId, instance_type: Option<String>) {
        self.short.push((zone, instance_type));
    }

    /// A zone has capacity again.
    pub fn restore_capacity(&mut self, zone: ZoneId, instance_type: Option<&str>) {
        let is_it = |(of, kind): &(ZoneId, Option<String>)| *of == zone && kind.as_deref() == instance_type;
        if let Some(place) = self.short.iter().position(is_it) {
            self.short.swap_remove(place);
        }
    }

    /// Whether instances of a type can be launched in a zone: it has power, and capacity for them.
    #[must_use]
    pub fn can_launch(&self, zone: ZoneId, instance_type: &str) -> bool {
        !self.dark.contains(&zone) && !lacks_capacity(&self.short, zone, instance_type)
    }

    /// Terminates an instance without replacing it: its group wants one less. Nothing happens to one that is a member no more.
    pub fn shrink(&mut self, server: ServerSlot, ctx: &mut impl Context<AutoScaling>) {
        let Some(id) = self.group_of(server) else { return };
        let group = self.get_mut(id);
        group.spec.desired = group.spec.desired.saturating_sub(1);
        self.give_up(id, server, ctx);
    }

    /// The members of a group in the order in which they became that; those that are launching are among them.
    pub fn members(&self, group: AutoScalingGroupId) -> impl Iterator<Item = ServerSlot> {
        self.get(group).members.iter().map(|member| member.server)
    }

    /// The group that an instance is a member of, unless it is on its way out.
    #[must_use]
    pub fn of_member(&self, server: ServerSlot) -> Option<AutoScalingGroupId> {
        self.group_of(server)
    }

    /// Whether the last launch of a group has failed in all of its zones.
    #[must_use]
    pub fn fails_everywhere(&self, group: AutoScalingGroupId) -> bool {
        self.get(group).fails_everywhere
    }

    /// Lets a group of nodes launch nothing in a zone, and not balance itself over its zones, for traffic of its cluster is
    /// shifted away from there (K8S-58); `None` for everywhere again.
    pub fn avoid(
        &mut self,
        id: AutoScalingGroupId,
        zone: Option<ZoneId>,
        ctx: &mut impl Context<AutoScaling>,
    ) {
        self.get_mut(id).avoided = zone;
        if zone.is_none() {
            self.balance_later(id, ctx);
        }
    }

    fn balance_later(&mut self, id: AutoScalingGroupId, ctx: &mut impl Context<AutoScaling>) {
        let reaction = self.assumed.rebalance_reaction;
        let group = self.get_mut(id);
        group.balance_checks += 1;
        let check = group.balance_checks;
        let delay = group.draw(reaction, check, "rebalancing", ctx.streams());
        ctx.schedule_in(delay, Event::BalanceChecked { group: id });
    }

    /// Changes how many members a group wants: what is missing is launched; what is too much goes, launches that wait for a
    /// zone first.
    pub fn scale(&mut self, id: AutoScalingGroupId, desired: u32, ctx: &mut impl Context<AutoScaling>) {
        let group = self.get_mut(id);
        group.spec.desired = desired;
        group.fails_everywhere = false;
        while self.get(id).total() > desired {
            if self.get_mut(id).launches.pop().is_none() {
                self.terminate_surplus(id, ctx);
            }
        }
        self.fill(id, ctx);
    }

    /// Terminates an instance, which its group replaces. Nothing happens to one that is a member no more.
    pub fn terminate(&mut self, server: ServerSlot, ctx: &mut impl Context<AutoScaling>) {
        if let Some(id) = self.group_of(server) {
            self.replace(id, server, ctx);
        }
    }

    /// Whether an instance is a member of a group, and not on its way out.
    #[must_use]
    pub fn has_member(&self, server: ServerSlot) -> bool {
        self.group_of(server).is_some()
    }

    /// Lets an event happen.
    pub fn handle(&mut self, event: Event, ctx: &mut impl Context<AutoScaling>) {
        match event {
            Event::StatusChecked { server, change } => self.status_checked(server, change, ctx),
            Event::ImpairedReplaced { server, change } => {
                if let Some((id, member)) = self.member_mut(server)
                    && member.changes == change
                {
                    self.replace(id, server, ctx);
                }
            }
            Event::UnhealthyReplaced { server, verdict } => {
                if let Some((id, member)) = self.member_mut(server)
                    && member.verdicts == verdict
                {
                    self.replace(id, server, ctx);
                }
            }
            Event::LaunchFailed { group: id, launch: number } => {
                let launches = &mut self.get_mut(id).launches;
                // One that is not wanted any more is not among them.
                if let Some(index) = launches.iter().position(|launch| launch.number == number) {
                    let mut launch = launches.remove(index);
                    if let Some(zone) = launch.short_of.take() {
                        let zone = self.get(id).zones[zone];
                        ctx.signal(Signal::CapacityInsufficient { group: id, zone });
                    }
                    self.launch(id, launch, ctx);
                }
            }
            Event::BalanceChecked { group } => self.balance(group, ctx),
        }
    }

    /// How many members a group wants.
    #[must_use]
    pub fn desired(&self, group: AutoScalingGroupId) -> u32 {
        self.get(group).spec.desired
    }

    /// How many members a group has or is about to have.
    #[must_use]
    pub fn count(&self, group: AutoScalingGroupId) -> u32 {
        self.get(group).total()
    }
}

/// What groups decide.
impl Groups {
    /// A status check failed: the group acts some minutes later, and not within the grace period.
    fn status_checked(&mut self, server: ServerSlot, change: u32, ctx: &mut impl Context<AutoScaling>) {
        let Some((id, member)) = self.member_mut(server) else { return };
        let Member { entity, number, life: Life::InService { shielded_until }, changes, .. } = *member else {
            return;
        };
        if changes != change {
            return;
        }
        ctx.record(Record::InstanceStateChanged { instance: entity, state: InstanceState::Impaired });
        let purpose = format!("impaired reaction {change}");
        let delay = self.get(id).draw(self.assumed.impaired_reaction, number, &purpose, ctx.streams());
        let at = ctx.now().saturating_add(delay).max(shielded_until);
        ctx.schedule_at(at, Event::ImpairedReplaced { server, change });
    }

    fn replace(&mut self, id: AutoScalingGroupId, server: ServerSlot, ctx: &mut impl Context<AutoScaling>) {
        self.give_up(id, server, ctx);
        self.fill(id, ctx);
    }

    /// Launches what is missing.
    fn fill(&mut self, id: AutoScalingGroupId, ctx: &mut impl Context<AutoScaling>) {
        while self.get(id).total() < self.get(id).spec.desired {
            let group = self.get_mut(id);
            group.launches_numbered += 1;
            let launch = Launch::new(group.launches_numbered, group.zones.len());
            self.launch(id, launch, ctx);
        }
    }

    fn give_up(&mut self, id: AutoScalingGroupId, server: ServerSlot, ctx: &mut impl Context<AutoScaling>) {
        self.group_of[server.0 as usize] = None;
        self.get_mut(id).members.retain(|member| member.server != server);
        ctx.signal(Signal::TerminateWanted { server });
    }

    /// Launches in the emptiest zone that was not tried, even if it is dark or without capacity: the group learns that by
    /// failing.
    fn launch(&mut self, id: AutoScalingGroupId, mut launch: Launch, ctx: &mut impl Context<AutoScaling>) {
        let (group, dark, short) = (&mut self.all[id.index()], &self.dark, &self.short);
        let failed = Event::LaunchFailed { group: id, launch: launch.number };
        let avoided = group.zones.iter().map(|zone| group.avoided == Some(*zone));
        let excluded: Vec<bool> =
            launch.tried.iter().zip(avoided).map(|(tried, avoided)| *tried || avoided).collect();
        let Some(zone) = zone_for_launch(&group.counts(), &excluded) else {
            launch.tried.fill(false);
            group.fails_everywhere = true;
            group.launches.push(launch);
            ctx.schedule_in(self.assumed.launch_retry, failed);
            return;
        };
        let is_short = group.lacks_capacity(zone, short);
        if !dark.contains(&group.zones[zone]) && !is_short {
            group.want(id, zone, false, ctx);
            return;
        }
        launch.short_of = is_short.then_some(zone);
        launch.tried[zone] = true;
        launch.failures += 1;
        let purpose = format!("failure of launch {}", launch.number);
        let delay = group.draw(self.assumed.launch_failure, launch.failures, &purpose, ctx.streams());
        group.launches.push(launch);
        ctx.schedule_in(delay, failed);
    }

    /// Launches where there are too few, if that leaves the group more evenly spread (ASG-06), as far as it may grow beyond
    /// its maximum (ASG-07).
    fn balance(&mut self, id: AutoScalingGroupId, ctx: &mut impl Context<AutoScaling>) {
        let (group, dark) = (&mut self.all[id.index()], &self.dark);
        if group.avoided.is_some() {
            return;
        }
        let is_live = |(place, zone)| !dark.contains(zone) && !group.lacks_capacity(place, &self.short);
        let live: Vec<_> = group.zones.iter().enumerate().map(is_live).collect();
        let room = group.spec.max + limits::rebalancing_margin(group.spec.max);
        // Launches that have no zone yet will need some of it.
        let limit = room.saturating_sub(u32::try_from(group.launches.len()).expect("few launches"));
        for zone in launches_for_balance(&group.counts(), &live, group.spec.desired, limit) {
            group.want(id, zone, true, ctx);
        }
    }

    /// There is one too many, because a launch for the sake of balance has succeeded or fewer are wanted: the oldest member in
    /// the fullest zone goes.
    fn terminate_surplus(&mut self, id: AutoScalingGroupId, ctx: &mut impl Context<AutoScaling>) {
        let group = self.get(id);
        if group.total() <= group.spec.desired {
            return;
        }
        let mut occupied = vec![false; group.zones.len()];
        for member in &group.members {
            occupied[member.zone] = true;
        }
        let victim = fullest(&group.counts(), &occupied)
            .and_then(|zone| group.members.iter().find(|member| member.zone == zone))
            .map(|member| member.server);
        self.give_up(id, victim.expect("a group beyond what it wants has members"), ctx);
    }
}

/// The small words of the above.
impl Groups {
    fn get(&self, id: AutoScalingGroupId) -> &Group {
        &self.all[id.index()]
    }

    fn get_mut(&mut self, id: AutoScalingGroupId) -> &mut Group {
        &mut self.all[id.index()]
    }

    fn ids(&self) -> impl Iterator<Item = AutoScalingGroupId> + use<> {
        (0..self.all.len()).map(AutoScalingGroupId::from_index)
    }

    fn add(&mut self, id: AutoScalingGroupId, server: ServerSlot, entity: EntityId, zone: usize, life: Life) {
        let group = self.get_mut(id);
        group.numbered += 1;
        let number = group.numbered;
        let member = Member { server, entity, number, zone, life, changes: 0, unhealthy: false, verdicts: 0 };
        group.members.push(member);
        let index = server.0 as usize;
        if self.group_of.len() <= index {
            self.group_of.resize(index + 1, None);
        }
        self.group_of[index] = Some(id);
    }

    /// The group of a server; `None` if it is not, or no longer, a member of one.
    fn group_of(&self, server: ServerSlot) -> Option<AutoScalingGroupId> {
        *self.group_of.get(server.0 as usize)?
    }

    fn member_mut(&mut self, server: ServerSlot) -> Option<(AutoScalingGroupId, &mut Member)> {
        let id = self.group_of(server)?;
        Some((id, self.get_mut(id).member_mut(server)))
    }
}

impl Group {
    fn place_of(&self, zone: ZoneId) -> usize {
        self.zones.iter().position(|own| *own == zone).expect("the group has a subnet there")
    }

    fn member_mut(&mut self, server: ServerSlot) -> &mut Member {
        let member = self.members.iter_mut().find(|member| member.server == server);
        member.expect("its server says that it is a member")
    }

    fn want(
        &mut self,
        id: AutoScalingGroupId,
        zone: usize,
        for_balance: bool,
        ctx: &mut impl Context<AutoScaling>,
    ) {
        self.wanted.push((zone, for_balance));
        self.fails_everywhere = false;
        ctx.signal(Signal::LaunchWanted { group: id, zone: self.zones[zone] });
    }

    /// Whether one of its zones has no capacity for its instance type.
    fn lacks_capacity(&self, zone: usize, short: &[(ZoneId, Option<String>)]) -> bool {
        lacks_capacity(short, self.zones[zone], &self.spec.server.instance_type)
    }

    /// Members in each zone, those included that are on their way there.
    fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.zones.len()];
        let wanted = self.wanted.iter().map(|(zone, _)| *zone);
        for zone in self.members.iter().map(|member| member.zone).chain(wanted) {
            counts[zone] += 1;
        }
        counts
    }

    fn total(&self) -> u32 {
        let total = self.members.len() + self.wanted.len() + self.launches.len();
        u32::try_from(total).expect("fewer than 2^32 members")
    }

    fn draw(&self, of: DurationDistribution, number: u32, purpose: &str, streams: &Streams) -> SimDuration {
        of.sample(streams.stream(&format!("{}/{number}", self.path), purpose).word())
    }
}

impl Launch {
    fn new(number: u32, zones: usize) -> Launch {
        Launch { number, tried: vec![false; zones], failures: 0, short_of: None }
    }
}

impl Life {
    fn is_pending(self) -> bool {
        matches!(self, Self::Pending { .. })
    }
}

/// Whether a zone has no capacity for an instance type.
fn lacks_capacity(short: &[(ZoneId, Option<String>)], zone: ZoneId, kind: &str) -> bool {
    let mut here = short.iter().filter(|(of, _)| *of == zone);
    here.any(|(_, only)| only.as_deref().is_none_or(|only| only == kind))
}

/// The first check after `now`, of checks at `phase` and at whole intervals from there.
fn next_check(now: SimTime, phase: SimDuration) -> SimTime {
    let interval = ec2_instance::limits::STATUS_CHECK_INTERVAL.as_nanos();
    let since_last = (now.as_nanos() + interval - phase.as_nanos() % interval) % interval;
    now + SimDuration::from_nanos(interval - since_last)
}
