//! Stateful sets: pods with numbers, one at a time if they say so.
//!
//! A pod that is to end keeps its number until it is gone: on a node that nobody hears of, for ever.

use crate::cluster::Cluster;
use crate::ids::{PodId, WorkloadId};
use crate::pods::Ending;
use crate::words::KubeContext;
use std::collections::BTreeMap;

impl Cluster {
    pub(crate) fn sync_stateful_set(&mut self, id: WorkloadId, ordered: bool, ctx: &mut impl KubeContext) {
        let workload = self.workloads.get(id);
        let by_number: BTreeMap<u32, PodId> = workload
            .pods
            .iter()
            .filter_map(|pod| Some((self.pods.get(*pod).owner?.ordinal?, *pod)))
            .collect();
        let (replicas, revision) = (workload.replicas, workload.revision());
        let name = workload.spec.workload.key.name.clone();
        for number in 0..replicas {
            match by_number.get(&number) {
                None => {
                    if !self.workloads.get(id).asked_ordinals.contains(&number) {
                        let of = (format!("{name}-{number}"), Some(number), None);
                        let new = self.new_pod(id, revision, of);
                        self.ask_for_pod(new, ctx);
                    }
                }
                Some(&pod) => {
                    let of = self.pods.get(pod);
                    if of.has_ended() && of.ending.is_none() {
                        self.ask_to_end(pod, Ending::ScaledDown, ctx);
                    } else if of.ending.is_none() && of.ready {
                        continue;
                    }
                }
            }
            // Before the run begins all of them have long been there.
            if ordered && self.begun {
                return;
            }
        }
        for (_, &pod) in by_number.range(replicas..).rev() {
            if self.pods.get(pod).ending.is_none() {
                self.ask_to_end(pod, Ending::ScaledDown, ctx);
            }
            if ordered {
                return;
            }
        }
        self.roll_stateful_set(revision, &by_number, ctx);
    }

    /// Moves pods to the present template, from the highest number down, one at a time.
    fn roll_stateful_set(
        &mut self,
        revision: u32,
        by_number: &BTreeMap<u32, PodId>,
        ctx: &mut impl KubeContext,
    ) {
        for &pod in by_number.values().rev() {
            let of = self.pods.get(pod);
            if of.owner.is_some_and(|owner| owner.revision < revision) {
                if of.ending.is_none() {
                    self.ask_to_end(pod, Ending::RolledOut, ctx);
                }
                return;
            }
            if !of.ready {
                return;
            }
        }
    }
}
