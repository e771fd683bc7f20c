//! What pages stand in: their head, and who made them.

use crate::POLICY;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page as a text of HTML, made by that version of the program, with a style of its own beside that of all; `notes` come
/// before who made it, and `after` comes last.
pub(crate) fn page(
    (title, version): (&str, &str),
    style: &str,
    body: &Markup,
    notes: &Markup,
    after: &Markup,
) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "cloudsim " (version) };
                title { (title) " · cloudsim" }
                style { (PreEscaped(include_str!("style.css"))) (PreEscaped(style)) }
            }
            body {
                main { (body) }
                footer {
                    (notes)
                    p {
                        "Made by cloudsim " (version) ". A simulation: what is not modelled stands in "
                        code { "docs/not-modelled.md" } " of its source."
                    }
                }
                (after)
            }
        }
    };
    page.into_string()
}

/// A page of many runs.
pub(crate) fn page_of_many(title: &str, version: &str, body: &Markup) -> String {
    let none = Markup::default();
    page((title, version), include_str!("many.css"), body, &none, &none)
}
