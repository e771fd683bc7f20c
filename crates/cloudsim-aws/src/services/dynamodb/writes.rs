//! The writes of a table: which region has which of them, which version of an item each region holds, and what became of all.
//!
//! Numbers grow with time, so that of two writes the one with the greater number is the later one.

use super::places::{Place, Places};
use cloudsim_records::CommitClasses;
use cloudsim_units::{SimDuration, SimTime};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug)]
struct Write {
    item: u32,
    at: SimTime,
    /// When the write before it was acknowledged, wherever that was.
    before: SimTime,
    home: Place,
    acked: bool,
    /// Whether another was made on top of it.
    seen: bool,
    /// Whether it was missing after a region was lost, and is not in all others yet.
    stranded: bool,
    /// Who has it, or had it.
    have: Places,
    /// Who is still to get it.
    ahead: Places,
    /// Those of them to whom nothing leads now.
    parked: Places,
    /// Where it is the version that is read.
    held: Places,
}

/// How a write begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    pub(super) item: u32,
    pub(super) home: Place,
    /// Who has it at once.
    pub(super) have: Places,
    pub(super) acked: bool,
}

/// What a lost region cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Loss {
    /// Acknowledged writes that nobody has who is left.
    pub(super) commits: u64,
    /// The last of them.
    last: SimTime,
    /// The last write up to which nothing is missing.
    kept: SimTime,
}

impl Loss {
    /// Last acknowledged write minus the last one up to which all survive.
    pub(super) fn rpo(self) -> SimDuration {
        if self.commits == 0 { SimDuration::ZERO } else { self.last.since(self.kept) }
    }
}

/// What became of all writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    pub(super) commits: CommitClasses,
    pub(super) overwritten: u64,
    pub(super) open: u64,
}

/// All writes of a table. Those to which nothing can happen any more are only counted.
#[derive(Debug)]
pub(super) struct Writes {
    members: Places,
    /// Whether all regions hold the same version of an item.
    strong: bool,
    next: u32,
    open: BTreeMap<u32, Write>,
    /// The version of each item that was ever written, in each region; of a strong table the one that all hold.
    versions: BTreeMap<(u32, Place), u32>,
    settled: Classes,
    last_acked: SimTime,
}

impl Writes {
    pub(super) fn new(members: Places, strong: bool) -> Self {
        Self {
            members,
            strong,
            next: 0,
            open: BTreeMap::new(),
            versions: BTreeMap::new(),
            settled: Classes::default(),
            last_acked: SimTime::ZERO,
        }
    }

    /// An item is written on top of the version that its region holds. Gives the number of the write.
    pub(super) fn begin(&mut self, begun: Begun, now: SimTime) -> u32 {
        let number = self.next;
        self.next = self.next.checked_add(1).expect("fewer than 2^32 writes");
        let Begun { item, home, have, acked } = begun;
        let (holds, holders) =
            if self.strong { (Place(0), self.members) } else { (home, [home].into_iter().collect()) };
        let write = Write {
            item,
            at: now,
            before: self.last_acked,
            home,
            acked,
            seen: false,
            stranded: false,
            have,
            ahead: self.members.without(have),
            parked: Places::default(),
            held: holders,
        };
        if acked {
            self.last_acked = now;
        }
        self.open.insert(number, write);
        if let Some(base) = self.versions.insert((item, holds), number) {
            self.get(base).seen = true;
            self.let_go(base, holders);
        }
        number
    }

    /// A write was asked for and not made.
    pub(super) fn failed(&mut self) {
        self.settled.commits.unacked_gone += 1;
    }

    /// A write is in another region: there it takes the place of an earlier version.
    pub(super) fn arrive(&mut self, number: u32, place: Place) {
        let write = self.get(number);
        write.ahead.remove(place);
        write.have.insert(place);
        let item = write.item;
        let held = self.versions.get(&(item, place)).copied();
        if !self.strong && held.is_none_or(|held| held < number) {
            self.versions.insert((item, place), number);
            self.get(number).held.insert(place);
            if let Some(held) = held {
                self.let_go(held, [place].into_iter().collect());
            }
        }
        let write = self.get(number);
        write.stranded &= !write.ahead.is_empty() || write.held.is_empty();
        self.settle(number);
    }

