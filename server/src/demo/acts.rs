//! What an advisor can do with a business on a day, and how it is written down.
//!
//! Turns one planned act into events of the business's case. Knows no quota: which acts there are
//! and when is decided in `agenda` and its neighbours.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::analysis;
use super::days;
use super::entries;
use super::reports::{self, Trend};
use super::texts::{self, Outcome, Topic};
use super::world::{Kind, World};

/// One planned act.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Visit(&'static Topic),
    Missed,
    Productivity,
    /// Productivity support that is typed in on a day after the year was closed.
    LateProductivity(NaiveDate),
    Startup,
    Founded,
    SuccessionTalk(usize),
    Succession(usize),
    Loan,
    /// Help with one of `texts::SUBSIDIES`.
    Subsidy(usize),
    SubsidyResult(usize, bool),
    Analysis,
    Feedback,
    /// A plan of a kind of the closed list.
    Plan(&'static str),
    Revised,
    Recognised(usize),
    /// A follow-up by a method.
    FollowUp(&'static str, &'static Outcome),
    Expert(usize),
    Referral(usize),
    Report(Trend),
    Fair(&'static str, &'static str),
    /// A deal from an origin, with one of `texts::COUNTERPARTIES`, new or not.
    Deal(&'static str, usize, bool),
    WebShop,
    WebShopLeft,
    Consent,
    Profile,
    /// A visit whose date is corrected, or which is voided as entered twice, a little later.
    Mistyped(bool),
    Close,
}

impl Act {
    /// The order of acts on the same day.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Visit(_) | Self::Mistyped(_) | Self::Startup | Self::Missed => 0,
            Self::Analysis => 1,
            Self::Feedback => 2,
            Self::Plan(_) => 3,
            Self::FollowUp(..) => 4,
            Self::Report(_) => 5,
            Self::Close => 9,
            _ => 6,
        }
    }

    fn lead_source(self) -> Option<&'static str> {
        match self {
            Self::Loan => Some("loan"),
            Self::Subsidy(_) => Some("subsidy"),
            Self::SuccessionTalk(_) | Self::Succession(_) => Some("succession"),
            Self::Deal(..) | Self::Fair(..) | Self::WebShop => Some("other"),
            _ => None,
        }
    }

    fn aim(self) -> (&'static str, &'static str) {
        match self {
            Self::Startup | Self::Founded => ("retention", "創業"),
            Self::Succession(_) | Self::SuccessionTalk(_) => ("retention", "事業承継"),
            Self::Fair(..) | Self::Deal(..) | Self::WebShop => ("new_demand", "販路開拓"),
            Self::Productivity | Self::LateProductivity(_) => ("self_reliance", "生産性向上"),
            Self::Loan => ("self_reliance", "資金繰り"),
            Self::Subsidy(_) => ("new_demand", "補助金の活用"),
            _ => ("self_reliance", "経営力の強化"),
        }
    }
}

/// Opens a case for the act if none is open.
pub(super) fn open_for(world: &mut World, business: usize, on: NaiveDate, act: Act) {
    let dice = &mut world.dice;
    let lead = act.lead_source().unwrap_or(match dice.between(0, 9) {
        0..=6 => "visit",
        7..=8 => "seminar",
        _ => "other",
    });
    let (goal, theme) = act.aim();
    let data = json!({"goal": goal, "themes": [theme], "lead_source": lead});
    world.open_case(business, on, data);
}

