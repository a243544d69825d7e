//! Files that nobody would write: whatever is in a sheet, reading it ends in rows or in a refusal,
//! and every row in an event or in named faults. Nothing panics.

use std::io::Write as _;
use std::path::PathBuf;

use banso_core::event::event_types;
use banso_core::intake;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::row;
use super::sheet::Sheet;

/// A file of its own for each case.
fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

/// Reads it to the end, as an import does, without a ledger.
fn read(sheet: Sheet) {
    let Ok(columns) = row::columns(&sheet.header) else {
        return;
    };
    for given in sheet.rows {
        let event = row::event(&columns, &given.cells, 0);
        if let Err(faults) = intake::read(&event) {
            assert!(!faults.is_empty(), "refused without a fault");
        }
    }
}

/// The names of columns that there are.
fn columns() -> impl Strategy<Value = Vec<String>> {
    let fields = event_types().iter().flat_map(|known| known.fields);
    let mut names: Vec<_> = fields.map(|field| field.name.to_owned()).collect();
    names.extend(["figures.sales", "data", "種類", "対象", "日付", "id", "版"].map(str::to_owned));
    vec(select(names), 1..12)
}

fn cell() -> impl Strategy<Value = String> {
    let types: Vec<_> = event_types().iter().map(|known| known.name).collect();
    let words = [
        "法人",
        "令和7年4月31日",
        "R7.4.1",
        "１２,０００円",
        "-",
        "99999999999999999999",
        "{\"a\":1}",
    ];
    prop_oneof![
        3 => select(types).prop_map(str::to_owned),
        3 => select(words.to_vec()).prop_map(str::to_owned),
        2 => any::<f64>().prop_map(|number| number.to_string()),
        2 => ".{0,20}",
    ]
}

/// A workbook whose one sheet has this XML.
fn workbook(sheet: &[u8]) -> Vec<u8> {
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut put = |name: &str, content: &[u8]| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    };
    let start = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" \
         Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    put("_rels/.rels", start.as_bytes());
    let book = format!(
        "<workbook xmlns:r=\"{relations}\"><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"r1\"/>\
         </sheets></workbook>"
    );
    put("xl/workbook.xml", book.as_bytes());
    let links = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" \
         Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    put("xl/_rels/workbook.xml.rels", links.as_bytes());
    put("xl/worksheets/sheet1.xml", sheet);
    zip.finish().unwrap().into_inner()
}

/// A small sheet, some of its bytes changed.
fn sheet_xml() -> impl Strategy<Value = Vec<u8>> {
    let whole = "<worksheet><dimension ref=\"A1:C3\"/><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\">\
        <is><t>種類</t></is></c><c r=\"B1\" t=\"s\"><v>0</v></c></row><row r=\"3\"><c r=\"A3\"><v>4.5e3</v></c>\
        <c r=\"C3\" t=\"b\"><v>1</v></c><c r=\"B3\" t=\"e\"><v>#REF!</v></c></row></sheetData></worksheet>";
    let places = vec((0..whole.len(), any::<u8>()), 0..4);
    places.prop_map(move |changes| {
        let mut bytes = whole.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #[test]
    fn any_bytes_as_csv_end_in_rows_or_in_a_refusal(bytes in vec(any::<u8>(), 0..400)) {
        let (_dir, path) = file("a.csv", &bytes);
        if let Ok(sheet) = Sheet::from_csv(&path) {
            read(sheet);
        }
    }

    #[test]
    fn any_cells_below_known_columns_become_an_event_or_named_faults(
        header in columns(),
        rows in vec(vec(cell(), 0..14), 0..6),
    ) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(&header).unwrap();
        for cells in &rows {
            writer.write_record(cells).unwrap();
        }
        let (_dir, path) = file("a.csv", &writer.into_inner().unwrap());
        if let Ok(sheet) = Sheet::from_csv(&path) {
            read(sheet);
        }
    }

    #[test]
    fn any_workbook_ends_in_rows_or_in_a_refusal(sheet in sheet_xml()) {
        let (_dir, path) = file("a.xlsx", &workbook(&sheet));
        if let Ok(sheet) = Sheet::from_xlsx(&path) {
            read(sheet);
        }
    }
}

#[test]
fn the_workbook_that_is_changed_is_one_that_can_be_read() {
    let xml = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>種類</t></is></c></row>\
        </sheetData></worksheet>";
    let (_dir, path) = file("a.xlsx", &workbook(xml.as_bytes()));
    assert_eq!(Sheet::from_xlsx(&path).unwrap().header, ["種類"]);
}
