//! Finds what some tests need from outside, and installs it where that is possible: as root, from
//! Debian's packages. Tells where it is; does not know what it is for.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run;

/// Fonts with Japanese letters, the liked one first.
const FONT_PACKAGES: [&str; 2] = ["fonts-morisawa-bizud-gothic", "fonts-noto-cjk"];
const FONT_FOLDERS: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];
/// Parts of the names of font files with Japanese letters.
const FONT_NAMES: [&str; 5] = ["BIZUD", "CJK", "NotoSansJP", "NotoSerifJP", "ipag"];
/// Where Debian keeps the programs of each PostgreSQL version.
const POSTGRES_FOLDER: &str = "/usr/lib/postgresql";

/// Go, and the packages that the Go verifier is written on.
const GO_PACKAGES: [&str; 2] = ["golang-go", "golang-golang-x-mod-dev"];
const GO_MOD: &str = "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog";

/// What was found on this machine.
#[derive(Debug)]
pub(crate) struct Tools {
    /// The browser.
    pub(crate) chromium: Option<PathBuf>,
    /// Its WebDriver.
    pub(crate) chromedriver: Option<PathBuf>,
    /// The folder with `initdb` and `postgres`.
    pub(crate) postgres: Option<PathBuf>,
    /// The interpreter of the oracle.
    pub(crate) python: Option<PathBuf>,
    /// A font with Japanese letters is installed.
    pub(crate) fonts: bool,
    /// Runs the OpenID provider.
    pub(crate) node: Option<PathBuf>,
    /// Installs it.
    pub(crate) npm: Option<PathBuf>,
    /// Environments of Python packages can be made.
    pub(crate) venv: bool,
    /// Go and its reference packages for transparency logs are installed.
    pub(crate) go: bool,
}

impl Tools {
    /// Looks for everything, installs what is missing, and looks again.
    pub(crate) fn found_or_installed() -> Self {
        let found = Self::found();
        let missing = found.missing();
        if missing.is_empty() || !can_install() {
            return found;
        }
        install(&missing);
        Self::found()
    }

    /// Cargo in the workspace, told where the tools are.
    pub(crate) fn cargo(&self, root: &Path, arguments: &[&str]) -> Command {
        let mut command = run::cargo();
        command.current_dir(root).args(arguments);
        for (name, value) in [
            ("BANSO_TEST_CHROMIUM", &self.chromium),
            ("BANSO_TEST_CHROMEDRIVER", &self.chromedriver),
            ("BANSO_TEST_PG_BIN", &self.postgres),
            ("BANSO_TEST_PYTHON", &self.python),
        ] {
            match value {
                Some(path) => command.env(name, path),
                None => command.env_remove(name),
            };
        }
        command
    }

    fn found() -> Self {
        Self {
            chromium: ["chromium", "chromium-browser", "google-chrome"]
                .into_iter()
                .find_map(on_path),
            chromedriver: on_path("chromedriver"),
            postgres: postgres(),
            python: on_path("python3"),
            fonts: FONT_FOLDERS
                .iter()
                .any(|folder| holds_font(Path::new(folder))),
            node: on_path("node"),
            npm: on_path("npm"),
            venv: on_path("python3").is_some_and(|python| makes_environments(&python)),
            go: on_path("go").is_some() && Path::new(GO_MOD).is_dir(),
        }
    }

    /// Debian's packages for what is missing; of the fonts all that would do.
    fn missing(&self) -> Vec<&'static str> {
        let mut packages = Vec::new();
        let mut wanted = |there: bool, package: &[&'static str]| {
            if !there {
                packages.extend_from_slice(package);
            }
        };
        wanted(self.chromium.is_some(), &["chromium"]);
        wanted(self.chromedriver.is_some(), &["chromium-driver"]);
        wanted(self.postgres.is_some(), &["postgresql"]);
        wanted(self.python.is_some(), &["python3"]);
        wanted(self.fonts, &FONT_PACKAGES);
        wanted(self.node.is_some(), &["nodejs"]);
        wanted(self.npm.is_some(), &["npm"]);
        wanted(self.venv, &["python3-venv"]);
        wanted(self.go, &GO_PACKAGES);
        packages
    }
}

/// Debian keeps `ensurepip`, which `venv` needs, in a package of its own.
fn makes_environments(python: &Path) -> bool {
    run::silent(Command::new(python).args(["-c", "import venv, ensurepip"]))
}

fn can_install() -> bool {
    let is_root = std::fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
        line.is_some_and(|ids| ids.split_whitespace().nth(1) == Some("0"))
    });
    is_root && on_path("apt-get").is_some()
}

fn install(missing: &[&'static str]) {
    // Without fresh lists a package may be known under a version that is gone.
    if !run::shown(apt_get().arg("update")).fine {
        eprintln!("warning: the package lists could not be refreshed; trying with those at hand");
    }
    let known = |package: &str| run::silent(Command::new("apt-cache").args(["show", package]));
    let font = FONT_PACKAGES.into_iter().find(|package| known(package));
    for package in missing
        .iter()
        .filter(|package| !FONT_PACKAGES.contains(package) || Some(**package) == font)
    {
        // One by one: a package that cannot be had must not take the others with it.
        let arguments = ["install", "-y", "--no-install-recommends", package];
        run::shown(apt_get().args(arguments));
    }
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// The folder of PostgreSQL's server programs: the newest of Debian's, else the one on the path.
fn postgres() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    let versions = std::fs::read_dir(POSTGRES_FOLDER)
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .map(|version| version.path().join("bin"))
        .filter(complete)
        .max_by_key(|folder| version_of(folder));
    newest.or_else(|| {
        on_path("initdb")?
            .parent()
            .map(Path::to_owned)
            .filter(complete)
    })
}

fn version_of(folder: &Path) -> Option<u32> {
    folder.parent()?.file_name()?.to_str()?.parse().ok()
}

fn holds_font(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        if path.is_dir() {
            return holds_font(&path);
        }
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        FONT_NAMES.iter().any(|part| name.contains(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_on_the_path_and_another_is_not() {
        assert!(on_path("sh").is_some());
        assert_eq!(on_path("no-such-program"), None);
    }

    #[test]
    fn what_is_missing_is_named_by_its_package() {
        let none = Tools {
            chromium: None,
            chromedriver: None,
            postgres: None,
            python: None,
            fonts: false,
            node: None,
            npm: None,
            venv: false,
            go: false,
        };
        assert_eq!(none.missing().len(), 11);
        let some = Tools {
            chromium: Some("/bin/c".into()),
            fonts: true,
            node: Some("/bin/n".into()),
            npm: Some("/bin/p".into()),
            venv: true,
            go: true,
            ..none
        };
        assert_eq!(some.missing(), ["chromium-driver", "postgresql", "python3"]);
    }

    #[test]
    fn the_newest_version_is_the_greatest_number_not_the_last_word() {
        let folders = ["/usr/lib/postgresql/9/bin", "/usr/lib/postgresql/15/bin"];
        let newest = folders
            .iter()
            .max_by_key(|folder| version_of(Path::new(folder)));
        assert_eq!(newest, Some(&folders[1]));
    }
}
