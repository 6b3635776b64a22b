//! A server, an identity provider, and a browser that goes from one to the other.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use gantry_access::{Access, Ask, Trust};
use gantry_api::Api;
use gantry_charts::{Bounds, Exchange};
use gantry_model::{Object, limits};
use gantry_server::{Server, TlsMode};
use gantry_store::{Home, SqliteHome};
use gantry_testbed::{IdentityClient, IdentityProvider};
use gantry_web::{Joined, Web};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use url::Url;

use crate::nothing::Nothing;

/// The way to the provider, as the command line has it.
#[derive(Default)]
struct Asked(Exchange);

#[async_trait]
impl Ask for Asked {
    async fn ask(
        &self,
        request: Request<Vec<u8>>,
        trust: &Trust,
    ) -> Result<http::Response<Vec<u8>>, String> {
        let (exchange, trust) = (self.0.clone(), trust.clone());
        let bounds = Bounds {
            timeout: Duration::from_secs(limits::SSO_ANSWER_SECS),
            max_bytes: limits::SSO_ANSWER_MAX_BYTES,
        };
        let asked = tokio::task::spawn_blocking(move || {
            exchange.send(request, &trust.root_ca, trust.is_insecure, bounds)
        });
        asked.await.expect("no panic")
    }
}

/// What is configured.
pub(crate) struct Config {
    /// Lines that `oidc.config` has beside the usual ones.
    pub(crate) more: &'static str,
    pub(crate) secret: Option<&'static str>,
    pub(crate) rbac: Value,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            more: "",
            secret: Some("hush"),
            rbac: json!({"policy.csv": "g, platform, role:admin"}),
        }
    }
}

pub(crate) struct World {
    pub(crate) provider: IdentityProvider,
    /// Our own address.
    pub(crate) url: String,
    /// The password of `admin`.
    pub(crate) password: String,
    pub(crate) home: Arc<dyn Home>,
    _folder: tempfile::TempDir,
}

fn object(kind: &str, name: &str, fields: Value) -> Object {
    let mut value = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    let key = if kind == "Secret" {
        "stringData"
    } else {
        "data"
    };
    value[key] = fields;
    Object::new(value, None).expect("an object")
}

impl World {
    pub(crate) async fn new(config: Config) -> Self {
        let provider = IdentityProvider::start().expect("a provider");
        let (server, url) = bound().await;
        provider.register(IdentityClient {
            id: "gantry".to_owned(),
            secret: config.secret.map(str::to_owned),
            callbacks: vec![format!("{url}/auth/callback")],
        });

        let folder = tempfile::tempdir().expect("a folder");
        let home = SqliteHome::open(&folder.path().join("home.db"), "argocd").expect("a home");
        let home: Arc<dyn Home> = Arc::new(home);
        let secret = config.secret.map_or("", |_| "clientSecret: $oidc.secret\n");
        let oidc = format!(
            "name: Company\nissuer: {}\nclientID: gantry\ncliClientID: cli\n{secret}{}",
            provider.issuer(),
            config.more
        );
        let settings = json!({"url": url, "oidc.config": oidc});
        let secret = base64(config.secret.unwrap_or("none"));
        let mut keys = object("Secret", "argocd-secret", json!({})).into_value();
        keys["data"] = json!({"oidc.secret": secret});
        for object in [
            object("ConfigMap", "argocd-cm", settings),
            object("ConfigMap", "argocd-rbac-cm", config.rbac),
            Object::new(keys, None).expect("a Secret"),
        ] {
            home.create(&object).await.expect("it is kept");
        }
        let password = serve(server, &home).await;
        Self {
            provider,
            url,
            password: password.expect("a first password"),
            home,
            _folder: folder,
        }
    }

    /// The address of one more server on the same home.
    pub(crate) async fn replica(&self) -> String {
        let (server, url) = bound().await;
        let password = serve(server, &self.home).await;
        assert_eq!(password, None, "there is one already");
        url
    }

