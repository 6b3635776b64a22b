//! Charts in OCI registries: a tag is a version, and the archive is a layer.

mod layer;
mod ping;
mod place;

use std::collections::BTreeMap;
use std::time::Duration;

use gantry_model::version::Constraint;
use gantry_model::{Digest, limits};
use gantry_oci::{Connection, Credentials, OciError, Registry};

use crate::access::ChartAccess;
use crate::cache::Kept;
use crate::charts::Found;
use crate::choose::{Wanted, newest_first};
use crate::error::ChartError;

use layer::{annotations, chart_layer};
use place::tag_of;

pub(crate) use place::Place;

/// The repository of one chart in a registry.
pub(crate) struct ChartRegistry<'a> {
    /// Host and path, without tag.
    path: String,
    name: &'a str,
    access: &'a ChartAccess,
}

impl<'a> ChartRegistry<'a> {
    /// Makes ready to ask for a chart; asks nothing yet. An empty name means that the URL's path has
    /// it already.
    pub(crate) fn open(
        url: &str,
        name: &'a str,
        access: &'a ChartAccess,
    ) -> Result<Self, ChartError> {
        let url = url.trim();
        let path = ["oci://", "https://"]
            .iter()
            .find_map(|scheme| url.strip_prefix(scheme));
        let mut path = path.unwrap_or(url).trim_matches('/').to_owned();
        let bad = |reason: &str| ChartError::Url {
            // What stands before an @ may be a password.
            url: format!("oci://{}", path.rsplit('@').next().unwrap_or_default()),
            reason: reason.to_owned(),
        };
        let last = path.rsplit('/').next().unwrap_or_default();
        if path.contains('@') {
            return Err(bad("a registry's URL has no user and no digest in it"));
        }
        if path.contains('/') && last.contains(':') {
            return Err(bad("the tag belongs into targetRevision, not into the URL"));
        }
        if !access.tls_client_cert.is_empty() {
            return Err(ChartError::Access {
                url: format!("oci://{path}"),
                reason: "client certificates are not supported for registries".to_owned(),
            });
        }
        let (host, port) = host_and_port(&path);
        let permitted = access.reach.permit(host, port);
        permitted.map_err(|reason| ChartError::Unreachable {
            url: format!("oci://{path}"),
            reason,
        })?;
        let below = name.trim_matches('/');
        if !below.is_empty() {
            path = format!("{path}/{below}");
        }
        Ok(Self { path, name, access })
    }

    /// The archive at a place, which has the digest that an index says: its own, or its manifest's.
    pub(crate) fn at(
        &self,
        place: &Place,
        wanted: Option<Digest>,
        kept: Kept<'_>,
    ) -> Result<Found, ChartError> {
        self.block_on(async {
            let registry = self.open_at(place)?;
            let manifest = registry.manifest().await;
            let manifest = manifest.map_err(|error| self.failed(error))?;
            let found = self.archive(&registry, place, &manifest, kept).await?;
            match wanted {
                Some(wanted) if wanted != found.digest && wanted != Digest::of(&manifest) => {
                    Err(ChartError::OtherContent {
                        url: found.url,
                        wanted: wanted.to_string(),
                        found: found.digest.to_string(),
                    })
                }
                _ => Ok(found),
            }
        })
    }

    /// Finds a version of the chart, and gets its archive where it is not kept yet.
    pub(crate) fn find(&self, wanted: &Wanted, kept: Kept<'_>) -> Result<Found, ChartError> {
        self.block_on(async {
            let (registry, place, manifest) = self.manifest(wanted).await?;
            self.archive(&registry, &place, &manifest, kept).await
        })
    }

    /// The annotations of the manifest of a version, whatever kind of artifact it is.
    pub(crate) fn annotations(
        &self,
        wanted: &Wanted,
    ) -> Result<BTreeMap<String, String>, ChartError> {
        self.block_on(async {
            let (_, _, manifest) = self.manifest(wanted).await?;
            annotations(&manifest).map_err(|reason| ChartError::Archive {
                url: self.shown(),
                reason,
            })
        })
    }

