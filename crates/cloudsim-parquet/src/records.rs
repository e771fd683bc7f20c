//! The records of a run: a row each, with what lines of JSON say.
//!
//! What all records have and what requests have stands in columns of its own; of all others `detail` has every key of the
//! line, and `subject`, `state` and `reason` repeat the ones that are asked for most.

use crate::{TableError, TableReader, TableWriter};
use cloudsim_records::{Decimal, JsonLines, Object, Origin, Record, RequestFinished};
use cloudsim_sweep::{Cell, Cells, Column, Kind};
use cloudsim_units::SimTime;
use serde_json::Value;
use std::fs::File;
use std::io::Write;

/// As the schema of the file is called.
const NAME: &str = "records";

const REQUEST: &str = "RequestFinished";

const fn column(name: &'static str, kind: Kind, nullable: bool, about: &'static str) -> Column<'static> {
    Column { name, kind, nullable, about }
}

const HOP: &str = "What the last try of a request went through, in order.";

/// The columns, in their order.
const COLUMNS: [Column<'static>; 24] = [
    column("at_ns", Kind::Count, false, "When it happened, in nanoseconds since the start."),
    column("number", Kind::Count, false, "Its number in the run, counted from 0."),
    column("kind", Kind::Text, false, "What happened."),
    column("subject", Kind::Text, true, "To what, by name."),
    column("state", Kind::Text, true, "What that is now."),
    column("reason", Kind::Text, true, "Why."),
    column("request", Kind::Count, true, "The number of a request."),
    column("class", Kind::Text, true, "Its class."),
    column("arrived_ns", Kind::Count, true, "When the client first wanted it."),
    column("latency_ns", Kind::Count, true, "How long it took, all tries together."),
    column("outcome", Kind::Text, true, "How it ended."),
    column("code", Kind::Count, true, "The status of the last answer; 0 if there was none."),
    column("cause", Kind::Text, true, "Why the last try failed; None if it did not."),
    column(
        "zone",
        Kind::Text,
        true,
        "The zone of what made the last try fail, or of what the record is about.",
    ),
    column("tries", Kind::Count, true, "How many tries the client made."),
    column("hop_1", Kind::Text, true, HOP),
    column("hop_2", Kind::Text, true, HOP),
    column("hop_3", Kind::Text, true, HOP),
    column("hop_4", Kind::Text, true, HOP),
    column("hop_5", Kind::Text, true, HOP),
    column("hop_6", Kind::Text, true, HOP),
    column("hop_7", Kind::Text, true, HOP),
    column("hop_8", Kind::Text, true, HOP),
    column("detail", Kind::Text, true, "The other keys of the line of JSON, as an object."),
];

/// Under which keys lines say what they are about, the most telling first.
const SUBJECTS: [&str; 20] = [
    "runbook",
    "target",
    "pod",
    "instance",
    "node",
    "name",
    "workload",
    "record",
    "balancer",
    "health_check",
    "nat_gateway",
    "database",
    "table",
    "group",
    "pool",
    "cluster",
    "service",
    "stack",
    "of",
    "region",
];

/// These stand at the beginning of the first line.
const ORIGIN: [&str; 3] = ["schema_version", "version", "command"];

/// Writes records.
pub struct RecordsWriter<W: Write + Send> {
    table: TableWriter<W>,
    lines: JsonLines,
    /// The names of faults, which records have by number.
    faults: Vec<String>,
    row: Cells,
}

