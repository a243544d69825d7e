//! The table of targets and actuals for a terminal, with columns that line up in Japanese.

use serde_json::Value;

/// The width of a text in columns: Japanese signs take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|sign| if wide(sign) { 2 } else { 1 })
        .sum()
}

/// East Asian wide and full-width signs, and the ambiguous ones that Japanese fonts draw wide.
fn wide(sign: char) -> bool {
    matches!(u32::from(sign), 0x1100..=0x115f | 0x203b | 0x2460..=0x24ff | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6)
}

fn padded(text: &str, columns: usize, right: bool) -> String {
    let space = " ".repeat(columns.saturating_sub(width(text)));
    if right {
        format!("{space}{text}")
    } else {
        format!("{text}{space}")
    }
}

/// A number as offices print it: with commas; － where there is none.
pub(crate) fn number(value: &Value) -> String {
    match value {
        Value::Number(number) => with_commas(&number.to_string()),
        _ => "－".to_owned(),
    }
}

fn with_commas(text: &str) -> String {
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}

/// The rows of a KPI answer as text.
pub(super) fn text(table: &Value) -> String {
    let mut rows =
        vec![["番号", "指標", "単位", "現行", "目標", "実績", "達成率"].map(str::to_owned)];
    for row in table["indicators"].as_array().into_iter().flatten() {
        let words = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let rate = match &row["rate"] {
            Value::Null if row["target"].is_null() && row["actual"].as_f64() > Some(0.0) => {
                "計画外".to_owned()
            }
            Value::Null => "－".to_owned(),
            rate => format!("{}%", number(rate)),
        };
        rows.push([
            words("id"),
            words("label"),
            words("unit"),
            number(&row["baseline"]),
            number(&row["target"]),
            number(&row["actual"]),
            rate,
        ]);
    }
    let mut widths = [0; 7];
    for row in &rows {
        for (cell, columns) in row.iter().zip(&mut widths) {
            *columns = (*columns).max(width(cell));
        }
    }
    let mut out = format!("{}\n", table["label"].as_str().unwrap_or_default());
    for row in &rows {
        let cells = row.iter().zip(widths).enumerate();
        let line: Vec<_> = cells
            .map(|(at, (cell, columns))| padded(cell, columns, at > 2))
            .collect();
        out.push_str(line.join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// The rows of a KPI answer as CSV (RFC 4180).
pub(super) fn csv(table: &Value) -> String {
    let columns = [
        "id", "section", "label", "unit", "baseline", "target", "actual", "rate", "grade",
        "reading", "late",
    ];
    let mut out = columns.join(",");
    out.push_str("\r\n");
    for row in table["indicators"].as_array().into_iter().flatten() {
        let cells: Vec<_> = columns.iter().map(|name| csv_cell(&row[*name])).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

fn csv_cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.contains(['"', ',', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_grouped_and_absent_ones_are_dashes() {
        assert_eq!(number(&json!(1_234_567)), "1,234,567");
        assert_eq!(number(&json!(-12.5)), "-12.5");
        assert_eq!(number(&json!(null)), "－");
    }

    #[test]
    fn columns_line_up_with_wide_signs() {
        assert_eq!(padded("件", 4, true), "  件");
        assert_eq!(width("ＤＸセミナー"), 12);
    }
}
