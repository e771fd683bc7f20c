//! The JSON document of what answers rest on as JSON Schema, key by key as `json` writes it: closed, so that a new key is a new
//! line here.

use crate::diff::schema::{breaches, comparison, or_null};
use crate::schema::share;
use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_measures::json_schema::{closed, count, document, list, nullable, number, text};
use serde_json::{Value, json};

/// The schema of `sweep --sensitivity -o json`: draft 2020-12. Times are in seconds, money is in US dollars.
#[must_use]
pub fn sensitivity_schema() -> Value {
    let seeds = closed(&[
        ("from", count(), "The first."),
        ("until", count(), "That before which it was to end."),
        ("measured", count(), "How many were measured, from the first on, each at every end."),
    ]);
    let assumption = closed(&[
        ("path", text(), "Which, as `--set` names it."),
        ("default", text(), "Its value otherwise, in words."),
        ("low", text(), "Its low end, as `--set` takes it."),
        ("high", text(), "Its high end."),
        ("why", text(), "What it is, and why these ends."),
    ]);
    document(
        "sensitivity",
        "sweep --sensitivity -o json",
        &[
            ("kind", json!({ "const": "Sensitivity" }), "What the document is."),
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
            ("reached_s", number(), "How far each run came."),
            ("confidence", number(), "The level of each interval, each for its own figure."),
            ("assumptions", list(assumption), "Those that were tried, in the order of the language."),
            (
                "skipped",
                list(text()),
                "Those that were not, because the scenario has nothing that they are about.",
            ),
            (
                "measures",
                list(measure()),
                "The objectives, then the availability of services and the bill, unless they are objectives.",
            ),
        ],
    )
}

fn measure() -> Value {
    let objective = closed(&[("name", text(), "Its name."), ("target", number(), "The limit.")]);
    closed(&[
        (
            "kind",
            json!({ "enum": ["Rto", "Rpo", "Availability", "Latency", "MonthlyCost"] }),
            "What is measured. Of an availability less is worse, of all others more.",
        ),
        ("subject", text(), "The service or database; `bill` for a cost."),
        ("measure", text(), "What is measured, for eyes: `RTO`, `p99.9`."),
        ("objective", or_null(objective), "The objective; null if it is none."),
        (
            "p50",
            nullable("number"),
            "With everything as it is, half of the runs are no worse; null if that is censored, or without runs.",
        ),
        ("p95", nullable("number"), "So are 95 of 100; null too where it is no objective."),
        (
            "breaches",
            or_null(share()),
            "In how many runs the limit does not hold then; null if there is none.",
        ),
        ("effects", list(effect()), "What moves it in any seed, the most first."),
    ])
}

fn effect() -> Value {
    let end = closed(&[
        ("difference", comparison(), "B has the assumption at that end, A everything as it is."),
        ("breaches", or_null(breaches()), "Of the limits; null if it is no objective."),
    ]);
    closed(&[
        ("path", text(), "Which assumption, as `--set` names it."),
        ("low", end.clone(), "At its low end."),
        ("high", end, "At its high end."),
    ])
}
