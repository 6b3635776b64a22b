//! From a repository and a revision to a commit and its tree.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use gantry_model::secrets::Trust;
use gantry_model::without_password;
use gix::object::Kind;

use crate::access::Access;
use crate::cache;
use crate::error::{SourceError, reason};
use crate::fetch::{self, Found, Remote};
use crate::generation::InUse;
use crate::git_tree::GitTree;
use crate::heard::{Heard, Request};
use crate::local;
use crate::location::{Location, canonical, identity};
use crate::ours::Ours;
use crate::proof::Proofs;
use crate::range::Target;
use crate::refs::Refs;

/// One commit, ready to be read.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The commit's object id, 40 hexadecimal digits.
    pub id: String,
    /// When it was committed, in seconds since the Unix epoch.
    pub time_unix_secs: u64,
    /// Its content.
    pub tree: Arc<GitTree>,
}

/// All repositories that can be read: those on this machine, and those that are fetched into a
/// directory, one bare repository each.
#[derive(Clone, Debug)]
pub struct Repositories {
    cache: PathBuf,
    /// What is not read in place.
    ours: Ours,
    heard: Heard,
    proofs: Proofs,
    trust: Arc<RwLock<Arc<Trust>>>,
}

impl Repositories {
    /// Keeps fetched repositories below `cache`, which is made when first needed, and whose repositories are not
    /// read by their paths.
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        let cache = cache.into();
        Self {
            ours: Ours::of(&cache),
            cache,
            heard: Heard::default(),
            proofs: Proofs::default(),
            trust: Arc::default(),
        }
    }

    /// Believes these servers from now on, beside those that this machine knows.
    pub fn set_trust(&self, trust: Trust) {
        let mut held = self.trust.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(trust);
    }

    /// Which servers are believed.
    pub fn trust(&self) -> Arc<Trust> {
        let held = self.trust.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&held)
    }

    /// The same, where nothing below that folder is read by its path either: other things are kept there.
    #[must_use]
    pub fn beside(self, kept: &Path) -> Self {
        Self {
            ours: self.ours.and(kept),
            ..self
        }
    }

    /// The same, and somebody hears of each request to a server once it has ended: the repository without a
    /// password, what was asked, and how long it took.
    #[must_use]
    pub fn heard_by(self, hears: impl Fn(&str, Request, Duration) + Send + Sync + 'static) -> Self {
        Self {
            heard: Heard::by(hears),
            ..self
        }
    }

    /// The same for a server, where not everybody may read everything: what was fetched is given only with
    /// credentials that the repository has answered to since the start.
    #[must_use]
    pub fn guarded(self) -> Self {
        Self {
            proofs: Proofs::wanted(),
            ..self
        }
    }

    /// Resolves a branch, a tag, a range of versions that tags are, a full or short commit id, or
    /// `HEAD` (also for an empty text), fetching what is not there yet.
    ///
    /// # Errors
    /// [`SourceError`] says what could not be reached or found.
    pub fn commit(
        &self,
        url: &str,
        revision: &str,
        access: &Access,
    ) -> Result<Commit, SourceError> {
        self.commit_of_tag(url, revision, "", access)
    }

    /// The same; a version or a range of them is looked for behind `tag_prefix` only.
    ///
    /// # Errors
    /// [`SourceError`] says what could not be reached or found.
    pub fn commit_of_tag(
        &self,
        url: &str,
        revision: &str,
        tag_prefix: &str,
        access: &Access,
    ) -> Result<Commit, SourceError> {
        self.commit_known(url, revision, tag_prefix, None, access)
    }

    /// The same, where [`Repositories::refs`] has told lately which commit the revision names: if
    /// that is there, or the server gives it out by its id, nobody is asked for the revision.
    ///
    /// # Errors
    /// [`SourceError`] says what could not be reached or found.
    pub fn commit_known(
        &self,
        url: &str,
        revision: &str,
        tag_prefix: &str,
        known: Option<&str>,
        access: &Access,
    ) -> Result<Commit, SourceError> {
        let shown = without_password(url);
        let span = tracing::info_span!("source", repository = shown, revision);
        let _entered = span.enter();
        let wanted = Target::parse(revision, tag_prefix);
        if let Target::Named(name) = &wanted
            && !name.is_valid()
        {
            let revision = revision.to_owned();
            return Err(SourceError::NoRevision {
                url: shown,
                revision,
            });
        }
        let proof = self.proofs.of(&identity(url), access);
        let found = match Location::parse(url)? {
            Location::Local(path) => {
                let found = local::resolve(&path, &self.ours, &shown, &wanted)?;
                found
                    .map(|(repository, id)| {
                        let read = read_commit(&repository, id, None);
                        read.map_err(|error| damaged(&shown, id, &error))?
                            .map_err(|kind| no_commit(&shown, id, kind))
                    })
                    .transpose()?
            }
            Location::Remote(url) => {
                let (shown, access) = (shown.clone(), access.clone());
                let remote = Remote {
                    url: *url,
                    shown,
                    access,
                    heard: self.heard.clone(),
                    proof,
                    trust: self.trust(),
                };
                let known = known.and_then(|id| gix::ObjectId::from_hex(id.as_bytes()).ok());
                self.commit_of(&remote, &wanted, known)?
            }
        };
        found.ok_or_else(|| SourceError::NoRevision {
            url: shown,
            revision: revision.to_owned(),
        })
    }

    /// A commit from elsewhere. What of it was not written in full is fetched once more.
    fn commit_of(
        &self,
        remote: &Remote,
        wanted: &Target,
        known: Option<gix::ObjectId>,
    ) -> Result<Option<Commit>, SourceError> {
        let find = || fetch::resolve(&self.cache, remote.clone(), wanted, known);
        let Some(found) = find()? else {
            return Ok(None);
        };
        let id = found.id;
        let shown = &remote.shown;
        let problem = match read_found(found) {
            Ok(read) => return read.map(Some).map_err(|kind| no_commit(shown, id, kind)),
            Err(error) => reason(&error),
        };
        tracing::warn!(commit = %id, problem, "the cached copy is damaged, and is made anew");
        cache::discard(&self.cache, &canonical(&remote.url), shown)?;
        let Some(found) = find()? else {
            return Ok(None);
        };
        let id = found.id;
        let read = read_found(found).map_err(|error| damaged(shown, id, &error))?;
        read.map(Some).map_err(|kind| no_commit(shown, id, kind))
    }

    /// Where all branches, tags and HEAD of a repository point, by one request; and `others`, refs
    /// by their full names.
    ///
    /// # Errors
    /// [`SourceError`] says what could not be reached.
    pub fn refs(&self, url: &str, others: &[String], access: &Access) -> Result<Refs, SourceError> {
        let shown = without_password(url);
        let span = tracing::info_span!("refs", repository = shown);
        let _entered = span.enter();
        let listed = match Location::parse(url)? {
            Location::Local(path) => local::list(&path, &self.ours, &shown)?,
            Location::Remote(parsed) => {
                let access = access.clone();
                let remote = Remote {
                    proof: self.proofs.of(&identity(url), &access),
                    url: *parsed,
                    shown,
                    access,
                    heard: self.heard.clone(),
                    trust: self.trust(),
                };
                fetch::list(&self.cache, remote, others)?
            }
        };
        tracing::debug!(refs = listed.len(), "listed");
        Ok(listed.into_iter().collect())
    }
}

