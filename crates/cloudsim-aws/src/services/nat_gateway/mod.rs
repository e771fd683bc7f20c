//! NAT gateways: the way out of private subnets.
//!
//! # Modelled
//! A gateway lives in one zone and dies with it; connections through a dead one vanish. Hours and bytes are billed.
//!
//! # Left out
//! Ports per destination, the idle timeout, bandwidth and packet limits.

pub mod limits;
pub mod pricing;

use cloudsim_engine::{Context, Vocabulary};
use cloudsim_records::{EntityId, Record};
use cloudsim_world::{NatGatewayId, SubnetId, ZoneId};

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
}

#[derive(Debug)]
struct NatGateway {
    entity: EntityId,
    zone: ZoneId,
    up: bool,
}

impl NatGateways {
    /// Adds a gateway.
    pub fn place(&mut self, entity: EntityId, zone: ZoneId) {
        self.gateways.push(NatGateway { entity, zone, up: true });
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

    /// Breaks or mends it.
    pub fn turn(&mut self, id: NatGatewayId, up: bool, ctx: &mut impl Context<Nat>) {
        let gateway = &mut self.gateways[id.index()];
        if gateway.up != up {
            gateway.up = up;
            ctx.record(Record::NatGatewayChanged { nat_gateway: gateway.entity, up });
            if !up {
                ctx.signal(Signal::Died { nat_gateway: id });
            }
        }
    }
}
