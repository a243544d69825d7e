//! What the demo has invented so far: businesses, their cases, and the record of all that happened.
//!
//! Keeps the order inside a business and its case: an act is never recorded before the one that it
//! builds on. Knows no quota and no text.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::acts::Act;
use super::days;
use super::dice::Dice;
use super::staff::{self, Member};
use super::trades::Trade;
use super::{Actor, Step};

/// The subject of the programme.
pub(super) const PROGRAMME: &str = "programme/plan";

/// One event and the instant at which it is recorded.
pub(super) struct Draft {
    pub(super) at: DateTime<Utc>,
    pub(super) by: Uuid,
    pub(super) id: Uuid,
    pub(super) kind: &'static str,
    pub(super) subject: String,
    pub(super) on: NaiveDate,
    pub(super) data: Value,
    pub(super) source: &'static str,
}

impl Draft {
    pub(super) fn step(self) -> Step {
        Step {
            recorded_at: self.at,
            recorded_by: Actor(self.by),
            event: json!({
                "id": self.id.to_string(),
                "type": self.kind,
                "subject": self.subject,
                "occurred_on": self.on.to_string(),
                "data": self.data,
                "source": self.source,
            }),
        }
    }
}

/// What happened, before it is known who records it when.
pub(super) struct What {
    kind: &'static str,
    subject: String,
    on: NaiveDate,
    data: Value,
}

/// Something that happened on a day.
pub(super) fn what(kind: &'static str, subject: &str, on: NaiveDate, data: Value) -> What {
    What {
        kind,
        subject: subject.to_owned(),
        on,
        data,
    }
}

/// What a business is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Corporation,
    Sole,
    Prospective,
    Organisation,
}

/// A plan that can be followed up.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) id: String,
    pub(super) on: NaiveDate,
}

/// An invented business.
pub(super) struct Business {
    pub(super) id: Uuid,
    pub(super) kind: Kind,
    pub(super) trade: &'static Trade,
    pub(super) area: usize,
    pub(super) founder: bool,
    pub(super) closing_month: u32,
    pub(super) yearly_sales: i64,
    /// From this day on it stands in the register.
    pub(super) known_from: NaiveDate,
    /// Position in [`World::cases`] of the open case.
    pub(super) case: Option<usize>,
    /// Plans of the open case.
    pub(super) plans: Vec<Plan>,
    pub(super) analysed_on: Option<NaiveDate>,
    pub(super) analysis: Option<String>,
    /// The first session on market development that it attended.
    pub(super) market_session: Option<NaiveDate>,
    /// Since when it has a web shop.
    pub(super) web_shop: Option<NaiveDate>,
    /// When the latest entry about it was recorded.
    pub(super) clock: DateTime<Utc>,
}

/// A case from its opening to its closing.
pub(super) struct Case {
    pub(super) subject: String,
    pub(super) area: usize,
    pub(super) business: usize,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) closed_at: Option<DateTime<Utc>>,
}

