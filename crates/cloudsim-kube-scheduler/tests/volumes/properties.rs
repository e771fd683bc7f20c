//! What holds for any storage.

use crate::support::{claim, cluster, lay, mounts, on, pod, verdict, volume};
use cloudsim_kube_scheduler::objects::Pod;
use cloudsim_kube_scheduler::{Cluster, PodVolumes};
use proptest::prelude::*;
use serde_json::{Value, json};

prop_compose! {
    /// A few volumes and claims of the classes `by-hand` and `wait`, and a pod that mounts all claims.
    fn some_storage()(
        volumes in prop::collection::vec((1u32..6, 0usize..3, any::<bool>(), any::<bool>()), 0..6),
        claims in prop::collection::vec((1u32..6, any::<bool>()), 1..4),
    ) -> (Cluster, Pod) {
        let mut cluster = cluster();
        for (i, (size, host, by_hand, available)) in volumes.into_iter().enumerate() {
            let class = if by_hand { "by-hand" } else { "wait" };
            let mut over = json!({"spec": {"capacity": {"storage": format!("{size}Gi")}, "storageClassName": class},
                "status": {"phase": if available { "Available" } else { "Bound" }}});
            if let Some(host) = ["a", "b"].get(host) {
                lay(&mut over, on("host", host));
            }
            volume(&mut cluster, &format!("v{i}"), over);
        }
        let mut mounted = Vec::new();
        for (i, (size, by_hand)) in claims.into_iter().enumerate() {
            let class = if by_hand { "by-hand" } else { "wait" };
            claim(&mut cluster, &format!("c{i}"), json!({"spec": {"storageClassName": class,
                "resources": {"requests": {"storage": format!("{size}Gi")}}}}));
            mounted.push(mounts(&format!("c{i}")));
        }
        (cluster, pod(Value::Array(mounted)))
    }
}

proptest! {
    #[test]
    fn every_claim_is_served_once_by_a_volume_of_its_own_that_is_large_enough((cluster, pod) in some_storage()) {
        for node in cluster.nodes() {
            let volumes = PodVolumes::on(&cluster, &pod, node);
            prop_assert_eq!(volumes.is_ok(), verdict(&cluster, &pod, node.name()).is_ok());
            let Ok(volumes) = volumes else { continue };
            let mut served: Vec<_> = volumes.bindings.iter().map(|binding| &binding.claim).collect();
            served.extend(&volumes.provisions);
            served.sort();
            let wanted: Vec<_> = pod.volumes.iter().filter_map(|v| v.claim()).map(|c| pod.claim(c)).collect();
            prop_assert_eq!(served, wanted.iter().collect::<Vec<_>>());
            let mut taken: Vec<_> = volumes.bindings.iter().map(|binding| &binding.volume).collect();
            taken.sort();
            taken.dedup();
            prop_assert_eq!(taken.len(), volumes.bindings.len());
            for binding in &volumes.bindings {
                let volume = cluster.storage.volume(&binding.volume).unwrap();
                let claim = cluster.storage.claim(&binding.claim).unwrap();
                prop_assert!(volume.capacity >= claim.request.unwrap());
                prop_assert!(volume.reaches(&node.node.labels) && volume.class == claim.class);
            }
        }
    }

    #[test]
    fn a_promise_is_found_again((cluster, pod) in some_storage()) {
        let mut cluster = cluster;
        let Ok(volumes) = PodVolumes::on(&cluster, &pod, cluster.node("a").unwrap()) else { return Ok(()) };
        cluster.storage.assume(&volumes, &"a".into());
        let again = PodVolumes::on(&cluster, &pod, cluster.node("a").unwrap()).unwrap();
        prop_assert_eq!(&again.bindings, &volumes.bindings);
    }
}
