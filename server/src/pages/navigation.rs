//! The one navigation of all pages: sections in the first row, the pages of the open one below.
//!
//! What a role sees follows from the table of routes and from what it may record; nothing here
//! opens or closes a page. Works without scripts and by keyboard, as plain links.

use banso_core::event::event_type;
use banso_core::subject::SubjectKind;

use crate::access::routes::{self, Entry};
use crate::access::{Role, may_append};

/// One page in the navigation.
struct Page {
    label: &'static str,
    path: &'static str,
    /// Pages below it whose address does not begin with its own.
    also: &'static [&'static str],
    /// Only for those who may record this event of the programme.
    records: Option<&'static str>,
}

const fn page(label: &'static str, path: &'static str) -> Page {
    Page {
        label,
        path,
        also: &[],
        records: None,
    }
}

/// Every page with the section that it stands in.
const SECTIONS: [(&str, &[Page]); 4] = [
    (
        "支援",
        &[
            page("今日", "/today"),
            Page {
                also: &["/card", "/handover", "/entries"],
                ..page("事業者", "/businesses")
            },
            page("記録する", "/record"),
            page("清書待ち", "/drafts"),
        ],
    ),
    (
        "進み具合",
        &[
            Page {
                also: &["/evidence", "/targets"],
                ..page("指標の進み", "/board")
            },
            page("講習会", "/seminars"),
            page("指導員", "/advisors"),
            page("地区", "/areas"),
            page("目標と実績の表", "/"),
        ],
    ),
    (
        "評価",
        &[
            page("評価", "/evaluation"),
            page("評価票", "/sheets/evaluation"),
            page("改善策", "/improvements"),
            Page {
                records: Some("policy.reading_decided"),
                ..page("数え方", "/readings")
            },
            Page {
                records: Some("fiscal_year.closed"),
                ..page("年度の締め", "/years")
            },
            page("検証", "/verify"),
        ],
    ),
    (
        "管理",
        &[
            page("アカウント", "/accounts"),
            page("閲覧の記録", "/access-log"),
        ],
    ),
];

/// One link.
pub(super) struct Link {
    pub(super) label: &'static str,
    pub(super) path: &'static str,
    /// `page` on the page itself, `true` on what lies below it; empty elsewhere.
    pub(super) current: &'static str,
}

/// Both rows.
#[derive(Default)]
pub(super) struct Navigation {
    pub(super) sections: Vec<Link>,
    pub(super) pages: Vec<Link>,
    /// The name of the open section.
    pub(super) open: &'static str,
}

impl Navigation {
    /// What a role sees on a page.
    pub(super) fn new(role: Role, here: &str) -> Self {
        let mut navigation = Self::default();
        for (label, pages) in SECTIONS {
            let seen: Vec<_> = pages.iter().filter(|page| page.shown_to(role)).collect();
            let Some(first) = seen.first() else { continue };
            let open = pages.iter().any(|page| page.holds(here));
            navigation.sections.push(Link {
                label,
                path: first.path,
                current: if open { "true" } else { "" },
            });
            if open {
                navigation.open = label;
                navigation.pages = seen.iter().map(|page| page.link(here)).collect();
            }
        }
        navigation
    }
}

impl Page {
    fn shown_to(&self, role: Role) -> bool {
        let opens = match routes::find("GET", self.path) {
            Entry::Found(route) => route.needs.admits(Some(role)),
            Entry::OtherMethod | Entry::Missing => false,
        };
        let records = self.records.is_none_or(|name| {
            event_type(name).is_some_and(|known| may_append(role, known, SubjectKind::Programme))
        });
        opens && records
    }

    fn holds(&self, here: &str) -> bool {
        let below = |path: &str| {
            here == path
                || here
                    .strip_prefix(path)
                    .is_some_and(|rest| path != "/" && rest.starts_with('/'))
        };
        below(self.path) || self.also.iter().any(|path| below(path))
    }

    fn link(&self, here: &str) -> Link {
        let current = match self.holds(here) {
            true if here == self.path => "page",
            true => "true",
            false => "",
        };
        Link {
            label: self.label,
            path: self.path,
            current,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(links: &[Link]) -> Vec<&str> {
        links.iter().map(|link| link.label).collect()
    }

    #[test]
    fn every_role_sees_what_it_may_open_and_nothing_else() {
        let sections = |role| {
            let navigation = Navigation::new(role, "/verify");
            labels(&navigation.sections).join(" ")
        };
        assert_eq!(sections(Role::Advisor), "支援 進み具合 評価");
        assert_eq!(sections(Role::Clerk), "支援 進み具合 評価");
        assert_eq!(sections(Role::Manager), "支援 進み具合 評価 管理");
        assert_eq!(sections(Role::Committee), "進み具合 評価");
        let pages = |role| labels(&Navigation::new(role, "/verify").pages).join(" ");
        assert_eq!(pages(Role::Committee), "評価 評価票 改善策 検証");
        assert_eq!(
            pages(Role::Manager),
            "評価 評価票 改善策 数え方 年度の締め 検証"
        );
    }

    #[test]
    fn the_page_and_what_lies_below_it_are_marked() {
        let marked = |here| {
            let navigation = Navigation::new(Role::Manager, here);
            let found = navigation
                .pages
                .iter()
                .find(|link| !link.current.is_empty());
            found.map(|link| (link.label, link.current))
        };
        assert_eq!(marked("/board"), Some(("指標の進み", "page")));
        assert_eq!(marked("/evidence/A2"), Some(("指標の進み", "true")));
        assert_eq!(marked("/card"), Some(("事業者", "true")));
        assert_eq!(marked("/"), Some(("目標と実績の表", "page")));
        assert_eq!(marked("/account"), None);
    }

    #[test]
    fn every_page_of_the_navigation_stands_in_the_table_of_routes() {
        for page in SECTIONS.iter().flat_map(|(_, pages)| *pages) {
            let found = routes::find("GET", page.path);
            assert!(matches!(found, Entry::Found(_)), "{}", page.path);
            assert!(page.records.is_none_or(|name| event_type(name).is_some()));
        }
    }
}
