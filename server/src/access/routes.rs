//! The table route × right: every route of the API and every page, with what it needs and what
//! trace it leaves. A route that does not stand here is refused, and a test names it.
//!
//! Knows paths and methods as text, no handler. `{id}` in a path names the thing that is opened.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Right, Role, may};

/// What a route asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Anybody, without an account.
    Nothing,
    /// Any account, whatever its role.
    Account,
    /// An account whose role has the right.
    Right(Right),
    /// Any account for its own things; the right for those of others. The handler knows which.
    OwnOr(Right),
}

impl Needs {
    /// Whether a role (none = not logged in) gets past the door.
    pub fn admits(self, role: Option<Role>) -> bool {
        match (self, role) {
            (Self::Nothing, _) | (Self::Account | Self::OwnOr(_), Some(_)) => true,
            (_, None) => false,
            (Self::Right(right), Some(role)) => may(role, right),
        }
    }
}

/// The trace that an answered request leaves in the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// Nothing personal is shown.
    None,
    /// The business `{id}` was opened.
    Business,
    /// The case `{id}` was opened.
    Case,
    /// A list with names was shown.
    List,
}

/// One route.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `GET` (which is `HEAD` too), `POST`, `DELETE`.
    pub method: &'static str,
    /// As the router has it.
    pub path: &'static str,
    /// What it needs.
    pub needs: Needs,
    /// What trace it leaves.
    pub trace: Trace,
}

impl Route {
    const fn leaves(self, trace: Trace) -> Self {
        Self { trace, ..self }
    }
}

const fn open(method: &'static str, path: &'static str) -> Route {
    Route {
        method,
        path,
        needs: Needs::Nothing,
        trace: Trace::None,
    }
}

const fn account(method: &'static str, path: &'static str) -> Route {
    Route {
        needs: Needs::Account,
        ..open(method, path)
    }
}

const fn right(method: &'static str, path: &'static str, right: Right) -> Route {
    Route {
        needs: Needs::Right(right),
        ..open(method, path)
    }
}

const fn own_or(method: &'static str, path: &'static str, right: Right) -> Route {
    Route {
        needs: Needs::OwnOr(right),
        ..open(method, path)
    }
}

