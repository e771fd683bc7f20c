//! What the commands that ask a world print with `-o json`, as JSON Schema: key by key as `path` and `get` write it.

use cloudsim::{Content, KINDS, Kind};
use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_measures::json_schema::{Field, closed, count, document, list, nullable, number, text};
use serde_json::{Map, Value, json};

/// An answer: what it was asked of, then these fields.
fn answer(kind: &str, command: &str, name: &str, fields: &[Field<'_>]) -> Value {
    let mut all = vec![
        ("kind", json!({ "const": kind }), "What the document is."),
        (
            "schema_version",
            json!({ "const": SCHEMA_VERSION }),
            "Additions raise the minor number, all else the major.",
        ),
        ("version", text(), "Of the program that made it."),
        ("scenario", text(), "The scenario's name."),
        ("seed", count(), "The seed."),
        ("overrides", list(text()), "As given on the command line, in order."),
        ("at_s", number(), "When the world was asked, in seconds since the start."),
    ];
    all.extend_from_slice(fields);
    document(name, command, &all)
}

/// `path FILE FROM TO -o json`.
pub(crate) fn path() -> Value {
    let share = || json!({ "type": "number", "minimum": 0, "maximum": 1 });
    let other = closed(&[
        ("from", text(), "Where it begins."),
        ("to", text(), "Where it leads."),
        ("zone", nullable("string"), "The zone of the one that is another; null outside of the cloud."),
        ("via", nullable("string"), "The NAT gateway or VPC endpoint that it goes through."),
        ("reachable", boolean(), "Whether a connection can be made."),
        ("source_ports", share(), "The share of source ports from which one is made."),
        ("stopped_by", or_null(hop()), "What stops it, or lets it pass in part."),
    ]);
    let asked =
        closed(&[("from", text(), "The first end, as typed."), ("to", text(), "The second end, as typed.")]);
    answer(
        "Path",
        "path FILE FROM TO[:PORT] -o json",
        "path",
        &[
            ("asked", asked, "What was asked for."),
            ("from", text(), "Where it begins."),
            ("to", text(), "Where it leads."),
            ("port", port(), "To which port."),
            ("via", nullable("string"), "The NAT gateway or VPC endpoint that it goes through."),
            ("reachable", boolean(), "Whether a connection can be made."),
            ("source_ports", share(), "The share of source ports from which one is made."),
            ("stopped_by", or_null(hop()), "What stops it, or lets it pass in part."),
            ("hops", list(hop()), "What it meets there and back, up to what stops it."),
            ("others", list(other), "How others of the same names fare: one in each other zone."),
        ],
    )
}

/// `path FILE --matrix -o json`.
pub(crate) fn matrix() -> Value {
    let left_out = closed(&[
        ("name", text(), "What it is called."),
        ("why", text(), "Why it is no end of a pair, and what to look at instead."),
    ]);
    let reaches = json!({ "enum": ["All", "Some", "None", "Absent"] });
    let pair = closed(&[
        ("from", text(), "Who connects."),
        ("to", text(), "Whom to."),
        ("port", port(), "On which port; 443 stands for all of the internet and of NAT gateways."),
        (
            "reaches",
            reaches,
            "All: from all of them to all of them. Some: from or to some, or from some source ports. Absent: nothing of \
             one end is there at this time.",
        ),
        ("stopped_by", or_null(hop()), "The first thing that stops it somewhere."),
    ]);
    answer(
        "PathMatrix",
        "path FILE --matrix -o json",
        "matrix",
        &[
            ("ends", list(text()), "The ends of pairs."),
            ("left_out", list(left_out), "Names that `path` knows and that are no ends of pairs."),
            ("pairs", list(pair), "Each end to each port of each other, but not from outside to outside."),
        ],
    )
}

/// `get KIND FILE -o json`.
pub(crate) fn get() -> Value {
    let items: Vec<Value> = KINDS.iter().map(item).collect();
    let items = json!({ "type": "array", "items": { "oneOf": items } });
    answer("Get", "get KIND FILE -o json", "get", &[("items", items, "The things, kind by kind.")])
}

fn item(kind: &Kind) -> Value {
    let mut properties = Map::new();
    properties.insert("kind".to_owned(), json!({ "const": kind.plural }));
    for column in kind.columns {
        let (name, mut more) = match column.content {
            Content::Text => ("string", json!({})),
            Content::Count => ("integer", json!({ "minimum": 0 })),
            Content::Flag => ("boolean", json!({})),
            Content::Seconds => ("number", json!({})),
            Content::List => ("array", json!({ "items": text() })),
            Content::Words => ("object", json!({ "additionalProperties": text() })),
            Content::Counts => ("object", json!({ "additionalProperties": count() })),
        };
        more["type"] = if column.optional { json!([name, "null"]) } else { json!(name) };
        properties.insert(column.key.to_owned(), more);
    }
    let names: Vec<String> = properties.keys().cloned().collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

fn hop() -> Value {
    closed(&[
        ("direction", json!({ "enum": ["there", "back"] }), "Whether it is on the way there or back."),
        ("at", text(), "Where it is: something with an address, a subnet, a gateway, a border."),
        ("by", text(), "What judges there."),
        (
            "verdict",
            json!({ "enum": ["Passes", "PassesInPart", "Dropped", "Refused"] }),
            "PassesInPart: from some source ports. Dropped: the caller waits in vain. Refused: it knows at once.",
        ),
        ("why", text(), "The rule, the route or the state behind it."),
    ])
}

fn port() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": 65535 })
}

fn boolean() -> Value {
    json!({ "type": "boolean" })
}

fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}
