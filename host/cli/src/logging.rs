//! The log: `tracing` to standard error, as text for people or JSON for collectors.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::args::{Color, Global, LogFormat};

/// Sets up the log for this process. `GANTRY_LOG` (tracing's directives) wins over `-v`.
pub(crate) fn init(global: &Global) {
    let level = match global.verbose {
        // Libraries speak where we do not: what they meet comes back to us as an error.
        0 => "off,gantry=warn,plugin=warn",
        1 => "error,gantry=info,plugin=info",
        2 => "warn,gantry=debug,plugin=debug",
        _ => "debug,gantry=trace,plugin=trace",
    };
    let filter = EnvFilter::try_from_env("GANTRY_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match global.log_format {
        LogFormat::Json => builder.json().flatten_event(true).init(),
        LogFormat::Text => builder
            .with_ansi(colored(global.color))
            .with_target(false)
            .init(),
    }
}

/// Whether standard error shows colours.
fn colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => std::io::stderr().is_terminal(),
    }
}
