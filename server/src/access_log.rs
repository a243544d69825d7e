//! Who opened which business and case, and when: apart from the ledger, kept for a set time.
//!
//! One file a month; a file whose whole month is older than the time kept is deleted. Holds ids,
//! never a name, and no search words. What is read is never refused because this file fails.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Role;
use crate::access::routes::Trace;
use crate::accounts::Account;

/// Days that traces are kept unless the server is told otherwise: three years.
pub const DAYS_KEPT: u32 = 1096;

/// What was opened: `business/<uuid>`, `case/<uuid>` or `list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened(String);

impl Opened {
    /// What a trace stands for.
    pub(crate) fn of(trace: Trace, id: Option<String>) -> Self {
        let id = id.unwrap_or_default();
        Self(match trace {
            Trace::Business => format!("business/{id}"),
            Trace::Case => format!("case/{id}"),
            Trace::None | Trace::List => "list".to_owned(),
        })
    }
}

/// One trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub staff: Uuid,
    /// As what.
    pub role: Role,
    /// What: `business/<uuid>`, `case/<uuid>` or `list`.
    pub opened: String,
}

/// The log of one data directory.
pub struct AccessLog {
    folder: PathBuf,
    keep: TimeDelta,
    current: Mutex<Option<(String, File)>>,
}

impl AccessLog {
    /// The log of a data directory.
    pub fn new(data: &Path, days_kept: u32) -> Self {
        let keep = TimeDelta::days(i64::from(days_kept));
        Self {
            folder: data.join("access-log"),
            keep,
            current: Mutex::new(None),
        }
    }

    /// Notes that somebody opened something.
    pub fn note(&self, at: DateTime<Utc>, account: &Account, Opened(opened): Opened) {
        let access = Access {
            at,
            staff: account.staff,
            role: account.role,
            opened,
        };
        if let Err(error) = self.write(&access) {
            tracing::error!(%error, "the access log cannot be written");
        }
    }

    fn write(&self, access: &Access) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(access)?;
        line.push(b'\n');
        let month = access.at.format("%Y-%m").to_string();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_none_or(|(open, _)| *open != month) {
            *current = Some((month.clone(), self.open(&month)?));
            self.expire(access.at.date_naive());
        }
        match &mut *current {
            Some((_, file)) => file.write_all(&line),
            None => Ok(()),
        }
    }

    fn open(&self, month: &str) -> std::io::Result<File> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        let path = self.folder.join(format!("{month}.ndjson"));
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
    }

    /// Deletes the months that are older than the time kept.
    pub fn expire(&self, today: NaiveDate) {
        for (month, path) in self.months() {
            let ended = month.checked_add_months(Months::new(1)).unwrap_or(month);
            if ended + self.keep <= today
                && let Err(error) = std::fs::remove_file(&path)
            {
                tracing::error!(%error, "an expired access log cannot be deleted");
            }
        }
    }

    /// The first day of each month that is kept, newest first.
    fn months(&self) -> Vec<(NaiveDate, PathBuf)> {
        let files = std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten();
        let mut months: Vec<_> = files
            .filter_map(|file| {
                let name = file.file_name().to_string_lossy().into_owned();
                let day = format!("{}-01", name.strip_suffix(".ndjson")?);
                Some((day.parse::<NaiveDate>().ok()?, file.path()))
            })
            .collect();
        months.sort_by(|one, other| other.cmp(one));
        months
    }

    /// The newest traces that a choice falls on.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn newest(
        &self,
        limit: usize,
        since: DateTime<Utc>,
        wanted: impl Fn(&Access) -> bool,
    ) -> std::io::Result<Vec<Access>> {
        let mut found = Vec::new();
        let first = since.date_naive().with_day(1).unwrap_or_default();
        for (month, path) in self.months() {
            if found.len() >= limit || month < first {
                break;
            }
            let mut lines = Vec::new();
            for line in BufReader::new(File::open(path)?).lines() {
                // A line that a crash cut short is no trace.
                let access = serde_json::from_str::<Access>(&line?);
                lines.extend(
                    access
                        .ok()
                        .filter(|access| access.at >= since && wanted(access)),
                );
            }
            found.extend(lines.into_iter().rev());
        }
        found.truncate(limit);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(log: &AccessLog, at: &str, opened: &str) {
        let account = Account {
            staff: Uuid::nil(),
            role: Role::Advisor,
            name: "架空 職員".to_owned(),
        };
        log.note(at.parse().unwrap(), &account, Opened(opened.to_owned()));
    }

    #[test]
    fn traces_are_kept_for_their_time_by_the_month_and_hold_no_name() {
        let dir = tempfile::tempdir().unwrap();
        let log = AccessLog::new(dir.path(), 365);
        note(&log, "2025-04-10T00:00:00Z", "business/a");
        note(&log, "2025-06-01T00:00:00Z", "case/b");
        note(&log, "2026-05-31T00:00:00Z", "case/c");
        let all = |log: &AccessLog| {
            let found = log.newest(10, DateTime::UNIX_EPOCH, |_| true).unwrap();
            found
                .into_iter()
                .map(|access| access.opened)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            all(&log),
            ["case/c", "case/b"],
            "April 2025 ended over a year before"
        );
        let folder = std::fs::read_dir(dir.path().join("access-log")).unwrap();
        let text: String = folder
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
            .collect();
        assert!(!text.contains("架空"));
        log.expire("2027-07-01".parse().unwrap());
        assert_eq!(all(&log), Vec::<String>::new());
    }

    #[test]
    fn the_newest_come_first_and_only_those_wanted() {
        let dir = tempfile::tempdir().unwrap();
        let log = AccessLog::new(dir.path(), DAYS_KEPT);
        for at in 1..=9 {
            note(
                &log,
                &format!("2026-05-0{at}T00:00:00Z"),
                &format!("business/{at}"),
            );
        }
        let found = log.newest(2, DateTime::UNIX_EPOCH, |access| {
            access.opened != "business/9"
        });
        let found: Vec<_> = found
            .unwrap()
            .into_iter()
            .map(|access| access.opened)
            .collect();
        assert_eq!(found, ["business/8", "business/7"]);
        let since = "2026-05-08T00:00:00Z".parse().unwrap();
        assert_eq!(log.newest(10, since, |_| true).unwrap().len(), 2);
    }
}
