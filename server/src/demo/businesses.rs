//! Invents businesses and founders: names, addresses, phones and sizes, none of them real.
//!
//! Phones begin with 083-900, towns do not exist, corporate numbers come from a range that no
//! registry office has. Knows nothing of what happens to them later.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::days::{self, day};
use super::dice::Dice;
use super::names::{FAMILIES, GIVEN, WORDS};
use super::staff::{self, AREAS};
use super::trades::{self, Trade};
use super::world::{Business, Kind, NewBusiness, World};

/// Businesses that the chamber knows on the first day.
const FIRST_BUSINESSES: usize = 262;
/// Founders that the chamber knows on the first day: within five years, and not begun.
const FIRST_FOUNDERS: [usize; 2] = [15, 15];
/// Going concerns that come to the chamber in a year.
const ARRIVALS: usize = 9;

/// The areas in katakana, in the order of [`AREAS`].
const AREA_KANA: [&str; 17] = [
    "ワカミズ",
    "サクラヅツミ",
    "ニシキバタ",
    "ツキミザカ",
    "アサギリ",
    "スギガセ",
    "サギハラ",
    "フジミ",
    "タケノウチ",
    "カキノキ",
    "フナツキ",
    "イナホ",
    "ナルセ",
    "アシベ",
    "ミドリガオカ",
    "キリノトウゲ",
    "トチタニ",
];

/// Invents names and never the same shop twice.
pub(super) struct Register {
    trades: Vec<&'static Trade>,
    taken: BTreeSet<String>,
    phone: i64,
}

impl Register {
    pub(super) fn new() -> Self {
        Self {
            trades: trades::all().collect(),
            taken: BTreeSet::new(),
            phone: 100,
        }
    }

    /// Takes over the card index of the years before, on the first two days.
    pub(super) fn begin(&mut self, world: &mut World) {
        let on = day(2024, 4, 1);
        let mut at = days::office(on, 5_400);
        let kinds = (0..FIRST_BUSINESSES)
            .map(|at| (at % 53 == 17).then_some(Kind::Organisation))
            .chain((0..FIRST_FOUNDERS[0]).map(|_| Some(Kind::Sole)))
            .chain((0..FIRST_FOUNDERS[1]).map(|_| Some(Kind::Prospective)));
        for (number, kind) in kinds.enumerate() {
            at += chrono::Duration::milliseconds(world.dice.between(300, 4_000));
            let founder = number >= FIRST_BUSINESSES;
            let (mut business, data) = self.invent(&mut world.dice, on, kind, founder);
            business.id = world.dice.uuid(at);
            world.register(NewBusiness {
                at,
                by: staff::MANAGER,
                source: "import",
                on,
                business,
                data,
            });
        }
    }

    /// Those who come to the chamber during a fiscal year.
    pub(super) fn arrive(&mut self, world: &mut World, fiscal: i32, founders: usize) {
        const FOUNDERS_COME: [i64; 12] = [2, 3, 3, 3, 2, 3, 3, 2, 1, 2, 1, 0];
        const OTHERS_COME: [i64; 12] = [2, 3, 3, 2, 2, 3, 3, 2, 1, 2, 1, 1];
        let (from, to) = (day(fiscal, 4, 3), day(fiscal + 1, 3, 10));
        for number in 0..ARRIVALS + founders {
            let founder = number >= ARRIVALS;
            let weights = if founder {
                &FOUNDERS_COME
            } else {
                &OTHERS_COME
            };
            let on = world.dice.season(weights, from, to);
            let kind = founder.then(|| {
                if world.dice.chance(70) {
                    Kind::Prospective
                } else {
                    Kind::Sole
                }
            });
            let (mut business, data) = self.invent(&mut world.dice, on, kind, founder);
            let at = world.stamp(on, days::office(on, 0));
            business.id = world.dice.uuid(at);
            let by = staff::advisor(business.area, banso_core::calendar::jst_date(at));
            world.register(NewBusiness {
                at,
                by,
                source: "pc",
                on,
                business,
                data,
            });
        }
    }

    fn invent(
        &mut self,
        dice: &mut Dice,
        on: NaiveDate,
        kind: Option<Kind>,
        founder: bool,
    ) -> (Business, Value) {
        let trade = *dice.pick(&self.trades);
        let kind = kind.unwrap_or(if dice.chance(trade.corporations) {
            Kind::Corporation
        } else {
            Kind::Sole
        });
        let area = area(dice);
        let id = uuid::Uuid::nil();
        let mut business = Business::new(id, kind, trade, area);
        business.founder = founder;
        let small = if founder { 3 } else { 1 };
        business.yearly_sales = dice.between(trade.sales.0, trade.sales.1) / small * 1_000;
        if matches!(kind, Kind::Corporation | Kind::Organisation) {
            business.closing_month = *dice.pick(&[3, 3, 3, 6, 8, 9, 9, 12, 5, 2]);
        }
        let mut data = self.card(dice, &business);
        if kind != Kind::Prospective {
            let begun = begun_on(dice, on, founder);
            data.insert("founded_on".to_owned(), json!(begun.to_string()));
        }
        (business, Value::Object(data))
    }

