//! Who we are to a registry: as the user says, or as Docker's configuration says.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use oci_client::secrets::RegistryAuth;
use serde_json::Value;

use crate::error::OciError;

/// Where credentials come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// These.
    Login {
        /// User name.
        username: String,
        /// Password or token.
        password: String,
    },
    /// A bearer token, sent as it is.
    Token(String),
    /// Docker's `config.json`, where `docker login` and `oras login` keep them; a registry that is
    /// not in it is asked without.
    Docker {
        /// The file; it need not be there.
        path: PathBuf,
    },
}

impl Credentials {
    /// Docker's configuration: in `$DOCKER_CONFIG`, else in `~/.docker`.
    pub fn docker() -> Self {
        let folder = std::env::var_os("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| Some(std::env::home_dir()?.join(".docker")))
            .unwrap_or_default();
        Self::Docker {
            path: folder.join("config.json"),
        }
    }

    /// The user name and password for a registry, where there are such.
    ///
    /// # Errors
    /// When Docker's configuration cannot be used.
    pub fn login(&self, registry: &str) -> Result<Option<(String, String)>, OciError> {
        Ok(match self.of(&[registry])? {
            RegistryAuth::Basic(username, password) => Some((username, password)),
            RegistryAuth::Bearer(_) | RegistryAuth::Anonymous => None,
        })
    }

    /// The credentials for a registry, which may have several names.
    pub(crate) fn of(&self, registry: &[&str]) -> Result<RegistryAuth, OciError> {
        let path = match self {
            Self::Login { username, password } => {
                return Ok(RegistryAuth::Basic(username.clone(), password.clone()));
            }
            Self::Token(token) if token.bytes().all(|b| b.is_ascii_graphic()) => {
                return Ok(RegistryAuth::Bearer(token.clone()));
            }
            Self::Token(_) => {
                return Err(OciError::Credentials {
                    registry: registry.first().copied().unwrap_or_default().to_owned(),
                    reason: "the token has blanks or other characters that no token has".to_owned(),
                });
            }
            Self::Docker { path } => path,
        };
        let failed = |reason: String| OciError::Credentials {
            registry: registry.first().copied().unwrap_or_default().to_owned(),
            reason: format!("{}: {reason}", path.display()),
        };
        let text = match std::fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(RegistryAuth::Anonymous);
            }
            read => read.map_err(|error| failed(error.to_string()))?,
        };
        let config: Value =
            serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
        look_up(&config, registry).map_err(failed)
    }
}

/// What the configuration has for a registry. Its helper programs are not run: a registry that
/// only they know is an error that names them.
fn look_up(config: &Value, registry: &[&str]) -> Result<RegistryAuth, String> {
    let helper = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        format!("they are kept by docker-credential-{name}, which gantry does not run")
    };
    if let Some(name) = entry(config, "credHelpers", registry) {
        return Err(helper(name));
    }
    let Some(login) = entry(config, "auths", registry) else {
        return Ok(RegistryAuth::Anonymous);
    };
    let text = |field: &str| {
        let text = login.get(field).and_then(Value::as_str).unwrap_or_default();
        (!text.is_empty()).then(|| text.to_owned())
    };
    if text("identitytoken").is_some() {
        return Err("it holds an identity token, which gantry does not use".to_owned());
    }
    if let (Some(username), Some(password)) = (text("username"), text("password")) {
        return Ok(RegistryAuth::Basic(username, password));
    }
    match (text("auth"), config.get("credsStore")) {
        (Some(auth), _) => {
            let decoded = BASE64.decode(auth).ok();
            let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            let (username, password) = decoded
                .as_deref()
                .and_then(|login| login.split_once(':'))
                .ok_or("its auth is not the base64 of user:password")?;
            Ok(RegistryAuth::Basic(
                username.to_owned(),
                password.to_owned(),
            ))
        }
        (None, Some(name)) => Err(helper(name)),
        (None, None) => Err("its entry has no auth".to_owned()),
    }
}

