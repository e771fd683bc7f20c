//! One node's view of a target group: who may get a request, and who gets the next one.

use crate::services::target_group::{Algorithm, ServerSlot};

/// A registered target as a node sees it.
#[derive(Clone, Copy, Debug)]
struct Member {
    target: ServerSlot,
    /// Whether it is healthy; `None` while the node has not made up its mind since it last knew nothing.
    healthy: Option<bool>,
    in_reach: bool,
    /// Whether traffic is shifted away from its zone.
    shifted: bool,
    /// Requests under way, where the algorithm asks for them.
    outstanding: u32,
}

/// Who may get a request from one node, and who gets the next one.
#[derive(Clone, Debug)]
pub struct NodeView {
    algorithm: Algorithm,
    members: Vec<Member>,
    /// Indices of the members that get traffic, in the order of registration.
    routable: Vec<u32>,
    next: u32,
}

impl NodeView {
    /// A view of an empty group; `start` is where round robin begins, so that nodes do not march in step.
    #[must_use]
    pub fn new(algorithm: Algorithm, start: u32) -> Self {
        Self { algorithm, members: Vec::new(), routable: Vec::new(), next: start }
    }

    /// Adds a target. `in_reach` is false for one in another zone when cross-zone balancing is off.
    pub fn register(&mut self, target: ServerSlot, in_reach: bool, healthy: bool) {
        self.members.push(Member {
            target,
            healthy: healthy.then_some(true),
            in_reach,
            shifted: false,
            outstanding: 0,
        });
        self.update();
    }

    /// Takes a target out.
    pub fn deregister(&mut self, target: ServerSlot) {
        self.members.retain(|member| member.target != target);
        self.update();
    }

    /// Notes what the node thinks of a target. Requests that were with it while it was unhealthy count no longer.
    pub fn set_healthy(&mut self, target: ServerSlot, healthy: bool) {
        for member in &mut self.members {
            if member.target == target {
                member.healthy = Some(healthy);
                member.outstanding = 0;
            }
        }
        self.update();
    }

    /// Shifts traffic away from a target, or lets it come back; its health is judged all the same.
    pub fn set_shifted(&mut self, target: ServerSlot, shifted: bool) {
        for member in self.members.iter_mut().filter(|member| member.target == target) {
            member.shifted = shifted;
        }
        self.update();
    }

    /// Forgets what the node thought of all targets: it was dark.
    pub fn forget(&mut self) {
        for member in &mut self.members {
            member.healthy = None;
        }
        self.update();
    }

    /// Whether the node has made up its mind about every target.
    #[must_use]
    pub fn has_judged_all(&self) -> bool {
        self.members.iter().all(|member| member.healthy.is_some())
    }

    /// Only unhealthy targets left: requests go to all of them (ALB-09), even if traffic is shifted away from some (ALB-18).
    fn update(&mut self) {
        let mut routable: Vec<u32> = Vec::with_capacity(self.members.len());
        for fail_open in [false, true] {
            routable.extend(
                (0_u32..)
                    .zip(&self.members)
                    .filter(|(_, m)| m.in_reach && (m.is_fit() || fail_open))
                    .map(|(i, _)| i),
            );
            if !routable.is_empty() {
                break;
            }
        }
        self.routable = routable;
    }

    /// Whether at least one target in reach is healthy, and traffic is not shifted away from it.
    #[must_use]
    pub fn any_healthy(&self) -> bool {
        self.members.iter().any(|member| member.in_reach && member.is_fit())
    }

