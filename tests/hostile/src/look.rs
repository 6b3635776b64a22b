//! What the standard library shows of the world outside.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::Read;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

/// Environment, arguments, files, clocks, random numbers and standard input.
pub(crate) fn around() -> Value {
    let environment: Vec<_> = std::env::vars().collect();
    let files = [
        "/",
        ".",
        "/src",
        "/etc/passwd",
        "/proc/self/environ",
        "/tmp",
    ];
    let readable: Vec<_> = files
        .iter()
        .filter(|path| std::fs::read(path).is_ok() || std::fs::read_dir(path).is_ok())
        .collect();
    let mut input = Vec::new();
    let read_bytes = std::io::stdin().read_to_end(&mut input).unwrap_or(0);
    let start = Instant::now();
    std::thread::sleep(Duration::from_secs(3_600));
    json!({
        "environment": environment,
        "arguments": std::env::args().count(),
        "currentDirectory": std::env::current_dir().map(|d| d.display().to_string()).unwrap_or_default(),
        "readable": readable,
        "written": std::fs::write("/tmp/x", "x").is_ok(),
        "input": read_bytes,
        "wallClockSecs": SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map(|d| d.as_secs()).unwrap_or(0),
        "sleptSecs": start.elapsed().as_secs(),
        "sinceStartNanos": start.elapsed().as_nanos() as u64,
        "random": RandomState::new().hash_one("x"),
    })
}
