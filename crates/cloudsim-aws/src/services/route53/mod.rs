//! Route 53 and the resolvers that ask it: names, answers, who keeps them for how long, and health checks.
//!
//! # Modelled
//! Alias names of load balancers with their TTL, answers that hold the addresses of the nodes in service, caching
//! resolvers, and those that keep an answer longer than they may. Names that lead to one of several load balancers: failover,
//! weighted and latency records; names whose answers hold the addresses of several at once. Health checks by checkers with
//! phases of their own, whose requests take the way of a client's; a name turns by what they find alone, without anybody
//! changing a record. Routing controls, which people switch, whatever region is lost.
//!
//! # Left out
//! Safety rules of routing controls, the quorum of their cluster.
//! Routing by place or by the client's network, negative caching, packet limits of the VPC resolver, calculated checks and
//! those of alarms, searches for a text, whether an alias evaluates its target, the time until all name servers know of a
//! check's result. A checker's request makes no work: a server that answers at all answers it at once.

mod health_check;
pub mod limits;
mod record;
mod resolver;

pub use health_check::{
    EndpointCheck, Event, Finding, HealthCheckSpec, HealthChecks, RestsOn, Route53, Signal,
};
pub use record::{DnsNameSpec, Policy, RECORDS_MAX, RecordSpec, Served};
pub use resolver::{Answer, Found, Resolver};
