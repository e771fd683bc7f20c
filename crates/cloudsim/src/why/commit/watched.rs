//! The world beside which it is noted for whom a commit is made, and the records that tell of its database.

use crate::Cloud;
use crate::request_path::Event as PathEvent;
use crate::request_path::rows::{OutgoingKey, OutgoingWhat};
use crate::why::apply::way::Owner;
use crate::words::{Event, Root, Signal};
use cloudsim_engine::{Context, Kernel, Model, RecordSink, Stamped};
use cloudsim_records::{EntityId, Names, Record, RequestFinished};
use cloudsim_units::SimTime;
use cloudsim_world::DatabaseId;
use std::cell::Cell;
use std::rc::Rc;

/// A cloud, and what is noted of the statement behind one of its commits.
pub(super) struct Watched {
    pub(super) cloud: Cloud,
    pub(super) database: DatabaseId,
    /// The commit that is followed, if one is.
    pub(super) number: Option<u64>,
    /// The request that it is made for, once it is written and unless that has been given up.
    pub(super) request: Rc<Cell<Option<u64>>>,
    statement: Option<OutgoingKey>,
    /// The server that sent it.
    pub(super) server: Option<EntityId>,
    /// When that gave it up, and by which setting.
    pub(super) given_up: Option<(SimTime, Vec<Owner>)>,
}

impl Watched {
    pub(super) fn new(cloud: Cloud, (database, number): (DatabaseId, Option<u64>)) -> Self {
        let request = Rc::default();
        Self { cloud, database, number, request, statement: None, server: None, given_up: None }
    }

    /// The commit that is followed was written for a statement.
    fn written(&mut self, statement: OutgoingKey) {
        let rows = &self.cloud.rows;
        let outgoing = &rows.outgoing[statement];
        let call = outgoing.caller.and_then(|call| rows.calls.get(call));
        let request = call.and_then(|call| rows.requests.get(call.request));
        self.request.set(request.map(|request| request.number));
        if let OutgoingWhat::Statement(of) = outgoing.what {
            self.server = Some(self.cloud.fleet.get(of.server).entity);
        }
        self.statement = Some(statement);
    }

    fn is_written(&self) -> bool {
        self.cloud.databases.trail(self.database).is_some()
    }
}

impl Model<Root> for Watched {
    fn handle(&mut self, event: Event, kernel: &mut Kernel<Root>) {
        match event {
            Event::Path(PathEvent::StatementDone { outgoing }) if self.statement.is_none() => {
                self.cloud.handle(event, kernel);
                if self.is_written() {
                    self.written(outgoing);
                }
            }
            Event::Path(PathEvent::OutgoingTimedOut { outgoing }) if self.statement == Some(outgoing) => {
                let owners = self.cloud.outgoing_timeout_of(outgoing);
                self.given_up = Some((Context::<Root>::now(kernel), owners));
                self.cloud.handle(event, kernel);
            }
            _ => self.cloud.handle(event, kernel),
        }
    }

    fn react(&mut self, signal: Signal, kernel: &mut Kernel<Root>) {
        self.cloud.react(signal, kernel);
    }

    fn kind_of(event: &Event) -> &'static str {
        event.kind()
    }
}

/// The records that tell of a database and of the request that wrote to it, and what everything is called.
pub(super) struct Seen {
    database: EntityId,
    request: Rc<Cell<Option<u64>>>,
    pub(super) names: Names,
    pub(super) changes: Vec<Stamped<Record>>,
    pub(super) finished: Option<(SimTime, u64, RequestFinished)>,
}

impl Seen {
    pub(super) fn new(database: EntityId, request: Rc<Cell<Option<u64>>>) -> Self {
        Self { database, request, names: Names::new(), changes: Vec::new(), finished: None }
    }
}

impl RecordSink<Record> for Seen {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        for stamped in batch {
            self.names.observe(&stamped.record);
            let is_of_it = match &stamped.record {
                Record::DatabaseInstanceChanged { database, .. }
                | Record::FailoverStepEnded { database, .. }
                | Record::CommitsSettled { database, .. } => *database == self.database,
                Record::RecoveryPointChosen(point) => point.database == self.database,
                Record::RequestFinished(finished) => {
                    if Some(finished.request) == self.request.get() {
                        self.finished = Some((stamped.at, stamped.number, *finished));
                    }
                    false
                }
                _ => false,
            };
            if is_of_it {
                self.changes.push(stamped.clone());
            }
        }
    }
}
