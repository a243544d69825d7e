//! Events of the programme: the plan, decisions about it, its evaluation and its money.

use chrono::NaiveDate;

use super::choice::{Direction, MeetingMode};
use super::declare::*;
use crate::shape::{Anything, Count, Target, WrittenYear};

event_types! {
    PlanAdopted = "programme.plan_adopted" on Programme, "計画の登録" {
        plan: Anything [required] "計画",
    }
    TargetRevised = "programme.target_revised" on Programme, "目標の変更" {
        indicator: String [required] "指標",
        fiscal_year: WrittenYear [required] "年度",
        target: Target [required] "目標",
        reason: String [required] "理由",
    }
    ReadingDecided = "policy.reading_decided" on Programme, "数え方の決定" {
        indicator: String [required] "指標",
        reading: String [required] "数え方",
        reason: String [required] "理由",
    }
    FiscalYearClosed = "fiscal_year.closed" on Programme, "年度の締め" {
        fiscal_year: WrittenYear [required] "年度",
        cutoff_position: Count [optional server] "締めの位置",
        cutoff_root: String [optional server] "締めのルート",
        readings: Anything [optional server] "採用中の数え方",
        result_digest: String [optional server] "結果のダイジェスト",
    }
    FiscalYearReopened = "fiscal_year.reopened" on Programme, "年度の締めの解除" {
        fiscal_year: WrittenYear [required] "年度",
        reason: String [required] "理由",
    }
    CommitteeAppointed = "committee.appointed" on Programme, "委員の委嘱" {
        organisation: String [required] "所属",
        term: String [optional] "任期",
    }
    CommitteeConvened = "committee.convened" on Programme, "評価委員会の開催" {
        fiscal_year: WrittenYear [required] "年度",
        mode: MeetingMode [required] "開催方法",
    }
    EvaluationGraded = "evaluation.graded" on Programme, "評価" {
        fiscal_year: WrittenYear [required] "年度",
        item: String [required] "項目",
        grade: String [required] "評価",
        comment: String [optional] "意見",
        direction: Direction [optional] "方向性",
    }
    ImprovementProposed = "improvement.proposed" on Programme, "改善策の提案" {
        improvement_id: String [required] "改善策番号",
        item: String [required] "項目",
        owner: String [required] "担当",
        due: NaiveDate [required] "期限",
        what: String [required] "内容",
    }
    ImprovementProgressed = "improvement.progressed" on Programme, "改善策の進捗" {
        improvement_id: String [required] "改善策番号",
        what: String [required] "内容",
    }
    ImprovementDone = "improvement.done" on Programme, "改善策の完了" {
        improvement_id: String [required] "改善策番号",
    }
    ReportPublished = "report.published" on Programme, "評価結果の公表" {
        fiscal_year: WrittenYear [required] "年度",
        url: String [optional] "公表先のURL",
    }
    BudgetSet = "budget.set" on Programme, "予算" {
        item: String [required] "項目",
        fiscal_year: WrittenYear [required] "年度",
        amount_thousand_yen: Count [required] "金額（千円）",
    }
    BudgetSpent = "budget.spent" on Programme, "執行" {
        item: String [required] "項目",
        fiscal_year: WrittenYear [required] "年度",
        amount_thousand_yen: Count [required] "金額（千円）",
    }
    LiaisonHeld = "liaison.held" on Programme, "連絡会議の開催" {
        body: String [required] "会議",
        topic: String [optional] "議題",
    }
    CommunityHeld = "community.held" on Programme, "地域事業の実施" {
        project: String [required] "事業",
        what: String [optional] "内容",
    }
}
