//! All tables: where they live, whom a request reaches, and how what is written reaches the other regions.

use super::places::{Place, Places};
use super::writes::{Begun, Classes, Loss, Writes};
use super::{Consistency, DynamoDb, Event, TableSpec};
use crate::services::vpc::Links;
use cloudsim_engine::{Context, Streams, mix};
use cloudsim_records::{CommitClasses, EntityId, Record, RecoveryKind, RecoveryPoint};
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::{FaultId, TableId, ZoneId};

/// A region that a table lives in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPlacement {
    /// The number of the region.
    pub region: u32,
    /// Its entity.
    pub entity: EntityId,
    /// Its zones.
    pub zones: Vec<ZoneId>,
}

/// A table and where its parts are.
#[derive(Clone, Debug)]
pub struct TablePlacement {
    /// What the scenario says.
    pub spec: TableSpec,
    /// The table's entity.
    pub entity: EntityId,
    /// Its regions, in the order of [`TableSpec::members`].
    pub members: Vec<MemberPlacement>,
}

/// Whom the node that leads asks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// Nobody: the table is eventually consistent.
    Alone,
    /// The nearest zone of another region.
    With(ZoneId),
    /// Nobody of another region is there: it refuses.
    Lost,
}

/// A write that a region has made, and answers.
#[derive(Clone, Copy, Debug)]
pub struct Put {
    /// The table.
    pub table: TableId,
    /// The replica.
    pub place: Place,
    /// The zone of the node that made it.
    pub leader: ZoneId,
    /// The zone of another region that has it too, of a strong table.
    pub confirmed_by: Option<ZoneId>,
    /// When it was sent to other regions.
    pub sent: SimTime,
    /// Whether whoever asked for it is still there.
    pub acked: bool,
    /// Its luck.
    pub word: u64,
}

/// What the luck of a write is drawn for, behind the places that it goes to.
const ITEM: u64 = 0x100;

#[derive(Debug)]
struct Table {
    entity: EntityId,
    spec: TableSpec,
    members: Vec<MemberPlacement>,
    /// The regions that have power.
    up: Places,
    writes: Writes,
    /// The luck of what is sent anew.
    luck: u64,
    /// How often something was.
    sent_anew: u64,
}

/// All tables.
#[derive(Debug, Default)]
pub struct Tables {
    all: Vec<Table>,
    dark: Vec<ZoneId>,
}

impl Tables {
    /// All tables at t = 0, with nothing written.
    #[must_use]
    pub fn new(placements: Vec<TablePlacement>, streams: &Streams) -> Self {
        let all = placements.into_iter().map(|TablePlacement { spec, entity, members }| {
            let up = Places::first(members.len());
            let luck = streams.stream(&format!("tables/{}", spec.name), "deliveries").word();
            let writes = Writes::new(up, spec.is_strong());
            Table { entity, spec, members, up, writes, luck, sent_anew: 0 }
        });
        Self { all: all.collect(), dark: Vec::new() }
    }

    fn get(&self, id: TableId) -> &Table {
        &self.all[id.index()]
    }

    /// What the specification says of a table.
    #[must_use]
    pub fn spec(&self, table: TableId) -> &TableSpec {
        &self.get(table).spec
    }

    #[cfg(test)]
    pub(super) fn get_writes(&self, table: TableId) -> &Writes {
        &self.get(table).writes
    }

    /// The entity of a table.
    #[must_use]
    pub fn entity(&self, table: TableId) -> EntityId {
        self.get(table).entity
    }

    /// The regions of a table, and whether they are there.
    pub fn members(&self, table: TableId) -> impl Iterator<Item = (EntityId, bool)> {
        let table = self.get(table);
        (0..).map(Place).zip(&table.members).map(|(place, member)| (member.entity, table.up.contains(place)))
    }

    /// What became of the writes of a table until now: their classes, those that were silently overwritten, and those that are
    /// on their way.
    #[must_use]
    pub fn settled(&self, table: TableId) -> (CommitClasses, u64, u64) {
        let table = self.get(table);
        let Classes { commits, overwritten, open } = table.writes.classes(table.up);
        (commits, overwritten, open)
    }

    /// The replica that servers of a region use; `None` if the table has none there.
    #[must_use]
    pub fn replica_in(&self, table: TableId, region: u32) -> Option<Place> {
        let table = self.get(table);
        let replicas = (0..).map(Place).zip(&table.members).take(table.spec.regions.len());
        replicas.into_iter().find(|(_, member)| member.region == region).map(|(place, _)| place)
    }

