//! Charts in OCI registries: a tag is a version, and the archive is a layer.

use std::time::Duration;

use gantry_model::version::Constraint;
use gantry_model::{Digest, limits};
use gantry_oci::{Connection, Credentials, OciDescriptor, OciError, OciImageManifest, Registry};
use serde_json::Value;

use crate::access::ChartAccess;
use crate::cache::Cache;
use crate::charts::Found;
use crate::choose::{Wanted, newest_first};
use crate::error::ChartError;

/// The media type of a chart's configuration.
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// The media types of a chart's archive, the second one of Helm's first tries.
const ARCHIVES: [&str; 2] = [
    "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
    "application/tar+gzip",
];

/// The repository of one chart in a registry.
pub(crate) struct ChartRegistry<'a> {
    /// Host and path, without tag.
    path: String,
    name: &'a str,
    access: &'a ChartAccess,
}

/// Which manifest is meant.
pub(crate) enum Place {
    Tag(String),
    /// `sha256:…`, and the tag before it or empty.
    Digest(String, String),
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
        cache: &Cache,
    ) -> Result<Found, ChartError> {
        self.block_on(async {
            let registry = self.open_at(place)?;
            let manifest = registry.manifest().await;
            let manifest = manifest.map_err(|error| self.failed(error))?;
            let found = self.archive(&registry, place, &manifest, cache).await?;
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
    pub(crate) fn find(&self, wanted: &Wanted, cache: &Cache) -> Result<Found, ChartError> {
        self.block_on(async {
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
            self.archive(&registry, &place, &manifest, cache).await
        })
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
        cache: &Cache,
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
        let kept = cache.archive(&digest);
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
        let credentials = if !access.username.is_empty() || !access.password.is_empty() {
            Credentials::Login {
                username: access.username.clone(),
                password: access.password.clone(),
            }
        } else if !access.bearer_token.is_empty() {
            Credentials::Token(access.bearer_token.clone())
        } else {
            Credentials::docker()
        };
        let without_settings = access.tls_ca.is_empty() && !access.insecure;
        let connection = Connection {
            plain_http: access.plain_http || (without_settings && is_loopback(&self.path)),
            insecure: access.insecure,
            ca: access.tls_ca.clone(),
            proxy: access.proxy.clone(),
            no_proxy: access.no_proxy.clone(),
        };
        Registry::open(reference, &credentials, &connection).map_err(|error| self.failed(error))
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

    fn shown(&self) -> String {
        format!("oci://{}", self.path)
    }
}

impl Place {
    /// Reads `sha256:…` and `TAG@sha256:…`.
    fn with_digest(text: &str) -> Option<Self> {
        let (tag, digest) = text.split_at(text.find("sha256:")?);
        let tag = tag.trim_end_matches('@').to_owned();
        Some(Self::Digest(digest.to_owned(), tag))
    }

    /// Takes `HOST/PATH:TAG` or `HOST/PATH@sha256:…` apart; a version is the tag where there is none.
    pub(crate) fn split<'u>(url: &'u str, version: &str) -> (&'u str, Self) {
        if let Some((path, digest)) = url.split_once('@') {
            let place = Self::Digest(digest.to_owned(), version.to_owned());
            return (path, place);
        }
        let name = url.rfind('/').map_or(0, |at| at + 1);
        match url.get(name..).and_then(|name| name.find(':')) {
            Some(at) => {
                let (path, tag) = url.split_at(name + at);
                (path, Self::Tag(tag.trim_start_matches(':').to_owned()))
            }
            None => (url, Self::Tag(tag_of(version))),
        }
    }
}

/// A tag has no `+`, so Helm writes `_`.
fn tag_of(version: &str) -> String {
    version.replace('+', "_")
}

fn is_loopback(path: &str) -> bool {
    let host = path.split('/').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default();
    let address: Option<std::net::IpAddr> = name.parse().ok();
    name == "localhost" || address.is_some_and(|address| address.is_loopback())
}

/// The layer of a manifest that is a chart's archive, or why there is none.
fn chart_layer(manifest: &[u8]) -> Result<OciDescriptor, String> {
    let json: Value = serde_json::from_slice(manifest)
        .map_err(|error| format!("its manifest is no JSON: {error}"))?;
    if json.get("manifests").is_some() {
        return Err("it is an index of several artifacts, and no chart".to_owned());
    }
    let manifest: OciImageManifest = serde_json::from_value(json)
        .map_err(|error| format!("its manifest is of no known form: {error}"))?;
    if manifest.config.media_type != CONFIG {
        let found = manifest.config.media_type;
        return Err(format!(
            "its configuration is {found}, where a chart's is {CONFIG}"
        ));
    }
    let is_archive = |layer: &&OciDescriptor| ARCHIVES.contains(&layer.media_type.as_str());
    let layer = manifest.layers.iter().find(is_archive);
    layer
        .cloned()
        .ok_or_else(|| format!("none of its layers is {}", ARCHIVES.join(" or ")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{CONFIG, Place, chart_layer, is_loopback};

    #[test]
    fn a_chart_s_layer_is_found() {
        let part =
            |media_type: &str| json!({"mediaType": media_type, "digest": "sha256:00", "size": 1});
        let provenance = part("application/vnd.cncf.helm.chart.provenance.v1.prov");
        let archive = part("application/vnd.cncf.helm.chart.content.v1.tar+gzip");
        let made = |config: &str, layers: &[&Value]| {
            json!({"schemaVersion": 2, "config": part(config), "layers": layers}).to_string()
        };
        for (manifest, expected) in [
            (made(CONFIG, &[&archive]), None),
            (made(CONFIG, &[&provenance, &archive]), None),
            (made(CONFIG, &[&part("application/tar+gzip")]), None),
            (made(CONFIG, &[&provenance]), Some("none of its layers is")),
            (
                made("application/vnd.oci.image.config.v1+json", &[&archive]),
                Some("its configuration is application/vnd.oci.image.config.v1+json"),
            ),
            (
                r#"{"schemaVersion": 2, "manifests": []}"#.to_owned(),
                Some("an index of several"),
            ),
            ("{}".to_owned(), Some("of no known form")),
            ("<html>".to_owned(), Some("is no JSON")),
        ] {
            match (chart_layer(manifest.as_bytes()), expected) {
                (Ok(_), None) => {}
                (Err(reason), Some(expected)) if reason.contains(expected) => {}
                (found, _) => panic!("{manifest}: {found:?}"),
            }
        }
    }

    #[test]
    fn urls_of_an_index_are_taken_apart() {
        for (url, expected) in [
            (
                "r.example/charts/web:1.0.0",
                ("r.example/charts/web", "1.0.0"),
            ),
            (
                "r.example:5000/web:1.0.0_b",
                ("r.example:5000/web", "1.0.0_b"),
            ),
            ("r.example:5000/web", ("r.example:5000/web", "2.0.0_b")),
            (
                "r.example/web@sha256:00",
                ("r.example/web", "2.0.0+b@sha256:00"),
            ),
        ] {
            let (path, place) = Place::split(url, "2.0.0+b");
            let place = match place {
                Place::Tag(tag) => tag,
                Place::Digest(digest, tag) => format!("{tag}@{digest}"),
            };
            assert_eq!((path, place.as_str()), expected, "{url}");
        }
    }

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
