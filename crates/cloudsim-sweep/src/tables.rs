//! Runs as rows of tables, for programs that ask questions of their own: which tables there are, what their columns mean, and
//! what a run says in them.
//!
//! Numbers are exact. What is not there is null, and so is what has no end within the run.

mod columns;

use crate::row::Outcome;
use crate::sweep::Factor;
use cloudsim_measures::{Outage, Quantity, RunDocument, ServiceMeasures, recovery_word};
use cloudsim_records::Decimal;
use cloudsim_units::{NanoUsd, SimDuration, SimTime};

/// A table of a sweep: its runs are in the order of their seeds, those of a seed in the order of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// A row for each run.
    Runs,
    /// A row for each service of a run, and for each workload beside them.
    Services,
    /// A row for each time in which one of them was degraded.
    Outages,
    /// A row for each part of an outage.
    Phases,
    /// A row for each database of a run.
    Databases,
    /// A row for each failover, promotion or restore.
    Failovers,
    /// A row for each fault that started.
    Faults,
    /// A row for each objective of a run.
    Objectives,
    /// A row for each line of the bill of a month.
    Costs,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// What stands in it.
    pub kind: Kind,
    /// Whether there may be nothing in it.
    pub nullable: bool,
    /// What it means.
    pub about: &'a str,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// Yes or no.
    Flag,
    /// A number that is whole and not negative.
    Count,
    /// A number with so many decimals, at most nine.
    Decimal(u8),
}

/// What stands in a column of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A text.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Count(u64),
    /// In units of the last decimal of its column.
    Decimal(i64),
}

/// A row of a table.
pub type Cells = Vec<Cell>;

/// What a run says in each table, without the columns by which all tables begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunTables {
    /// Its seed.
    pub seed: u64,
    /// Its point of the grid.
    pub point: usize,
    tables: [Vec<Cells>; Table::ALL.len()],
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Runs,
        Self::Services,
        Self::Outages,
        Self::Phases,
        Self::Databases,
        Self::Failovers,
        Self::Faults,
        Self::Objectives,
        Self::Costs,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Services => "services",
            Self::Outages => "outages",
            Self::Phases => "phases",
            Self::Databases => "databases",
            Self::Failovers => "failovers",
            Self::Faults => "faults",
            Self::Objectives => "objectives",
            Self::Costs => "costs",
        }
    }

    /// Its columns: which run it is, and one for each factor with its value; then its own.
    #[must_use]
    pub fn columns(self, factors: &[Factor]) -> Vec<Column<'_>> {
        let by_factor = factors.iter().map(|factor| Column { name: &factor.path, ..columns::FACTOR });
        columns::RUN.into_iter().chain(by_factor).chain(self.own_columns().iter().copied()).collect()
    }
}

impl Kind {
    /// What the type is called in Parquet.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Text => "STRING".to_owned(),
            Self::Flag => "BOOLEAN".to_owned(),
            Self::Count => "UINT64".to_owned(),
            Self::Decimal(places) => format!("DECIMAL(18,{places})"),
        }
    }
}

impl Column<'_> {
    /// Whether that may stand in it.
    #[must_use]
    pub fn takes(&self, cell: &Cell) -> bool {
        match cell {
            Cell::Null => self.nullable,
            Cell::Text(_) => self.kind == Kind::Text,
            Cell::Flag(_) => self.kind == Kind::Flag,
            Cell::Count(_) => self.kind == Kind::Count,
            Cell::Decimal(_) => matches!(self.kind, Kind::Decimal(_)),
        }
    }
}

impl RunTables {
    /// Of a run nothing.
    #[must_use]
    pub fn new(seed: u64, point: usize) -> Self {
        Self { seed, point, tables: Default::default() }
    }

    /// What a run of a point of the grid says.
    #[must_use]
    pub fn of(run: &RunDocument, point: usize) -> Self {
        let mut tables = Self::new(run.seed, point);
        tables.push(Table::Runs, [text(run.digest), instant(run.reached), dollars(run.cost.monthly())]);
        for service in &run.services {
            tables.service(service, false);
        }
        for workload in &run.kubernetes.workloads {
            tables.service(workload, true);
        }
        tables.databases(run);
        for of in &run.faults {
            let row = [
                text(&of.name),
                text(&of.kind),
                text(&of.target),
                instant(of.started),
                or_null(of.ended, instant),
            ];
            tables.push(Table::Faults, row);
        }
        tables.objectives(run);
        for item in &run.cost.items {
            let quantity = Cell::Decimal(saturated(item.quantity_milli));
            tables.push(Table::Costs, [text(&item.what), quantity, text(&item.unit), dollars(item.usd)]);
        }
        tables
    }

    /// What it says in a table.
    #[must_use]
    pub fn rows(&self, table: Table) -> &[Cells] {
        &self.tables[table as usize]
    }

    /// Adds a row; `false`, and it does not, if the table has other columns.
    pub fn add(&mut self, table: Table, row: Cells) -> bool {
        let columns = table.own_columns();
        let fits =
            row.len() == columns.len() && columns.iter().zip(&row).all(|(column, cell)| column.takes(cell));
        if fits {
            self.tables[table as usize].push(row);
        }
        fits
    }

