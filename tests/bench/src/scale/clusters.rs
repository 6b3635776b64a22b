//! Many clusters out of few API servers: each is a namespace behind an address of its own.

use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gantry_testbed::Cluster;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;

/// The name of a cluster.
pub(super) fn name(index: usize) -> String {
    format!("cluster-{index:03}")
}

/// Its namespace.
pub(super) fn namespace(index: usize) -> String {
    format!("cluster-{index:03}")
}

/// One cluster.
struct Address {
    port: u16,
    token: String,
    authority: String,
}

/// All of them, as long as this program runs.
pub(super) struct Clusters(Vec<Address>);

impl Clusters {
    /// Opens an address for each, by turns to the servers.
    pub(super) async fn open(servers: &[Cluster], count: usize) -> Result<Self, Failure> {
        let mut all = Vec::with_capacity(count);
        for server in servers.iter().cycle().take(count) {
            let url = server.url();
            let port = url
                .rsplit(':')
                .next()
                .and_then(|port| port.trim_end_matches('/').parse().ok());
            let to = SocketAddr::from((
                Ipv4Addr::LOCALHOST,
                port.ok_or("an API server without a port")?,
            ));
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            all.push(Address {
                port: listener.local_addr()?.port(),
                token: server.token.clone(),
                authority: std::fs::read_to_string(server.folder.join("ca.crt"))?,
            });
            tokio::spawn(forward(listener, to));
        }
        Ok(Self(all))
    }

    /// Their Secrets, as Argo CD has them.
    pub(super) fn secrets(&self) -> Vec<Value> {
        let secret = |(index, address): (usize, &Address)| {
            let name = name(index);
            let config = json!({"bearerToken": address.token,
                "tlsClientConfig": {"caData": STANDARD.encode(&address.authority)}});
            json!({"apiVersion": "v1", "kind": "Secret",
                "metadata": {"name": name, "namespace": "argocd", "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
                "stringData": {"name": name, "server": format!("https://127.0.0.1:{}", address.port),
                    "namespaces": namespace(index), "config": config.to_string()}})
        };
        self.0.iter().enumerate().map(secret).collect()
    }
}

async fn forward(listener: TcpListener, to: SocketAddr) {
    while let Ok((mut from, _)) = listener.accept().await {
        tokio::spawn(async move {
            if let Ok(mut to) = TcpStream::connect(to).await {
                // Either side may end it at any time.
                let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
            }
        });
    }
}
