//! A disk that is really full: a small file system in memory, filled over HTTP.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::program::{Server, assert_all_there, assert_stopped, fine, new_ledger, visit};

const DISK_MEGABYTES: usize = 40;
/// What is put aside, and taken away when room is needed.
const BALLAST_MEGABYTES: usize = 16;

/// A small disk, gone again at the end.
struct Disk {
    place: tempfile::TempDir,
}

impl Disk {
    /// `None` where this machine lets nobody mount.
    fn mounted() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={DISK_MEGABYTES}m"),
                "tmpfs",
            ])
            .arg(place.path())
            .output();
        match mounted {
            Ok(done) if done.status.success() => Some(Self { place }),
            refused => {
                eprintln!("LEFT OUT: no file system can be mounted here: {refused:?}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What is still open there keeps it until it ends.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Posts until the first refusal; gives the events that were taken and one that was not.
async fn fill(server: &Server, case: &str) -> (Vec<Value>, Value) {
    let mut taken = Vec::new();
    loop {
        let events: Vec<_> = (0..200).map(|_| visit(case, 9_000)).collect();
        let answers = server.post_lines(&events).await;
        for (event, answer) in events.into_iter().zip(answers) {
            match answer["status"].as_u64() {
                Some(201) => taken.push(event),
                Some(503) => return (taken, event),
                other => panic!("{other:?}: {answer}"),
            }
        }
        assert!(taken.len() < 10_000, "the disk does not get full");
    }
}

#[tokio::test]
async fn a_full_disk_stops_intake_with_a_word_and_a_restart_with_room_goes_on() {
    let Some(disk) = Disk::mounted() else {
        return;
    };
    fs::write(disk.ballast(), vec![0; BALLAST_MEGABYTES << 20]).unwrap();
    let data = disk.path().join("data");
    let token = new_ledger(&data);
    let server = Server::start(&data, &token, 1024);
    let case = server.case().await;
    let (taken, refused) = fill(&server, &case).await;
    println!("{} events were taken before the disk was full", taken.len());
    assert!(!taken.is_empty());

    assert_stopped(server.post(&refused).await, "No space left on device").await;
    assert_stopped(server.get("/readyz").await, "No space left on device").await;
    for path in [
        "/healthz",
        "/v1/events?limit=5",
        "/v1/kpis?fy=R7",
        "/checkpoint",
    ] {
        assert_eq!(server.get(path).await.status(), 200, "{path}");
    }
    let ids = server.ids().await;
    assert_all_there(&ids, &taken);
    server.stop();

    fs::remove_file(disk.ballast()).unwrap();
    fine(&["verify"], &data);
    let server = Server::start(&data, &token, 1024);
    assert_eq!(server.get("/readyz").await.status(), 200);
    server.taken(&refused).await;
    for event in [&refused, &taken[0], &taken[taken.len() - 1]] {
        assert_eq!(server.taken(event).await, 200, "it was there already");
    }
    let ids = server.ids().await;
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "an event stands twice");
    assert!(ids.len() > taken.len());
    server.stop();
    fine(&["verify"], &data);
}