/// Writes one act down.
pub(super) fn perform(world: &mut World, business: usize, on: NaiveDate, act: Act) {
    let opened_already = world.businesses[business].kind != Kind::Prospective;
    match act {
        // Planned twice over, in this year and carried from the last: one opens once.
        Act::Founded if opened_already => return,
        Act::Consent => return entries::consent(world, business, on),
        Act::Profile => return entries::profile(world, business, on),
        Act::Close => {
            let reason = *world.dice.pick(&texts::CLOSING);
            return world.close_case(business, on, reason);
        }
        _ => open_for(world, business, on, act),
    }
    match act {
        Act::Visit(topic) => entries::visit(world, business, on, topic),
        Act::Missed => entries::missed(world, business, on),
        Act::Mistyped(void) => entries::mistyped(world, business, on, void),
        Act::Analysis => analysis::complete(world, business, on),
        Act::Feedback => analysis::give_feedback(world, business, on),
        Act::Plan(kind) => entries::plan(world, business, on, kind),
        Act::FollowUp(method, outcome) => entries::follow_up(world, business, on, method, outcome),
        Act::Report(trend) => reports::report(world, business, on, trend),
        Act::LateProductivity(typed) => {
            let data = entries::productivity(world);
            let at = days::office(typed, world.dice.between(600, 32_000));
            world.act_late(at, business, "productivity.supported", on, data);
        }
        Act::Founded => entries::founded(world, business, on),
        Act::WebShop => entries::web_shop(world, business, on),
        Act::Succession(kind) => entries::succession(world, business, on, kind),
        other => {
            if let Some((kind, data)) = simple(world, business, on, other) {
                world.act(business, kind, on, data);
            }
        }
    }
}

/// Acts that are one event.
fn simple(
    world: &mut World,
    business: usize,
    on: NaiveDate,
    act: Act,
) -> Option<(&'static str, Value)> {
    let dice = &mut world.dice;
    Some(match act {
        Act::Productivity => ("productivity.supported", entries::productivity(world)),
        Act::Startup => ("startup.supported", entries::startup(world, business)),
        Act::SuccessionTalk(kind) => (
            "succession.consulted",
            json!({"kind": texts::SUCCESSIONS[kind].0}),
        ),
        Act::Loan => {
            let (programme, (low, high)) = *dice.pick(&texts::LOANS);
            let amount = dice.between(low / 50, high / 50) * 500_000;
            (
                "loan.consulted",
                json!({"programme": programme, "amount": amount}),
            )
        }
        Act::Subsidy(which) => ("subsidy.supported", entries::subsidy(which, on)),
        Act::SubsidyResult(which, adopted) => (
            "subsidy.decided",
            json!({"programme": texts::SUBSIDIES[which].0,
                "result": if adopted { "adopted" } else { "rejected" }}),
        ),
        Act::WebShopLeft => {
            world.businesses[business].web_shop = None;
            let reason = *world.dice.pick(&texts::EC_STOPPED);
            ("ec.stopped", json!({"reason": reason}))
        }
        Act::Revised => {
            let plan = entries::last_plan(world, business, on)?;
            let reason = *world.dice.pick(&texts::REVISING);
            ("plan.revised", json!({"plan_id": plan, "reason": reason}))
        }
        Act::Recognised(by) => {
            let plan = entries::last_plan(world, business, on)?;
            let data = json!({"plan_id": plan, "by": texts::RECOGNISING[by]});
            ("plan.recognised", data)
        }
        _ => return with_others(world, act),
    })
}

/// Acts that are one event and bring somebody else in.
fn with_others(world: &mut World, act: Act) -> Option<(&'static str, Value)> {
    let dice = &mut world.dice;
    Some(match act {
        Act::Expert(which) => {
            let (scheme, field) = texts::EXPERTS[which];
            let mut data = json!({"scheme": scheme, "field": field});
            if dice.chance(60) {
                let junior = world.dice.between(0, 6);
                let junior = usize::try_from(junior).unwrap_or_default();
                data["staff_present"] = json!([format!("staff/{}", world.members[junior].id)]);
            }
            ("expert.dispatched", data)
        }
        Act::Referral(which) => {
            let (to, reason) = texts::REFERRALS[which];
            ("referral.made", json!({"to": to, "reason": reason}))
        }
        Act::Fair(fair, mode) => {
            let support = dice.some(
                &["商談シートの作成", "見せ方の助言", "出展後の連絡の支援"],
                2,
            );
            (
                "fair.exhibited",
                json!({"fair": fair, "mode": mode, "support": support}),
            )
        }
        Act::Deal(origin, counterparty, new) => {
            let amount = dice.between(3, 90) * 10_000;
            (
                "deal.concluded",
                json!({"origin": origin, "counterparty": texts::COUNTERPARTIES[counterparty],
                    "new_counterparty": new, "amount": amount}),
            )
        }
        _ => return None,
    })
}
