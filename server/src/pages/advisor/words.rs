//! What the pages say when something is not taken: to the field it belongs to, and what to do.
//!
//! The intake's own details are for whoever writes a client; these are for whoever fills a form.

use banso_core::event::Field;
use banso_core::json::FieldError;
use banso_core::shape::Shape;
use serde::Serialize;

use super::timeline::{Item, between};
use crate::app::App;
use crate::ja;
use crate::recorder::Refusal;

/// Why something was not recorded.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Trouble {
    pub(super) status: u16,
    pub(super) title: String,
    pub(super) detail: String,
    /// Faults beside their fields, by the name of the control.
    pub(super) faults: Vec<Fault>,
    /// What others recorded in between.
    pub(super) others: Vec<Item>,
    pub(super) current_version: Option<u64>,
}

/// A fault of one control.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fault {
    /// `occurred_on` or `data.method`.
    pub(super) name: String,
    pub(super) label: String,
    pub(super) text: String,
}

impl Trouble {
    fn new(status: u16, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            detail: detail.into(),
            faults: Vec::new(),
            others: Vec::new(),
            current_version: None,
        }
    }

    /// Faulty fields.
    pub(super) fn faults(faults: Vec<Fault>) -> Self {
        let detail = "赤い印の項目をお確かめください。";
        Self {
            faults,
            ..Self::new(400, "入力に誤りがあります", detail)
        }
    }

    /// A refusal; `fields` are those of the form.
    pub(super) fn of(app: &App, refusal: Refusal, fields: &[Field]) -> Self {
        match refusal {
            Refusal::Fields(errors) => Self::faults(faults_of(&errors, fields)),
            Refusal::Rule(rejection) => {
                let (name, help) = rule(rejection.rule);
                let title = ja::rule(rejection.rule);
                let fault = name
                    .filter(|name| {
                        *name == "occurred_on"
                            || fields
                                .iter()
                                .any(|field| name.strip_prefix("data.") == Some(field.name))
                    })
                    .map(|name| Fault {
                        name: name.to_owned(),
                        label: label_of(name, fields),
                        text: help.to_owned(),
                    });
                Self {
                    faults: fault.into_iter().collect(),
                    ..Self::new(422, title, help)
                }
            }
            Refusal::Forbidden(_) => Self::new(
                403,
                "権限がありません",
                "この記録は、あなたの役割では登録できません。管理者にご相談ください。",
            ),
            Refusal::OtherContent { position, .. } => Self {
                others: app
                    .store
                    .entry(position)
                    .ok()
                    .flatten()
                    .map(|entry| between(app, &[entry.bytes]))
                    .unwrap_or_default(),
                ..Self::new(
                    409,
                    "同じ記録がすでに登録されています",
                    "この端末から先に送った内容と異なります。登録ずみの内容を確かめ、違いがあれば訂正してください。",
                )
            },
            Refusal::WrongVersion {
                current,
                between: entries,
                ..
            } => Self {
                others: between(app, &entries),
                current_version: Some(current),
                ..Self::new(
                    412,
                    "入力中に、ほかの記録が登録されました",
                    "同じ内容でないかを見比べてください。どちらの記録も消えません。",
                )
            },
            Refusal::TooLarge { .. } => {
                Self::new(413, "文章が長すぎます", "いくつかの記録に分けてください。")
            }
            Refusal::Stopped(_) => Self::new(
                503,
                "ただいま記録を受け付けられません",
                "入力した内容はこの画面に残っています。しばらくしてから、もう一度お試しください。",
            ),
        }
    }

    /// The fault of a control.
    pub(super) fn fault(&self, name: &str) -> Option<String> {
        self.faults
            .iter()
            .find(|fault| fault.name == name)
            .map(|fault| fault.text.clone())
    }
}

/// The intake's faults beside the controls of a form.
pub(super) fn faults_of(errors: &[FieldError], fields: &[Field]) -> Vec<Fault> {
    let one = |error: &FieldError| {
        let pointer = error.pointer.replace("/data/data/", "/data/");
        let name = pointer.trim_start_matches('/').replacen('/', ".", 1);
        let field = fields
            .iter()
            .find(|field| name.strip_prefix("data.") == Some(field.name));
        let missing = error.detail.starts_with("is required");
        let text = match field {
            _ if missing => "入力してください。".to_owned(),
            Some(field) => expected(field.shape).to_owned(),
            None if name == "occurred_on" => expected(Shape::Date).to_owned(),
            None => "この項目は受け付けられません。".to_owned(),
        };
        Fault {
            label: label_of(&name, fields),
            name,
            text,
        }
    };
    errors.iter().map(one).collect()
}

