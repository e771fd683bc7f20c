//! What operators do to a database, by the same machinery as what RDS does by itself.

use super::control::Death;
use super::outage::{Outage, Plan};
use super::replication::Replication;
use super::{Databases, Event, InstanceSlot, Rds};
use cloudsim_engine::Context;
use cloudsim_records::{DatabaseInstanceState, EntityId, FailoverStep, Record, Refusal};
use cloudsim_units::SimDuration;
use cloudsim_world::DatabaseId;

impl Databases {
    /// Whether a database can be rebooted with failover now.
    ///
    /// # Errors
    /// If it is being recovered, or if no standby is in step.
    pub fn may_fail_over(&self, id: DatabaseId) -> Result<(), Refusal> {
        let database = self.get(id);
        let ready = |slot: InstanceSlot| self.instance(slot).state == DatabaseInstanceState::Standby;
        match database.outage {
            Some(_) => Err(Refusal::Recovering),
            None if database.standby.is_some_and(ready) => Ok(()),
            None => Err(Refusal::NoStandby),
        }
    }

    /// Reboots the writer with failover to the standby, as [`Databases::may_fail_over`] allows. The old writer becomes the
    /// standby (RDS-06, RDS-12).
    pub fn reboot_with_failover(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        self.die(self.get(id).writer, Death::Rebooted, None, ctx);
        // Nobody has to notice what was asked for.
        self.outage_mut(id).noticed = true;
        self.detected(id, ctx);
    }

    /// Whether a database has a writer.
    #[must_use]
    pub fn takes_writes(&self, id: DatabaseId) -> bool {
        self.has_writer(id)
    }

    /// Whether a replica can be promoted now.
    ///
    /// # Errors
    /// If it does not follow the writer, or if its database is getting another writer already.
    pub fn may_promote(&self, slot: InstanceSlot) -> Result<(), Refusal> {
        let instance = self.instance(slot);
        let outage = self.get(instance.database).outage;
        if let Some(Outage { plan: Plan::Moving(..) | Plan::Pointing, .. }) = outage {
            return Err(Refusal::Recovering);
        }
        let follows = self.replication_of(slot).is_some_and(Replication::follows);
        let there = follows && instance.state == DatabaseInstanceState::Replica;
        if there { Ok(()) } else { Err(Refusal::NotFollowing) }
    }

    /// Whether a backup can be restored now.
    ///
    /// # Errors
    /// If the database is getting another writer already, or if there is no power where the restored instance would be.
    pub fn may_restore(&self, id: DatabaseId, backup: usize) -> Result<(), Refusal> {
        let database = self.get(id);
        if let Some(Outage { plan: Plan::Moving(..) | Plan::Pointing, .. }) = database.outage {
            return Err(Refusal::Recovering);
        }
        let zone = self.instance(database.backups[backup].slot).zone;
        if self.dark.contains(&zone) { Err(Refusal::NoPower) } else { Ok(()) }
    }

    /// Restores a backup, as [`Databases::may_restore`] allows. The writer is fenced off at once, even if it takes writes.
    pub fn restore_by_hand(&mut self, id: DatabaseId, backup: usize, ctx: &mut impl Context<Rds>) {
        self.fence_off(id, ctx);
        self.restore_backup(id, backup, ctx);
    }

    /// People take a database over: its writer is used no longer.
    fn fence_off(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let writer = self.get(id).writer;
        if self.has_writer(id) {
            self.die(writer, Death::FencedOff, None, ctx);
        } else if self.instance(writer).state == DatabaseInstanceState::Starting {
            // Its restart comes to nothing.
            self.instance_mut(writer).epoch += 1;
        }
        let outage = self.outage_mut(id);
        outage.noticed = true;
        outage.backup = None;
        if !std::mem::replace(&mut outage.decided, true) {
            self.step_ended(id, FailoverStep::Decide, ctx);
        }
    }

    /// The entity of the instance that a restore from a backup makes.
    #[must_use]
    pub fn backup_entity(&self, id: DatabaseId, backup: usize) -> EntityId {
        self.entity(self.get(id).backups[backup].slot)
    }

    /// How often a backup was retrieved from an archive.
    #[must_use]
    pub fn retrievals(&self, id: DatabaseId, backup: usize) -> u32 {
        self.get(id).backups[backup].retrievals
    }

    /// Promotes a replica, as [`Databases::may_promote`] allows. Its writer is fenced off at once, even if it takes writes.
    pub fn promote_by_hand(&mut self, slot: InstanceSlot, ctx: &mut impl Context<Rds>) {
        self.promote_after(slot, SimDuration::ZERO, ctx);
    }

    /// Fences the writer off, and begins to promote a replica after `wait`.
    fn promote_after(&mut self, slot: InstanceSlot, wait: SimDuration, ctx: &mut impl Context<Rds>) {
        let id = self.instance(slot).database;
        self.fence_off(id, ctx);
        self.outage_mut(id).wanted = Some(slot);
        self.promote_replica(id, slot, wait, ctx);
    }

