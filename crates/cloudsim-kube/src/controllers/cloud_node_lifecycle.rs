//! The cloud's controller of nodes: it takes out those whose instance is gone.
//!
//! It asks the cloud about nodes that are not ready alone, so that a node whose instance is terminated while it is ready stays
//! until the node controller has not heard of it for too long.
//! Source: Kubernetes, cloud node lifecycle controller, `MonitorNodes`
//! (<https://github.com/kubernetes/kubernetes/tree/v1.34.1/staging/src/k8s.io/cloud-provider/controllers/nodelifecycle>).

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::NodeId;
use crate::limits;
use crate::nodes::Ready;
use crate::period::until_next_look;
use crate::words::{Event, KubeContext};

/// Who says what happens here.
const NAME: &str = "cloud-node-lifecycle-controller";

impl Cluster {
    /// The instance of a node was terminated.
    pub fn instance_gone(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        self.host_died(node, ctx);
        if self.without_instance.is_empty() {
            self.arm_cloud_nodes(ctx);
        }
        self.without_instance.insert(node);
    }

    fn arm_cloud_nodes(&mut self, ctx: &mut impl KubeContext) {
        let path = format!("clusters/{}", self.spec.name);
        let wait = until_next_look(limits::CLOUD_NODE_PERIOD, (&path, "cloud nodes"), ctx);
        ctx.schedule_in(wait, Event::CloudNodesMonitored);
    }

    pub(crate) fn monitor_cloud_nodes(&mut self, ctx: &mut impl KubeContext) {
        let is_due = |node: &NodeId| self.nodes.get(*node).ready != Ready::True;
        let due: Vec<NodeId> = self.without_instance.iter().copied().filter(is_due).collect();
        for node in due {
            self.without_instance.remove(&node);
            let name = &self.nodes.get(node).name;
            let message = format!("Deleting node {name} because it does not exist in the cloud provider");
            self.events.normal(ctx.now(), About::Node(node), NAME, "DeletingNode", message);
            self.ask(Client::CloudNode, Write::RemoveNode { node }, ctx);
        }
        if !self.without_instance.is_empty() {
            self.arm_cloud_nodes(ctx);
        }
    }
}
