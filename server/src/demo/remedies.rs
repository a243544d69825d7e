//! The remedies that follow an evaluation, with what became of them.
//!
//! Text only; when they are recorded is decided in `programme`.

/// A remedy with how it went.
pub(super) struct Remedy {
    pub(super) item: &'static str,
    pub(super) owner: &'static str,
    pub(super) what: &'static str,
    pub(super) autumn: &'static str,
    pub(super) winter: &'static str,
    pub(super) finished: bool,
}

const AFTER_R6: [Remedy; 4] = [
    Remedy {
        item: "F2",
        owner: "経営支援課",
        what: "策定済みの全事業者に次回訪問日を決め、月初に一覧で確かめる。",
        autumn: "次回訪問日の未設定が四十件から九件に減った。",
        winter: "月初の確認が定着し、未設定はなくなった。",
        finished: true,
    },
    Remedy {
        item: "F3",
        owner: "経営支援課",
        what: "決算月の二か月後に売上の報告を依頼する手順を作る。",
        autumn: "決算月ごとの依頼文を作り、九月から送付を始めた。",
        winter: "回答率は五割を超えた。未回答先には巡回時に聞き取る。",
        finished: true,
    },
    Remedy {
        item: "M2b",
        owner: "オール山口推進課",
        what: "商談会の一か月後と三か月後に、出展者へ商談の経過を聞き取る。",
        autumn: "夏の商談会の出展者全員に聞き取りを行った。",
        winter: "秋の商談会の分も聞き取り、成立した商談を記録した。",
        finished: true,
    },
    Remedy {
        item: "E3",
        owner: "企画推進部",
        what: "RESASの分析を二月までに公表し、巡回時の説明資料にする。",
        autumn: "取り上げる項目を人流と消費に絞った。",
        winter: "分析を終え、会報とホームページで公表する準備を進めている。",
        finished: true,
    },
];

const AFTER_R7: [Remedy; 4] = [
    Remedy {
        item: "D3b",
        owner: "企画推進部",
        what: "集計の時点で一枚の概要版を作り、取扱店への巡回時に手渡す。",
        autumn: "概要版を十月に作成し、地区ごとの配布の分担を決めた。",
        winter: "配布は進んでいるが、郊外の地区が遅れている。",
        finished: false,
    },
    Remedy {
        item: "M1c",
        owner: "オール山口推進課",
        what: "販路開拓セミナーの受講者に三か月後の聞き取りを行い、取引先の紹介につなげる。",
        autumn: "受講者への聞き取りを始め、紹介の希望が六件あった。",
        winter: "二件の新しい取引につながった。",
        finished: true,
    },
    Remedy {
        item: "G3",
        owner: "経営支援課",
        what: "代表者が六十五歳以上の事業者を抽出し、承継の意向を聞く巡回を行う。",
        autumn: "対象の半数を訪問し、十二件で具体的な相談が始まった。",
        winter: "承継計画の策定に進んだ事業者が四者ある。",
        finished: true,
    },
    Remedy {
        item: "D2b",
        owner: "企画推進部",
        what: "大学生調査の結果を飲食店と小売店に絞って届ける。",
        autumn: "届け先の名簿を作り、説明の資料を用意した。",
        winter: "次の調査の結果から新しい名簿で届ける。",
        finished: false,
    },
];

/// The remedies that follow the evaluation of a fiscal year.
pub(super) fn after(year: i32) -> &'static [Remedy] {
    match year % 2 {
        0 if year == 2024 => &AFTER_R6,
        _ if year == 2025 => &AFTER_R7,
        0 => &AFTER_R6[..3],
        _ => &AFTER_R7[..3],
    }
}
