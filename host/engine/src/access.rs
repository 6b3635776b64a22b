//! What repository Secrets mean to the rooms that fetch.

use gantry_charts::ChartAccess;
use gantry_model::secrets::RepositorySecret;
use gantry_source::Access;

/// For a Git repository.
pub(crate) fn of_git(secret: Option<&RepositorySecret>) -> Access {
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
