//! All pages: no console errors, no barriers light and dark, no wider than a phone.

use gantry_browser::Rules;
use serde_json::Value;

use super::desk::Desk;
use super::tutorial::OTHER;

/// Pages of an application.
const OF_APPLICATION: [&str; 14] = [
    "",
    "?view=list",
    "/sync",
    "/diff",
    "/diff?as=fields",
    "/operation",
    "/history",
    "/history?id=0",
    "/details",
    "/details?tab=parameters",
    "/details?tab=manifest",
    "/details?tab=policy",
    "/details?tab=events",
    "/delete",
];

/// Pages of an object.
const OF_OBJECT: [&str; 5] = ["", "&tab=manifest", "&tab=diff", "&tab=events", "&tab=logs"];

const OTHERS: [&str; 14] = [
    "/login",
    "/login?why=expired",
    "/applications",
    "/applications?view=table",
    "/new-app",
    "/new-app?as=yaml",
    "/settings",
    "/settings/clusters",
    "/settings/repositories",
    "/settings/projects",
    "/settings/projects?name=default",
    "/settings/accounts",
    "/plugins",
    "/user-info",
];

async fn places(desk: &Desk<'_>) -> Vec<String> {
    let application = format!("/applications/argocd/{OTHER}");
    desk.go(&application).await;
    let link = "return document.querySelector(\"[data-tree] a.name[href*='kind=Deployment']\").getAttribute('href')";
    let object = desk.browser.script(link).await;
    let object = object.as_str().unwrap_or_default();
    let of = |place: &str, pages: &[&str]| -> Vec<String> {
        pages.iter().map(|page| format!("{place}{page}")).collect()
    };
    [
        of("", &OTHERS),
        of(&application, &OF_APPLICATION),
        of(object, &OF_OBJECT),
    ]
    .concat()
}

/// Whether axe-core finds what is put before it.
async fn finds_something(desk: &Desk<'_>, axe: &str) {
    desk.go("/settings").await;
    let picture = "document.querySelector('main').append(document.createElement('img'))";
    desk.browser.script(picture).await;
    let found = desk.browser.barriers(axe, Rules::All).await;
    assert!(
        found.len() == 1 && found[0].contains("image-alt"),
        "{found:?}"
    );
}

pub(super) async fn are_for_everybody(desk: &Desk<'_>) {
    let axe = gantry_testbed::axe().unwrap_or_else(|error| {
        eprintln!("SKIPPED: {error}: barriers of the pages are not looked for");
        None
    });
    match &axe {
        Some(axe) => finds_something(desk, axe).await,
        None => eprintln!(
            "SKIPPED: no axe-core, which npm fetches: barriers of the pages are not looked for"
        ),
    }
    // What differs is shown where something differs.
    let edit = r#"{"spec":{"replicas":3}}"#;
    let patch = ["patch", "deployment", "guestbook", "-n", OTHER, "-p", edit];
    desk.world.kubectl("spoke-1", &patch);
    desk.go(&format!("/applications/argocd/{OTHER}")).await;
    desk.until_state("OutOfSync", "Healthy").await;
    let mut wrong = Vec::new();
    for place in places(desk).await {
        let address = format!("{}{place}", desk.address);
        wrong.extend(desk.browser.looked_over(&address, axe.as_deref()).await);
    }
    assert!(wrong.is_empty(), "{:#}", Value::from(wrong));
}
