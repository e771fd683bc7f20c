//! What has happened, for those who look again only where something changed.

/// A pod came to a row or went from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) row: u32,
    /// What the pod is to other pods.
    pub(super) peer: u32,
    /// 1 if it came, -1 if it went.
    pub(super) by: i8,
}

/// The latest happenings of one kind. Positions count all of them ever; what is older than the log is gone.
pub(super) struct Log<T> {
    first: u64,
    happened: Vec<T>,
}

impl<T> Default for Log<T> {
    fn default() -> Log<T> {
        Log { first: 0, happened: Vec::new() }
    }
}

/// How many are kept at least: someone who is further behind looks at everything again, which costs about as much.
const KEPT: usize = 1 << 14;

impl<T> Log<T> {
    pub(super) fn push(&mut self, happened: T) {
        if self.happened.len() == 2 * KEPT {
            self.happened.drain(..KEPT);
            self.first += KEPT as u64;
        }
        self.happened.push(happened);
    }

    pub(super) fn end(&self) -> u64 {
        self.first + self.happened.len() as u64
    }

    /// What happened since a position; `None` if some of it is gone.
    pub(super) fn since(&self, position: u64) -> Option<&[T]> {
        let skip = usize::try_from(position.checked_sub(self.first)?).ok()?;
        self.happened.get(skip..)
    }
}
