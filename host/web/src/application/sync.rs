//! SYNC: what, and how.

mod options;

use std::collections::HashSet;

use gantry_api::Fault;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::header::short;
use super::{Named, form, panel as frame};
use crate::answer::invalid;
use crate::applications::source_revision;
use crate::icons::{health, icon, sync};
use crate::json::{is, items, text};
use crate::layout::failed;
use crate::visit::{Fields, Guest};

/// The panel.
pub(super) fn panel(guest: &Guest, named: &Named, app: &Value, failure: &str) -> Markup {
    let sent = &guest.visit.form;
    let is_again = !failure.is_empty();
    let prune = if is_again {
        sent.is("prune")
    } else {
        is(app, "/spec/syncPolicy/automated/prune")
    };
    let box_of = |name: &str, label: &str, checked: bool| {
        html! { label .tick { input type="checkbox" name=(name) value="1" checked[checked]; span { (label) } } }
    };
    let body = html! {
        (failed(failure))
        (form(guest, &named.place("sync"), html! {
            div .acts.sticky {
                button .primary type="submit" { (icon("sync")) "SYNCHRONIZE" }
                a .button href=(named.place("")) { "CANCEL" }
            }
            (revision(app, sent))
            fieldset .ticks { legend { "How" }
                (box_of("prune", "Prune", prune))
                (box_of("dryRun", "Dry run", sent.is("dryRun")))
                (box_of("applyOnly", "Apply only, without hooks", sent.is("applyOnly")))
                (box_of("force", "Force", sent.is("force")))
            }
            (options::draw(app, sent, is_again))
            (retry(sent))
            (resources(app, sent, &guest.visit.query))
        }))
    };
    frame(named, "Synchronize", "", body)
}

fn revision(app: &Value, sent: &Fields) -> Markup {
    let source = app
        .pointer("/spec/source")
        .or_else(|| app.pointer("/spec/sources/0"));
    let wanted = source.map_or("HEAD", source_revision);
    let is_several = items(app, "/spec/sources").len() > 1;
    html! {
        @if is_several {
            p .dim { "Each source is synced to its own target revision." }
        } @else {
            label { span { "Revision" } input name="revision" value=(sent.get("revision")) placeholder=(wanted) spellcheck="false" autocapitalize="none"; }
            p .dim { "Empty: " (wanted) @let now = text(app, "/status/sync/revision"); @if !now.is_empty() { ", now " span .mono { (short(now)) } } }
        }
    }
}

fn retry(sent: &Fields) -> Markup {
    let number = |name: &str, label: &str, kind: &str, example: &str| {
        html! { label { span { (label) } input name=(name) type=(kind) value=(sent.get(name)) placeholder=(example); } }
    };
    html! {
        details .more { summary { "Retry" }
            div .columns {
                (number("retryLimit", "Limit", "number", "0"))
                (number("retryDuration", "First pause", "text", "5s"))
                (number("retryFactor", "Factor", "number", "2"))
                (number("retryMax", "Longest pause", "text", "3m"))
            }
        }
    }
}

/// How an object is named by a box.
fn key(object: &Value) -> String {
    key_of(["/group", "/kind", "/namespace", "/name"].map(|pointer| text(object, pointer)))
}

/// The same of its group, kind, namespace and name. Only a name may have colons, as those of RBAC do, and it is
/// the last: see [`object_of`].
pub(crate) fn key_of(parts: [&str; 4]) -> String {
    parts.join(":")
}

/// The object that a box names.
fn object_of(key: &str) -> Result<Value, Fault> {
    let parts: Vec<&str> = key.splitn(4, ':').collect();
    match parts[..] {
        [group, kind, namespace, name] => {
            Ok(json!({"group": group, "kind": kind, "namespace": namespace, "name": name}))
        }
        // Left out, it would not be synced and nobody would know.
        _ => Err(invalid(format!("{key:?} is no GROUP:KIND:NAMESPACE:NAME"))),
    }
}

