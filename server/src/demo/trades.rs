//! The trades of the invented businesses: what they sell, what troubles them, what their owners
//! say.
//!
//! Pure text and ranges; knows no business and no date. JSIC codes follow the Japan Standard
//! Industrial Classification (letter and four digits). No line describes a real firm.

mod food;
mod shops;
mod works;

/// A trade and the colour that its businesses take from it.
#[derive(Debug)]
pub(super) struct Trade {
    /// JSIC code, letter and four digits.
    pub(super) code: &'static str,
    /// Patterns of trade names: `{w}` a word, `{f}` a family name; then the same in katakana.
    pub(super) shops: &'static [(&'static str, &'static str)],
    /// What is sold; a noun.
    pub(super) goods: &'static str,
    /// Who buys; a noun.
    pub(super) customer: &'static str,
    /// Troubles; clauses in the plain form.
    pub(super) pains: [&'static str; 3],
    /// Things to try; nouns.
    pub(super) ideas: [&'static str; 3],
    /// Strengths; nouns.
    pub(super) strengths: [&'static str; 2],
    /// What threatens from outside; a noun.
    pub(super) threat: &'static str,
    /// What owners say.
    pub(super) words: [&'static str; 3],
    /// Yearly sales in thousand yen, from and to.
    pub(super) sales: (i64, i64),
    /// Gross margin in per cent, from and to.
    pub(super) margin: (i64, i64),
    /// Employees, from and to.
    pub(super) employees: (i64, i64),
    /// Per cent that are corporations.
    pub(super) corporations: u32,
    /// Has goods to show at a fair or to sell on the web.
    pub(super) exhibits: bool,
}

/// Every trade.
pub(super) fn all() -> impl Iterator<Item = &'static Trade> {
    food::TRADES
        .iter()
        .chain(shops::TRADES)
        .chain(works::TRADES)
}