/// The table.
pub const ROUTES: &[Route] = &[
    // Events and what an outsider checks them with.
    right("POST", "/v1/events", Right::Append),
    right("GET", "/v1/events", Right::ReadLedger),
    right("GET", "/v1/events/{position}", Right::ReadLedger),
    right("GET", "/v1/events/{position}/proof", Right::ReadLedger),
    right("GET", "/v1/event-types", Right::ReadLedger),
    right("GET", "/tile/entries/{*index}", Right::ReadLedger),
    open("GET", "/tile/{level}/{*index}"),
    open("GET", "/checkpoint"),
    open("GET", "/v1/checkpoints/{size}"),
    open("GET", "/v1/consistency"),
    right("GET", "/v1/cosignatures", Right::ReadLedger),
    right("POST", "/v1/cosignatures", Right::ReadLedger),
    // Cases and businesses.
    right("GET", "/v1/cases", Right::ReadCases).leaves(Trace::List),
    right("GET", "/v1/cases/{id}", Right::ReadCases).leaves(Trace::Case),
    right("GET", "/v1/businesses/{id}", Right::ReadCases).leaves(Trace::Business),
    right("GET", "/v1/businesses/{id}/story", Right::ReadStories).leaves(Trace::Business),
    right("GET", "/v1/duties", Right::ReadCases).leaves(Trace::List),
    // Numbers.
    right("GET", "/v1/kpis", Right::ReadLedger),
    right("GET", "/v1/kpis/{indicator}/evidence", Right::ReadLedger),
    right("GET", "/v1/kpis/{indicator}/switch", Right::ReadLedger),
    right("GET", "/v1/kpis/diff", Right::ReadLedger),
    right("GET", "/v1/kpis/gauges", Right::ReadLedger),
    right("GET", "/v1/kpis/breakdown", Right::ReadLedger),
    right("GET", "/v1/plan", Right::ReadLedger),
    open("GET", "/v1/public/{fy}"),
    // Accounts, sessions, tokens, traces.
    right("GET", "/v1/accounts", Right::ManageAccounts),
    right("POST", "/v1/accounts", Right::ManageAccounts),
    right("DELETE", "/v1/accounts/{id}", Right::ManageAccounts),
    right("POST", "/v1/accounts/{id}/role", Right::ManageAccounts),
    right("POST", "/v1/accounts/{id}/password", Right::ManageAccounts),
    right("POST", "/v1/accounts/{id}/link", Right::ManageAccounts),
    own_or("GET", "/v1/sessions", Right::ManageAccounts),
    own_or("DELETE", "/v1/sessions/{id}", Right::ManageAccounts),
    right("GET", "/v1/tokens", Right::ManageAccounts),
    right("DELETE", "/v1/tokens/{id}", Right::ManageAccounts),
    right("GET", "/v1/access-log", Right::ReadAccessLog),
    // Operation.
    open("GET", "/healthz"),
    open("GET", "/readyz"),
    open("GET", "/metrics"),
    open("GET", "/openapi.json"),
    // Pages. The first shows the demo's table to anybody and sends others to the login itself.
    open("GET", "/"),
    open("GET", "/login"),
    open("POST", "/login"),
    open("POST", "/logout"),
    open("GET", "/oidc/start"),
    open("GET", "/oidc/callback"),
    open("GET", "/setup"),
    open("POST", "/setup"),
    account("GET", "/password"),
    account("POST", "/password"),
    account("GET", "/account"),
    own_or("POST", "/account/sessions/{id}/end", Right::ManageAccounts),
    right("GET", "/accounts", Right::ManageAccounts),
    right("POST", "/accounts", Right::ManageAccounts),
    right("POST", "/accounts/{id}/password", Right::ManageAccounts),
    right("POST", "/accounts/{id}/link", Right::ManageAccounts),
    right("POST", "/accounts/{id}/leave", Right::ManageAccounts),
    right("GET", "/access-log", Right::ReadAccessLog),
    // Advisors: today, karte, forms, corrections, hand-over, and what works without a network. A
    // form that is refused is shown again with all it holds, so sending needs what reading needs.
    right("GET", "/today", Right::ReadCases).leaves(Trace::List),
    right("GET", "/businesses", Right::ReadCases).leaves(Trace::List),
    right("GET", "/businesses/{id}", Right::ReadCases).leaves(Trace::Business),
    right("GET", "/record", Right::ReadCases).leaves(Trace::List),
    right("GET", "/record/{type}", Right::ReadCases).leaves(Trace::List),
    right("POST", "/record/{type}", Right::ReadCases).leaves(Trace::List),
    right("GET", "/card", Right::ReadCases).leaves(Trace::List),
    right("POST", "/card", Right::ReadCases).leaves(Trace::List),
    right("GET", "/drafts", Right::ReadCases).leaves(Trace::List),
    right("GET", "/entries/{position}/void", Right::ReadCases).leaves(Trace::List),
    right("POST", "/entries/{position}/void", Right::ReadCases).leaves(Trace::List),
    right("GET", "/entries/{position}/correct", Right::ReadCases).leaves(Trace::List),
    right("POST", "/entries/{position}/correct", Right::ReadCases).leaves(Trace::List),
    right("GET", "/handover", Right::ReadCases).leaves(Trace::List),
    right("POST", "/handover", Right::ReadCases).leaves(Trace::List),
    right("GET", "/handover/{position}", Right::ReadCases).leaves(Trace::List),
    right("POST", "/handover/{position}", Right::ReadCases).leaves(Trace::List),
    open("GET", "/outbox"),
    open("GET", "/offline"),
    open("GET", "/sw.js"),
    open("GET", "/assets/queue.js"),
    open("GET", "/assets/vault.js"),
    open("GET", "/assets/forms.js"),
    open("GET", "/assets/outbox.js"),
    // The office: board, evidence, decisions, years, improvements, evaluation.
    right("GET", "/board", Right::ReadLedger),
    right("GET", "/evidence/{indicator}", Right::ReadLedger),
    right("GET", "/entries/{position}", Right::ReadLedger).leaves(Trace::List),
    right("GET", "/seminars", Right::ReadLedger),
    right("GET", "/advisors", Right::ReadCases).leaves(Trace::List),
    right("GET", "/areas", Right::ReadCases).leaves(Trace::List),
    right("GET", "/readings", Right::ReadLedger),
    right("GET", "/readings/{indicator}", Right::ReadLedger),
    right("POST", "/readings/{indicator}", Right::Append),
    right("GET", "/targets/{indicator}", Right::ReadLedger),
    right("POST", "/targets/{indicator}", Right::Append),
    right("GET", "/years", Right::ReadLedger),
    right("GET", "/years/{fy}", Right::ReadLedger),
    right("POST", "/years/{fy}/close", Right::Append),
    right("POST", "/years/{fy}/reopen", Right::Append),
    right("POST", "/years/{fy}/publish", Right::Append),
    right("GET", "/improvements", Right::ReadLedger),
    right("POST", "/improvements", Right::Append),
    right("POST", "/improvements/step", Right::Append),
    right("GET", "/evaluation", Right::ReadLedger),
    right("GET", "/evaluation/{item}", Right::ReadLedger),
    right("POST", "/evaluation/{item}", Right::Append),
    right("GET", "/verify", Right::ReadLedger),
    right("GET", "/verify/{size}/qr.svg", Right::ReadLedger),
    right("GET", "/sheets/evaluation", Right::ReadLedger),
    // Published results: for anybody.
    open("GET", "/public/{fy}"),
    open("GET", "/public/{fy}/results.json"),
    open("GET", "/public/{fy}/results.csv"),
    open("GET", "/public/{fy}/checkpoint.txt"),
    open("GET", "/assets/office.css"),
    open("GET", "/assets/verify.js"),
    open("GET", "/assets/proof.js"),
    open("GET", "/assets/style.css"),
    open("GET", "/assets/print.css"),
    open("GET", "/assets/icon.svg"),
];

