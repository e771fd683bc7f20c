//! One commit of a database: whether it was acknowledged, where its copies were whenever writes stopped, and what the database
//! went back to.
//!
//! The database notes what becomes of the commit that is followed ([`Trail`](cloudsim_aws::services::rds::Trail)). Beside it
//! stand the records that say the same of the whole database, and what became of the request that wrote.

mod steps;
mod watched;

use super::apply::way::Owner;
use super::{Told, WhyProblem, ended};
use crate::Cloud;
use crate::run::{self, Run};
use crate::words::Root;
use cloudsim_engine::{Kernel, StopReason};
use cloudsim_records::{CommitClasses, EndReason};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::SimTime;
use cloudsim_world::DatabaseId;
pub use steps::to_the_millisecond;
use watched::{Seen, Watched};

#[cfg(test)]
mod tests;

/// Which commit is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichCommit {
    /// The one of that number: they are counted from 0, as they are written to the log of their database.
    Number(u64),
    /// The first of the first recovery that lost acknowledged ones.
    FirstLost,
}

/// In which class a commit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommitClass {
    /// Acknowledged and still there.
    AckedKept,
    /// Acknowledged and gone.
    AckedLost,
    /// Never acknowledged, but there.
    UnackedKept,
    /// Never acknowledged, and not there.
    UnackedGone,
}

impl CommitClass {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::AckedKept, Self::AckedLost, Self::UnackedKept, Self::UnackedGone];

    /// The published name: that of the count in the result of a run.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AckedKept => "acked_kept",
            Self::AckedLost => "acked_lost",
            Self::UnackedKept => "unacked_kept",
            Self::UnackedGone => "unacked_gone",
        }
    }
}

/// What happens in a step of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happens {
    /// It is written to the log.
    Write,
    /// The writer's disk has it.
    Disk,
    /// The standby has it, or does not get it.
    Standby,
    /// The writer answers, or never does.
    Acknowledge,
    /// The request that wrote it ends.
    Answer,
    /// The writer is lost: writes stop.
    Outage,
    /// A step on the way to the next writer.
    Recovery,
    /// It is chosen what the database goes back to.
    RecoveryPoint,
    /// The writer is back with its own disk.
    Restart,
    /// The run ends.
    End,
}

impl Happens {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Write,
        Self::Disk,
        Self::Standby,
        Self::Acknowledge,
        Self::Answer,
        Self::Outage,
        Self::Recovery,
        Self::RecoveryPoint,
        Self::Restart,
        Self::End,
    ];

    /// The published name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Disk => "disk",
            Self::Standby => "standby",
            Self::Acknowledge => "acknowledge",
            Self::Answer => "answer",
            Self::Outage => "outage",
            Self::Recovery => "recovery",
            Self::RecoveryPoint => "recovery point",
            Self::Restart => "restart",
            Self::End => "end",
        }
    }

    /// By which rule it happens.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Write => "Commits enter the log of their writer one after the other.",
            Self::Disk => "The log is written to the disk of the writer in its order.",
            Self::Standby => {
                "While a standby is in step, the log is written to its disk too, in its order; one that is not gets it later."
            }
            Self::Acknowledge => {
                "A commit is answered once it is safe on the writer's disk and, while one is in step, on the standby's."
            }
            Self::Answer => "What the client sees at last; it relies on a write that was answered well.",
            Self::Outage => {
                "Without a writer nothing is written and nothing acknowledged: from here on only copies count."
            }
            Self::Recovery => "What has to happen before there is a writer again, in its order.",
            Self::RecoveryPoint => {
                "A database goes back to what its next writer has. Its log has no gaps: what is written behind that point is gone."
            }
            Self::Restart => "A writer that comes back has all that was on its disk.",
            Self::End => "What becomes of it later, the run does not tell.",
        }
    }
}

/// The record that says that a step happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByRecord {
    /// Its number.
    pub number: u64,
    /// Its kind.
    pub kind: &'static str,
}

/// A step of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitStep {
    /// When.
    pub at: SimTime,
    /// What happens.
    pub happens: Happens,
    /// To what: an instance, the client of the request, or the database.
    pub place: String,
    /// Its zone.
    pub zone: Option<String>,
    /// In words.
    pub what: String,
    /// The record that says so.
    pub record: Option<ByRecord>,
    /// What it comes from.
    pub owners: Vec<Owner>,
    /// Where the commit was when writes stopped; none in other steps.
    pub copies: Vec<CommitCopy>,
}

/// The kinds of places where a commit can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CopyKind {
    /// The disk of the writer.
    Writer,
    /// The standby.
    Standby,
    /// A read replica.
    Replica,
    /// The logs that were shipped.
    Logs,
    /// A backup that is kept somewhere else.
    Backup,
}

impl CopyKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Writer, Self::Standby, Self::Replica, Self::Logs, Self::Backup];

    /// The published name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Standby => "standby",
            Self::Replica => "replica",
            Self::Logs => "logs",
            Self::Backup => "backup",
        }
    }
}

