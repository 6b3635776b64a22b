//! What people and scripts meet: the API and the pages, who is let in, and the certificate.

use std::sync::Arc;
use std::time::Duration;

use gantry_access::Access;
use gantry_api::Api;
use gantry_control::Parts;
use gantry_model::{Diagnostic, limits};
use gantry_plugins::Host;
use gantry_server::TlsMode;
use gantry_store::{Home, Kind};
use gantry_web::{Joined, Web};

use super::asked::Asked;
use super::certificate;
use super::inside::Running;
use crate::args::{Global, ServeArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::setup;

/// The API, and who may use it.
pub(super) struct Front {
    pub(super) api: Arc<Api>,
    access: Arc<Access>,
}

impl Front {
    /// That of the parts. It must be called on a runtime.
    pub(super) fn new(parts: &Parts, plugins: &Host) -> Self {
        let home = Arc::clone(&parts.home);
        let access = Access::new(Arc::clone(&home)).asking(Arc::new(Asked::default()));
        let access = Arc::new(access);
        let running = Running::new(
            Arc::clone(&home),
            Arc::clone(&parts.engine),
            Arc::clone(&parts.clusters),
            plugins.clone(),
        );
        let api = Api::new(home, Arc::clone(&access), Arc::new(running));
        Self {
            api: Arc::new(api),
            access,
        }
    }

    pub(super) fn pages(&self) -> Web {
        let (api, access) = (Arc::clone(&self.api), Arc::clone(&self.access));
        Web::new(Arc::new(Joined { api, access }))
    }

    /// Lets people in, for ever. The first password of `admin` lies in a Secret on a hub, and is told here
    /// otherwise: there is no other place where people could find it.
    pub(super) async fn admit(&self, is_hub: bool, output: &Output) {
        let first = loop {
            match self.access.prepare(is_hub).await {
                Ok(first) => break first,
                Err(error) => tracing::warn!(%error, "nobody can log in yet"),
            }
            tokio::time::sleep(Duration::from_secs(limits::ACCESS_RETRY_SECS)).await;
        };
        if let Some(password) = first.filter(|_| !is_hub) {
            let text = format!("the password of the user admin, shown this once: {password}\n");
            if let Err(failure) = output.print(&text) {
                tracing::warn!(?failure, "the first password of admin was not shown");
            }
        }
        self.access.run().await;
    }
}

/// With the certificate that is given, else with that of the home's Secret for it or one of our own, unless plain
/// HTTP is wanted.
pub(super) async fn tls(
    global: &Global,
    args: &ServeArgs,
    home: &Arc<dyn Home>,
) -> Result<TlsMode, Failure> {
    if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
        return Ok(TlsMode::Files {
            certificate: certificate.clone(),
            key: key.clone(),
        });
    }
    if args.insecure || is_insecure(&**home).await {
        return Ok(TlsMode::Plain);
    }
    let mut names = vec!["localhost".to_owned(), "argocd-server".to_owned()];
    names.extend(
        std::env::var("HOSTNAME")
            .ok()
            .filter(|name| !name.is_empty()),
    );
    names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
    if !args.listen.ip().is_unspecified() {
        names.push(args.listen.ip().to_string());
    }
    names.dedup();
    let own = TlsMode::Own {
        folder: setup::data(global)?.join("tls"),
        names,
    };
    certificate::of_home(Arc::clone(home), own)
        .await
        .map_err(|error| {
            Diagnostic::error("tls", error.to_string())
                .help("give one with --tls-cert and --tls-key, or serve plain HTTP with --insecure")
                .into()
        })
}

/// Argo CD's setting for it.
async fn is_insecure(home: &dyn Home) -> bool {
    let read = home.get(Kind::ConfigMap, home.namespace(), "argocd-cmd-params-cm");
    match read.await {
        Ok(Some(map)) => map.value()["data"]["server.insecure"] == "true",
        _ => false,
    }
}
