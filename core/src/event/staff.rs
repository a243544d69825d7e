//! Events of a member of the staff or of the committee.

use chrono::NaiveDate;

use super::choice::StaffRole;
use super::declare::*;
use crate::shape::TrainingKind;

event_types! {
    StaffRegistered = "staff.registered" on Staff, "職員登録" {
        name: String [required personal] "氏名",
        kana: String [optional personal] "フリガナ",
        role: StaffRole [required] "役割",
        unit: String [optional] "所属",
    }
    StaffRoleChanged = "staff.role_changed" on Staff, "役割の変更" {
        role: StaffRole [required] "役割",
    }
    StaffLeft = "staff.left" on Staff, "退職・異動" {}
    AreaAssigned = "area.assigned" on Staff, "地区の担当" {
        area: String [required] "地区",
        block: String [optional] "ブロック",
        until: NaiveDate [optional] "期限",
    }
    TrainingAttended = "training.attended" on Staff, "研修の受講" {
        kind: TrainingKind [required] "研修の種類（1から8）",
        topic: String [required] "内容",
        hours: f64 [optional] "時間",
    }
    OjtHeld = "ojt.held" on Staff, "職場内研修（OJT）" {
        partner: String [required] "相手の職員",
        topic: String [required] "内容",
    }
}
