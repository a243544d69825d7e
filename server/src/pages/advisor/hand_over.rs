//! 引継ぎ: a briefing from the record, the hand-over itself, and the receipt by the new advisor.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use banso_core::event::event_type;
use banso_core::json::Object;
use banso_core::subject::Subject;
use banso_projections::view::Effective;
use serde_json::json;
use uuid::Uuid;

use super::controls::Pick;
use super::duties::{of_case, owed};
use super::given::Given;
use super::intake::{Wish, accepted, id_of, record, refused, status_of};
use super::timeline::{Item, Names, events_of};
use super::today::stage_label;
use super::words::Trouble;
use super::{Advisor, Frame, Sorry, long_date, page, today_of};
use crate::accounts::Account;
use crate::api::Query;
use crate::app::App;
use crate::problem::Problem;

/// Last contacts that the briefing shows.
const CONTACTS: usize = 5;

/// What the new advisor should know.
struct Brief {
    case: Uuid,
    business: Uuid,
    name: String,
    advisor: String,
    stage: &'static str,
    duties: Vec<String>,
    promises: Vec<String>,
    words: Vec<String>,
    contacts: Vec<Item>,
    figures: Vec<Item>,
    version: u64,
}

#[derive(Template)]
#[template(path = "advisor/hand_over.html")]
struct HandOver {
    frame: Frame,
    brief: Brief,
    id: String,
    today: String,
    staff: Vec<Pick>,
    briefing: String,
    trouble: Option<Trouble>,
}

#[derive(Template)]
#[template(path = "advisor/receipt.html")]
struct Receipt {
    frame: Frame,
    brief: Brief,
    position: u64,
    from: String,
    to: String,
    day: String,
    briefing: String,
    received: Option<Item>,
    mine: bool,
    id: String,
    today: String,
    trouble: Option<Trouble>,
}

pub(super) async fn form(
    State(app): State<Arc<App>>,
    who: Advisor,
    query: Query,
) -> Result<Response, Sorry> {
    let case = query.get::<Uuid>("case", "a UUID")?;
    let case = case.ok_or_else(|| Problem::not_found("no case is named"))?;
    shown(&app, who.0, case, &Given::default(), None)
}

pub(super) async fn send(
    State(app): State<Arc<App>>,
    who: Advisor,
    headers: HeaderMap,
    mut given: Given,
) -> Result<Response, Sorry> {
    let case = given
        .text("case")
        .and_then(|text| text.parse::<Uuid>().ok());
    let case = case.ok_or_else(|| Problem::parameter("case", "is not a UUID"))?;
    given.set("occurred_on", today_of(&app).to_string());
    let data = ["to", "briefing"].into_iter().filter_map(|field| {
        let text = given.text(&format!("data.{field}"))?;
        Some((field.to_owned(), json!(text)))
    });
    let wish = wish(&given, case, "case.handed_over", data.collect());
    match record(&app, &who.0, &given, vec![wish]).await {
        Ok(done) => {
            let position = done.positions.first().copied().unwrap_or_default();
            Ok(accepted(
                &headers,
                &given,
                &done,
                &format!("/handover/{position}"),
            ))
        }
        Err((_, trouble)) => match refused(&headers, &trouble) {
            Some(response) => Ok(response),
            None => shown(&app, who.0, case, &given, Some(trouble)),
        },
    }
}

pub(super) async fn receipt(
    State(app): State<Arc<App>>,
    who: Advisor,
    Path(position): Path<String>,
) -> Result<Response, Sorry> {
    receipt_page(&app, &who.0, &position, &Given::default(), None)
}

pub(super) async fn receive(
    State(app): State<Arc<App>>,
    who: Advisor,
    Path(position): Path<String>,
    headers: HeaderMap,
    mut given: Given,
) -> Result<Response, Sorry> {
    let (case, event, _) = handed_over(&app, &position)?;
    given.set("occurred_on", today_of(&app).to_string());
    let mut data = Object::from_iter([("handover".to_owned(), json!(event.id))]);
    data.extend(
        given
            .text("data.note")
            .map(|note| ("note".to_owned(), json!(note))),
    );
    let wish = wish(&given, case, "case.handover_received", data);
    match record(&app, &who.0, &given, vec![wish]).await {
        Ok(done) => Ok(accepted(
            &headers,
            &given,
            &done,
            &format!("/handover/{}", event.position),
        )),
        Err((_, trouble)) => match refused(&headers, &trouble) {
            Some(response) => Ok(response),
            None => receipt_page(&app, &who.0, &position, &given, Some(trouble)),
        },
    }
}

fn wish<'a>(given: &Given, case: Uuid, name: &'static str, data: Object) -> Wish<'a> {
    Wish {
        id: id_of(given),
        event_type: name,
        subject: Subject::case(case).to_string(),
        data,
        fields: event_type(name).map_or(&[][..], |known| known.fields),
    }
}

