//! All databases: their instances, their names, and what a statement needs to know.

use super::backups::{self, Backup};
use super::ledger::{Acknowledgement, CommitId, Ledger, Mirror};
use super::outage::Outage;
use super::redo::Redo;
use super::replication::Replication;
use super::ticks::Ticks;
use super::trail::{Mirroring, Trail};
use super::{DatabaseSpec, Event, Rds, Recovery, ReplicaSpec, limits};
use crate::services::vpc::Links;
use cloudsim_engine::{Context, EventKey, Streams, mix};
use cloudsim_records::{DatabaseInstanceState, EntityId, Record};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use cloudsim_world::{DatabaseId, ZoneId};

/// An instance of a database, by its place among those of all databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstanceSlot(pub u32);

impl InstanceSlot {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where an instance starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstancePlacement {
    /// The zone of its subnet.
    pub zone: ZoneId,
    /// The number of its region.
    pub region: u32,
    /// Its entity.
    pub entity: EntityId,
    /// One way from the first writer, if that is in another region, else nothing.
    pub distance: SimDuration,
}

/// A database and where its parts are.
#[derive(Clone, Debug)]
pub struct DatabasePlacement {
    /// What the scenario says.
    pub spec: DatabaseSpec,
    /// The database's entity.
    pub entity: EntityId,
    /// The first writer.
    pub primary: InstancePlacement,
    /// The zone of the standby's subnet, which a restore prefers.
    pub standby_zone: ZoneId,
    /// The standby's entity; not used unless the database is `multi_az`.
    pub standby: EntityId,
    /// The replicas, in the order of the specification.
    pub replicas: Vec<InstancePlacement>,
    /// Whether an operator will promote one of them.
    pub promoted_by_hand: bool,
    /// The entity of the instance that a restore makes.
    pub restored: EntityId,
    /// Where a restore from each backup stands, in the order of the specification.
    pub backups: Vec<InstancePlacement>,
}

/// How an instance takes a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// It works on it.
    Ok,
    /// Nobody answers.
    Silent,
    /// The connection, or the statement, is refused at once.
    Refused,
}

/// Why nothing is heard of an instance that is unreachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Its zone has no power.
    NoPower,
    /// Its zone is cut off from that of its peer.
    CutOff,
    /// Another took its place; it is not used again.
    GivenUp,
    /// Its host is dead, and stays so for now.
    Dead,
    /// What broke its host is over; it boots.
    Returning,
}

/// A commit that was written to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: CommitId,
    /// When the writer answers, as far as is known now.
    pub ready: SimTime,
    /// What will happen, and when, because its copy is not confirmed for so long that the writer gives its standby up.
    pub given_up: Option<(SimTime, Event)>,
}

