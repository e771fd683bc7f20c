//! A set of slots.

/// One bit for each slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(slots: usize) -> Bits {
        Bits(vec![0; slots.div_ceil(64)])
    }

    pub(super) fn get(&self, slot: usize) -> bool {
        self.0[slot / 64] >> (slot % 64) & 1 == 1
    }

    pub(super) fn set(&mut self, slot: usize, to: bool) {
        let bit = 1 << (slot % 64);
        if to {
            self.0[slot / 64] |= bit;
        } else {
            self.0[slot / 64] &= !bit;
        }
    }

    /// The slots that are in both, in order.
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
