//! The language as JSON Schema, made from the types that files are read into, for editors and for the reference page.
//!
//! A scenario is RON; the schema describes the same tree. A kind with content is an object with one key, as in
//! `{ "Uniform": ["10s", "30s"] }` for `Uniform("10s", "30s")`.

use crate::spec::Scenario;
use crate::spec::facts::default;
use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Values by the paths of settings.
type Settings = BTreeMap<String, Value>;

/// A file: a scenario, and what is gone once its files are merged.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is described; the tree is read before there are types")]
struct File {
    /// The version of the language.
    #[schemars(extend("const" = 1))]
    version: u8,
    /// Other files, relative to this one; their lists come before its own.
    #[schemars(transform = default(json!([])))]
    include: Option<Vec<String>>,
    /// Changes to what was included, by path: `{ "databases.orders.multi_az": false }`.
    #[schemars(transform = default(json!({})))]
    set: Option<Settings>,
    /// Changes of several settings at once, by name; `--set alternatives.standby=with` makes those of `with`.
    #[schemars(transform = default(json!({})))]
    alternatives: Option<BTreeMap<String, BTreeMap<String, Settings>>>,
    #[schemars(flatten)]
    scenario: Scenario,
}

/// The schema of a scenario: draft 2020-12.
#[must_use]
pub fn scenario_schema() -> Value {
    file_schema("cloudsim scenario", "A scenario of cloudsim.", &["version", "name", "duration"])
}

/// The schema of a world: a file that scenarios include.
#[must_use]
pub fn world_schema() -> Value {
    file_schema("cloudsim world", "What scenarios of cloudsim include.", &[])
}

fn file_schema(title: &str, description: &str, required: &[&str]) -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(without_null);
    let mut schema = settings.into_generator().into_root_schema_for::<File>();
    schema.insert("title".into(), json!(title));
    schema.insert("description".into(), json!(description));
    schema.insert("required".into(), json!(required));
    schema.insert("additionalProperties".into(), json!(false));
    schema.to_value()
}

/// A field that may be left out need not be null.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [kind] = types.as_slice() {
            let kind = kind.clone();
            schema.insert("type".into(), kind);
        }
    }
    if let Some(Value::Array(kinds)) = schema.get("anyOf")
        && let [kind, null] = kinds.as_slice()
        && *null == json!({ "type": "null" })
    {
        let kind = kind.as_object().cloned().unwrap_or_default();
        schema.remove("anyOf");
        for (key, value) in kind {
            if schema.get(&key).is_none() {
                schema.insert(key, value);
            }
        }
    }
    transform_subschemas(&mut without_null, schema);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{Origin, Sources};
    use crate::files::SHIPPED;
    use crate::spec::{KINDS, MAPS, ROOT_FIELDS};
    use crate::syntax::{Node, Value as Ron, parse_document};
    use cloudsim_tidy::json_schema::violations;
    use std::collections::BTreeSet;

    /// A value of RON as the schema sees it.
    fn json(node: &Node) -> Value {
        let named = |name: &Option<String>, value: Value| match name {
            Some(name) => json!({ name: value }),
            None => value,
        };
        match &node.value {
            Ron::Word(word) => serde_json::from_str(word).unwrap_or_else(|_| json!(word)),
            Ron::Number(number) => serde_json::from_str(number).expect("a number of the shipped files"),
            Ron::Text(text) => json!(text),
            Ron::Char(c) => json!(c),
            Ron::List(items) => Value::Array(items.iter().map(json).collect()),
            Ron::Tuple(name @ Some(_), items) if items.len() == 1 => named(name, json(&items[0])),
            Ron::Tuple(name, items) => named(name, Value::Array(items.iter().map(json).collect())),
            Ron::Map(entries) => {
                entries.iter().map(|(key, value)| (key.text().unwrap_or_default(), json(value))).collect()
            }
            Ron::Struct(name, fields) => {
                named(name, fields.iter().map(|field| (field.name.as_str(), json(&field.value))).collect())
            }
        }
    }

    fn read(text: &str) -> Value {
        let mut sources = Sources::default();
        let source = sources.add("a.ron".into(), text.into(), Origin::File);
        json(&parse_document(source, text, &mut 0).expect("RON"))
    }

    #[test]
    fn every_shipped_file_fits_its_schema() {
        for (name, text) in SHIPPED {
            let schema = if name.contains('/') { world_schema() } else { scenario_schema() };
            assert_eq!(violations(&schema, &read(text)), [] as [String; 0], "{name}");
        }
    }

    #[test]
    fn what_the_language_refuses_does_not_fit() {
        let (world, scenario) = (world_schema(), scenario_schema());
        assert_eq!(violations(&world, &read("(zones: [(name: \"z\", region: \"r\")])")), [] as [String; 0]);
        for wrong in [
            "(zone: [])",
            "(zones: [(name: \"z\")])",
            "(zones: [(name: \"z\", region: 1)])",
            "(zones: [(name: \"z\", region: \"r\", colour: \"red\")])",
            "(version: 2)",
            "(clients: [(name: \"c\", tries: -1)])",
            "(clients: [(name: \"c\", latency: Normal(\"1ms\"))])",
            "(clients: [(name: \"c\", latency: Uniform(\"1ms\"))])",
            "(faults: [ZonePowerLoss(zone: \"z\")])",
            "(objectives: [Latency(service: \"s\", percentile: 100, at_most: \"1s\")])",
        ] {
            assert!(!violations(&world, &read(wrong)).is_empty(), "{wrong}");
        }
        let unfinished = read("(version: 1, name: \"n\")");
        assert_eq!(violations(&world, &unfinished), [] as [String; 0]);
        assert!(!violations(&scenario, &unfinished).is_empty(), "a scenario has a duration");
    }

    /// The names of fields that are maps, or of those that are not.
    fn fields<'a>(schema: &'a Value, maps: bool, found: &mut BTreeSet<&'a str>) {
        if let Some(fields) = schema["properties"].as_object() {
            let is_map = |of: &Value| {
                let any = of["anyOf"].as_array().into_iter().flatten();
                any.chain([of]).any(|of| of["additionalProperties"].is_object())
            };
            found.extend(fields.iter().filter(|(_, of)| is_map(of) == maps).map(|(name, _)| name.as_str()));
        }
        let parts = schema.as_array().into_iter().flatten();
        let parts = parts.chain(schema.as_object().into_iter().flat_map(|fields| fields.values()));
        parts.for_each(|part| fields(part, maps, found));
    }

    #[test]
    fn settings_know_which_fields_are_maps() {
        let schema = scenario_schema();
        let (mut maps, mut others) = (BTreeSet::new(), BTreeSet::new());
        fields(&schema, true, &mut maps);
        fields(&schema, false, &mut others);
        maps.remove("alternatives");
        assert_eq!(maps.into_iter().collect::<Vec<_>>(), MAPS);
        assert!(MAPS.iter().all(|name| !others.contains(name)), "a name is a map everywhere or nowhere");
    }

    #[test]
    fn the_schema_has_the_fields_that_the_reader_knows() {
        let schema = scenario_schema();
        let mut described: Vec<&String> = schema["properties"].as_object().expect("fields").keys().collect();
        let mut known: Vec<&str> = ROOT_FIELDS.iter().chain(KINDS).copied().collect();
        described.sort();
        known.sort_unstable();
        assert_eq!(described, known);
    }
}
