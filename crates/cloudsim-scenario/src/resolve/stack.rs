//! Stacks: the graph of resources that Terraform makes of what stands in a scenario.

use super::{Context, Kind};
use crate::limits;
use crate::place::At;
use crate::plan::{Made, Plan, ResourceSpec, StackSpec};
use cloudsim_aws::services::route53;
use cloudsim_aws::services::vpc::{RouteTarget, VpcEndpointKind};
use cloudsim_units::DurationDistribution;
use cloudsim_world::{
    AutoScalingGroupId, DnsNameId, LoadBalancerId, NatGatewayId, SecurityGroupId, SubnetId, TargetGroupId,
    VpcId,
};
use std::collections::BTreeMap;

pub(super) fn stacks(cx: &mut Context<'_>, plan: &Plan) -> Vec<StackSpec> {
    let all = cx.spec.stacks.iter().enumerate();
    all.map(|(index, stack)| {
        let at = cx.at("stacks", index);
        let mut graph =
            Graph { plan, takes: cx.assumed.terraform, resources: Vec::new(), places: BTreeMap::new() };
        let vpcs = named(cx, at.field("vpcs"), Kind::Vpc, &stack.vpcs);
        let gateways = named(cx, at.field("nat_gateways"), Kind::NatGateway, &stack.nat_gateways);
        let balancers = named(cx, at.field("load_balancers"), Kind::LoadBalancer, &stack.load_balancers);
        let groups =
            named(cx, at.field("auto_scaling_groups"), Kind::AutoScalingGroup, &stack.auto_scaling_groups);
        for vpc in vpcs {
            graph.add_vpc(VpcId::from_index(vpc));
        }
        for gateway in gateways {
            let gateway = NatGatewayId::from_index(gateway);
            // One of a VPC above is there already.
            if !graph.places.contains_key(&Of::NatGateway(gateway)) {
                graph.add_nat_gateway(gateway);
            }
        }
        for balancer in balancers {
            graph.add_load_balancer(LoadBalancerId::from_index(balancer));
        }
        for group in groups {
            graph.add_group(AutoScalingGroupId::from_index(group));
        }
        let resources = graph.resources;
        let parallelism = stack.parallelism;
        StackSpec {
            name: cx.name(at, &stack.name),
            parallelism: cx.count_or(
                at,
                "parallelism",
                parallelism,
                &limits::PARALLELISMS,
                limits::PARALLELISM,
            ),
            planning: cx.assumed.terraform.planning,
            resources,
        }
    })
    .collect()
}

/// The places of those that are named and there.
fn named(cx: &mut Context<'_>, at: At<'_>, kind: Kind, names: &[String]) -> Vec<usize> {
    let mut all = Vec::new();
    for (place, name) in names.iter().enumerate() {
        cx.reference(at.item(place).span(), kind, name);
        all.extend(cx.find(kind, name));
    }
    all
}

/// What a resource of the graph is of, for those that need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Vpc(VpcId),
    InternetGateway(usize),
    Subnet(SubnetId),
    SecurityGroup(SecurityGroupId),
    Address(NatGatewayId),
    NatGateway(NatGatewayId),
    RouteTable(usize),
    LoadBalancer(LoadBalancerId),
    TargetGroup(TargetGroupId),
    LaunchTemplate(AutoScalingGroupId),
}

/// A graph of resources, each of which comes after those that it needs.
struct Graph<'a> {
    plan: &'a Plan,
    takes: limits::Terraform,
    resources: Vec<ResourceSpec>,
    places: BTreeMap<Of, usize>,
}

