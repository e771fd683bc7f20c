//! Stacks: Terraform makes one resource after the other, so many at once, each after those that it needs.
//!
//! # Modelled
//! One apply from an empty state: the graph of what the stack makes, with times of creation; what is made is not there before:
//! load balancers take no connections, groups have no instances, gateways pass nothing, records are not answered with, and no
//! database is restored in a VPC that is missing.
//!
//! # Left out
//! Errors of an apply, drift, destroying, state that is far away. The time that an Auto Scaling group's instances take is that
//! of the group.

use crate::Cloud;
use crate::words::Root;
use cloudsim_aws::services::target_group::NodeSlot;
use cloudsim_engine::{Context, Kernel};
use cloudsim_records::{CreatedResource, EntityId, Record, Refusal};
use cloudsim_scenario::plan::{Made, ResourceSpec, StackSpec};
use cloudsim_units::SimTime;
use cloudsim_world::{LoadBalancerId, NatGatewayId, StackId, SubnetId, ZoneId};
use std::collections::BTreeSet;

/// What will happen to a stack.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// The plan is made: resources follow.
    Planned { stack: StackId },
    /// A resource has been made.
    Created { stack: StackId, resource: u32 },
}

/// All stacks, and how far they have come.
#[derive(Debug, Default)]
pub(crate) struct Stacks {
    pub(crate) entities: Vec<EntityId>,
    all: Vec<Progress>,
    /// What is not there yet.
    missing: BTreeSet<Made>,
}

/// How far the apply of a stack has come.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// Whether it was begun.
    applied: bool,
    resources: Vec<Resource>,
}

/// How far a resource has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    Missing,
    /// It is being made since then.
    Creating(SimTime),
    Created,
}

impl Progress {
    fn is_created(&self, place: usize) -> bool {
        self.resources[place] == Resource::Created
    }

    /// The places of the resources that are being made.
    fn creating(&self) -> impl Iterator<Item = usize> {
        let all = self.resources.iter().enumerate();
        all.filter(|(_, of)| matches!(of, Resource::Creating(_))).map(|(place, _)| place)
    }
}

impl Stacks {
    pub(crate) fn is_there(&self, of: Made) -> bool {
        !self.missing.contains(&of)
    }

    /// Whether a stack was applied, how many of its resources are there, and the places of those that are being made.
    pub(crate) fn progress(&self, stack: StackId) -> (bool, usize, Vec<usize>) {
        let of = &self.all[stack.index()];
        let created = (0..of.resources.len()).filter(|place| of.is_created(*place)).count();
        (of.applied, created, of.creating().collect())
    }
}

impl Cloud {
    /// Takes away what stacks have yet to make.
    pub(crate) fn place_stacks(&mut self, entities: Vec<EntityId>) {
        let resources = |of: &StackSpec| vec![Resource::Missing; of.resources.len()];
        let all = self.plan.stacks.iter().map(|of| Progress { applied: false, resources: resources(of) });
        self.stacks = Stacks { entities, all: all.collect(), missing: self.plan.made_later().collect() };
        for made in self.plan.made_later().collect::<Vec<_>>() {
            match made {
                Made::NatGateway(id) => self.nats.keep_away(id),
                Made::LoadBalancer(id) => {
                    for node in self.nodes_of(id) {
                        self.balancers.keep_away(node);
                    }
                }
                Made::Record(..) | Made::Vpc(_) | Made::Group(_) => {}
            }
        }
    }

    fn nodes_of(&self, balancer: LoadBalancerId) -> Vec<NodeSlot> {
        self.balancers.slots().filter(|slot| self.balancers.node(*slot).balancer == balancer).collect()
    }

    /// Whether a stack can be applied.
    pub(crate) fn may_apply(&self, stack: StackId) -> Result<(), Refusal> {
        let is_at_work = self.stacks.all[stack.index()].creating().next().is_some();
        if is_at_work { Err(Refusal::StateLocked) } else { Ok(()) }
    }

    /// Begins an apply, as [`Cloud::may_apply`] allows. One that has nothing to make changes nothing.
    pub(crate) fn apply(&mut self, stack: StackId, ctx: &mut Kernel<Root>) {
        let spec = &self.plan.stacks[stack.index()];
        let path = format!("stacks/{}", spec.name);
        let takes = spec.planning.sample(Context::<Root>::streams(ctx).stream(&path, "planning").word());
        self.stacks.all[stack.index()].applied = true;
        Context::<Root>::schedule_in(ctx, takes, Event::Planned { stack });
    }

    pub(crate) fn stack(&mut self, event: Event, ctx: &mut Kernel<Root>) {
        match event {
            Event::Planned { stack } => self.create_next(stack, ctx),
            Event::Created { stack, resource } => self.created(stack, resource as usize, ctx),
        }
    }

