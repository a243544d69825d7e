//! The page of a pack: template, program and data in one file that needs no network.

use banso_core::calendar::FiscalYear;
use banso_core::event::event_types;
use banso_core::shape::Shape;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Source;

const TEMPLATE: &str = include_str!("page/page.html");
/// In the order in which they name each other.
const PROGRAM: [&str; 4] = [
    include_str!("page/proof.js"),
    include_str!("page/effective.js"),
    include_str!("page/count.js"),
    include_str!("page/page.js"),
];

/// The whole page.
pub(super) fn page(source: &Source, year: FiscalYear, table: &Value) -> String {
    let mut lines = Vec::new();
    for entry in &source.entries {
        lines.extend_from_slice(entry);
        lines.push(b'\n');
    }
    let data = json!({
        "vkey": source.signed.key.to_string(),
        "checkpoint": source.signed.note,
        "fiscal_year": year.0,
        "table": table,
        "dates": dates(),
        "entries": STANDARD.encode(lines),
    });
    // Inside a script element nothing may look like its end.
    let data = data.to_string().replace('<', "\\u003c");
    TEMPLATE
        .replace("{{YEAR}}", &year.label())
        .replace("{{PROGRAM}}", &PROGRAM.concat())
        .replace("{{DATA}}", &data)
}

/// Which fields are days; the others that decide a year are periods in words.
fn dates() -> Value {
    let dated = event_types().iter().flat_map(|known| {
        let fields = known.fields.iter();
        fields
            .filter(|field| field.shape == Shape::Date)
            .map(|field| format!("{} {}", known.name, field.name))
    });
    dated.map(Value::from).collect()
}
