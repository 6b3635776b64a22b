//! What is seen, and what the browser complains of.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gantry_browser::{Browser, is_there};
use gantry_server::{Server, TlsMode};
use gantry_web::{Control, Web};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::control::Made;
use crate::nothing::Nothing;

pub(crate) struct Site {
    pub(crate) address: String,
    pub(crate) made: Arc<Made>,
    socket: SocketAddr,
    served: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

pub(crate) async fn site(made: Made) -> Site {
    let mut site = Site {
        address: String::new(),
        made: Arc::new(made),
        socket: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        served: None,
    };
    site.up().await;
    site.address = format!("http://{}", site.socket);
    site
}

impl Site {
    /// Where the server listens.
    pub(crate) const fn socket(&self) -> SocketAddr {
        self.socket
    }

    /// Starts the server, where it was before if it was.
    pub(crate) async fn up(&mut self) {
        let server = Server::bind(self.socket, Arc::new(Nothing), &TlsMode::Plain)
            .await
            .expect("an address");
        self.socket = server.address();
        let control: Arc<dyn Control> = Arc::<Made>::clone(&self.made);
        let server = server.pages(Web::new(control));
        let (end, ended) = oneshot::channel::<()>();
        let serving = tokio::spawn(server.serve(async {
            let _ = ended.await;
        }));
        self.served = Some((end, serving));
    }

