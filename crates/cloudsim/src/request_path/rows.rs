//! What is under way: requests of clients, calls between machines, and what servers wait for outside of HTTP.
//!
//! These are rows, not entities: millions come and go in a run. A row is freed exactly once; a key that outlives its row
//! finds nothing.

use super::lookup::Lookup;
use cloudsim_aws::services::dynamodb::Place;
use cloudsim_aws::services::rds::{CommitId, InstanceSlot};
use cloudsim_aws::services::route53::Answer;
use cloudsim_aws::services::target_group::{NodeSlot, ServerSlot};
use cloudsim_engine::{EventKey, Refill};
use cloudsim_records::{Cause, EntityId, HOPS_MAX};
use cloudsim_units::{Bytes, SimDuration, SimTime};
use cloudsim_world::{DatabaseId, EndpointId, NatGatewayId, TableId, ZoneId};
use slotmap::{SecondaryMap, SlotMap, new_key_type};

new_key_type! {
    /// A client's logical request.
    pub(crate) struct RequestKey;
    /// One HTTP request: a client's try, or a server's call.
    pub(crate) struct CallKey;
    /// A statement to a database or a request to an endpoint outside.
    pub(crate) struct OutgoingKey;
    /// The luck of one try.
    pub(crate) struct LuckKey;
}

/// A client's logical request, retries included.
#[derive(Debug)]
pub(crate) struct Request {
    /// Counted from 0 by arrival over all traffic.
    pub(crate) number: u64,
    pub(crate) class: u16,
    pub(crate) tries: u8,
    pub(crate) arrived: SimTime,
    /// The client gives up then.
    pub(crate) patience_ends: SimTime,
    /// What the current try went through.
    pub(crate) hops: [Option<EntityId>; HOPS_MAX],
    pub(crate) hop_count: u8,
    /// How the last try ended, if it failed.
    pub(crate) last: Reply,
}

/// How a call or a statement ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The HTTP status; 0 where none came back.
    pub(crate) code: u16,
    pub(crate) cause: Cause,
    /// The zone of what failed.
    pub(crate) zone: Option<EntityId>,
}

impl Reply {
    pub(crate) const OK: Self = Self { code: 200, cause: Cause::None, zone: None };

    pub(crate) fn is_ok(self) -> bool {
        matches!(self.cause, Cause::None)
    }

    /// The same failure as seen one machine further up, where it shows as `code`.
    pub(crate) fn seen_as(self, code: u16) -> Self {
        Self { code, ..self }
    }
}

/// Who waits for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Client(RequestKey),
    Server(CallKey),
    /// Whoever waited has given up; what is under way goes on unseen.
    Gone,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The caller connects to a node or a pod that does not answer, or looks up a name, for that reason.
    Connecting(Reply),
    /// The request is with the load balancer or on its way to the server.
    Balancing,
    /// A server has it: waits for a worker, works, or waits for something else.
    Serving,
    /// The answer is on its way back.
    Answered(Reply),
    /// It vanished; only the caller's patience ends it.
    Lost(Reply),
}

/// What a server waits for in the name of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Nothing, or a worker of its own.
    Nothing,
    Call(CallKey),
    Outgoing(OutgoingKey),
}

/// One HTTP request, over one load balancer or from pod to pod.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    /// The client's request in whose name this is done, for its hops; it may have ended, or be at a later try.
    pub(crate) request: RequestKey,
    /// The try of that request, counted from 1.
    pub(crate) attempt: u8,
    /// Calls between this one and the client's, plus one: which part of the refill it draws from.
    pub(crate) depth: u8,
    pub(crate) stage: Stage,
    pub(crate) waiting: Waiting,
    pub(crate) class: u16,
    /// The route of [`crate::request_path::program`] that it takes; those of services follow those of load balancers.
    pub(crate) route: u16,
    /// Which of the class's handlers its server is.
    pub(crate) handler: u16,
    /// The handler's next step.
    pub(crate) step: u16,
    /// Addresses of the answer not tried yet, and the next to try.
    pub(crate) answer: Answer,
    pub(crate) rank: u8,
    pub(crate) addresses_left: u8,
    /// The node of the load balancer; [`NO_NODE`] from pod to pod.
    pub(crate) node: NodeSlot,
    /// The epoch of the node when the request was sent to it.
    pub(crate) node_epoch: u32,
    pub(crate) server: ServerSlot,
    /// The zone of the caller; `None` is the internet.
    pub(crate) from: Option<ZoneId>,
    /// The zone at whose border its packets were late, if at one.
    pub(crate) late_by: Option<ZoneId>,
    /// One way between caller and node.
    pub(crate) latency: SimDuration,
    /// The caller's patience.
    pub(crate) timer: Option<EventKey>,
    /// The luck of the try that it belongs to.
    pub(crate) luck: LuckKey,
}

/// A call has no node before its load balancer has an address, and none at all from pod to pod.
pub(crate) const NO_NODE: NodeSlot = NodeSlot(u32::MAX);
/// A call has no server before one is chosen.
pub(crate) const NO_SERVER: ServerSlot = ServerSlot(u32::MAX);

