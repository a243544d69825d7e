//! Events of a case: everything an advisor does with one business.

use chrono::NaiveDate;
use uuid::Uuid;

use super::choice::*;
use super::declare::*;
use crate::shape::{Figures, Notes, SignedYen, Yen};

event_types! {
    CaseOpened = "case.opened" on Case, "案件の開始" {
        business_id: Uuid [required] "事業者",
        advisor_id: Uuid [required] "担当の経営指導員",
        goal: Goal [optional] "目標",
        themes: Vec<String> [optional] "テーマ",
        lead_source: LeadSource [optional] "きっかけ",
    }
    CaseHandedOver = "case.handed_over" on Case, "担当の引継ぎ" {
        to: Uuid [required] "引継ぎ先の職員",
        briefing: String [optional personal] "引継ぎ事項",
    }
    CaseHandoverReceived = "case.handover_received" on Case, "引継ぎの受領" {
        handover: Uuid [optional] "引継ぎの記録",
        note: String [optional] "確認事項",
    }
    CaseClosed = "case.closed" on Case, "案件の終結" { reason: String [optional] "理由" }
    CaseReopened = "case.reopened" on Case, "案件の再開" { reason: String [optional] "理由" }
    VisitDone = "visit.done" on Case, "訪問・相談" {
        method: Method [required] "方法",
        purpose: String [optional] "目的",
        topics: Vec<String> [optional] "話題",
        note: String [optional personal] "メモ",
        owner_words: String [optional personal] "事業者の言葉",
        next_action: String [optional personal] "次にすること",
        next_due: NaiveDate [optional] "次回予定日",
        to_finish: bool [optional] "清書待ち",
    }
    VisitMissed = "visit.missed" on Case, "不在・延期" {
        reason: String [required] "理由",
        new_due: NaiveDate [optional] "新しい予定日",
    }
    ProductivitySupported = "productivity.supported" on Case, "生産性向上支援" {
        theme: ProductivityTheme [required] "テーマ",
        method: String [optional] "方法",
    }
    StartupSupported = "startup.supported" on Case, "創業支援" {
        stage: StartupStage [required] "段階",
        content: Vec<String> [optional] "内容",
    }
    StartupFounded = "startup.founded" on Case, "開業" { form: String [optional] "形態" }
    SuccessionConsulted = "succession.consulted" on Case, "事業承継相談" {
        kind: SuccessionKind [optional] "区分",
    }
    SuccessionCompleted = "succession.completed" on Case, "事業承継成立" {
        kind: SuccessionKind [required] "区分",
        evidence: String [required] "根拠",
    }
    LoanConsulted = "loan.consulted" on Case, "融資相談" {
        programme: String [required] "制度",
        amount: Yen [optional] "金額（円）",
    }
    SubsidySupported = "subsidy.supported" on Case, "補助金申請支援" {
        programme: String [required] "制度",
        round: String [optional] "公募回",
    }
    SubsidyDecided = "subsidy.decided" on Case, "補助金の採否" {
        programme: String [required] "制度",
        result: SubsidyResult [required] "結果",
    }
    AnalysisCompleted = "analysis.completed" on Case, "経営分析" {
        analysis_id: String [required] "分析番号",
        tools: Vec<String> [optional] "使用ツール",
        period_from: NaiveDate [optional] "対象期間（始）",
        period_to: NaiveDate [optional] "対象期間（終）",
        figures: Figures [optional] "指標",
        swot: Notes [optional personal] "SWOT分析",
        three_c: Notes [optional personal] "3C分析",
        experts: Vec<String> [optional] "専門家",
    }
    AnalysisFeedbackGiven = "analysis.feedback_given" on Case, "分析結果のフィードバック" {
        analysis_id: String [required] "分析番号",
        reaction: String [optional personal] "事業者の反応",
    }
    PlanCompleted = "plan.completed" on Case, "事業計画策定" {
        plan_id: String [required] "計画番号",
        kind: PlanKind [required] "種類",
        tools: Vec<String> [optional] "使用ツール",
        baseline_sales: Yen [optional] "基準売上（円）",
        target_sales: Yen [optional] "目標売上（円）",
    }
    PlanRevised = "plan.revised" on Case, "事業計画の見直し" {
        plan_id: String [required] "計画番号",
        reason: String [required] "理由",
    }
    PlanRecognised = "plan.recognised" on Case, "事業計画の認定・採択" {
        plan_id: String [required] "計画番号",
        by: String [required] "認定・採択の機関",
    }
    FollowupDone = "followup.done" on Case, "フォローアップ" {
        plan_id: String [required] "計画番号",
        method: Method [required] "方法",
        progress: Progress [required] "進捗",
        note: String [optional personal] "メモ",
        next_due: NaiveDate [optional] "次回予定日",
    }
    ExpertDispatched = "expert.dispatched" on Case, "専門家派遣" {
        scheme: String [required] "制度",
        field: String [required] "分野",
        staff_present: Vec<String> [optional] "同席した職員",
    }
    ReferralMade = "referral.made" on Case, "支援機関の紹介" {
        to: String [required] "紹介先",
        reason: String [optional] "理由",
    }
    SalesReported = "sales.reported" on Case, "売上報告" {
        period_from: NaiveDate [required] "対象期間（始）",
        period_to: NaiveDate [required] "対象期間（終）",
        sales: Yen [required] "売上（円）",
        comparison_sales: Yen [optional] "前年同期の売上（円）",
        gross_profit: SignedYen [optional] "粗利益（円）",
        ordinary_profit: SignedYen [optional] "経常利益（円）",
        basis: SalesBasis [required] "資料",
        channel: SalesChannel [optional] "範囲",
    }
    FairExhibited = "fair.exhibited" on Case, "商談会等への出展" {
        fair: String [required] "商談会等の名称",
        mode: FairMode [required] "方式",
        support: Vec<String> [optional] "支援内容",
    }
    DealConcluded = "deal.concluded" on Case, "成約" {
        origin: DealOrigin [required] "きっかけ",
        counterparty: String [required] "取引先",
        new_counterparty: bool [required] "新規の取引先",
        amount: Yen [optional] "金額（円）",
    }
    DealCancelled = "deal.cancelled" on Case, "成約の解消" {
        deal: Uuid [required] "成約の記録",
        reason: String [optional] "理由",
    }
    EcOpened = "ec.opened" on Case, "ECサイト開設" { platform: String [required] "サービス" }
    EcSupported = "ec.supported" on Case, "ECサイト支援" { help: Vec<String> [optional] "内容" }
    EcStopped = "ec.stopped" on Case, "ECサイト終了" { reason: String [optional] "理由" }
}
