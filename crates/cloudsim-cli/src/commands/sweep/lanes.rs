//! Threads on which runs are made, one for each run at a time.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// Does one piece of work after the other on each of a few threads. They stay the same, so that what an allocator keeps for a
/// thread does not grow with the number of runs.
pub(super) struct Lanes<T> {
    work: Sender<Work<T>>,
    done: UnboundedReceiver<T>,
    threads: JoinSet<()>,
    going: usize,
}

impl<T: Send + 'static> Lanes<T> {
    pub(super) fn new(count: usize) -> Self {
        let (work, queue) = channel::<Work<T>>();
        let (results, done) = unbounded_channel();
        let queue = Arc::new(Mutex::new(queue));
        let mut threads = JoinSet::new();
        for _ in 0..count {
            let (queue, results) = (Arc::clone(&queue), results.clone());
            threads.spawn_blocking(move || {
                let next = || queue.lock().expect("nobody dies while waiting").recv();
                while let Ok(work) = next() {
                    if results.send(work()).is_err() {
                        return;
                    }
                }
            });
        }
        Self { work, done, threads, going: 0 }
    }

    /// How much work is not done yet.
    pub(super) fn going(&self) -> usize {
        self.going
    }

    pub(super) fn start(&mut self, work: impl FnOnce() -> T + Send + 'static) {
        self.work.send(Box::new(work)).expect("the threads wait for work");
        self.going += 1;
    }

    /// What came of the work that is done first; `None` if none goes on.
    ///
    /// # Panics
    /// If the work panicked.
    pub(super) async fn next(&mut self) -> Option<T> {
        if self.going == 0 {
            return None;
        }
        let done = tokio::select! {
            biased;
            done = self.done.recv() => done.expect("the threads are there"),
            Some(ended) = self.threads.join_next() => {
                panic!("a run does not panic: {ended:?}");
            }
        };
        self.going -= 1;
        Some(done)
    }
}

#[cfg(test)]
mod tests {
    use super::Lanes;
    use std::collections::BTreeSet;
    use std::thread::{self, ThreadId};

    #[tokio::test]
    async fn all_work_is_done_on_as_many_threads_as_were_asked_for() {
        let mut lanes = Lanes::new(2);
        let mut done = BTreeSet::new();
        let mut threads: Vec<ThreadId> = Vec::new();
        for piece in 0..100 {
            if lanes.going() == 2 {
                let (piece, thread) = lanes.next().await.expect("two go on");
                done.insert(piece);
                threads.extend((!threads.contains(&thread)).then_some(thread));
            }
            lanes.start(move || (piece, thread::current().id()));
        }
        while let Some((piece, _)) = lanes.next().await {
            done.insert(piece);
        }
        assert_eq!(done, (0..100).collect());
        assert!(threads.len() <= 2, "{threads:?}");
    }

    #[tokio::test]
    #[should_panic(expected = "a run does not panic")]
    async fn work_that_panics_does_not_leave_others_waiting_for_it() {
        let mut lanes: Lanes<()> = Lanes::new(2);
        lanes.start(|| panic!("as an example"));
        lanes.next().await;
    }
}
