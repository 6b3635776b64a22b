//! Remote repositories: one connection asks for the refs and, where the commit is not there yet,
//! fetches it without its history.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};

use gantry_model::limits;
use gantry_model::secrets::Trust;
use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::remote::fetch::{Shallow, Tags};

use crate::access::Access;
use crate::ask::Ask;
use crate::cache::{self, Cached};
use crate::error::{SourceError, reason};
use crate::explain::{explain, is_away, is_denied};
use crate::generation::InUse;
use crate::heard::{Heard, Request};
use crate::local;
use crate::location::canonical;
use crate::patience::Patience;
use crate::proof::Proof;
use crate::range::Target;
use crate::revision::Revision;

/// A repository elsewhere, and how it is reached.
#[derive(Clone)]
pub(crate) struct Remote {
    pub(crate) url: gix::Url,
    /// The URL without a password.
    pub(crate) shown: String,
    pub(crate) access: Access,
    pub(crate) heard: Heard,
    pub(crate) proof: Proof,
    /// Which servers are believed.
    pub(crate) trust: Arc<Trust>,
}

/// A commit, and where it is read from for as long as that is held.
pub(crate) struct Found {
    pub(crate) repository: gix::Repository,
    pub(crate) id: ObjectId,
    pub(crate) in_use: Arc<InUse>,
}

/// Finds a revision in a remote repository. Gives up after [`limits::FETCH_TIMEOUT_SECS`], also
/// where a socket does not answer. `known` is the commit that the revision names by what was
/// listed lately: it spares the question.
pub(crate) fn resolve(
    cache: &Path,
    remote: Remote,
    wanted: &Target,
    known: Option<ObjectId>,
) -> Result<Option<Found>, SourceError> {
    // A commit that is there does not wait for whoever fetches another one from a server that is silent.
    let commit = match wanted {
        Target::Named(Revision::Commit(id)) => Some(*id),
        _ => known,
    };
    if let Some(id) = commit
        && remote.proof.is_given()
        && let Some((repository, in_use)) = cache::peek(cache, &canonical(&remote.url))
        && repository.has_object(id)
    {
        return Ok(Some(Found {
            repository,
            id,
            in_use,
        }));
    }
    let (cache, wanted) = (cache.to_owned(), wanted.clone());
    let found = in_time(remote, limits::FETCH_TIMEOUT_SECS, move |fetch| {
        let found = fetch.run(&cache, &wanted, known)?;
        Ok(found.map(|(cached, id)| (cached.repository.into_sync(), cached.in_use, id)))
    })?;
    Ok(found.map(|(repository, in_use, id)| Found {
        repository: repository.to_thread_local(),
        id,
        in_use,
    }))
}

/// Where all branches, tags and HEAD of a remote repository point, and `others`, by their full
/// names. Fetches nothing.
pub(crate) fn list(
    cache: &Path,
    remote: Remote,
    others: &[String],
) -> Result<Vec<(String, ObjectId)>, SourceError> {
    let (cache, ask) = (cache.to_owned(), Ask::Refs(others.to_vec()));
    in_time(remote, limits::REFS_TIMEOUT_SECS, move |fetch| {
        // gix asks from a repository; this one never has an object, and nobody waits for it.
        let (_key, cached) = fetch.open(&cache, "refs")?;
        let repository = cached.repository.clone();
        drop(cached);
        let listed = fetch.names(&repository, &ask);
        listed.map_err(|error| fetch.explain(&error))
    })
}

/// Does something on a thread of its own, and leaves it alone after some time: it ends by itself soon after, and
/// with it what it holds.
fn in_time<T: Send + 'static>(
    remote: Remote,
    secs: u64,
    work: impl FnOnce(&Fetch) -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    let url = remote.shown.clone();
    let stop = Arc::new(AtomicBool::new(false));
    let patience = Patience::of_secs(secs);
    let fetch = Fetch {
        remote,
        stop: Arc::clone(&stop),
        patience,
    };
    let (sender, receiver) = channel();
    let span = tracing::Span::current();
    std::thread::spawn(move || {
        let _entered = span.enter();
        // Nobody listens any more after a timeout.
        let _ = sender.send(work(&fetch));
    });
    match receiver.recv_timeout(patience.left()) {
        Ok(done) => done,
        Err(error) => {
            stop.store(true, Ordering::Relaxed);
            Err(match error {
                RecvTimeoutError::Timeout => SourceError::Timeout { url, secs },
                RecvTimeoutError::Disconnected => SourceError::Unreachable {
                    url,
                    reason: "the fetch ended without a result".to_owned(),
                },
            })
        }
    }
}

