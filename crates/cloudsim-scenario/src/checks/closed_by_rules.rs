//! CS0901: what the scenario sends gets through at the start.

use super::PlanCheck;
use crate::diagnostics::{Problem, Rule, Span};
use crate::examples::Example;
use crate::plan::{Attached, Plan};
use crate::resolve::Context;
use cloudsim_aws::services::vpc::{End, Interface, Network, Stop, VpcEndpointKind};
use cloudsim_workload::{CallSpec, Tier};
use cloudsim_world::{
    AutoScalingGroupId, DatabaseId, EndpointId, LoadBalancerId, SubnetId, TargetGroupId, VpcEndpointId,
};
use std::net::Ipv4Addr;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS0901",
        title: "what the scenario sends gets through at the start",
        page: "\
Security groups and network ACLs are held against every flow of a request: from clients to load balancers, from \
those to their targets, from servers to the next tier, to databases and to endpoints. A flow that they stop, or whose answers \
they stop, fails in the whole run. To let that happen during the run, use `SecurityGroupChange` or `NetworkAclChange`. \
`cloudsim path` shows step by step what stops it.",
        example: Example::Fields {
            wrong: r#"
                security_groups: [(name: "alb", vpc: "blog", ingress: [(ports: "80", from: Cidr("0.0.0.0/0"))])],
                set: { "load_balancers.blog-alb.security_groups": ["alb"] },
            "#,
            right: r#"
                security_groups: [(name: "alb", vpc: "blog", ingress: [(ports: "443", from: Cidr("0.0.0.0/0"))])],
                set: { "load_balancers.blog-alb.security_groups": ["alb"] },
            "#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    let mut flows = Flows { plan, network: network_of(plan) };
    for (index, class) in plan.classes.iter().enumerate() {
        let at = cx.at("classes", index);
        let client = &plan.clients[class.client.index()];
        for record in &plan.dns_names[class.enter.index()].records {
            let from = vec![End::Outside(client.address)];
            flows.through(rule, cx, at.field("enter").span(), ("internet", from), record.alias, class.port);
        }
        for (place, handler) in class.handlers.iter().enumerate() {
            let calls = at.field("handlers").item(place).field("calls");
            // What pods may reach is that of their nodes, and is not looked at.
            let Tier::TargetGroup(group) = handler.at else { continue };
            let name = &plan.target_groups[group.index()].name;
            for (number, call) in handler.calls.iter().enumerate() {
                let from = (name.as_str(), flows.members(group));
                let call_at = calls.item(number);
                match *call {
                    CallSpec::Http { to, port, .. } => {
                        let place = call_at.field("to").span();
                        for record in &plan.dns_names[to.index()].records {
                            flows.through(rule, cx, place, from.clone(), record.alias, port);
                        }
                    }
                    // Nothing stands in the way to a gateway endpoint.
                    CallSpec::Service { .. } | CallSpec::Item { .. } => {}
                    CallSpec::Read { database, .. } | CallSpec::Write { database, .. } => {
                        let spec = &plan.databases[database.index()];
                        let place = call_at.field("database").span();
                        for region in plan.regions() {
                            let own =
                                from.1.iter().copied().filter(|end| flows.is_in(*end, region)).collect();
                            let to = (spec.name.as_str(), flows.instances(database, region));
                            flows.ask(rule, cx, place, (from.0, own), to, spec.engine.port());
                        }
                    }
                    CallSpec::External { endpoint, .. } => {
                        let spec = &plan.endpoints[endpoint.index()];
                        let place = call_at.field("endpoint").span();
                        for source in from.1 {
                            let to = (spec.name.as_str(), flows.ends_of(endpoint, source));
                            flows.ask(rule, cx, place, (from.0, vec![source]), to, spec.port);
                        }
                    }
                }
            }
        }
    }
}

/// The interfaces that a plan begins with, one for each subnet of a thing: those of one subnet share their rules.
struct Flows<'a> {
    plan: &'a Plan,
    network: Network,
}

fn network_of(plan: &Plan) -> Network {
    let mut network = plan.network();
    for gateway in &plan.nat_gateways {
        network.attach_nat_gateway(interface(plan, Attached::NatGateway, gateway.subnet));
    }
    network
}

fn interface(plan: &Plan, of: Attached, subnet: SubnetId) -> Interface {
    // Any address of the subnet; a rule that tells single ones apart is not judged here.
    let address = plan.subnets[subnet.index()].cidr.hosts().nth(4).unwrap_or(Ipv4Addr::UNSPECIFIED);
    plan.interface(of, subnet, address)
}

