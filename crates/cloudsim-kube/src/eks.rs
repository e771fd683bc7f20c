//! What EKS makes of an instance: how much of it is left for pods.

use crate::objects::Resources;
use crate::{Minor, NodeInfo};
use cloudsim_kube_scheduler::{HOSTNAME, REGION, ZONE};
use cloudsim_units::Bytes;

/// The label of a node's operating system.
const SYSTEM: &str = "kubernetes.io/os";

/// The label of a node's processors.
pub const ARCHITECTURE: &str = "kubernetes.io/arch";

/// The same as it was called once.
const OLD_ARCHITECTURE: &str = "beta.kubernetes.io/arch";

/// The label that the EBS CSI driver gives a node, which classes of storage name in `allowedTopologies`.
///
/// Source: `aws-ebs-csi-driver`, docs/parameters.md and `WellKnownZoneTopologyKey`, `ZoneTopologyKey`
/// (<https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/pkg/driver/node.go>).
const EBS_ZONE: &str = "topology.ebs.csi.aws.com/zone";

/// The label of a node's instance type.
pub const INSTANCE_TYPE: &str = "node.kubernetes.io/instance-type";

/// What the kubelet keeps back of each core, in tenths of a thousandth: of the first, the second, the third and fourth, and all
/// others.
///
/// Source: awslabs/amazon-eks-ami, `bootstrap.sh`, `get_cpu_millicores_to_reserve`: 6 %, 1 %, 0.5 % and 0.25 %.
const CPU_RESERVED: [u64; 4] = [600, 100, 50, 25];

/// What the kubelet keeps back of the memory, and so much more for each pod that may come.
///
/// Source: awslabs/amazon-eks-ami, `bootstrap.sh`, `get_memory_mebibytes_to_reserve`: 255 MiB and 11 MiB.
const MEMORY_RESERVED: (Bytes, Bytes) = (Bytes(255 << 20), Bytes(11 << 20));

/// Below so much free memory the kubelet evicts.
///
/// Source: kubelet, `evictionHard`, `memory.available<100Mi`.
const MEMORY_EVICTION: Bytes = Bytes(100 << 20);

/// What a node has for the writable layers and logs of its pods.
///
/// Assumed: the volume of 20 GiB that managed node groups have, less the 1 GiB and the tenth that the kubelet keeps back; what
/// a file system takes for itself is not taken off. Only pods that request ephemeral storage rest on it.
const EPHEMERAL_STORAGE: Bytes = Bytes(17 << 30);

/// How many EBS volumes a node of an instance type takes: what it is in the documentation, which counts neither the network
/// interfaces nor the disks of an instance that share the limit of some types.
///
/// Source: Kubernetes documentation, "Node-specific Volume Limits"
/// (<https://kubernetes.io/docs/concepts/storage/storage-limits/>): 25 for M5, C5, R5, T3 and Z1D, 39 for others.
///
/// ```
/// assert_eq!(cloudsim_kube::eks::volumes_max("m5.xlarge"), 25);
/// assert_eq!(cloudsim_kube::eks::volumes_max("m4.large"), 39);
/// ```
#[must_use]
pub fn volumes_max(instance_type: &str) -> i64 {
    if ["m5", "c5", "r5", "t3", "z1d"].iter().any(|family| instance_type.starts_with(family)) {
        25
    } else {
        39
    }
}

/// The labels that a node has by itself: where it is, by region and zone, if it is anywhere, and of what type, if of any.
///
/// A zone's label is its full name, also where it is called by its letter.
///
/// ```
/// let labels: Vec<_> = cloudsim_kube::eks::labels("ip-10-0-1-7", None, Some(("us-east-1", "a"))).collect();
/// assert!(labels.contains(&("topology.kubernetes.io/zone", "us-east-1a".to_owned())));
/// let of = |kind| cloudsim_kube::eks::labels("n", Some(kind), None).find(|(key, _)| *key == "kubernetes.io/arch");
/// assert_eq!(of("m5.xlarge").unwrap().1, "amd64");
/// assert_eq!(of("c7gn.large").unwrap().1, "arm64");
/// ```
pub fn labels(
    name: &str,
    instance_type: Option<&str>,
    place: Option<(&str, &str)>,
) -> impl Iterator<Item = (&'static str, String)> {
    let full = |(region, zone): (&str, &str)| {
        if zone.starts_with(region) { zone.to_owned() } else { format!("{region}{zone}") }
    };
    let architecture = architecture_of(instance_type);
    let labels = [
        (HOSTNAME, Some(name.to_owned())),
        (ARCHITECTURE, Some(architecture.to_owned())),
        (OLD_ARCHITECTURE, Some(architecture.to_owned())),
        (SYSTEM, Some("linux".to_owned())),
        (INSTANCE_TYPE, instance_type.map(str::to_owned)),
        (REGION, place.map(|(region, _)| region.to_owned())),
        (EBS_ZONE, place.map(full)),
        (ZONE, place.map(full)),
    ];
    labels.into_iter().filter_map(|(key, value)| Some((key, value?)))
}

fn architecture_of(instance_type: Option<&str>) -> &'static str {
    instance_type.map_or("amd64", architecture)
}

