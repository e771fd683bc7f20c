//! A file into rows.

use crate::TableError;
use crate::types::schema;
use cloudsim_sweep::{Cell, Cells, Column, Factor, Kind, Table};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use std::fs::File;

/// The rows of a table, in their order.
pub struct TableReader {
    file: SerializedFileReader<File>,
    kinds: Vec<Kind>,
    group: usize,
    rows: std::vec::IntoIter<Cells>,
}

impl TableReader {
    /// Opens a table.
    ///
    /// # Errors
    /// It is another one, or none.
    pub fn new(file: File, table: Table, factors: &[Factor]) -> std::result::Result<Self, TableError> {
        Self::with_columns(file, table.name(), &table.columns(factors))
    }

    pub(crate) fn with_columns(
        file: File,
        name: &'static str,
        columns: &[Column<'_>],
    ) -> std::result::Result<Self, TableError> {
        let file = SerializedFileReader::new(file)?;
        if file.metadata().file_metadata().schema() != &*schema(name, columns)? {
            return Err(TableError::Columns(name));
        }
        let kinds = columns.iter().map(|column| column.kind).collect();
        Ok(Self { file, kinds, group: 0, rows: Vec::new().into_iter() })
    }

    fn read_group(&self, group: &dyn RowGroupReader) -> Result<Vec<Cells>> {
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
        let mut columns = Vec::new();
        for (place, kind) in self.kinds.iter().enumerate() {
            columns.push(cells(group.get_column_reader(place)?, *kind, rows)?.into_iter());
        }
        let row = |_| columns.iter_mut().map(|column| column.next().expect("as many as rows")).collect();
        Ok((0..rows).map(row).collect())
    }

    fn next_row(&mut self) -> Result<Option<Cells>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            if self.group == self.file.num_row_groups() {
                return Ok(None);
            }
            let group = self.file.get_row_group(self.group)?;
            self.rows = self.read_group(&*group)?.into_iter();
            self.group += 1;
        }
    }
}

impl Iterator for TableReader {
    type Item = std::result::Result<Cells, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().map_err(TableError::from).transpose()
    }
}

/// All cells of a column of a group of rows.
fn cells(reader: ColumnReader, kind: Kind, rows: usize) -> Result<Vec<Cell>> {
    match (reader, kind) {
        (ColumnReader::BoolColumnReader(reader), Kind::Flag) => {
            typed(reader, rows, |flag| Ok(Cell::Flag(flag)))
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::Count) => {
            typed(reader, rows, |count| Ok(Cell::Count(count.cast_unsigned())))
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::Decimal(_)) => {
            typed(reader, rows, |units| Ok(Cell::Decimal(units)))
        }
        (ColumnReader::ByteArrayColumnReader(reader), Kind::Text) => {
            typed(reader, rows, |bytes: ByteArray| Ok(Cell::Text(bytes.as_utf8()?.to_owned())))
        }
        _ => Err(damaged()),
    }
}

fn typed<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    cell: impl Fn(T::T) -> Result<Cell>,
) -> Result<Vec<Cell>> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        let (records, ..) = reader.read_records(rows - read, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(damaged());
        }
        read += records;
    }
    let mut values = values.into_iter();
    let mut next = || values.next().ok_or_else(damaged).and_then(&cell);
    // A column that always has a value has no levels.
    let there = |row: usize| levels.get(row).is_none_or(|level| *level > 0);
    (0..rows).map(|row| if there(row) { next() } else { Ok(Cell::Null) }).collect()
}

fn damaged() -> ParquetError {
    ParquetError::General("it is damaged".to_owned())
}
