//! Files of the disk.

use super::{FILE_SIZE_MAX, FileError, Files};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// The files of the disk, relative paths from the working directory.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskFiles;

impl Files for DiskFiles {
    fn canonical(&self, path: &Path) -> Result<PathBuf, FileError> {
        let canonical = path.canonicalize().map_err(error)?;
        // Opening a pipe waits until somebody writes to it, so what is no plain file is never opened.
        if canonical.metadata().map_err(error)?.is_file() { Ok(canonical) } else { Err(FileError::NotAFile) }
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let file = std::fs::File::open(path).map_err(error)?;
        let size = file.metadata().map_err(error)?.len();
        if size > FILE_SIZE_MAX {
            return Err(FileError::TooLarge);
        }
        // Not asked for what is in them, since some that tell no size never answer, as `/proc/kmsg`.
        if size == 0 {
            return Ok(Vec::new());
        }
        // It may have grown.
        let mut bytes = Vec::new();
        file.take(FILE_SIZE_MAX + 1).read_to_end(&mut bytes).map_err(error)?;
        if bytes.len() as u64 > FILE_SIZE_MAX { Err(FileError::TooLarge) } else { Ok(bytes) }
    }
}

fn error(error: std::io::Error) -> FileError {
    match error.kind() {
        // A path through a file (`a.ron/b`), or with a zero byte, names no file either.
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput => FileError::NotFound,
        _ => FileError::Other(error.to_string()),
    }
}
