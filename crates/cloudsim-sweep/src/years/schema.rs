//! The JSON document of years as JSON Schema, key by key as `json` writes it: closed, so that a new key is a new line here.

use crate::schema::share;
use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_measures::json_schema::{closed, count, document, list, nullable, number, text};
use serde_json::{Value, json};

/// The schema of `years -o json`: draft 2020-12. Times are in seconds.
#[must_use]
pub fn years_schema() -> Value {
    let class = closed(&[
        ("what", text(), "Kind and target of a fault, as `--fault` has them."),
        ("things", count(), "How many things that is."),
        ("per_year", number(), "How often a year each of them fails while it is up."),
        ("lasts", text(), "For how long."),
    ]);
    let episodes = closed(&[
        ("per_year", number(), "How often a year something fails while all is well."),
        ("years", count(), "So many years were put together."),
        ("in_years", count(), "The episodes of them."),
        ("runs", count(), "The episodes that were run."),
        ("went_on", count(), "Of those, how many went on because a service was not yet as it was before."),
        ("unsettled", count(), "Of those, how many left a service other than it was before even so."),
        ("failures", count(), "The failures of all of them."),
        (
            "missed",
            count(),
            "Of those, how many met nobody: a member of a group that had been replaced, or was dark with its zone.",
        ),
    ]);
    let worst = closed(&[
        ("service", text(), "Which service."),
        ("lost_s", number(), "How long it was lost."),
        ("seed", count(), "The seed of the run."),
        ("duration_s", number(), "How long the run was."),
        ("faults", list(text()), "What failed, as `--fault` takes it."),
    ]);
    document(
        "years",
        "years -o json",
        &[
            ("kind", json!({ "const": "Years" }), "What the document is."),
            (
                "schema_version",
                json!({ "const": SCHEMA_VERSION }),
                "Additions raise the minor number, all else the major.",
            ),
            ("version", text(), "Of the program that made it."),
            ("scenario", text(), "The scenario's name."),
            ("overrides", list(text()), "As given on the command line, in order."),
            ("seed", count(), "Of the luck of episodes and years."),
            ("confidence", number(), "Of every interval."),
            ("settle_s", number(), "So long after the last repair all is taken to be well."),
            ("failures", list(class), "What fails, and how often."),
            (
                "episodes",
                episodes,
                "From the first failure while all is well to the instant at which all is well again.",
            ),
            ("services", list(service()), "Those that users see, then workloads."),
            ("worst", list(worst), "The runs that cost a service most."),
        ],
    )
}

fn service() -> Value {
    let cause = closed(&[
        (
            "kind",
            json!({ "enum": ["Alone", "Several", "Steady"] }),
            "Alone: one class fails. Several: failures overlap. Steady: lost while all is well.",
        ),
        ("what", nullable("string"), "The class; null unless `Alone`."),
        ("lost_s", number(), "What of a year it costs."),
        ("share", nullable("number"), "Of all that is lost; null if nothing is."),
        (
            "hit",
            share(),
            "The runs of it in which anything was lost; the interval says how often it may go unseen.",
        ),
        (
            "all_lost_at_a_third_s",
            nullable("number"),
            "What would be lost of a year in all if the class failed a third as often; null unless `Alone`, and where \
             the runs know too little of such rates.",
        ),
        ("all_lost_at_thrice_s", nullable("number"), "The same if it failed three times as often."),
        (
            "all_lost_a_third_as_long_s",
            nullable("number"),
            "The same if its failures lasted a third as long; null without `--sensitivity`.",
        ),
        ("all_lost_thrice_as_long_s", nullable("number"), "The same if they lasted three times as long."),
    ]);
    let pair = closed(&[
        ("what", list(text()), "The classes of the first two failures, in the order of `failures`."),
        ("lost_s", number(), "What of a year they cost."),
        ("share", nullable("number"), "Of all that is lost."),
        (
            "hit",
            share(),
            "The runs of it in which anything was lost; they are weighted, so that there is no interval.",
        ),
    ]);
    let year = closed(&[
        ("p50", number(), "Half of the years lose no more."),
        ("p95", number(), "95 of 100."),
        ("p99", number(), "99 of 100."),
        ("max", number(), "The worst of them."),
    ]);
    let mut budget = closed(&[
        ("availability", number(), "What the strictest objective asks for."),
        ("seconds", number(), "What that leaves of a year."),
        ("used", nullable("number"), "The share of it that is lost in the mean; null if it leaves nothing."),
        ("broken", share(), "The years that lose more."),
    ]);
    budget["type"] = json!(["object", "null"]);
    closed(&[
        ("name", text(), "Which service."),
        (
            "availability",
            number(),
            "The share of a year that is not lost, in the mean; a year in part lost counts in part.",
        ),
        ("availability_low", number(), "The lower end of its interval."),
        ("availability_high", number(), "The upper end."),
        (
            "nines",
            nullable("number"),
            "Minus the decimal logarithm of what is lost of a year; null if nothing is.",
        ),
        ("lost_s", number(), "What of a year is lost in the mean."),
        ("lost_low_s", number(), "The lower end of its interval."),
        ("lost_high_s", number(), "The upper end."),
        ("causes", list(cause), "Why, what costs most first."),
        ("several", list(pair), "Of the cause `Several`, which two; what costs most is first."),
        ("year_lost_s", year, "What single years lose."),
        ("budget", budget, "What an objective leaves; null without one."),
    ])
}
