//! A set of rows.

/// One bit for each row; rows beyond the last that was set are not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn get(&self, row: u32) -> bool {
        let row = row as usize;
        self.0.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    pub(super) fn set(&mut self, row: u32, to: bool) {
        let row = row as usize;
        let (word, bit) = (row / 64, 1 << (row % 64));
        if to {
            if self.0.len() <= word {
                self.0.resize(word + 1, 0);
            }
            self.0[word] |= bit;
        } else if let Some(word) = self.0.get_mut(word) {
            *word &= !bit;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The rows that are in both, in order.
    pub(super) fn for_each_common(&self, other: &Bits, mut f: impl FnMut(u32)) {
        for (first, (a, b)) in (0..).step_by(64).zip(self.0.iter().zip(&other.0)) {
            let mut word = a & b;
            while word != 0 {
                f(first + word.trailing_zeros());
                word &= word - 1;
            }
        }
    }
}
