//! Where the API servers and etcd of a cluster run.

use super::cluster::{Ground, cloud_region};
use super::gather::{Gathered, PodState};
use super::notes::Notes;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What kops calls its pods of etcd.
const ETCD_OF_KOPS: [&str; 2] = ["etcd-manager-main", "etcd-manager-events"];

/// The zones of a control plane, or its nodes.
#[derive(Debug, Default)]
pub(super) struct ControlPlane {
    pub(super) api_servers: Vec<String>,
    pub(super) etcd: Vec<String>,
}

impl Ground {
    /// Where API servers and etcd are: where their static pods run, on the nodes that have their roles, or as a cloud has them,
    /// or nobody knows.
    pub(super) fn place_control_plane(&mut self, gathered: &Gathered, notes: &mut Notes) {
        let mut unread = BTreeSet::new();
        let [mut api_servers, mut etcd] =
            ["kube-apiserver", "etcd"].map(|component| self.static_pods(gathered, component, &mut unread));
        if !unread.is_empty() {
            notes.assumed(unread.len(), "node of the control plane that was not read: it is left out");
        }
        let mut how = "on the nodes of its static pods";
        if api_servers.is_empty() && etcd.is_empty() {
            let [with_role, with_etcd] =
                self.with_role.clone().map(|nodes| nodes.into_iter().collect::<Vec<_>>());
            // K3s says which nodes have etcd; the databases of others are elsewhere.
            etcd = if with_etcd.is_empty() && !self.is_k3s { with_role.clone() } else { with_etcd };
            api_servers = with_role;
            how = "on the nodes that have its role";
        }
        if api_servers.is_empty() {
            self.place_as_clouds_do(notes);
            return;
        }
        let is_elsewhere = etcd.is_empty();
        if is_elsewhere {
            etcd = self.dealt().map_or_else(|| api_servers.clone(), |zones| zones.etcd);
        }
        self.keep_up([&mut api_servers, &mut etcd], notes);
        let elsewhere =
            if is_elsewhere { ", which is not among what was read: taken to be in zones" } else { "" };
        let on_hosts = api_servers.iter().chain(&etcd).any(|seat| self.nodes_in.contains_key(seat));
        let with_hosts = if on_hosts { ", whose hosts take it along" } else { "" };
        notes.kept(format!(
            "the control plane {how}{with_hosts}: API servers on {}, etcd on {}{elsewhere}",
            api_servers.join(", "),
            etcd.join(", ")
        ));
        self.control_plane = ControlPlane { api_servers, etcd };
    }

    /// The nodes on which static pods of a component run, in the order of the pods. Some distributions name the component in
    /// another label, or in the name of the pod alone.
    fn static_pods(
        &self,
        gathered: &Gathered,
        component: &str,
        elsewhere: &mut BTreeSet<String>,
    ) -> Vec<String> {
        let mut nodes: Vec<String> = Vec::new();
        for pod in gathered.pods.iter().filter(|pod| pod.mirror) {
            let labels = &gathered.made_of[pod.made_of].labels;
            let is_labelled = ["component", "k8s-app"]
                .iter()
                .any(|key| labels.get(*key).is_some_and(|own| own == component));
            let PodState::On(node) = &pod.state else { continue };
            // Proxies of API servers are called alike.
            let name = pod.key.1.strip_suffix(node.as_str()).and_then(|name| name.strip_suffix('-'));
            let is_named = name.is_some_and(|name| {
                name == component || (component == "etcd" && ETCD_OF_KOPS.contains(&name))
            });
            if !is_labelled && !is_named {
                continue;
            }
            if !self.nodes_in.contains_key(node) {
                elsewhere.insert(node.clone());
            } else if !nodes.contains(node) {
                nodes.push(node.clone());
            }
        }
        nodes
    }

