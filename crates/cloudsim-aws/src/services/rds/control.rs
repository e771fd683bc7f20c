//! The control plane: what dies, what comes back, and which event belongs to what.

use super::databases::Instance;
use super::outage::{Outage, Plan};
use super::{Databases, Event, InstanceSlot, Rds, Signal, limits};
use cloudsim_engine::Context;
use cloudsim_records::{DatabaseInstanceState, FailoverStep, Record};
use cloudsim_units::{DurationDistribution, SimDuration};
use cloudsim_world::{DatabaseId, FaultId, ZoneId};

/// What comes from the outside.
impl Databases {
    /// A zone loses power: its instances do not answer any more.
    pub fn lose_power(&mut self, zone: ZoneId, fault: Option<FaultId>, ctx: &mut impl Context<Rds>) {
        self.dark.push(zone);
        for slot in self.slots() {
            let instance = self.instance(slot);
            if instance.zone == zone && instance.is_there() {
                self.die(slot, Death::PowerLost, fault, ctx);
            }
        }
    }

    /// Power returns to a zone; its hosts do so later, each at its own time.
    pub fn return_power(
        &mut self,
        zone: ZoneId,
        power_return: DurationDistribution,
        ctx: &mut impl Context<Rds>,
    ) {
        self.dark.retain(|dark| *dark != zone);
        for slot in self.slots() {
            let instance = *self.instance(slot);
            if instance.zone == zone && instance.state == DatabaseInstanceState::Unreachable {
                let luck = (slot, instance.epoch);
                let delay =
                    self.get(instance.database).draw_for(power_return, "power return", luck, ctx.streams());
                ctx.schedule_in(delay, Event::HostReturned { instance: slot, epoch: instance.epoch });
            }
        }
        for id in self.ids() {
            self.act(id, ctx);
        }
    }

    /// A zone is cut off from others; `isolated` from all of them, and so from what manages databases.
    ///
    /// A writer that has lost its standby so does not answer commits. If it is the writer that is isolated, it counts as lost
    /// from then on and RDS fails over; else the standby is given up.
    pub fn cut(
        &mut self,
        zone: ZoneId,
        from: &[ZoneId],
        isolated: bool,
        fault: Option<FaultId>,
        ctx: &mut impl Context<Rds>,
    ) {
        self.cuts.extend(from.iter().map(|other| (zone, *other)));
        for id in self.ids() {
            let (writer, standby) = (self.get(id).writer, self.get(id).standby);
            let home = self.instance(writer).zone;
            if let Some(standby) = standby.filter(|slot| self.apart(home, self.instance(*slot).zone)) {
                if isolated && home == zone && self.has_writer(id) {
                    self.die(writer, Death::CutOff, fault, ctx);
                } else if self.instance(standby).is_there() {
                    self.die(standby, Death::CutOff, fault, ctx);
                }
            }
            for (place, slot) in self.get(id).replicas.clone().into_iter().enumerate() {
                if self.apart(home, self.instance(slot).zone) {
                    let (now, database) = (ctx.now(), self.get_mut(id));
                    if let Some(replication) = database.replication.get_mut(place) {
                        replication.stop(&database.ledger, now);
                    }
                }
            }
        }
    }

    /// What cut a zone off is over.
    pub fn rejoin(&mut self, zone: ZoneId, from: &[ZoneId], ctx: &mut impl Context<Rds>) {
        for other in from {
            if let Some(place) = self.cuts.iter().position(|cut| *cut == (zone, *other)) {
                self.cuts.swap_remove(place);
            }
        }
        for slot in self.slots() {
            let instance = *self.instance(slot);
            let near = instance.zone == zone || from.contains(&instance.zone);
            if near && instance.state == DatabaseInstanceState::Unreachable {
                ctx.schedule_at(
                    ctx.now().max(instance.held_until),
                    Event::HostReturned { instance: slot, epoch: instance.epoch },
                );
            }
        }
        for id in self.ids() {
            self.resume_replicas(id, ctx.now());
        }
    }

    pub(super) fn apart(&self, one: ZoneId, other: ZoneId) -> bool {
        self.cuts.contains(&(one, other)) || self.cuts.contains(&(other, one))
    }

