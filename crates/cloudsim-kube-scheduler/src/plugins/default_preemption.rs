//! Makes room by evicting less important pods. Points: post-filter.

use crate::cluster::NodeInfo;
use crate::framework::{
    Choice, ClusterEvent, Code, Cycle, CycleState, Diagnosis, Hint, Nominated, Plugin, PostFiltered, Status,
};
use crate::objects::{Pod, PodDisruptionBudget, Text};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// `DefaultPreemptionArgs`: how many candidates are enough to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultPreemptionArgs {
    /// A share of the nodes that might help, in percent.
    pub min_candidate_nodes_percentage: i32,
    /// But no fewer than this.
    pub min_candidate_nodes_absolute: i32,
}

impl Default for DefaultPreemptionArgs {
    fn default() -> DefaultPreemptionArgs {
        DefaultPreemptionArgs { min_candidate_nodes_percentage: 10, min_candidate_nodes_absolute: 100 }
    }
}

impl DefaultPreemptionArgs {
    fn enough(self, nodes: usize) -> usize {
        let whole = |number: i32| usize::try_from(number).unwrap_or(0);
        let share = nodes * whole(self.min_candidate_nodes_percentage) / 100;
        share.max(whole(self.min_candidate_nodes_absolute)).min(nodes)
    }
}

/// A node on which evicting some pods makes room.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The node.
    pub node: Text,
    /// The pods that must go: most important first.
    pub victims: Vec<Arc<Pod>>,
    /// How many of them a disruption budget does not allow to go.
    pub violations: usize,
}

/// What a candidate is chosen by, the most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Criterion {
    /// The fewest violated disruption budgets.
    Violations,
    /// The least important of the most important victims.
    HighestPriority,
    /// The least sum of the victims' priorities.
    PrioritySum,
    /// The fewest victims.
    Victims,
    /// The most important victims that have started last.
    Started,
}

impl Criterion {
    /// All of them, in order.
    pub const ALL: [Criterion; 5] = [
        Criterion::Violations,
        Criterion::HighestPriority,
        Criterion::PrioritySum,
        Criterion::Victims,
        Criterion::Started,
    ];
}

impl Candidate {
    /// What it costs by each criterion.
    fn cost(&self) -> [i128; Criterion::ALL.len()] {
        let priorities = || self.victims.iter().map(|pod| pod.priority);
        let highest = priorities().max().unwrap_or(i32::MIN);
        let of_highest = self.victims.iter().filter(|pod| pod.priority == highest);
        let earliest = of_highest.map(|pod| started(pod)).min().unwrap_or(i128::MAX);
        // Each victim adds 2^31, so that no priority makes it cheaper to evict one more.
        let sum = priorities().map(|priority| i128::from(priority) + i128::from(i32::MAX) + 1).sum();
        let count = |of: usize| of as i128;
        [count(self.violations), i128::from(highest), sum, count(self.victims.len()), -earliest]
    }
}

/// A pod that does not say when it started has just started.
fn started(pod: &Pod) -> i128 {
    pod.started.unwrap_or(i128::MAX)
}

/// More important first.
fn importance(pod: &Pod) -> (Reverse<i32>, i128) {
    (Reverse(pod.priority), started(pod))
}

/// What was tried to make room.
#[derive(Clone, Debug, Default)]
pub struct DryRun {
    /// The nodes on which it works, by name.
    pub candidates: Vec<Candidate>,
    /// The nodes on which it does not, and why.
    pub failures: BTreeMap<Text, Status>,
    /// How many more nodes were not tried because there were candidates enough.
    pub untried: usize,
}

impl DryRun {
    /// The candidates that cost least, by name: one, or several that are alike.
    #[must_use]
    pub fn best(&self) -> Vec<&Candidate> {
        let Some(least) = self.candidates.iter().map(Candidate::cost).min() else { return Vec::new() };
        self.candidates.iter().filter(|candidate| candidate.cost() == least).collect()
    }

    /// How many candidates are left after each criterion, up to the one that leaves no more than are chosen from.
    #[must_use]
    pub fn narrowed(&self) -> Vec<(Criterion, usize)> {
        let mut left: Vec<_> = self.candidates.iter().map(Candidate::cost).collect();
        let chosen = self.best().len();
        let mut narrowed = Vec::new();
        for (i, criterion) in Criterion::ALL.into_iter().enumerate() {
            if left.len() <= chosen {
                break;
            }
            let least = left.iter().map(|cost| cost[i]).min();
            left.retain(|cost| Some(cost[i]) == least);
            narrowed.push((criterion, left.len()));
        }
        narrowed
    }
}

/// The plugin.
pub(super) struct DefaultPreemption {
    args: DefaultPreemptionArgs,
}

impl DefaultPreemption {
    /// With its arguments.
    pub(super) fn new(args: DefaultPreemptionArgs) -> DefaultPreemption {
        DefaultPreemption { args }
    }

