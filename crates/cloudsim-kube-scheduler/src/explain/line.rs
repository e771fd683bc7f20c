//! A line of JSON, and what is wrong with it in words.

use crate::config::did_you_mean;
use crate::objects::Malformed;
use serde::Deserialize;

/// Reads a line that is to be one object, and says which field of it is wrong. `what` it is stands in its problems.
pub(super) fn read<T: for<'de> Deserialize<'de>>(line: &str, what: &str) -> Result<T, Malformed> {
    let line = unmarked(line);
    if let Some(other) = other_than_object(line) {
        return Err(Malformed::new("", format!("{what} is one object, {{…}}, and this line is {other}")));
    }
    let mut reader = serde_json::Deserializer::from_str(line);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = with_twin(&error.path().to_string(), &error.inner().to_string());
        Malformed::new(field_of(&path), problem_of(error.inner()))
    })?;
    reader.end().map_err(|error| Malformed::new("", problem_of(&error)))?;
    Ok(read)
}

/// A line without the mark that Windows puts before a text of UTF-8.
pub(super) fn unmarked(line: &str) -> &str {
    line.strip_prefix('\u{feff}').unwrap_or(line)
}

/// What a line of JSON is, if it is no object.
fn other_than_object(line: &str) -> Option<&'static str> {
    Some(match line.trim_start().as_bytes().first()? {
        b'[' => "a list",
        b'"' => "a text",
        b'-' | b'0'..=b'9' => "a number",
        _ => match serde_json::from_str(line).ok()? {
            Some(true) => "true",
            Some(false) => "false",
            None => "null",
        },
    })
}

/// The path of a problem: a field that is written twice is a problem of the object that it is in, whose path it joins.
fn with_twin(path: &str, said: &str) -> String {
    let name = said.strip_prefix("duplicate field `").and_then(|rest| rest.split('`').next());
    match name {
        Some(name) if path.is_empty() || path == "." => name.to_owned(),
        Some(name) => format!("{}.{name}", path.trim_end_matches('.')),
        None => path.to_owned(),
    }
}

/// A path as far as it names fields, and not without end.
fn field_of(path: &str) -> String {
    const CHARS_MAX: usize = 200;
    let path = path.strip_suffix('?').unwrap_or(path).trim_end_matches('.');
    shortened(path, CHARS_MAX)
}

fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What the reader says of objects that lie in each other without end.
const TOO_DEEP: &str = "recursion limit exceeded";

/// What a reader of one line says, without the number of the line, which is always 1.
fn problem_of(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let (problem, column) = match said.strip_suffix(&place) {
        // A text that ends too early does so nowhere.
        Some(problem) if error.column() == 0 => (problem, String::new()),
        Some(problem) => (problem, format!(" (column {})", error.column())),
        None => (said.as_str(), String::new()),
    };
    let no_json = if error.is_data() || problem == TOO_DEEP { "" } else { "this is no JSON: " };
    format!("{no_json}{}{column}", in_words(problem))
}

/// What the reader says of types, in the words of people.
fn in_words(said: &str) -> String {
    if let Some((name, known)) =
        said.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, expected "))
    {
        // Names stand between backticks.
        return format!("there is no such field{}", did_you_mean(name, known.split('`').skip(1).step_by(2)));
    }
    if let Some(name) = said.strip_prefix("duplicate field ") {
        return format!("{name} is written twice");
    }
    let of_type = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "));
    match of_type.and_then(|rest| rest.rsplit_once(", expected ")) {
        // The reader takes a number with a fraction for an object.
        Some((_, "Quantity")) => "this is to be a quantity in quotes, such as \"500m\"".to_owned(),
        Some((found, expected)) => format!("this is to be {}, not {}", wanted(expected), written(found)),
        None => said.to_owned(),
    }
}

fn wanted(expected: &str) -> String {
    match expected {
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "a string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "i32" => "a whole number of 32 bits".to_owned(),
        "i64" | "u64" => "a whole number of 64 bits".to_owned(),
        "IntOrString" => "a whole number or a text".to_owned(),
        // The readers of the API's objects say their kinds.
        kind if kind.starts_with(|c: char| c.is_ascii_uppercase()) => format!("an object ({kind})"),
        other => other.to_owned(),
    }
}

fn written(found: &str) -> String {
    const CHARS_MAX: usize = 60;
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "an object".to_owned(),
        _ => {
            let kinds = ["boolean ", "integer ", "floating point ", "string "];
            let value = kinds.iter().find_map(|kind| found.strip_prefix(kind)).unwrap_or(found);
            shortened(value, CHARS_MAX)
        }
    }
}
