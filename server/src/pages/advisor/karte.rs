//! 事業者カルテ: everything that was ever done with one business, over all its cases.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use banso_core::event::BusinessRegistered;
use banso_core::subject::Subject;
use banso_projections::view::{Effective, Stage};
use serde_json::Value;
use uuid::Uuid;

use super::chart::{Chart, chart};
use super::timeline::{Item, Names, Row, events_of, shown};
use super::today::stage_label;
use super::{Advisor, Frame, Page, Sorry, long_date, page, today_of};
use crate::access::may_correct_others;
use crate::api::Query;
use crate::app::App;
use crate::casebook::Sheet;
use crate::problem::Problem;

/// Events on one page.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "advisor/karte.html")]
struct Karte {
    frame: Frame,
    id: Uuid,
    name: String,
    kana: String,
    tags: Vec<&'static str>,
    merged_into: Option<(Uuid, String)>,
    erased: bool,
    profile: Vec<Row>,
    cases: Vec<CaseCard>,
    plans: Vec<Plan>,
    chart: Option<Chart>,
    only: String,
    filters: Vec<Filter>,
    items: Vec<Item>,
    events: usize,
    page: usize,
    more: bool,
    recorded: Option<u64>,
    /// For the head of the paper.
    today: String,
}

struct CaseCard {
    id: Uuid,
    stage: &'static str,
    open: bool,
    opened: String,
    advisor: String,
    goal: String,
    next: String,
    last_action: String,
    visits: usize,
}

struct Plan {
    id: String,
    kind: String,
    day: String,
    followups: usize,
    progress: String,
}

struct Filter {
    name: &'static str,
    label: &'static str,
    chosen: bool,
}

/// What the timeline can be narrowed to.
const FILTERS: [(&str, &str, &[&str]); 4] = [
    ("", "すべて", &[]),
    (
        "contact",
        "訪問・相談",
        &["visit.", "followup.", "loan.", "succession.", "startup."],
    ),
    (
        "plan",
        "分析・計画",
        &["analysis.", "plan.", "productivity.", "subsidy.", "expert."],
    ),
    ("result", "数字・成果", &["sales.", "deal.", "fair.", "ec."]),
];

pub(super) async fn karte(
    State(app): State<Arc<App>>,
    who: Advisor,
    Path(id): Path<String>,
    query: Query,
) -> Page {
    let missing = || Sorry::from(Problem::not_found("no such business"));
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let only = query.text("only").unwrap_or_default().to_owned();
    let at = query.get::<usize>("page", "a page")?.unwrap_or(1).max(1);
    let view = app.directory.business(id, u64::MAX)?.ok_or_else(missing)?;
    // Businesses that were merged into this one are the same firm.
    let firm = app.directory.merged_into(id)?;
    let sheets = app.casebook.look(&app.directory, |known| {
        firm.iter()
            .flat_map(|id| known.cases_of(*id))
            .cloned()
            .collect::<Vec<_>>()
    })?;
    let mut events = events_of_firm(&app, &firm, &sheets)?;
    let chart = chart(events.iter().map(|(_, event)| event));
    let actions = last_actions(&events);
    narrow(&mut events, &only);
    let (account, size) = (&who.0, events.len());
    let karte = Names::with(&app, |names| {
        let may =
            |item: &Item| may_correct_others(account.role) || item.recorded_by == account.actor();
        let mut year = String::new();
        let items = events
            .iter()
            .skip((at - 1) * SHOWN)
            .take(SHOWN)
            .map(|(_, event)| {
                let mut item = names.item(event);
                item.amendable = item.amendable && may(&item);
                item.first_of_year = std::mem::replace(&mut year, item.year.clone()) != item.year;
                item
            });
        Karte {
            id,
            name: names.business(id),
            kana: view
                .profile
                .get("name_kana")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            tags: tags(&view),
            merged_into: view.merged_into.map(|into| (into, names.business(into))),
            erased: view.erased,
            profile: profile(&view.profile),
            cases: sheets
                .iter()
                .rev()
                .map(|sheet| case_card(names, sheet, &actions))
                .collect(),
            plans: sheets.iter().flat_map(plans).collect(),
            chart,
            filters: filters(&only),
            items: items.collect(),
            events: size,
            page: at,
            more: size > at * SHOWN,
            recorded: query.get("recorded", "a position").ok().flatten(),
            today: long_date(today_of(&app)),
            frame: Frame::new(&app, Some(account.clone())),
            only,
        }
    })?;
    Ok(page(StatusCode::OK, &karte))
}