    /// Whether a replica can be created now.
    ///
    /// # Errors
    /// If it is there already, or is being made; if there is no writer to copy from; or no power where it would be.
    pub fn may_create(&self, slot: InstanceSlot) -> Result<(), Refusal> {
        let instance = self.instance(slot);
        if self.dark.contains(&instance.zone) {
            Err(Refusal::NoPower)
        } else if instance.state != DatabaseInstanceState::Abandoned {
            Err(Refusal::AlreadyThere)
        } else if self.has_writer(instance.database) {
            Ok(())
        } else {
            Err(Refusal::Recovering)
        }
    }

    /// Creates a replica, as [`Databases::may_create`] allows: from a snapshot of the writer, which is copied if it is in another
    /// region; the log takes `distance` from there.
    pub fn create_replica(&mut self, slot: InstanceSlot, distance: SimDuration, ctx: &mut impl Context<Rds>) {
        let now = ctx.now();
        let id = self.instance(slot).database;
        let far = self.instance(self.get(id).writer).region != self.instance(slot).region;
        let copy = self.backups.of_rds.snapshot_copy_per_second;
        let provisioning = self.assumed.provisioning;
        let epoch = self.instance(slot).epoch + 1;
        let database = self.get_mut(id);
        let copied = if far { database.spec.storage.take(copy) } else { SimDuration::ZERO };
        let base = database.draw_for(provisioning, "creation", (slot, epoch), ctx.streams());
        let number = database.ledger.end();
        let place = database.replica_place(slot).expect("only replicas are created");
        if let Some(replication) = database.replication.get_mut(place) {
            replication.begin(number, now, distance);
        }
        let instance = self.instance_mut(slot);
        instance.epoch = epoch;
        // If it is lost before it is there, it has to be made once more.
        instance.condemned = true;
        self.change(slot, DatabaseInstanceState::Starting, ctx);
        ctx.schedule_in(copied.saturating_add(base), Event::EngineStarted { instance: slot, epoch });
    }

    /// Whether a replica is there and follows the writer.
    #[must_use]
    pub fn is_following(&self, slot: InstanceSlot) -> bool {
        self.may_promote(slot).is_ok()
    }

    /// Whether a database can be switched over to a replica now.
    ///
    /// # Errors
    /// As those of [`Databases::may_promote`], or if there is no writer to stop.
    pub fn may_switch_over(&self, slot: InstanceSlot) -> Result<(), Refusal> {
        self.may_promote(slot)?;
        if self.has_writer(self.instance(slot).database) { Ok(()) } else { Err(Refusal::Recovering) }
    }

    /// Stops writes, and promotes a replica once it has all of them, as [`Databases::may_switch_over`] allows.
    pub fn switch_over(&mut self, slot: InstanceSlot, ctx: &mut impl Context<Rds>) {
        let now = ctx.now();
        let id = self.instance(slot).database;
        let database = self.get_mut(id);
        let place = database.replica_place(slot).expect("only replicas are promoted");
        let drained = database.replication[place].drain(&database.ledger, now);
        self.promote_after(slot, drained.since(now), ctx);
    }

    /// The instance that takes writes, if there is one.
    #[must_use]
    pub fn is_writer(&self, slot: InstanceSlot) -> bool {
        self.instance(slot).state == DatabaseInstanceState::Writer
    }

    /// Whether what a recovery has lost can be written again now.
    ///
    /// # Errors
    /// If there is no writer for it, if nothing was lost, or if the volume that still has it is without power.
    pub fn may_reconcile(&self, id: DatabaseId) -> Result<(), Refusal> {
        let database = self.get(id);
        if !self.has_writer(id) {
            Err(Refusal::Recovering)
        } else if database.left_behind.is_empty() {
            Err(Refusal::NothingLost)
        } else if database.left_behind.iter().all(|(slot, _)| self.dark.contains(&self.instance(*slot).zone))
        {
            Err(Refusal::NoPower)
        } else {
            Ok(())
        }
    }

    /// People write again what a recovery has lost, as [`Databases::may_reconcile`] allows.
    pub fn reconcile(&mut self, id: DatabaseId, ctx: &mut impl Context<Rds>) {
        let (instances, dark, database) = (&self.instances, &self.dark, &mut self.all[id.index()]);
        let found =
            database.left_behind.extract_if(.., |(slot, _)| !dark.contains(&instances[slot.index()].zone));
        let commits = found.map(|(_, commits)| commits).sum();
        ctx.record(Record::CommitsReconciled { database: database.entity, commits });
    }

    /// How a replica follows its writer; `None` of other instances.
    pub(super) fn replication_of(&self, slot: InstanceSlot) -> Option<&Replication> {
        let database = self.get(self.instance(slot).database);
        let place = database.replica_place(slot)?;
        database.replication.get(place)
    }
}
