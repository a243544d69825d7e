//! Who carries how much, and where: the year by advisor and by area, and the records behind a row.
//!
//! Shows what the projections say; adds nothing up itself. The cards still to be finished are the
//! casebook's.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::{FiscalYear, jst_date};
use banso_projections::duties::{Duty, DutyKind};
use banso_projections::workload::{Load, Whose, Workload};
use banso_projections::{Cut, Kpi};
use uuid::Uuid;

use super::evidence::{Line, Names, lines};
use super::gate::{Answer, Turned};
use super::picker::Picker;
use super::words;
use crate::api::{Caller, Query, looked};
use crate::app::App;
use crate::pages::{Frame, page};
use crate::problem::Problem;

/// Duties of one row that are listed.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "office/workload.html")]
struct Page {
    frame: Frame,
    heading: &'static str,
    people: bool,
    label: String,
    short: String,
    picker: Picker,
    today: String,
    promised: String,
    rows: Vec<Row>,
    part: Option<Part>,
}

struct Row {
    name: String,
    address: String,
    chosen: bool,
    load: Load,
    /// Of what is promised, in per cent.
    share: Option<f64>,
    drafts: usize,
}

/// What stands behind one row.
struct Part {
    name: String,
    query: String,
    due: Vec<Due>,
    due_more: usize,
    records: Vec<Line>,
    records_more: usize,
}

struct Due {
    on: String,
    overdue: bool,
    business: String,
    name: String,
    what: String,
    advisor: String,
}

/// What is looked up in one go.
struct Seen {
    years: Vec<FiscalYear>,
    workload: Workload,
    due: Vec<Duty>,
    records: serde_json::Value,
}

pub(super) async fn advisors(State(app): State<Arc<App>>, caller: Caller, query: Query) -> Answer {
    query.only(&["fy", "advisor"])?;
    let whose = whose(&query)?;
    shown(app, caller, query, whose, true).await
}

pub(super) async fn areas(State(app): State<Arc<App>>, caller: Caller, query: Query) -> Answer {
    query.only(&["fy", "area"])?;
    let whose = whose(&query)?;
    shown(app, caller, query, whose, false).await
}

/// The advisor or the area that an address names, if it names one.
pub(super) fn whose(query: &Query) -> Result<Option<Whose>, Problem> {
    if let Some(id) = query.get::<Uuid>("advisor", "a UUID")? {
        return Ok(Some(Whose::Advisor(id)));
    }
    let area = query.text("area").map(|name| match name {
        words::NONE => String::new(),
        name => name.to_owned(),
    });
    Ok(area.map(Whose::Area))
}

/// What an advisor or an area is called.
pub(super) fn called(whose: &Whose, names: &mut Names<'_>) -> String {
    match whose {
        Whose::Advisor(id) => names.advisor(&id.to_string()),
        Whose::Area(name) if name.is_empty() => "地区の登録なし".to_owned(),
        Whose::Area(name) => name.clone(),
    }
}

async fn shown(
    app: Arc<App>,
    caller: Caller,
    query: Query,
    whose: Option<Whose>,
    people: bool,
) -> Answer {
    let today = jst_date(app.clock.now());
    let year = query.fiscal_year(FiscalYear::of(today))?;
    let wanted = whose.clone();
    let seen = looked(&app, Cut::default(), move |kpi, _| {
        see(kpi, year, today, wanted.as_ref())
    });
    let seen = seen.await?;
    let mut names = Names::new(&app, true);
    let path = if people { "/advisors" } else { "/areas" };
    let promised = seen.workload.analyses_promised;
    let mut rows = if people {
        rows_of_people(&app, &seen.workload, &mut names)?
    } else {
        rows_of_areas(&seen.workload, &mut names)
    };
    for (row, key) in &mut rows {
        row.address = format!("{path}?fy={}&{}", year.short(), query_of(key));
        row.chosen = whose.as_ref() == Some(key);
    }
    let part = whose.map(|whose| {
        let name = called(&whose, &mut names);
        part(&seen, &whose, name, &mut names)
    });
    let chosen = part
        .as_ref()
        .map(|part| part.query.clone())
        .unwrap_or_default();
    let shown = Page {
        heading: if people {
            "指導員ごとの状況"
        } else {
            "地区ごとの状況"
        },
        people,
        label: year.label(),
        short: year.short(),
        picker: Picker::new(&seen.years, year, |short| {
            format!("{path}?fy={short}&{chosen}")
        }),
        today: words::day(today),
        promised: words::figure(promised.filter(|_| people)),
        rows: rows.into_iter().map(|(row, _)| row).collect(),
        part,
        frame: Frame::new(&app, Some(caller.0)),
    };
    Ok(page(StatusCode::OK, &shown).into_response())
}

