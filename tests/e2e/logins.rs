//! Every way to log in to a cluster that Argo CD's Secrets and kubeconfigs know, against a real API server.

mod contexts;
mod refused;
mod secrets;

use std::time::{Duration, SystemTime};

use gantry_testbed::{ClientCertificate, Cluster, FaultProxy, Tunnel};
use serde_json::{Value, json};

use crate::world::{Ended, World, gantry};

/// `robot:s3cret` as basic authentication has it, and as SOCKS does.
const BASIC: &str = "Basic cm9ib3Q6czNjcmV0";
const PLAIN: &str = "robot:s3cret";
/// Where these checks keep their clusters.
const DATA: &str = "logins";

/// The cluster, and all that stands before it.
struct Desk<'a> {
    world: &'a World,
    cluster: &'a Cluster,
    /// Takes names and passwords, and tells of compression.
    front: FaultProxy,
    connect: Tunnel,
    socks: Tunnel,
    certificate: ClientCertificate,
    authority: String,
}

pub(crate) fn all_of_them_work(world: &World) {
    let desk = Desk::new(world);
    secrets::each_secret_logs_in(&desk);
    secrets::a_credential_is_kept_until_it_ends(&desk);
    refused::each_failure_is_one_line(&desk);
    contexts::each_context_is_added(&desk);
}

impl<'a> Desk<'a> {
    fn new(world: &'a World) -> Self {
        let cluster = world.testbed.cluster("spoke-1").expect("a cluster");
        let read = |name: &str| std::fs::read_to_string(cluster.folder.join(name));
        let tomorrow = SystemTime::now() + Duration::from_secs(24 * 3600);
        let certificate = cluster.client_certificate("carla", "system:masters", tomorrow);
        Self {
            world,
            cluster,
            front: FaultProxy::for_login(cluster, BASIC).expect("a proxy"),
            connect: Tunnel::http(Some(BASIC)).expect("a proxy"),
            socks: Tunnel::socks5(Some(PLAIN)).expect("a proxy"),
            certificate: certificate.expect("a certificate"),
            authority: read("ca.crt").expect("an authority"),
        }
    }

    fn gantry(&self, args: &[&str]) -> Ended {
        let kubeconfig = self.world.testbed.kubeconfig().display().to_string();
        self.gantry_with(args, &kubeconfig)
    }

    fn gantry_with(&self, args: &[&str], kubeconfig: &str) -> Ended {
        let all = [args, &["--kubeconfig", kubeconfig]].concat();
        gantry(&self.world.testbed.folder().join(DATA), &all)
    }

    /// A credential plugin that prints the admin's token.
    fn plugin(&self, text: &str) -> Value {
        json!({"command": "sh", "args": ["-c", text, "plugin"], "env": {"TOKEN": self.cluster.token},
            "apiVersion": "client.authentication.k8s.io/v1", "installHint": "get it from the shell"})
    }

    /// What kubectl would send as `caData` and so on.
    fn base64(&self, text: &str) -> String {
        use base64::Engine;
        base64::prelude::BASE64_STANDARD.encode(text)
    }

    fn trusting(&self) -> Value {
        json!({"caData": self.base64(&self.authority)})
    }
}

/// A shell line that prints a token, until then.
fn printing(ends: &str) -> String {
    let version = "client.authentication.k8s.io/v1";
    format!(
        "printf '{{\"apiVersion\":\"{version}\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"%s\",\
         \"expirationTimestamp\":\"%s\"}}}}' \"$TOKEN\" \"{ends}\""
    )
}

/// A cluster Secret as Argo CD writes it.
fn secret(name: &str, server: &str, config: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": format!("cluster-{name}"), "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
        "stringData": {"name": name, "server": server, "config": config.to_string()},
    })
}