    /// Nothing leads to that place now.
    pub(super) fn park(&mut self, number: u32, place: Place) {
        self.get(number).parked.insert(place);
    }

    /// It is on its way again.
    pub(super) fn unpark(&mut self, number: u32, place: Place) {
        self.get(number).parked.remove(place);
    }

    /// What is not on its way to where it should be.
    pub(super) fn parked(&self) -> Vec<(u32, Place)> {
        let parked = self.open.iter().filter(|(_, write)| !write.parked.is_empty());
        parked.flat_map(|(number, write)| write.parked.iter().map(|place| (*number, place))).collect()
    }

    /// Who can send a write to others: the region that acknowledged it; of a strong table whoever has it.
    pub(super) fn sources(&self, number: u32) -> Places {
        let write = &self.open[&number];
        if self.strong { write.have } else { [write.home].into_iter().collect() }
    }

    /// Finds what is missing where only those are left.
    pub(super) fn strand(&mut self, left: Places) -> Loss {
        let mut loss = Loss::default();
        for write in self.open.values_mut() {
            if write.acked && !write.stranded && write.have.and(left).is_empty() {
                write.stranded = true;
                if loss.commits == 0 {
                    loss.kept = write.before;
                }
                loss.commits += 1;
                loss.last = write.at;
            }
        }
        loss
    }

    /// The classes of all writes, as things stand where only those are left.
    pub(super) fn classes(&self, left: Places) -> Classes {
        let mut classes = self.settled;
        for write in self.open.values() {
            if write.stranded && write.have.and(left).is_empty() {
                classes.count(Class::Lost, write.acked);
            } else if write.seen {
                classes.count(Class::Kept, write.acked);
            } else if !write.ahead.and(left).is_empty() {
                classes.count(Class::Open, write.acked);
            } else if write.held.and(left).is_empty() && !left.is_empty() {
                classes.count(write.gone(), write.acked);
            } else {
                classes.count(Class::Kept, write.acked);
            }
        }
        classes
    }

    /// How many writes are remembered one by one.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.open.len()
    }

    /// All regions hold the same version of each item, and it is the last one.
    #[cfg(test)]
    pub(super) fn assert_converged(&self) {
        for (item, _) in self.versions.keys() {
            let all: Vec<u32> =
                self.members.iter().filter_map(|place| self.versions.get(&(*item, place)).copied()).collect();
            let holders = if self.strong { 1 } else { self.members.count() as usize };
            assert!(all.len() == holders && all.iter().all(|one| *one == all[0]), "{item}: {all:?}");
        }
        assert_eq!(self.open.len(), self.versions.keys().filter(|(_, place)| *place == Place(0)).count());
    }

    fn get(&mut self, number: u32) -> &mut Write {
        self.open.get_mut(&number).expect("what is read, or on its way, is remembered")
    }

    fn let_go(&mut self, number: u32, places: Places) {
        let write = self.get(number);
        write.held = write.held.without(places);
        self.settle(number);
    }

    /// Counts a write and forgets it, once nobody reads it and nobody is still to get it.
    fn settle(&mut self, number: u32) {
        let write = *self.get(number);
        if write.held.is_empty() && write.ahead.is_empty() {
            self.open.remove(&number);
            let class = if write.seen { Class::Kept } else { write.gone() };
            self.settled.count(class, write.acked);
        }
    }
}

impl Write {
    /// The class of one that nobody reads and nobody has seen.
    fn gone(&self) -> Class {
        if self.stranded { Class::Lost } else { Class::Overwritten }
    }
}

#[derive(Clone, Copy)]
enum Class {
    Kept,
    /// Gone with a region.
    Lost,
    Overwritten,
    Open,
}

impl Classes {
    fn count(&mut self, class: Class, acked: bool) {
        let counter = match (class, acked) {
            (Class::Kept, true) => &mut self.commits.acked_kept,
            (Class::Lost, true) => &mut self.commits.acked_lost,
            (Class::Overwritten, true) => &mut self.overwritten,
            (Class::Open, true) => &mut self.open,
            (Class::Kept | Class::Open, false) => &mut self.commits.unacked_kept,
            (Class::Lost | Class::Overwritten, false) => &mut self.commits.unacked_gone,
        };
        *counter += 1;
    }
}
