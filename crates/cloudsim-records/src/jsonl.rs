//! Records as JSON lines: one object a line, entities by name, numbers exact.
//!
//! Every line begins with `at_s`, `number` and `kind`; the first one, of [`Record::RunStarted`], has `schema_version`,
//! `version` and `command` before them. Keys stand in a fixed order; a key whose value is not there is `null`. Lines are
//! read back to the
//! same records: where a name does not lead to its entity, its number stands beside it.

mod index;
mod objects;
mod read;
mod schema;

pub(crate) use index::Index;
pub use read::{LineError, LineReader};
pub use schema::schema;

use crate::field::Object;
use crate::{Decimal, EntityId, HOPS_MAX, Record, RequestFinished};
use cloudsim_units::SimTime;
use std::fmt;
use std::io::Write as _;

/// The version of the lines: the major one changes when a reader of the old lines would be misled.
pub const SCHEMA_VERSION: &str = "1.1";

/// Where records come from, as the first line says: no part of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The version of the program.
    pub version: String,
    /// The command that makes the run again.
    pub command: String,
}

/// Turns records into JSON lines.
#[derive(Clone, Debug, Default)]
pub struct JsonLines {
    origin: Origin,
    index: Index,
}

impl JsonLines {
    /// A writer that knows no names yet; the first record must be [`Record::RunStarted`] for it to learn them.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        Self { origin, index: Index::default() }
    }

    /// Appends the line of the next record, with its line feed, in UTF-8.
    pub fn write(&mut self, at: SimTime, number: u64, record: &Record, out: &mut Vec<u8>) {
        if let Record::RequestFinished(request) = record {
            self.write_request(at, number, request, out);
            return;
        }
        let line = self.object(at, number, record);
        serde_json::to_writer(&mut *out, &line).expect("a vector takes every byte");
        out.push(b'\n');
    }

    /// The line of the next record as an object.
    pub fn object(&mut self, at: SimTime, number: u64, record: &Record) -> Object {
        self.index.observe(record);
        let mut line = Object::new();
        if matches!(record, Record::RunStarted(_)) {
            line.insert("schema_version".into(), SCHEMA_VERSION.into());
            line.insert("version".into(), self.origin.version.as_str().into());
            line.insert("command".into(), self.origin.command.as_str().into());
        }
        line.insert("at_s".into(), Decimal::instant(at).to_json());
        line.insert("number".into(), number.into());
        line.insert("kind".into(), record.kind().into());
        record.put(&self.index, &mut line);
        line
    }

    /// The fast path: most lines of a run are these.
    fn write_request(&mut self, at: SimTime, number: u64, request: &RequestFinished, out: &mut Vec<u8>) {
        plain(out, format_args!("{{\"at_s\":{},\"number\":{number}", Decimal::instant(at)));
        plain(out, format_args!(",\"kind\":\"RequestFinished\",\"request\":{},\"class\":", request.request));
        text(out, self.index.names().class(request.class));
        plain(out, format_args!(",\"arrived_s\":{}", Decimal::instant(request.arrived)));
        plain(
            out,
            format_args!(
                ",\"outcome\":\"{}\",\"code\":{},\"cause\":\"{}\",\"zone\":",
                request.outcome.word(),
                request.code,
                request.cause.word()
            ),
        );
        self.name(out, request.zone);
        plain(out, format_args!(",\"tries\":{},\"hops\":[", request.tries));
        let hops = used(&request.hops);
        for (place, hop) in hops.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            self.name(out, *hop);
        }
        out.push(b']');
        if !self.index.all_lead_to_hops(hops) {
            out.extend_from_slice(b",\"hops_ids\":");
            let ids: Vec<Option<u32>> = hops.iter().map(|hop| hop.map(|id| id.0)).collect();
            serde_json::to_writer(&mut *out, &ids).expect("a vector takes every byte");
        }
        out.extend_from_slice(b"}\n");
    }

    fn name(&self, out: &mut Vec<u8>, id: Option<EntityId>) {
        match id {
            Some(id) => text(out, self.index.names().name(id)),
            None => out.extend_from_slice(b"null"),
        }
    }
}

/// The hops of a request without the unused places behind them.
fn used(hops: &[Option<EntityId>; HOPS_MAX]) -> &[Option<EntityId>] {
    &hops[..hops.iter().rposition(Option::is_some).map_or(0, |last| last + 1)]
}

fn plain(out: &mut Vec<u8>, arguments: fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a vector takes every byte");
}

fn text(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a vector takes every byte");
}

#[cfg(test)]
mod tests;
