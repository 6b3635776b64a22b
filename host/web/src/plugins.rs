//! Plugins: what renders and judges, how it does, and who uses it.

use gantry_api::Fault;
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::answer::Response;
use crate::icons::{icon, state};
use crate::json::{items, number, scalar, text};
use crate::layout::{Page, Section};
use crate::link;
use crate::visit::Guest;

/// The page.
pub(crate) async fn page(guest: &Guest) -> Result<Response, Fault> {
    let answer = guest.ask("gantry.PluginService/List", json!({})).await?;
    let plugins = items(&answer, "/items");
    let body = html! {
        p .lead { "Rendering and health checks are sandboxed WebAssembly components. A file in the plugin directory is one." }
        div .scroll { table .rows {
            caption .hidden { "Plugins" }
            thead { tr {
                th scope="col" { "Name" } th scope="col" { "Kind" } th scope="col" .far { "Version" } th scope="col" .far { "Digest" }
                th scope="col" .n { "Calls" } th scope="col" .n { "p99" } th scope="col" .n { "Errors" } th scope="col" { "Used by" }
            } }
            tbody { @for plugin in plugins { (line(plugin)) } }
        } }
        @if plugins.is_empty() { div .empty { (icon("plug")) h2 { "No plugins" } } }
    };
    Ok(Page::new(Section::Plugins, "Plugins", body).answer(guest))
}

fn line(plugin: &Value) -> Markup {
    let digest = text(plugin, "/digest");
    let short: String = digest
        .trim_start_matches("sha256:")
        .chars()
        .take(12)
        .collect();
    let users = items(plugin, "/usedBy");
    let error = match plugin.get("error") {
        Some(Value::String(message)) => message.as_str(),
        Some(error) => text(error, "/message"),
        None => "",
    };
    html! {
        tr {
            th scope="row" { (icon("plug")) (text(plugin, "/name"))
                @let summary = text(plugin, "/summary");
                @if !summary.is_empty() { p .dim .clip { (summary) } }
                @if !error.is_empty() { p { (state("failed", "s-bad", error)) } }
            }
            td { (text(plugin, "/kind")) @let origin = text(plugin, "/origin"); @if !origin.is_empty() { " " span .chip { (origin) } } }
            td .far { (text(plugin, "/version")) }
            td .mono.far title=(digest) { (short) }
            td .n { (number(plugin, "/calls")) }
            td .n { (seconds(plugin)) }
            td .n { @let errors = number(plugin, "/errors"); @if errors > 0 { span .chip.warn { (errors) } } @else { "0" } }
            td {
                @for user in users.iter().take(USERS_SHOWN) {
                    @match user.as_str() {
                        Some(name) => { span .chip { (name) } " " }
                        None => { a .chip href=(link::application(text(user, "/namespace"), text(user, "/name"), "")) { (text(user, "/name")) } " " }
                    }
                }
                @if users.len() > USERS_SHOWN { "and " (users.len() - USERS_SHOWN) " more" }
            }
        }
    }
}

/// Applications that are named on a plugin's line.
const USERS_SHOWN: usize = 5;

/// The p99 of its calls, in milliseconds or seconds.
fn seconds(plugin: &Value) -> String {
    let Some(seconds) = plugin.get("p99Seconds").and_then(Value::as_f64) else {
        return plugin.get("p99").map(scalar).unwrap_or_default();
    };
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1_000.0)
    } else {
        format!("{seconds:.2} s")
    }
}
