//! `gantry cluster rotate`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gantry_cluster::KubeCluster;
use gantry_control::clusters::manager::{Account, Claims};
use gantry_engine::cluster_config;
use gantry_model::secrets::ClusterSecret;
use gantry_model::{Diagnostic, Object};
use gantry_store::{Home, Kind};
use serde_json::{Value, json};

use super::add::test;
use super::{one, refused};
use crate::Outcome;
use crate::args::{ClusterRotateArgs, Global};
use crate::failure::Failure;
use crate::home::{self, problem};
use crate::output::Output;

pub(super) async fn run(
    global: &Global,
    args: &ClusterRotateArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let home = home::open(global, &args.home)?;
    let found = one(&*home, &args.cluster, output).await?;
    renew(&*home, &found.object, &found.secret).await?;
    let server = &found.secret.server;
    output.print(&format!("Cluster '{server}' has a new token\n"))?;
    Ok(Outcome::Good)
}

/// Gives a cluster's Secret another token of its account, and takes the old one away once that works.
pub(crate) async fn renew(
    home: &dyn Home,
    object: &Object,
    secret: &ClusterSecret,
) -> Result<(), Failure> {
    let claims = Claims::of(secret.bearer_token.expose()).ok_or_else(|| {
        let message = format!(
            "cluster {} has no token of a ServiceAccount's Secret, so there is nothing to rotate",
            secret.name
        );
        Diagnostic::error("token", message)
    })?;
    let account = Account {
        name: claims.account,
        namespace: claims.namespace,
        namespaces: secret.namespaces.clone(),
    };
    let mut config = cluster_config(secret);
    let before = KubeCluster::given(config.clone());
    let new = account.new_token(&before).await;
    let new = new.map_err(|error| refused(&error))?;
    new.token.expose().clone_into(&mut config.bearer_token);
    if let Err(failure) = test(&config).await {
        // The old one goes on; a new one that does not work is of no use.
        let ended = account.end_token(&before, &new.secret).await;
        ended.map_err(|error| refused(&error))?;
        return Err(failure);
    }
    let patch = with_token(object, new.token.expose())?;
    home.patch(Kind::Secret, object.namespace(), object.name(), &patch)
        .await
        .map_err(|error| problem(&error))?;
    let after = KubeCluster::given(config);
    let ended = account.end_token(&after, &claims.secret).await;
    ended.map_err(|error| refused(&error))
}

/// The change of a Secret that gives it another token and leaves all else, unless it was changed meanwhile.
fn with_token(object: &Object, token: &str) -> Result<Value, Failure> {
    let text = |pointer: &str| object.value().pointer(pointer).and_then(Value::as_str);
    let config = match (text("/stringData/config"), text("/data/config")) {
        (Some(plain), _) => plain.as_bytes().to_vec(),
        (None, data) => BASE64_STANDARD
            .decode(data.unwrap_or_default())
            .map_err(Failure::internal)?,
    };
    let mut config: Value = serde_json::from_slice(&config)
        .map_err(|_| Diagnostic::error("secret", "`config` is no JSON"))?;
    config["bearerToken"] = token.into();
    Ok(json!({
        "metadata": {"resourceVersion": object.resource_version()},
        "data": {"config": BASE64_STANDARD.encode(config.to_string())},
        "stringData": {"config": null},
    }))
}