/// How far a statement or an outside request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutgoingStage {
    /// On its way.
    Travelling,
    /// An instance has it: it waits, is worked on, or is being committed.
    Serving,
    /// The answer is on its way back.
    Answered,
    /// It vanished; only the server's patience ends it.
    Lost,
}

/// A statement to a database or a request to an endpoint outside.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// The call in whose name it is done; `None` once that has given up.
    pub(crate) caller: Option<CallKey>,
    pub(crate) stage: OutgoingStage,
    pub(crate) what: OutgoingWhat,
    /// How it ended, or what to say if it never does.
    pub(crate) reply: Reply,
    /// The zone at whose border its answer was late, if at one.
    pub(crate) late_by: Option<EntityId>,
    pub(crate) timer: Option<EventKey>,
}

impl Outgoing {
    /// What to say while no answer is there, though a good one may be on its way.
    pub(crate) fn overdue(&self) -> Reply {
        if !self.reply.is_ok() {
            return self.reply;
        }
        let cause = match (self.late_by, self.what) {
            (Some(_), _) => Cause::LinkDegraded,
            (None, OutgoingWhat::Statement(_) | OutgoingWhat::Item(_)) => Cause::DatabaseSlow,
            (None, OutgoingWhat::External(_)) => Cause::EndpointSlow,
        };
        Reply { code: 504, cause, zone: self.late_by }
    }
}

/// What an [`Outgoing`] is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OutgoingWhat {
    Statement(Statement),
    Item(Item),
    External(External),
}

/// A call to a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) table: TableId,
    /// The replica of the server's region.
    pub(crate) place: Place,
    pub(crate) write: bool,
    pub(crate) server: ServerSlot,
    /// The zone of the node that leads the partition of the item.
    pub(crate) leader: ZoneId,
    /// One way between server and that node.
    pub(crate) latency: SimDuration,
    pub(crate) luck: u64,
    /// The zone of another region that is asked too.
    pub(crate) confirmed_by: Option<ZoneId>,
    /// When other regions are.
    pub(crate) sent: SimTime,
}

/// A request to an endpoint outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct External {
    pub(crate) endpoint: EndpointId,
    pub(crate) server: ServerSlot,
    /// The NAT gateway that it goes through.
    pub(crate) nat_gateway: Option<NatGatewayId>,
    /// The gateway's epoch in which the connection got a port; `None` if it has none.
    pub(crate) port: Option<u32>,
    /// Where it leaves the zones of the cloud: the gateway's zone, or the server's own.
    pub(crate) leaves_at: ZoneId,
    /// For how long the connection is kept afterwards.
    pub(crate) keep_alive: Option<SimDuration>,
    /// Whether the endpoint answers with an error.
    pub(crate) fails: bool,
}

/// A statement to an instance of a database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub(crate) database: DatabaseId,
    pub(crate) instance: InstanceSlot,
    pub(crate) write: bool,
    /// Whether it went to a replica; a failure is followed by a try at the writer.
    pub(crate) to_replica: bool,
    pub(crate) work: SimDuration,
    /// What is sent and received.
    pub(crate) size: Bytes,
    pub(crate) timeout: SimDuration,
    pub(crate) fsync_word: u64,
    /// One way between server and instance.
    pub(crate) latency: SimDuration,
    pub(crate) commit: Option<CommitId>,
    pub(crate) server: ServerSlot,
}

/// The random words of one try, kept as long as one of its calls is under way.
#[derive(Debug)]
struct Luck {
    refill: Refill,
    calls: u32,
}

/// Everything that is under way.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) requests: SlotMap<RequestKey, Request>,
    pub(crate) calls: SlotMap<CallKey, Call>,
    pub(crate) outgoing: SlotMap<OutgoingKey, Outgoing>,
    /// Calls whose caller looks up a name. What is left of a call that has gone stays until its place is taken again.
    pub(crate) lookups: SecondaryMap<CallKey, Lookup>,
    luck: SlotMap<LuckKey, Luck>,
}

impl Rows {
    /// Takes in the luck of a new try; its first call will be inserted next.
    pub(crate) fn begin_luck(&mut self, refill: Refill) -> LuckKey {
        self.luck.insert(Luck { refill, calls: 0 })
    }

    #[inline]
    pub(crate) fn refill(&self, luck: LuckKey) -> &Refill {
        &self.luck[luck].refill
    }

    pub(crate) fn insert_call(&mut self, call: Call) -> CallKey {
        self.luck[call.luck].calls += 1;
        self.calls.insert(call)
    }

    /// Frees a call's row, and its luck with the last call of the try.
    pub(crate) fn remove_call(&mut self, key: CallKey) {
        let call = self.calls.remove(key).expect("a call is removed once");
        let luck = &mut self.luck[call.luck];
        luck.calls -= 1;
        if luck.calls == 0 {
            self.luck.remove(call.luck);
        }
    }

    /// Notes that the current try of a request went through `entity`.
    #[inline]
    pub(crate) fn note_hop(&mut self, request: RequestKey, attempt: u8, entity: EntityId) {
        if let Some(row) = self.requests.get_mut(request)
            && row.tries == attempt
            && usize::from(row.hop_count) < HOPS_MAX
        {
            row.hops[usize::from(row.hop_count)] = Some(entity);
            row.hop_count += 1;
        }
    }
}
