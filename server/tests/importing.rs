//! `banso import` of what people keep: spreadsheets, and CSV as Excel saves it.
//!
//! The real program on real files; what is counted afterwards is `banso replay`'s.
#![allow(clippy::unwrap_used, reason = "a test that fails has nothing to lose")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn banso(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_banso"))
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap()
}

fn import(dir: &Path, file: &str) -> (bool, String, String) {
    let output = banso(dir, &["import", file]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// The value of an indicator in R7, recomputed from the events.
fn counted(dir: &Path, indicator: &str) -> Value {
    let output = banso(dir, &["replay", "--fy", "R7", "--format", "json"]);
    let table: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = table["indicators"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == indicator).unwrap();
    row["actual"].clone()
}

/// Rows in the words of the pages: a business, its case, an analysis, and one with two faults.
const ROWS: &str = "\
種類|対象|日付|区分|name|business_id|担当の経営指導員|analysis_id|figures.sales
事業者登録|business/0197a3f0-1111-7000-8000-000000000001|R7.4.1|法人|架空商店||||
case.opened|case/0197a3f0-2222-7000-8000-000000000001|令和7年4月2日|||\
0197a3f0-1111-7000-8000-000000000001|0197a3f0-4444-7000-8000-000000000001||
analysis.completed|case/0197a3f0-2222-7000-8000-000000000001|2025/4/3|||||\
0197a3f0-3333-7000-8000-000000000001|１２,０００,０００円
analysis.completed|case/0197a3f0-2222-7000-8000-000000000001|2025/2/30|||||0197a3f0-5555-7000-8000-000000000001|たくさん";

fn rows() -> Vec<Vec<String>> {
    let cells = |row: &str| row.split('|').map(str::to_owned).collect();
    ROWS.lines().map(cells).collect()
}

fn csv(rows: &[Vec<String>]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|cells| format!("\"{}\"", cells.join("\",\"")))
        .collect();
    rows.join("\r\n")
}

/// The least workbook that Excel opens.
fn workbook(rows: &[Vec<String>]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut put = |name: &str, content: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    };
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    put(
        "[Content_Types].xml",
        &format!(
            "<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
        ),
    );
    put(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" \
         Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    put(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets>\
         <sheet name=\"記録\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
        ),
    );
    put(
        "xl/_rels/workbook.xml.rels",
        &format!(
            "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" \
         Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
        ),
    );
    let cell = |text: &String| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row =
        |cells: &Vec<String>| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
    put(
        "xl/worksheets/sheet1.xml",
        &format!(
            "<worksheet xmlns=\"{main}\"><sheetData>{}</sheetData></worksheet>",
            rows.iter().map(row).collect::<String>()
        ),
    );
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_sheet_that_excel_saved_in_shift_jis_is_imported_and_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let text = csv(&rows());
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    std::fs::write(dir.path().join("記録.csv"), &bytes).unwrap();
    let (fine, told, error) = import(dir.path(), "記録.csv");
    assert!(!fine, "one row is wrong");
    assert!(
        told.contains("3 recorded, 0 known already, 1 refused"),
        "{told}{error}"
    );
    assert!(error.contains("Shift_JIS"), "{error}");
    let wrong = error
        .lines()
        .find(|line| line.contains("記録.csv:5:"))
        .unwrap();
    assert!(
        wrong.contains("/occurred_on") && wrong.contains("/data/figures"),
        "{wrong}"
    );
    assert_eq!(counted(dir.path(), "A2"), 1);

    // Corrected, in another encoding, with a new row above: what was recorded is known.
    let mut rows = rows();
    rows.pop();
    let other = |cell: &String| cell.replace("000000000001", "000000000009");
    let another = rows[1].iter().map(other).collect();
    rows.insert(1, another);
    std::fs::write(dir.path().join("again.csv"), csv(&rows)).unwrap();
    let (fine, told, error) = import(dir.path(), "again.csv");
    assert!(fine, "{error}");
    assert!(
        told.contains("1 recorded, 3 known already, 0 refused"),
        "{told}"
    );
}

#[test]
fn a_workbook_is_imported_like_the_same_rows_as_csv() {
    let dir = tempfile::tempdir().unwrap();
    let rows = &rows()[..4];
    std::fs::write(dir.path().join("記録.xlsx"), workbook(rows)).unwrap();
    let (fine, told, error) = import(dir.path(), "記録.xlsx");
    assert!(fine && told.contains("3 recorded"), "{told}{error}");
    std::fs::write(dir.path().join("記録.csv"), csv(rows)).unwrap();
    let (_, told, _) = import(dir.path(), "記録.csv");
    assert!(told.contains("0 recorded, 3 known already"), "{told}");
    assert_eq!(counted(dir.path(), "A2"), 1);
}

#[test]
fn a_file_with_an_unknown_column_or_no_sheet_is_refused_whole() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content, part) in [
        (
            "typo.csv",
            "type,subject,occured_on\nvisit.done,case/x,2025-04-01",
            "\"occured_on\"",
        ),
        ("empty.csv", "\n\n", "names of the columns"),
        ("broken.xlsx", "PK", "broken.xlsx"),
        ("list.ods", "x", "only .ndjson, .csv and .xlsx"),
    ] {
        std::fs::write(dir.path().join(name), content).unwrap();
        let (fine, _, error) = import(dir.path(), name);
        assert!(!fine && error.contains(part), "{name}: {error}");
        assert_eq!(error.trim().lines().count(), 1, "{error}");
    }
    assert!(!dir.path().join("banso-data").exists(), "nothing was begun");
}
