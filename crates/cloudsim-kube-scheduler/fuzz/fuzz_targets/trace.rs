//! Any text as a trace.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = str::from_utf8(bytes) {
        cloudsim_kube_scheduler_fuzz::trace(text);
    }
});
