//! The closed enumerations of the contract, each with its Japanese label.

use super::declare::choices;

choices! {
    /// What sort of business a subject is.
    BusinessKind { Corporation = "corporation" "法人", SoleProprietor = "sole_proprietor" "個人事業主",
        ProspectiveFounder = "prospective_founder" "創業予定者", Organisation = "organisation" "団体" }
    /// How a business ended or paused.
    ClosureKind { Closed = "closed" "廃業", Suspended = "suspended" "休業" }
    /// Who may see a case story.
    ConsentScope { Internal = "internal" "所内", Partners = "partners" "連携機関",
        Committee = "committee" "評価委員会", Publication = "publication" "公表" }
    /// Which of the plan's three goals a case serves (section 1(3)).
    Goal { Retention = "retention" "定着・維持", SelfReliance = "self_reliance" "自立的な経営力強化",
        NewDemand = "new_demand" "新たな需要開拓" }
    /// How a case began (the plan's five channels, section 5).
    LeadSource { Visit = "visit" "巡回・窓口相談", Loan = "loan" "融資相談", Seminar = "seminar" "セミナー",
        Subsidy = "subsidy" "補助金申請", Succession = "succession" "事業承継相談", Other = "other" "その他" }
    /// How advisor and business met.
    Method { Visit = "visit" "巡回訪問", Window = "window" "窓口", Online = "online" "オンライン",
        Phone = "phone" "電話", Mail = "mail" "メール・郵送" }
    /// What raised productivity.
    ProductivityTheme { LabourSaving = "labour_saving" "省人化・省力化", Digital = "digital" "デジタル化",
        Energy = "energy" "省エネ", Other = "other" "その他" }
    /// How far a founder is.
    StartupStage { Prospective = "prospective" "創業予定", Within5Years = "within_5_years" "創業後5年以内" }
    /// Who takes a business over.
    SuccessionKind { Family = "family" "親族内", Employee = "employee" "従業員", ThirdParty = "third_party" "第三者" }
    /// What became of a subsidy application.
    SubsidyResult { Adopted = "adopted" "採択", Rejected = "rejected" "不採択" }
    /// What a business plan is for (section 6).
    PlanKind { Succession = "succession" "事業承継", Innovation = "innovation" "経営革新", Startup = "startup" "創業",
        Sustainability = "sustainability" "事業持続化", Dx = "dx" "ＤＸ導入", Other = "other" "その他" }
    /// How a plan is going.
    Progress { Achieved = "achieved" "達成", OnTrack = "on_track" "順調", Behind = "behind" "遅れ", Stalled = "stalled" "停滞" }
    /// Where sales figures come from.
    SalesBasis { Statements = "statements" "決算書", TaxReturn = "tax_return" "申告書",
        TrialBalance = "trial_balance" "試算表", Hearing = "hearing" "聞き取り" }
    /// Which sales a report covers.
    SalesChannel { Total = "total" "全体", Ec = "ec" "ＥＣ" }
    /// How a fair is visited.
    FairMode { Venue = "venue" "会場", Web = "web" "ウェブ" }
    /// Where a deal came from.
    DealOrigin { Fair = "fair" "商談会等", Seminar = "seminar" "セミナー", Ec = "ec" "ＥＣ", Other = "other" "その他" }
    /// What a seminar is about.
    SeminarTag { PlanMaking = "plan_making" "事業計画策定", Startup = "startup" "創業", Dx = "dx" "ＤＸ",
        MarketDevelopment = "market_development" "販路開拓", Management = "management" "経営", It = "it" "ＩＴ",
        Hr = "hr" "人材育成", Succession = "succession" "事業承継" }
    /// Which research was published (section 3).
    ResearchKind { BusinessConditions = "business_conditions" "景況調査",
        PedestrianTraffic = "pedestrian_traffic" "通行量調査", Resas = "resas" "RESAS分析", Other = "other" "その他" }
    /// Which demand survey (section 4).
    SurveyName { ShoppingStreet = "shopping_street" "商店街の買物動向調査",
        Students = "students" "大学生の買物動向調査", Voucher = "voucher" "商品券の利用実態調査" }
    /// What a member of the staff is.
    StaffRole { Advisor = "advisor" "経営指導員", Manager = "manager" "管理者", Clerk = "clerk" "職員",
        Committee = "committee" "評価委員" }
    /// How a committee meets.
    MeetingMode { InPerson = "in_person" "対面", Written = "written" "書面", Online = "online" "オンライン" }
    /// What the committee advises.
    Direction { Continue = "continue" "継続", Expand = "expand" "拡充", Improve = "improve" "改善",
        Reduce = "reduce" "縮小", End = "end" "廃止" }
}
