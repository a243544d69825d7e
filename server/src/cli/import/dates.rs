//! Dates as they are typed into Japanese sheets: 2025/4/1, 令和7年4月1日, R7.4.1, 2025年4月1日.
//!
//! Only where all is said: a date without its year is not guessed.

use banso_core::text::fold_width;

/// The eras since the Meiji calendar reform, with the year before their first.
const ERAS: [(&str, &str, i32); 5] = [
    ("令和", "R", 2018),
    ("平成", "H", 1988),
    ("昭和", "S", 1925),
    ("大正", "T", 1911),
    ("明治", "M", 1867),
];

/// The day as `YYYY-MM-DD`; none where the text does not say year, month and day. Whether the
/// calendar has the day is the intake's to say.
pub(super) fn written_date(text: &str) -> Option<String> {
    let folded = fold_width(text);
    let era = ERAS.iter().find_map(|(name, letter, before)| {
        let rest = folded
            .strip_prefix(name)
            .or_else(|| folded.strip_prefix(letter))?;
        Some((rest, *before))
    });
    let (rest, before) = era.unwrap_or((&folded, 0));
    let rest = rest.replace("元年", "1年");
    let mut parts = rest
        .trim_end_matches('日')
        .split(['年', '月', '/', '.', '-']);
    let mut part = || parts.next()?.trim().parse::<i32>().ok();
    let (year, month, day) = (part()?, part()?, part()?);
    let plausible = before > 0 && year > 0 || year >= 1868;
    if parts.next().is_some() || !plausible {
        return None;
    }
    let in_range = (1..=99).contains(&month) && (1..=99).contains(&day);
    in_range.then(|| format!("{:04}-{month:02}-{day:02}", before + year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_typed() {
        for text in [
            "2025-04-01",
            "2025/4/1",
            "2025.4.1",
            "2025年4月1日",
            "令和7年4月1日",
            "R7.4.1",
            "Ｒ７／４／１",
            "令和７年４月１日",
        ] {
            assert_eq!(written_date(text).as_deref(), Some("2025-04-01"), "{text}");
        }
        assert_eq!(
            written_date("令和元年5月1日").as_deref(),
            Some("2019-05-01")
        );
        assert_eq!(
            written_date("平成31年4月30日").as_deref(),
            Some("2019-04-30")
        );
    }

    #[test]
    fn what_is_not_said_in_full_is_not_guessed() {
        for text in [
            "4/1",
            "25/4/1",
            "R7",
            "令和7年4月",
            "R7.4.1.1",
            "tomorrow",
            "",
        ] {
            assert_eq!(written_date(text), None, "{text}");
        }
    }
}
