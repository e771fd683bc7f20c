//! Topology aware routing: which zone each endpoint of a service is for, in proportion to the processors of the zones.
//!
//! # Modelled, as the source of v1.34 has it
//! - A zone's share is that of the processors of its ready nodes, control planes aside. A ready node without a zone or
//!   processors, or less than two zones, and no service has hints.
//! - Of `n` endpoints a zone wants its share of them, and at least as many that none gets more than a fifth too much of the
//!   load: `ceil(share × n / 1.2)`. A service with fewer endpoints than zones, or whose zones want more than there are, has
//!   no hints.
//! - Each endpoint is for its own zone first; then zones with too many give to those with too few. Hints that stand are kept
//!   while the endpoints are the same and no zone has more than it may.
//! - A node that becomes ready or stops being so has services looked at that have too few endpoints for a zone then, and no
//!   others: a service that has lost its hints gets them back with its next change.
//!
//! # Left out
//! Services over more than one slice (a hundred endpoints each): all of one are in one.
//!
//! # Sources
//! <https://github.com/kubernetes/kubernetes/tree/v1.34.1/staging/src/k8s.io/endpointslice/topologycache>. Where the order of
//! a map decides there, it is the order of the zones' names here.

use crate::ids::PodId;
use crate::nodes::{Node, Ready};
use crate::objects::Text;
use cloudsim_kube_scheduler::ZONE;
use std::collections::BTreeMap;

/// Nodes with one of these labels are not counted.
///
/// Source: `hasExcludedLabels` in the source named above.
const CONTROL_PLANE: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// The least share of its endpoints that a zone needs: with fewer they have more than a fifth too much to do.
///
/// Source: `overloadThreshold` in the source named above.
const LEAST: f64 = 1.0 / (1.0 + 0.2);

/// The share that each zone has of all processors.
pub(crate) type Shares = BTreeMap<Text, f64>;

/// Endpoints by the zone that they are for.
pub(crate) type Hints = BTreeMap<Text, Vec<PodId>>;

/// The shares of the zones; `None` if they are not known of all nodes, or if there is no other zone.
pub(crate) fn shares<'a>(nodes: impl Iterator<Item = &'a Node>) -> Option<Shares> {
    let mut milli: BTreeMap<Text, i64> = BTreeMap::new();
    for node in nodes.filter(|node| node.ready == Ready::True) {
        let labels = &node.object.labels;
        if CONTROL_PLANE.iter().any(|label| labels.contains_key(*label)) {
            continue;
        }
        let processors = node.object.allocatable.milli_cpu;
        let zone = labels.get(ZONE).filter(|zone| !zone.is_empty() && processors > 0)?;
        *milli.entry(zone.clone()).or_default() += processors;
    }
    if milli.len() < 2 {
        return None;
    }
    let all: i64 = milli.values().sum();
    #[expect(clippy::cast_precision_loss, reason = "as Kubernetes divides")]
    Some(milli.into_iter().map(|(zone, own)| (zone, own as f64 / all as f64)).collect())
}

/// How many of the endpoints a zone is to get.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Allotted {
    most: usize,
    desired: f64,
}

/// What each zone is to get of so many endpoints; `None` if that cannot be without too much load on some.
fn allotted(shares: &Shares, endpoints: usize) -> Option<BTreeMap<&Text, Allotted>> {
    if shares.len() > endpoints {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "as Kubernetes multiplies")]
    let desired = |share: f64| share * endpoints as f64;
    let least: BTreeMap<&Text, usize> =
        shares.iter().map(|(zone, share)| (zone, ceiling(desired(*share) * LEAST))).collect();
    let spare = endpoints.checked_sub(least.values().sum())?;
    let of = |(zone, share): (_, &f64)| {
        let least = least[zone];
        #[expect(clippy::cast_precision_loss, reason = "few endpoints")]
        (zone, Allotted { most: least + spare, desired: desired(*share).max(least as f64) })
    };
    Some(shares.iter().map(of).collect())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few endpoints at most")]
fn ceiling(number: f64) -> usize {
    number.ceil() as usize
}

