//! Events of a business.

use chrono::NaiveDate;
use uuid::Uuid;

use super::choice::{BusinessKind, ClosureKind, ConsentScope};
use super::declare::*;
use crate::shape::{CorporateNumber, Count, Industry, Month, Phone};

event_types! {
    BusinessRegistered = "business.registered" on Business, "事業者登録" {
        kind: BusinessKind [required] "区分",
        name: String [required personal] "名称・氏名",
        name_kana: String [optional personal] "フリガナ",
        trade_name: String [optional personal] "屋号",
        representative: String [optional personal] "代表者",
        phone: Phone [optional personal] "電話番号",
        address: String [optional personal] "所在地",
        corporate_number: CorporateNumber [optional] "法人番号",
        area: String [optional] "地区",
        block: String [optional] "ブロック",
        industry: Industry [optional] "業種（日本標準産業分類）",
        employees: Count [optional] "従業員数",
        founded_on: NaiveDate [optional] "創業日",
        closing_month: Month [optional] "決算月",
        member: bool [optional] "会員",
    }
    BusinessProfileChanged = "business.profile_changed" on Business, "事業者情報の変更" {
        kind: BusinessKind [optional] "区分",
        name: String [optional personal] "名称・氏名",
        name_kana: String [optional personal] "フリガナ",
        trade_name: String [optional personal] "屋号",
        representative: String [optional personal] "代表者",
        phone: Phone [optional personal] "電話番号",
        address: String [optional personal] "所在地",
        corporate_number: CorporateNumber [optional] "法人番号",
        area: String [optional] "地区",
        block: String [optional] "ブロック",
        industry: Industry [optional] "業種（日本標準産業分類）",
        employees: Count [optional] "従業員数",
        founded_on: NaiveDate [optional] "創業日",
        closing_month: Month [optional] "決算月",
        member: bool [optional] "会員",
    }
    BusinessMerged = "business.merged" on Business, "名寄せ" {
        into: Uuid [required] "統合先の事業者",
        evidence: String [optional] "根拠",
    }
    BusinessUnmerged = "business.unmerged" on Business, "名寄せの解除" {
        reason: String [required] "理由",
    }
    BusinessClosed = "business.closed" on Business, "廃業・休業" {
        kind: ClosureKind [optional] "区分",
        reason: String [optional] "理由",
    }
    BusinessReopened = "business.reopened" on Business, "再開" {
        kind: ClosureKind [optional] "区分",
        reason: String [optional] "理由",
    }
    BusinessConsentRecorded = "business.consent_recorded" on Business, "同意の記録" {
        scope: ConsentScope [required] "範囲",
        until: NaiveDate [optional] "期限",
    }
    BusinessErased = "business.erased" on Business, "個人情報の消去" {
        reason: String [required] "理由",
    }
    BusinessErasureCompleted = "business.erasure_completed" on Business, "個人情報の消去完了" {
        erasure: Uuid [required] "消去の記録",
        keys_destroyed: Count [required] "破棄した鍵の数",
        ciphertexts_deleted: Count [required] "削除した暗号文の数",
        key_backups_expire_on: NaiveDate [required] "鍵の最後の控えが失効する日",
    }
}
