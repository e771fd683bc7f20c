//! Files of records, whichever their form.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// By which files of Parquet begin.
const PARQUET: &[u8] = b"PAR1";

/// Whether a file is Parquet; nothing of it is read.
pub(crate) fn is_parquet(file: &mut BufReader<File>) -> io::Result<bool> {
    Ok(file.fill_buf()?.starts_with(PARQUET))
}

/// The records of a file as lines, one by one.
pub(crate) enum RecordedLines {
    /// It has lines.
    Lines(BufReader<File>),
    /// It has rows, of which lines are made.
    #[cfg(feature = "parquet")]
    Rows(Box<Rows>),
}

impl RecordedLines {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        if !is_parquet(&mut file)? {
            return Ok(Self::Lines(file));
        }
        #[cfg(feature = "parquet")]
        return Ok(Self::Rows(Box::new(Rows::new(File::open(path)?)?)));
        #[cfg(not(feature = "parquet"))]
        Err(io::Error::other("it is Parquet, and this program was built without"))
    }

    /// Appends the next line with its line feed: nothing at the end.
    pub(crate) fn read(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Lines(file) => file.read_until(b'\n', line).map(|_| ()),
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.read(line),
        }
    }
}

/// Rows of Parquet, and what is known of the records before the next.
#[cfg(feature = "parquet")]
pub(crate) struct Rows {
    read: cloudsim_parquet::RecordsReader,
    records: cloudsim_records::LineReader,
    written: Option<cloudsim_records::JsonLines>,
}

#[cfg(feature = "parquet")]
impl Rows {
    fn new(file: File) -> io::Result<Self> {
        let read = cloudsim_parquet::RecordsReader::new(file).map_err(io::Error::other)?;
        Ok(Self { read, records: cloudsim_records::LineReader::new(), written: None })
    }

    fn read(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        let Some(row) = self.read.next() else { return Ok(()) };
        let row = row.map_err(io::Error::other)?;
        let (at, number, record) = self.records.read_object(&row).map_err(io::Error::other)?;
        let origin = || self.records.origin().cloned().unwrap_or_default();
        let written = self.written.get_or_insert_with(|| cloudsim_records::JsonLines::new(origin()));
        written.write(at, number, &record, line);
        Ok(())
    }
}
