//! Prices of S3, us-east-1.

use super::{Retrieval, StorageClass};
use cloudsim_units::NanoUsd;

/// A gigabyte for a month in Standard.
///
/// Source: PRC-19, AWS price list by way of Infracost's S3 example, July 2024.
const STANDARD_GIGABYTE_MONTH: NanoUsd = NanoUsd::from_micros(23_000);

/// In Glacier Flexible Retrieval.
///
/// Source: PRC-20, as above.
const FLEXIBLE_GIGABYTE_MONTH: NanoUsd = NanoUsd::from_micros(3_600);

/// In Glacier Deep Archive.
///
/// Source: PRC-20, as above.
const DEEP_GIGABYTE_MONTH: NanoUsd = NanoUsd::from_micros(990);

/// Retrieval of a gigabyte from Glacier Flexible Retrieval: standard, and expedited; bulk is free.
///
/// Source: PRC-21, as above; that bulk is free is recalled from the AWS price list.
const FLEXIBLE_RETRIEVALS: [NanoUsd; 2] = [NanoUsd::from_micros(10_000), NanoUsd::from_micros(30_000)];

/// Retrieval of a gigabyte from Glacier Deep Archive: standard, and bulk.
///
/// Source: PRC-21, as above.
const DEEP_RETRIEVALS: [NanoUsd; 2] = [NanoUsd::from_micros(20_000), NanoUsd::from_micros(2_500)];

/// What a gigabyte costs in a month.
#[must_use]
pub const fn gigabyte_month(class: StorageClass) -> NanoUsd {
    match class {
        StorageClass::Standard => STANDARD_GIGABYTE_MONTH,
        StorageClass::GlacierFlexible(_) => FLEXIBLE_GIGABYTE_MONTH,
        StorageClass::GlacierDeepArchive(_) => DEEP_GIGABYTE_MONTH,
    }
}

/// What it costs to retrieve a gigabyte once.
#[must_use]
pub const fn gigabyte_retrieved(class: StorageClass) -> NanoUsd {
    match class {
        StorageClass::Standard | StorageClass::GlacierFlexible(Retrieval::Bulk) => NanoUsd::from_micros(0),
        StorageClass::GlacierFlexible(Retrieval::Standard) => FLEXIBLE_RETRIEVALS[0],
        StorageClass::GlacierFlexible(Retrieval::Expedited) => FLEXIBLE_RETRIEVALS[1],
        StorageClass::GlacierDeepArchive(Retrieval::Expedited | Retrieval::Standard) => DEEP_RETRIEVALS[0],
        StorageClass::GlacierDeepArchive(Retrieval::Bulk) => DEEP_RETRIEVALS[1],
    }
}
