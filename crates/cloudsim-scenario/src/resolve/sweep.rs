//! How a scenario is swept and optimized.

use super::Context;
use crate::diagnostics::codes;
use crate::limits::{SPACE_MAX, VARIATIONS_MAX};
use crate::overrides;
use crate::place::At;
use crate::spec::Text;
use crate::sweep::{OptimizeSpec, SweepSpec, Variation};
use cloudsim_units::Ratio;

pub(super) fn sweep(cx: &mut Context<'_>) -> SweepSpec {
    let Some(spec) = cx.spec.sweep.as_ref() else { return SweepSpec::default() };
    let at = At::new(cx.root).field("sweep");
    let seeds = spec.seeds.as_ref().map(|seeds| cx.value(at.field("seeds"), seeds));
    SweepSpec { seeds, vary: variations(cx, at.field("vary"), &spec.vary) }
}

pub(super) fn optimize(cx: &mut Context<'_>) -> OptimizeSpec {
    let by_default = OptimizeSpec::default();
    let Some(spec) = cx.spec.optimize.as_ref() else { return by_default };
    let at = At::new(cx.root).field("optimize");
    let seeds = spec.seeds.as_ref().map(|seeds| cx.value(at.field("seeds"), seeds));
    let space = SweepSpec { seeds, vary: variations(cx, at.field("knobs"), &spec.knobs) };
    let points = space.points();
    if points > SPACE_MAX {
        cx.error(
            &codes::RANGE,
            at.field("knobs").span(),
            format!("{points} points are more than {SPACE_MAX}"),
        );
    }
    if cx.spec.objectives.is_empty() {
        cx.error(&codes::SET, at.span(), "nothing says what must hold").hint =
            Some("write `objectives`".into());
    }
    let mut odds = |field, text: Option<&Text<Ratio>>, default| {
        let odds = cx.value_or(at, field, text, default);
        // A text that is no share stands for a placeholder, about which nothing needs to be said.
        let unread = cx.problems.last().is_some_and(|last| last.place() == Some(at.field(field).span()));
        if !unread && !OptimizeSpec::ODDS.contains(&odds) {
            let limits = format!(
                "`{odds}` is not between {} and {}",
                OptimizeSpec::ODDS.start(),
                OptimizeSpec::ODDS.end()
            );
            cx.error(&codes::RANGE, at.field(field).span(), limits);
        }
        odds
    };
    OptimizeSpec {
        space,
        breach_at_most: odds("breach_at_most", spec.breach_at_most.as_ref(), by_default.breach_at_most),
        confidence: odds("confidence", spec.confidence.as_ref(), by_default.confidence),
    }
}

fn variations(cx: &mut Context<'_>, at: At<'_>, texts: &[Text<Variation>]) -> Vec<Variation> {
    if texts.len() > VARIATIONS_MAX {
        let message = format!("{} variations are more than {VARIATIONS_MAX}", texts.len());
        cx.error(&codes::RANGE, at.span(), message);
        return Vec::new();
    }
    let read = texts.iter().enumerate().map(|(index, text)| cx.value(at.item(index), text));
    let all = SweepSpec { seeds: None, vary: read.collect() };
    for (index, path) in all.varied_twice(&overrides::alternatives(cx.root)) {
        let message = format!("`{path}` is varied twice");
        cx.error(&codes::SET, at.item(index).span(), message).hint =
            Some("put all its values in one place".into());
    }
    all.vary
}
