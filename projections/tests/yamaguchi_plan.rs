//! The bundled plan against the inventory of the certified plan (seed/inventory.md section 1).
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

use banso_core::calendar::FiscalYear;
use banso_projections::plan::Plan;

const YAMAGUCHI: &str = include_str!("../../plans/yamaguchi-r7.toml");

/// id, section, label, unit, 現行, R7 to R11; `－` = no figure, not scheduled.
const ROWS: &str = "\
G1	1(3)	生産性向上支援	件	92	100	100	100	100	100
G2	1(3)	創業者支援	者	39	40	40	40	40	40
G3	1(3)	事業承継成立件数	件	3	6	6	6	6	6
E0	3(2)	調査公表回数	回	5	6	6	6	6	6
E1	3(2)	景況調査	回	4	4	4	4	4	4
E2	3(2)	通行量調査	回	1	1	1	1	1	1
E3	3(2)	RESAS	回	－	1	1	1	1	1
D1	4(2)①	商店街の買物動向調査	回	隔年1回	－	1	－	1	－
D1b	4(2)①	対象事業者数	社	60	－	60	－	60	－
D2	4(2)②	山口市の大学生の買物動向調査	回	－	1	－	1	－	1
D2b	4(2)②	対象事業者数	社	－	50	－	50	－	50
D3	4(2)③	商品券の利用実態に関するアンケート調査	回	1	1	1	1	1	1
D3b	4(2)③	対象事業者数	社	－	450	450	450	450	450
A1	5(2)	セミナー開催	回	19	18	18	18	18	18
A2	5(2)	経営分析件数	件	90	140	140	140	140	140
P1	6(3)	事業計画策定件数	件	90	100	100	100	100	100
P2	6(3)	事業計画策定セミナー	回	2	2	2	2	2	2
P3	6(3)	創業セミナー	回	6	6	6	6	6	6
P4	6(3)	ＤＸセミナー	回	3	3	3	3	3	3
F1	7(3)2)	フォローアップ対象事業者数	社	90	100	100	100	100	100
F2	7(3)2)	頻度（延回数）	回	152	200	200	200	200	200
F3	7(3)2)	売上増加事業者数	社	24	30	30	30	30	30
M1	8(3)①	販路開拓に関するセミナー回数 ※	回	7	3	3	3	3	3
M1b	8(3)①	参加者数	人	128	30	30	30	30	30
M1c	8(3)①	新規取引開拓件数	件	－	10	10	10	10	10
M2	8(3)②	商談会等出展支援事業者数	社	25	30	30	30	30	30
M2b	8(3)②	成立件数／社	件	0	5	5	5	5	5
M3	8(3)③	EC サイト利用事業者数	社	－	3	3	3	3	3
M3b	8(3)③	売上増加率	％	－	10	10	10	10	10";

fn plan() -> Plan {
    Plan::from_toml(YAMAGUCHI).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

#[test]
fn every_row_of_the_inventory_stands_in_the_plan_in_its_order() {
    let plan = plan();
    let rows: Vec<Vec<&str>> = ROWS
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!((rows.len(), plan.indicators.len()), (29, 29));
    for (row, indicator) in rows.iter().zip(&plan.indicators) {
        let shown = [
            &indicator.id,
            &indicator.section,
            &indicator.label,
            &indicator.unit,
        ];
        assert_eq!(&row[..4], shown.map(String::as_str), "{}", indicator.id);
        let number = |text: &str| text.parse::<i128>().ok().map(|number| number.to_string());
        let baseline = indicator.baseline.map(|figure| figure.to_string());
        assert_eq!(baseline, number(row[4]), "{} 現行", indicator.id);
        for (text, year) in row[5..].iter().zip(2025..) {
            let target = indicator
                .targets
                .get(&FiscalYear(year))
                .map(ToString::to_string);
            assert_eq!(target, number(text), "{} {year}", indicator.id);
        }
        assert_eq!(row.len(), 10);
    }
}

#[test]
fn the_head_names_body_and_period() {
    let plan = plan();
    assert_eq!(plan.body, "山口商工会議所");
    assert_eq!(plan.corporate_number.as_deref(), Some("4250005000529"));
    assert_eq!(plan.municipality_code.as_deref(), Some("352039"));
    assert_eq!(
        (plan.first_fiscal_year, plan.last_fiscal_year),
        (FiscalYear(2025), FiscalYear(2029))
    );
}

#[test]
fn every_reading_has_its_agreed_id_and_a_japanese_label() {
    let readings = "G1 case act business\nG2 supported founded\nG3 succession\nE0 publication reference\n\
        E1 publication reference\nE2 publication reference\nE3 publication reference\n\
        D1 analysed counted feedback\nD1b feedback distributors\nD2 analysed counted feedback\n\
        D2b feedback distributors\nD3 analysed counted feedback\nD3b feedback distributors\n\
        A1 session course exclusive\nA2 business each\nP1 plan business\nP2 session course\n\
        P3 session course\nP4 session course\nF1 done in_duty next_year\nF2 visits all_methods\n\
        F3 confirmed period_end pre_plan\nM1 session course\nM1b heads distinct\n\
        M1c attendees any\nM2 business each\nM2b total per_exhibitor companies\n\
        M3 supported opened\nM3b mean aggregate mean_ec aggregate_ec";
    let plan = plan();
    for (line, indicator) in readings.lines().zip(&plan.indicators) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[0], indicator.id);
        assert_eq!(words[1], indicator.reading, "{} default", indicator.id);
        let mut wanted = words[1..].to_vec();
        wanted.sort_unstable();
        let ids: Vec<&str> = indicator.readings.keys().map(String::as_str).collect();
        assert_eq!(ids, wanted, "{}", indicator.id);
        for (id, reading) in &indicator.readings {
            let label = reading.label.as_deref().unwrap_or_default();
            assert!(
                !label.is_ascii(),
                "{}/{id} has no Japanese label",
                indicator.id
            );
        }
    }
    let d1 = plan
        .indicators
        .iter()
        .find(|indicator| indicator.id == "D1")
        .unwrap();
    assert!(d1.note.contains("隔年1回"));
}

#[test]
fn the_plan_survives_the_way_through_json_and_fits_an_entry() {
    let plan = plan();
    let json = plan.to_json();
    assert_eq!(Plan::from_json(&json), Ok(plan));
    let bytes = banso_core::json::canonical(json.as_object().unwrap())
        .unwrap()
        .len();
    assert!(bytes < 60_000, "{bytes}");
}
