//! The ports of a NAT gateway: one for each connection to a destination, and a while longer.

use super::limits::{CONNECTIONS_PER_DESTINATION, PORT_REUSE, SHORTAGE_ENDS_AFTER};
use cloudsim_units::SimTime;
use std::collections::VecDeque;

/// The ports towards one destination: address, port and protocol.
#[derive(Debug, Default)]
pub(super) struct Ports {
    /// Of connections that stand.
    open: u32,
    /// Of connections that were closed: when each may be used again, in order.
    closed: VecDeque<SimTime>,
    /// When the last connection of a shortage was refused.
    refused: Option<SimTime>,
}

/// How a new connection fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It has a port; whether that ends a shortage.
    Port { first_again: bool },
    /// None is left; whether that begins a shortage.
    None { first: bool },
}

impl Ports {
    /// Takes a port for a new connection, if one of `addresses` addresses has one left.
    pub(super) fn take(&mut self, now: SimTime, addresses: u32) -> Taken {
        while self.closed.front().is_some_and(|free_at| *free_at <= now) {
            self.closed.pop_front();
        }
        if self.open as usize + self.closed.len() >= capacity(addresses) {
            return Taken::None { first: self.refused.replace(now).is_none() };
        }
        self.open += 1;
        let ends = self.refused.is_some_and(|last| now.since(last) >= SHORTAGE_ENDS_AFTER);
        if ends {
            self.refused = None;
        }
        Taken::Port { first_again: ends }
    }

    /// The connection is closed: its port rests before it is used again.
    pub(super) fn close(&mut self, now: SimTime) {
        self.open -= 1;
        self.closed.push_back(now.saturating_add(PORT_REUSE));
    }

    /// The gateway forgets all connections.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Ports in use, those that rest included.
    pub(super) fn held(&self, now: SimTime) -> usize {
        let rested = self.closed.partition_point(|free_at| *free_at <= now);
        self.open as usize + self.closed.len() - rested
    }
}

/// The ports of so many addresses towards one destination.
pub(super) fn capacity(addresses: u32) -> usize {
    CONNECTIONS_PER_DESTINATION as usize * addresses as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_has_as_many_connections_as_ports() {
        let mut ports = Ports::default();
        for _ in 0..2 * CONNECTIONS_PER_DESTINATION {
            assert_eq!(ports.take(SimTime::ZERO, 2), Taken::Port { first_again: false });
        }
        assert_eq!(ports.take(SimTime::ZERO, 2), Taken::None { first: true });
        assert_eq!(ports.take(SimTime::ZERO, 2), Taken::None { first: false });
    }

    #[test]
    fn a_port_rests_for_a_minute_after_its_connection() {
        let mut ports = Ports::default();
        while ports.take(SimTime::ZERO, 1) == (Taken::Port { first_again: false }) {}
        ports.close(SimTime::from_secs(10));
        assert_eq!(ports.take(SimTime::from_secs(69), 1), Taken::None { first: false });
        assert_eq!(ports.take(SimTime::from_secs(70), 1), Taken::Port { first_again: true });
        assert_eq!(ports.take(SimTime::from_secs(71), 1), Taken::None { first: true });
    }

    #[test]
    fn a_shortage_ends_when_nobody_was_refused_for_a_second() {
        let mut ports = Ports::default();
        while ports.take(SimTime::ZERO, 1) != (Taken::None { first: true }) {}
        for second in [10, 11] {
            ports.close(SimTime::from_secs(second));
        }
        assert_eq!(ports.take(SimTime::from_nanos(69_500_000_000), 1), Taken::None { first: false });
        assert_eq!(ports.take(SimTime::from_secs(70), 1), Taken::Port { first_again: false });
        assert_eq!(ports.take(SimTime::from_secs(71), 1), Taken::Port { first_again: true });
    }

    /// 55,000 connections in each minute are 916.7 a second.
    #[test]
    fn short_connections_run_out_of_ports_beyond_nine_hundred_a_second() {
        for (rate, lasts) in [(900, true), (950, false)] {
            let mut ports = Ports::default();
            let mut always = true;
            for number in 0..rate * 180_u64 {
                let now = SimTime::from_nanos(number * 1_000_000_000 / rate);
                match ports.take(now, 1) {
                    Taken::Port { .. } => ports.close(now),
                    Taken::None { .. } => always = false,
                }
            }
            assert_eq!(always, lasts, "{rate} a second");
        }
    }
}
