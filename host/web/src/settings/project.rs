//! One project: what it permits, told; and its YAML, to be changed.

use gantry_model::read_manifest;
use gantry_yaml::emit;
use maud::{Markup, html};
use serde_json::Value;

use crate::icons::icon;
use crate::json::{items, text, texts};
use crate::layout::csrf_field;
use crate::link;
use crate::visit::Guest;

/// The page.
pub(super) fn show(guest: &Guest, project: &Value) -> Markup {
    let name = text(project, "/metadata/name");
    html! {
        p .acts {
            a .button href=(link::place("/applications", &[("project", name)])) { (icon("apps")) "ITS APPLICATIONS" }
            @let description = text(project, "/spec/description");
            @if !description.is_empty() { span .dim { (description) } }
        }
        (unenforced(project))
        (permits(project))
        (windows(project))
        (roles(project))
        (edit(guest, project, name))
        (delete(guest, name))
    }
}

/// What of it has no effect: a rule that nobody enforces looks like one that holds.
fn unenforced(project: &Value) -> Markup {
    let warnings = read_manifest(project).map(|read| read.warnings);
    html! {
        @for warning in warnings.unwrap_or_default() {
            p .note.warn { (icon("alert")) span { (warning.message) } }
        }
    }
}

fn permits(project: &Value) -> Markup {
    let chips = |all: Vec<String>, none: &str| {
        html! { @if all.is_empty() { span .dim { (none) } } @for one in all { span .chip { (one) } " " } }
    };
    let kinds = |pointer: &str| -> Vec<String> {
        let found = items(project, pointer).iter();
        found.map(kind).collect()
    };
    let texts = |pointer: &str| -> Vec<String> {
        let found = texts(project, pointer).into_iter();
        found.map(str::to_owned).collect()
    };
    let destinations = items(project, "/spec/destinations").iter();
    let destinations: Vec<String> = destinations.map(destination).collect();
    let forbidden = kinds("/spec/clusterResourceBlacklist");
    let permitted = kinds("/spec/namespaceResourceWhitelist");
    let orphaned = project.pointer("/spec/orphanedResources");
    html! {
        div .card { dl .facts {
            dt { "Sources" } dd { (chips(texts("/spec/sourceRepos"), "none")) }
            dt { "Destinations" } dd { (chips(destinations, "none")) }
            dt { "Cluster-scoped kinds" } dd { (chips(kinds("/spec/clusterResourceWhitelist"), "none"))
                @if !forbidden.is_empty() { " but not " (chips(forbidden, "")) } }
            dt { "Namespaced kinds" } dd {
                @if permitted.is_empty() { span .chip { "*" } " " } @else { (chips(permitted, "")) }
                @let forbidden = kinds("/spec/namespaceResourceBlacklist");
                @if !forbidden.is_empty() { "but not " (chips(forbidden, "")) } }
            @let places = texts("/spec/sourceNamespaces");
            @if !places.is_empty() { dt { "Application namespaces" } dd { (chips(places, "")) } }
            dt { "Orphaned resources" } dd {
                @match orphaned {
                    None | Some(Value::Null) => span .dim { "not looked for" },
                    Some(rules) if rules.get("warn") == Some(&Value::Bool(false)) => "looked for",
                    Some(_) => "looked for, with a warning",
                }
            }
        } }
    }
}

fn kind(kind: &Value) -> String {
    match text(kind, "/group") {
        "" => text(kind, "/kind").to_owned(),
        group => format!("{group}/{}", text(kind, "/kind")),
    }
}

/// Cluster and namespace.
pub(super) fn destination(to: &Value) -> String {
    let cluster = match text(to, "/name") {
        "" => text(to, "/server"),
        name => name,
    };
    format!("{cluster} / {}", text(to, "/namespace"))
}

fn windows(project: &Value) -> Markup {
    let all = items(project, "/spec/syncWindows");
    let of = |window: &Value, pointer: &str| texts(window, pointer).join(", ");
    html! {
        @if !all.is_empty() {
            h2 { "Sync windows" }
            div .scroll { table .rows {
                thead { tr { th scope="col" { "Kind" } th scope="col" { "Schedule" } th scope="col" { "Duration" } th scope="col" { "Applications" } th scope="col" { "Namespaces" } th scope="col" { "Clusters" } th scope="col" { "By hand" } } }
                tbody { @for window in all { tr {
                    th scope="row" { (text(window, "/kind")) }
                    td .mono { (text(window, "/schedule")) " " (text(window, "/timeZone")) }
                    td { (text(window, "/duration")) }
                    td { (of(window, "/applications")) } td { (of(window, "/namespaces")) } td { (of(window, "/clusters")) }
                    td { (if crate::json::is(window, "/manualSync") { "allowed" } else { "no" }) }
                } } }
            } }
        }
    }
}

fn roles(project: &Value) -> Markup {
    let all = items(project, "/spec/roles");
    html! {
        @if !all.is_empty() {
            h2 { "Roles" }
            div .scroll { table .rows {
                thead { tr { th scope="col" { "Name" } th scope="col" { "Description" } th scope="col" { "Groups" } th scope="col" { "Policies" } } }
                tbody { @for role in all { tr {
                    th scope="row" { (text(role, "/name")) }
                    td { (text(role, "/description")) }
                    td { @for group in texts(role, "/groups") { span .chip { (group) } " " } }
                    td .mono { @for policy in texts(role, "/policies") { p { (policy) } } }
                } } }
            } }
        }
    }
}

fn edit(guest: &Guest, project: &Value, name: &str) -> Markup {
    let sent = guest.visit.form.raw("spec");
    let yaml = if sent.is_empty() {
        emit(&project["spec"])
    } else {
        sent.to_owned()
    };
    html! {
        details .more open[!sent.is_empty()] { summary { "Edit as YAML" }
            form .sheet.broad method="post" action="/settings/projects/update" {
                (csrf_field(guest))
                input type="hidden" name="name" value=(name);
                input type="hidden" name="version" value=(text(project, "/metadata/resourceVersion"));
                label { span { "spec" } textarea .code name="spec" rows="24" spellcheck="false" { (yaml) } }
                div .acts { button .primary type="submit" { "SAVE" } a .button href="/settings/projects" { "CANCEL" } }
            }
        }
    }
}

fn delete(guest: &Guest, name: &str) -> Markup {
    html! {
        details .more { summary { "Delete this project" }
            form .sheet.broad method="post" action="/settings/projects/remove" {
                (csrf_field(guest))
                input type="hidden" name="name" value=(name);
                label { span { "Type its name to confirm" } input name="confirm" autocomplete="off" spellcheck="false" required; }
                div .acts { button .danger type="submit" { (icon("delete")) "DELETE" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::unenforced;

    #[test]
    fn rules_without_effect_are_named() {
        let project = |spec: serde_json::Value| {
            json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
                "metadata": {"name": "shop", "namespace": "argocd"}, "spec": spec})
        };
        let keys = json!({"sourceRepos": ["*"], "signatureKeys": [{"keyID": "FACED0CC0FFEE123"}]});
        let told = unenforced(&project(keys)).into_string();
        assert!(
            told.contains("`spec.signatureKeys` has no effect"),
            "{told}"
        );
        let plain = unenforced(&project(json!({"sourceRepos": ["*"]})));
        assert_eq!(plain.into_string(), "");
    }
}