/// What the way of a commit's copy is drawn for, beside the disks.
#[derive(Clone, Copy)]
enum Way {
    ToStandby = 1,
    FromStandby = 2,
    /// And, for further replicas, the numbers after it.
    ToReplica = 3,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Instance {
    pub(super) database: DatabaseId,
    pub(super) zone: ZoneId,
    pub(super) region: u32,
    pub(super) entity: EntityId,
    pub(super) state: DatabaseInstanceState,
    pub(super) epoch: u32,
    /// Not used again, whatever comes back.
    pub(super) condemned: bool,
    /// Its host was replaced: the volume is empty.
    pub(super) empty: bool,
    /// It does not come back before that.
    pub(super) held_until: SimTime,
    /// From when until when blocks of its volume are fetched when they are first read.
    pub(super) lazy: Option<(SimTime, SimTime)>,
}

#[derive(Debug)]
pub(super) struct Database {
    pub(super) entity: EntityId,
    /// The name path of its random streams.
    pub(super) path: String,
    pub(super) spec: DatabaseSpec,
    pub(super) writer: InstanceSlot,
    pub(super) standby: Option<InstanceSlot>,
    /// Whether the standby has all that was acknowledged, as far as RDS knows: only then it may take over.
    pub(super) in_step: bool,
    /// While `in_step` and the standby is gone: when the writer goes on alone.
    pub(super) stalled_until: SimTime,
    /// How long the writer waits for a standby that does not confirm.
    pub(super) patience: SimDuration,
    /// When it gives the standby up that it waits for now.
    pub(super) gives_up: Option<SimTime>,
    /// The end of a standby's synchronisation.
    pub(super) sync: Option<EventKey>,
    pub(super) replicas: Vec<InstanceSlot>,
    pub(super) restored: InstanceSlot,
    pub(super) backups: Vec<Backup>,
    /// Where a restore may go, best first.
    pub(super) restore_zones: Vec<ZoneId>,
    /// Where the name points.
    pub(super) endpoint: InstanceSlot,
    pub(super) ledger: Ledger,
    pub(super) redo: Redo,
    /// One for each replica if one may be promoted, else none: nothing else depends on how far they are.
    pub(super) replication: Vec<Replication>,
    pub(super) shipping: Ticks,
    /// What was safe then is in the backups.
    pub(super) shipped: Option<SimTime>,
    /// Since when the present writer writes.
    pub(super) writes_since: SimTime,
    pub(super) outage: Option<Outage>,
    /// Acknowledged commits that recoveries have lost, by the instance on whose volume they still are.
    pub(super) left_behind: Vec<(InstanceSlot, u64)>,
    /// The first acknowledged commit that a recovery has lost, by how many were written before it.
    pub(super) first_lost: Option<u64>,
    /// The commit that somebody follows, by how many were written before it, and its trail once it is written.
    pub(super) followed: Option<(u64, Option<Box<Trail>>)>,
    /// The number of the present plan; events of others are void.
    pub(super) plan: u32,
    /// Its first instance.
    first: InstanceSlot,
}

/// All databases.
#[derive(Debug)]
pub struct Databases {
    pub(super) instances: Vec<Instance>,
    pub(super) all: Vec<Database>,
    /// The zones without power.
    pub(super) dark: Vec<ZoneId>,
    /// Pairs of zones between which nothing passes, as often as something cuts them.
    pub(super) cuts: Vec<(ZoneId, ZoneId)>,
    pub(super) assumed: limits::Assumed,
    pub(super) backups: backups::Assumed,
}

impl Databases {
    /// Databases that have long been running. [`DatabaseId`]s count `placements`.
    #[must_use]
    pub fn new(
        placements: Vec<DatabasePlacement>,
        (assumed, backups): (limits::Assumed, backups::Assumed),
        streams: &Streams,
    ) -> Self {
        let mut databases = Self {
            instances: Vec::new(),
            all: Vec::new(),
            dark: Vec::new(),
            cuts: Vec::new(),
            assumed,
            backups,
        };
        for placement in placements {
            databases.place(placement, streams);
        }
        databases
    }

