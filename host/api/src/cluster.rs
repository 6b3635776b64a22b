//! `cluster.ClusterService`.

mod write;

use gantry_model::secrets::SECRET_TYPE_LABEL;
use gantry_store::Kind;
use serde_json::{Map, Value, json};

use crate::apps::Destinations;
use crate::desk::Call;
use crate::fault::{Code, Fault};
use crate::secret::{self, Entries};

/// What `kubectl apply` leaves of a Secret: its values (CVE-2023-40029).
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What of a cluster is not in the entries of its Secret.
const MAPS: [&str; 2] = ["labels", "annotations"];

/// Argo CD's words about a cluster that nobody asks.
const UNUSED: &str = "Cluster has no applications and is not being monitored.";

pub(crate) async fn call(call: Call<'_>, name: &str) -> Result<Value, Fault> {
    match name {
        "List" => {
            let items = all(call).await?;
            Ok(json!({"metadata": {}, "items": items}))
        }
        "Get" => Ok(one(call, "get").await?),
        "Create" => write::create(call).await,
        "Update" => write::update(call).await,
        "Delete" => write::delete(call).await,
        "InvalidateCache" | "RotateAuth" => {
            let found = one(call, "update").await?;
            let method = format!("cluster.ClusterService/{name}");
            call.desk.inside.ask(&method, &found).await
        }
        _ => Err(Fault::unserved(&format!("cluster.ClusterService/{name}"))),
    }
}

/// All clusters that the caller may see, without credentials.
pub(crate) async fn all(call: Call<'_>) -> Result<Vec<Value>, Fault> {
    let mut all = known(call).await?;
    all.retain(|cluster| call.may("clusters", "get", &rbac_name(cluster)));
    let counts = call.desk.apps.destinations();
    all.iter_mut().for_each(|cluster| count(cluster, &counts));
    Ok(all)
}

fn text<'a>(cluster: &'a Value, key: &str) -> &'a str {
    cluster[key].as_str().unwrap_or_default()
}

/// A cluster's name in policies: its server, after its project if it has one.
fn rbac_name(cluster: &Value) -> String {
    named(text(cluster, "project"), text(cluster, "server"))
}

fn named(project: &str, server: &str) -> String {
    if project.is_empty() {
        server.to_owned()
    } else {
        format!("{project}/{server}")
    }
}

/// Those of the Secrets, and those that the control plane has without one: without a count, and with their other
/// names and servers.
async fn known(call: Call<'_>) -> Result<Vec<Value>, Fault> {
    let secrets = secret::all(&*call.desk.home, "cluster").await?;
    let inside = call.desk.inside.clusters().await?;
    let mut all: Vec<Value> = secrets
        .iter()
        .map(|(object, entries)| {
            let mut shown = shown(entries);
            for key in MAPS {
                let map = map_of(object, key);
                if !map.is_empty() {
                    shown[key] = Value::Object(map);
                }
            }
            shown
        })
        .collect();
    let is = |a: &Value, b: &Value| {
        text(a, "server") == text(b, "server") && text(a, "project") == text(b, "project")
    };
    for state in inside {
        match all.iter_mut().find(|cluster| is(cluster, &state)) {
            Some(cluster) => {
                for key in ["connectionState", "serverVersion", "info", "aliases"] {
                    cluster[key] = state[key].clone();
                }
            }
            None => all.push(state),
        }
    }
    all.sort_by(|a, b| text(a, "name").cmp(text(b, "name")));
    Ok(all)
}

/// The labels or annotations that somebody has given a cluster.
fn map_of(object: &gantry_model::Object, key: &str) -> Map<String, Value> {
    let map = object.value()["metadata"][key].as_object();
    let mut map = map.cloned().unwrap_or_default();
    for own in [LAST_APPLIED, SECRET_TYPE_LABEL, "managed-by"] {
        map.remove(own);
    }
    map
}

