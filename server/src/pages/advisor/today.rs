//! 今日: what is due and overdue of my cases, by area, and how many analyses I have made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use banso_core::calendar::FiscalYear;
use banso_projections::view::Stage;
use uuid::Uuid;

use super::duties::{of_case, owed};
use super::timeline::Names;
use super::{Advisor, Frame, Page, long_date, page, today_of};
use crate::access::Role;
use crate::api::Query;
use crate::app::App;

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
    may_see_all: bool,
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

pub(super) async fn today(State(app): State<Arc<App>>, who: Advisor, query: Query) -> Page {
    let everybody = query.text("who") == Some("all");
    let today = today_of(&app);
    let year = FiscalYear::of(today);
    let promises = app.live.plan().map(|plan| plan.promises).unwrap_or_default();
    let me = who.0.staff;
    let actor = who.0.actor();
    let owed = owed(&app, today)?;
    let mut found = Names::with(&app, |names| {
        let mine = |sheet: &&crate::casebook::Sheet| {
            everybody || sheet.view.advisor_id == Some(me)
        };
        let mut lines = Vec::new();
        let mut analysed = BTreeSet::new();
        let mut cases = Vec::new();
        let mut drafts = 0;
        for sheet in names.known.cases.values() {
            drafts += sheet.unfinished.iter().filter(|open| open.recorded_by == actor).count();
        }
        for sheet in names.known.cases.values().filter(mine) {
            let area = |business: Uuid| {
                let listed = names.businesses.get(&business);
                listed.and_then(|listed| listed.text("area")).unwrap_or("地区の登録なし").to_owned()
            };
            let advisor = || {
                let id = sheet.view.advisor_id.filter(|_| everybody);
                id.map(|id| names.known.name_of(&id.to_string())).unwrap_or_default()
            };
            let Some(business) = sheet.view.business_id else { continue };
            for duty in of_case(sheet, &owed, today) {
                let days = (today - duty.due).num_days();
                lines.push((duty.due, area(business), Line {
                    case: duty.case,
                    business,
                    name: names.business(business),
                    what: duty.what,
                    due: long_date(duty.due),
                    late: match days {
                        0 => "今日".to_owned(),
                        1.. => format!("{days} 日遅れ"),
                        _ => format!("あと {} 日", -days),
                    },
                    overdue: duty.due < today,
                    advisor: advisor(),
                }));
            }
            let in_year =
                sheet.view.analyses.iter().any(|done| FiscalYear::of(done.occurred_on) == year);
            if in_year {
                analysed.insert(business);
            }
            if sheet.view.stage != Stage::Closed && !everybody {
                cases.push(CaseRow {
                    business,
                    case: sheet.view.case_id,
                    name: names.business(business),
                    area: area(business),
                    stage: stage_label(sheet.view.stage),
                    next: sheet.view.next_due.map_or("－".to_owned(), long_date),
                });
            }
        }
        (lines, analysed.len(), cases, drafts)
    })?;
    let (lines, analyses, cases, drafts) =
        (&mut found.0, found.1, std::mem::take(&mut found.2), found.3);
    lines.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.2.name.cmp(&b.2.name)));
    let overdue = lines.iter().filter(|(_, _, line)| line.overdue).count();
    let (coming, left_out) = (lines.len() - overdue, lines.len().saturating_sub(SHOWN));
    lines.truncate(SHOWN);
    let promised = promises.analyses_per_advisor;
    let whole = promised.and_then(|figure| figure.to_json().as_f64()).unwrap_or(0.0);
    let page_of = Today {
        day: long_date(today),
        everybody,
        may_see_all: who.0.role != Role::Committee,
        overdue,
        coming,
        left_out,
        areas: by_area(std::mem::take(lines)),
        year: year.label(),
        analyses,
        promised: promised.map(|figure| figure.to_json().to_string()).unwrap_or_default(),
        share: share(analyses, whole),
        drafts,
        cases: sorted(cases),
        frame: Frame::new(&app, Some(who.0)),
    };
    Ok(page(StatusCode::OK, &page_of))
}

/// How far the bar reaches, in per cent.
fn share(done: usize, whole: f64) -> f64 {
    let done = u32::try_from(done).map_or(f64::MAX, f64::from);
    if whole > 0.0 { (done / whole * 100.0).clamp(0.0, 100.0) } else { 0.0 }
}

/// Areas in the order of their most urgent duty.
fn by_area(lines: Vec<(chrono::NaiveDate, String, Line)>) -> Vec<Area> {
    let mut order = BTreeMap::new();
    let mut areas: Vec<Area> = Vec::new();
    for (_, area, line) in lines {
        let at = *order.entry(area.clone()).or_insert_with(|| {
            areas.push(Area { name: area, duties: Vec::new() });
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
