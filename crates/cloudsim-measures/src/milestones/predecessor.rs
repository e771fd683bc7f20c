//! What a milestone had to wait for.

use super::{LEADER, Milestone, Step};
use cloudsim_records::{EntityId, PodReason, RunbookStage};
use cloudsim_units::SimTime;

impl Milestone {
    /// The place of what the milestone at `place` had to wait for; only milestones after `started` count.
    pub(crate) fn predecessor(all: &[Self], place: usize, started: SimTime) -> Option<usize> {
        let begin = all.partition_point(|milestone| milestone.at <= started);
        Before { all, begin, place }.of(all[place].step)
    }
}

/// The milestones that may come before one.
#[derive(Clone, Copy)]
struct Before<'a> {
    all: &'a [Milestone],
    begin: usize,
    place: usize,
}

impl Before<'_> {
    fn earlier(self, fits: &dyn Fn(Step) -> bool) -> Option<usize> {
        (self.begin..self.place).rev().find(|at| fits(self.all[*at].step))
    }

    fn fault(self) -> Option<usize> {
        self.earlier(&|other| matches!(other, Step::FaultEnded { .. }))
    }

    /// What has failed to be launched, or the end of what kept it: what grew in vain may grow once there is capacity again.
    fn capacity(self) -> Option<usize> {
        let failed = self.earlier(&|other| matches!(other, Step::LaunchFailed { .. }));
        failed.max(failed.and_then(|_| self.fault()))
    }

    fn unknown(self, node: Option<EntityId>) -> Option<usize> {
        self.earlier(&|other| matches!(other, Step::NodeUnknown { node: of, .. } if Some(of) == node))
    }

    fn joined(self, node: Option<EntityId>) -> Option<usize> {
        self.earlier(&|other| matches!(other, Step::NodeReady { node: of, .. } if Some(of) == node))
    }

    fn of(self, step: Step) -> Option<usize> {
        match step {
            Step::FaultEnded { .. }
            | Step::Impaired { .. }
            | Step::Unhealthy { .. }
            | Step::Operated { .. }
            | Step::OverQuota { .. }
            | Step::Lacks { .. }
            | Step::Rescaled { .. } => None,
            Step::Rerouted { balancer, by, heals, .. } => {
                self.made(balancer).max(self.by_hand(by)).max(self.restored().filter(|_| heals))
            }
            Step::Created { stack, .. } => {
                let before = |other| matches!(other, Step::Created { stack: of, .. } if of == stack);
                self.acted_on(stack).max(self.earlier(&before))
            }
            Step::Runbook { runbook, stage, target } => self.on_the_way_of(runbook, stage, target),
            Step::QuotaRaised { region: of }
            | Step::ImageMade { image: of }
            | Step::SecretSet { secret: of, .. } => self.acted_on(of),
            Step::Asked { group, zone, .. } => self.earlier(&|other| match other {
                Step::QuotaRaised { region } => self.was_refused(group, region),
                Step::ImageMade { image: of } | Step::SecretSet { secret: of, .. } => self.lacked(group, of),
                Step::Runbook { stage: RunbookStage::Acted, target, .. } => {
                    target.is_some() && target == group
                }
                Step::Impaired { group: of } | Step::Unhealthy { group: of, .. } => {
                    of.is_some() && of == group
                }
                Step::GroupGrows { group: of } | Step::NodesClaimed { pool: of } => Some(of) == group,
                Step::Created { target, .. } => target.is_some() && target == group,
                // Where it is dark, or there is nothing to be had, nothing is launched.
                Step::FaultEnded { zone: of } => of.is_some() && of == zone,
                _ => false,
            }),
            Step::Launched { instance } => {
                self.asked_for(instance).max(self.set_for(instance)).or_else(|| self.fault())
            }
            Step::Started { instance, .. } => self
                .earlier(&|other| other == Step::Launched { instance })
                .max(self.set_for(instance))
                .or_else(|| self.fault()),
            Step::InService { target, .. } => self
                .earlier(&|other| match other {
                    Step::Started { instance, .. } => instance == target,
                    Step::PodServes { pod, .. } => pod == target,
                    _ => false,
                })
                .or_else(|| self.fault()),
            Step::Repaired { entity } => self.made(entity).or_else(|| self.fault()),
            Step::PortsFree | Step::Leads { .. } => self.fault(),
            Step::Dns { node, listed: false } => {
                self.earlier(&|other| matches!(other, Step::Unhealthy { node: of, .. } if of == node))
            }
            Step::Dns { node, listed: true } => self.earlier(&|other| match other {
                Step::Repaired { entity } => entity == node,
                Step::InService { node: of, .. } => of == node,
                _ => false,
            }),
            Step::Failover { database, .. } => {
                self.earlier(&|other| other.is_failover_of(database)).max(self.acted_on(database))
            }
            Step::Writer { database } => self
                .earlier(&|other| other.is_failover_of(database))
                .max(self.acted_on(database))
                .or_else(|| self.fault()),
            Step::Reconnected { database } => self.earlier(&|other| match other {
                Step::Failover { database: of, .. } | Step::Writer { database: of } => of == database,
                Step::SecretSet { database: of, .. } => of == Some(database),
                _ => false,
            }),
            of_kubernetes => self.of_kubernetes(of_kubernetes),
        }
    }

    /// What last brought back what a health check asks.
    fn restored(self) -> Option<usize> {
        let is_it = |at: &usize| {
            let of = &self.all[*at];
            let restores = of.is_own() && of.can_restore() && !matches!(of.step, Step::Rerouted { .. });
            restores || matches!(of.step, Step::Failover { is_needed: false, .. })
        };
        (self.begin..self.place).rev().find(is_it)
    }

    /// Whether a launch of a group was refused for the quota of a region.
    fn was_refused(self, group: Option<EntityId>, region: EntityId) -> bool {
        let refused = |other| matches!(other, Step::OverQuota { group: of, region: at } if Some(of) == group && at == region);
        self.earlier(&refused).is_some()
    }

    /// Whether instances of a group were not launched, or did not start, for want of something.
    fn lacked(self, group: Option<EntityId>, of: EntityId) -> bool {
        let lacks = |other| matches!(other, Step::Lacks { group: by, what } if by == group && what == of);
        self.earlier(&lacks).is_some()
    }

    fn asked_for(self, instance: EntityId) -> Option<usize> {
        self.earlier(&|other| matches!(other, Step::Asked { instance: of, .. } if of == instance))
    }

    /// When a secret was set without which others of an instance's group have not started.
    fn set_for(self, instance: EntityId) -> Option<usize> {
        let Step::Asked { group, .. } = self.all[self.asked_for(instance)?].step else { return None };
        self.earlier(&|other| matches!(other, Step::SecretSet { secret, .. } if self.lacked(group, secret)))
    }

    /// When something was made.
    fn made(self, target: EntityId) -> Option<usize> {
        self.earlier(&|other| matches!(other, Step::Created { target: of, .. } if of == Some(target)))
    }

    /// What people last did to something, unless it was refused.
    fn acted_on(self, of: EntityId) -> Option<usize> {
        (self.begin..self.place).rev().find(|at| match self.all[*at].step {
            Step::Runbook { runbook, stage: RunbookStage::Acted, target } => {
                target == Some(of) && !self.is_refused(*at, runbook)
            }
            _ => false,
        })
    }

    /// The same, or what an operator did of whom no runbook tells.
    fn by_hand(self, of: EntityId) -> Option<usize> {
        let operated = self.earlier(&|other| other == Step::Operated { target: of });
        let (acted, at) = (self.acted_on(of), |place: Option<usize>| place.map(|place| self.all[place].at));
        if at(acted) >= at(operated) { acted } else { operated }
    }

    /// Whether what a runbook did at a place came to nothing at once.
    fn is_refused(self, acted: usize, runbook: EntityId) -> bool {
        let mut at_once = self.all[acted + 1..].iter().take_while(|of| of.at == self.all[acted].at);
        at_once.any(|of| {
            matches!(of.step, Step::Runbook { runbook: by, stage: RunbookStage::Failed, .. } if by == runbook)
        })
    }

    /// What people had to wait for before they came so far with a runbook: the step before, and what that had to bring about.
    fn on_the_way_of(
        self,
        runbook: EntityId,
        stage: RunbookStage,
        target: Option<EntityId>,
    ) -> Option<usize> {
        let before =
            self.earlier(&|other| matches!(other, Step::Runbook { runbook: of, .. } if of == runbook));
        // Another runbook may have been done in between.
        let other = || {
            self.earlier(
                &|other| matches!(other, Step::Runbook { stage, .. } if stage == RunbookStage::Acted),
            )
        };
        let at = match stage {
            // A step that failed has called it.
            RunbookStage::Begun => {
                return self.earlier(&|other| {
                    matches!(other, Step::Runbook { runbook: of, stage: RunbookStage::Failed, .. } if Some(of) == target)
                });
            }
            RunbookStage::Acted => before.max(other().filter(|_| self.has_failed(runbook)))?,
            _ => before?,
        };
        let Step::Runbook { stage: RunbookStage::Acted, target: acted, .. } = self.all[at].step else {
            return Some(at);
        };
        if stage == RunbookStage::Failed {
            return Some(at);
        }
        let brought = (at + 1..self.place).rev().find(|later| {
            acted.is_some_and(|acted| self.all[*later].step.comes_of(acted)) && acted != target
        });
        brought.or(Some(at))
    }

    /// Whether the last that happened with a runbook is that a step failed, be it before what counts began.
    fn has_failed(self, runbook: EntityId) -> bool {
        let of_it =
            |at: &usize| matches!(self.all[*at].step, Step::Runbook { runbook: of, .. } if of == runbook);
        (0..self.place)
            .rev()
            .find(of_it)
            .is_some_and(|at| matches!(self.all[at].step, Step::Runbook { stage: RunbookStage::Failed, .. }))
    }

    /// The last pod of a workload that came to serve.
    fn served(self, workload: Option<EntityId>) -> Option<usize> {
        self.earlier(&|other| matches!(other, Step::PodServes { workload: of, .. } if Some(of) == workload))
    }

    /// The last election of a leader of a node's cluster.
    fn elected(self, node: Option<EntityId>) -> Option<usize> {
        let unknown = self.unknown(node)?;
        let Step::NodeUnknown { cluster, .. } = self.all[unknown].step else { return None };
        (self.begin..self.place).rev().find(|at| {
            let of = &self.all[*at];
            of.phase == LEADER && matches!(of.step, Step::Leads { cluster: of } if Some(of) == cluster)
        })
    }

    /// What told a pod to leave its node.
    fn told_to_leave(
        self,
        node: Option<EntityId>,
        workload: Option<EntityId>,
        reason: PodReason,
    ) -> Option<usize> {
        let operated = |on: Option<EntityId>| {
            self.earlier(&|other| matches!(other, Step::Operated { target } if Some(target) == on))
        };
        let tainted =
            || self.earlier(&|other| matches!(other, Step::NodeTainted { node: of } if Some(of) == node));
        match reason {
            PodReason::Drained => operated(node),
            PodReason::RolledOut => operated(workload),
            // Who leads anew counts tolerations anew.
            PodReason::TaintEviction => tainted().max(self.elected(node)).or_else(|| self.unknown(node)),
            _ => tainted().max(operated(node)).or_else(|| self.unknown(node)),
        }
    }

    fn of_kubernetes(self, step: Step) -> Option<usize> {
        match step {
            Step::NodeUnknown { cluster, .. } => {
                self.earlier(&|other| matches!(other, Step::Leads { cluster: of } if Some(of) == cluster))
            }
            Step::NodeTainted { node } => self.unknown(Some(node)),
            Step::PodLeaves { node, workload, reason } => self.told_to_leave(node, workload, reason),
            Step::PodMade { replaces: Some(old), workload, .. } => self
                .earlier(&|other| matches!(other, Step::PodGone { pod, .. } if pod == old))
                .max(self.served(workload)),
            Step::PodGone { workload, node, .. } => self.earlier(&|other| {
                matches!(other, Step::PodLeaves { workload: of, node: from, .. }
                    if of.is_some() && of == workload && from == node)
            }),
            Step::PodMade { workload, .. } => self.earlier(&|other| match other {
                Step::PodLeaves { workload: of, .. } | Step::PodGone { workload: of, .. } => {
                    of.is_some() && of == workload
                }
                // One by one, and in a rollout, the next waits until the last serves.
                Step::PodServes { workload: of, .. }
                | Step::Rescaled { workload: of }
                | Step::Operated { target: of } => Some(of) == workload,
                _ => false,
            }),
            Step::PodBound { pod, node } => {
                // What made room: the pod itself, or the node it was waiting for.
                let made = self.earlier(&|other| matches!(other, Step::PodMade { pod: of, .. } if of == pod));
                made.max(self.joined(node))
            }
            Step::PodReleased { pod } => {
                self.earlier(&|other| matches!(other, Step::PodBound { pod: of, .. } if of == pod))
            }
            Step::PullFailed { pod } => self.earlier(&|other| match other {
                Step::PodBound { .. }
                | Step::PodReleased { .. }
                | Step::PodMounted { .. }
                | Step::PodInitialised { .. } => other.pod() == Some(pod),
                _ => false,
            }),
            // A pod that came back with its host was bound long before.
            Step::PodMounted { pod, node }
            | Step::PodInitialised { pod, node }
            | Step::PodPulled { pod, node } => {
                let before = |other| match other {
                    Step::PodMounted { pod: of, .. } | Step::PullFailed { pod: of } => {
                        !matches!(step, Step::PodMounted { .. }) && of == pod
                    }
                    Step::PodInitialised { pod: of, .. } => {
                        matches!(step, Step::PodPulled { .. }) && of == pod
                    }
                    Step::PodBound { pod: of, .. } | Step::PodReleased { pod: of } => of == pod,
                    _ => false,
                };
                // One that is bound to a dead node waits for that.
                self.earlier(&before).max(self.joined(node)).or_else(|| self.fault())
            }
            Step::PodRuns { pod } => self
                .earlier(&|other| matches!(other, Step::PodPulled { pod: of, .. } if of == pod))
                .or_else(|| self.fault()),
            Step::PodServes { pod, .. } => {
                self.earlier(&|other| other == Step::PodRuns { pod }).or_else(|| self.fault())
            }
            Step::PodNotReady { node, .. } => self.unknown(node),
            Step::PodUnlisted { pod } => {
                self.earlier(&|other| matches!(other, Step::PodNotReady { pod: of, .. } if of == pod))
            }
            Step::PodForgotten { pod } => self.earlier(&|other| other == Step::PodUnlisted { pod }),
            Step::PodRouted { pod } => self
                .earlier(&|other| matches!(other, Step::PodServes { pod: of, .. } if of == pod))
                .or_else(|| self.fault()),
            Step::PodDeregistered { pod } => {
                self.earlier(&|other| matches!(other, Step::PodNotReady { pod: of, .. } if of == pod))
            }
            Step::GroupGrows { .. } => self
                .earlier(&|other| matches!(other, Step::PodMade { .. } | Step::AutoscalerResumed))
                .max(self.capacity()),
            Step::NodesClaimed { .. } => {
                self.earlier(&|other| matches!(other, Step::PodMade { .. })).max(self.capacity())
            }
            Step::AutoscalerResumed => self.earlier(&|other| matches!(other, Step::PodMade { .. })),
            Step::LaunchFailed { group } => self.earlier(&|other| match other {
                Step::GroupGrows { group: of } | Step::NodesClaimed { pool: of } => of == group,
                _ => false,
            }),
            Step::NodeReady { host, .. } => {
                self.earlier(&|other| other.starts(host)).or_else(|| self.fault())
            }
            _ => unreachable!("the other steps are above"),
        }
    }
}
