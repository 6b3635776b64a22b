//! How a guest was ended: the limit it hit, or its own trap.

use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::sandbox::{Grant, OutOfMemory};

/// Frames that an error shows.
const FRAMES_MAX: usize = 8;
/// What every Rust panic passes through, and no author looks for.
const FRAME_NOISE: &[&str] = &[
    "__rust",
    "abort",
    "core::option::",
    "core::panicking::",
    "core::result::",
    "rust_",
    "std::",
];
/// Lines of its last output that an error quotes: a panic message and its place.
const OUTPUT_LINES_MAX: usize = 5;
/// Advice of Rust's runtime that helps nobody here: a plugin has no environment.
const OUTPUT_NOISE: &str = "note: run with `RUST_BACKTRACE";
/// Wasmtime's own error for this is private; a test holds the words.
const CROSSING_EXHAUSTED: &str = "fuel allocated for hostcalls has been exhausted";

/// How a guest was ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It ran too long.
    #[error("did not end within {limit_ms} ms")]
    Deadline {
        /// The limit.
        limit_ms: u64,
    },
    /// It asked for too much memory.
    #[error("wanted {wanted_bytes} bytes of memory; at most {max_bytes} are allowed")]
    Memory {
        /// What it would have had.
        wanted_bytes: usize,
        /// The limit.
        max_bytes: usize,
    },
    /// It called itself too deeply.
    #[error("used up its stack of {max_bytes} bytes by calls within calls")]
    Stack {
        /// The limit.
        max_bytes: usize,
    },
    /// It handed over too much at once.
    #[error("handed over more than {max_bytes} bytes at once")]
    Crossing {
        /// The limit.
        max_bytes: usize,
    },
    /// It ended itself.
    #[error("exited with status {status}{}", words(.output))]
    Exit {
        /// The status.
        status: i32,
        /// The last lines it wrote.
        output: String,
    },
    /// It does not fit the host: it was not even called.
    #[error("cannot be called: {reason}")]
    Unfit {
        /// Why not, in wasmtime's words.
        reason: String,
    },
    /// It failed.
    #[error("failed: {reason}{}{}", words(.output), places(.frames))]
    Trap {
        /// What happened, in wasmtime's words.
        reason: String,
        /// The functions it was in, innermost first.
        frames: Vec<String>,
        /// The last lines it wrote: in most languages they hold the panic's message.
        output: String,
    },
}

impl Fault {
    /// Tells from wasmtime's error how the guest was ended.
    pub(crate) fn of(
        error: &wasmtime::Error,
        grant: &Grant,
        stack_max_bytes: usize,
        output: String,
    ) -> Self {
        if let Some(&OutOfMemory {
            wanted_bytes,
            max_bytes,
        }) = error.downcast_ref()
        {
            return Self::Memory {
                wanted_bytes,
                max_bytes,
            };
        }
        if let Some(&I32Exit(status)) = error.downcast_ref() {
            return Self::Exit { status, output };
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => {
                return Self::Deadline {
                    limit_ms: grant.deadline_ms,
                };
            }
            Some(Trap::StackOverflow) => {
                return Self::Stack {
                    max_bytes: stack_max_bytes,
                };
            }
            _ => {}
        }
        let reason = error.root_cause().to_string();
        if reason.contains(CROSSING_EXHAUSTED) {
            return Self::Crossing {
                max_bytes: grant.crossing_max_bytes,
            };
        }
        let reason = reason
            .strip_prefix("wasm trap: ")
            .unwrap_or(&reason)
            .to_owned();
        match error.downcast_ref().map(frames) {
            None if !error.is::<Trap>() => Self::Unfit { reason },
            frames => Self::Trap {
                reason,
                frames: frames.unwrap_or_default(),
                output,
            },
        }
    }