    /// The zones of a region with nodes that lead partitions; none while it has no power.
    ///
    /// Zones that hear nothing of the others of their region lead nothing, unless all do.
    #[must_use]
    pub fn leaders(&self, table: TableId, place: Place, links: &Links) -> Vec<ZoneId> {
        let lit: Vec<ZoneId> = self.lit(self.get(table), place).collect();
        let hears = |zone: &ZoneId| {
            let mut others = lit.iter().filter(|other| *other != zone);
            others.any(|other| links.cut_by(Some(*zone), Some(*other)).is_none())
        };
        let hearing: Vec<ZoneId> = lit.iter().copied().filter(hears).collect();
        if hearing.is_empty() { lit } else { hearing }
    }

    /// The zone of the node that leads the partition of an item; `word` chooses. `None` while the region has no power.
    #[must_use]
    pub fn leader(&self, table: TableId, place: Place, links: &Links, word: u64) -> Option<ZoneId> {
        let zones = self.leaders(table, place, links);
        let index = (u128::from(word) * zones.len() as u128) >> 64;
        zones.get(usize::try_from(index).expect("below the length")).copied()
    }

    /// Whether a zone has power.
    #[must_use]
    pub fn is_lit(&self, zone: ZoneId) -> bool {
        !self.dark.contains(&zone)
    }

    /// Whom the node that leads asks before it answers.
    #[must_use]
    pub fn quorum(&self, table: TableId, place: Place, leader: ZoneId, links: &Links) -> Quorum {
        let table = self.get(table);
        if !table.spec.is_strong() {
            return Quorum::Alone;
        }
        let others = table.up.iter().filter(|other| *other != place);
        let zones = others.flat_map(|other| self.lit(table, other));
        let reached = zones.filter(|zone| links.cut_by(Some(leader), Some(*zone)).is_none());
        let nearest = reached.min_by_key(|zone| (links.one_way(leader, *zone), *zone));
        nearest.map_or(Quorum::Lost, Quorum::With)
    }

    /// The zones of a region that have power.
    fn lit<'a>(&'a self, table: &'a Table, place: Place) -> impl Iterator<Item = ZoneId> + 'a {
        table.members[place.index()].zones.iter().copied().filter(|zone| self.is_lit(*zone))
    }

    /// The way from a region to another, if one leads there: the shortest between zones with power.
    fn way(&self, table: &Table, from: Place, to: Place, links: &Links) -> Option<SimDuration> {
        let pairs = self.lit(table, from).flat_map(|one| self.lit(table, to).map(move |other| (one, other)));
        let open = pairs.filter(|(one, other)| links.cut_by(Some(*one), Some(*other)).is_none());
        open.map(|(one, other)| links.one_way(one, other)).min()
    }

    /// Makes a write that has as many replies as it needs. Gives what will happen, and when, because copies leave for the other
    /// regions.
    pub fn put(&mut self, put: Put, links: &Links, now: SimTime) -> Vec<(SimTime, Event)> {
        let Put { table: id, place, leader, confirmed_by, sent, acked, word } = put;
        let table = &mut self.all[id.index()];
        let has = |member: &MemberPlacement| confirmed_by.is_some_and(|zone| member.zones.contains(&zone));
        let members = (0..).map(Place).zip(&table.members);
        let have = members.filter(|(at, member)| *at == place || has(member)).map(|(at, _)| at);
        let have: Places = have.collect();
        let item = (u128::from(mix(word, ITEM)) * u128::from(table.spec.items)) >> 64;
        let item = u32::try_from(item).expect("below the number of items");
        let write = table.writes.begin(Begun { item, home: place, have, acked }, now);
        let table = self.get(id);
        let others = Places::first(table.members.len()).without(have);
        let copies = others.iter().map(|other| {
            let at = match table.spec.consistency {
                Consistency::Eventual => {
                    now.saturating_add(table.spec.lag.sample(mix(word, u64::from(other.0))))
                }
                Consistency::Strong { .. } => {
                    let ways = self.lit(table, other).map(|zone| links.one_way(leader, zone));
                    sent.saturating_add(ways.min().unwrap_or_default()).max(now)
                }
            };
            (at, Event::Arrived { table: id, write, place: other })
        });
        copies.collect()
    }

