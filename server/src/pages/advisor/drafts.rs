//! 清書待ち: cards that were recorded in a hurry, to be finished at a desk.
//!
//! A card is recorded and counts at once; finishing it is a correction that takes the mark away. So
//! nothing waits outside the ledger, and nothing is lost with a browser.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use banso_core::subject::Subject;
use uuid::Uuid;

use super::timeline::{Item, Names, events_of};
use super::{Advisor, Frame, Page, page};
use crate::app::App;

#[derive(Template)]
#[template(path = "advisor/drafts.html")]
struct Drafts {
    frame: Frame,
    drafts: Vec<Draft>,
}

struct Draft {
    business: Uuid,
    name: String,
    item: Item,
}

pub(super) async fn list(State(app): State<Arc<App>>, who: Advisor) -> Page {
    let actor = who.0.actor();
    let mut open = app.casebook.look(&app.directory, |known| {
        let of = |sheet: &crate::casebook::Sheet| {
            let mine = sheet
                .unfinished
                .iter()
                .filter(|open| open.recorded_by == actor);
            let (case, business) = (
                sheet.view.case_id,
                sheet.view.business_id.unwrap_or_default(),
            );
            mine.map(move |open| (open.occurred_on, open.position, case, business))
                .collect::<Vec<_>>()
        };
        known.cases.values().flat_map(of).collect::<Vec<_>>()
    })?;
    open.sort_unstable();
    let mut events = Vec::new();
    for (_, position, case, business) in open {
        let (_, of_case) = events_of(&app, Subject::case(case))?;
        let found = of_case.into_iter().find(|event| event.position == position);
        events.extend(found.map(|event| (business, event)));
    }
    let drafts = Names::with(&app, |names| {
        let draft = |(business, event): &(Uuid, banso_projections::view::Effective)| Draft {
            business: *business,
            name: names.business(*business),
            item: names.item(event),
        };
        events.iter().map(draft).collect()
    })?;
    Ok(page(
        StatusCode::OK,
        &Drafts {
            frame: Frame::new(&app, Some(who.0)),
            drafts,
        },
    ))
}
