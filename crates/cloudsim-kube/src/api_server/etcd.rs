//! etcd: members in zones, a quorum, a leader, and how long a write takes.

use super::{Borders, Part};
use crate::spec::Seat;
use cloudsim_units::SimDuration;
use cloudsim_world::ZoneId;

/// The members of etcd.
#[derive(Clone, Debug)]
pub(crate) struct Etcd {
    members: Vec<Part>,
    leader: Option<usize>,
}

impl Etcd {
    /// Members, all up, of which one leads, by `word`.
    pub(crate) fn new(seats: &[Seat], word: u64) -> Etcd {
        let mut etcd = Etcd { members: Part::all(seats), leader: None };
        etcd.elect(&Borders::default(), word);
        etcd
    }

    pub(super) fn members(&mut self) -> impl Iterator<Item = &mut Part> {
        self.members.iter_mut()
    }

    fn zone(&self, member: usize) -> ZoneId {
        self.members[member].seat.zone
    }

    /// So many members must agree on a write.
    pub(crate) fn quorum(&self) -> usize {
        self.members.len() / 2 + 1
    }

    /// The members that a zone reaches, by their places.
    fn reached<'a>(&'a self, from: ZoneId, borders: &'a Borders) -> impl Iterator<Item = usize> + 'a {
        let members = self.members.iter().enumerate();
        members.filter(move |(_, of)| of.up && borders.lets(from, of.seat.zone)).map(|(member, _)| member)
    }

    /// Whether a member can lead: it is up, and reaches enough of the others.
    fn can_lead(&self, member: usize, borders: &Borders) -> bool {
        self.members[member].up && self.reached(self.zone(member), borders).count() >= self.quorum()
    }

    /// Whether a server in a zone can have things written: it reaches the leader, or a member that does.
    pub(crate) fn serves(&self, zone: ZoneId, borders: &Borders) -> bool {
        let Some(leader) = self.leader else { return false };
        let leads = self.zone(leader);
        self.reached(zone, borders).any(|member| borders.lets(self.zone(member), leads))
    }

    /// Lets the leader step down if it is dead or reaches no majority. Whether nobody leads, and somebody could.
    pub(crate) fn is_to_elect(&mut self, borders: &Borders) -> bool {
        self.leader = self.leader.filter(|leader| self.can_lead(*leader, borders));
        self.leader.is_none() && (0..self.members.len()).any(|member| self.can_lead(member, borders))
    }

    /// Elects a leader if there is none: one of those that can lead, by `word`.
    pub(crate) fn elect(&mut self, borders: &Borders, word: u64) {
        if self.leader.is_some() {
            return;
        }
        let able: Vec<usize> =
            (0..self.members.len()).filter(|member| self.can_lead(*member, borders)).collect();
        let count = u128::try_from(able.len()).expect("a usize fits");
        let chosen = usize::try_from((u128::from(word) * count) >> 64).expect("below the count");
        self.leader = able.get(chosen).copied();
    }

