//! ROLLBACK asks first: what it changes, and that automated sync ends with it.

use gantry_api::Fault;
use gantry_api::app::View;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::acts::{after, told};
use super::commits::Commits;
use super::history::{changed, sources};
use super::{Named, Panel, form, page_after, panel as frame};
use crate::answer::{Response, invalid};
use crate::applications::{short_repository, source_path};
use crate::icons::icon;
use crate::json::{items, number, text};
use crate::layout::failed;
use crate::time::ago;
use crate::visit::Guest;

/// The entry of the history that an address or a form names.
pub(super) fn chosen<'a>(guest: &Guest, app: &'a Value) -> Option<&'a Value> {
    let id = match guest.visit.form.get("id") {
        "" => guest.query("id"),
        sent => sent,
    };
    let id: i64 = id.parse().ok()?;
    let mut entries = items(app, "/status/history").iter();
    entries.find(|entry| number(entry, "/id") == id)
}

/// The panel.
pub(super) async fn panel(
    guest: &Guest,
    named: &Named,
    app: &Value,
    entry: &Value,
    failure: &str,
) -> Markup {
    let now = items(app, "/status/history").last().unwrap_or(entry);
    let commits = Commits::of(guest, named, [now, entry]).await;
    let id = number(entry, "/id").to_string();
    let is_automated = View(app).is_automated();
    let body = html! {
        (failed(failure))
        p { "This syncs " b { (named.name) } " to what it was " (ago(text(entry, "/deployedAt"), guest.visit.now)) ", entry #" (id) " of its history." }
        div .scroll { table .rows {
            thead { tr { th scope="col" { "" } th scope="col" { "Now" } th scope="col" { "After the rollback" } } }
            tbody {
                @for (place, (source, revision)) in sources(entry).iter().enumerate() {
                    @let old = sources(now).get(place).map(|(_, revision)| *revision).unwrap_or_default();
                    tr {
                        th scope="row" { (short_repository(text(source, "/repoURL"))) " " (source_path(source)) }
                        td { (commit(guest, &commits, source, old)) }
                        td { (commit(guest, &commits, source, revision)) }
                    }
                }
                tr { th scope="row" { "Synced" } td { (ago(text(now, "/deployedAt"), guest.visit.now)) } td { (ago(text(entry, "/deployedAt"), guest.visit.now)) } }
            }
        } }
        h3 { "What changes" }
        (changed(entry, now))
        @if is_automated {
            p .note.warn { (icon("alert")) span { b { "Automated sync is on and would undo it." } " It is turned off first. Turn it on again in DETAILS, SYNC POLICY." } }
        }
        p .dim { "Hooks do not run. Until Git says the same, the application is OutOfSync." }
        (form(guest, &named.place("rollback"), html! {
            input type="hidden" name="id" value=(id);
            @if is_automated { input type="hidden" name="pause" value="1"; }
            label .tick { input type="checkbox" name="prune" value="1" checked[guest.visit.form.is("prune")]; span { "Prune: delete what was not there then" } }
            div .acts {
                button .danger type="submit" { (icon("history")) (if is_automated { "TURN OFF AUTO-SYNC AND ROLL BACK" } else { "ROLL BACK" }) }
                a .button href=(named.place("history")) { "CANCEL" }
            }
        }))
    };
    frame(named, &format!("Roll back to #{id}"), "wide", body)
}

fn commit(guest: &Guest, commits: &Commits<'_>, source: &Value, revision: &str) -> Markup {
    html! {
        b .mono title=(revision) { (super::header::short(revision)) }
        (commits.line(guest, source, revision))
    }
}

/// Does it.
pub(crate) async fn roll_back(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let sent = &guest.visit.form;
    let id: i64 = sent
        .get("id")
        .parse()
        .map_err(|_| invalid("no such entry of the history"))?;
    let is_paused = sent.is("pause");
    if is_paused {
        // What else the policy says is kept for when it is turned on again.
        let patch = json!({"syncPolicy": {"automated": {"enabled": false}}});
        if let Err(fault) = named.change(guest, &patch).await {
            return page_after(guest, named, Panel::History, &told(&fault)?).await;
        }
    }
    let request = named.request(json!({"id": id, "prune": sent.is("prune")}));
    match guest
        .ask("application.ApplicationService/Rollback", request)
        .await
    {
        Ok(_) => Ok(after(named, "rollback")),
        Err(fault) => {
            let mut message = told(&fault)?;
            if is_paused {
                message.push_str(" Automated sync was turned off.");
            }
            page_after(guest, named, Panel::History, &message).await
        }
    }
}

#[cfg(test)]
mod tests {
    use gantry_api::{Code, Fault};
    use http::StatusCode;
    use serde_json::{Value, json};

    use crate::stub::Stub;

    const APP: &str = "/applications/argocd/shop";

    /// A control plane whose repository cannot be rendered: it takes no change that it is to check.
    fn broken(method: &str, request: &Value) -> Result<Value, Fault> {
        match method {
            "Get" => Ok(json!({
                "metadata": {"name": "shop", "namespace": "argocd", "labels": {"team": "a"}},
                "spec": {"project": "default", "source": {"repoURL": "https://git.example/shop", "path": "."},
                    "syncPolicy": {"automated": {"prune": true, "selfHeal": true}, "syncOptions": ["Prune=false"]}},
                "status": {"history": [{"id": 1, "revision": "a"}]},
            })),
            "UpdateSpec" if request["validate"] == false => Ok(request["spec"].clone()),
            "Rollback" | "ResourceTree" | "RevisionMetadata" => Ok(json!({})),
            _ => Err(Fault::new(
                Code::InvalidArgument,
                "application spec is invalid: the repository cannot be read",
            )),
        }
    }

    /// What is asked when a form is sent, with the policy that it asks for.
    async fn policy_after(place: &str, fields: &[(&str, &str)]) -> Value {
        let plane = Stub::new(broken);
        let page = plane.post(&format!("{APP}/{place}"), fields).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{place}");
        let asked = plane.last("UpdateSpec").expect("the spec is changed");
        assert_eq!(asked["spec"]["source"]["path"], ".", "all else stays");
        assert_eq!(
            asked["spec"]["syncPolicy"]["syncOptions"],
            json!(["Prune=false"])
        );
        asked["spec"]["syncPolicy"]["automated"].clone()
    }

    #[tokio::test]
    async fn automated_sync_is_turned_off_while_git_is_broken() {
        let rollback = policy_after("rollback", &[("id", "1"), ("pause", "1")]);
        let expected = json!({"prune": true, "selfHeal": true, "enabled": false});
        assert_eq!(rollback.await, expected);
        let policy = policy_after("details", &[("tab", "policy"), ("prune", "1")]);
        assert_eq!(policy.await, json!({"prune": true, "enabled": false}));
    }
}
