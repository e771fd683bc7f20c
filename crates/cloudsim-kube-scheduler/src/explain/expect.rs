//! The decision of a case, as JSON.

use super::{Case, Untried};
use crate::cluster::NodeInfo;
use crate::cycle::{Filtered, PluginScores, best, totals};
use crate::framework::{Choice, Code, Cycle, Nominated, Objection, Status};
use crate::objects::{PodKey, Text};
use crate::plugins::{DryRun, PluginName};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The longest message of an event, in bytes.
///
/// Source: Kubernetes v1.34 event validation, `noteLengthLimit`
/// (<https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>).
const EVENT_MAX: usize = 1024;

/// Everything that was found for a case.
pub struct Expect<'c> {
    case: &'c Case,
    filtered: Filtered<'c>,
    scores: Vec<PluginScores>,
    totals: Vec<i64>,
    post_filter: Option<(Result<Nominated, Status>, Option<DryRun>)>,
}

/// A node that cannot take the pod.
pub struct Rejected<'e> {
    /// The node.
    pub node: &'e NodeInfo,
    /// The answer that counts: that of the first plugin that rejects it.
    pub status: &'e Status,
    /// Every plugin that rejects it, and what it comes from; empty if a pre-filter rejected the pod as a whole.
    pub objections: Vec<Objection>,
    /// The pods that wait for room there and take what the pod would need; empty if they are not to blame.
    pub waiting: Vec<PodKey>,
}

/// What was done to make room for a pod that fits nowhere.
pub struct Preemption<'e> {
    /// The node on which there will be room, or why there is none.
    ///
    /// # Errors
    /// Why there is none.
    pub nominated: &'e Result<Nominated, Status>,
    /// What was tried; `None` if nothing was.
    pub tried: Option<&'e DryRun>,
}

impl Case {
    /// Decides it.
    #[must_use]
    pub fn decide(&self) -> Expect<'_> {
        let filtered = self.profile.filter_nominated_first(&self.cluster, &self.pod, self.search);
        let scores = self.profile.score(&self.cluster, &self.pod, &filtered.feasible);
        let totals = totals(filtered.feasible.len(), &scores);
        // A pod that is told its node is never queued, so that nothing makes room for it.
        // Without a node, or without anybody who could make room, nobody is asked to.
        let asks_for_room = filtered.feasible.is_empty()
            && self.pod.node_name.is_none()
            && !self.cluster.is_empty()
            && self.profile.makes_room();
        let post_filter = asks_for_room
            .then(|| self.profile.post_filter(&self.cluster, &self.pod, &filtered, &mut Choice::FirstByName));
        Expect { case: self, filtered, scores, totals, post_filter }
    }
}

