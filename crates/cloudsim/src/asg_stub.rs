//! Temporary.
pub(crate) mod pricing {
    use cloudsim_units::NanoUsd;
    pub(crate) fn hour(_: &str) -> Option<NanoUsd> {
        Some(NanoUsd::ZERO)
    }
    pub(crate) fn monthly(_: &cloudsim_aws::services::rds::DatabaseSpec) -> Vec<cloudsim_records::BillItem> {
        Vec::new()
    }
    pub(crate) const INTER_ZONE_GIGABYTE: NanoUsd = NanoUsd::ZERO;
    pub(crate) const EGRESS_GIGABYTE: NanoUsd = NanoUsd::ZERO;
}
