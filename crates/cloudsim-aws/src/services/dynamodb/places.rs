//! Where a table lives: its replicas and its witness, by number.

/// A replica of a table or its witness, by its place among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub u8);

impl Place {
    pub(super) fn index(self) -> usize {
        self.0.into()
    }
}

/// Some of the places of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Places(u8);

impl Places {
    pub(super) fn first(count: usize) -> Self {
        (0..).take(count).map(Place).collect()
    }

    pub(super) fn contains(self, place: Place) -> bool {
        self.0 & 1 << place.0 != 0
    }

    pub(super) fn insert(&mut self, place: Place) {
        self.0 |= 1 << place.0;
    }

    pub(super) fn remove(&mut self, place: Place) {
        self.0 &= !(1 << place.0);
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn count(self) -> u32 {
        self.0.count_ones()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Place> {
        (0..8).map(Place).filter(move |place| self.contains(*place))
    }
}

impl FromIterator<Place> for Places {
    fn from_iter<T: IntoIterator<Item = Place>>(places: T) -> Self {
        let mut all = Self::default();
        places.into_iter().for_each(|place| all.insert(place));
        all
    }
}
