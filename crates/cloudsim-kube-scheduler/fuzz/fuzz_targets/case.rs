//! Any text as a case, decided and told to programs and to people.

#![no_main]

#[path = "../../../cloudsim-cli/src/look.rs"]
#[expect(dead_code, reason = "the command line has other texts too")]
mod look;
#[path = "../../../cloudsim-cli/src/sched_text.rs"]
#[expect(dead_code, reason = "traces are told by another target")]
mod sched_text;

use cloudsim_kube_scheduler::Version;
use cloudsim_kube_scheduler::explain::Case;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(line) = str::from_utf8(bytes) else { return };
    cloudsim_kube_scheduler_fuzz::case(line);
    if let Ok(case) = Case::read(line, Version::V1_34) {
        let decided = case.decide();
        for detail in [sched_text::Detail::Folded, sched_text::Detail::Everything] {
            let text = sched_text::case(&case, &decided, detail, look::Look { colour: false, width: 80 });
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        }
    }
});
