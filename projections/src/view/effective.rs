//! The effective events of one subject: corrections applied, voids and cancelled deals marked.

use std::collections::HashMap;

use banso_core::event::event_type;
use banso_core::json::Object;
use banso_core::recorded::Recorded;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// One event as it counts now, with what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effective {
    /// Place of the original entry.
    pub position: u64,
    /// Event id.
    pub id: Uuid,
    /// Event type.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The type in Japanese.
    pub label: &'static str,
    /// The effective business date.
    pub occurred_on: NaiveDate,
    /// When the original was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who recorded it.
    pub recorded_by: String,
    /// The effective data.
    pub data: Object,
    /// Positions of the corrections, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrected_by: Vec<u64>,
    /// Position of the void.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voided_by: Option<u64>,
    /// Position of the effective cancellation of a deal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<u64>,
    /// Recorded after its fiscal year was first closed. One subject does not know of closings:
    /// false until [`crate::Kpi::is_late`] was asked.
    pub late: bool,
}

impl Effective {
    /// Counts: neither voided nor cancelled.
    pub fn counts(&self) -> bool {
        self.voided_by.is_none() && self.cancelled_by.is_none()
    }

    /// A text of its data.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.data.get(name).and_then(Value::as_str)
    }

    /// A date of its data.
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// An id of its data.
    pub fn uuid(&self, name: &str) -> Option<Uuid> {
        self.text(name).and_then(|text| text.parse().ok())
    }
}

/// The events of a subject in the order in which they were recorded; corrections and voids are
/// applied to their targets and do not stand in the list themselves.
pub fn effective(entries: &[Recorded]) -> Vec<Effective> {
    let mut events: Vec<Effective> = Vec::with_capacity(entries.len());
    let mut by_id = HashMap::new();
    for entry in entries {
        if !entry.event_type.starts_with("record.") {
            by_id.insert(entry.id, events.len());
            events.push(plain(entry));
            continue;
        }
        let target = entry.data.get("target").and_then(Value::as_str);
        let target = target.and_then(|text| text.parse::<Uuid>().ok());
        let at = target.and_then(|id| by_id.get(&id).copied());
        if let Some(event) = at.and_then(|at| events.get_mut(at)) {
            apply(event, entry);
        }
    }
    cancel_deals(&mut events);
    events
}

fn plain(entry: &Recorded) -> Effective {
    Effective {
        position: entry.position,
        id: entry.id,
        event_type: entry.event_type.clone(),
        label: event_type(&entry.event_type).map_or("", |known| known.label),
        occurred_on: entry.occurred_on,
        recorded_at: entry.recorded_at,
        recorded_by: entry.recorded_by.clone(),
        data: entry.data.clone(),
        corrected_by: Vec::new(),
        voided_by: None,
        cancelled_by: None,
        late: false,
    }
}

fn apply(event: &mut Effective, entry: &Recorded) {
    if entry.event_type == "record.voided" {
        event.voided_by = Some(entry.position);
        return;
    }
    if let Some(Value::Object(data)) = entry.data.get("data") {
        event.data.clone_from(data);
    }
    let day = entry.data.get("occurred_on").and_then(Value::as_str);
    if let Some(day) = day.and_then(|text| text.parse().ok()) {
        event.occurred_on = day;
    }
    event.corrected_by.push(entry.position);
}

fn cancel_deals(events: &mut [Effective]) {
    let cancelled: HashMap<Uuid, u64> = events
        .iter()
        .filter(|event| event.event_type == "deal.cancelled" && event.voided_by.is_none())
        .filter_map(|event| Some((event.uuid("deal")?, event.position)))
        .collect();
    for event in events
        .iter_mut()
        .filter(|event| event.event_type == "deal.concluded")
    {
        event.cancelled_by = cancelled.get(&event.id).copied();
    }
}
