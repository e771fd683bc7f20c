//! Recovery: what is done about a missing writer, from the moment it is noticed until the name points to the next one.

use super::databases::Instance;
use super::ledger::Loss;
use super::outage::{Outage, Plan};
use super::{Databases, Event, InstanceSlot, Rds, Recovery, Signal};
use cloudsim_engine::Context;
use cloudsim_records::{DatabaseInstanceState, FailoverStep, Record, RecoveryKind, RecoveryPoint};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use cloudsim_world::DatabaseId;
use std::cmp::Reverse;

impl Databases {
    pub(super) fn detected(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        if !self.outage_mut(id).noticed {
            self.outage_mut(id).noticed = true;
            self.step_ended(id, FailoverStep::Detect, ctx);
        }
        self.wait(id, ctx);
        let database = self.get(id);
        let writer = database.writer;
        if let Some(standby) = database.standby
            && self.instance(standby).state == DatabaseInstanceState::Standby
        {
            self.fail_over(id, standby, ctx);
        } else if self.instance(writer).state == DatabaseInstanceState::Starting {
            self.restart_writer(id, ctx);
        }
        // RDS restarts a crashed engine by itself, as the writer or, after a failover, as the standby.
        if self.instance(writer).state == DatabaseInstanceState::Crashed {
            let Instance { epoch, held_until, .. } = *self.instance(writer);
            let at = held_until.max(ctx.now());
            ctx.schedule_at(at, Event::HostReturned { instance: writer, epoch });
        }
    }

    /// Nobody acts until people decide, or until something comes back.
    pub(super) fn wait(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let plan = self.plan(id, Plan::Waiting);
        let Outage { started, decided, .. } = *self.outage_mut(id);
        if let Recovery::Restore { decide } | Recovery::Promote { decide } = self.get(id).spec.recovery
            && !decided
        {
            let at = started.saturating_add(decide).max(ctx.now());
            ctx.schedule_at(at, Event::DecisionMade { database: id, plan });
        }
    }

    pub(super) fn fail_over(&mut self, id: DatabaseId, standby: InstanceSlot, ctx: &mut impl Context<Rds>) {
        let plan = self.plan(id, Plan::Moving(RecoveryKind::Failover, standby));
        let base = self.get(id).draw(self.assumed.recovery_base, "recovery", ctx.streams());
        let delay = base.saturating_add(self.outage_mut(id).replay);
        ctx.schedule_at(ctx.now().saturating_add(delay), Event::DataRecovered { database: id, plan });
    }

    /// Does what people decided, if they have, nothing else is under way, and it is possible now.
    pub(super) fn act(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let Some(Outage { plan: Plan::Waiting, decided: true, wanted, .. }) = self.get(id).outage else {
            return;
        };
        if let Some(wanted) = wanted
            && self.may_promote(wanted).is_ok()
        {
            self.promote_replica(id, wanted, SimDuration::ZERO, ctx);
            return;
        }
        match self.get(id).spec.recovery {
            Recovery::Restore { .. } => self.restore(id, ctx),
            Recovery::Promote { .. } => self.promote(id, ctx),
            Recovery::Wait => {}
        }
    }

    /// Restores a backup to where that is kept.
    pub(super) fn restore_backup(&mut self, id: DatabaseId, place: usize, ctx: &mut impl Context<Rds>) {
        let now = ctx.now();
        let until = self.outage_mut(id).started;
        let assumed = self.backups;
        let database = self.get(id);
        let backup = database.backups[place];
        let copied = backup.kept(until, &assumed);
        let number = database.plan;
        let mut luck = ctx.streams().stream(&database.path, &format!("retrieval {number}"));
        let retrieval = backup.retrieval(&assumed, luck.word());
        self.condemn(id, backup.slot, ctx);
        let plan = self.plan(id, Plan::Moving(RecoveryKind::Restore, backup.slot));
        let loss = self.get_mut(id).ledger.keep_copied(copied);
        self.choose_point(id, RecoveryKind::Restore, backup.slot, loss, ctx);
        self.outage_mut(id).backup = Some(backup);
        if retrieval.is_zero() {
            self.provision(id, ctx);
        } else {
            self.get_mut(id).backups[place].retrievals += 1;
            ctx.schedule_at(now.saturating_add(retrieval), Event::BackupRetrieved { database: id, plan });
        }
    }

