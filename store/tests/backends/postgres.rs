//! The suite on a real PostgreSQL, and what only a database can do to a ledger.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use banso_store::{EventStore as _, MemoryStore, PostgresStore, Signer, StoreError};
use postgres::{Client, NoTls};
use tempfile::TempDir;

use super::{ORIGIN, draft, fill, gives_gapless_positions, keeps_its_promises};

/// A database server in a folder of its own, reached by a socket; it ends with this value.
struct Server {
    process: Child,
    dir: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGQUIT ends it at once; what it leaves is removed with the folder.
        let _gone = Command::new("kill")
            .args(["-QUIT", &self.process.id().to_string()])
            .status();
        let _gone = self.process.wait();
    }
}

/// None where PostgreSQL lacks; `cargo xtask test` says so, and fails for it under CI=true.
fn server() -> Option<Server> {
    let programs = PathBuf::from(std::env::var_os("BANSO_TEST_PG_BIN")?);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let made = as_user(&programs.join("initdb"))
        .args([
            "--auth=trust",
            "--username=banso",
            "--encoding=UTF8",
            "--no-sync",
            "-D",
        ])
        .arg(&data)
        .stdout(Stdio::null())
        .status();
    assert!(made.unwrap().success(), "initdb failed");
    let process = as_user(&programs.join("postgres"))
        .arg("-D")
        .arg(&data)
        .args(["-c", "listen_addresses=", "-k"])
        .arg(dir.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server { process, dir };
    let started = Instant::now();
    while Client::connect(&server.url(), NoTls).is_err() {
        assert!(
            started.elapsed() < Duration::from_mins(1),
            "PostgreSQL does not start"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(server)
}

/// PostgreSQL refuses to run as root; Debian's package brings a user for it.
fn as_user(program: &Path) -> Command {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=postgres",
        "--regid=postgres",
        "--clear-groups",
        "--",
    ]);
    command.arg(program);
    command.current_dir("/");
    command
}

impl Server {
    fn url(&self) -> String {
        format!(
            "host={} user=banso dbname=postgres",
            self.dir.path().display()
        )
    }

    /// A ledger with a key of its own, or the one that was begun before.
    fn store(&self, origin: &str) -> Result<PostgresStore, StoreError> {
        let path = self
            .dir
            .path()
            .join(format!("{}.key", origin.replace('/', "-")));
        let signer = match Signer::load(&path, origin) {
            Ok(signer) => signer,
            Err(_) => Signer::create(&path, origin).unwrap(),
        };
        PostgresStore::open(&self.url(), signer, MemoryStore::new(origin).vault())
    }

    fn sql(&self, statement: &str) -> Result<(), String> {
        let mut client = Client::connect(&self.url(), NoTls).unwrap();
        let told = |error: postgres::Error| {
            error
                .as_db_error()
                .map_or_else(|| error.to_string(), |told| told.message().to_owned())
        };
        client.batch_execute(statement).map_err(told)
    }
}

#[test]
fn the_store_in_postgresql_keeps_the_promises() {
    let Some(server) = server() else { return };
    keeps_its_promises(&server.store(ORIGIN).unwrap());
    gives_gapless_positions(&server.store("ledger.example/other").unwrap());
}

#[test]
fn a_ledger_in_postgresql_goes_on_after_a_restart_and_belongs_to_one_server() {
    let Some(server) = server() else { return };
    let store = server.store(ORIGIN).unwrap();
    fill(&store, 0, 300);
    let second = server.store(ORIGIN).err().unwrap();
    assert!(
        second.to_string().contains("another server holds"),
        "{second}"
    );
    let (root, note) = (store.root_at(300).unwrap(), store.checkpoint().unwrap());
    drop(store);
    let store = reopened(&server);
    assert_eq!((store.size(), store.root_at(300).unwrap()), (300, root));
    assert_eq!(store.checkpoint().unwrap(), note);
    assert!(store.append(draft(5)).is_err(), "its id is known");
    fill(&store, 300, 10);
    assert_eq!(store.size(), 310);
}

/// The lock of a connection that was dropped is let go a moment later.
fn reopened(server: &Server) -> PostgresStore {
    let started = Instant::now();
    loop {
        match server.store(ORIGIN) {
            Ok(store) => return store,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(10), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn entries_in_postgresql_are_only_appended_and_a_change_by_force_is_noticed() {
    let Some(server) = server() else { return };
    let store = server.store(ORIGIN).unwrap();
    fill(&store, 0, 30);
    for statement in [
        "UPDATE banso_entry SET subject = 'case/x' WHERE position = 3",
        "DELETE FROM banso_entry WHERE position = 29",
        "TRUNCATE banso_entry",
    ] {
        let refused = server.sql(statement).unwrap_err();
        assert!(refused.contains("only appended"), "{statement}: {refused}");
    }
    let force = "SET session_replication_role = replica; ";
    let swapped = "UPDATE banso_entry SET bytes = replace(encode(bytes, 'escape'), 'visit', \
                   'phone')::bytea WHERE position = 3";
    server.sql(&format!("{force}{swapped}")).unwrap();
    let read = store.read(0, 10).unwrap_err();
    assert!(
        matches!(read, StoreError::Damaged { position: 3, .. }),
        "{read}"
    );
    drop(store);
    std::thread::sleep(Duration::from_millis(200));
    let opened = server.store(ORIGIN).err().unwrap();
    assert!(opened.to_string().contains("signed head"), "{opened}");
    server
        .sql(&format!(
            "{force}DELETE FROM banso_entry WHERE position = 12"
        ))
        .unwrap();
    let opened = server.store(ORIGIN).err().unwrap();
    assert!(
        matches!(opened, StoreError::Damaged { position: 12, .. }),
        "{opened}"
    );
}

#[test]
fn a_database_that_goes_away_stops_intake_and_loses_nothing_that_was_acknowledged() {
    let Some(mut server) = server() else { return };
    let store = server.store(ORIGIN).unwrap();
    fill(&store, 0, 20);
    let kill = Command::new("kill")
        .args(["-QUIT", &server.process.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    server.process.wait().unwrap();
    let refused = store.append(draft(20)).unwrap_err();
    assert!(
        refused.to_string().contains("takes no more entries"),
        "{refused}"
    );
    let status = store.status();
    assert!(!status.writable && status.stopped.is_some() && status.size == 20);
    let again = store.append(draft(21)).unwrap_err();
    assert!(
        again.to_string().contains("takes no more entries"),
        "{again}"
    );
    drop(store);
    let programs = PathBuf::from(std::env::var_os("BANSO_TEST_PG_BIN").unwrap());
    server.process = as_user(&programs.join("postgres"))
        .arg("-D")
        .arg(server.dir.path().join("data"))
        .args(["-c", "listen_addresses=", "-k"])
        .arg(server.dir.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let store = Arc::new(reopened(&server));
    assert_eq!(store.size(), 20);
    fill(&*store, 20, 5);
}
