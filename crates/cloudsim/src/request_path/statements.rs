//! A server's statement to a database, from the choice of the instance to the answer.

use super::rows::{
    CallKey, Outgoing, OutgoingKey, OutgoingStage, OutgoingWhat, Reply, Stage, Statement, Waiting,
};
use super::{Event, Leg, Purpose, word};
use crate::Cloud;
use crate::network::{admitted, cut_off};
use crate::words::Root;
use cloudsim_aws::Admission;
use cloudsim_aws::services::rds::{Accept, Acknowledgement, InstanceSlot, Keeps};
use cloudsim_aws::services::target_group::ServerSlot;
use cloudsim_aws::services::vpc::Trip;
use cloudsim_engine::{Context, mix};
use cloudsim_records::{Cause, DatabaseInstanceState, Record};
use cloudsim_units::{Bytes, SimDuration, SimTime};
use cloudsim_workload::ReadFrom;
use cloudsim_world::DatabaseId;

impl Cloud {
    pub(super) fn send_statement(
        &mut self,
        key: CallKey,
        (database, write, from): (DatabaseId, bool, ReadFrom),
        (work, bytes, timeout): (SimDuration, Bytes, SimDuration),
        ctx: &mut impl Context<Root>,
    ) {
        let now = ctx.now();
        let call = &self.rows.calls[key];
        let (request, attempt, server, class) = (call.request, call.attempt, call.server, call.class);
        let fsync_word = word(self.rows.refill(call.luck), call.depth, Purpose::Far, call.step);
        let replica = match from {
            ReadFrom::ReplicaThenPrimary => self.replica_for(server, database),
            ReadFrom::Primary => None,
        };
        let to_replica = replica.is_some();
        let instance = replica.unwrap_or_else(|| {
            let side = &mut self.sides[server.0 as usize].databases[database.index()];
            side.client.instance_for(&self.databases, now)
        });
        let zone = self.databases.zone(instance);
        let server_zone = self.fleet.get(server).zone;
        let latency = self.links.one_way(server_zone, zone);
        let luck = || mix(fsync_word, Leg::Out as u64);
        let port = self.plan.databases[database.index()].engine.port();
        let decision = self.network.decide(self.server_end(server), self.instance_end(instance), port);
        let trip = || self.links.send(Some(server_zone), Some(zone), latency, luck);
        let travel = admitted(&decision, luck).and_then(|()| trip().map_err(cut_off));
        let statement = Statement {
            database,
            instance,
            write,
            to_replica,
            work,
            size: bytes,
            timeout,
            fsync_word,
            latency,
            commit: None,
            server,
        };
        let (cause, at) = match travel {
            Err(stopped) => stopped,
            Ok(Trip { late_by: Some(by), .. }) => (Cause::LinkDegraded, Some(by)),
            Ok(_) => (Cause::DatabaseSlow, Some(zone)),
        };
        let outgoing = self.rows.outgoing.insert(Outgoing {
            caller: Some(key),
            stage: if travel.is_ok() { OutgoingStage::Travelling } else { OutgoingStage::Lost },
            what: OutgoingWhat::Statement(statement),
            reply: Reply { code: 500, cause, zone: at.map(|zone| self.zone_entities[zone.index()]) },
            late_by: None,
            timer: None,
        });
        if let Ok(trip) = travel {
            ctx.schedule_in(trip.after, Event::InstanceReached { outgoing });
            self.usage.count_between(&self.zone_regions, (server_zone, zone), Some(class), bytes.0);
        }
        self.rows.outgoing[outgoing].timer = Some(ctx.arm_in(timeout, Event::OutgoingTimedOut { outgoing }));
        self.rows.calls[key].waiting = Waiting::Outgoing(outgoing);
        let entity = self.databases.entity(instance);
        self.rows.note_hop(request, attempt, entity);
    }

