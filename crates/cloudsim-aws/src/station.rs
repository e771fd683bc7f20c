//! A queue in front of a number of workers: what serves requests on an instance, and statements in a database.

use std::collections::VecDeque;

/// Whether an arrival is worked on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// A worker takes it now.
    Started,
    /// It waits its turn.
    Queued,
    /// There is no connection left for it.
    Full,
}

/// Workers, those who wait for one, and connections. First come, first served.
///
/// `T` names the one who waits. A connection is held from admission until [`Station::release`]; a worker from the start of
/// the work until [`Station::finish`].
#[derive(Clone, Debug)]
pub struct Station<T> {
    workers: u32,
    busy: u32,
    connections_max: u32,
    connections: u32,
    waiting: VecDeque<T>,
}

impl<T> Station<T> {
    /// An idle station.
    #[must_use]
    pub fn new(workers: u32, connections_max: u32) -> Self {
        Self { workers, busy: 0, connections_max, connections: 0, waiting: VecDeque::new() }
    }

    /// Takes an arrival in.
    #[inline]
    pub fn admit(&mut self, who: T) -> Admission {
        if self.connections == self.connections_max {
            return Admission::Full;
        }
        self.connections += 1;
        if self.busy < self.workers {
            self.busy += 1;
            Admission::Started
        } else {
            self.waiting.push_back(who);
            Admission::Queued
        }
    }

    /// A worker is done; returns who is next to be worked on, now.
    ///
    /// # Panics
    /// If no worker was busy.
    #[inline]
    pub fn finish(&mut self) -> Option<T> {
        let next = self.waiting.pop_front();
        if next.is_none() {
            self.busy = self.busy.checked_sub(1).expect("a worker that finishes was busy");
        }
        next
    }

    /// A connection ends.
    ///
    /// # Panics
    /// If none was open.
    #[inline]
    pub fn release(&mut self) {
        self.connections = self.connections.checked_sub(1).expect("a connection that ends was open");
    }

    /// Everything under way is gone.
    pub fn clear(&mut self) {
        self.busy = 0;
        self.connections = 0;
        self.waiting.clear();
    }

    /// Whether someone waits for a worker.
    #[must_use]
    pub fn waits(&self, who: &T) -> bool
    where
        T: PartialEq,
    {
        self.waiting.contains(who)
    }

    /// Connections open now.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.connections
    }

    /// Workers busy now.
    #[must_use]
    pub fn busy(&self) -> u32 {
        self.busy
    }

    /// Those who wait for a worker now.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_first_is_served_first() {
        let mut station = Station::new(1, 10);
        assert_eq!(station.admit('a'), Admission::Started);
        assert_eq!(station.admit('b'), Admission::Queued);
        assert_eq!(station.admit('c'), Admission::Queued);
        assert!(!station.waits(&'a') && station.waits(&'b') && station.waits(&'c'));
        assert_eq!(station.finish(), Some('b'));
        assert!(!station.waits(&'b'));
        assert_eq!(station.finish(), Some('c'));
        assert_eq!(station.finish(), None);
        assert_eq!(station.busy(), 0);
    }

    #[test]
    fn a_connection_outlives_the_work() {
        let mut station = Station::new(1, 1);
        assert_eq!(station.admit('a'), Admission::Started);
        assert_eq!(station.finish(), None);
        assert_eq!(station.admit('b'), Admission::Full);
        station.release();
        assert_eq!(station.admit('b'), Admission::Started);
    }
}
