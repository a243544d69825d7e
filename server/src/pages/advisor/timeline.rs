//! Events in plain words: what happened, when, who wrote it down.
//!
//! Reads labels from the declarations, so that a new field needs no change here.

use std::collections::HashMap;

use banso_core::calendar::{FiscalYear, era_date, jst_date};
use banso_core::event::{Field, event_type};
use banso_core::json::Object;
use banso_core::recorded::Recorded;
use banso_core::shape::Shape;
use banso_core::subject::Subject;
use banso_projections::view::{Effective, effective};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::keys::label;
use super::long_date;
use crate::app::App;
use crate::casebook::Known;
use crate::directory::Listed;

/// Long personal texts, shown as paragraphs rather than as a row.
const QUOTES: [&str; 5] = ["note", "owner_words", "next_action", "briefing", "reaction"];
/// Fields that say nothing to a reader of the timeline.
const SILENT: [&str; 3] = ["to_finish", "handover", "erasure"];

/// One event of a timeline.
#[derive(Clone, Debug, Serialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "marks that stand beside each other"
)]
pub(super) struct Item {
    pub(super) position: u64,
    pub(super) kind: String,
    pub(super) label: &'static str,
    pub(super) day: String,
    pub(super) western: String,
    pub(super) year: String,
    pub(super) first_of_year: bool,
    pub(super) who: String,
    pub(super) rows: Vec<Row>,
    pub(super) quotes: Vec<Row>,
    pub(super) voided: bool,
    pub(super) cancelled: bool,
    pub(super) corrected: bool,
    pub(super) late: bool,
    pub(super) erased: bool,
    pub(super) unfinished: bool,
    pub(super) amendable: bool,
    #[serde(skip)]
    pub(super) recorded_by: String,
}

/// A label and what stands beside it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) label: &'static str,
    pub(super) text: String,
}

/// Names that uuids stand for.
pub(super) struct Names<'a> {
    pub(super) known: &'a Known,
    pub(super) businesses: &'a HashMap<Uuid, Listed>,
}

impl Names<'_> {
    /// Looks up with both lists at hand.
    pub(super) fn with<T>(
        app: &App,
        look: impl FnOnce(&Names<'_>) -> T,
    ) -> Result<T, banso_store::StoreError> {
        // The directory first, always: the casebook never looks at it while it is held itself.
        app.directory.look(|businesses| {
            app.casebook
                .look(&app.directory, |known| look(&Names { known, businesses }))
        })?
    }

    /// The name of a business.
    pub(super) fn business(&self, id: Uuid) -> String {
        match self.businesses.get(&id) {
            Some(listed) if listed.view.erased => "（個人情報を消去した事業者）".to_owned(),
            Some(listed) => listed.text("name").unwrap_or("（名称なし）").to_owned(),
            None => "（登録のない事業者）".to_owned(),
        }
    }

    /// What an event says.
    pub(super) fn item(&self, event: &Effective) -> Item {
        let known = event_type(&event.event_type);
        let fields = known.map_or(&[][..], |known| known.fields);
        let mut rows = Vec::new();
        let mut quotes = Vec::new();
        for field in fields.iter().filter(|field| !SILENT.contains(&field.name)) {
            let Some(value) = event.data.get(field.name).filter(|value| !value.is_null()) else {
                continue;
            };
            let row = Row {
                label: field.label,
                text: self.shown(field, value),
            };
            if QUOTES.contains(&field.name) {
                quotes.push(row);
            } else {
                rows.push(row);
            }
        }
        Item {
            position: event.position,
            kind: event.event_type.clone(),
            label: event.label,
            day: long_date(event.occurred_on),
            western: event.occurred_on.to_string(),
            year: fiscal_year(event.occurred_on),
            first_of_year: false,
            who: self.known.name_of(&event.recorded_by),
            rows,
            quotes,
            voided: event.voided_by.is_some(),
            cancelled: event.cancelled_by.is_some(),
            corrected: !event.corrected_by.is_empty(),
            late: event.late,
            erased: event.data.get("erased") == Some(&Value::Bool(true)),
            unfinished: event.counts() && event.data.get("to_finish") == Some(&Value::Bool(true)),
            amendable: event.voided_by.is_none() && !event.event_type.starts_with("business.eras"),
            recorded_by: event.recorded_by.clone(),
        }
    }

    fn shown(&self, field: &Field, value: &Value) -> String {
        match (field.shape, value) {
            (Shape::Uuid, Value::String(text)) => {
                let id = text.rsplit('/').next().and_then(|id| id.parse().ok());
                match (field.name, id) {
                    ("business_id" | "into", Some(id)) => self.business(id),
                    ("advisor_id" | "to", Some(_)) => self.known.name_of(text),
                    _ => "記録あり".to_owned(),
                }
            }
            (Shape::List(_), Value::Array(items)) => {
                let named = |item: &Value| match item.as_str() {
                    Some(text) if text.starts_with("staff/") => self.known.name_of(text),
                    _ => shown(field.shape, &Value::Array(vec![item.clone()])),
                };
                items.iter().map(named).collect::<Vec<_>>().join("、")
            }
            (Shape::Text, Value::String(text)) if text.starts_with("staff/") => {
                self.known.name_of(text)
            }
            (shape, value) => shown(shape, value),
        }
    }
}