    /// The engine of the writer crashes: connections to it are reset and refused. RDS restarts it or fails over; it cannot
    /// be started again before `lasts` is over. Nothing happens to a database without a writer.
    pub fn crash_writer(
        &mut self,
        database: DatabaseId,
        lasts: Option<SimDuration>,
        fault: Option<FaultId>,
        ctx: &mut impl Context<Rds>,
    ) {
        let writer = self.get(database).writer;
        let held_until = ctx.now().saturating_add(lasts.unwrap_or(SimDuration::ZERO));
        let instance = self.instance_mut(writer);
        if instance.state == DatabaseInstanceState::Writer {
            instance.held_until = held_until;
            self.die(writer, Death::Crashed, fault, ctx);
        }
    }

    /// The host of the standby dies. It comes back after `lasts`, or is replaced by a new one. Nothing happens to a
    /// database whose standby is not there.
    pub fn lose_standby(
        &mut self,
        database: DatabaseId,
        lasts: Option<SimDuration>,
        fault: Option<FaultId>,
        ctx: &mut impl Context<Rds>,
    ) {
        let Some(slot) = self.get(database).standby.filter(|slot| self.instance(*slot).is_there()) else {
            return;
        };
        self.instance_mut(slot).empty |= lasts.is_none();
        self.lose_host(slot, lasts, fault, ctx);
    }

    /// The host of a read replica dies. It comes back after `lasts`, or the instance moves to another one. Nothing happens
    /// where there is no replica any more, or none yet.
    pub fn lose_replica(
        &mut self,
        database: DatabaseId,
        replica: usize,
        lasts: Option<SimDuration>,
        fault: Option<FaultId>,
        ctx: &mut impl Context<Rds>,
    ) {
        let slot = self.get(database).replicas[replica];
        if self.instance(slot).state == DatabaseInstanceState::Replica {
            self.lose_host(slot, lasts, fault, ctx);
        }
    }

    fn lose_host(
        &mut self,
        slot: InstanceSlot,
        lasts: Option<SimDuration>,
        fault: Option<FaultId>,
        ctx: &mut impl Context<Rds>,
    ) {
        let luck = (slot, self.instance(slot).epoch);
        let database = self.get(self.instance(slot).database);
        let back_after = lasts.unwrap_or_else(|| {
            database.draw_for(self.assumed.provisioning, "replacement", luck, ctx.streams())
        });
        let back_at = ctx.now().saturating_add(back_after);
        self.instance_mut(slot).held_until = back_at;
        self.die(slot, Death::PowerLost, fault, ctx);
        ctx.schedule_at(back_at, Event::HostReturned { instance: slot, epoch: self.instance(slot).epoch });
    }

    /// Lets an event happen.
    pub fn handle(&mut self, event: Event, ctx: &mut impl Context<Rds>) {
        match event {
            Event::FailureDetected { database, plan } if self.get(database).plan == plan => {
                self.detected(database, ctx);
            }
            Event::DecisionMade { database, plan } if self.get(database).plan == plan => {
                self.step_ended(database, FailoverStep::Decide, ctx);
                self.outage_mut(database).decided = true;
                self.act(database, ctx);
            }
            Event::BackupRetrieved { database, plan } if self.get(database).plan == plan => {
                self.retrieved(database, ctx);
            }
            Event::DataRecovered { database, plan } if self.get(database).plan == plan => {
                self.recovered(database, ctx);
            }
            Event::WriterPromoted { database, plan } if self.get(database).plan == plan => {
                self.step_ended(database, FailoverStep::Promote, ctx);
                self.take_over(database, ctx);
            }
            Event::NamePointed { database, plan } if self.get(database).plan == plan => {
                self.point_name(database, ctx);
            }
            Event::HostReturned { instance, epoch } if self.instance(instance).epoch == epoch => {
                self.host_returned(instance, ctx);
            }
            Event::EngineStarted { instance, epoch } if self.instance(instance).epoch == epoch => {
                self.engine_started(instance, ctx);
            }
            Event::StandbyGivenUp { instance, epoch } if self.instance(instance).epoch == epoch => {
                self.give_standby_up(instance);
            }
            Event::StandbySilent { instance, epoch } if self.instance(instance).epoch == epoch => {
                self.standby_silent(instance, ctx);
            }
            Event::StandbySynced { instance, epoch } if self.instance(instance).epoch == epoch => {
                self.standby_synced(instance, ctx);
            }
            Event::FailureDetected { .. }
            | Event::DecisionMade { .. }
            | Event::BackupRetrieved { .. }
            | Event::DataRecovered { .. }
            | Event::WriterPromoted { .. }
            | Event::NamePointed { .. }
            | Event::HostReturned { .. }
            | Event::EngineStarted { .. }
            | Event::StandbyGivenUp { .. }
            | Event::StandbySilent { .. }
            | Event::StandbySynced { .. } => {}
        }
    }
}