    /// How long a write takes: the leader and the nearest of the others that make a quorum have it on disk. `rtt` is a
    /// round trip between two zones.
    pub(crate) fn write_latency(
        &self,
        borders: &Borders,
        rtt: impl Fn(ZoneId, ZoneId) -> SimDuration,
    ) -> Option<SimDuration> {
        let leader = self.leader?;
        let zone = self.zone(leader);
        let others = self.reached(zone, borders).filter(|member| *member != leader);
        let mut trips: Vec<SimDuration> = others.map(|member| rtt(zone, self.zone(member))).collect();
        trips.sort_unstable();
        // The leader writes while it asks; a quorum of one asks nobody.
        let slowest = match self.quorum() {
            1 => SimDuration::ZERO,
            quorum => *trips.get(quorum - 2)?,
        };
        Some(slowest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn rtt(a: ZoneId, b: ZoneId) -> SimDuration {
        SimDuration::from_micros(if a == b { 100 } else { 600 * u64::from(a.0 + b.0) })
    }

    fn zones(of: &[u32]) -> Vec<Seat> {
        of.iter().map(|zone| ZoneId(*zone).into()).collect()
    }

    /// The members of a zone die, or come back.
    fn turn(etcd: &mut Etcd, zone: u32, up: bool) {
        for member in etcd.members().filter(|member| member.seat.zone == ZoneId(zone)) {
            member.up = up;
        }
    }

    const EVERYWHERE: Borders = Borders(BTreeSet::new());

    /// The places of the members that lead for some word, one after the other.
    fn leaders(of: &[u32]) -> BTreeSet<usize> {
        let words = (0..64).map(|word| word << 58);
        words.filter_map(|word| Etcd::new(&zones(of), word).leader).collect()
    }

    #[test]
    fn each_member_may_be_the_first_to_lead() {
        assert_eq!(leaders(&[0, 1, 2]), BTreeSet::from([0, 1, 2]));
        assert_eq!(leaders(&[7]), BTreeSet::from([0]));
    }

    #[test]
    fn a_write_waits_for_the_nearest_of_those_that_make_a_quorum() {
        // From zone 0: zone 1 is 600 µs away, zone 2 is 1,200 µs away; two of three are a quorum.
        let mut etcd = Etcd::new(&zones(&[0, 1, 2]), 0);
        let write = |etcd: &Etcd, borders: &Borders| etcd.write_latency(borders, rtt);
        assert_eq!(write(&etcd, &EVERYWHERE), Some(SimDuration::from_micros(600)));
        assert_eq!(write(&etcd, &Borders::around([ZoneId(1)], 3)), Some(SimDuration::from_micros(1200)));
        turn(&mut etcd, 1, false);
        assert!(!etcd.is_to_elect(&EVERYWHERE));
        assert_eq!(write(&etcd, &EVERYWHERE), Some(SimDuration::from_micros(1200)));
    }

    #[test]
    fn two_of_three_members_in_one_zone_take_the_quorum_with_them() {
        let mut etcd = Etcd::new(&zones(&[0, 0, 1]), 0);
        turn(&mut etcd, 0, false);
        assert!(!etcd.is_to_elect(&EVERYWHERE), "one of three cannot elect");
        etcd.elect(&EVERYWHERE, 0);
        assert_eq!(etcd.leader, None);
        assert_eq!(etcd.write_latency(&EVERYWHERE, rtt), None);
        turn(&mut etcd, 0, true);
        assert!(etcd.is_to_elect(&EVERYWHERE), "there can be a leader again");
        etcd.elect(&EVERYWHERE, u64::MAX);
        assert_eq!(etcd.leader, Some(2));
    }

    #[test]
    fn the_loss_of_a_follower_changes_no_leader() {
        let mut etcd = Etcd::new(&zones(&[0, 1, 2]), 0);
        turn(&mut etcd, 2, false);
        assert!(!etcd.is_to_elect(&EVERYWHERE));
        turn(&mut etcd, 1, true);
        assert!(!etcd.is_to_elect(&EVERYWHERE), "the leader leads on");
        assert_eq!(etcd.leader, Some(0));
    }

    /// Which of the zones 0 to 2 can have things written after those zones were cut off, whoever led before; an election has
    /// been held if it could be.
    fn written_from(members: &[u32], cut: &[u32]) -> Vec<u32> {
        let borders = Borders::around(cut.iter().copied().map(ZoneId), 3);
        let mut all: Vec<Vec<u32>> = Vec::new();
        for leader in 0..members.len() {
            let mut etcd = Etcd::new(&zones(members), 0);
            etcd.leader = Some(leader);
            if etcd.is_to_elect(&borders) {
                etcd.elect(&borders, 0);
            }
            all.push((0..3).filter(|zone| etcd.serves(ZoneId(*zone), &borders)).collect());
        }
        all.dedup();
        assert_eq!(all.len(), 1, "it is the same whoever led: {all:?}");
        all.remove(0)
    }

    #[test]
    fn only_the_side_of_a_border_that_has_the_majority_can_write() {
        // One member in each zone: two of three are a quorum.
        assert_eq!(written_from(&[0, 1, 2], &[]), [0, 1, 2]);
        assert_eq!(written_from(&[0, 1, 2], &[0]), [1, 2]);
        assert_eq!(written_from(&[0, 1, 2], &[1]), [0, 2]);
        assert_eq!(written_from(&[0, 1, 2], &[2]), [0, 1]);
        // Each of two zones is alone, so the third is too.
        for cut in [&[0, 1][..], &[0, 2], &[1, 2], &[0, 1, 2]] {
            assert!(written_from(&[0, 1, 2], cut).is_empty(), "{cut:?}");
        }
        // Two members in zone 0, one in zone 1: zone 0 is a majority by itself, and alone with it.
        assert_eq!(written_from(&[0, 0, 1], &[0]), [0]);
        assert_eq!(written_from(&[0, 0, 1], &[1]), [0, 2]);
        assert_eq!(written_from(&[0, 0, 1], &[2]), [0, 1]);
        assert_eq!(written_from(&[0, 0, 1], &[0, 1, 2]), [0]);
        // Two and two: an even size tolerates no more than the odd one below it, and no side is a majority.
        assert!(written_from(&[0, 0, 1, 1], &[0]).is_empty());
    }
}
