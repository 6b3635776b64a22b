//! The kinds a cluster serves: read when first asked for, again when one is missing, and again after a
//! while, since others bring and take kinds too.

mod document;
mod kept;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use futures::{StreamExt, stream};
use gantry_model::cluster::Resource;
use gantry_model::{ClusterError, Gvk, limits};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::failure::Failure;
use crate::request::Call;
use document::{Document, ResourceList};
use kept::{Kept, Kinds};

/// The paths of the core group and of all others.
const ROOTS: [&str; 2] = ["/api", "/apis"];

/// The kept answer.
#[derive(Default)]
pub(crate) struct Discovery {
    /// What readers see; never locked while a request is under way.
    kept: std::sync::Mutex<Kept>,
    /// Who reads from the server: one at a time.
    reading: Mutex<Reading>,
}

#[derive(Default)]
struct Reading {
    roots: [Root; 2],
    /// When a kind was last asked for in vain.
    missed: HashMap<Gvk, Instant>,
    failure: Failure,
}

/// The last answer of one root, by whose tag the server says that nothing changed.
#[derive(Clone, Default)]
struct Root {
    tag: Option<String>,
    resources: Vec<Resource>,
    /// The group versions whose kinds could not be read.
    broken: BTreeSet<String>,
}

impl Discovery {
    /// All kinds.
    pub(crate) async fn all(
        self: &Arc<Self>,
        server: &Arc<Connection>,
    ) -> Result<Arc<[Resource]>, ClusterError> {
        let seen = self.kept().seen(Instant::now());
        let kinds = match seen {
            Some((kinds, false)) => kinds,
            Some((kinds, true)) => self.renewed(server).await.unwrap_or(kinds),
            None => self.first(server).await?,
        };
        Ok(Arc::clone(&kinds.all))
    }

    async fn first(&self, server: &Connection) -> Result<Arc<Kinds>, ClusterError> {
        let asked = Instant::now();
        let mut reading = self.reading.lock().await;
        if let Some((kinds, _)) = self.kept().seen(Instant::now()) {
            return Ok(kinds);
        }
        reading.failure.since(asked)?;
        self.read(server, &mut reading).await
    }

    /// What is served now; none where the server does not say so in time: whoever looks at a cluster that
    /// is away goes on from what is known.
    async fn renewed(self: &Arc<Self>, server: &Arc<Connection>) -> Option<Arc<Kinds>> {
        let asked = Instant::now();
        let (me, own) = (Arc::clone(self), Arc::clone(server));
        // A task of its own: the answer of a slow server is taken although nobody waits any more.
        let renewing = tokio::spawn(async move { me.renew(&own).await });
        let most = Duration::from_secs(limits::DISCOVERY_RENEWAL_TIMEOUT_SECS);
        let Ok(renewed) = tokio::time::timeout(most, renewing).await else {
            self.kept().put_off(asked);
            return None;
        };
        renewed.ok().flatten()
    }

    async fn renew(&self, server: &Connection) -> Option<Arc<Kinds>> {
        let mut reading = self.reading.lock().await;
        let asked = Instant::now();
        // Somebody else may have asked since.
        if let Some((kinds, false)) = self.kept().seen(asked) {
            return Some(kinds);
        }
        let read = async {
            // One that starts answers before it knows the kinds of its CRDs.
            server.wait_out(asked).await?;
            self.read(server, &mut reading).await
        };
        match read.await {
            Ok(kinds) => Some(kinds),
            Err(error) => {
                tracing::debug!(cluster = %server.name, %error, "the kinds cannot be read again");
                self.kept().put_off(asked);
                None
            }
        }
    }

    /// The server is another one by now, of another version: it is asked by whoever wants to know next.
    pub(crate) fn expire(&self) {
        self.kept().expire();
    }