    /// Tries the nodes that a filter rejected and where evicting may help, from a drawn one on, until there are enough.
    fn dry_run(
        &self,
        cycle: &Cycle<'_>,
        state: &CycleState<'_>,
        diagnosis: &Diagnosis,
        choice: &mut Choice<'_>,
    ) -> DryRun {
        let helpful = diagnosis.nodes.iter().filter(|(_, status)| status.code == Code::Unschedulable);
        let nodes: Vec<&Text> = helpful.map(|(name, _)| name).collect();
        let mut tried = DryRun::default();
        if nodes.is_empty() {
            return tried;
        }
        let enough = self.args.enough(nodes.len());
        let first = choice.pick(nodes.len());
        let mut harmless = 0;
        for i in 0..nodes.len() {
            if harmless > 0 && tried.candidates.len() >= enough {
                tried.untried = nodes.len() - i;
                break;
            }
            let name = nodes[(first + i) % nodes.len()];
            let node = cycle.cluster.node(name).expect("a node that was looked at exists");
            match victims_on(cycle, state, node) {
                Ok(candidate) => {
                    harmless += usize::from(candidate.violations == 0);
                    tried.candidates.push(candidate);
                }
                Err(status) => {
                    tried.failures.insert(name.clone(), status);
                }
            }
        }
        tried.candidates.sort_by(|a, b| a.node.cmp(&b.node));
        tried
    }
}

impl Plugin for DefaultPreemption {
    /// It rejects no pod itself: those that do say when their pods are tried again.
    fn hint(&self, _: &Cycle<'_>, _: &ClusterEvent) -> Hint {
        Hint::Skip
    }

    fn post_filter(
        &self,
        cycle: &Cycle<'_>,
        state: &CycleState<'_>,
        diagnosis: &Diagnosis,
        choice: &mut Choice<'_>,
    ) -> Option<PostFiltered> {
        let rejected = |text: String| Err(Status::unschedulable(format!("preemption: {text}")));
        if let Some(why) = not_eligible(cycle, diagnosis) {
            return Some(PostFiltered { nominated: rejected(why.to_owned()), dry_run: None });
        }
        let tried = self.dry_run(cycle, state, diagnosis, choice);
        let best = tried.best();
        let nominated = if best.is_empty() {
            let failed = Diagnosis {
                nodes: tried.failures.clone(),
                absent: Some(Status::unresolvable("Preemption is not helpful for scheduling")),
                nodes_total: diagnosis.nodes_total,
                ..Diagnosis::default()
            };
            rejected(failed.message())
        } else {
            let chosen = best[choice.pick(best.len())];
            Ok(Nominated { node: chosen.node.clone(), victims: chosen.victims.clone() })
        };
        Some(PostFiltered { nominated, dry_run: Some(tried) })
    }
}

/// Why a pod may not evict others, if it may not.
fn not_eligible(cycle: &Cycle<'_>, diagnosis: &Diagnosis) -> Option<&'static str> {
    let pod = cycle.pod;
    if pod.never_preempts {
        return Some("not eligible due to preemptionPolicy=Never.");
    }
    // It has made room already, and waits for it.
    let nominated = pod.nominated_node.as_ref()?;
    let hopeless = |status: &Status| status.code == Code::UnschedulableAndUnresolvable;
    if diagnosis.nodes.get(nominated).or(diagnosis.absent.as_ref()).is_some_and(hopeless) {
        return None;
    }
    let node = cycle.cluster.node(nominated)?;
    let leaving = |other: &Arc<Pod>| other.preempted && other.priority < pod.priority;
    node.pods.iter().any(leaving).then_some("not eligible due to a terminating pod on the nominated node.")
}

/// The pods that must leave a node: all that are less important, and then as many as possible are let back, those whose
/// eviction a budget does not allow first.
fn victims_on(cycle: &Cycle<'_>, state: &CycleState<'_>, node: &NodeInfo) -> Result<Candidate, Status> {
    let mut state = state.copied();
    let mut without = node.clone();
    let less_important = node.pods.iter().filter(|other| other.priority < cycle.pod.priority);
    let mut removed: Vec<Arc<Pod>> = less_important.cloned().collect();
    if removed.is_empty() {
        return Err(Status::unresolvable("No preemption victims found for incoming pod"));
    }
    for victim in &removed {
        without.remove(&victim.key);
        state.remove_pod(victim, &without);
    }
    state.filter_with_nominated(cycle, &without)?;

    removed.sort_by_key(|pod| importance(pod));
    let (violating, harmless) = split_by_budgets(removed, &cycle.cluster.disruption_budgets);
    let mut let_back = |victims: Vec<Arc<Pod>>| -> Vec<Arc<Pod>> {
        let mut stay_out = Vec::new();
        for pod in victims {
            state.add_pod(&pod, &without);
            without.add(pod.clone());
            if state.filter_with_nominated(cycle, &without).is_err() {
                without.remove(&pod.key);
                state.remove_pod(&pod, &without);
                stay_out.push(pod);
            }
        }
        stay_out
    };
    let mut victims = let_back(violating);
    let violations = victims.len();
    victims.extend(let_back(harmless));
    victims.sort_by_key(|pod| importance(pod));
    Ok(Candidate { node: node.name().clone(), victims, violations })
}

/// Those whose eviction a budget does not allow, and the others; both keep their order. Every pod takes from its budgets.
fn split_by_budgets(pods: Vec<Arc<Pod>>, budgets: &[PodDisruptionBudget]) -> (Vec<Arc<Pod>>, Vec<Arc<Pod>>) {
    let mut left: Vec<i32> = budgets.iter().map(|budget| budget.disruptions_allowed).collect();
    pods.into_iter().partition(|pod| {
        let mut violates = false;
        if pod.labels.is_empty() {
            return false;
        }
        for (budget, left) in budgets.iter().zip(&mut left) {
            if budget.protects(pod) && !budget.disrupted.contains(&pod.key.name) {
                *left = left.saturating_sub(1);
                violates |= *left < 0;
            }
        }
        violates
    })
}
