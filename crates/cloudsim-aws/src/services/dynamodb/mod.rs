//! DynamoDB: tables with a replica in each of their regions, what two regions do to one item, and what is lost with a region.
//!
//! # Modelled
//! Servers use the replica of their own region over its regional endpoint. A request goes to the node that leads the partition
//! of its item, in any zone of the region that has power and is not cut off from the others; so a table outlives a zone, and a
//! region whose zones are all dark loses its replica. Items are drawn uniformly.
//!
//! *Eventual* (MREC): a write is acknowledged by its region and reaches each other replica after a lag of its own, in no
//! order between items. Of two versions of an item the later one wins everywhere. A write that another took the place of
//! without having been made on top of it is silently overwritten, though it was acknowledged: those are counted.
//!
//! *Strong* (MRSC): a write is acknowledged once two of the three regions have it, so it takes a round trip to the nearest of
//! the others that can be reached; so do reads. Where no other can be reached, both are refused.
//!
//! With a region everything is missing that it had acknowledged and no other region has: that is the recovery point of the
//! table. If it comes back, it is delivered then, and newer versions win over it.
//!
//! # Left out
//! Tables in regions without servers other than as replicas, calls from one region to the endpoint of another, capacity and
//! throttling, hot partitions, transactions, conditional writes, indexes, streams, DAX, time to live, backups and point-in-time
//! recovery, tables or replicas that are added during a run, clocks that differ, conflicts of strong writes
//! (`ReplicatedWriteConflictException`), which regions may form a strong table, the time until another node leads a
//! partition, and eventually consistent reads of strong tables. What is under way in a zone that dies is not written. How old
//! an item is that is read is not measured.
//!
//! # Sources
//! Each constant in [`limits`] names its fact and where that was read.

pub mod limits;
mod places;
pub mod pricing;
mod tables;
#[cfg(test)]
mod tests;
mod writes;

pub use places::Place;
pub use tables::{MemberPlacement, Put, Quorum, TablePlacement, Tables};

use cloudsim_engine::Vocabulary;
use cloudsim_records::Record;
use cloudsim_units::{Bytes, DurationDistribution};
use cloudsim_world::TableId;
use std::convert::Infallible;

/// The words of tables.
#[derive(Debug)]
pub struct DynamoDb;

impl Vocabulary for DynamoDb {
    type Event = Event;
    type Record = Record;
    type Signal = Infallible;
}

/// What will happen to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A write reaches another region.
    Arrived {
        /// The table.
        table: TableId,
        /// The number of the write.
        write: u32,
        /// Where it arrives.
        place: Place,
    },
}

// The queue moves events by value: a larger one would slow every run.
const _: () = assert!(size_of::<Event>() <= 12);

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSpec {
    /// Its name.
    pub name: String,
    /// The regions that have a replica, by name.
    pub regions: Vec<String>,
    /// How its regions agree.
    pub consistency: Consistency,
    /// How many items it has.
    pub items: u32,
    /// How large each of them is.
    pub item_size: Bytes,
    /// What it stores, in each region.
    pub storage: Bytes,
    /// From a request that reaches it until its answer leaves, other regions aside.
    pub response: DurationDistribution,
    /// From an acknowledged write until another region has it, where regions agree eventually.
    pub lag: DurationDistribution,
}

impl TableSpec {
    /// The regions that it lives in, that of its witness last.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        self.regions.iter().chain(self.consistency.witness()).map(String::as_str)
    }

    /// Whether a read, or a write, asks other regions.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        self.consistency != Consistency::Eventual
    }
}

/// How the regions of a table agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Sooner or later (MREC).
    Eventual,
    /// At once (MRSC).
    Strong {
        /// The region of a witness, which stores what was written and answers nobody.
        witness: Option<String>,
    },
}

impl Consistency {
    fn witness(&self) -> Option<&String> {
        match self {
            Self::Strong { witness } => witness.as_ref(),
            Self::Eventual => None,
        }
    }
}
