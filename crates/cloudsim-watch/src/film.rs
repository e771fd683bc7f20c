//! A run that is over, made ready to be looked at.

use crate::sections::widest_rate;
use cloudsim_measures::RunDocument;
use cloudsim_units::{SimDuration, SimTime};

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Film {
    pub(crate) run: RunDocument,
    /// The instants in which something happened that is told, each once, in order.
    instants: Vec<SimTime>,
    /// The most columns that a rate of requests ever takes; `None` if there never is one.
    pub(crate) rate_columns: Option<usize>,
}

impl Film {
    /// Of a run that was measured. `printable` makes of a text one on one line that no terminal would obey.
    #[must_use]
    pub fn new(mut run: RunDocument, printable: fn(&str) -> String) -> Self {
        for text in texts(&mut run) {
            *text = printable(text);
        }
        let mut instants: Vec<SimTime> = run.timeline.iter().map(|entry| entry.at).collect();
        instants.retain(|at| *at <= run.reached);
        instants.dedup();
        let rate_columns = widest_rate(&run);
        Self { run, instants, rate_columns }
    }

    /// How far the run came.
    #[must_use]
    pub fn end(&self) -> SimTime {
        self.run.reached
    }

    pub(crate) fn duration(&self) -> SimDuration {
        self.end().since(SimTime::ZERO)
    }

    /// The first instant after another one in which something happened; the end, if nothing did any more.
    pub(crate) fn next_event(&self, at: SimTime) -> SimTime {
        let next = self.instants.partition_point(|event| *event <= at);
        self.instants.get(next).copied().unwrap_or(self.end())
    }

    /// The last instant before another one in which something happened; the start, if nothing had.
    pub(crate) fn previous_event(&self, at: SimTime) -> SimTime {
        let before = self.instants.partition_point(|event| *event < at);
        self.instants[..before].last().copied().unwrap_or(SimTime::ZERO)
    }

    /// When the first fault begins.
    pub(crate) fn first_fault(&self) -> Option<SimTime> {
        self.run.faults.iter().map(|fault| fault.started).min()
    }
}

/// All texts of a run that are shown.
fn texts(run: &mut RunDocument) -> Vec<&mut String> {
    let mut texts = vec![&mut run.scenario];
    for fault in &mut run.faults {
        texts.extend([&mut fault.name, &mut fault.kind, &mut fault.target]);
    }
    for entry in &mut run.timeline {
        texts.extend([&mut entry.subject, &mut entry.what, &mut entry.detail]);
    }
    texts.extend(run.services.iter_mut().map(|service| &mut service.name));
    texts.extend(run.databases.iter_mut().map(|database| &mut database.name));
    texts.extend(run.lanes.zones.iter_mut().map(|zone| &mut zone.zone));
    texts.extend(run.lanes.absences.iter_mut().map(|absence| &mut absence.name));
    for database in &mut run.lanes.databases {
        texts.push(&mut database.database);
        for instance in &mut database.instances {
            texts.push(&mut instance.name);
            texts.extend(&mut instance.zone);
        }
    }
    texts
}
