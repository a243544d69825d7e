//! Events of seminars, research and demand surveys.

use chrono::NaiveDate;
use uuid::Uuid;

use super::choice::{ResearchKind, SeminarTag, SurveyName};
use super::declare::*;
use crate::shape::Count;

event_types! {
    SeminarPlanned = "seminar.planned" on Seminar, "セミナーの計画" {
        title: String [required] "題名",
        tags: Vec<SeminarTag> [required] "区分",
        date: NaiveDate [optional] "開催予定日",
        capacity: Count [optional] "定員（人）",
    }
    SeminarCancelled = "seminar.cancelled" on Seminar, "セミナーの中止" {
        reason: String [required] "理由",
    }
    SeminarHeld = "seminar.held" on Seminar, "セミナーの開催" {
        title: String [required] "題名",
        tags: Vec<SeminarTag> [required] "区分",
        attendees: Count [required] "参加者数（人）",
        course_id: String [optional] "講座番号",
        session_no: Count [optional] "回",
        speaker: String [optional] "講師",
    }
    SeminarAttended = "seminar.attended" on Seminar, "セミナーの受講" {
        business_id: Uuid [required] "事業者",
        wants_analysis: bool [optional] "経営分析を希望",
    }
    ResearchPublished = "research.published" on Survey, "経済動向調査の公表" {
        kind: ResearchKind [required] "調査",
        reference_period: String [required] "対象期",
        media: Vec<String> [optional] "公表した媒体",
        url: String [optional] "公表先のURL",
    }
    SurveyOpened = "survey.opened" on Survey, "需要動向調査の開始" {
        survey: SurveyName [required] "調査",
    }
    SurveyCounted = "survey.counted" on Survey, "需要動向調査の集計" {
        survey: SurveyName [required] "調査",
        distributed: Count [optional] "配布数",
        returned: Count [optional] "回収数",
        valid: Count [optional] "有効数",
        distributors: Count [optional] "協力店舗数",
    }
    SurveyAnalysed = "survey.analysed" on Survey, "需要動向調査の分析" {
        survey: SurveyName [required] "調査",
    }
    SurveyFeedbackDelivered = "survey.feedback_delivered" on Survey, "調査結果のフィードバック" {
        survey: SurveyName [required] "調査",
        business_id: Uuid [required] "事業者",
    }
}
