//! The network's decisions: random ones against packets that walk, and the classic mistakes.

mod mistakes;
mod oracle;
mod random_networks;

use super::*;
use cloudsim_world::*;
use std::net::Ipv4Addr;

/// A network as it is written down, with its interfaces.
#[derive(Clone, Debug, Default)]
struct Drawn {
    spec: NetworkSpec,
    interfaces: Vec<Interface>,
    nat_gateways: Vec<Interface>,
}

impl Drawn {
    /// The network to be tested. Its NAT gateways' interfaces come after the others.
    fn network(&self) -> Network {
        let mut network = Network::new(self.spec.clone());
        for interface in &self.interfaces {
            network.attach(interface.clone());
        }
        for interface in &self.nat_gateways {
            network.attach_nat_gateway(interface.clone());
        }
        network
    }
}

fn cidr(text: &str) -> ipnet::Ipv4Net {
    text.parse().expect("a range")
}

fn address(text: &str) -> Ipv4Addr {
    text.parse().expect("an address")
}

/// The share of source ports on which a connection gets through, of 2^32.
fn share(decision: &Decision) -> u64 {
    let (mut low, mut high) = (0, 1_u64 << 32);
    while low < high {
        let middle = low.midpoint(high);
        if decision.passes(|| middle << 32) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
