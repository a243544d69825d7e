//! The means to write a corner case down: firms, cases, events with fixed ids.
//!
//! Knows no corner case. Ids come from the order of the script and the instant, never from a seed.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::businesses;
use super::super::days::{self, day};
use super::super::dice;
use super::super::staff::{self, AREAS, MANAGER, Member};
use super::super::world::Draft;
use super::CornerCase;

/// A firm of the script.
#[derive(Clone, Debug)]
pub(super) struct Firm {
    pub(super) id: Uuid,
    pub(super) subject: String,
    pub(super) area: usize,
}

/// A firm's card: kind, name and reading, shop, area, trade.
#[derive(Clone, Copy)]
pub(super) struct Card {
    pub(super) kind: &'static str,
    pub(super) name: (&'static str, &'static str),
    pub(super) shop: &'static str,
    pub(super) area: usize,
    pub(super) industry: &'static str,
}

/// Who, when and from where something is recorded.
#[derive(Clone, Copy)]
pub(super) struct Typed {
    pub(super) at: DateTime<Utc>,
    pub(super) by: usize,
    pub(super) source: &'static str,
}

/// Everything played so far.
pub(super) struct Script {
    pub(super) drafts: Vec<Draft>,
    pub(super) cases: Vec<CornerCase>,
    pub(super) firms: Vec<Firm>,
    members: Vec<Member>,
}

/// An instant in Japan.
pub(super) fn at(
    (year, month, date): (i32, u32, u32),
    (hour, minute): (i64, i64),
) -> DateTime<Utc> {
    days::office(day(year, month, date), (hour - 9) * 3_600 + minute * 60)
}

/// Typed at a desk.
pub(super) fn desk(by: usize, at: DateTime<Utc>) -> Typed {
    Typed {
        at,
        by,
        source: "pc",
    }
}

/// Typed on a phone.
pub(super) fn phone(by: usize, at: DateTime<Utc>) -> Typed {
    Typed {
        at,
        by,
        source: "phone",
    }
}

impl Script {
    pub(super) fn new() -> Self {
        Self {
            drafts: Vec::new(),
            cases: Vec::new(),
            firms: Vec::new(),
            members: staff::everyone(),
        }
    }

    /// The uuid of a member of the staff.
    pub(super) fn member(&self, at: usize) -> Uuid {
        self.members[at].id
    }

    /// A uuid that only the order of the script and the instant decide.
    pub(super) fn uuid(&self, at: DateTime<Utc>, what: &str) -> Uuid {
        dice::named_uuid(at, &format!("corner:{what}:{}", self.drafts.len()))
    }

    /// Records an event; gives its id.
    pub(super) fn put(
        &mut self,
        typed: Typed,
        kind: &'static str,
        subject: &str,
        on: NaiveDate,
        data: Value,
    ) -> Uuid {
        let id = self.uuid(typed.at - Duration::milliseconds(350), kind);
        self.put_as(id, typed, kind, (subject, on), data)
    }

    /// Records an event under an id made elsewhere, such as on a phone whose clock is wrong.
    pub(super) fn put_as(
        &mut self,
        id: Uuid,
        typed: Typed,
        kind: &'static str,
        (subject, on): (&str, NaiveDate),
        data: Value,
    ) -> Uuid {
        self.drafts.push(Draft {
            at: typed.at,
            by: self.members[typed.by].id,
            id,
            kind,
            subject: subject.to_owned(),
            on,
            data,
            source: typed.source,
        });
        id
    }

    /// Registers a firm with the others of the first day.
    pub(super) fn firm(&mut self, card: Card) -> Firm {
        let number = i64::try_from(self.firms.len()).unwrap_or_default();
        let typed = Typed {
            at: days::office(day(2024, 4, 1), 7_000 + number * 4),
            by: MANAGER,
            source: "import",
        };
        let id = self.uuid(typed.at, "firm");
        let subject = format!("business/{id}");
        let data = details(card, number);
        let on = day(2024, 4, 1);
        self.put(typed, "business.registered", &subject, on, data);
        let firm = Firm {
            id,
            subject,
            area: card.area,
        };
        self.firms.push(firm.clone());
        firm
    }

    /// Opens a case with the advisor of the firm's area; gives its subject.
    pub(super) fn open(&mut self, firm: &Firm, at: DateTime<Utc>) -> String {
        let on = banso_core::calendar::jst_date(at);
        let by = staff::advisor(firm.area, on);
        let subject = format!("case/{}", self.uuid(at, "case"));
        let data = json!({"business_id": firm.id, "advisor_id": self.member(by),
            "goal": "self_reliance", "themes": ["経営力の強化"], "lead_source": "visit"});
        self.put(desk(by, at), "case.opened", &subject, on, data);
        subject
    }

    /// Records an act of the firm's own advisor at a desk, on the day it happened.
    pub(super) fn act(
        &mut self,
        firm: &Firm,
        case: &str,
        at: DateTime<Utc>,
        kind: &'static str,
        data: Value,
    ) -> Uuid {
        let on = banso_core::calendar::jst_date(at);
        let by = staff::advisor(firm.area, on);
        self.put(desk(by, at), kind, case, on, data)
    }

    /// Lists a corner case by the event put last.
    pub(super) fn show(
        &mut self,
        number: u8,
        (title_ja, description_ja): (&'static str, &'static str),
        event_id: Uuid,
        (indicator, fiscal_year): (Option<&'static str>, Option<i32>),
    ) {
        let draft = self.drafts.iter().find(|draft| draft.id == event_id);
        let subject = draft.map(|draft| draft.subject.clone()).unwrap_or_default();
        let recorded_on = draft.map(|draft| banso_core::calendar::jst_date(draft.at));
        self.cases.push(CornerCase {
            number,
            title_ja,
            description_ja,
            event_id,
            subject,
            recorded_on: recorded_on.unwrap_or_default(),
            indicator,
            fiscal_year,
        });
    }
}

fn details(card: Card, number: i64) -> Value {
    let (area, block) = AREAS[card.area];
    let mut data = json!({
        "kind": card.kind,
        "name": card.name.0,
        "name_kana": card.name.1,
        "phone": format!("083-900-0{:03}", number + 1),
        "address": format!("山口市{area}一丁目{}番{}号", number % 15 + 1, number % 9 + 1),
        "area": area,
        "block": block,
        "industry": card.industry,
        "member": true,
    });
    match card.kind {
        "corporation" => {
            data["corporate_number"] = json!(businesses::checked(&format!("9999011{number:05}")));
            data["representative"] = json!(card.shop);
            data["closing_month"] = json!(6);
            data["employees"] = json!(4);
        }
        "sole_proprietor" => {
            data["representative"] = json!(card.name.0);
            data["trade_name"] = json!(card.shop);
            data["closing_month"] = json!(12);
            data["employees"] = json!(2);
        }
        _ => {}
    }
    data
}

/// A sole proprietor: name, reading, shop, area, trade.
pub(super) fn sole(
    name: (&'static str, &'static str),
    shop: &'static str,
    area: usize,
    industry: &'static str,
) -> Card {
    Card {
        kind: "sole_proprietor",
        name,
        shop,
        area,
        industry,
    }
}

/// A corporation: name, reading, representative, area, trade.
pub(super) fn corporation(
    name: (&'static str, &'static str),
    representative: &'static str,
    area: usize,
    industry: &'static str,
) -> Card {
    Card {
        kind: "corporation",
        name,
        shop: representative,
        area,
        industry,
    }
}
