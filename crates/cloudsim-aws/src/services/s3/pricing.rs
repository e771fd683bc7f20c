//! Prices of S3, us-east-1.

use super::StorageClass;
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

/// What a gigabyte costs in a month.
#[must_use]
pub const fn gigabyte_month(class: StorageClass) -> NanoUsd {
    match class {
        StorageClass::Standard => STANDARD_GIGABYTE_MONTH,
        StorageClass::GlacierFlexible(_) => FLEXIBLE_GIGABYTE_MONTH,
        StorageClass::GlacierDeepArchive(_) => DEEP_GIGABYTE_MONTH,
    }
}
