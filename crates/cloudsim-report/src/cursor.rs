//! A cursor of time over all views that have an axis: hidden until the script shows it.

use crate::axis::WIDTH;
use cloudsim_measures::RunDocument;
use cloudsim_units::SimTime;
use maud::{Markup, PreEscaped, html};

/// An instant as the script counts it.
pub(crate) fn millis(at: SimTime) -> u64 {
    at.as_nanos() / 1_000_000
}

pub(crate) fn view(run: &RunDocument) -> Markup {
    let first = run.faults.iter().map(|fault| fault.started).min().unwrap_or(SimTime::ZERO);
    html! {
        aside #cursor hidden aria-label="cursor of time" data-end=(millis(run.reached).max(1)) data-width=(WIDTH)
            data-at=(millis(first))
        {
            div.controls {
                label for="cursor-at" { "cursor at " }
                output #cursor-now for="cursor-at" {}
                input #cursor-at type="range" min="0" step="1";
                button #cursor-in type="button" { "zoom in" }
                button #cursor-out type="button" { "zoom out" }
                button #cursor-whole type="button" { "whole run" }
            }
            div #cursor-state tabindex="0" role="group" aria-label="what holds at the cursor" {}
        }
        script { (PreEscaped(include_str!("cursor.js"))) }
    }
}

/// What holds from which millisecond on: `0|3 hosts;60000|2 hosts`. Said again only where it changes.
pub(crate) fn values(values: impl IntoIterator<Item = (SimTime, String)>) -> String {
    let mut told: Vec<String> = Vec::new();
    let mut last = None;
    for (at, value) in values {
        if last.as_ref() != Some(&value) {
            told.push(format!("{}|{value}", millis(at)));
            last = Some(value);
        }
    }
    told.join(";")
}
