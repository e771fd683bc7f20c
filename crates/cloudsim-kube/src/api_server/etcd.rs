//! etcd: members in zones, a quorum, a leader, and how long a write takes.

use crate::limits;
use cloudsim_units::SimDuration;
use cloudsim_world::ZoneId;

/// The members of etcd.
#[derive(Clone, Debug)]
pub(crate) struct Etcd {
    members: Vec<Member>,
    leader: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Member {
    zone: ZoneId,
    up: bool,
}

impl Etcd {
    /// Members in zones, all up; the first leads.
    pub(crate) fn new(zones: &[ZoneId]) -> Etcd {
        let members = zones.iter().map(|zone| Member { zone: *zone, up: true }).collect();
        Etcd { members, leader: Some(0) }
    }

    /// So many members must agree on a write.
    pub(crate) fn quorum(&self) -> usize {
        self.members.len() / 2 + 1
    }

    fn up(&self) -> usize {
        self.members.iter().filter(|member| member.up).count()
    }

    /// Whether enough members are up, whoever leads.
    pub(crate) fn has_quorum(&self) -> bool {
        self.up() >= self.quorum()
    }

    /// Whether writes are taken.
    pub(crate) fn has_leader(&self) -> bool {
        self.leader.is_some()
    }

    /// The members of a zone die, or come back. Whether the leader is gone, or there is none and there could be one.
    pub(crate) fn turn(&mut self, zone: ZoneId, up: bool) -> bool {
        for member in self.members.iter_mut().filter(|member| member.zone == zone) {
            member.up = up;
        }
        let leads = self.leader.is_some_and(|leader| self.members[leader].up) && self.has_quorum();
        if !leads {
            self.leader = None;
        }
        !leads && self.has_quorum()
    }

    /// Elects a leader, if enough members are up: one of them, by `word`.
    pub(crate) fn elect(&mut self, word: u64) {
        if self.leader.is_some() || !self.has_quorum() {
            return;
        }
        let up: Vec<usize> = (0..self.members.len()).filter(|member| self.members[*member].up).collect();
        let count = u128::try_from(up.len()).expect("a usize fits");
        let chosen = usize::try_from((u128::from(word) * count) >> 64).expect("below the count");
        self.leader = Some(up[chosen]);
    }

    /// How long a write takes: the leader and the nearest of the others that make a quorum have it on disk. `rtt` is a
    /// round trip between two zones.
    pub(crate) fn write_latency(&self, rtt: impl Fn(ZoneId, ZoneId) -> SimDuration) -> Option<SimDuration> {
        let leader = self.leader?;
        let others = self.members.iter().enumerate().filter(|(member, of)| *member != leader && of.up);
        let mut trips: Vec<SimDuration> =
            others.map(|(_, of)| rtt(self.members[leader].zone, of.zone)).collect();
        trips.sort_unstable();
        // The leader writes while it asks; a quorum of one asks nobody.
        let slowest = match self.quorum() {
            1 => SimDuration::ZERO,
            quorum => *trips.get(quorum - 2)?,
        };
        Some(slowest + limits::ETCD_FSYNC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rtt(a: ZoneId, b: ZoneId) -> SimDuration {
        SimDuration::from_micros(if a == b { 100 } else { 600 * u64::from(a.0 + b.0) })
    }

    fn zones(of: &[u32]) -> Vec<ZoneId> {
        of.iter().copied().map(ZoneId).collect()
    }

    #[test]
    fn a_write_waits_for_the_nearest_of_those_that_make_a_quorum() {
        // From zone 0: zone 1 is 600 µs away, zone 2 is 1,200 µs away; two of three are a quorum.
        let mut etcd = Etcd::new(&zones(&[0, 1, 2]));
        let write = |etcd: &Etcd| etcd.write_latency(rtt).map(|latency| latency - limits::ETCD_FSYNC);
        assert_eq!(write(&etcd), Some(SimDuration::from_micros(600)));
        assert!(!etcd.turn(ZoneId(1), false));
        assert_eq!(write(&etcd), Some(SimDuration::from_micros(1200)));
    }

    #[test]
    fn two_of_three_members_in_one_zone_take_the_quorum_with_them() {
        let mut etcd = Etcd::new(&zones(&[0, 0, 1]));
        assert!(!etcd.turn(ZoneId(0), false));
        assert!(!etcd.has_leader() && !etcd.has_quorum());
        etcd.elect(0);
        assert_eq!(etcd.write_latency(rtt), None);
        assert!(etcd.turn(ZoneId(0), true), "there can be a leader again");
        etcd.elect(u64::MAX);
        assert!(etcd.has_leader());
    }

    #[test]
    fn the_loss_of_a_follower_changes_no_leader() {
        let mut etcd = Etcd::new(&zones(&[0, 1, 2]));
        assert!(!etcd.turn(ZoneId(2), false));
        assert!(etcd.has_leader());
        assert!(!etcd.turn(ZoneId(1), true), "the leader leads on");
    }
}
