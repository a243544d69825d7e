//! `cargo xtask screenshots`: pictures of every page, for people to look at and for the docs.
//!
//! The test that opens every page takes them; this only tells it where to leave them.

use std::path::Path;
use std::process::ExitCode;

use crate::run;
use crate::tools::Tools;

/// Takes the pictures; fails without a browser, a font, or where a page fails its checks.
pub(crate) fn screenshots(root: &Path, folder: &Path) -> ExitCode {
    let tools = Tools::found_or_installed();
    if tools.chromium.is_none() || tools.chromedriver.is_none() || !tools.fonts {
        eprintln!("error: install chromium, chromium-driver and a font with Japanese letters");
        return ExitCode::FAILURE;
    }
    let folder = match std::fs::create_dir_all(folder).and_then(|()| folder.canonicalize()) {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!("error: {}: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    let arguments = [
        "test",
        "--locked",
        "--package",
        "banso-tests",
        "--test",
        "banso",
        "every_page",
    ];
    let mut command = tools.cargo(root, &arguments);
    let ended = run::shown(command.env("BANSO_TEST_SCREENSHOTS", &folder));
    println!("pictures are in {}", folder.display());
    if ended.fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
