//! A server's call to a table, from the choice of the node that leads the item's partition to the answer.

use super::program;
use super::rows::{CallKey, Item, Outgoing, OutgoingKey, OutgoingStage, OutgoingWhat, Reply, Waiting};
use super::{Event, Leg, Purpose, word};
use crate::Cloud;
use crate::network::{Stopped, cut_off};
use crate::words::Root;
use cloudsim_aws::services::dynamodb::{Place, Put, Quorum, pricing};
use cloudsim_aws::services::vpc::Trip;
use cloudsim_engine::{Context, mix};
use cloudsim_records::Cause;
use cloudsim_units::SimDuration;
use cloudsim_world::ZoneId;

/// What the luck of a call to a table is drawn for, beside the ways there and back.
#[derive(Clone, Copy)]
enum Draw {
    Leader = 0x20,
    Response = 0x21,
    ToOthers = 0x22,
    FromOthers = 0x23,
    Write = 0x24,
}

impl Cloud {
    pub(super) fn call_table(
        &mut self,
        key: CallKey,
        step: program::Item,
        turn: u16,
        ctx: &mut impl Context<Root>,
    ) {
        let program::Item { table, write, timeout } = step;
        let call = &self.rows.calls[key];
        let (request, attempt, server) = (call.request, call.attempt, call.server);
        let luck = word(self.rows.refill(call.luck), call.depth, Purpose::Far, turn);
        let home = self.fleet.get(server).zone;
        let place = self.tables.replica_in(table, self.region_of(server));
        let leads = |place: Place| {
            self.tables
                .leader(table, place, &self.links, mix(luck, Draw::Leader as u64))
                .map(|of| (place, of))
        };
        let found = place.and_then(leads);
        let (place, leader) = found.unwrap_or((Place(0), home));
        let latency = self.links.one_way(home, leader);
        let trip = || self.links.send(Some(home), Some(leader), latency, || mix(luck, Leg::Out as u64));
        let nobody: Result<(), Stopped> = found.map(|_| ()).ok_or((Cause::DatabaseUnreachable, None));
        let travel = nobody.and_then(|()| trip().map_err(cut_off));
        let (cause, at) = match travel {
            Err(stopped) => stopped,
            Ok(Trip { late_by: Some(by), .. }) => (Cause::LinkDegraded, Some(by)),
            Ok(_) => (Cause::DatabaseSlow, None),
        };
        let item =
            Item { table, place, write, server, leader, latency, luck, confirmed_by: None, sent: ctx.now() };
        let outgoing = self.rows.outgoing.insert(Outgoing {
            caller: Some(key),
            stage: if travel.is_ok() { OutgoingStage::Travelling } else { OutgoingStage::Lost },
            what: OutgoingWhat::Item(item),
            reply: Reply { code: 500, cause, zone: at.map(|zone| self.zone_entities[zone.index()]) },
            late_by: None,
            timer: None,
        });
        if let Ok(trip) = travel {
            ctx.schedule_in(trip.after, Event::ItemReached { outgoing });
        }
        self.rows.outgoing[outgoing].timer = Some(ctx.arm_in(timeout, Event::OutgoingTimedOut { outgoing }));
        self.rows.calls[key].waiting = Waiting::Outgoing(outgoing);
        let entity = self.tables.entity(table);
        self.rows.note_hop(request, attempt, entity);
    }

    /// The node that leads the partition works on it, and then asks other regions if the table is strongly consistent.
    pub(super) fn item_reached(&mut self, key: OutgoingKey, ctx: &mut impl Context<Root>) {
        let Some(outgoing) = self.rows.outgoing.get_mut(key) else { return };
        let OutgoingWhat::Item(mut item) = outgoing.what else { return };
        if !self.tables.is_lit(item.leader) {
            outgoing.reply.cause = Cause::DatabaseUnreachable;
            self.lose_outgoing(key);
            return;
        }
        let quorum = self.tables.quorum(item.table, item.place, item.leader, &self.links);
        let confirmed = match quorum {
            Quorum::Alone => Ok(Trip::smooth(SimDuration::ZERO)),
            Quorum::With(zone) => {
                item.confirmed_by = Some(zone);
                self.there_and_back(&item, zone)
            }
            Quorum::Lost => {
                outgoing.reply.cause = Cause::DatabaseRefused;
                self.answer_outgoing(key, ctx);
                return;
            }
        };
        let response = self.tables.spec(item.table).response.sample(mix(item.luck, Draw::Response as u64));
        item.sent = ctx.now().saturating_add(response);
        let outgoing = &mut self.rows.outgoing[key];
        outgoing.what = OutgoingWhat::Item(item);
        match confirmed {
            Ok(trip) => {
                outgoing.stage = OutgoingStage::Serving;
                if let Some(by) = trip.late_by {
                    let zone = Some(self.zone_entities[by.index()]);
                    outgoing.reply = Reply { code: 500, cause: Cause::LinkDegraded, zone };
                }
                ctx.schedule_in(response.saturating_add(trip.after), Event::ItemDone { outgoing: key });
            }
            Err(border) => {
                let zone = Some(self.zone_entities[border.index()]);
                outgoing.reply = Reply { code: 500, cause: Cause::ZoneCutOff, zone };
                self.lose_outgoing(key);
            }
        }
    }

    /// From the node that leads to a zone of another region and back.
    fn there_and_back(&self, item: &Item, zone: ZoneId) -> Result<Trip, ZoneId> {
        let (here, there) = (Some(item.leader), Some(zone));
        let base = self.links.one_way(item.leader, zone);
        let one = self.links.send(here, there, base, || mix(item.luck, Draw::ToOthers as u64))?;
        let other = self.links.send(there, here, base, || mix(item.luck, Draw::FromOthers as u64))?;
        let after = one.after.saturating_add(other.after);
        Ok(Trip { late_by: one.late_by.or(other.late_by), ..Trip::smooth(after) })
    }

    /// A table has read, or written, as many of its regions as it takes: it answers.
    pub(super) fn item_done(&mut self, key: OutgoingKey, ctx: &mut impl Context<Root>) {
        let class = self.class_of(key);
        let Some(outgoing) = self.rows.outgoing.get_mut(key) else { return };
        let OutgoingWhat::Item(item) = outgoing.what else { return };
        let acked = outgoing.caller.is_some();
        let lit = |zone: ZoneId| self.tables.is_lit(zone);
        if !lit(item.leader) || !item.confirmed_by.is_none_or(lit) {
            outgoing.reply.cause = Cause::DatabaseUnreachable;
            if item.write {
                self.tables.put_failed(item.table);
            }
            self.lose_outgoing(key);
            return;
        }
        outgoing.reply = Reply::OK;
        let spec = self.tables.spec(item.table);
        let place = item.table.index();
        if item.write {
            self.usage.table_write_units[place] += pricing::write_units(spec);
            let others = spec.members().count() as u64 - 1;
            self.usage.inter_region_bytes.add(class, spec.item_size.0 * others);
            let put = Put {
                table: item.table,
                place: item.place,
                leader: item.leader,
                confirmed_by: item.confirmed_by,
                sent: item.sent,
                acked,
                word: mix(item.luck, Draw::Write as u64),
            };
            for (at, event) in self.tables.put(put, &self.links, ctx.now()) {
                ctx.schedule_at(at, event);
            }
        } else {
            self.usage.table_read_half_units[place] += pricing::read_half_units(spec);
        }
        self.answer_outgoing(key, ctx);
    }
}
