//! A finished run as a line of text: what a sweep that goes on into a folder keeps of it until all are there.
//!
//! Each line carries the hash of the rest of it, so that one which was not written to its end, or not as it is, is no line.

use crate::tables::{Cell, Column, Kind, RunTables, Table};
use serde_json::{Map, Value, json};

const HEAD: &str = "{\"hash\":\"";
const MIDDLE: &str = "\",\"run\":";
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
        let run = json!({ "seed": self.seed, "point": self.point, "tables": tables }).to_string();
        format!("{HEAD}{}{MIDDLE}{run}{TAIL}", hash(run.as_bytes()))
    }

    /// What [`RunTables::to_line`] wrote; `None` if it is anything else.
    #[must_use]
    pub fn from_line(line: &[u8]) -> Option<Self> {
        let line = line.strip_prefix(HEAD.as_bytes())?;
        let (written, line) = line.split_at_checked(HASH_DIGITS)?;
        let run = line.strip_prefix(MIDDLE.as_bytes())?.strip_suffix(TAIL.as_bytes())?;
        if hash(run).as_bytes() != written {
            return None;
        }
        let run: Value = serde_json::from_slice(run).ok()?;
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

fn hash(run: &[u8]) -> String {
    let mut digits = blake3::hash(run).to_hex().to_string();
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