pub(crate) struct Fetch {
    pub(crate) remote: Remote,
    stop: Arc<AtomicBool>,
    /// How long somebody waits for it.
    pub(crate) patience: Patience,
}

impl Fetch {
    fn run(
        &self,
        cache: &Path,
        wanted: &Target,
        known: Option<ObjectId>,
    ) -> Result<Option<(Cached, ObjectId)>, SourceError> {
        let (_key, cached) = self.open(cache, &canonical(&self.remote.url))?;
        if let Some(id) = known
            && self.has(&cached.repository, id)?
        {
            return Ok(Some((cached, id)));
        }
        let chosen = wanted.choose(|| self.tags(&cached.repository));
        let chosen = chosen.map_err(|error| self.explain(&error))?;
        let shown = &self.remote.shown;
        let wanted = chosen.map_err(|tags| SourceError::no_tag(shown, wanted, tags))?;
        // A commit never changes: if it is there, nobody needs to be asked.
        if let Revision::Commit(id) = &wanted
            && self.may_have(&cached.repository, *id)
        {
            return Ok(Some((cached, *id)));
        }
        let tips = match &wanted {
            Revision::Commit(id) => vec![id.to_string()],
            other => other.ref_names(),
        };
        let is_commit = matches!(wanted, Revision::Commit(_));
        let found = match self.fetch(&cached.repository, &Ask::Tips(tips)) {
            // Servers before protocol 2 give out a commit only by name: look for it in history.
            Err(error) if is_commit && !is_denied(&error) && !is_away(&error) => {
                tracing::debug!(
                    reason = reason(&error),
                    "no fetch by id, fetching everything"
                );
                None
            }
            result => result.map_err(|error| self.explain(&error))?,
        };
        if let Some(id) = found {
            return Ok(Some((cached, id)));
        }
        if !is_commit && !wanted.is_short_id() {
            return Ok(None);
        }
        self.fetch(&cached.repository, &Ask::Everything)
            .map_err(|error| self.explain(&error))?;
        // The handle that fetched does not know the new objects' refs by heart: look again.
        let id = match &wanted {
            Revision::Commit(id) => cached.repository.has_object(*id).then_some(*id),
            short => local::find_short(&cached.repository, short),
        };
        Ok(id.map(|id| (cached, id)))
    }

    /// Whether a commit is there, and the server has given such credentials anything before: others may have
    /// put it there.
    fn may_have(&self, repository: &gix::Repository, id: ObjectId) -> bool {
        self.remote.proof.is_given() && repository.has_object(id)
    }

    /// Asks the server, and notes whether it answers to these credentials.
    fn ask<T>(&self, request: Request, ask: impl FnOnce() -> gix::Result<T>) -> gix::Result<T> {
        let Remote {
            heard,
            shown,
            proof,
            ..
        } = &self.remote;
        if self.stop.load(Ordering::Relaxed) {
            // Nobody waits for it.
            let over = std::io::Error::from(self.patience.over());
            return Err(gix::Error::from_error(over));
        }
        let answer = heard.ask(shown, request, ask);
        match &answer {
            Ok(_) => proof.note(true),
            Err(error) if is_denied(error) => proof.note(false),
            Err(_) => {}
        }
        answer
    }

