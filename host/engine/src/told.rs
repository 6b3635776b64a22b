//! What is told of a repository: the charts that it has, and what an artifact says of itself.

use std::collections::BTreeMap;

use gantry_charts::{ChartError, ChartRequest, Reach};

use crate::fetch::Fetcher;
use crate::wanted::ChartKey;

impl Fetcher {
    /// All charts of a Helm repository with their versions, as its index has them now.
    ///
    /// # Errors
    /// [`ChartError`] says what is wrong, and with which URL.
    pub fn charts_of(
        &self,
        url: &str,
        project: &str,
    ) -> Result<Vec<(String, Vec<String>)>, ChartError> {
        self.charts.listed(&self.artifact(url, "", "", project))
    }

    /// The annotations of an artifact in a registry; the name is that of a chart below the URL, or empty.
    ///
    /// # Errors
    /// [`ChartError`] says what is wrong, and with which URL.
    pub fn annotations_of(
        &self,
        url: &str,
        name: &str,
        revision: &str,
        project: &str,
    ) -> Result<BTreeMap<String, String>, ChartError> {
        self.charts
            .annotations(&self.artifact(url, name, revision, project))
    }

    fn artifact(&self, url: &str, name: &str, version: &str, project: &str) -> ChartRequest {
        self.request(&ChartKey {
            repository: url.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            pass_credentials: false,
            project: project.to_owned(),
            reach: Reach::Anywhere,
        })
    }
}