fn see(kpi: &Kpi, year: FiscalYear, today: chrono::NaiveDate, whose: Option<&Whose>) -> Seen {
    let mine = |duty: &Duty| match whose {
        Some(Whose::Advisor(id)) => duty.advisor_id == Some(*id),
        Some(Whose::Area(name)) => duty.area.as_deref().unwrap_or_default() == name,
        None => false,
    };
    let mut workload = kpi.workload(year, today);
    Seen {
        years: kpi.years(),
        due: std::mem::take(&mut workload.duties)
            .into_iter()
            .filter(mine)
            .collect(),
        workload,
        records: whose
            .and_then(|whose| serde_json::to_value(kpi.supports(year, whose)).ok())
            .unwrap_or_default(),
    }
}

/// The part of an address that names an advisor or an area.
pub(super) fn query_of(whose: &Whose) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    match whose {
        Whose::Advisor(id) => query.append_pair("advisor", &id.to_string()),
        // An empty parameter counts as absent.
        Whose::Area(name) if name.is_empty() => query.append_pair("area", words::NONE),
        Whose::Area(name) => query.append_pair("area", name),
    };
    query.finish()
}

fn rows_of_people(
    app: &App,
    workload: &Workload,
    names: &mut Names<'_>,
) -> Result<Vec<(Row, Whose)>, Turned> {
    let promised = words::length(workload.analyses_promised).filter(|promised| *promised > 0.0);
    let drafts = app
        .casebook
        .look(&app.directory, crate::casebook::Known::unfinished_by)
        .map_err(Problem::from)?;
    let rows = workload.advisors.iter().map(|(id, load)| {
        let share = promised.map(|promised| {
            let done = u32::try_from(load.analyses).map_or(f64::MAX, f64::from);
            (done / promised * 100.0).clamp(0.0, 100.0)
        });
        let row = Row {
            name: names.advisor(&id.to_string()),
            share,
            drafts: drafts.get(&format!("staff/{id}")).copied().unwrap_or(0),
            ..plain(load)
        };
        (row, Whose::Advisor(*id))
    });
    Ok(rows.collect())
}

fn rows_of_areas(workload: &Workload, names: &mut Names<'_>) -> Vec<(Row, Whose)> {
    let rows = workload.areas.iter().map(|(name, load)| {
        let whose = Whose::Area(name.clone());
        let row = Row {
            name: called(&whose, names),
            ..plain(load)
        };
        (row, whose)
    });
    let (named, unnamed): (Vec<_>, Vec<_>) =
        rows.partition(|(_, whose)| *whose != Whose::Area(String::new()));
    named.into_iter().chain(unnamed).collect()
}

fn plain(load: &Load) -> Row {
    Row {
        name: String::new(),
        address: String::new(),
        chosen: false,
        load: load.clone(),
        share: None,
        drafts: 0,
    }
}

fn part(seen: &Seen, whose: &Whose, name: String, names: &mut Names<'_>) -> Part {
    let due = seen.due.iter().take(SHOWN).map(|duty| due(duty, names));
    let due = due.collect();
    let (records, records_more) = lines(&seen.records, names, "");
    Part {
        name,
        query: query_of(whose),
        due,
        due_more: seen.due.len().saturating_sub(SHOWN),
        records,
        records_more,
    }
}

fn due(duty: &Duty, names: &mut Names<'_>) -> Due {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let business = text(duty.business_id);
    Due {
        on: words::short_day(duty.due_on),
        overdue: duty.overdue,
        name: names.business(&business),
        business,
        what: match duty.kind {
            DutyKind::FollowUp => format!(
                "計画のフォローアップ（{} 回のうち {} 回済み）",
                duty.wanted, duty.done
            ),
            DutyKind::Revisit => "経営分析後の年1回の訪問".to_owned(),
        },
        advisor: names.advisor(&text(duty.advisor_id)),
    }
}