/// How an instance is lost.
#[derive(Clone, Copy)]
pub(super) enum Death {
    PowerLost,
    Crashed,
    /// It lives, and nobody hears it.
    CutOff,
    /// An operator reboots it.
    Rebooted,
    /// An operator has another in its place.
    FencedOff,
}

impl Death {
    fn state(self) -> DatabaseInstanceState {
        match self {
            Self::PowerLost | Self::CutOff => DatabaseInstanceState::Unreachable,
            Self::Crashed => DatabaseInstanceState::Crashed,
            Self::Rebooted => DatabaseInstanceState::Starting,
            Self::FencedOff => DatabaseInstanceState::Abandoned,
        }
    }

    /// How long RDS takes to notice that a writer is lost so, if nobody tells it.
    fn detection(self, assumed: &limits::Assumed) -> DurationDistribution {
        match self {
            Self::PowerLost | Self::Crashed | Self::Rebooted | Self::FencedOff => assumed.detection_crash,
            Self::CutOff => assumed.detection_cut_off,
        }
    }
}

impl Instance {
    pub(super) fn is_there(&self) -> bool {
        !matches!(self.state, DatabaseInstanceState::Unreachable | DatabaseInstanceState::Abandoned)
    }
}

/// What died.
impl Databases {
    pub(super) fn die(
        &mut self,
        slot: InstanceSlot,
        death: Death,
        fault: Option<FaultId>,
        ctx: &mut impl Context<Rds>,
    ) {
        let was = self.instance(slot).state;
        self.instance_mut(slot).epoch += 1;
        self.change(slot, death.state(), ctx);
        ctx.signal(Signal::InstanceDied { instance: slot });
        let id = self.instance(slot).database;
        let database = self.get(id);
        if slot == database.writer {
            if was == DatabaseInstanceState::Writer {
                self.writer_died(id, death, fault, ctx);
            } else if matches!(database.outage, Some(Outage { plan: Plan::Restarting, .. })) {
                self.notice(id, death, ctx);
            }
        }
        if self.get(id).standby == Some(slot) {
            self.standby_died(id, slot, ctx);
        }
        let (now, unfinished) = (ctx.now(), self.instance(slot).condemned);
        let database = self.get_mut(id);
        if let Some(k) = database.replica_place(slot)
            && let Some(replication) = database.replication.get_mut(k)
        {
            replication.stop(&database.ledger, now);
            if unfinished {
                replication.break_off();
            }
        }
        if matches!(database.outage, Some(Outage { plan: Plan::Moving(_, to), .. }) if to == slot) {
            self.target_died(id, ctx);
        }
    }

    fn writer_died(
        &mut self,
        id: DatabaseId,
        death: Death,
        fault: Option<FaultId>,
        ctx: &mut impl Context<Rds>,
    ) {
        let (now, backups) = (ctx.now(), self.backups);
        let database = self.get_mut(id);
        database.ship(now);
        for replication in &mut database.replication {
            replication.stop(&database.ledger, now);
        }
        database.ledger.writer_died(now);
        let replay = database.redo.replay_since_checkpoint(now);
        database.outage = Some(Outage::new(now, database.writer, fault, replay));
        database.trail_stopped(fault, &backups, now);
        if let Some(sync) = database.sync.take() {
            ctx.cancel(sync);
        }
        ctx.signal(Signal::WriterDied { database: id, instance: database.writer });
        self.notice(id, death, ctx);
    }

    /// The writer's death will be noticed.
    fn notice(&mut self, id: DatabaseId, death: Death, ctx: &mut impl Context<Rds>) {
        let plan = self.plan(id, Plan::Noticing);
        let delay = self.get(id).draw(death.detection(&self.assumed), "detection", ctx.streams());
        ctx.schedule_in(delay, Event::FailureDetected { database: id, plan });
    }

