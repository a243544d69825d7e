//! Corrections and voids, which any subject takes. Nothing is edited: both are entries of their own.

use chrono::NaiveDate;
use uuid::Uuid;

use super::declare::*;
use crate::shape::Anything;

event_types! {
    RecordCorrected = "record.corrected" on Any, "訂正" {
        target: Uuid [required] "訂正する記録",
        data: Anything [optional] "正しい内容",
        occurred_on: NaiveDate [optional] "正しい日付",
        reason: String [required] "理由",
    }
    RecordVoided = "record.voided" on Any, "取消" {
        target: Uuid [required] "取り消す記録",
        reason: String [required] "理由",
    }
}
