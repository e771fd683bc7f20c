//! The rows of the columns: one for each node, kept while nodes come and go around it.
//!
//! A node's slot in the cluster is its place by name and moves when others come or go; its row does not. A row
//! whose node is gone stays empty until all are numbered anew.

/// No slot: the row is empty.
const NOWHERE: u32 = u32::MAX;

/// Which node is in which row.
#[derive(Default)]
pub(super) struct Rows {
    /// The slot by row.
    by_row: Vec<u32>,
    /// The row by slot.
    by_slot: Vec<u32>,
    /// Whether rows are in the order of names.
    in_order: bool,
}

impl Rows {
    /// The rows of so many nodes, in their order.
    pub(super) fn of(nodes: usize) -> Rows {
        let rows: Vec<u32> = (0..number(nodes)).collect();
        Rows { by_row: rows.clone(), by_slot: rows, in_order: true }
    }

    /// How many rows there are, empty ones included.
    pub(super) fn len(&self) -> u32 {
        number(self.by_row.len())
    }

    /// Whether so many rows are empty that numbering anew pays.
    pub(super) fn are_sparse(&self) -> bool {
        self.by_row.len() > 2 * self.by_slot.len() + 64
    }

    /// Whether rows are in the order of names.
    pub(super) fn in_order(&self) -> bool {
        self.in_order
    }

    /// The slot of the node in a row.
    pub(super) fn slot(&self, row: u32) -> Option<usize> {
        self.by_row.get(row as usize).filter(|slot| **slot != NOWHERE).map(|slot| *slot as usize)
    }

    /// The row of the node in a slot.
    pub(super) fn row(&self, slot: usize) -> u32 {
        self.by_slot[slot]
    }

    /// A node came to a slot, and those from there on moved by one. Returns its row.
    pub(super) fn add(&mut self, slot: usize) -> u32 {
        let row = self.len();
        self.in_order &= slot == self.by_slot.len();
        for behind in &self.by_slot[slot..] {
            self.by_row[*behind as usize] += 1;
        }
        self.by_slot.insert(slot, row);
        self.by_row.push(number(slot));
        row
    }

    /// The node of a slot went, and those behind it moved by one.
    pub(super) fn remove(&mut self, slot: usize) {
        let row = self.by_slot.remove(slot);
        self.by_row[row as usize] = NOWHERE;
        for behind in &self.by_slot[slot..] {
            self.by_row[*behind as usize] -= 1;
        }
    }

    /// The node of a slot leaves its row for a new one. Returns that.
    pub(super) fn renew(&mut self, slot: usize) -> u32 {
        let row = self.len();
        self.in_order = false;
        let old = std::mem::replace(&mut self.by_slot[slot], row);
        self.by_row[old as usize] = NOWHERE;
        self.by_row.push(number(slot));
        row
    }
}

/// A slot or row as columns have it.
fn number(slot: usize) -> u32 {
    u32::try_from(slot).ok().filter(|slot| *slot != NOWHERE).expect("there are fewer than 2^32 nodes")
}
