//! Any bytes as a scenario file.

#![no_main]

use cloudsim_scenario::Overrides;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| cloudsim_scenario_fuzz::scenario(bytes, &Overrides::default()));
