//! Local accounts.

use gantry_api::Fault;
use maud::{Markup, html};
use serde_json::json;

use crate::icons::{icon, state};
use crate::json::{is, items, text, texts};
use crate::visit::Guest;

/// All that the caller may see.
pub(super) async fn show(guest: &Guest) -> Result<Markup, Fault> {
    let answer = guest
        .ask("account.AccountService/ListAccounts", json!({}))
        .await?;
    Ok(html! {
        p .lead { "Accounts are entries of " code { "argocd-cm" } "; what they may is in " code { "argocd-rbac-cm" } "." }
        div .scroll { table .rows {
            caption .hidden { "Accounts" }
            thead { tr { th scope="col" { "Name" } th scope="col" { "State" } th scope="col" { "May" } th scope="col" { "Tokens" } } }
            tbody { @for account in items(&answer, "/items") {
                tr {
                    th scope="row" { (icon("user")) (text(account, "/name")) }
                    td { @if is(account, "/enabled") { (state("synced", "s-good", "Enabled")) } @else { (state("failed", "s-none", "Disabled")) } }
                    td { @for capability in texts(account, "/capabilities") { span .chip { (capability) } " " } }
                    td { (items(account, "/tokens").len()) }
                }
            } }
        } }
    })
}
