//! 訪問カード: one visit, one card, a minute on a phone; it becomes several events.
//!
//! The ids of the further events follow from the card's own, so that a card that is sent again
//! counts once. A card marked 清書待ち is recorded at once and corrected later at a desk.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use banso_core::event::{
    EventType, FollowupDone, Method, Progress, SalesBasis, SalesReported, VisitDone, event_type,
};
use banso_core::json::Object;
use banso_core::shape::{Field as _, Shape};
use banso_core::subject::Subject;
use banso_projections::view::Stage;
use serde_json::{Value, json};
use uuid::Uuid;

use super::controls::{Pick, data};
use super::given::Given;
use super::intake::{Wish, accepted, id_of, record, refused, source_of, status_of};
use super::timeline::{Names, events_of};
use super::words::Trouble;
use super::{Advisor, Frame, Sorry, long_date, page, today_of};
use crate::accounts::Account;
use crate::api::Query;
use crate::app::App;
use crate::problem::Problem;

/// What is talked about most; anything else is typed.
const TOPICS: [&str; 9] = [
    "資金繰り",
    "販路開拓",
    "補助金",
    "価格・原価",
    "人手・労務",
    "ＤＸ・ＩＴ",
    "設備投資",
    "事業承継",
    "創業",
];
/// The topic that an analysis hint becomes.
const HINT: &str = "経営分析の提案";

#[derive(Template)]
#[template(path = "advisor/card.html")]
struct Card {
    frame: Frame,
    case: Uuid,
    business: Uuid,
    name: String,
    closed: bool,
    last: Option<Last>,
    id: String,
    version: u64,
    source: &'static str,
    today: String,
    given: Filled,
    methods: Vec<Pick>,
    topics: Vec<Pick>,
    plans: Vec<Pick>,
    progress: Vec<Pick>,
    basis: Vec<Pick>,
    trouble: Option<Trouble>,
}

/// What was agreed last time.
struct Last {
    day: String,
    action: String,
    words: String,
    note: String,
}

/// Texts that stand in the form.
struct Filled(Given);

impl Filled {
    fn text(&self, name: &str) -> &str {
        self.0.text(name).unwrap_or_default()
    }

    fn ticked(&self, name: &str) -> bool {
        self.0.ticked(name)
    }

    /// A part that is folded away is open when something stands in it.
    fn opened(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.0.ticked(name))
    }
}

pub(super) async fn form(
    State(app): State<Arc<App>>,
    who: Advisor,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Sorry> {
    let Some(case) = query.get::<Uuid>("case", "a UUID")? else {
        return Ok(Redirect::to("/today#cases").into_response());
    };
    let mut given = Given::default();
    given.set("occurred_on", today_of(&app).to_string());
    given.set("source", source_of(&headers));
    given.set("case", case.to_string());
    shown(&app, who.0, case, given, None)
}

pub(super) async fn send(
    State(app): State<Arc<App>>,
    who: Advisor,
    headers: HeaderMap,
    given: Given,
) -> Result<Response, Sorry> {
    let case = given
        .text("case")
        .and_then(|text| text.parse::<Uuid>().ok());
    let case = case.ok_or_else(|| Problem::parameter("case", "is not a UUID"))?;
    let subject = Subject::case(case).to_string();
    let wishes = wishes(&given, &subject);
    match record(&app, &who.0, &given, wishes).await {
        Ok(done) => {
            let business = app
                .recorder
                .standing(Subject::case(case))?
                .business
                .unwrap_or_default();
            Ok(accepted(
                &headers,
                &given,
                &done,
                &format!("/businesses/{business}"),
            ))
        }
        Err((done, mut trouble)) => {
            if let Some(position) = done.positions.last() {
                trouble.detail = format!(
                    "訪問の記録は登録されています（番号 {position}）。残りの項目だけが受け付けられませんでした。{}",
                    trouble.detail
                );
            }
            if let Some(response) = refused(&headers, &trouble) {
                return Ok(response);
            }
            shown(&app, who.0, case, given, Some(trouble))
        }
    }
}

/// The events that a card becomes.
fn wishes<'a>(given: &Given, subject: &str) -> Vec<Wish<'a>> {
    let id = id_of(given);
    let wish = |known: &'static EventType, id: Uuid, data: Object| Wish {
        id,
        event_type: known.name,
        subject: subject.to_owned(),
        data,
        fields: known.fields,
    };
    let further = |name: &str| Uuid::new_v5(&id, name.as_bytes());
    let mut wishes = Vec::new();
    if let Some(known) = event_type(VisitDone::TYPE.name) {
        wishes.push(wish(known, id, visit(given, known)));
    }
    if let (Some(plan), Some(known)) = (given.text("plan_id"), event_type(FollowupDone::TYPE.name))
    {
        let mut followup = Object::from_iter([("plan_id".to_owned(), json!(plan))]);
        for (field, control) in [("method", "data.method"), ("progress", "progress")] {
            followup.extend(
                given
                    .text(control)
                    .map(|text| (field.to_owned(), json!(text))),
            );
        }
        wishes.push(wish(known, further("followup.done"), followup));
    }
    if let (true, Some(known)) = (
        given.ticked("data.sales"),
        event_type(SalesReported::TYPE.name),
    ) {
        wishes.push(wish(known, further("sales.reported"), data(known, given)));
    }
    wishes
}

