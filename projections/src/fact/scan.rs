//! The quick way through an entry: canonical JSON has no white space and known forms, so most of
//! an entry can be jumped over. Whatever does not look exactly as expected is left to serde.
//!
//! Never wrong, only sometimes silent: it either reads what [`super::decode`] would read by serde,
//! or gives up and nothing is kept of it. Entries come from a verified ledger; what is jumped over
//! is only looked at for its end.

use memchr::memchr2;

use super::decode::{Top, day, instant, kind, recorder};
use super::read_data::{Data, DataSink};
use crate::vocabulary::{FieldId, vocabulary};

/// Data within data within data does not exist.
const MAX_DEPTH: usize = 2;

/// The top level of an entry; none to leave it to serde.
pub(super) fn scan(bytes: &[u8], sink: &mut DataSink) -> Option<Top> {
    // Both checks run over the whole entry at once, many bytes a step. A control character would
    // not be JSON.
    let text = std::str::from_utf8(bytes).ok()?;
    if bytes.iter().min().is_some_and(|least| *least < b' ') {
        return None;
    }
    let mut cursor = Cursor { text, bytes, at: 0 };
    let mut top = Top::default();
    cursor.expect(b'{')?;
    loop {
        let key = cursor.text()?;
        cursor.expect(b':')?;
        match key {
            "data" => {
                let data = cursor.data(sink, 0)?;
                top.target = data.target;
                top.new_day = data.occurred_on;
                top.new_data = data.nested;
            }
            "id" => top.id = Some(uuid::Uuid::try_parse(cursor.text()?).ok()?),
            "occurred_on" => top.day = Some(day(cursor.text()?)?),
            "position" => top.position = Some(u64::try_from(cursor.whole()?).ok()?),
            "recorded_at" => top.recorded_at = Some(instant(cursor.text()?)?),
            "recorded_by" => top.recorder = recorder(cursor.text()?),
            "subject" => top.subject = Some(cursor.text()?.parse().ok()?),
            "type" => top.kind = Some(kind(cursor.text()?)),
            _ => cursor.skip()?,
        }
        match cursor.next()? {
            b',' => {}
            b'}' if cursor.at == bytes.len() => return Some(top),
            _ => return None,
        }
    }
}

struct Cursor<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn literal(&mut self, wanted: &[u8]) -> Option<()> {
        let found = self.bytes.get(self.at..)?.starts_with(wanted);
        self.at += wanted.len();
        found.then_some(())
    }

    /// A text without escapes.
    fn text(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let rest = self.bytes.get(self.at..)?;
        let end = memchr2(b'"', b'\\', rest)?;
        if rest.get(end) != Some(&b'"') {
            return None;
        }
        let from = self.at;
        self.at += end + 1;
        self.text.get(from..from + end)
    }

    /// A whole number that is no decimal and fits.
    fn whole(&mut self) -> Option<i64> {
        let from = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        let digits = self.at;
        while self.peek()?.is_ascii_digit() {
            self.at += 1;
        }
        let leading_zero = self.at - digits > 1 && self.bytes.get(digits) == Some(&b'0');
        if leading_zero || !matches!(self.peek()?, b',' | b'}' | b']') {
            return None;
        }
        // -0 is a decimal to serde.
        let number = self.text.get(from..self.at)?.parse().ok()?;
        (number != 0 || digits == from).then_some(number)
    }

    /// Jumps over any value.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_text()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                _ => self.at += 1,
            }
            if depth == 0 && matches!(self.peek()?, b',' | b'}' | b']') {
                return Some(());
            }
        }
    }

    fn skip_text(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..)?;
            let end = memchr2(b'"', b'\\', rest)?;
            let escape = rest.get(end) == Some(&b'\\');
            self.at += end + 1 + usize::from(escape);
            if !escape {
                return Some(());
            }
        }
    }

    fn data(&mut self, sink: &mut DataSink, depth: usize) -> Option<Data> {
        let mut data = Data::default();
        self.expect(b'{')?;
        if depth >= MAX_DEPTH {
            return None;
        }
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(data);
        }
        loop {
            let key = self.text()?;
            self.expect(b':')?;
            match key {
                "data" => {
                    let from = sink.values.len();
                    self.data(sink, depth + 1)?;
                    data.nested = Some((from, sink.values.len()));
                }
                "target" if self.peek()? == b'"' => {
                    data.target = uuid::Uuid::try_parse(self.text()?).ok();
                }
                "target" => self.skip()?,
                "occurred_on" => data.occurred_on = day(self.text()?),
                key => match vocabulary().field(key) {
                    Some(field) => self.value(field, sink)?,
                    None => self.skip()?,
                },
            }
            match self.next()? {
                b',' => {}
                b'}' => return Some(data),
                _ => return None,
            }
        }
    }

    fn value(&mut self, field: FieldId, sink: &mut DataSink) -> Option<()> {
        match self.peek()? {
            b'"' => sink.push_text(field, self.text()?),
            b't' => {
                self.literal(b"true")?;
                sink.push_flag(field, true);
            }
            b'f' => {
                self.literal(b"false")?;
                sink.push_flag(field, false);
            }
            b'n' => self.literal(b"null")?,
            b'{' => self.skip()?,
            b'[' => self.items(field, sink)?,
            _ => sink.push_whole(field, self.whole()?),
        }
        Some(())
    }

    fn items(&mut self, field: FieldId, sink: &mut DataSink) -> Option<()> {
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            // A list within a list is nothing that facts keep.
            if self.peek()? == b'[' {
                return None;
            }
            self.value(field, sink)?;
            match self.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }
}
