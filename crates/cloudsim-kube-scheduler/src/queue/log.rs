//! What happened while pods were being tried.

use crate::framework::ClusterEvent;
use std::collections::VecDeque;

/// Something that may help pods.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// An event of the cluster.
    Event(ClusterEvent),
    /// The pod with this number is to be tried again whatever has rejected it.
    Activated(u64),
    /// Every pod is to be tried again whatever has rejected it.
    Flushed,
}

/// What happened since the first of the attempts that are still going on began.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// How many happenings were forgotten: the place of the first one that is kept.
    forgotten: u64,
    kept: VecDeque<Happening>,
}

impl Log {
    /// The place of what comes next.
    pub(super) fn end(&self) -> u64 {
        self.forgotten + self.kept.len() as u64
    }

    pub(super) fn push(&mut self, happening: Happening) {
        self.kept.push_back(happening);
    }

    /// What happened since a place.
    pub(super) fn since(&self, place: u64) -> impl Iterator<Item = &Happening> {
        let skip = usize::try_from(place.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        self.kept.iter().skip(skip)
    }

    /// Forgets what happened before a place.
    pub(super) fn forget_before(&mut self, place: u64) {
        while self.forgotten < place && self.kept.pop_front().is_some() {
            self.forgotten += 1;
        }
    }
}
