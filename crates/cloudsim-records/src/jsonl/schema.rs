//! What lines look like, as a JSON Schema: made from the declarations of records.

use super::SCHEMA_VERSION;
use crate::Record;
use crate::field::{Field, Object, closed};
use cloudsim_units::SimTime;
use serde_json::{Value, json};

/// The JSON Schema of a line.
#[must_use]
pub fn schema() -> Value {
    let kinds: Vec<Value> =
        Record::described().into_iter().map(|(kind, about, own)| of_kind(kind, &about, own)).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A record of a run, as a line of JSON",
        "description": format!(
            "A line of `run --records FILE.jsonl`, version {SCHEMA_VERSION}. Kinds and keys are only added within a major version."
        ),
        "oneOf": kinds,
    })
}

fn of_kind(kind: &str, about: &str, own: Object) -> Value {
    let mut fields = Object::new();
    if kind == "RunStarted" {
        let version =
            "The version of the lines; the major one changes when a reader of the old ones would be misled.";
        String::describe("schema_version", version, &mut fields);
        String::describe("version", "The version of the program.", &mut fields);
        String::describe("command", "The command that makes the run again.", &mut fields);
    }
    SimTime::describe("at", "When it happened.", &mut fields);
    u64::describe("number", "Its number in the run, counted from 0.", &mut fields);
    fields.insert("kind".into(), json!({ "const": kind }));
    fields.extend(own);
    let mut schema = closed(fields);
    schema["title"] = kind.into();
    schema["description"] = about.into();
    schema
}
