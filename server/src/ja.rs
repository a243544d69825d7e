//! Every Japanese word that the HTTP edge says by itself; labels of fields come from the core.

/// The title of a refusal by a rule.
pub(crate) fn rule(name: &str) -> &'static str {
    match name {
        "unknown_business" => "事業者が登録されていません",
        "unknown_case" => "案件が開始されていません",
        "already_registered" => "すでに登録されています",
        "already_opened" => "案件はすでに開始されています",
        "case_closed" => "案件は終結しています",
        "case_open" => "案件は終結していません",
        "unknown_plan" => "この案件に該当する事業計画がありません",
        "already_completed" => "すでに完了として記録されています",
        "bad_target" => "訂正・取消の対象にできない記録です",
        "not_own_entry" => "ほかの職員の記録は訂正・取消できません",
        "future_date" => "未来の日付は記録できません",
        "too_old" => "日付が古すぎます",
        "already_closed" => "この年度はすでに締められています",
        "not_closed" => "この年度は締められていません",
        "bad_merge" => "この名寄せはできません",
        "not_merged" => "名寄せされていません",
        "erased" => "個人情報が消去された事業者です",
        "server_only" => "システムだけが記録できます",
        "unknown_indicator" => "計画にない指標です",
        "unknown_reading" => "計画にない数え方です",
        "already_proposed" => "この改善策はすでに提案されています",
        "unknown_improvement" => "改善策が提案されていません",
        _ => "規則により受け付けられません",
    }
}

/// The title of an HTTP status.
pub(crate) fn status(code: u16) -> &'static str {
    match code {
        400 => "リクエストに誤りがあります",
        401 => "認証が必要です",
        403 => "権限がありません",
        404 => "見つかりません",
        405 => "この操作はできません",
        408 => "時間内に受信できませんでした",
        409 => "同じIDで内容の異なる記録があります",
        412 => "ほかの記録が先に登録されています",
        413 => "データが大きすぎます",
        422 => "規則により受け付けられません",
        429 => "要求が多すぎます。しばらくしてからお試しください",
        503 => "ただいま記録を受け付けられません",
        _ => "サーバーで問題が起きました",
    }
}
