//! What a new user does, from an application to its end.

use serde_json::json;

use super::desk::{Desk, FOLDER};

const NAME: &str = "by-form";
/// The other application.
pub(super) const OTHER: &str = "by-manifest";

pub(super) async fn made_by_form(desk: &Desk<'_>) {
    let browser = &desk.browser;
    desk.go("/applications").await;
    browser.until("No applications yet").await;
    browser.click("a[href='/new-app']").await;
    let repository = desk.world.repository.file_url();
    for (field, text) in [
        ("name", NAME),
        ("repo", &repository),
        ("path", FOLDER),
        ("cluster", "spoke-1"),
        ("namespace", NAME),
    ] {
        browser.type_in(&format!("input[name={field}]"), text).await;
    }
    browser
        .click("input[name=option][value='CreateNamespace=true']")
        .await;
    browser.click("button[value=create]").await;
    browser.until("The application was created.").await;
    desk.until_state("OutOfSync", "Missing").await;
}

pub(super) async fn made_by_manifest(desk: &Desk<'_>) {
    let browser = &desk.browser;
    desk.go("/new-app?as=yaml").await;
    let manifest = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": OTHER},
        "spec": {
            "project": "default",
            "source": {"repoURL": desk.world.repository.file_url(), "path": FOLDER},
            "destination": {"name": "spoke-1", "namespace": OTHER},
            "syncPolicy": {"syncOptions": ["CreateNamespace=true"]},
        },
    });
    browser
        .type_in("textarea[name=manifest]", &format!("{manifest:#}"))
        .await;
    browser.click("button[value=create]").await;
    browser.until("The application was created.").await;
    desk.until_state("OutOfSync", "Missing").await;
}

/// By the panel, from the page of the application.
pub(super) async fn synced(desk: &Desk<'_>) {
    let browser = &desk.browser;
    browser.click(".tools a[href$='/sync']").await;
    browser.until("Synchronize").await;
    browser.click(".panel button.primary").await;
    browser.until("The sync has begun.").await;
    desk.until_state("Synced", "Healthy").await;
    // The tree has what the objects own.
    let pods = "document.querySelectorAll(\"[data-tree] a.name[href*='kind=Pod']\").length === 2";
    browser.until_true(pods).await;
}

/// Seen without loading the page again, shown field by field, and undone.
pub(super) async fn edited_in_the_cluster(desk: &Desk<'_>) {
    let browser = &desk.browser;
    browser.script("window.isTheSamePage = true").await;
    let edit = r#"{"data":{"greeting":"by-hand"}}"#;
    let patch = ["patch", "configmap", "guestbook", "-n", NAME, "-p", edit];
    desk.world.kubectl("spoke-1", &patch);
    desk.until_state("OutOfSync", "Healthy").await;
    let is_same = browser.script("return window.isTheSamePage").await;
    assert_eq!(is_same, json!(true), "the page was loaded again");
    browser.click(".tools a[href$='/diff']").await;
    browser.until("1 of 3 objects differ").await;
    browser.click(".panel a[href*='as=fields']").await;
    browser.until("data.greeting").await;
    let shown = browser.text().await;
    assert!(
        shown.contains("by-hand") && shown.contains("first"),
        "{shown}"
    );
    browser.picture("real-diff-fields").await;
    browser.click("[data-close]").await;
    synced(desk).await;
    assert_eq!(desk.greeting(NAME), "first");
}

pub(super) async fn changed_in_git_and_rolled_back(desk: &Desk<'_>) {
    let browser = &desk.browser;
    desk.commit("second");
    browser
        .click(".tools form[action$='/refresh'] button")
        .await;
    desk.until_state("OutOfSync", "Healthy").await;
    synced(desk).await;
    assert_eq!(desk.greeting(NAME), "second");
    browser.click(".tools a[href$='/history']").await;
    browser
        .until_true("document.querySelectorAll('.history li').length === 3")
        .await;
    let commits = "[...document.querySelectorAll('.history li')].every((entry) => entry.innerText.includes('Change '))";
    browser.until_true(commits).await;
    browser.picture("real-history").await;
    browser.click(".history li:last-child a.button").await;
    browser.until("Roll back to #0").await;
    assert_eq!(desk.greeting(NAME), "second", "it asks first");
    browser.picture("real-rollback").await;
    browser.click(".panel button.danger").await;
    browser.until("The rollback has begun.").await;
    desk.until_state("OutOfSync", "Healthy").await;
    assert_eq!(desk.greeting(NAME), "first");
}

/// With all its objects.
pub(super) async fn deleted(desk: &Desk<'_>) {
    let browser = &desk.browser;
    desk.go(&format!("/applications/argocd/{NAME}")).await;
    browser.click(".tools a[href$='/delete']").await;
    browser.type_in("input[name=confirm]", NAME).await;
    browser.click(".panel button.danger").await;
    let left = format!(
        "location.pathname === '/applications' && document.querySelector('#apps') && !document.querySelector(\"#apps a[href$='/{NAME}']\")"
    );
    browser.until_true(&left).await;
    let kinds = "configmap,deployment,service,pod";
    let args = ["get", kinds, "-n", NAME, "-o", "name"];
    let left = desk.world.kubectl("spoke-1", &args);
    assert!(!left.contains("guestbook"), "{left}");
}
