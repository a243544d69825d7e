//! Runs this test program again as the process under test, with the recorder preloaded.
//!
//! Everything lies in memory (`/dev/shm`) where there is one: the model decides what a sync is
//! worth, the real disk would only cost time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::trace::{self, Change};

/// Tells a process under test what to do; absent in a run of the tests.
pub(crate) const ROLE: &str = "BANSO_FAULT_ROLE";

/// A process that is being started holds the locks of this one for a moment: whoever opens ledgers
/// beside it reads this lock, whoever starts a process writes it.
pub(crate) static STARTING: RwLock<()> = RwLock::new(());

/// A temporary directory on the fastest disk there is.
pub(crate) fn fast_dir() -> tempfile::TempDir {
    let shared = Path::new("/dev/shm");
    let dir = if shared.is_dir() {
        tempfile::tempdir_in(shared)
    } else {
        tempfile::tempdir()
    };
    dir.unwrap()
}

/// The recorder, compiled once.
static RECORDER: OnceLock<Vec<u8>> = OnceLock::new();

fn compiled() -> Vec<u8> {
    let place = fast_dir();
    let recorder = place.path().join("recorder.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/recorder.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .args([recorder.as_path(), source.as_path()])
        .args(["-ldl", "-lpthread"])
        .status();
    assert!(
        compiled.unwrap().success(),
        "cc cannot compile {}",
        source.display()
    );
    fs::read(recorder).unwrap()
}

/// A directory under test, beside its trace and its acknowledgements.
pub(crate) struct Stage {
    place: tempfile::TempDir,
    recorder: PathBuf,
}

impl Stage {
    /// Lays the recorder beside an empty data directory.
    pub(crate) fn new() -> Self {
        let place = fast_dir();
        let recorder = place.path().join("recorder.so");
        fs::write(&recorder, RECORDER.get_or_init(compiled)).unwrap();
        fs::create_dir(place.path().join("data")).unwrap();
        fs::write(place.path().join("acks"), "").unwrap();
        Self { place, recorder }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// Runs a test of this program as the process under test; `plan` is the recorder's.
    pub(crate) fn run(&self, test: &str, role: &str, plan: &str) -> ExitStatus {
        let starting = STARTING.write().unwrap_or_else(PoisonError::into_inner);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--test-threads", "1", "--nocapture"])
            .env(ROLE, role)
            .env("LD_PRELOAD", &self.recorder)
            .env("BANSO_FAULT_DIR", self.data())
            .env("BANSO_FAULT_ACKS", self.place.path().join("acks"))
            .env("BANSO_FAULT_TRACE", self.place.path().join("trace"))
            .env("BANSO_FAULT_PLAN", plan)
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.place.path().join("errors")).unwrap())
            .spawn()
            .unwrap();
        drop(starting);
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if started.elapsed() > Duration::from_mins(1) {
                child.kill().unwrap();
                panic!("{test} as {role} with the plan \"{plan}\" does not end");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What the last process said when it ended, for the message of a test that fails.
    pub(crate) fn last_words(&self) -> String {
        let said = fs::read_to_string(self.place.path().join("errors")).unwrap();
        format!("{:?}\n{said}", self.acknowledged().last())
    }

    /// What was recorded so far.
    pub(crate) fn trace(&self) -> Vec<Change> {
        trace::read(&self.place.path().join("trace"))
    }

    /// How many calls met the plan so far.
    pub(crate) fn failures(&self) -> usize {
        let trace = self.trace().into_iter();
        trace
            .filter(|change| matches!(change, Change::Failed))
            .count()
    }

    /// What was acknowledged so far, a line each.
    pub(crate) fn acknowledged(&self) -> Vec<String> {
        let text = fs::read_to_string(self.place.path().join("acks")).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

/// Inside a process under test: its role, its data directory and where to acknowledge.
pub(crate) struct Inside {
    pub(crate) role: String,
    pub(crate) data: PathBuf,
    acks: fs::File,
}

impl Inside {
    /// `None` in a run of the tests.
    pub(crate) fn here() -> Option<Self> {
        let role = std::env::var(ROLE).ok()?;
        let data = std::env::var_os("BANSO_FAULT_DIR")?.into();
        let acks = std::env::var_os("BANSO_FAULT_ACKS")?;
        let acks = fs::OpenOptions::new().append(true).open(acks).unwrap();
        Some(Self { role, data, acks })
    }

    /// Promises something to the outside: lines.
    pub(crate) fn acknowledge(&mut self, lines: &str) {
        use std::io::Write as _;
        self.acks.write_all(lines.as_bytes()).unwrap();
    }
}
