//! Where a cluster's address and credentials come from.

use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};

use crate::config::ClusterConfig;

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

impl Source {
    /// What kube needs, and the proxy. kube's own choice of a proxy is not used: it holds
    /// `NO_PROXY` against the proxy's host instead of the server's.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) async fn config(&self, server: &str) -> Result<(Config, Option<Intercept>), String> {
        let (kubeconfig, context) = match self {
            Self::ServiceAccount => {
                let config = Config::incluster().map_err(|error| error.to_string())?;
                let proxy = proxy(None, &config.cluster_url)?;
                return Ok((config, proxy));
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
        let config = Config::from_custom_kubeconfig(kubeconfig, &options)
            .await
            .map_err(|error| error.to_string())?;
        let server: Uri = server
            .parse()
            .map_err(|_| format!("{server:?} is no URL"))?;
        Ok((config, proxy(explicit.as_deref(), &server)?))
    }
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
