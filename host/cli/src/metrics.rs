//! `--metrics-file`: what the plugins cost, as Prometheus reads it from a file (the node exporter's
//! textfile collector), so that a job in CI can be watched like a server.

use std::path::Path;

use gantry_model::Diagnostic;
use gantry_model::metrics::{Exposition, Kind};
use gantry_plugins::PluginMetrics;

/// Name, type, help, and the value of each series but the call times.
type Series = (&'static str, Kind, &'static str, fn(&PluginMetrics) -> u64);

const SERIES: [Series; 5] = [
    (
        "gantry_plugin_calls_total",
        Kind::Counter,
        "Calls of a plugin, those at load included.",
        |m| m.calls,
    ),
    (
        "gantry_plugin_traps_total",
        Kind::Counter,
        "Calls in which it trapped or exited.",
        |m| m.traps,
    ),
    (
        "gantry_plugin_limits_hit_total",
        Kind::Counter,
        "Calls that hit a limit of time, memory, stack or output.",
        |m| m.limits_hit,
    ),
    (
        "gantry_plugin_render_cache_hits_total",
        Kind::Counter,
        "Renders that were known already.",
        |m| m.cache_hits,
    ),
    (
        "gantry_plugin_memory_peak_bytes",
        Kind::Gauge,
        "The most memory that one instance had.",
        |m| m.memory_peak_bytes,
    ),
];
const TIMES: &str = "gantry_plugin_call_seconds";
const MICROS_PER_SECOND: f64 = 1e6;

/// Writes the file whole or not at all: it may be read at any time.
pub(crate) fn write(path: &Path, plugins: &[PluginMetrics]) -> Result<(), Diagnostic> {
    let failed = |error: std::io::Error| {
        let message = format!("{}: cannot be written: {error}", path.display());
        Diagnostic::error("metrics", message).help("check --metrics-file")
    };
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty());
    let file = tempfile::Builder::new()
        .permissions(readable())
        .tempfile_in(directory.unwrap_or(Path::new(".")))
        .map_err(failed)?;
    std::fs::write(file.path(), text(plugins)).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Whoever collects is another user.
fn readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

fn text(plugins: &[PluginMetrics]) -> String {
    let mut text = Exposition::default();
    write_to(&mut text, plugins);
    text.into_text()
}

/// Writes what the plugins cost beside what else there is.
pub(crate) fn write_to(text: &mut Exposition, plugins: &[PluginMetrics]) {
    for (name, kind, help, value) in SERIES {
        let mut family = text.family(name, kind, help);
        for plugin in plugins {
            family.sample(&[("plugin", &plugin.name)], value(plugin) as f64);
        }
    }
    let mut family = text.family(TIMES, Kind::Summary, "How long calls took.");
    for plugin in plugins {
        let name = plugin.name.as_str();
        for (quantile, micros) in [("0.5", plugin.p50_micros), ("0.99", plugin.p99_micros)] {
            let seconds = micros as f64 / MICROS_PER_SECOND;
            family.sample(&[("plugin", name), ("quantile", quantile)], seconds);
        }
        let seconds = plugin.total_micros as f64 / MICROS_PER_SECOND;
        family.sample_of("_sum", &[("plugin", name)], seconds);
        family.sample_of("_count", &[("plugin", name)], plugin.calls as f64);
    }
}

#[cfg(test)]
mod tests {
    use gantry_plugins::PluginMetrics;

    use super::text;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let plugin = PluginMetrics {
            name: "helm".into(),
            calls: 3,
            traps: 1,
            limits_hit: 0,
            cache_hits: 2,
            p50_micros: 1_500,
            p99_micros: 2_000_000,
            total_micros: 2_003_000,
            memory_peak_bytes: 1 << 20,
        };
        let text = text(&[plugin]);
        for line in [
            "# TYPE gantry_plugin_calls_total counter",
            "gantry_plugin_calls_total{plugin=\"helm\"} 3",
            "gantry_plugin_memory_peak_bytes{plugin=\"helm\"} 1048576",
            "gantry_plugin_call_seconds{plugin=\"helm\",quantile=\"0.5\"} 0.0015",
            "gantry_plugin_call_seconds_sum{plugin=\"helm\"} 2.003",
            "gantry_plugin_call_seconds_count{plugin=\"helm\"} 3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
    }
}
