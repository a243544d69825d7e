//! Dates as a Japanese office counts them: JST days, fiscal years (April to March), eras.
//!
//! Knows no clock: the instant is always an argument.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::text::fold_width;

const JST_SECONDS: i32 = 9 * 3600;

/// The calendar day in Japan at an instant. Japan has had no daylight saving since 1952.
pub fn jst_date(instant: DateTime<Utc>) -> NaiveDate {
    match FixedOffset::east_opt(JST_SECONDS) {
        Some(jst) => instant.with_timezone(&jst).date_naive(),
        None => instant.date_naive(),
    }
}

/// Reads `YYYY-MM-DD`, folding full-width digits; refuses days that do not exist.
pub fn parse_date(text: &str) -> Result<NaiveDate, String> {
    let folded = fold_width(text);
    let shaped = folded.len() == 10
        && folded.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return Err(format!("\"{text}\" is not a date of the form YYYY-MM-DD"));
    }
    NaiveDate::parse_from_str(&folded, "%Y-%m-%d")
        .map_err(|_| format!("\"{text}\" is not a day of the calendar"))
}

/// A fiscal year, named by the calendar year of its April (contract section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FiscalYear(pub i32);

impl FiscalYear {
    /// The fiscal year that holds a day: from April the year itself, before it the year before.
    pub fn of(day: NaiveDate) -> Self {
        Self(if day.month() >= 4 {
            day.year()
        } else {
            day.year() - 1
        })
    }

    /// 1 April.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0, 4, 1).unwrap_or(NaiveDate::MIN)
    }

    /// 31 March of the following calendar year.
    pub fn last_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0 + 1, 3, 31).unwrap_or(NaiveDate::MAX)
    }

    /// `R7`; before Reiwa `H30` (fiscal 2019 is 令和元年度 by usage).
    pub fn short(self) -> String {
        let (letter, _, year) = self.era();
        format!("{letter}{year}")
    }

    /// 令和7年度; the first year of an era is written 元年度.
    pub fn label(self) -> String {
        let (_, era, year) = self.era();
        match year {
            1 => format!("{era}元年度"),
            _ => format!("{era}{year}年度"),
        }
    }

    fn era(self) -> (&'static str, &'static str, i32) {
        match self.0 {
            2019.. => ("R", "令和", self.0 - 2018),
            1989..=2018 => ("H", "平成", self.0 - 1988),
            _ => ("S", "昭和", self.0 - 1925),
        }
    }
}

impl fmt::Display for FiscalYear {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.short())
    }
}

impl FromStr for FiscalYear {
    type Err = String;

    /// Reads `R7`, `H30`, `2025`, `令和7年度`, `令和元年度`, half or full width.
    fn from_str(text: &str) -> Result<Self, String> {
        let folded = fold_width(text.trim())
            .replace("元年", "1年")
            .to_uppercase();
        let plain = folded
            .trim_end_matches("年度")
            .trim_end_matches("FY")
            .trim_start_matches("FY");
        let (base, digits) = [
            ("R", 2018),
            ("令和", 2018),
            ("H", 1988),
            ("平成", 1988),
            ("S", 1925),
        ]
        .iter()
        .find_map(|(prefix, base)| plain.strip_prefix(prefix).map(|rest| (*base, rest)))
        .unwrap_or((0, plain));
        let refuse = || format!("\"{text}\" is not a fiscal year; write R7 or 2025");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refuse());
        }
        let year = base + digits.parse::<i32>().map_err(|_| refuse())?;
        if (1926..=2200).contains(&year) {
            Ok(Self(year))
        } else {
            Err(refuse())
        }
    }
}

/// A day with its era and its western year, as offices print it: 令和7年6月3日（2025年）.
pub fn era_date(day: NaiveDate) -> String {
    const ERAS: [(i32, u32, u32, &str, i32); 3] = [
        (2019, 5, 1, "令和", 2018),
        (1989, 1, 8, "平成", 1988),
        (1926, 12, 25, "昭和", 1925),
    ];
    let start = |year, month, date| NaiveDate::from_ymd_opt(year, month, date);
    let era = ERAS
        .iter()
        .find(|(y, m, d, ..)| start(*y, *m, *d).is_some_and(|first| day >= first));
    match era {
        Some((.., name, base)) => {
            let year = match day.year() - base {
                1 => "元".to_owned(),
                other => other.to_string(),
            };
            format!("{name}{year}年{}月{}日", day.month(), day.day())
        }
        None => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    #[test]
    fn a_fiscal_year_turns_on_the_first_of_april() {
        assert_eq!(FiscalYear::of(day("2026-03-31")), FiscalYear(2025));
        assert_eq!(FiscalYear::of(day("2026-04-01")), FiscalYear(2026));
    }

    #[test]
    fn a_fiscal_year_is_read_in_every_usual_form() {
        for text in ["R7", "r7", "2025", "令和7年度", "Ｒ７", "令和７年度"] {
            assert_eq!(text.parse(), Ok(FiscalYear(2025)), "{text}");
        }
        assert_eq!("令和元年度".parse(), Ok(FiscalYear(2019)));
        assert_eq!("H30".parse(), Ok(FiscalYear(2018)));
        for text in ["", "R", "7", "R7x", "-1", "99999999999"] {
            assert!(text.parse::<FiscalYear>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_label_uses_the_era() {
        assert_eq!(FiscalYear(2025).label(), "令和7年度");
        assert_eq!(FiscalYear(2019).label(), "令和元年度");
        assert_eq!(FiscalYear(2018).short(), "H30");
    }

    #[test]
    fn a_day_that_does_not_exist_is_refused() {
        for text in [
            "2025-02-30",
            "2025-13-01",
            "2025-6-3",
            "20250603",
            "2025-06-03T00:00",
        ] {
            assert!(parse_date(text).is_err(), "{text}");
        }
        assert_eq!(day("２０２５-０６-０３"), day("2025-06-03"));
    }

    #[test]
    fn the_japanese_day_starts_nine_hours_before_utc() {
        let before: DateTime<Utc> = "2026-03-31T14:59:59Z".parse().unwrap();
        let after: DateTime<Utc> = "2026-03-31T15:00:00Z".parse().unwrap();
        assert_eq!(jst_date(before), day("2026-03-31"));
        assert_eq!(jst_date(after), day("2026-04-01"));
    }

    #[test]
    fn the_era_changes_on_its_day() {
        assert_eq!(era_date(day("2019-04-30")), "平成31年4月30日");
        assert_eq!(era_date(day("2019-05-01")), "令和元年5月1日");
    }
}
