//! A form for every event type, from its declaration.
//!
//! `GET /record?subject=` lists what can be recorded there, `/record/{type}?subject=` is the form.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use banso_core::event::{EventType, event_type, event_types};
use banso_core::subject::{Subject, SubjectKind};
use uuid::Uuid;

use super::controls::{Control, Kind, controls, data};
use super::given::Given;
use super::intake::{Wish, accepted, id_of, record, refused, source_of, status_of};
use super::picks::{name_business, picks, resolve};
use super::timeline::Names;
use super::words::Trouble;
use super::{Advisor, Frame, Page, page, today_of};
use crate::access::may_append;
use crate::accounts::Account;
use crate::api::Query;
use crate::app::App;
use crate::problem::Problem;

/// Types that have a page of their own, or that only the server records.
const ELSEWHERE: [&str; 4] = [
    "record.corrected",
    "record.voided",
    "business.erasure_completed",
    "case.handover_received",
];

#[derive(Template)]
#[template(path = "advisor/menu.html")]
struct Menu {
    frame: Frame,
    about: String,
    back: String,
    groups: Vec<Group>,
}

struct Group {
    label: &'static str,
    types: Vec<Link>,
}

struct Link {
    href: String,
    label: &'static str,
}

#[derive(Template)]
#[template(path = "advisor/record.html")]
struct Form {
    frame: Frame,
    label: &'static str,
    action: String,
    about: String,
    back: String,
    subject: String,
    new_subject: Option<&'static str>,
    id: String,
    version: Option<u64>,
    source: &'static str,
    today: String,
    occurred_on: String,
    day_fault: Option<String>,
    controls: Vec<Control>,
    trouble: Option<Trouble>,
}

/// What the form is about.
struct About {
    text: String,
    back: String,
    version: Option<u64>,
    new: Option<&'static str>,
}

pub(super) async fn menu(State(app): State<Arc<App>>, who: Advisor, query: Query) -> Page {
    let subject = query.text("subject").map(subject_of).transpose()?;
    let kind = subject.map(Subject::kind);
    let about = match subject {
        Some(subject) => about(&app, subject)?,
        None => About {
            text: String::new(),
            back: "/today".to_owned(),
            version: None,
            new: None,
        },
    };
    let suffix = subject
        .map(|subject| format!("?subject={subject}"))
        .unwrap_or_default();
    let kinds = SubjectKind::ALL
        .into_iter()
        .filter(|known| kind.is_none_or(|kind| kind == *known));
    let groups = kinds.map(|kind| Group {
        label: kind.label(),
        types: event_types()
            .iter()
            .filter(|known| known.subject == Some(kind) && !ELSEWHERE.contains(&known.name))
            .filter(|known| may_append(who.0.role, known, kind))
            // A first event makes its subject; the others need one.
            .filter(|known| subject.is_some() || begins(known) || kind == SubjectKind::Programme)
            .map(|known| Link {
                href: format!("/record/{}{suffix}", known.name),
                label: known.label,
            })
            .collect(),
    });
    let groups = groups
        .filter(|group: &Group| !group.types.is_empty())
        .collect();
    let frame = Frame::new(&app, Some(who.0));
    Ok(page(
        StatusCode::OK,
        &Menu {
            frame,
            about: about.text,
            back: about.back,
            groups,
        },
    ))
}

