//! The first page in Chromium, by WebDriver: when it was drawn, as the browser itself says.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Ask, Client};
use super::told_times;
use crate::Failure;

const ROUNDS: usize = 10;
const FLAGS: [&str; 7] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
];
/// When the first content was painted, and when all was loaded, in ms since the navigation began.
const TIMES: &str = "const paint = performance.getEntriesByName('first-contentful-paint')[0]; \
    const all = performance.getEntriesByType('navigation')[0]; \
    return [paint ? paint.startTime : null, all.loadEventEnd, document.querySelectorAll('.tile').length];";

/// A driver that runs until it is dropped.
struct Driver {
    process: Child,
    client: Client,
    session: String,
    _profile: tempfile::TempDir,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Driver {
    /// None where there is no chromedriver.
    async fn start() -> Result<Option<Self>, Failure> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}"));
        let Ok(process) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
            return Ok(None);
        };
        let mut driver = Self {
            process,
            client: Client {
                address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
                token: String::new(),
            },
            session: String::new(),
            _profile: tempfile::tempdir()?,
        };
        let mut flags: Vec<String> = FLAGS.map(str::to_owned).into();
        flags.push(format!(
            "--user-data-dir={}",
            driver._profile.path().display()
        ));
        let options = json!({"goog:chromeOptions": {"args": flags}});
        let wanted = json!({"capabilities": {"alwaysMatch": options}});
        for _ in 0..100 {
            if let Ok(session) = driver.call("", wanted.clone()).await {
                let id = session["sessionId"].as_str().unwrap_or_default();
                driver.session = format!("/{id}");
                return Ok(Some(driver));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err("chromedriver gives no session".into())
    }

    async fn call(&self, what: &str, body: Value) -> Result<Value, Failure> {
        let body = body.to_string();
        let ask = Ask {
            method: "POST",
            path: &format!("/session{}{what}", self.session),
            headers: "content-type: application/json\r\n",
            body: body.as_bytes(),
        };
        Ok(self.client.send(&ask).await?.json()?["value"].clone())
    }
}

pub(super) async fn run(dev: &Client) -> Result<(), Failure> {
    println!();
    let Some(driver) = Driver::start().await? else {
        println!("no chromedriver: the page in a browser is left out");
        return Ok(());
    };
    let place = |path: &str| json!({"url": format!("http://{}{path}", dev.address)});
    driver.call("/url", place("/login")).await?;
    let cookie = json!({"name": "argocd.token", "value": dev.token, "path": "/"});
    driver.call("/cookie", json!({"cookie": cookie})).await?;
    let (mut painted, mut loaded, mut tiles) = (Vec::new(), Vec::new(), Value::Null);
    for _ in 0..ROUNDS {
        driver.call("/url", place("/applications")).await?;
        // The paint may be told a moment after the page is there.
        let mut told = Value::Null;
        for _ in 0..50 {
            told = driver
                .call("/execute/sync", json!({"script": TIMES, "args": []}))
                .await?;
            if told[0].is_number() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let time = |at: usize| {
            told[at]
                .as_f64()
                .map(|ms| Duration::from_secs_f64(ms / 1e3))
        };
        painted.push(time(0).ok_or("nothing was painted")?);
        loaded.push(time(1).ok_or("nothing was loaded")?);
        tiles = told[2].clone();
    }
    told_times(
        &format!("the list in Chromium ({tiles} tiles), first paint (1 s)"),
        painted,
    );
    told_times("the same, all loaded", loaded);
    driver.call("/url", place("/login")).await?;
    Ok(())
}