    /// The manifest of a version, and where it is.
    async fn manifest(&self, wanted: &Wanted) -> Result<(Registry, Place, Vec<u8>), ChartError> {
        let mut place = self.place(wanted).await?;
        let mut registry = self.open_at(&place)?;
        let mut manifest = registry.manifest().await;
        // A version that is written otherwise in its tag, or not there: then its tags say.
        if let (Err(OciError::NotFound { .. }), Wanted::Exact(_)) = (&manifest, wanted) {
            place = Place::Tag(self.newest(wanted).await?);
            registry = self.open_at(&place)?;
            manifest = registry.manifest().await;
        }
        let manifest = manifest.map_err(|error| self.failed(error))?;
        Ok((registry, place, manifest.to_vec()))
    }

    /// All versions, newest first.
    pub(crate) fn versions(&self) -> Result<Vec<String>, ChartError> {
        let tags = self.block_on(self.tags())?;
        Ok(newest_first(tags.iter().map(String::as_str)))
    }

    async fn place(&self, wanted: &Wanted) -> Result<Place, ChartError> {
        if let Some(place) = Place::with_digest(wanted.text()) {
            return Ok(place);
        }
        match wanted {
            Wanted::Exact(version) => Ok(Place::Tag(tag_of(version))),
            Wanted::Range(tag) if Constraint::parse(tag).is_err() => Ok(Place::Tag(tag.clone())),
            _ => Ok(Place::Tag(self.newest(wanted).await?)),
        }
    }

    /// The tag of the newest version that is meant.
    async fn newest(&self, wanted: &Wanted) -> Result<String, ChartError> {
        let versions = self.tags().await?;
        let found = wanted.among(versions.iter().map(String::as_str))?;
        found.map(tag_of).ok_or_else(|| ChartError::NoVersion {
            repository: self.shown(),
            name: self.chart().to_owned(),
            version: wanted.text().to_owned(),
            has: newest_first(versions.iter().map(String::as_str)),
        })
    }

    /// The tags, as versions.
    async fn tags(&self) -> Result<Vec<String>, ChartError> {
        let tags = self.registry(&self.path)?.tags().await;
        let tags = tags.map_err(|error| self.failed(error))?;
        Ok(tags.iter().map(|tag| tag.replace('_', "+")).collect())
    }

    async fn archive(
        &self,
        registry: &Registry,
        place: &Place,
        manifest: &[u8],
        kept: Kept<'_>,
    ) -> Result<Found, ChartError> {
        let no_chart = |reason| ChartError::Archive {
            url: self.shown(),
            reason,
        };
        let layer = chart_layer(manifest).map_err(no_chart)?;
        let digest: Digest = layer
            .digest
            .parse()
            .map_err(|error: gantry_model::NoDigest| no_chart(error.to_string()))?;
        let kept = kept.archive(&digest);
        let is_kept = kept.is_some();
        let archive = match kept {
            Some(archive) => archive,
            None => {
                let max_bytes = limits::CHART_ARCHIVE_MAX_BYTES;
                let blob = registry.blob(&layer, max_bytes, &|_, _| {}).await;
                blob.map_err(|error| self.failed(error))?
            }
        };
        let (Place::Tag(tag) | Place::Digest(_, tag)) = place;
        Ok(Found {
            version: tag.replace('_', "+"),
            url: self.shown(),
            digest,
            archive,
            is_kept,
        })
    }

    fn open_at(&self, place: &Place) -> Result<Registry, ChartError> {
        match place {
            Place::Tag(tag) => self.registry(&format!("{}:{tag}", self.path)),
            Place::Digest(digest, _) => self.registry(&format!("{}@{digest}", self.path)),
        }
    }

    fn registry(&self, reference: &str) -> Result<Registry, ChartError> {
        let access = self.access;
        let connection = Connection {
            plain_http: self.is_plain(),
            insecure: access.insecure,
            ca: access.tls_ca.clone(),
            proxy: access.proxy.clone(),
            no_proxy: access.no_proxy.clone(),
        };
        Registry::open(reference, &self.credentials(), &connection)
            .map_err(|error| self.failed(error))
    }

