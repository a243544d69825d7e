//! 今日: what is due and overdue of my cases, by area, and how many analyses I have made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use banso_core::calendar::FiscalYear;
use banso_projections::view::Stage;
use chrono::{Datelike as _, NaiveDate};
use uuid::Uuid;

use super::duties::{OwedByCase, of_case, owed};
use super::timeline::Names;
use super::{Advisor, Frame, Page, long_date, page, today_of};
use crate::api::Query;
use crate::app::App;
use crate::casebook::Sheet;

/// Duties shown on one page; more would not be done today anyway.
const SHOWN: usize = 120;
/// Cases without a date that are listed.
const CASES: usize = 200;

#[derive(Template)]
#[template(path = "advisor/today.html")]
struct Today {
    frame: Frame,
    day: String,
    everybody: bool,
    overdue: usize,
    coming: usize,
    left_out: usize,
    areas: Vec<Area>,
    year: String,
    analyses: usize,
    promised: String,
    share: f64,
    drafts: usize,
    cases: Vec<CaseRow>,
}

struct Area {
    name: String,
    duties: Vec<Line>,
}

struct Line {
    case: Uuid,
    business: Uuid,
    name: String,
    what: String,
    due: String,
    late: String,
    overdue: bool,
    advisor: String,
}

struct CaseRow {
    business: Uuid,
    case: Uuid,
    name: String,
    area: String,
    stage: &'static str,
    next: String,
}

/// What a page shows and for whom.
struct Looker<'a> {
    /// None = everybody's cases.
    advisor: Option<Uuid>,
    actor: String,
    today: NaiveDate,
    owed: &'a OwedByCase,
}

/// What was found in the cases.
#[derive(Default)]
struct Found {
    lines: Vec<(NaiveDate, String, Line)>,
    analysed: BTreeSet<Uuid>,
    cases: Vec<CaseRow>,
    drafts: usize,
}

pub(super) async fn today(State(app): State<Arc<App>>, who: Advisor, query: Query) -> Page {
    let everybody = query.text("who") == Some("all");
    let today = today_of(&app);
    let plan = app.live.plan();
    let promised = plan.and_then(|plan| plan.promises.analyses_per_advisor);
    let owed = owed(&app, today)?;
    let looker = Looker {
        advisor: (!everybody).then_some(who.0.staff),
        actor: who.0.actor(),
        today,
        owed: &owed,
    };
    let mut found = Names::with(&app, |names| {
        let mut found = Found::default();
        for sheet in names.known.cases.values() {
            found.take(names, sheet, &looker);
        }
        found
    })?;
    let lines = &mut found.lines;
    lines.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.2.name.cmp(&b.2.name)));
    let overdue = lines.iter().filter(|(_, _, line)| line.overdue).count();
    let (coming, left_out) = (lines.len() - overdue, lines.len().saturating_sub(SHOWN));
    lines.truncate(SHOWN);
    let analyses = found.analysed.len();
    let whole = promised.and_then(|figure| figure.to_json().as_f64());
    let shown = Today {
        day: format!("{}　{}年", long_date(today), today.year()),
        everybody,
        overdue,
        coming,
        left_out,
        areas: by_area(found.lines),
        year: FiscalYear::of(today).label(),
        analyses,
        promised: promised
            .map(|figure| figure.to_json().to_string())
            .unwrap_or_default(),
        share: share(analyses, whole.unwrap_or(0.0)),
        drafts: found.drafts,
        cases: sorted(found.cases),
        frame: Frame::new(&app, Some(who.0)),
    };
    Ok(page(StatusCode::OK, &shown))
}

impl Found {
    fn take(&mut self, names: &Names<'_>, sheet: &Sheet, looker: &Looker<'_>) {
        let mine = sheet
            .unfinished
            .iter()
            .filter(|open| open.recorded_by == looker.actor);
        self.drafts += mine.count();
        let view = &sheet.view;
        if looker.advisor.is_some() && looker.advisor != view.advisor_id {
            return;
        }
        let Some(business) = view.business_id else {
            return;
        };
        let listed = names.businesses.get(&business);
        let area = listed
            .and_then(|listed| listed.text("area"))
            .unwrap_or("地区の登録なし");
        for duty in of_case(sheet, looker.owed, looker.today) {
            let advisor = view.advisor_id.filter(|_| looker.advisor.is_none());
            let line = Line {
                case: duty.case,
                business,
                name: names.business(business),
                what: duty.what,
                due: long_date(duty.due),
                late: distance((looker.today - duty.due).num_days()),
                overdue: duty.due < looker.today,
                advisor: advisor
                    .map(|id| names.known.name_of(&id.to_string()))
                    .unwrap_or_default(),
            };
            self.lines.push((duty.due, area.to_owned(), line));
        }
        let year = FiscalYear::of(looker.today);
        if view
            .analyses
            .iter()
            .any(|done| FiscalYear::of(done.occurred_on) == year)
        {
            self.analysed.insert(business);
        }
        if view.stage != Stage::Closed && looker.advisor.is_some() {
            self.cases.push(CaseRow {
                business,
                case: view.case_id,
                name: names.business(business),
                area: area.to_owned(),
                stage: stage_label(view.stage),
                next: view.next_due.map_or("－".to_owned(), long_date),
            });
        }
    }
}

/// How far a day is away; positive = past.
fn distance(days: i64) -> String {
    match days {
        0 => "今日".to_owned(),
        1.. => format!("{days} 日遅れ"),
        _ => format!("あと {} 日", -days),
    }
}

/// How far the bar reaches, in per cent.
fn share(done: usize, whole: f64) -> f64 {
    let done = u32::try_from(done).map_or(f64::MAX, f64::from);
    if whole > 0.0 {
        (done / whole * 100.0).clamp(0.0, 100.0)
    } else {
        0.0
    }
}

/// Areas in the order of their most urgent duty.
fn by_area(lines: Vec<(NaiveDate, String, Line)>) -> Vec<Area> {
    let mut order = BTreeMap::new();
    let mut areas: Vec<Area> = Vec::new();
    for (_, area, line) in lines {
        let at = *order.entry(area.clone()).or_insert_with(|| {
            areas.push(Area {
                name: area,
                duties: Vec::new(),
            });
            areas.len() - 1
        });
        areas[at].duties.push(line);
    }
    areas
}

fn sorted(mut cases: Vec<CaseRow>) -> Vec<CaseRow> {
    cases.sort_by(|a, b| (&a.area, &a.name).cmp(&(&b.area, &b.name)));
    cases.truncate(CASES);
    cases
}

/// How far a case has come, as the pages say it.
pub(super) fn stage_label(stage: Stage) -> &'static str {
    match stage {
        Stage::Opened => "支援開始",
        Stage::Analysed => "分析ずみ",
        Stage::Planned => "計画策定ずみ",
        Stage::Executing => "計画を実行中",
        Stage::Closed => "終結",
    }
}
