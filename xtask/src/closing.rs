//! Reads the closing lines of test runners: how many passed, how many failed.
//!
//! Knows three runners. What it cannot read is no result, never zero failures.

use std::ops::AddAssign;

/// Counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Ended well.
    pub(crate) passed: u64,
    /// Ended badly, in whatever way.
    pub(crate) failed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// A program that runs tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// `cargo nextest run`: one `Summary` line.
    Nextest,
    /// `cargo test`: a `test result:` line a program.
    Libtest,
    /// `python3 -m unittest`: `Ran N tests`, then `OK` or `FAILED`.
    Unittest,
}

/// The sum over all closing lines; none if there is no such line.
pub(crate) fn tally(runner: Runner, printed: &str) -> Option<Tally> {
    let plain = without_colours(printed);
    let lines = plain.lines().map(str::trim);
    match runner {
        Runner::Nextest => sum(lines.filter_map(nextest)),
        Runner::Libtest => sum(lines.filter_map(libtest)),
        Runner::Unittest => unittest(lines),
    }
}

fn sum(tallies: impl Iterator<Item = Tally>) -> Option<Tally> {
    tallies.reduce(|mut sum, tally| {
        sum += tally;
        sum
    })
}

/// `Summary [ 0.7s] 97 tests run: 84 passed (1 slow), 12 failed, 1 timed out, 0 skipped`.
fn nextest(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("Summary [")?.split_once(" run: ")?;
    Some(counted(&without_brackets(counts), ','))
}

/// `test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
fn libtest(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    Some(counted(counts, ';'))
}

/// Adds up `N word` pairs; every word that is not known to be harmless is a failure.
fn counted(counts: &str, separator: char) -> Tally {
    let mut tally = Tally::default();
    for (number, word) in counts
        .split(separator)
        .filter_map(|part| part.trim().split_once(' '))
    {
        match (number.parse::<u64>(), word.trim()) {
            (Ok(number), "passed") => tally.passed += number,
            (Ok(_), "skipped" | "ignored" | "measured" | "filtered out") | (Err(_), _) => {}
            (Ok(number), _) => tally.failed += number,
        }
    }
    tally
}

fn unittest<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Tally> {
    let mut ran = None;
    for line in lines {
        if let Some(rest) = line.strip_prefix("Ran ") {
            ran = rest
                .split(' ')
                .next()
                .and_then(|number| number.parse::<u64>().ok());
        } else if let (Some(ran), true) =
            (ran, line.starts_with("OK") || line.starts_with("FAILED"))
        {
            let of = |word: &str| value_of(line, word);
            let failed = of("failures") + of("errors") + of("unexpected successes");
            let passed = ran.saturating_sub(failed + of("skipped"));
            return Some(Tally { passed, failed });
        }
    }
    None
}

/// The number of `word=number` between brackets; 0 if the word is not there.
fn value_of(line: &str, word: &str) -> u64 {
    let inner = line
        .split_once('(')
        .map_or("", |(_, rest)| rest.trim_end_matches(')'));
    let pairs = inner.split(", ").filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(name, _)| *name == word)
        .find_map(|(_, value)| value.parse().ok())
        .unwrap_or(0)
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    let mut plain = String::new();
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            other if depth == 0 => plain.push(other),
            _ => {}
        }
    }
    plain
}

/// Takes out terminal colours (ECMA-48 control sequences that end in a letter).
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut pieces = text.split("\u{1b}[");
    plain.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece
            .find(|letter: char| letter.is_ascii_alphabetic())
            .map_or(0, |at| at + 1);
        plain.push_str(&piece[end..]);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(runner: Runner, printed: &str) -> Option<(u64, u64)> {
        tally(runner, printed).map(|tally| (tally.passed, tally.failed))
    }

    #[test]
    fn a_summary_of_nextest_is_read() {
        for (line, wanted) in [
            (
                "     Summary [   0.079s] 26 tests run: 26 passed, 0 skipped",
                (26, 0),
            ),
            (
                "     Summary [   0.781s] 97 tests run: 84 passed, 13 failed, 0 skipped",
                (84, 13),
            ),
            (
                "Summary [ 9s] 5/9 tests run: 2 passed (1 slow, 1 flaky), 1 failed, 2 timed out, 4 skipped",
                (2, 3),
            ),
            (
                "Summary [ 9s] 2 tests run: 1 passed, 1 exec failed, 0 skipped",
                (1, 1),
            ),
            (
                "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32mpassed\u{1b}[0m, 0 skipped",
                (2, 0),
            ),
        ] {
            assert_eq!(counts(Runner::Nextest, line), Some(wanted), "{line}");
        }
    }

    #[test]
    fn the_results_of_all_programs_of_cargo_test_are_added() {
        let printed = "\
running 2 tests
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 3 passed; 4 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.00s
";
        assert_eq!(counts(Runner::Libtest, printed), Some((5, 4)));
    }

    #[test]
    fn a_closing_of_unittest_is_read() {
        for (printed, wanted) in [
            ("....\n-----\nRan 4 tests in 0.001s\n\nOK\n", Some((4, 0))),
            ("Ran 1 test in 0.001s\n\nOK (skipped=1)\n", Some((0, 0))),
            (
                "Ran 5 tests in 0.001s\n\nFAILED (failures=1, errors=2, skipped=1)\n",
                Some((1, 3)),
            ),
            ("Traceback (most recent call last):\nOK\n", None),
        ] {
            assert_eq!(counts(Runner::Unittest, printed), wanted, "{printed}");
        }
    }

    #[test]
    fn no_closing_line_is_no_result() {
        for runner in [Runner::Nextest, Runner::Libtest, Runner::Unittest] {
            assert_eq!(
                tally(runner, "error: could not compile `banso-core`\n"),
                None
            );
        }
    }
}
