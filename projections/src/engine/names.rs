//! Looks up every name of a reading: types, fields, values, other indicators.
//!
//! The plan was checked, so every name is known; one that were not would match nothing.

use banso_core::shape::Shape;

use super::compile::{
    Base, Condition, Measure, Part, Pick, Reading, ReadingId, Sales, Same, Test, YearBy,
};
use crate::fact::atom::Atom;
use crate::fact::read_data::{Sighted, sight};
use crate::fact::symbols::{Symbols, text_hash};
use crate::plan::{self, KeyPart, Plan, Scalar};
use crate::vocabulary::{FieldId, Kind, vocabulary};

/// A plan and the symbols by which facts name things.
pub(super) struct Names<'a> {
    pub(super) plan: &'a Plan,
    pub(super) symbols: &'a Symbols,
}

fn field(name: &str) -> FieldId {
    vocabulary().field(name).unwrap_or(FieldId::MAX)
}

fn kinds(names: &[String]) -> Vec<Kind> {
    names.iter().map(|name| vocabulary().kind(name)).collect()
}

impl Names<'_> {
    pub(super) fn reading(&self, row: usize, id: &str, reading: &plan::Reading) -> Reading {
        let select = &reading.select;
        let months = select
            .months
            .iter()
            .fold(0, |bits, month| bits | (1 << month));
        let wanted = select
            .having
            .iter()
            .map(|condition| self.condition(condition, true));
        let unwanted = select
            .without
            .iter()
            .map(|condition| self.condition(condition, false));
        Reading {
            row,
            id: id.to_owned(),
            measure: self.measure(&reading.measure),
            of: kinds(&select.of),
            tests: self.tests(&select.filter),
            conditions: wanted.chain(unwanted).collect(),
            months: if months == 0 { u16::MAX } else { months },
            year_by: select.year_by.as_deref().map(|name| {
                let mut types = select
                    .of
                    .iter()
                    .filter_map(|of| banso_core::event::event_type(of));
                let dated =
                    types.any(|known| known.field(name).is_some_and(|f| f.shape == Shape::Date));
                YearBy {
                    field: field(name),
                    period: !dated,
                }
            }),
        }
    }

    fn measure(&self, measure: &plan::Measure) -> Measure {
        match measure {
            plan::Measure::Events => Measure::Events,
            plan::Measure::Distinct { key } => Measure::Distinct(key.iter().map(part).collect()),
            plan::Measure::Sum { field: name } => Measure::Sum(field(name)),
            plan::Measure::SumOf { indicators } => {
                Measure::SumOf(indicators.iter().map(|pick| self.pick(pick)).collect())
            }
            plan::Measure::Ratio { a, b, percent } => Measure::Ratio {
                a: self.pick(a),
                b: self.pick(b),
                percent: *percent,
            },
            plan::Measure::SalesIncreased { sales, change } => Measure::Increased {
                sales: sales_of(sales),
                change: *change,
            },
            plan::Measure::SalesGrowth { sales, aggregate } => Measure::Growth {
                sales: sales_of(sales),
                aggregate: *aggregate,
            },
        }
    }

    /// Readings are numbered in the order in which [`Compiled::new`] adds them.
    fn pick(&self, pick: &plan::Pick) -> Pick {
        let row = self
            .plan
            .indicator(&pick.indicator)
            .map_or(usize::MAX, |(row, _)| row);
        let reading = pick.reading.as_ref().and_then(|wanted| {
            let before = self
                .plan
                .indicators
                .iter()
                .take(row)
                .map(|i| i.readings.len())
                .sum::<usize>();
            let at = self
                .plan
                .indicators
                .get(row)?
                .readings
                .keys()
                .position(|id| id == wanted)?;
            ReadingId::try_from(before + at).ok()
        });
        Pick { row, reading }
    }

    fn condition(&self, condition: &plan::Condition, wanted: bool) -> Condition {
        let mut same = Same::default();
        for name in &condition.same {
            match name.as_str() {
                "business" => same.business = true,
                "subject" => same.subject = true,
                name => same.fields.push(field(name)),
            }
        }
        Condition {
            wanted,
            kinds: kinds(&condition.kinds),
            tests: self.tests(&condition.filter),
            same,
            when: condition.when,
            within_months: condition.within_months,
            within_years: condition
                .within_fiscal_years
                .and_then(|years| i32::try_from(years).ok()),
            having: condition
                .having
                .iter()
                .map(|nested| self.condition(nested, true))
                .collect(),
        }
    }

    fn tests(&self, filter: &plan::Filter) -> Vec<Test> {
        let only = filter.only.iter().map(|test| (test, true));
        let unless = filter.unless.iter().map(|test| (test, false));
        let test = |((name, values), wanted): ((&String, &Vec<Scalar>), bool)| Test {
            field: field(name),
            values: values.iter().filter_map(|value| self.atom(value)).collect(),
            wanted,
        };
        only.chain(unless).map(test).collect()
    }

    /// The value as facts have it; none for a text that no fact has.
    fn atom(&self, value: &Scalar) -> Option<Atom> {
        match value {
            Scalar::Flag(flag) => Some(Atom::flag(*flag)),
            Scalar::Whole(number) => Atom::int(*number),
            Scalar::Text(text) => match sight(text) {
                Sighted::Uuid(id) => self.symbols.find_uuid(id).map(Atom::uuid),
                Sighted::Day(day) => Some(Atom::date(day)),
                Sighted::Choice(symbol) => Some(Atom::text(symbol)),
                Sighted::Other => self
                    .symbols
                    .find_text(text, text_hash(text))
                    .map(Atom::text),
            },
        }
    }
}

fn part(part: &KeyPart) -> Part {
    let name = |name: &String| match name.as_str() {
        "business" => Part::Business,
        "subject" => Part::Subject,
        "type" => Part::Kind,
        "occurred_on" => Part::Day,
        name => Part::Field(field(name)),
    };
    match part {
        KeyPart::Name(one) => name(one),
        KeyPart::FirstOf(names) => Part::FirstOf(names.iter().map(name).collect()),
    }
}

fn sales_of(sales: &plan::Sales) -> Sales {
    let latest = |name: &String| (name != "occurred_on").then(|| field(name));
    Sales {
        figure: field(&sales.field),
        base: match &sales.base {
            plan::Base::Field(name) => Base::Field(field(name)),
            plan::Base::Latest { kind, field: name } => Base::Latest {
                kinds: vec![vocabulary().kind(kind)],
                field: field(name),
            },
        },
        latest_by: sales.latest_by.iter().map(latest).collect(),
    }
}
