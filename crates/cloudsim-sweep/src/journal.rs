//! A finished run as a line of text: what a sweep that goes on into a folder keeps of it until all are there.
//!
//! Each line carries the hash of the rest of it, so that one which was not written to its end, or not as it is, is no line.

use crate::tables::{Cell, Column, Kind, RunTables, Table};
use serde_json::{Map, Value, json};

const HEAD: &str = "{\"hash\":\"";
const TAIL: &str = "}\n";
const HASH_DIGITS: usize = 16;

impl RunTables {
    /// The line of the journal; it ends with a line feed.
    #[must_use]
    pub fn to_line(&self) -> String {
        let tables = Table::ALL.into_iter().map(|table| {
            let rows = self.rows(table).iter();
            let rows = rows.map(|row| Value::Array(row.iter().map(value).collect())).collect();
            (table.name().to_owned(), Value::Array(rows))
        });
        let tables = Value::Object(tables.collect::<Map<_, _>>());
        seal("run", &json!({ "seed": self.seed, "point": self.point, "tables": tables }))
    }

    /// What [`RunTables::to_line`] wrote; `None` if it is anything else.
    #[must_use]
    pub fn from_line(line: &[u8]) -> Option<Self> {
        let run = unseal("run", line)?;
        let point = usize::try_from(run["point"].as_u64()?).ok()?;
        let mut tables = Self::new(run["seed"].as_u64()?, point);
        for table in Table::ALL {
            for row in run["tables"][table.name()].as_array()? {
                let cells =
                    table.own_columns().iter().zip(row.as_array()?).map(|(column, of)| cell(column, of));
                if !tables.add(table, cells.collect::<Option<_>>()?) {
                    return None;
                }
            }
        }
        Some(tables)
    }
}

/// A value as a line with its hash; it ends with a line feed.
pub(crate) fn seal(what: &str, value: &Value) -> String {
    let value = value.to_string();
    format!("{HEAD}{}\",\"{what}\":{value}{TAIL}", hash(value.as_bytes()))
}

/// What [`seal`] wrote; `None` if it is anything else.
pub(crate) fn unseal(what: &str, line: &[u8]) -> Option<Value> {
    let line = line.strip_prefix(HEAD.as_bytes())?;
    let (written, line) = line.split_at_checked(HASH_DIGITS)?;
    let middle = format!("\",\"{what}\":");
    let value = line.strip_prefix(middle.as_bytes())?.strip_suffix(TAIL.as_bytes())?;
    if hash(value).as_bytes() != written {
        return None;
    }
    serde_json::from_slice(value).ok()
}

fn hash(value: &[u8]) -> String {
    let mut digits = blake3::hash(value).to_hex().to_string();
    digits.truncate(HASH_DIGITS);
    digits
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Flag(flag) => json!(flag),
        Cell::Count(count) => json!(count),
        Cell::Decimal(units) => json!(units),
    }
}

fn cell(column: &Column<'_>, value: &Value) -> Option<Cell> {
    if value.is_null() {
        return Some(Cell::Null);
    }
    Some(match column.kind {
        Kind::Text => Cell::Text(value.as_str()?.to_owned()),
        Kind::Flag => Cell::Flag(value.as_bool()?),
        Kind::Count => Cell::Count(value.as_u64()?),
        Kind::Decimal(_) => Cell::Decimal(value.as_i64()?),
    })
}

#[cfg(test)]
mod tests;
