//! Parts of JSON Schemas, draft 2020-12: objects are closed, so that a new key in a document is a new line in its schema.

use serde_json::{Map, Value, json};

/// A key of an object, the schema of its value, and what it means.
pub type Field<'a> = (&'a str, Value, &'a str);

/// The schema of what a command prints.
#[must_use]
pub fn document(kind: &str, command: &str, fields: &[Field<'_>]) -> Value {
    let mut whole = Map::new();
    whole.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    whole.insert("title".to_owned(), json!(format!("cloudsim {kind}")));
    whole.insert("description".to_owned(), json!(format!("What `cloudsim {command}` prints.")));
    if let Value::Object(mut schema) = closed(fields) {
        whole.append(&mut schema);
    }
    Value::Object(whole)
}

/// An object with these keys and no others; all are there, even if null.
#[must_use]
pub fn closed(fields: &[Field<'_>]) -> Value {
    let mut properties = Map::new();
    for (name, value, what) in fields {
        let mut value = value.clone();
        value["description"] = json!(what);
        properties.insert((*name).to_owned(), value);
    }
    let names: Vec<&str> = fields.iter().map(|(name, ..)| *name).collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

/// An array of these.
#[must_use]
pub fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// A text.
#[must_use]
pub fn text() -> Value {
    json!({ "type": "string" })
}

/// How many there are.
#[must_use]
pub fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// A number, whole or not.
#[must_use]
pub fn number() -> Value {
    json!({ "type": "number" })
}

/// A value of a basic type, or null.
#[must_use]
pub fn nullable(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}
