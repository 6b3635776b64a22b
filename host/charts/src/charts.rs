//! From a request to a chart's source tree.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use gantry_model::{Digest, SourceTree, limits};

use crate::access::ChartAccess;
use crate::cache::{Cache, Kept, Pin};
use crate::choose::Wanted;
use crate::client::Clients;
use crate::digest;
use crate::error::ChartError;
use crate::http::{Answer, Http, Validators};
use crate::registry::ChartRegistry;
use crate::repository::HelmRepository;
use crate::tree::ArchiveTree;
use crate::unpack::{About, about, unpack};

/// Charts from Helm repositories and registries, with what was fetched before. All calls block.
#[derive(Debug)]
pub struct Charts {
    pub(crate) cache: Cache,
    pub(crate) clients: Clients,
    /// Trees that are in use: many applications have the same chart.
    trees: Mutex<HashMap<Digest, Weak<ArchiveTree>>>,
}

/// Which chart, of which repository.
#[derive(Clone, Default)]
pub struct ChartRequest {
    /// The repository: `https://host/path`, or a registry's `oci://host/path`.
    pub repository: String,
    /// The chart's name. In a registry it is the last part of the path; empty means that the
    /// repository's path has it already.
    pub name: String,
    /// A version, a range, or nothing for the newest; in a registry also a tag or a digest.
    pub version: String,
    /// How to reach it.
    pub access: ChartAccess,
    /// Ask again for an exact version that was fetched before.
    pub refresh: bool,
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Its name, as `Chart.yaml` has it.
    pub name: String,
    /// The version that was chosen, as the index or the tag has it.
    pub version: String,
    /// The archive's digest, `sha256:…`.
    pub digest: String,
    /// Its files; `Chart.yaml` is at the root.
    pub tree: Arc<dyn SourceTree>,
}

/// What a repository or registry had.
pub(crate) struct Found {
    pub(crate) version: String,
    /// Where it came from, for errors.
    pub(crate) url: String,
    pub(crate) digest: Digest,
    pub(crate) archive: Vec<u8>,
    /// Whether the archive comes from the cache.
    pub(crate) is_kept: bool,
}

impl ChartRequest {
    /// Whether it is for a registry: by its URL, or as the Secret says.
    pub(crate) fn is_oci(&self) -> bool {
        let url = self.repository.trim();
        // One without a scheme is a registry's, as Argo CD takes it.
        self.access.enable_oci || url.starts_with("oci://") || !url.contains("://")
    }

    /// Whether its version is a digest, or ends in one.
    pub(crate) fn is_pinned(&self) -> bool {
        self.is_oci() && self.version.contains("sha256:")
    }

    /// Whom an archive is kept for: this chart's of this repository, with these credentials.
    pub(crate) fn owner(&self) -> Digest {
        let identity = self.access.identity().to_string();
        Digest::of_texts([
            "archive",
            &self.is_oci().to_string(),
            &self.repository,
            &self.name,
            &identity,
        ])
    }

    /// What an exact version is remembered under.
    fn key(&self) -> Digest {
        let identity = self.access.identity().to_string();
        Digest::of_texts([
            "version",
            &self.is_oci().to_string(),
            &self.repository,
            &self.name,
            &self.version,
            &identity,
        ])
    }
}

impl fmt::Debug for ChartRequest {
    /// Without the repository's URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChartRequest")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("access", &self.access)
            .field("refresh", &self.refresh)
            .finish_non_exhaustive()
    }
}

