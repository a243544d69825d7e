//! The declarations against the table of contract section 3, and against their own JSON Schemas.
//!
//! The table is written out a second time, from the contract and not from the declarations: a field
//! that changes its name, its duty or its privacy fails here.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Event, EventType, Mode, event_type, event_types, examples};
use crate::intake::split_personal;
use crate::json::{Object, canonical};
use crate::shape::Shape;

/// `*` required, `!` personal, `[]` a list, `=` a closed enumeration.
const CONTRACT: &str = "
business.registered kind*=corporation,sole_proprietor,prospective_founder,organisation name*! name_kana! trade_name! representative! phone! address! corporate_number area block industry employees founded_on closing_month member
business.profile_changed kind=corporation,sole_proprietor,prospective_founder,organisation name! name_kana! trade_name! representative! phone! address! corporate_number area block industry employees founded_on closing_month member
business.merged into* evidence
business.unmerged reason*
business.closed kind=closed,suspended reason
business.reopened kind=closed,suspended reason
business.consent_recorded scope*=internal,partners,committee,publication until
business.erased reason*
case.opened business_id* advisor_id* goal=retention,self_reliance,new_demand themes[] lead_source=visit,loan,seminar,subsidy,succession,other
case.handed_over to* briefing!
case.closed reason
case.reopened reason
visit.done method*=visit,window,online,phone,mail purpose topics[] note! owner_words! next_action! next_due
visit.missed reason* new_due
productivity.supported theme*=labour_saving,digital,energy,other method
startup.supported stage*=prospective,within_5_years content[]
startup.founded form
succession.consulted kind=family,employee,third_party
succession.completed kind*=family,employee,third_party evidence*
loan.consulted programme* amount
subsidy.supported programme* round
subsidy.decided programme* result*=adopted,rejected
analysis.completed analysis_id* tools[] period_from period_to figures swot! three_c! experts[]
analysis.feedback_given analysis_id* reaction!
plan.completed plan_id* kind*=succession,innovation,startup,sustainability,dx,other tools[] baseline_sales target_sales
plan.revised plan_id* reason*
plan.recognised plan_id* by*
followup.done plan_id* method*=visit,window,online,phone,mail progress*=achieved,on_track,behind,stalled note! next_due
expert.dispatched scheme* field* staff_present[]
referral.made to* reason
sales.reported period_from* period_to* sales* comparison_sales gross_profit ordinary_profit basis*=statements,tax_return,trial_balance,hearing channel=total,ec
fair.exhibited fair* mode*=venue,web support[]
deal.concluded origin*=fair,seminar,ec,other counterparty* new_counterparty* amount
deal.cancelled deal* reason
ec.opened platform*
ec.supported help[]
ec.stopped reason
seminar.planned title* tags*[] date capacity
seminar.cancelled reason*
seminar.held title* tags*[] attendees* course_id session_no speaker
seminar.attended business_id* wants_analysis
research.published kind*=business_conditions,pedestrian_traffic,resas,other reference_period* media[] url
survey.opened survey*=shopping_street,students,voucher
survey.counted survey*=shopping_street,students,voucher distributed returned valid
survey.analysed survey*=shopping_street,students,voucher
survey.feedback_delivered survey*=shopping_street,students,voucher business_id*
staff.registered name*! kana! role*=advisor,manager,clerk,committee unit
staff.role_changed role*=advisor,manager,clerk,committee
staff.left
area.assigned area* block until
training.attended kind* topic* hours
ojt.held partner* topic*
programme.plan_adopted plan*
programme.target_revised indicator* fiscal_year* target* reason*
policy.reading_decided indicator* reading* reason*
fiscal_year.closed fiscal_year*
fiscal_year.reopened fiscal_year* reason*
committee.appointed organisation* term
committee.convened fiscal_year* mode*=in_person,written,online
evaluation.graded fiscal_year* item* grade* comment direction=continue,expand,improve,reduce,end
improvement.proposed improvement_id* item* owner* due* what*
improvement.progressed improvement_id* what*
improvement.done improvement_id*
report.published fiscal_year* url
budget.set item* fiscal_year* amount_thousand_yen*
budget.spent item* fiscal_year* amount_thousand_yen*
liaison.held body* topic
community.held project* what
record.corrected target* data occurred_on reason*
record.voided target* reason*
";

fn contract() -> impl Iterator<Item = (&'static EventType, Vec<&'static str>)> {
    CONTRACT
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap();
            let known = event_type(name).unwrap_or_else(|| panic!("{name} is not declared"));
            (known, words.collect())
        })
}

fn name_of(word: &str) -> &str {
    word.split(['*', '!', '[', '=']).next().unwrap()
}

/// One field as the table writes it; the personal mark counts even where the schema has none.
fn written(field: &super::Field) -> String {
    let list = matches!(field.shape, Shape::List(_));
    let choices = match field.shape {
        Shape::Choice(choices) => {
            let names: Vec<_> = choices.iter().map(|choice| choice.name).collect();
            format!("={}", names.join(","))
        }
        _ => String::new(),
    };
    let mark = |wanted: bool, sign: &'static str| if wanted { sign } else { "" };
    let (required, personal) = (mark(field.required, "*"), mark(field.personal, "!"));
    format!(
        "{}{required}{personal}{}{choices}",
        field.name,
        mark(list, "[]")
    )
}