/// What processors an instance type has: a `g` behind the number of its generation stands for Graviton.
///
/// Source: Amazon EC2 documentation, "Instance type naming conventions"
/// (<https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html>).
fn architecture(instance_type: &str) -> &'static str {
    let family = instance_type.split('.').next().unwrap_or_default();
    let options = family
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .trim_start_matches(|c: char| c.is_ascii_digit());
    if family == "a1" || options.contains('g') { "arm64" } else { "amd64" }
}

/// The nodes of managed groups, oldest version first: kubelet, operating system, kernel and container runtime.
///
/// Measured: by others, as `kubectl get nodes -o wide` printed them on EKS from 2025 (Amazon Linux 2) to September 2026; which
/// system and line of kernels a version has is in the releases of awslabs/amazon-eks-ami
/// (<https://github.com/awslabs/amazon-eks-ami/releases>). Every patch moves them, and nothing depends on them.
const NODES: [(u16, [&str; 4]); 9] = [
    (28, ["v1.28.15-eks-113cf36", "Amazon Linux 2", "5.10.242-239.961.amzn2", "containerd://1.7.27"]),
    (29, ["v1.29.15-eks-113cf36", "Amazon Linux 2", "5.10.242-239.961.amzn2", "containerd://1.7.27"]),
    (
        30,
        [
            "v1.30.14-eks-7fcd7ec",
            "Amazon Linux 2023.11.20260509",
            "6.1.170-210.320.amzn2023",
            "containerd://2.2.3+unknown",
        ],
    ),
    (
        31,
        [
            "v1.31.14-eks-cb19647",
            "Amazon Linux 2023.12.20260831",
            "6.1.182-227.379.amzn2023",
            "containerd://2.2.5+unknown",
        ],
    ),
    (
        32,
        [
            "v1.32.13-eks-7d6f6ec",
            "Amazon Linux 2023.12.20260622",
            "6.1.175-219.357.amzn2023",
            "containerd://2.2.4+unknown",
        ],
    ),
    (
        33,
        [
            "v1.33.13-eks-cb19647",
            "Amazon Linux 2023.12.20260831",
            "6.12.103-127.188.amzn2023",
            "containerd://2.2.5+unknown",
        ],
    ),
    (
        34,
        [
            "v1.34.8-eks-3385e9b",
            "Amazon Linux 2023.11.20260526",
            "6.12.88-119.157.amzn2023",
            "containerd://2.2.3+unknown",
        ],
    ),
    (
        35,
        [
            "v1.35.6-eks-8f14419",
            "Amazon Linux 2023.12.20260710",
            "6.12.94-123.180.amzn2023",
            "containerd://2.2.4+unknown",
        ],
    ),
    (
        36,
        [
            "v1.36.1-eks-0de9cde",
            "Amazon Linux 2023.12.20260608",
            "6.18.33-63.124.amzn2023",
            "containerd://2.2.4+unknown",
        ],
    ),
];

/// What a node says of itself, addresses aside.
///
/// ```
/// let large = cloudsim_kube::eks::node_info("1.34".parse().unwrap(), Some("m7g.large"));
/// assert_eq!(&*large.kubelet_version, "v1.34.8-eks-3385e9b");
/// assert_eq!(&*large.kernel_version, "6.12.88-119.157.amzn2023.aarch64");
/// ```
#[must_use]
pub fn node_info(version: Minor, instance_type: Option<&str>) -> NodeInfo {
    let of = NODES.iter().rfind(|(minor, _)| *minor <= version.number());
    let (_, [kubelet, system, kernel, runtime]) = of.expect("the oldest version is there");
    let processor = match architecture_of(instance_type) {
        "arm64" => "aarch64",
        _ => "x86_64",
    };
    NodeInfo {
        kubelet_version: (*kubelet).into(),
        os_image: (*system).into(),
        kernel_version: format!("{kernel}.{processor}").into(),
        container_runtime_version: (*runtime).into(),
        ..NodeInfo::default()
    }
}

/// What a node can give to pods.
///
/// All of the memory that the type is sold with counts: what firmware and kernel take before, some hundredths of it, is not
/// taken off.
///
/// ```
/// use cloudsim_units::Bytes;
/// let large = cloudsim_kube::eks::allocatable(4, Bytes(16 << 30), 58);
/// assert_eq!((large.milli_cpu, large.memory >> 20), (3_920, 16_384 - 255 - 11 * 58 - 100));
/// ```
#[must_use]
pub fn allocatable(cores: u32, memory: Bytes, pods_max: u32) -> Resources {
    let of_core = |core: u32| {
        CPU_RESERVED[match core {
            0 => 0,
            1 => 1,
            2 | 3 => 2,
            _ => 3,
        }]
    };
    // Rounded down to whole thousandths, as the script does.
    let reserved = (0..cores).map(of_core).sum::<u64>() / 10;
    let milli_cpu = u64::from(cores) * 1_000 - reserved;
    let (base, each) = MEMORY_RESERVED;
    let kept = base.0 + each.0 * u64::from(pods_max) + MEMORY_EVICTION.0;
    let signed = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
    Resources {
        milli_cpu: signed(milli_cpu),
        memory: signed(memory.0.saturating_sub(kept)),
        ephemeral_storage: signed(EPHEMERAL_STORAGE.0),
        scalars: std::collections::BTreeMap::new(),
    }
}