fn label_of(name: &str, fields: &[Field]) -> String {
    let field = fields
        .iter()
        .find(|field| name.strip_prefix("data.") == Some(field.name));
    field
        .map_or(
            if name == "occurred_on" {
                "日付"
            } else {
                "この記録"
            },
            |field| field.label,
        )
        .to_owned()
}

/// What a field wants.
fn expected(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "1文字以上、10,000文字以内で入力してください。",
        Shape::Date => "ある日付を入力してください（例：令和7年10月2日、R7.10.2）。",
        Shape::Integer { least, .. } if least >= 0 => "0以上の整数を、数字だけで入力してください。",
        Shape::Integer { .. } => "整数を、数字だけで入力してください。",
        Shape::Number | Shape::NumberOrNull => "数字で入力してください。",
        Shape::Flag | Shape::Choice(_) | Shape::List(Shape::Choice(_)) => "選んでください。",
        Shape::Uuid => "一覧から選んでください。",
        Shape::FiscalYear => "年度を入力してください（例：R7、2025）。",
        Shape::CorporateNumber => {
            "13桁の法人番号を入力してください。検査用の数字（先頭の1桁）も確かめています。"
        }
        Shape::Industry => "日本標準産業分類の記号で入力してください（例：I56）。",
        Shape::List(_) => "1行に1つずつ入力してください。",
        Shape::Figures => "1行に「名前：数値」の形で入力してください。",
        Shape::Notes => "文章で入力してください。",
        Shape::Object => "内容の形が正しくありません。",
    }
}

/// The control that a rule's refusal belongs to, and what to do about it.
fn rule(name: &str) -> (Option<&'static str>, &'static str) {
    match name {
        "future_date" => (
            Some("occurred_on"),
            "まだ来ていない日付です。実際に行った日を入力してください。",
        ),
        "too_old" => (
            Some("occurred_on"),
            "計画の始まりより5年以上前の日付です。年をお確かめください。",
        ),
        "unknown_business" => (
            Some("data.business_id"),
            "登録のない事業者です。先に事業者を登録してください。",
        ),
        "unknown_case" => (
            None,
            "この案件はまだ開始されていません。先に「案件の開始」を記録してください。",
        ),
        "already_registered" => (
            None,
            "すでに登録があります。内容を変えるときは「事業者情報の変更」を使ってください。",
        ),
        "already_opened" => (None, "この案件はすでに始まっています。"),
        "case_closed" => (
            None,
            "終結した案件には記録できません。続けるときは、先に「案件の再開」を記録してください。",
        ),
        "case_open" => (
            None,
            "この案件は終結していないため、再開の必要はありません。",
        ),
        "unknown_plan" => (
            Some("data.plan_id"),
            "この案件で策定した計画の中から選んでください。計画がまだなら、先に「事業計画策定」を記録してください。",
        ),
        "already_completed" => (
            Some("data.plan_id"),
            "同じ番号がすでに完了しています。別の番号にするか、元の記録を訂正してください。",
        ),
        "bad_target" => (
            None,
            "この記録は、すでに取り消されているなどの理由で、訂正・取消ができません。",
        ),
        "not_own_entry" => (
            None,
            "ほかの職員の記録です。訂正・取消は、記録した本人か管理者が行えます。",
        ),
        "already_closed" => (
            Some("data.fiscal_year"),
            "この年度はすでに締められています。",
        ),
        "not_closed" => (Some("data.fiscal_year"), "この年度は締められていません。"),
        "bad_merge" => (
            Some("data.into"),
            "自分自身や、輪になる名寄せはできません。",
        ),
        "not_merged" => (None, "名寄せされていない事業者です。"),
        "erased" => (
            None,
            "個人情報を消去した事業者のため、名前や文章は記録できません。",
        ),
        "unknown_indicator" => (Some("data.indicator"), "計画にない指標です。"),
        "unknown_reading" => (Some("data.reading"), "計画にない数え方です。"),
        "already_proposed" => (Some("data.improvement_id"), "同じ番号の改善策があります。"),
        "unknown_improvement" => (Some("data.improvement_id"), "提案されていない改善策です。"),
        _ => (
            None,
            "規則により受け付けられません。管理者にご相談ください。",
        ),
    }
}