    fn standby_died(&mut self, id: DatabaseId, slot: InstanceSlot, ctx: &mut impl Context<Rds>) {
        let epoch = self.instance(slot).epoch;
        let writes = self.has_writer(id);
        let patience = self.assumed.standby_loss_detection;
        let database = self.get_mut(id);
        database.gives_up = None;
        if let Some(sync) = database.sync.take() {
            ctx.cancel(sync);
        }
        if !database.in_step {
            return;
        }
        let now = ctx.now();
        let stall = database.draw_for(patience, "standby loss detection", (slot, epoch), ctx.streams());
        database.stalled_until = now + stall;
        database.ledger.standby_lost(now, database.stalled_until);
        database.look_at_trail();
        if writes {
            ctx.schedule_in(stall, Event::StandbyGivenUp { instance: slot, epoch });
        }
    }

    fn give_standby_up(&mut self, slot: InstanceSlot) {
        let id = self.instance(slot).database;
        // A writer that died before it gave its standby up has acknowledged nothing without it: the two are still in step.
        if self.has_writer(id) && self.get(id).standby == Some(slot) {
            self.get_mut(id).in_step = false;
        }
    }

    /// The writer goes on without a standby that does not confirm. That one connects anew, and has to come into step again.
    fn standby_silent(&mut self, slot: InstanceSlot, ctx: &mut impl Context<Rds>) {
        let (id, now) = (self.instance(slot).database, ctx.now());
        if !self.has_writer(id) || self.get(id).standby != Some(slot) {
            return;
        }
        let database = self.get_mut(id);
        database.in_step = false;
        database.ledger.standby_lost(now, now);
        database.look_at_trail();
        self.die(slot, Death::CutOff, None, ctx);
        ctx.schedule_at(now, Event::HostReturned { instance: slot, epoch: self.instance(slot).epoch });
    }

    /// The instance that was to become the writer died on the way.
    fn target_died(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        self.wait(id, ctx);
        if self.instance(self.get(id).writer).state == DatabaseInstanceState::Starting {
            self.restart_writer(id, ctx);
        } else {
            self.act(id, ctx);
        }
    }
}

/// What came back.
impl Databases {
    fn host_returned(&mut self, slot: InstanceSlot, ctx: &mut impl Context<Rds>) {
        let instance = *self.instance(slot);
        let writer = self.get(instance.database).writer;
        if self.dark.contains(&instance.zone)
            || slot != writer && self.apart(self.instance(writer).zone, instance.zone)
            || !matches!(instance.state, DatabaseInstanceState::Unreachable | DatabaseInstanceState::Crashed)
        {
            return;
        }
        if instance.condemned {
            self.change(slot, DatabaseInstanceState::Abandoned, ctx);
            return;
        }
        if ctx.now() < instance.held_until {
            ctx.schedule_at(
                instance.held_until,
                Event::HostReturned { instance: slot, epoch: instance.epoch },
            );
            return;
        }
        self.change(slot, DatabaseInstanceState::Starting, ctx);
        let id = instance.database;
        let database = self.get(id);
        if database.writer == slot {
            if matches!(database.outage, Some(Outage { plan: Plan::Waiting, .. })) {
                self.restart_writer(id, ctx);
            }
        } else if database.standby == Some(slot) {
            self.standby_host_returned(id, slot, ctx);
        } else {
            self.start_engine(slot, SimDuration::ZERO, ctx);
        }
    }

    fn start_engine(&mut self, slot: InstanceSlot, replay: SimDuration, ctx: &mut impl Context<Rds>) {
        let Instance { database, epoch, .. } = *self.instance(slot);
        let restart =
            self.get(database).draw_for(self.assumed.restart, "restart", (slot, epoch), ctx.streams());
        let delay = restart.saturating_add(replay);
        ctx.schedule_at(ctx.now().saturating_add(delay), Event::EngineStarted { instance: slot, epoch });
    }

    pub(super) fn restart_writer(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        self.plan(id, Plan::Restarting);
        let replay = self.outage_mut(id).replay;
        self.start_engine(self.get(id).writer, replay, ctx);
    }

    fn standby_host_returned(&mut self, id: DatabaseId, slot: InstanceSlot, ctx: &mut impl Context<Rds>) {
        let database = self.get(id);
        match database.outage.map(|outage| outage.plan) {
            None | Some(Plan::Pointing) => self.sync_standby(id, ctx),
            Some(plan @ (Plan::Noticing | Plan::Waiting))
                if database.in_step && !self.instance(slot).empty =>
            {
                self.change(slot, DatabaseInstanceState::Standby, ctx);
                if plan == Plan::Waiting {
                    self.fail_over(id, slot, ctx);
                }
            }
            // There is nothing to copy from; the next writer will start it.
            Some(Plan::Noticing | Plan::Waiting | Plan::Restarting | Plan::Moving(..)) => {}
        }
    }

