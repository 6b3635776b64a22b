//! Without a mouse: Tab, Enter, Space and Escape.

use gantry_browser::Key;
use serde_json::json;

use super::desk::Desk;
use super::tutorial::OTHER;

pub(super) async fn logs_in(desk: &Desk<'_>) {
    let browser = &desk.browser;
    desk.go("/applications?view=table").await;
    browser.until("SIGN IN").await;
    browser.tab_to("input[name=username]").await;
    browser.typed("admin").await;
    browser.tab_to("input[name=password]").await;
    browser.typed(&desk.password).await;
    browser.press(Key::Enter).await;
    browser.until("No applications yet").await;
    let address = browser.address().await;
    assert!(
        address.ends_with("?view=table"),
        "to where one wanted: {address}"
    );
}

pub(super) async fn opens_and_syncs(desk: &Desk<'_>) {
    let browser = &desk.browser;
    desk.go("/applications").await;
    browser
        .tab_to(&format!("#apps h2 a[href$='/{OTHER}']"))
        .await;
    browser.press(Key::Enter).await;
    desk.until_state("OutOfSync", "Missing").await;
    let opener = ".tools a[href$='/sync']";
    browser.tab_to(opener).await;
    browser.press(Key::Enter).await;
    browser.until("Synchronize").await;
    browser.tab_to(".panel input[name=dryRun]").await;
    browser.press(Key::Space).await;
    let is_ticked = "return document.querySelector('.panel input[name=dryRun]').checked";
    assert_eq!(browser.script(is_ticked).await, json!(true));
    // What was ticked is forgotten, and the focus is where it was.
    browser.press(Key::Escape).await;
    let is_back = format!(
        "document.activeElement.matches({}) && !document.querySelector('.panel')",
        json!(opener)
    );
    browser.until_true(&is_back).await;
    browser.press(Key::Enter).await;
    browser.until("Synchronize").await;
    assert_eq!(browser.script(is_ticked).await, json!(false));
    browser.tab_to(".panel button.primary").await;
    browser.press(Key::Enter).await;
    desk.until_state("Synced", "Healthy").await;
    assert_eq!(desk.greeting(OTHER), "second");
}
