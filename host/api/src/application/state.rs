//! What the running control plane knows of an application: its objects, its tree, its manifests.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use gantry_model::{Object, limits};
use serde_json::{Value, json};

use crate::api::Answers;
use crate::app::{Name, View};
use crate::apps::Happened;
use crate::desk::Call;
use crate::fault::Fault;

pub(super) async fn managed(call: Call<'_>) -> Result<Value, Fault> {
    let app = call.app("applicationName", "get").await?;
    let items = call.desk.inside.managed_resources(id(&app)).await?;
    let ask = call.ask;
    let fits = |item: &Value| {
        ["group", "kind", "namespace", "name"].iter().all(|key| {
            let wanted = ask.text(key);
            wanted.is_empty() || item[*key].as_str().unwrap_or_default() == wanted
        })
    };
    let items: Vec<Value> = items.into_iter().filter(fits).collect();
    Ok(json!({"items": items}))
}

pub(super) async fn tree(call: Call<'_>) -> Result<Value, Fault> {
    let app = call.app("applicationName", "get").await?;
    call.desk.inside.tree(id(&app)).await
}

/// The tree now, and whenever the application has changed since. What changes in it without a change of the
/// application's own state is looked for now and then.
pub(super) async fn watch_tree(call: Call<'_>) -> Result<Answers, Fault> {
    let app = call.app("applicationName", "get").await?;
    let (desk, caller) = (Arc::clone(call.desk), call.caller.clone());
    let (name, rbac_name) = (Name::of(&app), desk.rbac_name(View(app.value())));
    let (_, events) = desk.apps.fitting_and_changes(|_| false);
    let begun = (events, None::<Value>, true);
    let answers = stream::unfold(begun, move |(mut events, mut before, mut is_first)| {
        let (desk, name) = (Arc::clone(&desk), name.clone());
        let (caller, rbac_name) = (caller.clone(), rbac_name.clone());
        async move {
            loop {
                if !std::mem::take(&mut is_first) {
                    let patience = Duration::from_secs(limits::API_TREE_SECS);
                    let heard = async {
                        loop {
                            match events.recv().await {
                                Ok(event) => {
                                    let app = event.entry.view();
                                    let is_it = app.name() == name.name
                                        && app.namespace() == name.namespace;
                                    if is_it {
                                        return event.happened != Happened::Deleted;
                                    }
                                }
                                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                                    return true;
                                }
                                Err(_) => return false,
                            }
                        }
                    };
                    if tokio::time::timeout(patience, heard).await == Ok(false) {
                        return None;
                    }
                }
                // Permissions may have gone since.
                if !desk
                    .access
                    .allows(&caller, "applications", "get", &rbac_name)
                {
                    return None;
                }
                let tree = desk.inside.tree((&name.namespace, &name.name)).await;
                match tree {
                    Ok(tree) if before.as_ref() == Some(&tree) => {}
                    Ok(tree) => {
                        before = Some(tree.clone());
                        return Some((Ok(tree), (events, before, false)));
                    }
                    Err(fault) => return Some((Err(fault), (events, before, false))),
                }
            }
        }
    });
    Ok(answers.boxed())
}

pub(super) async fn manifests(call: Call<'_>) -> Result<Value, Fault> {
    let app = call.app("name", "get").await?;
    let revision = call.ask.text("revision");
    let view = View(app.value());
    let mut objects = call.desk.inside.manifests(id(&app), revision).await?;
    objects.iter_mut().for_each(crate::mask::hide);
    let manifests: Vec<String> = objects.iter().map(Value::to_string).collect();
    Ok(json!({
        "manifests": manifests,
        "namespace": view.text("/spec/destination/namespace"),
        "server": view.text("/spec/destination/server"),
        "revision": crate::app::or(revision, view.text("/status/sync/revision")),
        "sourceType": view.text("/status/sourceType"),
    }))
}

/// What is asked of the control plane as it is, of an application that the caller may see.
pub(super) async fn pass(call: Call<'_>, name: &str, key: &str) -> Result<Value, Fault> {
    let app = call.app(key, "get").await?;
    let method = format!("application.ApplicationService/{name}");
    let request = json!({"application": app.value(), "request": call.ask.0});
    call.desk.inside.ask(&method, &request).await
}

pub(super) async fn no_links(call: Call<'_>) -> Result<Value, Fault> {
    call.app("name", "get").await?;
    Ok(json!({"items": []}))
}

pub(super) fn id(app: &Object) -> (&str, &str) {
    (app.namespace(), app.name())
}
