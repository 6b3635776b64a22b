//! Requests to one API server: connected when first asked, shared by all who ask.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use gantry_model::{ClusterError, Gvk, limits};
use http::{HeaderMap, Request, Response, header};
use kube::Client;
use kube::client::Body;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::answer::{Answer, Asked};
use crate::dial::{Dialer, Use};
use crate::failure::Failure;
use crate::lanes::{Lane, Lanes};
use crate::outage::Outage;
use crate::reason::{no_answer, unreachable};
use crate::request::Call;
use crate::source::Source;
use crate::url;

/// One API server, known by its name.
pub(crate) struct Connection {
    /// The cluster's name.
    pub(crate) name: String,
    /// The server's URL, as it was given.
    pub(crate) server: String,
    source: Source,
    transport: Mutex<Opened>,
    certificate_has_ended: AtomicBool,
    pub(crate) outage: Arc<Outage>,
    /// Itself, for tasks that outlive a request.
    pub(crate) me: Weak<Self>,
}

/// What is open, and why nothing is.
#[derive(Default)]
struct Opened {
    transport: Option<Arc<Transport>>,
    failure: Failure,
}

/// What was opened, with the credentials of that moment.
struct Transport {
    requests: Client,
    watches: Lanes,
    opened: Instant,
    /// When the credentials end.
    expires: Option<SystemTime>,
    /// Whether whoever logs in acts as another user already.
    impersonates: bool,
}

impl Transport {
    /// Whether the credentials end, and may be read again already.
    fn is_stale(&self) -> bool {
        let least = Duration::from_secs(limits::CREDENTIALS_REFRESH_MIN_SECS);
        let ends = |at: SystemTime| at <= SystemTime::now() + least;
        self.expires.is_some_and(ends) && self.opened.elapsed() >= least
    }
}

