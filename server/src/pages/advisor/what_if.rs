//! What a correction or a void would change in the numbers, counted by the projections themselves.
//!
//! The entry that it would become is folded on a second hold on the numbers; nothing is recorded.

use std::sync::Arc;

use banso_core::json::{Object, canonical};
use banso_core::recorded::Recorded;
use banso_projections::{Cut, Kpi};
use chrono::SecondsFormat;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::accounts::Account;
use crate::api::looked;
use crate::app::App;
use crate::cli::number;
use crate::problem::Problem;

/// One value that would change.
pub(super) struct Change {
    pub(super) indicator: String,
    pub(super) year: String,
    pub(super) sentence: String,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) closed: bool,
}

/// What an amendment would change.
pub(super) struct Preview {
    pub(super) changes: Vec<Change>,
    /// All changes in one sentence.
    pub(super) summary: String,
}

/// Counts with and without a `record.*` entry about `target`.
pub(super) async fn preview(
    app: &Arc<App>,
    account: &Account,
    target: &Recorded,
    event_type: &str,
    data: Object,
) -> Result<Preview, Problem> {
    let version = app.store.current_version(&target.subject)? + 1;
    let mut entry = json!({"id": Uuid::now_v7(), "type": event_type, "subject": target.subject,
        "occurred_on": banso_core::calendar::jst_date(app.clock.now()), "data": data, "version": version,
        "recorded_at": app.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true),
        "recorded_by": account.actor()});
    let changes = looked(app, Cut::default(), move |kpi, size| {
        entry["position"] = json!(size);
        let bytes = entry
            .as_object()
            .and_then(|entry| canonical(entry).ok())
            .unwrap_or_default();
        let mut then = kpi.snapshot();
        then.apply(bytes.as_bytes())
            .map(|()| changes(kpi, &then))
            .map_err(|error| error.to_string())
    })
    .await?;
    let changes = changes.map_err(|why| Problem::new(axum::http::StatusCode::BAD_REQUEST, why))?;
    Ok(Preview {
        summary: summary(&changes),
        changes,
    })
}

fn changes(now: &Kpi, then: &Kpi) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut years = now.years();
    years.extend(then.years());
    years.sort_unstable();
    years.dedup();
    for year in years.into_iter().rev() {
        let (before, after) = (now.table(year), then.table(year));
        for (old, new) in before.indicators.iter().zip(&after.indicators) {
            if old.actual == new.actual {
                continue;
            }
            let value = |actual: &Option<banso_projections::figure::Figure>| {
                actual.map_or(Value::Null, banso_projections::figure::Figure::to_json)
            };
            let (was, will) = (value(&old.actual), value(&new.actual));
            let text = |value: &Value| match value {
                Value::Null => "－".to_owned(),
                value => format!("{} {}", number(value), old.unit),
            };
            changes.push(Change {
                sentence: sentence(&year.short(), &old.id, &old.unit, &was, &will),
                indicator: format!("{} {}", old.id, old.label),
                year: year.label(),
                before: text(&was),
                after: text(&will),
                closed: before.closed,
            });
        }
    }
    changes
}

/// `R7 の A2 が 1 件減り`
fn sentence(year: &str, id: &str, unit: &str, was: &Value, will: &Value) -> String {
    match (was.as_f64(), will.as_f64()) {
        (Some(was), Some(will)) => {
            let step = ((will - was).abs() * 10.0).round() / 10.0;
            let step = number(&json!(step));
            let step = step.strip_suffix(".0").unwrap_or(&step);
            let verb = if will < was { "減り" } else { "増え" };
            format!("{year} の {id} が {step} {unit}{verb}")
        }
        (None, _) => format!("{year} の {id} に値が入り"),
        (_, None) => format!("{year} の {id} の値がなくなり"),
    }
}

fn summary(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "計画の数値は変わりません。".to_owned();
    }
    let sentences: Vec<_> = changes
        .iter()
        .map(|change| change.sentence.as_str())
        .collect();
    format!("{}ます。", sentences.join("、"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_between_years_is_one_sentence() {
        let change = |year: &str, was: i32, will: i32| Change {
            sentence: sentence(year, "A2", "件", &json!(was), &json!(will)),
            indicator: String::new(),
            year: String::new(),
            before: String::new(),
            after: String::new(),
            closed: false,
        };
        let moved = [change("R7", 37, 36), change("R6", 90, 91)];
        assert_eq!(
            summary(&moved),
            "R7 の A2 が 1 件減り、R6 の A2 が 1 件増えます。"
        );
        assert_eq!(summary(&[]), "計画の数値は変わりません。");
    }
}