    /// A backup can be read: there will be an instance with what it has.
    pub(super) fn retrieved(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        self.step_ended(id, FailoverStep::Retrieve, ctx);
        self.provision(id, ctx);
    }

    fn provision(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let Outage { backup, started, .. } = *self.outage_mut(id);
        let backup = backup.expect("it is restored");
        self.change(backup.slot, DatabaseInstanceState::Starting, ctx);
        let database = self.get(id);
        let plan = database.plan;
        let base = database.draw(self.assumed.provisioning, "provisioning", ctx.streams());
        let replay = database.redo.replay_since_start(started);
        let delay = base.saturating_add(backup.loads_for(replay, &self.backups));
        ctx.schedule_at(ctx.now().saturating_add(delay), Event::DataRecovered { database: id, plan });
    }

    fn restore(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let database = self.get(id);
        let Some(zone) = database.restore_zones.iter().copied().find(|zone| !self.dark.contains(zone)) else {
            return;
        };
        let slot = database.restored;
        self.condemn(id, slot, ctx);
        let plan = self.plan(id, Plan::Moving(RecoveryKind::Restore, slot));
        let now = ctx.now();
        let provisioning = self.assumed.provisioning;
        let database = self.get_mut(id);
        let loss = database.ledger.keep_until(database.shipped);
        let base = database.draw(provisioning, "provisioning", ctx.streams());
        let delay = base.saturating_add(database.redo.replay_since_start(now));
        self.choose_point(id, RecoveryKind::Restore, slot, loss, ctx);
        let instance = self.instance_mut(slot);
        instance.zone = zone;
        self.change(slot, DatabaseInstanceState::Starting, ctx);
        ctx.schedule_at(now.saturating_add(delay), Event::DataRecovered { database: id, plan });
    }

    /// Promotes the replica that has come farthest.
    fn promote(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let database = self.get(id);
        let best = database
            .replicas
            .iter()
            .zip(&database.replication)
            .filter(|(slot, replication)| {
                replication.follows() && self.instance(**slot).state == DatabaseInstanceState::Replica
            })
            .min_by_key(|(slot, replication)| (Reverse(replication.applied()), **slot));
        if let Some((&slot, _)) = best {
            self.promote_replica(id, slot, SimDuration::ZERO, ctx);
        }
    }

    /// Makes a replica that follows the writer's log the writer, with what it has; its promotion begins after `wait`.
    pub(super) fn promote_replica(
        &mut self,
        id: DatabaseId,
        slot: InstanceSlot,
        wait: SimDuration,
        ctx: &mut impl Context<Rds>,
    ) {
        let applied = self.replication_of(slot).expect("only replicas are promoted").applied();
        self.condemn(id, slot, ctx);
        let plan = self.plan(id, Plan::Moving(RecoveryKind::Promotion, slot));
        let loss = self.get_mut(id).ledger.keep_before(applied);
        self.choose_point(id, RecoveryKind::Promotion, slot, loss, ctx);
        let delay = self.get(id).draw(self.assumed.replica_promotion, "replica promotion", ctx.streams());
        ctx.schedule_in(wait.saturating_add(delay), Event::WriterPromoted { database: id, plan });
    }

    /// The old writer and its standby are not used again: with a new writer elsewhere they would be a second truth.
    fn condemn(&mut self, id: DatabaseId, except: InstanceSlot, ctx: &mut impl Context<Rds>) {
        let database = self.get_mut(id);
        database.in_step = false;
        let standby = database.standby.take();
        for slot in [Some(database.writer), standby].into_iter().flatten().filter(|slot| *slot != except) {
            let instance = self.instance_mut(slot);
            instance.condemned = true;
            if instance.is_there() {
                self.change(slot, DatabaseInstanceState::Abandoned, ctx);
            }
        }
    }

    /// Redo is replayed, or the backup is restored.
    pub(super) fn recovered(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        self.step_ended(id, FailoverStep::Recover, ctx);
        match self.outage_mut(id).plan {
            Plan::Moving(RecoveryKind::Failover, slot) => {
                let loss = self.get_mut(id).ledger.keep_mirrored();
                self.choose_point(id, RecoveryKind::Failover, slot, loss, ctx);
                let plan = self.get(id).plan;
                let delay = self.get(id).draw(self.assumed.promotion, "promotion", ctx.streams());
                ctx.schedule_in(delay, Event::WriterPromoted { database: id, plan });
            }
            Plan::Moving(_, slot) => {
                let (now, storage) = (ctx.now(), self.get(id).spec.storage);
                if self.outage_mut(id).backup.is_some_and(|backup| backup.is_lazy()) {
                    let fetched = storage.take(self.backups.of_rds.fetched_per_second);
                    self.instance_mut(slot).lazy = Some((now, now.saturating_add(fetched)));
                }
                self.take_over(id, ctx);
            }
            _ => unreachable!("only a move brings data"),
        }
    }

