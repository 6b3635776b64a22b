//! `gantry_process_*`: what this process takes, as Linux tells it. Elsewhere nothing is said.

use std::fs;

use gantry_model::metrics::{Exposition, Kind};

/// Ticks a second of `/proc/PID/stat`: Linux shows 100 to programs on every machine we build for.
const TICKS_PER_SEC: f64 = 100.0;

/// Writes what is known.
pub(crate) fn write(to: &mut Exposition) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let boot = fs::read_to_string("/proc/stat").unwrap_or_default();
    let open = fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
    let mut one = |name: &str, kind, help: &str, value: Option<f64>| {
        if let Some(value) = value {
            to.family(name, kind, help).sample(&[], value);
        }
    };
    one(
        "gantry_process_cpu_seconds_total",
        Kind::Counter,
        "Processor time, user and system.",
        cpu_seconds(&stat),
    );
    one(
        "gantry_process_resident_memory_bytes",
        Kind::Gauge,
        "Memory that is in use.",
        kibibytes(&status, "VmRSS:"),
    );
    one(
        "gantry_process_resident_memory_peak_bytes",
        Kind::Gauge,
        "The most memory that was in use.",
        kibibytes(&status, "VmHWM:"),
    );
    one(
        "gantry_process_threads",
        Kind::Gauge,
        "Threads.",
        field(&status, "Threads:"),
    );
    one(
        "gantry_process_open_fds",
        Kind::Gauge,
        "Open files and connections.",
        open.map(|count| count as f64),
    );
    one(
        "gantry_process_start_time_seconds",
        Kind::Gauge,
        "When it started, since 1970.",
        started(&stat, &boot),
    );
}

/// The fields of `/proc/self/stat` from the third on: the second is a name that may have spaces.
fn ticks(stat: &str, at: usize) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(at - 3)?.parse().ok()
}

fn cpu_seconds(stat: &str) -> Option<f64> {
    Some((ticks(stat, 14)? + ticks(stat, 15)?) / TICKS_PER_SEC)
}

fn started(stat: &str, boot: &str) -> Option<f64> {
    Some(field(boot, "btime ")? + ticks(stat, 22)? / TICKS_PER_SEC)
}

fn field(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn kibibytes(status: &str, name: &str) -> Option<f64> {
    Some(field(status, name)? * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::{cpu_seconds, kibibytes, started};

    #[test]
    fn linux_s_files_are_read() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 9 0 0 0 250 50 0 0 20 0 4 0 12345 0 0";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(started(stat, "cpu 1\nbtime 1000\n"), Some(1123.45));
        assert_eq!(
            kibibytes("Name:\tx\nVmRSS:\t  12 kB\n", "VmRSS:"),
            Some(12_288.0)
        );
        assert_eq!(cpu_seconds(""), None);
        assert_eq!(started("7 (x", "btime x"), None);
        assert_eq!(kibibytes("VmRSS:", "VmRSS:"), None);
    }
}