impl Flows<'_> {
    fn attach<'s>(&mut self, of: Attached, subnets: impl IntoIterator<Item = &'s SubnetId>) -> Vec<End> {
        let attached = subnets
            .into_iter()
            .map(|subnet| End::Interface(self.network.attach(interface(self.plan, of, *subnet))));
        attached.collect()
    }

    fn members(&mut self, target_group: TargetGroupId) -> Vec<End> {
        let plan = self.plan;
        let mut members = Vec::new();
        for (index, spec) in plan.auto_scaling_groups.iter().enumerate() {
            if spec.target_groups.contains(&target_group) {
                let group = Attached::Server(AutoScalingGroupId::from_index(index));
                members.extend(self.attach(group, &spec.subnets));
            }
        }
        members
    }

    fn region(&self, subnet: SubnetId) -> &str {
        &self.plan.zones[self.plan.subnets[subnet.index()].zone.index()].region
    }

    fn is_in(&self, end: End, region: &str) -> bool {
        match end {
            End::Interface(id) => self.region(self.network.interface(id).subnet) == region,
            End::Outside(_) => false,
        }
    }

    /// The instances of a database in a region.
    fn instances(&mut self, database: DatabaseId, region: &str) -> Vec<End> {
        let spec = &self.plan.databases[database.index()];
        let standby = spec.multi_az.then_some(&spec.standby);
        let subnets = std::iter::once(&spec.primary).chain(standby);
        let mut ends = self.attach(Attached::DatabaseInstance(database), subnets);
        for (place, replica) in spec.replicas.iter().enumerate() {
            ends.extend(self.attach(Attached::Replica(database, place), [&replica.subnet]));
        }
        for (place, backup) in spec.backups.iter().enumerate() {
            ends.extend(self.attach(Attached::Restored(database, place), [&backup.subnet]));
        }
        ends.retain(|end| self.is_in(*end, region));
        ends
    }

    /// Where the calls of a server to an endpoint go: to the interfaces of its VPC's endpoint if it has one.
    fn ends_of(&mut self, endpoint: EndpointId, source: End) -> Vec<End> {
        let plan = self.plan;
        let End::Interface(id) = source else { return Vec::new() };
        let vpc = plan.subnets[self.network.interface(id).subnet.index()].vpc;
        let private = plan.vpc_endpoints.iter().enumerate().find_map(|(index, spec)| match &spec.kind {
            VpcEndpointKind::Interface { subnets, .. } if spec.vpc == vpc && spec.endpoint == endpoint => {
                Some((VpcEndpointId::from_index(index), subnets))
            }
            _ => None,
        });
        match private {
            Some((id, subnets)) => self.attach(Attached::VpcEndpoint(id), subnets),
            None => vec![End::Outside(plan.endpoints[endpoint.index()].address)],
        }
    }

    /// From a caller to a load balancer, and on to its targets.
    fn through(
        &mut self,
        rule: &'static Rule,
        cx: &mut Context<'_>,
        place: Span,
        from: (&str, Vec<End>),
        balancer: LoadBalancerId,
        port: u16,
    ) {
        let plan = self.plan;
        let spec = &plan.load_balancers[balancer.index()];
        let nodes = self.attach(Attached::BalancerNode(balancer), &spec.subnets);
        self.ask(rule, cx, place, from, (&spec.name, nodes.clone()), port);
        for listener in spec.listeners.iter().filter(|listener| listener.port == port) {
            let group = &plan.target_groups[listener.target_group.index()];
            let members = self.members(listener.target_group);
            self.ask(rule, cx, place, (&spec.name, nodes.clone()), (&group.name, members), group.port);
        }
    }

    fn ask(
        &mut self,
        rule: &'static Rule,
        cx: &mut Context<'_>,
        place: Span,
        (source, from): (&str, Vec<End>),
        (target, to): (&str, Vec<End>),
        port: u16,
    ) {
        let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
        let decisions: Vec<_> = pairs.map(|(from, to)| self.network.decide(from, to, port)).collect();
        let Some(stop) = decisions.iter().find_map(|decision| decision.stop) else { return };
        let why = match stop {
            Stop::SecurityGroup => "no rule of a security group lets it through",
            Stop::NetworkAcl => "a network ACL drops it, or its answers",
            // Told by the rules about routes.
            Stop::NoRoute => return,
            Stop::NoPublicAddress => "it would need a public address",
        };
        let all = decisions.iter().all(|decision| !decision.passes(|| 0));
        let how = if all { "does not reach" } else { "does not always reach" };
        let message = format!("`{source}` {how} `{target}` on port {port}: {why}");
        let problem = Problem::warning(rule, message).at(place);
        if !cx.problems.iter().any(|known| known.message == problem.message) {
            cx.problems
                .push(problem.hint(format!("`cloudsim path FILE {source} {target}:{port}` shows where")));
        }
    }
}
