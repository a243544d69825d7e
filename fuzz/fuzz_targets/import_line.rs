//! One line of an import, from bytes to a validated event or to its faults.
//!
//! What is read must be written as something that reads as the same event again, or the ledger
//! would hold entries that nobody can read.

#![no_main]

use banso_core::event::{Event, Mode};
use banso_core::{intake, json};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|line: &[u8]| {
    let Ok(value) = serde_json::from_slice::<Value>(line) else {
        return;
    };
    match intake::read(&value) {
        Err(faults) => assert!(!faults.is_empty(), "refused without a fault"),
        Ok(new) => {
            let data = new.event.write();
            let bytes = json::canonical(&data).expect("what came out of JSON goes into it");
            let stored: json::Object = serde_json::from_str(&bytes).expect("canonical JSON is JSON");
            let mut faults = Vec::new();
            let name = new.event.event_type().name;
            let again = Event::read(name, &stored, Mode::Stored, &mut faults);
            assert!(faults.is_empty(), "{name} was taken and cannot be read back: {faults:?}");
            assert_eq!(
                again.map(|event| event.write()).map(|data| json::canonical(&data)),
                Some(Ok(bytes))
            );
        }
    }
});
