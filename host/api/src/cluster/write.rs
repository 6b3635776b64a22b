//! Clusters are made, changed and removed.

use gantry_model::{Manifest, Object, read_manifest};
use gantry_store::StoreError;
use serde_json::{Map, Value, json};

use super::{MAPS, map_of, named, one, remove, secret_of, shown, text};
use crate::ask::Ask;
use crate::desk::Call;
use crate::fault::{Code, Fault};
use crate::secret::{self, Entries};

/// The cluster of a request.
fn wanted(ask: Ask<'_>) -> Result<Entries, Fault> {
    let server = ask.needed("server")?.trim_end_matches('/');
    let mut entries = Entries::new();
    let mut put = |key: &str, text: &str| {
        if !text.is_empty() {
            entries.insert(key.to_owned(), text.to_owned());
        }
    };
    put("server", server);
    put("name", crate::app::or(ask.text("name"), server));
    put("project", ask.text("project"));
    put("namespaces", &ask.texts("namespaces").join(","));
    if ask.flag("clusterResources") {
        put("clusterResources", "true");
    }
    put("config", &ask.object("config")?.to_string());
    Ok(entries)
}

/// `cluster-HOST-HASH`, as Argo CD names the Secret.
fn name(server: &str) -> String {
    let authority = server.split_once("://").map_or(server, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default().replace(':', "-"),
        None => authority.split(':').next().unwrap_or_default().to_owned(),
    };
    let host: String = host
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
        .collect();
    format!("cluster-{}-{}", host.to_lowercase(), secret::fnv(server))
}

fn object(entries: &Entries, cluster: Ask<'_>) -> Result<Object, Fault> {
    let server = entries.get("server").map_or("", String::as_str);
    let map = |key: &str| -> Map<String, Value> {
        cluster.value(key).as_object().cloned().unwrap_or_default()
    };
    let object = secret::object(
        &name(server),
        "cluster",
        entries,
        &map("labels"),
        &map("annotations"),
    )?;
    match read_manifest(object.value()).map(|read| read.value) {
        Ok(Manifest::ClusterSecret(_)) => Ok(object),
        Ok(_) => Err(Fault::invalid("this is no cluster")),
        Err(problems) => Err(Fault::of_manifest(&problems)),
    }
}

fn entry<'a>(entries: &'a Entries, key: &str) -> &'a str {
    entries.get(key).map_or("", String::as_str)
}

fn rbac_name(entries: &Entries) -> String {
    named(entry(entries, "project"), entry(entries, "server"))
}

pub(super) async fn create(call: Call<'_>) -> Result<Value, Fault> {
    let cluster = call.ask.within("cluster");
    let entries = wanted(cluster)?;
    call.must("clusters", "create", &rbac_name(&entries))?;
    let object = object(&entries, cluster)?;
    answers(call, &object).await?;
    let (server, project) = (entry(&entries, "server"), entry(&entries, "project"));
    if let Some((known, before)) = secret_of(call, server, project).await? {
        let is_same = |map: &&str| map_of(&known, map) == map_of(&object, map);
        if before == entries && MAPS.iter().all(is_same) {
            return Ok(shown(&entries));
        }
        if !call.ask.flag("upsert") {
            let message = "existing cluster spec is different; use upsert flag to force update";
            return Err(Fault::invalid(message));
        }
        call.must("clusters", "update", &rbac_name(&entries))?;
        return replace(call, &known, &object, &entries, &MAPS).await;
    }
    match call.desk.home.create(&object).await {
        Ok(_) => Ok(shown(&entries)),
        Err(StoreError::Exists { .. }) => Err(Fault::new(
            Code::AlreadyExists,
            "there is a cluster of this server for another project: one server is one cluster here",
        )),
        Err(error) => Err(error.into()),
    }
}

/// What does not answer is not kept.
async fn answers(call: Call<'_>, secret: &Object) -> Result<(), Fault> {
    let inside = &call.desk.inside;
    let asked = inside.ask("gantry.Inside/ClusterAnswers", secret.value());
    asked.await.map(drop)
}

