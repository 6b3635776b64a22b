//! The page of one object of an application.

mod acts;
mod logs;
mod manifest;
mod summary;

use gantry_api::Fault;
use maud::{Markup, html};
use serde_json::{Value, json};

pub(crate) use acts::{act, remove, save};
pub(crate) use logs::{follow, whole};

use crate::answer::Response;
use crate::application::{Named, key_of, ways};
use crate::diff::{Compared, fields, side_by_side};
use crate::icons::{health, icon, of_kind, sync};
use crate::json::{items, text};
use crate::layout::{Page, Section, failed};
use crate::tree::{Forest, Node};
use crate::visit::{Fields, Guest};
use crate::{events, link};

/// Which object, in the words of the API.
pub(crate) struct Object {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Object {
    /// As a query or a form names it.
    pub(crate) fn read(fields: &Fields) -> Self {
        let field = |name: &str| fields.get(name).to_owned();
        Self {
            group: field("group"),
            version: field("version"),
            kind: field("kind"),
            namespace: field("namespace"),
            name: field("name"),
        }
    }

    /// The fields of a request.
    pub(crate) fn request(&self, named: &Named) -> Value {
        named.request(json!({
            "group": self.group, "version": self.version, "kind": self.kind,
            "namespace": self.namespace, "resourceName": self.name,
        }))
    }

    /// The same as names and values.
    pub(crate) fn pairs(&self) -> [(&str, &str); 5] {
        [
            ("group", &self.group),
            ("version", &self.version),
            ("kind", &self.kind),
            ("namespace", &self.namespace),
            ("name", &self.name),
        ]
    }

    /// The address of its page, or of one of its tabs.
    pub(crate) fn place(&self, named: &Named, more: &[(&str, &str)]) -> String {
        let all: Vec<(&str, &str)> = self
            .pairs()
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        link::place(&named.place("resource"), &all)
    }

    fn is(&self, node: &Node<'_>) -> bool {
        node.group == self.group
            && node.kind == self.kind
            && node.namespace == self.namespace
            && node.name == self.name
    }

    fn has_logs(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "Pod"
                | "Deployment"
                | "ReplicaSet"
                | "StatefulSet"
                | "DaemonSet"
                | "Job"
                | "CronJob"
                | "Rollout"
        )
    }
}

/// What is known of it.
struct Known {
    app: Value,
    tree: Value,
    live: Result<Value, Fault>,
}

/// The page.
pub(crate) async fn page(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    page_after(guest, named, &Object::read(&guest.visit.query), "").await
}

/// The same after something did not work.
pub(crate) async fn page_after(
    guest: &Guest,
    named: &Named,
    object: &Object,
    failure: &str,
) -> Result<Response, Fault> {
    let known = Known {
        app: named.get(guest).await?,
        tree: named.tree(guest).await,
        live: live(guest, named, object).await,
    };
    // A form that comes back is drawn where it was.
    let tab = match guest.visit.form.get("tab") {
        "" => guest.query("tab"),
        sent => sent,
    };
    let forest = Forest::new(&known.app, &known.tree, true);
    let node = forest.nodes().find(|node| object.is(node));
    let body = html! {
        (failed(failure))
        (head(object, node))
        (tabs(named, object, node, tab))
        section .sheet-body {
            @match tab {
                "manifest" => (manifest::show(guest, named, object, &known.live)),
                "diff" => (difference(guest, named, object).await),
                "events" => (events::of_object(guest, named, &object.namespace, &object.name, uid(&known)).await),
                "logs" => (logs::show(guest, named, object, &known.live)),
                _ => { (summary::show(guest, named, &known.live, node, &forest)) (acts::offers(guest, named, object).await) }
            }
        }
    };
    let above = [
        ("Applications", "/applications".to_owned()),
        (named.name.as_str(), named.place("")),
    ];
    let mut page = Page::new(Section::Applications, &object.name, body);
    page.above = &above;
    page.tools = tools(named, object, node);
    Ok(page.answer(guest))
}

async fn live(guest: &Guest, named: &Named, object: &Object) -> Result<Value, Fault> {
    let answer = guest
        .ask(
            "application.ApplicationService/GetResource",
            object.request(named),
        )
        .await?;
    let read = serde_json::from_str(text(&answer, "/manifest"));
    read.map_err(|_| Fault::new(gantry_api::Code::NotFound, "it does not run"))
}

