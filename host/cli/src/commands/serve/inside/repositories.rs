//! Whether a repository answers, with the credentials that are given.

use gantry_api::{Code, Fault};
use gantry_model::{Manifest, read_manifest};
use serde_json::{Value, json};

use super::{Running, told};
use crate::commands::repo;

pub(super) async fn validate(running: &Running, secret: &Value) -> Result<Value, Fault> {
    let read = read_manifest(secret).map_err(|problems| told(&problems))?;
    let Manifest::RepositorySecret(secret) = read.value else {
        return Err(Fault::new(Code::InvalidArgument, "this is no repository"));
    };
    let asked = repo::answers(running.kept.clone(), *secret).await;
    match asked {
        Ok(()) => Ok(json!({})),
        Err(error) => {
            let message = format!("error testing repository connectivity: {error}");
            Err(Fault::new(Code::InvalidArgument, message))
        }
    }
}