    /// How many targets in reach are healthy, and how many there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let in_reach = || self.members.iter().filter(|member| member.in_reach);
        (in_reach().filter(|member| member.is_healthy()).count(), in_reach().count())
    }

    /// Those that get requests.
    #[must_use]
    pub fn targets(&self) -> impl ExactSizeIterator<Item = ServerSlot> {
        self.routable.iter().map(|index| self.members[*index as usize].target)
    }

    /// The target of the next request, or `None` if none is registered in reach.
    #[inline]
    pub fn pick(&mut self) -> Option<ServerSlot> {
        let count = u32::try_from(self.routable.len()).expect("fewer than 2^32 targets");
        if count == 0 {
            return None;
        }
        let position = self.next % count;
        self.next = position + 1;
        let index = match self.algorithm {
            Algorithm::RoundRobin => self.routable[position as usize],
            Algorithm::LeastOutstandingRequests => {
                // Ties go to the first one after the last choice, as in round robin.
                let rotated =
                    self.routable[position as usize..].iter().chain(&self.routable[..position as usize]);
                let least = *rotated
                    .min_by_key(|index| self.members[**index as usize].outstanding)
                    .expect("not empty");
                self.members[least as usize].outstanding += 1;
                least
            }
        };
        Some(self.members[index as usize].target)
    }

    /// A request that [`NodeView::pick`] sent to `target` has ended.
    #[inline]
    pub fn done(&mut self, target: ServerSlot) {
        if self.algorithm == Algorithm::RoundRobin {
            return;
        }
        // A target that was deregistered meanwhile is not counted any more.
        if let Some(member) = self.members.iter_mut().find(|member| member.target == target) {
            member.outstanding = member.outstanding.saturating_sub(1);
        }
    }
}

impl Member {
    fn is_healthy(self) -> bool {
        self.healthy == Some(true)
    }

    fn is_fit(self) -> bool {
        self.is_healthy() && !self.shifted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(algorithm: Algorithm, targets: u32) -> NodeView {
        let mut view = NodeView::new(algorithm, 0);
        for target in 0..targets {
            view.register(ServerSlot(target), true, true);
        }
        view
    }

    fn picks(view: &mut NodeView, count: usize) -> Vec<u32> {
        (0..count).map(|_| view.pick().expect("a target").0).collect()
    }

    #[test]
    fn round_robin_takes_one_after_the_other() {
        assert_eq!(picks(&mut view(Algorithm::RoundRobin, 3), 7), [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn least_outstanding_requests_prefers_the_idle() {
        let mut view = view(Algorithm::LeastOutstandingRequests, 3);
        assert_eq!(picks(&mut view, 3), [0, 1, 2]);
        view.done(ServerSlot(1));
        assert_eq!(picks(&mut view, 1), [1]);
    }

    #[test]
    fn an_unhealthy_target_gets_nothing_until_it_is_the_only_kind_left() {
        let mut view = view(Algorithm::RoundRobin, 2);
        view.set_healthy(ServerSlot(0), false);
        assert_eq!(picks(&mut view, 3), [1, 1, 1]);
        view.set_healthy(ServerSlot(1), false);
        assert_eq!(picks(&mut view, 2).iter().sum::<u32>(), 1);
        assert!(!view.any_healthy());
    }

    #[test]
    fn traffic_is_shifted_away_from_a_target_unless_no_other_is_healthy() {
        let mut view = view(Algorithm::RoundRobin, 2);
        view.set_shifted(ServerSlot(0), true);
        assert_eq!(picks(&mut view, 3), [1, 1, 1]);
        view.set_healthy(ServerSlot(1), false);
        assert_eq!(picks(&mut view, 2).iter().sum::<u32>(), 1);
        assert!(!view.any_healthy());
        view.set_shifted(ServerSlot(0), false);
        assert_eq!(picks(&mut view, 2), [0, 0]);
    }

    #[test]
    fn without_cross_zone_the_targets_of_other_zones_are_out_of_reach() {
        let mut view = NodeView::new(Algorithm::RoundRobin, 0);
        view.register(ServerSlot(0), false, true);
        assert_eq!(view.pick(), None);
        view.register(ServerSlot(1), true, true);
        assert_eq!(picks(&mut view, 2), [1, 1]);
    }
}
