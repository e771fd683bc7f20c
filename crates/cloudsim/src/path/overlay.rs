//! What the world is like now, over what rules and routes say: who is dead, who listens, which way is cut.

use super::ends::Place;
use super::{Direction, Hop, Verdict};
use crate::Paused;
use cloudsim_aws::services::load_balancer::limits::TARGET_CONNECT_TIMEOUT;
use cloudsim_aws::services::rds::{Absence, Accept};
use cloudsim_aws::services::target_group::{NodeSlot, Reach, ServerSlot};
use cloudsim_aws::services::vpc::{End, Grey, Step, Trace};
use cloudsim_records::{DatabaseInstanceState, InstanceState};
use cloudsim_units::{Ratio, SimDuration};
use cloudsim_workload::{CallSpec, Tier};
use cloudsim_world::{DnsNameId, LoadBalancerId, NatGatewayId, ZoneId};

fn hop(at: String, by: &str, verdict: Verdict, why: String) -> Hop {
    Hop { direction: Direction::There, at, by: by.to_owned(), verdict, why, short: None }
}

/// A condition, which speaks of `it`, of something by its name.
pub(super) fn said_of(name: &str, condition: &str) -> String {
    if let Some(rest) = condition.strip_prefix("its ") {
        format!("{name}'s {rest}")
    } else if let Some(rest) = condition.strip_prefix("it ") {
        format!("{name} {rest}")
    } else {
        condition.to_owned()
    }
}

impl Paused {
    /// Where a name leads from there: inside of a VPC with an interface endpoint, the service's name leads to that.
    pub(super) fn resolved(&self, from: Place, to: Place, hops: &mut Vec<Hop>) -> Place {
        let (End::Interface(interface), Place::Endpoint(endpoint)) = (self.end(from), to) else { return to };
        let subnet = self.cloud.network.interface(interface).subnet;
        let Some((id, interface)) = self.cloud.vpc_endpoint_for(subnet, endpoint, 0) else { return to };
        let there = Place::VpcEndpoint(id, interface);
        let vpc = &self.plan().vpcs[self.plan().subnets[subnet.index()].vpc.index()].name;
        let why = format!("inside of `{vpc}` the name leads to `{}`", self.name(there));
        hops.push(hop(self.name(to), "private DNS", Verdict::Passes, why));
        there
    }

    /// Stops what cannot send anything.
    pub(super) fn leave(&self, from: Place, hops: &mut Vec<Hop>) {
        let sends = match from {
            Place::Node(node) => self.cloud.balancers.node(node).is_powered(),
            Place::Database(instance) => self.cloud.databases.accepts(instance, false) != Accept::Silent,
            _ => self.lives(from),
        };
        if !sends {
            let (by, why) = self.condition(from);
            let why = format!("{why}: nothing is sent");
            let short = Some(said_of(&self.one_of_its_kind(from), &why));
            hops.push(Hop { short, ..hop(self.name(from), by, Verdict::Dropped, why) });
        }
    }

    /// What becomes of a packet that has arrived.
    pub(super) fn arrive(&self, to: Place, port: u16, hops: &mut Vec<Hop>) {
        if hops.iter().any(|hop| !hop.verdict.passes()) {
            return;
        }
        let (by, condition) = self.condition(to);
        let (verdict, why) = match to {
            Place::NatGateway(_) => {
                (Verdict::Dropped, "NAT gateways take no connections, they only make them".to_owned())
            }
            _ if self.is_silent(to) => (Verdict::Dropped, format!("{condition}: nobody answers")),
            _ if !self.listens(to, port) => (Verdict::Refused, format!("nobody listens on port {port}")),
            _ if !self.lives(to) => (Verdict::Refused, format!("{condition}: the connection is refused")),
            Place::Node(node) => (Verdict::Passes, self.listener(node, port)),
            _ => (Verdict::Passes, condition),
        };
        let by = if verdict == Verdict::Refused { "TCP" } else { by };
        let short = Some(said_of(&self.one_of_its_kind(to), &why));
        hops.push(Hop { short, ..hop(self.name(to), by, verdict, why) });
    }

    /// A place in words that hold for others of its name too.
    fn one_of_its_kind(&self, place: Place) -> String {
        match place {
            Place::Server(server) if self.cloud.pod_of(server).is_some() => "a pod".to_owned(),
            Place::Server(_) => "an instance".to_owned(),
            Place::Node(node) => {
                let balancer = self.cloud.balancers.node(node).balancer;
                format!("a node of `{}`", self.plan().load_balancers[balancer.index()].name)
            }
            _ => format!("`{}`", self.name(place)),
        }
    }

