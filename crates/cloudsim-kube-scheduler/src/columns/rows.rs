//! The rows of the columns: one for each node, kept while nodes come and go around it.
//!
//! A node's slot in the cluster is its place by name and moves when others come or go; its row does not. A row whose node is gone
//! stays empty until all are numbered anew.

/// No slot: the row is empty.
const NOWHERE: u32 = u32::MAX;

/// Which node is in which row.
#[derive(Default)]
pub(super) struct Rows {
    /// The slot by row.
    slots: Vec<u32>,
    /// The row by slot.
    rows: Vec<u32>,
    /// Whether rows are in the order of names.
    in_order: bool,
}

impl Rows {
    /// The rows of so many nodes, in their order.
    pub(super) fn of(nodes: usize) -> Rows {
        let rows: Vec<u32> = (0..number(nodes)).collect();
        Rows { slots: rows.clone(), rows, in_order: true }
    }

    /// How many rows there are, empty ones included.
    pub(super) fn len(&self) -> u32 {
        number(self.slots.len())
    }

    /// Whether so many rows are empty that numbering anew pays.
    pub(super) fn are_sparse(&self) -> bool {
        self.slots.len() > 2 * self.rows.len() + 64
    }

    /// Whether rows are in the order of names.
    pub(super) fn in_order(&self) -> bool {
        self.in_order
    }

    /// The slot of the node in a row.
    pub(super) fn slot(&self, row: u32) -> Option<usize> {
        self.slots.get(row as usize).filter(|slot| **slot != NOWHERE).map(|slot| *slot as usize)
    }

    /// The row of the node in a slot.
    pub(super) fn row(&self, slot: usize) -> u32 {
        self.rows[slot]
    }

    /// A node came to a slot, and those from there on moved by one. Returns its row.
    pub(super) fn add(&mut self, slot: usize) -> u32 {
        let row = self.len();
        self.in_order &= slot == self.rows.len();
        for behind in &self.rows[slot..] {
            self.slots[*behind as usize] += 1;
        }
        self.rows.insert(slot, row);
        self.slots.push(number(slot));
        row
    }

    /// The node of a slot went, and those behind it moved by one.
    pub(super) fn remove(&mut self, slot: usize) {
        let row = self.rows.remove(slot);
        self.slots[row as usize] = NOWHERE;
        for behind in &self.rows[slot..] {
            self.slots[*behind as usize] -= 1;
        }
    }

    /// The node of a slot leaves its row for a new one. Returns that.
    pub(super) fn renew(&mut self, slot: usize) -> u32 {
        let row = self.len();
        self.in_order = false;
        let old = std::mem::replace(&mut self.rows[slot], row);
        self.slots[old as usize] = NOWHERE;
        self.slots.push(number(slot));
        row
    }
}

/// A slot or row as columns have it.
fn number(slot: usize) -> u32 {
    u32::try_from(slot).ok().filter(|slot| *slot != NOWHERE).expect("there are fewer than 2^32 nodes")
}
