//! The file of a plan as JSON Schema, key by key as [`SweepPlan::to_json`](super::SweepPlan::to_json) and
//! [`Manifest`](crate::Manifest) write it.

use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_measures::json_schema::{closed, count, document, list, nullable, text};
use serde_json::{Value, json};

/// The schema of what `sweep plan` writes: draft 2020-12.
#[must_use]
pub fn plan_schema() -> Value {
    let seeds =
        || closed(&[("from", count(), "The first."), ("until", count(), "That before which they end.")]);
    let shard = closed(&[
        ("shard", count(), "Which one, counted from 0."),
        ("seeds", seeds(), "Its seeds; each is run at every point."),
    ]);
    let file = closed(&[("name", text(), "As its reader calls it."), ("text", text(), "All of it.")]);
    let version = (
        "schema_version",
        json!({ "const": SCHEMA_VERSION }),
        "Additions raise the minor number, all else the major.",
    );
    let factor = closed(&[
        ("path", text(), "The setting, as `--set` names it."),
        ("values", list(text()), "Those that it takes."),
    ]);
    let request = closed(&[
        ("file", text(), "The scenario, as it was asked for."),
        ("set", list(text()), "`--set`."),
        ("fault", list(text()), "`--fault`."),
        ("do", list(text()), "`--do`."),
        ("allow_large", json!({ "type": "boolean" }), "`--allow-large`."),
    ]);
    let sweep = closed(&[
        ("kind", json!({ "const": "SweepFolder" }), "What it is."),
        version.clone(),
        ("version", text(), "Of the program that made it, which alone runs it."),
        ("scenario", text(), "The scenario's name."),
        ("overrides", list(text()), "As given on the command line, in order; of all runs."),
        ("seeds", seeds(), "All of them."),
        ("until", nullable("string"), "How far each run goes, if not to its end."),
        ("factors", list(factor), "The settings that are varied."),
        ("plans", text(), "The hash of what is run at each point."),
        ("request", request, "What was asked for."),
    ]);
    document(
        "sweep plan",
        "sweep plan",
        &[
            ("kind", json!({ "const": "SweepPlan" }), "What the document is."),
            version,
            ("hash", text(), "Of all that follows."),
            ("sweep", sweep, "What is swept."),
            ("shards", list(shard), "In which shards."),
            ("files", list(file), "The files of the scenario, each after those that it includes."),
        ],
    )
}
