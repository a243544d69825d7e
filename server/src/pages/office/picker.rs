//! The row of fiscal years on top of a page, with the address that each leads to.

use askama::Template;
use banso_core::calendar::FiscalYear;

/// Links to the same page of other years.
#[derive(Template)]
#[template(path = "office/picker.html")]
pub(super) struct Picker {
    links: Vec<Link>,
}

struct Link {
    address: String,
    label: String,
    chosen: bool,
}

impl Picker {
    /// One link a year; `address` makes it from `R7`.
    pub(super) fn new(
        years: &[FiscalYear],
        chosen: FiscalYear,
        address: impl Fn(&str) -> String,
    ) -> Self {
        let links = years.iter().map(|year| Link {
            address: address(&year.short()),
            label: year.label(),
            chosen: *year == chosen,
        });
        Self {
            links: links.collect(),
        }
    }
}
