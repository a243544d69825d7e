//! Shorter texts of a case: reasons, evidence, reactions, briefings, programmes and partners.
//!
//! Text only. Nothing here names a person: these fields are not sealed.

/// Why a visit did not take place.
pub(in super::super) const MISSED: [&str; 7] = [
    "店主が急な配達で不在",
    "繁忙のため延期の申出",
    "体調不良で休業中",
    "来客が重なり、話す時間が取れなかった",
    "法要のため臨時休業",
    "約束の日時の行き違い",
    "大雨による交通規制のため訪問を見合わせ",
];

/// Why a case ends.
pub(in super::super) const CLOSING: [&str; 6] = [
    "当初の課題が解決し、自ら計画を見直せるようになったため",
    "補助事業が終わり、定期的な支援の必要がなくなったため",
    "事業者の希望により、必要なときの窓口相談に切り替えるため",
    "融資の実行まで支援し、当面の課題がなくなったため",
    "目標を達成し、月次の確認を自社で続けているため",
    "一年以上連絡が取れず、支援をいったん終えるため",
];

/// Why a plan is revised.
pub(in super::super) const REVISING: [&str; 6] = [
    "仕入価格の上昇により、収支計画の前提が変わったため",
    "設備の納期が延び、実施の時期を改めるため",
    "想定した客層の反応を踏まえ、商品構成を見直すため",
    "従業員の退職により、取組の範囲を絞るため",
    "補助金の不採択を受け、投資の規模を小さくするため",
    "専門家の助言により、価格の設定を改めるため",
];

/// Who recognises a plan.
pub(in super::super) const RECOGNISING: [&str; 4] = [
    "山口県（経営革新計画の承認）",
    "小規模事業者持続化補助金事務局（採択）",
    "中国経済産業局（経営力向上計画の認定）",
    "日本政策金融公庫（融資の決定）",
];

/// What owners say about an analysis.
pub(in super::super) const REACTIONS: [&str; 8] = [
    "同業の平均と比べて人件費の割合が高いことに驚かれていた。勤務表を見直したいとのこと。",
    "粗利益率の低い品目が一目で分かり、値付けを見直すきっかけになったと話された。",
    "強みは自分では当たり前と思っていたとのこと。お客様に聞いてみると前向きだった。",
    "借入の返済力がはっきりし、設備投資の時期を一年先に延ばすことを自ら決められた。",
    "数字は厳しいが、目をそらさずに見られてよかったとの言葉があった。",
    "家族も同席し、将来の話をする良い機会になったと喜ばれた。",
    "損益分岐点の売上を日割りにすると、目標が身近になったとのこと。",
    "次は事業計画を作りたいとの申出があった。",
];

/// Templates of briefings where a plan is under way.
pub(in super::super) const BRIEFINGS_WITH_PLAN: [&str; 3] = [
    "事業計画の実行中。{idea}の進み具合を年二回確かめている。忙しい時間を避け、午後の早い時間の訪問が良い。",
    "計画の進み具合は月次の表で見ている。次の訪問で直近三か月の数字を一緒に見る約束をしている。",
    "補助金の実績報告の期限に注意。書類の写しは案件の綴りに入れてある。",
];

/// Templates of briefings where an analysis was made.
pub(in super::super) const BRIEFINGS_ANALYSED: [&str; 3] = [
    "経営分析は済み、結果もお渡しした。次は事業計画の策定を提案する段階。",
    "年一回の訪問を続けている。前回の宿題は、月次の売上表を付けること。",
    "経営分析で挙がった課題は次のとおり。{pain}。数字の話は図にすると伝わりやすい。",
];

/// Templates of briefings of any case.
pub(in super::super) const BRIEFINGS: [&str; 3] = [
    "これまでは主に相談への対応。当面の課題は次のとおり。{pain}。",
    "ご家族との関係も含めて話を聞いてきた。事業承継の話題は慎重に切り出すこと。",
    "連絡は電話よりメールを好まれる。{strength}を大切にしておられるので、その話から入ると良い。",
];

/// Where businesses are referred to, and why.
pub(in super::super) const REFERRALS: [(&str, &str); 8] = [
    (
        "山口県よろず支援拠点",
        "売場の作り方と価格の設定について専門の助言を受けるため",
    ),
    (
        "山口県よろず支援拠点",
        "ＳＮＳを使った集客の進め方を相談するため",
    ),
    (
        "やまぐち産業振興財団",
        "新しい取引先の紹介と設備投資の相談のため",
    ),
    (
        "山口県事業引継ぎ支援センター",
        "第三者への承継の進め方を相談するため",
    ),
    (
        "山口しごとセンター",
        "求人の出し方と若年者の採用を相談するため",
    ),
    ("取引金融機関", "返済計画の見直しを相談するため"),
    ("税理士会の相談窓口", "法人成りの時期と税負担を確かめるため"),
    (
        "山口市物産事業者連絡協議会",
        "県外の物産展への出店を相談するため",
    ),
];