    /// Stops a connection whose handshake takes longer than anybody of the scenario waits for it there.
    pub(super) fn wait(&self, from: Place, to: Place, port: u16, trace: &Trace, hops: &mut Vec<Hop>) {
        let crossings = || {
            trace.forward.iter().chain(&trace.back).filter_map(|step| match *step {
                Step::Crossing { from, to } => Some((from, to, self.cloud.links.condition(from, to))),
                _ => None,
            })
        };
        let late = crossings().find(|(.., condition)| condition.grey.latency > SimDuration::ZERO);
        let (Some((.., late)), Some((patience, setting))) = (late, self.patience(from, to, port)) else {
            return;
        };
        // Jitter, loss and the latency of clients come on top.
        let handshake = crossings().fold(SimDuration::ZERO, |sum, (from, to, condition)| {
            let base =
                from.zip(to).map_or(SimDuration::ZERO, |(from, to)| self.cloud.links.one_way(from, to));
            sum.saturating_add(base).saturating_add(condition.grey.latency)
        });
        if handshake <= patience || hops.iter().any(|hop| !hop.verdict.passes()) {
            return;
        }
        let border = late.zone.map(|zone| format!(" at the border of zone {}", self.zone_name(zone)));
        let border = border.unwrap_or_default();
        let short = format!("packets are late{border}, longer than {setting} of {patience}");
        let why = format!(
            "a handshake takes at least {handshake}, for packets are late{border}: the caller gives up after \
             {patience} ({setting})"
        );
        let verdict = Verdict::Dropped;
        let hop = hop(self.name(from), "connect timeout", verdict, why);
        hops.push(Hop { direction: Direction::Back, short: Some(short), ..hop });
    }

    /// For how long callers of the scenario wait there for a connection, and the setting that says so: the longest of
    /// them. `None` if the scenario has no such callers.
    fn patience(&self, from: Place, to: Place, port: u16) -> Option<(SimDuration, String)> {
        let plan = self.plan();
        let mut found = Vec::new();
        if let (Place::Node(_), Place::Server(_)) = (from, to) {
            found.push((TARGET_CONNECT_TIMEOUT, "the load balancer's connect timeout".to_owned()));
        }
        for class in &plan.classes {
            let client = &plan.clients[class.client.index()];
            let is_of = |name: DnsNameId| {
                let mut records = plan.dns_names[name.index()].records.iter();
                records.any(|record| self.is_node_of(to, record.alias))
            };
            if from == Place::Internet(client.address) && class.port == port && is_of(class.enter) {
                found.push((client.connect_timeout, format!("`connect_timeout` of `{}`", client.name)));
            }
            let Place::Server(server) = from else { continue };
            let groups = self.cloud.target_groups_of(server);
            let at = |group| groups.contains(group);
            let handlers = class
                .handlers
                .iter()
                .filter(|handler| matches!(&handler.at, Tier::TargetGroup(group) if at(group)));
            for call in handlers.flat_map(|handler| &handler.calls) {
                let (leads_there, patience, setting) = match *call {
                    CallSpec::Http { to: name, port: asked, connect_timeout, .. } => {
                        (asked == port && is_of(name), connect_timeout, "connect_timeout")
                    }
                    // Whom it reaches is for kube-proxy to say; to a table leads no path.
                    CallSpec::Service { .. } | CallSpec::Item { .. } => continue,
                    CallSpec::Read { database, timeout, .. } | CallSpec::Write { database, timeout, .. } => {
                        let there = matches!(to, Place::Database(instance)
                            if self.cloud.databases.database_of(instance) == database);
                        (there, timeout, "timeout")
                    }
                    CallSpec::External { endpoint, timeout, .. } => {
                        let there = match to {
                            Place::Endpoint(id) => id == endpoint,
                            Place::VpcEndpoint(id, _) => plan.vpc_endpoints[id.index()].endpoint == endpoint,
                            _ => false,
                        };
                        (there, timeout, "timeout")
                    }
                };
                if leads_there {
                    found.push((patience, format!("`{setting}` of its call in `{}`", class.name)));
                }
            }
        }
        found.into_iter().max_by_key(|(patience, _)| *patience)
    }