    /// Who printed this was answered. Static pods run where a kubelet is unwell; where nothing is heard of it, they may have gone
    /// with the host, unless nobody could have answered then. What is up on a node that begins as a dead one is in its zone.
    fn keep_up(&self, parts: [&mut Vec<String>; 2], notes: &mut Notes) {
        let lost = |node: &String| self.not_ready.get(node).is_some_and(|is_silent| *is_silent);
        let [api_servers, etcd] = &parts;
        let up = |nodes: &[String]| nodes.iter().filter(|node| !lost(node)).count();
        let answers = up(api_servers) > 0 && up(etcd) > etcd.len() / 2;
        let (mut moved, mut lost_parts) = (0, 0);
        for node in parts.into_iter().flatten() {
            if answers && lost(node) {
                lost_parts += 1;
            } else if self.not_ready.contains_key(node) {
                node.clone_from(&self.nodes_in[node]);
                moved += 1;
            }
        }
        if lost_parts > 0 {
            notes.assumed(lost_parts, "part of the control plane on a node of which nothing is heard: down");
        }
        if moved > 0 {
            notes.assumed(
                moved,
                "part of the control plane on a node that is not ready: up, as somebody was answered, and in the node's zone",
            );
        }
    }

    /// As a cloud has it: over three zones, whichever of them nodes are in.
    fn place_as_clouds_do(&mut self, notes: &mut Notes) {
        let before = self.zones.clone();
        let Some(zones) = self.dealt() else { return };
        let without: Vec<&str> =
            self.zones.keys().filter(|zone| !before.contains_key(*zone)).map(String::as_str).collect();
        let is_known = zones.etcd.first().is_some_and(|zone| cloud_region(zone).is_some());
        let why = if is_known {
            "as managed clusters have them, over three zones"
        } else {
            "for nothing says where they are"
        };
        let bare =
            if without.is_empty() { String::new() } else { format!("; {} has no node", without.join(", ")) };
        notes.fact(format!(
            "API servers in {}, etcd in {}, {why}{bare}: `control_plane` says it otherwise",
            zones.api_servers.join(", "),
            zones.etcd.join(", ")
        ));
        self.control_plane = zones;
    }

    /// A control plane that is dealt over the zones of the region that most nodes are in; a cloud's region has three at least.
    fn dealt(&mut self) -> Option<ControlPlane> {
        let mut in_region: BTreeMap<&str, usize> = BTreeMap::new();
        for zone in self.nodes_in.values() {
            *in_region.entry(self.zones[zone].as_str()).or_default() += 1;
        }
        let largest = in_region.iter().max_by_key(|(region, count)| (**count, Reverse(**region)));
        let region = largest.map(|(region, _)| (*region).to_owned())?;
        // One that nodes do not say is none where others are known.
        let own = |zones: &BTreeMap<String, String>| -> Vec<String> {
            let of_region = || zones.iter().filter(|(_, of)| **of == region).map(|(zone, _)| zone.clone());
            let known: Vec<String> = of_region().filter(|zone| cloud_region(zone).is_some()).collect();
            if known.is_empty() { of_region().collect() } else { known }
        };
        let zones = own(&self.zones);
        let stem = zones.iter().find_map(|zone| {
            cloud_region(zone)
                .map(|of| if zone[of.len()..].starts_with('-') { format!("{of}-") } else { of.to_owned() })
        });
        let more: Vec<String> = stem
            .into_iter()
            .flat_map(|stem| ('a'..='z').map(move |letter| format!("{stem}{letter}")))
            .filter(|zone| !zones.contains(zone))
            .take(3_usize.saturating_sub(zones.len()))
            .collect();
        self.zones.extend(more.into_iter().map(|zone| (zone, region.clone())));
        let zones = own(&self.zones);
        let dealt = |first: usize, count| zones.iter().take(first).cycle().take(count).cloned().collect();
        Some(ControlPlane { api_servers: dealt(2, 2), etcd: dealt(3, 3) })
    }
}