/// Schemes and fields of experts.
pub(in super::super) const EXPERTS: [(&str, &str); 8] = [
    ("エキスパートバンク", "原価管理と価格の設定"),
    ("エキスパートバンク", "店舗の売場づくり"),
    ("エキスパートバンク", "食品表示と商品づくり"),
    ("エキスパートバンク", "労務管理と賃金の見直し"),
    ("ＩＴ専門家派遣", "会計と請求のクラウド化"),
    ("ＩＴ専門家派遣", "予約と顧客管理の仕組み"),
    ("事業承継の専門家派遣", "株式と事業用資産の引継ぎ"),
    ("ＩＴ専門家派遣", "ＥＣサイトの写真と商品説明"),
];

/// Loan programmes with the amounts asked for, in ten thousand yen.
pub(in super::super) const LOANS: [(&str, (i64, i64)); 4] = [
    ("小規模事業者経営改善資金（マル経融資）", (100, 1_500)),
    ("市制度融資（運転資金）", (100, 800)),
    ("日本政策金融公庫 普通貸付", (200, 2_000)),
    ("県制度融資（設備資金）", (300, 2_500)),
];

/// Subsidies with the number of a round in fiscal 2024 and how many rounds a year has.
pub(in super::super) const SUBSIDIES: [(&str, i64, i64); 4] = [
    ("小規模事業者持続化補助金", 15, 2),
    ("IT導入補助金", 5, 3),
    ("中小企業省力化投資補助金", 1, 2),
    ("ものづくり補助金", 17, 2),
];

/// How productivity is raised, by theme.
pub(in super::super) const PRODUCTIVITY: [(&str, &[&str]); 4] = [
    (
        "labour_saving",
        &[
            "作業手順の見直しと道具の置き場所の整理",
            "券売機の導入の検討",
            "食器洗浄機の導入による後片付けの短縮",
            "配送経路の組み直し",
        ],
    ),
    (
        "digital",
        &[
            "会計ソフトと銀行口座の連携",
            "請求書の発行のクラウド化",
            "予約の受付のオンライン化",
            "在庫表の共有",
            "勤怠の記録の電子化",
        ],
    ),
    (
        "energy",
        &[
            "冷蔵設備の更新による電力の削減",
            "照明のLED化",
            "断熱と空調の運転の見直し",
        ],
    ),
    (
        "other",
        &[
            "仕事の分担表の作成",
            "多能工化に向けた教え合い",
            "営業時間と定休日の見直し",
        ],
    ),
];

/// What founders are helped with.
pub(in super::super) const STARTUP_CONTENT: [&str; 8] = [
    "創業計画書の作成",
    "資金計画と自己資金の確認",
    "創業融資の相談",
    "物件と内装の見積りの確認",
    "価格の設定",
    "開業の届出",
    "集客の進め方",
    "開業後の資金繰り",
];

/// Evidence of a succession, by kind.
pub(in super::super) const SUCCESSIONS: [(&str, &str); 5] = [
    ("family", "代表者変更の登記を登記事項証明書で確認"),
    ("family", "先代の廃業届と後継者の開業届の控えを確認"),
    ("employee", "株式譲渡契約書の写しと代表者変更の登記を確認"),
    ("third_party", "事業譲渡契約書の写しを確認"),
    ("family", "事業用資産の贈与契約書と開業届の控えを確認"),
];

/// Reasons for leaving the web shop again.
pub(in super::super) const EC_STOPPED: [&str; 2] = [
    "発送の手間が大きく、店頭の販売に専念するため",
    "利用料に見合う売上にならなかったため",
];

/// Platforms of web shops, described rather than named.
pub(in super::super) const PLATFORMS: [&str; 3] = [
    "月額無料型のネットショップ",
    "大手ＥＣモール",
    "自社サイトの注文機能",
];

/// Help with a web shop.
pub(in super::super) const EC_HELP: [&str; 4] =
    ["商品の紹介文", "写真の撮影", "商品の構成", "価格の設定"];

/// Whom deals are made with: labels, no names.
pub(in super::super) const COUNTERPARTIES: [&str; 10] = [
    "福岡市の食品卸",
    "広島市のセレクトショップ",
    "県内の道の駅",
    "県内の宿泊施設",
    "北九州市の百貨店",
    "市内の飲食店",
    "東京都の通販会社",
    "県内の建設会社",
    "下関市の土産物店",
    "市内の福祉施設",
];

/// Reasons for typing something anew.
pub(in super::super) const CORRECTIONS: [&str; 4] = [
    "日付の入力誤り（訪問簿と照合して訂正）",
    "方法の選択誤り（窓口を巡回と入力）",
    "次回予定日の入力誤り",
    "別の日の訪問と取り違えたため",
];
