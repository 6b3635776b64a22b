//! The first page in Chromium: when it was drawn, as the browser itself says.

use std::time::Duration;

use gantry_browser::Browser;
use serde_json::Value;

use super::client::Client;
use super::told_times;
use crate::Failure;

const ROUNDS: usize = 10;
/// When the first content was painted, and when all was loaded, in ms since the navigation began.
const TIMES: &str = "const paint = performance.getEntriesByName('first-contentful-paint')[0]; \
    const all = performance.getEntriesByType('navigation')[0]; \
    return [paint ? paint.startTime : null, all.loadEventEnd, document.querySelectorAll('.tile').length];";

pub(super) async fn run(dev: &Client) -> Result<(), Failure> {
    println!();
    if !gantry_browser::is_there() {
        return Ok(());
    }
    let pictures = tempfile::tempdir()?;
    let browser = Browser::start(pictures.path()).await;
    let address = format!("http://{}", dev.address);
    browser.go(&format!("{address}/login")).await;
    let cookie = format!("document.cookie = 'argocd.token={}; path=/'", dev.token);
    browser.script(&cookie).await;
    let (mut painted, mut loaded, mut tiles) = (Vec::new(), Vec::new(), Value::Null);
    for _ in 0..ROUNDS {
        browser.go(&format!("{address}/applications")).await;
        // The paint may be told a moment after the page is there.
        let mut told = Value::Null;
        for _ in 0..50 {
            told = browser.script(TIMES).await;
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
    browser.end().await;
    Ok(())
}
