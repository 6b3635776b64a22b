//! Argo CD's settings of single sign-on: `oidc.config` and what belongs to it.

use std::collections::BTreeMap;
use std::time::Duration;

use gantry_model::secrets::Secret;
use serde_json::{Map, Value};
use url::Url;

use super::ask::Trust;
use super::fields::Fields;
use super::urls::Urls;

/// What is asked for where `requestedScopes` does not say.
const SCOPES: [&str; 4] = ["openid", "profile", "email", "groups"];

/// What everybody may know of single sign-on: clients begin a login of their own with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignOn {
    /// What people know the provider as.
    pub name: String,
    /// Who vouches.
    pub issuer: String,
    /// As whom this server comes to the provider.
    pub client_id: String,
    /// As whom command lines come there; empty: as the server.
    pub cli_client_id: String,
    /// `requestedScopes`; empty: Argo CD's own.
    pub scopes: Vec<String>,
    /// `requestedIDTokenClaims`.
    pub claims: Map<String, Value>,
    /// `enablePKCEAuthentication`. This server always does that.
    pub has_pkce: bool,
}

/// Where the groups of a user are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserInfo {
    pub(super) url: String,
    /// For how long an answer counts; none: as long as the token.
    pub(super) keep: Option<Duration>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) shown: SignOn,
    pub(super) secret: Option<Secret>,
    pub(super) audiences: Vec<String>,
    /// Whether a token without an audience is good.
    pub(super) may_lack_audience: bool,
    pub(super) user_info: Option<UserInfo>,
    pub(super) logout_url: String,
    pub(super) domain_hint: String,
    pub(super) trust: Trust,
    pub(super) urls: Urls,
}

impl Settings {
    /// Reads `argocd-cm`. None where there is no single sign-on; what has no effect is told, and so is why there
    /// is none although it is configured.
    pub(crate) fn read(
        data: &BTreeMap<String, String>,
        secrets: &BTreeMap<String, String>,
    ) -> (Option<Self>, Vec<String>) {
        let of = |key: &str| data.get(key).map(String::as_str).unwrap_or_default();
        let mut told = Vec::new();
        if !of("dex.config").trim().is_empty() {
            told.push(
                "argocd-cm, dex.config: Dex is not part of this server: run it by itself, and name it in oidc.config"
                    .to_owned(),
            );
        }
        if of("oidc.config").trim().is_empty() {
            return (None, told);
        }
        match read(&of, secrets, &mut told) {
            Ok(settings) => (Some(settings), told),
            Err(why) => {
                told.push(format!(
                    "argocd-cm, oidc.config: {why}; nobody comes in by single sign-on"
                ));
                (None, told)
            }
        }
    }

    pub(super) fn scopes(&self) -> Vec<String> {
        match self.shown.scopes.as_slice() {
            [] => SCOPES.map(str::to_owned).to_vec(),
            scopes => scopes.to_vec(),
        }
    }
}

fn read<'a>(
    of: &dyn Fn(&str) -> &'a str,
    secrets: &BTreeMap<String, String>,
    told: &mut Vec<String>,
) -> Result<Settings, String> {
    let fields = Fields::read(of("oidc.config"), secrets, told)?;
    let needed = |name: &str| match fields.text(name)?.as_str() {
        "" => Err(format!("`{name}` is missing")),
        text => Ok(text.to_owned()),
    };
    let shown = SignOn {
        name: match fields.text("name")?.as_str() {
            "" => "OIDC".to_owned(),
            name => name.to_owned(),
        },
        issuer: needed("issuer")?,
        client_id: needed("clientID")?,
        cli_client_id: fields.text("cliClientID")?,
        scopes: fields.texts("requestedScopes")?,
        claims: fields.map("requestedIDTokenClaims")?,
        has_pkce: fields.flag("enablePKCEAuthentication")?,
    };
    let issuer = Url::parse(&shown.issuer).map_err(|e| format!("`issuer` is no URL: {e}"))?;
    if !matches!(issuer.scheme(), "http" | "https") || issuer.query().is_some() {
        return Err("`issuer` must be an http(s) URL without a query".to_owned());
    }
    let trust = Trust {
        root_ca: fields.text("rootCA")?,
        is_insecure: of("oidc.tls.insecure.skip.verify") == "true",
    };
    let is_here = issuer.host_str().is_some_and(is_here);
    if (issuer.scheme() == "http" && !is_here) || trust.is_insecure {
        told.push(format!(
            "argocd-cm: nobody can be sure that {} is the identity provider: use https, and rootCA rather than oidc.tls.insecure.skip.verify",
            shown.issuer
        ));
    }
    let audiences = match fields.texts("allowedAudiences")? {
        given if given.is_empty() => {
            let own = [&shown.client_id, &shown.cli_client_id];
            own.into_iter()
                .filter(|id| !id.is_empty())
                .cloned()
                .collect()
        }
        given => given,
    };
    let secret = fields.text("clientSecret")?;
    let urls = Urls::read(of("url"), of("additionalUrls"))?;
    Ok(Settings {
        secret: (!secret.is_empty()).then(|| Secret::from(secret)),
        audiences,
        may_lack_audience: fields.flag("skipAudienceCheckWhenTokenHasNoAudience")?,
        user_info: user_info(&fields, &shown.issuer, told)?,
        logout_url: logout_url(&fields, told)?,
        domain_hint: fields.text("domainHint")?,
        trust,
        urls,
        shown,
    })
}

