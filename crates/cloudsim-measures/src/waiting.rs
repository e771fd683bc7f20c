//! Pods that waited because they fitted nowhere: whose, for how long, and what was to blame.

use crate::measures::Change;
use cloudsim_records::{Blame, BlameKind, EntityId, EntityKind, Names, PodState, Record};
use cloudsim_units::{SimDuration, SimTime};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Pods of one workload that fitted nowhere for the same reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingMeasures {
    /// Whose they are: `namespace/kind/name`, or the pod itself if it is nobody's.
    pub workload: String,
    /// The pods, as `namespace/name`, in the order in which they began to wait.
    pub pods: Vec<String>,
    /// When the first began to wait.
    pub from: SimTime,
    /// When the last waited no more; `None` if some wait at the end.
    pub until: Option<SimTime>,
    /// How many wait at the end.
    pub pending: u64,
    /// The shortest that one of them waited.
    pub shortest: SimDuration,
    /// The longest that one of them waited.
    pub longest: SimDuration,
    /// What the scheduler said for the longest time.
    pub reason: String,
    /// What kept them from the nodes that were up meanwhile, the most telling first.
    pub blame: Vec<Blame>,
}

/// Why a pod waits, since when.
struct Span<'a> {
    since: SimTime,
    message: &'a str,
    blame: &'a [Blame],
}

/// A pod that waits, or waited.
struct Wait<'a> {
    pod: EntityId,
    from: SimTime,
    until: Option<SimTime>,
    now: Option<Span<'a>>,
    /// What held for the longest time so far, and how long.
    most: Option<(SimDuration, &'a str, &'a [Blame])>,
}

impl<'a> Wait<'a> {
    fn close(&mut self, at: SimTime) {
        let Some(span) = self.now.take() else { return };
        let took = at.since(span.since);
        if self.most.is_none_or(|(most, ..)| took >= most) {
            self.most = Some((took, span.message, span.blame));
        }
    }

    fn open(&mut self, since: SimTime, message: &'a str, blame: &'a [Blame]) {
        self.close(since);
        self.now = Some(Span { since, message, blame });
    }
}

/// Pods that wait for the same: their workload, and what is to blame.
type Alike<'a> = (String, Vec<(BlameKind, &'a str)>);

/// The pods that waited, those first whose wait was the longest.
pub(crate) fn waiting(names: &Names, changes: &[Change], reached: SimTime) -> Vec<WaitingMeasures> {
    let mut waits: Vec<Wait<'_>> = Vec::new();
    let mut of_pod: BTreeMap<EntityId, usize> = BTreeMap::new();
    for change in changes {
        match &change.record {
            Record::PodUnschedulable { pod, message, blame } => {
                let place = *of_pod.entry(*pod).or_insert_with(|| {
                    waits.push(Wait { pod: *pod, from: change.at, until: None, now: None, most: None });
                    waits.len() - 1
                });
                waits[place].open(change.at, message, blame);
            }
            Record::PodChanged { pod, state, .. } if *state != PodState::Pending => {
                if let Some(place) = of_pod.remove(pod) {
                    waits[place].close(change.at);
                    waits[place].until = Some(change.at);
                }
            }
            _ => {}
        }
    }
    let mut groups: BTreeMap<Alike<'_>, WaitingMeasures> = BTreeMap::new();
    for mut wait in waits {
        wait.close(reached);
        let Some((_, message, blame)) = wait.most else { continue };
        let took = wait.until.unwrap_or(reached).since(wait.from);
        let workload = owner(names, wait.pod);
        let things: Vec<(BlameKind, &str)> = blame.iter().map(|of| (of.kind, &*of.what)).collect();
        let group = groups.entry((workload.clone(), things)).or_insert_with(|| WaitingMeasures {
            workload,
            pods: Vec::new(),
            from: wait.from,
            until: Some(wait.from),
            pending: 0,
            shortest: took,
            longest: SimDuration::ZERO,
            reason: message.to_owned(),
            blame: blame.to_vec(),
        });
        group.pods.push(names.name(wait.pod).to_owned());
        group.from = group.from.min(wait.from);
        group.until = group.until.zip(wait.until).map(|(group, own)| group.max(own));
        group.pending += u64::from(wait.until.is_none());
        group.shortest = group.shortest.min(took);
        if took > group.longest {
            group.longest = took;
            message.clone_into(&mut group.reason);
            group.blame = blame.to_vec();
        }
    }
    let mut groups: Vec<WaitingMeasures> = groups.into_values().collect();
    groups.sort_by_key(|group| (Reverse(group.longest), Reverse(group.pods.len())));
    groups
}

