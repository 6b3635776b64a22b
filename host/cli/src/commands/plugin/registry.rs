//! What `pull` and `push` share.

use std::io::Read;

use gantry_model::Diagnostic;
use gantry_registry::{Credentials, RegistryError};

use crate::args::RegistryArgs;
use crate::failure::Failure;

/// The user's own login, else what Docker's configuration has.
pub(super) fn credentials(args: &RegistryArgs) -> Result<Credentials, Failure> {
    let Some(username) = args.username.clone() else {
        return Ok(Credentials::docker());
    };
    let mut password = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut password);
    read.map_err(|error| {
        let message = format!("no password on standard input: {error}");
        Diagnostic::error("registry-credentials", message)
    })?;
    // What `echo` adds is no part of it.
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    Ok(Credentials::Login { username, password })
}

pub(super) fn failure(error: impl Into<RegistryError>) -> Failure {
    let error: RegistryError = error.into();
    error.diagnostic().into()
}
