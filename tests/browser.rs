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
use banso_server::app::App;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::task::JoinHandle;

/// A phone: width, height.
pub(crate) const PHONE: (u32, u32) = (390, 844);
/// A desk.
pub(crate) const DESK: (u32, u32) = (1280, 900);
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

    /// Faults that axe-core finds (WCAG 2.2 A and AA).
    pub(crate) async fn axe(&self) -> Vec<String> {
        let axe = include_str!("assets/axe.min.js");
        self.driver.execute(axe, Vec::new()).await.unwrap();
        let run = "const done = arguments[arguments.length - 1];
            axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})
               .then((found) => done(found.passes.length < 5 ? ['axe checked nothing'] : found.violations.map((one) =>
                   `${one.id}: ${one.nodes.map((node) => node.html + ' ' + node.failureSummary).slice(0, 3).join(' / ')}`)));";
        let found: Value = self
            .driver
            .execute_async(run, Vec::new())
            .await
            .unwrap()
            .json()
            .clone();
        let found = found.as_array().cloned().unwrap_or_default();
        found
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// A picture of the whole page.
    pub(crate) async fn picture(&self, path: &Path, size: (u32, u32)) {
        let tall = self
            .driver
            .execute("return document.documentElement.scrollHeight", Vec::new())
            .await
            .unwrap();
        let tall = tall
            .json()
            .as_u64()
            .and_then(|tall| u32::try_from(tall).ok())
            .unwrap_or(size.1);
        self.resize((size.0, tall.clamp(size.1, 4000))).await;
        self.driver.screenshot(path).await.unwrap();
        self.resize(size).await;
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
        let router: Router = banso_server::router(app);
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
