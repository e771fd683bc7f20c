//! What TCP does about segments that get lost.

use cloudsim_units::SimDuration;

/// The first timer of a handshake.
///
/// Source: RFC 6298, "Computing TCP's Retransmission Timer", section 2: one second before a round trip was measured.
pub const RETRANSMISSION_INITIAL: SimDuration = SimDuration::from_secs(1);

/// No timer of a connection that stands is shorter.
///
/// Source: Linux, `TCP_RTO_MIN` in include/net/tcp.h: a fifth of a second.
pub const RETRANSMISSION_MIN: SimDuration = SimDuration::from_millis(200);

/// No timer is longer.
///
/// Source: Linux, `TCP_RTO_MAX` in include/net/tcp.h: two minutes.
pub const RETRANSMISSION_MAX: SimDuration = SimDuration::from_secs(120);

/// After so many a connection is given up.
///
/// Source: Linux, `net.ipv4.tcp_retries2` in Documentation/networking/ip-sysctl.rst: 15.
pub const RETRANSMISSIONS_MAX: u64 = 15;
