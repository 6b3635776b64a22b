//! What of a repository must be fetched: only from those that the caller may see, and only what they could have
//! an application of.

use gantry_store::Kind;
use serde_json::{Map, Value};

use super::{denied, used};
use crate::app::View;
use crate::desk::Call;
use crate::fault::Fault;

pub(super) async fn read(call: Call<'_>, name: &str) -> Result<Value, Fault> {
    let url = match name {
        "GetAppDetails" => call.ask.within("source").needed("repoURL")?,
        _ => call.ask.needed("repo")?,
    };
    let project = match (name, call.ask.text("appProject")) {
        ("GetAppDetails", "") => "default",
        (_, project) => project,
    };
    // The project chooses whose credentials are used: it is these that the caller may see, or not.
    if !call.may("repositories", "get", &used(call, project, url).await?) {
        return Err(denied());
    }
    match name {
        "ListApps" => may_make(call)?,
        "GetAppDetails" => may_look(call).await?,
        _ => {}
    }
    let method = format!("repository.RepositoryService/{name}");
    call.desk.inside.ask(&method, call.ask.0).await
}

/// The namespace and the name of the application that is asked for.
fn application<'a>(call: Call<'a>) -> (&'a str, &'a str) {
    let home = call.desk.home.namespace();
    let name = call.ask.text("appName");
    name.split_once('/').unwrap_or((home, name))
}

fn rbac_name(call: Call<'_>) -> String {
    let (namespace, name) = application(call);
    call.desk
        .named(call.ask.text("appProject"), namespace, name)
}

/// A repository is looked through for those who may make or change the application.
fn may_make(call: Call<'_>) -> Result<(), Fault> {
    let object = rbac_name(call);
    let may = |action| call.may("applications", action, &object);
    if may("create") || may("update") {
        return Ok(());
    }
    Err(denied())
}

/// The details of a source are for those who may see the application that has or had it; of one that there is
/// not yet, for those who may make it.
async fn may_look(call: Call<'_>) -> Result<(), Fault> {
    let object = rbac_name(call);
    call.must("applications", "get", &object)?;
    let (namespace, name) = application(call);
    let home = &call.desk.home;
    let found = match name {
        "" => None,
        name => home.get(Kind::Application, namespace, name).await?,
    };
    let Some(app) = found else {
        return call.must("applications", "create", &object);
    };
    let app = View(app.value());
    let source = call.ask.value("source");
    if app.project() == call.ask.text("appProject") && has_or_had(app, source) {
        return Ok(());
    }
    Err(denied())
}

/// Whether a source is one of an application's, or of what was synced: there it is of the revision it had then.
fn has_or_had(app: View<'_>, wanted: &Value) -> bool {
    let wanted = plain(wanted);
    let is_it = |source: &Value| plain(source) == wanted;
    if app.sources().iter().any(|source| is_it(source.0)) {
        return true;
    }
    app.list("/status/history").iter().any(|entry| {
        let (entry, several) = (View(entry), View(entry).list("/sources"));
        let at = |source: &Value, revision: &str| {
            let mut source = source.clone();
            source["targetRevision"] = revision.into();
            is_it(&source)
        };
        if several.is_empty() {
            let source = &entry.0["source"];
            return source.is_object() && at(source, entry.text("/revision"));
        }
        let revisions = entry.list("/revisions").iter();
        several
            .iter()
            .zip(revisions)
            .any(|(source, revision)| at(source, revision.as_str().unwrap_or_default()))
    })
}

/// Without what is empty: clients write it or leave it out.
fn plain(value: &Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(map) => {
            let plain = map.iter().map(|(key, value)| (key.clone(), plain(value)));
            let left: Map<String, Value> = plain.filter(|(_, value)| !is_empty(value)).collect();
            Value::Object(left)
        }
        Value::Array(all) => all.iter().map(plain).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::has_or_had;
    use crate::app::View;

    #[test]
    fn a_source_is_one_that_the_application_has_or_had() {
        let app = json!({"spec": {"source": {"repoURL": "a", "path": "p", "targetRevision": "main", "helm": {"values": ""}}},
        "status": {"history": [
            {"revision": "abc", "source": {"repoURL": "a", "path": "old", "targetRevision": "main"}},
            {"revisions": ["d", "e"], "sources": [{"repoURL": "a"}, {"repoURL": "b", "chart": "c"}]},
        ]}});
        let cases = [
            (
                json!({"repoURL": "a", "path": "p", "targetRevision": "main"}),
                true,
            ),
            (
                json!({"repoURL": "a", "path": "p", "targetRevision": "v1"}),
                false,
            ),
            (
                json!({"repoURL": "a", "path": "old", "targetRevision": "abc"}),
                true,
            ),
            (
                json!({"repoURL": "a", "path": "old", "targetRevision": "main"}),
                false,
            ),
            (
                json!({"repoURL": "b", "chart": "c", "targetRevision": "e", "helm": {}}),
                true,
            ),
            (
                json!({"repoURL": "b", "chart": "c", "targetRevision": "d"}),
                false,
            ),
            (
                json!({"repoURL": "a", "path": "p", "targetRevision": "main", "helm": {"values": "x"}}),
                false,
            ),
        ];
        for (source, expected) in cases {
            assert_eq!(has_or_had(View(&app), &source), expected, "{source}");
        }
    }
}
