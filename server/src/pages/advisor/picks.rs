//! What a form offers to pick from: staff, plans, deals, indicators, and businesses by name.
//!
//! A business is typed by any of its names; the ledger's own search decides which it is.

use banso_core::event::EventType;
use banso_core::shape::Shape;
use banso_core::subject::Subject;
use banso_core::text::search_key;
use uuid::Uuid;

use super::controls::{Control, Kind, Known, Pick};
use super::given::Given;
use super::timeline::{Names, events_of};
use super::words::{Fault, Trouble};
use crate::app::App;
use crate::problem::Problem;

/// Candidates shown when a name fits several businesses.
const CANDIDATES: usize = 12;

/// What can be picked instead of typed.
pub(super) fn picks(app: &App, known: &EventType, subject: Subject) -> Result<Known, Problem> {
    let mut picks: Known = Vec::new();
    let staff = || {
        app.casebook.look(&app.directory, |known| {
            let there = known
                .staff
                .iter()
                .filter(|(_, member)| !member.left && member.role != "committee");
            there
                .map(|(id, member)| (id.to_string(), member.name.clone()))
                .collect::<Vec<_>>()
        })
    };
    for field in known.fields {
        match field.name {
            "advisor_id" | "to" if field.shape == Shape::Uuid => picks.push((field.name, staff()?)),
            "plan_id" if known.name != "plan.completed" => {
                picks.push((
                    "plan_id",
                    of_case(app, subject, "plan.completed", "plan_id")?,
                ));
            }
            "analysis_id" if known.name != "analysis.completed" => {
                picks.push((
                    "analysis_id",
                    of_case(app, subject, "analysis.completed", "analysis_id")?,
                ));
            }
            "deal" => picks.push(("deal", of_case(app, subject, "deal.concluded", "")?)),
            "indicator" => {
                let plan = app.live.plan();
                let rows = plan.iter().flat_map(|plan| &plan.indicators);
                let named = rows.map(|row| (row.id.clone(), format!("{} {}", row.id, row.label)));
                picks.push(("indicator", named.collect()));
            }
            _ => {}
        }
    }
    Ok(picks)
}

/// Effective events of a type in a case, to pick one; the value is a field or the event's id.
fn of_case(
    app: &App,
    subject: Subject,
    name: &str,
    field: &str,
) -> Result<Vec<(String, String)>, Problem> {
    let (_, events) = events_of(app, subject)?;
    let found = events
        .iter()
        .filter(|event| event.event_type == name && event.counts());
    let day = |event: &banso_projections::view::Effective| super::long_date(event.occurred_on);
    Ok(found
        .map(|event| {
            let value = event
                .text(field)
                .map_or_else(|| event.id.to_string(), str::to_owned);
            let what = event
                .text("counterparty")
                .or_else(|| event.text(field))
                .unwrap_or_default();
            (value, format!("{} {} {what}", day(event), event.label))
        })
        .collect())
}

fn is_business(field: &str) -> bool {
    matches!(field, "data.business_id" | "data.into")
}

/// A business that is typed by name is looked up; several are offered to pick from.
pub(super) fn resolve(
    app: &App,
    known: &EventType,
    given: &mut Given,
) -> Result<Option<Trouble>, Problem> {
    for field in known
        .fields
        .iter()
        .filter(|field| field.shape == Shape::Uuid)
    {
        let name = format!("data.{}", field.name);
        if !is_business(&name) {
            continue;
        }
        let Some(text) = given.text(&name).map(str::to_owned) else {
            continue;
        };
        if text.parse::<Uuid>().is_ok() {
            continue;
        }
        let found = app.directory.search(&text)?;
        if let [only] = found[..] {
            given.set(&name, only.to_string());
            continue;
        }
        let text = if found.is_empty() {
            "見つかりません。事業者を登録するか、別の言葉で探してください。"
        } else {
            "いくつか見つかりました。下から選んでください。"
        };
        let fault = Fault {
            name,
            label: field.label.to_owned(),
            text: text.to_owned(),
        };
        return Ok(Some(Trouble::faults(vec![fault])));
    }
    Ok(None)
}

/// A business is shown by its name, or by the names that fit what was typed.
pub(super) fn name_business(app: &App, control: &mut Control) -> Result<(), Problem> {
    if !is_business(&control.name) || control.value.is_empty() {
        return Ok(());
    }
    if let Ok(id) = control.value.parse::<Uuid>() {
        let label = Names::with(app, |names| names.business(id))?;
        control.options = vec![Pick {
            value: id.to_string(),
            label,
            chosen: true,
        }];
        control.kind = Kind::Chips;
        return Ok(());
    }
    let found = app.directory.search(&control.value)?;
    let mut options = Names::with(app, |names| {
        let label = |id: &Uuid| {
            let listed = names.businesses.get(id);
            let area = listed
                .and_then(|listed| listed.text("area"))
                .unwrap_or("地区の登録なし");
            format!("{}（{area}）", names.business(*id))
        };
        let picks = found.iter().map(|id| Pick {
            value: id.to_string(),
            label: label(id),
            chosen: false,
        });
        picks.collect::<Vec<_>>()
    })?;
    options.sort_by_key(|pick| search_key(&pick.label));
    options.truncate(CANDIDATES);
    if !options.is_empty() {
        control.options = options;
        control.kind = Kind::Chips;
    }
    Ok(())
}
