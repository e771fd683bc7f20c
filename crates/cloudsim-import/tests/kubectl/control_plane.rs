//! Where an imported cluster has its API servers and etcd.

use super::{Imported, dump, loaded, pod, right, says};

/// Where an imported cluster has its API servers and etcd, by the names of nodes or zones.
fn control_plane(imported: &Imported) -> [Vec<String>; 2] {
    let plan = loaded(imported).plan;
    let spec = &plan.clusters[0].control_plane;
    [&spec.api_servers, &spec.etcd].map(|seats| {
        seats
            .iter()
            .map(|seat| match &seat.node {
                Some(node) => node.to_string(),
                None => plan.zones[seat.zone.index()].name.clone(),
            })
            .collect()
    })
}

/// A static pod of that name and label on a node.
fn static_pod(name: &str, label: &str, node: &str) -> String {
    let rest = format!("  nodeName: {node}\nstatus: {{phase: Running}}\n");
    pod(&format!("{name}-{node}"), &format!("Node/{node}"), "100m", &rest)
        .replace("{app: web}", &format!("{{{label}}}"))
}

fn of_kubeadm(component: &str, node: &str) -> String {
    static_pod(component, &format!("component: {component}"), node)
}

fn imported(pods: &[String]) -> Imported {
    right(&dump(&pods.iter().map(String::as_str).collect::<Vec<_>>()))
}

#[test]
fn a_control_plane_that_runs_in_static_pods_is_where_they_are() {
    let pods = [of_kubeadm("etcd", "one"), of_kubeadm("etcd", "two"), of_kubeadm("kube-apiserver", "two")];
    let imported = imported(&pods);
    assert_eq!(control_plane(&imported), [vec!["two"], vec!["one", "two"]]);
    assert!(says(&imported, "the control plane on the nodes of its static pods"), "{:?}", imported.notes);
}

#[test]
fn static_pods_are_known_by_other_labels_and_by_their_names() {
    let pods = [
        static_pod("kube-apiserver", "k8s-app: kube-apiserver", "one"),
        static_pod("etcd-manager-main", "k8s-app: etcd-manager-main", "two"),
        static_pod("etcd-manager-events", "k8s-app: etcd-manager-events", "two"),
    ];
    assert_eq!(control_plane(&imported(&pods)), [vec!["one"], vec!["two"]]);
    // What leads to API servers elsewhere is none.
    let proxies =
        ["one", "two"].map(|node| static_pod("kube-apiserver-proxy", "k8s-app: kube-apiserver-proxy", node));
    assert!(says(&imported(&proxies), "as managed clusters have them"));
}

#[test]
fn api_servers_whose_etcd_is_elsewhere_stay_on_their_nodes() {
    let imported = imported(&[of_kubeadm("kube-apiserver", "two")]);
    assert_eq!(control_plane(&imported), [vec!["two"], vec!["us-east-1a", "us-east-1b", "us-east-1c"]]);
    assert!(says(&imported, "which is not among what was read"), "{:?}", imported.notes);
}

#[test]
fn nodes_with_the_role_have_the_control_plane_where_no_static_pod_shows_it() {
    let role = "  labels:\n    node-role.kubernetes.io/control-plane: \"\"\n";
    let imported = right(&dump(&[]).replacen("  labels:\n", role, 1));
    assert_eq!(control_plane(&imported), [vec!["one"], vec!["one"]]);
    assert!(says(&imported, "on the nodes that have its role"), "{:?}", imported.notes);
    let k3s = right(&dump(&[]).replacen("  labels:\n", role, 1).replace("-eks-1a2b", "+k3s1"));
    assert_eq!(control_plane(&k3s)[0], ["one"]);
    assert!(says(&k3s, "etcd on us-east-1a"), "its database is elsewhere: {:?}", k3s.notes);
}

#[test]
fn what_ran_on_a_node_that_is_not_ready_is_up_unless_its_host_may_be_gone() {
    let pods = |nodes: &[&str]| -> Vec<String> {
        nodes.iter().flat_map(|node| ["etcd", "kube-apiserver"].map(|part| of_kubeadm(part, node))).collect()
    };
    let with = |nodes: &[&str], status: &str| {
        let conditions = format!("status:\n  conditions: [{{type: Ready, status: \"{status}\"}}]\n");
        let items = pods(nodes);
        let third = dump(&[]).split("---\n").next().expect("a node").replace("name: one", "name: three");
        let mut all: Vec<&str> = items.iter().map(String::as_str).collect();
        all.push(&third);
        control_plane(&right(&dump(&all).replacen("status:\n", &conditions, 1)))[1].clone()
    };
    let all = ["one", "two", "three"];
    assert_eq!(with(&all, "True"), all);
    // Its kubelet is unwell, and what it had started runs.
    assert_eq!(with(&all, "False"), ["us-east-1a", "two", "three"]);
    // The others are a quorum without it.
    assert_eq!(with(&all, "Unknown"), all);
    assert_eq!(with(&["one", "two"], "Unknown"), ["us-east-1a", "two"], "somebody was answered");
}

#[test]
fn a_cloud_has_its_control_plane_over_three_zones_whichever_of_them_nodes_are_in() {
    let imported = right(&dump(&[]));
    let [api_servers, etcd] = control_plane(&imported);
    assert_eq!(api_servers, ["us-east-1a", "us-east-1b"]);
    assert_eq!(etcd, ["us-east-1a", "us-east-1b", "us-east-1c"]);
    assert!(says(&imported, "us-east-1c has no node"), "{:?}", imported.notes);
}

#[test]
fn zones_without_a_region_are_of_one_and_the_control_plane_is_dealt_over_them() {
    let text = dump(&[]).replace("    topology.kubernetes.io/region: us-east-1\n", "");
    let racks = text.replace("us-east-1a", "rack-1").replace("us-east-1b", "rack-2");
    let imported = right(&racks);
    let regions: std::collections::BTreeSet<String> =
        loaded(&imported).plan.zones.iter().map(|zone| zone.region.clone()).collect();
    assert_eq!(regions.len(), 1, "{regions:?}");
    assert_eq!(control_plane(&imported)[1], ["rack-1", "rack-2", "rack-1"]);
    assert!(says(&imported, "nothing says where they are"), "{:?}", imported.notes);
}
