//! A Helm repository: a web server with an `index.yaml` and archives.

use gantry_model::{Digest, limits};

use crate::access::ChartAccess;
use crate::cache::{Cache, Kept, KnownIndex};
use crate::charts::{ChartRequest, Found};
use crate::choose::{Wanted, newest_first};
use crate::client::Clients;
use crate::digest;
use crate::error::ChartError;
use crate::http::{Answer, Http, Validators};
use crate::index::{Entry, Index};
use crate::location::{below, shown};
use crate::registry::{ChartRegistry, Place};

/// One repository, and how it is asked.
pub(crate) struct HelmRepository<'a> {
    http: Http,
    access: &'a ChartAccess,
    cache: &'a Cache,
    kept: Kept<'a>,
    key: Digest,
}

impl<'a> HelmRepository<'a> {
    pub(crate) fn open(
        request: &'a ChartRequest,
        cache: &'a Cache,
        clients: &Clients,
    ) -> Result<Self, ChartError> {
        let http = Http::new(&request.repository, &request.access, clients)?;
        let identity = request.access.identity().to_string();
        let key = Digest::of_texts(["index", http.home().as_str(), &identity]);
        Ok(Self {
            http,
            access: &request.access,
            cache,
            kept: cache.of(request.owner()),
            key,
        })
    }

    /// Finds a version of a chart, and gets its archive where it is not kept yet.
    pub(crate) fn find(&self, name: &str, wanted: &Wanted) -> Result<Found, ChartError> {
        let index = self.index()?;
        self.archive(name, self.entry(&index, name, wanted)?)
    }

    /// The index's entry of the version that is meant.
    pub(crate) fn entry<'i>(
        &self,
        index: &'i Index,
        name: &str,
        wanted: &Wanted,
    ) -> Result<&'i Entry, ChartError> {
        let versions = self.versions_in(index, name)?;
        let version = wanted.among(versions.iter().map(|entry| entry.version.as_str()))?;
        let entry = version.and_then(|v| versions.iter().find(|entry| entry.version == v));
        entry.ok_or_else(|| ChartError::NoVersion {
            repository: self.shown(),
            name: name.to_owned(),
            version: wanted.text().to_owned(),
            has: newest_first(versions.iter().map(|entry| entry.version.as_str())),
        })
    }

    /// Stands for the repository and for who asks it.
    pub(crate) fn key(&self) -> Digest {
        self.key
    }

    /// All versions of a chart, newest first.
    pub(crate) fn versions(&self, name: &str) -> Result<Vec<String>, ChartError> {
        let index = self.index()?;
        let versions = self.versions_in(&index, name)?;
        Ok(newest_first(
            versions.iter().map(|entry| entry.version.as_str()),
        ))
    }

    fn versions_in<'i>(&self, index: &'i Index, name: &str) -> Result<&'i [Entry], ChartError> {
        let versions = index.charts.get(name);
        let versions = versions.ok_or_else(|| ChartError::NoChart {
            repository: self.shown(),
            name: name.to_owned(),
            has: index.names_like(name),
        })?;
        Ok(versions)
    }

    /// The index, which is only sent again if it changed.
    pub(crate) fn index(&self) -> Result<Index, ChartError> {
        let bad = |reason: String| ChartError::Index {
            url: self.shown(),
            reason,
        };
        let url = below(self.http.home(), "index.yaml").map_err(bad)?;
        let known = self.cache.index(&self.key);
        let validators = known
            .as_ref()
            .map_or_else(Validators::default, KnownIndex::validators);
        let answer = self
            .http
            .text(&url, &validators, limits::CHART_INDEX_MAX_BYTES)?;
        let (content, validators) = match (answer, known) {
            (Answer::NotModified, Some(known)) => return Ok(known.index),
            (Answer::NotModified, None) => {
                return Err(ChartError::Status {
                    url: shown(&url),
                    status: "304 Not Modified without being asked".to_owned(),
                });
            }
            (Answer::Content(content, validators), _) => (content, validators),
        };
        let index = Index::parse(&content).map_err(|reason| ChartError::Index {
            url: shown(&url),
            reason,
        })?;
        let known = KnownIndex::new(validators, index);
        if known.validators() != Validators::default() {
            self.cache.keep_index(&self.key, &known)?;
        }
        Ok(known.index)
    }

    fn archive(&self, name: &str, entry: &Entry) -> Result<Found, ChartError> {
        let bad = |reason: String| ChartError::Index {
            url: self.shown(),
            reason: format!("{name} {}: {reason}", entry.version),
        };
        if entry.url.is_empty() {
            return Err(bad("there is no URL in its `urls`".to_owned()));
        }
        let wanted = match entry.digest.as_str() {
            "" => None,
            digest => {
                let parsed = digest::read(digest);
                Some(parsed.ok_or_else(|| bad(format!("its digest {digest:?} is no SHA-256")))?)
            }
        };
        let kept = wanted.and_then(|digest| self.kept.archive(&digest));
        if let (Some(digest), Some(archive)) = (wanted, kept) {
            return Ok(Found {
                version: entry.version.clone(),
                url: self.shown(),
                digest,
                archive,
                is_kept: true,
            });
        }
        if let Some(url) = entry.url.strip_prefix("oci://") {
            return self.in_registry(entry, url, wanted);
        }
        let url = below(self.http.home(), &entry.url).map_err(bad)?;
        let archive = self.http.archive(&url, limits::CHART_ARCHIVE_MAX_BYTES);
        let archive = archive.map_err(|error| match error {
            ChartError::NotFound { url, .. } => ChartError::NotFound {
                url,
                referred: format!("the index of {} for {name} {}", self.shown(), entry.version),
            },
            other => other,
        })?;
        let digest = Digest::of(&archive);
        let url = shown(&url);
        match wanted {
            Some(wanted) if wanted != digest => Err(ChartError::OtherContent {
                url,
                wanted: wanted.to_string(),
                found: digest.to_string(),
            }),
            _ => Ok(Found {
                version: entry.version.clone(),
                url,
                digest,
                archive,
                is_kept: false,
            }),
        }
    }

    /// An archive that the index has in a registry. That is another host, which gets no credentials
    /// unless the Secret says so.
    fn in_registry(
        &self,
        entry: &Entry,
        url: &str,
        wanted: Option<Digest>,
    ) -> Result<Found, ChartError> {
        let mut access = self.access.clone();
        if !access.pass_credentials {
            access.username.clear();
            access.password.clear();
            access.bearer_token.clear();
            access.tls_client_cert.clear();
        }
        let (path, place) = Place::split(url, &entry.version);
        let found = ChartRegistry::open(path, "", &access)?.at(&place, wanted, self.kept)?;
        Ok(Found {
            version: entry.version.clone(),
            ..found
        })
    }

    fn shown(&self) -> String {
        shown(self.http.home())
    }
}
