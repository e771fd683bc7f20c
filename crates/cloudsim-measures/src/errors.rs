//! What went wrong, counted by status, cause and zone.

use crate::document::ErrorGroup;
use cloudsim_records::{Cause, EntityId, Names, Outcome, RequestFinished};

/// Failed requests by what they have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Errors {
    /// Not a map: a run has a handful of groups, and a failed request costs a look at a few words.
    groups: Vec<(Key, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    code: u16,
    /// What stands for the code where there was no answer; [`Outcome::Ok`] where there was one.
    outcome: Outcome,
    cause: Cause,
    zone: Option<EntityId>,
}

impl Key {
    fn of(request: &RequestFinished) -> Self {
        let outcome = if request.code == 0 { request.outcome } else { Outcome::Ok };
        Self { code: request.code, outcome, cause: request.cause, zone: request.zone }
    }

    fn code(self) -> String {
        match self.outcome {
            Outcome::Ok => self.code.to_string(),
            Outcome::Error => "connect".to_owned(),
            Outcome::Timeout => "timeout".to_owned(),
            Outcome::Abandoned => "abandoned".to_owned(),
            Outcome::Unfinished => unreachable!("an unfinished request is not valid"),
        }
    }
}

impl Errors {
    pub(crate) fn observe(&mut self, request: &RequestFinished) {
        let key = Key::of(request);
        match self.groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += 1,
            None => self.groups.push((key, 1)),
        }
    }

    /// The groups, the most frequent first, then by code, cause and zone.
    pub(crate) fn measures(&self, names: &Names) -> Vec<ErrorGroup> {
        let mut groups: Vec<ErrorGroup> = self
            .groups
            .iter()
            .map(|(key, count)| ErrorGroup {
                code: key.code(),
                cause: key.cause,
                zone: key.zone.map(|zone| names.name(zone).to_owned()),
                count: *count,
            })
            .collect();
        groups.sort_by(|a, b| {
            b.count.cmp(&a.count).then_with(|| (&a.code, a.cause, &a.zone).cmp(&(&b.code, b.cause, &b.zone)))
        });
        groups
    }
}
