//! What follow-ups find, by how the plan is going.
//!
//! Text only.

/// How a plan is going, with its templates.
#[derive(Debug)]
pub(in super::super) struct Outcome {
    /// The value of `followup.done.progress`.
    pub(in super::super) progress: &'static str,
    /// Templates of notes.
    pub(in super::super) notes: &'static [&'static str],
}

const ACHIEVED: Outcome = Outcome {
    progress: "achieved",
    notes: &[
        "計画した{idea}が定着し、売上目標を上回った。次の目標を自分で立てておられた。",
        "計画の取組はすべて実施済み。利益率も計画を上回り、設備の返済も順調。",
        "目標としていた新しい客層が定着した。取組の経緯を事例として紹介する了承を得た。",
        "補助事業の実績報告まで完了。効果を月ごとの表で確かめた。",
    ],
};

const ON_TRACK: Outcome = Outcome {
    progress: "on_track",
    notes: &[
        "{idea}の準備はおおむね予定どおり。{customer}の反応も良い。",
        "売上は計画に近い水準。粗利益率の目標まであと少しで、仕入れの見直しを続ける。",
        "設備の納入が済み、試運転中。作業時間が短くなったことを記録で確かめた。",
        "計画の半分まで進んだ。次の三か月で行うことを一緒に三つに絞った。",
        "毎週月曜に数字を見る習慣が付いた。計画との差も自分で説明できている。",
        "強み（{strength}）を打ち出した案内を始めた。問合せが増えている。",
        "小さな遅れはあるが、年度内に取り戻せる見込み。",
    ],
};

const BEHIND: Outcome = Outcome {
    progress: "behind",
    notes: &[
        "{pain}ため、{idea}に手が回っていない。優先順位を見直した。",
        "売上が計画を一割ほど下回っている。要因を客数と客単価に分けて考えた。",
        "設備の納期が延び、開始が三か月遅れる。資金繰りへの影響を確かめた。",
        "{threat}の影響が大きい。計画の前提を改め、専門家の助言を受けることにした。",
        "担当していた従業員が退職し、取組が止まっている。できる範囲に絞り直す。",
    ],
};

const STALLED: Outcome = Outcome {
    progress: "stalled",
    notes: &[
        "店主の入院で半年ほど進んでいない。無理のない再開の時期を話し合った。",
        "資金の目途が立たず、計画は止まったまま。金融機関への相談に同行することにした。",
        "{idea}に取り組んだものの効果が出ず、中断している。進め方を考え直す。",
    ],
};

/// The outcome for a number from 0 to 99: 18 achieved, 56 on track, 20 behind, 6 stalled.
pub(in super::super) fn outcome(hundred: i64) -> &'static Outcome {
    match hundred {
        0..=17 => &ACHIEVED,
        18..=73 => &ON_TRACK,
        74..=93 => &BEHIND,
        _ => &STALLED,
    }
}