/// The zone that each endpoint is for, given the zone that it is in; nothing if there are no hints. `before` are hints for
/// the same endpoints.
pub(crate) fn hints(shares: Option<&Shares>, endpoints: &[(PodId, Text)], before: Option<&Hints>) -> Hints {
    let Some(allotted) = shares.and_then(|shares| allotted(shares, endpoints.len())) else {
        return Hints::new();
    };
    if let Some(before) = before.filter(|before| may_stay(before, &allotted)) {
        return before.clone();
    }
    let mut counts: BTreeMap<&Text, usize> = BTreeMap::new();
    for (_, zone) in endpoints {
        *counts.entry(zone).or_default() += 1;
    }
    let (mut giving, mut receiving) = exchanged(&allotted, &counts);
    let mut hints = Hints::new();
    for (pod, own) in endpoints {
        let gives = giving.get_mut(own).filter(|left| **left > 0);
        let receiver = receiving.iter_mut().find(|(_, wanted)| **wanted > 0);
        let zone = match (gives, receiver) {
            (Some(left), Some((receiver, wanted))) => {
                *left -= 1;
                *wanted -= 1;
                (*receiver).clone()
            }
            _ => own.clone(),
        };
        hints.entry(zone).or_default().push(*pod);
    }
    hints
}

/// Whether hints are for zones that are to get endpoints, and no more of them than they may.
fn may_stay(hints: &Hints, allotted: &BTreeMap<&Text, Allotted>) -> bool {
    let fits = |(zone, pods): (&Text, &Vec<PodId>)| {
        allotted.get(zone).is_some_and(|allotted| pods.len() <= allotted.most)
    };
    !hints.is_empty() && hints.iter().all(fits)
}

/// How many endpoints zones give to others, and get from others: one at a time from the zone that has most too many to the
/// one that lacks most, until neither is a whole one, or one of the two less than half of one.
fn exchanged<'a>(
    allotted: &BTreeMap<&'a Text, Allotted>,
    counts: &BTreeMap<&Text, usize>,
) -> (BTreeMap<&'a Text, usize>, BTreeMap<&'a Text, usize>) {
    let mut surplus: BTreeMap<&Text, f64> = BTreeMap::new();
    let mut lack: BTreeMap<&Text, f64> = BTreeMap::new();
    for (zone, allotted) in allotted {
        #[expect(clippy::cast_precision_loss, reason = "few endpoints")]
        let has = counts.get(zone).copied().unwrap_or_default() as f64;
        if has > allotted.desired {
            surplus.insert(zone, has - allotted.desired);
        } else if has < allotted.desired {
            lack.insert(zone, allotted.desired - has);
        }
    }
    let (mut giving, mut receiving) = (BTreeMap::new(), BTreeMap::new());
    while let (Some((giver, gives)), Some((receiver, gets))) = (most(&surplus), most(&lack)) {
        if gives < 1.0 && gets < 1.0 || gives < 0.5 || gets < 0.5 {
            break;
        }
        for (zone, numbers, left) in
            [(giver, &mut giving, &mut surplus), (receiver, &mut receiving, &mut lack)]
        {
            *numbers.entry(zone).or_default() += 1;
            left.insert(zone, left[zone] - 1.0);
        }
    }
    (giving, receiving)
}

/// The greatest number above nothing, and the first zone that has it.
fn most<'a>(numbers: &BTreeMap<&'a Text, f64>) -> Option<(&'a Text, f64)> {
    let mut most = None;
    for (&zone, &number) in numbers {
        if number > most.map_or(0.0, |(_, most)| most) {
            most = Some((zone, number));
        }
    }
    most
}