    /// Whether it is spoken to without TLS.
    fn is_plain(&self) -> bool {
        let access = self.access;
        let without_settings = access.tls_ca.is_empty() && !access.insecure;
        access.plain_http || (without_settings && is_loopback(&self.path))
    }

    fn credentials(&self) -> Credentials {
        let access = self.access;
        if !access.username.is_empty() || !access.password.is_empty() {
            Credentials::Login {
                username: access.username.clone(),
                password: access.password.clone(),
            }
        } else if !access.bearer_token.is_empty() {
            Credentials::Token(access.bearer_token.clone())
        } else {
            Credentials::docker()
        }
    }

    /// Runs what is asynchronous to its end, in its time.
    fn block_on<T>(
        &self,
        work: impl Future<Output = Result<T, ChartError>>,
    ) -> Result<T, ChartError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| ChartError::Unreachable {
            url: self.shown(),
            reason: error.to_string(),
        })?;
        let secs = limits::DOWNLOAD_TIMEOUT_SECS;
        let timed = async { tokio::time::timeout(Duration::from_secs(secs), work).await };
        runtime.block_on(timed).unwrap_or_else(|_| {
            let url = self.shown();
            Err(ChartError::Timeout { url, secs })
        })
    }

    fn failed(&self, error: OciError) -> ChartError {
        let url = self.shown();
        let access = self.access;
        match error {
            OciError::Reference { reason, .. } => ChartError::Url { url, reason },
            OciError::Credentials { reason, .. } | OciError::Connection { reason, .. } => {
                ChartError::Access { url, reason }
            }
            OciError::Unreachable { reason, .. } | OciError::Broken { reason, .. } => {
                ChartError::Unreachable { url, reason }
            }
            OciError::Denied { .. } => {
                let of_secret = !access.username.is_empty() || !access.bearer_token.is_empty();
                let sent = if of_secret {
                    "the ones of the repository Secret are not taken"
                } else {
                    "those of `docker login`, if any, are not taken"
                };
                ChartError::Unauthorized {
                    url,
                    reason: format!("the registry wants credentials (401); {sent}"),
                }
            }
            OciError::Forbidden { .. } => ChartError::Forbidden { url },
            OciError::NotFound { reference } => ChartError::NotFound {
                url: format!("oci://{reference}"),
                referred: String::new(),
            },
            OciError::TooLarge { max_bytes, .. } => ChartError::TooLarge { url, max_bytes },
            OciError::OtherContent { wanted, found } => {
                ChartError::OtherContent { url, wanted, found }
            }
        }
    }

    fn chart(&self) -> &str {
        if self.name.is_empty() {
            self.path.rsplit('/').next().unwrap_or_default()
        } else {
            self.name
        }
    }

    pub(crate) fn shown(&self) -> String {
        format!("oci://{}", self.path)
    }
}

fn host_and_port(path: &str) -> (&str, u16) {
    let host = path.split('/').next().unwrap_or_default();
    let (name, port) = match host.strip_prefix('[') {
        Some(v6) => v6.split_once(']').unwrap_or((v6, "")),
        None => host.split_once(':').unwrap_or((host, "")),
    };
    (name, port.trim_start_matches(':').parse().unwrap_or(443))
}

fn is_loopback(path: &str) -> bool {
    let (name, _) = host_and_port(path);
    let address: Option<std::net::IpAddr> = name.parse().ok();
    name == "localhost" || address.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn loopback_is_told_from_other_hosts() {
        for (path, expected) in [
            ("localhost/charts", true),
            ("localhost:5000/charts", true),
            ("127.0.0.1:5000/charts", true),
            ("[::1]:5000/charts", true),
            ("localhost.example/charts", false),
            ("registry.example:5000/charts", false),
            ("10.0.0.1/charts", false),
        ] {
            assert_eq!(is_loopback(path), expected, "{path}");
        }
    }
}
