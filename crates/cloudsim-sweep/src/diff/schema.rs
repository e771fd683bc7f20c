//! The JSON document of a comparison as JSON Schema, key by key as `json` writes it: closed, so that a new key is a new line
//! here.

use crate::schema::{probability, share};
use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_measures::json_schema::{closed, count, document, list, nullable, number, text};
use serde_json::{Value, json};

/// The schema of `diff -o json`: draft 2020-12. Times are in seconds, money is in US dollars.
#[must_use]
pub fn diff_schema() -> Value {
    let seeds = closed(&[
        ("from", count(), "The first."),
        ("until", count(), "That before which it was to end."),
        ("measured", count(), "How many were measured, from the first on, each in both."),
    ]);
    let side = closed(&[
        ("scenario", text(), "The scenario's name."),
        ("overrides", list(text()), "As given on the command line, in order."),
        ("reached_s", number(), "How far each run came."),
    ]);
    let setting = closed(&[
        ("path", text(), "Which, as `--set` names it."),
        ("a", nullable("string"), "Its value in A, as RON; null if it has none."),
        ("b", nullable("string"), "Its value in B; null if it has none."),
    ]);
    let run = closed(&[
        ("seed", count(), "Its seed."),
        ("a", text(), "The digest of A's records: that of `run --seed`."),
        ("b", text(), "That of B's."),
    ]);
    document(
        "diff",
        "diff -o json",
        &[
            ("kind", json!({ "const": "Diff" }), "What the document is."),
            (
                "schema_version",
                json!({ "const": SCHEMA_VERSION }),
                "Additions raise the minor number, all else the major.",
            ),
            ("version", text(), "Of the program that made it."),
            ("a", side.clone(), "What is compared with."),
            ("b", side, "What is compared."),
            ("seeds", seeds, "Which seeds."),
            ("interrupted", json!({ "type": "boolean" }), "Whether someone stopped it before."),
            ("confidence", number(), "The level of each interval, each for its own figure."),
            (
                "differs",
                json!({ "type": "boolean" }),
                "Whether anything that was measured differs in any pair.",
            ),
            ("settings", list(setting), "The settings that differ."),
            ("objectives", list(objective()), "Those of A, then those that only B has."),
            ("services", list(service()), "Services and workloads of A, then those that only B has."),
            ("cost", comparison(), "The bill of a month."),
            ("runs", list(run), "In the order of their seeds."),
        ],
    )
}

pub(crate) fn or_null(value: Value) -> Value {
    json!({ "anyOf": [value, { "type": "null" }] })
}

fn objective() -> Value {
    let side = closed(&[("name", text(), "Its name."), ("target", number(), "The limit.")]);
    closed(&[
        (
            "kind",
            json!({ "enum": ["Rto", "Rpo", "Availability", "Latency", "MonthlyCost"] }),
            "What is measured. Of an availability less is worse, of all others more.",
        ),
        ("subject", text(), "The service or database; `bill` for a cost."),
        ("measure", text(), "What is measured, for eyes: `RTO`, `p99.9`."),
        ("a", or_null(side.clone()), "As A has it; null if only B does."),
        ("b", or_null(side), "As B has it; null if only A does."),
        ("difference", or_null(comparison()), "Of what was measured; null if only one has it."),
        ("breaches", or_null(breaches()), "Of the limits; null if only one has it."),
    ])
}

/// In which runs limits do not hold.
pub(crate) fn breaches() -> Value {
    closed(&[
        ("verdict", verdict(), "Of B, by the exact test of McNemar at 5 %."),
        ("a", share(), "In how many runs of A the limit does not hold."),
        ("b", share(), "In how many of B."),
        ("a_alone", count(), "In how many seeds it does not hold in A alone."),
        ("b_alone", count(), "In how many in B alone."),
        ("p", probability(), "How probable a split at least so uneven of those is by luck."),
    ])
}

fn service() -> Value {
    let both = closed(&[
        ("a", nullable("integer"), "In A, over all runs; null if it has no such service."),
        ("b", nullable("integer"), "In B."),
    ]);
    closed(&[
        ("name", text(), "Its name."),
        ("outages", both.clone(), "How often it was degraded."),
        ("not_restored", both, "In how many runs it was to the end."),
        ("availability", or_null(comparison()), "Its availability; null if only one has it."),
    ])
}

pub(crate) fn comparison() -> Value {
    let medians = closed(&[
        ("a", nullable("number"), "Of A by itself; null if it is censored, or there are no runs."),
        ("b", nullable("number"), "Of B by itself."),
    ]);
    let seeds = closed(&[
        ("better", count(), "In which B is better."),
        ("worse", count(), "In which B is worse; so it is where only A was restored."),
        ("equal", count(), "In which both measured the same."),
        ("unknown", count(), "In which both are censored."),
        ("unmeasured", count(), "Left out, because there was nothing to judge by in one of them."),
    ]);
    let better = closed(&[
        (
            "low",
            probability(),
            "Of seeds in which they differ, how likely B is better, by Clopper and Pearson: the lower end.",
        ),
        ("high", probability(), "The upper end; null if they differ in none."),
        (
            "p",
            probability(),
            "How probable a split at least so uneven is by luck: the exact sign test, two-sided.",
        ),
    ]);
    let censored = closed(&[
        ("a", count(), "In A alone."),
        ("b", count(), "In B alone."),
        ("both", count(), "In both."),
    ]);
    closed(&[
        ("verdict", verdict(), "Of B, by the sign test at 5 %."),
        ("p50", medians, "Half of the runs are no worse."),
        (
            "median",
            nullable("number"),
            "Of B minus A, seed by seed; null without seeds, or if it is censored. Censored pairs are beyond all others.",
        ),
        (
            "low",
            nullable("number"),
            "The lower end of its interval, by order statistics; null if it is censored, or there are too few seeds.",
        ),
        ("high", nullable("number"), "The upper end."),
        ("mean", nullable("number"), "Of B minus A; null if any pair is censored."),
        ("seeds", seeds, "In how many which is better."),
        ("better", better, "How sure that is."),
        (
            "censored",
            censored,
            "Seeds with a run that was not restored, had no recovery point or no good answer.",
        ),
        ("widest", nullable("integer"), "The seed in which they differ most; null if they differ in none."),
    ])
}

fn verdict() -> Value {
    json!({ "enum": ["Better", "Worse", "NotShown", "Same"] })
}