/// CVE-2023-23947: who may change one cluster changes that one, and none that it becomes by the change.
pub(super) async fn update(call: Call<'_>) -> Result<Value, Fault> {
    let cluster = call.ask.within("cluster");
    let before = one(call, "update").await?;
    let found = secret_of(call, text(&before, "server"), text(&before, "project")).await?;
    let (known, mut entries) = found.ok_or_else(|| {
        let message = "this cluster is not one of a Secret: it cannot be changed here";
        Fault::new(Code::FailedPrecondition, message)
    })?;
    let chosen = call.ask.texts("updatedFields");
    change(&mut entries, cluster, &chosen)?;
    let server = cluster.text("server").trim_end_matches('/');
    if !server.is_empty() && server != entry(&entries, "server") {
        return Err(Fault::invalid(
            "the server of a cluster cannot be changed: make another one",
        ));
    }
    call.must("clusters", "update", &rbac_name(&entries))?;
    let object = object(&entries, cluster)?;
    let maps = MAPS.into_iter();
    let maps: Vec<&str> = maps.filter(|map| is_given(cluster, &chosen, map)).collect();
    replace(call, &known, &object, &entries, &maps).await
}

/// Whether a field is to become what the request has: where it names fields, these, and what it does not have
/// becomes empty; else those that it has.
fn is_given(cluster: Ask<'_>, chosen: &[&str], field: &str) -> bool {
    if chosen.is_empty() {
        !cluster.value(field).is_null()
    } else {
        chosen.contains(&field)
    }
}

/// Takes over what a request gives.
fn change(entries: &mut Entries, cluster: Ask<'_>, chosen: &[&str]) -> Result<(), Fault> {
    let is_given = |field: &str| is_given(cluster, chosen, field);
    let mut put = |key: &str, text: String| {
        entries.insert(key.to_owned(), text);
    };
    if is_given("name") && cluster.value("name").is_string() {
        put("name", cluster.text("name").to_owned());
    }
    if is_given("project") {
        put("project", cluster.text("project").to_owned());
    }
    if is_given("namespaces") {
        put("namespaces", cluster.texts("namespaces").join(","));
    }
    if is_given("clusterResources") {
        let word = if cluster.flag("clusterResources") {
            "true"
        } else {
            ""
        };
        put("clusterResources", word.to_owned());
    }
    let config = cluster.value("config");
    if is_given("config") && has_credentials(config) {
        put("config", config.to_string());
    } else if is_given("config") && trust(config) != trust(&shown(entries)["config"]) {
        // Credentials that nobody shows again go to nobody else.
        let message =
            "whom a cluster's credentials are shown to is changed with the credentials: give both";
        return Err(Fault::invalid(message));
    }
    Ok(())
}

/// What a config without credentials can say: of whom it is believed that they are the cluster.
fn trust(config: &Value) -> (bool, &str) {
    let tls = &config["tlsClientConfig"];
    let name = tls["serverName"].as_str().unwrap_or_default();
    (tls["insecure"] == true, name)
}

/// What was read has no credentials, and written back it takes none away.
fn has_credentials(config: &Value) -> bool {
    let tls = &config["tlsClientConfig"];
    let given = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    ["bearerToken", "username", "password"]
        .iter()
        .any(|key| given(&config[key]))
        || ["caData", "certData", "keyData"]
            .iter()
            .any(|key| given(&tls[key]))
        || config["execProviderConfig"].is_object()
}

async fn replace(
    call: Call<'_>,
    known: &Object,
    object: &Object,
    entries: &Entries,
    maps: &[&str],
) -> Result<Value, Fault> {
    let mut next = known.value().clone();
    next["data"] = object.value()["data"].clone();
    for map in maps {
        next["metadata"][map] = object.value()["metadata"][map].clone();
    }
    if let Some(next) = next.as_object_mut() {
        next.remove("stringData");
    }
    let next = Object::new(next, None).map_err(|error| Fault::invalid(error.to_string()))?;
    call.desk.home.replace(&next).await?;
    Ok(shown(entries))
}

pub(super) async fn delete(call: Call<'_>) -> Result<Value, Fault> {
    let found = one(call, "delete").await?;
    let secret = secret_of(call, text(&found, "server"), text(&found, "project")).await?;
    let (object, _) = secret.ok_or_else(|| {
        let message = "this cluster is not one of a Secret: it cannot be removed here";
        Fault::new(Code::FailedPrecondition, message)
    })?;
    remove(call, &object).await?;
    Ok(json!({}))
}