impl Expect<'_> {
    /// The nodes with the highest total, by name; empty if no node is feasible.
    #[must_use]
    pub fn best(&self) -> Vec<&Text> {
        best(&self.filtered.feasible, &self.scores).into_iter().map(NodeInfo::name).collect()
    }

    /// The nodes that can take the pod, in the order in which they were looked at.
    #[must_use]
    pub fn feasible(&self) -> &[&NodeInfo] {
        &self.filtered.feasible
    }

    /// The scores of each plugin that has any, for each feasible node.
    #[must_use]
    pub fn scores(&self) -> &[PluginScores] {
        &self.scores
    }

    /// The sum of the weighted scores of each feasible node.
    #[must_use]
    pub fn totals(&self) -> &[i64] {
        &self.totals
    }

    /// What rejected the pod before any node was looked at.
    #[must_use]
    pub fn pre_filter(&self) -> Option<&Status> {
        self.filtered.diagnosis.pre_filter.as_ref()
    }

    /// How many nodes were not looked at: enough others can take the pod, or the one that is kept for it can.
    #[must_use]
    pub fn not_looked_at(&self) -> usize {
        let known = self.filtered.feasible.len() + self.rejected().count();
        self.case.cluster.len().saturating_sub(known)
    }

    /// The nodes that cannot take the pod, in the cluster's order; those that were not looked at are not among them.
    pub fn rejected(&self) -> impl Iterator<Item = Rejected<'_>> {
        let Case { profile, cluster, pod, .. } = self.case;
        let cycle = Cycle { cluster, pod, version: profile.version() };
        let feasible: BTreeSet<&Text> = self.filtered.feasible.iter().map(|node| node.name()).collect();
        let diagnosis = &self.filtered.diagnosis;
        let rejected = cluster.nodes().iter().filter(move |node| !feasible.contains(node.name()));
        rejected.filter_map(move |node| {
            let status = diagnosis.nodes.get(node.name()).or(diagnosis.absent.as_ref());
            let status = status.or(diagnosis.pre_filter.as_ref())?;
            let (objections, waiting) = self.filtered.state.objections(&cycle, node);
            Some(Rejected { node, status, objections, waiting })
        })
    }

    /// Whether the pod goes to the node that its status nominates: that comes first, and no other is looked at then.
    #[must_use]
    pub fn takes_nominated(&self) -> bool {
        self.filtered.looked_at == 0 && !self.filtered.feasible.is_empty()
    }

    /// What was done to make room, if no node is feasible.
    #[must_use]
    pub fn preemption(&self) -> Option<Preemption<'_>> {
        let (nominated, tried) = self.post_filter.as_ref()?;
        Some(Preemption { nominated, tried: tried.as_ref() })
    }

    /// The message of the `FailedScheduling` event; `None` if a node is feasible.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let diagnosis = &self.filtered.diagnosis;
        self.filtered.feasible.is_empty().then(|| match &self.post_filter {
            Some((nominated, _)) => cut(diagnosis.message_after(nominated)),
            None => diagnosis.message(),
        })
    }

    /// The answer to the line of the case, as one JSON object: its `id`, the decision as `expect`, and before it as
    /// `preEnqueue` what keeps the pod out of the queue, if anything does.
    #[must_use]
    pub fn answer(&self) -> Value {
        let mut answer = Map::new();
        answer.insert("id".into(), self.case.id.clone());
        if let Some(Untried::Kept(status)) = &self.case.untried {
            answer.insert("preEnqueue".into(), status_json(status));
        }
        answer.insert("expect".into(), self.to_json());
        Value::Object(answer)
    }

    /// The decision as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut expect = Map::new();
        let diagnosis = &self.filtered.diagnosis;
        expect.insert("feasible".into(), self.filtered.feasible.len().into());
        if let Some(status) = &diagnosis.pre_filter {
            expect.insert("preFilter".into(), status_json(status));
        }
        expect.insert("nodes".into(), self.nodes());
        if self.filtered.feasible.is_empty() {
            expect.insert("fitError".into(), diagnosis.message().into());
        } else {
            let of_each = |of: fn(&PluginScores) -> Value| Value::Array(self.scores.iter().map(of).collect());
            expect.insert("scorePlugins".into(), of_each(|score| score.plugin.as_str().into()));
            expect.insert("weights".into(), of_each(|score| score.weight.into()));
            expect.insert("best".into(), self.best().into_iter().map(|name| Value::from(&**name)).collect());
        }
        if let Some((nominated, tried)) = &self.post_filter {
            expect.insert("eventMessage".into(), cut(diagnosis.message_after(nominated)).into());
            expect.insert("preemption".into(), preemption(nominated, tried.as_ref()));
        }
        Value::Object(expect)
    }

    fn nodes(&self) -> Value {
        let diagnosis = &self.filtered.diagnosis;
        if diagnosis.pre_filter.is_some() {
            return json!({});
        }
        let case = self.case;
        let feasible: BTreeMap<&Text, usize> =
            self.filtered.feasible.iter().enumerate().map(|(i, node)| (node.name(), i)).collect();
        let mut nodes = Map::new();
        for node in case.cluster.nodes() {
            let verdict = if let Some(&i) = feasible.get(node.name()) {
                self.scored(i)
            } else if let Some(status) = diagnosis.nodes.get(node.name()) {
                let mut verdict = rejected(status);
                let all = self.filtered.state.all_rejecting(node);
                if all.len() > 1 {
                    let names: Vec<&str> = all.into_iter().map(PluginName::as_str).collect();
                    verdict.insert("allRejecting".into(), names.into());
                }
                verdict
            } else if let Some(status) = &diagnosis.absent {
                let mut verdict = rejected(status);
                verdict.insert("absent".into(), true.into());
                verdict
            } else {
                continue;
            };
            nodes.insert(node.name().to_string(), Value::Object(verdict));
        }
        Value::Object(nodes)
    }

    fn scored(&self, i: usize) -> Map<String, Value> {
        let of_each =
            |of: &dyn Fn(&PluginScores) -> i64| Value::from(self.scores.iter().map(of).collect::<Vec<_>>());
        let mut verdict = Map::new();
        verdict.insert("ok".into(), true.into());
        verdict.insert("raw".into(), of_each(&|score| score.raw[i]));
        verdict.insert("norm".into(), of_each(&|score| score.normalized[i]));
        verdict.insert("weighted".into(), of_each(&|score| score.normalized[i] * score.weight));
        verdict.insert("total".into(), self.totals[i].into());
        verdict
    }
}

fn rejected(status: &Status) -> Map<String, Value> {
    let Value::Object(mut verdict) = status_json(status) else { unreachable!("a status is an object") };
    verdict.shift_insert(0, "ok".into(), false.into());
    verdict
}

fn status_json(status: &Status) -> Value {
    let mut object = Map::new();
    if let Some(plugin) = status.plugin {
        object.insert("plugin".into(), plugin.as_str().into());
    }
    object.insert("code".into(), status.code.as_str().into());
    object.insert("reasons".into(), status.reasons.iter().map(|reason| Value::from(&**reason)).collect());
    Value::Object(object)
}

fn preemption(nominated: &Result<Nominated, Status>, tried: Option<&DryRun>) -> Value {
    let mut object = Map::new();
    match nominated {
        Ok(_) => object.insert("code".into(), Code::Success.as_str().into()),
        Err(status) => {
            object.insert("code".into(), status.code.as_str().into());
            object.insert("message".into(), status.message().into())
        }
    };
    let Some(tried) = tried else { return Value::Object(object) };
    if !tried.candidates.is_empty() {
        let candidates = tried.candidates.iter().map(|candidate| {
            let victims: Vec<String> = candidate.victims.iter().map(|pod| pod.key.to_string()).collect();
            let mut object = Map::new();
            object.insert("node".into(), (*candidate.node).into());
            object.insert("victims".into(), victims.into());
            if candidate.violations > 0 {
                object.insert("pdbViolations".into(), candidate.violations.into());
            }
            Value::Object(object)
        });
        object.insert("candidates".into(), candidates.collect());
        let best = tried.best();
        object
            .insert("nominated".into(), best.iter().map(|candidate| Value::from(&*candidate.node)).collect());
    }
    if !tried.failures.is_empty() {
        let failures = tried.failures.iter().map(|(node, status)| (node.to_string(), status_json(status)));
        object.insert("dryRunFailures".into(), Value::Object(failures.collect()));
    }
    Value::Object(object)
}

/// As much of a message as an event takes.
fn cut(message: String) -> String {
    const REST: &str = " ...";
    if message.len() <= EVENT_MAX {
        return message;
    }
    let mut end = EVENT_MAX - REST.len();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{REST}", &message[..end])
}
