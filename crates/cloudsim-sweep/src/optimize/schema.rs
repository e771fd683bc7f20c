//! The JSON document of an optimization as JSON Schema, key by key as `json` writes it: closed, so that a new key is a new line
//! here.

use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_measures::json_schema::{closed, count, document, list, nullable, number, text};
use serde_json::{Value, json};

/// The schema of `optimize -o json`: draft 2020-12. Times are in seconds, money is in US dollars.
#[must_use]
pub fn optimize_schema() -> Value {
    let seeds = closed(&[("from", count(), "The first."), ("until", count(), "That before which they end.")]);
    let knob = closed(&[
        ("path", text(), "The setting, as `--set` names it."),
        ("values", list(text()), "Those among which it is chosen."),
    ]);
    let setting = closed(&[
        ("path", text(), "Which, as `--set` names it."),
        (
            "before",
            nullable("string"),
            "Its value in the scenario as it stands, as RON; null if it has none.",
        ),
        ("after", nullable("string"), "Its value at the optimum; null if it has none."),
    ]);
    let runs = closed(&[
        ("done", count(), "Those that were run."),
        ("of", count(), "Those that all seeds of all points are."),
    ]);
    document(
        "optimize",
        "optimize -o json",
        &[
            ("kind", json!({ "const": "Optimize" }), "What the document is."),
            (
                "schema_version",
                json!({ "const": SCHEMA_VERSION }),
                "Additions raise the minor number, all else the major.",
            ),
            ("version", text(), "Of the program that made it."),
            ("scenario", text(), "The scenario's name."),
            ("overrides", list(text()), "As given on the command line, in order; of all runs."),
            ("seeds", seeds, "Which seeds."),
            (
                "interrupted",
                json!({ "type": "boolean" }),
                "Whether someone stopped it before the answer was known.",
            ),
            ("confidence", number(), "How sure it is that the optimum holds, whichever point that is."),
            ("breach_at_most", number(), "The share of runs in which an objective may be breached."),
            (
                "breaches_allowed",
                count(),
                "The runs of a point, of all seeds, in which one may be, to show that.",
            ),
            ("knobs", list(knob), "The settings that may be chosen."),
            (
                "present",
                nullable("integer"),
                "The point that the scenario is as it stands; null if it is none.",
            ),
            (
                "optimum",
                nullable("integer"),
                "The cheapest point that holds, counted from 0; null if none is shown to.",
            ),
            (
                "saved_usd",
                nullable("number"),
                "How much cheaper a month of it is than of `present`; null without one, or if a bill leaves something out.",
            ),
            ("settings", list(setting), "How the optimum differs from the scenario as it stands."),
            (
                "frontier",
                list(count()),
                "Points to which no other is preferred in cost, RTO and RPO, the cheapest first, whether they hold or not.",
            ),
            ("runs", runs, "How many."),
            ("points", list(point()), "Each combination of the knobs' values, the last knob turning first."),
        ],
    )
}

fn point() -> Value {
    let setting =
        closed(&[("path", text(), "A knob."), ("value", text(), "Its value, as `--set` takes it.")]);
    let fate = json!({ "enum": ["Holds", "Fails", "Behind", "Open"] });
    closed(&[
        ("settings", list(setting), "The value of each knob."),
        (
            "monthly_usd",
            nullable("number"),
            "The mean bill of the first eight seeds; null before they are over.",
        ),
        (
            "unpriced",
            list(text()),
            "Instance types and database classes of which no price is known: the bill leaves them out, so that it looks cheap.",
        ),
        ("runs", count(), "Its runs."),
        ("breaches", count(), "Those in which an objective was breached or could not be judged."),
        (
            "fate",
            fate,
            "Holds: all seeds show it. Fails: they cannot any more. Behind: given up for one that is preferred. Open: interrupted.",
        ),
        (
            "rto_p95_s",
            nullable("number"),
            "Of 95 % of its runs no RTO that is asked for is worse; null if not all seeds were run, if it is censored, or none is \
             asked for.",
        ),
        ("rpo_p95_s", nullable("number"), "The same of recovery points."),
    ])
}
