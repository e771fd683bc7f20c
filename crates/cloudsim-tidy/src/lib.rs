//! The files of the workspace, for the tests that hold its rules; the rules are in `tests/`, one kind a file.
//!
//! Nothing here is part of the product. A rule that a test can hold stands in a test and not in a reviewer's memory.

pub mod json_schema;
pub mod pages;

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("the crate lies in crates/").to_owned()
}

/// What a file says; `path` begins at the root.
///
/// # Panics
/// If it cannot be read or is not UTF-8.
#[must_use]
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|problem| panic!("{path}: {problem}"))
}

/// One file of the workspace; `path` begins at the root.
///
/// # Panics
/// As [`read`].
#[must_use]
pub fn file(path: &str) -> TextFile {
    TextFile { path: path.to_owned(), text: read(path) }
}

/// A text file of the workspace.
#[derive(Clone, Debug)]
pub struct TextFile {
    /// Its path from the root, with `/`.
    pub path: String,
    /// What it says.
    pub text: String,
}

impl TextFile {
    /// Its name without folders.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Its lines, counted from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Every file below `folder` whose name ends in one of `extensions`, in the order of paths. What cargo builds is left out,
/// and so are folders whose name begins with a dot.
///
/// # Panics
/// If a file cannot be read or is not UTF-8.
#[must_use]
pub fn files(folder: &str, extensions: &[&str]) -> Vec<TextFile> {
    let root = root();
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths);
    paths.sort();
    let wanted = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| extensions.contains(&extension))
    };
    let read = |path: PathBuf| {
        let text =
            fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
        let path = path.strip_prefix(&root).expect("found below the root");
        TextFile { path: path.to_str().expect("paths are UTF-8").replace('\\', "/"), text }
    };
    paths.into_iter().filter(wanted).map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|problem| panic!("{}: {problem}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" {
                collect(&path, paths);
            }
        } else {
            paths.push(path);
        }
    }
}

/// Fails with every breach of a rule at once, one a line.
///
/// # Panics
/// If there is one.
#[track_caller]
pub fn expect_none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}; {} breach(es):\n  {}", breaches.len(), breaches.join("\n  "));
}
