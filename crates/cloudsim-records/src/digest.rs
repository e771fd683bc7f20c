//! The digest of a run: BLAKE3 over its canonical record stream.

use crate::{Record, encode};
use cloudsim_units::SimTime;
use std::fmt;

/// Bytes that are gathered before they are hashed: BLAKE3 is fastest on long inputs.
const BATCH: usize = 64 * 1024;

/// Hashes the records of a run as they are made.
#[derive(Clone, Debug)]
pub struct Digest {
    hasher: blake3::Hasher,
    pending: Vec<u8>,
}

impl Digest {
    /// The digest of no records yet.
    #[must_use]
    pub fn new() -> Self {
        Self { hasher: blake3::Hasher::new(), pending: Vec::with_capacity(BATCH + 4096) }
    }

    /// Adds the next record.
    pub fn observe(&mut self, at: SimTime, number: u64, record: &Record) {
        encode(record, at, number, &mut self.pending);
        if self.pending.len() >= BATCH {
            self.hasher.update(&self.pending);
            self.pending.clear();
        }
    }

    /// The digest of all records so far.
    #[must_use]
    pub fn finish(mut self) -> RunDigest {
        self.hasher.update(&self.pending);
        RunDigest(*self.hasher.finalize().as_bytes())
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

/// The digest of a whole run: equal for equal runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunDigest(pub [u8; 32]);

impl RunDigest {
    /// The first twelve hexadecimal digits, for eyes.
    #[must_use]
    pub fn short(&self) -> String {
        self.hex().chars().take(12).collect()
    }

    /// Reads what its display form is.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hash = blake3::Hash::from_hex(text.strip_prefix("blake3:")?).ok()?;
        Some(Self(*hash.as_bytes()))
    }

    fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_string()
    }
}

/// `blake3:` and 64 hexadecimal digits.
impl fmt::Display for RunDigest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "blake3:{}", self.hex())
    }
}

/// A hash of every record of a run, to name the first that differs from another run's: eight bytes a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordHashes {
    hashes: Vec<u64>,
    scratch: Vec<u8>,
}

impl RecordHashes {
    /// The hashes of no records yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The hashes that [`RecordHashes::to_bytes`] wrote, such as those of another process; what is left of a
    /// truncated last hash is not counted.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let hashes = bytes.as_chunks::<8>().0.iter().map(|hash| u64::from_le_bytes(*hash)).collect();
        Self { hashes, scratch: Vec::new() }
    }

    /// Eight little-endian bytes for every record.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// How many records there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.hashes.len()
    }

    /// Adds the next record.
    pub fn observe(&mut self, at: SimTime, number: u64, record: &Record) {
        self.scratch.clear();
        encode(record, at, number, &mut self.scratch);
        let hash = blake3::hash(&self.scratch);
        let (first, _) = hash.as_bytes().split_first_chunk().expect("32 bytes hold 8");
        self.hashes.push(u64::from_le_bytes(*first));
    }

    /// The place of the first record that only one of the two runs has, or has differently; `None` if there is none.
    /// A record's place is its number.
    #[must_use]
    pub fn first_difference(&self, other: &Self) -> Option<u64> {
        let equal = self.hashes.iter().zip(&other.hashes).take_while(|(mine, theirs)| mine == theirs).count();
        let longest = self.hashes.len().max(other.hashes.len());
        (equal < longest).then(|| u64::try_from(equal).expect("a count fits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EndReason;

    fn started(fault: u32) -> Record {
        Record::FaultStarted { fault }
    }

    #[test]
    fn the_digest_of_a_known_stream_is_known() {
        let mut digest = Digest::new();
        digest.observe(SimTime::from_secs(300), 1, &started(0));
        digest.observe(SimTime::from_secs(1800), 2, &Record::RunEnded { reason: EndReason::Horizon });
        let digest = digest.finish();
        let mut bytes = Vec::new();
        encode(&started(0), SimTime::from_secs(300), 1, &mut bytes);
        encode(&Record::RunEnded { reason: EndReason::Horizon }, SimTime::from_secs(1800), 2, &mut bytes);
        assert_eq!(digest.0, *blake3::hash(&bytes).as_bytes());
        insta::assert_snapshot!(digest, @"blake3:ffbee73c1567abc525822ae3b5ce438ad376dbcd47fb40215d2f59e709108385");
        assert_eq!(digest.short().len(), 12);
    }

    #[test]
    fn batches_do_not_show_in_the_digest() {
        let mut digest = Digest::new();
        let mut bytes = Vec::new();
        for number in 0..10_000 {
            digest.observe(SimTime::from_nanos(number), number, &started(7));
            encode(&started(7), SimTime::from_nanos(number), number, &mut bytes);
        }
        assert!(bytes.len() > 3 * BATCH);
        assert_eq!(digest.finish().0, *blake3::hash(&bytes).as_bytes());
    }

    #[test]
    fn the_first_record_that_differs_is_named() {
        let stream = |faults: &[u32]| {
            let mut hashes = RecordHashes::new();
            for (number, fault) in (0..).zip(faults) {
                hashes.observe(SimTime::ZERO, number, &started(*fault));
            }
            hashes
        };
        assert_eq!(stream(&[1, 2, 3]).first_difference(&stream(&[1, 2, 3])), None);
        assert_eq!(stream(&[1, 2, 3]).first_difference(&stream(&[1, 9, 3])), Some(1));
        assert_eq!(stream(&[1, 2]).first_difference(&stream(&[1, 2, 3])), Some(2));
        assert_eq!(stream(&[]).first_difference(&stream(&[1])), Some(0));
        let sent = RecordHashes::from_bytes(&stream(&[1, 2, 3]).to_bytes());
        assert_eq!(sent.first_difference(&stream(&[1, 2, 3])), None);
    }
}
