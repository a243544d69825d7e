//! The control: the same harness must find what stock sled loses under its own flush, and that
//! it keeps what is synced besides.

use std::fs::File;
use std::panic::catch_unwind;
use std::path::Path;

use crate::power_cut::cut;
use crate::process::{Inside, Stage};

const TEST: &str = "sled_control::the_recorded_sled";

/// Not a test of its own: inserts and flushes; with the role `synced` it syncs sled's files too.
#[test]
fn the_recorded_sled() {
    let Some(mut inside) = Inside::here() else {
        return;
    };
    let path = inside.data.join("sled");
    let synced = inside.role == "synced";
    let database = sled::Config::new()
        .path(&path)
        .cache_capacity(1 << 20)
        .flush_every_ms(if synced { None } else { Some(500) })
        .open()
        .unwrap();
    let sync = || {
        for file in ["db", "conf", "", ".."] {
            File::open(path.join(file)).unwrap().sync_all().unwrap();
        }
    };
    // Names are durable in both roles: what is lost is lost by sled's flush of its file.
    sync();
    for number in 0..60_u64 {
        database.insert(number.to_be_bytes(), vec![7; 300]).unwrap();
        database.flush().unwrap();
        if synced {
            sync();
        }
        inside.acknowledge(&format!("{number}\n"));
    }
}

fn judge_sled(dir: &Path, promised: &str, _: usize) -> Result<(), String> {
    let promised = promised.lines().count() as u64;
    let opened = catch_unwind(|| -> Result<(), String> {
        let config = sled::Config::new()
            .path(dir.join("sled"))
            .flush_every_ms(None);
        let database = config.open().map_err(|error| error.to_string())?;
        let found = |number: &u64| {
            let value = database.get(number.to_be_bytes()).ok().flatten();
            value.is_some_and(|value| value == vec![7; 300])
        };
        let lost = (0..promised).filter(|number| !found(number)).count();
        (lost == 0)
            .then_some(())
            .ok_or(format!("{lost} of {promised} lost"))
    });
    opened.unwrap_or_else(|_| Err("sled panics at open".into()))
}

#[test]
fn stock_sled_loses_acknowledged_records_and_the_harness_sees_it() {
    let mut failures = Vec::new();
    for role in ["stock", "synced"] {
        let stage = Stage::new();
        assert!(stage.run(TEST, role, "").success());
        assert_eq!(stage.acknowledged().len(), 60);
        let outcome = cut(&stage.trace(), 120, false, 3, &judge_sled);
        let failed = outcome.failures.len();
        println!(
            "sled, {role}: {failed} of {} crash points fail",
            outcome.tried
        );
        println!("{:#?}", outcome.failures.iter().take(3).collect::<Vec<_>>());
        failures.push(failed);
    }
    assert!(
        failures[0] > 60,
        "stock sled fails only {} times",
        failures[0]
    );
    assert!(failures[1] < failures[0] / 4, "{failures:?}");
}