    /// A write was asked for and not made, because a zone died.
    pub fn put_failed(&mut self, table: TableId) {
        self.all[table.index()].writes.failed();
    }

    /// Lets a write arrive; or, where nothing leads there now, wait.
    pub fn handle(&mut self, event: Event, links: &Links) {
        let Event::Arrived { table: id, write, place } = event;
        let arrives = self.way_of(self.get(id), (write, place), links).is_some();
        let writes = &mut self.all[id.index()].writes;
        if arrives {
            writes.arrive(write, place);
        } else {
            writes.park(write, place);
        }
    }

    /// The way that a write takes to a place, if one leads there.
    fn way_of(&self, table: &Table, (write, place): (u32, Place), links: &Links) -> Option<SimDuration> {
        let sources = table.writes.sources(write).iter();
        sources.filter_map(|source| self.way(table, source, place, links)).min()
    }

    /// Sends what could not be sent, as far as it can be now that power or ways have changed.
    pub fn resume(&mut self, links: &Links, ctx: &mut impl Context<DynamoDb>) {
        for id in (0..self.all.len()).map(TableId::from_index) {
            for (write, place) in self.get(id).writes.parked() {
                let Some(way) = self.way_of(self.get(id), (write, place), links) else { continue };
                let table = &mut self.all[id.index()];
                let word = mix(table.luck, table.sent_anew);
                table.sent_anew += 1;
                table.writes.unpark(write, place);
                let after = if table.spec.is_strong() { way } else { table.spec.lag.sample(word) };
                ctx.schedule_in(after, Event::Arrived { table: id, write, place });
            }
        }
    }

    /// Power is cut in a zone. Of a table whose last zone of a region it was, the other regions go on with what they have.
    pub fn lose_power(&mut self, zone: ZoneId, fault: Option<FaultId>, ctx: &mut impl Context<DynamoDb>) {
        self.dark.push(zone);
        for id in 0..self.all.len() {
            let table = &self.all[id];
            let mut members = (0..).map(Place).zip(&table.members);
            let Some((place, _)) = members.find(|(_, member)| member.zones.contains(&zone)) else { continue };
            if table.up.contains(place) && self.lit(table, place).next().is_none() {
                self.all[id].lose(place, fault, ctx);
            }
        }
    }

    /// Power returns to a zone. What was missing in other regions is sent by [`Tables::resume`].
    pub fn return_power(&mut self, zone: ZoneId, ctx: &mut impl Context<DynamoDb>) {
        self.dark.retain(|dark| *dark != zone);
        for table in &mut self.all {
            for (place, member) in (0..).map(Place).zip(&table.members) {
                if member.zones.contains(&zone) && !table.up.contains(place) {
                    table.up.insert(place);
                    let (table, region) = (table.entity, member.entity);
                    ctx.record(Record::TableReplicaChanged { table, region, up: true });
                }
            }
        }
    }

    /// Records how all writes ended.
    pub fn finish(&self, ctx: &mut impl Context<DynamoDb>) {
        for table in &self.all {
            let Classes { commits, overwritten, open } = table.writes.classes(table.up);
            ctx.record(Record::CommitsSettled { database: table.entity, commits });
            ctx.record(Record::WritesSettled { table: table.entity, overwritten, open });
        }
    }
}

impl Table {
    /// A region is lost.
    fn lose(&mut self, place: Place, fault: Option<FaultId>, ctx: &mut impl Context<DynamoDb>) {
        self.up.remove(place);
        let (table, from) = (self.entity, self.members[place.index()].entity);
        ctx.record(Record::TableReplicaChanged { table, region: from, up: false });
        let replicas = Places::first(self.spec.regions.len());
        let majority = if self.spec.is_strong() { 2 } else { 1 };
        let Some(heir) = self.up.and(replicas).iter().next() else { return };
        // A minority decides nothing.
        if self.up.count() < majority {
            return;
        }
        let loss: Loss = self.writes.strand(self.up);
        let to = self.members[heir.index()].entity;
        ctx.record(Record::RecoveryPointChosen(Box::new(RecoveryPoint {
            database: table,
            kind: RecoveryKind::Takeover,
            fault: fault.map(|fault| fault.0),
            from,
            to,
            started: ctx.now(),
            rpo: loss.rpo(),
            commits_lost: loss.commits,
        })));
    }
}
