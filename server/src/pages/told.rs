//! Refusals for people: whatever a browser is refused on a page becomes a Japanese page.
//!
//! Programs keep getting `application/problem+json`: they ask for no HTML, or for a path of the
//! API. Decides nothing; status and headers stay as the door or the handler set them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::{Frame, Message, page};
use crate::app::App;
use crate::ja;
use crate::web::{guard::identify, visit};

/// Paths that only programs ask for.
const PROGRAMS: [&str; 9] = [
    "/v1/",
    "/tile/",
    "/checkpoint",
    "/assets/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/sw.js",
];
/// Headers of a refusal that a page carries too.
const KEPT: [header::HeaderName; 2] = [header::RETRY_AFTER, header::ALLOW];

/// Answers a request, and tells a person in Japanese why it was refused.
pub(crate) async fn told(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if !wants_page(&path, request.headers()) {
        return visit::within(path, next.run(request)).await;
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let headers = request.headers().clone();
    visit::within(path, async {
        let answer = next.run(request).await;
        if !is_bare(&answer) {
            return answer;
        }
        if answer.status() == StatusCode::UNAUTHORIZED {
            return to_login(&method, &uri, &headers);
        }
        refused(&app, &headers, &answer)
    })
    .await
}

fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
        && !PROGRAMS.iter().any(|program| path.starts_with(program))
}

/// A refusal that no page says: a problem, or the plain words of the framework.
fn is_bare(answer: &Response) -> bool {
    let status = answer.status();
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let html = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    (status.is_client_error() || status.is_server_error()) && !html
}

/// The login with the way back; of a form that was sent, to the page that holds it.
fn to_login(method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let back = if reads {
        uri.path_and_query().map(ToString::to_string)
    } else {
        let from = headers.get(header::REFERER);
        let from = from.and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
        from.and_then(|from| from.path_and_query().map(ToString::to_string))
    };
    login_with(back.as_deref().unwrap_or("/"))
}

/// A redirect to the login that leads back to a page of this server.
pub(crate) fn login_with(back: &str) -> Response {
    if back == "/" || back.starts_with("/login") || !is_local(back) {
        return Redirect::to("/login").into_response();
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("next", back)
        .finish();
    Redirect::to(&format!("/login?{query}")).into_response()
}

/// Whether an address stays on this server, whatever a browser makes of it.
pub(super) fn is_local(address: &str) -> bool {
    let mut letters = address.chars();
    letters.next() == Some('/')
        && !matches!(letters.next(), Some('/' | '\\'))
        && address.chars().all(|letter| letter.is_ascii_graphic())
        && !address.contains('\\')
}

fn refused(app: &App, headers: &HeaderMap, answer: &Response) -> Response {
    let status = answer.status();
    let account = identify(headers, app).map(|who| who.account);
    let role = account.as_ref().map(|account| account.role.label());
    let wait = answer.headers().get(header::RETRY_AFTER);
    let told = Message {
        title: ja::status(status.as_u16()),
        text: words(status, role, wait),
        frame: Frame::new(app, account),
    };
    let mut shown = page(status, &told);
    for name in KEPT {
        if let Some(value) = answer.headers().get(&name) {
            shown.headers_mut().insert(name, value.clone());
        }
    }
    shown
}

fn words(status: StatusCode, role: Option<&str>, wait: Option<&HeaderValue>) -> String {
    let fixed = match status.as_u16() {
        403 => {
            return match role {
                Some(role) => format!(
                    "{role}の権限では、このページや操作はご利用いただけません。必要なときは管理者にご相談ください。"
                ),
                None => "ほかのサイトから送られた操作は受け付けていません。伴走台帳のページを開き直してください。".to_owned(),
            };
        }
        429 => {
            let seconds = wait.and_then(|value| value.to_str().ok()).unwrap_or("60");
            return format!(
                "短い時間に多くの要求が届きました。{seconds} 秒ほど待ってから、もう一度お試しください。"
            );
        }
        400 | 422 => {
            "アドレスの指定、または送られた内容に誤りがあります。台帳には何も記録していません。前のページからもう一度お進みください。"
        }
        404 => "お探しのページや記録はありません。アドレスや番号をお確かめください。",
        405 => "このページでは、その操作はできません。前のページからもう一度お進みください。",
        408 => "時間内に受け取れませんでした。通信の状態を確かめて、もう一度お試しください。",
        413 => "送られたデータが大きすぎます。分けて送ってください。",
        503 => {
            "ただいま台帳を読み書きできません。記録した内容は失われていません。しばらくしてから、もう一度お試しください。"
        }
        _ => "処理を完了できませんでした。管理者にお知らせください。",
    };
    fixed.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_server_are_a_way_back() {
        for fine in ["/board?fy=R7", "/", "/businesses/1?only=#timeline"] {
            assert!(is_local(fine), "{fine}");
        }
        for bad in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "board",
            "/a\nb",
            "/a\\b",
        ] {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