fn damaged(url: &str, id: gix::ObjectId, error: &gix::Error) -> SourceError {
    SourceError::Damaged {
        url: url.to_owned(),
        commit: id.to_string(),
        reason: reason(error),
    }
}

fn no_commit(url: &str, id: gix::ObjectId, kind: Kind) -> SourceError {
    SourceError::NotACommit {
        url: url.to_owned(),
        id: id.to_string(),
        kind: kind.to_string(),
    }
}

fn read_found(found: Found) -> gix::Result<Read> {
    read_commit(&found.repository, found.id, Some(found.in_use))
}

/// A commit; or what is there in its place, whole: tags lead to anything.
type Read = Result<Commit, Kind>;

fn read_commit(
    repository: &gix::Repository,
    id: gix::ObjectId,
    in_use: Option<Arc<InUse>>,
) -> gix::Result<Read> {
    let object = repository.find_object(id)?.peel_tags_to_end()?;
    if object.kind != Kind::Commit {
        return Ok(Err(object.kind));
    }
    let commit = object.try_into_commit()?;
    let time_unix_secs = u64::try_from(commit.time()?.seconds).unwrap_or_default();
    let tree = commit.tree_id()?.detach();
    let id = commit.id.to_string();
    tracing::debug!(commit = id, "resolved");
    let tree = Arc::new(GitTree::new(repository.clone().into_sync(), tree, in_use));
    Ok(Ok(Commit {
        id,
        time_unix_secs,
        tree,
    }))
}
