//! A file that is not whole yet: it has a name of its own until it is.

use crate::interrupt::Interrupt;
use crate::output::quoted;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const PREFIX: &str = ".cloudsim-";
const SUFFIX: &str = ".part";

/// As any other new file; a temporary one would be the owner's alone.
pub(crate) const NEW_FILE_MODE: u32 = 0o666;

/// A file in a folder that goes away if it does not get another name.
pub(crate) fn create(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let mut options = File::options();
    options.write(true).create_new(true).mode(mode);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // Not `tempfile_in`, whose problems name a file that nobody asked for.
    builder.make_in(folder, |path| options.open(path))
}

/// Gives it its name, once all of it is on the disk.
pub(crate) fn publish(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map(|_| ()).map_err(|problem| problem.error)
}

/// Writes a file as a whole.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = create(folder, NEW_FILE_MODE)?;
    file.write_all(bytes)?;
    publish(file, path)
}

/// Why a file that was asked for was not written.
#[derive(Debug, thiserror::Error)]
#[error("failed to write {}: {source}", quoted(&path.display().to_string()))]
pub(crate) struct WriteError {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

/// What somebody named to be written to: a plain file appears under its name only once it is whole; anything else, such as
/// a pipe, is written to as it is.
pub(crate) struct Target {
    /// As it was typed.
    path: PathBuf,
    place: Place,
}

enum Place {
    Stream(File),
    Renamed(NamedTempFile, PathBuf),
}

impl Target {
    /// Opens it before there is anything to write, so that nobody waits for what cannot be written. Whoever does not wait
    /// for the end of an interrupted run finds no half of it.
    pub(crate) fn open(path: &Path, interrupt: &Interrupt) -> Result<Self, WriteError> {
        let place = Place::at(path).map_err(|source| WriteError { path: path.to_owned(), source })?;
        if let Place::Renamed(file, _) = &place {
            interrupt.removes(file.path());
        }
        Ok(Self { path: path.to_owned(), place })
    }

    /// Lets `write` write all of it. A reader that goes away is no failure.
    pub(crate) fn fill(
        self,
        write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let Self { path, place } = self;
        place.fill(write).map_err(|source| WriteError { path, source })
    }
}

impl Place {
    fn at(path: &Path) -> io::Result<Self> {
        let old = std::fs::metadata(path).ok();
        if old.as_ref().is_some_and(|old| !old.is_file()) {
            return File::options().write(true).open(path).map(Self::Stream);
        }
        // What a link leads to is replaced, not the link.
        let path = if old.is_some() { path.canonicalize()? } else { path.to_owned() };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mode = old.map_or(NEW_FILE_MODE, |old| old.permissions().mode());
        Ok(Self::Renamed(create(folder, mode)?, path))
    }

    fn fill(self, write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> io::Result<()> {
        let whole = |out: &mut (dyn Write + Send)| {
            write(out)?;
            out.flush()
        };
        match self {
            Self::Stream(file) => match whole(&mut BufWriter::new(file)) {
                Err(problem) if problem.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                ended => ended,
            },
            Self::Renamed(mut file, path) => {
                whole(&mut BufWriter::new(file.as_file_mut()))?;
                publish(file, &path)
            }
        }
    }
}

/// Whether a file of this name was left behind by a process that was killed.
pub(crate) fn is_left_over(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}
