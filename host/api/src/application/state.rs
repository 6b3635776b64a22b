//! What the running control plane knows of an application: its objects, its tree, its manifests.

use std::sync::Arc;

use futures::{StreamExt, stream};
use gantry_model::Object;
use serde_json::{Value, json};

use crate::api::Answers;
use crate::app::{Name, View};
use crate::desk::Call;
use crate::ending::while_so;
use crate::fault::Fault;
use crate::revisions::Revisions;

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
/// application's own state is looked for now and then. Who reads slowly sees the newest, and not all before it.
pub(super) async fn watch_tree(call: Call<'_>) -> Result<Answers, Fault> {
    let app = call.app("applicationName", "get").await?;
    let (desk, caller) = (Arc::clone(call.desk), call.caller.clone());
    let feed = desk.trees.of(&Name::of(&app), &desk.apps, &desk.inside);
    let (asked, begun) = (Arc::clone(&desk), (feed.follow(), feed));
    // Permissions may go meanwhile.
    let may_see = move || asked.may_see(&caller, &app, &["applications"]);
    let may = may_see.clone();
    let answers = stream::unfold(begun, move |(mut seen, feed)| {
        let may = may.clone();
        async move {
            loop {
                seen.changed().await.ok()?;
                if !may() {
                    return None;
                }
                let now = seen.borrow_and_update().clone();
                let Some(tree) = now else { continue };
                let answer = tree.map(|tree| Value::clone(&tree));
                return Some((answer, (seen, feed)));
            }
        }
    });
    Ok(while_so(answers.boxed(), may_see))
}

pub(super) async fn manifests(call: Call<'_>) -> Result<Value, Fault> {
    let app = call.app("name", "get").await?;
    let revisions = Revisions::of(call.ask)?;
    let view = View(app.value());
    let mut objects = call.desk.inside.manifests(id(&app), &revisions).await?;
    let sensitive = call.desk.inside.sensitive_annotations();
    objects
        .iter_mut()
        .for_each(|object| crate::mask::hide(object, &sensitive));
    let manifests: Vec<String> = objects.iter().map(Value::to_string).collect();
    Ok(json!({
        "manifests": manifests,
        "namespace": view.text("/spec/destination/namespace"),
        "server": view.text("/spec/destination/server"),
        "revision": crate::app::or(&revisions.one, view.text("/status/sync/revision")),
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
