//! From the bytes of one recorded entry to a [`Draft`]: stateless, borrowing, one pass.
//!
//! Reads only what a fold can need (see [`crate::vocabulary::kept`]); the rest is skipped, not
//! built. Knows no symbol table: text is copied into the batch, with its hash worked out here.

use std::fmt;

use banso_core::subject::{Subject, SubjectKind};
use chrono::{DateTime, Datelike, NaiveDate};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use uuid::Uuid;

use super::read_data::{DataSeed, DataSink};
use super::scan::scan;
use crate::vocabulary::{Kind, vocabulary};

/// Entries decoded together, with their values and texts beside them.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) sink: DataSink,
    /// Whole data of programme entries, by index of the draft.
    pub(crate) programme: Vec<(usize, serde_json::Value)>,
}

/// One decoded entry whose names are not yet symbols.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    pub(crate) position: u64,
    pub(crate) id: Uuid,
    pub(crate) recorded_at: i64,
    pub(crate) day: i32,
    pub(crate) kind: Kind,
    pub(crate) subject_kind: SubjectKind,
    pub(crate) subject: Option<Uuid>,
    pub(crate) recorder: Option<Uuid>,
    /// Target of a `record.*`.
    pub(crate) target: Option<Uuid>,
    /// Corrected day of a `record.corrected`.
    pub(crate) new_day: Option<i32>,
    pub(crate) has_new_data: bool,
    /// Range of its values in the sink.
    pub(crate) values: (usize, usize),
}

/// Why an entry cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAnEntry {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("it is not UTF-8: {0}")]
    Text(#[from] std::str::Utf8Error),
    #[error("its {0} is missing")]
    Missing(&'static str),
}

impl Batch {
    /// Decodes one entry and adds it.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), NotAnEntry> {
        let mark = self.sink.mark();
        let top = match scan(bytes, &mut self.sink) {
            Some(top) => top,
            None => {
                self.sink.back_to(mark);
                by_serde(bytes, &mut self.sink)?
            }
        };
        let draft = top.finish((mark.0, self.sink.values.len()))?;
        if draft.subject_kind == SubjectKind::Programme {
            let whole: Whole = serde_json::from_slice(bytes)?;
            self.programme.push((self.drafts.len(), whole.data));
        }
        self.drafts.push(draft);
        Ok(())
    }
}

/// The slow way, which reads any JSON and says what is wrong with it.
fn by_serde(bytes: &[u8], sink: &mut DataSink) -> Result<Top, NotAnEntry> {
    // Checked as a whole once, instead of text by text.
    let mut reader = serde_json::Deserializer::from_str(std::str::from_utf8(bytes)?);
    let top = reader.deserialize_map(TopVisitor { sink })?;
    reader.end()?;
    Ok(top)
}

#[derive(Deserialize)]
struct Whole {
    data: serde_json::Value,
}

/// The top level of an entry, as far as it was read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Top {
    pub(super) position: Option<u64>,
    pub(super) id: Option<Uuid>,
    pub(super) recorded_at: Option<i64>,
    pub(super) day: Option<i32>,
    pub(super) kind: Option<Kind>,
    pub(super) subject: Option<Subject>,
    pub(super) recorder: Option<Uuid>,
    pub(super) target: Option<Uuid>,
    pub(super) new_day: Option<i32>,
    pub(super) new_data: Option<(usize, usize)>,
}

impl Top {
    fn finish(self, values: (usize, usize)) -> Result<Draft, NotAnEntry> {
        let kind = self.kind.ok_or(NotAnEntry::Missing("type"))?;
        let subject = self.subject.ok_or(NotAnEntry::Missing("subject"))?;
        let known = &vocabulary().known;
        let record = kind == known.corrected || kind == known.voided;
        Ok(Draft {
            position: self.position.ok_or(NotAnEntry::Missing("position"))?,
            id: self.id.ok_or(NotAnEntry::Missing("id"))?,
            recorded_at: self.recorded_at.ok_or(NotAnEntry::Missing("recorded_at"))?,
            day: self.day.ok_or(NotAnEntry::Missing("occurred_on"))?,
            kind,
            subject_kind: subject.kind(),
            subject: subject.id(),
            recorder: self.recorder,
            target: self.target.filter(|_| record),
            new_day: self.new_day.filter(|_| record),
            has_new_data: record && self.new_data.is_some(),
            // A correction's own fields (reason, target) are no data of its target.
            values: if record {
                self.new_data.unwrap_or((values.0, values.0))
            } else {
                values
            },
        })
    }
}

