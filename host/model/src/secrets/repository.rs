//! A repository Secret: credentials and settings of one repository, or credentials of all whose
//! URL begins alike.

use super::Secret;
use super::entries::{Entries, entries};
use super::github_app::{self, GithubApp};
use super::tables::{CHARTS_ONLY, GIT_ONLY, REPOSITORY, REPOSITORY_ONLY};
use crate::diagnostic::Diagnostic;
use crate::manifest::{Parsed, errors_first};
use crate::object::Object;
use crate::schema::{Type, Unknown, walk};

/// What a repository Secret speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// One repository (`repository`).
    #[default]
    Repository,
    /// Every repository whose URL begins with this one's (`repo-creds`).
    Template,
}

/// What kind of repository it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepositoryType {
    /// Git.
    #[default]
    Git,
    /// Helm charts, also of a registry.
    Helm,
    /// OCI artifacts.
    Oci,
}

/// One repository Secret. What is empty is not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositorySecret {
    /// One repository or many.
    pub scope: Scope,
    /// The URL, or its beginning.
    pub url: String,
    /// What kind of repository it is.
    pub repository_type: RepositoryType,
    /// A name for people.
    pub name: String,
    /// The one project whose applications may use it, or empty.
    pub project: String,
    /// Who is asking.
    pub credentials: Credentials,
    /// Do not check the server's certificate or host key.
    pub insecure: bool,
    /// The proxy to go through; its URL may hold a password.
    pub proxy: Secret,
    /// Hosts that are reached without the proxy.
    pub no_proxy: String,
    /// Send the credentials at once, not when asked.
    pub force_http_basic_auth: bool,
    /// Fetch large files too.
    pub enable_lfs: bool,
    /// It is a registry, though its URL does not say so.
    pub enable_oci: bool,
    /// Talk to the registry without TLS.
    pub force_plain_http: bool,
}

/// Who is asking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// User name for http(s).
    pub username: String,
    /// Password or token for http(s).
    pub password: Secret,
    /// Token sent as `Authorization: Bearer`.
    pub bearer_token: Secret,
    /// Private key for ssh, in PEM or OpenSSH format.
    pub ssh_private_key: Secret,
    /// The client's certificate, PEM.
    pub tls_client_cert: String,
    /// The client's key, PEM.
    pub tls_client_key: Secret,
    /// An app that tokens for https are asked for, where there is nothing else to ask with.
    pub github_app: Option<GithubApp>,
}

impl Credentials {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

pub(super) fn read(
    secret: &Object,
    scope: Scope,
) -> Result<Parsed<RepositorySecret>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let entries = entries(secret, &mut found);
    let mut report = walk(Type::Object(REPOSITORY), &entries.value(), "", false);
    if scope == Scope::Template {
        report
            .unsupported
            .retain(|u| !REPOSITORY_ONLY.contains(&u.field.as_str()));
        let unread = REPOSITORY_ONLY
            .iter()
            .filter(|key| !entries.text(key).is_empty());
        report.unknown.extend(unread.map(|key| Unknown {
            field: (*key).to_owned(),
            meant: None,
        }));
    }
    let repository_type = read_type(&entries, &mut found);
    let heeded = match repository_type {
        RepositoryType::Git => GIT_ONLY,
        RepositoryType::Helm | RepositoryType::Oci => CHARTS_ONLY,
    };
    report
        .unsupported
        .retain(|u| !heeded.contains(&u.field.as_str()));
    found.extend(entries.placed(report).diagnostics());
    let github_app = github_app::read(&entries, secret.name(), &mut found);
    let warnings = errors_first(found)?;
    let of_repository = |key: &str| scope == Scope::Repository && entries.flag(key);
    let value = RepositorySecret {
        scope,
        url: entries.text("url").trim().to_owned(),
        repository_type,
        name: entries.text("name"),
        project: entries.text("project"),
        credentials: Credentials {
            username: entries.text("username"),
            password: entries.secret("password"),
            bearer_token: entries.secret("bearerToken"),
            ssh_private_key: entries.secret("sshPrivateKey"),
            tls_client_cert: entries.text("tlsClientCertData"),
            tls_client_key: entries.secret("tlsClientCertKey"),
            github_app: github_app.filter(|_| repository_type == RepositoryType::Git),
        },
        insecure: of_repository("insecure") || of_repository("insecureIgnoreHostKey"),
        proxy: entries.secret("proxy"),
        no_proxy: entries.text("noProxy"),
        force_http_basic_auth: entries.flag("forceHttpBasicAuth"),
        enable_lfs: of_repository("enableLfs"),
        enable_oci: entries.flag("enableOCI"),
        force_plain_http: entries.flag("insecureOCIForceHttp"),
    };
    Ok(Parsed { value, warnings })
}

fn read_type(entries: &Entries, found: &mut Vec<Diagnostic>) -> RepositoryType {
    let field = entries.place("type");
    let text = entries.text("type").to_lowercase();
    match text.as_str() {
        "" | "git" => RepositoryType::Git,
        "helm" => RepositoryType::Helm,
        "oci" => RepositoryType::Oci,
        _ => {
            let message = format!("`{field}` must be one of `git`, `helm`, `oci`");
            found.push(Diagnostic::error("invalid-value", message).field(field));
            RepositoryType::Git
        }
    }
}