fn resources(app: &Value, sent: &Fields, query: &Fields) -> Markup {
    let is_hook = |object: &&Value| !is(object, "/hook");
    let all: Vec<&Value> = items(app, "/status/resources")
        .iter()
        .filter(is_hook)
        .collect();
    // The page of an object asks for that one only.
    let chosen: HashSet<&str> = [sent.all("resource"), query.all("resource")]
        .concat()
        .into_iter()
        .collect();
    html! {
        fieldset .resources data-choose {
            legend { "Synchronize resources" }
            div .acts.small {
                button .plain type="button" data-choose-all hidden { "ALL" }
                button .plain type="button" data-choose-outofsync hidden { "OUT OF SYNC" }
                button .plain type="button" data-choose-none hidden { "NONE" }
            }
            input type="hidden" name="of" value=(all.len());
            @if all.is_empty() { p .dim { "All that the sources give: what that is, is not known yet." } }
            @for object in all {
                @let key = key(object);
                @let status = text(object, "/status");
                label .tick.line data-sync=(status) {
                    input type="checkbox" name="resource" value=(key) checked[chosen.is_empty() || chosen.contains(key.as_str())];
                    span .what-one { b { (text(object, "/kind")) "/" (text(object, "/name")) } " "
                        span .dim { (text(object, "/group")) " " (text(object, "/namespace")) } }
                    span .states {
                        (sync(status))
                        @if let Some(status) = object.pointer("/health/status").and_then(Value::as_str) { (health(status)) }
                        @if is(object, "/requiresPruning") { span .chip.warn { "prune" } }
                    }
                }
            }
        }
    }
}

/// What the form asks of the API.
///
/// # Errors
/// It names an object in a way that cannot be read.
pub(super) fn request(named: &Named, sent: &Fields) -> Result<Value, Fault> {
    let force = sent.is("force");
    let strategy = if sent.is("applyOnly") {
        json!({"apply": {"force": force}})
    } else {
        json!({"hook": {"force": force}})
    };
    let mut request = named.request(json!({
        "dryRun": sent.is("dryRun"),
        "prune": sent.is("prune"),
        "strategy": strategy,
        "syncOptions": {"items": options::wanted(sent)},
    }));
    if sent.is("revision") {
        request["revision"] = json!(sent.get("revision"));
    }
    let chosen = sent.all("resource");
    if chosen.len().to_string() != sent.get("of") {
        let resources: Result<Vec<Value>, Fault> = chosen.into_iter().map(object_of).collect();
        request["resources"] = json!(resources?);
    }
    if let Ok(limit) = sent.get("retryLimit").parse::<i64>()
        && limit != 0
    {
        let or = |name: &str, otherwise: &str| {
            if sent.is(name) {
                sent.get(name).to_owned()
            } else {
                otherwise.to_owned()
            }
        };
        let factor = sent.get("retryFactor").parse::<i64>().unwrap_or(2);
        request["retryStrategy"] = json!({"limit": limit, "backoff": {
            "duration": or("retryDuration", "5s"), "maxDuration": or("retryMax", "3m"), "factor": factor}});
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Named, key_of, request};
    use crate::link;
    use crate::visit::Fields;

    #[test]
    fn a_form_becomes_the_request_of_argo_cd() {
        let named = Named {
            namespace: "argocd".into(),
            name: "shop".into(),
        };
        let all = Fields::read(b"csrf=x&of=2&resource=:Service:n:web&resource=apps:Deployment:n:web&propagation=foreground");
        assert_eq!(
            request(&named, &all).expect("a request"),
            json!({
            "name": "shop", "appNamespace": "argocd", "dryRun": false, "prune": false,
            "strategy": {"hook": {"force": false}}, "syncOptions": {"items": ["PrunePropagationPolicy=foreground"]}})
        );
        let some = Fields::read(b"of=2&resource=apps:Deployment:n:web&prune=1&dryRun=1&applyOnly=1&force=1&option=Replace%3Dtrue&revision=v1&retryLimit=3&retryDuration=10s");
        assert_eq!(
            request(&named, &some).expect("a request"),
            json!({
            "name": "shop", "appNamespace": "argocd", "dryRun": true, "prune": true, "revision": "v1",
            "strategy": {"apply": {"force": true}}, "syncOptions": {"items": ["Replace=true"]},
            "resources": [{"group": "apps", "kind": "Deployment", "namespace": "n", "name": "web"}],
            "retryStrategy": {"limit": 3, "backoff": {"duration": "10s", "maxDuration": "3m", "factor": 2}}})
        );
    }

    #[test]
    fn objects_are_chosen_whatever_their_names_and_none_is_left_out_silently() {
        let named = Named {
            namespace: "argocd".into(),
            name: "shop".into(),
        };
        let rbac = "rbac.authorization.k8s.io";
        for (namespace, name) in [
            ("", "system:node-reader"),
            ("shop", "a:b%3A:c"),
            ("shop", "web"),
        ] {
            let key = key_of([rbac, "ClusterRole", namespace, name]);
            let query = link::place("", &[("of", "2"), ("resource", &key)]);
            let form = Fields::read(query.trim_start_matches('?').as_bytes());
            let request = request(&named, &form).expect("a request");
            let expected = json!([{"group": rbac, "kind": "ClusterRole", "namespace": namespace, "name": name}]);
            assert_eq!(request["resources"], expected);
        }
        let cut = Fields::read(b"of=2&resource=apps:Deployment:web");
        assert!(request(&named, &cut).is_err());
    }
}
