//! What holds whatever is read. The fuzzers try it with texts of their own, `tests/corpus.rs` with those that they found.

use cloudsim_scenario::{MemoryFiles, Overrides, load, render, shipped};
use cloudsim_units::{Bytes, NanoUsd, ParseUnitError, Rate, Ratio, SimDuration};
use std::fmt::Display;

/// Bytes of a file end in a plan whose canonical form says the same, or in problems that can be shown.
pub fn scenario(bytes: &[u8], overrides: &Overrides) {
    let files = MemoryFiles::from([("mine.ron", bytes.to_vec())]);
    match load(&files, "mine.ron", overrides) {
        Ok(loaded) => {
            let resolved = loaded.plan.resolved;
            let files = MemoryFiles::from([("again.ron", resolved.clone())]);
            let again = load(&files, "again.ron", &Overrides { allow_large: true, ..Overrides::default() });
            assert_eq!(again.expect("it was right").plan.resolved, resolved);
        }
        Err(refused) => {
            assert!(!refused.problems.is_empty());
            for problem in &refused.problems {
                let shown = render(problem, &refused.sources, false);
                assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
            }
        }
    }
}

fn flagship() -> &'static [u8] {
    shipped("az-a-outage.ron").expect("it ships").as_bytes()
}

/// A setting changes the flagship into one that can be run, or is refused.
pub fn set(text: &str) {
    scenario(flagship(), &Overrides { set: vec![text.to_owned()], ..Overrides::default() });
}

/// A fault is added to the flagship, or refused.
pub fn fault(text: &str) {
    scenario(flagship(), &Overrides { faults: vec![text.to_owned()], ..Overrides::default() });
}

/// An operator intervenes in the flagship, or is refused.
pub fn intervention(text: &str) {
    scenario(flagship(), &Overrides { interventions: vec![text.to_owned()], ..Overrides::default() });
}

/// A text is a quantity that is printed as a text which means the same, or it is none of that kind.
pub fn quantity(text: &str) {
    printed_alike(text, SimDuration::parse);
    printed_alike(text, Bytes::parse);
    printed_alike(text, Ratio::parse);
    let _ = NanoUsd::parse(text);
    if let Ok(rate) = Rate::parse(text) {
        let _ = rate.expected_in(SimDuration::MAX);
    }
    // Ranges and addresses are read by the language itself.
    let quoted = text.escape_default();
    let every_kind = format!(
        "(version: 1, name: \"x\", duration: \"{quoted}\", vpcs: [(name: \"v\", cidr: \"{quoted}\")], endpoints: [(name: \
         \"e\", address: \"{quoted}\", port: 1, response: Constant(\"{quoted}\"), error_rate: \"{quoted}\")], objectives: \
         [MonthlyCost(at_most: \"{quoted}\")])"
    );
    scenario(every_kind.as_bytes(), &Overrides::default());
}

fn printed_alike<T: Display + PartialEq + std::fmt::Debug>(
    text: &str,
    read: fn(&str) -> Result<T, ParseUnitError>,
) {
    if let Ok(value) = read(text) {
        assert_eq!(read(&value.to_string()), Ok(value));
    }
}