    fn choose_point(
        &mut self,
        id: DatabaseId,
        kind: RecoveryKind,
        to: InstanceSlot,
        loss: Loss,
        ctx: &mut impl Context<Rds>,
    ) {
        let outage = self.outage_mut(id);
        outage.lose(loss);
        let outage = *outage;
        let (now, database) = (ctx.now(), self.get_mut(id));
        database.first_lost = database.first_lost.or(loss.first);
        database.trail_recovered(kind, to, now);
        if kind != RecoveryKind::Failover && loss.commits > 0 {
            self.get_mut(id).left_behind.push((outage.from, loss.commits));
        }
        ctx.record(Record::RecoveryPointChosen(Box::new(RecoveryPoint {
            database: self.get(id).entity,
            kind,
            fault: outage.fault.map(|fault| fault.0),
            from: self.instance(outage.from).entity,
            to: self.instance(to).entity,
            started: outage.started,
            rpo: outage.loss.rpo(),
            commits_lost: outage.loss.commits,
        })));
    }

    /// The new home becomes the writer.
    pub(super) fn take_over(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let Plan::Moving(kind, slot) = self.outage_mut(id).plan else {
            unreachable!("only a move ends in a new writer")
        };
        let old = self.get(id).writer;
        if kind == RecoveryKind::Promotion {
            // Promotion reboots the replica: what was being read there is gone.
            self.instance_mut(slot).epoch += 1;
            ctx.signal(Signal::InstanceDied { instance: slot });
        }
        let database = self.get_mut(id);
        database.writer = slot;
        if kind == RecoveryKind::Failover {
            database.standby = Some(old);
        } else {
            for replication in &mut database.replication {
                replication.break_off();
            }
        }
        self.change(slot, DatabaseInstanceState::Writer, ctx);
        ctx.signal(Signal::WriterChanged { database: id, instance: slot });
        self.writes_again(id, ctx);
        let change =
            if kind == RecoveryKind::Failover { self.assumed.dns_change } else { self.assumed.repointing };
        self.point_later(id, change, ctx);
    }

    /// The database has a writer again, an old one or a new one.
    pub(super) fn writes_again(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let now = ctx.now();
        let database = self.get_mut(id);
        database.redo.recovered(now);
        database.writes_since = now;
        // Whoever is the standby now has not seen all that this writer has, or there would have been a failover to it.
        database.in_step = false;
        if let Some(standby) = database.standby
            && self.instance(standby).state == DatabaseInstanceState::Starting
        {
            self.sync_standby(id, ctx);
        }
        self.resume_replicas(id, now);
    }

    /// Replicas whose host and whose writer are up, and that hear it, go on.
    pub(super) fn resume_replicas(&mut self, id: DatabaseId, now: SimTime) {
        if !self.has_writer(id) {
            return;
        }
        let (instances, database, cuts) = (&self.instances, &mut self.all[id.index()], &self.cuts);
        let writer = instances[database.writer.index()].zone;
        for (slot, replication) in database.replicas.iter().zip(&mut database.replication) {
            let replica = &instances[slot.index()];
            let apart = cuts.contains(&(writer, replica.zone)) || cuts.contains(&(replica.zone, writer));
            if replica.state == DatabaseInstanceState::Replica && !apart {
                replication.resume(&database.ledger, now);
            }
        }
    }

    pub(super) fn point_later(
        &mut self,
        id: DatabaseId,
        change: DurationDistribution,
        ctx: &mut impl Context<Rds>,
    ) {
        let plan = self.plan(id, Plan::Pointing);
        let delay = self.get(id).draw(change, "name", ctx.streams());
        ctx.schedule_in(delay, Event::NamePointed { database: id, plan });
    }

    pub(super) fn point_name(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let database = self.get_mut(id);
        database.endpoint = database.writer;
        database.outage = None;
        self.step_ended(id, FailoverStep::Dns, ctx);
        let database = self.get(id);
        let to = self.instance(database.writer).entity;
        ctx.record(Record::FailoverFinished { database: database.entity, to });
    }
}
