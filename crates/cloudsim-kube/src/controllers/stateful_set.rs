//! Stateful sets: pods with numbers, one at a time if they say so.
//!
//! A pod that is to end keeps its number until it is gone: on a node that nobody hears of, for ever.
//!
//! # Modelled
//! `OrderedReady` and `Parallel`, `ordinals.start`, `minReadySeconds`, rolling updates with a `partition`, and `OnDelete`.
//!
//! # Left out
//! `maxUnavailable` of updates, which is off by default; which claims outlive their pods.
//!
//! # Sources
//! <https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/statefulset/stateful_set_control.go>

use crate::cluster::Cluster;
use crate::ids::{PodId, WorkloadId};
use crate::objects::{Kind, StatefulUpdate};
use crate::pods::Ending;
use crate::words::KubeContext;
use std::collections::BTreeMap;

impl Cluster {
    pub(crate) fn sync_stateful_set(&mut self, id: WorkloadId, ctx: &mut impl KubeContext) {
        let workload = self.workloads.get(id);
        let of = &workload.spec.workload;
        let Kind::StatefulSet { ordered, start, update, .. } = of.kind else { return };
        let (name, min_ready) = (of.key.name.clone(), of.min_ready);
        let by_number: BTreeMap<u32, PodId> = workload
            .pods
            .iter()
            .filter_map(|pod| Some((self.pods.get(*pod).owner?.ordinal?, *pod)))
            .collect();
        let (end, newest) = (start.saturating_add(workload.replicas), workload.revision());
        for number in start..end {
            match by_number.get(&number) {
                None => {
                    if !self.workloads.get(id).asked_ordinals.contains(&number) {
                        let is_kept = |partition: u32| number < start.saturating_add(partition);
                        let keeps =
                            matches!(update, StatefulUpdate::Rolling { partition } if is_kept(partition));
                        let of = (format!("{name}-{number}"), Some(number), None);
                        let new = self.new_pod(id, if keeps { 0 } else { newest }, of);
                        self.ask_for_pod(new, ctx);
                    }
                }
                Some(&pod) => {
                    let of = self.pods.get(pod);
                    if of.has_ended() && of.ending.is_none() {
                        self.ask_to_end(pod, Ending::ScaledDown, ctx);
                    } else if of.ending.is_none() && of.is_available(min_ready, ctx.now()) {
                        continue;
                    }
                }
            }
            if ordered {
                return;
            }
        }
        for (_, &pod) in by_number.range(end..).chain(by_number.range(..start)).rev() {
            if self.pods.get(pod).ending.is_none() {
                self.ask_to_end(pod, Ending::ScaledDown, ctx);
            }
            if ordered {
                return;
            }
        }
        if let StatefulUpdate::Rolling { partition } = update {
            let first = start.saturating_add(partition);
            let rolled: Vec<_> = (first..end).rev().map(|number| by_number.get(&number).copied()).collect();
            self.roll_stateful_set(id, &rolled, ctx);
        }
    }

    /// Moves pods to the present template, in this order, one at a time: one that is not there yet is waited for.
    fn roll_stateful_set(&mut self, id: WorkloadId, pods: &[Option<PodId>], ctx: &mut impl KubeContext) {
        let workload = self.workloads.get(id);
        let (newest, min_ready) = (workload.revision(), workload.spec.workload.min_ready);
        for pod in pods {
            let &Some(pod) = pod else { return };
            let of = self.pods.get(pod);
            if of.owner.is_some_and(|owner| owner.revision < newest) {
                if of.ending.is_none() {
                    self.ask_to_end(pod, Ending::RolledOut, ctx);
                }
                return;
            }
            if !of.is_available(min_ready, ctx.now()) {
                return;
            }
        }
    }
}
