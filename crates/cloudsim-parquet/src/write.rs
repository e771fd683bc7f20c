//! Rows into a file.

use crate::types::schema;
use crate::{GROUP_ROWS, TableError};
use cloudsim_sweep::{Cell, Column, Factor, Kind, Table};
use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

/// Writes a table.
pub struct TableWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Buffer>,
    rows: usize,
}

/// What of a column waits to be written.
struct Buffer {
    values: Values,
    /// For each row 1 if there is a value, 0 if not; `None` if there always is.
    levels: Option<Vec<i16>>,
}

enum Values {
    Flags(Vec<bool>),
    Numbers(Vec<i64>),
    /// Texts repeat themselves: each is held once.
    Texts(Vec<ByteArray>, BTreeMap<String, ByteArray>),
}

impl<W: Write + Send> TableWriter<W> {
    /// Starts a table that the program of this version makes.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn new(
        out: W,
        table: Table,
        factors: &[Factor],
        version: &str,
    ) -> std::result::Result<Self, TableError> {
        Self::with_columns(out, table.name(), &table.columns(factors), version)
    }

    pub(crate) fn with_columns(
        out: W,
        name: &str,
        columns: &[Column<'_>],
        version: &str,
    ) -> std::result::Result<Self, TableError> {
        let properties = WriterProperties::builder()
            .set_created_by(format!("cloudsim version {version}"))
            .set_compression(Compression::SNAPPY)
            .build();
        Ok(Self {
            file: SerializedFileWriter::new(out, schema(name, columns)?, Arc::new(properties))?,
            columns: columns.iter().map(Buffer::new).collect(),
            rows: 0,
        })
    }

    /// Writes the next row.
    ///
    /// # Errors
    /// It cannot be written.
    ///
    /// # Panics
    /// If a cell does not fit its column.
    pub fn write<'a>(
        &mut self,
        row: impl IntoIterator<Item = &'a Cell>,
    ) -> std::result::Result<(), TableError> {
        let mut row = row.into_iter();
        for (column, cell) in self.columns.iter_mut().zip(&mut row) {
            column.push(cell);
        }
        self.rows += 1;
        if self.rows == GROUP_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Ends the table.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> std::result::Result<W, TableError> {
        if self.rows > 0 {
            self.flush()?;
        }
        Ok(self.file.into_inner()?)
    }

    fn flush(&mut self) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            let mut writer = group.next_column()?.expect("as many as the schema has");
            column.write(&mut writer)?;
            writer.close()?;
            column.clear();
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

impl Buffer {
    fn new(column: &Column<'_>) -> Self {
        let values = match column.kind {
            Kind::Flag => Values::Flags(Vec::new()),
            Kind::Count | Kind::Decimal(_) => Values::Numbers(Vec::new()),
            Kind::Text => Values::Texts(Vec::new(), BTreeMap::new()),
        };
        Self { values, levels: column.nullable.then(Vec::new) }
    }

    fn push(&mut self, cell: &Cell) {
        if let Some(levels) = &mut self.levels {
            levels.push(i16::from(*cell != Cell::Null));
        }
        match (&mut self.values, cell) {
            (_, Cell::Null) if self.levels.is_some() => {}
            (Values::Flags(values), Cell::Flag(flag)) => values.push(*flag),
            (Values::Numbers(values), Cell::Count(count)) => values.push(count.cast_signed()),
            (Values::Numbers(values), Cell::Decimal(units)) => values.push(*units),
            (Values::Texts(values, known), Cell::Text(text)) => {
                if !known.contains_key(text) {
                    known.insert(text.clone(), ByteArray::from(text.as_str()));
                }
                values.push(known[text].clone());
            }
            (_, cell) => panic!("{cell:?} is of another column"),
        }
    }

    fn write(&self, writer: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let levels = self.levels.as_deref();
        match &self.values {
            Values::Flags(values) => writer.typed::<BoolType>().write_batch(values, levels, None)?,
            Values::Numbers(values) => writer.typed::<Int64Type>().write_batch(values, levels, None)?,
            Values::Texts(values, _) => writer.typed::<ByteArrayType>().write_batch(values, levels, None)?,
        };
        Ok(())
    }

    fn clear(&mut self) {
        match &mut self.values {
            Values::Flags(values) => values.clear(),
            Values::Numbers(values) => values.clear(),
            Values::Texts(values, known) => {
                values.clear();
                known.clear();
            }
        }
        if let Some(levels) = &mut self.levels {
            levels.clear();
        }
    }
}