impl Graph<'_> {
    /// Adds a resource; of what it needs that alone counts which the stack makes too.
    fn add(
        &mut self,
        (kind, name): (&str, &str),
        takes: DurationDistribution,
        needs: impl IntoIterator<Item = Of>,
        makes: Option<Made>,
    ) -> usize {
        let needs = needs.into_iter().filter_map(|of| self.places.get(&of).copied()).collect();
        self.resources.push(ResourceSpec { address: format!("{kind}.{name}"), takes, needs, makes });
        self.resources.len() - 1
    }

    fn add_as(
        &mut self,
        of: Of,
        name: (&str, &str),
        takes: DurationDistribution,
        needs: Vec<Of>,
        makes: Option<Made>,
    ) {
        let place = self.add(name, takes, needs, makes);
        self.places.insert(of, place);
    }

    /// A VPC and what of the network is in it.
    fn add_vpc(&mut self, vpc: VpcId) {
        let (plan, takes) = (self.plan, self.takes);
        let other = takes.other;
        let own = vec![Of::Vpc(vpc)];
        let name = &*plan.vpcs[vpc.index()].name;
        self.add_as(Of::Vpc(vpc), ("aws_vpc", name), takes.vpc, Vec::new(), Some(Made::Vpc(vpc)));
        for (index, gateway) in plan.internet_gateways.iter().enumerate().filter(|(_, of)| of.vpc == vpc) {
            let name = ("aws_internet_gateway", &*gateway.name);
            self.add_as(Of::InternetGateway(index), name, other, own.clone(), None);
        }
        for (index, subnet) in plan.subnets.iter().enumerate().filter(|(_, of)| of.vpc == vpc) {
            let of = Of::Subnet(SubnetId::from_index(index));
            self.add_as(of, ("aws_subnet", &subnet.name), other, own.clone(), None);
        }
        for (index, group) in plan.security_groups.iter().enumerate().filter(|(_, of)| of.vpc == vpc) {
            let of = Of::SecurityGroup(SecurityGroupId::from_index(index));
            self.add_as(of, ("aws_security_group", &group.name), other, own.clone(), None);
        }
        let in_vpc = |subnet: SubnetId| plan.subnets[subnet.index()].vpc == vpc;
        for (index, _) in plan.nat_gateways.iter().enumerate().filter(|(_, of)| in_vpc(of.subnet)) {
            self.add_nat_gateway(NatGatewayId::from_index(index));
        }
        for (index, table) in plan.route_tables.iter().enumerate().filter(|(_, of)| of.vpc == vpc) {
            let through = table.routes.iter().filter_map(|route| match route.via {
                RouteTarget::InternetGateway(id) => Some(Of::InternetGateway(id.index())),
                RouteTarget::NatGateway(id) => Some(Of::NatGateway(id)),
                _ => None,
            });
            let needs = own.iter().copied().chain(through).collect();
            self.add_as(Of::RouteTable(index), ("aws_route_table", &table.name), other, needs, None);
        }
        for (index, subnet) in plan.subnets.iter().enumerate().filter(|(_, of)| of.vpc == vpc) {
            let needs = [Of::Subnet(SubnetId::from_index(index)), Of::RouteTable(subnet.route_table.index())];
            self.add(("aws_route_table_association", &subnet.name), other, needs, None);
        }
        for endpoint in plan.vpc_endpoints.iter().filter(|of| of.vpc == vpc) {
            let subnets = match &endpoint.kind {
                VpcEndpointKind::Interface { subnets, .. } => {
                    subnets.iter().copied().map(Of::Subnet).collect()
                }
                VpcEndpointKind::Gateway { .. } => own.clone(),
            };
            self.add(("aws_vpc_endpoint", &endpoint.name), other, subnets, None);
        }
    }

    /// A NAT gateway and its address.
    fn add_nat_gateway(&mut self, id: NatGatewayId) {
        let (plan, takes) = (self.plan, self.takes);
        let gateway = &plan.nat_gateways[id.index()];
        self.add_as(Of::Address(id), ("aws_eip", &gateway.name), takes.other, Vec::new(), None);
        let outside = (0..plan.internet_gateways.len()).map(Of::InternetGateway);
        let needs = [Of::Subnet(gateway.subnet), Of::Address(id)].into_iter().chain(outside).collect();
        let name = ("aws_nat_gateway", &*gateway.name);
        self.add_as(Of::NatGateway(id), name, takes.nat_gateway, needs, Some(Made::NatGateway(id)));
    }

    /// A load balancer, the target groups that its listeners name, and the records that lead to it.
    fn add_load_balancer(&mut self, id: LoadBalancerId) {
        let (plan, takes) = (self.plan, self.takes);
        let spec = &plan.load_balancers[id.index()];
        let subnets = spec.subnets.iter().copied().map(Of::Subnet);
        let rules = spec.security_groups.iter().flatten().copied().map(Of::SecurityGroup);
        let needs = subnets.chain(rules).collect();
        let made = Some(Made::LoadBalancer(id));
        self.add_as(Of::LoadBalancer(id), ("aws_lb", &spec.name), takes.load_balancer, needs, made);
        let vpc = spec.subnets.first().map(|subnet| Of::Vpc(plan.subnets[subnet.index()].vpc));
        for listener in &spec.listeners {
            let group = listener.target_group;
            if !self.places.contains_key(&Of::TargetGroup(group)) {
                let name = ("aws_lb_target_group", &*plan.target_groups[group.index()].name);
                self.add_as(Of::TargetGroup(group), name, takes.other, vpc.into_iter().collect(), None);
            }
            let name = format!("{}-{}", spec.name, listener.port);
            let needs = [Of::LoadBalancer(id), Of::TargetGroup(group)];
            self.add(("aws_lb_listener", &name), takes.other, needs, None);
        }
        for (index, name) in plan.dns_names.iter().enumerate() {
            // A load balancer's own name comes with it.
            let own = name.name == spec.name;
            for (place, _) in name.records.iter().enumerate().filter(|(_, of)| of.alias == id && !own) {
                let made = Some(Made::Record(DnsNameId::from_index(index), place));
                let address = format!("{}-{}", name.name, spec.name);
                self.add(
                    ("aws_route53_record", &address),
                    route53::limits::CHANGE,
                    [Of::LoadBalancer(id)],
                    made,
                );
            }
        }
    }

    /// An Auto Scaling group and its launch template.
    fn add_group(&mut self, id: AutoScalingGroupId) {
        let (plan, other) = (self.plan, self.takes.other);
        let spec = &plan.auto_scaling_groups[id.index()];
        let rules = spec.security_groups.iter().flatten().copied().map(Of::SecurityGroup).collect();
        self.add_as(Of::LaunchTemplate(id), ("aws_launch_template", &spec.name), other, rules, None);
        let subnets = spec.subnets.iter().copied().map(Of::Subnet);
        let targets = spec.target_groups.iter().copied().map(Of::TargetGroup);
        let needs = [Of::LaunchTemplate(id)].into_iter().chain(subnets).chain(targets).collect::<Vec<_>>();
        self.add(("aws_autoscaling_group", &spec.name), other, needs, Some(Made::Group(id)));
    }
}
