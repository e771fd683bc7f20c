//! The events that can be cancelled: rows that are reused, keys that are not.

use crate::EventKey;

const NO_ROW: u32 = u32::MAX;

/// Holds each armed event until it happens or is cancelled.
///
/// # Invariants
/// A row's generation grows each time it is vacated, and a row whose generation cannot grow is never used again: so no
/// key is ever made twice.
pub(super) struct Armed<E> {
    rows: Vec<Row<E>>,
    /// The vacant row to use next; vacant rows are chained.
    vacant: u32,
}

struct Row<E> {
    generation: u32,
    state: State<E>,
}

enum State<E> {
    Held(E),
    Vacant { next: u32 },
}

impl<E> Armed<E> {
    pub(super) const fn new() -> Self {
        Self { rows: Vec::new(), vacant: NO_ROW }
    }

    pub(super) fn insert(&mut self, event: E) -> EventKey {
        if let Some(row) = self.rows.get_mut(self.vacant as usize)
            && let State::Vacant { next } = row.state
        {
            row.state = State::Held(event);
            let key = EventKey::new(self.vacant, row.generation);
            self.vacant = next;
            return key;
        }
        let index = u32::try_from(self.rows.len()).expect("fewer than 2^32 events are armed at once");
        assert!(index != NO_ROW, "fewer than 2^32 events are armed at once");
        self.rows.push(Row { generation: 1, state: State::Held(event) });
        EventKey::new(index, 1)
    }

    /// The event of `key`, if it is still held.
    pub(super) fn take(&mut self, key: EventKey) -> Option<E> {
        let row = self.rows.get_mut(key.row() as usize)?;
        if row.generation != key.generation() || matches!(row.state, State::Vacant { .. }) {
            return None;
        }
        let vacated = match row.generation.checked_add(1) {
            Some(generation) => {
                row.generation = generation;
                let next = std::mem::replace(&mut self.vacant, key.row());
                State::Vacant { next }
            }
            None => State::Vacant { next: NO_ROW },
        };
        match std::mem::replace(&mut row.state, vacated) {
            State::Held(event) => Some(event),
            State::Vacant { .. } => None,
        }
    }

    pub(super) fn holds(&self, key: EventKey) -> bool {
        self.rows
            .get(key.row() as usize)
            .is_some_and(|row| row.generation == key.generation() && matches!(row.state, State::Held(_)))
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.rows.capacity() * size_of::<Row<E>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_row_gets_a_new_key() {
        let mut armed = Armed::new();
        let first = armed.insert('a');
        assert_eq!(armed.take(first), Some('a'));
        let second = armed.insert('b');
        assert_eq!(second.row(), first.row());
        assert_ne!(second, first);
        assert_eq!(armed.take(first), None);
        assert!(armed.holds(second));
    }

    #[test]
    fn a_row_out_of_generations_is_retired() {
        let mut armed = Armed::new();
        let key = armed.insert('a');
        armed.rows[0].generation = u32::MAX;
        let last = EventKey::new(key.row(), u32::MAX);
        assert_eq!(armed.take(last), Some('a'));
        assert_eq!(armed.take(last), None);
        assert_ne!(armed.insert('b').row(), key.row());
    }

    #[test]
    fn an_armed_event_of_16_bytes_takes_a_row_of_24() {
        assert_eq!(size_of::<Row<super::super::tests::RootLike>>(), 24);
    }
}
