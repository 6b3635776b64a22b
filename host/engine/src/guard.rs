//! What renderers are handed from outside of their source: what the application's project permits,
//! fetched with the credentials that they never see.

use std::sync::Arc;

use gantry_model::{Outside, Pinned, Withheld, without_password};
use gantry_source::is_local;

use crate::fetch::{Fetcher, FileKey};
use crate::projects::Projects;
use crate::wanted::{ChartKey, GitKey};

/// Hands over for one application.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) fetcher: Arc<Fetcher>,
    pub(crate) projects: Arc<Projects>,
    pub(crate) project: String,
    /// Whether a source of the application is a repository of this machine.
    pub(crate) is_local: bool,
}

impl Guard {
    fn permit(&self, url: &str) -> Result<(), Withheld> {
        let permitted = self.projects.permit(&self.project, url);
        permitted.map_err(Withheld::Refused)
    }
}

impl Outside for Guard {
    fn git(&self, repository: &str, revision: &str) -> Result<Pinned, Withheld> {
        self.permit(repository)?;
        if is_local(repository) && !self.is_local {
            let rule = format!(
                "{}: a repository of this machine is read for applications whose own source is one",
                without_password(repository)
            );
            return Err(Withheld::Refused(rule));
        }
        let commit = self.fetcher.commit(&GitKey {
            url: repository.to_owned(),
            revision: revision.to_owned(),
            tag_prefix: String::new(),
            project: self.project.clone(),
        });
        let commit = commit.map_err(|error| Withheld::Failed(error.to_string()))?;
        Ok(Pinned {
            pin: commit.id,
            tree: commit.tree,
        })
    }

    fn chart(&self, repository: &str, name: &str, version: &str) -> Result<Pinned, Withheld> {
        self.permit(repository)?;
        let chart = self.fetcher.chart(&ChartKey {
            repository: repository.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            pass_credentials: false,
            project: self.project.clone(),
        });
        let chart = chart.map_err(|error| Withheld::Failed(error.to_string()))?;
        Ok(Pinned {
            pin: format!("{} {}", chart.version, chart.digest),
            tree: chart.tree,
        })
    }

    fn download(&self, url: &str) -> Result<Vec<u8>, Withheld> {
        self.permit(url)?;
        let file = self.fetcher.file(&FileKey {
            url: url.to_owned(),
            project: self.project.clone(),
        });
        let file = file.map_err(|error| Withheld::Failed(error.to_string()))?;
        Ok(file.to_vec())
    }
}
