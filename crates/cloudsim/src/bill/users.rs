//! Which services use what is paid for: whatever their requests may come to in any region, so that what stands by idly is
//! theirs too. What several use is divided by their requests before the first fault.

use cloudsim_aws::services::vpc::{RouteTarget, VpcEndpointKind, longest_prefix_match};
use cloudsim_records::{BillItem, BillShare};
use cloudsim_scenario::plan::Plan;
use cloudsim_workload::{CallSpec, Tier};
use cloudsim_world::{
    AutoScalingGroupId, DatabaseId, DnsNameId, EndpointId, LoadBalancerId, NatGatewayId, TableId,
    TargetGroupId, VpcEndpointId,
};
use std::collections::{BTreeMap, BTreeSet};

/// Something that costs money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resource {
    LoadBalancer(LoadBalancerId),
    Group(AutoScalingGroupId),
    Database(DatabaseId),
    Table(TableId),
    NatGateway(NatGatewayId),
    VpcEndpoint(VpcEndpointId),
    /// A cluster of Kubernetes, by its place.
    Cluster(usize),
}

/// Who uses what.
pub(super) struct Users {
    of: BTreeMap<Resource, Vec<BillShare>>,
    /// The services that are measured by each class.
    services: Vec<Vec<u32>>,
}

impl Users {
    /// By how many requests of each class there were.
    pub(super) fn of(plan: &Plan, requests: &[u64]) -> Self {
        let mut services = vec![Vec::new(); plan.classes.len()];
        for (service, spec) in (0..).zip(&plan.services) {
            for class in &spec.classes {
                services[class.index()].push(service);
            }
        }
        let mut users = Self { of: BTreeMap::new(), services };
        let mut counts: BTreeMap<Resource, Vec<u64>> = BTreeMap::new();
        let mut idle: BTreeMap<Resource, BTreeSet<u32>> = BTreeMap::new();
        for (class, count) in requests.iter().enumerate() {
            for resource in Reached::by(plan, class).resources {
                counts.entry(resource).or_insert_with(|| vec![0; requests.len()])[class] = *count;
                idle.entry(resource).or_default().extend(&users.services[class]);
            }
        }
        for (resource, counts) in counts {
            let mut shares = users.of_bytes(&counts);
            if shares.is_empty() {
                let all = idle.remove(&resource).unwrap_or_default();
                shares = all.into_iter().map(|of| BillShare { service: Some(of), weight: 1 }).collect();
            }
            users.of.insert(resource, shares);
        }
        users
    }

    /// Who uses something; empty if nobody does.
    pub(super) fn of_resource(&self, resource: Resource) -> Vec<BillShare> {
        self.of.get(&resource).cloned().unwrap_or_default()
    }

    /// A line for something, paid by its users.
    pub(super) fn pay(&self, item: BillItem, resource: Resource) -> BillItem {
        BillItem { users: self.of_resource(resource), ..item }
    }

    /// Whose they are, of counts by class and beyond those of nobody.
    pub(super) fn of_bytes(&self, counts: &[u64]) -> Vec<BillShare> {
        let mut weights: BTreeMap<Option<u32>, u64> = BTreeMap::new();
        for (class, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            match self.services.get(class) {
                Some(services) if !services.is_empty() => {
                    for service in services {
                        *weights.entry(Some(*service)).or_default() += count;
                    }
                }
                _ => *weights.entry(None).or_default() += count,
            }
        }
        weights.into_iter().map(|(service, weight)| BillShare { service, weight }).collect()
    }
}

/// Shares of a whole that is made of parts with users of their own.
pub(super) fn blend(parts: impl IntoIterator<Item = (u128, Vec<BillShare>)>) -> Vec<BillShare> {
    /// So finely is a part divided.
    const GRAINS: u128 = 1_000_000;
    let mut weights: BTreeMap<Option<u32>, u128> = BTreeMap::new();
    for (amount, mut shares) in parts.into_iter().filter(|(amount, _)| *amount > 0) {
        if shares.is_empty() {
            shares.push(BillShare { service: None, weight: 1 });
        }
        let all: u128 = shares.iter().map(|share| u128::from(share.weight)).sum();
        for share in shares {
            *weights.entry(share.service).or_default() += amount * (u128::from(share.weight) * GRAINS / all);
        }
    }
    // Terabytes in millionths of a byte are more than fits.
    let most = weights.values().copied().max().unwrap_or(0);
    let scale = (most >> 62) + 1;
    let weight = |weight: u128| u64::try_from(weight / scale).expect("scaled to fit");
    weights.into_iter().map(|(service, of)| BillShare { service, weight: weight(of) }).collect()
}

