//! Logging in at a real provider: npm `oidc-provider`, started as a process on loopback.
//!
//! Node and the package come by environment variable, set by `cargo xtask test`.

use std::collections::HashMap;
use std::time::Duration;

use banso_server::access::Role;
use banso_server::oidc::Settings;

use crate::oidc::{Browser, REDIRECT, connected, linked, sessions, settings, text};
use crate::support::{TestApp, directory};

/// Follows a real provider's redirects with its cookies until they lead back here.
async fn wander(mut url: String) -> String {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let mut cookies: HashMap<String, String> = HashMap::new();
    for _ in 0..10 {
        let pairs = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookie = pairs.collect::<Vec<_>>().join("; ");
        let answer = client
            .get(&url)
            .header("cookie", cookie)
            .send()
            .await
            .unwrap();
        for line in answer.headers().get_all("set-cookie") {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let led = answer
            .headers()
            .get("location")
            .map(|value| value.to_str().unwrap().to_owned());
        let Some(led) = led else {
            panic!(
                "{url}: {} {}",
                answer.status(),
                answer.text().await.unwrap()
            );
        };
        let base: reqwest::Url = url.parse().unwrap();
        url = base.join(&led).unwrap().into();
        if let Some(query) = url.strip_prefix(REDIRECT) {
            return format!("/oidc/callback{query}");
        }
    }
    panic!("the provider leads nowhere: {url}");
}

#[tokio::test]
async fn a_real_provider_logs_people_in() {
    let (Ok(node), Ok(folder)) = (
        std::env::var("BANSO_TEST_NODE"),
        std::env::var("BANSO_TEST_OIDC"),
    ) else {
        eprintln!("left out: no node with oidc-provider; `cargo xtask test` installs it");
        return;
    };
    let script = crate::source::root().join("tests/oidc/provider.mjs");
    let mut provider = tokio::process::Command::new(node)
        .arg(script)
        .args([&folder, REDIRECT])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = tokio::io::BufReader::new(provider.stdout.take().unwrap());
    let mut issuer = String::new();
    tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut issuer)
        .await
        .unwrap();
    let issuer = issuer.trim();
    assert!(
        issuer.starts_with("http://127.0.0.1:"),
        "it says \"{issuer}\""
    );

    let dir = directory();
    let app = TestApp::open(dir.path());
    let secret = "hush-hush-hush: a secret of the tests, 100% invented";
    let real = Settings {
        client_secret: Some(secret.to_owned().into()),
        roles_claim: Some("banso_role".to_owned()),
        request_time: Duration::from_secs(10),
        ..settings(issuer)
    };
    connected(&app, real);
    let mut browser = Browser::default();
    let sent = browser.get(&app, "/oidc/start").await;
    assert_eq!(sent.status, 303, "{}", text(&sent));
    let back = wander(sent.header("location").to_owned()).await;
    let stranger = browser.clone().get(&app, &back).await;
    assert_eq!(stranger.status, 403);
    assert!(
        text(&stranger).contains("hanako"),
        "nobody is linked yet: {}",
        text(&stranger)
    );

    let staff = linked(&app, "hanako", "clerk", "hanako").await;
    let sent = browser.get(&app, "/oidc/start").await;
    let back = wander(sent.header("location").to_owned()).await;
    let entered = browser.get(&app, &back).await;
    assert_eq!(entered.status, 200, "{}", text(&entered));
    let person = app.opened.app.people.by_staff(staff).unwrap();
    assert_eq!(person.role, Role::Advisor, "as the claim says");
    assert_eq!(browser.get(&app, "/account").await.status, 200);

    let sent = browser.get(&app, "/oidc/start").await;
    let back = wander(sent.header("location").to_owned()).await;
    let (path, query) = back.split_once("code=").unwrap();
    let forged = format!("{path}code=x{query}");
    let before = sessions(&app);
    let answer = browser.clone().get(&app, &forged).await;
    assert_eq!(
        (answer.status.as_u16(), sessions(&app)),
        (403, before),
        "a code it never gave"
    );
}