impl<W: Write + Send> RecordsWriter<W> {
    /// Starts a file that the program of this version makes.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn new(out: W, origin: Origin) -> Result<Self, TableError> {
        let table = TableWriter::with_columns(out, NAME, &COLUMNS, &origin.version)?;
        Ok(Self { table, lines: JsonLines::new(origin), faults: Vec::new(), row: Vec::new() })
    }

    /// Writes the next record, the first of which is [`Record::RunStarted`].
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, at: SimTime, number: u64, record: &Record) -> Result<(), TableError> {
        let mut line = self.lines.object(at, number, record);
        self.row.clear();
        self.row.extend([Cell::Count(at.as_nanos()), Cell::Count(number), text(record.kind())]);
        for head in ["at_s", "number", "kind"] {
            line.shift_remove(head);
        }
        if let Record::RequestFinished(request) = record {
            self.push_request(at, request, &mut line);
            let detail = if line.is_empty() { Cell::Null } else { detail(line) };
            self.row.push(detail);
        } else {
            if let Record::RunStarted(run) = record {
                self.faults = run.faults.iter().map(|fault| fault.name.clone()).collect();
            }
            let of =
                |keys: &[&str]| or_null(keys.iter().find_map(|key| line.get(*key).and_then(Value::as_str)));
            let fault = || {
                let place = usize::try_from(line.get("fault")?.as_u64()?).ok()?;
                self.faults.get(place).map(String::as_str)
            };
            let subject = Some(of(&SUBJECTS)).filter(|subject| *subject != Cell::Null);
            self.row.push(subject.unwrap_or_else(|| or_null(fault())));
            self.row.extend([of(&["state", "health"]), of(&["reason"])]);
            self.row.extend(
                COLUMNS[6..23]
                    .iter()
                    .map(|column| if column.name == "zone" { of(&["zone"]) } else { Cell::Null }),
            );
            self.row.push(detail(line));
        }
        self.table.write(&self.row)
    }

    /// Moves what has a column out of the line of a request.
    fn push_request(&mut self, at: SimTime, request: &RequestFinished, line: &mut Object) {
        let mut moved = |key| line.shift_remove(key).unwrap_or_default();
        let class = moved("class");
        let zone = moved("zone");
        let hops = moved("hops");
        for key in ["request", "arrived_s", "outcome", "code", "cause", "tries"] {
            moved(key);
        }
        self.row.extend([
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Count(request.request),
            or_null(class.as_str()),
            Cell::Count(request.arrived.as_nanos()),
            Cell::Count(at.since(request.arrived).as_nanos()),
            text(request.outcome.word()),
            Cell::Count(request.code.into()),
            text(request.cause.word()),
            or_null(zone.as_str()),
            Cell::Count(request.tries.into()),
        ]);
        let mut hops = hops.as_array().into_iter().flatten();
        self.row.extend((0..request.hops.len()).map(|_| or_null(hops.next().and_then(Value::as_str))));
    }

    /// Ends the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> Result<W, TableError> {
        self.table.finish()
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn or_null(of: Option<&str>) -> Cell {
    of.map_or(Cell::Null, text)
}

fn detail(line: Object) -> Cell {
    Cell::Text(Value::Object(line).to_string())
}

/// Reads records back: the objects of their lines, in their order.
pub struct RecordsReader(TableReader);

impl RecordsReader {
    /// Opens a file.
    ///
    /// # Errors
    /// It has no records.
    pub fn new(file: File) -> Result<Self, TableError> {
        TableReader::with_columns(file, NAME, &COLUMNS).map(Self)
    }
}

impl Iterator for RecordsReader {
    type Item = Result<Object, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.and_then(|row| line(&row)))
    }
}

fn line(row: &[Cell]) -> Result<Object, TableError> {
    let mut detail: Object = match &row[23] {
        Cell::Text(text) => {
            serde_json::from_str(text).map_err(|problem| TableError::Record(problem.to_string()))?
        }
        _ => Object::new(),
    };
    let mut line = Object::new();
    for key in ORIGIN {
        if let Some(value) = detail.shift_remove(key) {
            line.insert(key.to_owned(), value);
        }
    }
    line.insert("at_s".to_owned(), seconds(&row[0]));
    line.insert("number".to_owned(), value(&row[1]));
    line.insert("kind".to_owned(), value(&row[2]));
    if matches!(&row[2], Cell::Text(kind) if kind == REQUEST) {
        for (place, key) in [(6, "request"), (7, "class")] {
            line.insert(key.to_owned(), value(&row[place]));
        }
        line.insert("arrived_s".to_owned(), seconds(&row[8]));
        for (place, key) in [(10, "outcome"), (11, "code"), (12, "cause"), (13, "zone"), (14, "tries")] {
            line.insert(key.to_owned(), value(&row[place]));
        }
        let hops = &row[15..23];
        let used = hops.iter().rposition(|hop| *hop != Cell::Null).map_or(0, |last| last + 1);
        line.insert("hops".to_owned(), hops[..used].iter().map(value).collect());
    }
    line.extend(detail);
    Ok(line)
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => text.as_str().into(),
        Cell::Flag(flag) => (*flag).into(),
        Cell::Count(count) => (*count).into(),
        Cell::Decimal(units) => (*units).into(),
    }
}

fn seconds(cell: &Cell) -> Value {
    match cell {
        Cell::Count(nanos) => Decimal::instant(SimTime::from_nanos(*nanos)).to_json(),
        _ => Value::Null,
    }
}
