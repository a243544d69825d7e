//! What must hold for every history: one fold, however it is cut, split, voided or explained.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of small histories"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use banso_core::calendar::FiscalYear;
use banso_projections::evidence::Evidence;
use banso_projections::figure::Figure;
use banso_projections::plan::Measure;
use banso_projections::{Cut, Kpi, replay};
use proptest::prelude::*;
use support::generated::{self, steps};

const YEARS: [FiscalYear; 5] = [
    FiscalYear(2023),
    FiscalYear(2024),
    FiscalYear(2025),
    FiscalYear(2026),
    FiscalYear(2027),
];

fn live(entries: &[Vec<u8>]) -> Kpi {
    let mut kpi = Kpi::new();
    for entry in entries {
        kpi.apply(entry).unwrap();
    }
    kpi
}

fn replayed(entries: &[Vec<u8>], chunk: usize, cut: Cut) -> Kpi {
    let chunks = entries
        .chunks(chunk)
        .map(|chunk| Ok::<_, String>(chunk.to_vec()));
    replay(chunks, &cut, |_| {}).unwrap()
}

/// Every number of every year, without positions.
fn numbers(kpi: &Kpi) -> Vec<String> {
    let tables = YEARS.iter().map(|year| kpi.table(*year));
    tables
        .flat_map(|table| {
            let closed = table.closed;
            table.indicators.into_iter().map(move |row| {
                format!(
                    "{} {closed} {} {:?} {:?} {} {:?} {}",
                    table.fiscal_year,
                    row.id,
                    row.target,
                    row.actual,
                    row.reading,
                    row.readings,
                    row.late
                )
            })
        })
        .collect()
}

fn adds_up(evidence: &Evidence, measure: &Measure) -> Result<(), TestCaseError> {
    let count = Figure::whole(evidence.counted.len() as i128);
    match measure {
        Measure::Events | Measure::Distinct { .. } | Measure::SalesIncreased { .. } => {
            prop_assert_eq!(Some(count), evidence.value, "{}", evidence.indicator);
        }
        Measure::Sum { .. } => {
            let amounts = evidence.counted.iter().filter_map(|item| item.amount);
            let sum = amounts.fold(Figure::ZERO, Figure::plus);
            prop_assert_eq!(Some(sum), evidence.value);
        }
        Measure::SumOf { .. } => {
            let sum = evidence
                .parts
                .iter()
                .filter_map(|part| part.value)
                .reduce(Figure::plus);
            prop_assert_eq!(sum, evidence.value);
        }
        Measure::Ratio { .. } => {
            let value = |at: usize| evidence.parts[at].value;
            let ratio = value(0).zip(value(1)).and_then(|(a, b)| a.rate_of(b, 1));
            prop_assert_eq!(ratio, evidence.value);
        }
        Measure::SalesGrowth { aggregate, .. } => {
            let members: Vec<_> = evidence
                .counted
                .iter()
                .filter_map(|item| item.figures)
                .collect();
            let (mut sum, mut base) = (0.0, 0.0);
            for member in &members {
                let (figure, of) = (member.figure as f64, member.base.unwrap() as f64);
                (sum, base) = if *aggregate {
                    (sum + figure, base + of)
                } else {
                    (sum + (figure / of - 1.0), base + 1.0)
                };
            }
            let wanted = if *aggregate {
                (sum / base - 1.0) * 100.0
            } else {
                sum / base * 100.0
            };
            match evidence.value {
                None => prop_assert!(members.is_empty()),
                Some(value) => {
                    let value: f64 = value.to_string().parse().unwrap();
                    prop_assert!((value - wanted).abs() <= 0.05 + 1e-9, "{value} {wanted}");
                }
            }
        }
    }
    let own = |item: &banso_projections::evidence::Item| item.indicator.is_none();
    let counted: BTreeSet<u64> = evidence
        .counted
        .iter()
        .filter(|i| own(i))
        .map(|i| i.position)
        .collect();
    let refused: BTreeSet<u64> = evidence
        .not_counted
        .iter()
        .filter(|r| own(&r.item))
        .map(|r| r.item.position)
        .collect();
    prop_assert!(counted.is_disjoint(&refused));
    prop_assert_eq!(
        counted.len(),
        evidence.counted.iter().filter(|i| own(i)).count()
    );
    let late = evidence.counted.iter().filter(|item| item.late).count();
    prop_assert!(late <= evidence.counted.len());
    Ok(())
}

