//! Whether one thing reaches another at a time: hop by hop, there and back, with the rule, the route or the state that lets
//! it pass or stops it.
//!
//! Rules and routes are the network's own [`Trace`](cloudsim_aws::services::vpc::Trace); what is dead, cut off or listens
//! nowhere is laid over it. Nothing is sent: the world stays as it is.

mod ends;
mod matrix;
mod overlay;
mod steps;

pub use ends::PathProblem;
pub use matrix::{Cell, Column, Extent, LeftOut, Matrix};

use crate::Paused;
use cloudsim_aws::services::vpc::Decision;
use cloudsim_units::Ratio;
use cloudsim_world::ZoneId;
use ends::{Place, with_port};

/// The way of a connection at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// What was asked for.
    pub asked: (String, String),
    /// Where it begins.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// To which port.
    pub port: u16,
    /// The NAT gateway or the VPC endpoint that it goes through.
    pub via: Option<String>,
    /// The share of source ports from which it is made: all or none of them unless a network ACL names others.
    pub share: Ratio,
    /// What it meets there and back, up to what stops it.
    pub hops: Vec<Hop>,
    /// How others of the same name fare.
    pub others: Vec<Other>,
}

/// One thing on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Whether it is on the way there or back.
    pub direction: Direction,
    /// Where it is: something with an address, a subnet, a gateway.
    pub at: String,
    /// What judges there.
    pub by: String,
    /// What it says.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
    /// What stops packets, in words that hold for others of the same name too.
    short: Option<String>,
}

impl Hop {
    /// Why, in words that hold for others of the same name too if there are such.
    #[must_use]
    pub fn short(&self) -> &str {
        self.short.as_deref().unwrap_or(&self.why)
    }
}

/// Whether packets are on their way there or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// There.
    There,
    /// Back.
    Back,
}

/// What happens to packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They pass.
    Passes,
    /// Those from some source ports pass, others vanish.
    PassesInPart,
    /// They vanish: the caller waits until it gives up.
    Dropped,
    /// They are answered with a reset: the caller knows at once.
    Refused,
}

/// How another of the same name fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Where it begins.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// The zone of the one that is another.
    pub zone: Option<String>,
    /// The NAT gateway or the VPC endpoint that it goes through.
    pub via: Option<String>,
    /// The share of source ports from which a connection is made.
    pub share: Ratio,
    /// What stops it, or lets it pass in part.
    pub stopped_by: Option<Hop>,
}

impl Verdict {
    /// Whether packets pass from all source ports, or from some.
    #[must_use]
    pub fn passes(self) -> bool {
        matches!(self, Self::Passes | Self::PassesInPart)
    }
}

impl Path {
    /// Whether a connection can be made.
    #[must_use]
    pub fn reachable(&self) -> bool {
        self.share > Ratio::from_billionths(0)
    }

    /// What stops it; or what lets it pass in part, if something does.
    #[must_use]
    pub fn stopped_by(&self) -> Option<&Hop> {
        stopped_by(&self.hops)
    }
}

fn stopped_by(hops: &[Hop]) -> Option<&Hop> {
    let stop = hops.iter().find(|hop| !hop.verdict.passes());
    stop.or_else(|| hops.iter().find(|hop| hop.verdict == Verdict::PassesInPart))
}

/// A way from one place to another, and how it goes.
struct Walked {
    from: Place,
    to: Place,
    via: Option<String>,
    share: Ratio,
    hops: Vec<Hop>,
}