impl Charts {
    /// Charts that are kept in a folder, which is made when the first one comes.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            cache: Cache::new(folder),
            clients: Clients::default(),
            trees: Mutex::default(),
        }
    }

    /// Fetches a chart. An exact version that was fetched before costs no request; what a range
    /// means is asked for each time.
    ///
    /// # Errors
    /// [`ChartError`] says what is wrong, and with which URL.
    pub fn fetch(&self, request: &ChartRequest) -> Result<Chart, ChartError> {
        let wanted = Wanted::read(&request.version);
        let is_exact = wanted.is_exact() || request.is_pinned();
        if is_exact
            && !request.refresh
            && let Some(found) = self.kept(request)
        {
            return self.unpack(request, &found);
        }
        let found = self.find(request, &wanted)?;
        let chart = self.unpack(request, &found)?;
        // Only what can be used is worth its place.
        if !found.is_kept {
            let kept = self.kept_for(request);
            kept.keep(&found.digest, &found.archive)?;
        }
        if is_exact {
            let pin = Pin {
                version: chart.version.clone(),
                digest: chart.digest.clone(),
            };
            self.cache.keep_pin(&request.key(), &pin)?;
        }
        Ok(chart)
    }

    /// All versions of a chart, newest first; the request's own is not looked at.
    ///
    /// # Errors
    /// [`ChartError`] says what is wrong, and with which URL.
    pub fn versions(&self, request: &ChartRequest) -> Result<Vec<String>, ChartError> {
        if request.is_oci() {
            registry(request)?.versions()
        } else {
            HelmRepository::open(request, &self.cache, &self.clients)?.versions(&request.name)
        }
    }

    /// One file from an http(s) URL: a values file, a resource. Nothing is kept.
    ///
    /// # Errors
    /// [`ChartError`] says what is wrong.
    pub fn download(&self, url: &str, access: &ChartAccess) -> Result<Vec<u8>, ChartError> {
        let http = Http::new(url, access, &self.clients)?;
        let answer = http.text(
            http.home(),
            &Validators::default(),
            limits::TREE_FILE_MAX_BYTES,
        )?;
        match answer {
            Answer::Content(content, _) => Ok(content),
            Answer::NotModified => Err(ChartError::Status {
                url: crate::location::shown(http.home()),
                status: "304 Not Modified without being asked".to_owned(),
            }),
        }
    }

    fn find(&self, request: &ChartRequest, wanted: &Wanted) -> Result<Found, ChartError> {
        if request.is_oci() {
            registry(request)?.find(wanted, self.kept_for(request))
        } else {
            HelmRepository::open(request, &self.cache, &self.clients)?.find(&request.name, wanted)
        }
    }

    /// The archives that came by such a request.
    fn kept_for(&self, request: &ChartRequest) -> Kept<'_> {
        self.cache.of(request.owner())
    }

    /// An exact version that was fetched before.
    fn kept(&self, request: &ChartRequest) -> Option<Found> {
        let pin = self.cache.pin(&request.key())?;
        let digest = digest::read(&pin.digest)?;
        Some(Found {
            version: pin.version,
            url: format!("the kept archive of {}", request.name),
            digest,
            archive: self.kept_for(request).archive(&digest)?,
            is_kept: true,
        })
    }

    fn unpack(&self, request: &ChartRequest, found: &Found) -> Result<Chart, ChartError> {
        let bad = |reason: String| ChartError::Archive {
            url: found.url.clone(),
            reason,
        };
        let tree = self.tree(found).map_err(bad)?;
        let chart_yaml = tree.read("Chart.yaml").map_err(|e| bad(e.to_string()))?;
        let About { name, version } = about(&chart_yaml).map_err(bad)?;
        let wanted = request.name.rsplit('/').next().unwrap_or_default();
        if !wanted.is_empty() && wanted != name {
            return Err(bad(format!(
                "it is chart {name:?}, and {wanted:?} was asked for"
            )));
        }
        Ok(Chart {
            name,
            version: if found.version.is_empty() {
                version
            } else {
                found.version.clone()
            },
            digest: found.digest.to_string(),
            tree,
        })
    }

    fn tree(&self, found: &Found) -> Result<Arc<ArchiveTree>, String> {
        let lock = || self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = lock().get(&found.digest).and_then(Weak::upgrade) {
            return Ok(tree);
        }
        let tree = Arc::new(unpack(&found.archive)?);
        let mut trees = lock();
        trees.retain(|_, tree| tree.strong_count() > 0);
        trees.insert(found.digest, Arc::downgrade(&tree));
        Ok(tree)
    }
}

pub(crate) fn registry(request: &ChartRequest) -> Result<ChartRegistry<'_>, ChartError> {
    ChartRegistry::open(&request.repository, &request.name, &request.access)
}