    /// Lets a standby whose host runs become equal to the writer.
    pub(super) fn sync_standby(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let Some(slot) = self.get(id).standby else { return };
        let epoch = self.instance(slot).epoch;
        let database = self.get(id);
        let mut delay = database.draw_for(self.assumed.resync, "resync", (slot, epoch), ctx.streams());
        if self.instance(slot).empty {
            let seconds = database.spec.storage.0 / self.assumed.sync_per_second.0;
            delay = delay.saturating_add(SimDuration::from_secs(seconds));
        }
        let at = ctx.now().saturating_add(delay);
        let key = ctx.arm_at(at, Event::StandbySynced { instance: slot, epoch });
        self.get_mut(id).sync = Some(key);
    }

    fn standby_synced(&mut self, slot: InstanceSlot, ctx: &mut impl Context<Rds>) {
        let id = self.instance(slot).database;
        self.instance_mut(slot).empty = false;
        let (now, luck) = (ctx.now(), (slot, self.instance(slot).epoch));
        let patience = self.assumed.standby_loss_detection;
        let database = self.get_mut(id);
        database.patience = database.draw_for(patience, "patience with the standby", luck, ctx.streams());
        database.gives_up = None;
        database.sync = None;
        database.in_step = true;
        database.ledger.standby_synced(now);
        database.look_at_trail();
        self.change(slot, DatabaseInstanceState::Standby, ctx);
        ctx.signal(Signal::InstanceReturned { instance: slot });
    }

    fn engine_started(&mut self, slot: InstanceSlot, ctx: &mut impl Context<Rds>) {
        let id = self.instance(slot).database;
        let writer = self.get(id).writer == slot;
        self.instance_mut(slot).condemned = false;
        let state = if writer { DatabaseInstanceState::Writer } else { DatabaseInstanceState::Replica };
        self.change(slot, state, ctx);
        ctx.signal(Signal::InstanceReturned { instance: slot });
        if writer {
            let now = ctx.now();
            self.get_mut(id).trail_restarted(now);
            self.writes_again(id, ctx);
            if self.get(id).endpoint == slot {
                self.get_mut(id).outage = None;
                self.get_mut(id).plan += 1;
            } else {
                // It died before its name was changed.
                self.point_later(id, self.assumed.dns_change, ctx);
            }
        } else {
            self.resume_replicas(id, ctx.now());
            self.act(id, ctx);
        }
    }
}

/// The small words of the above.
impl Databases {
    fn slots(&self) -> impl Iterator<Item = InstanceSlot> + use<> {
        (0..u32::try_from(self.instances.len()).expect("slots are u32")).map(InstanceSlot)
    }

    fn ids(&self) -> impl Iterator<Item = DatabaseId> + use<> {
        (0..self.all.len()).map(DatabaseId::from_index)
    }

    pub(super) fn has_writer(&self, id: DatabaseId) -> bool {
        self.instance(self.get(id).writer).state == DatabaseInstanceState::Writer
    }

    pub(super) fn outage_mut(&mut self, id: DatabaseId) -> &mut Outage {
        self.get_mut(id).outage.as_mut().expect("a plan is part of an outage")
    }

    /// Changes the plan; what was scheduled for another one is void.
    pub(super) fn plan(&mut self, id: DatabaseId, plan: Plan) -> u32 {
        self.outage_mut(id).plan = plan;
        let database = self.get_mut(id);
        database.plan += 1;
        database.plan
    }

    pub(super) fn change(
        &mut self,
        slot: InstanceSlot,
        state: DatabaseInstanceState,
        ctx: &mut impl Context<Rds>,
    ) {
        let instance = self.instance_mut(slot);
        instance.state = state;
        let record = Record::DatabaseInstanceChanged {
            database: self.get(self.instance(slot).database).entity,
            instance: self.instance(slot).entity,
            state,
        };
        ctx.record(record);
    }

    pub(super) fn step_ended(&mut self, id: DatabaseId, step: FailoverStep, ctx: &mut impl Context<Rds>) {
        ctx.record(Record::FailoverStepEnded { database: self.get(id).entity, step });
    }
}
