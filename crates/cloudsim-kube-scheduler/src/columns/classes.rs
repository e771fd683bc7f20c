//! Classes: pods that are alike in what matters share one number.

use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};

/// What is kept for each class, found by what its pods have in common.
pub(super) struct Classes<T> {
    by_hash: FxHashMap<u64, Vec<u32>>,
    of: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Classes<T> {
    fn default() -> Classes<T> {
        Classes { by_hash: FxHashMap::default(), of: Vec::new(), free: Vec::new() }
    }
}

impl<T> Classes<T> {
    /// The class with this key, if there is one. `is` tells whether a class has the key.
    pub(super) fn find_existing(&self, key: &impl Hash, is: impl Fn(&T) -> bool) -> Option<u32> {
        let same = self.by_hash.get(&hash_of(key))?;
        same.iter().copied().find(|&class| self.of[class as usize].as_ref().is_some_and(&is))
    }

    /// The class with this key, made if there is none. `is` tells whether a class has the key.
    pub(super) fn find(&mut self, key: &impl Hash, is: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> u32 {
        let same = self.by_hash.entry(hash_of(key)).or_default();
        if let Some(&class) = same.iter().find(|&&class| self.of[class as usize].as_ref().is_some_and(&is)) {
            return class;
        }
        let class = self.free.pop().unwrap_or_else(|| {
            self.of.push(None);
            number(self.of.len() - 1)
        });
        self.of[class as usize] = Some(make());
        same.push(class);
        class
    }

    pub(super) fn get(&self, class: u32) -> &T {
        self.of[class as usize].as_ref().expect("a class that is in use is kept")
    }

    pub(super) fn get_mut(&mut self, class: u32) -> &mut T {
        self.of[class as usize].as_mut().expect("a class that is in use is kept")
    }

    /// The classes, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.of.iter().enumerate().filter_map(|(class, of)| Some((number(class), of.as_ref()?)))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.of.iter_mut().flatten()
    }

    /// Forgets those that are not to be kept.
    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        let before = self.free.len();
        for (class, of) in self.of.iter_mut().enumerate() {
            if of.as_ref().is_some_and(|of| !keep(of)) {
                *of = None;
                self.free.push(number(class));
            }
        }
        if self.free.len() > before {
            let of = &self.of;
            self.by_hash.retain(|_, same| {
                same.retain(|&class| of[class as usize].is_some());
                !same.is_empty()
            });
        }
    }
}

fn hash_of(key: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

fn number(class: usize) -> u32 {
    u32::try_from(class).expect("classes are fewer than pods")
}
