//! The log: `tracing` to standard error, as text for people or JSON for collectors.

use std::io::IsTerminal;

use gantry_model::Diagnostic;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::args::{Color, Global, LogFormat};
use crate::otlp::{self, Spans};

/// Sets up the log for this process. `GANTRY_LOG` (tracing's directives) wins over `-v`. What is given
/// back sends spans, where `--otlp-endpoint` asks for it.
pub(crate) fn init(global: &Global) -> Result<Option<Spans>, Diagnostic> {
    let level = match global.verbose {
        // Libraries speak where we do not: what they meet comes back to us as an error. But nobody
        // else says that spans are lost.
        0 => "off,gantry=warn,plugin=warn,opentelemetry=warn",
        1 => "error,gantry=info,plugin=info",
        2 => "warn,gantry=debug,plugin=debug",
        _ => "debug,gantry=trace,plugin=trace",
    };
    let filter = EnvFilter::try_from_env("GANTRY_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let (layer, spans) = match global.otlp_endpoint.as_deref().map(str::trim) {
        None | Some("") => (None, None),
        Some(endpoint) => {
            let (layer, spans) = otlp::start(endpoint)?;
            (Some(layer), Some(spans))
        }
    };
    let to_stderr = fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(layer);
    match global.log_format {
        LogFormat::Json => {
            let to_stderr = to_stderr.json().flatten_event(true);
            registry.with(to_stderr.with_filter(filter)).init();
        }
        LogFormat::Text => {
            let to_stderr = to_stderr
                .with_ansi(colored(global.color))
                .with_target(false);
            registry.with(to_stderr.with_filter(filter)).init();
        }
    }
    Ok(spans)
}

/// Whether standard error shows colours.
fn colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => std::io::stderr().is_terminal(),
    }
}