/// A place where a commit was, or was not, when writes stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitCopy {
    /// Its kind.
    pub kind: CopyKind,
    /// Its name; `None` of logs, and of a standby that there is not.
    pub name: Option<String>,
    /// Whether the commit was there; `None` where nobody counts that.
    pub has: Option<bool>,
    /// Up to when it had all that was written; `None` if that was before the run, or is not known.
    pub until: Option<SimTime>,
    /// In words.
    pub what: String,
    /// What it comes from.
    pub owners: Vec<Owner>,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitStory {
    /// Its number.
    pub number: u64,
    /// In which class it ends.
    pub class: CommitClass,
    /// When it was written to the log.
    pub written: SimTime,
    /// When it was safe on the disk of the writer.
    pub durable: Option<SimTime>,
    /// When it was acknowledged.
    pub acknowledged: Option<SimTime>,
    /// When it went.
    pub gone: Option<SimTime>,
    /// The request that wrote it, unless that had been given up by then.
    pub request: Option<u64>,
    /// The faults that its outages came from.
    pub faults: Vec<String>,
    /// Its steps, one after the other.
    pub steps: Vec<CommitStep>,
}

/// What was found of the commits of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitAnswer {
    /// The database.
    pub database: String,
    /// How all of its commits end.
    pub commits: CommitClasses,
    /// The record that says so.
    pub record: ByRecord,
    /// The one that was asked for; `None` if the first that is lost was, and none is.
    pub story: Option<CommitStory>,
}

/// Tells a commit of a database; of the only one of the scenario without a name.
///
/// The run goes on to its horizon, and twice if the first lost one is asked for. `interrupted` is asked now and then with the
/// simulated time.
#[must_use]
pub fn commit(
    plan: &Plan,
    seed: u64,
    (database, which): (Option<&str>, WhichCommit),
    mut interrupted: impl FnMut(SimTime) -> bool,
) -> Told<CommitAnswer> {
    let database = match meant(plan, database) {
        Ok(database) => database,
        Err(problem) => {
            return Told { run: ended(&StopReason::Drained, SimTime::ZERO, 0), told: Err(problem) };
        }
    };
    let asked = match which {
        WhichCommit::Number(number) => Some(number),
        WhichCommit::FirstLost => None,
    };
    let (mut watched, mut sink, mut run) = watch(plan, seed, database, asked, &mut interrupted);
    let lost = watched.cloud.databases.first_lost(database);
    let is_whole = matches!(run.reason, EndReason::Horizon | EndReason::Drained);
    if let (None, Some(lost), true) = (asked, lost, is_whole) {
        (watched, sink, run) = watch(plan, seed, database, Some(lost), &mut interrupted);
    }
    let written = watched.cloud.databases.commits_written(database);
    let told = match watched.answer(&sink, run.reached) {
        Some(answer) if answer.story.is_some() || asked.is_none() => Ok(answer),
        _ => Err(never_was(plan, database, asked.unwrap_or_default(), written)),
    };
    Told { run, told }
}

/// The database that is meant.
fn meant(plan: &Plan, typed: Option<&str>) -> Result<DatabaseId, WhyProblem> {
    let names: Vec<String> = plan.databases.iter().map(|of| of.name.clone()).collect();
    let listed = || format!("databases are {}", names.join(", "));
    match (typed, names.as_slice()) {
        (Some(typed), _) if plan.tables.iter().any(|table| table.name == typed) => {
            let message = format!("`{typed}` is a table; commits are told of databases alone");
            let hint = if names.is_empty() { "the scenario has no database".to_owned() } else { listed() };
            Err(WhyProblem::new(message, Some(hint)))
        }
        (_, []) => {
            let tables = "commits are told of databases alone, not of tables";
            let hint = (!plan.tables.is_empty()).then(|| tables.to_owned());
            Err(WhyProblem::new("the scenario has no database", hint))
        }
        (None, [_]) => Ok(DatabaseId::from_index(0)),
        (None, [first, ..]) => {
            let hint = format!("write commit/{first}/NUMBER or commit/{first}/lost; {}", listed());
            Err(WhyProblem::new("the scenario has several databases", Some(hint)))
        }
        (Some(typed), _) => match names.iter().position(|name| name == typed) {
            Some(place) => Ok(DatabaseId::from_index(place)),
            None => Err(WhyProblem::unknown("database", typed, &names, &listed())),
        },
    }
}

fn never_was(plan: &Plan, database: DatabaseId, number: u64, written: u64) -> WhyProblem {
    let name = &plan.databases[database.index()].name;
    let hint = match written {
        0 => format!("nothing is written to {name} in this run"),
        1 => format!("{name} has one commit, number 0"),
        _ => format!("{name} has {written} commits, numbered from 0 to {}", written - 1),
    };
    WhyProblem::new(format!("no commit {number} of {name}"), Some(hint))
}

/// Runs a plan to its horizon and follows a commit, if one is asked for.
fn watch(
    plan: &Plan,
    seed: u64,
    database: DatabaseId,
    number: Option<u64>,
    interrupted: &mut impl FnMut(SimTime) -> bool,
) -> (Watched, Seen, Run) {
    let mut kernel = Kernel::<Root>::new(seed);
    let mut cloud = Cloud::place(plan, seed, &mut kernel);
    if let Some(number) = number {
        cloud.databases.follow(database, number);
    }
    let mut watched = Watched::new(cloud, (database, number));
    let mut sink = Seen::new(watched.cloud.database_entities[database.index()], watched.request.clone());
    let horizon = SimTime::ZERO + plan.duration;
    let stop = kernel.run(&mut watched, horizon, &mut sink, &mut *interrupted);
    let run = run::ended(&mut watched.cloud, stop, &mut kernel, &mut sink);
    (watched, sink, run)
}
