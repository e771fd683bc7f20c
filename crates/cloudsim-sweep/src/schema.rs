//! The JSON document of a sweep as JSON Schema, key by key as `json` writes it: closed, so that a new key is a new line here.

use crate::tables::{Column, Kind, Table};
use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_measures::json_schema::{closed, count, document, list, nullable, number, text};
use serde_json::{Value, json};

/// The schema of `sweep -o json`: draft 2020-12. Times are in seconds, money is in US dollars.
#[must_use]
pub fn sweep_schema() -> Value {
    let seeds = closed(&[
        ("from", count(), "The first."),
        ("until", count(), "That before which it was to end."),
        ("measured", count(), "How many were measured, from the first on, each at every point."),
    ]);
    let value = closed(&[
        ("value", text(), "As `--set` takes it."),
        (
            "objectives",
            list(objective()),
            "Over all runs with it, whatever the other factors were. Of several factors without intervals: such runs share their luck.",
        ),
    ]);
    let factor = closed(&[
        ("path", text(), "The setting, as `--set` names it."),
        ("values", list(value), "Those that it took."),
    ]);
    document(
        "sweep",
        "sweep -o json",
        &[
            ("kind", json!({ "const": "Sweep" }), "What the document is."),
            (
                "schema_version",
                json!({ "const": SCHEMA_VERSION }),
                "Additions raise the minor number, all else the major.",
            ),
            ("version", text(), "Of the program that made it."),
            ("scenario", text(), "The scenario's name."),
            ("overrides", list(text()), "As given on the command line, in order; of all runs."),
            ("seeds", seeds, "Which seeds."),
            ("interrupted", json!({ "type": "boolean" }), "Whether someone stopped it before."),
            ("confidence", number(), "The level of each interval, each for its own figure."),
            ("factors", list(factor), "The settings that were varied."),
            ("points", list(point()), "Each combination of their values; one if nothing was varied."),
        ],
    )
}

/// The schema of the tables of a sweep: of each, what a row is as an object. Between `point` and the rest stands a text for
/// each setting that is varied, by its name.
#[must_use]
pub fn tables_schema() -> Value {
    let rows = |table: Table| {
        let columns = table.columns(&[]);
        let fields: Vec<_> = columns.iter().map(|column| (column.name, cell(column), column.about)).collect();
        let mut row = closed(&fields);
        row["additionalProperties"] = text();
        (table.name(), list(row), about(table))
    };
    let mut schema = document("tables", "sweep --out DIR", &Table::ALL.map(rows));
    schema["description"] = json!(
        "The tables that `cloudsim sweep --out DIR` writes as DIR/NAME.parquet, each row as an object. Of a grid, each row has a \
         text more for each setting that is varied, named as `--set` names it, between `point` and the rest."
    );
    schema
}

/// A column: its type as JSON, and as Parquet.
fn cell(column: &Column<'_>) -> Value {
    let name = match column.kind {
        Kind::Text => "string",
        Kind::Flag => "boolean",
        Kind::Count => "integer",
        Kind::Decimal(_) => "number",
    };
    let mut schema = if column.nullable { nullable(name) } else { json!({ "type": name }) };
    if column.kind == Kind::Count {
        schema["minimum"] = json!(0);
    }
    schema["format"] = json!(column.kind.word());
    schema
}

fn about(table: Table) -> &'static str {
    match table {
        Table::Runs => "Each run.",
        Table::Services => "Each service of a run, and each workload beside them.",
        Table::Outages => "Each time in which one of them was degraded.",
        Table::Phases => "Each part of an outage: where the time went.",
        Table::Databases => "Each database of a run, with its commits.",
        Table::Failovers => "Each failover, promotion or restore.",
        Table::Faults => "Each fault that started.",
        Table::Objectives => "Each objective of a run, and what was measured.",
        Table::Costs => "Each line of the bill of a month.",
    }
}

