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

/// A gigabyte that is retrieved from Glacier Flexible Retrieval by a standard retrieval.
///
/// Source: PRC-21, as above.
const FLEXIBLE_STANDARD_GIGABYTE: NanoUsd = NanoUsd::from_micros(10_000);

/// By an expedited one.
///
/// Source: PRC-21, as above.
const FLEXIBLE_EXPEDITED_GIGABYTE: NanoUsd = NanoUsd::from_micros(30_000);

/// And for each such request: 10.00 a thousand.
///
/// Source: PRC-21, as above.
const FLEXIBLE_EXPEDITED_REQUEST: NanoUsd = NanoUsd::from_micros(10_000);

/// A gigabyte that is retrieved from Glacier Deep Archive by a standard retrieval.
///
/// Source: PRC-21, as above.
const DEEP_STANDARD_GIGABYTE: NanoUsd = NanoUsd::from_micros(20_000);

/// By a bulk one.
///
/// Source: PRC-21, as above.
const DEEP_BULK_GIGABYTE: NanoUsd = NanoUsd::from_micros(2_500);

/// What it costs to retrieve a gigabyte. Bulk retrievals from Flexible Retrieval are free, as recalled from the AWS
/// price list, and so is reading what is in no archive.
#[must_use]
pub const fn retrieval_gigabyte(class: StorageClass) -> NanoUsd {
    match class {
        StorageClass::Standard | StorageClass::GlacierFlexible(Retrieval::Bulk) => NanoUsd::ZERO,
        StorageClass::GlacierFlexible(Retrieval::Standard) => FLEXIBLE_STANDARD_GIGABYTE,
        StorageClass::GlacierFlexible(Retrieval::Expedited) => FLEXIBLE_EXPEDITED_GIGABYTE,
        StorageClass::GlacierDeepArchive(Retrieval::Expedited | Retrieval::Standard) => {
            DEEP_STANDARD_GIGABYTE
        }
        StorageClass::GlacierDeepArchive(Retrieval::Bulk) => DEEP_BULK_GIGABYTE,
    }
}

/// What a request to retrieve an object costs; those that are not expedited cost less than a hundredth of a cent, which is
/// left out.
#[must_use]
pub const fn retrieval_request(class: StorageClass) -> NanoUsd {
    match class {
        StorageClass::GlacierFlexible(Retrieval::Expedited) => FLEXIBLE_EXPEDITED_REQUEST,
        StorageClass::Standard | StorageClass::GlacierFlexible(_) | StorageClass::GlacierDeepArchive(_) => {
            NanoUsd::ZERO
        }
    }
}

/// What a gigabyte costs in a month.
#[must_use]
pub const fn gigabyte_month(class: StorageClass) -> NanoUsd {
    match class {
        StorageClass::Standard => STANDARD_GIGABYTE_MONTH,
        StorageClass::GlacierFlexible(_) => FLEXIBLE_GIGABYTE_MONTH,
        StorageClass::GlacierDeepArchive(_) => DEEP_GIGABYTE_MONTH,
    }
}
