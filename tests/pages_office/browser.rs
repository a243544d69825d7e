//! A real browser on a real port: Chromium, driven over WebDriver, against a server in this
//! process. Knows no page; whoever asks for a browser on a machine without one gets none.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use base64::Engine;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;

/// Widths at which every page has to look well: a phone and a desk.
pub(crate) const WIDTHS: [u32; 2] = [390, 1280];
/// The accessibility checker, see `tests/assets`.
const AXE: &str = include_str!("../assets/axe.min.js");
const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Changes what a server answers on a path.
pub(crate) type Forgery = Arc<dyn Fn(&str, Vec<u8>) -> Vec<u8> + Send + Sync>;

/// A browser with a profile of its own.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    process: Child,
    _profile: TempDir,
}

impl Browser {
    /// A browser; none where the environment names no driver.
    pub(crate) async fn start() -> Option<Self> {
        let driver = std::env::var_os("BANSO_TEST_CHROMEDRIVER").map(PathBuf::from);
        let chromium = std::env::var_os("BANSO_TEST_CHROMIUM").map(PathBuf::from);
        let (Some(driver), Some(chromium)) = (driver, chromium) else {
            eprintln!("left out: no BANSO_TEST_CHROMEDRIVER and BANSO_TEST_CHROMIUM");
            return None;
        };
        let mut process = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.rsplit_once("successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let profile = tempfile::tempdir().unwrap();
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(chromium.to_str().unwrap()).unwrap();
        for flag in FLAGS {
            wanted.add_arg(flag).unwrap();
        }
        let profile_flag = format!("--user-data-dir={}", profile.path().display());
        wanted.add_arg(&profile_flag).unwrap();
        let address = format!("http://127.0.0.1:{}", port.unwrap());
        let driver = WebDriver::new(&address, wanted).await.unwrap();
        let browser = Self {
            driver,
            process,
            _profile: profile,
        };
        browser.width(1280).await;
        Some(browser)
    }

    /// Ends the browser; its driver ends with this value.
    pub(crate) async fn quit(self) {
        let _ended = self.driver.clone().quit().await;
    }

    /// Shows pages at a width.
    pub(crate) async fn width(&self, width: u32) {
        let metrics =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        let tools = self.driver.cdp();
        tools
            .send_raw("Emulation.setDeviceMetricsOverride", metrics)
            .await
            .unwrap();
    }

    /// Opens an address.
    pub(crate) async fn open(&self, address: &str) {
        self.driver.goto(address).await.unwrap();
    }

    /// Logs in with a token.
    pub(crate) async fn log_in(&self, base: &str, token: &str) {
        self.open(&format!("{base}/login")).await;
        self.fill("#token", token).await;
        self.follow("main form button[type=submit]").await;
    }

    /// Clicks what a selector finds.
    pub(crate) async fn click(&self, selector: &str) {
        let found = self.driver.find(By::Css(selector)).await;
        let found = found.unwrap_or_else(|error| panic!("{selector}: {error}"));
        found.scroll_into_view().await.unwrap();
        found.click().await.unwrap();
    }

    /// Clicks what leads to another page, and waits until that page is there.
    pub(crate) async fn follow(&self, selector: &str) {
        let before = self.driver.find(By::Css("html")).await.unwrap();
        self.click(selector).await;
        before.wait_until().stale().await.unwrap();
        self.awaited("footer").await;
    }

    /// Replaces the text of a field.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let field = self.driver.find(By::Css(selector)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What is to be read on the page.
    pub(crate) async fn text(&self) -> String {
        let main = self.driver.find(By::Css("main")).await.unwrap();
        main.text().await.unwrap()
    }

    /// Waits for an element and gives its text.
    pub(crate) async fn awaited(&self, selector: &str) -> String {
        let found = self.driver.query(By::Css(selector));
        let found = found
            .wait(Duration::from_secs(20), Duration::from_millis(100))
            .first()
            .await;
        let found = found.unwrap_or_else(|error| panic!("{selector}: {error}"));
        found.text().await.unwrap()
    }

    /// What the accessibility checker has to say against the page.
    pub(crate) async fn barriers(&self) -> Vec<String> {
        self.driver.execute(AXE, Vec::new()).await.unwrap();
        let found = self
            .driver
            .execute_async(
                "const done = arguments[arguments.length - 1];
                axe.run().then((result) => done(result.violations.map((violation) =>
                    `${violation.id}: ${violation.nodes.map((node) => node.target).join(' ')}`)));",
                Vec::new(),
            )
            .await
            .unwrap();
        let found: Vec<Value> = found.convert().unwrap();
        found.iter().map(ToString::to_string).collect()
    }

    /// How many pixels the page is wider than the window.
    pub(crate) async fn overhang(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - window.innerWidth;";
        let width = self.driver.execute(script, Vec::new()).await.unwrap();
        width.convert().unwrap()
    }

    /// Keeps a picture of the whole page where `BANSO_TEST_SCREENSHOTS` names a folder.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("BANSO_TEST_SCREENSHOTS").map(PathBuf::from) else {
            return;
        };
        std::fs::create_dir_all(&folder).unwrap();
        let tools = self.driver.cdp();
        let whole = json!({"format": "png", "captureBeyondViewport": true});
        let answer = tools
            .send_raw("Page.captureScreenshot", whole)
            .await
            .unwrap();
        let png = base64::engine::general_purpose::STANDARD
            .decode(answer["data"].as_str().unwrap())
            .unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }
}

/// Also where a test fails half way: a driver that lives on would hold the test's output open.
impl Drop for Browser {
    fn drop(&mut self) {
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// Serves on a free port until the runtime ends; gives the address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// The same server with answers that were tampered with.
pub(crate) fn forged(router: Router, forgery: Forgery) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| {
        let forgery = Arc::clone(&forgery);
        async move {
            let path = request.uri().path().to_owned();
            let (mut parts, body) = next.run(request).await.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap();
            let bytes = forgery(&path, bytes.to_vec());
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(bytes))
        }
    }))
}
