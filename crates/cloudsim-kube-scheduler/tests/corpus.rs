//! What the fuzzers found worth keeping, read again by whatever compiler there is.
//!
//! The corpora are in `fuzz/corpus/`, one text in each file; a finding of a fuzzer is put there once it is mended.

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "in the package of the fuzzers it is a library")]
mod promises;

use std::path::Path;

fn replay(target: &str, promise: fn(&str)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut replayed = 0;
    for entry in std::fs::read_dir(folder).expect("a corpus") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file of the corpus");
        if let Ok(text) = str::from_utf8(&bytes) {
            promise(text);
            replayed += 1;
        }
    }
    assert!(replayed > 0, "{target} has an empty corpus");
}

#[test]
fn the_corpus_of_cases_is_decided() {
    replay("case", promises::case);
}

#[test]
fn the_corpus_of_traces_is_played() {
    replay("trace", promises::trace);
}
