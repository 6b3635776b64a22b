//! What repository Secrets mean to the rooms that fetch.

use gantry_charts::ChartAccess;
use gantry_model::secrets::RepositorySecret;
use gantry_model::without_password;
use gantry_source::{Access, SourceError};

use crate::fetch::Fetcher;
use crate::github::{self, Wish};

impl Fetcher {
    /// Asks a Git repository, with the credentials that there are for it in a project.
    pub(crate) fn ask_git<T>(
        &self,
        url: &str,
        project: &str,
        ask: impl FnOnce(&Access) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let secret = self.secret(url, project);
        let mut access = of_git(secret.as_ref());
        let wish = secret.and_then(|s| Wish::of(&s, url, |base| self.certificates(base)));
        if let Some(wish) = &wish {
            let token = self.github.token(wish, &without_password(url))?;
            github::USER.clone_into(&mut access.username);
            token.expose().clone_into(&mut access.password);
        }
        let answer = ask(&access);
        if let (Err(SourceError::Unauthorized { .. }), Some(wish)) = (&answer, &wish) {
            self.github.forget(wish);
        }
        answer
    }
}

/// For a Git repository.
fn of_git(secret: Option<&RepositorySecret>) -> Access {
    let Some(secret) = secret else {
        return Access::default();
    };
    let credentials = &secret.credentials;
    Access {
        username: credentials.username.clone(),
        password: credentials.password.expose().to_owned(),
        bearer_token: credentials.bearer_token.expose().to_owned(),
        ssh_private_key: credentials.ssh_private_key.expose().to_owned(),
        insecure: secret.insecure,
        proxy: secret.proxy.expose().to_owned(),
        is_sent_at_once: secret.force_http_basic_auth,
    }
}

/// For charts and single files.
pub(crate) fn of_charts(secret: Option<&RepositorySecret>, pass_credentials: bool) -> ChartAccess {
    let Some(secret) = secret else {
        return ChartAccess::default();
    };
    let credentials = &secret.credentials;
    ChartAccess {
        username: credentials.username.clone(),
        password: credentials.password.expose().to_owned(),
        bearer_token: credentials.bearer_token.expose().to_owned(),
        tls_client_cert: credentials.tls_client_cert.clone(),
        tls_client_key: credentials.tls_client_key.expose().to_owned(),
        insecure: secret.insecure,
        plain_http: secret.force_plain_http,
        proxy: secret.proxy.expose().to_owned(),
        no_proxy: secret.no_proxy.clone(),
        pass_credentials,
        enable_oci: secret.enable_oci,
        ..ChartAccess::default()
    }
}
