//! Corrections and voids: the record as it is, what the change does to the numbers, and why.
//!
//! Nothing is overwritten: the correction is an entry of its own, and the old one stays readable.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use banso_core::event::{Event, EventType, Mode, event_type};
use banso_core::json::Object;
use banso_core::recorded::Recorded;
use banso_core::subject::{Subject, SubjectKind};
use banso_projections::view::Effective;
use serde_json::{Value, json};

use super::controls::{Control, Kind, controls, data, fill};
use super::given::{Given, day};
use super::intake::{Wish, accepted, id_of, record, refused, status_of};
use super::picks::{name_business, picks};
use super::timeline::{Item, Names, events_of};
use super::what_if::{Preview, preview};
use super::words::{Trouble, faults_of};
use super::{Advisor, Frame, Page, Sorry, page, today_of};
use crate::accounts::Account;
use crate::app::App;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "advisor/amend.html")]
struct Amend {
    frame: Frame,
    void: bool,
    item: Item,
    back: String,
    id: String,
    version: u64,
    today: String,
    reason: String,
    reason_fault: Option<String>,
    occurred_on: String,
    day_fault: Option<String>,
    controls: Vec<Control>,
    preview: Option<Preview>,
    trouble: Option<Trouble>,
}

/// A record that is to be amended.
struct Target {
    recorded: Recorded,
    subject: Subject,
    event: Effective,
    event_type: &'static EventType,
    version: u64,
}

pub(super) async fn void_form(
    State(app): State<Arc<App>>,
    who: Advisor,
    Path(position): Path<String>,
) -> Page {
    let target = target(&app, &position)?;
    show(&app, &who.0, &target, true, Given::default(), None, true).await
}

pub(super) async fn void(
    State(app): State<Arc<App>>,
    who: Advisor,
    Path(position): Path<String>,
    headers: HeaderMap,
    given: Given,
) -> Page {
    let target = target(&app, &position)?;
    let mut data = Object::from_iter([("target".to_owned(), json!(target.recorded.id))]);
    data.extend(
        given
            .text("reason")
            .map(|reason| ("reason".to_owned(), json!(reason))),
    );
    finish(
        &app,
        &who.0,
        &target,
        &headers,
        given,
        "record.voided",
        data,
    )
    .await
}

pub(super) async fn correct_form(
    State(app): State<Arc<App>>,
    who: Advisor,
    Path(position): Path<String>,
) -> Page {
    let target = target(&app, &position)?;
    let mut given = Given::default();
    fill(target.event_type, &target.event.data, &mut given);
    given.set("day", target.event.occurred_on.to_string());
    // Opening a draft means finishing it.
    given.set("data.to_finish", "");
    show(&app, &who.0, &target, false, given, None, false).await
}

pub(super) async fn correct(
    State(app): State<Arc<App>>,
    who: Advisor,
    Path(position): Path<String>,
    headers: HeaderMap,
    given: Given,
) -> Page {
    let target = target(&app, &position)?;
    let new = correction(&target, &given);
    if given.text("step") == Some("preview") {
        let trouble = faults(&target, &new);
        let fine = trouble.is_none();
        return show(&app, &who.0, &target, false, given, trouble, fine).await;
    }
    finish(
        &app,
        &who.0,
        &target,
        &headers,
        given,
        "record.corrected",
        new,
    )
    .await
}

fn target(app: &App, position: &str) -> Result<Target, Sorry> {
    let missing = || Sorry::from(Problem::not_found("no such record"));
    let position: u64 = position.parse().map_err(|_| missing())?;
    let entry = app
        .store
        .entry(position)?
        .filter(|_| position < app.store.size());
    let recorded = Recorded::parse(&entry.ok_or_else(missing)?.bytes).map_err(|_| missing())?;
    let subject = recorded.subject().map_err(|_| missing())?;
    let known = event_type(&recorded.event_type).filter(|known| known.subject.is_some());
    let (version, events) = events_of(app, subject)?;
    let event = events.into_iter().find(|event| event.position == position);
    let (Some(event_type), Some(event)) = (known, event) else {
        return Err(missing());
    };
    Ok(Target {
        recorded,
        subject,
        event,
        event_type,
        version,
    })
}