/// Whether a service with such hints has too few endpoints for a zone.
pub(crate) fn is_overloaded(hints: &Hints, shares: Option<&Shares>) -> bool {
    if hints.is_empty() {
        return false;
    }
    let Some(shares) = shares else { return true };
    let all: usize = hints.values().map(Vec::len).sum();
    #[expect(clippy::cast_precision_loss, reason = "few endpoints")]
    let least = |share: f64| ceiling(all as f64 * share * LEAST);
    shares.iter().any(|(zone, share)| hints.get(zone).is_none_or(|pods| pods.len() < least(*share)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thirds() -> Shares {
        ["a", "b", "c"].map(|zone| (zone.into(), 1.0 / 3.0)).into()
    }

    /// So many endpoints in zones a, b and c.
    fn endpoints(counts: [usize; 3]) -> Vec<(PodId, Text)> {
        let zones = ["a", "b", "c"].into_iter().zip(counts);
        let all = zones.flat_map(|(zone, count)| std::iter::repeat_n(zone, count));
        (0..).map(PodId).zip(all.map(Text::from)).collect()
    }

    /// How many endpoints are for zones a, b and c; nothing without hints.
    fn counts(shares: &Shares, of: [usize; 3]) -> Option<[usize; 3]> {
        let hints = hints(Some(shares), &endpoints(of), None);
        let of = |zone: &str| hints.get(zone).map_or(0, Vec::len);
        (!hints.is_empty()).then(|| ["a", "b", "c"].map(of))
    }

    #[test]
    fn even_zones_with_even_endpoints_keep_their_own() {
        assert_eq!(counts(&thirds(), [2, 2, 2]), Some([2, 2, 2]));
    }

    /// Three zones need three endpoints.
    #[test]
    fn fewer_endpoints_than_zones_have_no_hints() {
        assert_eq!(counts(&thirds(), [1, 1, 0]), None);
    }

    /// A third of 4 is 1.33, of which a zone needs ceil(1.33 / 1.2) = ceil(1.11) = 2: six of four.
    #[test]
    fn four_endpoints_for_three_even_zones_are_too_few() {
        assert_eq!(counts(&thirds(), [2, 1, 1]), None);
    }

    /// A third of 7 is 2.33, of which a zone needs ceil(1.94) = 2: six of seven, and 2.33 is desired. Zone a has 0.67 too many
    /// and each of the others a third too few: less than half of one, nothing moves.
    #[test]
    fn less_than_half_an_endpoint_does_not_move() {
        assert_eq!(counts(&thirds(), [3, 2, 2]), Some([3, 2, 2]));
    }

    /// Each desires 2. Zone a has two too many: one for each of the others.
    #[test]
    fn a_zone_with_too_many_gives_to_those_with_too_few() {
        assert_eq!(counts(&thirds(), [4, 1, 1]), Some([2, 2, 2]));
        assert_eq!(counts(&thirds(), [6, 0, 0]), Some([2, 2, 2]));
    }

    /// Of ten, five, three and two are desired: half, 30 % and 20 % of the processors.
    #[test]
    fn endpoints_follow_processors() {
        let shares: Shares = [("a".into(), 0.5), ("b".into(), 0.3), ("c".into(), 0.2)].into();
        assert_eq!(counts(&shares, [4, 3, 3]), Some([5, 3, 2]));
    }

    /// Of six, zone a desires 6 × 0.7 = 4.2, zone b 1.08 and zone c 0.72: they need ceil(3.5) = 4, ceil(0.9) = 1 and
    /// ceil(0.6) = 1, so that zone c desires 1. Zone a lacks 2.2, b has 0.92 and c one too many. One moves from c; then 1.2 are
    /// lacking and b has 0.92, of which one moves too.
    #[test]
    fn a_zone_is_given_what_it_needs_at_least() {
        let shares: Shares = [("a".into(), 0.7), ("b".into(), 0.18), ("c".into(), 0.12)].into();
        assert_eq!(counts(&shares, [2, 2, 2]), Some([4, 1, 1]));
    }

    #[test]
    fn no_endpoint_is_lost_and_none_is_for_two_zones() {
        for (a, b, c) in (0..6).flat_map(|a| (0..6).flat_map(move |b| (0..6).map(move |c| (a, b, c)))) {
            let all = endpoints([a, b, c]);
            let hints = hints(Some(&thirds()), &all, None);
            let mut pods: Vec<PodId> = hints.values().flatten().copied().collect();
            pods.sort_unstable();
            assert!(hints.is_empty() || pods == all.iter().map(|(pod, _)| *pod).collect::<Vec<_>>());
            assert!(!is_overloaded(&hints, Some(&thirds())), "{a} {b} {c}: {hints:?}");
        }
    }

    /// Six for three zones, two each. Of two zones each needs ceil(6 / 2 / 1.2) = 3 and may have 3, and zone c none.
    #[test]
    fn hints_stay_until_a_zone_has_gone() {
        let all = endpoints([2, 2, 2]);
        let before = hints(Some(&thirds()), &all, None);
        let halves: Shares = [("a".into(), 0.5), ("b".into(), 0.5)].into();
        assert!(is_overloaded(&before, Some(&halves)) && is_overloaded(&before, None));
        let after = hints(Some(&halves), &all, Some(&before));
        let counts: Vec<usize> = after.values().map(Vec::len).collect();
        // Those in zone c are for it still: a zone without a share gives nothing.
        assert_eq!((counts.as_slice(), after.keys().count()), (&[2, 2, 2][..], 3));
        assert_eq!(hints(Some(&thirds()), &all, Some(&before)), before);
    }
}
