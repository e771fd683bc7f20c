//! A place for files that machines share: a folder, or the objects of a store under a prefix.

use crate::folder::{FolderError, named, refused};
use crate::part_file;
#[cfg(feature = "s3")]
use cloudsim_objects::{Objects, ObjectsError};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A place, by its path or address.
pub(crate) struct Place {
    /// As it was given.
    shown: String,
    store: Store,
}

enum Store {
    Folder(PathBuf),
    #[cfg(feature = "s3")]
    Objects(Objects),
}

impl Place {
    /// What a path, or an address as `file:///DIR` or `s3://BUCKET/PREFIX`, leads to.
    pub(crate) fn at(shown: &str) -> Result<Self, FolderError> {
        let store = match shown.split_once("://") {
            None => Store::Folder(PathBuf::from(shown)),
            Some(("file", path)) if path.starts_with('/') && !path.contains('%') => {
                Store::Folder(PathBuf::from(path))
            }
            Some(("file", _)) => {
                return Err(refused(
                    format!("{} is no address of a folder here", named(Path::new(shown))),
                    "write its path instead",
                ));
            }
            Some(("s3", _)) => s3(shown)?,
            Some(_) => {
                return Err(refused(
                    format!("{} is of a store that is not known", named(Path::new(shown))),
                    "take a path, `file:///DIR` or `s3://BUCKET/PREFIX`",
                ));
            }
        };
        Ok(Self { shown: shown.trim_end_matches('/').to_owned(), store })
    }

    /// The place that a file is in, and its name there.
    pub(crate) fn of_file(shown: &str) -> Result<(Self, &str), FolderError> {
        match shown.rsplit_once('/') {
            None => Ok((Self::at(".")?, shown)),
            Some(("", name)) => Ok((Self::at("/")?, name)),
            Some((place, name)) => Ok((Self::at(place)?, name)),
        }
    }

    /// A file of it, for messages.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        Path::new(&self.shown).join(name)
    }

    /// The place itself, for messages.
    pub(crate) fn shown(&self) -> String {
        named(Path::new(&self.shown))
    }

    /// The names of the files in it, sorted; none if it is not there.
    #[cfg_attr(
        not(feature = "s3"),
        expect(clippy::unused_async, reason = "a store is asked over the network")
    )]
    pub(crate) async fn names(&self) -> Result<Vec<String>, FolderError> {
        match &self.store {
            Store::Folder(folder) => names(folder).map_err(|source| self.failed("", source)),
            #[cfg(feature = "s3")]
            Store::Objects(objects) => objects.names().await.map_err(|problem| self.refused_by("", problem)),
        }
    }

    /// What stands in a file; `None` if it is not there.
    #[cfg_attr(
        not(feature = "s3"),
        expect(clippy::unused_async, reason = "a store is asked over the network")
    )]
    pub(crate) async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        match &self.store {
            Store::Folder(folder) => match fs::read(folder.join(name)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(problem) => Err(self.failed(name, problem)),
            },
            #[cfg(feature = "s3")]
            Store::Objects(objects) => {
                objects.read(name).await.map_err(|problem| self.refused_by(name, problem))
            }
        }
    }

    /// Whether there is a file of that name.
    #[cfg_attr(
        not(feature = "s3"),
        expect(clippy::unused_async, reason = "a store is asked over the network")
    )]
    pub(crate) async fn has(&self, name: &str) -> Result<bool, FolderError> {
        match &self.store {
            Store::Folder(folder) => {
                folder.join(name).try_exists().map_err(|problem| self.failed(name, problem))
            }
            #[cfg(feature = "s3")]
            Store::Objects(objects) => {
                objects.has(name).await.map_err(|problem| self.refused_by(name, problem))
            }
        }
    }

    /// Puts a file there, whole or not at all.
    #[cfg_attr(
        not(feature = "s3"),
        expect(clippy::unused_async, reason = "a store is asked over the network")
    )]
    pub(crate) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), FolderError> {
        match &self.store {
            Store::Folder(folder) => fs::create_dir_all(folder)
                .and_then(|()| part_file::write(&folder.join(name), &bytes))
                .map_err(|source| self.failed(name, source)),
            #[cfg(feature = "s3")]
            Store::Objects(objects) => {
                objects.put(name, bytes).await.map_err(|problem| self.refused_by(name, problem))
            }
        }
    }

    fn failed(&self, name: &str, source: io::Error) -> FolderError {
        FolderError::Io { path: self.path(name), source }
    }

    #[cfg(feature = "s3")]
    fn refused_by(&self, name: &str, problem: ObjectsError) -> FolderError {
        self.failed(name, io::Error::other(problem))
    }
}

#[cfg(feature = "s3")]
fn s3(shown: &str) -> Result<Store, FolderError> {
    let opened = Objects::s3(shown).map(Store::Objects);
    opened.map_err(|problem| refused(problem.to_string(), "write it as `s3://BUCKET/PREFIX`"))
}

#[cfg(not(feature = "s3"))]
fn s3(_: &str) -> Result<Store, FolderError> {
    Err(refused(
        "this program was built without S3".to_owned(),
        "build it with `--features s3`, or mount the bucket as a folder",
    ))
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
