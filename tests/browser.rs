//! A real browser for the tests: Chromium and its driver, each test with a profile of its own.
//!
//! Without `BANSO_TEST_CHROMEDRIVER` and `BANSO_TEST_CHROMIUM` a test says so and ends; the runner
//! counts the suite as left out.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use banso_server::app::App;
use base64::Engine;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::task::JoinHandle;

/// A phone: width, height.
pub(crate) const PHONE: (u32, u32) = (390, 844);
/// A desk.
pub(crate) const DESK: (u32, u32) = (1280, 900);
/// Widths at which every page has to look well.
pub(crate) const SIZES: [(u32, u32); 2] = [PHONE, DESK];
/// Changes what a server answers on a path.
pub(crate) type Forgery = Arc<dyn Fn(&str, Vec<u8>) -> Vec<u8> + Send + Sync>;
/// How long a page may take to show something.
const PATIENCE: Duration = Duration::from_secs(15);

/// A browser with its driver; both end when it is dropped.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    process: Child,
    profile: Option<TempDir>,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser; none where it is not installed, which is said.
pub(crate) async fn browser(size: (u32, u32)) -> Option<Browser> {
    browser_of(tempfile::tempdir().unwrap(), size).await
}

async fn browser_of(profile: TempDir, size: (u32, u32)) -> Option<Browser> {
    let program = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let (Some(driver), Some(chromium)) = (
        program("BANSO_TEST_CHROMEDRIVER"),
        program("BANSO_TEST_CHROMIUM"),
    ) else {
        eprintln!("no browser: set BANSO_TEST_CHROMEDRIVER and BANSO_TEST_CHROMIUM");
        return None;
    };
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let process = Command::new(driver)
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities
        .set_binary(&chromium.to_string_lossy())
        .unwrap();
    let data = format!("--user-data-dir={}", profile.path().display());
    for flag in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--lang=ja",
        &data,
    ] {
        capabilities.add_arg(flag).unwrap();
    }
    // The driver is spoken to in the clear, but its client wants to know how it would encrypt.
    let _installed_before =
        tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let address = format!("http://127.0.0.1:{port}");
    let mut tries = 0;
    let driver = loop {
        match WebDriver::new(&address, capabilities.clone()).await {
            Ok(driver) => break driver,
            Err(error) if tries > 100 => panic!("{error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
        tries += 1;
    };
    let browser = Browser {
        driver,
        process,
        profile: Some(profile),
    };
    browser.resize(size).await;
    Some(browser)
}

impl Browser {
    /// Closes the browser and opens it again on the same profile, as the next morning does.
    pub(crate) async fn reopened(mut self, size: (u32, u32)) -> Self {
        let profile = self.profile.take().unwrap();
        self.driver.clone().quit().await.unwrap();
        drop(self);
        browser_of(profile, size).await.unwrap()
    }

    /// Makes the page as wide as a device.
    pub(crate) async fn resize(&self, (width, height): (u32, u32)) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": width < 600});
        let tools = self.driver.cdp();
        let set = tools.send_raw("Emulation.setDeviceMetricsOverride", metrics);
        set.await.unwrap();
    }

    /// Goes to a page and waits until its scripts have run.
    pub(crate) async fn open(&self, address: &str) {
        self.driver.goto(address).await.unwrap();
        self.ready().await;
    }

    /// Waits until the scripts of the page have run.
    pub(crate) async fn ready(&self) {
        self.find("html[data-ready]").await;
    }

    /// Logs in with a token.
    pub(crate) async fn log_in(&self, server: &Server, token: &str) {
        self.open(&server.page("/login")).await;
        self.fill("#token", token).await;
        self.follow("main form button[type=submit]").await;
    }

    /// Forgets who was logged in.
    pub(crate) async fn forget(&self) {
        self.driver.delete_all_cookies().await.unwrap();
    }

    /// Clicks what leads to another page, and waits until that page is there.
    pub(crate) async fn follow(&self, selector: &str) {
        let before = self.find("html").await;
        self.click(selector).await;
        before.wait_until().stale().await.unwrap();
        self.ready().await;
    }

    /// Waits for an element and gives its text.
    pub(crate) async fn awaited(&self, selector: &str) -> String {
        self.find(selector).await.text().await.unwrap()
    }

    /// The first element that a selector finds, as soon as it is there.
    pub(crate) async fn find(&self, selector: &str) -> WebElement {
        let found = self
            .driver
            .query(By::Css(selector))
            .wait(PATIENCE, Duration::from_millis(50));
        match found.first().await {
            Ok(element) => element,
            Err(error) => panic!("{selector}: {error}\n{}", self.text().await),
        }
    }

    /// Clicks without asking whether something covers the element.
    pub(crate) async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.driver
            .execute("arguments[0].click()", vec![element.to_json().unwrap()])
            .await
            .unwrap();
    }

    /// Sets the text of a control.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.driver
            .execute(
                "arguments[0].value = arguments[1]",
                vec![element.to_json().unwrap(), json!(text)],
            )
            .await
            .unwrap();
    }

    /// What stands on the page.
    pub(crate) async fn text(&self) -> String {
        let read = self
            .driver
            .execute("return document.body.innerText", Vec::new())
            .await;
        read.ok()
            .and_then(|found| found.json().as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Waits until the page says something.
    pub(crate) async fn says(&self, words: &str) {
        for _ in 0..150 {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("\"{words}\" is not said:\n{}", self.text().await);
    }

    /// Waits for a question, agrees, and gives what was asked.
    pub(crate) async fn asked_and_agreed(&self) -> String {
        for _ in 0..150 {
            if let Ok(question) = self.driver.get_alert_text().await {
                self.driver.accept_alert().await.unwrap();
                return question;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("nothing is asked:\n{}", self.text().await);
    }

    /// Faults that axe-core finds, best practices included.
    pub(crate) async fn axe(&self) -> Vec<String> {
        let axe = include_str!("assets/axe.min.js");
        self.driver.execute(axe, Vec::new()).await.unwrap();
        let run = "const done = arguments[arguments.length - 1];
            axe.run().then((found) => done(found.passes.length < 5 ? ['axe checked nothing'] : found.violations.map((one) =>
                `${one.id}: ${one.nodes.map((node) => node.html + ' ' + node.failureSummary).slice(0, 3).join(' / ')}`)));";
        let found = self.driver.execute_async(run, Vec::new()).await.unwrap();
        found.convert().unwrap()
    }

    /// How many pixels the page is wider than the window.
    pub(crate) async fn overhang(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - innerWidth";
        let found = self.driver.execute(script, Vec::new()).await.unwrap();
        found.convert().unwrap()
    }

    /// Bytes of the page and all that it needs, pages kept for the way left out; and what came from
    /// elsewhere.
    pub(crate) async fn loaded(&self, origin: &str) -> (usize, Vec<String>) {
        let script = "const parts = ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind));
            return [parts.filter((part) => part.initiatorType !== 'fetch').reduce((sum, part) => sum + part.decodedBodySize, 0),
                parts.map((part) => part.name).filter((name) => !name.startsWith(arguments[0]))];";
        let found = self
            .driver
            .execute(script, vec![json!(origin)])
            .await
            .unwrap();
        found.convert().unwrap()
    }

    /// A picture of the whole page, as a PNG file.
    pub(crate) async fn picture(&self, path: &Path) {
        let whole = json!({"format": "png", "captureBeyondViewport": true});
        let png = self.asked("Page.captureScreenshot", whole).await;
        std::fs::write(path, png).unwrap();
    }

    /// The page as it is printed on A4, as a PDF file.
    pub(crate) async fn printed(&self, path: &Path) {
        let paper = json!({"preferCSSPageSize": true, "printBackground": false});
        let pdf = self.asked("Page.printToPDF", paper).await;
        std::fs::write(path, pdf).unwrap();
    }

    async fn asked(&self, method: &'static str, parameters: Value) -> Vec<u8> {
        let tools = self.driver.cdp();
        let answer = tools.send_raw(method, parameters).await.unwrap();
        let data = answer["data"].as_str().unwrap();
        base64::engine::general_purpose::STANDARD
            .decode(data)
            .unwrap()
    }

    /// Ends the browser in good order; dropping it does so without.
    pub(crate) async fn quit(self) {
        let _ended = self.driver.clone().quit().await;
    }
}

/// A server on a port; dropping it does not stop it, [`Server::stop`] does.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves an app, on a port of its own or on one that was used before.
    pub(crate) async fn start(app: Arc<App>, port: u16) -> Self {
        Self::of(banso_server::router(app), port).await
    }

    /// Serves a router; see [`Server::start`].
    pub(crate) async fn of(router: Router, port: u16) -> Self {
        let mut tries = 0;
        let listener = loop {
            match tokio::net::TcpListener::bind(("127.0.0.1", port)).await {
                Ok(listener) => break listener,
                Err(error) if tries > 100 => panic!("port {port}: {error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
            tries += 1;
        };
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(serve(listener, router));
        Self { address, task }
    }

    /// The address of a page.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Stops at once, open connections included, as a lost network does.
    pub(crate) async fn stop(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// One task for all connections, so that they end with it.
async fn serve(listener: tokio::net::TcpListener, router: Router) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let service = hyper_util::service::TowerToHyperService::new(router.clone());
        connections.spawn(async move {
            let stream = hyper_util::rt::TokioIo::new(stream);
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(stream, service)
                .await;
        });
    }
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
