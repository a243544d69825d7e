//! Lines of a journal handed to the numbers: entries that the server would never have written.
//!
//! A fold may refuse them, by position; it must not panic, and a refusal must leave it as it was.

#![no_main]

use banso_core::recorded::Recorded;
use banso_core::state::SubjectState;
use banso_projections::Kpi;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|lines: &[u8]| {
    let mut kpi = Kpi::new();
    for line in lines.split(|byte| *byte == b'\n').take(40) {
        let before = kpi.size();
        match kpi.apply(line) {
            Ok(()) => assert_eq!(kpi.size(), before + 1),
            Err(_) => assert_eq!(kpi.size(), before),
        }
        if let Ok(recorded) = Recorded::parse(line) {
            let _ = recorded.event();
        }
        let _ = SubjectState::replay([line]);
    }
    for year in kpi.years().into_iter().take(10) {
        let _ = kpi.table(year);
    }
});
