//! Where a cluster's address and credentials come from.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gantry_model::limits;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use kube::Config;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};

use crate::certificate::has_ended;
use crate::config::ClusterConfig;
use crate::exec;

/// Where to read them, each time a connection is opened.
#[derive(Clone)]
pub(crate) enum Source {
    /// A context of a kubeconfig.
    Context {
        /// All files, merged.
        kubeconfig: Arc<Kubeconfig>,
        /// The context's name.
        context: String,
    },
    /// As it was given.
    Given(Box<ClusterConfig>),
    /// The service account of the pod that this runs in.
    ServiceAccount,
}

/// How to reach a cluster, as it was read.
pub(crate) struct Way {
    /// What kube needs.
    pub(crate) config: Config,
    /// What to go through.
    pub(crate) proxy: Option<Intercept>,
    /// When the credentials end, where they say so.
    pub(crate) expires: Option<SystemTime>,
}

impl Way {
    /// Whether the client certificate has ended: then that may be why it is refused.
    pub(crate) fn certificate_has_ended(&self) -> bool {
        let user = &self.config.auth_info;
        let pem = match (&user.client_certificate_data, &user.client_certificate) {
            (Some(data), _) => BASE64_STANDARD.decode(data.trim()).ok(),
            (None, Some(path)) => std::fs::read(path).ok(),
            (None, None) => None,
        };
        pem.is_some_and(|pem| has_ended(&pem))
    }
}

impl Source {
    /// How much longer the first answer may take, since a program has to be run for it.
    pub(crate) fn login_time(&self) -> Duration {
        let has_exec = match self {
            Self::ServiceAccount => false,
            Self::Given(config) => config.exec.is_some(),
            Self::Context {
                kubeconfig,
                context,
            } => user(kubeconfig, context).is_some_and(|user| user.exec.is_some()),
        };
        let seconds = if has_exec {
            limits::EXEC_LOGIN_TIMEOUT_SECS
        } else {
            0
        };
        Duration::from_secs(seconds)
    }

    /// What kube needs, with the credentials of now, and the proxy. kube's own choice of a proxy is not used: it holds
    /// `NO_PROXY` against the proxy's host instead of the server's.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) async fn way(&self, server: &str) -> Result<Way, String> {
        let (kubeconfig, context) = match self {
            Self::ServiceAccount => {
                let config = Config::incluster().map_err(|error| error.to_string())?;
                return Ok(Way {
                    proxy: proxy(None, &config.cluster_url)?,
                    config,
                    expires: None,
                });
            }
            Self::Context {
                kubeconfig,
                context,
            } => (Kubeconfig::clone(kubeconfig), context),
            Self::Given(config) => {
                let kubeconfig = config.kubeconfig().map_err(|error| error.to_string())?;
                (kubeconfig, &config.name)
            }
        };
        let explicit = explicit_proxy(&kubeconfig, context);
        let options = KubeConfigOptions {
            context: Some(context.clone()),
            ..KubeConfigOptions::default()
        };
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
            .await
            .map_err(|error| error.to_string())?;
        let server: Uri = server
            .parse()
            .map_err(|_| format!("{server:?} is no URL"))?;
        Ok(Way {
            proxy: proxy(explicit.as_deref(), &server)?,
            expires: log_in(&mut config).await?,
            config,
        })
    }
}

/// Puts what a credential plugin prints in the place of the plugin; when that ends. As with kubectl it is
/// not run where there are other credentials.
async fn log_in(config: &mut Config) -> Result<Option<SystemTime>, String> {
    let user = &mut config.auth_info;
    let Some(plugin) = user.exec.take() else {
        return Ok(None);
    };
    let has_basic = user.username.is_some() && user.password.is_some();
    if has_basic || user.token.is_some() || user.token_file.is_some() {
        return Ok(None);
    }
    let login = exec::log_in(&plugin).await?;
    user.token = login.token.map(Into::into);
    if let Some((certificate, key)) = login.certificate {
        user.client_certificate_data = Some(BASE64_STANDARD.encode(certificate));
        user.client_key_data = Some(BASE64_STANDARD.encode(key).into());
    }
    Ok(login.expires)
}

fn user<'a>(kubeconfig: &'a Kubeconfig, context: &str) -> Option<&'a AuthInfo> {
    let context = kubeconfig.contexts.iter().find(|c| c.name == context)?;
    let name = context.context.as_ref()?.user.as_ref()?;
    let user = kubeconfig.auth_infos.iter().find(|u| u.name == *name)?;
    user.auth_info.as_ref()
}

fn explicit_proxy(kubeconfig: &Kubeconfig, context: &str) -> Option<String> {
    let context = kubeconfig.contexts.iter().find(|c| c.name == context)?;
    let cluster = &context.context.as_ref()?.cluster;
    let cluster = kubeconfig.clusters.iter().find(|c| c.name == *cluster)?;
    let url = cluster.cluster.as_ref()?.proxy_url.clone()?;
    Some(url).filter(|url| !url.is_empty())
}

/// The proxy of a server, as client-go chooses it: the cluster's own, else the environment's, and
/// never one of the environment for this machine itself.
fn proxy(explicit: Option<&str>, server: &Uri) -> Result<Option<Intercept>, String> {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let address: Option<std::net::IpAddr> = host.parse().ok();
    let local = host == "localhost" || address.is_some_and(|address| address.is_loopback());
    let (found, said) = match explicit {
        Some(url) => (Matcher::builder().all(url.to_owned()).build(), "proxy-url"),
        None if local => return Ok(None),
        None => (Matcher::from_env(), "HTTPS_PROXY"),
    };
    let found = found.intercept(server);
    let scheme = found.as_ref().and_then(|proxy| proxy.uri().scheme_str());
    match scheme {
        Some("http" | "https" | "socks5" | "socks5h") => Ok(found),
        None if explicit.is_none() => Ok(None),
        // Not quoted: the URL may hold a password.
        _ => Err(format!("{said} must be an http, https or socks5 URL")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explicit_proxy_is_used_or_refused() {
        let server = Uri::from_static("https://127.0.0.1:6443");
        for url in [
            "http://user:pass@proxy:3128",
            "https://proxy",
            "socks5://proxy:1080",
        ] {
            let found = proxy(Some(url), &server).expect(url).expect(url);
            assert_eq!(found.uri().host(), Some("proxy"), "{url}");
        }
        for url in ["socks4://proxy", "ftp://user:hunter2@proxy", "://"] {
            let error = proxy(Some(url), &server).expect_err(url);
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(proxy(None, &server).expect("no proxy").is_none());
    }
}