fn point() -> Value {
    let setting =
        closed(&[("path", text(), "A factor."), ("value", text(), "Its value, as `--set` takes it.")]);
    let outcome = closed(&[
        ("name", text(), "The objective."),
        ("actual", nullable("number"), "What was measured; null if it is censored or there was nothing."),
        ("met", nullable("boolean"), "The raw comparison; null if there was nothing to judge by."),
    ]);
    let run = closed(&[
        ("seed", count(), "Its seed."),
        ("digest", text(), "Of its records: that of `run --seed`."),
        ("objectives", list(outcome), "What came of each."),
    ]);
    let service = closed(&[
        ("name", text(), "Its name."),
        ("degraded", share(), "In how many runs it was degraded."),
        ("outages", count(), "How often it was, over all runs."),
        ("not_restored", count(), "In how many runs it was to the end."),
        ("availability", availability(), "Of all runs together; null if nothing was asked for."),
    ]);
    closed(&[
        ("settings", list(setting), "What is varied, with its value."),
        ("reached_s", number(), "How far each run came."),
        ("objectives", list(objective()), "What had to hold; empty if no seed was measured."),
        ("services", list(service), "Services, then workloads beside them."),
        ("runs", list(run), "In the order of their seeds."),
    ])
}

fn objective() -> Value {
    let runs = closed(&[
        ("measured", count(), "Runs in which it had a value."),
        (
            "censored",
            count(),
            "Runs that were not restored, had no recovery point or no good answer: worse than every value, and counted in all \
             else.",
        ),
        ("unmeasured", count(), "Runs with nothing to judge by, left out of all else."),
    ]);
    let quantile = closed(&[
        ("percent", count(), "In so many of 100 runs it is no worse."),
        ("value", nullable("number"), "The value; null if it is censored."),
        (
            "better",
            nullable("number"),
            "The better end of its interval; null if it is censored, or there are too few runs.",
        ),
        ("worse", nullable("number"), "The worse end; null if it is censored, or there are too few runs."),
    ]);
    let worst = closed(&[
        ("seed", count(), "Its seed."),
        ("actual", nullable("number"), "What it measured; null if it is censored."),
        ("digest", text(), "Of its records."),
    ]);
    closed(&[
        ("name", text(), "Its name."),
        (
            "kind",
            json!({ "enum": ["Rto", "Rpo", "Availability", "Latency", "MonthlyCost"] }),
            "What is measured. Of an availability less is worse, of all others more.",
        ),
        ("subject", text(), "The service or database; `bill` for a cost."),
        ("target", number(), "The limit."),
        ("expect", json!({ "enum": ["Met", "Breached"] }), "What the scenario expects."),
        ("runs", runs, "How many, by what could be measured."),
        (
            "breaches",
            share(),
            "In how many runs the limit does not hold: the probability, by Clopper and Pearson.",
        ),
        ("quantiles", list(quantile), "Runs in order from the best to the worst, ends by order statistics."),
        ("max", nullable("number"), "The worst value; null if the worst run is censored, or there is none."),
        ("worst", list(worst), "The three worst runs, the worst first."),
    ])
}

pub(crate) fn share() -> Value {
    closed(&[
        ("runs", count(), "In how many."),
        ("of", count(), "Of how many."),
        (
            "low",
            probability(),
            "The lower end of the interval of the probability; null without runs, or where they share their luck.",
        ),
        ("high", probability(), "The upper end."),
    ])
}

fn availability() -> Value {
    let all = closed(&[
        (
            "share",
            json!({ "type": "number", "minimum": 0, "maximum": 1 }),
            "What was good, of all runs together.",
        ),
        (
            "low",
            probability(),
            "The lower end of its interval, by bootstrap over runs; null for fewer than two.",
        ),
        ("high", probability(), "The upper end."),
    ]);
    json!({ "anyOf": [all, { "type": "null" }] })
}

pub(crate) fn probability() -> Value {
    json!({ "type": ["number", "null"], "minimum": 0, "maximum": 1 })
}