fn shown(
    app: &App,
    account: Account,
    case: Uuid,
    given: &Given,
    trouble: Option<Trouble>,
) -> Result<Response, Sorry> {
    let (brief, advisor) = brief(app, case, u64::MAX)?;
    let chosen = given.text("data.to").unwrap_or_default();
    let staff = app.casebook.look(&app.directory, |known| {
        let others = known.staff.iter().filter(|(id, member)| {
            !member.left && member.role != "committee" && Some(**id) != advisor
        });
        let pick = |(id, member): (&Uuid, &crate::casebook::Member)| Pick {
            value: id.to_string(),
            label: member.name.clone(),
            chosen: id.to_string() == chosen,
        };
        others.map(pick).collect::<Vec<_>>()
    })?;
    let status = trouble.as_ref().map_or(StatusCode::OK, status_of);
    let form = HandOver {
        frame: Frame::new(app, Some(account)),
        brief,
        id: id_of(given).to_string(),
        today: today_of(app).to_string(),
        staff,
        briefing: given.text("data.briefing").unwrap_or_default().to_owned(),
        trouble,
    };
    Ok(page(status, &form).into_response())
}

fn receipt_page(
    app: &App,
    account: &Account,
    position: &str,
    given: &Given,
    trouble: Option<Trouble>,
) -> Result<Response, Sorry> {
    let (case, event, events) = handed_over(app, position)?;
    let (brief, _) = brief(app, case, event.position)?;
    let to = event.text("to").unwrap_or_default().to_owned();
    let received = events.iter().find(|other| {
        other.event_type == "case.handover_received"
            && other.counts()
            && other.uuid("handover") == Some(event.id)
    });
    let (from, to_name, received) = Names::with(app, |names| {
        (
            brief.advisor.clone(),
            names.known.name_of(&to),
            received.map(|event| names.item(event)),
        )
    })?;
    let status = trouble.as_ref().map_or(StatusCode::OK, status_of);
    let receipt = Receipt {
        position: event.position,
        from,
        to: to_name,
        day: long_date(event.occurred_on),
        briefing: event.text("briefing").unwrap_or_default().to_owned(),
        received,
        mine: to == account.staff.to_string(),
        id: id_of(given).to_string(),
        today: today_of(app).to_string(),
        frame: Frame::new(app, Some(account.clone())),
        brief,
        trouble,
    };
    Ok(page(status, &receipt).into_response())
}

fn handed_over(app: &App, position: &str) -> Result<(Uuid, Effective, Vec<Effective>), Sorry> {
    let missing = || Sorry::from(Problem::not_found("no such hand-over"));
    let position: u64 = position.parse().map_err(|_| missing())?;
    let entry = app
        .store
        .entry(position)?
        .filter(|_| position < app.store.size());
    let recorded = banso_core::recorded::Recorded::parse(&entry.ok_or_else(missing)?.bytes);
    let recorded = recorded.map_err(|_| missing())?;
    let case = recorded
        .subject()
        .ok()
        .and_then(Subject::id)
        .ok_or_else(missing)?;
    let (_, events) = events_of(app, Subject::case(case))?;
    let found = events.iter().find(|event| event.position == position);
    let event = found
        .filter(|event| event.event_type == "case.handed_over")
        .cloned();
    Ok((case, event.ok_or_else(missing)?, events))
}

/// The briefing from the entries before a position, and who was in charge then.
fn brief(app: &App, case: Uuid, before: u64) -> Result<(Brief, Option<Uuid>), Sorry> {
    let entries = app.directory.opened(Subject::case(case), before)?;
    let missing = || Sorry::from(Problem::not_found("there is no such case"));
    let view = banso_projections::view::case_view(case, &entries).ok_or_else(missing)?;
    let business = view.business_id.ok_or_else(missing)?;
    let owed = owed(app, today_of(app))?;
    let version = app
        .store
        .current_version(&Subject::case(case).to_string())?;
    let mut live: Vec<&Effective> = view
        .timeline
        .iter()
        .filter(|event| event.counts())
        .collect();
    live.reverse();
    let said = |field: &str, most: usize| {
        let texts = live.iter().filter_map(|event| {
            Some(format!(
                "{}　{}",
                long_date(event.occurred_on),
                event.text(field)?
            ))
        });
        texts.take(most).collect::<Vec<_>>()
    };
    let (words, open) = (said("owner_words", 3), said("next_action", 3));
    let brief = Names::with(app, |names| {
        let sheet = names.known.cases.get(&case);
        let due = sheet
            .map(|sheet| of_case(sheet, &owed, today_of(app)))
            .unwrap_or_default();
        let items = |wanted: &[&str], most: usize| {
            let of = live
                .iter()
                .filter(|event| wanted.contains(&event.event_type.as_str()));
            of.take(most)
                .map(|event| names.item(event))
                .collect::<Vec<_>>()
        };
        Brief {
            case,
            business,
            name: names.business(business),
            advisor: view
                .advisor_id
                .map_or("－".to_owned(), |id| names.known.name_of(&id.to_string())),
            stage: stage_label(view.stage),
            duties: due
                .iter()
                .map(|duty| format!("{}　{}", long_date(duty.due), duty.what))
                .collect(),
            promises: open,
            words,
            contacts: items(&["visit.done", "followup.done"], CONTACTS),
            figures: items(
                &["sales.reported", "plan.completed", "analysis.completed"],
                CONTACTS,
            ),
            version,
        }
    })?;
    Ok((brief, view.advisor_id))
}
