//! Rot: flipped bits, zeroed and exchanged blocks, old files put back. A ledger opens identical,
//! or says by name what is wrong; never shorter, never other.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use banso_store::{Entry, EventStore as _, Ledger, Options};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use crate::judge::names_its_reason;
use crate::process::fast_dir;
use crate::workload::{ORIGIN, id, options, plain};
use crate::{points, spread};

/// A closed ledger, and what it held.
struct Sound {
    place: tempfile::TempDir,
    entries: Vec<Entry>,
}

fn fill(ledger: &Ledger, to: u64) {
    for position in ledger.size()..to {
        ledger.append(plain(position)).unwrap().wait().unwrap();
    }
}

fn sound(count: u64, options: Options) -> Sound {
    let place = fast_dir();
    let ledger = Ledger::create(&place.path().join("data"), ORIGIN, options).unwrap();
    fill(&ledger, count);
    let entries = ledger.read(0, usize::MAX).unwrap();
    ledger.close().unwrap();
    Sound { place, entries }
}

impl Sound {
    fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let path = item.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.metadata().unwrap().len() > 0 && !path.ends_with("lock") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What became of a damaged ledger.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Fate {
    Identical,
    /// Identical, and the report says what was mended.
    Healed,
    /// Refused at open, or when the damaged entry was read.
    Refused,
}

/// Opens a damaged directory and reads all of it; fails where it is shorter or other.
fn judged(dir: &Path, entries: &[Entry], what: &str) -> Fate {
    let (ledger, report) = match Ledger::open(dir, options()) {
        Ok(opened) => opened,
        Err(error) => {
            assert!(names_its_reason(&error), "{what}: refused with \"{error}\"");
            return Fate::Refused;
        }
    };
    assert_eq!(
        ledger.size(),
        entries.len() as u64,
        "{what}: {:?}",
        report.notes
    );
    let read = match ledger.read(0, usize::MAX) {
        Ok(read) => read,
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("position"), "{what}: {text}");
            return Fate::Refused;
        }
    };
    let other = read.iter().zip(entries).find(|(read, entry)| read != entry);
    assert!(
        other.is_none(),
        "{what}: another entry at {:?}, report {:?}; {:?}",
        other.map(|(read, _)| read.position),
        report.notes,
        other.map(|(read, entry)| {
            let pairs = read.bytes.iter().zip(&entry.bytes).enumerate();
            let differing: Vec<_> = pairs
                .filter(|(_, (read, entry))| read != entry)
                .take(3)
                .collect();
            format!("{differing:?}")
        })
    );
    for position in 0..ledger.size() {
        let found = ledger.position_of(id(position)).unwrap();
        assert_eq!(found, Some(position), "{what}");
    }
    // What the open does not look at, the background check does: it ends, or stops intake.
    for _ in 0..5000 {
        let status = ledger.status();
        if !status.writable {
            let reason = status.stopped.unwrap_or_default();
            assert!(reason.contains("position"), "{what}: {reason}");
            return Fate::Refused;
        }
        if status.scrubbed == ledger.size() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    if report.notes.is_empty() {
        Fate::Identical
    } else {
        Fate::Healed
    }
}

/// Damages one file of a copy and judges it.
fn damaged(sound: &Sound, file: &Path, what: &str, damage: impl FnOnce(&mut Vec<u8>)) -> Fate {
    let place = fast_dir();
    let dir = place.path().join("data");
    copy(&sound.data(), &dir);
    let path = dir.join(file.strip_prefix(sound.data()).unwrap());
    let mut bytes = fs::read(&path).unwrap();
    damage(&mut bytes);
    fs::write(&path, bytes).unwrap();
    judged(&dir, &sound.entries, what)
}

/// How many are identical, healed and refused.
fn tally(fates: &[Fate]) -> [usize; 3] {
    [Fate::Identical, Fate::Healed, Fate::Refused]
        .map(|wanted| fates.iter().filter(|fate| **fate == wanted).count())
}

/// The files that are not sled's, which is derived, large and mostly empty.
fn own_files(sound: &Sound) -> Vec<(PathBuf, usize)> {
    let own = files(&sound.data()).into_iter();
    own.filter(|path| !path.starts_with(sound.data().join("index")))
        .map(|path| {
            let bits = usize::try_from(path.metadata().unwrap().len()).unwrap() * 8;
            (path, bits)
        })
        .collect()
}

