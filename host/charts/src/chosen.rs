//! Which versions ranges mean now: what a poll asks, for many charts of a repository at once.

use std::collections::HashMap;

use gantry_model::Digest;

use crate::charts::{ChartRequest, Charts};
use crate::choose::Wanted;
use crate::digest;
use crate::error::ChartError;
use crate::index::Index;
use crate::repository::HelmRepository;

/// The version that a request means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The version, as the index or the tag has it.
    pub version: String,
    /// The archive's digest, `sha256:…`; empty where the index does not tell.
    pub digest: String,
}

type Known = Result<Index, ChartError>;

impl Charts {
    /// The version that each request means now, in their order. A Helm repository's index is asked
    /// for once, and only sent if it changed; a registry is asked for the tags of each chart.
    pub fn choose(&self, requests: &[ChartRequest]) -> Vec<Result<Chosen, ChartError>> {
        let mut known: HashMap<Digest, Known> = HashMap::new();
        let chosen = requests.iter().map(|request| {
            if request.is_oci() {
                let chart = self.fetch(request)?;
                return Ok(Chosen {
                    version: chart.version,
                    digest: chart.digest,
                });
            }
            let repository = HelmRepository::open(request, &self.cache, &self.clients)?;
            let index = known
                .entry(repository.key())
                .or_insert_with(|| repository.index());
            let index = index.as_ref().map_err(Clone::clone)?;
            let wanted = Wanted::read(&request.version);
            let entry = repository.entry(index, &request.name, &wanted)?;
            let digest = digest::read(&entry.digest).map(|digest| digest.to_string());
            Ok(Chosen {
                version: entry.version.clone(),
                digest: digest.unwrap_or_default(),
            })
        });
        chosen.collect()
    }
}

/// Whether a request can only ever mean one version: nobody needs to be asked again.
pub fn is_exact(request: &ChartRequest) -> bool {
    Wanted::read(&request.version).is_exact() || request.is_pinned()
}