    /// The columns by which the rows of all tables begin: which run it is, then the value of each factor.
    #[must_use]
    pub fn key(&self, settings: &[&str]) -> Cells {
        let run = [Cell::Count(self.seed), Cell::Count(self.point as u64)];
        run.into_iter().chain(settings.iter().map(text)).collect()
    }

    fn push<const N: usize>(&mut self, table: Table, row: [Cell; N]) {
        let fits = self.add(table, row.into());
        debug_assert!(fits, "a row of {} has its columns", table.name());
    }

    fn service(&mut self, of: &ServiceMeasures, is_workload: bool) {
        let latency = |of: Option<SimDuration>| or_null(of, span);
        let row = [
            text(&of.name),
            Cell::Flag(is_workload),
            Cell::Count(of.requests),
            Cell::Count(of.good),
            or_null(of.uptime, |(up, _)| Cell::Decimal(saturated(up))),
            or_null(of.uptime, |(_, watched)| Cell::Decimal(saturated(watched))),
            latency(of.latency.map(|of| of.p50)),
            latency(of.latency.map(|of| of.p95)),
            latency(of.latency.map(|of| of.p99)),
            latency(of.latency.map(|of| of.max)),
            Cell::Count(of.outages.len() as u64),
            Cell::Flag(of.outages.iter().any(|outage| outage.restored.is_none())),
        ];
        self.push(Table::Services, row);
        for (number, outage) in (0..).zip(&of.outages) {
            self.outage(&of.name, number, outage);
        }
    }

    fn outage(&mut self, service: &str, number: u64, of: &Outage) {
        let row = [
            text(service),
            Cell::Count(number),
            or_null(of.fault.as_ref(), text),
            instant(of.started),
            or_null(of.restored, instant),
            or_null(of.rto(), span),
        ];
        self.push(Table::Outages, row);
        for (place, phase) in (0..).zip(&of.phases) {
            let row = [
                text(service),
                Cell::Count(number),
                Cell::Count(place),
                text(&phase.name),
                instant(phase.from),
                instant(phase.to),
                or_null(phase.setting.as_ref(), text),
                or_null(phase.value.as_ref(), text),
                or_null(phase.default.as_ref(), text),
            ];
            self.push(Table::Phases, row);
        }
    }

    fn databases(&mut self, run: &RunDocument) {
        for of in &run.databases {
            let commits = [
                of.commits.acked_kept,
                of.commits.acked_lost,
                of.commits.unacked_kept,
                of.commits.unacked_gone,
            ];
            let [acked_kept, acked_lost, unacked_kept, unacked_gone] = commits.map(Cell::Count);
            let row = [
                text(&of.name),
                acked_kept,
                acked_lost,
                unacked_kept,
                unacked_gone,
                Cell::Flag(of.undecided),
            ];
            self.push(Table::Databases, row);
            for (number, failover) in (0..).zip(&of.failovers) {
                let row = [
                    text(&of.name),
                    Cell::Count(number),
                    text(recovery_word(failover.kind)),
                    or_null(failover.fault.as_ref(), text),
                    text(&failover.from),
                    text(&failover.to),
                    instant(failover.started),
                    or_null(failover.finished, instant),
                    or_null(failover.rto(), span),
                    span(failover.rpo),
                    Cell::Count(failover.commits_lost),
                ];
                self.push(Table::Failovers, row);
            }
        }
    }

    fn objectives(&mut self, run: &RunDocument) {
        for of in &run.objectives {
            let outcome = Outcome::of(of);
            let [part, whole] = match outcome.actual() {
                Some(Quantity::Share { part, whole }) => [part, whole].map(Cell::Count),
                _ => [Cell::Null, Cell::Null],
            };
            let row = [
                text(&of.name),
                text(of.kind),
                text(&of.label),
                text(&of.subject),
                text(of.expect.word()),
                quantity(of.target),
                or_null(outcome.actual(), quantity),
                part,
                whole,
                or_null(outcome.is_breach(), |breach| Cell::Flag(!breach)),
            ];
            self.push(Table::Objectives, row);
        }
    }
}

fn text(of: impl ToString) -> Cell {
    Cell::Text(of.to_string())
}

fn instant(at: SimTime) -> Cell {
    span(at.since(SimTime::ZERO))
}

fn span(of: SimDuration) -> Cell {
    Cell::Decimal(saturated(of.as_nanos()))
}

fn dollars(of: NanoUsd) -> Cell {
    Cell::Decimal(of.as_nanos())
}

/// Seconds, a share rounded to nine decimals, or dollars.
fn quantity(of: Quantity) -> Cell {
    match of {
        Quantity::Time(time) => span(time),
        Quantity::Share { part, whole } => {
            let share = Decimal::quotient(part.into(), whole.into(), 9).unscaled();
            Cell::Decimal(i64::try_from(share).unwrap_or(i64::MAX))
        }
        Quantity::Money(amount) => dollars(amount),
    }
}

/// Nothing of a scenario lasts 292 years.
fn saturated(nanos: u64) -> i64 {
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

fn or_null<T>(of: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
    of.map_or(Cell::Null, cell)
}

#[cfg(test)]
pub(crate) mod tests;
