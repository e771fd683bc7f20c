//! The steps of a commit, from what the database noted of it and what the records say.

use super::watched::{Seen, Watched};
use super::{
    ByRecord, CommitAnswer, CommitClass, CommitCopy, CommitStep, CommitStory, CopyKind, Happens, Owner,
};
use crate::why::apply::words::{setting, short};
use cloudsim_aws::services::rds::{
    CopyOf, DatabaseSpec, InstanceSlot, Keeps, Mirroring, Trail, TrailCopy, TrailEnd, TrailOutage,
};
use cloudsim_engine::Stamped;
use cloudsim_records::{DatabaseInstanceState, Decimal, EntityId, FailoverStep, Outcome, Record};
use cloudsim_units::{SimDuration, SimTime};

impl Watched {
    /// What is told of the database and of the commit that is followed, at the end of the run; `None` if that was stuck.
    pub(super) fn answer(&self, seen: &Seen, reached: SimTime) -> Option<CommitAnswer> {
        let (commits, record) = seen.changes.iter().rev().find_map(|change| match &change.record {
            Record::CommitsSettled { commits, .. } => Some((*commits, by(change))),
            _ => None,
        })?;
        let plan = &self.cloud.plan;
        let trail = self.number.zip(self.cloud.databases.trail(self.database));
        let story = trail.map(|(number, trail)| {
            let spec = &plan.databases[self.database.index()];
            let teller = Teller { watched: self, seen, spec, trail, reached };
            teller.story(number)
        });
        Some(CommitAnswer {
            database: plan.databases[self.database.index()].name.clone(),
            commits,
            record,
            story,
        })
    }
}

fn by(change: &Stamped<Record>) -> ByRecord {
    ByRecord { number: change.number, kind: change.record.kind() }
}

/// A span, or a time since the start, to the millisecond: `4m59.983s`.
#[must_use]
pub fn to_the_millisecond(span: SimDuration) -> String {
    let millis = (span.as_nanos() + 500_000) / 1_000_000;
    let seconds = Decimal::fixed(i128::from(millis % 60_000), 3);
    let minutes = millis / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

fn clock(at: SimTime) -> String {
    to_the_millisecond(at.since(SimTime::ZERO))
}

struct Teller<'a> {
    watched: &'a Watched,
    seen: &'a Seen,
    spec: &'a DatabaseSpec,
    trail: &'a Trail,
    reached: SimTime,
}

