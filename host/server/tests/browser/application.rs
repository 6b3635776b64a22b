//! What can be done on the page of an application.

use std::time::Duration;

use gantry_browser::{Browser, is_there};
use serde_json::{Value, json};

use crate::control::Made;
use crate::made;
use crate::pages::{Site, log_in, site, start};

const APP: &str = "/applications/argocd/checkout";
const FOLD: &str = ".node.fold a.name";

async fn nodes(browser: &Browser) -> u64 {
    let script = "return document.querySelectorAll('[data-tree] .node').length";
    browser.script(script).await.as_u64().unwrap_or_default()
}

async fn go(browser: &Browser, site: &Site, place: &str) {
    browser.go(&format!("{}{APP}{place}", site.address)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_tree_of_1500_what_is_unfolded_is_drawn_and_stays_unfolded() {
    if !is_there() {
        return;
    }
    let site = site(Made::new(2, 1_500)).await;
    let browser = start().await;
    log_in(&browser, &site).await;
    go(&browser, &site, "").await;
    browser.until("1497 more × Pod").await;
    assert!(nodes(&browser).await < 30, "all healthy ones are one");
    browser.script("window.isTheSamePage = true").await;
    browser.click(FOLD).await;
    browser.until("1297 more, in the list").await;
    assert!(nodes(&browser).await > 200);
    let is_unfolded = "document.activeElement.ariaExpanded === 'true' && window.isTheSamePage && location.search.includes('open=')";
    browser.until_true(is_unfolded).await;
    let filter =
        "return [...new FormData(document.querySelector('.narrow-bar')).keys()].includes('open')";
    assert_eq!(
        browser.script(filter).await,
        json!(true),
        "a filter keeps it"
    );

    // Newer parts come as the page is now.
    tokio::time::sleep(Duration::from_millis(500)).await;
    site.made.change("checkout", |app| {
        app["status"]["conditions"] = json!([{"type": "SyncError", "message": "heard of at once"}]);
    });
    browser.until("heard of at once").await;
    assert!(nodes(&browser).await > 200, "and it is still unfolded");
    browser.click(FOLD).await;
    browser
        .until_true("document.querySelectorAll('[data-tree] .node').length < 30")
        .await;

    browser.click("a[aria-label=List]").await;
    browser.until("page 1 of 4").await;
    assert_eq!(
        browser
            .script("return document.querySelectorAll('.rows tbody tr').length")
            .await,
        json!(500)
    );
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orphans_are_shown_when_they_are_asked_for() {
    if !is_there() {
        return;
    }
    let site = site(Made::new(2, 3)).await;
    let browser = start().await;
    log_in(&browser, &site).await;
    go(&browser, &site, "").await;
    let shown = "return document.querySelectorAll('.node.orphan').length";
    assert_eq!(browser.script(shown).await, json!(0));
    browser.click("input[name=orphaned]").await;
    browser.until("left-over").await;
    assert_eq!(browser.script(shown).await, json!(1));
    browser.click("a[aria-label=List]").await;
    browser.until("orphaned").await;
    browser.until("left-over").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_says_what_it_changes_before_it_begins() {
    if !is_there() {
        return;
    }
    let site = site(Made::new(2, 3)).await;
    let browser = start().await;
    log_in(&browser, &site).await;
    go(&browser, &site, "/history").await;
    browser.click(".history li:last-child a.button").await;
    browser.until("Roll back to #1").await;
    let text = browser.text().await;
    for word in ["4b825dc", "aaaaaaa", "Automated sync is on"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let asked = || site.made.asked.lock().expect("no panic").clone();
    assert!(asked().is_empty(), "nothing has begun");
    browser.click(".panel button.danger").await;
    browser.until("The rollback has begun.").await;
    let asked = asked();
    assert_eq!(asked[0].0, "application.ApplicationService/UpdateSpec");
    assert_eq!(asked[0].1["validate"], json!(false), "Git may be broken");
    let mut expected = made::apps(1).remove(0)["spec"].take();
    expected["syncPolicy"]["automated"]["enabled"] = json!(false);
    assert_eq!(asked[0].1["spec"], expected);
    assert_eq!(asked[1].0, "application.ApplicationService/Rollback");
    assert_eq!(
        (&asked[1].1["id"], &asked[1].1["prune"]),
        (&json!(1), &json!(false))
    );
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_of_some_objects_is_of_those_and_keeps_the_options_of_the_application() {
    if !is_there() {
        return;
    }
    let site = site(Made::new(2, 3)).await;
    let browser = start().await;
    log_in(&browser, &site).await;
    go(&browser, &site, "/sync").await;
    browser.click("[data-choose-none]").await;
    browser.click("input[value$='node-reader']").await;
    browser.click("input[value='PruneLast=true']").await;
    browser.click(".panel button.primary").await;
    browser.until("The sync has begun.").await;
    let asked = site.made.asked.lock().expect("no panic").clone();
    let role = json!({"group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "namespace": "", "name": "shop:node-reader"});
    assert_eq!(asked[0].1["resources"], json!([role]));
    let mut options: Vec<&str> = asked[0].1["syncOptions"]["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    options.sort_unstable();
    let expected = [
        "CreateNamespace=true",
        "Prune=confirm",
        "PruneLast=true",
        "PrunePropagationPolicy=background",
    ];
    assert_eq!(options, expected);
    browser.end().await;
}
