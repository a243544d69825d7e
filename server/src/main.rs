//! The program `banso`; see [`banso_server::cli`].

fn main() -> std::process::ExitCode {
    banso_server::cli::run()
}
