//! What objects are billed by.

use super::{Retrieval, StorageClass};
use crate::prices::Price;

/// A gigabyte that is retrieved; nothing is paid for reading what is in no archive.
#[must_use]
pub const fn retrieval_gigabyte(class: StorageClass) -> Option<Price> {
    match class {
        StorageClass::Standard => None,
        StorageClass::GlacierFlexible(Retrieval::Bulk) => Some(Price::GlacierFlexibleBulk),
        StorageClass::GlacierFlexible(Retrieval::Standard) => Some(Price::GlacierFlexibleStandard),
        StorageClass::GlacierFlexible(Retrieval::Expedited) => Some(Price::GlacierFlexibleExpedited),
        StorageClass::GlacierDeepArchive(Retrieval::Expedited | Retrieval::Standard) => {
            Some(Price::GlacierDeepArchiveStandard)
        }
        StorageClass::GlacierDeepArchive(Retrieval::Bulk) => Some(Price::GlacierDeepArchiveBulk),
    }
}

/// A request to retrieve an object; those that are not expedited cost less than a hundredth of a cent, which is left out.
#[must_use]
pub const fn retrieval_request(class: StorageClass) -> Option<Price> {
    match class {
        StorageClass::GlacierFlexible(Retrieval::Expedited) => Some(Price::GlacierFlexibleExpeditedRequest),
        StorageClass::Standard | StorageClass::GlacierFlexible(_) | StorageClass::GlacierDeepArchive(_) => None,
    }
}

/// A gigabyte that is kept for a month.
#[must_use]
pub const fn gigabyte_month(class: StorageClass) -> Price {
    match class {
        StorageClass::Standard => Price::S3Standard,
        StorageClass::GlacierFlexible(_) => Price::GlacierFlexible,
        StorageClass::GlacierDeepArchive(_) => Price::GlacierDeepArchive,
    }
}