    fn place(&mut self, placement: DatabasePlacement, streams: &Streams) {
        use DatabaseInstanceState::{Abandoned, Replica, Standby, Writer};
        let DatabasePlacement {
            spec,
            entity,
            primary,
            standby_zone,
            standby,
            replicas,
            promoted_by_hand,
            restored,
            backups,
        } = placement;
        let id = DatabaseId::from_index(self.all.len());
        let mut add = |zone, region, entity, state| {
            self.instances.push(Instance {
                database: id,
                zone,
                region,
                entity,
                state,
                epoch: 0,
                condemned: false,
                empty: false,
                held_until: SimTime::ZERO,
                lazy: None,
            });
            InstanceSlot(u32::try_from(self.instances.len() - 1).expect("fewer than 2^32 instances"))
        };
        let writer = add(primary.zone, primary.region, primary.entity, Writer);
        let standby = spec.multi_az.then(|| add(standby_zone, primary.region, standby, Standby));
        // Not there yet is like gone for good: nobody answers, and no power brings it back.
        let mut replica_of = |(of, at): (&ReplicaSpec, &InstancePlacement)| {
            add(at.zone, at.region, at.entity, if of.exists { Replica } else { Abandoned })
        };
        let replica_slots: Vec<_> = spec.replicas.iter().zip(&replicas).map(&mut replica_of).collect();
        let restored = add(standby_zone, primary.region, restored, Abandoned);
        let path = format!("databases/{}", spec.name);
        let of_database = (spec.storage, spec.log_shipping);
        let backups = spec.backups.iter().zip(&backups).map(|(backup, at)| {
            let slot = add(at.zone, at.region, at.entity, Abandoned);
            Backup::new(backup, of_database, slot, (&path, streams))
        });
        let backups = backups.collect();
        let phase = |interval, purpose| Ticks::new(interval, streams.stream(&path, purpose).word());
        let redo = Redo::new(
            phase(spec.checkpoint_interval, "checkpoint phase"),
            spec.redo_per_commit,
            spec.replay_per_second,
            self.assumed.background_redo_per_second,
        );
        let shipping = phase(spec.log_shipping, "log shipping phase");
        let lag_of = |replica: &ReplicaSpec| streams.stream(&path, &format!("lag of {}", replica.name));
        let promoted = promoted_by_hand || matches!(spec.recovery, Recovery::Promote { .. });
        let catch_up = self.assumed.replica_catch_up;
        let replication = spec.replicas.iter().zip(&replicas).filter(|_| promoted);
        let replication = replication.map(|(replica, at)| {
            let stream = lag_of(replica);
            let replication = Replication::new(spec.replica_lag, at.distance, catch_up, stream);
            if replica.exists { replication } else { replication.of_nobody() }
        });
        let replication = replication.collect();
        // Backups are of one region.
        let mut restore_zones = vec![standby_zone];
        let near = replicas.iter().filter(|replica| replica.region == primary.region);
        restore_zones.extend(near.map(|replica| replica.zone));
        restore_zones.push(primary.zone);
        let patience = self.assumed.standby_loss_detection;
        let patience = patience.sample(streams.stream(&path, "patience with the standby").word());
        self.all.push(Database {
            entity,
            path,
            writer,
            standby,
            in_step: spec.multi_az,
            stalled_until: SimTime::ZERO,
            patience,
            gives_up: None,
            sync: None,
            replicas: replica_slots,
            restored,
            backups,
            restore_zones,
            endpoint: writer,
            ledger: Ledger::default(),
            redo,
            replication,
            shipping,
            shipped: None,
            writes_since: SimTime::ZERO,
            outage: None,
            left_behind: Vec::new(),
            first_lost: None,
            followed: None,
            plan: 0,
            first: writer,
            spec,
        });
    }

    pub(super) fn get(&self, id: DatabaseId) -> &Database {
        &self.all[id.index()]
    }

    pub(super) fn get_mut(&mut self, id: DatabaseId) -> &mut Database {
        &mut self.all[id.index()]
    }

    pub(super) fn instance(&self, slot: InstanceSlot) -> &Instance {
        &self.instances[slot.index()]
    }

    pub(super) fn instance_mut(&mut self, slot: InstanceSlot) -> &mut Instance {
        &mut self.instances[slot.index()]
    }

    /// What the specification says of a database.
    #[must_use]
    pub fn spec(&self, database: DatabaseId) -> &DatabaseSpec {
        &self.get(database).spec
    }

    /// How many instances there are, those included that a restore may make. Slots count up to it.
    #[must_use]
    pub fn instance_count(&self) -> usize {
        self.instances.len()
    }

    /// What the name of the database resolves to now.
    #[inline]
    #[must_use]
    pub fn endpoint(&self, database: DatabaseId) -> InstanceSlot {
        self.get(database).endpoint
    }

    /// The instance that takes writes, or took them last.
    #[must_use]
    pub fn writer(&self, database: DatabaseId) -> InstanceSlot {
        self.get(database).writer
    }

    /// The instance that mirrors the writer synchronously, or will once it is back.
    #[must_use]
    pub fn standby(&self, database: DatabaseId) -> Option<InstanceSlot> {
        self.get(database).standby
    }

