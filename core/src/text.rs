//! Japanese text: width folding for what is typed, search keys for what is looked up.
//!
//! Knows no field: callers say what to fold. The typed form is kept wherever it is a name.

use unicode_normalization::UnicodeNormalization;

/// Folds full-width letters, digits and signs to ASCII, and the many dashes to `-`; trims.
///
/// For codes, dates and numbers only: names keep the form in which they were written.
pub fn fold_width(text: &str) -> String {
    text.trim()
        .chars()
        .map(|character| match character {
            '\u{ff01}'..='\u{ff5e}' => {
                char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character)
            }
            '\u{3000}' => ' ',
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー' | 'ｰ' => '-',
            other => other,
        })
        .collect()
}

/// A key for searching: NFKC, lower case, katakana as hiragana, without spaces, dashes and dots.
///
/// `㈱ヤマダ`, `(株)やまだ` and `（株） ﾔﾏﾀﾞ` give the same key.
pub fn search_key(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter_map(|character| match character {
            '\u{30a1}'..='\u{30f6}' => char::from_u32(u32::from(character) - 0x60),
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー' | '-' | '・' | '·' => {
                None
            }
            space if space.is_whitespace() => None,
            other => Some(other),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_digits_and_dashes_are_folded() {
        assert_eq!(fold_width("　０８３－９００－１２３４ "), "083-900-1234");
        assert_eq!(fold_width("４２５０００５０００５２９"), "4250005000529");
    }

    #[test]
    fn names_are_found_however_they_are_typed() {
        for text in ["㈱ヤマダ", "(株)やまだ", "（株） ﾔﾏﾀﾞ"] {
            assert_eq!(search_key(text), "(株)やまだ", "{text}");
        }
        assert_eq!(
            search_key("083-900-1234"),
            search_key("０８３９００１２３４")
        );
    }
}