    /// The replica that a server reads from: those of a region share its replicas among them.
    pub(crate) fn replica_for(&self, server: ServerSlot, database: DatabaseId) -> Option<InstanceSlot> {
        if self.databases.replica_count(database) == 0 {
            return None;
        }
        self.databases.replica_name_in(database, self.region_of(server), server.0 as usize)
    }

    pub(super) fn instance_reached(&mut self, key: OutgoingKey, ctx: &mut impl Context<Root>) {
        let Some(outgoing) = self.rows.outgoing.get_mut(key) else { return };
        let OutgoingWhat::Statement(statement) = outgoing.what else { return };
        match self.databases.accepts(statement.instance, statement.write) {
            Accept::Silent => {
                outgoing.reply.cause = Cause::DatabaseUnreachable;
                self.lose_outgoing(key);
            }
            Accept::Refused => {
                outgoing.reply.cause = Cause::DatabaseRefused;
                self.answer_outgoing(key, ctx);
            }
            Accept::Ok if self.copies.has_secrets() && self.is_login_refused(&statement) => {
                self.rows.outgoing[key].reply.cause = Cause::LoginRefused;
                self.answer_outgoing(key, ctx);
            }
            Accept::Ok => match self.stations[statement.instance.0 as usize].admit(key) {
                Admission::Full => {
                    self.rows.outgoing[key].reply.cause = Cause::DatabaseRefused;
                    self.answer_outgoing(key, ctx);
                }
                admission => {
                    self.rows.outgoing[key].stage = OutgoingStage::Serving;
                    if admission == Admission::Started {
                        let takes = self.statement_takes(&statement, ctx.now());
                        ctx.schedule_in(takes, Event::StatementDone { outgoing: key });
                    }
                }
            },
        }
    }

    /// How long an instance works on a statement that it begins now.
    fn statement_takes(&self, of: &Statement, now: SimTime) -> SimDuration {
        self.databases.work(of.instance, of.work, now, mix(of.fsync_word, Leg::Block as u64))
    }

    pub(super) fn statement_done(&mut self, key: OutgoingKey, ctx: &mut impl Context<Root>) {
        let Some(outgoing) = self.rows.outgoing.get(key) else { return };
        let OutgoingWhat::Statement(statement) = outgoing.what else { return };
        if outgoing.stage != OutgoingStage::Serving {
            return;
        }
        if let Some(next) = self.stations[statement.instance.0 as usize].finish() {
            let OutgoingWhat::Statement(waiting) = self.rows.outgoing[next].what else {
                unreachable!("only statements wait for a database")
            };
            let takes = self.statement_takes(&waiting, ctx.now());
            ctx.schedule_in(takes, Event::StatementDone { outgoing: next });
        }
        self.complete(key, statement, ctx);
    }

    /// The work is done: a read is answered, a write is committed first.
    fn complete(&mut self, key: OutgoingKey, mut statement: Statement, ctx: &mut impl Context<Root>) {
        if statement.write {
            let commit =
                self.databases.begin_commit(statement.instance, &self.links, ctx.now(), statement.fsync_word);
            statement.commit = Some(commit.id);
            self.count_copies(statement.instance, key);
            if let Some((at, event)) = commit.given_up {
                ctx.schedule_at(at, event);
            }
            self.rows.outgoing[key].what = OutgoingWhat::Statement(statement);
            ctx.schedule_at(commit.ready, Event::CommitSafe { outgoing: key });
        } else {
            self.stations[statement.instance.0 as usize].release();
            self.rows.outgoing[key].reply = Reply::OK;
            self.answer_outgoing(key, ctx);
        }
    }

    /// The class of the request for which something is done; `None` if that has been given up.
    pub(super) fn class_of(&self, key: OutgoingKey) -> Option<u16> {
        let caller = self.rows.outgoing.get(key)?.caller?;
        self.rows.calls.get(caller).map(|call| call.class)
    }