    /// All instances there are or have been. One that somebody has yet to make is not among them.
    pub fn instances(&self) -> impl Iterator<Item = InstanceSlot> {
        (0_u32..).zip(&self.instances).map(|(slot, instance)| (InstanceSlot(slot), instance)).filter_map(
            |(slot, instance)| {
                let database = self.get(instance.database);
                let made_later = slot == database.restored
                    || database.backups.iter().any(|of| of.slot == slot)
                    || database
                        .replica_place(slot)
                        .is_some_and(|place| !database.spec.replicas[place].exists);
                let is_there = instance.state != DatabaseInstanceState::Abandoned || instance.epoch > 0;
                (is_there || !made_later).then_some(slot)
            },
        )
    }

    /// What the name of the `k`-th replica resolves to; it never changes.
    ///
    /// # Panics
    /// If there is no such replica.
    #[inline]
    #[must_use]
    pub fn replica_endpoint(&self, database: DatabaseId, k: usize) -> InstanceSlot {
        self.get(database).replicas[k]
    }

    /// What servers of a region take for the name of the writer: in that of the first writer the database's own name; in one
    /// with a replica that replica's, which never changes. Where there are several replicas people have to say which, as they
    /// do by changing the name.
    #[inline]
    #[must_use]
    pub fn writer_name_in(&self, database: DatabaseId, region: u32) -> InstanceSlot {
        let own = self.get(database);
        if self.instance(own.endpoint).region == region || self.instance(own.first).region == region {
            return own.endpoint;
        }
        let mut near = own.replicas.iter().filter(|slot| self.instance(**slot).region == region);
        near.next().copied().unwrap_or(own.endpoint)
    }

    /// What servers of a region take for the name of a replica: the `k`-th of those that are there, round and round. Where there
    /// is none they read from the writer.
    #[inline]
    #[must_use]
    pub fn replica_name_in(&self, database: DatabaseId, region: u32, k: usize) -> Option<InstanceSlot> {
        let replicas = &self.get(database).replicas;
        let is_there = |of: &Instance| of.region == region && of.state != DatabaseInstanceState::Abandoned;
        let near = || replicas.iter().filter(|slot| is_there(self.instance(**slot)));
        let count = near().count();
        near().nth(k.checked_rem(count)?).copied()
    }

    /// How many replicas there are.
    #[must_use]
    pub fn replica_count(&self, database: DatabaseId) -> usize {
        self.get(database).replicas.len()
    }

    /// How long clients may keep the address.
    #[inline]
    #[must_use]
    pub fn ttl(&self, database: DatabaseId) -> SimDuration {
        self.get(database).spec.dns_ttl
    }

    /// The database that an instance belongs to.
    #[inline]
    #[must_use]
    pub fn database_of(&self, slot: InstanceSlot) -> DatabaseId {
        self.instance(slot).database
    }

    /// The entity of an instance.
    #[inline]
    #[must_use]
    pub fn entity(&self, slot: InstanceSlot) -> EntityId {
        self.instance(slot).entity
    }

    /// Where an instance lives. Only a restored one ever moves.
    #[inline]
    #[must_use]
    pub fn zone(&self, slot: InstanceSlot) -> ZoneId {
        self.instance(slot).zone
    }

    /// How often an instance has died. What was under way in an earlier epoch is gone.
    #[inline]
    #[must_use]
    pub fn epoch(&self, slot: InstanceSlot) -> u32 {
        self.instance(slot).epoch
    }

    /// The state of an instance.
    #[must_use]
    pub fn state(&self, slot: InstanceSlot) -> DatabaseInstanceState {
        self.instance(slot).state
    }

    /// Why nothing is heard of an instance whose state is `Unreachable`.
    #[must_use]
    pub fn absence(&self, slot: InstanceSlot, now: SimTime) -> Absence {
        let instance = self.instance(slot);
        let mut peers = self.instances.iter().filter(|peer| peer.database == instance.database);
        if self.dark.contains(&instance.zone) {
            Absence::NoPower
        } else if now < instance.held_until {
            Absence::Dead
        } else if peers.any(|peer| self.apart(instance.zone, peer.zone)) {
            Absence::CutOff
        } else if instance.condemned {
            Absence::GivenUp
        } else {
            Absence::Returning
        }
    }

