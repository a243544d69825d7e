//! Names inside free objects (figures, strategy analyses) and what the pages call them.
//!
//! Names that are not listed here are shown and kept as they were written.

/// What a SWOT is made of.
pub(super) const SWOT: [&str; 4] = ["strengths", "weaknesses", "opportunities", "threats"];
/// What a 3C analysis is made of.
pub(super) const THREE_C: [&str; 3] = ["customer", "competitor", "company"];

const LABELS: [(&str, &str); 14] = [
    ("strengths", "強み"),
    ("weaknesses", "弱み"),
    ("opportunities", "機会"),
    ("threats", "脅威"),
    ("customer", "顧客"),
    ("competitor", "競合"),
    ("company", "自社"),
    ("sales", "売上（円）"),
    ("gross_profit", "粗利益（円）"),
    ("ordinary_profit", "経常利益（円）"),
    ("gross_margin_percent", "粗利益率（％）"),
    ("labour_cost", "人件費（円）"),
    ("break_even_sales", "損益分岐点売上高（円）"),
    ("equity_ratio_percent", "自己資本比率（％）"),
];

/// What a name is called.
pub(super) fn label(name: &str) -> &str {
    LABELS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(name, |(_, label)| label)
}

/// The name behind what it is called.
pub(super) fn name(label: &str) -> &str {
    LABELS
        .iter()
        .find(|(_, known)| *known == label)
        .map_or(label, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_leads_back_to_its_name() {
        for (known, shown) in LABELS {
            assert_eq!((label(known), name(shown)), (shown, known));
        }
        assert_eq!((label("客単価"), name("客単価")), ("客単価", "客単価"));
    }
}
