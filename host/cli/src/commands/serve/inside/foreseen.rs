//! `ServerSideDiff`: what an apply would make of objects, as their API server says by dry run.
//!
//! The client sends what it takes for live, which is not believed: it is read here. Of Secrets nothing of what the
//! client sends is looked at: else whoever guesses a value could ask whether it is the one.

use futures::StreamExt;
use gantry_api::app::View;
use gantry_api::{Code, Fault};
use gantry_diff::mask::{self, Sensitive};
use gantry_diff::{Ignore, compare_predicted};
use gantry_model::application::Application;
use gantry_model::{Object, limits};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{Asked, Running, managed, told};

/// What all of one request share.
struct Question<'a> {
    running: &'a Running,
    asked: &'a Asked,
    ignore: Ignore,
    /// The application's own objects, for its Secrets.
    own: OnceCell<Vec<Value>>,
}

pub(super) async fn diff(running: &Running, request: &Value) -> Result<Value, Fault> {
    let object = Object::new(request["application"].clone(), None);
    let object = object.map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
    let application = running.read(object.value())?;
    let rules = running.engine.ignored();
    let (ignore, _) = Ignore::compile_with(&rules, &application.ignore_differences);
    let asked = Asked {
        object,
        application,
    };
    let question = Question {
        running,
        asked: &asked,
        ignore,
        own: OnceCell::new(),
    };
    let request = View(&request["request"]);
    let (live, targets) = (
        request.list("/liveResources"),
        request.list("/targetManifests"),
    );
    let count = live.len().max(targets.len());
    let pairs = (0..count).map(|index| (live.get(index).cloned(), targets.get(index).cloned()));
    let items = pairs.map(|(live, target)| {
        let question = &question;
        async move { question.one(live.as_ref(), target.as_ref()).await }
    });
    let items: Vec<Result<Value, Fault>> = futures::stream::iter(items)
        .buffered(limits::APPLICATIONS_IN_FLIGHT_MAX)
        .collect()
        .await;
    let items = items.into_iter().collect::<Result<Vec<Value>, Fault>>()?;
    let modified = items.iter().any(|item| item["modified"] == true);
    Ok(json!({"items": items, "modified": modified}))
}

/// Group, kind, namespace and name.
type Key = [String; 4];

impl Question<'_> {
    async fn one(&self, live: Option<&Value>, target: Option<&Value>) -> Result<Value, Fault> {
        let target = target_of(target, &self.asked.application)?;
        let named = live.filter(|live| live["name"].is_string()).map(|live| {
            ["group", "kind", "namespace", "name"]
                .map(|key| live[key].as_str().unwrap_or_default().to_owned())
        });
        let meant = target.as_ref().map(key_of);
        if let (Some(named), Some(meant)) = (&named, &meant)
            && named != meant
        {
            let message = format!("{} is compared with {}", named.join("/"), meant.join("/"));
            return Err(Fault::new(Code::InvalidArgument, message));
        }
        let Some(key) = named.or(meant) else {
            let message = "neither a live object nor a manifest";
            return Err(Fault::new(Code::InvalidArgument, message));
        };
        self.must_be_known(&key)?;
        let mut item = match target {
            _ if is_secret(&key) => self.secret(&key).await?,
            None => self.only_live(&key).await,
            Some(target) => self.both(&target).await?,
        };
        let [group, kind, namespace, name] = key;
        item["group"] = group.into();
        item["kind"] = kind.into();
        item["namespace"] = namespace.into();
        item["name"] = name.into();
        item["hook"] = json!(live.is_some_and(|live| live["hook"] == true));
        Ok(item)
    }

    /// Refuses what is none of the application's.
    fn must_be_known(&self, key: &Key) -> Result<(), Fault> {
        let app = View(self.asked.object.value());
        let known = app.list("/status/resources").iter().map(|known| {
            ["/group", "/kind", "/namespace", "/name"].map(|pointer| View(known).text(pointer))
        });
        let mut known = known;
        if known.any(|known| known == key.each_ref().map(String::as_str)) {
            return Ok(());
        }
        let [group, kind, _, name] = key;
        let message = format!(
            "{kind} {group} {name} not found as part of application {}",
            app.name()
        );
        Err(Fault::new(Code::PermissionDenied, message))
    }

    /// As the application's own look sees it.
    async fn secret(&self, key: &Key) -> Result<Value, Fault> {
        let own = self
            .own
            .get_or_try_init(|| managed::items(self.running, self.asked));
        let is_it = |item: &&Value| {
            ["group", "kind", "namespace", "name"]
                .map(|field| item[field].as_str().unwrap_or_default())
                == key.each_ref().map(String::as_str)
        };
        let Some(found) = own.await?.iter().find(is_it) else {
            return Ok(item(None, None, false));
        };
        Ok(json!({
            "targetState": found["predictedLiveState"],
            "liveState": found["normalizedLiveState"],
            "modified": found["modified"],
            "resourceVersion": found["resourceVersion"],
        }))
    }

    async fn only_live(&self, key: &Key) -> Value {
        let app = View(self.asked.object.value());
        let known = app.list("/status/resources").iter().map(View);
        let [group, kind, namespace, name] = key;
        let mut known =
            known.filter(|known| known.text("/group") == group && known.text("/kind") == kind);
        let version = known.next().map_or("", |known| known.text("/version"));
        let gvk = gantry_model::Gvk {
            group: group.clone(),
            version: version.to_owned(),
            kind: kind.clone(),
        };
        let Ok(cluster) = self.running.connect(&self.asked.application) else {
            return item(None, None, true);
        };
        let live = managed::live(&*cluster, &gvk, namespace, name).await;
        let live = live.map(|live| mask::presentable(live.value()));
        item(live, None, true)
    }

    async fn both(&self, target: &Object) -> Result<Value, Fault> {
        let engine = &self.running.engine;
        let foreseen = engine.foresee_object(&self.asked.application, target).await;
        let (live, after) = foreseen.map_err(|error| told(&error.diagnostics()))?;
        let Some(live) = live else {
            let wanted = mask::presentable(target.value());
            return Ok(item(None, Some(wanted), true));
        };
        let verdict = compare_predicted(live.value(), after.value(), &self.ignore);
        let mut item = item(verdict.normalized_live, verdict.predicted, verdict.modified);
        item["resourceVersion"] = live.resource_version().into();
        Ok(item)
    }
}

