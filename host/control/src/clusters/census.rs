//! What a control plane knows of its clusters, written down where its objects are: for replicas that do not work
//! on them, and for a command line that asks no server.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gantry_cluster::normalise_server;
use gantry_model::{Digest, Object, limits};
use gantry_store::{Home, Kind, Noted, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ConnectionStatus, Registry, Standing};
use crate::shards::Shards;

/// What is known of one cluster. Nothing in it changes by itself, so that a control plane at rest writes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counted {
    /// The API server's URL.
    pub server: String,
    /// The one project that may use it, or empty.
    pub project: String,
    /// `Successful` or `Failed`.
    pub status: String,
    /// Why it does not answer, or empty.
    pub message: String,
    /// The server's version when it last answered.
    pub version: String,
    /// Objects that are watched.
    pub objects: usize,
    /// Kinds that are watched.
    pub kinds: usize,
}

impl Counted {
    /// One for each server that means the cluster: whoever asks knows one of them.
    fn of(standing: &Standing) -> impl Iterator<Item = Self> {
        let Standing {
            info, state, stats, ..
        } = standing;
        servers(standing).map(|server| Self {
            server: server.to_owned(),
            project: info.project.clone(),
            status: state.status.as_str().to_owned(),
            message: state.message.clone(),
            version: state.version.clone(),
            objects: stats.objects,
            kinds: stats.kinds,
        })
    }

    fn key(&self) -> String {
        key(&self.server, &self.project)
    }
}

/// The servers that mean a cluster, its own among them.
fn servers(standing: &Standing) -> impl Iterator<Item = &str> {
    let aliases = standing.aliases.iter().map(String::as_str);
    aliases.filter(|alias| alias.contains("://"))
}

fn key(server: &str, project: &str) -> String {
    Digest::of_texts([normalise_server(server).as_str(), project]).hex()
}

/// All that was written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census(BTreeMap<String, Counted>);

impl Census {
    /// Reads it; one that is not there, or is not ours, has nothing.
    ///
    /// # Errors
    /// When the home cannot be read.
    pub async fn read(home: &dyn Home) -> Result<Self, StoreError> {
        let name = Noted::Clusters.name();
        let found = home.get(Kind::ConfigMap, home.namespace(), name).await?;
        Ok(found.as_ref().map(Self::of).unwrap_or_default())
    }

    fn of(map: &Object) -> Self {
        let entries = map.value()["data"].as_object().into_iter().flatten();
        let counted = entries.filter_map(|(key, text)| {
            let counted = serde_json::from_str(text.as_str()?).ok()?;
            Some((key.clone(), counted))
        });
        Self(counted.collect())
    }

    /// What is known of a cluster.
    pub fn get(&self, server: &str, project: &str) -> Option<&Counted> {
        self.0.get(&key(server, project))
    }

    /// What has to be written, as entries of a merge patch: what is new of one's own clusters, and no longer what
    /// no cluster is known for.
    fn changes(&self, own: &[Counted], there: &BTreeSet<String>) -> serde_json::Map<String, Value> {
        let new = own.iter().filter(|one| self.0.get(&one.key()) != Some(one));
        let new = new.map(|one| (one.key(), json!(json!(one).to_string())));
        let gone = self.0.keys().filter(|key| !there.contains(*key));
        let gone = gone.map(|key| (key.clone(), Value::Null));
        new.chain(gone).collect()
    }
}

/// Writes it down again and again, until this is dropped. What cannot be written is written later: nothing
/// depends on it.
pub(crate) async fn keep(home: &dyn Home, clusters: &Registry, shards: &Shards) {
    let every = Duration::from_secs(limits::CLUSTER_CENSUS_INTERVAL_SECS);
    loop {
        tokio::time::sleep(every).await;
        if let Err(error) = write(home, clusters, shards).await {
            tracing::debug!(%error, "what is known of the clusters is not written down");
        }
    }
}

async fn write(home: &dyn Home, clusters: &Registry, shards: &Shards) -> Result<(), StoreError> {
    let all = clusters.all();
    let keys = all.iter().flat_map(|one| {
        let project = &one.info.project;
        servers(one).map(|server| key(server, project))
    });
    let there: BTreeSet<String> = keys.collect();
    let is_own = |one: &&Standing| {
        let is_known = one.state.status != ConnectionStatus::Unknown;
        is_known && shards.hold(&one.info.server).is_some()
    };
    let own: Vec<Counted> = all.iter().filter(is_own).flat_map(Counted::of).collect();
    let name = Noted::Clusters.name();
    let namespace = home.namespace();
    let found = home.get(Kind::ConfigMap, namespace, name).await?;
    let known = found.as_ref().map(Census::of).unwrap_or_default();
    let changes = known.changes(&own, &there);
    if changes.is_empty() {
        return Ok(());
    }
    // Of one entry each replica writes its own: no version is asked for.
    let mut wanted = json!({"data": changes});
    if found.is_some() {
        home.patch(Kind::ConfigMap, namespace, name, &wanted)
            .await?;
        return Ok(());
    }
    wanted["apiVersion"] = json!("v1");
    wanted["kind"] = json!("ConfigMap");
    wanted["metadata"] = json!({"name": name, "namespace": namespace,
        "labels": {"app.kubernetes.io/part-of": "argocd"}});
    if let Ok(object) = Object::new(wanted, None) {
        home.create(&object).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::{Census, Counted};

    fn counted(server: &str, objects: usize) -> Counted {
        Counted {
            server: server.to_owned(),
            objects,
            ..Counted::default()
        }
    }

    #[test]
    fn only_what_has_changed_is_written_and_what_has_gone_is_taken_away() {
        let [a, b, gone] = ["https://a", "https://b", "https://gone"].map(|s| counted(s, 1));
        let all = [&a, &b, &gone].map(|one| (one.key(), one.clone()));
        let census = Census(all.into());
        let there: BTreeSet<String> = [a.key(), b.key()].into();
        let removed = census.changes(std::slice::from_ref(&a), &there);
        assert_eq!(removed.len(), 1);
        assert_eq!(removed.get(&gone.key()), Some(&Value::Null));
        let more = counted("https://b/", 2);
        assert_eq!(more.key(), b.key(), "one server, however it is written");
        let changes = census.changes(&[a, more], &there);
        assert_eq!(changes.len(), 2);
        let text = changes.get(&b.key()).and_then(Value::as_str);
        assert!(text.is_some_and(|text| text.contains("\"objects\":2")));
    }
}
