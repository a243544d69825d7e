//! Writes a plan as the JSON that stands inside `programme.plan_adopted`.
//!
//! Leaves out what is absent or a default, so that the same plan always gives the same bytes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Base, Change, Condition, Filter, Indicator, KeyPart, Measure, Pick, Plan, Promises, Reading,
};
use super::{Sales, Scalar, Select, When};
use crate::figure::Figure;

type Object = Map<String, Value>;

/// Sets a key unless the value says nothing.
fn set(object: &mut Object, key: &str, value: impl Into<Value>) {
    let value = value.into();
    let empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(flag) => !flag,
        Value::Number(_) => false,
    };
    if !empty {
        object.insert(key.to_owned(), value);
    }
}

fn number(figure: Option<Figure>) -> Value {
    figure.map_or(Value::Null, Figure::to_json)
}

pub(super) fn plan(plan: &Plan) -> Value {
    let mut object = Object::new();
    set(&mut object, "title", plan.title.as_str());
    set(&mut object, "body", plan.body.as_str());
    set(
        &mut object,
        "corporate_number",
        plan.corporate_number.clone(),
    );
    set(
        &mut object,
        "municipality_code",
        plan.municipality_code.clone(),
    );
    set(&mut object, "first_fiscal_year", plan.first_fiscal_year.0);
    set(&mut object, "last_fiscal_year", plan.last_fiscal_year.0);
    let grade = |grade: &super::Grade| json!({"name": grade.name, "at_least": grade.at_least});
    set(
        &mut object,
        "grades",
        plan.grades.iter().map(grade).collect::<Value>(),
    );
    set(&mut object, "promises", promises(&plan.promises));
    set(
        &mut object,
        "indicators",
        plan.indicators.iter().map(indicator).collect::<Value>(),
    );
    Value::Object(object)
}

fn promises(promises: &Promises) -> Value {
    let mut object = Object::new();
    set(
        &mut object,
        "analyses_per_advisor",
        number(promises.analyses_per_advisor),
    );
    set(
        &mut object,
        "average_attendance",
        number(promises.average_attendance),
    );
    set(
        &mut object,
        "followups_per_plan",
        promises.followups_per_plan,
    );
    set(&mut object, "followup_months", promises.followup_months);
    set(&mut object, "revisit_months", promises.revisit_months);
    Value::Object(object)
}

fn indicator(indicator: &Indicator) -> Value {
    let mut object = Object::new();
    set(&mut object, "id", indicator.id.as_str());
    set(&mut object, "section", indicator.section.as_str());
    set(&mut object, "label", indicator.label.as_str());
    set(&mut object, "unit", indicator.unit.as_str());
    set(&mut object, "baseline", number(indicator.baseline));
    let target = |(year, target): (&banso_core::calendar::FiscalYear, &Figure)| {
        (year.short(), target.to_json())
    };
    set(
        &mut object,
        "targets",
        Value::Object(indicator.targets.iter().map(target).collect()),
    );
    set(&mut object, "reading", indicator.reading.as_str());
    set(&mut object, "note", indicator.note.as_str());
    let readings = indicator
        .readings
        .iter()
        .map(|(id, read)| (id.clone(), reading(read)));
    set(&mut object, "readings", Value::Object(readings.collect()));
    Value::Object(object)
}

fn reading(reading: &Reading) -> Value {
    let mut object = Object::new();
    set(&mut object, "label", reading.label.clone());
    set(&mut object, "measure", reading.measure.name());
    match &reading.measure {
        Measure::Events => {}
        Measure::Distinct { key } => {
            let parts: Vec<_> = key.iter().map(key_part).collect();
            set(&mut object, "key", one_or_all(parts));
        }
        Measure::Sum { field } => set(&mut object, "field", field.as_str()),
        Measure::SumOf { indicators } => {
            set(
                &mut object,
                "indicators",
                indicators.iter().map(pick).collect::<Value>(),
            );
        }
        Measure::Ratio { a, b, percent } => {
            set(&mut object, "a", pick(a));
            set(&mut object, "b", pick(b));
            set(&mut object, "percent", *percent);
        }
        Measure::SalesIncreased { sales, change } => {
            set_sales(&mut object, sales);
            let name = Change::NAMES.iter().find(|(known, _)| known == change);
            let name = name.filter(|(known, _)| *known != Change::default());
            set(&mut object, "change", name.map(|(_, name)| *name));
        }
        Measure::SalesGrowth { sales, aggregate } => {
            set_sales(&mut object, sales);
            set(&mut object, "aggregate", *aggregate);
        }
    }
    set_select(&mut object, &reading.select);
    Value::Object(object)
}

fn one_or_all(mut parts: Vec<Value>) -> Value {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        Value::Array(parts)
    }
}

fn key_part(part: &KeyPart) -> Value {
    match part {
        KeyPart::Name(name) => json!(name),
        KeyPart::FirstOf(names) => json!({"first_of": names}),
    }
}

fn pick(pick: &Pick) -> Value {
    match &pick.reading {
        Some(reading) => json!({"indicator": pick.indicator, "reading": reading}),
        None => json!(pick.indicator),
    }
}

fn set_sales(object: &mut Object, sales: &Sales) {
    if sales.field != "sales" {
        set(object, "field", sales.field.as_str());
    }
    match &sales.base {
        Base::Field(name) if name == "comparison_sales" => {}
        Base::Field(name) => set(object, "base", name.as_str()),
        Base::Latest { kind, field } => set(object, "base", json!({"type": kind, "field": field})),
    }
    if sales.latest_by != ["occurred_on"] {
        set(object, "latest_by", json!(sales.latest_by));
    }
}

fn set_select(object: &mut Object, select: &Select) {
    set(object, "of", json!(select.of));
    set_filter(object, &select.filter);
    set(
        object,
        "having",
        select.having.iter().map(condition).collect::<Value>(),
    );
    set(
        object,
        "without",
        select.without.iter().map(condition).collect::<Value>(),
    );
    set(object, "months", json!(select.months));
    set(object, "year_by", select.year_by.clone());
}

fn set_filter(object: &mut Object, filter: &Filter) {
    set(object, "where", tests(&filter.only));
    set(object, "unless", tests(&filter.unless));
}

fn tests(tests: &BTreeMap<String, Vec<Scalar>>) -> Value {
    let scalar = |value: &Scalar| match value {
        Scalar::Text(text) => json!(text),
        Scalar::Flag(flag) => json!(flag),
        Scalar::Whole(number) => json!(number),
    };
    let entry = |(name, values): (&String, &Vec<Scalar>)| {
        (name.clone(), values.iter().map(scalar).collect::<Value>())
    };
    Value::Object(tests.iter().map(entry).collect())
}

fn condition(condition: &Condition) -> Value {
    let mut object = Object::new();
    let kinds = condition.kinds.iter().map(|kind| json!(kind)).collect();
    set(&mut object, "type", one_or_all(kinds));
    set_filter(&mut object, &condition.filter);
    if condition.same != ["business"] {
        set(&mut object, "same", json!(condition.same));
    }
    match condition.when {
        When::OnOrBefore => {}
        When::Before => set(&mut object, "when", "before"),
        When::Any => set(&mut object, "when", "any"),
    }
    set(&mut object, "within_months", condition.within_months);
    set(
        &mut object,
        "within_fiscal_years",
        condition.within_fiscal_years,
    );
    set(
        &mut object,
        "having",
        condition
            .having
            .iter()
            .map(self::condition)
            .collect::<Value>(),
    );
    Value::Object(object)
}
