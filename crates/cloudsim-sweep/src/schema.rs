//! The JSON document of a sweep as JSON Schema, key by key as `json` writes it: closed, so that a new key is a new line here.

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
