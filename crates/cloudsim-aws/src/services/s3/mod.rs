//! S3: in which class an object is kept, how long until one that is archived can be read, when its copy is elsewhere.
//!
//! # Modelled
//! Standard storage, Glacier Flexible Retrieval and Glacier Deep Archive with their retrieval tiers; replication to a bucket in
//! another region, with time control and without.
//!
//! # Left out
//! Requests to S3, which the bill leaves out too but for expedited retrievals, lifecycles that move objects from class to
//! class, expedited retrievals that are refused because many ask at once (DR-15), objects that are written over while they
//! are replicated.
//!
//! # Sources
//! Each constant in [`limits`] names its fact and where that was read.

pub mod limits;

use crate::prices::Price;
use cloudsim_units::{Bytes, DurationDistribution, SimDuration};

/// How soon an archived object is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retrieval {
    /// In minutes.
    Expedited,
    /// In hours.
    Standard,
    /// In half a day.
    Bulk,
}

/// The same of one in Deep Archive, which has no expedited retrievals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeepRetrieval {
    /// In half a day.
    Standard,
    /// In two days.
    Bulk,
}

/// In which class an object is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageClass {
    /// It can be read at once.
    Standard,
    /// Archived; a retrieval takes minutes or hours.
    GlacierFlexible(Retrieval),
    /// Archived deeper; it takes hours, or days.
    GlacierDeepArchive(DeepRetrieval),
}

impl StorageClass {
    /// A gigabyte that is retrieved; nothing is paid for reading what is in no archive.
    #[must_use]
    pub const fn retrieval_gigabyte(self) -> Option<Price> {
        match self {
            Self::Standard => None,
            Self::GlacierFlexible(Retrieval::Bulk) => Some(Price::GlacierFlexibleBulk),
            Self::GlacierFlexible(Retrieval::Standard) => Some(Price::GlacierFlexibleStandard),
            Self::GlacierFlexible(Retrieval::Expedited) => Some(Price::GlacierFlexibleExpedited),
            Self::GlacierDeepArchive(DeepRetrieval::Standard) => Some(Price::GlacierDeepArchiveStandard),
            Self::GlacierDeepArchive(DeepRetrieval::Bulk) => Some(Price::GlacierDeepArchiveBulk),
        }
    }

    /// A request to retrieve an object; those that are not expedited cost less than a hundredth of a cent, which is left out.
    #[must_use]
    pub const fn retrieval_request(self) -> Option<Price> {
        match self {
            Self::GlacierFlexible(Retrieval::Expedited) => Some(Price::GlacierFlexibleExpeditedRequest),
            Self::Standard | Self::GlacierFlexible(_) | Self::GlacierDeepArchive(_) => None,
        }
    }

    /// A gigabyte that is kept for a month.
    #[must_use]
    pub const fn gigabyte_month(self) -> Price {
        match self {
            Self::Standard => Price::S3Standard,
            Self::GlacierFlexible(_) => Price::GlacierFlexible,
            Self::GlacierDeepArchive(_) => Price::GlacierDeepArchive,
        }
    }

    /// How long an object is paid for at least, if it is in an archive.
    #[must_use]
    pub const fn least_paid(self) -> SimDuration {
        match self {
            Self::Standard => SimDuration::ZERO,
            Self::GlacierFlexible(_) => limits::FLEXIBLE_LEAST,
            Self::GlacierDeepArchive(_) => limits::DEEP_LEAST,
        }
    }

    /// How long until an object of that class can be read.
    #[must_use]
    pub const fn retrieval(self, assumed: &limits::Assumed) -> DurationDistribution {
        match self {
            Self::Standard => DurationDistribution::Constant(SimDuration::ZERO),
            Self::GlacierFlexible(Retrieval::Expedited) => limits::FLEXIBLE_EXPEDITED,
            Self::GlacierFlexible(Retrieval::Standard) => limits::FLEXIBLE_STANDARD,
            Self::GlacierFlexible(Retrieval::Bulk) => limits::FLEXIBLE_BULK,
            Self::GlacierDeepArchive(DeepRetrieval::Standard) => assumed.deep_standard,
            Self::GlacierDeepArchive(DeepRetrieval::Bulk) => assumed.deep_bulk,
        }
    }
}

/// How an object gets to a bucket in another region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replication {
    /// As soon as S3 gets to it.
    BestEffort,
    /// With Replication Time Control.
    TimeControl,
}

impl Replication {
    /// How long after it was written an object of that size is in the other region; `word` is the luck of it.
    #[must_use]
    pub fn lag(self, size: Bytes, assumed: &limits::Assumed, word: u64) -> SimDuration {
        match self {
            Self::TimeControl => assumed.time_control.sample(word),
            Self::BestEffort => {
                assumed.best_effort.sample(word).saturating_add(self.lag_at_least(size, assumed))
            }
        }
    }

    /// The part of it that is no luck.
    #[must_use]
    pub fn lag_at_least(self, size: Bytes, assumed: &limits::Assumed) -> SimDuration {
        match self {
            Self::TimeControl => SimDuration::ZERO,
            Self::BestEffort => size.take(assumed.copy_per_second),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_object_is_copied_later_unless_time_is_controlled() {
        let assumed = limits::Assumed::default();
        let lag = |replication: Replication, size| replication.lag(Bytes(size), &assumed, 1 << 63);
        assert_eq!(lag(Replication::BestEffort, 0), SimDuration::from_mins(1));
        // 50 MiB a second: 100 GiB take 2048 s.
        assert_eq!(lag(Replication::BestEffort, 100 << 30), SimDuration::from_secs(60 + 2048));
        assert_eq!(lag(Replication::TimeControl, 100 << 30), SimDuration::from_secs(5));
    }

    #[test]
    fn the_deeper_an_archive_the_longer_a_retrieval_takes() {
        let assumed = limits::Assumed::default();
        let longest = |class: StorageClass| class.retrieval(&assumed).sample(u64::MAX);
        let classes = [
            StorageClass::Standard,
            StorageClass::GlacierFlexible(Retrieval::Expedited),
            StorageClass::GlacierFlexible(Retrieval::Standard),
            StorageClass::GlacierFlexible(Retrieval::Bulk),
            StorageClass::GlacierDeepArchive(DeepRetrieval::Bulk),
        ];
        assert!(classes.is_sorted_by(|one, other| longest(*one) < longest(*other)));
    }
}
