//! What the API's objects are called inside of a cluster: by their place, which is never used again.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            pub(crate) fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("fewer than 2^32 objects of a kind"))
            }

            /// The place in the list of its kind.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

ids! {
    /// A node, by the order in which they joined.
    NodeId,
    /// A pod, by the order in which they were made.
    PodId,
    /// A workload, by its place in the specification.
    WorkloadId,
    /// A service, by its place in the specification.
    KubeServiceId,
    /// An autoscaler, by its place in the specification.
    AutoscalerId,
    /// A cron job, by its place in the specification.
    CronJobId,
    /// A claim to a volume, by the order in which they were made.
    ClaimId,
    /// A volume, by the order in which they were made.
    VolumeId,
    /// A volume on a node, by the order in which they were wanted.
    AttachmentId,
    /// A claim of Karpenter's to a node, by the order in which they were made.
    NodeClaimId,
}
