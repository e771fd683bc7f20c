//! Addresses: who has which, and which a subnet has left.

use super::limits::RESERVED_ADDRESSES;
use ipnet::Ipv4Net;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// The addresses of a range that nobody has yet.
#[derive(Clone, Debug)]
pub struct AddressPool {
    /// The next one that was never used.
    next: u32,
    /// The first one beyond the usable ones.
    end: u32,
    given_back: BTreeSet<u32>,
}

impl AddressPool {
    /// Those of a subnet. The first four and the last are AWS's own.
    ///
    /// Source: NET-11, Amazon VPC User Guide, "Subnet CIDR blocks".
    #[must_use]
    pub fn new(cidr: Ipv4Net) -> Self {
        let first = u32::from(cidr.network());
        let usable = usable_addresses(cidr);
        let next = first.saturating_add(RESERVED_ADDRESSES - 1);
        Self { next, end: next.saturating_add(usable), given_back: BTreeSet::new() }
    }

    /// Those that a node has for its pods: all but the first two, which are the range's own and the node's, and the last.
    ///
    /// Source: containernetworking, plugin `host-local`, whose ranges leave out the network, its gateway and the broadcast address
    /// (<https://www.cni.dev/plugins/current/ipam/host-local/>).
    #[must_use]
    pub fn of_node(cidr: Ipv4Net) -> Self {
        let (first, last) = (u32::from(cidr.network()), u32::from(cidr.broadcast()));
        Self { next: first.saturating_add(2).min(last), end: last, given_back: BTreeSet::new() }
    }

    /// Takes an address: the lowest that was never used, or else the lowest that was given back. `None` if all are in use.
    pub fn take(&mut self) -> Option<Ipv4Addr> {
        if self.next < self.end {
            self.next += 1;
            return Some(Ipv4Addr::from(self.next - 1));
        }
        self.given_back.pop_first().map(Ipv4Addr::from)
    }

    /// Gives an address back.
    pub fn give_back(&mut self, address: Ipv4Addr) {
        self.given_back.insert(u32::from(address));
    }

    /// How many are left.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.end - self.next + u32::try_from(self.given_back.len()).expect("no more than there are addresses")
    }
}

/// How many addresses of a range can be used: all but five.
#[must_use]
pub fn usable_addresses(cidr: Ipv4Net) -> u32 {
    let all = 1_u64 << (32 - u32::from(cidr.prefix_len()));
    u32::try_from(all.saturating_sub(u64::from(RESERVED_ADDRESSES))).expect("below 2^32")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Ipv4Net {
        text.parse().expect("a range")
    }

    #[test]
    fn five_addresses_of_each_subnet_are_reserved() {
        for (range, usable) in [("10.0.0.0/24", 251), ("10.0.0.0/27", 27), ("10.0.0.0/28", 11)] {
            assert_eq!(usable_addresses(cidr(range)), usable, "{range}");
        }
    }

    #[test]
    fn the_first_is_the_fifth_and_the_last_but_one_the_last() {
        let mut pool = AddressPool::new(cidr("10.0.1.0/28"));
        let all: Vec<Ipv4Addr> = std::iter::from_fn(|| pool.take()).collect();
        assert_eq!(all.first(), Some(&Ipv4Addr::new(10, 0, 1, 4)));
        assert_eq!(all.last(), Some(&Ipv4Addr::new(10, 0, 1, 14)));
        assert_eq!((all.len(), pool.left()), (11, 0));
    }

    #[test]
    fn a_node_keeps_two_addresses_and_the_last_for_itself() {
        let mut pool = AddressPool::of_node(cidr("10.244.3.0/24"));
        assert_eq!((pool.left(), pool.take()), (253, Some(Ipv4Addr::new(10, 244, 3, 2))));
        assert_eq!(AddressPool::of_node(cidr("10.244.3.0/32")).left(), 0);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let mut pool = AddressPool::new(cidr("10.0.1.0/28"));
        while pool.take().is_some() {}
        pool.give_back(Ipv4Addr::new(10, 0, 1, 9));
        assert_eq!(pool.take(), Some(Ipv4Addr::new(10, 0, 1, 9)));
        assert_eq!(pool.take(), None);
    }
}
