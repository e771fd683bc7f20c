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

/// What holds from which millisecond on: `0|3 hosts;60000|2 hosts`. Said again only where it changes; of one
/// millisecond the last holds.
pub(crate) fn values(values: impl IntoIterator<Item = (SimTime, String)>) -> String {
    let mut told: Vec<(u64, String)> = Vec::new();
    for (at, value) in values {
        let at = millis(at);
        let value = value.replace([';', '|'], ",");
        told.pop_if(|(last, _)| *last == at);
        if told.last().is_none_or(|(_, last)| *last != value) {
            told.push((at, value));
        }
    }
    let told: Vec<String> = told.into_iter().map(|(at, value)| format!("{at}|{value}")).collect();
    told.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_millisecond_the_last_value_holds_and_what_does_not_change_is_said_once() {
        let at = |millis: u64, value: &str| (SimTime::from_nanos(millis * 1_000_000), value.to_owned());
        let all = [at(0, "3"), at(5, "2"), at(5, "1"), at(7, "1"), at(9, "0"), at(9, "1"), at(10, "2")];
        assert_eq!(values(all), "0|3;5|1;10|2");
    }
}
