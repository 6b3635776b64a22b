//! What is told of a repository without fetching a chart: which ones there are, and what an artifact says of itself.

use std::collections::BTreeMap;

use crate::charts::{ChartRequest, Charts, registry};
use crate::choose::Wanted;
use crate::error::ChartError;
use crate::repository::HelmRepository;

impl Charts {
    /// All charts of a Helm repository with their versions, as its index has them; the request's own name and
    /// version are not looked at.
    ///
    /// # Errors
    /// [`ChartError`] says what is wrong, and with which URL. A registry has no index.
    pub fn listed(&self, request: &ChartRequest) -> Result<Vec<(String, Vec<String>)>, ChartError> {
        if request.is_oci() {
            return Err(ChartError::Url {
                url: registry(request)?.shown(),
                reason: "a registry has no index of its charts".to_owned(),
            });
        }
        let index = HelmRepository::open(request, &self.cache, &self.clients)?.index()?;
        let all = index.charts.into_iter().map(|(name, versions)| {
            let versions = versions.into_iter().map(|entry| entry.version);
            (name, versions.collect())
        });
        Ok(all.collect())
    }

    /// Asks a Helm repository for its index, and a registry whether it takes the login. The request's own name and
    /// version are not looked at.
    ///
    /// # Errors
    /// [`ChartError`] says what is wrong, and with which URL.
    pub fn ping(&self, request: &ChartRequest) -> Result<(), ChartError> {
        if request.is_oci() {
            return registry(request)?.ping(&self.clients);
        }
        HelmRepository::open(request, &self.cache, &self.clients)?
            .index()
            .map(drop)
    }

    /// The annotations of an artifact's manifest in a registry: who made it, when, and where from.
    ///
    /// # Errors
    /// [`ChartError`] says what is wrong, and with which URL. A Helm repository has none.
    pub fn annotations(
        &self,
        request: &ChartRequest,
    ) -> Result<BTreeMap<String, String>, ChartError> {
        registry(request)?.annotations(&Wanted::read(&request.version))
    }
}
