//! `get`: what stands in a world at a time.

use super::world::{answer_of, world_at};
use crate::args::{GetArgs, GetOutput};
use crate::output::quoted;
use crate::runner::RunError;
use crate::tables::{self, Found, View};
use crate::{Exit, output};
use cloudsim::{Cell, KINDS, Kind, Paused, Shown};
use cloudsim_measures::to_yaml;
use cloudsim_scenario::nearest;
use serde_json::{Value, json};

/// What was asked for: all of a kind, or those of a name.
type Wanted = (&'static Kind, Option<String>);

pub(crate) async fn get(args: GetArgs) -> Result<Exit, RunError> {
    let Some(wanted) = wanted(&args.what) else { return Ok(Exit::Invalid) };
    let paused = match world_at(&args.file, &args.changes, args.at).await? {
        Ok(paused) => paused,
        Err(exit) => return Ok(exit),
    };
    let Some(found) = find(&paused, &wanted) else { return Ok(Exit::Invalid) };
    let labels = args.label_columns.as_slice();
    let text = match args.output {
        GetOutput::Text => tables::text(&found, View { shown: Shown::Always, labels }),
        GetOutput::Wide => tables::text(&found, View { shown: Shown::Wide, labels }),
        GetOutput::Name => tables::names(&found),
        GetOutput::Json => {
            let json = serde_json::to_string_pretty(&document(&paused, &found)).expect("a tree is JSON");
            tables::escaped(&json) + "\n"
        }
        GetOutput::Yaml => tables::escaped(&to_yaml(&document(&paused, &found))),
    };
    output::data(&text)?;
    if found.iter().any(|found| found.kind.kubectl.is_some()) {
        for (cluster, since) in paused.silent_clusters() {
            let since = cloudsim_measures::instant(since);
            output::talk(&format!(
                "the API of {} is silent since {since}: kubectl would get no answer, and this is what it had",
                quoted(cluster)
            ));
        }
    }
    if found.iter().all(|found| found.table.rows.is_empty()) {
        output::talk("nothing of that kind is there");
    }
    Ok(Exit::Fine)
}

/// Reads `KIND[/NAME],…`; says what is wrong with it.
fn wanted(what: &str) -> Option<Vec<Wanted>> {
    let mut wanted = Vec::new();
    for part in what.split(',') {
        if part.eq_ignore_ascii_case("all") {
            // All that stands there; what things cost does not.
            let standing = KINDS.iter().filter(|kind| kind.plural != "prices");
            wanted.extend(standing.map(|kind| (kind, None)));
            continue;
        }
        let (word, name) = match part.split_once('/') {
            Some((word, name)) => (word, Some(name.to_owned())),
            None => (part, None),
        };
        let Some(kind) = Kind::of(word) else {
            output::error(&format!("no kind {}", quoted(word)));
            if let Some(kind) = nearest(word, KINDS.iter().flat_map(Kind::names)) {
                output::talk(&format!("hint: did you mean `{kind}`?"));
            }
            let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.plural).collect();
            output::talk(&format!("kinds are {}, or all", kinds.join(", ")));
            return None;
        };
        wanted.push((kind, name));
    }
    Some(wanted)
}

/// Finds everything that was asked for; says what is not there.
fn find(paused: &Paused, wanted: &[Wanted]) -> Option<Vec<Found>> {
    let mut all = Vec::new();
    for (kind, name) in wanted {
        let mut table = paused.table(kind);
        if let Some(name) = name {
            let names: Vec<String> = table.rows.iter().filter_map(|row| text_of(&row[0])).collect();
            if !names.contains(name) {
                output::error(&format!("no {} {} at {}", kind.singular, quoted(name), at(paused)));
                if let Some(name) = nearest(name, names.iter().map(String::as_str)) {
                    output::talk(&format!("hint: did you mean {}?", quoted(name)));
                }
                return None;
            }
            table.rows.retain(|row| text_of(&row[0]).as_ref() == Some(name));
        }
        all.push(Found { kind, table });
    }
    Some(all)
}

fn text_of(cell: &Cell) -> Option<String> {
    if let Cell::Text(text) = cell { Some(text.clone()) } else { None }
}

fn at(paused: &Paused) -> String {
    cloudsim_measures::instant(paused.now())
}

fn document(paused: &Paused, found: &[Found]) -> Value {
    answer_of(paused.plan(), paused.now(), "Get", json!({ "items": tables::items(found) }))
}