    /// How an instance takes a statement now.
    #[inline]
    #[must_use]
    pub fn accepts(&self, slot: InstanceSlot, write: bool) -> Accept {
        match self.instance(slot).state {
            DatabaseInstanceState::Writer => Accept::Ok,
            DatabaseInstanceState::Replica if !write => Accept::Ok,
            DatabaseInstanceState::Replica
            | DatabaseInstanceState::Standby
            | DatabaseInstanceState::Starting
            | DatabaseInstanceState::Crashed => Accept::Refused,
            DatabaseInstanceState::Unreachable | DatabaseInstanceState::Abandoned => Accept::Silent,
        }
    }

    /// How long work that takes so long on a volume that is all there takes on that of an instance; a block that a restore has
    /// not brought yet is fetched first. The uniform word `luck` says which block it is.
    #[inline]
    #[must_use]
    pub fn work(&self, slot: InstanceSlot, work: SimDuration, now: SimTime, luck: u64) -> SimDuration {
        let Some((from, until)) = self.instance(slot).lazy.filter(|(_, until)| now < *until) else {
            return work;
        };
        let (left, all) = (until.since(now).as_nanos(), until.since(from).as_nanos());
        let missing = u128::from(left) << 64 > u128::from(luck) * u128::from(all);
        if missing { work.saturating_mul(self.backups.of_rds.first_touch) } else { work }
    }

    /// Writes a transaction to the writer's log; copies leave over `links` for the standby and the replicas. The uniform
    /// `word` is the luck of its disks and of its ways.
    ///
    /// # Panics
    /// If `writer` takes no writes.
    pub fn begin_commit(&mut self, writer: InstanceSlot, links: &Links, now: SimTime, word: u64) -> Commit {
        let instance = self.instance(writer);
        assert_eq!(instance.state, DatabaseInstanceState::Writer, "only a writer commits");
        let id = instance.database;
        let (mirror, stalled_until) = self.mirror(id, links, word);
        self.ship_to_replicas(id, links, word);
        let standby = self.get(id).standby.map(|slot| (slot, self.instance(slot).epoch));
        let backups = self.backups;
        let database = self.get_mut(id);
        database.redo.commit(now);
        let fsync = database.spec.fsync.sample(word);
        let (commit, ready) = database.ledger.begin(id, now, fsync, mirror, stalled_until);
        database.begin_trail(commit, Mirroring::of(database, mirror.is_some()), now);
        database.settle(now, &backups);
        let mut given_up = None;
        if let (Some(_), Some((instance, epoch))) = (mirror, standby)
            && database.gives_up.is_none()
            && ready > now.saturating_add(database.patience)
        {
            let at = now.saturating_add(database.patience);
            database.gives_up = Some(at);
            given_up = Some((at, Event::StandbySilent { instance, epoch }));
        }
        Commit { id: commit, ready: ready.min(database.gives_up.unwrap_or(SimTime::MAX).max(now)), given_up }
    }

    /// The way to the standby, and until when the writer waits for one that is gone.
    fn mirror(&self, id: DatabaseId, links: &Links, word: u64) -> (Option<Mirror>, SimTime) {
        let database = self.get(id);
        let Some(standby) = database.standby.filter(|_| database.in_step) else {
            return (None, SimTime::ZERO);
        };
        let standby = self.instance(standby);
        if standby.state != DatabaseInstanceState::Standby {
            return (None, database.stalled_until);
        }
        let (here, there) = (self.instance(database.writer).zone, standby.zone);
        let base = links.one_way(here, there);
        let send = |from, to, way: Way| links.send(Some(from), Some(to), base, || mix(word, way as u64));
        let (copy, confirmation) = (send(here, there, Way::ToStandby), send(there, here, Way::FromStandby));
        let fsync = database.spec.fsync.sample(second_word(word));
        let never = SimDuration::MAX;
        let mirror = Mirror {
            resent: copy.map_or(never, |trip| trip.resent),
            there: copy.map_or(never, |trip| trip.after),
            fsync,
            back: confirmation.map_or(never, |trip| trip.after),
        };
        (Some(mirror), SimTime::ZERO)
    }