/// Says how many applications go to a cluster, by whatever name of it, in place of these names.
fn count(cluster: &mut Value, counts: &Destinations) {
    let aliases = cluster
        .as_object_mut()
        .and_then(|all| all.remove("aliases"));
    let aliases = aliases.as_ref().and_then(Value::as_array);
    let aliases = aliases.into_iter().flatten().filter_map(Value::as_str);
    let count = counts.of(text(cluster, "name"), text(cluster, "server"), aliases);
    cluster["info"]["applicationsCount"] = count.into();
    let known = text(&cluster["connectionState"], "status");
    if known.is_empty() || known == "Unknown" {
        let message = if count == 0 { UNUSED } else { "" };
        let state = json!({"status": "Unknown", "message": message, "attemptedAt": null});
        cluster["connectionState"] = state.clone();
        cluster["info"]["connectionState"] = state;
    }
}

fn shown(entries: &Entries) -> Value {
    let text = |key: &str| entries.get(key).map_or("", String::as_str);
    let config: Value = serde_json::from_str(text("config")).unwrap_or_default();
    let tls = &config["tlsClientConfig"];
    let mut shown = json!({
        "server": text("server"),
        "name": crate::app::or(text("name"), text("server")),
        "config": {"tlsClientConfig": {"insecure": tls["insecure"] == true}},
        "info": {},
    });
    if let Some(name) = tls["serverName"].as_str().filter(|name| !name.is_empty()) {
        shown["config"]["tlsClientConfig"]["serverName"] = name.into();
    }
    let namespaces = text("namespaces").split(',').map(str::trim);
    let namespaces: Vec<&str> = namespaces.filter(|n| !n.is_empty()).collect();
    if !namespaces.is_empty() {
        shown["namespaces"] = namespaces.into();
    }
    if !text("project").is_empty() {
        shown["project"] = text("project").into();
    }
    if text("clusterResources") == "true" {
        shown["clusterResources"] = true.into();
    }
    shown
}

/// The cluster that the request names, by server or by name. CVE-2024-36106: one that the caller may not
/// see is like one that is not there.
async fn one(call: Call<'_>, action: &str) -> Result<Value, Fault> {
    let id = call.ask.within("id");
    let (by_name, wanted) = match (id.text("value"), call.ask.text("server")) {
        ("", "") => (true, call.ask.text("name")),
        ("", server) => (false, server),
        (value, _) => (matches!(id.text("type"), "name" | "name_escaped"), value),
    };
    let denied = || Fault::new(Code::PermissionDenied, "permission denied");
    let key = if by_name { "name" } else { "server" };
    let wanted = if by_name {
        wanted
    } else {
        wanted.trim_end_matches('/')
    };
    let mut found = known(call).await?;
    found.retain(|cluster| {
        text(cluster, key).trim_end_matches('/') == wanted
            && call.may("clusters", action, &rbac_name(cluster))
    });
    match found.is_empty() {
        false => {
            let mut found = found.remove(0);
            count(&mut found, &call.desk.apps.destinations());
            Ok(found)
        }
        // Who may see all clusters may know that there is none.
        true if !by_name && call.may("clusters", action, wanted) => {
            let message = format!("cluster {wanted:?} not found");
            Err(Fault::new(Code::NotFound, message))
        }
        true => Err(denied()),
    }
}

/// The Secret of a cluster.
async fn secret_of(
    call: Call<'_>,
    server: &str,
    project: &str,
) -> Result<Option<(gantry_model::Object, Entries)>, Fault> {
    let all = secret::all(&*call.desk.home, "cluster").await?;
    Ok(all.into_iter().find(|(_, entries)| {
        let text = |key: &str| entries.get(key).map_or("", String::as_str);
        text("server").trim_end_matches('/') == server.trim_end_matches('/')
            && text("project") == project
    }))
}

async fn remove(call: Call<'_>, object: &gantry_model::Object) -> Result<(), Fault> {
    let home = &call.desk.home;
    home.delete(Kind::Secret, object.namespace(), object.name())
        .await?;
    Ok(())
}
