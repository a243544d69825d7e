//! Runs a program, shows what it prints as it comes, and keeps it for whoever counts.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

/// How a program ended.
pub(crate) struct Ended {
    /// It could be started and ended with 0.
    pub(crate) fine: bool,
    /// Everything it printed: standard output, then standard error.
    pub(crate) printed: String,
}

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program to its end, showing what it prints.
pub(crate) fn shown(command: &mut Command) -> Ended {
    eprintln!("\n==> {}", spelled(command));
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            eprintln!("error: cannot start {}: {error}", spelled(command));
            return Ended {
                fine: false,
                printed: String::new(),
            };
        }
    };
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let reader = thread::spawn(move || copied(errors, io::stderr()));
    let mut printed = copied(output, io::stdout());
    printed.push_str(&reader.join().unwrap_or_default());
    let fine = child.wait().is_ok_and(|status| status.success());
    Ended { fine, printed }
}

/// Runs a program silently; true if it could be started and ended with 0.
pub(crate) fn silent(command: &mut Command) -> bool {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

fn copied(from: Option<impl Read>, mut to: impl Write) -> String {
    let mut kept = Vec::new();
    let Some(from) = from else {
        return String::new();
    };
    let mut from = BufReader::new(from);
    let mut start = 0;
    // A closed terminal is no reason to stop counting, so errors of writing are passed over.
    while from
        .read_until(b'\n', &mut kept)
        .is_ok_and(|length| length > 0)
    {
        let _ = to.write_all(&kept[start..]).and_then(|()| to.flush());
        start = kept.len();
    }
    String::from_utf8_lossy(&kept).into_owned()
}

fn spelled(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_prints_is_kept_with_how_it_ended() {
        let ended = shown(Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"]));
        assert!(!ended.fine);
        assert_eq!(ended.printed, "one\ntwo\n");
    }

    #[test]
    fn a_program_that_is_not_there_is_not_fine() {
        assert!(!shown(&mut Command::new("no-such-program")).fine);
        assert!(!silent(&mut Command::new("no-such-program")));
        assert!(silent(&mut Command::new("true")));
    }
}