/// The entry of a registry. Docker writes keys with and without a scheme and a path.
fn entry<'a>(config: &'a Value, table: &str, registry: &[&str]) -> Option<&'a Value> {
    let table = config.get(table)?.as_object()?;
    let host = |key: &str| {
        let key = key
            .strip_prefix("https://")
            .or_else(|| key.strip_prefix("http://"))
            .unwrap_or(key);
        key.split('/').next().unwrap_or(key).to_owned()
    };
    let found = table
        .iter()
        .find(|(key, _)| registry.contains(&host(key).as_str()));
    found.map(|(_, value)| value)
}

impl std::fmt::Debug for Credentials {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Login { username, .. } => f.debug_tuple("Login").field(username).finish(),
            Self::Token(_) => f.debug_struct("Token").finish_non_exhaustive(),
            Self::Docker { path } => f.debug_tuple("Docker").field(path).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use oci_client::secrets::RegistryAuth;
    use serde_json::{Value, json};

    use super::{Credentials, look_up};

    #[test]
    fn docker_s_configuration_is_understood() {
        let login = || Ok(RegistryAuth::Basic("me".into(), "pass:word".into()));
        // `printf me:pass:word | base64`
        let auth = json!({"auth": "bWU6cGFzczp3b3Jk"});
        let cases: Vec<(Value, Result<RegistryAuth, &str>)> = vec![
            (json!({}), Ok(RegistryAuth::Anonymous)),
            (
                json!({"auths": {"other.example": auth}}),
                Ok(RegistryAuth::Anonymous),
            ),
            (json!({"auths": {"registry.example": auth}}), login()),
            (
                json!({"auths": {"https://registry.example/v1/": auth}}),
                login(),
            ),
            (json!({"auths": {"alias.example": auth}}), login()),
            (
                json!({"auths": {"registry.example": {"username": "me", "password": "pass:word"}}}),
                login(),
            ),
            (
                json!({"auths": {"registry.example": {"auth": "??"}}}),
                Err("not the base64"),
            ),
            (
                json!({"auths": {"registry.example": {}}}),
                Err("has no auth"),
            ),
            (
                json!({"auths": {"registry.example": {}}, "credsStore": "desktop"}),
                Err("docker-credential-desktop"),
            ),
            (
                json!({"credHelpers": {"registry.example": "ecr-login"}}),
                Err("docker-credential-ecr-login"),
            ),
            (
                json!({"auths": {"registry.example": {"identitytoken": "x"}}}),
                Err("identity token"),
            ),
        ];
        for (config, expected) in cases {
            let found = look_up(&config, &["registry.example", "alias.example"]);
            match expected {
                Ok(expected) => assert_eq!(found, Ok(expected), "{config}"),
                Err(expected) => {
                    let reason = found.expect_err(expected);
                    assert!(reason.contains(expected), "{reason}");
                }
            }
        }
    }

    #[test]
    fn a_broken_configuration_is_an_error_and_a_missing_one_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.json");
        let credentials = Credentials::Docker { path: path.clone() };
        assert_eq!(
            credentials.of(&["registry.example"]),
            Ok(RegistryAuth::Anonymous)
        );
        std::fs::write(&path, "{").expect("written");
        let error = credentials.of(&["registry.example"]).expect_err("broken");
        assert!(error.to_string().contains("config.json"), "{error}");
    }

    #[test]
    fn a_token_is_one_word() {
        let of = |token: &str| Credentials::Token(token.to_owned()).of(&["registry.example"]);
        assert_eq!(of("t0ken"), Ok(RegistryAuth::Bearer("t0ken".to_owned())));
        for bad in ["t0ken\n", "two words", "t\u{f6}ken"] {
            let error = of(bad).expect_err(bad).to_string();
            assert!(!error.contains(bad), "{error}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let (username, password) = ("me".to_owned(), "hunter2".to_owned());
        let token = Credentials::Token(password.clone());
        for credentials in [Credentials::Login { username, password }, token] {
            let shown = format!("{credentials:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