    /// Tells the replicas whose copy of the next commit is late.
    fn ship_to_replicas(&mut self, id: DatabaseId, links: &Links, word: u64) {
        let (instances, database) = (&self.instances, &mut self.all[id.index()]);
        let here = instances[database.writer.index()].zone;
        let number = database.ledger.end();
        for (salt, (slot, replication)) in
            (Way::ToReplica as u64..).zip(database.replicas.iter().zip(&mut database.replication))
        {
            let there = instances[slot.index()].zone;
            let late = links.late(here, there, || mix(word, salt));
            if late > SimDuration::ZERO {
                replication.arrives_late(number, late);
            }
        }
    }

    /// The writer's answer to a commit reached the server, in the epoch in which the commit began.
    pub fn acknowledge(&mut self, commit: CommitId, now: SimTime) -> Acknowledgement {
        let database = self.get_mut(commit.database);
        let answer = database.ledger.acknowledge(commit, now);
        if answer == Acknowledgement::Given {
            database.trail_acknowledged(commit, now);
        }
        answer
    }

    /// Records how all commits ended.
    pub fn finish(&mut self, ctx: &mut impl Context<Rds>) {
        for database in &self.all {
            ctx.record(Record::CommitsSettled {
                database: database.entity,
                commits: database.ledger.classes(ctx.now()),
            });
        }
    }
}

impl Database {
    /// Which of its replicas an instance is.
    pub(super) fn replica_place(&self, slot: InstanceSlot) -> Option<usize> {
        self.replicas.iter().position(|replica| *replica == slot)
    }

    /// Ships the log up to the last instant at which that was due and a writer was there.
    pub(super) fn ship(&mut self, now: SimTime) {
        if let Some(tick) = self.shipping.last(now)
            && tick >= self.writes_since
        {
            self.shipped = Some(tick);
        }
    }

    /// Forgets commits that are safe whatever happens: at most two, so that each commit pays for itself and one other.
    fn settle(&mut self, now: SimTime, assumed: &backups::Assumed) {
        self.ship(now);
        let mut point = match self.spec.recovery {
            Recovery::Restore { .. } => match self.shipped {
                Some(point) => point,
                None => return,
            },
            Recovery::Promote { .. } | Recovery::Wait => SimTime::MAX,
        };
        for backup in &self.backups {
            point = point.min(backup.kept(now, assumed).at);
        }
        let mut number = u64::MAX;
        for replica in self.replication.iter_mut().filter(|replica| replica.follows()) {
            replica.advance(&self.ledger, now);
            number = number.min(replica.applied());
        }
        for _ in 0..2 {
            if !self.ledger.settle_one(now, point, number) {
                break;
            }
        }
    }

    /// The luck of one plan: each purpose has a stream of its own, so that one more draw moves no other.
    pub(super) fn draw(&self, of: DurationDistribution, purpose: &str, streams: &Streams) -> SimDuration {
        of.sample(streams.stream(&self.path, &format!("{purpose} {}", self.plan)).word())
    }

    /// The luck of one instance in one epoch.
    pub(super) fn draw_for(
        &self,
        of: DurationDistribution,
        purpose: &str,
        (slot, epoch): (InstanceSlot, u32),
        streams: &Streams,
    ) -> SimDuration {
        let path = format!("{}/{}", self.path, slot.0 - self.first.0);
        of.sample(streams.stream(&path, &format!("{purpose} {epoch}")).word())
    }
}

/// A second uniform word that is made of the first one.
///
/// Source: the finalizer of `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
fn second_word(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
