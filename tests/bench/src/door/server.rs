//! The door of a control plane, in a process of its own: the real API, pages and accounts over a home in a
//! file, and a made-up plane behind them.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gantry_access::Access;
use gantry_api::{Api, Code, Fault, Inside, Revisions};
use gantry_model::{Cluster, Push, WebhookSecrets};
use gantry_server::{Plane, Server, TlsMode};
use gantry_store::{Home, Kind, SqliteHome};
use gantry_web::{Joined, Web};
use serde_json::{Value, json};

use super::objects::{FILE, NAMESPACE};
use crate::{Failure, process};

/// The argument by which this program is a door: a folder follows.
pub(crate) const DOOR: &str = "door-process";
/// Nodes of a tree that is made up.
const NODES: usize = 1_500;

/// A plane that has nothing to do.
struct Still;

impl Plane for Still {
    fn pushed(&self, _: Push) {}

    fn is_ready(&self) -> Result<(), String> {
        Ok(())
    }

    fn metrics(&self) -> String {
        String::new()
    }

    fn webhook_secrets(&self) -> Result<WebhookSecrets, String> {
        Ok(WebhookSecrets::default())
    }
}

/// A plane that knows a tree of each application; it has the application's version, so that it changes with it.
struct MadeUp(Arc<dyn Home>);

#[async_trait]
impl Inside for MadeUp {
    async fn manifests(&self, _: (&str, &str), _: &Revisions) -> Result<Vec<Value>, Fault> {
        Ok(Vec::new())
    }

    async fn managed_resources(&self, _: (&str, &str)) -> Result<Vec<Value>, Fault> {
        Ok(Vec::new())
    }

    async fn tree(&self, (namespace, name): (&str, &str)) -> Result<Value, Fault> {
        let found = self.0.get(Kind::Application, namespace, name).await;
        let found = found.map_err(|error| Fault::new(Code::Unavailable, error.to_string()))?;
        let version = found.map(|object| object.resource_version().to_owned());
        Ok(tree(&version.unwrap_or_default()))
    }

    async fn cluster(&self, _: (&str, &str)) -> Result<Arc<dyn Cluster>, Fault> {
        Err(Fault::new(Code::Unavailable, "there is no cluster"))
    }
}

/// A Deployment in a hundred with a `ReplicaSet` and Pods each.
fn tree(version: &str) -> Value {
    let id = |kind: &str, at: usize| format!("{kind}-{at:04}");
    let nodes = (0..NODES).map(|at| {
        let (group, kind, parent) = match at % 15 {
            0 => ("apps", "Deployment", None),
            1 => (
                "apps",
                "ReplicaSet",
                Some(("apps", "Deployment", at - at % 15)),
            ),
            _ => ("", "Pod", Some(("apps", "ReplicaSet", at - at % 15 + 1))),
        };
        let mut node = json!({"group": group, "version": "v1", "kind": kind, "namespace": "apps",
            "name": id(kind, at), "uid": id("uid", at), "resourceVersion": if at == 0 { version } else { "1" },
            "createdAt": "2026-01-01T00:00:00Z", "health": {"status": "Healthy"},
            "info": [{"name": "Status Reason", "value": "Running"}, {"name": "Containers", "value": "1/1"}]});
        if let Some((group, kind, parent)) = parent {
            node["parentRefs"] = json!([{"group": group, "version": "v1", "kind": kind, "namespace": "apps",
                "name": id(kind, parent), "uid": id("uid", parent)}]);
        }
        node
    });
    json!({"nodes": nodes.collect::<Vec<_>>(), "orphanedNodes": [], "hosts": []})
}

/// The inner side of [`Process`]: serves until it is killed, and says where.
pub(crate) fn run(folder: &Path) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(folder))
}

async fn serve(folder: &Path) -> Result<(), Failure> {
    let home: Arc<dyn Home> = Arc::new(SqliteHome::open(&folder.join(FILE), NAMESPACE)?);
    let access = Arc::new(Access::new(Arc::clone(&home)));
    access.prepare(false).await?;
    let follower = Arc::clone(&access);
    tokio::spawn(async move { follower.run().await });
    let inside = Arc::new(MadeUp(Arc::clone(&home)));
    let api = Arc::new(Api::new(home, Arc::clone(&access), inside));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Server::bind(address, Arc::new(Still), &TlsMode::Plain).await?;
    let web = Web::new(Arc::new(Joined {
        api: Arc::clone(&api),
        access,
    }));
    let server = server.api(api).pages(web);
    println!("{}", server.address());
    std::io::stdout().flush()?;
    server.serve(std::future::pending()).await;
    Ok(())
}

/// A door that is open until it is dropped.
pub(super) struct Process {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Process {
    pub(super) fn start(folder: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(DOOR)
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let told = child.stdout.take().ok_or("no output")?;
        BufReader::new(told).read_line(&mut line)?;
        let address = line.trim().parse();
        let process = Self {
            child,
            address: address.map_err(|_| format!("the door does not open: {line}"))?,
        };
        Ok(process)
    }

    /// The processor time that it took so far.
    pub(super) fn cpu(&self) -> Result<Duration, Failure> {
        process::cpu(self.child.id())
    }

    /// The memory that it has now, and had at most.
    pub(super) fn memory_mib(&self) -> Result<(u64, u64), Failure> {
        let id = self.child.id();
        Ok((
            process::memory_mib(id, "VmRSS:")?,
            process::memory_mib(id, "VmHWM:")?,
        ))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
