//! The workloads of clusters, for the rules over them, and where they are written.

use crate::merge::head;
use crate::place::At;
use crate::plan::Plan;
use crate::resolve::{Context, Kind};
use crate::syntax::Node;
use cloudsim_kube::objects::{
    Kind as WorkloadKind, Labels, ObjectKey, Requirement, Selector, Text, Workload,
};
use cloudsim_kube::spec::{ClusterSpec, WorkloadSpec};
use std::collections::BTreeMap;

/// Where the things of a list are written, by cluster and key.
pub(super) struct Places<'a> {
    by_key: BTreeMap<(usize, ObjectKey), &'a Node>,
}

impl<'a> Places<'a> {
    pub(super) fn of(cx: &Context<'a>, list: &str) -> Places<'a> {
        let items = cx.root.field(list).and_then(Node::items).unwrap_or_default();
        let by_key = items.iter().filter_map(|node| {
            let Ok(key) = node.field("name")?.text()?.parse::<ObjectKey>();
            let cluster = node.field("cluster").and_then(Node::text);
            let cluster = cluster.map_or(Some(0), |name| cx.find(Kind::Cluster, name))?;
            Some(((cluster, key), node))
        });
        Places { by_key: by_key.collect() }
    }

    /// The thing itself.
    pub(super) fn at(&self, cluster: usize, key: &ObjectKey) -> Option<At<'a>> {
        self.by_key.get(&(cluster, key.clone())).map(|node| At::new(node))
    }
}

/// Where all workloads are written.
pub(super) struct WorkloadPlaces<'a>(Vec<(&'static str, Places<'a>)>);

impl<'a> WorkloadPlaces<'a> {
    pub(super) fn of(cx: &Context<'a>) -> WorkloadPlaces<'a> {
        let lists = ["deployments", "replica_sets", "stateful_sets", "daemon_sets", "jobs"];
        WorkloadPlaces(lists.map(|list| (list, Places::of(cx, list))).into())
    }

    pub(super) fn at(&self, cluster: usize, workload: &Workload) -> Option<At<'a>> {
        let own = match workload.kind {
            WorkloadKind::Deployment { .. } => "deployments",
            WorkloadKind::ReplicaSet => "replica_sets",
            WorkloadKind::StatefulSet { .. } => "stateful_sets",
            WorkloadKind::DaemonSet { .. } => "daemon_sets",
            WorkloadKind::Job { .. } => "jobs",
        };
        let (_, places) = self.0.iter().find(|(list, _)| *list == own)?;
        places.at(cluster, &workload.key)
    }
}

/// The name of something, where it stands for the whole.
pub(super) fn named(at: At<'_>) -> crate::diagnostics::Span {
    head(at.node())
}

/// All workloads of a plan, with the places of their clusters.
pub(super) fn workloads(plan: &Plan) -> impl Iterator<Item = (usize, &Workload)> {
    plan.clusters.iter().enumerate().flat_map(|(index, cluster)| {
        cluster.workloads.iter().map(move |workload| (index, &workload.workload))
    })
}

/// Things in namespaces by their labels, so that those that a selector chooses are found without looking at all.
#[derive(Default)]
pub(super) struct ByLabels {
    labels: Vec<Labels>,
    by_namespace: BTreeMap<Text, Vec<usize>>,
    having: BTreeMap<(Text, Text, Text), Vec<usize>>,
}

impl ByLabels {
    /// The pods that a cluster has or will have.
    pub(super) fn of_pods(cluster: &ClusterSpec) -> ByLabels {
        let mut pods = ByLabels::of_workloads(cluster);
        for pod in &cluster.pods {
            pods.add(&pod.key.namespace, pod.template.labels());
        }
        for cron_job in &cluster.cron_jobs {
            pods.add(&cron_job.key.namespace, cron_job.job.template.labels());
        }
        pods
    }

    /// The workloads of a cluster, in their order, by the labels of their pods.
    pub(super) fn of_workloads(cluster: &ClusterSpec) -> ByLabels {
        let mut all = ByLabels::default();
        for WorkloadSpec { workload, .. } in &cluster.workloads {
            all.add(&workload.key.namespace, workload.template.labels());
        }
        all
    }

    fn add(&mut self, namespace: &Text, labels: Labels) {
        let index = self.labels.len();
        self.by_namespace.entry(namespace.clone()).or_default().push(index);
        for (key, value) in &labels {
            self.having.entry((namespace.clone(), key.clone(), value.clone())).or_default().push(index);
        }
        self.labels.push(labels);
    }

    /// Those of a namespace that a selector chooses, by the order in which they were added.
    pub(super) fn chosen(&self, namespace: &Text, selector: &Selector) -> impl Iterator<Item = usize> {
        // Those of the rarest label that is asked for are enough to look at.
        let rarest = selector.requirements().iter().filter_map(|requirement| match requirement {
            Requirement::In(key, values) if values.len() == 1 => {
                let value = values.first()?.clone();
                Some(self.having.get(&(namespace.clone(), key.clone(), value)).map_or(&[][..], Vec::as_slice))
            }
            _ => None,
        });
        let all = || self.by_namespace.get(namespace).map_or(&[][..], Vec::as_slice);
        let likely = rarest.min_by_key(|some| some.len()).unwrap_or_else(all);
        likely
            .iter()
            .copied()
            .filter(|index| selector.matches(&self.labels[*index]))
            .collect::<Vec<_>>()
            .into_iter()
    }
}