#[test]
fn no_flipped_bit_of_a_small_ledger_makes_it_shorter_or_other() {
    let sound = sound(5, options());
    let files = own_files(&sound);
    let bits: usize = files.iter().map(|(_, bits)| bits).sum();
    // Every single one in a full run.
    let step = if points() < 10_000 {
        (bits / points()).max(1)
    } else {
        1
    };
    let fates = spread(bits / step, |number| {
        let mut bit = number * step + number % step;
        let mut file = 0;
        while bit >= files[file].1 {
            bit -= files[file].1;
            file += 1;
        }
        let what = format!("{} bit {bit}", files[file].0.display());
        damaged(&sound, &files[file].0, &what, |bytes| {
            bytes[bit / 8] ^= 1 << (bit % 8);
        })
    });
    let [same, healed, refused] = tally(&fates);
    println!(
        "{} of {bits} bits: {same} the same, {healed} healed, {refused} refused",
        bits / step
    );
    assert!(refused > bits / step / 2);
}

#[test]
fn random_rot_of_a_larger_ledger_makes_it_never_shorter_or_other() {
    // Large in a full run: many blocks, tiles and segments, and bytes that an open does not look at.
    let entries = if points() < 10_000 { 700 } else { 5000 };
    let sound = sound(entries, options());
    let files = files(&sound.data());
    let count = points().max(100);
    let fates = spread(count, |number| {
        let mut random = SmallRng::seed_from_u64(number as u64);
        let file = &files[number % files.len()];
        let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
        let at = random.random_range(0..length);
        let other = random.random_range(0..length);
        let kind = number / files.len() % 4;
        let what = format!("{} kind {kind} at {at}, {other}", file.display());
        damaged(&sound, file, &what, |bytes| match kind {
            0 | 1 => bytes[at] ^= 1 << random.random_range(0..8),
            2 => bytes[at / 512 * 512..(at / 512 * 512 + 512).min(length)].fill(0),
            _ => {
                let block = 512.min(length);
                let (from, to) = (at.min(length - block), other.min(length - block));
                bytes.copy_within(from..from + block, to);
            }
        })
    });
    let [same, healed, refused] = tally(&fates);
    println!("{count} damages: {same} the same, {healed} healed, {refused} refused");
    assert!(same + healed > 0 && refused > 0);
}

#[test]
fn an_old_file_put_back_is_healed_or_refused() {
    let sound = sound(150, options());
    let old = fast_dir();
    copy(&sound.data(), old.path());
    let (ledger, _) = Ledger::open(&sound.data(), options()).unwrap();
    fill(&ledger, 400);
    let entries = ledger.read(0, usize::MAX).unwrap();
    ledger.close().unwrap();
    let grown = Sound {
        place: sound.place,
        entries,
    };
    let mut refused = 0;
    for file in files(old.path()) {
        let name = file.strip_prefix(old.path()).unwrap();
        let bytes = fs::read(&file).unwrap();
        let what = format!("an old {}", name.display());
        let fate = damaged(&grown, &grown.data().join(name), &what, |now| *now = bytes);
        refused += usize::from(fate == Fate::Refused);
    }
    assert!(refused > 0);
}

#[test]
fn a_head_from_the_future_is_refused() {
    let sound = sound(150, options());
    let old = fast_dir();
    copy(&sound.data(), old.path());
    let (ledger, _) = Ledger::open(&sound.data(), options()).unwrap();
    fill(&ledger, 160);
    ledger.close().unwrap();
    fs::copy(sound.data().join("head"), old.path().join("head")).unwrap();
    // Even with nothing left that was derived.
    for derived in ["tree", "index"] {
        fs::remove_dir_all(old.path().join(derived)).unwrap();
    }
    let refused = Ledger::open(old.path(), options())
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("position 150") && refused.contains("160"),
        "{refused}"
    );
}

#[test]
fn a_missing_or_emptied_file_is_healed_or_refused() {
    let sound = sound(200, options());
    for file in files(&sound.data()) {
        for empty in [true, false] {
            let place = fast_dir();
            let dir = place.path().join("data");
            copy(&sound.data(), &dir);
            let path = dir.join(file.strip_prefix(sound.data()).unwrap());
            fs::remove_file(&path).unwrap();
            if empty {
                fs::write(&path, "").unwrap();
            }
            let what = format!("{} missing or empty", file.display());
            judged(&dir, &sound.entries, &what);
        }
    }
}
