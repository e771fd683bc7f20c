//! Any text as a duration, a size, a rate, a share, money, an address and a range of addresses.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = str::from_utf8(bytes) {
        cloudsim_scenario_fuzz::quantity(text);
    }
});