fn is_here(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

fn user_info(
    fields: &Fields,
    issuer: &str,
    told: &mut Vec<String>,
) -> Result<Option<UserInfo>, String> {
    let path = fields.text("userInfoPath")?;
    let keep = match fields.text("userInfoCacheExpiration")?.as_str() {
        "" => None,
        text => Some(humantime::parse_duration(text).map_err(|error| {
            format!("`userInfoCacheExpiration`: {error}: write it as `5m` or `1h30m`")
        })?),
    };
    if !fields.flag("enableUserInfoGroups")? {
        return Ok(None);
    }
    if path.is_empty() {
        told.push(
            "argocd-cm, oidc.config: `enableUserInfoGroups` has no effect without `userInfoPath`"
                .to_owned(),
        );
        return Ok(None);
    }
    // As Argo CD puts them together.
    let url = format!("{issuer}{path}");
    Url::parse(&url).map_err(|error| format!("`issuer` and `userInfoPath`: {error}"))?;
    Ok(Some(UserInfo { url, keep }))
}

/// The template of an address: a browser is sent there.
fn logout_url(fields: &Fields, told: &mut Vec<String>) -> Result<String, String> {
    let text = fields.text("logoutURL")?;
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    if !text.is_empty() && !is_web {
        told.push(
            "argocd-cm, oidc.config: `logoutURL` has no effect: it is no http(s) URL".to_owned(),
        );
        return Ok(String::new());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::Settings;

    const FULL: &str = "
name: Company
issuer: https://id.example/realm
clientID: gantry
clientSecret: $oidc.secret
cliClientId: gantry-cli
requestedScopes: [openid, email]
requestedIDTokenClaims: {groups: {essential: true}}
logoutURL: https://id.example/out?id_token_hint={{token}}
rootCA: $ca:pem
enablePKCEAuthentication: true
allowedAudiences: [other]
skipAudienceCheckWhenTokenHasNoAudience: true
enableUserInfoGroups: true
userInfoPath: /me
userInfoCacheExpiration: 5m
domainHint: example.org
color: red
";

    fn read(pairs: &[(&str, &str)]) -> (Option<Settings>, Vec<String>) {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
            pairs.iter().map(owned).collect()
        };
        let secrets = map(&[("oidc.secret", "hush\n"), ("ca:pem", "PEM")]);
        Settings::read(&map(pairs), &secrets)
    }

    #[test]
    fn all_fields_are_read_and_what_has_no_effect_is_told() {
        let (read, told) = read(&[("oidc.config", FULL), ("url", "https://gantry.example")]);
        let settings = read.expect("good");
        assert_eq!(told, ["argocd-cm, oidc.config: `color` has no effect"]);
        let shown = &settings.shown;
        assert_eq!(
            (shown.name.as_str(), shown.cli_client_id.as_str()),
            ("Company", "gantry-cli")
        );
        assert_eq!(shown.claims["groups"]["essential"], true);
        assert!(shown.has_pkce && settings.may_lack_audience);
        assert_eq!(settings.secret.expect("one").expose(), "hush");
        assert_eq!(
            (settings.trust.root_ca.as_str(), settings.trust.is_insecure),
            ("PEM", false)
        );
        assert_eq!(settings.audiences, ["other"]);
        let user_info = settings.user_info.expect("asked");
        assert_eq!(user_info.url, "https://id.example/realm/me");
        assert_eq!(user_info.keep, Some(Duration::from_secs(300)));
    }

    #[test]
    fn what_cannot_be_used_is_said_in_one_line() {
        let url = ("url", "https://gantry.example");
        let good = "issuer: https://id.example\nclientID: a\n";
        let bad = |more: &str| format!("{good}{more}");
        for (config, url, word) in [
            ("issuer: [", url, "line 2"),
            ("[]", url, "no map"),
            ("clientID: a", url, "`issuer` is missing"),
            ("issuer: https://id.example", url, "`clientID` is missing"),
            ("issuer: id.example\nclientID: a", url, "`issuer` is no URL"),
            ("issuer: file:///etc\nclientID: a", url, "http(s) URL"),
            (good, ("x", ""), "`url` is missing"),
            (good, ("url", "gantry"), "is no URL"),
            (&bad("clientSecret: $no"), url, "refers to `$no`"),
            (&bad("clientSecret: 5"), url, "must be a text"),
            (&bad("requestedScopes: openid"), url, "a list of texts"),
            (&bad("enableUserInfoGroups: 'yes'"), url, "true or false"),
            (
                &bad("userInfoCacheExpiration: soon"),
                url,
                "userInfoCacheExpiration",
            ),
        ] {
            let (read, told) = read(&[("oidc.config", config), url]);
            assert!(read.is_none(), "{config}");
            assert!(told.last().expect("told").contains(word), "{told:?}");
        }
        let (none, told) = read(&[("dex.config", "connectors: []")]);
        assert!(none.is_none() && told[0].contains("dex.config"), "{told:?}");
        let (some, told) = read(&[
            ("oidc.config", good),
            url,
            ("oidc.tls.insecure.skip.verify", "true"),
        ]);
        assert_eq!(some.expect("good").audiences, ["a"]);
        assert!(told[0].contains("nobody can be sure"), "{told:?}");
    }
}
