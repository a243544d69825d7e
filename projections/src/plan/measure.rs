//! The measure language: what a reading counts, as data.
//!
//! Six orthogonal parts: a **measure** (what is added up), **of** (which event types), a **filter**
//! (`where`/`unless`, by fields), **conditions** (`having`/`without`, by other events), the **year**
//! (`year_by`) and the **months**. No part names an indicator. `plans/README.md` is the tutorial.

use std::collections::BTreeMap;

/// One possible way to count an indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What the pages call it; the id where absent.
    pub label: Option<String>,
    /// What is added up.
    pub measure: Measure,
    /// Which events.
    pub select: Select,
}

/// What is added up.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// One per effective event.
    Events,
    /// One per distinct key in a fiscal year.
    Distinct {
        /// The parts of the key.
        key: Vec<KeyPart>,
    },
    /// The sum of a number field; events without it add nothing.
    Sum {
        /// The field.
        field: String,
    },
    /// The sum of other indicators.
    SumOf {
        /// Which, each with a reading or the one in force.
        indicators: Vec<Pick>,
    },
    /// `a` divided by `b`, to one decimal; null where `b` is null or 0.
    Ratio {
        /// The dividend.
        a: Pick,
        /// The divisor.
        b: Pick,
        /// Times 100.
        percent: bool,
    },
    /// Businesses whose latest report of the year lies above its base, or below, or equals it.
    SalesIncreased {
        /// Which figures.
        sales: Sales,
        /// Which way they went.
        change: Change,
    },
    /// (figure / base − 1) × 100 over the latest reports of the year, to one decimal.
    SalesGrowth {
        /// Which figures.
        sales: Sales,
        /// Of the sums instead of the mean of the businesses.
        aggregate: bool,
    },
}

/// Which way a figure went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change {
    /// Above the base.
    #[default]
    Increased,
    /// Equal to it.
    Unchanged,
    /// Below it.
    Decreased,
}

impl Change {
    /// Every way with its name in the plan file.
    pub const NAMES: [(Self, &str); 3] = [
        (Self::Increased, "increased"),
        (Self::Unchanged, "unchanged"),
        (Self::Decreased, "decreased"),
    ];

    /// True if a figure went this way.
    pub fn holds(self, figure: i64, base: i64) -> bool {
        match self {
            Self::Increased => figure > base,
            Self::Unchanged => figure == base,
            Self::Decreased => figure < base,
        }
    }
}

/// Which figures of a report are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Sales {
    /// The figure; `sales` where the plan says nothing.
    pub field: String,
    /// What it is compared with.
    pub base: Base,
    /// Dates by which the latest report is found, first one first; then the position decides.
    pub latest_by: Vec<String>,
}

/// What a figure of a report is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Base {
    /// Another field of the report; a report without it is passed over.
    Field(String),
    /// A field of the business's latest event of a type on or before the report that has it.
    Latest {
        /// The type.
        kind: String,
        /// The field.
        field: String,
    },
}

/// Another indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Its id.
    pub indicator: String,
    /// One of its readings; the one in force where absent.
    pub reading: Option<String>,
}

/// One part of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPart {
    /// `business`, `subject`, `type`, `occurred_on`, or a field of the data.
    Name(String),
    /// The first of several names that the event has.
    FirstOf(Vec<String>),
}

/// Which events a reading looks at, and in which year they count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// Event types.
    pub of: Vec<String>,
    /// By their own fields.
    pub filter: Filter,
    /// Other events that must exist.
    pub having: Vec<Condition>,
    /// Other events that must not exist.
    pub without: Vec<Condition>,
    /// Calendar months of `occurred_on`; empty = all.
    pub months: Vec<u32>,
    /// A date or period field whose end decides the year, instead of `occurred_on`.
    pub year_by: Option<String>,
}

/// A test of an event's own fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// `where`: the field is, or its list shares, one of the values.
    pub only: BTreeMap<String, Vec<Scalar>>,
    /// `unless`: the same, turned round.
    pub unless: BTreeMap<String, Vec<Scalar>>,
}

/// A value in a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Text, date, uuid or enumeration value.
    Text(String),
    /// True or false.
    Flag(bool),
    /// A whole number.
    Whole(i64),
}

/// Another effective event that has to exist (or not) beside the counted one.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Its type: any of these.
    pub kinds: Vec<String>,
    /// By its own fields.
    pub filter: Filter,
    /// What it shares with the event it stands beside: `business`, `subject`, or fields.
    pub same: Vec<String>,
    /// Its date against the counted event's.
    pub when: When,
    /// The counted event lies on or after it and at most so many months later, inclusive.
    pub within_months: Option<u32>,
    /// The counted event lies in its fiscal year or at most so many later.
    pub within_fiscal_years: Option<u32>,
    /// Further events that must stand beside it. Dates are always the counted event's.
    pub having: Vec<Condition>,
}

/// How the dates of two events must lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// Not later than the counted event.
    #[default]
    OnOrBefore,
    /// On an earlier day than the counted event.
    Before,
    /// Any day.
    Any,
}

impl Measure {
    /// Its name in the plan file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Distinct { .. } => "distinct",
            Self::Sum { .. } => "sum",
            Self::SumOf { .. } => "sum_of",
            Self::Ratio { .. } => "ratio",
            Self::SalesIncreased { .. } => "sales_increased",
            Self::SalesGrowth { .. } => "sales_growth",
        }
    }

    /// The other indicators it is made of.
    pub fn picks(&self) -> Vec<&Pick> {
        match self {
            Self::SumOf { indicators } => indicators.iter().collect(),
            Self::Ratio { a, b, .. } => vec![a, b],
            _ => Vec::new(),
        }
    }

    /// The figures it compares.
    pub fn sales(&self) -> Option<&Sales> {
        match self {
            Self::SalesIncreased { sales, .. } | Self::SalesGrowth { sales, .. } => Some(sales),
            _ => None,
        }
    }
}

impl Filter {
    fn texts(&self) -> impl Iterator<Item = &str> {
        let values = self.only.values().chain(self.unless.values()).flatten();
        values.filter_map(|value| match value {
            Scalar::Text(text) => Some(text.as_str()),
            Scalar::Flag(_) | Scalar::Whole(_) => None,
        })
    }
}

impl Select {
    /// Every text that its filters and those of its conditions compare with.
    pub(super) fn texts(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = self.filter.texts().collect();
        let mut conditions: Vec<&Condition> = self.having.iter().chain(&self.without).collect();
        while let Some(condition) = conditions.pop() {
            texts.extend(condition.filter.texts());
            conditions.extend(&condition.having);
        }
        texts
    }
}
