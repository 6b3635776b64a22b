//! What the revisions of an application say of themselves: a commit's author and message, a chart's maintainers.

use std::collections::BTreeMap;
use std::sync::Arc;

use gantry_api::app::View;
use gantry_api::{Code, Fault};
use gantry_engine::{Fetcher, Wanted};
use gantry_model::application::{Application, Source};
use gantry_source::is_commit_id;
use serde_json::{Value, json};

use super::repositories::blocking;
use super::{Running, told};

/// The author, date and message of a commit, and the tags that lead to it.
pub(super) async fn metadata(running: &Running, request: &Value) -> Result<Value, Fault> {
    let (source, project, revision) = wanted(running, request)?;
    if !is_commit_id(&revision) {
        return Err(invalid(format!("revision {revision} must be resolved")));
    }
    let Some(Wanted::Git(mut key)) = Wanted::of(&source, &project) else {
        return Err(invalid("the source is no Git repository".to_owned()));
    };
    key.revision = revision;
    let fetcher = Arc::clone(running.engine.workshop().fetcher());
    let read = blocking(move || {
        let commit = fetcher.commit(&key)?;
        let details = commit.details()?;
        // Not worth a failure: a commit is told of without them.
        let refs = fetcher.refs(&key.url, &key.project).unwrap_or_default();
        Ok((details, refs.tags_of(&commit.id)))
    });
    let (details, tags) = read
        .await?
        .map_err(|error: gantry_source::SourceError| told(&[error.diagnostic()]))?;
    let date = humantime::format_rfc3339_seconds(details.written).to_string();
    let mut found = json!({"author": details.author, "date": date, "message": details.message});
    if !tags.is_empty() {
        found["tags"] = json!(tags);
    }
    Ok(found)
}

/// What a chart's `Chart.yaml` says of it.
pub(super) async fn chart(running: &Running, request: &Value) -> Result<Value, Fault> {
    let (mut source, project, revision) = wanted(running, request)?;
    if source.chart.is_empty() {
        let name = View(&request["application"]).name();
        return Err(invalid(format!("no chart found for application: {name}")));
    }
    source.target_revision = revision;
    let fetcher = Arc::clone(running.engine.workshop().fetcher());
    let text = blocking(move || chart_yaml(&fetcher, &source, &project)).await??;
    let read = gantry_yaml::parse(&text);
    let read = read.map_err(|_| invalid("Chart.yaml cannot be read".to_owned()))?;
    let first = read.into_iter().next();
    Ok(details(
        &first.map(|document| document.value).unwrap_or_default(),
    ))
}

/// What an artifact in a registry says of itself. Argo CD names no image there either.
pub(super) async fn artifact(running: &Running, request: &Value) -> Result<Value, Fault> {
    let (source, project, revision) = wanted(running, request)?;
    let fetcher = Arc::clone(running.engine.workshop().fetcher());
    let (url, chart) = (source.repo_url, source.chart);
    let found = blocking(move || fetcher.annotations_of(&url, &chart, &revision, &project)).await?;
    let found = found.map_err(|error| told(&[error.diagnostic()]))?;
    Ok(about_artifact(&found))
}

fn about_artifact(annotations: &BTreeMap<String, String>) -> Value {
    let known = [
        ("createdAt", "created"),
        ("authors", "authors"),
        ("docsUrl", "documentation"),
        ("sourceUrl", "source"),
        ("version", "version"),
        ("description", "description"),
    ];
    let texts = known.into_iter().filter_map(|(field, key)| {
        let text = annotations.get(&format!("org.opencontainers.image.{key}"))?;
        Some((field.to_owned(), text.clone().into()))
    });
    Value::Object(texts.collect())
}