    /// Counts what a commit sends to replicas and backups in other regions. What a database copies within its region is free.
    fn count_copies(&mut self, writer: InstanceSlot, commit: OutgoingKey) {
        let database = self.databases.database_of(writer);
        let home = self.databases.zone(writer);
        let regions = &self.zone_regions;
        let spec = &self.plan.databases[database.index()];
        for replica in 0..spec.replicas.len() {
            let replica = self.databases.replica_endpoint(database, replica);
            let there = self.databases.zone(replica);
            let follows = self.databases.state(replica) == DatabaseInstanceState::Replica;
            if follows && regions[home.index()] != regions[there.index()] {
                let class = self.class_of(commit);
                self.usage.inter_region_bytes.add(class, spec.redo_per_commit.0);
            }
        }
        for backup in spec.backups.iter().filter(|backup| backup.keeps == Keeps::Logs) {
            let there = self.plan.subnets[backup.subnet.index()].zone;
            if regions[home.index()] != regions[there.index()] {
                let class = self.class_of(commit);
                self.usage.inter_region_bytes.add(class, spec.redo_per_commit.0);
            }
        }
    }

    pub(super) fn commit_safe(&mut self, key: OutgoingKey, ctx: &mut impl Context<Root>) {
        let Some(outgoing) = self.rows.outgoing.get_mut(key) else { return };
        let OutgoingWhat::Statement(statement) = outgoing.what else { return };
        if outgoing.stage != OutgoingStage::Serving {
            return;
        }
        let commit = statement.commit.expect("a write that is done was committed");
        if outgoing.caller.is_none() {
            // The server hung up: the commit stands, and nobody is told.
            self.stations[statement.instance.0 as usize].release();
            self.rows.outgoing.remove(key);
            return;
        }
        match self.databases.acknowledge(commit, ctx.now()) {
            Acknowledgement::Given => {
                self.stations[statement.instance.0 as usize].release();
                outgoing.reply = Reply::OK;
                self.answer_outgoing(key, ctx);
            }
            Acknowledgement::NotBefore(at) => ctx.schedule_at(at, Event::CommitSafe { outgoing: key }),
            Acknowledgement::Void => self.lose_outgoing(key),
        }
    }

    /// An answer leaves for the server, if that still listens.
    pub(super) fn answer_outgoing(&mut self, key: OutgoingKey, ctx: &mut impl Context<Root>) {
        let outgoing = &mut self.rows.outgoing[key];
        if outgoing.caller.is_none() {
            self.rows.outgoing.remove(key);
            return;
        }
        let (from, server, latency, word) = match outgoing.what {
            OutgoingWhat::Statement(of) => {
                (self.databases.zone(of.instance), of.server, of.latency, of.fsync_word)
            }
            OutgoingWhat::Item(of) => (of.leader, of.server, of.latency, of.luck),
            OutgoingWhat::External(_) => return,
        };
        let to = self.fleet.get(server).zone;
        match self.links.send(Some(from), Some(to), latency, || mix(word, Leg::In as u64)) {
            Ok(trip) => {
                outgoing.stage = OutgoingStage::Answered;
                outgoing.late_by = trip.late_by.map(|zone| self.zone_entities[zone.index()]);
                ctx.schedule_in(trip.after, Event::OutgoingDelivered { outgoing: key });
            }
            Err(border) => {
                let zone = Some(self.zone_entities[border.index()]);
                outgoing.reply = Reply { code: 500, cause: Cause::ZoneCutOff, zone };
                self.lose_outgoing(key);
            }
        }
    }

    pub(super) fn lose_outgoing(&mut self, key: OutgoingKey) {
        let outgoing = &mut self.rows.outgoing[key];
        if outgoing.caller.is_none() {
            self.rows.outgoing.remove(key);
        } else {
            outgoing.stage = OutgoingStage::Lost;
        }
    }

