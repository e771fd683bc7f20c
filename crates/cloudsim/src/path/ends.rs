//! What a word of a command line names: the places that have an address, and the ports that they are asked for.

use crate::Paused;
use cloudsim_aws::services::rds::{Accept, InstanceSlot};
use cloudsim_aws::services::target_group::{NodeSlot, Reach, ServerSlot};
use cloudsim_aws::services::vpc::{End, VpcEndpointKind};
use cloudsim_kube::spec::WorkloadSpec;
use cloudsim_kube::{Pod, Workload};
use cloudsim_scenario::nearest;
use cloudsim_workload::limits::ADDRESS;
use cloudsim_world::{
    AutoScalingGroupId, DatabaseId, EndpointId, InterfaceId, LoadBalancerId, NatGatewayId, TargetGroupId,
    VpcEndpointId, ZoneId,
};
use std::fmt;
use std::net::Ipv4Addr;

/// Something that has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Somewhere on the internet.
    Internet(Ipv4Addr),
    /// An endpoint outside of the cloud.
    Endpoint(EndpointId),
    /// A load balancer's node.
    Node(NodeSlot),
    /// An instance, or a pod.
    Server(ServerSlot),
    /// An instance of a database.
    Database(InstanceSlot),
    /// A NAT gateway.
    NatGateway(NatGatewayId),
    /// An interface of a VPC endpoint.
    VpcEndpoint(VpcEndpointId, InterfaceId),
}

/// What a word names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// All places of that name; the first is the one to ask first.
    pub(super) places: Vec<Place>,
    /// The ports on which something listens there.
    pub(super) ports: Vec<u16>,
}