/// Everything invented so far.
pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) members: Vec<Member>,
    pub(super) businesses: Vec<Business>,
    pub(super) cases: Vec<Case>,
    pub(super) drafts: Vec<Draft>,
    /// Acts planned in one fiscal year that fall into the next.
    pub(super) carried: Vec<(usize, NaiveDate, Act)>,
    numbered: BTreeMap<NaiveDate, usize>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            members: staff::everyone(),
            businesses: Vec::new(),
            cases: Vec::new(),
            drafts: Vec::new(),
            carried: Vec::new(),
            numbered: BTreeMap::new(),
        }
    }

    /// A running number of a day, such as `20251209-2`.
    pub(super) fn number(&mut self, on: NaiveDate) -> String {
        let number = self.numbered.entry(on).or_default();
        *number += 1;
        format!("{}-{number}", on.format("%Y%m%d"))
    }

    /// The instant at which something of a day is typed in: 0 to 5 days later as a rule, in office
    /// hours, never before `after`.
    pub(super) fn stamp(&mut self, on: NaiveDate, after: DateTime<Utc>) -> DateTime<Utc> {
        let delay = match self.dice.between(0, 99) {
            0..=51 => 0,
            52..=73 => 1,
            74..=84 => 2,
            85..=91 => 3,
            92..=94 => 4,
            95..=97 => 5,
            _ => self.dice.between(8, 24),
        };
        let day = days::working_from(days::plus(on, delay));
        // The first ten minutes of a day belong to hand-overs.
        let planned = days::office(day, self.dice.between(600, 32_000));
        if planned > after {
            return planned + Duration::milliseconds(self.dice.between(0, 999));
        }
        self.soon(after)
    }

    /// A little after an instant, still in office hours.
    pub(super) fn soon(&mut self, after: DateTime<Utc>) -> DateTime<Utc> {
        let next = after + Duration::milliseconds(self.dice.between(21_000, 170_000));
        let day = banso_core::calendar::jst_date(next);
        if next < days::office(day, 32_300) {
            return next;
        }
        let morning = days::working_from(days::plus(day, 1));
        days::office(morning, self.dice.between(600, 2_400))
    }

    /// Records one event at an instant; gives its id.
    pub(super) fn record(
        &mut self,
        at: DateTime<Utc>,
        by: usize,
        source: &'static str,
        what: What,
    ) -> Uuid {
        let made = at - Duration::milliseconds(self.dice.between(40, 900));
        let id = self.dice.uuid(made);
        self.drafts.push(Draft {
            at,
            by: self.members[by].id,
            id,
            kind: what.kind,
            subject: what.subject,
            on: what.on,
            data: what.data,
            source,
        });
        id
    }

    /// Records something that the office does on a day, apart from any business.
    pub(super) fn office(
        &mut self,
        by: usize,
        kind: &'static str,
        subject: &str,
        on: NaiveDate,
        data: Value,
    ) -> Uuid {
        let at = self.stamp(on, days::office(on, 0));
        self.record(at, by, "pc", what(kind, subject, on, data))
    }

    /// Records something about a business itself, after all that stands there before.
    pub(super) fn about(
        &mut self,
        business: usize,
        kind: &'static str,
        on: NaiveDate,
        data: Value,
    ) -> Uuid {
        let at = self.stamp(on, self.businesses[business].clock);
        self.businesses[business].clock = at;
        let subject = format!("business/{}", self.businesses[business].id);
        let by = self.advisor(business, at);
        self.record(at, by, "pc", what(kind, &subject, on, data))
    }

    /// Opens a case unless one is open.
    pub(super) fn open_case(&mut self, business: usize, on: NaiveDate, mut data: Value) {
        if self.businesses[business].case.is_some() {
            return;
        }
        let at = self.stamp(on, self.businesses[business].clock);
        self.businesses[business].clock = at;
        let advisor = self.advisor(business, at);
        data["business_id"] = json!(self.businesses[business].id);
        data["advisor_id"] = json!(self.members[advisor].id);
        let subject = format!("case/{}", self.dice.uuid(at));
        self.record(at, advisor, "pc", what("case.opened", &subject, on, data));
        self.businesses[business].case = Some(self.cases.len());
        self.cases.push(Case {
            subject,
            area: self.businesses[business].area,
            business,
            opened_at: at,
            closed_at: None,
        });
    }

    /// Records an act in the open case of a business; `None` only if no case is open.
    pub(super) fn act(
        &mut self,
        business: usize,
        kind: &'static str,
        on: NaiveDate,
        data: Value,
    ) -> Option<Uuid> {
        let at = self.stamp(on, self.businesses[business].clock);
        self.act_at(at, business, kind, on, data)
    }

    /// Records an act in the same sitting as the one before.
    pub(super) fn also(
        &mut self,
        business: usize,
        kind: &'static str,
        on: NaiveDate,
        data: Value,
    ) -> Option<Uuid> {
        let after = self.businesses[business].clock.max(days::office(on, 600));
        let at = self.soon(after);
        self.act_at(at, business, kind, on, data)
    }

    fn act_at(
        &mut self,
        at: DateTime<Utc>,
        business: usize,
        kind: &'static str,
        on: NaiveDate,
        data: Value,
    ) -> Option<Uuid> {
        self.businesses[business].clock = at;
        self.act_late(at, business, kind, on, data)
    }

    /// Records an act at an instant without holding up the acts after it.
    pub(super) fn act_late(
        &mut self,
        at: DateTime<Utc>,
        business: usize,
        kind: &'static str,
        on: NaiveDate,
        data: Value,
    ) -> Option<Uuid> {
        let case = self.businesses[business].case?;
        let subject = self.cases[case].subject.clone();
        let by = self.advisor(business, at);
        let phone = kind == "visit.done" && self.dice.chance(45);
        let source = if phone { "phone" } else { "pc" };
        Some(self.record(at, by, source, what(kind, &subject, on, data)))
    }

    /// Closes the open case.
    pub(super) fn close_case(&mut self, business: usize, on: NaiveDate, reason: &str) {
        self.act(business, "case.closed", on, json!({"reason": reason}));
        let closed_at = self.businesses[business].clock;
        if let Some(case) = self.businesses[business].case.take() {
            self.cases[case].closed_at = Some(closed_at);
        }
        self.businesses[business].plans.clear();
    }

    /// Adds a business and records it.
    pub(super) fn register(&mut self, new: NewBusiness) -> usize {
        let NewBusiness {
            at,
            by,
            source,
            on,
            business,
            data,
        } = new;
        let subject = format!("business/{}", business.id);
        self.record(
            at,
            by,
            source,
            what("business.registered", &subject, on, data),
        );
        self.businesses.push(Business {
            clock: at,
            known_from: days::plus(banso_core::calendar::jst_date(at), 1),
            ..business
        });
        self.businesses.len() - 1
    }

    /// The advisor in charge of a business at an instant.
    pub(super) fn advisor(&self, business: usize, at: DateTime<Utc>) -> usize {
        let day = banso_core::calendar::jst_date(at);
        staff::advisor(self.businesses[business].area, day)
    }
}

/// A business with how and when it is recorded.
pub(super) struct NewBusiness {
    pub(super) at: DateTime<Utc>,
    pub(super) by: usize,
    pub(super) source: &'static str,
    pub(super) on: NaiveDate,
    pub(super) business: Business,
    pub(super) data: Value,
}

impl Business {
    /// A business that nothing has happened to.
    pub(super) fn new(id: Uuid, kind: Kind, trade: &'static Trade, area: usize) -> Self {
        Self {
            id,
            kind,
            trade,
            area,
            founder: false,
            closing_month: 12,
            yearly_sales: 0,
            known_from: NaiveDate::MIN,
            case: None,
            plans: Vec::new(),
            analysed_on: None,
            analysis: None,
            market_session: None,
            web_shop: None,
            clock: DateTime::UNIX_EPOCH,
        }
    }
}
