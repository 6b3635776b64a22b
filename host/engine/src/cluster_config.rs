//! From a cluster Secret to a connection.

use gantry_cluster::{ClusterConfig, ExecConfig};
use gantry_model::secrets::{ClusterSecret, ExecProvider};

/// How to reach the cluster of a Secret.
pub fn cluster_config(secret: &ClusterSecret) -> ClusterConfig {
    let bytes = |text: &str| text.as_bytes().to_vec();
    ClusterConfig {
        name: secret.name.clone(),
        server: secret.server.clone(),
        bearer_token: secret.bearer_token.expose().to_owned(),
        username: secret.username.clone(),
        password: secret.password.expose().to_owned(),
        ca_data: bytes(&secret.tls.ca_data),
        cert_data: bytes(&secret.tls.cert_data),
        key_data: bytes(secret.tls.key_data.expose()),
        insecure: secret.tls.insecure,
        server_name: secret.tls.server_name.clone(),
        proxy_url: secret.proxy_url.expose().to_owned(),
        exec: secret.exec.as_ref().map(exec),
        project: secret.project.clone(),
        namespaces: secret.namespaces.clone(),
        cluster_resources: secret.cluster_resources,
    }
}

fn exec(exec: &ExecProvider) -> ExecConfig {
    let args = exec.args.iter().map(|arg| arg.expose().to_owned());
    let env = exec.env.iter();
    ExecConfig {
        command: exec.command.clone(),
        args: args.collect(),
        env: env
            .map(|(key, value)| (key.clone(), value.expose().to_owned()))
            .collect(),
        api_version: exec.api_version.clone(),
        install_hint: exec.install_hint.clone(),
    }
}
