//! A process that is killed, or whose writes fail, at any moment: what it acknowledged is there.
//!
//! The test runs its own executable again as the process that dies. A kill keeps the page cache;
//! lost sectors are the business of the journal's tail tests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::*;
use crate::tests_support::{draft, options};

const DIR: &str = "BANSO_STORE_CRASH_TEST_DIR";

/// Not a test of its own: appends for ever where it is told to, and says what was acknowledged.
#[test]
fn the_process_that_dies() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let (ledger, _) = Ledger::open(Path::new(&dir), options()).unwrap();
    let mut out = std::io::stdout();
    for number in ledger.size().. {
        let Ok(ticket) = ledger.append(draft(number)) else {
            break;
        };
        let Ok(appended) = ticket.wait() else { break };
        writeln!(out, "acked {}", appended.position).unwrap();
        out.flush().unwrap();
    }
    // Further appends are refused, reads go on.
    assert!(matches!(
        ledger.append(draft(u64::MAX - 1)),
        Err(AppendError::Stopped { .. })
    ));
    assert_eq!(
        ledger.read(0, usize::MAX).unwrap().len() as u64,
        ledger.size()
    );
    writeln!(out, "stopped").unwrap();
}

/// Runs that process, perhaps behind a shell that limits it; gives its last acknowledged
/// position and whether it stopped by itself.
fn run(dir: &Path, limit: &str, kill_after: Option<Duration>) -> (Option<u64>, bool) {
    let exe = std::env::current_exe().unwrap();
    let mut child = Command::new("sh")
        .args([
            "-c",
            &format!(
                "{limit} exec \"$0\" --exact ledger::crash_tests::the_process_that_dies --nocapture"
            ),
        ])
        .arg(exe)
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let (mut last, mut stopped) = (None, false);
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some((_, number)) = line.split_once("acked ") {
                last = number.parse().ok().or(last);
            }
            stopped |= line.ends_with("stopped");
        }
        (last, stopped)
    });
    if let Some(after) = kill_after {
        std::thread::sleep(after);
        child.kill().unwrap();
    }
    child.wait().unwrap();
    reader.join().unwrap()
}

fn assert_whole(dir: &Path, acked: Option<u64>) -> u64 {
    let (ledger, _) = Ledger::open(dir, options()).unwrap();
    let size = ledger.size();
    assert!(
        acked.is_none_or(|acked| acked < size),
        "acknowledged {acked:?}, found {size}"
    );
    for (number, entry) in (0..).zip(ledger.read(0, usize::MAX).unwrap()) {
        assert_eq!(
            ledger.position_of(draft(number).id).unwrap(),
            Some(entry.position)
        );
    }
    drop(ledger);
    let report = crate::verify::verify(dir, &[], &mut |_, _| {}).unwrap();
    assert_eq!((report.faults, report.size), (vec![], size));
    size
}

#[test]
fn a_killed_process_loses_nothing_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    Ledger::create(dir.path(), "ledger.example/t", options()).unwrap();
    let mut acked = None;
    for round in 0..12 {
        let kill_after = Duration::from_millis(60 + 17 * round);
        acked = run(dir.path(), "", Some(kill_after)).0.or(acked);
        assert_whole(dir.path(), acked);
    }
    assert!(acked.is_some());
}

#[test]
fn failing_writes_stop_intake_and_lose_nothing_acknowledged() {
    // Writes beyond the limit (in blocks of 512 bytes) fail, first those of the index or the
    // journal, whichever grows there first.
    let mut stopped_after_acks = 0;
    for blocks in [24, 40, 56, 120, 1100, 1400] {
        let dir = tempfile::tempdir().unwrap();
        Ledger::create(dir.path(), "ledger.example/t", options()).unwrap();
        let limit = format!("trap '' XFSZ; ulimit -f {blocks};");
        let (acked, stopped) = run(dir.path(), &limit, None);
        assert_whole(dir.path(), acked);
        stopped_after_acks += u32::from(stopped && acked.is_some());
    }
    // Under the smallest limits the ledger does not even open.
    assert!(stopped_after_acks > 0);
}
