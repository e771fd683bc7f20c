//! Classes of requests: where they enter, what work they are, and what they call.

use cloudsim_units::{Bytes, DurationDistribution, SimDuration};
use cloudsim_world::{
    ClientId, DatabaseId, DnsNameId, EndpointId, KubernetesServiceId, TableId, TargetGroupId,
};

/// A class of requests.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassSpec {
    /// Its name.
    pub name: String,
    /// The name that clients look up.
    pub enter: DnsNameId,
    /// The port that they connect to.
    pub port: u16,
    /// Who sends it.
    pub client: ClientId,
    /// What a client sends.
    pub request_size: Bytes,
    /// What it gets.
    pub response_size: Bytes,
    /// What happens to it at each tier it reaches; at most one per tier.
    pub handlers: Vec<HandlerSpec>,
}

/// What leads to the servers that do one part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// A target group of load balancers.
    TargetGroup(TargetGroupId),
    /// A service of Kubernetes that pods call.
    KubernetesService(KubernetesServiceId),
}

/// What a server of one tier does with a request of a class: work, then calls one after the other, then the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerSpec {
    /// Whose servers do it.
    pub at: Tier,
    /// How long a worker is busy with it.
    pub work: DurationDistribution,
    /// What it waits for, in this order. A worker is free meanwhile, a connection is not.
    pub calls: Vec<CallSpec>,
}

/// Which instance of a database answers a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// The writer.
    Primary,
    /// A read replica; if none answers, the writer.
    ReplicaThenPrimary,
}

/// Something that a handler waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum CallSpec {
    /// A request to a load balancer.
    Http {
        /// The name that the server looks up.
        to: DnsNameId,
        /// The port.
        port: u16,
        /// A connection not made in that time is tried at the next address.
        connect_timeout: SimDuration,
        /// The call has failed when it takes longer, connecting included.
        timeout: SimDuration,
    },
    /// A request from pod to pod, to the address of a service of their cluster.
    Service {
        /// The service.
        to: KubernetesServiceId,
        /// The port of its pods.
        port: u16,
        /// A connection not made in that time is given up, and the call with it.
        connect_timeout: SimDuration,
        /// The call has failed when it takes longer, connecting included.
        timeout: SimDuration,
    },
    /// A statement that reads.
    Read {
        /// The database.
        database: DatabaseId,
        /// Which of its instances.
        from: ReadFrom,
        /// How long an instance is busy with it.
        work: DurationDistribution,
        /// What is sent and received, for the bill.
        size: Bytes,
        /// The statement has failed when it takes longer; a fallback gets as long again.
        timeout: SimDuration,
    },
    /// A transaction that writes and commits.
    Write {
        /// The database.
        database: DatabaseId,
        /// How long the writer is busy with it before the commit.
        work: DurationDistribution,
        /// What is sent and received, for the bill.
        size: Bytes,
        /// The transaction has failed when it takes longer.
        timeout: SimDuration,
    },
    /// An item of a table that is read or written, in the region of the server.
    Item {
        /// The table.
        table: TableId,
        /// Whether it is written.
        write: bool,
        /// The call has failed when it takes longer.
        timeout: SimDuration,
    },
    /// A request to an endpoint on the internet, by the server's route to it.
    External {
        /// The endpoint.
        endpoint: EndpointId,
        /// What is sent and received, for the bill.
        size: Bytes,
        /// A connection is kept for so long after a call and used for the next; `None` makes one for each call.
        keep_alive: Option<SimDuration>,
        /// The call has failed when it takes longer.
        timeout: SimDuration,
    },
}