/// Few cases in every run of the tests; `PROPTEST_CASES=1000` asks for more.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(32),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn live_replay_and_any_cut_off_agree(steps in steps(120), cut in 0.0..1.0_f64, chunk in 1_usize..40) {
        let history = generated::history(&steps).history;
        let kpi = live(&history.entries);
        let whole = replayed(&history.entries, chunk, Cut::default());
        prop_assert_eq!(numbers(&kpi), numbers(&whole));
        prop_assert_eq!(kpi.digest(), whole.digest());
        let below = (history.entries.len() as f64 * cut) as usize;
        let prefix = live(&history.entries[..below]);
        let cut = Cut::below(below as u64);
        for other in [kpi.at(cut), replayed(&history.entries, chunk, cut), whole.at(cut)] {
            prop_assert_eq!(numbers(&prefix), numbers(&other));
            prop_assert_eq!(prefix.digest(), other.digest());
            prop_assert_eq!(other.size(), below as u64);
        }
    }

    #[test]
    fn a_past_fold_goes_on_like_a_live_one(steps in steps(80), cut in 0.0..1.0_f64) {
        let history = generated::history(&steps).history;
        let below = (history.entries.len() as f64 * cut) as usize;
        let mut past = live(&history.entries).at(Cut::below(below as u64));
        for entry in &history.entries[below..] {
            past.apply(entry).unwrap();
        }
        let (left, right) = (numbers(&past), numbers(&live(&history.entries)));
        for (left, right) in left.iter().zip(&right) {
            prop_assert_eq!(left, right);
        }
    }

    #[test]
    fn a_void_after_anything_equals_never_having_happened(steps in steps(100), choice in 0_usize..1000) {
        let generated = generated::history(&steps);
        let alive: Vec<_> = generated.events.iter().filter(|(at, ..)| !generated.voided.contains(at)).collect();
        let (position, target, subject, _) = alive[choice % alive.len()].clone();
        let mut voided = generated.history.clone();
        voided.void(&subject, target);
        let mut gone: Vec<usize> = generated.records.iter().filter(|(_, at)| *at == position).map(|(at, _)| *at).collect();
        gone.push(position);
        let never = generated.history.without(&gone);
        prop_assert_eq!(numbers(&live(&voided.entries)), numbers(&live(&never.entries)));
    }

    #[test]
    fn evidence_adds_up_to_every_value(steps in steps(120)) {
        let kpi = live(&generated::history(&steps).history.entries);
        let plan = kpi.adopted_plan().unwrap();
        for indicator in &plan.indicators {
            for (id, reading) in &indicator.readings {
                for year in YEARS {
                    let evidence = kpi.evidence(&indicator.id, year, Some(id)).unwrap();
                    adds_up(&evidence, &reading.measure)?;
                }
            }
        }
        for year in YEARS {
            for row in kpi.table(year).indicators {
                let evidence = kpi.evidence(&row.id, year, None).unwrap();
                let late = evidence.counted.iter().filter(|item| item.late).count();
                prop_assert_eq!(i64::try_from(late).unwrap(), row.late, "{} {:?}", row.id, year);
            }
        }
    }

    #[test]
    fn differences_add_up(steps in steps(100), from in 0.0..1.0_f64, to in 0.0..1.0_f64) {
        let entries = generated::history(&steps).history.entries;
        let kpi = live(&entries);
        let at = |share: f64| (entries.len() as f64 * share) as u64;
        let (from, to) = (at(from.min(to)), at(from.max(to)));
        for year in YEARS {
            let values = |kpi: &Kpi| -> BTreeMap<String, Figure> {
                kpi.table(year).indicators.into_iter().map(|row| (row.id, row.actual.unwrap_or(Figure::ZERO))).collect()
            };
            let mut sums = values(&kpi.at(Cut::below(from)));
            for change in kpi.diff(year, from, to) {
                prop_assert!((from..to).contains(&change.position));
                let sum = sums.entry(change.indicator).or_insert(Figure::ZERO);
                *sum = sum.plus(change.delta);
            }
            for (indicator, value) in values(&kpi.at(Cut::below(to))) {
                let sum = sums.get(&indicator).copied().unwrap_or(Figure::ZERO);
                prop_assert!(sum.minus(value).is_zero(), "{indicator} {sum} {value}");
            }
        }
    }
}
