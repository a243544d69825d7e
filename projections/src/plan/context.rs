//! What the rows of a plan may refer to: its years, and the ids of all indicators and readings.
//!
//! Gathered before any row is read, so that a faulty row causes no follow-up faults elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use banso_core::calendar::FiscalYear;
use serde_json::Value;

/// What a row may refer to.
pub(super) struct Context {
    pub(super) years: Years,
    /// The ids of all indicators with those of their readings.
    pub(super) ids: BTreeMap<String, BTreeSet<String>>,
    /// The first row of each id.
    pub(super) rows: BTreeMap<String, usize>,
}

/// First and last year, as far as they can be read.
pub(super) struct Years {
    pub(super) first: Option<FiscalYear>,
    pub(super) last: Option<FiscalYear>,
}

impl Years {
    /// Why a target may not stand at a year.
    pub(super) fn refusal(&self, year: FiscalYear) -> Option<String> {
        match (self.first, self.last) {
            // Which of the two is wrong is not known.
            (Some(first), Some(last)) if first > last => None,
            (Some(first), Some(last)) if year < first || year > last => {
                Some(format!("{year} lies outside the plan's {first} to {last}"))
            }
            (Some(first), None) if year < first => {
                Some(format!("{year} lies before the plan's first year {first}"))
            }
            (None, Some(last)) if year > last => {
                Some(format!("{year} lies after the plan's last year {last}"))
            }
            _ => None,
        }
    }
}

impl Context {
    pub(super) fn gather(value: &Value, years: Years) -> Self {
        let rows = value
            .get("indicators")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let mut context = Self {
            years,
            ids: BTreeMap::new(),
            rows: BTreeMap::new(),
        };
        for (at, row) in rows.enumerate() {
            let Some(id) = row.get("id").and_then(Value::as_str).map(str::trim) else {
                continue;
            };
            let readings = row.get("readings").and_then(Value::as_object);
            let ids = readings.into_iter().flat_map(|map| map.keys().cloned());
            context.ids.entry(id.to_owned()).or_default().extend(ids);
            context.rows.entry(id.to_owned()).or_insert(at);
        }
        context
    }
}
