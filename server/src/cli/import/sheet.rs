//! A spreadsheet or CSV file as rows of cells: encodings, separators, Excel's own types.
//!
//! Knows nothing of events. What a cell means is `row`'s.

use std::path::Path;

use calamine::{Data, Reader as _};

use crate::cli::Failure;

/// One row with the number that a spreadsheet shows beside it.
pub(super) struct Row {
    pub(super) number: usize,
    pub(super) cells: Vec<String>,
}

/// A header and the rows below it.
pub(super) struct Sheet {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// How the file was read, where that was a guess.
    pub(super) guess: Option<&'static str>,
}

impl Sheet {
    /// Comma or tab separated text: UTF-8, or Shift_JIS as Excel on Windows saves it.
    pub(super) fn from_csv(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|error| fault(path, error))?;
        let (text, guess) = decoded(&bytes).ok_or_else(|| {
            fault(
                path,
                "the text is neither UTF-8 nor Shift_JIS; save it as \"CSV UTF-8\"",
            )
        })?;
        let first = text.lines().next().unwrap_or_default();
        let tabs = first.contains('\t') && !first.contains(',');
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(if tabs { b'\t' } else { b',' })
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| fault(path, error))?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push(Row {
                number: usize::try_from(line).unwrap_or(usize::MAX),
                cells: record.iter().map(|cell| cell.trim().to_owned()).collect(),
            });
        }
        Self::with_header(path, rows, guess)
    }

    /// The first sheet of an Excel workbook.
    pub(super) fn from_xlsx(path: &Path) -> Result<Self, Failure> {
        // The reader panics on some workbooks that no program writes.
        std::panic::catch_unwind(|| Self::from_workbook(path)).unwrap_or_else(|_| {
            let reason = "the workbook is damaged; save it anew as .xlsx or as .csv";
            Err(fault(path, reason))
        })
    }

    fn from_workbook(path: &Path) -> Result<Self, Failure> {
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(path)
            .map_err(|error: calamine::XlsxError| fault(path, error))?;
        let range = book
            .worksheet_range_at(0)
            .ok_or_else(|| fault(path, "the workbook has no sheet"))?
            .map_err(|error| fault(path, error))?;
        let first = range.start().map_or(0, |(row, _)| row as usize);
        let rows = range.rows().zip(first + 1..).map(|(cells, number)| Row {
            number,
            cells: cells.iter().map(shown).collect(),
        });
        Self::with_header(path, rows.collect(), None)
    }

    fn with_header(
        path: &Path,
        rows: Vec<Row>,
        guess: Option<&'static str>,
    ) -> Result<Self, Failure> {
        let blank = |row: &Row| row.cells.iter().all(String::is_empty);
        let mut rows = rows.into_iter().filter(|row| !blank(row));
        let header = rows
            .next()
            .ok_or_else(|| fault(path, "there is no row with the names of the columns"))?;
        Ok(Self {
            header: header.cells,
            rows: rows.collect(),
            guess,
        })
    }
}

fn fault(path: &Path, reason: impl std::fmt::Display) -> Failure {
    Failure(format!("{}: {reason}", path.display()))
}

/// The text, and the guess where it was one.
fn decoded(bytes: &[u8]) -> Option<(String, Option<&'static str>)> {
    let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // The line ends of Windows go: the CSV reader counts such lines one too low.
    if let Ok(text) = std::str::from_utf8(plain) {
        return Some((text.replace("\r\n", "\n"), None));
    }
    let text = encoding_rs::SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some((text.replace("\r\n", "\n"), Some("read as Shift_JIS")))
}

/// A cell as one would type it.
fn shown(cell: &Data) -> String {
    match cell {
        Data::DateTime(moment) => moment
            .as_datetime()
            .map_or_else(|| cell.to_string(), |moment| moment.date().to_string()),
        Data::DateTimeIso(text) => text.split('T').next().unwrap_or_default().to_owned(),
        Data::Error(_) | Data::Empty => String::new(),
        other => other.to_string().trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_utf_8_with_or_without_a_mark_and_else_as_shift_jis() {
        assert_eq!(
            decoded("\u{feff}種類".as_bytes()).unwrap(),
            ("種類".into(), None)
        );
        assert_eq!(decoded("種類".as_bytes()).unwrap().0, "種類");
        let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode("種類,訪問");
        let (text, guess) = decoded(&shift_jis).unwrap();
        assert_eq!((text.as_str(), guess.is_some()), ("種類,訪問", true));
        assert_eq!(decoded(&[0x81, 0x20, 0xff, 0xfe]), None);
    }

    #[test]
    fn a_number_in_a_sheet_is_shown_as_it_would_be_typed() {
        assert_eq!(shown(&Data::Float(4_250_005_000_529.0)), "4250005000529");
        assert_eq!(shown(&Data::Float(1.5)), "1.5");
        assert_eq!(shown(&Data::Bool(true)), "true");
        assert_eq!(shown(&Data::Empty), "");
    }
}
