//! `cargo xtask bench`: every benchmark of the workspace, in release, one after the other.

use std::path::Path;
use std::process::ExitCode;

use crate::run;

/// The crates whose `benches/` are run, from the disk up to HTTP.
const CRATES: [&str; 3] = ["store", "projections", "server"];

/// Runs every benchmark that there is; fails if one does, or if there is none.
pub(crate) fn bench(root: &Path) -> ExitCode {
    let mut good = true;
    let mut count = 0;
    for folder in CRATES {
        for name in benchmarks(&root.join(folder).join("benches")) {
            let package = format!("banso-{folder}");
            let arguments = ["bench", "--locked", "--package", &package, "--bench", &name];
            good &= run::shown(run::cargo().current_dir(root).args(arguments)).fine;
            count += 1;
        }
    }
    println!("{count} benchmarks run");
    if good && count > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The names of the Rust files of a folder, sorted; none if the folder is not there.
fn benchmarks(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_benchmarks_are_the_rust_files_of_the_folder() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert!(benchmarks(&here).contains(&"bench".to_owned()));
        assert!(benchmarks(Path::new("no/such/folder")).is_empty());
    }
}
