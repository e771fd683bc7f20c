//! What instances of a type have.

use cloudsim_units::Bytes;

/// A type of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Its name: `m5.xlarge`.
    pub name: &'static str,
    /// Its virtual cores.
    pub vcpus: u32,
    /// Its memory.
    pub memory: Bytes,
    /// How many pods EKS lets it have: one for each address of its network interfaces but the first of each, and two that use
    /// the node's own.
    pub pods_max: u32,
}

/// Name, virtual cores, GiB of memory, network interfaces, addresses of each.
type Row = (&'static str, u32, u64, u32, u32);

/// The types that are known.
///
/// Source: Amazon EC2 instance types guide, "Specifications"; interfaces and addresses: Amazon EC2 User Guide, "IP addresses
/// per network interface", of which awslabs/amazon-eks-ami, `eni-max-pods.txt`, makes the same numbers of pods.
const TYPES: [Row; 110] = [
    ("t3.micro", 2, 1, 2, 2),
    ("t3.small", 2, 2, 3, 4),
    ("t3.medium", 2, 4, 3, 6),
    ("t3.large", 2, 8, 3, 12),
    ("t3.xlarge", 4, 16, 4, 15),
    ("t3.2xlarge", 8, 32, 4, 15),
    ("t4g.micro", 2, 1, 2, 2),
    ("t4g.small", 2, 2, 3, 4),
    ("t4g.medium", 2, 4, 3, 6),
    ("t4g.large", 2, 8, 3, 12),
    ("t4g.xlarge", 4, 16, 4, 15),
    ("t4g.2xlarge", 8, 32, 4, 15),
    ("m5.large", 2, 8, 3, 10),
    ("m5.xlarge", 4, 16, 4, 15),
    ("m5.2xlarge", 8, 32, 4, 15),
    ("m5.4xlarge", 16, 64, 8, 30),
    ("m5.8xlarge", 32, 128, 8, 30),
    ("m5.12xlarge", 48, 192, 8, 30),
    ("m5.16xlarge", 64, 256, 15, 50),
    ("m5.24xlarge", 96, 384, 15, 50),
    ("m6i.large", 2, 8, 3, 10),
    ("m6i.xlarge", 4, 16, 4, 15),
    ("m6i.2xlarge", 8, 32, 4, 15),
    ("m6i.4xlarge", 16, 64, 8, 30),
    ("m6i.8xlarge", 32, 128, 8, 30),
    ("m6i.12xlarge", 48, 192, 8, 30),
    ("m6i.16xlarge", 64, 256, 15, 50),
    ("m6i.24xlarge", 96, 384, 15, 50),
    ("m6g.large", 2, 8, 3, 10),
    ("m6g.xlarge", 4, 16, 4, 15),
    ("m6g.2xlarge", 8, 32, 4, 15),
    ("m6g.4xlarge", 16, 64, 8, 30),
    ("m6g.8xlarge", 32, 128, 8, 30),
    ("m6g.12xlarge", 48, 192, 8, 30),
    ("m6g.16xlarge", 64, 256, 15, 50),
    ("m7i.large", 2, 8, 3, 10),
    ("m7i.xlarge", 4, 16, 4, 15),
    ("m7i.2xlarge", 8, 32, 4, 15),
    ("m7i.4xlarge", 16, 64, 8, 30),
    ("m7i.8xlarge", 32, 128, 8, 30),
    ("m7i.12xlarge", 48, 192, 8, 30),
    ("m7i.16xlarge", 64, 256, 15, 50),
    ("m7i.24xlarge", 96, 384, 15, 50),
    ("m7g.large", 2, 8, 3, 10),
    ("m7g.xlarge", 4, 16, 4, 15),
    ("m7g.2xlarge", 8, 32, 4, 15),
    ("m7g.4xlarge", 16, 64, 8, 30),
    ("m7g.8xlarge", 32, 128, 8, 30),
    ("m7g.12xlarge", 48, 192, 8, 30),
    ("m7g.16xlarge", 64, 256, 15, 50),
    ("r5.large", 2, 16, 3, 10),
    ("r5.xlarge", 4, 32, 4, 15),
    ("r5.2xlarge", 8, 64, 4, 15),
    ("r5.4xlarge", 16, 128, 8, 30),
    ("r5.8xlarge", 32, 256, 8, 30),
    ("r5.12xlarge", 48, 384, 8, 30),
    ("r5.16xlarge", 64, 512, 15, 50),
    ("r5.24xlarge", 96, 768, 15, 50),
    ("r6i.large", 2, 16, 3, 10),
    ("r6i.xlarge", 4, 32, 4, 15),
    ("r6i.2xlarge", 8, 64, 4, 15),
    ("r6i.4xlarge", 16, 128, 8, 30),
    ("r6i.8xlarge", 32, 256, 8, 30),
    ("r6i.12xlarge", 48, 384, 8, 30),
    ("r6i.16xlarge", 64, 512, 15, 50),
    ("r6i.24xlarge", 96, 768, 15, 50),
    ("r6g.large", 2, 16, 3, 10),
    ("r6g.xlarge", 4, 32, 4, 15),
    ("r6g.2xlarge", 8, 64, 4, 15),
    ("r6g.4xlarge", 16, 128, 8, 30),
    ("r6g.8xlarge", 32, 256, 8, 30),
    ("r6g.12xlarge", 48, 384, 8, 30),
    ("r6g.16xlarge", 64, 512, 15, 50),
    ("r7g.large", 2, 16, 3, 10),
    ("r7g.xlarge", 4, 32, 4, 15),
    ("r7g.2xlarge", 8, 64, 4, 15),
    ("r7g.4xlarge", 16, 128, 8, 30),
    ("r7g.8xlarge", 32, 256, 8, 30),
    ("r7g.12xlarge", 48, 384, 8, 30),
    ("r7g.16xlarge", 64, 512, 15, 50),
    ("c5.large", 2, 4, 3, 10),
    ("c5.xlarge", 4, 8, 4, 15),
    ("c5.2xlarge", 8, 16, 4, 15),
    ("c5.4xlarge", 16, 32, 8, 30),
    ("c5.9xlarge", 36, 72, 8, 30),
    ("c5.12xlarge", 48, 96, 8, 30),
    ("c5.18xlarge", 72, 144, 15, 50),
    ("c5.24xlarge", 96, 192, 15, 50),
    ("c6i.large", 2, 4, 3, 10),
    ("c6i.xlarge", 4, 8, 4, 15),
    ("c6i.2xlarge", 8, 16, 4, 15),
    ("c6i.4xlarge", 16, 32, 8, 30),
    ("c6i.8xlarge", 32, 64, 8, 30),
    ("c6i.12xlarge", 48, 96, 8, 30),
    ("c6i.16xlarge", 64, 128, 15, 50),
    ("c6i.24xlarge", 96, 192, 15, 50),
    ("c6g.large", 2, 4, 3, 10),
    ("c6g.xlarge", 4, 8, 4, 15),
    ("c6g.2xlarge", 8, 16, 4, 15),
    ("c6g.4xlarge", 16, 32, 8, 30),
    ("c6g.8xlarge", 32, 64, 8, 30),
    ("c6g.12xlarge", 48, 96, 8, 30),
    ("c6g.16xlarge", 64, 128, 15, 50),
    ("c7g.large", 2, 4, 3, 10),
    ("c7g.xlarge", 4, 8, 4, 15),
    ("c7g.2xlarge", 8, 16, 4, 15),
    ("c7g.4xlarge", 16, 32, 8, 30),
    ("c7g.8xlarge", 32, 64, 8, 30),
    ("c7g.12xlarge", 48, 96, 8, 30),
    ("c7g.16xlarge", 64, 128, 15, 50),
];

/// What a type has; `None` of one that is not known.
///
/// ```
/// use cloudsim_aws::services::ec2_instance::types::instance_type;
/// assert_eq!(instance_type("m5.xlarge").map(|known| (known.vcpus, known.pods_max)), Some((4, 58)));
/// ```
#[must_use]
pub fn instance_type(name: &str) -> Option<InstanceType> {
    let (name, vcpus, gibibytes, interfaces, addresses) = *TYPES.iter().find(|(known, ..)| *known == name)?;
    let pods_max = interfaces * (addresses - 1) + 2;
    Some(InstanceType { name, vcpus, memory: Bytes(gibibytes << 30), pods_max })
}

/// The names of the types that are known.
pub fn known_types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(name, ..)| *name)
}