impl Paused {
    /// The way from one end to another, which may name a port behind a colon.
    ///
    /// An end is `internet`, an address, or the name of something that has one: a load balancer or its node (`web-alb/a`), a
    /// group of instances or one of them, a database or one of its instances, an endpoint outside, a NAT gateway, an
    /// interface VPC endpoint, a kind of client. Of several that a name means the first is asked that lives.
    ///
    /// # Errors
    /// If an end is unknown, or its port is not named and not the only one.
    pub fn path(&self, from: &str, to: &str) -> Result<Path, PathProblem> {
        let (target, port) = with_port(to)?;
        let sources = self.named(from)?;
        let targets = self.named(target)?;
        let port = match (port, &targets.ports[..]) {
            (Some(port), _) => port,
            (None, [port]) => *port,
            (None, ports) => return Err(port_missing(target, ports)),
        };
        let (source, target) = (sources.places[0], targets.places[0]);
        if source == target {
            let message = format!("`{from}` and `{to}` are the same: {}", self.name(source));
            return Err(PathProblem::new(message, "a path leads from one thing to another".to_owned()));
        }
        let Walked { from: source, to: reached, via, share, hops } = self.walk(source, target, port);
        let mut others = Vec::new();
        for place in self.one_of_each_zone(&sources.places) {
            if place != target {
                others.push(self.other(self.walk(place, target, port), place));
            }
        }
        for place in self.one_of_each_zone(&targets.places) {
            if place != source {
                others.push(self.other(self.walk(source, place, port), place));
            }
        }
        Ok(Path {
            asked: (from.to_owned(), to.to_owned()),
            from: self.name(source),
            to: self.name(reached),
            port,
            via,
            share,
            hops,
            others,
        })
    }

    fn other(&self, walked: Walked, place: Place) -> Other {
        Other {
            from: self.name(walked.from),
            to: self.name(walked.to),
            zone: self.zone_of(place).map(|zone| self.zone_name(zone).to_owned()),
            via: walked.via,
            share: walked.share,
            stopped_by: stopped_by(&walked.hops).cloned(),
        }
    }

    /// Of all but the first, the first of each zone that lives and the first that does not.
    fn one_of_each_zone(&self, places: &[Place]) -> Vec<Place> {
        let kind = |place: &Place| match *place {
            // Every address of the internet is a case of its own.
            Place::Internet(address) => (None, true, Some(address)),
            place => (self.zone_of(place), self.lives(place), None),
        };
        let mut seen: Vec<_> = places.first().map(kind).into_iter().collect();
        let mut chosen = Vec::new();
        for place in places.iter().skip(1) {
            if !seen.contains(&kind(place)) {
                seen.push(kind(place));
                chosen.push(*place);
            }
        }
        chosen
    }

    fn via(&self, decision: &Decision, to: Place) -> Option<String> {
        let plan = self.plan();
        let nat = decision.nat_gateway.map(|id| &plan.nat_gateways[id.index()].name);
        let endpoint = match to {
            Place::VpcEndpoint(id, _) => Some(id),
            _ => decision.vpc_endpoint,
        };
        nat.or(endpoint.map(|id| &plan.vpc_endpoints[id.index()].name)).cloned()
    }

    pub(crate) fn zone_name(&self, zone: ZoneId) -> &str {
        &self.plan().zones[zone.index()].name
    }

    /// The way from one place to another: the network's rules, and over them what the world is like now.
    fn walk(&self, from: Place, to: Place, port: u16) -> Walked {
        let mut hops = Vec::new();
        let to = self.resolved(from, to, &mut hops);
        let trace = self.cloud.network.trace(self.end(from), self.end(to), port);
        let decision = Decision::of(&trace, self.cloud.network.zone_of(self.end(from)));
        self.leave(from, &mut hops);
        self.put(&trace.forward, (from, to, port), Direction::There, &mut hops);
        self.arrive(to, port, &mut hops);
        self.put(&trace.back, (from, to, port), Direction::Back, &mut hops);
        self.wait(from, to, port, &trace, &mut hops);
        let share = match hops.iter().position(|hop| !hop.verdict.passes()) {
            Some(last) => {
                hops.truncate(last + 1);
                Ratio::from_billionths(0)
            }
            None => decision.share(),
        };
        Walked { from, to, via: self.via(&decision, to), share, hops }
    }
}

fn port_missing(name: &str, ports: &[u16]) -> PathProblem {
    let choices: Vec<String> = ports.iter().map(|port| format!("`{name}:{port}`")).collect();
    let hint = match &choices[..] {
        [] => format!("write one, as in `{name}:443`"),
        _ => format!("it has {}", choices.join(", ")),
    };
    PathProblem::new(format!("which port of `{name}`?"), hint)
}