    /// Ends it, with what it was about to say.
    pub(crate) async fn down(&mut self) {
        if let Some((end, serving)) = self.served.take() {
            drop(end);
            serving.await.expect("it ends well");
        }
    }
}

pub(crate) async fn start() -> Browser {
    Browser::start(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages")).await
}

pub(crate) async fn log_in(browser: &Browser, site: &Site) {
    browser
        .go(&format!("{}/applications?view=table", site.address))
        .await;
    browser.type_in("input[name=username]", "admin").await;
    browser.type_in("input[name=password]", "right").await;
    browser.click("button[type=submit].primary").await;
    browser.until("applications").await;
}

const APP: &str = "/applications/argocd/frontend";
const OBJECT: &str = "/resource?group=apps&version=v1&kind=Deployment&namespace=shop&name=checkout";

fn all() -> Vec<(&'static str, String)> {
    let app = |page: &str| format!("{APP}{page}");
    let object = |tab: &str| format!("{APP}{OBJECT}&tab={tab}");
    vec![
        ("applications", "/applications".to_owned()),
        ("applications-table", "/applications?view=table".to_owned()),
        ("application", app("")),
        ("application-list", app("?view=list")),
        ("sync", app("/sync")),
        ("diff", app("/diff")),
        ("diff-fields", app("/diff?as=fields")),
        ("operation", app("/operation")),
        ("history", app("/history")),
        ("rollback", app("/history?id=1")),
        ("orphaned", app("?orphaned=1")),
        ("policy", app("/details?tab=policy")),
        ("details", app("/details")),
        ("details-manifest", app("/details?tab=manifest")),
        ("details-events", app("/details?tab=events")),
        ("delete", app("/delete")),
        ("object", object("")),
        ("object-manifest", object("manifest")),
        ("object-diff", object("diff")),
        ("object-logs", object("logs")),
        ("new-app", "/new-app".to_owned()),
        ("new-app-yaml", "/new-app?as=yaml".to_owned()),
        ("settings", "/settings".to_owned()),
        ("clusters", "/settings/clusters".to_owned()),
        ("repositories", "/settings/repositories".to_owned()),
        ("projects", "/settings/projects".to_owned()),
        ("project", "/settings/projects?name=shop".to_owned()),
        ("accounts", "/settings/accounts".to_owned()),
        ("plugins", "/plugins".to_owned()),
        ("user", "/user-info".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_drawn_without_complaints_wide_narrow_dark_and_light() {
    if !is_there() {
        return;
    }
    let site = site(Made::new(120, 30)).await;
    let browser = start().await;
    browser.go(&site.address).await;
    browser.picture("login").await;
    log_in(&browser, &site).await;
    assert!(
        browser
            .script("return document.querySelector('table.rows') !== null")
            .await
            == json!(true),
        "back to where one came from"
    );
    let mut wrong = Vec::new();
    for (name, place) in all() {
        browser.go(&format!("{}{place}", site.address)).await;
        browser.picture(name).await;
        for complaint in browser.complaints().await {
            wrong.push(format!("{name}: {complaint}"));
        }
        let links = browser.script("return [...document.querySelectorAll('[href]')].filter(a => !/^https?:$/.test(new URL(a.getAttribute('href'), location).protocol)).length").await;
        assert_eq!(links, json!(0), "CVE-2022-31035, CVE-2025-47933: {name}");
    }
    browser.go(&format!("{}/nothing/here", site.address)).await;
    browser.until("There is no such page").await;
    browser.prefer("dark").await;
    for (name, place) in all().into_iter().filter(|(name, _)| {
        matches!(
            *name,
            "applications" | "application" | "sync" | "diff" | "object"
        )
    }) {
        browser.go(&format!("{}{place}", site.address)).await;
        browser.picture(&format!("{name}-dark")).await;
    }
    browser.size(390, 844, true).await;
    for (name, place) in all() {
        browser.go(&format!("{}{place}", site.address)).await;
        let too_wide = browser
            .script("return document.documentElement.scrollWidth - innerWidth")
            .await;
        if too_wide.as_i64() > Some(0) {
            wrong.push(format!("{name}: {too_wide} pixels wider than a phone"));
        }
        if matches!(
            name,
            "applications" | "application" | "sync" | "object-diff" | "new-app"
        ) {
            browser.picture(&format!("{name}-phone")).await;
        }
    }
    browser.end().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_hears_of_changes_and_forms_reach_the_api() {
    if !is_there() {
        return;
    }
    let site = site(Made::new(20, 3)).await;
    let browser = start().await;
    log_in(&browser, &site).await;

    browser
        .go(&format!("{}/applications/argocd/checkout", site.address))
        .await;
    browser.until("Healthy").await;
    // The stream is open before something changes.
    tokio::time::sleep(Duration::from_millis(500)).await;
    site.made.change("checkout", |app| {
        app["status"]["conditions"] = json!([{"type": "SyncError", "message": "heard of at once"}]);
    });
    browser.until("heard of at once").await;

    browser
        .go(&format!(
            "{}/applications/argocd/checkout/sync",
            site.address
        ))
        .await;
    browser.click("input[name=prune]").await;
    browser.click(".panel button.primary").await;
    browser.until("The sync has begun.").await;
    let asked = site.made.asked.lock().expect("no panic").clone();
    assert_eq!(asked[0].0, "application.ApplicationService/Sync");
    assert_eq!(
        (&asked[0].1["prune"], &asked[0].1["name"]),
        (&json!(false), &json!("checkout")),
        "the policy's box was ticked"
    );
    assert_eq!(asked[0].1.get("resources"), None, "all of them");

    browser.go(&format!("{}/new-app", site.address)).await;
    browser.type_in("input[name=name]", "made-here").await;
    browser
        .type_in("input[name=repo]", "https://git.example/shop")
        .await;
    browser.type_in("input[name=path]", "deploy").await;
    browser.type_in("input[name=cluster]", "in-cluster").await;
    browser
        .click("select[name=renderer] option[value=template]")
        .await;
    browser.until("Folders within folders too.").await;
    browser.picture("new-app-parameters").await;
    browser
        .type_in("textarea[name='p.values']", "replicas: 2")
        .await;
    browser.click("button[value=create]").await;
    browser.until("The application was created.").await;
    let asked = site
        .made
        .asked
        .lock()
        .expect("no panic")
        .last()
        .cloned()
        .expect("asked");
    let source = &asked.1["application"]["spec"]["source"];
    assert_eq!(
        source["plugin"],
        json!({"name": "template", "parameters": [{"name": "values", "map": {"replicas": "2"}}]})
    );

    let complaints = browser.complaints().await;
    browser.end().await;
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tree_of_1500_and_a_list_of_10000_are_drawn_soon() {
    if !is_there() {
        return;
    }
    let site = site(Made::new(10_000, 1_500)).await;
    let browser = start().await;
    log_in(&browser, &site).await;
    for (name, place) in [
        ("list of 10,000", "/applications"),
        ("tree of 1,500", "/applications/argocd/checkout"),
    ] {
        browser.go(&format!("{}{place}", site.address)).await;
        let began = Instant::now();
        browser.go(&format!("{}{place}", site.address)).await;
        browser.script_async("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(1)))").await;
        let took = began.elapsed();
        println!(
            "{name}: drawn in {} ms, {} nodes",
            took.as_millis(),
            browser
                .script("return document.querySelectorAll('*').length")
                .await
        );
        browser.picture(&name.replace([' ', ','], "-")).await;
        assert!(took < Duration::from_secs(60), "{name}: {took:?}");
    }
    browser.end().await;
}
