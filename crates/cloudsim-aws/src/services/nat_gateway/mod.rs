//! NAT gateways: the way out of private subnets.
//!
//! # Modelled
//! A gateway lives in one zone and dies with it; connections through a dead one vanish. Hours and bytes are billed.
//!
//! # Left out
//! Ports per destination, the idle timeout, bandwidth and packet limits.

pub mod pricing;

use cloudsim_world::SubnetId;

/// A NAT gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatGatewaySpec {
    /// Its name.
    pub name: String,
    /// The public subnet it stands in.
    pub subnet: SubnetId,
}
