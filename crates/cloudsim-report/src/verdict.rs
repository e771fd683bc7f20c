//! What had to hold and whether it did; how to see it again.

use crate::{section, table};
use cloudsim_measures::{RunDocument, Verdict, words};
use maud::{Markup, html};

pub(crate) fn view(run: &RunDocument, command: &str) -> Markup {
    let judgement = run.judgement();
    let reached = words::instant(run.reached);
    html! {
        header {
            h1 { (run.scenario) }
            p.verdict {
                @if let Some(verdict) = judgement.verdict {
                    span.badge.(tone_of(verdict)) { (judgement.word) }
                    " "
                }
                (judgement.why)
            }
            p.facts {
                "seed " (run.seed) " · "
                @if run.interrupted { "interrupted at " (reached) " of " (words::span(run.duration)) }
                @else { (reached) " simulated" }
                " · digest " code { (run.digest) }
            }
            @for given in &run.overrides { p.facts { "with " code { (given) } } }
            p.command { "again: " code { (command) } }
        }
        @if !run.objectives.is_empty() {
            (section("objectives", "What had to hold", &objectives(run)))
        }
    }
}

fn objectives(run: &RunDocument) -> Markup {
    let columns = ["verdict", "objective", "target", "measured", "margin"];
    table(
        &columns,
        run.objectives.iter().map(|objective| {
            let verdict = objective.verdict();
            html! {
                tr {
                    td.(tone_of(verdict)) { (words::mark(verdict)) " " (words::verdict(verdict)) }
                    th scope="row" { (objective.subject) " " (objective.label) }
                    td.number { (words::limit(objective.target)) }
                    td.number { (words::measured(objective)) }
                    td.number { (words::margin(objective)) }
                }
            }
        }),
    )
}

/// The class of style of a verdict, whose words say the same.
fn tone_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met | Verdict::BreachedAsExpected => "good",
        Verdict::Breached | Verdict::MetAgainstExpectation => "bad",
        Verdict::Inconclusive => "open",
    }
}
