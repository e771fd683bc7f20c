//! What the world is like now, over what rules and routes say: who is dead, who listens, which way is cut.

use super::ends::Place;
use super::{Direction, Hop, Verdict};
use crate::Paused;
use cloudsim_aws::services::rds::Accept;
use cloudsim_aws::services::target_group::{NodeSlot, Reach};
use cloudsim_aws::services::vpc::{End, Grey};
use cloudsim_records::{DatabaseInstanceState, InstanceState};
use cloudsim_units::{Ratio, SimDuration};
use cloudsim_world::{NatGatewayId, ZoneId};

fn hop(at: String, by: &str, verdict: Verdict, why: String) -> Hop {
    Hop { direction: Direction::There, at, by: by.to_owned(), verdict, why, short: None }
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
            hops.push(hop(self.name(from), by, Verdict::Dropped, format!("{why}: nothing is sent")));
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
        hops.push(hop(self.name(to), by, verdict, why));
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
                ("endpoint", format!("it listens on port {port}"))
            }
            Place::Node(node) => {
                let other = if self.cloud.balancers.node(node).is_powered() {
                    "it has power again and still judges its targets"
                } else {
                    "it is dead"
                };
                ("load balancer", powerless.unwrap_or_else(|| other.to_owned()))
            }
            Place::Server(server) => {
                let state = self.state_of(server);
                let words = match state {
                    InstanceState::Running => "its process answers",
                    InstanceState::Pending => "it is being launched",
                    InstanceState::Booting => "its process starts",
                    InstanceState::ProcessDown => "its process is dead",
                    InstanceState::HostDown | InstanceState::Impaired => "its host is dead",
                    InstanceState::Terminating => "it is being taken out, and still answers",
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
                    DatabaseInstanceState::Unreachable => "its host is dead",
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
                let ports = format!("{held} of its {all} ports towards `{}` are in use", self.name(far));
                if held >= all {
                    return (Verdict::Dropped, format!("{ports}: ErrorPortAllocation"));
                }
                format!("it sends in its own name; {ports}")
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
