//! Services of which a control plane has nothing to list: certificates and GnuPG keys.

use serde_json::{Value, json};

use crate::fault::Fault;

pub(crate) fn call(method: &str) -> Result<Value, Fault> {
    match method {
        "certificate.CertificateService/ListCertificates" | "gpgkey.GPGKeyService/List" => {
            Ok(json!({"metadata": {}, "items": []}))
        }
        _ => Err(Fault::unserved(method)),
    }
}
