//! Seminars as they are recorded: planned, held, attended.
//!
//! What is held when stands in `sessions`; here it becomes events, and it is remembered who came to
//! a session on market development. From R7 on such a session may be one on ＤＸ as well.

use chrono::{Datelike, NaiveDate, Weekday};
use serde_json::json;

use super::days;
use super::sessions::{R6, Session, YEARLY, title};
use super::staff::CLERK;
use super::world::{World, what};

/// Records the sessions of a fiscal year.
pub(super) fn run(world: &mut World, fiscal: i32) {
    if fiscal <= 2024 {
        for session in &R6 {
            hold(world, fiscal, session, session.heads);
        }
        return;
    }
    for (number, session) in YEARLY.iter().enumerate() {
        let skipped = match number {
            11 | 18 => fiscal == 2025,
            // The second session on succession is held every other year.
            17 => fiscal % 2 == 0,
            _ => false,
        };
        if !skipped {
            let heads = match fiscal {
                2025 => session.heads,
                _ => session.heads + world.dice.between(-3, 4),
            };
            hold(world, fiscal, session, heads);
        }
    }
}

fn hold(world: &mut World, fiscal: i32, session: &Session, heads: i64) {
    let on = date(fiscal, session);
    let opening = days::day(fiscal, 4, 2);
    let announced = days::plus(on, -world.dice.between(42, 63)).max(opening);
    let announced = days::working_from(announced).min(on);
    let at = world.stamp(announced, days::office(announced, 0));
    let subject = format!("seminar/{}", world.dice.uuid(at));
    let plan = json!({"title": title(fiscal, session), "tags": session.tags, "date": on.to_string(),
        "capacity": (heads / 5 + 1) * 5});
    let plan = what("seminar.planned", &subject, announced, plan);
    world.record(at, CLERK, "pc", plan);

    let mut held = json!({"title": title(fiscal, session), "tags": session.tags, "attendees": heads,
        "speaker": session.speaker});
    if let Some((course, number)) = session.course {
        held["course_id"] = json!(format!("R{}-{course}", fiscal - 2018));
        held["session_no"] = json!(number);
    }
    let next = days::working_from(on).max(on);
    let typed = days::office(next, world.dice.between(600, 32_000)).max(world.soon(at));
    world.record(typed, CLERK, "pc", what("seminar.held", &subject, on, held));
    attendance(world, session, &subject, on, heads, typed);
}

fn attendance(
    world: &mut World,
    session: &Session,
    subject: &str,
    on: NaiveDate,
    heads: i64,
    typed: chrono::DateTime<chrono::Utc>,
) {
    let startup = session.tags.contains(&"startup");
    let market = session.tags.contains(&"market_development");
    let mut pool: Vec<usize> = (0..world.businesses.len())
        .filter(|&at| {
            let business = &world.businesses[at];
            business.known_from <= on && business.founder == startup
        })
        .collect();
    world.dice.shuffle(&mut pool);
    // The rest of the heads are people who stand in no register.
    let known = usize::try_from(heads * world.dice.between(42, 62) / 100).unwrap_or_default();
    let mut at = typed;
    for business in pool.into_iter().take(known) {
        at = world.soon(at);
        let data = json!({"business_id": world.businesses[business].id,
            "wants_analysis": world.dice.chance(19)});
        world.record(at, CLERK, "pc", what("seminar.attended", subject, on, data));
        if market {
            let met = &mut world.businesses[business].market_session;
            *met = Some(met.map_or(on, |earlier| earlier.min(on)));
        }
    }
}

/// Startup courses are held on Saturdays, everything else on working days.
fn date(fiscal: i32, session: &Session) -> NaiveDate {
    let planned = days::within(fiscal, session.month, session.day);
    if !session.tags.contains(&"startup") {
        return days::working_from(planned);
    }
    let mut on = planned;
    while on.weekday() != Weekday::Sat {
        on = days::plus(on, 1);
    }
    on
}