struct TopVisitor<'s> {
    sink: &'s mut DataSink,
}

impl<'de> Visitor<'de> for TopVisitor<'_> {
    type Value = Top;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a recorded entry")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Top, A::Error> {
        let mut top = Top::default();
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "data" => {
                    let data = map.next_value_seed(DataSeed {
                        sink: &mut *self.sink,
                    })?;
                    top.target = data.target;
                    top.new_day = data.occurred_on;
                    top.new_data = data.nested;
                }
                "id" => top.id = Uuid::try_parse(map.next_value::<&str>()?).ok(),
                "occurred_on" => top.day = day(map.next_value::<&str>()?),
                "position" => top.position = Some(map.next_value()?),
                "recorded_at" => top.recorded_at = instant(map.next_value::<&str>()?),
                "recorded_by" => top.recorder = recorder(map.next_value::<&str>()?),
                "subject" => top.subject = map.next_value::<&str>()?.parse().ok(),
                "type" => top.kind = Some(kind(map.next_value::<&str>()?)),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(top)
    }
}

pub(super) fn kind(name: &str) -> Kind {
    vocabulary().kind(name)
}

pub(super) fn recorder(text: &str) -> Option<Uuid> {
    text.strip_prefix("staff/")
        .and_then(|id| Uuid::try_parse(id).ok())
}

/// A day of the form `YYYY-MM-DD`, counted from the common era.
pub(crate) fn day(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
    let number = |range: std::ops::Range<usize>| digits(bytes.get(range)?);
    if !shaped {
        return None;
    }
    let (year, month, date) = (number(0..4)?, number(5..7)?, number(8..10)?);
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, date)
        .map(|day| day.num_days_from_ce())
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u32::from(byte - b'0'))
    })
}

/// Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS.mmmZ`.
pub(super) fn instant(text: &str) -> Option<i64> {
    const DAY: i64 = 86_400_000;
    /// Days from the common era to 1970.
    const EPOCH: i64 = 719_163;
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| bytes.get(from..to).and_then(digits).map(i64::from);
    if bytes.len() == 24 && bytes[23] == b'Z' && bytes[10] == b'T' && bytes[19] == b'.' {
        let days = i64::from(day(text.get(..10)?)?) - EPOCH;
        let seconds = (number(11, 13)? * 60 + number(14, 16)?) * 60 + number(17, 19)?;
        return Some(days * DAY + seconds * 1000 + number(20, 23)?);
    }
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::UNKNOWN;

    const VISIT: &str = r#"{"data":{"method":"visit","next_due":"2025-09-01","purpose":"followup","topics":["資金\n繰り","IT"]},"id":"0195f405-edf6-72b1-9708-63cfba289d7d","occurred_on":"2025-06-03","position":41,"recorded_at":"2025-06-03T01:02:03.456Z","recorded_by":"staff/0195ecb7-716e-7a55-aadb-8d6e194511dc","sealed":{"commitment":"00","fields":["note"],"key":"business/0195ee98-e830-7039-ab73-cf985800f986"},"subject":"case/0195ee98-e830-7039-ab73-cf985800f986","type":"visit.done","version":8}"#;

    #[test]
    fn an_entry_is_read_with_its_values() {
        let mut batch = Batch::default();
        batch.push(VISIT.as_bytes()).unwrap();
        let draft = batch.drafts[0];
        assert_eq!(
            (draft.position, draft.subject_kind),
            (41, SubjectKind::Case)
        );
        assert_eq!(vocabulary().name(draft.kind), "visit.done");
        let instant = DateTime::from_timestamp_millis(draft.recorded_at).unwrap();
        assert_eq!(instant.to_rfc3339(), "2025-06-03T01:02:03.456+00:00");
        assert_eq!(draft.values, (0, 5));
    }

    #[test]
    fn a_correction_keeps_the_new_data_only() {
        let text = VISIT.replace("visit.done", "record.corrected").replace(
            r#"{"method":"visit","next_due":"2025-09-01","purpose":"followup","topics":["資金\n繰り","IT"]}"#,
            r#"{"data":{"method":"phone"},"occurred_on":"2025-03-31","reason":"x","target":"0195ee98-e830-7039-ab73-cf985800f986"}"#,
        );
        let mut batch = Batch::default();
        batch.push(text.as_bytes()).unwrap();
        let draft = batch.drafts[0];
        assert!(draft.has_new_data && draft.target.is_some());
        assert_eq!(draft.new_day, day("2025-03-31"));
        assert_eq!(draft.values, (0, 1));
    }

    #[test]
    fn a_type_without_a_name_is_as_unknown_as_any_other() {
        for name in ["", "visit.imagined"] {
            let mut batch = Batch::default();
            batch
                .push(VISIT.replace("visit.done", name).as_bytes())
                .unwrap();
            assert_eq!(batch.drafts[0].kind, UNKNOWN);
        }
    }

    /// Both ways through the same bytes; the quick one may give up.
    fn both(text: &str) -> bool {
        let (mut quick, mut slow) = (DataSink::default(), DataSink::default());
        let (scanned, parsed) = (
            scan(text.as_bytes(), &mut quick),
            by_serde(text.as_bytes(), &mut slow),
        );
        let Some(scanned) = scanned else { return false };
        assert_eq!(scanned, parsed.unwrap(), "{text}");
        assert_eq!(quick.values, slow.values, "{text}");
        true
    }

    #[test]
    fn the_quick_way_reads_what_serde_reads() {
        let data = |data: &str| {
            let from = VISIT.find("{\"method\"").unwrap();
            let to = VISIT.find(",\"id\"").unwrap();
            format!("{}{data}{}", &VISIT[..from], &VISIT[to..])
        };
        for text in [
            r"{}",
            r#"{"attendees":12,"tags":["dx","it"],"title":"講座"}"#,
            r#"{"sales":-1000000000000000,"new_counterparty":true,"member":false}"#,
            r#"{"figures":{"a":{"b":[1,2.5,"x\"y"]}},"analysis_id":"a","swot":null,"tools":[]}"#,
            r#"{"data":{"method":"phone"},"occurred_on":"2025-03-31","reason":"x \" y","target":"0195ee98-e830-7039-ab73-cf985800f986"}"#,
            r#"{"fiscal_year":"R7","indicator":"A2","target":null}"#,
            r#"{"target":12,"business_id":"0195ee98-e830-7039-ab73-cf985800f986"}"#,
            r#"{"plan_id":"2025-06-03","counterparty":""}"#,
        ] {
            assert!(both(&data(text)), "{text}");
        }
        let left_to_serde = [
            r#"{"hours":1.5}"#,
            r#"{"sales":-0}"#,
            r#"{"topics":["資金\n繰り"]}"#,
            r#"{ "method":"visit"}"#,
            r#"{"sales":99999999999999999999}"#,
        ];
        for text in left_to_serde {
            assert!(!both(&data(text)), "{text}");
        }
        for cut in 0..VISIT.len() {
            assert!(scan(&VISIT.as_bytes()[..cut], &mut DataSink::default()).is_none());
        }
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        let mut batch = Batch::default();
        for text in [
            "",
            "{}",
            "[]",
            "{\"data\":",
            &VISIT.replace("\"type\"", "\"kind\""),
        ] {
            assert!(batch.push(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn days_that_do_not_exist_are_no_days() {
        for text in [
            "2025-02-29",
            "2025-6-3",
            "2025/06/03",
            "２０２５-０６",
            "2025-06-0x",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
        assert!(day("2024-02-29").is_some());
    }
}
