//! Files that are not on a disk.

use super::{FILE_SIZE_MAX, FileError, Files};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Files in memory, all paths from the root.
///
/// ```
/// use cloudsim_scenario::{Files, MemoryFiles};
/// let files = MemoryFiles::from([("a.ron", "()")]);
/// assert_eq!(files.read("a.ron".as_ref()), Ok(b"()".to_vec()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl MemoryFiles {
    /// Adds a file, or replaces it.
    pub fn insert(&mut self, path: impl AsRef<Path>, text: impl Into<Vec<u8>>) {
        self.files.insert(from_root(path.as_ref()), text.into());
    }
}

impl<P: AsRef<Path>, T: Into<Vec<u8>>, const N: usize> From<[(P, T); N]> for MemoryFiles {
    fn from(files: [(P, T); N]) -> Self {
        let mut all = Self::default();
        for (path, text) in files {
            all.insert(path, text);
        }
        all
    }
}

impl Files for MemoryFiles {
    fn canonical(&self, path: &Path) -> Result<PathBuf, FileError> {
        let path = from_root(path);
        if self.files.contains_key(&path) { Ok(path) } else { Err(FileError::NotFound) }
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let bytes = self.files.get(&from_root(path)).ok_or(FileError::NotFound)?;
        if bytes.len() as u64 > FILE_SIZE_MAX { Err(FileError::TooLarge) } else { Ok(bytes.clone()) }
    }
}

/// The path from the root, `.` and `..` resolved.
fn from_root(path: &Path) -> PathBuf {
    let mut clean = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(name) => clean.push(name),
            Component::ParentDir => {
                clean.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    clean
}