/// What requests of a class may come to.
struct Reached<'a> {
    plan: &'a Plan,
    class: usize,
    resources: BTreeSet<Resource>,
    tiers: BTreeSet<Tier>,
}

impl<'a> Reached<'a> {
    fn by(plan: &'a Plan, class: usize) -> Self {
        let mut reached = Self { plan, class, resources: BTreeSet::new(), tiers: BTreeSet::new() };
        let spec = &plan.classes[class];
        reached.name(spec.enter, spec.port);
        reached
    }

    /// All load balancers that a name can lead to.
    fn name(&mut self, name: DnsNameId, port: u16) {
        let plan = self.plan;
        for record in &plan.dns_names[name.index()].records {
            self.resources.insert(Resource::LoadBalancer(record.alias));
            let listeners = &plan.load_balancers[record.alias.index()].listeners;
            for listener in listeners.iter().filter(|listener| listener.port == port) {
                self.tier(Tier::TargetGroup(listener.target_group));
            }
        }
    }

    /// What serves a tier, and what that calls.
    fn tier(&mut self, tier: Tier) {
        if !self.tiers.insert(tier) {
            return;
        }
        let plan = self.plan;
        let servers = match tier {
            Tier::TargetGroup(target_group) => self.servers(target_group),
            Tier::KubernetesService(id) => self.nodes(plan.kubernetes_services[id.index()].cluster),
        };
        let handlers = plan.classes[self.class].handlers.iter().filter(|handler| handler.at == tier);
        for call in handlers.flat_map(|handler| &handler.calls) {
            match call {
                CallSpec::Http { to, port, .. } => self.name(*to, *port),
                CallSpec::Service { to, .. } => self.tier(Tier::KubernetesService(*to)),
                CallSpec::Read { database, .. } | CallSpec::Write { database, .. } => {
                    self.resources.insert(Resource::Database(*database));
                }
                CallSpec::Item { table, .. } => {
                    self.resources.insert(Resource::Table(*table));
                }
                CallSpec::External { endpoint, .. } => self.way_out(&servers, *endpoint),
            }
        }
    }

    /// The groups behind a target group: those that register with it, and the nodes of pods that do.
    fn servers(&mut self, target_group: TargetGroupId) -> Vec<AutoScalingGroupId> {
        let plan = self.plan;
        let groups = (0..).map(AutoScalingGroupId::from_index).zip(&plan.auto_scaling_groups);
        let groups = groups.filter(|(_, group)| group.target_groups.contains(&target_group));
        let mut servers: Vec<_> = groups.map(|(id, _)| id).collect();
        self.resources.extend(servers.iter().map(|id| Resource::Group(*id)));
        for (place, cluster) in plan.clusters.iter().enumerate() {
            if cluster.services.iter().any(|service| service.target_groups.contains(&target_group)) {
                servers.extend(self.nodes(place));
            }
        }
        servers
    }

    /// The groups whose instances are nodes of a cluster.
    fn nodes(&mut self, cluster: usize) -> Vec<AutoScalingGroupId> {
        let plan = self.plan;
        let ids = (0..plan.auto_scaling_groups.len()).map(AutoScalingGroupId::from_index);
        let nodes: Vec<_> = ids.filter(|id| plan.clusters[cluster].has_group(*id)).collect();
        self.resources.insert(Resource::Cluster(cluster));
        self.resources.extend(nodes.iter().map(|id| Resource::Group(*id)));
        nodes
    }

    /// How servers get to an endpoint outside, from any of their subnets.
    fn way_out(&mut self, servers: &[AutoScalingGroupId], endpoint: EndpointId) {
        let plan = self.plan;
        let subnets = servers.iter().flat_map(|id| &plan.auto_scaling_groups[id.index()].subnets);
        for subnet in subnets.map(|id| &plan.subnets[id.index()]) {
            let interfaces = (0..).map(VpcEndpointId::from_index).zip(&plan.vpc_endpoints);
            let mut interfaces = interfaces.filter(|(_, of)| {
                of.endpoint == endpoint
                    && of.vpc == subnet.vpc
                    && matches!(of.kind, VpcEndpointKind::Interface { .. })
            });
            if let Some((id, _)) = interfaces.next() {
                self.resources.insert(Resource::VpcEndpoint(id));
                continue;
            }
            let routes = &plan.route_tables[subnet.route_table.index()].routes;
            match longest_prefix_match(routes, plan.endpoints[endpoint.index()].address)
                .map(|route| route.via)
            {
                Some(RouteTarget::NatGateway(id)) => {
                    self.resources.insert(Resource::NatGateway(id));
                }
                Some(RouteTarget::VpcEndpoint(id)) => {
                    self.resources.insert(Resource::VpcEndpoint(id));
                }
                _ => {}
            }
        }
    }
}
