//! What happened, in order of time.

use crate::{more, section, table};
use cloudsim_measures::{RunDocument, words};
use maud::{Markup, html};

const ENTRIES_MAX: usize = 400;

pub(crate) fn view(run: &RunDocument) -> Markup {
    let entries = run.timeline.iter().take(ENTRIES_MAX);
    let body = html! {
        (table(&["at", "what", "what happened", "more of it"], entries.map(|entry| html! {
            tr {
                td.number { (words::instant(entry.at)) }
                th scope="row" { (entry.subject) }
                td { (entry.what) }
                td { (entry.detail) }
            }
        })))
        (more(ENTRIES_MAX, run.timeline.len(), "change"))
    };
    section("timeline", "What happened when", &body)
}
