//! The tables of a sweep, and the records of a run, as Parquet: written row by row, read back to the same cells and lines.
//!
//! The only package that knows the format and the library behind it.
//!
//! # Invariants
//! - A table is the same bytes whenever its cells are: nothing in it says when, where or by which library it was written.
//! - What is held is one group of rows, however long the table is.
//! - A file of something else, or that was cut off, is a [`TableError`]. At a damaged one the library may panic: who reads a
//!   table has to know that it is as it was written.

mod read;
mod records;
mod types;
mod write;

pub use read::TableReader;
pub use records::{RecordsReader, RecordsWriter};
pub use write::TableWriter;

/// So many rows are written, and read, at a time.
const GROUP_ROWS: usize = 16_384;

/// Why a table was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It is no Parquet, or not whole; or the disk failed.
    #[error(transparent)]
    Parquet(#[from] parquet::errors::ParquetError),
    /// It has other columns than the table has.
    #[error("it does not have the columns of `{0}`")]
    Columns(&'static str),
    /// What stands in the columns of a record is none.
    #[error("it is damaged: {0}")]
    Record(String),
}

impl From<TableError> for std::io::Error {
    /// What went wrong outside, such as a full disk, stays what it was.
    fn from(problem: TableError) -> Self {
        match problem {
            TableError::Parquet(parquet::errors::ParquetError::External(source)) => {
                source.downcast::<Self>().map_or_else(Self::other, |source| *source)
            }
            problem => Self::other(problem),
        }
    }
}

#[cfg(test)]
mod tests;
