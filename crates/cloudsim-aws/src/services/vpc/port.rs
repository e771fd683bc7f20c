//! Protocols and ports, as rules name them.

use std::fmt;

/// The protocol that a rule is for. What is simulated is TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Every protocol, on all ports.
    All,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Ports from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    /// The lowest.
    pub first: u16,
    /// The highest.
    pub last: u16,
}

impl PortRange {
    /// All ports.
    pub const ALL: Self = Self { first: 0, last: u16::MAX };

    /// One port.
    #[must_use]
    pub fn one(port: u16) -> Self {
        Self { first: port, last: port }
    }

    /// Whether a port is one of them.
    #[must_use]
    pub fn contains(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }

    /// How many there are.
    #[must_use]
    pub fn count(self) -> u32 {
        u32::from(self.last) - u32::from(self.first) + 1
    }

    /// The ports that are in both.
    pub(super) fn common(self, other: Self) -> Option<Self> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (first <= last).then_some(Self { first, last })
    }
}

/// As `443` or `1024-65535`.
impl fmt::Display for PortRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { first, last } if first == last => write!(out, "{first}"),
            Self { first, last } => write!(out, "{first}-{last}"),
        }
    }
}

/// The ports of a rule for TCP: those it names, or all of a rule for all protocols; none of a rule for another protocol.
pub(super) fn tcp_ports(protocol: Protocol, ports: PortRange) -> Option<PortRange> {
    match protocol {
        Protocol::All => Some(PortRange::ALL),
        Protocol::Tcp => Some(ports),
        Protocol::Udp => None,
    }
}

/// How many ports there are in ranges that do not overlap.
pub(super) fn count(ranges: &[PortRange]) -> u32 {
    ranges.iter().map(|range| range.count()).sum()
}
