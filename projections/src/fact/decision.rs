//! Programme entries that steer the counting, read once when they arrive.
//!
//! Which of them is in force at a cut-off is no matter of this module.

use std::sync::Arc;

use banso_core::calendar::FiscalYear;
use serde_json::Value;

use crate::figure::Figure;
use crate::plan::Plan;
use crate::vocabulary::{Kind, vocabulary};

/// What a programme entry says.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    Adopted(Arc<Plan>),
    TargetRevised {
        indicator: String,
        year: FiscalYear,
        target: Option<Figure>,
        reason: String,
    },
    ReadingDecided {
        indicator: String,
        reading: String,
        reason: String,
    },
    Closed {
        year: FiscalYear,
        cutoff: Option<u64>,
    },
    Reopened {
        year: FiscalYear,
    },
}

/// True for the types that [`read`] reads.
pub(crate) fn steers(kind: Kind) -> bool {
    let known = &vocabulary().known;
    [
        known.plan_adopted,
        known.target_revised,
        known.reading_decided,
        known.year_closed,
        known.year_reopened,
    ]
    .contains(&kind)
}

/// Reads the data of a steering entry; the error says what is wrong with it.
pub(crate) fn read(kind: Kind, data: &Value) -> Result<Decision, String> {
    let known = &vocabulary().known;
    let text = |key: &str| {
        data.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let year = || year(data.get("fiscal_year"));
    if kind == known.plan_adopted {
        let plan = data.get("plan").unwrap_or(&Value::Null);
        let plan = Plan::from_json(plan).map_err(|faults| {
            let faults: Vec<_> = faults.iter().take(3).map(ToString::to_string).collect();
            format!("its plan cannot be read: {}", faults.join("; "))
        })?;
        return Ok(Decision::Adopted(Arc::new(plan)));
    }
    if kind == known.target_revised {
        let target = data
            .get("target")
            .and_then(Value::as_number)
            .and_then(Figure::from_json);
        let (indicator, reason) = (text("indicator"), text("reason"));
        return Ok(Decision::TargetRevised {
            indicator,
            year: year()?,
            target,
            reason,
        });
    }
    if kind == known.reading_decided {
        let (indicator, reading) = (text("indicator"), text("reading"));
        return Ok(Decision::ReadingDecided {
            indicator,
            reading,
            reason: text("reason"),
        });
    }
    if kind == known.year_closed {
        let cutoff = data.get("cutoff_position").and_then(Value::as_u64);
        return Ok(Decision::Closed {
            year: year()?,
            cutoff,
        });
    }
    Ok(Decision::Reopened { year: year()? })
}

fn year(value: Option<&Value>) -> Result<FiscalYear, String> {
    match value {
        Some(Value::String(text)) => text.parse(),
        Some(other) => other.to_string().parse(),
        None => Err("its fiscal_year is missing".to_owned()),
    }
}
