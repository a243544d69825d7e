//! Logging in at a provider that lies, or with an answer to another login: whatever is wrong, no
//! session is made.

use std::sync::Arc;
use std::time::Duration;

use banso_server::oidc::Settings;
use serde_json::json;

use crate::oidc::{Browser, connected, honest, sessions, settings, text};
use crate::oidc_provider::{Change, Key, Liar, Sign};
use crate::support::{Answer, TestApp, directory};

/// Makes a provider lie.
type Lie = fn(&Liar);

/// Logs in at a provider that lies; no session may come of it.
#[track_caller]
fn nothing_came_of(name: &str, app: &TestApp, answer: &Answer) {
    assert!(
        matches!(answer.status.as_u16(), 403 | 502),
        "{name}: {} {}",
        answer.status,
        text(answer)
    );
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    let opens =
        |line: &&axum::http::HeaderValue| line.to_str().unwrap().starts_with("banso_session");
    assert!(!cookies.iter().any(opens), "{name}: {cookies:?}");
    assert_eq!(sessions(app), 0, "{name}");
}

#[tokio::test]
async fn a_token_with_a_wrong_claim_makes_no_session() {
    let dir = directory();
    let (app, liar, _) = honest(dir.path()).await;
    let wrong: [(&str, Change); 16] = [
        ("another issuer", |claims| {
            claims["iss"] = json!("https://evil.example");
        }),
        ("several issuers", |claims| {
            claims["iss"] = json!([claims["iss"], "https://evil.example"]);
        }),
        ("no issuer", |claims| {
            drop(claims.as_object_mut().unwrap().remove("iss"));
        }),
        ("another audience", |claims| {
            claims["aud"] = json!("other");
        }),
        ("an audience beside us, without azp", |claims| {
            claims["aud"] = json!(["banso", "other"]);
        }),
        ("another party", |claims| {
            claims["azp"] = json!("other");
        }),
        ("no audience", |claims| {
            drop(claims.as_object_mut().unwrap().remove("aud"));
        }),
        ("another nonce", |claims| {
            claims["nonce"] = json!("other");
        }),
        ("no nonce", |claims| {
            drop(claims.as_object_mut().unwrap().remove("nonce"));
        }),
        ("expired", |claims| {
            claims["exp"] = json!(claims["iat"].as_u64().unwrap() - 61);
        }),
        ("no end", |claims| {
            drop(claims.as_object_mut().unwrap().remove("exp"));
        }),
        ("an end that is no number", |claims| {
            claims["exp"] = json!("2099-01-01");
        }),
        ("not valid yet", |claims| {
            claims["nbf"] = json!(claims["iat"].as_u64().unwrap() + 3600);
        }),
        ("a start that is no number", |claims| {
            claims["nbf"] = json!("now");
        }),
        ("issued in the future", |claims| {
            claims["iat"] = json!(claims["iat"].as_u64().unwrap() + 3600);
        }),
        ("nobody", |claims| {
            claims["sub"] = json!("");
        }),
    ];
    for (name, change) in wrong {
        liar.lie(|lies| lies.claims = change);
        let answer = Browser::default().log_in(&app, &liar).await;
        nothing_came_of(name, &app, &answer);
    }
    liar.lie(|lies| lies.claims = |_| {});
    let honest = Browser::default().log_in(&app, &liar).await;
    assert_eq!(honest.status, 200, "the same without a lie");
}

#[tokio::test]
async fn a_token_that_the_provider_did_not_sign_makes_no_session() {
    let dir = directory();
    let (app, liar, _) = honest(dir.path()).await;
    let stranger = || Arc::new(Key::new("stranger"));
    for (name, sign) in [
        ("no signature", Sign::Not),
        ("the public key as a secret", Sign::Shared),
        (
            "another key under the name of the right one",
            Sign::As(stranger(), "first"),
        ),
        ("a key that nobody published", Sign::With(stranger())),
        ("a key that the token brings along", Sign::Own(stranger())),
    ] {
        liar.lie(|lies| lies.sign = sign);
        let answer = Browser::default().log_in(&app, &liar).await;
        nothing_came_of(name, &app, &answer);
    }
}

