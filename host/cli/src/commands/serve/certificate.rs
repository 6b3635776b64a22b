//! The certificate of a home: that of the Secret `argocd-server-tls`, as Argo CD has it, or one of our own.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures::StreamExt;
use gantry_model::{Object, limits};
use gantry_server::{Pem, TlsError, TlsMode};
use gantry_store::{Change, Home, Kind};
use tokio::sync::watch;

/// The Secret's name.
const SECRET: &str = "argocd-server-tls";

/// The certificate that is to be used from now on, whenever another one is in the Secret.
pub(super) async fn of_home(home: Arc<dyn Home>, own: TlsMode) -> Result<TlsMode, TlsError> {
    let found = home.get(Kind::Secret, home.namespace(), SECRET).await;
    let found = found.unwrap_or_else(|error| {
        tracing::warn!(%error, "it is not known yet whether there is a Secret {SECRET}");
        None
    });
    let first = match found.as_ref().and_then(pem) {
        Some(pem) => pem,
        None => own.pem()?.unwrap_or_default(),
    };
    let (tell, told) = watch::channel(first);
    tokio::spawn(follow(home, own, tell));
    Ok(TlsMode::Told(told))
}

/// Follows the Secret until nobody uses its certificate any longer.
async fn follow(home: Arc<dyn Home>, own: TlsMode, tell: watch::Sender<Pem>) {
    let mut secret: Option<Pem> = None;
    let mut is_listed = false;
    loop {
        let mut changes = home.watch(Kind::Secret);
        loop {
            let patience = Duration::from_secs(limits::TLS_RELOAD_SECS);
            match tokio::time::timeout(patience, changes.next()).await {
                Ok(Some(Ok(Change::Present(object)))) if is_it(&*home, &object) => {
                    secret = pem(&object);
                }
                Ok(Some(Ok(Change::Gone { namespace, name })))
                    if namespace == home.namespace() && name == SECRET =>
                {
                    secret = None;
                }
                Ok(Some(Ok(Change::Listed))) => is_listed = true,
                Ok(Some(Ok(_))) => continue,
                Ok(Some(Err(error))) => tracing::debug!(%error, "Secrets are not watched"),
                Ok(None) => break,
                // Our own one may have become old.
                Err(_) => {}
            }
            if tell.is_closed() {
                return;
            }
            if is_listed {
                use_next(secret.clone(), &own, &tell).await;
            }
        }
        tokio::time::sleep(Duration::from_millis(limits::WATCH_BACKOFF_START_MS)).await;
    }
}

fn is_it(home: &dyn Home, object: &Object) -> bool {
    object.name() == SECRET && object.namespace() == home.namespace()
}

async fn use_next(secret: Option<Pem>, own: &TlsMode, tell: &watch::Sender<Pem>) {
    let next = match secret {
        Some(pem) => Some(pem),
        None => {
            let own = own.clone();
            let made = tokio::task::spawn_blocking(move || own.pem()).await;
            match made {
                Ok(Ok(pem)) => pem,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the certificate that was used before stays");
                    None
                }
                Err(_) => None,
            }
        }
    };
    if let Some(next) = next {
        tell.send_if_modified(|current| {
            let is_other = *current != next;
            if is_other {
                *current = next;
            }
            is_other
        });
    }
}

/// What a Secret has, if it can be used.
fn pem(secret: &Object) -> Option<Pem> {
    let bytes = |key: &str| -> Vec<u8> {
        let text = secret.value()["data"][key].as_str().unwrap_or_default();
        BASE64_STANDARD.decode(text).unwrap_or_default()
    };
    let pem = Pem {
        certificate: bytes("tls.crt"),
        key: bytes("tls.key"),
    };
    match pem.check() {
        Ok(()) => Some(pem),
        Err(error) => {
            tracing::warn!("the Secret {SECRET} cannot be used: {error}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use gantry_model::Object;
    use gantry_server::{Pem, TlsMode};
    use gantry_store::{Home, Kind, SqliteHome};
    use serde_json::json;
    use tokio::sync::watch;

    use super::{SECRET, of_home};

    fn secret(pem: &Pem) -> Object {
        let value = json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": SECRET},
            "data": {"tls.crt": BASE64_STANDARD.encode(&pem.certificate), "tls.key": BASE64_STANDARD.encode(&pem.key)}});
        Object::new(value, None).expect("an object")
    }

    async fn until(told: &mut watch::Receiver<Pem>, expected: &Pem) {
        let wait = told.wait_for(|pem| pem == expected);
        let waited = tokio::time::timeout(Duration::from_secs(10), wait).await;
        assert!(waited.is_ok(), "it was not told");
    }

    #[tokio::test]
    async fn the_secret_of_a_home_is_used_and_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = |name: &str| TlsMode::Own {
            folder: folder.path().join(name),
            names: vec!["localhost".to_owned()],
        };
        let pair = |name: &str| own(name).pem().expect("made").expect("a pair");
        let home = SqliteHome::open(&folder.path().join("home.db"), "argocd").expect("a home");
        let home: Arc<dyn Home> = Arc::new(home);
        home.create(&secret(&pair("first"))).await.expect("kept");
        let mode = of_home(Arc::clone(&home), own("own"))
            .await
            .expect("a mode");
        let TlsMode::Told(mut told) = mode else {
            panic!("it is not followed");
        };
        assert_eq!(*told.borrow(), pair("first"));
        let mut next = secret(&pair("second"));
        next.set_namespace("argocd");
        home.replace(&next).await.expect("replaced");
        until(&mut told, &pair("second")).await;
        // What cannot be used is like none, and so is what is gone: our own one is used.
        let broken = json!({"data": {"tls.key": ""}});
        let patched = home.patch(Kind::Secret, "argocd", SECRET, &broken).await;
        patched.expect("patched");
        until(&mut told, &pair("own")).await;
        home.replace(&next).await.expect("replaced");
        until(&mut told, &pair("second")).await;
        home.delete(Kind::Secret, "argocd", SECRET)
            .await
            .expect("gone");
        until(&mut told, &pair("own")).await;
    }
}