fn chart_yaml(fetcher: &Fetcher, source: &Source, project: &str) -> Result<String, Fault> {
    let Some(Wanted::Chart(key)) = Wanted::of(source, project) else {
        return Err(invalid("the source is no chart".to_owned()));
    };
    let chart = fetcher.chart(&key);
    let chart = chart.map_err(|error| told(&[error.diagnostic()]))?;
    let bytes = chart.tree.read("Chart.yaml");
    let bytes = bytes.map_err(|error| invalid(format!("the chart has no Chart.yaml: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn details(chart: &Value) -> Value {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let maintainers = chart["maintainers"].as_array();
    let maintainers = maintainers.into_iter().flatten().map(|maintainer| {
        let (name, email) = (text(maintainer, "name"), text(maintainer, "email"));
        if email.is_empty() {
            return name;
        }
        format!("{name} <{email}>").trim().to_owned()
    });
    json!({
        "description": text(chart, "description"),
        "home": text(chart, "home"),
        "maintainers": maintainers.collect::<Vec<_>>(),
    })
}

/// The source that a request is about, its project, and the revision. `versionId` is an entry of the history,
/// which has sources of its own.
fn wanted(running: &Running, request: &Value) -> Result<(Source, String, String), Fault> {
    let (app, asked) = (&request["application"], View(&request["request"]));
    let mut application = app.clone();
    if let Some(id) = number(&request["request"]["versionId"]) {
        let history = View(app).list("/status/history").iter();
        let entry = history.clone().find(|entry| entry["id"] == id);
        let entry =
            entry.ok_or_else(|| invalid(format!("revision not found by version ID {id}")))?;
        with_sources_of(&mut application, entry);
    }
    let read: Application = running.read(&application)?;
    let index = number(&request["request"]["sourceIndex"]).unwrap_or_default();
    let sources = read.sources.len();
    let found = usize::try_from(index).ok();
    let source = found.and_then(|index| read.sources.into_iter().nth(index));
    let source = source.ok_or_else(|| {
        invalid(format!(
            "source index {index} not found because there are only {sources} sources"
        ))
    })?;
    Ok((source, read.project, asked.text("/revision").to_owned()))
}

/// An entry has one source or several; what it does not have is no `null` in the manifest either.
fn with_sources_of(application: &mut Value, entry: &Value) {
    let Some(spec) = application["spec"].as_object_mut() else {
        return;
    };
    for key in ["source", "sources"] {
        match entry.get(key).filter(|value| !value.is_null()) {
            Some(value) => spec.insert(key.to_owned(), value.clone()),
            None => spec.remove(key),
        };
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}

fn invalid(message: String) -> Fault {
    Fault::new(Code::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{about_artifact, details, with_sources_of};

    #[test]
    fn an_artifact_s_annotations_are_told_as_argo_cd_does() {
        let annotations = [
            ("org.opencontainers.image.created", "2026-01-02T03:04:05Z"),
            ("org.opencontainers.image.authors", "Ada"),
            ("org.opencontainers.image.url", "https://shop.example"),
            (
                "org.opencontainers.image.documentation",
                "https://docs.example",
            ),
            (
                "org.opencontainers.image.source",
                "https://git.example/shop",
            ),
            ("org.opencontainers.image.version", "1.2.3"),
            ("org.opencontainers.image.description", "a shop"),
            ("team", "shop"),
        ];
        let annotations = annotations.map(|(key, text)| (key.to_owned(), text.to_owned()));
        let expected = json!({"createdAt": "2026-01-02T03:04:05Z", "authors": "Ada",
            "docsUrl": "https://docs.example", "sourceUrl": "https://git.example/shop", "version": "1.2.3",
            "description": "a shop"});
        assert_eq!(about_artifact(&annotations.into()), expected);
        assert_eq!(about_artifact(&[].into()), json!({}));
    }

    #[test]
    fn a_chart_s_maintainers_are_told_as_argo_cd_does() {
        let chart = json!({"description": "a shop", "home": "https://shop.example", "maintainers": [
            {"name": "Ada", "email": "ada@shop.example"}, {"name": "Bob"}, {"email": "c@shop.example"}]});
        let expected = json!({"description": "a shop", "home": "https://shop.example",
            "maintainers": ["Ada <ada@shop.example>", "Bob", "<c@shop.example>"]});
        assert_eq!(details(&chart), expected);
        assert_eq!(
            details(&json!({})),
            json!({"description": "", "home": "", "maintainers": []})
        );
    }

    #[test]
    fn an_entry_s_sources_take_the_place_of_both_fields() {
        let one = json!({"repoURL": "a"});
        let mut app = json!({"spec": {"project": "p", "sources": [{"repoURL": "b"}]}});
        with_sources_of(&mut app, &json!({"id": 1, "source": one, "sources": null}));
        assert_eq!(app, json!({"spec": {"project": "p", "source": one}}));
    }
}
