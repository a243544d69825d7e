//! House rules that a program can check, over every file of the repository.
//!
//! Knows nothing of what the code does. A rule with exceptions lists them here, each with a reason.

use std::collections::{BTreeSet, HashSet};

use sha2::{Digest, Sha256};

use crate::source::{self, File};

/// The longest file that needs no reason.
const LONGEST: usize = 400;

/// Longer files, each with why it is not split.
const LONG: [(&str, &str); 0] = [];

const CODE: [&str; 9] = ["rs", "py", "js", "mjs", "css", "html", "sh", "run", "go"];
const PROSE: [&str; 3] = ["md", "toml", "yml"];

/// SHA-256 of [`SALT`] and the name of the one real person in the certified plan, without spaces.
const REAL_PERSON: &str = "e5df0f00abba32f2e25e843e49ad3e39ff61042738d13aa55c2ca93265f0b589";
const SALT: &str = "8439b79e303af0560546fb5e892ada0a";
/// Letters of that name.
const NAME_LETTERS: usize = 4;

fn written() -> impl Iterator<Item = &'static File> {
    source::files_of(&CODE).chain(source::files_of(&PROSE))
}

/// Fails with every place at once.
#[track_caller]
fn none_of(places: impl IntoIterator<Item = String>) {
    let places: Vec<_> = places.into_iter().collect();
    assert!(places.is_empty(), "\n{}", places.join("\n"));
}

fn places(files: impl Iterator<Item = &'static File>, bad: impl Fn(&str) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    for file in files {
        let lines = file.lines().filter(|(_, line)| bad(line));
        places.extend(lines.map(|(at, line)| format!("{}:{at}: {}", file.path, line.trim())));
    }
    places
}

#[test]
fn a_file_is_short_or_says_why_not() {
    let long = source::files_of(&CODE).filter(|file| file.lines().count() > LONGEST);
    let long: BTreeSet<_> = long.map(|file| file.path.as_str()).collect();
    let listed: BTreeSet<_> = LONG.iter().map(|(path, _)| *path).collect();
    none_of(
        long.difference(&listed)
            .map(|path| format!("{path} is too long")),
    );
    none_of(
        listed
            .difference(&long)
            .map(|path| format!("{path} needs no reason")),
    );
}

#[test]
fn every_rust_file_begins_with_what_it_is_for() {
    let silent = source::files_of(&["rs"]).filter(|file| {
        !file
            .text
            .as_ref()
            .is_some_and(|text| text.starts_with("//! "))
    });
    none_of(silent.map(|file| file.path.clone()));
}

#[test]
fn nothing_is_left_to_do() {
    let marks = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("#[ign", "ore"),
    ];
    none_of(places(written(), |line| {
        marks.iter().any(|mark| line.contains(mark))
    }));
}

#[test]
fn no_line_ends_in_a_space_and_every_file_in_a_newline() {
    none_of(places(written(), |line| {
        line.ends_with([' ', '\t', '\u{3000}'])
    }));
    let open = written().filter(|file| {
        file.text
            .as_ref()
            .is_some_and(|text| !text.is_empty() && !text.ends_with('\n'))
    });
    none_of(open.map(|file| file.path.clone()));
}

#[test]
fn a_test_is_named_by_a_sentence() {
    let prefix = concat!("fn te", "st_");
    none_of(places(source::files_of(&["rs"]), |line| {
        line.trim_start().starts_with(prefix)
    }));
}

#[test]
fn no_path_of_a_workplace_is_written_down() {
    let paths = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
    ];
    none_of(places(written(), |line| {
        paths.iter().any(|path| line.contains(path))
    }));
}

/// Targets of `[text](target)` in one line.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target)
}

/// The parts of a line between backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[test]
fn the_links_of_the_papers_point_at_files() {
    let mut broken = Vec::new();
    for file in source::files_of(&["md"]) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (at, line) in file.lines() {
            for link in links(line).filter(|link| !link.contains("://") && !link.starts_with('#')) {
                let target = link.split('#').next().unwrap_or(link);
                if !source::root().join(folder).join(target).exists() {
                    broken.push(format!("{}:{at}: {link}", file.path));
                }
            }
        }
    }
    none_of(broken);
}

#[test]
fn the_paths_that_the_papers_name_exist() {
    let folders = [
        "core/",
        "store/",
        "projections/",
        "server/",
        "tests/",
        "xtask/",
        "docs/",
        "plans/",
    ];
    let mut missing = Vec::new();
    for file in source::files_of(&["md"]) {
        for (at, line) in file.lines() {
            for path in quoted(line) {
                let names_a_path = folders.iter().any(|folder| path.starts_with(folder))
                    && !path.contains(['<', '*', ' ', '{', '…']);
                if names_a_path && !source::root().join(path).exists() {
                    missing.push(format!("{}:{at}: {path}", file.path));
                }
            }
        }
    }
    none_of(missing);
}

#[test]
fn the_words_of_the_glossary_stand_in_the_code() {
    let code: Vec<_> = source::files_of(&["rs", "js", "py"])
        .filter_map(|file| file.text.as_deref())
        .collect();
    let words: HashSet<_> = code
        .iter()
        .flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
        .collect();
    let known = |name: &str| match name.rsplit("::").next() {
        _ if name.contains('/') => source::root().join(name).exists(),
        _ if name.contains('.') => code
            .iter()
            .any(|text| text.contains(&format!("\"{name}\""))),
        last => words.contains(last.unwrap_or(name)),
    };
    let glossary = source::files()
        .iter()
        .find(|file| file.path == "docs/glossary.md")
        .unwrap();
    let mut rows = 0;
    let mut unknown = Vec::new();
    for (at, line) in glossary.lines().filter(|(_, line)| line.starts_with('|')) {
        let cells: Vec<_> = line.trim_matches('|').split('|').collect();
        assert_eq!(cells.len(), 3, "docs/glossary.md:{at} has not three cells");
        rows += 1;
        let lost = quoted(cells[2]).filter(|name| !known(name));
        unknown.extend(lost.map(|name| format!("docs/glossary.md:{at}: {name}")));
    }
    assert!(rows > 20, "the glossary has only {rows} rows");
    none_of(unknown);
}

fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '々')
}

/// True if the text holds the name with this salted hash, however it is spaced or punctuated.
fn names(text: &str, salted_hash: &str) -> bool {
    let letters: Vec<_> = text
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    let windows: HashSet<_> = letters.windows(NAME_LETTERS).collect();
    windows
        .into_iter()
        .filter(|window| window.iter().all(|letter| is_ideograph(*letter)))
        .any(|window| hash_of(&window.iter().collect::<String>()) == salted_hash)
}

fn hash_of(name: &str) -> String {
    hex::encode(
        Sha256::new()
            .chain_update(SALT)
            .chain_update(name)
            .finalize(),
    )
}

#[test]
fn no_real_person_is_named() {
    let named = source::files().iter().filter(|file| {
        let text = file.text.as_deref().unwrap_or_default();
        names(text, REAL_PERSON) || names(&file.path, REAL_PERSON)
    });
    none_of(named.map(|file| file.path.clone()));
}

#[test]
fn a_name_is_found_however_it_is_spaced() {
    let wanted = hash_of("架空太郎");
    for text in [
        "担当は架空太郎です",
        "架空 太郎",
        "架空　太郎",
        "架空・太\n郎",
    ] {
        assert!(names(text, &wanted), "{text}");
    }
    assert!(!names("架空次郎", &wanted));
}