fn read(known: &EventType, data: &Object, mode: Mode) -> Result<Event, Vec<String>> {
    let mut errors = Vec::new();
    Event::read(known.name, data, mode, &mut errors)
        .ok_or_else(|| errors.into_iter().map(|error| error.pointer).collect())
}

#[test]
fn every_type_of_the_contract_is_declared_to_the_letter() {
    for (known, words) in contract() {
        for word in &words {
            let field = known.field(name_of(word));
            let field = field.unwrap_or_else(|| panic!("{} lacks {word}", known.name));
            assert_eq!(written(field), **word, "in {}", known.name);
        }
        // Whatever is declared beyond the contract may be left out and is not personal.
        let named: BTreeSet<_> = words.iter().map(|word| name_of(word)).collect();
        for field in known
            .fields
            .iter()
            .filter(|field| !named.contains(field.name))
        {
            assert!(
                !field.required && !field.personal,
                "{}.{}",
                known.name,
                field.name
            );
        }
    }
    assert_eq!(contract().count(), 70);
}

#[test]
fn every_type_belongs_to_the_subject_of_the_contract() {
    for known in event_types() {
        let family = known.name.split_once('.').map(|(family, _)| family);
        let wanted = match family.unwrap() {
            "business" => Some("business"),
            "seminar" => Some("seminar"),
            "research" | "survey" => Some("survey"),
            "staff" | "area" | "training" | "ojt" => Some("staff"),
            "programme" | "policy" | "fiscal_year" | "committee" | "evaluation" | "improvement"
            | "report" | "budget" | "liaison" | "community" => Some("programme"),
            "record" => None,
            _ => Some("case"),
        };
        assert_eq!(
            known.subject.map(crate::subject::SubjectKind::name),
            wanted,
            "{}",
            known.name
        );
    }
}

#[test]
fn every_type_takes_what_its_schema_describes_and_writes_it_back() {
    for known in event_types() {
        for data in [examples::minimal(known), examples::full(known)] {
            let event = read(known, &data, Mode::Intake)
                .unwrap_or_else(|faults| panic!("{}: {faults:?} in {data:?}", known.name));
            assert_eq!(event.event_type().name, known.name);
            // Compared as stored: canonical JSON knows no difference between 2 and 2.0.
            assert_eq!(
                canonical(&event.write()),
                canonical(&data),
                "{}",
                known.name
            );
        }
    }
}

#[test]
fn every_type_is_read_back_from_the_ledger_without_its_personal_fields() {
    for known in event_types() {
        let (open, personal) = split_personal(known, examples::full(known));
        assert_eq!(
            personal.is_empty(),
            !known.fields.iter().any(|field| field.personal)
        );
        let event = read(known, &open, Mode::Stored)
            .unwrap_or_else(|faults| panic!("{}: {faults:?}", known.name));
        assert_eq!(
            canonical(&event.write()),
            canonical(&open),
            "{}",
            known.name
        );
    }
}

#[test]
fn every_required_field_is_missed_by_its_pointer() {
    for known in event_types() {
        for field in known.fields.iter().filter(|field| field.required) {
            let mut data = examples::full(known);
            data.remove(field.name);
            let faults = read(known, &data, Mode::Intake).unwrap_err();
            assert_eq!(faults, [format!("/data/{}", field.name)], "{}", known.name);
        }
    }
}

#[test]
fn every_field_refuses_a_value_of_another_kind_by_its_pointer() {
    for known in event_types() {
        for field in known.fields.iter().filter(|field| !field.server) {
            let mut data = examples::full(known);
            let wrong = match field.shape {
                Shape::Object | Shape::Figures | Shape::Notes | Shape::List(_) => json!("text"),
                _ => json!({"an": "object"}),
            };
            data.insert(field.name.to_owned(), wrong);
            let faults = read(known, &data, Mode::Intake).unwrap_err();
            assert_eq!(faults, [format!("/data/{}", field.name)], "{}", known.name);
        }
    }
}

#[test]
fn an_enumeration_takes_its_values_and_no_other() {
    for known in event_types() {
        for field in known.fields {
            let Shape::Choice(choices) = field.shape else {
                continue;
            };
            let taken = |value: &str| {
                let mut data = examples::full(known);
                data.insert(field.name.to_owned(), json!(value));
                read(known, &data, Mode::Intake).is_ok()
            };
            assert!(
                choices.iter().all(|choice| taken(choice.name)),
                "{}",
                known.name
            );
            assert!(
                !taken("another") && !taken(""),
                "{}.{}",
                known.name,
                field.name
            );
        }
    }
}

#[test]
fn a_schema_marks_what_is_personal_and_hides_what_the_server_writes() {
    for known in event_types() {
        let schema = known.schema();
        for field in known.fields {
            let property = schema["properties"].get(field.name);
            assert_eq!(
                property.is_none(),
                field.server,
                "{}.{}",
                known.name,
                field.name
            );
            let marked =
                property.is_some_and(|property| property["x-personal"] == Value::Bool(true));
            assert_eq!(marked, field.personal, "{}.{}", known.name, field.name);
        }
    }
}