/// Whose a pod is; the pod itself if it is nobody's.
/// Whose a pod is: its workload, or the pod itself.
pub(crate) fn owner(names: &Names, pod: EntityId) -> String {
    let parent = names.entity(pod).and_then(|pod| names.entity(pod.parent?));
    let workload = parent.filter(|parent| parent.kind == EntityKind::Workload);
    workload.map_or_else(|| names.name(pod), |workload| &workload.name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_records::{EntityInfo, PodReason};

    const WORKLOAD: EntityId = EntityId(0);

    fn names() -> Names {
        let mut names = Names::new();
        let mut add = |id: u32, kind, name: &str, parent| {
            let info = EntityInfo { id: EntityId(id), kind, name: name.into(), zone: None, parent };
            names.observe(&Record::EntityAdded(Box::new(info)));
        };
        add(0, EntityKind::Workload, "shop/statefulset/db", None);
        add(1, EntityKind::Pod, "shop/db-0", Some(WORKLOAD));
        add(2, EntityKind::Pod, "shop/db-1", Some(WORKLOAD));
        add(3, EntityKind::Pod, "shop/alone", None);
        names
    }

    fn rejected(at: u64, pod: u32, kind: BlameKind, what: &str) -> Change {
        let blame = vec![Blame { kind, what: what.into(), nodes: 2, alone: 1 }];
        let message = format!("no: {what}").into();
        Change {
            at: SimTime::from_secs(at),
            number: 0,
            record: Record::PodUnschedulable { pod: EntityId(pod), message, blame },
        }
    }

    fn changed(at: u64, pod: u32, state: PodState) -> Change {
        let record = Record::PodChanged { pod: EntityId(pod), node: None, state, reason: PodReason::None };
        Change { at: SimTime::from_secs(at), number: 0, record }
    }

    /// Workload, pods, until when, the longest wait, and why.
    type Told = (String, Vec<String>, Option<u64>, u64, String);

    fn told(changes: &[Change]) -> Vec<Told> {
        waiting(&names(), changes, SimTime::from_secs(100))
            .into_iter()
            .map(|of| {
                let until = of.until.map(|until| until.as_nanos() / 1_000_000_000);
                let longest = of.longest.as_nanos() / 1_000_000_000;
                (of.workload, of.pods, until, longest, of.blame[0].what.to_string())
            })
            .collect()
    }

    #[test]
    fn what_held_for_the_longest_time_is_to_blame() {
        let changes = [
            rejected(10, 1, BlameKind::Capacity, "cpu"),
            rejected(12, 1, BlameKind::Volume, "claim shop/data-db-0"),
            rejected(60, 1, BlameKind::Capacity, "memory"),
            changed(65, 1, PodState::Scheduled),
        ];
        let what = "claim shop/data-db-0".to_owned();
        assert_eq!(
            told(&changes),
            [("shop/statefulset/db".into(), vec!["shop/db-0".into()], Some(65), 55, what)]
        );
    }

    #[test]
    fn pods_of_a_workload_with_the_same_blame_are_told_together() {
        let changes = [
            rejected(10, 1, BlameKind::Capacity, "cpu"),
            rejected(20, 2, BlameKind::Capacity, "cpu"),
            rejected(30, 3, BlameKind::Capacity, "cpu"),
            changed(40, 1, PodState::Scheduled),
            changed(50, 3, PodState::Gone),
        ];
        let pods = vec!["shop/db-0".to_owned(), "shop/db-1".to_owned()];
        assert_eq!(
            told(&changes),
            [
                ("shop/statefulset/db".to_owned(), pods, None, 80, "cpu".to_owned()),
                ("shop/alone".to_owned(), vec!["shop/alone".to_owned()], Some(50), 20, "cpu".to_owned()),
            ]
        );
    }

    #[test]
    fn a_pod_that_is_only_pending_waits_for_nobody_knows_what() {
        assert_eq!(told(&[changed(10, 1, PodState::Pending)]), []);
    }
}
