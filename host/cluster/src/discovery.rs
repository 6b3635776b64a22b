//! The kinds a cluster serves: read once, read again when one is missing.

mod document;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use gantry_model::cluster::Resource;
use gantry_model::{ClusterError, Gvk, limits};
use tokio::sync::{Mutex, RwLock};

use crate::connection::Connection;
use crate::request::Call;
use document::{Document, ResourceList};

/// The paths of the core group and of all others.
const ROOTS: [&str; 2] = ["/api", "/apis"];

/// The kept answer.
#[derive(Default)]
pub(crate) struct Discovery {
    /// What readers see; never locked while a request is under way.
    kinds: RwLock<Option<Arc<Kinds>>>,
    /// Who reads from the server: one at a time.
    reading: Mutex<Reading>,
}

/// All kinds, and where each is.
struct Kinds {
    all: Vec<Resource>,
    by_gvk: HashMap<Gvk, usize>,
    read: Instant,
}

#[derive(Default)]
struct Reading {
    roots: [Root; 2],
    /// When a kind was last asked for in vain.
    missed: HashMap<Gvk, Instant>,
}

/// The last answer of one root, by whose tag the server says that nothing changed.
#[derive(Clone, Default)]
struct Root {
    tag: Option<String>,
    resources: Vec<Resource>,
}

impl Discovery {
    /// All kinds.
    pub(crate) async fn all(&self, server: &Connection) -> Result<Vec<Resource>, ClusterError> {
        if let Some(kinds) = self.kept().await {
            return Ok(kinds.all.clone());
        }
        let mut reading = self.reading.lock().await;
        if let Some(kinds) = self.kept().await {
            return Ok(kinds.all.clone());
        }
        let kinds = self.read(server, &mut reading).await?;
        Ok(kinds.all.clone())
    }

    /// One kind; the server is asked again when it is not among the kept ones.
    pub(crate) async fn one(
        &self,
        server: &Connection,
        gvk: &Gvk,
    ) -> Result<Option<Resource>, ClusterError> {
        let asked = Instant::now();
        if let Some(found) = self.kept().await.and_then(|kinds| kinds.get(gvk)) {
            return Ok(Some(found));
        }
        let mut reading = self.reading.lock().await;
        // Somebody else may have read since.
        if let Some(kinds) = self.kept().await {
            let found = kinds.get(gvk);
            let pause = Duration::from_millis(limits::DISCOVERY_MISS_MS);
            let missed = reading
                .missed
                .get(gvk)
                .is_some_and(|at| at.elapsed() < pause);
            if found.is_some() || missed || kinds.read >= asked {
                return Ok(found);
            }
        }
        let found = self.read(server, &mut reading).await?.get(gvk);
        let pause = Duration::from_millis(limits::DISCOVERY_MISS_MS);
        reading.missed.retain(|_, at| at.elapsed() < pause);
        if found.is_none() {
            reading.missed.insert(gvk.clone(), Instant::now());
        }
        Ok(found)
    }

    async fn kept(&self) -> Option<Arc<Kinds>> {
        self.kinds.read().await.clone()
    }

    async fn read(
        &self,
        server: &Connection,
        reading: &mut Reading,
    ) -> Result<Arc<Kinds>, ClusterError> {
        let started = Instant::now();
        let [core, groups] = &reading.roots;
        let (core, groups) = futures::future::try_join(
            read_root(server, ROOTS[0], core),
            read_root(server, ROOTS[1], groups),
        )
        .await?;
        reading.roots = [core, groups];
        let all = reading
            .roots
            .iter()
            .flat_map(|root| root.resources.iter().cloned());
        let kinds = Arc::new(Kinds::new(all.collect(), started));
        tracing::debug!(cluster = %server.name, kinds = kinds.all.len(), "discovered");
        *self.kinds.write().await = Some(Arc::clone(&kinds));
        Ok(kinds)
    }
}

impl Kinds {
    fn new(all: Vec<Resource>, read: Instant) -> Self {
        let mut by_gvk = HashMap::with_capacity(all.len());
        for (at, resource) in all.iter().enumerate() {
            // Of two with one kind, the first is the usual one.
            by_gvk.entry(resource.gvk.clone()).or_insert(at);
        }
        Self { all, by_gvk, read }
    }

    fn get(&self, gvk: &Gvk) -> Option<Resource> {
        self.all.get(*self.by_gvk.get(gvk)?).cloned()
    }
}

async fn read_root(server: &Connection, path: &str, last: &Root) -> Result<Root, ClusterError> {
    let mut call = Call::get(path).accept(document::ACCEPT);
    call.known.clone_from(&last.tag);
    let answer = server.send(&call).await?;
    match answer.code {
        304 => return Ok(last.clone()),
        200 => {}
        _ => return Err(server.asked(&call, None).error(&answer)),
    }
    let group_versions = match server.parse(&answer.body)? {
        Document::Aggregated { items } => {
            let (resources, stale) = document::aggregated(items);
            for api_version in stale {
                tracing::warn!(cluster = %server.name, "the server cannot say which kinds {api_version} has: does its APIService work?");
            }
            let tag = answer.tag;
            return Ok(Root { tag, resources });
        }
        Document::Groups { groups } => document::group_versions(groups),
        Document::Core { versions } => versions,
    };
    let lists = stream::iter(group_versions)
        .map(|api_version| read_version(server, path, api_version))
        .buffered(limits::DISCOVERY_IN_FLIGHT_MAX);
    let resources: Vec<Vec<Resource>> = lists.collect().await;
    Ok(Root {
        tag: None,
        resources: resources.into_iter().flatten().collect(),
    })
}

/// The kinds of one group version. One that is broken does not keep the others from working.
async fn read_version(server: &Connection, root: &str, api_version: String) -> Vec<Resource> {
    let mut call = Call::get(format!("{root}/{api_version}"));
    // A group whose server is away for good must not keep the others waiting.
    call.tries = 2;
    match server.json::<ResourceList>(&call, None).await {
        Ok(list) => document::listed(&api_version, list),
        Err(error) => {
            tracing::warn!(cluster = %server.name, "the kinds of {api_version} cannot be read: {error}");
            Vec::new()
        }
    }
}
