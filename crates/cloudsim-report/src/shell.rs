//! What pages of many runs stand in.

use crate::POLICY;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page as a text of HTML, made by that version of the program.
pub(crate) fn page(title: &str, version: &str, body: &Markup) -> String {
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
                style { (PreEscaped(include_str!("style.css"))) (PreEscaped(include_str!("many.css"))) }
            }
            body {
                main { (body) }
                footer {
                    p {
                        "Made by cloudsim " (version) ". A simulation: what is not modelled stands in "
                        code { "docs/not-modelled.md" } " of its source."
                    }
                }
            }
        }
    };
    page.into_string()
}
