//! Rows in aligned columns, of which some are left out where the terminal is narrow.

use super::widest;
use cloudsim_measures::draw;

pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// Columns that are aligned to the right.
    to_the_right: Vec<usize>,
    left_out: Vec<usize>,
}

impl Table {
    pub(crate) fn new(header: &[impl ToString], to_the_right: &[usize]) -> Self {
        Self {
            rows: vec![header.iter().map(ToString::to_string).collect()],
            to_the_right: to_the_right.to_vec(),
            left_out: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    pub(crate) fn leave_out(&mut self, column: usize) {
        self.left_out.push(column);
    }

    /// Leaves out the first of these columns, and the next, until the rest fits.
    pub(crate) fn fit(&mut self, columns: usize, droppable: &[usize]) {
        for column in droppable {
            if self.width() <= columns {
                return;
            }
            self.left_out.push(*column);
        }
    }

    /// How many columns of the terminal it takes.
    pub(crate) fn width(&self) -> usize {
        let widths = self.widths();
        (widths.iter().map(|(_, width)| width + 2).sum::<usize>()).saturating_sub(2)
    }

    fn widths(&self) -> Vec<(usize, usize)> {
        let shown = (0..self.rows[0].len()).filter(|column| !self.left_out.contains(column));
        shown.map(|column| (column, widest(self.rows.iter().map(|row| row[column].as_str())))).collect()
    }

    /// A line for each row, the header first, all of them equally long.
    pub(crate) fn lines(&self) -> Vec<String> {
        let widths = self.widths();
        let line = |row: &Vec<String>| {
            let cells = widths.iter().map(|(column, width)| {
                let align = if self.to_the_right.contains(column) { draw::right } else { draw::left };
                align(&row[*column], *width)
            });
            cells.collect::<Vec<_>>().join("  ")
        };
        self.rows.iter().map(line).collect()
    }
}
