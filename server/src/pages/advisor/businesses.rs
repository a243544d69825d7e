//! The list of businesses and the search: by name, kana, trade name, phone or address, in any width.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use banso_core::text::search_key;
use uuid::Uuid;

use super::timeline::Names;
use super::today::stage_label;
use super::{Advisor, Frame, Page, page};
use crate::api::Query;
use crate::app::App;

/// Businesses on one page.
const SHOWN: usize = 60;

#[derive(Template)]
#[template(path = "advisor/businesses.html")]
struct Businesses {
    frame: Frame,
    q: String,
    area: String,
    areas: Vec<String>,
    found: usize,
    rows: Vec<Row>,
    first: usize,
    last: usize,
    page: usize,
    more: bool,
}

struct Row {
    id: Uuid,
    name: String,
    kana: String,
    other: String,
    area: String,
    stage: &'static str,
    advisor: String,
    closed: bool,
}

pub(super) async fn list(State(app): State<Arc<App>>, who: Advisor, query: Query) -> Page {
    let q = query.text("q").unwrap_or_default().to_owned();
    let area = query.text("area").unwrap_or_default().to_owned();
    let at = query.get::<usize>("page", "a page")?.unwrap_or(1).max(1);
    let hits: Option<std::collections::HashSet<Uuid>> = if q.is_empty() {
        None
    } else {
        Some(app.directory.search(&q)?.into_iter().collect())
    };
    let (areas, found, rows) = Names::with(&app, |names| {
        let mut areas: Vec<String> = names
            .businesses
            .values()
            .filter_map(|listed| listed.text("area").map(str::to_owned))
            .collect();
        areas.sort_unstable();
        areas.dedup();
        let mut ids: Vec<(String, Uuid)> = names
            .businesses
            .iter()
            .filter(|(id, _)| hits.as_ref().is_none_or(|hits| hits.contains(id)))
            .filter(|(_, listed)| area.is_empty() || listed.text("area") == Some(area.as_str()))
            .filter(|(_, listed)| listed.view.merged_into.is_none())
            .map(|(id, listed)| {
                let kana = listed.text("name_kana").or_else(|| listed.text("name"));
                (kana.map(search_key).unwrap_or_default(), *id)
            })
            .collect();
        ids.sort_unstable();
        let rows = ids.iter().skip((at - 1) * SHOWN).take(SHOWN);
        let rows = rows.map(|(_, id)| row(names, *id)).collect::<Vec<_>>();
        (areas, ids.len(), rows)
    })?;
    let first = (at - 1) * SHOWN + 1;
    let listing = Businesses {
        frame: Frame::new(&app, Some(who.0)),
        last: first + rows.len().max(1) - 1,
        more: found > at * SHOWN,
        q,
        area,
        areas,
        found,
        rows,
        first,
        page: at,
    };
    Ok(page(StatusCode::OK, &listing))
}

fn row(names: &Names<'_>, id: Uuid) -> Row {
    let listed = names.businesses.get(&id);
    let text = |field: &str| {
        listed
            .and_then(|listed| listed.text(field))
            .unwrap_or_default()
            .to_owned()
    };
    let cases = names.known.cases_of(id);
    let last = cases.last();
    let advisor = last.and_then(|sheet| sheet.view.advisor_id);
    let other = [text("trade_name"), text("representative")];
    Row {
        id,
        name: names.business(id),
        kana: text("name_kana"),
        other: other
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("　"),
        area: text("area"),
        stage: last.map_or("案件なし", |sheet| stage_label(sheet.view.stage)),
        advisor: advisor
            .map(|id| names.known.name_of(&id.to_string()))
            .unwrap_or_default(),
        closed: listed.is_some_and(|listed| listed.view.closed.is_some()),
    }
}