fn uid(known: &Known) -> &str {
    known
        .live
        .as_ref()
        .map(|live| text(live, "/metadata/uid"))
        .unwrap_or_default()
}

fn head(object: &Object, node: Option<&Node<'_>>) -> Markup {
    html! {
        p .what {
            (icon(of_kind(&object.kind))) b { (object.kind) }
            span .dim { (object.group) @if !object.group.is_empty() { "/" } (object.version) }
            @if !object.namespace.is_empty() { span { "in " b { (object.namespace) } } }
            @if let Some(node) = node {
                @if let Some(status) = node.health { (health(status)) }
                @if let Some(status) = node.sync { (sync(status)) }
                @if node.is_hook { span .chip { "hook" } }
                @if node.is_orphan { span .chip.warn { "orphaned" } }
                @if let Some(wave) = node.wave { span .chip { "wave " (wave) } }
            }
        }
        @if let Some(node) = node {
            @if !node.message.is_empty() { p .note.(if node.is_trouble() { "warn" } else { "" }) { (icon("info")) span .message { (node.message) } } }
        }
    }
}

/// SYNC of this object alone, and the way to an application that it is.
fn tools(named: &Named, object: &Object, node: Option<&Node<'_>>) -> Markup {
    let parts = [
        object.group.as_str(),
        &object.kind,
        &object.namespace,
        &object.name,
    ];
    let only_it = [("resource", &*key_of(parts))];
    html! {
        @if let Some(place) = node.and_then(Node::application) {
            a .button href=(place) { (icon("apps")) span { "OPEN APPLICATION" } }
        }
        @if node.is_some_and(|node| node.sync.is_some() && !node.is_hook) {
            a .button.primary href=(link::place(&named.place("sync"), &only_it)) { (icon("sync")) span { "SYNC" } }
        }
    }
}

fn tabs(named: &Named, object: &Object, node: Option<&Node<'_>>, tab: &str) -> Markup {
    let is_managed = node.is_some_and(Node::is_managed);
    let tabs = [
        ("", "SUMMARY", true),
        ("manifest", "LIVE MANIFEST", true),
        ("diff", "DIFF", is_managed),
        ("events", "EVENTS", true),
        ("logs", "LOGS", object.has_logs()),
    ];
    html! {
        nav .tabs aria-label="Object" {
            @for (name, label, is_there) in tabs {
                @if is_there { a href=(object.place(named, &[("tab", name)])) aria-current=[(name == tab).then_some("page")] { (label) } }
            }
        }
    }
}

async fn difference(guest: &Guest, named: &Named, object: &Object) -> Markup {
    let mut request = named.resources();
    for (name, value) in object.pairs() {
        request[name] = json!(value);
    }
    let answer = match guest
        .ask("application.ApplicationService/ManagedResources", request)
        .await
    {
        Ok(answer) => answer,
        Err(fault) => return failed(&fault.message),
    };
    let is_it = |item: &&Value| {
        [
            ("/group", &object.group),
            ("/kind", &object.kind),
            ("/namespace", &object.namespace),
            ("/name", &object.name),
        ]
        .into_iter()
        .all(|(pointer, value)| text(item, pointer) == *value)
    };
    let Some(item) = items(&answer, "/items").iter().find(is_it) else {
        return html! { p .dim { "It is not in Git: there is nothing to compare it with." } };
    };
    let compared = Compared::read(item);
    let is_sides = guest.query("as") != "fields";
    let changes = compared.changes();
    let query: Vec<(&str, &str)> = object
        .pairs()
        .into_iter()
        .chain([("tab", "diff")])
        .collect();
    html! {
        div .bar-line {
            span { @match compared.verb() { Some(verb) => span .chip.warn { (verb) }, None => span .chip { "no difference" } } }
            (ways(&named.place("resource"), &query, is_sides))
        }
        @if is_sides || changes.is_empty() { (side_by_side(&compared.live, &compared.desired)) } @else { (fields(&changes)) }
        details .more { summary { "Desired manifest" } pre .code { (gantry_yaml::emit(&compared.desired)) } }
    }
}
