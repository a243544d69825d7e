//! Installs what some tests need from npm and PyPI, pinned, below `target/tools`; nothing outside
//! of the repository is changed. Knows names of folders, not what the tests do.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run;

/// The folder of the npm packages of `tests/oidc`, installed if need be.
pub(crate) fn npm(root: &Path, npm: &Path) -> Option<PathBuf> {
    let folder = folder(root, "oidc");
    let from = root.join("tests/oidc");
    let wanted = ["package.json", "package-lock.json"];
    let done = folder.join("node_modules/.package-lock.json");
    if done.is_file() && same(&from, &folder, &wanted) {
        return Some(folder);
    }
    copied(&from, &folder, &wanted).ok()?;
    let mut command = Command::new(npm);
    command
        .current_dir(&folder)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run::shown(&mut command).fine.then_some(folder)
}

/// The `schemathesis` program of `tests/openapi`, in an environment of its own.
pub(crate) fn schemathesis(root: &Path, python: &Path) -> Option<PathBuf> {
    let folder = folder(root, "openapi");
    let from = root.join("tests/openapi");
    let wanted = ["requirements.txt"];
    let program = folder.join("bin/schemathesis");
    if program.is_file() && same(&from, &folder, &wanted) {
        return Some(program);
    }
    let made = Command::new(python)
        .args(["-m", "venv"])
        .arg(&folder)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return None;
    }
    let mut command = Command::new(folder.join("bin/python"));
    command
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "-r",
        ])
        .arg(from.join("requirements.txt"));
    if !run::shown(&mut command).fine {
        return None;
    }
    // Copied last: half an installation is begun anew.
    copied(&from, &folder, &wanted).ok()?;
    program.is_file().then_some(program)
}

fn folder(root: &Path, name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| root.join("target"));
    root.join(target).join("tools").join(name)
}

fn same(from: &Path, to: &Path, names: &[&str]) -> bool {
    names.iter().all(|name| {
        let (one, other) = (std::fs::read(from.join(name)), std::fs::read(to.join(name)));
        matches!((one, other), (Ok(one), Ok(other)) if one == other)
    })
}

fn copied(from: &Path, to: &Path, names: &[&str]) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    names
        .iter()
        .try_for_each(|name| std::fs::copy(from.join(name), to.join(name)).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_counts_only_for_the_list_that_it_was_made_from() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dir = std::env::temp_dir().join(format!("banso-xtask-{}", std::process::id()));
        assert!(!same(root, &dir, &["Cargo.toml"]));
        copied(root, &dir, &["Cargo.toml"]).unwrap();
        assert!(same(root, &dir, &["Cargo.toml"]));
        std::fs::write(dir.join("Cargo.toml"), "other").unwrap();
        assert!(!same(root, &dir, &["Cargo.toml"]));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
