//! How a scenario is swept.

use super::Context;
use crate::diagnostics::codes;
use crate::limits::VARIATIONS_MAX;
use crate::place::At;
use crate::sweep::{SweepSpec, Variation};

pub(super) fn sweep(cx: &mut Context<'_>) -> SweepSpec {
    let Some(spec) = cx.spec.sweep.as_ref() else { return SweepSpec::default() };
    let at = At::new(cx.root).field("sweep");
    let seeds = spec.seeds.as_ref().map(|seeds| cx.value(at.field("seeds"), seeds));
    if spec.vary.len() > VARIATIONS_MAX {
        let message = format!("{} variations are more than {VARIATIONS_MAX}", spec.vary.len());
        cx.error(&codes::RANGE, at.field("vary").span(), message);
        return SweepSpec { seeds, vary: Vec::new() };
    }
    let mut vary: Vec<Variation> = Vec::new();
    for (index, text) in spec.vary.iter().enumerate() {
        let at = at.field("vary").item(index);
        let variation = cx.value(at, text);
        if !variation.path.is_empty() && vary.iter().any(|other| other.path == variation.path) {
            let message = format!("`{}` is varied twice", variation.path);
            cx.error(&codes::SET, at.span(), message).hint = Some("put all its values in one place".into());
        }
        vary.push(variation);
    }
    SweepSpec { seeds, vary }
}
