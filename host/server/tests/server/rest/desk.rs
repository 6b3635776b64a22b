//! A server with an API over a home in a file, and a control plane that is made up.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use gantry_access::Access;
use gantry_api::Api;
use gantry_model::Object;
use gantry_server::{Bounds, Plane, Server, TlsMode};
use gantry_store::{Home, SqliteHome};
use gantry_web::{Joined, Web};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::nothing::Nothing;
use crate::world::{Answer, Client, Told};

/// A server, and the token of its `admin`.
pub(crate) struct Desk {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    password: String,
    served: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl Desk {
    /// One whose `argocd-cm` has this.
    pub(crate) async fn open(settings: Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = SqliteHome::open(&folder.path().join("home.db"), "argocd").expect("a home");
        let home: Arc<dyn Home> = Arc::new(home);
        for value in [
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": settings}),
            application("web"),
            application("api"),
        ] {
            let object = Object::new(value, None).expect("an object");
            home.create(&object).await.expect("kept");
        }
        let access = Arc::new(Access::new(Arc::clone(&home)));
        let password = access.prepare(false).await.expect("prepared");
        let api = Arc::new(Api::new(home, Arc::clone(&access), Arc::new(Nothing)));
        let joined = Joined {
            api: Arc::clone(&api),
            access,
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let plane = Arc::new(Told::default()) as Arc<dyn Plane>;
        let server = Server::bind(address, plane, &TlsMode::Plain).await;
        let server = server.expect("an address").api(api);
        let server = server.pages(Web::new(Arc::new(joined)));
        let address = server.address();
        let served = tokio::spawn(
            server
                .bounds(Bounds::default())
                .serve(std::future::pending()),
        );
        let mut desk = Self {
            address,
            token: String::new(),
            password: password.expect("a first password"),
            served,
            _folder: folder,
        };
        desk.token = desk.log_in().await;
        desk
    }

    /// Another token of its `admin`.
    pub(crate) async fn log_in(&self) -> String {
        let login = json!({"username": "admin", "password": self.password}).to_string();
        let path = "/api/v1/session";
        let answer = self.send("POST", path, &[JSON], login.as_bytes()).await;
        let token: Value = serde_json::from_str(&answer.text).expect("JSON");
        token["token"].as_str().expect("a token").to_owned()
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        Client::at(self.address)
            .send(method, path, headers, body)
            .await
    }

    /// What comes of a request that does not end, until this text is in it.
    pub(crate) async fn begin(&self, path: &str, headers: &[(&str, &str)], until: &str) -> String {
        self.begun(path, headers, until).await.0
    }

    /// The head of such a request's answer, and what follows it.
    pub(crate) async fn head_of(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (String, TcpStream) {
        self.begun(path, headers, "\r\n\r\n").await
    }

    async fn begun(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        until: &str,
    ) -> (String, TcpStream) {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        let mut head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.expect("it listens");
        let mut found = Vec::new();
        let read = async {
            loop {
                let text = String::from_utf8_lossy(&found).into_owned();
                if text.contains(until) {
                    return text;
                }
                let mut bytes = [0; 4096];
                let count = stream.read(&mut bytes).await.expect("it answers");
                assert_ne!(count, 0, "it ended after {text}");
                found.extend_from_slice(&bytes[..count]);
            }
        };
        let patience = std::time::Duration::from_secs(20);
        let text = tokio::time::timeout(patience, read).await.expect("in time");
        (text, stream)
    }
}

pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

fn application(name: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.example/shop", "path": "deploy"},
            "destination": {"server": "https://spoke.example", "namespace": "shop"},
        },
    })
}