/// A value as a person reads it.
pub(in crate::pages) fn shown(shape: Shape, value: &Value) -> String {
    match (shape, value) {
        (Shape::Choice(choices), Value::String(name)) => {
            let found = choices.iter().find(|choice| choice.name == name);
            found
                .map_or(name.as_str(), |choice| choice.label)
                .to_owned()
        }
        (Shape::Date, Value::String(text)) => text.parse().map_or_else(|_| text.clone(), era_date),
        (Shape::FiscalYear, Value::String(text)) => text
            .parse::<banso_core::calendar::FiscalYear>()
            .map_or_else(|_| text.clone(), banso_core::calendar::FiscalYear::label),
        (Shape::List(item), Value::Array(items)) => items
            .iter()
            .map(|value| shown(*item, value))
            .collect::<Vec<_>>()
            .join("、"),
        (_, Value::Bool(true)) => "はい".to_owned(),
        (_, Value::Bool(false)) => "いいえ".to_owned(),
        (_, Value::Number(number)) => grouped(&number.to_string()),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(items)) => items
            .iter()
            .map(|value| shown(Shape::Text, value))
            .collect::<Vec<_>>()
            .join("、"),
        (_, Value::Object(map)) => pairs(map).join("、"),
        (_, Value::Null) => "－".to_owned(),
    }
}

fn pairs(map: &Object) -> Vec<String> {
    map.iter()
        .map(|(name, value)| format!("{}：{}", label(name), shown(Shape::Text, value)))
        .collect()
}

/// `1234567` as `1,234,567`; a fraction stays behind the point.
pub(super) fn grouped(digits: &str) -> String {
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |rest| ("−", rest));
    let (whole, fraction) = digits
        .split_once('.')
        .map_or((digits, None), |(a, b)| (a, Some(b)));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction.filter(|fraction| *fraction != "0") {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// 令和7年度（2025年度）
fn fiscal_year(day: chrono::NaiveDate) -> String {
    let year = FiscalYear::of(day);
    format!("{}（{}年度）", year.label(), year.0)
}

/// The events of a subject, personal fields opened.
pub(super) fn events_of(
    app: &App,
    subject: Subject,
) -> Result<(u64, Vec<Effective>), banso_store::StoreError> {
    let entries = app.directory.opened(subject, u64::MAX)?;
    let mut events = effective(&entries);
    // Where the numbers cannot be computed the events are shown all the same.
    let _unmarked = app.live.look(|kpi, _| {
        for event in &mut events {
            event.late = kpi.is_late(event.position, event.occurred_on);
        }
    });
    Ok((entries.last().map_or(0, |entry| entry.version), events))
}

/// Entries that came in between, in plain words.
pub(super) fn between(app: &App, entries: &[bytes::Bytes]) -> Vec<Item> {
    let recorded: Vec<Recorded> = entries
        .iter()
        .filter_map(|bytes| Recorded::parse(bytes).ok())
        .collect();
    let Some(first) = recorded.first() else {
        return Vec::new();
    };
    let Ok(subject) = first.subject.parse::<Subject>() else {
        return Vec::new();
    };
    let positions: Vec<u64> = recorded.iter().map(|entry| entry.position).collect();
    let Ok(opened) = app.directory.opened(subject, u64::MAX) else {
        return Vec::new();
    };
    let new: Vec<Recorded> = opened
        .into_iter()
        .filter(|entry| positions.contains(&entry.position))
        .collect();
    let plain = |entry: &Recorded| Effective {
        position: entry.position,
        id: entry.id,
        event_type: entry.event_type.clone(),
        label: event_type(&entry.event_type).map_or("", |known| known.label),
        occurred_on: if entry.event_type.starts_with("record.") {
            jst_date(entry.recorded_at)
        } else {
            entry.occurred_on
        },
        recorded_at: entry.recorded_at,
        recorded_by: entry.recorded_by.clone(),
        data: entry.data.clone(),
        corrected_by: Vec::new(),
        voided_by: None,
        cancelled_by: None,
        late: false,
    };
    let named = Names::with(app, |names| {
        new.iter()
            .map(|entry| names.item(&plain(entry)))
            .collect::<Vec<_>>()
    });
    named.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_are_grouped_and_days_have_an_era() {
        assert_eq!(grouped("1234567"), "1,234,567");
        assert_eq!(grouped("-12"), "−12");
        assert_eq!(grouped("1234.5"), "1,234.5");
        assert_eq!(shown(Shape::Date, &json!("2025-10-02")), "令和7年10月2日");
        assert_eq!(shown(Shape::Flag, &json!(true)), "はい");
    }
}