    /// Whether the same call may go on with less work: the guest itself failed, no limit was hit.
    pub(crate) fn is_trap(&self) -> bool {
        matches!(
            self,
            Self::Trap { .. } | Self::Exit { .. } | Self::Stack { .. }
        )
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Deadline { .. } => "plugin-deadline",
            Self::Memory { .. } => "plugin-memory",
            Self::Stack { .. } => "plugin-stack",
            Self::Crossing { .. } => "plugin-output",
            Self::Unfit { .. } => "plugin-load",
            Self::Exit { .. } | Self::Trap { .. } => "plugin-trap",
        }
    }

    pub(crate) fn help(&self) -> Option<String> {
        let help = match self {
            Self::Deadline { .. } | Self::Memory { .. } | Self::Crossing { .. } => {
                "give it less to do, by a smaller tree or narrower parameters, or report it to the \
                 plugin's author"
            }
            Self::Stack { .. } | Self::Unfit { .. } | Self::Exit { .. } | Self::Trap { .. } => {
                "this is a fault of the plugin: report it to its author"
            }
        };
        Some(help.to_owned())
    }
}

/// The demangled names of the innermost functions. Only wasmtime's own listing demangles, so it is
/// read line by line: `  0:   0x1234 - module!function`, then `   at file:line:column` if known.
fn frames(backtrace: &WasmBacktrace) -> Vec<String> {
    let listing = backtrace.to_string();
    let mut frames: Vec<String> = Vec::new();
    for line in listing.lines() {
        if let Some(place) = line.trim_start().strip_prefix("at ") {
            if let Some(frame) = frames.last_mut() {
                frame.push_str(&format!(" at {place}"));
            }
        } else if let Some((_, name)) = line.split_once(" - ") {
            let name = name.split_once('!').map_or(name, |(_, function)| function);
            frames.push(plain_name(name.trim()));
        }
    }
    let noise = |frame: &String| FRAME_NOISE.iter().any(|noise| frame.starts_with(noise));
    if !frames.iter().all(noise) {
        frames.retain(|frame| !noise(frame));
    }
    frames.truncate(FRAMES_MAX);
    frames
}

/// A name without what tells compilations apart: `core[6d9e98711c484d2e]::fmt::h0123456789abcdef`.
fn plain_name(name: &str) -> String {
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let name = match name.rsplit_once("::h") {
        Some((path, hash)) if is_hash(hash) => path,
        _ => name,
    };
    let mut plain = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        rest = match after.split_once(']') {
            Some((hash, behind)) if is_hash(hash) => behind,
            _ => {
                plain.push('[');
                after
            }
        };
    }
    plain + rest
}

fn places(frames: &[String]) -> String {
    match frames {
        [] => String::new(),
        frames => format!(", in {}", frames.join(", called by ")),
    }
}

fn words(output: &str) -> String {
    let lines = output.lines().map(str::trim);
    let said: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with(OUTPUT_NOISE))
        .collect();
    match said
        .get(said.len().saturating_sub(OUTPUT_LINES_MAX)..)
        .unwrap_or_default()
    {
        [] => String::new(),
        last => format!("; it wrote: {}", last.join(" / ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{plain_name, words};

    #[test]
    fn names_lose_their_hashes() {
        for (name, plain) in [
            ("main", "main"),
            (
                "core[6d9e98711c484d2e]::panicking::panic_fmt",
                "core::panicking::panic_fmt",
            ),
            (
                "gantry::exhaust::fail::hb0e18db810f8878f",
                "gantry::exhaust::fail",
            ),
            ("<[u8] as a[0123456789abcdef]::B>::c", "<[u8] as a::B>::c"),
            ("odd[", "odd["),
            ("a::hello", "a::hello"),
        ] {
            assert_eq!(plain_name(name), plain);
        }
    }

    #[test]
    fn the_last_lines_are_quoted() {
        for (output, quoted) in [
            ("", ""),
            ("\n\n", ""),
            ("one\n", "; it wrote: one"),
            (
                "1\n2\n3\n4\n5\n6\nnote: run with `RUST_BACKTRACE=1`",
                "; it wrote: 2 / 3 / 4 / 5 / 6",
            ),
        ] {
            assert_eq!(words(output), quoted);
        }
    }
}
