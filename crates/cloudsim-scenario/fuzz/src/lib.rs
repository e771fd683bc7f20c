//! What holds whatever is read. The fuzzers try it with texts of their own, `tests/corpus.rs` with those that they found.

use cloudsim_scenario::{MemoryFiles, Overrides, SHIPPED, load, render};
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

/// A setting changes the shipped scenario into one that can be run, or is refused.
pub fn set(text: &str) {
    scenario(SHIPPED[0].1.as_bytes(), &Overrides { set: vec![text.to_owned()], ..Overrides::default() });
}

/// A fault is added to the shipped scenario, or refused.
pub fn fault(text: &str) {
    scenario(SHIPPED[0].1.as_bytes(), &Overrides { faults: vec![text.to_owned()], ..Overrides::default() });
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
    for field in ["vpcs.main.cidr", "endpoints.payments.address", "traffic.visitors.rate", "duration"] {
        set(&format!("{field}=\"{}\"", text.escape_default()));
    }
}

fn printed_alike<T: Display + PartialEq + std::fmt::Debug>(
    text: &str,
    read: fn(&str) -> Result<T, ParseUnitError>,
) {
    if let Ok(value) = read(text) {
        assert_eq!(read(&value.to_string()), Ok(value));
    }
}