    /// One kind; the server is asked again when it is not among the kept ones.
    pub(crate) async fn one(
        &self,
        server: &Connection,
        gvk: &Gvk,
    ) -> Result<Option<Resource>, ClusterError> {
        let asked = Instant::now();
        let known = |this: &Self| this.kept().seen(asked).map(|(kinds, _)| kinds);
        if let Some(found) = known(self).and_then(|kinds| kinds.get(gvk)) {
            return Ok(Some(found));
        }
        let mut reading = self.reading.lock().await;
        // Somebody else may have read since.
        if let Some(kinds) = known(self) {
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
        reading.failure.since(asked)?;
        let found = self.read(server, &mut reading).await?.get(gvk);
        let pause = Duration::from_millis(limits::DISCOVERY_MISS_MS);
        reading.missed.retain(|_, at| at.elapsed() < pause);
        if found.is_none() {
            reading.missed.insert(gvk.clone(), Instant::now());
        }
        Ok(found)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(
        &self,
        server: &Connection,
        reading: &mut Reading,
    ) -> Result<Arc<Kinds>, ClusterError> {
        let started = Instant::now();
        let [core, groups] = &reading.roots;
        let both = futures::future::try_join(
            read_root(server, ROOTS[0], core),
            read_root(server, ROOTS[1], groups),
        );
        let both = both.await;
        let (core, groups) = reading.failure.note(both)?;
        reading.roots = [core, groups];
        let all = reading
            .roots
            .iter()
            .flat_map(|root| root.resources.iter().cloned());
        let kinds = Arc::new(Kinds::new(all.collect(), started));
        tracing::debug!(cluster = %server.name, kinds = kinds.all.len(), "discovered");
        self.kept().put(Arc::clone(&kinds));
        Ok(kinds)
    }
}

impl Root {
    /// What a group version had when it could last be read.
    fn of<'a>(&'a self, api_version: &'a str) -> impl Iterator<Item = Resource> + 'a {
        let is_of_it = move |r: &&Resource| r.gvk.api_version() == api_version;
        self.resources.iter().filter(is_of_it).cloned()
    }

    /// Tells that the kinds of a group version cannot be read: once, as long as it lasts.
    fn tell_broken(&self, api_version: &str, server: &Connection, why: &str) {
        let cluster = &server.name;
        if self.broken.contains(api_version) {
            tracing::debug!(%cluster, "the kinds of {api_version} cannot be read: {why}");
        } else {
            tracing::warn!(%cluster, "the kinds of {api_version} cannot be read: {why}");
        }
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
            let (mut resources, stale) = document::aggregated(items);
            for api_version in &stale {
                let why = "the server cannot say them; does its APIService work?";
                last.tell_broken(api_version, server, why);
                // What is not known to have gone is there: renderers would leave out what needs it.
                if !resources
                    .iter()
                    .any(|r| r.gvk.api_version() == *api_version)
                {
                    resources.extend(last.of(api_version));
                }
            }
            return Ok(Root {
                tag: answer.tag,
                resources,
                broken: stale.into_iter().collect(),
            });
        }
        Document::Groups { groups } => document::group_versions(groups),
        Document::Core { versions } => versions,
    };
    let lists = stream::iter(group_versions)
        .map(|api_version| async {
            let listed = read_version(server, path, &api_version).await;
            (api_version, listed)
        })
        .buffered(limits::DISCOVERY_IN_FLIGHT_MAX);
    let lists: Vec<_> = lists.collect().await;
    let mut root = Root::default();
    for (api_version, listed) in lists {
        match listed {
            Ok(resources) => root.resources.extend(resources),
            Err(error) => {
                last.tell_broken(&api_version, server, &error.to_string());
                root.resources.extend(last.of(&api_version));
                root.broken.insert(api_version);
            }
        }
    }
    Ok(root)
}

/// The kinds of one group version. One that is broken does not keep the others from working.
async fn read_version(
    server: &Connection,
    root: &str,
    api_version: &str,
) -> Result<Vec<Resource>, ClusterError> {
    let mut call = Call::get(format!("{root}/{api_version}"));
    // A group whose server is away for good must not keep the others waiting.
    call.tries = 2;
    let list: ResourceList = server.json(&call, None).await?;
    Ok(document::listed(api_version, list))
}