#[tokio::test]
async fn an_answer_to_another_login_makes_no_session() {
    let dir = directory();
    let (app, liar, _) = honest(dir.path()).await;
    let without = |back: &str, name: &str| {
        let (path, query) = back.split_once('?').unwrap();
        let kept = query.split('&').filter(|pair| !pair.starts_with(name));
        format!("{path}?{}", kept.collect::<Vec<_>>().join("&"))
    };
    let mut hers = Browser::default();
    for name in ["state=", "code="] {
        let back = hers.go(&app, &liar).await;
        let answer = hers.get(&app, &without(&back, name)).await;
        nothing_came_of(name, &app, &answer);
    }
    let back = hers.go(&app, &liar).await;
    let answer = hers
        .get(&app, &format!("{}&state=other", without(&back, "state=")))
        .await;
    nothing_came_of("another state", &app, &answer);
    let answer = hers.get(&app, &back).await;
    nothing_came_of("the right state after a wrong one", &app, &answer);

    // A thief has their own login on its way and hands hers theirs (login CSRF), and the reverse.
    let mut theirs = Browser::default();
    let (hers_back, thiefs_back) = (hers.go(&app, &liar).await, theirs.go(&app, &liar).await);
    let answer = hers.clone().get(&app, &thiefs_back).await;
    nothing_came_of("the thief's code in her browser", &app, &answer);
    let answer = theirs.get(&app, &hers_back).await;
    nothing_came_of("her code in the thief's browser", &app, &answer);
    let answer = Browser::default().get(&app, &hers_back).await;
    nothing_came_of("a browser in which nothing began", &app, &answer);

    // Her code put behind the thief's state: PKCE ties it to the login that it was made for.
    let (hers_back, thiefs_back) = (hers.go(&app, &liar).await, theirs.go(&app, &liar).await);
    let code = hers_back.split(['=', '&']).nth(1).unwrap();
    let mixed = format!("{}&code={code}", without(&thiefs_back, "code="));
    nothing_came_of(
        "a code of another login",
        &app,
        &theirs.get(&app, &mixed).await,
    );

    let back = hers.go(&app, &liar).await;
    let answer = hers
        .get(&app, &format!("{back}&iss=https%3A%2F%2Fevil.example"))
        .await;
    nothing_came_of("an answer of another provider", &app, &answer);
    let back = hers.go(&app, &liar).await;
    let answer = hers
        .get(
            &app,
            &format!("{}&error=access_denied", without(&back, "code=")),
        )
        .await;
    nothing_came_of("the provider said no", &app, &answer);
}

#[tokio::test]
async fn an_answer_counts_once_also_where_the_provider_takes_a_code_twice() {
    let dir = directory();
    let (app, liar, _) = honest(dir.path()).await;
    let mut hers = Browser::default();
    let back = hers.go(&app, &liar).await;
    let stolen = hers.clone();
    assert_eq!(hers.get(&app, &back).await.status, 200);
    assert_eq!(stolen.clone().get(&app, &back).await.status, 403);
    assert_eq!(sessions(&app), 1);
}

#[tokio::test]
async fn a_provider_that_is_slow_long_or_leads_elsewhere_makes_no_session() {
    let lies: [(&str, Lie); 6] = [
        ("keys of a megabyte", |liar| {
            liar.lie(|lies| lies.junk = 1 << 20);
        }),
        ("slow keys", |liar| {
            liar.lie(|lies| lies.delay = Duration::from_secs(20));
        }),
        ("keys that lead elsewhere", |liar| {
            liar.lie(|lies| lies.keys_elsewhere = true);
        }),
        ("another name", |liar| {
            liar.lie(|lies| {
                lies.description = |told| told["issuer"] = json!("https://other.example");
            });
        }),
        ("keys in the clear from afar", |liar| {
            liar.lie(|lies| {
                lies.description = |told| told["jwks_uri"] = json!("http://192.0.2.1/keys");
            });
        }),
        ("no token endpoint", |liar| {
            liar.lie(|lies| lies.description = |told| told["token_endpoint"] = json!(null));
        }),
    ];
    for (name, lie) in lies {
        let dir = directory();
        let app = TestApp::open(dir.path());
        let liar = Liar::start().await;
        lie(&liar);
        let short = Settings {
            request_time: Duration::from_millis(400),
            ..settings(&liar.issuer)
        };
        connected(&app, short);
        let begun = std::time::Instant::now();
        let answer = Browser::default().get(&app, "/oidc/start").await;
        nothing_came_of(name, &app, &answer);
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{name} took too long"
        );
        assert!(
            text(&answer).contains("ログイン名とパスワード"),
            "{name}: another way is named"
        );
    }
}

#[tokio::test]
async fn nobody_is_sent_where_a_link_says() {
    let dir = directory();
    let (app, liar, _) = honest(dir.path()).await;
    let mut browser = Browser::default();
    for name in ["next", "redirect_uri", "return_to"] {
        let path = format!("/oidc/start?{name}=https%3A%2F%2Fevil.example");
        assert_eq!(browser.get(&app, &path).await.status, 400, "{name}");
    }
    let back = browser.go(&app, &liar).await;
    let entered = browser
        .get(&app, &format!("{back}&next=https%3A%2F%2Fevil.example"))
        .await;
    assert_eq!(
        (entered.status.as_u16(), entered.header("location")),
        (200, "")
    );
    assert!(!text(&entered).contains("evil"));
}
