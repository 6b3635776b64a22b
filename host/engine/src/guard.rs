//! What renderers are handed from outside of their source: what the application's project permits,
//! fetched with the credentials that they never see.

use std::sync::Arc;
use std::time::Instant;

use gantry_charts::Reach;
use gantry_model::{Outside, Pinned, Withheld, without_password};
use gantry_source::{host_and_port, is_local};

use crate::fetch::{Fetcher, FileKey};
use crate::projects::Projects;
use crate::wanted::{ChartKey, GitKey, Wanted};

/// Hands over for one application.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) fetcher: Arc<Fetcher>,
    pub(crate) projects: Arc<Projects>,
    pub(crate) project: String,
    /// Whether a source of the application is a repository of this machine.
    pub(crate) is_local: bool,
    /// The moment that nothing which is handed over may have been fetched before; none: whatever counts.
    pub(crate) new_since: Option<Instant>,
}

impl Guard {
    fn permit(&self, url: &str) -> Result<(), Withheld> {
        let permitted = self.projects.permit(&self.project, url);
        permitted.map_err(Withheld::Refused)
    }

    /// Somebody wants all of it to be new.
    fn renew(&self, wanted: impl FnOnce() -> Wanted) {
        if let Some(since) = self.new_since {
            self.fetcher.renew_older(wanted(), since);
        }
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
        let key = GitKey {
            url: repository.to_owned(),
            revision: revision.to_owned(),
            tag_prefix: String::new(),
            project: self.project.clone(),
        };
        self.renew(|| Wanted::Git(key.clone()));
        let commit = self.fetcher.commit(&key);
        let commit = commit.map_err(|error| Withheld::Failed(error.to_string()))?;
        Ok(Pinned {
            pin: commit.id,
            tree: commit.tree,
        })
    }

    fn chart(&self, repository: &str, name: &str, version: &str) -> Result<Pinned, Withheld> {
        self.permit(repository)?;
        let key = ChartKey {
            repository: repository.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            pass_credentials: false,
            project: self.project.clone(),
            reach: self.reach(),
        };
        self.renew(|| Wanted::Chart(key.clone()));
        let chart = self.fetcher.chart(&key);
        let chart = chart.map_err(|error| Withheld::Failed(error.to_string()))?;
        Ok(Pinned {
            pin: format!("{} {}", chart.version, chart.digest),
            tree: chart.tree,
        })
    }

    fn download(&self, url: &str) -> Result<Vec<u8>, Withheld> {
        self.permit(url)?;
        let key = FileKey {
            url: url.to_owned(),
            project: self.project.clone(),
            reach: self.reach(),
        };
        if let Some(since) = self.new_since {
            self.fetcher.renew_older_file(&key, since);
        }
        let file = self.fetcher.file(&key);
        let file = file.map_err(|error| Withheld::Failed(error.to_string()))?;
        Ok(file.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::time::Instant;

    use gantry_charts::Charts;
    use gantry_model::project::AppProject;
    use gantry_model::secrets::Repositories as Secrets;
    use gantry_model::{Outside, Withheld};
    use gantry_source::Repositories;
    use gantry_testbed::{FileServer, GitRepository};
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
            new_since: None,
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

    /// A repository with the chart `web` 1.0.0 of one value, as its author publishes it.
    fn publish(served: &std::path::Path, value: &str) {
        let chart = served.join("build/web");
        std::fs::create_dir_all(&chart).expect("a folder");
        let write = |path: &std::path::Path, text: &str| {
            std::fs::write(path, text).expect("a file");
        };
        write(
            &chart.join("Chart.yaml"),
            "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        );
        write(&chart.join("values.yaml"), value);
        write(&served.join("file.yaml"), value);
        let archive = served.join("web-1.0.0.tgz");
        let packed = std::process::Command::new("tar")
            .args([
                "-C".as_ref(),
                served.join("build").as_os_str(),
                "-czf".as_ref(),
            ])
            .args([archive.as_os_str(), "web".as_ref()])
            .status();
        assert!(packed.expect("tar").success());
        let index = "apiVersion: v1\nentries:\n  web:\n  - {name: web, version: 1.0.0, urls: [web-1.0.0.tgz]}\n";
        write(&served.join("index.yaml"), index);
    }

    #[test]
    fn a_hard_refresh_sees_what_renderers_ask_for_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = GitRepository::init(&folder.path().join("base")).expect("a repository");
        let served = folder.path().join("served");
        let server = FileServer::start(&served, None).expect("a server");
        let change = |value: &str| {
            base.commit(&[("a.yaml", value)]).expect("a commit");
            publish(&served, value);
        };
        change("a: 1\n");
        let mut guard = guard(folder.path(), &["*"], false);
        guard.is_local = true;
        let handed = |guard: &Guard| {
            let commit = guard.git(&base.file_url(), "HEAD").expect("a commit").pin;
            let fixed = guard.git(&base.file_url(), &commit).expect("a commit").pin;
            assert_eq!(commit, fixed);
            let chart = guard
                .chart(&server.url(""), "web", "1.0.0")
                .expect("a chart");
            let file = guard.download(&server.url("file.yaml")).expect("a file");
            (commit, chart.pin, file)
        };
        let first = handed(&guard);
        change("a: 2\n");
        assert_eq!(handed(&guard), first, "what is known counts");
        guard.new_since = Some(Instant::now());
        let second = handed(&guard);
        assert_ne!(second.0, first.0);
        assert_ne!(second.1, first.1);
        assert_eq!(second.2, b"a: 2\n");
        server.asked();
        change("a: 3\n");
        assert_eq!(handed(&guard), second, "it has seen all anew");
        assert!(server.asked().is_empty());
    }
}
