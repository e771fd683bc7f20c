//! Which record ended a phase of an outage, in words.

use crate::json_schema::{closed, count, text};
use crate::measures::Change;
use crate::tally::{Ended, Tally};
use crate::timeline;
use crate::words;
use cloudsim_records::{EntityId, FaultInfo, Names, NodeTaint, PodReason, PodState, Record, RunStarted};
use cloudsim_units::SimTime;
use serde_json::{Value, json};

/// The record that ended a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its number among all records of the run.
    pub record: u64,
    /// When it was made.
    pub at: SimTime,
    /// Its kind: `TargetHealthChanged`.
    pub kind: &'static str,
    /// To what it happened.
    pub subject: String,
    /// What happened.
    pub what: String,
    /// More of it; may be empty.
    pub detail: String,
}

impl Evidence {
    /// As it stands in documents.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "record": self.record,
            "kind": self.kind,
            "subject": self.subject,
            "what": self.what,
            "detail": self.detail,
        })
    }

    /// The JSON Schema of that.
    #[must_use]
    pub fn schema() -> Value {
        closed(&[
            ("record", count(), "Its number among the records of the run."),
            ("kind", text(), "Its kind."),
            ("subject", text(), "To what it happened."),
            ("what", text(), "What happened."),
            ("detail", text(), "More of it; may be empty."),
        ])
    }
}

/// Where evidence is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Witnesses<'a> {
    pub(crate) run: &'a RunStarted,
    pub(crate) names: &'a Names,
    pub(crate) changes: &'a [Change],
    pub(crate) tally: &'a Tally,
}

impl Witnesses<'_> {
    /// What happened at `at`: the record of that number, or else the last of that instant, a request before anything else.
    pub(crate) fn of(&self, number: Option<u64>, at: SimTime) -> Option<Evidence> {
        if let Some(number) = number {
            let place = self.changes.binary_search_by_key(&number, |change| change.number).ok()?;
            return Some(self.change(&self.changes[place]));
        }
        if let Some(ended) = self.tally.ended_at(at) {
            return Some(self.request(&ended));
        }
        let end = self.changes.partition_point(|change| change.at <= at);
        let last = self.changes[..end].last().filter(|change| change.at == at)?;
        Some(self.change(last))
    }

    fn request(&self, ended: &Ended) -> Evidence {
        let what = if ended.failed { "fails" } else { "is answered" };
        let cause =
            if ended.failed { format!(": {}", words::apart(ended.cause.word())) } else { String::new() };
        Evidence {
            record: ended.number,
            at: ended.at,
            kind: "RequestFinished",
            subject: format!("request {}", ended.request),
            what: what.to_owned(),
            detail: format!("of class {}{cause}", self.names.class(ended.class)),
        }
    }

    fn change(&self, change: &Change) -> Evidence {
        let (subject, what, detail) = self.told(change);
        Evidence { record: change.number, at: change.at, kind: change.record.kind(), subject, what, detail }
    }

    /// A record in plain words: subject, what happened to it, and more of that.
    fn told(&self, change: &Change) -> (String, String, String) {
        if let Some(entry) = timeline::told(self.names, change) {
            return (entry.subject, entry.what, entry.detail);
        }
        let name = |id: EntityId| self.names.name(id).to_owned();
        let of_fault = |fault: u32, what: &str| {
            let FaultInfo { name, kind, target, .. } = &self.run.faults[fault as usize];
            (name.clone(), what.to_owned(), format!("{kind} of {target}"))
        };
        match &change.record {
            Record::FaultStarted { fault } => of_fault(*fault, "fault starts"),
            Record::FaultEnded { fault } => of_fault(*fault, "fault ends"),
            Record::NodeChanged { node, state } => {
                (name(*node), format!("is {}", words::apart(state.word())), String::new())
            }
            Record::NodeTainted { node, taint, present } => {
                let taint = match taint {
                    NodeTaint::NotReady => "not-ready",
                    NodeTaint::Unreachable => "unreachable",
                };
                let what = if *present { "is given up" } else { "is taken back" };
                (name(*node), what.to_owned(), format!("taint {taint}"))
            }
            Record::PodChanged { pod, node, state, reason } => {
                let on = node.map(|node| format!("on {}", self.names.name(node)));
                let why = (*reason != PodReason::None).then(|| words::apart(reason.word()));
                let detail: Vec<String> = on.into_iter().chain(why).collect();
                (name(*pod), pod_is(*state).to_owned(), detail.join(": "))
            }
            Record::WorkloadServes { workload, pod, serving, wanted, .. } => {
                let by = pod.map_or_else(String::new, |pod| format!(", by {}", self.names.name(pod)));
                (
                    name(*workload),
                    format!("{serving} of {wanted} pods serve"),
                    by.trim_start_matches(", ").to_owned(),
                )
            }
            Record::EndpointChanged { service, pod, state } => (
                name(*pod),
                format!("is {}", words::apart(state.word())),
                format!("as endpoint of {}", self.names.name(*service)),
            ),
            Record::ControlPlaneChanged { cluster, answers } => {
                let what = if *answers { "API answers again" } else { "API falls silent" };
                (name(*cluster), what.to_owned(), String::new())
            }
            Record::LeaderElected { cluster, component } => {
                (name(*cluster), "a leader is elected".to_owned(), words::apart(component.word()))
            }
            Record::TargetRegistered { group, target } => {
                (name(*target), "is registered".to_owned(), format!("target of {}", self.names.name(*group)))
            }
            Record::TargetDeregistered { group, target } => (
                name(*target),
                "is deregistered".to_owned(),
                format!("target of {}", self.names.name(*group)),
            ),
            record => (words::apart(record.kind()), "happened".to_owned(), String::new()),
        }
    }
}

fn pod_is(state: PodState) -> &'static str {
    match state {
        PodState::Pending => "is made",
        PodState::Scheduled => "is bound",
        PodState::Pulled => "has its images",
        PodState::Running => "runs",
        PodState::Ready => "is ready",
        PodState::NotReady => "is not ready",
        PodState::Terminating => "is told to end",
        PodState::Gone => "is gone",
        PodState::Failed => "has failed",
        PodState::Succeeded => "has ended",
        PodState::Lost => "died with its node",
        PodState::Released => "can have its volume",
        PodState::Mounted => "has its volumes",
        PodState::Initialised => "has its init containers behind it",
    }
}
