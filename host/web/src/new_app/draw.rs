//! The form, and the manifest as text.

use maud::{Markup, html};

use super::form::{OPTIONS, plugin_of};
use super::{Choices, parameters};
use crate::icons::icon;
use crate::json::text;
use crate::layout::{csrf_field, failed};
use crate::visit::{Fields, Guest};

/// The form.
pub(super) fn form(guest: &Guest, choices: &Choices, failure: &str) -> Markup {
    let sent = &guest.visit.form;
    html! {
        (failed(failure))
        form .sheet.broad method="post" action="/new-app" {
            (csrf_field(guest))
            div .acts.sticky {
                button .primary type="submit" name="step" value="create" { (icon("plus")) "CREATE" }
                a .button href="/applications" { "CANCEL" }
                span .spring {}
                button type="submit" name="step" value="yaml" formnovalidate { "EDIT AS YAML" }
            }
            (general(sent, choices))
            (source(sent, choices))
            (destination(sent, choices))
            (rendering(sent, choices))
        }
    }
}

fn input(
    sent: &Fields,
    name: &str,
    label: &str,
    example: &str,
    list: &str,
    is_required: bool,
) -> Markup {
    html! {
        label { span { (label) @if is_required { " *" } }
            input name=(name) value=(sent.get(name)) placeholder=(example) list=[(!list.is_empty()).then_some(list)] required[is_required] spellcheck="false" autocapitalize="none" autocomplete="off";
        }
    }
}

fn general(sent: &Fields, choices: &Choices) -> Markup {
    let is_automatic = sent.get("policy") == "automatic";
    let tick = |name: &str, label: &str| {
        html! { label .tick { input type="checkbox" name=(name) value="1" checked[sent.is(name)]; span { (label) } } }
    };
    html! {
        fieldset { legend { "General" }
            div .columns {
                (input(sent, "name", "Application name", "guestbook", "", true))
                (input(sent, "project", "Project", "default", "projects", false))
            }
            datalist #projects { @for name in &choices.projects { option value=(name) {} } }
            div .columns {
                label { span { "Sync policy" } select name="policy" {
                    option value="manual" { "Manual" }
                    option value="automatic" selected[is_automatic] { "Automatic" }
                } }
                div .ticks { (tick("prune", "Prune resources")) (tick("selfHeal", "Self heal")) (tick("cascade", "Delete its objects with it (finalizer)")) }
            }
            div .ticks {
                @for (option, label) in OPTIONS {
                    label .tick { input type="checkbox" name="option" value=(option) checked[sent.all("option").contains(&option)]; span { (label) } }
                }
                (tick("skipValidation", "Skip validation"))
            }
        }
    }
}

fn source(sent: &Fields, choices: &Choices) -> Markup {
    html! {
        fieldset { legend { "Source" }
            (input(sent, "repo", "Repository URL", "https://git.example/shop.git", "repositories", true))
            datalist #repositories { @for url in &choices.repositories { option value=(url) {} } }
            div .columns {
                (input(sent, "revision", "Revision", "HEAD", "", false))
                (input(sent, "path", "Path", "deploy", "", false))
                (input(sent, "chart", "or chart", "of a Helm repository", "", false))
            }
        }
    }
}

fn destination(sent: &Fields, choices: &Choices) -> Markup {
    html! {
        fieldset { legend { "Destination" }
            div .columns {
                (input(sent, "cluster", "Cluster, by name or URL", "in-cluster", "clusters", true))
                (input(sent, "namespace", "Namespace", "default", "", false))
            }
            datalist #clusters { @for (name, server) in &choices.clusters { option value=(if name.is_empty() { server } else { name }) { (server) } } }
        }
    }
}

fn rendering(sent: &Fields, choices: &Choices) -> Markup {
    let chosen = plugin_of(sent);
    html! {
        fieldset data-renderer { legend { "Renderer" }
            div .columns {
                label { span { "Rendered by" } select name="renderer" {
                    option value="" { "what the directory says (Chart.yaml, kustomization.yaml, else YAML)" }
                    @for plugin in &choices.renderers {
                        @let name = text(plugin, "/name");
                        option value=(name) selected[name == chosen] { (name) @let summary = text(plugin, "/summary"); @if !summary.is_empty() { ": " (summary) } }
                    }
                } }
                button type="submit" name="step" value="renderer" formnovalidate { "SHOW PARAMETERS" }
            }
            @if !chosen.is_empty() {
                @match choices.schema(chosen) {
                    Some(schema) => (parameters::draw(schema, sent)),
                    None => p .dim { "This renderer takes no parameters." },
                }
            }
        }
    }
}

/// The manifest as text.
pub(super) fn yaml(guest: &Guest, manifest: &str, failure: &str) -> Markup {
    html! {
        (failed(failure))
        form .sheet.broad method="post" action="/new-app" {
            (csrf_field(guest))
            div .acts.sticky {
                button .primary type="submit" name="step" value="create" { (icon("plus")) "CREATE" }
                a .button href="/applications" { "CANCEL" }
                span .spring {}
                a .button href="/new-app" { "USE THE FORM" }
            }
            label { span { "Manifest" } textarea .code name="manifest" rows="30" spellcheck="false" required { (manifest) } }
        }
    }
}
