//! The files of the repository as a newcomer gets them: everything that `.gitignore` does not name.
//!
//! Knows nothing of what is looked for in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// One file.
pub(crate) struct File {
    /// Path below the root, with `/`.
    pub(crate) path: String,
    /// Its text; none if it is not UTF-8.
    pub(crate) text: Option<String>,
}

impl File {
    /// What follows the last dot of its name, or the name itself.
    pub(crate) fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit('.').next().unwrap_or(name)
    }

    /// Its lines, counted from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .iter()
            .flat_map(|text| text.lines().enumerate())
            .map(|(at, line)| (at + 1, line))
    }
}

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files = Vec::new();
    collect(&root(), &ignored(), &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(
        files.len() > 50,
        "only {} files below {}",
        files.len(),
        root().display()
    );
    files
});

/// Every file of the repository, read once.
pub(crate) fn files() -> &'static [File] {
    &FILES
}

/// Files with one of these extensions.
pub(crate) fn files_of(extensions: &[&str]) -> impl Iterator<Item = &'static File> {
    files()
        .iter()
        .filter(move |file| extensions.contains(&file.extension()))
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// `name/` for folders and `*.ending` for files; other forms are not understood here.
fn ignored() -> Vec<String> {
    let text = fs::read_to_string(root().join(".gitignore")).unwrap();
    let patterns = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    patterns
        .map(|pattern| {
            let known = pattern.ends_with('/') || pattern.starts_with("*.");
            assert!(
                known,
                "tests/source.rs does not understand \"{pattern}\" in .gitignore"
            );
            pattern.trim_start_matches('/').to_owned()
        })
        .collect()
}

fn collect(folder: &Path, ignored: &[String], files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            if name != ".git" && !ignored.contains(&format!("{name}/")) {
                collect(&path, ignored, files);
            }
        } else if kind.is_file() && !ignored.iter().any(|pattern| ends(&name, pattern)) {
            let below = path.strip_prefix(root()).unwrap();
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            files.push(File {
                path: parts.join("/"),
                text: fs::read_to_string(&path).ok(),
            });
        }
    }
}

fn ends(name: &str, pattern: &str) -> bool {
    pattern
        .strip_prefix('*')
        .is_some_and(|ending| name.ends_with(ending))
}
