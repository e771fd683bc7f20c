//! NAT gateways: the way out of private subnets.
//!
//! # Modelled
//! A gateway lives in one zone and dies with it; connections through a dead one vanish. Each of its addresses has so many
//! ports for a destination; a closed connection's rests for a minute. A connection that idles is forgotten. Data waits
//! when it comes faster than the gateway is. Hours and bytes are billed.
//!
//! # Left out
//! Limits of packets per second; regional and private gateways; fragments.

pub mod limits;
mod meter;
mod ports;

use cloudsim_engine::{Context, Vocabulary};
use cloudsim_records::{EntityId, Record};
use cloudsim_units::{Bytes, SimDuration, SimTime};
use cloudsim_world::{EndpointId, NatGatewayId, SubnetId, ZoneId};
use meter::Meter;
use ports::{Ports, Taken};

/// A NAT gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatGatewaySpec {
    /// Its name.
    pub name: String,
    /// The public subnet it stands in.
    pub subnet: SubnetId,
    /// How many public addresses it has.
    pub addresses: u32,
}

/// The words of NAT gateways. They have no events of their own: others break and mend them.
#[derive(Debug)]
pub struct Nat;

impl Vocabulary for Nat {
    type Event = std::convert::Infallible;
    type Record = Record;
    type Signal = Signal;
}

/// What others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A gateway died; what was under way through it vanished.
    Died {
        /// The gateway.
        nat_gateway: NatGatewayId,
    },
}

/// All NAT gateways.
#[derive(Debug, Default)]
pub struct NatGateways {
    gateways: Vec<NatGateway>,
    /// The entities of the destinations.
    destinations: Vec<EntityId>,
    assumed: limits::Assumed,
}

#[derive(Debug)]
struct NatGateway {
    entity: EntityId,
    zone: ZoneId,
    addresses: u32,
    up: bool,
    /// Grows each time that it forgets its connections.
    epoch: u32,
    /// By destination.
    ports: Vec<Ports>,
    meter: Meter,
}

impl NatGateways {
    /// None yet.
    #[must_use]
    pub fn new(assumed: limits::Assumed) -> Self {
        Self { assumed, ..Self::default() }
    }

    /// Adds a gateway.
    pub fn place(&mut self, entity: EntityId, zone: ZoneId, addresses: u32) {
        self.gateways.push(NatGateway {
            entity,
            zone,
            addresses,
            up: true,
            epoch: 0,
            ports: Vec::new(),
            meter: Meter::new(self.assumed),
        });
    }

    /// Adds the next destination. [`EndpointId`]s count the calls.
    pub fn add_destination(&mut self, entity: EntityId) {
        self.destinations.push(entity);
        for gateway in &mut self.gateways {
            gateway.ports.push(Ports::default());
        }
    }

    /// It is not there yet; [`NatGateways::turn`] brings it.
    pub fn keep_away(&mut self, id: NatGatewayId) {
        self.gateways[id.index()].up = false;
    }

    /// Whether it works.
    #[inline]
    #[must_use]
    pub fn is_up(&self, id: NatGatewayId) -> bool {
        self.gateways[id.index()].up
    }

    /// The zone it stands in.
    #[inline]
    #[must_use]
    pub fn zone(&self, id: NatGatewayId) -> ZoneId {
        self.gateways[id.index()].zone
    }

    /// Its entity.
    #[must_use]
    pub fn entity(&self, id: NatGatewayId) -> EntityId {
        self.gateways[id.index()].entity
    }

    /// Tells connections that it knows from those that it has forgotten.
    #[inline]
    #[must_use]
    pub fn epoch(&self, id: NatGatewayId) -> u32 {
        self.gateways[id.index()].epoch
    }

    /// How many ports towards a destination are in use, those that rest included, and how many there are.
    #[must_use]
    pub fn ports(&self, id: NatGatewayId, to: EndpointId, now: SimTime) -> (usize, usize) {
        let gateway = &self.gateways[id.index()];
        (gateway.ports[to.index()].held(now), ports::capacity(gateway.addresses))
    }

    /// A new connection through it: whether a port was left for it, and what to record if that has changed.
    pub fn connect(&mut self, id: NatGatewayId, to: EndpointId, now: SimTime) -> (bool, Option<Record>) {
        let endpoint = self.destinations[to.index()];
        let gateway = &mut self.gateways[id.index()];
        let nat_gateway = gateway.entity;
        let changed = |exhausted| Some(Record::NatPortsChanged { nat_gateway, endpoint, exhausted });
        match gateway.ports[to.index()].take(now, gateway.addresses) {
            Taken::Port { first_again } => (true, first_again.then(|| changed(false)).flatten()),
            Taken::None { first } => (false, first.then(|| changed(true)).flatten()),
        }
    }

    /// A connection that was made in `epoch` is closed.
    pub fn close(&mut self, id: NatGatewayId, to: EndpointId, epoch: u32, now: SimTime) {
        let gateway = &mut self.gateways[id.index()];
        if gateway.epoch == epoch {
            gateway.ports[to.index()].close(now);
        }
    }

    /// Sends data through it: how long it waits because more is sent than passes.
    pub fn pass(&mut self, id: NatGatewayId, data: Bytes, now: SimTime) -> SimDuration {
        self.gateways[id.index()].meter.pass(now, data)
    }

    /// Breaks or mends it.
    pub fn turn(&mut self, id: NatGatewayId, up: bool, ctx: &mut impl Context<Nat>) {
        let gateway = &mut self.gateways[id.index()];
        if gateway.up != up {
            gateway.up = up;
            gateway.epoch += 1;
            for ports in &mut gateway.ports {
                ports.forget();
            }
            ctx.record(Record::NatGatewayChanged { nat_gateway: gateway.entity, up });
            if !up {
                ctx.signal(Signal::Died { nat_gateway: id });
            }
        }
    }
}
