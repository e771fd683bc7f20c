//! A file that is not whole yet: it has a name of its own until it is.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
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

/// Whether a file of this name was left behind by a process that was killed.
pub(crate) fn is_left_over(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}
