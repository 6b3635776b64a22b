//! `--otlp-endpoint`: spans of what is done, for an OpenTelemetry collector, by OTLP over HTTP in
//! protobuf. Without the flag nothing of this exists in the process.

use std::time::Duration;

use gantry_model::{Diagnostic, limits};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Span;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Where a collector takes spans, below its URL.
const TRACES: &str = "/v1/traces";
const SERVICE: &str = "gantry";
/// Ours alone: a span of the client that sends spans would be another one to send.
const SENT: &str = "off,gantry=debug,plugin=info,command=info";

/// Spans on their way.
pub(crate) struct Spans(SdkTracerProvider);

impl Spans {
    /// Sends what is left. A collector that does not answer is not waited for long.
    pub(crate) fn send_rest(self) {
        let patience = Duration::from_secs(limits::OTLP_FLUSH_SECS);
        if let Err(error) = self.0.shutdown_with_timeout(patience) {
            tracing::warn!(%error, "spans were lost; look at --otlp-endpoint");
        }
    }
}

/// The span of a whole command. Its target is not ours: the log does not repeat it on each line.
pub(crate) fn whole(command: &str) -> Span {
    tracing::info_span!(target: "command", "command", otel.name = command)
}

/// Begins to send spans.
pub(crate) fn start(
    endpoint: &str,
) -> Result<(impl Layer<Registry> + Send + Sync + use<>, Spans), Diagnostic> {
    let refused = |why: String| {
        let message = format!("--otlp-endpoint: {why}");
        Diagnostic::error("otlp", message)
            .help("give the URL of an OTLP/HTTP receiver, such as http://localhost:4318")
    };
    if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
        return Err(refused(format!("`{endpoint}` is no http or https URL")));
    }
    // The client finds it where the process has it; it may be there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = endpoint.trim_end_matches('/');
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{url}{TRACES}"))
        .with_timeout(Duration::from_secs(limits::OTLP_FLUSH_SECS))
        .build()
        .map_err(|error| refused(error.to_string()))?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource())
        .build();
    let tracer = provider.tracer(SERVICE);
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_filter(EnvFilter::new(SENT));
    Ok((layer, Spans(provider)))
}

/// Who we are, unless OpenTelemetry's own variables say otherwise.
fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    let named = std::env::var_os("OTEL_SERVICE_NAME").is_some_and(|name| !name.is_empty());
    if named {
        resource.build()
    } else {
        resource.with_service_name(SERVICE).build()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::thread::{JoinHandle, spawn};

    use tracing_subscriber::layer::SubscriberExt;

    use super::{start, whole};

    /// Takes one request, and gives its first line and its body.
    fn collector() -> (String, JoinHandle<(String, Vec<u8>)>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let taken = spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                let field = line.trim().to_ascii_lowercase();
                if let Some(value) = field.strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                if field.is_empty() {
                    break;
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            reader.get_mut().write_all(answer).expect("answered");
            (head, body)
        });
        (url, taken)
    }

    fn has(body: &[u8], text: &str) -> bool {
        body.windows(text.len()).any(|part| part == text.as_bytes())
    }

    #[test]
    fn a_collector_gets_our_spans_and_no_others() {
        let (url, taken) = collector();
        let (layer, spans) = start(&url).expect("a URL");
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let _whole = whole("render").entered();
            let _ours =
                tracing::info_span!(target: "gantry_source", "source", revision = "v1").entered();
            let _theirs = tracing::info_span!(target: "hyper", "handshake").entered();
        });
        spans.send_rest();
        let (head, body) = taken.join().expect("one request");
        assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
        assert!(head.contains("application/x-protobuf"), "{head}");
        for text in ["render", "source", "revision", "service.name", "gantry"] {
            assert!(has(&body, text), "{text}");
        }
        assert!(!has(&body, "handshake"));
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for endpoint in [
            "localhost:4318",
            "grpc://localhost:4317",
            "http://[",
            "http://",
        ] {
            let refused = start(endpoint);
            let error = refused.err().expect(endpoint);
            assert!(error.message.contains("--otlp-endpoint"), "{error:?}");
        }
    }
}
