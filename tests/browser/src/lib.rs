//! A headless Chromium, by WebDriver, for the tests of the pages. What does not work ends the test.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "for tests: they stop where something fails, and say what is skipped"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use gantry_testbed::free_port;
use http::Method;
use serde_json::{Value, json};

mod accessibility;
mod keys;

pub use accessibility::Rules;
pub use keys::Key;

/// How long something may take that a page is to show.
const PATIENCE: Duration = Duration::from_secs(90);

const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// A browser with a profile of its own, until it is dropped.
pub struct Browser {
    client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
    pictures: PathBuf,
}

/// A command of chromedriver beyond the standard.
#[derive(Debug)]
struct Own(&'static str, Value);

impl WebDriverCompatibleCommand for Own {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.0
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.1.to_string()))
    }
}

/// Whether there is a browser; how to get one, where not.
pub fn is_there() -> bool {
    let starts = |program: &str| {
        let output = Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        output.is_ok_and(|status| status.success())
    };
    let is_there = starts("chromium") && starts("chromedriver");
    if !is_there {
        println!(
            "SKIPPED: no chromium and chromedriver; get them with: apt-get install -y chromium chromium-driver"
        );
    }
    is_there
}

impl Browser {
    /// Starts one that keeps its pictures in a folder.
    pub async fn start(pictures: &Path) -> Self {
        let port = free_port().expect("a port");
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let profile = tempfile::tempdir().expect("a folder");
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted =
            json!({"goog:chromeOptions": {"args": flags}, "goog:loggingPrefs": {"browser": "ALL"}});
        let Value::Object(wanted) = wanted else {
            unreachable!("a map")
        };
        let address = format!("http://127.0.0.1:{port}");
        let mut tries = 0;
        let client = loop {
            match ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
                .capabilities(wanted.clone())
                .connect(&address)
                .await
            {
                Ok(client) => break client,
                Err(error) => assert!(tries < 100, "no session: {error}"),
            }
            tries += 1;
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        std::fs::create_dir_all(pictures).expect("a folder");
        let browser = Self {
            client,
            driver,
            _profile: profile,
            pictures: pictures.to_owned(),
        };
        browser.size(1440, 900, false).await;
        browser
    }

    async fn own(&self, place: &'static str, body: Value) -> Value {
        self.client
            .issue_cmd(Own(place, body))
            .await
            .expect("chromedriver knows it")
    }

    async fn devtools(&self, command: &str, params: Value) -> Value {
        self.own(
            "goog/cdp/execute",
            json!({"cmd": command, "params": params}),
        )
        .await
    }

    /// The size of the page; a phone has a small one that is touched.
    pub async fn size(&self, width: u32, height: u32, is_phone: bool) {
        let params =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone});
        self.devtools("Emulation.setDeviceMetricsOverride", params)
            .await;
    }

    /// What the system says of dark and light.
    pub async fn prefer(&self, scheme: &str) {
        let params = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", params).await;
    }

    /// Opens a page.
    pub async fn go(&self, address: &str) {
        self.client.goto(address).await.expect("a page");
    }

    /// What a script says.
    pub async fn script(&self, script: &str) -> Value {
        self.client
            .execute(script, Vec::new())
            .await
            .expect("a script")
    }

    /// A script that takes its time: it calls `arguments[0]`.
    pub async fn script_async(&self, script: &str) -> Value {
        self.client
            .execute_async(script, Vec::new())
            .await
            .expect("a script")
    }

    /// Clicks on an element, once it is there.
    pub async fn click(&self, css: &str) {
        let began = Instant::now();
        loop {
            let found = self.client.wait().for_element(Locator::Css(css)).await;
            match found.expect(css).click().await {
                Ok(()) => return,
                // The page has been drawn anew meanwhile.
                Err(error) => assert!(began.elapsed() < PATIENCE, "{css}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Types into a field, in the place of what it has.
    pub async fn type_in(&self, css: &str, text: &str) {
        let found = self.client.wait().for_element(Locator::Css(css)).await;
        let found = found.expect(css);
        found.clear().await.expect(css);
        found.send_keys(text).await.expect(css);
    }

    /// The text of the page.
    pub async fn text(&self) -> String {
        let text = self.script("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says something.
    pub async fn until(&self, text: &str) {
        let words = Value::from(text);
        self.until_true(&format!("document.body.innerText.includes({words})"))
            .await;
    }

    /// Waits until an expression of JavaScript is true, on whatever page is shown then.
    pub async fn until_true(&self, expression: &str) {
        let start = Instant::now();
        let script = format!("return Boolean({expression})");
        while start.elapsed() < PATIENCE {
            // Between two pages there is nothing to ask.
            if let Ok(Value::Bool(true)) = self.client.execute(&script, Vec::new()).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        unreachable!("{expression} does not come: {}", self.text().await);
    }

    /// The address of the page.
    pub async fn address(&self) -> String {
        self.client.current_url().await.expect("an address").into()
    }

    /// Keeps a picture of the page.
    pub async fn picture(&self, name: &str) {
        let bytes = self.client.screenshot().await.expect("a picture");
        std::fs::write(self.pictures.join(format!("{name}.png")), bytes).expect("a file");
    }

    /// What the browser complained of since it was asked last.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.own("se/log", json!({"type": "browser"})).await;
        let entries = log.as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| entry["message"].to_string())
            .collect()
    }

    /// Ends it.
    pub async fn end(self) {
        let _: Result<(), CmdError> = self.client.clone().close().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to end, it takes a browser with it that a failed test has left.
        let pid = self.driver.id().to_string();
        let _ = Command::new("kill").arg(pid).status();
        let _ = self.driver.wait();
    }
}
