//! What the fuzzers found worth keeping, read again by whatever compiler there is.
//!
//! The corpora are in `fuzz/corpus/`, one text in each file; a finding of a fuzzer is put there once it is mended.

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "in the package of the fuzzers it is a library")]
mod promises;

use cloudsim_scenario::Overrides;
use std::path::Path;

fn replay(target: &str, promise: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut replayed = 0;
    for entry in std::fs::read_dir(folder).expect("a corpus") {
        promise(&std::fs::read(entry.expect("an entry").path()).expect("a file of the corpus"));
        replayed += 1;
    }
    assert!(replayed > 0, "{target} has an empty corpus");
}

fn as_text(promise: fn(&str)) -> impl Fn(&[u8]) {
    move |bytes| {
        if let Ok(text) = str::from_utf8(bytes) {
            promise(text);
        }
    }
}

#[test]
fn the_corpus_of_scenarios_is_read() {
    replay("scenario", |bytes| promises::scenario(bytes, &Overrides::default()));
}

#[test]
fn the_corpus_of_settings_is_applied() {
    replay("set", as_text(promises::set));
}

#[test]
fn the_corpus_of_faults_is_added() {
    replay("fault", as_text(promises::fault));
}

#[test]
fn the_corpus_of_interventions_is_read() {
    replay("do", as_text(promises::intervention));
}

#[test]
fn the_corpus_of_quantities_is_parsed() {
    replay("quantity", as_text(promises::quantity));
}
