//! A small counter of the default readings, straight from the steps.
//!
//! Honours voids, corrections, cancelled deals and merges; written apart from the KPI engine, so
//! that the demo's totals do not rest on what they are to show.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::super::Step;
use super::super::days;

struct Fact {
    id: String,
    kind: String,
    subject: String,
    on: String,
    fiscal: i32,
    data: Value,
    business: String,
    position: usize,
}

impl Fact {
    fn field(&self, name: &str) -> &str {
        self.data[name].as_str().unwrap_or_default()
    }

    fn tagged(&self, tag: &str) -> bool {
        let tags = self.data["tags"].as_array();
        tags.is_some_and(|tags| tags.iter().any(|given| given == tag))
    }
}

/// The counts of a fiscal year by indicator.
pub(super) fn all(steps: &[Step], fiscal: i32) -> BTreeMap<&'static str, i64> {
    let facts = effective(steps);
    let year: Vec<&Fact> = facts.iter().filter(|fact| fact.fiscal == fiscal).collect();
    let mut counts = BTreeMap::new();
    support(&year, &mut counts);
    surveys(&year, &mut counts);
    seminars(&year, &mut counts);
    plans(&facts, &year, &mut counts);
    counts.insert("F3", grown(&facts, &year));
    counts.insert("M1c", new_accounts(&facts, &year));
    counts
}

type Counts = BTreeMap<&'static str, i64>;

fn of<'a>(year: &'a [&'a Fact], kind: &'static str) -> impl Iterator<Item = &'a Fact> {
    let facts = year.iter().copied();
    facts.filter(move |fact| fact.kind == kind)
}

fn support(year: &[&Fact], counts: &mut Counts) {
    let firms = |kind| distinct(of(year, kind).map(|fact| &fact.business));
    let cases = of(year, "productivity.supported").map(|fact| &fact.subject);
    let shops = of(year, "ec.opened").chain(of(year, "ec.supported"));
    let deals = of(year, "deal.concluded").filter(|fact| fact.field("origin") == "fair");
    counts.extend([
        ("G1", distinct(cases)),
        ("G2", firms("startup.supported")),
        ("G3", number(of(year, "succession.completed").count())),
        ("A2", firms("analysis.completed")),
        ("M2", firms("fair.exhibited")),
        ("M2b", number(deals.count())),
        ("M3", distinct(shops.map(|fact| &fact.business))),
    ]);
}

fn surveys(year: &[&Fact], counts: &mut Counts) {
    for (indicator, kind) in [
        ("E1", "business_conditions"),
        ("E2", "pedestrian_traffic"),
        ("E3", "resas"),
    ] {
        let published = of(year, "research.published").filter(|fact| fact.field("kind") == kind);
        let periods = distinct(published.map(|fact| fact.field("reference_period")));
        counts.insert(indicator, periods);
    }
    for (runs, feedback, name) in [
        ("D1", "D1b", "shopping_street"),
        ("D2", "D2b", "students"),
        ("D3", "D3b", "voucher"),
    ] {
        let about = |kind| of(year, kind).filter(|fact| fact.field("survey") == name);
        let analysed = about("survey.analysed").map(|fact| &fact.subject);
        counts.insert(runs, distinct(analysed));
        let given = about("survey.feedback_delivered").map(|fact| &fact.business);
        counts.insert(feedback, distinct(given));
    }
}

fn seminars(year: &[&Fact], counts: &mut Counts) {
    let held = || of(year, "seminar.held");
    for (indicator, tag) in [
        ("P2", "plan_making"),
        ("P3", "startup"),
        ("P4", "dx"),
        ("M1", "market_development"),
    ] {
        counts.insert(
            indicator,
            number(held().filter(|fact| fact.tagged(tag)).count()),
        );
    }
    let market = held().filter(|fact| fact.tagged("market_development"));
    let heads = market.filter_map(|fact| fact.data["attendees"].as_i64());
    counts.extend([("A1", number(held().count())), ("M1b", heads.sum())]);
}

fn plans(facts: &[Fact], year: &[&Fact], counts: &mut Counts) {
    let known: HashSet<&str> = facts
        .iter()
        .filter(|fact| fact.kind == "plan.completed")
        .map(|fact| fact.field("plan_id"))
        .collect();
    let made = of(year, "plan.completed").map(|fact| fact.field("plan_id"));
    let followed =
        || of(year, "followup.done").filter(|fact| known.contains(fact.field("plan_id")));
    let counted = ["visit", "window", "online"];
    let seen = followed().filter(|fact| counted.contains(&fact.field("method")));
    let visits = seen.map(|fact| (fact.field("plan_id"), &fact.on, fact.field("method")));
    counts.extend([
        ("P1", distinct(made)),
        ("F1", distinct(followed().map(|fact| &fact.business))),
        ("F2", distinct(visits)),
    ]);
}