fn item(mut live: Option<Value>, mut target: Option<Value>, modified: bool) -> Value {
    // Of Secrets it is the application's own look that is told; this is for whatever comes here all the same.
    mask::secrets(live.as_mut(), target.as_mut(), &Sensitive::default());
    let text = |value: Option<Value>| value.unwrap_or_default().to_string();
    json!({"targetState": text(target), "liveState": text(live), "modified": modified, "diff": ""})
}

fn is_secret(key: &Key) -> bool {
    key[0].is_empty() && key[1] == "Secret"
}

fn key_of(object: &Object) -> Key {
    let gvk = object.gvk();
    [
        gvk.group,
        gvk.kind,
        object.namespace().to_owned(),
        object.name().to_owned(),
    ]
}

/// A manifest of a request; none where there is none.
fn target_of(text: Option<&Value>, application: &Application) -> Result<Option<Object>, Fault> {
    let text = text.and_then(Value::as_str).unwrap_or_default();
    if text.is_empty() || text == "null" {
        return Ok(None);
    }
    let invalid = |why: String| Fault::new(Code::InvalidArgument, why);
    let value: Value = serde_json::from_str(text)
        .map_err(|_| invalid("a target manifest is no JSON".to_owned()))?;
    let object = Object::new(value, None).map_err(|error| invalid(error.to_string()))?;
    let mut object = object;
    let id = object
        .annotation(gantry_sync::TRACKING_ID)
        .map(str::to_owned);
    if id.is_none() {
        let key = gantry_sync::Key::of(&object);
        let namespace = &application.destination.namespace;
        let name = gantry_engine::tracking_name(application);
        let id = gantry_sync::tracking_id(&name, &key, namespace);
        object.set_annotation(gantry_sync::TRACKING_ID, &id);
    }
    Ok(Some(object))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::item;

    #[test]
    fn cve_2026_42880_a_server_side_diff_has_no_secrets_values() {
        let secret = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": value}, "stringData": {"b": value}});
        for (live, target) in [
            (Some(secret("aGlkZGVu")), Some(secret("b3RoZXI="))),
            (Some(secret("aGlkZGVu")), None),
            (None, Some(secret("b3RoZXI="))),
        ] {
            let text = item(live, target, true).to_string();
            assert!(
                !text.contains("aGlkZGVu") && !text.contains("b3RoZXI="),
                "{text}"
            );
        }
    }
}
