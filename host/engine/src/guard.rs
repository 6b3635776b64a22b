//! What renderers are handed from outside of their source: what the application's project permits,
//! fetched with the credentials that they never see.

use std::sync::Arc;

use gantry_charts::Reach;
use gantry_model::{Outside, Pinned, Withheld, without_password};
use gantry_source::{host_and_port, is_local};

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

    /// Which addresses renderers may ask.
    fn reach(&self) -> Reach {
        if !self.fetcher.is_guarded() {
            return Reach::Anywhere;
        }
        Reach::Guarded {
            except: self.projects.hosts(&self.project).into(),
        }
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
        if let Some((host, port)) = host_and_port(repository) {
            let permitted = self.reach().permit(&host, port);
            permitted.map_err(Withheld::Refused)?;
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
            reach: self.reach(),
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
            reach: self.reach(),
        });
        let file = file.map_err(|error| Withheld::Failed(error.to_string()))?;
        Ok(file.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use gantry_charts::Charts;
    use gantry_model::project::AppProject;
    use gantry_model::secrets::Repositories as Secrets;
    use gantry_model::{Outside, Withheld};
    use gantry_source::Repositories;
    use serde_json::json;

    use super::Guard;
    use crate::fetch::Fetcher;
    use crate::projects::Projects;

    fn guard(folder: &std::path::Path, rules: &[&str], is_server: bool) -> Guard {
        let project = AppProject {
            name: "shop".to_owned(),
            namespace: String::new(),
            annotations: BTreeMap::new(),
            spec: json!({ "sourceRepos": rules }),
        };
        let fetcher = Fetcher::new(
            Repositories::new(folder.join("repositories")),
            Charts::new(folder.join("charts")),
            Secrets::default(),
        );
        Guard {
            fetcher: Arc::new(if is_server {
                fetcher.guarded()
            } else {
                fetcher
            }),
            projects: Arc::new(Projects::of(&[project]).expect("rules")),
            project: "shop".to_owned(),
            is_local: false,
        }
    }

    /// Nothing listens at port 1: who is let through fails otherwise.
    #[test]
    fn a_server_s_renderers_do_not_reach_the_server_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        for (rules, is_server, refused) in [
            (&["*"][..], true, true),
            (&["*", "http://127.0.0.1:1/**"], true, false),
            (&["*"], false, false),
        ] {
            let guard = guard(folder.path(), rules, is_server);
            let answers = [
                guard.git("http://127.0.0.1:1/a", "main").map(|_| ()),
                guard
                    .chart("http://127.0.0.1:1/a", "web", "1.*")
                    .map(|_| ()),
                guard.chart("oci://127.0.0.1:1/a", "web", "1.*").map(|_| ()),
                guard.download("http://127.0.0.1:1/a.yaml").map(|_| ()),
            ];
            for answer in answers {
                let reason = match answer.expect_err("nobody listens there") {
                    Withheld::Refused(reason) | Withheld::Failed(reason) => reason,
                };
                assert_eq!(
                    reason.contains("sourceRepos"),
                    refused,
                    "{rules:?} {reason}"
                );
            }
        }
    }
}
