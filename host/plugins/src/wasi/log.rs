//! A guest's stdout and stderr: lines to the log up to a limit, and the last words for errors.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use gantry_model::limits;
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// The shared end of all output streams of one guest.
#[derive(Clone, Debug)]
pub(crate) struct GuestLog(Arc<Mutex<Captured>>);

#[derive(Debug)]
struct Captured {
    plugin: Arc<str>,
    /// Bytes that may still be logged.
    left_bytes: usize,
    /// The line that has not ended yet, at most `left_bytes` long.
    line: Vec<u8>,
    /// The last bytes, at most twice as many as an error quotes.
    tail: Vec<u8>,
}

impl GuestLog {
    pub(crate) fn new(plugin: Arc<str>, max_bytes: usize) -> Self {
        let captured = Captured {
            plugin,
            left_bytes: max_bytes,
            line: Vec::new(),
            tail: Vec::new(),
        };
        Self(Arc::new(Mutex::new(captured)))
    }

    /// Begins anew for another call: what was written before is none of its business.
    pub(crate) fn restart(&self, max_bytes: usize) {
        let mut captured = self.lock();
        captured.left_bytes = max_bytes;
        captured.line.clear();
        captured.tail.clear();
    }

    /// The last lines that the guest wrote.
    pub(crate) fn tail(&self) -> String {
        let captured = self.lock();
        let start = captured
            .tail
            .len()
            .saturating_sub(limits::GUEST_LOG_TAIL_BYTES);
        let last = captured.tail.get(start..).unwrap_or_default();
        String::from_utf8_lossy(last).trim().to_owned()
    }

    /// A line of the host's among the guest's own, for what the guest cannot tell its author.
    pub(crate) fn note(&self, words: &str) {
        self.lock().write(format!("gantry: {words}\n").as_bytes());
    }

    fn lock(&self) -> MutexGuard<'_, Captured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Captured {
    fn write(&mut self, bytes: &[u8]) {
        self.keep(bytes);
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.left_bytes == 0 {
                return;
            }
            let room = part.len().min(self.left_bytes);
            self.line
                .extend_from_slice(part.get(..room).unwrap_or_default());
            self.left_bytes -= room;
            if part.ends_with(b"\n") || self.left_bytes == 0 {
                self.log_line();
            }
            if self.left_bytes == 0 {
                tracing::debug!(target: "plugin", plugin = %self.plugin, "further output is dropped");
            }
        }
    }

    fn log_line(&mut self) {
        let text = String::from_utf8_lossy(&self.line);
        tracing::debug!(target: "plugin", plugin = %self.plugin, "{}", text.trim_end());
        self.line.clear();
    }

    fn keep(&mut self, bytes: &[u8]) {
        let max = limits::GUEST_LOG_TAIL_BYTES;
        let last = bytes
            .get(bytes.len().saturating_sub(max)..)
            .unwrap_or_default();
        self.tail.extend_from_slice(last);
        if self.tail.len() > 2 * max {
            self.tail.drain(..self.tail.len() - max);
        }
    }
}

impl Drop for Captured {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.log_line();
        }
    }
}

#[async_trait::async_trait]
impl Pollable for GuestLog {
    async fn ready(&mut self) {}
}

impl OutputStream for GuestLog {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.lock().write(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(limits::GUEST_LOG_MAX_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::limits::GUEST_LOG_TAIL_BYTES;

    use super::GuestLog;

    #[test]
    fn the_tail_is_the_last_that_was_written() {
        for (writes, of) in [(1, "one\n"), (3, "a line\n"), (100_000, "x")] {
            let log = GuestLog::new("p".into(), 1_000);
            for _ in 0..writes {
                log.lock().write(of.as_bytes());
            }
            log.lock().write(b"the end\n");
            let tail = log.tail();
            assert!(tail.ends_with("the end"), "{tail}");
            assert!(tail.len() <= GUEST_LOG_TAIL_BYTES);
            let captured = log.lock();
            assert!(captured.line.len() + captured.left_bytes <= 1_000);
        }
    }
}
