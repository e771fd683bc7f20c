//! Any text as an argument of `--do`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = str::from_utf8(bytes) {
        cloudsim_scenario_fuzz::intervention(text);
    }
});