    /// Begins what can be begun: as long as the APIs answer that it takes.
    fn create_next(&mut self, stack: StackId, ctx: &mut Kernel<Root>) {
        let spec = self.plan.stacks[stack.index()].clone();
        let here = self.stack_zone(&spec);
        let silent = here.is_some_and(|zone| self.is_api_silent(zone));
        let fixed = self.are_records_fixed();
        let of = &mut self.stacks.all[stack.index()];
        let mut busy = of.creating().count();
        for (place, resource) in spec.resources.iter().enumerate() {
            let is_ready = of.resources[place] == Resource::Missing
                && resource.needs.iter().all(|need| of.is_created(*need));
            let unanswered = if matches!(resource.makes, Some(Made::Record(..))) { fixed } else { silent };
            if !is_ready || unanswered || busy >= spec.parallelism as usize {
                continue;
            }
            busy += 1;
            of.resources[place] = Resource::Creating(Context::<Root>::now(ctx));
            let path = format!("stacks/{}/{}", spec.name, resource.address);
            let luck = Context::<Root>::streams(ctx).stream(&path, "creation").word();
            let event =
                Event::Created { stack, resource: u32::try_from(place).expect("fewer than 2^32 resources") };
            Context::<Root>::schedule_in(ctx, resource.takes.sample(luck), event);
        }
    }

    /// A zone of the region in which a stack makes things.
    fn stack_zone(&self, spec: &StackSpec) -> Option<ZoneId> {
        let zone = |subnet: &SubnetId| self.plan.subnets[subnet.index()].zone;
        spec.resources.iter().filter_map(|resource| resource.makes).find_map(|made| match made {
            Made::Vpc(vpc) => {
                self.plan.subnets.iter().find(|subnet| subnet.vpc == vpc).map(|subnet| subnet.zone)
            }
            Made::LoadBalancer(id) => self.plan.load_balancers[id.index()].subnets.first().map(zone),
            Made::Group(id) => self.plan.auto_scaling_groups[id.index()].subnets.first().map(zone),
            Made::NatGateway(id) => Some(self.nats.zone(id)),
            Made::Record(..) => None,
        })
    }

    /// Goes on with what waited for an API.
    pub(crate) fn go_on_with_stacks(&mut self, ctx: &mut Kernel<Root>) {
        for index in 0..self.stacks.all.len() {
            if self.stacks.all[index].applied {
                self.create_next(StackId::from_index(index), ctx);
            }
        }
    }

    fn created(&mut self, stack: StackId, place: usize, ctx: &mut Kernel<Root>) {
        let resource = self.plan.stacks[stack.index()].resources[place].clone();
        let of = &mut self.stacks.all[stack.index()].resources[place];
        let Resource::Creating(began) = std::mem::replace(of, Resource::Created) else {
            unreachable!("what is made was begun")
        };
        let created = CreatedResource {
            stack: self.stacks.entities[stack.index()],
            address: resource.address,
            began,
            target: resource.makes.and_then(|made| self.made_entity(made)),
        };
        Context::<Root>::record(ctx, Record::ResourceCreated(Box::new(created)));
        if let Some(made) = resource.makes {
            self.stacks.missing.remove(&made);
            self.brings(made, ctx);
        }
        self.create_next(stack, ctx);
        self.look_at_runbooks(ctx);
    }

    /// What Terraform has made is there, if there is power.
    fn brings(&mut self, made: Made, ctx: &mut Kernel<Root>) {
        match made {
            Made::Vpc(_) => {}
            Made::NatGateway(id) => self.mend_nat_gateway(id, ctx),
            Made::LoadBalancer(id) => {
                for node in self.nodes_of(id) {
                    if !self.dark_zones.contains(&self.balancers.node(node).zone) {
                        self.balancers.return_node(node, ctx);
                    }
                }
            }
            Made::Record(name, _) => self.turn_name(name, ctx),
            Made::Group(id) => {
                let desired = self.plan.auto_scaling_groups[id.index()].desired;
                self.groups.scale(id, desired, ctx);
            }
        }
    }

    fn made_entity(&self, made: Made) -> Option<EntityId> {
        match made {
            Made::LoadBalancer(id) => Some(self.balancers.entity(id)),
            Made::Record(name, place) => {
                Some(self.balancers.entity(self.plan.dns_names[name.index()].records[place].alias))
            }
            Made::Group(id) => Some(self.group_entities[id.index()]),
            Made::NatGateway(id) => Some(self.nats.entity(id)),
            Made::Vpc(_) => None,
        }
    }

    /// Whether all of a stack is there, the instances of its groups among it.
    pub(crate) fn is_applied(&self, stack: StackId) -> bool {
        let is_there = |resource: &ResourceSpec| match resource.makes {
            Some(Made::Group(id)) => {
                let desired = self.plan.auto_scaling_groups[id.index()].desired;
                self.answering(id) >= desired as usize
            }
            _ => true,
        };
        let (spec, of) = (&self.plan.stacks[stack.index()], &self.stacks.all[stack.index()]);
        (0..spec.resources.len()).all(|place| of.is_created(place)) && spec.resources.iter().all(is_there)
    }

    /// Whether the VPC of a subnet is there.
    pub(crate) fn has_vpc(&self, subnet: SubnetId) -> bool {
        self.stacks.is_there(Made::Vpc(self.plan.subnets[subnet.index()].vpc))
    }

    /// Whether the load balancer of a node was made, or had not to be.
    pub(crate) fn has_balancer_of(&self, node: NodeSlot) -> bool {
        self.stacks.is_there(Made::LoadBalancer(self.balancers.node(node).balancer))
    }

    /// Whether a NAT gateway was made, or had not to be.
    pub(crate) fn has_nat_gateway(&self, id: NatGatewayId) -> bool {
        self.stacks.is_there(Made::NatGateway(id))
    }
}
