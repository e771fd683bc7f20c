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

/// The timer after `timer`.
#[must_use]
pub fn next_timer(timer: SimDuration) -> SimDuration {
    (timer * 2).min(RETRANSMISSION_MAX)
}

/// How long it takes until a connection is given up whose first timer is `timer`.
#[must_use]
pub fn gives_up_after(timer: SimDuration) -> SimDuration {
    let timers = std::iter::successors(Some(timer), |timer| Some(next_timer(*timer)));
    let count = usize::try_from(RETRANSMISSIONS_MAX).expect("a small number");
    timers.take(count + 1).fold(SimDuration::ZERO, SimDuration::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kernel's documentation says 924.6 s for the shortest timer of 200 ms and 15 retransmissions.
    #[test]
    fn a_connection_is_given_up_when_the_kernel_says_so() {
        assert_eq!(gives_up_after(RETRANSMISSION_MIN), SimDuration::from_millis(924_600));
    }
}
