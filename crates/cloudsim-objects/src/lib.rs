//! Objects of a store under a prefix: listed, read, and put whole or not at all.
//!
//! The only package that knows the library behind it. Without the feature `s3` it has no client, and is what its tests need.
//!
//! # Invariants
//! - An object appears under its name once it is whole.
//! - One that is there is not written again: whoever comes second with the same name has the same bytes to say.

use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use std::sync::Arc;

/// Why objects were not read or written.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The store refused, or was not reached.
    #[error(transparent)]
    Store(#[from] Error),
    /// The prefix or the name cannot be one.
    #[error(transparent)]
    Path(#[from] object_store::path::Error),
    /// The address names no bucket.
    #[error("`{0}` names no bucket")]
    NoBucket(String),
}

/// The objects under a prefix.
#[derive(Clone, Debug)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Objects {
    /// Those of any store.
    ///
    /// # Errors
    /// The prefix cannot be one.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Result<Self, ObjectsError> {
        Ok(Self { store, prefix: Path::parse(prefix)? })
    }

    /// Those of a bucket of S3, as `s3://BUCKET/PREFIX`. Who asks, where, is said by the environment as to other programs.
    ///
    /// # Errors
    /// There is no bucket in it, or the environment says too little.
    #[cfg(feature = "s3")]
    pub fn s3(url: &str) -> Result<Self, ObjectsError> {
        let address = url.strip_prefix("s3://").unwrap_or_default();
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        if bucket.is_empty() {
            return Err(ObjectsError::NoBucket(url.to_owned()));
        }
        let store = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(bucket).build()?;
        Self::new(Arc::new(store), prefix)
    }

    /// The names of those that are there, without the prefix, sorted; not those under a further `/`.
    ///
    /// # Errors
    /// The store refuses, or is not reached.
    pub async fn names(&self) -> Result<Vec<String>, ObjectsError> {
        let found = self.store.list_with_delimiter(Some(&self.prefix)).await?;
        let names = found.objects.iter().filter_map(|object| object.location.filename());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    /// What stands in one; `None` if it is not there.
    ///
    /// # Errors
    /// The store refuses, or is not reached.
    pub async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectsError> {
        match self.store.get(&self.path(name)).await {
            Ok(found) => Ok(Some(found.bytes().await?.into())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(problem) => Err(problem.into()),
        }
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// The store refuses, or is not reached.
    pub async fn has(&self, name: &str) -> Result<bool, ObjectsError> {
        match self.store.head(&self.path(name)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(problem) => Err(problem.into()),
        }
    }

    /// Puts one by a single request, unless it is there.
    ///
    /// # Errors
    /// The store refuses, or is not reached.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        let (path, payload) = (self.path(name), PutPayload::from(bytes));
        match self.store.put_opts(&path, payload.clone(), PutMode::Create.into()).await {
            Ok(_) | Err(Error::AlreadyExists { .. }) => Ok(()),
            // A store without conditions: the second writer has the same to say.
            Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => {
                self.store.put(&path, payload).await?;
                Ok(())
            }
            Err(problem) => Err(problem.into()),
        }
    }

    fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// What a future comes to that has nothing to wait for.
    fn at_once<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("memory does not wait"),
        }
    }

    fn objects(store: &Arc<InMemory>, prefix: &str) -> Objects {
        Objects::new(Arc::clone(store) as Arc<dyn ObjectStore>, prefix).expect("a prefix")
    }

    #[test]
    fn what_is_put_is_listed_and_read_under_its_prefix_alone() {
        let store = Arc::new(InMemory::new());
        let [one, other] = ["sweeps/one", "sweeps"].map(|prefix| objects(&store, prefix));
        at_once(one.put("part-1", b"1".to_vec())).expect("memory has room");
        at_once(one.put("part-0", b"0".to_vec())).expect("memory has room");
        assert_eq!(at_once(one.names()).expect("a list"), ["part-0", "part-1"]);
        assert_eq!(at_once(other.names()).expect("a list"), [""; 0]);
        assert_eq!(at_once(one.read("part-1")).expect("it is read"), Some(b"1".to_vec()));
        assert_eq!(at_once(other.read("part-1")).expect("it is looked for"), None);
        assert!(at_once(one.has("part-0")).expect("it is looked for"));
        assert!(!at_once(other.has("part-0")).expect("it is looked for"));
    }

    #[test]
    fn an_object_that_is_there_stays_as_it_is() {
        let store = Arc::new(InMemory::new());
        let objects = objects(&store, "");
        at_once(objects.put("part-0", b"first".to_vec())).expect("memory has room");
        at_once(objects.put("part-0", b"second".to_vec())).expect("it is no failure");
        assert_eq!(at_once(objects.read("part-0")).expect("it is read"), Some(b"first".to_vec()));
    }
}