/// What the form makes of the record: whole new data, and the day if it is another one.
fn correction(target: &Target, given: &Given) -> Object {
    let mut new = Object::from_iter([("target".to_owned(), json!(target.recorded.id))]);
    new.extend(
        given
            .text("reason")
            .map(|reason| ("reason".to_owned(), json!(reason))),
    );
    let mut data = data(target.event_type, given);
    if data.get("to_finish") == Some(&Value::Bool(false)) {
        data.remove("to_finish");
    }
    let had: Object = target
        .event
        .data
        .iter()
        .filter(|(name, value)| {
            let field = target.event_type.field(name);
            !value.is_null() && field.is_some_and(|field| !field.server)
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let written = given.text("day").map(day).unwrap_or_default();
    let moved = written != target.event.occurred_on.to_string();
    // A correction needs one of the two; an unchanged form says so through the intake.
    if data != had || !moved {
        new.insert("data".to_owned(), Value::Object(data));
    }
    if moved {
        new.insert("occurred_on".to_owned(), json!(written));
    }
    new
}

fn faults(target: &Target, new: &Object) -> Option<Trouble> {
    let mut errors = Vec::new();
    if let Some(Value::Object(data)) = new.get("data") {
        let _event = Event::read(target.event_type.name, data, Mode::Intake, &mut errors);
    }
    let mut faults = faults_of(&errors, target.event_type.fields);
    if let Some(day) = new.get("occurred_on").and_then(Value::as_str)
        && day.parse::<chrono::NaiveDate>().is_err()
    {
        let error = banso_core::json::FieldError::new("/occurred_on", "is no day");
        faults.extend(faults_of(&[error], &[]));
    }
    (!faults.is_empty()).then(|| Trouble::faults(faults))
}

async fn finish(
    app: &Arc<App>,
    account: &Account,
    target: &Target,
    headers: &HeaderMap,
    mut given: Given,
    name: &'static str,
    data: Object,
) -> Page {
    let void = name == "record.voided";
    given.set("occurred_on", today_of(app).to_string());
    let fields = event_type(name).map_or(&[][..], |known| known.fields);
    let mut both = target.event_type.fields.to_vec();
    both.extend_from_slice(fields);
    let wish = Wish {
        id: id_of(&given),
        event_type: name,
        subject: target.recorded.subject.clone(),
        data,
        fields: &both,
    };
    match record(app, account, &given, vec![wish]).await {
        Ok(done) => {
            let back = back(app, target.subject)?;
            Ok(accepted(headers, &given, &done, &back))
        }
        Err((_, trouble)) => match refused(headers, &trouble) {
            Some(response) => Ok(response),
            None => show(app, account, target, void, given, Some(trouble), void).await,
        },
    }
}

async fn show(
    app: &Arc<App>,
    account: &Account,
    target: &Target,
    void: bool,
    given: Given,
    trouble: Option<Trouble>,
    counted: bool,
) -> Page {
    let shown = if counted && target.event.voided_by.is_none() {
        let (name, data) = if void {
            let target = json!(target.recorded.id);
            (
                "record.voided",
                Object::from_iter([
                    ("target".to_owned(), target),
                    ("reason".to_owned(), json!("－")),
                ]),
            )
        } else {
            let mut new = correction(target, &given);
            new.insert("reason".to_owned(), json!("－"));
            let open = new
                .get("data")
                .and_then(Value::as_object)
                .cloned()
                .map(|data| {
                    // Numbers never depend on personal fields; they are not folded.
                    banso_core::intake::split_personal(target.event_type, data).0
                });
            new.extend(open.map(|data| ("data".to_owned(), Value::Object(data))));
            ("record.corrected", new)
        };
        Some(preview(app, account, &target.recorded, name, data).await?)
    } else {
        None
    };
    let status = trouble.as_ref().map_or(StatusCode::OK, status_of);
    let version = trouble.as_ref().and_then(|trouble| trouble.current_version);
    let controls = if void {
        Vec::new()
    } else {
        let picks = picks(app, target.event_type, target.subject)?;
        let mut controls = controls(target.event_type, &given, &picks, trouble.as_ref());
        for control in &mut controls {
            name_business(app, control)?;
        }
        controls
    };
    let fault = |name: &str| trouble.as_ref().and_then(|trouble| trouble.fault(name));
    let amend = Amend {
        frame: Frame::new(app, Some(account.clone())),
        void,
        item: Names::with(app, |names| names.item(&target.event))?,
        back: back(app, target.subject)?,
        id: id_of(&given).to_string(),
        version: version.unwrap_or(target.version),
        today: today_of(app).to_string(),
        reason: given.text("reason").unwrap_or_default().to_owned(),
        reason_fault: fault("data.reason"),
        occurred_on: given
            .text("day")
            .map_or_else(|| target.event.occurred_on.to_string(), str::to_owned),
        day_fault: fault("occurred_on").or_else(|| fault("data.occurred_on")),
        controls,
        preview: shown,
        trouble,
    };
    Ok(page(status, &amend))
}

/// Where the record is shown.
fn back(app: &App, subject: Subject) -> Result<String, Sorry> {
    Ok(match subject {
        Subject::One(SubjectKind::Business, id) => format!("/businesses/{id}"),
        Subject::One(SubjectKind::Case, _) => {
            let business = app.recorder.standing(subject)?.business;
            business.map_or_else(|| "/today".to_owned(), |id| format!("/businesses/{id}"))
        }
        _ => "/today".to_owned(),
    })
}
