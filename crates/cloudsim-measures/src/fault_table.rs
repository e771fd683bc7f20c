//! Faults by services: how long each was away when one thing failed, and from how far back data was lost.

use crate::document::{ObjectiveMeasure, RunDocument};
use crate::{draw, words};

/// A run in which one thing failed.
#[derive(Clone, Copy, Debug)]
pub struct SingleFault<'a> {
    /// The fault, as `--fault` names it.
    pub name: &'a str,
    /// What was measured.
    pub document: &'a RunDocument,
}

/// So many columns of services and databases stand beside each other.
const COLUMNS: usize = 6;

/// What stands for nothing that anybody felt.
const NOTHING: &str = "·";

/// What is told of each fault: a service's time to recovery, or what was lost of a database or table.
#[derive(Clone, Copy, Debug)]
enum Column<'a> {
    Service(&'a str),
    Store(&'a str),
}

impl Column<'_> {
    fn objective<'a>(&self, document: &'a RunDocument) -> Option<&'a ObjectiveMeasure> {
        let (kind, name) = match self {
            Self::Service(name) => ("Rto", name),
            Self::Store(name) => ("Rpo", name),
        };
        document.objectives.iter().find(|of| of.kind == kind && of.subject == *name)
    }

    fn title(&self, document: &RunDocument) -> String {
        let (name, what) = match self {
            Self::Service(name) => (name, "RTO"),
            Self::Store(name) => (name, "RPO"),
        };
        let limit = self.objective(document).map(|of| format!(" {}", words::limit(of.target)));
        format!("{name} {what}{}", limit.unwrap_or_default())
    }

    /// What became of it, if anything did.
    fn felt(&self, document: &RunDocument) -> Option<String> {
        match self {
            Self::Service(name) => {
                let service = document.services.iter().find(|of| of.name == **name)?;
                let (_, longest) = service.longest_outage()?;
                Some(longest.rto().map_or("not restored".to_owned(), words::span))
            }
            Self::Store(name) => {
                let store = document.databases_and_tables().find(|of| of.name == **name)?;
                let lost = store.failovers.iter().filter(|of| of.commits_lost > 0);
                let rpo = lost.map(|of| words::span(of.rpo)).next_back();
                rpo.or_else(|| store.undecided.then(|| "not known".to_owned()))
            }
        }
    }

    fn cell(&self, document: &RunDocument) -> String {
        let felt = self.felt(document).unwrap_or_else(|| NOTHING.to_owned());
        match self.objective(document) {
            Some(objective) => format!("{} {felt}", words::mark(objective.verdict())),
            None => felt,
        }
    }
}

/// The single faults of one scenario as a plain table: faults that somebody felt, with each service that has an objective or
/// was away, and each database that has one or lost something; then how many others there are.
#[must_use]
pub fn fault_table(faults: &[SingleFault<'_>]) -> String {
    let Some(SingleFault { document: first, .. }) = faults.first() else { return String::new() };
    let is_told = |column: &Column<'_>| {
        column.objective(first).is_some() || faults.iter().any(|of| column.felt(of.document).is_some())
    };
    let services = first.services.iter().map(|of| Column::Service(&of.name));
    let all = services.chain(first.databases_and_tables().map(|of| Column::Store(&of.name)));
    let columns: Vec<Column<'_>> = all.filter(is_told).collect();
    let (felt, unfelt): (Vec<&SingleFault<'_>>, Vec<&SingleFault<'_>>) =
        faults.iter().partition(|of| columns.iter().any(|column| column.felt(of.document).is_some()));
    let mut lines = Vec::new();
    for some in columns.chunks(COLUMNS) {
        let head = std::iter::once("fault".to_owned()).chain(some.iter().map(|of| of.title(first)));
        let mut rows: Vec<Vec<String>> = vec![head.collect()];
        rows.extend(felt.iter().map(|of| {
            let cells = some.iter().map(|column| column.cell(of.document));
            std::iter::once(of.name.to_owned()).chain(cells).collect()
        }));
        lines.extend(draw::table(&rows, &[]));
        lines.push(String::new());
    }
    if !unfelt.is_empty() {
        let kind = |of: &SingleFault<'_>| of.name.split(':').next().unwrap_or_default().to_owned();
        let alike = unfelt.chunk_by(|one, other| kind(one) == kind(other)).map(|alike| match alike {
            [one] => one.name.to_owned(),
            several => format!("{} of {}", several.len(), kind(several[0])),
        });
        let names = alike.collect::<Vec<_>>().join(", ");
        lines.push(format!("nobody felt {}: {names}", words::several(unfelt.len(), "fault")));
    }
    lines.join("\n") + "\n"
}
