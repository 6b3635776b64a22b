//! The empty WASI: what the standard libraries of guest languages import, with nothing behind it
//! but the source trees that a call grants.
//!
//! No environment, no network, no sleep. What is left is a function of the trees and the
//! [`Surroundings`]: the clocks, the random numbers. Nothing here blocks or needs an async runtime,
//! so a deadline always ends a guest and a render may run on any thread.

mod clock;
pub(crate) mod files;
mod io;
pub(crate) mod log;
mod random;

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random as wasi_random, sync};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiView};

use crate::observe::Observed;
use crate::sandbox::State;
use gantry_model::limits;

/// The interfaces of WASI 0.2 that [`link`] serves; a component that imports another is refused.
pub(crate) const SERVED: &[&str] = &[
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

/// Host traits that [`State`] implements itself.
pub(crate) type Own = HasSelf<State>;

/// All that a guest can observe besides its arguments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// Notes when the clock is looked at.
    pub(crate) observed: Arc<Observed>,
    /// Seconds since the Unix epoch that the wall clock shows, always.
    pub(crate) wall_clock_secs: u64,
    /// Where random numbers start.
    pub(crate) seed: [u8; 32],
}

impl Surroundings {
    pub(crate) fn context(&self, plugin: &str) -> WasiCtx {
        let (low, _) = self.seed.split_first_chunk().unwrap_or((&[0; 16], &[]));
        let mut builder = WasiCtxBuilder::new();
        builder
            // Go programs index their arguments without looking.
            .arg(plugin)
            .wall_clock(clock::Fixed {
                secs: self.wall_clock_secs,
                observed: Arc::clone(&self.observed),
            })
            .secure_random(random::Seeded::new(self.seed, 0))
            .insecure_random(random::Seeded::new(self.seed, 1))
            .insecure_random_seed(u128::from_le_bytes(*low))
            .max_random_size(limits::GUEST_RANDOM_MAX_BYTES);
        builder.build()
    }
}

/// Serves every interface of [`SERVED`].
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let l = linker;
    cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::exit::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stdout::add_to_linker::<State, Own>(l, |state| state)?;
    cli::stderr::add_to_linker::<State, Own>(l, |state| state)?;
    cli::terminal_input::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_output::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stdout::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
    clocks::wall_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    clocks::monotonic_clock::add_to_linker::<State, Own>(l, |state| state)?;
    filesystem::preopens::add_to_linker::<State, Own>(l, |state| state)?;
    sync::filesystem::types::add_to_linker::<State, Own>(l, |state| state)?;
    wasmtime_wasi::p2::bindings::io::error::add_to_linker::<State, io::Table>(l, io::table)?;
    sync::io::poll::add_to_linker::<State, Own>(l, |state| state)?;
    sync::io::streams::add_to_linker::<State, Own>(l, |state| state)?;
    wasi_random::random::add_to_linker::<State, WasiRandom>(l, |s| s.ctx().ctx.random())?;
    wasi_random::insecure::add_to_linker::<State, WasiRandom>(l, |s| s.ctx().ctx.random())?;
    wasi_random::insecure_seed::add_to_linker::<State, WasiRandom>(l, |s| s.ctx().ctx.random())
}