pub(super) async fn form(
    State(app): State<Arc<App>>,
    who: Advisor,
    Path(name): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Page {
    let known = known_type(&name)?;
    let mut given = Given::default();
    let subject = match query.text("subject") {
        Some(text) => text.to_owned(),
        None => new_subject(known)?,
    };
    given.set("subject", subject);
    given.set(
        "new",
        if query.text("subject").is_some() {
            ""
        } else {
            "1"
        },
    );
    for field in known.fields {
        if let Some(text) = query.text(field.name) {
            given.add(&format!("data.{}", field.name), text);
        }
    }
    given.set("occurred_on", today_of(&app).to_string());
    given.set("source", source_of(&headers));
    prefill(known, &who.0, &mut given);
    Ok(shown(&app, who.0, known, given, None, StatusCode::OK)?)
}

pub(super) async fn send(
    State(app): State<Arc<App>>,
    who: Advisor,
    Path(name): Path<String>,
    headers: HeaderMap,
    mut given: Given,
) -> Page {
    let known = known_type(&name)?;
    let subject = given.text("subject").unwrap_or_default().to_owned();
    let recorded = match resolve(&app, known, &mut given)? {
        Some(trouble) => Err(trouble),
        None => {
            let data = data(known, &given);
            let wish = Wish {
                id: id_of(&given),
                event_type: known.name,
                subject: subject.clone(),
                data,
                fields: known.fields,
            };
            record(&app, &who.0, &given, vec![wish])
                .await
                .map_err(|(_, trouble)| trouble)
        }
    };
    match recorded {
        Ok(done) => {
            let to = subject
                .parse()
                .ok()
                .and_then(|subject| about(&app, subject).ok());
            let to = to.map_or_else(|| "/today".to_owned(), |about| about.back);
            Ok(accepted(&headers, &given, &done, &to))
        }
        Err(trouble) => {
            if let Some(response) = refused(&headers, &trouble) {
                return Ok(response);
            }
            let status = status_of(&trouble);
            Ok(shown(&app, who.0, known, given, Some(trouble), status)?)
        }
    }
}

fn shown(
    app: &App,
    account: Account,
    known: &'static EventType,
    given: Given,
    trouble: Option<Trouble>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let subject = given.text("subject").unwrap_or_default().to_owned();
    let parsed = subject_of(&subject)?;
    let mut about = about(app, parsed)?;
    if about.new.is_some() && !given.ticked("new") {
        about.new = None;
    }
    let picks = picks(app, known, parsed)?;
    let mut controls = controls(known, &given, &picks, trouble.as_ref());
    for control in &mut controls {
        name_business(app, control)?;
    }
    let version = trouble.as_ref().and_then(|trouble| trouble.current_version);
    let form = Form {
        frame: Frame::new(app, Some(account)),
        label: known.label,
        action: format!("/record/{}", known.name),
        about: about.text,
        back: about.back,
        subject,
        new_subject: about.new,
        id: id_of(&given).to_string(),
        version: version.or(about.version),
        source: if given.text("source") == Some("phone") {
            "phone"
        } else {
            "pc"
        },
        today: today_of(app).to_string(),
        occurred_on: given.text("occurred_on").unwrap_or_default().to_owned(),
        day_fault: trouble
            .as_ref()
            .and_then(|trouble| trouble.fault("occurred_on")),
        controls,
        trouble,
    };
    Ok(super::page(status, &form))
}

fn known_type(name: &str) -> Result<&'static EventType, Problem> {
    event_type(name)
        .filter(|known| !ELSEWHERE.contains(&known.name))
        .ok_or_else(|| Problem::not_found(format!("there is no form for \"{name}\"")))
}

fn subject_of(text: &str) -> Result<Subject, Problem> {
    text.parse()
        .map_err(|detail: String| Problem::parameter("subject", detail))
}

/// Types that a new subject begins with.
fn begins(known: &EventType) -> bool {
    matches!(
        known.name,
        "business.registered" | "case.opened" | "staff.registered"
    ) || matches!(
        known.subject,
        Some(SubjectKind::Seminar | SubjectKind::Survey)
    )
}

fn new_subject(known: &EventType) -> Result<String, Problem> {
    match known.subject {
        Some(SubjectKind::Programme) => Ok(Subject::PROGRAMME.to_owned()),
        Some(kind) if begins(known) => Ok(format!("{}/{}", kind.name(), Uuid::now_v7())),
        _ => Err(Problem::parameter("subject", "is required for this type")),
    }
}

fn about(app: &App, subject: Subject) -> Result<About, Problem> {
    let version = app.store.current_version(&subject.to_string())?;
    let (text, back) = match subject {
        Subject::One(SubjectKind::Business, id) if version > 0 => (
            Names::with(app, |names| names.business(id))?,
            format!("/businesses/{id}"),
        ),
        Subject::One(SubjectKind::Case, _) if version > 0 => {
            let business = app.recorder.standing(subject)?.business.unwrap_or_default();
            (
                Names::with(app, |names| names.business(business))?,
                format!("/businesses/{business}"),
            )
        }
        Subject::One(SubjectKind::Staff, id) if version > 0 => {
            let name = Names::with(app, |names| names.known.name_of(&id.to_string()))?;
            (name, "/today".to_owned())
        }
        subject => (
            format!("{}の記録", subject.kind().label()),
            "/record".to_owned(),
        ),
    };
    let new = (version == 0 && subject != Subject::Programme).then(|| subject.kind().name());
    Ok(About {
        text,
        back,
        version: (version > 0).then_some(version),
        new,
    })
}

fn prefill(known: &EventType, account: &Account, given: &mut Given) {
    let short = || Uuid::now_v7().simple().to_string()[20..].to_uppercase();
    match known.name {
        "analysis.completed" => given.add("data.analysis_id", format!("A-{}", short())),
        "plan.completed" => given.add("data.plan_id", format!("P-{}", short())),
        "case.opened" => given.add("data.advisor_id", account.staff.to_string()),
        _ => {}
    }
}
