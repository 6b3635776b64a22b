//! The Secret of a repository, as Argo CD writes it (`util/db/repository_secrets.go`).

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gantry_control::clusters::secret::fnv;
use gantry_model::secrets::{GithubApp, Scope};
use gantry_model::{Diagnostic, Object};
use serde_json::{Map, Value, json};

use crate::args::{RepoAddArgs, RepoKind};

/// The value of the label that says what a Secret is.
pub(super) fn kind(scope: Scope) -> &'static str {
    match scope {
        Scope::Repository => "repository",
        Scope::Template => "repo-creds",
    }
}

/// Its name: by the URL, and the project if it is for one.
fn name(scope: Scope, url: &str, project: &str) -> String {
    let prefix = match scope {
        Scope::Repository => "repo",
        Scope::Template => "creds",
    };
    format!("{prefix}-{}", fnv(format!("{url}{project}").as_bytes()))
}

/// The Secret.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn object(
    args: &RepoAddArgs,
    scope: Scope,
    password: Option<String>,
) -> Result<Object, Diagnostic> {
    let kind_of_repository = match args.kind {
        RepoKind::Git => "git",
        RepoKind::Helm => "helm",
        RepoKind::Oci => "oci",
    };
    let project = args.project.clone().unwrap_or_default();
    let flag = |set: bool| set.then(|| "true".to_owned());
    let number = |given: Option<u64>| given.map(|given| given.to_string());
    check_app(args)?;
    let entries = [
        ("url", Some(args.url.clone())),
        ("type", Some(kind_of_repository.to_owned())),
        ("name", args.name.clone()),
        ("project", args.project.clone()),
        ("username", args.username.clone()),
        ("password", password),
        ("bearerToken", args.bearer_token.clone()),
        ("sshPrivateKey", file(args.ssh_private_key_path.as_deref())?),
        ("githubAppID", number(args.github_app_id)),
        (
            "githubAppInstallationID",
            number(args.github_app_installation_id),
        ),
        (
            "githubAppPrivateKey",
            file(args.github_app_private_key_path.as_deref())?,
        ),
        (
            "githubAppEnterpriseBaseUrl",
            args.github_app_enterprise_base_url.clone(),
        ),
        ("forceHttpBasicAuth", flag(args.force_http_basic_auth)),
        (
            "tlsClientCertData",
            file(args.tls_client_cert_path.as_deref())?,
        ),
        (
            "tlsClientCertKey",
            file(args.tls_client_cert_key_path.as_deref())?,
        ),
        ("insecure", flag(args.insecure_skip_server_verification)),
        ("enableOCI", flag(args.enable_oci)),
        ("insecureOCIForceHttp", flag(args.insecure_oci_force_http)),
        ("proxy", args.proxy.clone()),
        ("noProxy", args.no_proxy.clone()),
    ];
    let given = entries
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)));
    let data: Map<String, Value> = given
        .map(|(key, value)| (key.to_owned(), json!(STANDARD.encode(value))))
        .collect();
    let value = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {
            "name": name(scope, &args.url, &project),
            "labels": {"argocd.argoproj.io/secret-type": kind(scope)},
            "annotations": {"managed-by": "argocd.argoproj.io"},
        },
        "data": data,
    });
    Object::new(value, None).map_err(|error| Diagnostic::error("secret", error.to_string()))
}

/// An app gives tokens for Git over https; what it is to ask with otherwise comes first.
fn check_app(args: &RepoAddArgs) -> Result<(), Diagnostic> {
    if args.github_app_id.is_none() {
        return Ok(());
    }
    let other = [
        (args.password.is_some(), "--password"),
        (args.bearer_token.is_some(), "--bearer-token"),
        (
            args.ssh_private_key_path.is_some(),
            "--ssh-private-key-path",
        ),
        (args.kind != RepoKind::Git, "--type"),
    ];
    let other = other.iter().find(|(is_given, _)| *is_given);
    let message = match other {
        Some((_, flag)) => format!("--github-app-id and {flag} do not go together"),
        None if !GithubApp::serves(&args.url) => "--github-app-id is for Git over https".to_owned(),
        None => return Ok(()),
    };
    Err(Diagnostic::error("github-app", message).help("leave one of them out"))
}

fn file(path: Option<&Path>) -> Result<Option<String>, Diagnostic> {
    let Some(path) = path else { return Ok(None) };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Diagnostic::error("file", format!("{}: {error}", path.display())).help("check the path")
    })?;
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use gantry_model::secrets::Scope;

    use super::name;

    #[test]
    fn names_are_argo_cds() {
        // As Go's `fnv.New32a` gives them.
        let cases = [
            (Scope::Repository, "", "", "repo-2166136261"),
            (Scope::Repository, "a", "", "repo-3826002220"),
            (Scope::Template, "a", "", "creds-3826002220"),
            (Scope::Repository, "foo", "bar", "repo-3214735720"),
        ];
        for (scope, url, project, expected) in cases {
            assert_eq!(name(scope, url, project), expected, "{url} {project}");
        }
    }
}