fn visit(given: &Given, known: &EventType) -> Object {
    let mut visit = data(known, given);
    let mut topics: Vec<String> = given.all("data.topics").map(str::to_owned).collect();
    let more = given
        .text("more_topics")
        .unwrap_or_default()
        .split(['、', ',', '\n']);
    topics.extend(
        more.map(str::trim)
            .filter(|topic| !topic.is_empty())
            .map(str::to_owned),
    );
    topics.extend(given.ticked("hint").then(|| HINT.to_owned()));
    if !topics.is_empty() {
        visit.insert("topics".to_owned(), Value::from(topics));
    }
    visit
}

fn shown(
    app: &App,
    account: Account,
    case: Uuid,
    given: Given,
    trouble: Option<Trouble>,
) -> Result<Response, Sorry> {
    let (version, events) = events_of(app, Subject::case(case))?;
    let found = Names::with(app, |names| {
        let sheet = names.known.cases.get(&case)?;
        let business = sheet.view.business_id?;
        Some((sheet.view.clone(), business, names.business(business)))
    })?;
    let Some((view, business, name)) = found else {
        return Err(Problem::not_found("there is no such case").into());
    };
    let picks = |shape: Shape, control: &str| picks(shape, &given, control);
    let plan_kind = |kind: Option<&str>| {
        let shape = event_type("plan.completed").and_then(|known| known.field("kind"));
        let label = shape
            .zip(kind)
            .map(|(field, kind)| super::timeline::shown(field.shape, &json!(kind)));
        label.unwrap_or_else(|| "計画".to_owned())
    };
    let chosen_topics: Vec<&str> = given.all("data.topics").collect();
    let spoken = |event: &&banso_projections::view::Effective| {
        event.counts() && matches!(event.event_type.as_str(), "visit.done" | "followup.done")
    };
    let last = events
        .iter()
        .filter(spoken)
        .max_by_key(|event| (event.occurred_on, event.position));
    let card = Card {
        case,
        business,
        name,
        closed: view.stage == Stage::Closed,
        last: last.map(|event| Last {
            day: long_date(event.occurred_on),
            action: event.text("next_action").unwrap_or_default().to_owned(),
            words: event.text("owner_words").unwrap_or_default().to_owned(),
            note: event.text("note").unwrap_or_default().to_owned(),
        }),
        id: id_of(&given).to_string(),
        version: trouble
            .as_ref()
            .and_then(|trouble| trouble.current_version)
            .unwrap_or(version),
        source: if given.text("source") == Some("phone") {
            "phone"
        } else {
            "pc"
        },
        today: today_of(app).to_string(),
        methods: picks(Method::SHAPE, "data.method"),
        topics: TOPICS
            .iter()
            .map(|topic| Pick {
                value: (*topic).to_owned(),
                label: (*topic).to_owned(),
                chosen: chosen_topics.contains(topic),
            })
            .collect(),
        plans: view
            .plans
            .iter()
            .map(|plan| Pick {
                value: plan.plan_id.clone(),
                label: format!(
                    "{}（{}）",
                    plan_kind(plan.kind.as_deref()),
                    long_date(plan.completed_on)
                ),
                chosen: given.text("plan_id") == Some(plan.plan_id.as_str()),
            })
            .collect(),
        progress: picks(Progress::SHAPE, "progress"),
        basis: picks(SalesBasis::SHAPE, "data.basis"),
        frame: Frame::new(app, Some(account)),
        given: Filled(given),
        trouble,
    };
    let status = card.trouble.as_ref().map_or(StatusCode::OK, status_of);
    Ok(page(status, &card))
}

fn picks(shape: Shape, given: &Given, control: &str) -> Vec<Pick> {
    let Shape::Choice(choices) = shape else {
        return Vec::new();
    };
    let pick = |choice: &banso_core::shape::Choice| Pick {
        value: choice.name.to_owned(),
        label: choice.label.to_owned(),
        chosen: given.text(control) == Some(choice.name),
    };
    choices.iter().map(pick).collect()
}
