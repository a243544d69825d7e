//! Which crate may know which, read from the manifests; see ARCHITECTURE.md.
//!
//! server -> projections -> core, and server -> store. Nothing else: core and store do not know
//! each other, and only store knows its database.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::source;

/// Each crate of the workspace with those that it may name.
const ARROWS: [(&str, &[&str]); 6] = [
    ("core", &[]),
    ("projections", &["banso-core"]),
    (
        "server",
        &["banso-core", "banso-projections", "banso-store"],
    ),
    ("store", &[]),
    (
        "tests",
        &[
            "banso-core",
            "banso-projections",
            "banso-server",
            "banso-store",
        ],
    ),
    ("xtask", &[]),
];

/// What a pure crate never names: clocks, randomness, files, the network, processes.
const IMPURE: [&str; 12] = [
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "SystemTime",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "Uuid::new_v4",
    "Uuid::now_v7",
    "getrandom",
    "rand::",
];

fn manifest(folder: &str) -> Table {
    let path = if folder.is_empty() {
        "Cargo.toml".to_owned()
    } else {
        format!("{folder}/Cargo.toml")
    };
    let text = std::fs::read_to_string(source::root().join(&path)).unwrap();
    text.parse()
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The packages that a manifest names, whatever for and on whatever platform.
fn dependencies(manifest: &Table) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (key, value) in manifest {
        let Value::Table(table) = value else { continue };
        if key.ends_with("dependencies") {
            names.extend(table.iter().map(|(name, dependency)| {
                let renamed = dependency.get("package").and_then(Value::as_str);
                renamed.unwrap_or(name).to_owned()
            }));
        } else if key == "target" {
            let platforms = table.values().filter_map(Value::as_table);
            names.extend(platforms.flat_map(dependencies));
        }
    }
    names
}

fn own(name: &str) -> bool {
    name.starts_with("banso-") || name == "xtask"
}

#[test]
fn every_crate_is_known_here() {
    let workspace = manifest("");
    let members: BTreeSet<_> = workspace["workspace"]["members"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let known: BTreeSet<_> = ARROWS.iter().map(|(folder, _)| *folder).collect();
    assert_eq!(
        members, known,
        "give a new crate its arrows in tests/layers.rs"
    );
}

#[test]
fn no_crate_names_another_against_the_arrows() {
    for (folder, allowed) in ARROWS {
        for name in dependencies(&manifest(folder))
            .iter()
            .filter(|name| own(name))
        {
            assert!(
                allowed.contains(&name.as_str()),
                "{folder}/Cargo.toml must not name {name}"
            );
        }
    }
}

#[test]
fn a_forbidden_arrow_is_seen_in_every_place_where_it_could_stand() {
    for text in [
        "[dependencies]\nbanso-store.workspace = true",
        "[dev-dependencies]\nbanso-store = { path = \"../store\" }",
        "[build-dependencies]\nbanso-store = \"1\"",
        "[target.'cfg(unix)'.dependencies]\nbanso-store = \"1\"",
        "[dependencies]\nharmless = { package = \"banso-store\", path = \"../store\" }",
        "[dependencies.banso-store]\npath = \"../store\"",
    ] {
        let names = dependencies(&text.parse().unwrap());
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            ["banso-store"],
            "{text}"
        );
    }
}

#[test]
fn the_database_is_named_in_store_alone() {
    let database = concat!("sl", "ed");
    let second = concat!("post", "gres");
    for (folder, _) in ARROWS.iter().filter(|(folder, _)| *folder != "store") {
        for database in [database, second] {
            let named = dependencies(&manifest(folder)).contains(database);
            assert!(!named, "{folder}/Cargo.toml must not name {database}");
        }
    }
    let used = format!("{database}::");
    for file in source::files_of(&["rs"]).filter(|file| !file.path.starts_with("store/")) {
        for (at, line) in file.lines() {
            assert!(
                !line.contains(&used),
                "{}:{at} must not name {database}",
                file.path
            );
        }
    }
}

#[test]
fn core_and_projections_are_pure() {
    let pure = |path: &str| path.starts_with("core/src/") || path.starts_with("projections/src/");
    for file in source::files_of(&["rs"]).filter(|file| pure(&file.path)) {
        for (at, line) in file.lines() {
            let found = IMPURE.iter().find(|word| line.contains(**word));
            assert!(found.is_none(), "{}:{at} names {found:?}", file.path);
        }
    }
}

#[test]
fn every_crate_obeys_the_lints_of_the_workspace() {
    for (folder, _) in ARROWS {
        let manifest = manifest(folder);
        let inherited = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        assert_eq!(
            inherited.and_then(Value::as_bool),
            Some(true),
            "{folder}/Cargo.toml"
        );
    }
}
