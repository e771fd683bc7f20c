//! The columns of each table, in their order.

use super::{Column, Kind, Table};

/// By which every table begins.
pub(super) const RUN: [Column<'static>; 2] = [
    column("seed", Kind::Count, "The seed of the run."),
    column("point", Kind::Count, "The point of the grid, counted from 0, the last factor turning first."),
];

/// Follows for each setting that is varied, named as `--set` names it.
pub(super) const FACTOR: Column<'static> =
    column("", Kind::Text, "The value of that setting, as `--set` takes it.");

/// Nanoseconds are exact, and so are thousand-millionths of a dollar.
const NANO: Kind = Kind::Decimal(9);

/// Milliseconds, to the nanosecond.
const MILLIS: Kind = Kind::Decimal(6);

const fn column(name: &'static str, kind: Kind, about: &'static str) -> Column<'static> {
    Column { name, kind, nullable: false, about }
}

const fn nullable(name: &'static str, kind: Kind, about: &'static str) -> Column<'static> {
    Column { name, kind, nullable: true, about }
}

const RUNS: &[Column<'static>] = &[
    column("digest", Kind::Text, "Of all records: that of `run --seed`."),
    column("reached_s", NANO, "How far the run came."),
    column("monthly_usd", NANO, "The bill of a month."),
];

const SERVICES: &[Column<'static>] = &[
    column("service", Kind::Text, "The service, or the workload."),
    column("workload", Kind::Flag, "Whether it is a workload beside the services."),
    column("requests", Kind::Count, "Valid requests."),
    column("good", Kind::Count, "Those that were answered well within the client's patience."),
    nullable("up_s", NANO, "For how long enough pods served; null where requests are asked for."),
    nullable("watched_s", NANO, "Of how long."),
    nullable("p50_ms", MILLIS, "Half of the good answers took no longer; null without one."),
    nullable("p95_ms", MILLIS, "95 % took no longer."),
    nullable("p99_ms", MILLIS, "99 % took no longer."),
    nullable("max_ms", MILLIS, "The slowest."),
    column("outages", Kind::Count, "How often it was degraded."),
    column("not_restored", Kind::Flag, "Whether it was to the end."),
];

const OUTAGES: &[Column<'static>] = &[
    column("service", Kind::Text, "The service, or the workload."),
    column("outage", Kind::Count, "Which of its outages, counted from 0."),
    nullable("fault", Kind::Text, "The fault behind it."),
    column("started_s", NANO, "Where the recovery time counts from."),
    nullable("restored_s", NANO, "When it was good again for long enough; null if it never was."),
    nullable("rto_s", NANO, "The recovery time; null if it was not restored."),
];

const PHASES: &[Column<'static>] = &[
    column("service", Kind::Text, "The service, or the workload."),
    column("outage", Kind::Count, "Which of its outages, counted from 0."),
    column("place", Kind::Count, "Which part of it, counted from 0."),
    column("phase", Kind::Text, "What was waited for."),
    column("from_s", NANO, "When it began."),
    column("to_s", NANO, "When it ended."),
    nullable("setting", Kind::Text, "The setting that owns it, as `--set` names it."),
    nullable("setting_value", Kind::Text, "The value of that setting in the run."),
    nullable("setting_default", Kind::Text, "The vendor's default of it."),
];

const DATABASES: &[Column<'static>] = &[
    column("database", Kind::Text, "The database."),
    column("acked_kept", Kind::Count, "Commits that were acknowledged, and survived."),
    column("acked_lost", Kind::Count, "Commits that were acknowledged, and are gone."),
    column("unacked_kept", Kind::Count, "Commits in doubt that survived."),
    column("unacked_gone", Kind::Count, "Commits in doubt that are gone."),
    column("undecided", Kind::Flag, "Whether it ended without a writer and without a recovery point."),
];

const FAILOVERS: &[Column<'static>] = &[
    column("database", Kind::Text, "The database."),
    column("failover", Kind::Count, "Which of its failovers, counted from 0."),
    column("kind", Kind::Text, "`failover`, `promotion` or `restore`."),
    nullable("fault", Kind::Text, "The fault behind it."),
    column("from_instance", Kind::Text, "The instance that took writes before."),
    column("to_instance", Kind::Text, "The instance that takes them after."),
    column("started_s", NANO, "When writes stopped."),
    nullable("finished_s", NANO, "When the database took writes again; null if it had not yet."),
    nullable("rto_s", NANO, "How long that took."),
    column("rpo_s", NANO, "Last acknowledged commit minus last one that survived."),
    column("commits_lost", Kind::Count, "Acknowledged commits that are gone."),
];

const FAULTS: &[Column<'static>] = &[
    column("fault", Kind::Text, "The fault."),
    column("kind", Kind::Text, "Its kind, as the scenario writes it."),
    column("target", Kind::Text, "What it hit."),
    column("started_s", NANO, "When it started."),
    nullable("ended_s", NANO, "When its cause ended; null if it had not yet."),
];

const OBJECTIVES: &[Column<'static>] = &[
    column("objective", Kind::Text, "Its name."),
    column("kind", Kind::Text, "`Rto`, `Rpo`, `Availability`, `Latency` or `MonthlyCost`."),
    column("label", Kind::Text, "What is measured, for eyes: `RTO`, `p99.9`."),
    column("subject", Kind::Text, "The service or database; `bill` for a cost."),
    column("expect", Kind::Text, "What the scenario expects: `Met` or `Breached`."),
    column("target", NANO, "The limit: seconds, a share, or dollars."),
    nullable(
        "actual",
        NANO,
        "What was measured, in the same unit. Null with `met` false is censored: worse than every value.",
    ),
    nullable("part", Kind::Count, "Of an availability: what was good, exactly."),
    nullable("whole", Kind::Count, "Of how much."),
    nullable("met", Kind::Flag, "The raw comparison; null if there was nothing to judge by."),
];

const COSTS: &[Column<'static>] = &[
    column("item", Kind::Text, "What is paid for."),
    column("quantity", Kind::Decimal(3), "How much of it."),
    column("unit", Kind::Text, "Its unit."),
    column("usd", NANO, "The price of it all."),
];

impl Table {
    /// Those that it does not share with the others.
    pub(crate) const fn own_columns(self) -> &'static [Column<'static>] {
        match self {
            Self::Runs => RUNS,
            Self::Services => SERVICES,
            Self::Outages => OUTAGES,
            Self::Phases => PHASES,
            Self::Databases => DATABASES,
            Self::Failovers => FAILOVERS,
            Self::Faults => FAULTS,
            Self::Objectives => OBJECTIVES,
            Self::Costs => COSTS,
        }
    }
}