type Event = (Option<Uuid>, Effective);

/// Everything of a firm and its cases, the newest first: what was agreed last is asked for first.
fn events_of_firm(app: &App, firm: &[Uuid], sheets: &[Sheet]) -> Result<Vec<Event>, Sorry> {
    let mut events = Vec::new();
    for of in firm {
        let (_, of_business) = events_of(app, Subject::business(*of))?;
        events.extend(of_business.into_iter().map(|event| (None, event)));
    }
    for sheet in sheets {
        let case = sheet.view.case_id;
        let (_, of_case) = events_of(app, Subject::case(case))?;
        events.extend(of_case.into_iter().map(|event| (Some(case), event)));
    }
    events.sort_by_key(|(_, event)| std::cmp::Reverse((event.occurred_on, event.position)));
    Ok(events)
}

/// What was said last to come next, by case.
fn last_actions(events: &[Event]) -> HashMap<Uuid, String> {
    let mut actions = HashMap::new();
    for (case, event) in events.iter().filter(|(_, event)| event.counts()) {
        if let (Some(case), Some(action)) = (case, event.text("next_action")) {
            actions.entry(*case).or_insert_with(|| action.to_owned());
        }
    }
    actions
}

fn narrow(events: &mut Vec<Event>, only: &str) {
    let wanted = FILTERS
        .iter()
        .find(|(name, ..)| *name == only)
        .map_or(&[][..], |found| found.2);
    events.retain(|(_, event)| {
        wanted.is_empty()
            || wanted
                .iter()
                .any(|prefix| event.event_type.starts_with(prefix))
    });
}

fn filters(only: &str) -> Vec<Filter> {
    let filters = FILTERS.iter().map(|(name, label, _)| Filter {
        name,
        label,
        chosen: *name == only,
    });
    filters.collect()
}

fn tags(view: &banso_projections::view::BusinessView) -> Vec<&'static str> {
    let mut tags = Vec::new();
    match view.closed.as_deref() {
        Some("suspended") => tags.push("休業中"),
        Some(_) => tags.push("廃業"),
        None => {}
    }
    if view.profile.get("member") == Some(&Value::Bool(true)) {
        tags.push("会員");
    }
    tags
}

fn profile(profile: &banso_core::json::Object) -> Vec<Row> {
    let fields = BusinessRegistered::TYPE.fields.iter();
    let known = fields.filter(|field| !matches!(field.name, "name" | "name_kana" | "member"));
    let rows = known.filter_map(|field| {
        let value = profile.get(field.name).filter(|value| !value.is_null())?;
        Some(Row {
            label: field.label,
            text: shown(field.shape, value),
        })
    });
    rows.collect()
}

fn case_card(names: &Names<'_>, sheet: &Sheet, actions: &HashMap<Uuid, String>) -> CaseCard {
    let view = &sheet.view;
    let goal = view.goal.as_deref().map(|goal| {
        shown(
            banso_core::event::CaseOpened::TYPE
                .field("goal")
                .map_or(banso_core::shape::Shape::Text, |field| field.shape),
            &Value::from(goal),
        )
    });
    CaseCard {
        id: view.case_id,
        stage: stage_label(view.stage),
        open: view.stage != Stage::Closed,
        opened: view.opened_on.map_or("－".to_owned(), long_date),
        advisor: view
            .advisor_id
            .map_or("－".to_owned(), |id| names.known.name_of(&id.to_string())),
        goal: goal.unwrap_or_else(|| "－".to_owned()),
        next: view.next_due.map_or("－".to_owned(), long_date),
        last_action: actions.get(&view.case_id).cloned().unwrap_or_default(),
        visits: view.visits,
    }
}

fn plans(sheet: &Sheet) -> Vec<Plan> {
    let words = |name: &str, field: &str, value: &Option<String>| {
        let shape = banso_core::event::event_type(name).and_then(|known| known.field(field));
        match (shape, value) {
            (Some(field), Some(value)) => shown(field.shape, &Value::from(value.as_str())),
            _ => "－".to_owned(),
        }
    };
    let plans = sheet.view.plans.iter().map(|plan| Plan {
        id: plan.plan_id.clone(),
        kind: words("plan.completed", "kind", &plan.kind),
        day: long_date(plan.completed_on),
        followups: plan.followups,
        progress: words("followup.done", "progress", &plan.progress),
    });
    plans.collect()
}
