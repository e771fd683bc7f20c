//! `explain`: what a problem's code means, or a field of the language.

use crate::args::ExplainArgs;
use crate::output::quoted;
use crate::runner::RunError;
use crate::{Exit, output};
use cloudsim_scenario::{FieldPage, explain as rule_of, field, page, rules};
use std::fmt::Write as _;

pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit, RunError> {
    let what = args.what.as_str();
    if let Some(rule) = rule_of(what).or_else(|| cloudsim_import::explain(what)) {
        output::data(&format!("{}: {}\n\n{}", rule.code, rule.title, page(rule)))?;
        return Ok(Exit::Fine);
    }
    if let Some(number) = number_of(what) {
        output::error(&format!("no rule has the code {}", quoted(what)));
        let codes = |start: &str| -> Vec<&str> {
            rules()
                .chain(cloudsim_import::rules())
                .map(|rule| rule.code)
                .filter(|code| code.starts_with(start))
                .collect()
        };
        // Of the same hundred, if it has any.
        let hundred = format!("CS{number:0>4}");
        let near = codes(hundred.get(..4).unwrap_or_default());
        let known = if near.is_empty() || hundred.len() != 6 { codes("") } else { near };
        output::talk(&format!("hint: codes are {}", known.join(", ")));
        return Ok(Exit::Invalid);
    }
    match field(what) {
        Ok(page) => {
            output::data(&words(&page))?;
            Ok(Exit::Fine)
        }
        Err(hint) => {
            output::error(&format!("the language has no field {}", quoted(what)));
            output::talk(&format!("hint: {hint}"));
            Ok(Exit::Invalid)
        }
    }
}

/// The number in a word that looks like the code of a rule, with or without its letters.
fn number_of(word: &str) -> Option<&str> {
    let start = word.get(..2).filter(|start| start.eq_ignore_ascii_case("cs"));
    let number = start.map_or(word, |_| &word[2..]);
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

/// A field as people read it.
fn words(page: &FieldPage) -> String {
    let mut text = format!("{}\n\n{}\n\n", page.path, page.meaning);
    let source = page.source.as_deref().map(|source| match source {
        "assumed" => "assumed; the constant says why that value".to_owned(),
        fact => format!("{fact} in docs/sources.md"),
    });
    let default =
        if page.required { Some("none, it must be given".to_owned()) } else { page.default.clone() };
    let rows = [
        ("value", page.form.clone().or_else(|| Some(page.value.clone()))),
        ("default", default),
        ("limits", page.range.clone()),
        ("source", source),
    ];
    for (name, value) in rows {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let _ = writeln!(text, "{name:<9}{value}");
        }
    }
    text
}