fn distinct<T: Ord>(keys: impl Iterator<Item = T>) -> i64 {
    number(keys.collect::<BTreeSet<T>>().len())
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap()
}

/// F3: plan-made businesses whose latest report of the year shows more than the year before.
fn grown(facts: &[Fact], year: &[&Fact]) -> i64 {
    let mut latest: HashMap<&str, &Fact> = HashMap::new();
    for fact in year {
        let total = fact.data["channel"]
            .as_str()
            .is_none_or(|channel| channel == "total");
        let compared = !fact.data["comparison_sales"].is_null();
        if fact.kind == "sales.reported" && total && compared {
            let known = latest.entry(&fact.business).or_insert(fact);
            if (&fact.on, fact.position) > (&known.on, known.position) {
                *known = fact;
            }
        }
    }
    let planned = |report: &Fact| {
        facts.iter().any(|fact| {
            fact.kind == "plan.completed"
                && fact.business == report.business
                && fact.on <= report.on
        })
    };
    let grew =
        |report: &Fact| report.data["sales"].as_i64() > report.data["comparison_sales"].as_i64();
    number(
        latest
            .values()
            .filter(|report| grew(report) && planned(report))
            .count(),
    )
}

/// M1c: new counterparties of businesses that attended a session on market development before.
fn new_accounts(facts: &[Fact], year: &[&Fact]) -> i64 {
    let sessions: HashMap<&str, &str> = facts
        .iter()
        .filter(|fact| fact.kind == "seminar.held" && fact.tagged("market_development"))
        .map(|fact| (fact.subject.as_str(), fact.on.as_str()))
        .collect();
    let attended = |deal: &Fact| {
        facts.iter().any(|fact| {
            let session = sessions.get(fact.subject.as_str());
            fact.kind == "seminar.attended"
                && fact.business == deal.business
                && session.is_some_and(|on| **on <= *deal.on)
        })
    };
    let new =
        |fact: &&&Fact| fact.kind == "deal.concluded" && fact.data["new_counterparty"] == true;
    let deals = year.iter().filter(new).filter(|deal| attended(deal));
    distinct(deals.map(|deal| (&deal.business, deal.field("counterparty"))))
}

fn effective(steps: &[Step]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut gone: HashSet<String> = HashSet::new();
    let mut merged: HashMap<String, String> = HashMap::new();
    let mut cases: HashMap<String, String> = HashMap::new();
    for (position, step) in steps.iter().enumerate() {
        let text = |field: &str| step.event[field].as_str().unwrap().to_owned();
        let (kind, subject, data) = (text("type"), text("subject"), step.event["data"].clone());
        let target = data["target"].as_str().unwrap_or_default().to_owned();
        match kind.as_str() {
            "record.voided" => gone.extend([target]),
            "record.corrected" => correct(&mut facts[places[&target]], &data),
            "deal.cancelled" => gone.extend(data["deal"].as_str().map(str::to_owned)),
            "business.merged" => {
                merged.insert(
                    subject,
                    format!("business/{}", data["into"].as_str().unwrap()),
                );
            }
            "business.unmerged" => {
                merged.remove(&subject);
            }
            _ => {
                let business = data["business_id"]
                    .as_str()
                    .map(|id| format!("business/{id}"));
                if kind == "case.opened" {
                    cases.insert(subject.clone(), business.clone().unwrap());
                }
                let business = business.or_else(|| cases.get(&subject).cloned());
                places.insert(text("id"), facts.len());
                facts.push(Fact {
                    id: text("id"),
                    business: business.unwrap_or_else(|| subject.clone()),
                    fiscal: days::fiscal_year(text("occurred_on").parse().unwrap()),
                    on: text("occurred_on"),
                    kind,
                    subject,
                    data,
                    position,
                });
            }
        }
    }
    facts.retain(|fact| !gone.contains(&fact.id));
    for fact in &mut facts {
        while let Some(into) = merged.get(&fact.business) {
            fact.business.clone_from(into);
        }
    }
    facts
}

fn correct(fact: &mut Fact, correction: &Value) {
    if !correction["data"].is_null() {
        fact.data = correction["data"].clone();
    }
    if let Some(on) = correction["occurred_on"].as_str() {
        on.clone_into(&mut fact.on);
        fact.fiscal = days::fiscal_year(on.parse().unwrap());
    }
}