    /// What those who are let in may ask.
    pub(crate) async fn who(&self, token: &str) -> Answer {
        self.asked(token, "account/can-i/projects/get/x").await
    }

    /// What is told to the owner of a token.
    pub(crate) async fn info(&self, token: &str) -> Value {
        self.asked(token, "session/userinfo").await.json()
    }

    async fn asked(&self, token: &str, path: &str) -> Answer {
        asked_at(&self.url, token, path).await
    }

    /// Whether a token may do something.
    pub(crate) async fn can(&self, token: &str, what: &str) -> String {
        let path = format!("account/can-i/{what}");
        let answer = self.asked(token, &path).await;
        answer.json()["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

async fn bound() -> (Server, String) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Server::bind(address, Arc::new(Nothing), &TlsMode::Plain).await;
    let server = server.expect("an address");
    let url = format!("http://{}", server.address());
    (server, url)
}

/// Serves what is in a home; the password of `admin`, where it was made now.
async fn serve(server: Server, home: &Arc<dyn Home>) -> Option<String> {
    let access = Access::new(Arc::clone(home)).asking(Arc::new(Asked::default()));
    let access = Arc::new(access);
    let password = access.prepare(false).await.expect("prepared");
    let api = Api::new(Arc::clone(home), Arc::clone(&access), Arc::new(Nothing));
    let api = Arc::new(api);
    let web = Web::new(Arc::new(Joined {
        api: Arc::clone(&api),
        access,
    }));
    tokio::spawn(server.api(api).pages(web).serve(std::future::pending()));
    password
}

/// What one of several servers answers to the owner of a token.
pub(crate) async fn asked_at(url: &str, token: &str, path: &str) -> Answer {
    let url = format!("{url}/api/v1/{path}");
    let bearer = format!("Bearer {token}");
    ask("GET", &url, &[("authorization", &bearer)], b"").await
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        let location = self.headers.get(header::LOCATION);
        location.map_or("", |location| location.to_str().expect("a text"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }
}

/// One request.
pub(crate) async fn ask(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let url = Url::parse(url).expect("a URL");
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let stream = TcpStream::connect(host).await.expect("a connection");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    let mut request = Request::builder()
        .method(method)
        .uri(&url[url::Position::BeforePath..url::Position::AfterQuery])
        .header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Full::new(Bytes::copy_from_slice(body));
    let request = request.body(body).expect("a request");
    let (parts, body) = sender
        .send_request(request)
        .await
        .expect("an answer")
        .into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&body).into_owned(),
    }
}

/// A browser: it keeps cookies, and follows redirects.
#[derive(Clone, Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    /// One request, without following.
    pub(crate) async fn get(&mut self, url: &str) -> Answer {
        self.send("GET", url, "").await
    }

    pub(crate) async fn send(&mut self, method: &str, url: &str, form: &str) -> Answer {
        let line: Vec<String> = self
            .cookies
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        let line = line.join("; ");
        let mut headers = vec![("cookie", line.as_str())];
        if method == "POST" {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let answer = ask(method, url, &headers, form.as_bytes()).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a text");
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// From a page to where it leads in the end, and what is there.
    pub(crate) async fn follow(&mut self, url: &str) -> (Url, Answer) {
        let mut at = Url::parse(url).expect("a URL");
        for _ in 0..10 {
            let answer = self.get(at.as_str()).await;
            match answer.location() {
                "" => return (at, answer),
                next => at = at.join(next).expect("a URL"),
            }
        }
        (at, self.get(url).await)
    }

    /// Up to the callback, which it does not call.
    pub(crate) async fn until_callback(&mut self, world: &World) -> Url {
        let begun = self.get(&format!("{}/auth/login", world.url)).await;
        let at_provider = self.get(begun.location()).await;
        Url::parse(at_provider.location()).expect("a callback")
    }

    /// The token of its session.
    pub(crate) fn session(&self) -> Option<String> {
        let line: Vec<String> = self
            .cookies
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        gantry_access::session_of([line.join("; ").as_str()])
    }
}