static BY_PATH: LazyLock<HashMap<&'static str, Vec<&'static Route>>> = LazyLock::new(|| {
    let mut table: HashMap<_, Vec<_>> = HashMap::new();
    for route in ROUTES {
        table.entry(route.path).or_default().push(route);
    }
    table
});

/// What the table says of a route.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// It stands there.
    Found(&'static Route),
    /// The path does, the method does not.
    OtherMethod,
    /// Nobody said what it needs.
    Missing,
}

/// Looks a route up; `path` as the router has it.
pub fn find(method: &str, path: &str) -> Entry {
    let method = if method == "HEAD" { "GET" } else { method };
    match BY_PATH.get(path) {
        None => Entry::Missing,
        Some(routes) => match routes.iter().find(|route| route.method == method) {
            Some(route) => Entry::Found(route),
            None => Entry::OtherMethod,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_stands_in_the_table_twice() {
        for (at, route) in ROUTES.iter().enumerate() {
            let twice = ROUTES[..at]
                .iter()
                .any(|other| (other.method, other.path) == (route.method, route.path));
            assert!(!twice, "{} {}", route.method, route.path);
        }
    }

    #[test]
    fn nobody_without_an_account_changes_anything_but_by_logging_in() {
        let writes = ROUTES.iter().filter(|route| route.method != "GET");
        let open: Vec<_> = writes
            .filter(|route| route.needs.admits(None))
            .map(|route| route.path)
            .collect();
        assert_eq!(open, ["/login", "/logout", "/setup"]);
    }

    #[test]
    fn whatever_shows_cases_is_closed_to_the_committee_and_leaves_a_trace() {
        for route in ROUTES
            .iter()
            .filter(|route| route.needs == Needs::Right(Right::ReadCases))
        {
            assert!(!route.needs.admits(Some(Role::Committee)), "{}", route.path);
            assert!(route.trace != Trace::None, "{}", route.path);
        }
    }
}
