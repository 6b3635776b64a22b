//! Events of an application or an object, the newest first.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::application::Named;
use crate::json::{items, number, text};
use crate::layout::failed;
use crate::time::ago;
use crate::visit::Guest;

const METHOD: &str = "application.ApplicationService/ListResourceEvents";

/// Those of the application itself.
pub(crate) async fn of_application(guest: &Guest, named: &Named) -> Markup {
    show(guest, guest.ask(METHOD, named.request(json!({}))).await)
}

/// Those of an object.
pub(crate) async fn of_object(
    guest: &Guest,
    named: &Named,
    namespace: &str,
    name: &str,
    uid: &str,
) -> Markup {
    let request = named
        .request(json!({"resourceNamespace": namespace, "resourceName": name, "resourceUID": uid}));
    show(guest, guest.ask(METHOD, request).await)
}

fn show(guest: &Guest, answer: Result<Value, gantry_api::Fault>) -> Markup {
    let answer = match answer {
        Ok(answer) => answer,
        Err(fault) => return failed(&fault.message),
    };
    let mut events: Vec<&Value> = items(&answer, "/items").iter().collect();
    events.sort_by_key(|event| std::cmp::Reverse(last_seen(event)));
    html! {
        @if events.is_empty() { p .dim { "No events. Kubernetes keeps them for an hour." } }
        @else {
            div .scroll {
                table .rows {
                    thead { tr { th scope="col" { "Type" } th scope="col" { "Reason" } th scope="col" { "Message" } th scope="col" { "Count" } th scope="col" { "Last" } } }
                    tbody {
                        @for event in events {
                            @let is_bad = text(event, "/type") == "Warning";
                            tr {
                                td { span class=(if is_bad { "chip warn" } else { "chip" }) { (text(event, "/type")) } }
                                td { (text(event, "/reason")) }
                                td .message { (text(event, "/message")) }
                                td { (number(event, "/count").max(1)) }
                                td { (ago(last_seen(event), guest.visit.now)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn last_seen(event: &Value) -> &str {
    [
        "/lastTimestamp",
        "/eventTime",
        "/firstTimestamp",
        "/metadata/creationTimestamp",
    ]
    .into_iter()
    .map(|pointer| text(event, pointer))
    .find(|time| !time.is_empty())
    .unwrap_or_default()
}