impl Connection {
    /// Nothing is opened yet.
    pub(crate) fn new(name: String, server: String, source: Source) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            name,
            server,
            source,
            transport: Mutex::default(),
            certificate_has_ended: AtomicBool::new(false),
            outage: Arc::default(),
            me: Weak::clone(me),
        })
    }

    /// How much longer the first answer may take, since a program has to be run for it.
    pub(crate) fn login_time(&self) -> Duration {
        self.source.login_time()
    }

    /// Sends a request once and reads the answer whole, whatever its status. Credentials that are
    /// refused are read again.
    pub(crate) async fn once(&self, call: &Call) -> Result<Answer, ClusterError> {
        let transport = self.transport().await?;
        if transport.impersonates && call.as_user.is_some() {
            let message = format!(
                "cluster {}: its kubeconfig says whom to act as, so nothing is written as yet another user",
                self.name
            );
            return Err(ClusterError::Forbidden(message));
        }
        let answer = self.attempt(&transport.requests, call).await?;
        let age = transport.opened.elapsed();
        if answer.code != 401 || age < Duration::from_secs(limits::CREDENTIALS_REFRESH_MIN_SECS) {
            return Ok(answer);
        }
        tracing::info!(cluster = %self.name, "the credentials are refused; reading them again");
        self.forget(&transport).await;
        let transport = self.transport().await?;
        self.attempt(&transport.requests, call).await
    }

    /// Sends a request and takes the answer as JSON. `gvk` is what it is about.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        call: &Call,
        gvk: Option<&Gvk>,
    ) -> Result<T, ClusterError> {
        let answer = self.send(call).await?;
        if !(200..300).contains(&answer.code) {
            return Err(self.asked(call, gvk).error(&answer));
        }
        self.parse(&answer.body)
    }

    /// Reads an answer as JSON.
    pub(crate) fn parse<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, ClusterError> {
        serde_json::from_slice(body).map_err(|error| {
            // serde's own words may quote the object.
            let (line, column) = (error.line(), error.column());
            ClusterError::Other(format!(
                "cluster {}: unexpected answer (line {line}, column {column}); is {} a Kubernetes API server?",
                self.name, self.server
            ))
        })
    }

    /// Opens a stream: the answer as it comes, or its error. An outage is waited for before it is
    /// told; whoever reads the stream opens it again.
    pub(crate) async fn stream(
        &self,
        call: &Call,
        gvk: &Gvk,
    ) -> Result<Result<(Arc<Lane>, Body), Answer>, ClusterError> {
        let sent = Instant::now();
        let opened = self.stream_once(call, gvk).await;
        if let Err(ClusterError::Unreachable { .. }) = opened
            && self.outage.was_reached()
        {
            self.wait_out(sent).await?;
        }
        opened
    }

    async fn stream_once(
        &self,
        call: &Call,
        gvk: &Gvk,
    ) -> Result<Result<(Arc<Lane>, Body), Answer>, ClusterError> {
        let transport = self.transport().await?;
        let failed = |error: &kube::Error| no_answer(&self.name, &self.server, error);
        let lane = transport.watches.lane().map_err(|error| failed(&error))?;
        let response = self.in_time(lane.client().send(request(call)?)).await?;
        let response = response.map_err(|error| failed(&error))?;
        self.log_warnings(response.headers(), call);
        if response.status().is_success() {
            return Ok(Ok((lane, response.into_body())));
        }
        let answer = self.in_time(read(response)).await?;
        let answer = answer.map_err(|error| failed(&error))?;
        tracing::debug!(cluster = %self.name, %gvk, code = answer.code, "no watch");
        Ok(Err(answer))
    }

    /// What errors say about a request.
    pub(crate) fn asked<'a>(&'a self, call: &'a Call, gvk: Option<&'a Gvk>) -> Asked<'a> {
        Asked {
            cluster: &self.name,
            gvk,
            call,
            certificate_has_ended: self.certificate_has_ended.load(Ordering::Relaxed),
        }
    }

    async fn attempt(&self, client: &Client, call: &Call) -> Result<Answer, ClusterError> {
        let request = request(call)?;
        let whole = async {
            let response = client.send(request).await?;
            self.log_warnings(response.headers(), call);
            read(response).await
        };
        let start = Instant::now();
        let answer = self.in_time(whole).await?;
        let code = answer.as_ref().map_or(0, |answer| answer.code);
        // `kubectl -v=6` in its words; never a body.
        tracing::debug!(
            cluster = %self.name,
            code,
            ms = start.elapsed().as_millis(),
            "{} {}",
            call.method,
            call.target
        );
        // What a proxy answers for a server that is away tells nothing.
        if (1..500).contains(&code) && code != 429 {
            self.outage.answered(&self.name);
        }
        answer.map_err(|error| no_answer(&self.name, &self.server, &error))
    }

    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, ClusterError> {
        let seconds = limits::REQUEST_TIMEOUT_SECS;
        let done = tokio::time::timeout(Duration::from_secs(seconds), work).await;
        done.map_err(|_| {
            ClusterError::Transient(format!(
                "cluster {}: no answer within {seconds} s",
                self.name
            ))
        })
    }

    async fn transport(&self) -> Result<Arc<Transport>, ClusterError> {
        let asked = Instant::now();
        let mut opened = self.transport.lock().await;
        if let Some(transport) = opened.transport.as_ref().filter(|kept| !kept.is_stale()) {
            return Ok(Arc::clone(transport));
        }
        opened.failure.since(asked)?;
        let transport = opened.failure.note(self.open().await)?;
        let transport = Arc::new(transport);
        opened.transport = Some(Arc::clone(&transport));
        Ok(transport)
    }

    /// Reads the credentials and opens the first connection before anything else is sent: many
    /// requests at once would otherwise open one each, before they know that one is enough.
    async fn open(&self) -> Result<Transport, ClusterError> {
        url::parse(&self.server).map_err(|reason| unreachable(&self.name, reason))?;
        let way = self.source.way(&self.server).await;
        let way = way.map_err(|reason| unreachable(&self.name, reason))?;
        let has_ended = way.certificate_has_ended();
        self.certificate_has_ended
            .store(has_ended, Ordering::Relaxed);
        let (config, proxy, expires) = (way.config, way.proxy, way.expires);
        let login = &config.auth_info;
        let impersonates = login.impersonate.is_some() || login.impersonate_groups.is_some();
        // Files are read.
        let dialing = tokio::task::spawn_blocking(move || Dialer::new(config, proxy));
        let dialer = dialing
            .await
            .map_err(|error| ClusterError::Other(error.to_string()))?;
        let failed = |error: kube::Error| no_answer(&self.name, &self.server, &error);
        let dialer = dialer.map_err(failed)?;
        let requests = dialer.client(Use::Requests).map_err(failed)?;
        let first = self.attempt(&requests, &Call::get("/version")).await?;
        tracing::debug!(cluster = %self.name, server = %self.server, code = first.code, "connected");
        Ok(Transport {
            requests,
            watches: Lanes::new(dialer),
            opened: Instant::now(),
            expires,
            impersonates,
        })
    }

    async fn forget(&self, stale: &Arc<Transport>) {
        let kept = &mut self.transport.lock().await.transport;
        if kept.as_ref().is_some_and(|now| Arc::ptr_eq(now, stale)) {
            *kept = None;
        }
    }

    /// Servers say in `Warning` headers what will stop working: a deprecated version, mostly.
    fn log_warnings(&self, headers: &HeaderMap, call: &Call) {
        for value in headers.get_all(header::WARNING) {
            let text = String::from_utf8_lossy(value.as_bytes());
            let text = call.hidden.scrub(text.trim_start_matches("299 - "));
            // Whoever only looks did not choose the version.
            if call.method == http::Method::GET {
                tracing::debug!(cluster = %self.name, "{text}");
            } else {
                tracing::warn!(cluster = %self.name, "{text}");
            }
        }
    }
}

const IMPERSONATE_USER: &str = "impersonate-user";

fn request(call: &Call) -> Result<Request<Body>, ClusterError> {
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(&call.target)
        .header(header::ACCEPT, call.accept)
        .header(
            header::USER_AGENT,
            concat!("gantry/", env!("CARGO_PKG_VERSION")),
        );
    if !call.content_type.is_empty() {
        request = request.header(header::CONTENT_TYPE, call.content_type);
    }
    if let Some(tag) = &call.known {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    if let Some(user) = &call.as_user {
        request = request.header(IMPERSONATE_USER, &**user);
    }
    request
        .body(Body::from(call.body.clone()))
        .map_err(|error| ClusterError::Invalid(format!("{} {}: {error}", call.method, call.target)))
}

async fn read(response: Response<Body>) -> Result<Answer, kube::Error> {
    let (head, body) = response.into_parts();
    let text = |name: header::HeaderName| {
        let value = head.headers.get(name)?;
        Some(value.to_str().ok()?.to_owned())
    };
    Ok(Answer {
        code: head.status.as_u16(),
        retry_after_secs: text(header::RETRY_AFTER).and_then(|seconds| seconds.parse().ok()),
        tag: text(header::ETAG),
        maybe_done: false,
        body: body.collect_bytes().await?,
    })
}