    fn is_node_of(&self, place: Place, balancer: LoadBalancerId) -> bool {
        matches!(place, Place::Node(node) if self.cloud.balancers.node(node).balancer == balancer)
    }

    fn is_silent(&self, place: Place) -> bool {
        match place {
            Place::Server(server) => self.cloud.fleet.get(server).reach() == Reach::Silent,
            Place::Database(instance) => self.cloud.databases.accepts(instance, false) == Accept::Silent,
            // A node that is not up takes no connections; which of its ports would be open is not asked.
            _ => !self.lives(place),
        }
    }

    /// What kind of thing it is, and how it is.
    fn condition(&self, place: Place) -> (&'static str, String) {
        let dark = self.zone_of(place).filter(|zone| self.cloud.dark_zones.contains(zone));
        let powerless = dark.map(|zone| format!("zone {} has no power", self.zone_name(zone)));
        match place {
            Place::Internet(_) => ("internet", "the internet is there".to_owned()),
            Place::Endpoint(id) => {
                let port = self.plan().endpoints[id.index()].port;
                let listens = format!("it listens on port {port}");
                ("endpoint", if self.lives(place) { listens } else { "it is out of service".to_owned() })
            }
            Place::Node(node) => {
                let other = if self.cloud.balancers.node(node).is_powered() {
                    "it has power again and still judges its targets"
                } else {
                    "it is dead"
                };
                ("load balancer", powerless.unwrap_or_else(|| other.to_owned()))
            }
            Place::Server(server) if self.cloud.pod_of(server).is_some() => {
                let words = match self.cloud.fleet.get(server).reach() {
                    Reach::Answers => "its containers answer",
                    Reach::Refuses => "its containers do not answer",
                    Reach::Silent => "its node is dead",
                };
                let lives = self.lives(place);
                ("pod", powerless.filter(|_| !lives).unwrap_or_else(|| words.to_owned()))
            }
            Place::Server(server) => {
                let state = self.state_of(server);
                let words = match state {
                    InstanceState::Running => "its process answers",
                    InstanceState::Pending => "it is being launched",
                    InstanceState::Booting => "its process starts",
                    InstanceState::ProcessDown => "its process is dead",
                    InstanceState::HostDown | InstanceState::Impaired if self.is_held_down(server) => {
                        "its host is dead"
                    }
                    InstanceState::HostDown | InstanceState::Impaired => "its host is coming back",
                    InstanceState::Terminating => match self.cloud.fleet.get(server).reach() {
                        Reach::Answers => "it is being taken out, and still answers",
                        Reach::Refuses => "it is being taken out, and its process is dead",
                        Reach::Silent => "it is being taken out, and its host is dead",
                    },
                    InstanceState::Terminated => "it is gone",
                };
                let lives = self.lives(place);
                ("instance", powerless.filter(|_| !lives).unwrap_or_else(|| words.to_owned()))
            }
            Place::Database(instance) => {
                let words = match self.cloud.databases.state(instance) {
                    DatabaseInstanceState::Writer => "the engine answers: it is the writer",
                    DatabaseInstanceState::Replica => "the engine answers: it is a read replica",
                    DatabaseInstanceState::Standby => "it is a standby, which takes no connections",
                    DatabaseInstanceState::Unreachable => {
                        match self.cloud.databases.absence(instance, self.now()) {
                            Absence::NoPower => "its host has no power",
                            Absence::CutOff => "it is cut off from its peers and counts as lost",
                            Absence::GivenUp => "it was given up, and is not used again",
                            Absence::Dead => "its host is dead",
                            Absence::Returning => "its host is coming back",
                        }
                    }
                    DatabaseInstanceState::Crashed => "its engine has crashed",
                    DatabaseInstanceState::Starting => "its engine starts",
                    DatabaseInstanceState::Abandoned => "it was given up",
                };
                let lives = self.lives(place);
                ("database", powerless.filter(|_| !lives).unwrap_or_else(|| words.to_owned()))
            }
            Place::NatGateway(id) => ("NAT gateway", self.nat_gateway(id)),
            Place::VpcEndpoint(..) => {
                ("VPC endpoint", powerless.unwrap_or_else(|| "it leads to the service".to_owned()))
            }
        }
    }

    /// Whether what killed an instance's host still does so.
    fn is_held_down(&self, server: ServerSlot) -> bool {
        let cloud = &self.cloud;
        cloud.dark_zones.contains(&cloud.fleet.get(server).zone)
            || cloud.active_faults.iter().any(|fault| cloud.fault_servers[fault.index()] == Some(server))
    }

