//! A workload as a service by itself: good while enough of its pods serve.
//!
//! Nobody asks it for anything here, so there are no requests to count: what is measured is time.

use crate::measures::Change;
use crate::outages::{Dip, Relapse, Restored};
use cloudsim_records::{Action, EntityId, PodReason, PodState, Record, WorkloadInfo};
use cloudsim_units::{SimDuration, SimTime};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// When a workload was down, and how much of the time it was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Uptime {
    pub(crate) dips: Vec<Dip>,
    /// Nanoseconds in which it was good.
    pub(crate) good: u64,
    /// Nanoseconds that were looked at.
    pub(crate) whole: u64,
}

/// How many pods of a workload served from an instant on, and how many should have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Serving {
    pub(crate) at: SimTime,
    pub(crate) pods: u32,
    pub(crate) wanted: u32,
    pub(crate) needed: u32,
    /// Whether a fault took the pod that serves no longer, if one does, as far as is known.
    pub(crate) by_fault: bool,
    /// The node that it was on, if it is known that one did.
    pub(crate) on: Option<EntityId>,
}

/// The same of all workloads, in order of time.
pub(crate) fn serving(changes: &[Change]) -> BTreeMap<EntityId, Vec<Serving>> {
    let mut all: BTreeMap<EntityId, Vec<Serving>> = BTreeMap::new();
    let mut last: BTreeMap<EntityId, (PodState, PodReason, Option<EntityId>)> = BTreeMap::new();
    let mut given_up = BTreeSet::new();
    for change in changes {
        match change.record {
            Record::WorkloadServes { workload, pod, serving, wanted, needed } => {
                let known = pod.and_then(|pod| last.get(&pod));
                let by_fault = known.is_none_or(|(state, reason, node)| {
                    // A person's taint may evict too.
                    let by_person =
                        *state == PodState::Terminating && node.is_some_and(|node| given_up.contains(&node));
                    is_taken_by_fault(*state, *reason) && !by_person
                });
                let on = known.and_then(|(.., node)| *node).filter(|_| by_fault);
                let of = Serving { at: change.at, pods: serving, wanted, needed, by_fault, on };
                all.entry(workload).or_default().push(of);
            }
            Record::PodChanged { pod, state, reason, node } => {
                last.insert(pod, (state, reason, node));
            }
            Record::Intervened(ref done) if done.action == Action::OutOfService && done.refusal.is_none() => {
                given_up.insert(done.target);
            }
            _ => {}
        }
    }
    all
}

fn is_taken_by_fault(state: PodState, reason: PodReason) -> bool {
    match state {
        PodState::Lost => true,
        PodState::NotReady => reason == PodReason::NodeNotReady,
        PodState::Terminating => matches!(reason, PodReason::TaintEviction | PodReason::NodeGone),
        _ => false,
    }
}

/// The most pods that a workload needed between two instants; `None` if nothing is known of it.
pub(crate) fn needed(serving: &[Serving], from: SimTime, to: SimTime) -> Option<u32> {
    let before = serving.iter().rev().find(|of| of.at <= from);
    let meanwhile = serving.iter().filter(|of| from < of.at && of.at <= to);
    before.into_iter().chain(meanwhile).map(|of| of.needed).max()
}

