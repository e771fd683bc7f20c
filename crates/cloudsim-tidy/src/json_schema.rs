//! Whether a JSON value fits a schema, as far as the schemas of this workspace go: a whole validator takes minutes to build.
//!
//! A keyword that is not known here is a panic, so that no part of a schema is passed over in silence.

use serde_json::Value;

/// Keywords that say something to people or editors and refuse nothing.
const NOTES: &[&str] = &["$schema", "$defs", "$id", "title", "description", "default", "examples", "format"];

/// Where and how a value does not fit.
///
/// # Panics
/// If the schema has a keyword that is not known here.
#[must_use]
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Check { root: schema, found: &mut found }.check(schema, value, "");
    found
}

struct Check<'a> {
    root: &'a Value,
    found: &'a mut Vec<String>,
}

impl Check<'_> {
    fn check(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(keywords) = schema.as_object() else {
            assert!(schema == &Value::Bool(true), "not a schema: {schema}");
            return;
        };
        for (keyword, wanted) in keywords {
            let fits = match keyword.as_str() {
                "$ref" => {
                    let way =
                        wanted.as_str().and_then(|way| way.strip_prefix('#')).expect("references are local");
                    let target = self.root.pointer(way).unwrap_or_else(|| panic!("{way} leads nowhere"));
                    self.check(target, value, at);
                    true
                }
                "type" => match wanted {
                    Value::Array(types) => types.iter().any(|kind| is_a(value, kind)),
                    kind => is_a(value, kind),
                },
                "const" => value == wanted,
                "enum" => wanted.as_array().is_some_and(|all| all.contains(value)),
                "oneOf" => self.fitting(wanted, value) == 1,
                "anyOf" => self.fitting(wanted, value) > 0,
                "required" => {
                    let names = wanted.as_array().into_iter().flatten().filter_map(Value::as_str);
                    value
                        .as_object()
                        .is_none_or(|fields| names.into_iter().all(|name| fields.contains_key(name)))
                }
                "properties" => {
                    for (name, field) in value.as_object().into_iter().flatten() {
                        if let Some(schema) = wanted.get(name) {
                            self.check(schema, field, &format!("{at}/{name}"));
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = &schema["properties"];
                    for (name, field) in value.as_object().into_iter().flatten() {
                        let path = format!("{at}/{name}");
                        if known.get(name).is_some() {
                        } else if wanted == &Value::Bool(false) {
                            self.found.push(format!("{path}: unknown"));
                        } else {
                            self.check(wanted, field, &path);
                        }
                    }
                    true
                }
                "items" => {
                    let skipped = schema["prefixItems"].as_array().map_or(0, Vec::len);
                    let items = value.as_array().into_iter().flatten().enumerate().skip(skipped);
                    for (index, item) in items {
                        self.check(wanted, item, &format!("{at}/{index}"));
                    }
                    true
                }
                "prefixItems" => {
                    let pairs =
                        value.as_array().into_iter().flatten().zip(wanted.as_array().into_iter().flatten());
                    for (index, (item, schema)) in pairs.enumerate() {
                        self.check(schema, item, &format!("{at}/{index}"));
                    }
                    true
                }
                "minItems" => {
                    value.as_array().is_none_or(|all| all.len() as u64 >= wanted.as_u64().unwrap_or(0))
                }
                "maxItems" => {
                    value.as_array().is_none_or(|all| all.len() as u64 <= wanted.as_u64().unwrap_or(u64::MAX))
                }
                "minimum" => compare(value, wanted).is_none_or(std::cmp::Ordering::is_ge),
                "maximum" => compare(value, wanted).is_none_or(std::cmp::Ordering::is_le),
                "exclusiveMinimum" => compare(value, wanted).is_none_or(std::cmp::Ordering::is_gt),
                "exclusiveMaximum" => compare(value, wanted).is_none_or(std::cmp::Ordering::is_lt),
                note if NOTES.contains(&note) || note.starts_with("x-") => true,
                other => panic!("no check of the keyword `{other}`"),
            };
            if !fits {
                self.found.push(format!("{at}: {value} does not fit {keyword} {wanted}"));
            }
        }
    }

    /// How many of several schemas a value fits.
    fn fitting(&self, schemas: &Value, value: &Value) -> usize {
        let fits = |schema: &&Value| {
            let mut found = Vec::new();
            Check { root: self.root, found: &mut found }.check(schema, value, "");
            found.is_empty()
        };
        schemas.as_array().into_iter().flatten().filter(fits).count()
    }
}

fn is_a(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_u64() || value.is_i64(),
        _ => panic!("no check of the type {kind}"),
    }
}

/// How two numbers compare; `None` if one is none.
fn compare(value: &Value, other: &Value) -> Option<std::cmp::Ordering> {
    value.as_f64()?.partial_cmp(&other.as_f64()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let schema = json!({
            "type": "object", "required": ["a"], "additionalProperties": false,
            "properties": { "a": { "type": "array", "items": { "$ref": "#/$defs/n" } } },
            "$defs": { "n": { "oneOf": [{ "type": "integer", "minimum": 1 }, { "const": "x" }] } },
        });
        assert_eq!(violations(&schema, &json!({ "a": [1, "x"] })), [] as [String; 0]);
        for (wrong, place) in [
            (json!([]), ": [] does not fit type"),
            (json!({}), ": {} does not fit required"),
            (json!({ "a": [0] }), "/a/0: 0 does not fit oneOf"),
            (json!({ "a": [], "b": 1 }), "/b: unknown"),
        ] {
            let found = violations(&schema, &wrong);
            assert!(found.iter().any(|text| text.contains(place)), "{wrong}: {found:?}");
        }
    }
}