    /// Whether a commit is there, or can be had by its id. What else fails here comes up again when
    /// the revision is asked for by its name; a server that is away is not asked twice.
    fn has(&self, repository: &gix::Repository, id: ObjectId) -> Result<bool, SourceError> {
        if self.may_have(repository, id) {
            return Ok(true);
        }
        match self.fetch(repository, &Ask::Tips(vec![id.to_string()])) {
            Ok(found) => Ok(found.is_some()),
            Err(error) if is_away(&error) => Err(self.explain(&error)),
            Err(error) => {
                tracing::debug!(reason = reason(&error), "no fetch by id, asking by name");
                Ok(false)
            }
        }
    }

    /// The names of all tags; fetches nothing.
    fn tags(&self, repository: &gix::Repository) -> gix::Result<Vec<String>> {
        let names = self.names(repository, &Ask::Tags)?;
        let tags = names
            .iter()
            .filter_map(|(n, _)| n.strip_prefix("refs/tags/"));
        Ok(tags.map(str::to_owned).collect())
    }

    /// Refs, and the object that each of them leads to; fetches nothing.
    fn names(
        &self,
        repository: &gix::Repository,
        ask: &Ask,
    ) -> gix::Result<Vec<(String, ObjectId)>> {
        self.ask(Request::LsRemote, || self.ask_names(repository, ask))
    }

    fn ask_names(
        &self,
        repository: &gix::Repository,
        ask: &Ask,
    ) -> gix::Result<Vec<(String, ObjectId)>> {
        let remote = repository
            .remote_at(self.remote.url.clone())?
            .with_fetch_tags(Tags::None);
        let connection = self.connect(&remote, repository)?;
        let options = gix::remote::ref_map::Options {
            extra_refspecs: ask.refspecs()?,
            ..Default::default()
        };
        let (map, _) = connection.ref_map(gix::progress::Discard, options)?;
        let names = map.mappings.iter().filter_map(|m| {
            let name = m.remote.as_name()?.to_str_lossy().into_owned();
            Some((name, m.remote.peeled_id()?.to_owned()))
        });
        Ok(names.collect())
    }

    /// Asks for refs, fetches what is new; the object that the first of them names.
    fn fetch(&self, repository: &gix::Repository, ask: &Ask) -> gix::Result<Option<ObjectId>> {
        self.ask(Request::Fetch, || self.ask_fetch(repository, ask))
    }

    fn ask_fetch(&self, repository: &gix::Repository, ask: &Ask) -> gix::Result<Option<ObjectId>> {
        let remote = repository
            .remote_at(self.remote.url.clone())?
            .with_fetch_tags(Tags::None);
        let connection = self.connect(&remote, repository)?;
        let options = gix::remote::ref_map::Options {
            extra_refspecs: ask.refspecs()?,
            ..Default::default()
        };
        let prepared = connection.prepare_fetch(gix::progress::Discard, options)?;
        let refs = &prepared.ref_map().mappings;
        tracing::debug!(refs = refs.len(), "listed");
        let target = match ask {
            Ask::Tips(names) => {
                let target = names.iter().find_map(|name| {
                    let named = refs.iter().find(|m| match m.remote.as_name() {
                        Some(found) => found == name.as_bytes().as_bstr(),
                        None => true,
                    });
                    named?.remote.peeled_id().map(ToOwned::to_owned)
                });
                let Some(target) = target else {
                    return Ok(None);
                };
                if repository.has_object(target) {
                    return Ok(Some(target));
                }
                Some(target)
            }
            Ask::Tags | Ask::Refs(_) => None,
            Ask::Everything if refs.is_empty() => return Ok(None),
            Ask::Everything => None,
        };
        let depth = match ask {
            Ask::Tips(_) => Shallow::DepthAtRemote(NonZeroU32::MIN),
            Ask::Everything if repository.is_shallow()? => Shallow::undo(),
            Ask::Everything | Ask::Tags | Ask::Refs(_) => Shallow::NoChange,
        };
        prepared
            .with_shallow(depth)
            .receive(gix::progress::Discard, &self.stop)?;
        tracing::debug!("fetched");
        Ok(target)
    }

    pub(crate) fn explain(&self, error: &gix::Error) -> SourceError {
        explain(
            error,
            &self.remote.url,
            &self.remote.shown,
            &self.remote.access,
        )
    }
}