impl Teller<'_> {
    fn story(&self, number: u64) -> CommitStory {
        let Trail { written, durable, acknowledged, gone, .. } = *self.trail;
        let durable = Some(durable).filter(|durable| *durable <= gone.unwrap_or(self.reached));
        let class = match (acknowledged, gone) {
            (Some(_), None) => CommitClass::AckedKept,
            (Some(_), Some(_)) => CommitClass::AckedLost,
            (None, None) if durable.is_some() => CommitClass::UnackedKept,
            (None, _) => CommitClass::UnackedGone,
        };
        let mut steps = self.writing(durable);
        steps.extend(self.acknowledgement());
        steps.extend(self.client());
        for outage in &self.trail.outages {
            steps.extend(self.outage(outage));
        }
        steps.extend(self.end());
        steps.sort_by_key(|step| step.at);
        let mut faults = Vec::new();
        for fault in self.trail.outages.iter().filter_map(|outage| outage.fault) {
            let name = &self.watched.cloud.plan.faults[fault.index()].name;
            if !faults.contains(name) {
                faults.push(name.clone());
            }
        }
        let request = self.watched.request.get();
        CommitStory { number, class, written, durable, acknowledged, gone, request, faults, steps }
    }

    // ---- small words

    fn name(&self, entity: EntityId) -> String {
        self.seen.names.name(entity).to_owned()
    }

    fn instance(&self, slot: InstanceSlot) -> String {
        self.name(self.watched.cloud.databases.entity(slot))
    }

    fn setting(&self, field: &str, value: impl ToString) -> Owner {
        setting(format!("databases.{}.{field}", self.spec.name), value)
    }

    fn multi_az(&self) -> Owner {
        self.setting("multi_az", self.spec.multi_az)
    }

    fn fsync(&self) -> Owner {
        self.setting("fsync", short(self.spec.fsync))
    }

    /// What is done without a standby, as the scenario writes it.
    fn recovery(&self) -> Owner {
        let path = format!("databases.{}.recovery", self.spec.name);
        let known = self.watched.cloud.plan.settings.iter().find(|setting| setting.path == path);
        let value = known.map(|setting| setting.value.clone()).unwrap_or_default();
        setting(path, value)
    }

    /// Where an instance is; one that was restored has a zone since then.
    fn zone(&self, entity: EntityId) -> Option<String> {
        let cloud = &self.watched.cloud;
        let slot = cloud.databases.instances().find(|slot| cloud.databases.entity(*slot) == entity)?;
        Some(cloud.plan.zones[cloud.databases.zone(slot).index()].name.clone())
    }

    fn step(&self, at: SimTime, happens: Happens, place: EntityId, what: impl Into<String>) -> CommitStep {
        CommitStep {
            at,
            happens,
            place: self.name(place),
            zone: self.zone(place),
            what: what.into(),
            record: None,
            owners: Vec::new(),
            copies: Vec::new(),
        }
    }

    fn at_instance(
        &self,
        at: SimTime,
        happens: Happens,
        slot: InstanceSlot,
        what: impl Into<String>,
    ) -> CommitStep {
        self.step(at, happens, self.watched.cloud.databases.entity(slot), what)
    }

    /// The record of an instant that says something.
    fn record(&self, at: SimTime, is: impl Fn(&Record) -> bool) -> Option<&Stamped<Record>> {
        self.seen.changes.iter().find(|change| change.at == at && is(&change.record))
    }

    fn becomes(&self, at: SimTime, slot: InstanceSlot) -> Option<ByRecord> {
        let entity = self.watched.cloud.databases.entity(slot);
        let is_it = |record: &Record| match record {
            Record::DatabaseInstanceChanged { instance, .. } => *instance == entity,
            _ => false,
        };
        self.record(at, is_it).map(by)
    }

    // ---- until it is answered

    fn writing(&self, durable: Option<SimTime>) -> Vec<CommitStep> {
        let Trail { writer, written, mirroring, standby, mirrored, .. } = *self.trail;
        let from =
            self.watched.server.map(|server| format!(" from {}", self.name(server))).unwrap_or_default();
        let what = match self.watched.request.get() {
            Some(request) => format!("written to the log for request {request}{from}"),
            None => format!("written to the log for a statement{from} that nobody waits for any more"),
        };
        let mut steps = vec![self.at_instance(written, Happens::Write, writer, what)];
        if let Some(durable) = durable {
            let mut step = self.at_instance(durable, Happens::Disk, writer, "safe on the writer's disk");
            step.owners = vec![self.fsync()];
            steps.push(step);
        }
        let end = self.trail.gone.unwrap_or(self.reached);
        let place = standby.unwrap_or(writer);
        let (at, what) = match (mirroring, mirrored.filter(|mirrored| *mirrored <= end)) {
            (Mirroring::InStep, Some(mirrored)) => (mirrored, "safe on the standby's disk too"),
            (_, Some(mirrored)) => (mirrored, "the standby has caught up: it is safe there too"),
            (Mirroring::None, None) => (written, "there is no standby: the writer's disk alone counts"),
            (Mirroring::NotInStep, None) => {
                (written, "the standby is not in step: the writer goes on without it")
            }
            (Mirroring::Waiting, None) => {
                (written, "the standby is gone: the writer answers nothing until it gives that up")
            }
            (Mirroring::InStep, None) => {
                (written, "sent to the standby, which never has it: one of them is lost before")
            }
        };
        let mut step = self.at_instance(at, Happens::Standby, place, what);
        step.owners = vec![self.multi_az()];
        steps.push(step);
        steps
    }

    fn acknowledgement(&self) -> Vec<CommitStep> {
        let Trail { writer, acknowledged, .. } = *self.trail;
        let given_up = self.watched.given_up.as_ref();
        let mut steps = Vec::new();
        if let Some(at) = acknowledged {
            let what = "acknowledged: the writer's answer leaves for the server";
            steps.push(self.at_instance(at, Happens::Acknowledge, writer, what));
            if let Some((given_up, owners)) = given_up {
                let what = "the server gives up: the answer has not reached it";
                let mut step = self.at_instance(*given_up, Happens::Acknowledge, writer, what);
                step.owners.clone_from(owners);
                steps.push(step);
            }
            return steps;
        }
        let stopped = self.trail.outages.first().map(|outage| outage.started);
        let (at, what, owners) = match (given_up, stopped) {
            (Some((at, owners)), stopped) if stopped.is_none_or(|stopped| *at <= stopped) => {
                (*at, "never acknowledged: the server gives up before it is answered", owners.clone())
            }
            (_, Some(stopped)) if self.watched.request.get().is_some() => {
                (stopped, "never acknowledged: the writer is lost before it has answered", Vec::new())
            }
            (_, None) if self.watched.request.get().is_some() => {
                (self.reached, "not acknowledged when the run ends", Vec::new())
            }
            _ => {
                let what = "never acknowledged: the server had given up before it was written";
                (self.trail.written, what, Vec::new())
            }
        };
        let mut step = self.at_instance(at, Happens::Acknowledge, writer, what);
        step.owners = owners;
        steps.push(step);
        steps
    }

    /// What the client of the request saw.
    fn client(&self) -> Option<CommitStep> {
        let (at, number, of) = self.seen.finished?;
        let plan = &self.watched.cloud.plan;
        let class = &plan.classes[usize::from(of.class)];
        let request = format!("request {} of {}", of.request, class.name);
        let what = match of.outcome {
            Outcome::Ok if self.trail.acknowledged.is_some() => {
                format!("{request} is answered {}: the client relies on it", of.code)
            }
            Outcome::Ok => format!("{request} is answered {}, by what was written another time", of.code),
            Outcome::Error if of.code == 0 => format!("{request} is refused: {}", of.cause.word()),
            Outcome::Error => format!("{request} is answered {}: {}", of.code, of.cause.word()),
            Outcome::Timeout | Outcome::Abandoned => {
                format!("{request} is given up: {}", of.cause.word())
            }
            Outcome::Unfinished => format!("{request} is still under way when the run ends"),
        };
        Some(CommitStep {
            at,
            happens: Happens::Answer,
            place: plan.clients[class.client.index()].name.clone(),
            zone: None,
            what,
            record: Some(ByRecord { number, kind: "RequestFinished" }),
            owners: Vec::new(),
            copies: Vec::new(),
        })
    }

    // ---- writes stop

    fn outage(&self, outage: &TrailOutage) -> Vec<CommitStep> {
        let TrailOutage { started, writer, .. } = *outage;
        let fault = outage.fault.map(|fault| &self.watched.cloud.plan.faults[fault.index()].name);
        let what = match fault {
            Some(fault) => format!("writes stop: the writer is lost to {fault}"),
            None => "writes stop: operators take the writer down".to_owned(),
        };
        let mut first = self.at_instance(started, Happens::Outage, writer, what);
        first.record = self.becomes(started, writer);
        first.copies = self.copies(outage);
        let ends: Vec<CommitStep> = outage.ends.iter().map(|end| self.ending(end, outage)).collect();
        let number = |step: &CommitStep| step.record.map(|record| record.number);
        let from = number(&first).unwrap_or_default();
        let until = ends.last().and_then(number).unwrap_or(u64::MAX);
        let during = self.seen.changes.iter().filter(|change| from < change.number && change.number < until);
        let mut steps = vec![first];
        steps.extend(during.filter_map(|change| self.change(change)));
        steps.extend(ends);
        steps
    }

    /// What is done until there is a writer again.
    fn change(&self, change: &Stamped<Record>) -> Option<CommitStep> {
        let (place, what) = match &change.record {
            Record::DatabaseInstanceChanged { instance, state, .. } => {
                let what = match state {
                    // That is told by itself.
                    DatabaseInstanceState::Writer => return None,
                    DatabaseInstanceState::Standby => "is in step: it may take over",
                    DatabaseInstanceState::Replica => "follows the writer",
                    DatabaseInstanceState::Unreachable => "is unreachable",
                    DatabaseInstanceState::Crashed => "has crashed",
                    DatabaseInstanceState::Starting => "starts",
                    DatabaseInstanceState::Abandoned => "is given up: its disk is not used again",
                };
                (*instance, what)
            }
            Record::FailoverStepEnded { database, step } => {
                let what = match step {
                    FailoverStep::Detect => "RDS has noticed that the writer is lost",
                    FailoverStep::Decide => "people have decided what to do",
                    FailoverStep::Recover => "the next writer has its data",
                    FailoverStep::Promote => "the next writer takes writes",
                    FailoverStep::Dns => "the name points to it",
                    FailoverStep::Retrieve => "the backup can be read",
                };
                (*database, what)
            }
            _ => return None,
        };
        let mut step = self.step(change.at, Happens::Recovery, place, what);
        step.record = Some(by(change));
        if matches!(change.record, Record::FailoverStepEnded { step: FailoverStep::Decide, .. }) {
            step.owners = vec![self.recovery()];
        }
        Some(step)
    }

    fn ending(&self, end: &TrailEnd, outage: &TrailOutage) -> CommitStep {
        match *end {
            TrailEnd::Restarted { at } => {
                let what = "the writer is back, with all that was on its disk: the commit is kept";
                let mut step = self.at_instance(at, Happens::Restart, outage.writer, what);
                step.record = self.becomes(at, outage.writer);
                step
            }
            TrailEnd::Recovered { at, to, from, kept } => {
                let what = self.point_words(outage, (to, from), kept);
                let mut step = self.at_instance(at, Happens::RecoveryPoint, to, what);
                let record = self.record(at, |record| matches!(record, Record::RecoveryPointChosen(_)));
                if let Some(Stamped { record: Record::RecoveryPointChosen(point), .. }) = record
                    && point.commits_lost > 0
                {
                    let which = match point.commits_lost {
                        1 => "one acknowledged commit goes".to_owned(),
                        lost => format!("{lost} acknowledged commits go"),
                    };
                    let last =
                        format!("the last written {} after what is kept", to_the_millisecond(point.rpo));
                    step.what = format!("{}; {which}, {last}", step.what);
                }
                step.record = record.map(by);
                step.owners = self.point_owners(from);
                step
            }
        }
    }

    /// What the database goes back to, and what that means for the commit.
    fn point_words(&self, outage: &TrailOutage, (to, from): (InstanceSlot, CopyOf), kept: bool) -> String {
        let copy = outage.copies.iter().find(|copy| match (copy.of, from) {
            (CopyOf::Standby { .. }, CopyOf::Standby { .. }) => true,
            (of, from) => of == from,
        });
        let until = copy.and_then(|copy| copy.until);
        let to = self.instance(to);
        let point = match (from, until) {
            (CopyOf::Logs, Some(until)) => {
                format!("{to} is restored to {}, when logs were shipped last", clock(until))
            }
            (CopyOf::Logs, None) => format!("{to} is restored to before the run: no log was shipped in it"),
            (CopyOf::Backup(place), Some(until)) => {
                format!("{to} is restored from {} to {}", self.spec.backups[place].name, clock(until))
            }
            (CopyOf::Backup(place), None) => {
                format!("{to} is restored from {} to before the run", self.spec.backups[place].name)
            }
            (CopyOf::Replica(_), Some(until)) if until < outage.started => {
                format!("replica {to} becomes the writer, with all that was written before {}", clock(until))
            }
            (CopyOf::Replica(_), _) => format!("replica {to} becomes the writer, with all that was written"),
            (CopyOf::Standby { .. } | CopyOf::Writer(_), _) => {
                format!("standby {to} takes over, with all that was sent to it")
            }
        };
        let durable = self.trail.durable;
        let verdict = match until.filter(|until| *until < durable) {
            _ if kept => "the commit is kept".to_owned(),
            Some(until) => {
                format!("the commit, safe {} later, is lost", to_the_millisecond(durable.since(until)))
            }
            None => "the commit is lost".to_owned(),
        };
        format!("{point}: {verdict}")
    }

    /// The settings that a recovery from a place rests on.
    fn point_owners(&self, from: CopyOf) -> Vec<Owner> {
        let own = self.copy_owners(from);
        match from {
            CopyOf::Standby { .. } | CopyOf::Writer(_) | CopyOf::Backup(_) => own,
            CopyOf::Logs | CopyOf::Replica(_) => {
                own.into_iter().chain([self.recovery(), self.multi_az()]).collect()
            }
        }
    }

    fn copy_owners(&self, of: CopyOf) -> Vec<Owner> {
        match of {
            CopyOf::Writer(_) => vec![self.fsync()],
            CopyOf::Standby { .. } => vec![self.multi_az()],
            CopyOf::Replica(_) => vec![self.setting("replica_lag", short(self.spec.replica_lag))],
            CopyOf::Logs => vec![self.setting("log_shipping", self.spec.log_shipping)],
            CopyOf::Backup(place) => {
                let name = &self.spec.backups[place].name;
                vec![self.setting(&format!("backups.{name}.keeps"), keeps(&self.spec.backups[place].keeps))]
            }
        }
    }

    /// All places as they were when writes stopped.
    fn copies(&self, outage: &TrailOutage) -> Vec<CommitCopy> {
        let mut copies: Vec<CommitCopy> = outage.copies.iter().map(|copy| self.copy(copy, outage)).collect();
        copies.extend(self.no_standby(outage));
        copies.extend(self.uncounted_replicas());
        copies.sort_by_key(|copy| copy.kind);
        copies
    }

    fn copy(&self, copy: &TrailCopy, outage: &TrailOutage) -> CommitCopy {
        let TrailCopy { of, has, until } = *copy;
        let since = |until: SimTime| {
            format!("{}, {} before", clock(until), to_the_millisecond(outage.started.since(until)))
        };
        let (kind, name, what) = match of {
            CopyOf::Writer(slot) => {
                let what = match (has, self.trail.durable) {
                    (true, _) => "on the writer's disk".to_owned(),
                    (false, durable) => {
                        let short = to_the_millisecond(durable.since(outage.started));
                        format!("not on the writer's disk yet: it would have been {short} later")
                    }
                };
                (CopyKind::Writer, Some(self.instance(slot)), what)
            }
            CopyOf::Standby { slot, in_step } => {
                let mirrored = self.trail.mirrored.is_none_or(|mirrored| mirrored <= outage.started);
                let what = match (in_step, has) {
                    (true, true) if mirrored => "in step: on its disk too",
                    (true, true) => "in step: on its way there",
                    (true, false) => "in step, but the commit had not left the writer for it",
                    (false, _) => "not in step: it lacks what was written since it was lost",
                };
                (CopyKind::Standby, Some(self.instance(slot)), what.to_owned())
            }
            CopyOf::Replica(place) => {
                let slot = self.watched.cloud.databases.replica_endpoint(self.watched.database, place);
                let what = match until.filter(|until| *until < outage.started) {
                    Some(until) => format!("had applied what was written before {}", since(until)),
                    None => "had applied all that was written".to_owned(),
                };
                (CopyKind::Replica, Some(self.instance(slot)), what)
            }
            CopyOf::Logs => {
                let what = match until {
                    Some(until) => format!("shipped last at {}", since(until)),
                    None => "none was shipped since the run began".to_owned(),
                };
                (CopyKind::Logs, None, what)
            }
            CopyOf::Backup(place) => {
                let what = match until {
                    Some(until) => format!("the last one that had arrived has all up to {}", since(until)),
                    None => "the last one that had arrived is from before the run".to_owned(),
                };
                (CopyKind::Backup, Some(self.spec.backups[place].name.clone()), what)
            }
        };
        CommitCopy { kind, name, has: Some(has), until, what, owners: self.copy_owners(of) }
    }

    fn no_standby(&self, outage: &TrailOutage) -> Option<CommitCopy> {
        let has_one = outage.copies.iter().any(|copy| matches!(copy.of, CopyOf::Standby { .. }));
        (!has_one).then(|| CommitCopy {
            kind: CopyKind::Standby,
            name: None,
            has: Some(false),
            until: None,
            what: "there is none".to_owned(),
            owners: vec![self.multi_az()],
        })
    }

    /// Replicas that nobody will promote.
    fn uncounted_replicas(&self) -> Vec<CommitCopy> {
        let counted = self.watched.cloud.databases.counts_replicas(self.watched.database);
        let replicas = self.spec.replicas.iter().filter(|replica| replica.exists && !counted);
        let copy = |name: &String| CommitCopy {
            kind: CopyKind::Replica,
            name: Some(name.clone()),
            has: None,
            until: None,
            what: "nobody would promote it, so that how far it is is not counted".to_owned(),
            owners: vec![self.recovery()],
        };
        replicas.map(|replica| copy(&replica.name)).collect()
    }

    fn end(&self) -> Option<CommitStep> {
        if self.trail.gone.is_some() {
            return None;
        }
        let cloud = &self.watched.cloud;
        let what = match self.trail.outages.last() {
            None if self.trail.durable > self.reached => "the run ends before it is safe on any disk",
            None => "the run ends: writes did not stop since, and nothing took it away",
            Some(outage) if outage.ends.is_empty() => {
                "the run ends before there is a writer again: it is still on the old one's disk"
            }
            Some(_) => "the run ends, and nothing took it away",
        };
        let database = cloud.database_entities[self.watched.database.index()];
        Some(self.step(self.reached, Happens::End, database, what))
    }
}

/// What a backup keeps, in short.
fn keeps(of: &Keeps) -> String {
    match of {
        Keeps::Logs => "Logs".to_owned(),
        Keeps::Snapshots { every } => format!("Snapshots(every: \"{every}\")"),
        Keeps::Dumps { every, .. } => format!("Dumps(every: \"{every}\")"),
    }
}
