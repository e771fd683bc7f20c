//! Prefers nodes that have the pod's images already. Points: score.

use super::normalize::MAX;
use crate::cluster::{Cluster, NodeInfo};
use crate::framework::{Cycle, Plugin, Score};
use crate::numbers::{count, double, truncated};
use crate::objects::Pod;

/// Below this sum of sizes an image counts nothing, in bytes.
///
/// Source: kube-scheduler v1.34 `imagelocality`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/scheduler/framework/plugins/imagelocality/image_locality.go>).
const LEAST: i64 = 23 * 1024 * 1024;
/// From this sum of sizes on, for each container, images count in full, in bytes.
///
/// Source: kube-scheduler v1.34 `imagelocality`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/scheduler/framework/plugins/imagelocality/image_locality.go>).
const MOST: i64 = 1000 * 1024 * 1024;

/// The plugin.
pub(super) struct ImageLocality;

impl Plugin for ImageLocality {
    fn pre_score<'c>(&'c self, cycle: &Cycle<'c>, _: &[&'c NodeInfo]) -> Option<Box<dyn Score + 'c>> {
        Some(Box::new(Locality { pod: cycle.pod, cluster: cycle.cluster }))
    }
}

struct Locality<'c> {
    pod: &'c Pod,
    cluster: &'c Cluster,
}

impl Score for Locality<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        locality(self.pod, node, self.cluster)
    }
}

/// How much of a pod's images a node has, 0 to 100. An image that few nodes have counts less, so that pods do not heap up.
pub(crate) fn locality(pod: &Pod, node: &NodeInfo, cluster: &Cluster) -> i64 {
    let has =
        |name: &str| node.node.images.iter().any(|image| image.names.iter().any(|known| &**known == name));
    let share = |nodes: u32| f64::from(nodes) / double(count(cluster.len()));
    let sum: i64 = pod
        .images
        .iter()
        .filter(|name| has(name))
        .filter_map(|name| cluster.image(name))
        .map(|image| truncated(double(image.size) * share(image.nodes)))
        .sum();
    let most = MOST * count(pod.images.len());
    if most <= LEAST {
        return 0;
    }
    MAX * (sum.clamp(LEAST, most) - LEAST) / (most - LEAST)
}
