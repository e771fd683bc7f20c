//! What operators do to a database, by the same machinery as what RDS does by itself.

use super::control::Death;
use super::outage::{Outage, Plan};
use super::replication::Replication;
use super::{Databases, InstanceSlot, Rds};
use cloudsim_engine::Context;
use cloudsim_records::{DatabaseInstanceState, EntityId, FailoverStep, Refusal};
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
        let id = self.instance(slot).database;
        self.fence_off(id, ctx);
        self.outage_mut(id).wanted = Some(slot);
        self.promote_replica(id, slot, ctx);
    }

    /// How a replica follows its writer; `None` of other instances.
    pub(super) fn replication_of(&self, slot: InstanceSlot) -> Option<&Replication> {
        let database = self.get(self.instance(slot).database);
        let place = database.replicas.iter().position(|replica| *replica == slot)?;
        database.replication.get(place)
    }
}
