//! Web clients: TLS, proxy, timeouts.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gantry_model::{Digest, limits};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Identity, NoProxy, Proxy};

use crate::access::ChartAccess;
use crate::reach::{GuardedNames, Reach, proxies};

/// The clients so far. Each has read all certificates of the system, and has connections open.
#[derive(Default)]
pub(crate) struct Clients {
    by_settings: Mutex<HashMap<Digest, Client>>,
}

impl Clients {
    /// The client for these settings.
    ///
    /// # Errors
    /// Says which of them cannot be used.
    pub(crate) fn of(&self, access: &ChartAccess) -> Result<Client, String> {
        let settings = Digest::of_texts([
            &access.tls_ca,
            &access.is_pinned.to_string(),
            &access.tls_client_cert,
            &access.tls_client_key,
            &access.insecure.to_string(),
            &access.proxy,
            &access.no_proxy,
            &access.reach.identity(),
        ]);
        let lock = || {
            let clients = self.by_settings.lock();
            clients.unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(known) = lock().get(&settings) {
            return Ok(known.clone());
        }
        let client = client(access)?;
        let mut clients = lock();
        if clients.len() >= limits::DOWNLOAD_CLIENTS_MAX {
            clients.clear();
        }
        clients.insert(settings, client.clone());
        Ok(client)
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

/// A client with these settings. It follows no redirect: each one may lead to somebody else.
fn client(access: &ChartAccess) -> Result<Client, String> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been quicker, with the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let mut builder = Client::builder()
        .user_agent(concat!("gantry/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(limits::CONNECT_TIMEOUT_SECS))
        .timeout(Duration::from_secs(limits::DOWNLOAD_TIMEOUT_SECS))
        .tls_danger_accept_invalid_certs(access.insecure);
    if access.reach != Reach::Anywhere {
        builder = builder.dns_resolver(Arc::new(GuardedNames {
            reach: access.reach.clone(),
            trusted: proxies(&access.proxy),
        }));
    }
    if !access.tls_ca.is_empty() {
        let trusted = Certificate::from_pem_bundle(access.tls_ca.as_bytes());
        let trusted = trusted.map_err(|error| format!("its CA certificates: {error}"))?;
        if trusted.is_empty() {
            return Err("its CA certificates: there are none in the PEM text".to_owned());
        }
        builder = if access.is_pinned {
            builder.tls_certs_only(trusted)
        } else {
            builder.tls_certs_merge(trusted)
        };
    }
    if !access.tls_client_cert.is_empty() || !access.tls_client_key.is_empty() {
        let pem = format!("{}\n{}", access.tls_client_cert, access.tls_client_key);
        let identity = Identity::from_pem(pem.as_bytes());
        let identity = identity.map_err(|_| {
            "the client's certificate and key are no PEM texts that go together".to_owned()
        })?;
        builder = builder.identity(identity);
    }
    if !access.proxy.is_empty() {
        // The URL may hold a password, so no word of it.
        let proxy = Proxy::all(&access.proxy).map_err(|_| "its proxy is no URL".to_owned())?;
        builder = builder.proxy(proxy.no_proxy(NoProxy::from_string(&access.no_proxy)));
    }
    builder.build().map_err(|error| {
        let cause = error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string);
        format!("no client for it can be made: {cause}")
    })
}
