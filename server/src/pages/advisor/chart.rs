//! Sales of a business as a small picture made here, with the same figures as a table beside it.
//!
//! Draws effective reports of all sales; a report without a comparison has one bar only.

use banso_core::calendar::era_date;
use banso_projections::view::Effective;
use serde_json::Value;

use super::timeline::grouped;

/// Reports drawn; older ones are in the timeline.
const DRAWN: usize = 8;
/// Height of the drawing area in the picture's units.
const HEIGHT: f64 = 120.0;
/// Width of one report.
const STEP: f64 = 80.0;

/// A picture of reports.
pub(super) struct Chart {
    pub(super) width: f64,
    pub(super) bars: Vec<Bar>,
    pub(super) summary: String,
}

/// One report.
pub(super) struct Bar {
    pub(super) x: f64,
    pub(super) before_x: f64,
    pub(super) label_x: f64,
    pub(super) label_y: f64,
    pub(super) y: f64,
    pub(super) height: f64,
    pub(super) before_y: f64,
    pub(super) before_height: f64,
    pub(super) short: String,
    pub(super) period: String,
    pub(super) sales: String,
    pub(super) before: String,
    pub(super) change: String,
    pub(super) thousand: String,
}

/// The picture; none without a report.
pub(super) fn chart<'a>(events: impl Iterator<Item = &'a Effective>) -> Option<Chart> {
    let mut reports: Vec<&Effective> = events
        .filter(|event| event.event_type == "sales.reported" && event.counts())
        .filter(|event| event.text("channel").unwrap_or("total") == "total")
        .collect();
    reports.sort_by_key(|event| (event.date("period_to"), event.position));
    let reports = &reports[reports.len().saturating_sub(DRAWN)..];
    let yen = |event: &Effective, field: &str| event.data.get(field).and_then(Value::as_f64);
    let greatest = reports
        .iter()
        .flat_map(|event| [yen(event, "sales"), yen(event, "comparison_sales")])
        .flatten()
        .fold(1.0, f64::max);
    let bars: Vec<Bar> = reports
        .iter()
        .zip(0_u32..)
        .map(|(event, at)| bar(event, f64::from(at) * STEP, greatest))
        .collect();
    let (first, last) = (bars.first()?, bars.last()?);
    let summary = format!(
        "売上の棒グラフです。{}の {} から {}の {} まで、{} 件の報告があります。",
        first.period,
        first.sales,
        last.period,
        last.sales,
        bars.len()
    );
    // Few reports keep the size that many have.
    let columns = u32::try_from(bars.len()).map_or(1.0, f64::from).max(6.0);
    Some(Chart {
        width: columns * STEP,
        bars,
        summary,
    })
}

fn bar(event: &Effective, x: f64, greatest: f64) -> Bar {
    let yen = |field: &str| event.data.get(field).and_then(Value::as_i64);
    let tall = |amount: Option<i64>| {
        let share = amount
            .and_then(|amount| i32::try_from(amount / 1000).ok())
            .map_or(0.0, f64::from);
        (share * 1000.0 / greatest * HEIGHT).clamp(0.0, HEIGHT)
    };
    let text = |amount: Option<i64>| {
        amount.map_or("－".to_owned(), |amount| {
            format!("{} 円", grouped(&amount.to_string()))
        })
    };
    let (sales, before) = (yen("sales"), yen("comparison_sales"));
    let change = match (sales, before) {
        (Some(sales), Some(before)) if before > 0 => per_cent(sales, before),
        _ => "－".to_owned(),
    };
    let day = |field: &str| event.date(field).map(era_date).unwrap_or_default();
    let (height, before_height) = (tall(sales), tall(before));
    let end = event.date("period_to").unwrap_or(event.occurred_on);
    Bar {
        x: x + 38.0,
        before_x: x + 12.0,
        label_x: x + 38.0,
        // Above both bars, so that the taller one of before does not cross the figure.
        label_y: HEIGHT + 10.0 - height.max(before_height),
        y: HEIGHT + 14.0 - height,
        height,
        before_y: HEIGHT + 14.0 - before_height,
        before_height,
        short: banso_core::calendar::FiscalYear::of(end).short(),
        period: format!("{}から{}まで", day("period_from"), day("period_to")),
        thousand: sales
            .map(|amount| grouped(&(amount / 1000).to_string()))
            .unwrap_or_default(),
        sales: text(sales),
        before: text(before),
        change,
    }
}

/// The change to one decimal, half away from zero.
fn per_cent(sales: i64, before: i64) -> String {
    let change = banso_projections::figure::divide_rounding(
        (i128::from(sales) - i128::from(before)) * 1000,
        i128::from(before),
    );
    let sign = if change < 0 { "−" } else { "＋" };
    let size = change.unsigned_abs();
    format!("{sign}{}.{} ％", size / 10, size % 10)
}

#[cfg(test)]
mod tests {
    use super::per_cent;

    #[test]
    fn a_change_has_a_sign_and_one_decimal() {
        assert_eq!(per_cent(110, 100), "＋10.0 ％");
        assert_eq!(per_cent(995, 1000), "−0.5 ％");
        assert_eq!(per_cent(2, 3), "−33.3 ％");
    }
}
