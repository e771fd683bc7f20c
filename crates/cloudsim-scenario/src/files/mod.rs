//! Where scenario files come from: a trait, so that reading them needs no disk, and what is embedded.

mod disk;
mod include;
mod memory;
mod shipped;

pub use disk::DiskFiles;
pub use memory::MemoryFiles;
pub use shipped::{SHIPPED, shipped, shipped_scenarios};

pub(crate) use include::read_all;

use std::path::{Path, PathBuf};

/// The files of a scenario may have so many bytes together: 16 MiB.
pub const FILE_SIZE_MAX: u64 = 16 << 20;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    /// Its name, as the user would write it; shipped ones stand in `(shipped)/`.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// There is none of that name.
    NotFound,
    /// There is something of that name, but nothing that has an end: a folder, a device, a pipe.
    NotAFile,
    /// It is larger than [`FILE_SIZE_MAX`].
    TooLarge,
    /// Anything else, in the words of the system.
    Other(String),
}

/// A place that holds files.
pub trait Files {
    /// The one true path of a file, absolute and without symbolic links.
    ///
    /// # Errors
    /// [`FileError::NotFound`] if there is nothing of that name, [`FileError::NotAFile`] if it is no plain file.
    fn canonical(&self, path: &Path) -> Result<PathBuf, FileError>;

    /// What stands in a file, at most [`FILE_SIZE_MAX`] bytes.
    ///
    /// # Errors
    /// The file is larger, or cannot be read.
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError>;
}