    pub(super) fn outgoing_delivered(&mut self, key: OutgoingKey, ctx: &mut impl Context<Root>) {
        let Some(outgoing) = self.rows.outgoing.get(key) else { return };
        if outgoing.stage != OutgoingStage::Answered {
            return;
        }
        if let OutgoingWhat::External(external) = outgoing.what
            && self.is_cut_from(&external)
        {
            let zone = Some(self.zone_entities[external.leaves_at.index()]);
            self.rows.outgoing[key].reply = Reply { code: 500, cause: Cause::ZoneCutOff, zone };
            self.lose_outgoing(key);
            return;
        }
        let Outgoing { caller, what, mut reply, timer, .. } =
            self.rows.outgoing.remove(key).expect("just seen");
        if let Some(timer) = timer {
            ctx.cancel(timer);
        }
        if let OutgoingWhat::External(external) = what {
            if reply.cause == Cause::ConnectionReset {
                // Nobody holds a port for it any more.
            } else {
                self.put_away(&external, ctx);
                let failed = Reply { cause: Cause::EndpointFailed, ..reply };
                reply = if external.fails { failed } else { Reply::OK };
            }
        }
        self.tell_server(key, caller, &what, reply, ctx);
    }

    pub(super) fn outgoing_timed_out(&mut self, key: OutgoingKey, ctx: &mut impl Context<Root>) {
        let outgoing = &mut self.rows.outgoing[key];
        outgoing.timer = None;
        let (caller, what) = (outgoing.caller.take(), outgoing.what);
        let reply = Reply { code: 504, ..outgoing.overdue() };
        if let OutgoingWhat::External(external) = what {
            self.close(&external, ctx);
        }
        let outgoing = &self.rows.outgoing[key];
        match outgoing.stage {
            OutgoingStage::Lost | OutgoingStage::Answered => {
                self.rows.outgoing.remove(key);
            }
            OutgoingStage::Travelling | OutgoingStage::Serving => {}
        }
        self.tell_server(key, caller, &what, reply, ctx);
    }

    /// The server learns how it ended: it goes on, tries the writer instead of a replica, or gives up.
    fn tell_server(
        &mut self,
        key: OutgoingKey,
        caller: Option<CallKey>,
        what: &OutgoingWhat,
        reply: Reply,
        ctx: &mut impl Context<Root>,
    ) {
        let Some(call) = caller else { return };
        let waits = self
            .rows
            .calls
            .get(call)
            .is_some_and(|call| call.stage == Stage::Serving && call.waiting == Waiting::Outgoing(key));
        if !waits {
            return;
        }
        if let OutgoingWhat::Statement(statement) = what {
            let Statement { database, to_replica, work, size, timeout, write, server, .. } = *statement;
            if to_replica && !reply.is_ok() {
                self.send_statement(call, (database, false, ReadFrom::Primary), (work, size, timeout), ctx);
                return;
            }
            if !to_replica && reply.is_ok() {
                let side = &mut self.sides[server.0 as usize].databases[database.index()];
                side.client.connect(&self.databases);
                if write && side.lost_writer {
                    side.lost_writer = false;
                    let (server, database) =
                        (self.fleet.get(server).entity, self.database_entities[database.index()]);
                    ctx.record(Record::DatabaseReconnected { server, database });
                }
            }
        }
        self.resume(call, reply, ctx);
    }

    /// An instance of a database died: what it had in hand is gone. Connections are reset if its host still lives.
    pub(crate) fn drop_statements(&mut self, instance: InstanceSlot, ctx: &mut impl Context<Root>) {
        self.stations[instance.0 as usize].clear();
        let reset = self.databases.accepts(instance, false) == Accept::Refused;
        let in_hand: Vec<OutgoingKey> = self
            .rows
            .outgoing
            .iter()
            .filter(|(_, outgoing)| {
                outgoing.stage == OutgoingStage::Serving
                    && matches!(&outgoing.what, OutgoingWhat::Statement(statement) if statement.instance == instance)
            })
            .map(|(key, _)| key)
            .collect();
        for key in in_hand {
            let reply = &mut self.rows.outgoing[key].reply;
            if reset {
                reply.cause = Cause::DatabaseRefused;
                self.answer_outgoing(key, ctx);
            } else {
                reply.cause = Cause::DatabaseUnreachable;
                self.lose_outgoing(key);
            }
        }
    }
}