    fn nat_gateway(&self, id: NatGatewayId) -> String {
        let zone = self.cloud.nats.zone(id);
        match (self.cloud.nats.is_up(id), self.cloud.dark_zones.contains(&zone)) {
            (true, _) => "it works".to_owned(),
            (false, true) => format!("zone {} has no power", self.zone_name(zone)),
            (false, false) => "it has failed".to_owned(),
        }
    }

    /// What a NAT gateway makes of a packet to or from `far`.
    pub(super) fn pass_nat(&self, id: NatGatewayId, far: Place, direction: Direction) -> (Verdict, String) {
        if !self.cloud.nats.is_up(id) {
            return (Verdict::Dropped, format!("{}: packets vanish", self.nat_gateway(id)));
        }
        let why = match (direction, far) {
            (Direction::Back, _) => "it knows whose connection this is an answer of".to_owned(),
            (Direction::There, Place::Endpoint(endpoint)) => {
                let (held, all) = self.cloud.nats.ports(id, endpoint, self.now());
                let far = self.name(far);
                if held >= all {
                    let why = format!("it has no port left towards `{far}`, of {all}: ErrorPortAllocation");
                    return (Verdict::Dropped, why);
                }
                format!("it sends in its own name; {held} of its {all} ports towards `{far}` are in use")
            }
            (Direction::There, _) => "it sends in its own name".to_owned(),
        };
        (Verdict::Passes, why)
    }

    /// What a listener has behind it. Without targets it takes connections all the same.
    fn listener(&self, node: NodeSlot, port: u16) -> String {
        let state = self.cloud.balancers.node(node);
        let listeners = &self.plan().load_balancers[state.balancer.index()].listeners;
        let listener = listeners.iter().find(|listener| listener.port == port).expect("it listens");
        let group = &self.plan().target_groups[listener.target_group.index()].name;
        let view = state.views.iter().find(|view| view.group == listener.target_group);
        let view = &view.expect("a node has a view of each of its groups").view;
        let (healthy, all) = view.counts();
        let targets = match (healthy, all) {
            (_, 0) => "no target is in reach, so requests get 503".to_owned(),
            (0, _) => format!("none of {all} targets is healthy, so requests go to all of them"),
            _ => format!("{healthy} of {all} targets are healthy"),
        };
        format!("listener {port} leads to `{group}`: {targets}")
    }

    /// The way between two zones, or a zone and the internet, now.
    pub(super) fn crossing(&self, from: Option<ZoneId>, to: Option<ZoneId>) -> (String, Verdict, String) {
        let name = |place: Option<ZoneId>| match place {
            Some(zone) => format!("zone {}", self.zone_name(zone)),
            None => "internet".to_owned(),
        };
        let at = format!("{} → {}", name(from), name(to));
        let condition = self.cloud.links.condition(from, to);
        let at_border = condition.zone.map(|zone| format!(" at the border of zone {}", self.zone_name(zone)));
        let at_border = at_border.unwrap_or_default();
        let Grey { latency, jitter, loss } = condition.grey;
        if condition.cut {
            return (at, Verdict::Dropped, format!("cut{at_border}: packets vanish"));
        }
        if loss == Ratio::ONE {
            return (at, Verdict::Dropped, format!("every packet is lost{at_border}"));
        }
        let mut wrong = Vec::new();
        if latency > SimDuration::ZERO || jitter > SimDuration::ZERO {
            let jitter =
                if jitter > SimDuration::ZERO { format!(" to {}", latency + jitter) } else { String::new() };
            wrong.push(format!("packets are {latency}{jitter} late"));
        }
        if loss > Ratio::from_billionths(0) {
            wrong.push(format!("{} of all packets are lost and sent again", percent(loss)));
        }
        let why = if !wrong.is_empty() {
            format!("{}{at_border}", wrong.join(", "))
        } else if let (Some(from), Some(to)) = (from, to) {
            format!("{} one way", self.cloud.links.one_way(from, to))
        } else {
            "nothing is wrong with it".to_owned()
        };
        (at, Verdict::Passes, why)
    }
}

/// As `50.8 %`.
fn percent(ratio: Ratio) -> String {
    let tenths = (ratio.as_billionths() + 500_000) / 1_000_000;
    if tenths.is_multiple_of(10) {
        format!("{} %", tenths / 10)
    } else {
        format!("{}.{} %", tenths / 10, tenths % 10)
    }
}