    fn card(&mut self, dice: &mut Dice, business: &Business) -> Map<String, Value> {
        let person = person(dice);
        let (area, block) = AREAS[business.area];
        let mut card = object(json!({
            "kind": kind_name(business.kind),
            "name": person.0,
            "name_kana": person.1,
            "representative": person.0,
            "phone": self.phone(dice),
            "address": address(dice, area),
            "area": area,
            "block": block,
            "industry": business.trade.code,
            "member": dice.chance(if business.founder { 15 } else { 78 }),
        }));
        let mut put = |name: &str, value: Value| card.insert(name.to_owned(), value);
        if business.kind == Kind::Prospective {
            return card;
        }
        let employees = (business.trade.employees.0, business.trade.employees.1);
        put("closing_month", json!(business.closing_month));
        put("employees", json!(dice.between(employees.0, employees.1)));
        let (shop, kana) = self.shop(dice, business.trade);
        match business.kind {
            Kind::Corporation => {
                let form = dice.pick(&["株式会社", "有限会社", "合同会社", "有限会社"]);
                put("name", json!(format!("{form}{}", shop.replace(' ', ""))));
                put("name_kana", json!(kana));
                put("corporate_number", json!(corporate_number(dice)));
            }
            Kind::Organisation => {
                let (name, kana) = self.union(business.area);
                put("name", json!(name));
                put("name_kana", json!(kana));
            }
            _ => {
                put("trade_name", json!(shop));
            }
        }
        card
    }

    /// A name that no other shop of the demo has.
    pub(super) fn shop(&mut self, dice: &mut Dice, trade: &Trade) -> (String, String) {
        loop {
            let (pattern, kana) = *dice.pick(trade.shops);
            let (word, family) = (dice.pick(&WORDS), dice.pick(&FAMILIES));
            let fill = |text: &str, word: &str, family: &str| {
                text.replace("{w}", word).replace("{f}", family)
            };
            let name = fill(pattern, word.0, family.0);
            if self.taken.insert(name.clone()) {
                return (name, fill(kana, word.1, family.1));
            }
        }
    }

    /// An association of shops of the area.
    fn union(&mut self, area: usize) -> (String, String) {
        const FORMS: [(&str, &str); 4] = [
            ("商店会協同組合", "ショウテンカイキョウドウクミアイ"),
            ("商店街振興組合", "ショウテンガイシンコウクミアイ"),
            (
                "物産出店者協同組合",
                "ブッサンシュッテンシャキョウドウクミアイ",
            ),
            ("建設業協同組合", "ケンセツギョウキョウドウクミアイ"),
        ];
        let named = |form: &(&str, &str)| {
            (
                format!("{}{}", AREAS[area].0, form.0),
                format!("{}{}", AREA_KANA[area], form.1),
            )
        };
        FORMS
            .iter()
            .map(named)
            .find(|(name, _)| self.taken.insert(name.clone()))
            .unwrap_or_else(|| named(&FORMS[0]))
    }

    fn phone(&mut self, dice: &mut Dice) -> String {
        self.phone += dice.between(3, 11);
        format!("083-900-{:04}", self.phone % 10_000)
    }
}

/// The closed enumeration's word for a kind.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Corporation => "corporation",
        Kind::Sole => "sole_proprietor",
        Kind::Prospective => "prospective_founder",
        Kind::Organisation => "organisation",
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn person(dice: &mut Dice) -> (String, String) {
    let (family, given) = (dice.pick(&FAMILIES), dice.pick(&GIVEN));
    (
        format!("{} {}", family.0, given.0),
        format!("{} {}", family.1, given.1),
    )
}

/// Areas near the centre hold more businesses.
fn area(dice: &mut Dice) -> usize {
    let first = usize::try_from(dice.between(0, 16)).unwrap_or_default();
    if dice.chance(20) { first % 4 } else { first }
}

fn address(dice: &mut Dice, area: &str) -> String {
    let house = (dice.between(1, 5), dice.between(1, 18), dice.between(1, 24));
    format!(
        "山口市{area}{}丁目{}番{}号",
        kanji_digit(house.0),
        house.1,
        house.2
    )
}

fn kanji_digit(digit: i64) -> &'static str {
    match digit {
        1 => "一",
        2 => "二",
        3 => "三",
        4 => "四",
        _ => "五",
    }
}

fn begun_on(dice: &mut Dice, on: NaiveDate, founder: bool) -> NaiveDate {
    let years = if founder {
        dice.between(300, 1_500)
    } else {
        dice.between(2_200, 26_000)
    };
    days::plus(on, -years)
}

/// A corporate number with a right check digit from a registry code that no office has.
///
/// Ministry of Finance ordinance 2014 no. 70: 9 minus the weighted sum modulo 9, the weights being
/// 1 and 2 in turn from the last digit.
pub(super) fn corporate_number(dice: &mut Dice) -> String {
    let base = format!("9999010{:05}", dice.between(0, 99_999));
    checked(&base)
}

/// Twelve digits with their check digit in front.
pub(super) fn checked(base: &str) -> String {
    let sum: u32 = base
        .bytes()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{}{base}", 9 - sum % 9)
}