/// Why a path cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathProblem {
    message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl PathProblem {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<Option<String>>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

impl fmt::Display for PathProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for PathProblem {}

/// A word and the port behind it.
pub(super) fn with_port(text: &str) -> Result<(&str, Option<u16>), PathProblem> {
    let Some((word, port)) = text.rsplit_once(':') else { return Ok((text, None)) };
    match port.parse() {
        Ok(port) if port > 0 => Ok((word, Some(port))),
        _ => Err(PathProblem::new(
            format!("`{port}` is no port"),
            "a port is a number from 1 to 65535, as in `frontend-alb:443`".to_owned(),
        )),
    }
}

impl Paused {
    /// Everything that a word names, those first that live.
    pub(super) fn named(&self, word: &str) -> Result<Named, PathProblem> {
        let Some(mut named) = self.find(word) else { return Err(self.unknown(word)) };
        if named.places.is_empty() {
            let message = format!("nothing of `{word}` is there at this time");
            return Err(PathProblem::new(message, None));
        }
        named.places.sort_by_key(|place| !self.lives(*place));
        Ok(named)
    }

    /// Everything that a word names, even if nothing of it is there; `None` if it is no end.
    pub(super) fn find(&self, word: &str) -> Option<Named> {
        let plan = self.plan();
        if word == "internet" {
            let mut places: Vec<Place> = Vec::new();
            for client in &plan.clients {
                let place = Place::Internet(client.address);
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            if places.is_empty() {
                places.push(Place::Internet(ADDRESS));
            }
            return Some(Named { places, ports: Vec::new() });
        }
        if let Some(index) = plan.clients.iter().position(|client| client.name == word) {
            let places = vec![Place::Internet(plan.clients[index].address)];
            return Some(Named { places, ports: Vec::new() });
        }
        if let Some(index) = plan.load_balancers.iter().position(|balancer| balancer.name == word) {
            return Some(self.of_balancer(LoadBalancerId::from_index(index)));
        }
        if let Some(name) = plan.dns_names.iter().position(|name| name.name == word) {
            let served = self.cloud.dns.served(name).next().expect("some record of a name is served");
            return Some(self.of_balancer(plan.dns_names[name].records[served].alias));
        }
        for (index, group) in plan.auto_scaling_groups.iter().enumerate() {
            if group.name == word || group.member == word {
                return Some(self.of_group(AutoScalingGroupId::from_index(index)));
            }
        }
        if let Some(named) = self.of_workload(word) {
            return Some(named);
        }
        if let Some(index) = plan.target_groups.iter().position(|group| group.name == word) {
            return Some(self.of_target_group(TargetGroupId::from_index(index)));
        }
        if let Some(index) = plan.databases.iter().position(|database| database.name == word) {
            let database = DatabaseId::from_index(index);
            let places = vec![Place::Database(self.cloud.databases.endpoint(database))];
            return Some(Named { places, ports: vec![plan.databases[index].engine.port()] });
        }
        if let Some(index) = plan.endpoints.iter().position(|endpoint| endpoint.name == word) {
            let places = vec![Place::Endpoint(EndpointId::from_index(index))];
            return Some(Named { places, ports: vec![plan.endpoints[index].port] });
        }
        if let Some(index) = plan.nat_gateways.iter().position(|gateway| gateway.name == word) {
            let places = vec![Place::NatGateway(NatGatewayId::from_index(index))];
            return Some(Named { places, ports: Vec::new() });
        }
        if let Some(index) = plan.vpc_endpoints.iter().position(|endpoint| endpoint.name == word) {
            let id = VpcEndpointId::from_index(index);
            let interfaces = &self.cloud.interfaces.vpc_endpoints[index];
            let is_interface = matches!(plan.vpc_endpoints[index].kind, VpcEndpointKind::Interface { .. });
            let places = interfaces.iter().map(|interface| Place::VpcEndpoint(id, *interface)).collect();
            let ports = vec![plan.endpoints[plan.vpc_endpoints[index].endpoint.index()].port];
            return is_interface.then_some(Named { places, ports });
        }
        if let Ok(address) = word.parse::<Ipv4Addr>() {
            return self.at_address(address);
        }
        let place =
            self.singles().find(|place| self.name(*place) == word).or_else(|| self.pod_called(word))?;
        Some(Named { places: vec![place], ports: self.ports_of(place) })
    }

    /// The pods of a workload, which has a name like `web` or `shop/web` and may have a word for its members.
    fn of_workload(&self, word: &str) -> Option<Named> {
        let is_meant = |spec: &WorkloadSpec, word: &str| {
            let key = &spec.workload.key;
            spec.member.as_deref() == Some(word) || *key.name == *word || key.to_string() == word
        };
        for (number, cluster) in (0_u8..).zip(&self.cloud.kubernetes.clusters) {
            let is_meant = |of: &Workload| cluster.spec().is_meant(word, |word| is_meant(&of.spec, word));
            let serving = |of: &Workload| of.spec.server.is_some() && is_meant(of);
            let Some((workload, _)) = cluster.workloads.iter().find(|(_, of)| serving(of)) else { continue };
            let is_its = |pod: &Pod| pod.owner.is_some_and(|owner| owner.workload == workload);
            let pods = self.cloud.serving_pods().filter(|(_, of, pod)| *of == number && is_its(pod));
            let places: Vec<Place> = pods.map(|(server, ..)| Place::Server(server)).collect();
            let ports = places.first().map_or_else(Vec::new, |place| self.ports_of(*place));
            return Some(Named { places, ports });
        }
        None
    }

    /// The pod of that name in any namespace.
    fn pod_called(&self, word: &str) -> Option<Place> {
        let mut pods = self.cloud.serving_pods();
        pods.find(|(_, _, pod)| *pod.key.name == *word).map(|(server, ..)| Place::Server(server))
    }

    /// Everything that has a name of its own besides being one of several: nodes of balancers, instances, pods, databases'
    /// instances.
    fn singles(&self) -> impl Iterator<Item = Place> {
        let groups = (0..self.plan().auto_scaling_groups.len()).map(AutoScalingGroupId::from_index);
        let servers = groups.flat_map(|group| self.cloud.fleet.members(group)).map(Place::Server);
        let nodes = self.cloud.balancers.slots().map(Place::Node);
        let pods = self.cloud.serving_pods().map(|(server, ..)| Place::Server(server));
        nodes.chain(servers).chain(pods).chain(self.cloud.databases.instances().map(Place::Database))
    }

    fn of_balancer(&self, balancer: LoadBalancerId) -> Named {
        let balancers = &self.cloud.balancers;
        let nodes = balancers.slots().filter(|node| balancers.node(*node).balancer == balancer);
        let listeners = &self.plan().load_balancers[balancer.index()].listeners;
        Named {
            places: nodes.map(Place::Node).collect(),
            ports: listeners.iter().map(|listener| listener.port).collect(),
        }
    }

    fn of_group(&self, group: AutoScalingGroupId) -> Named {
        let places: Vec<Place> = self.cloud.fleet.members(group).map(Place::Server).collect();
        let target_groups = &self.plan().auto_scaling_groups[group.index()].target_groups;
        Named { places, ports: self.ports_of_targets(target_groups) }
    }

    fn ports_of_targets(&self, groups: &[TargetGroupId]) -> Vec<u16> {
        let mut ports: Vec<u16> =
            groups.iter().map(|group| self.plan().target_groups[group.index()].port).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    fn of_target_group(&self, target_group: TargetGroupId) -> Named {
        let groups = self.plan().auto_scaling_groups.iter().enumerate();
        let groups = groups.filter(|(_, group)| group.target_groups.contains(&target_group));
        let members =
            groups.flat_map(|(index, _)| self.cloud.fleet.members(AutoScalingGroupId::from_index(index)));
        let pods = self.cloud.serving_pods().map(|(server, ..)| server);
        let pods = pods.filter(|server| self.cloud.target_groups_of(*server).contains(&target_group));
        Named {
            places: members.chain(pods).map(Place::Server).collect(),
            ports: vec![self.plan().target_groups[target_group.index()].port],
        }
    }

    /// What has an address: an endpoint, an interface, or else somebody on the internet.
    fn at_address(&self, address: Ipv4Addr) -> Option<Named> {
        let plan = self.plan();
        if let Some(index) = plan.endpoints.iter().position(|endpoint| endpoint.address == address) {
            let places = vec![Place::Endpoint(EndpointId::from_index(index))];
            return Some(Named { places, ports: vec![plan.endpoints[index].port] });
        }
        if plan.vpcs.iter().any(|vpc| vpc.cidr.contains(&address)) {
            let holds = |place: &Place| match self.end(*place) {
                End::Interface(id) => self.cloud.network.interface(id).address == address,
                End::Outside(_) => false,
            };
            let place = self.singles().find(holds)?;
            return Some(Named { places: vec![place], ports: self.ports_of(place) });
        }
        Some(Named { places: vec![Place::Internet(address)], ports: Vec::new() })
    }

    fn ports_of(&self, place: Place) -> Vec<u16> {
        match place {
            Place::Node(node) => self.of_balancer(self.cloud.balancers.node(node).balancer).ports,
            Place::Server(server) => self.ports_of_targets(&self.cloud.target_groups_of(server)),
            Place::Database(instance) => {
                let database = self.cloud.databases.database_of(instance);
                vec![self.plan().databases[database.index()].engine.port()]
            }
            Place::Endpoint(endpoint) => vec![self.plan().endpoints[endpoint.index()].port],
            Place::VpcEndpoint(id, _) => {
                let endpoint = self.plan().vpc_endpoints[id.index()].endpoint;
                vec![self.plan().endpoints[endpoint.index()].port]
            }
            Place::Internet(_) | Place::NatGateway(_) => Vec::new(),
        }
    }

    /// Whether something listens on a port there, if that is known.
    pub(super) fn listens(&self, place: Place, port: u16) -> bool {
        matches!(place, Place::Internet(_)) || self.ports_of(place).contains(&port)
    }

    fn unknown(&self, word: &str) -> PathProblem {
        let plan = self.plan();
        for (what, mut names, hint) in [
            ("a subnet", names(&plan.subnets, |subnet| &subnet.name), "ask for something that lies in it"),
            ("a VPC", names(&plan.vpcs, |vpc| &vpc.name), "ask for something that lies in it"),
            ("a zone", names(&plan.zones, |zone| &zone.name), "ask for something that lies in it"),
            (
                "a security group",
                names(&plan.security_groups, |group| &group.name),
                "ask for one of its members; each hop says which rule lets it pass",
            ),
            (
                "a network ACL",
                names(&plan.network_acls, |acl| &acl.name),
                "ask for something in its subnets; each hop says which rule lets it pass",
            ),
            (
                "a route table",
                names(&plan.route_tables, |table| &table.name),
                "ask for something in its subnets; each hop says which route is taken",
            ),
            (
                "an internet gateway",
                names(&plan.internet_gateways, |gateway| &gateway.name),
                "`internet` is what lies behind it",
            ),
            (
                "a service",
                names(&plan.services, |service| &service.name),
                "ask for the load balancer that its users enter by",
            ),
            (
                "a gateway endpoint, which has no address",
                names(&plan.vpc_endpoints, |endpoint| &endpoint.name),
                "ask for the endpoint that it leads to",
            ),
        ] {
            if names.any(|name| name == word) {
                return PathProblem::new(
                    format!("`{word}` is {what}, and no end of a path"),
                    hint.to_owned(),
                );
            }
        }
        if let Some(pod) = self.waits(word) {
            let hint = "`cloudsim get pods` shows it: it has no address before it is on a node".to_owned();
            return PathProblem::new(format!("pod `{pod}` waits"), hint);
        }
        if self.was_member(word) {
            let hint = "`cloudsim get instances,pods` lists those of a time".to_owned();
            return PathProblem::new(format!("`{word}` is gone"), hint);
        }
        let known = self.ends();
        let hint = if let Some(name) = nearest(word, known.iter().map(String::as_str)) {
            format!("did you mean `{name}`?")
        } else {
            let shown: Vec<String> = known.iter().take(12).map(|name| format!("`{name}`")).collect();
            format!("ends are {}, and single instances", shown.join(", "))
        };
        PathProblem::new(format!("no end `{word}`"), hint)
    }

    /// Whether an instance of that name has been there.
    fn was_member(&self, word: &str) -> bool {
        let numbers = self.plan().auto_scaling_groups.iter().zip(&self.cloud.member_numbers);
        let mut of_groups = numbers.filter_map(|(group, highest)| {
            let number: u32 = word.strip_prefix(&group.member)?.strip_prefix('-')?.parse().ok()?;
            Some((1..=*highest).contains(&number))
        });
        let clusters = self.cloud.kubernetes.clusters.iter();
        let mut pods = clusters.flat_map(|cluster| cluster.pods.all());
        of_groups.any(|is_one| is_one) || pods.any(|pod| is_called(pod, word))
    }

    /// A pod of that name that has no address yet.
    fn waits(&self, word: &str) -> Option<String> {
        let clusters = self.cloud.kubernetes.clusters.iter();
        let mut pods = clusters.flat_map(|cluster| cluster.pods.present());
        pods.find(|(_, pod)| is_called(pod, word)).map(|(_, pod)| pod.key.to_string())
    }

    /// All words that name ends of paths.
    #[must_use]
    pub fn ends(&self) -> Vec<String> {
        let plan = self.plan();
        let mut all = vec!["internet".to_owned()];
        all.extend(plan.dns_names.iter().map(|name| name.name.clone()));
        all.extend(plan.auto_scaling_groups.iter().map(|group| group.member.clone()));
        all.extend(self.serving_workloads());
        all.extend(plan.databases.iter().map(|database| database.name.clone()));
        all.extend(plan.endpoints.iter().map(|endpoint| endpoint.name.clone()));
        all.extend(plan.nat_gateways.iter().map(|gateway| gateway.name.clone()));
        all.extend(plan.auto_scaling_groups.iter().map(|group| group.name.clone()));
        all.extend(plan.target_groups.iter().map(|group| group.name.clone()));
        all.extend(plan.clients.iter().map(|client| client.name.clone()));
        all.extend(self.singles().map(|place| self.name(place)));
        all
    }

    /// The workloads whose pods serve requests, by the shortest word that names them.
    pub(super) fn serving_workloads(&self) -> Vec<String> {
        let all = self.plan().clusters.iter().flat_map(|cluster| &cluster.workloads);
        let serving = all.filter(|of| of.server.is_some());
        let mut names: Vec<String> =
            serving.map(|of| of.member.clone().unwrap_or_else(|| of.workload.key.name.to_string())).collect();
        names.dedup();
        names
    }

    /// What a place is called.
    pub(super) fn name(&self, place: Place) -> String {
        let plan = self.plan();
        match place {
            Place::Internet(_) => "internet".to_owned(),
            Place::Endpoint(id) => plan.endpoints[id.index()].name.clone(),
            Place::Node(node) => self.name_of(self.cloud.balancers.node(node).entity).to_owned(),
            Place::Server(server) => self.name_of(self.cloud.fleet.get(server).entity).to_owned(),
            Place::Database(instance) => self.name_of(self.cloud.databases.entity(instance)).to_owned(),
            Place::NatGateway(id) => plan.nat_gateways[id.index()].name.clone(),
            Place::VpcEndpoint(id, interface) => {
                let zone = &plan.zones[self.cloud.zone_of(interface).index()].name;
                format!("{}/{zone}", plan.vpc_endpoints[id.index()].name)
            }
        }
    }

    /// Where a place is attached.
    pub(super) fn end(&self, place: Place) -> End {
        match place {
            Place::Internet(address) => End::Outside(address),
            Place::Endpoint(id) => End::Outside(self.plan().endpoints[id.index()].address),
            Place::Node(node) => self.cloud.node_end(node),
            Place::Server(server) => self.cloud.server_end(server),
            Place::Database(instance) => self.cloud.instance_end(instance),
            Place::NatGateway(id) => End::Interface(self.cloud.network.nat_gateway(id)),
            Place::VpcEndpoint(_, interface) => End::Interface(interface),
        }
    }

    pub(super) fn zone_of(&self, place: Place) -> Option<ZoneId> {
        match self.end(place) {
            End::Interface(interface) => Some(self.cloud.zone_of(interface)),
            End::Outside(_) => None,
        }
    }

    /// Whether it takes connections at all.
    pub(super) fn lives(&self, place: Place) -> bool {
        match place {
            Place::Internet(_) => true,
            Place::Endpoint(id) => !self.cloud.is_silent(id),
            Place::Node(node) => self.cloud.balancers.node(node).is_up(),
            Place::Server(server) => self.cloud.fleet.get(server).reach() == Reach::Answers,
            Place::Database(instance) => self.cloud.databases.accepts(instance, false) == Accept::Ok,
            Place::NatGateway(id) => self.cloud.nats.is_up(id),
            Place::VpcEndpoint(_, interface) => {
                !self.cloud.dark_zones.contains(&self.cloud.zone_of(interface))
            }
        }
    }
}

fn is_called(pod: &Pod, word: &str) -> bool {
    *pod.key.name == *word || pod.key.to_string() == word
}

fn names<'a, T>(items: &'a [T], name: fn(&T) -> &String) -> Box<dyn Iterator<Item = &'a String> + 'a> {
    Box::new(items.iter().map(name))
}
