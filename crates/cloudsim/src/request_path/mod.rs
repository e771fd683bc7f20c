//! The path of a request: DNS, load balancer, server, and on to the next load balancer, the next pod, the database or the
//! internet.
//!
//! One driver owns the path. It calls the models of the services directly and lets an event happen only where time passes
//! or something blocks; fixed delays are added to the next event. Nobody is told of a loss: packets vanish, and whoever
//! waits finds out when its own timer ends.
//!
//! # Left out
//! Packets, congestion, TLS as work, keep-alive of clients, connect timeouts that end while a handshake is late, and the
//! pools of connections between servers and load balancers, which are taken to be warm.

mod between_pods;
mod calls;
mod client;
pub(crate) mod external;
mod items;
mod lookup;
pub(crate) mod program;
pub(crate) mod rows;
mod statements;

use crate::Cloud;
use crate::words::Root;
pub(crate) use client::first_address;
use cloudsim_aws::services::target_group::ServerSlot;
use cloudsim_engine::{Context, mix};
use cloudsim_world::EndpointId;
use rows::{CallKey, OutgoingKey, RequestKey};

/// What will happen on the path of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A client wants something.
    Arrived { traffic: u32 },
    /// A client has waited long enough to try again.
    RetryDue { request: RequestKey },
    /// The client's request, connection made, is at a node of the load balancer.
    NodeReached { call: CallKey },
    /// The caller has the address of a service.
    NameFound { call: CallKey },
    /// Nobody answered its query for a name in time.
    QueryTimedOut { call: CallKey },
    /// A node, or a pod, did not take the connection in time.
    ConnectTimedOut { call: CallKey },
    /// The request is at the server.
    ServerReached { call: CallKey },
    /// A worker is done with it.
    Worked { call: CallKey },
    /// The answer is with the caller.
    Delivered { call: CallKey },
    /// The caller's patience with this call is over.
    CallTimedOut { call: CallKey },
    /// The load balancer's patience is over.
    BalancerTimedOut { call: CallKey },
    /// A statement is at the database's instance.
    InstanceReached { outgoing: OutgoingKey },
    /// The instance is done with a statement; a write is still to be committed.
    StatementDone { outgoing: OutgoingKey },
    /// A commit is as safe as the database makes it.
    CommitSafe { outgoing: OutgoingKey },
    /// A call to a table is with the node that leads the partition of its item.
    ItemReached { outgoing: OutgoingKey },
    /// A table has done what it was asked for.
    ItemDone { outgoing: OutgoingKey },
    /// The answer of a database, of a table or of an endpoint is with the server.
    OutgoingDelivered { outgoing: OutgoingKey },
    /// The server's patience with a database or an endpoint is over.
    OutgoingTimedOut { outgoing: OutgoingKey },
    /// A server closes connections to an endpoint that it kept for long enough.
    KeptLongEnough { server: ServerSlot, endpoint: EndpointId },
}

/// What a word of a refill is drawn for. The first eight words belong to the client, then eight to the handler of each
/// depth; handlers deeper than the third, and repeated draws, mix further words from these.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// The class of the request; client.
    Class = 0,
    /// The resolver; client.
    Resolver = 1,
    /// The latency to the region; client.
    Latency = 2,
    /// The pause before the next try; client.
    Backoff = 3,
    /// Which address of an answer is tried first; client and handlers.
    Address = 4,
    /// A worker's time; handlers.
    Work = 5,
    /// A statement's time; handlers.
    Statement = 6,
    /// The time until a commit is on disk, or of an endpoint's answer; handlers.
    Far = 7,
}

/// What a word of the network is drawn for: which part of a call's way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leg {
    /// From the caller to the node.
    ToNode = 0,
    /// From the node to the server.
    ToServer = 1,
    /// Back to the node.
    FromServer = 2,
    /// Back to the caller.
    FromNode = 3,
    /// To a database, a table or an endpoint outside.
    Out = 4,
    /// Back from there.
    In = 5,
    /// To whoever knows the name, and back.
    Lookup = 6,
    /// Whether a block of a database is there.
    Block = 7,
}

/// The word of a refill for one purpose: at `depth` 0 the client's, else a handler's; `turn` counts draws of one purpose.
#[inline]
pub(crate) fn word(refill: &cloudsim_engine::Refill, depth: u8, purpose: Purpose, turn: u16) -> u64 {
    let row = usize::from(depth.min(3));
    let word = refill.0[row * 8 + purpose as usize];
    if turn == 0 && depth <= 3 { word } else { mix(word, u64::from(turn) << 8 | u64::from(depth)) }
}

impl Cloud {
    /// Lets an event of the path happen. Events of rows that are gone find nothing and change nothing.
    #[inline]
    pub(crate) fn step(&mut self, event: Event, ctx: &mut impl Context<Root>) {
        match event {
            Event::Arrived { traffic } => self.arrived(traffic, ctx),
            Event::RetryDue { request } => self.retry(request, ctx),
            Event::NodeReached { call } => self.node_reached(call, ctx),
            Event::NameFound { call } => self.name_found(call, ctx),
            Event::QueryTimedOut { call } => self.query_timed_out(call, ctx),
            Event::ConnectTimedOut { call } => self.connect_timed_out(call, ctx),
            Event::ServerReached { call } => self.server_reached(call, ctx),
            Event::Worked { call } => self.worked(call, ctx),
            Event::Delivered { call } => self.delivered(call, ctx),
            Event::CallTimedOut { call } => self.call_timed_out(call, ctx),
            Event::BalancerTimedOut { call } => self.balancer_timed_out(call, ctx),
            Event::InstanceReached { outgoing } => self.instance_reached(outgoing, ctx),
            Event::StatementDone { outgoing } => self.statement_done(outgoing, ctx),
            Event::CommitSafe { outgoing } => self.commit_safe(outgoing, ctx),
            Event::ItemReached { outgoing } => self.item_reached(outgoing, ctx),
            Event::ItemDone { outgoing } => self.item_done(outgoing, ctx),
            Event::OutgoingDelivered { outgoing } => self.outgoing_delivered(outgoing, ctx),
            Event::OutgoingTimedOut { outgoing } => self.outgoing_timed_out(outgoing, ctx),
            Event::KeptLongEnough { server, endpoint } => self.close_kept(server, endpoint, ctx),
        }
    }
}
