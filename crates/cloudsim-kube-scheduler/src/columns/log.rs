//! Which pods came and went, for those who look again only where something changed.

/// A pod came to a node or went from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// The node.
    pub(super) slot: u32,
    /// What the pod is to other pods.
    pub(super) peer: u32,
    /// 1 if it came, -1 if it went.
    pub(super) by: i8,
}

/// The latest moves. Positions count all moves ever; what is older than the log is gone.
#[derive(Default)]
pub(super) struct Log {
    first: u64,
    moves: Vec<Move>,
}

/// How many moves are kept at least: someone who is further behind looks at everything again, which costs about as much.
const KEPT: usize = 1 << 14;

impl Log {
    pub(super) fn push(&mut self, moved: Move) {
        if self.moves.len() == 2 * KEPT {
            self.moves.drain(..KEPT);
            self.first += KEPT as u64;
        }
        self.moves.push(moved);
    }

    pub(super) fn end(&self) -> u64 {
        self.first + self.moves.len() as u64
    }

    /// The moves since a position; `None` if some of them are gone.
    pub(super) fn since(&self, position: u64) -> Option<&[Move]> {
        let skip = usize::try_from(position.checked_sub(self.first)?).ok()?;
        self.moves.get(skip..)
    }
}
