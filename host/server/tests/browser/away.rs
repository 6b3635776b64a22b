//! Pages whose server goes away and comes back, as when it starts anew behind an ingress.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use gantry_browser::{Browser, is_there};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::control::Made;
use crate::pages::{Site, log_in, site, start};

const APP: &str = "/applications/argocd/checkout";
const NOTE: &str = "Not up to date since";
const UNAVAILABLE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Says to everybody that nobody is there.
async fn stand_in(address: SocketAddr) -> JoinHandle<()> {
    let listener = TcpListener::bind(address).await.expect("the address");
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(refuse(connection));
        }
    })
}

async fn refuse(mut connection: TcpStream) {
    let mut request = [0; 4_096];
    if connection.read(&mut request).await.is_ok_and(|n| n > 0) {
        let _ = connection.write_all(UNAVAILABLE).await;
    }
}

/// Opens a page, until it hears of changes.
async fn open(browser: &Browser, site: &Site, place: &str) {
    browser.go(&format!("{}{place}", site.address)).await;
    let heard = "document.querySelector('main').dataset.heard";
    browser.until_true(heard).await;
}

fn condition(site: &Site, message: &str) {
    site.made.change("checkout", |app| {
        app["status"]["conditions"] = json!([{"type": "SyncError", "message": message}]);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_says_that_it_is_old_and_hears_again_of_changes() {
    if !is_there() {
        return;
    }
    let mut site = site(Made::new(2, 3)).await;
    let browser = start().await;
    log_in(&browser, &site).await;
    open(&browser, &site, &format!("{APP}/sync")).await;
    condition(&site, "heard of at once");
    browser.until("heard of at once").await;
    assert!(!browser.text().await.contains(NOTE), "it is up to date");
    browser.script("window.isTheSamePage = true").await;

    site.down().await;
    let other = stand_in(site.socket()).await;
    browser.until(NOTE).await;
    let is_silent = "return document.querySelector('[data-stale]').closest('[inert]') !== null";
    assert_eq!(browser.script(is_silent).await, json!(false));
    browser.picture("away").await;
    browser.size(390, 844, true).await;
    browser.picture("away-phone").await;
    let too_wide = "return document.documentElement.scrollWidth - innerWidth";
    assert_eq!(browser.script(too_wide).await, json!(0));
    other.abort();
    let _ = other.await;
    condition(&site, "heard of after all");
    site.up().await;
    browser
        .until_true(&format!("!document.body.innerText.includes('{NOTE}')"))
        .await;
    browser.until("heard of after all").await;
    browser.until_true("window.isTheSamePage").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_whose_session_is_over_goes_to_the_login_unless_something_is_typed() {
    if !is_there() {
        return;
    }
    let site = site(Made::new(2, 3)).await;
    let browser = start().await;
    log_in(&browser, &site).await;
    open(&browser, &site, &format!("{APP}/details?tab=manifest")).await;
    browser
        .type_in("textarea[name=spec]", "project: mine")
        .await;
    site.made.is_over.store(true, Ordering::Relaxed);
    browser.until(NOTE).await;
    let typed = "document.querySelector('textarea[name=spec]').value === 'project: mine'";
    browser.until_true(typed).await;
    // As somebody does who does not need it any more.
    browser
        .script("document.querySelector('textarea[name=spec]').form.reset()")
        .await;
    browser
        .until_true("location.pathname === '/login' && location.search.includes('return_url=')")
        .await;
    browser.until("Gantry").await;
    browser.end().await;
}