/// What the records say of a workload from `warm_up` to `reached`.
pub(crate) fn uptime(
    info: WorkloadInfo,
    serving: &[Serving],
    stable_for: SimDuration,
    (warm_up, reached): (SimTime, SimTime),
) -> Uptime {
    let mut uptime = Uptime { whole: reached.since(warm_up.min(reached)).as_nanos(), ..Uptime::default() };
    let mut current: Option<Dip> = None;
    // The state from `since` on.
    let warm_up = warm_up.min(reached);
    let (mut is_good, mut since) = (true, warm_up);
    let mut served = 0;
    let states = serving.iter().map(|of| {
        let good = of.pods >= if info.needs.is_some() { of.needed } else { of.wanted };
        (of.at, good, of.pods.cmp(&std::mem::replace(&mut served, of.pods)), (of.by_fault, of.on))
    });
    for (at, good, pods, (by_fault, on)) in states.chain([(reached, true, Ordering::Equal, (false, None))]) {
        let at = at.clamp(warm_up, reached);
        if is_good {
            uptime.good += at.since(since).as_nanos();
            // A good stretch that was long enough ends the dip.
            let stable = |dip: &mut Dip| dip.restored.is_some_and(|restored| at >= restored.at + stable_for);
            uptime.dips.extend(current.take_if(stable));
        }
        since = at;
        if good == is_good || at == reached {
            continue;
        }
        is_good = good;
        match (&mut current, good) {
            (None, false) => {
                current = Some(Dip {
                    from: at,
                    first_to: at.saturating_add(SimDuration::from_nanos(1)),
                    first_failed: at,
                    restored: None,
                    by_fault: by_fault && pods == Ordering::Less,
                    on,
                    relapses: Vec::new(),
                });
            }
            (Some(dip), false) => {
                dip.relapses.extend(dip.restored.take().map(|good| Relapse { good, until: at }));
            }
            (Some(dip), true) => {
                let last_bad = dip.relapses.last().map_or(dip.from, |relapse| relapse.until);
                dip.restored = Some(Restored { at, last_bad, by_demand: pods != Ordering::Greater });
            }
            (None, true) => {}
        }
    }
    uptime.dips.extend(current.map(|dip| Dip { restored: None, ..dip }));
    uptime
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_records::{Needs, NeedsBy};

    fn seconds(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    fn of(serving: &[(u64, u32)]) -> Uptime {
        let workload = EntityId(7);
        let changes: Vec<Change> = serving
            .iter()
            .map(|(at, serving)| Change {
                at: seconds(*at),
                number: 0,
                record: Record::WorkloadServes {
                    workload,
                    pod: None,
                    serving: *serving,
                    wanted: 4,
                    needed: 2,
                },
            })
            .collect();
        let info = WorkloadInfo { workload, needs: Some(Needs { pods: 2, by: NeedsBy::Half }) };
        uptime(
            info,
            &super::serving(&changes)[&workload],
            SimDuration::from_secs(30),
            (SimTime::ZERO, seconds(1000)),
        )
    }

    fn dips(uptime: &Uptime) -> Vec<(u64, Option<u64>)> {
        let whole = |at: SimTime| at.as_nanos() / 1_000_000_000;
        uptime.dips.iter().map(|dip| (whole(dip.from), dip.restored.map(|r| whole(r.at)))).collect()
    }

    #[test]
    fn it_is_down_while_fewer_serve_than_it_needs() {
        let uptime = of(&[(0, 4), (100, 2), (200, 1), (260, 2), (300, 4)]);
        assert_eq!(dips(&uptime), [(200, Some(260))]);
        assert_eq!(uptime.good, 940 * 1_000_000_000);
    }

    #[test]
    fn it_may_be_down_because_more_are_wanted() {
        let workload = EntityId(7);
        let serves =
            |at, pods, wanted| Serving { at: seconds(at), pods, wanted, needed: 0, by_fault: true, on: None };
        let info = WorkloadInfo { workload, needs: None };
        let span = (SimTime::ZERO, seconds(1000));
        let by_fault = |serving: &[Serving]| -> Vec<bool> {
            let uptime = uptime(info, serving, SimDuration::from_secs(30), span);
            uptime.dips.iter().map(|dip| dip.by_fault).collect()
        };
        let grows = [serves(0, 4, 4), serves(100, 4, 6), serves(160, 6, 6)];
        let fails = [serves(300, 5, 6), serves(360, 6, 6)];
        assert_eq!(by_fault(&grows), [false]);
        assert_eq!(by_fault(&[&grows[..], &fails].concat()), [false, true]);
    }

    #[test]
    fn it_may_be_good_again_because_fewer_are_wanted() {
        let workload = EntityId(7);
        let serves =
            |at, pods, wanted| Serving { at: seconds(at), pods, wanted, needed: 0, by_fault: true, on: None };
        let info = WorkloadInfo { workload, needs: None };
        let by_demand = |last| {
            let all = [serves(0, 4, 4), serves(100, 2, 4), last];
            let uptime = uptime(info, &all, SimDuration::from_secs(30), (SimTime::ZERO, seconds(1000)));
            uptime.dips[0].restored.expect("it is restored").by_demand
        };
        assert!(by_demand(serves(160, 2, 2)));
        assert!(!by_demand(serves(160, 4, 4)));
    }

    #[test]
    fn what_it_needed_in_an_outage_is_the_most_that_it_needed_meanwhile() {
        let serves =
            |at, needed| Serving { at: seconds(at), pods: 0, wanted: 9, needed, by_fault: true, on: None };
        let serving = [serves(0, 5), serves(100, 2), serves(200, 7), serves(300, 9)];
        let needed = |from, to| needed(&serving, seconds(from), seconds(to));
        assert_eq!(needed(120, 180), Some(2));
        assert_eq!(needed(120, 200), Some(7));
        assert_eq!(super::needed(&[], seconds(0), seconds(9)), None);
    }

    #[test]
    fn a_good_stretch_that_is_too_short_ends_no_outage() {
        let uptime = of(&[(0, 4), (200, 1), (260, 2), (280, 1), (300, 4)]);
        assert_eq!(dips(&uptime), [(200, Some(300))]);
        let [relapse] = uptime.dips[0].relapses[..] else { panic!("one: {:?}", uptime.dips) };
        assert_eq!((relapse.good.at, relapse.until), (seconds(260), seconds(280)));
    }

    #[test]
    fn what_is_good_too_shortly_before_the_end_is_not_restored() {
        assert_eq!(dips(&of(&[(0, 4), (200, 0), (980, 4)])), [(200, None)]);
        assert_eq!(dips(&of(&[(0, 4), (200, 0)])), [(200, None)]);
        assert_eq!(dips(&of(&[(0, 1)])), [(0, None)]);
    }
}
