//! Whether repositories answer, with the credentials that there are for them.

use std::sync::Arc;
use std::time::SystemTime;

use futures::{StreamExt as _, stream};
use gantry_engine::{CheckError, Fetcher, Wanted};
use gantry_model::application::Source;
use gantry_model::limits;
use gantry_model::secrets::{RepositorySecret, RepositoryType};
use serde_json::{Value, json};

/// What is asked of a repository to see whether it answers.
pub(crate) fn wanted(url: &str, project: &str, has_charts: bool) -> Option<Wanted> {
    let source = Source {
        repo_url: url.to_owned(),
        // Any name: the index or the registry is what is asked.
        chart: if has_charts {
            "any".to_owned()
        } else {
            String::new()
        },
        ..Source::default()
    };
    Wanted::of(&source, project)
}

fn wanted_of(secret: &RepositorySecret) -> Option<Wanted> {
    let has_charts = secret.enable_oci || secret.repository_type != RepositoryType::Git;
    wanted(&secret.url, &secret.project, has_charts)
}

/// Asks a repository with what a Secret says that is not kept yet; of a registry, whether it takes the login.
pub(crate) async fn answers(fetcher: &Fetcher, secret: RepositorySecret) -> Result<(), String> {
    let Some(wanted) = wanted_of(&secret) else {
        return Ok(());
    };
    let fetcher = fetcher.trying(secret);
    let asked = tokio::task::spawn_blocking(move || fetcher.ask(&wanted));
    let asked = asked.await.map_err(|error| error.to_string())?;
    asked.map_err(|error| error.to_string())
}

/// How each of these answers now, as Argo CD tells it.
pub(super) async fn states(fetcher: Fetcher, secrets: Vec<RepositorySecret>) -> Vec<Value> {
    let fetcher = Arc::new(fetcher);
    let asked = secrets.into_iter().map(|secret| {
        let fetcher = Arc::clone(&fetcher);
        async move {
            let Some(wanted) = wanted_of(&secret) else {
                return json!({"status": "Unknown", "message": "its URL names nothing"});
            };
            let asked = tokio::task::spawn_blocking(move || fetcher.ask(&wanted));
            match asked.await {
                Ok(answer) => state(&answer),
                Err(error) => json!({"status": "Unknown", "message": error.to_string()}),
            }
        }
    });
    let asked = stream::iter(asked).buffered(limits::REPOSITORIES_ASKED_MAX);
    asked.collect().await
}

fn state(answer: &Result<(), CheckError>) -> Value {
    let at = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    match answer {
        Ok(()) => json!({"status": "Successful", "message": "", "attemptedAt": at}),
        Err(error) => {
            let message = format!("Unable to connect to repository: {error}");
            json!({"status": "Failed", "message": message, "attemptedAt": at})
        }
    }
}
