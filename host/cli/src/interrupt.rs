//! Ctrl-C and SIGTERM: the first one lets what is in flight end and tells how far it came, the
//! second one stops at once.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use gantry_sync::CancellationToken;

use crate::Outcome;

/// What shells add to the number of the signal that ended a command.
const SIGNALLED: u8 = 128;
const SIGINT: u8 = 2;
const SIGTERM: u8 = 15;

/// Whether the user wants the command to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    token: CancellationToken,
    signal: Arc<AtomicU8>,
}

impl Interrupt {
    /// Begins to listen, in the runtime of the caller.
    pub(crate) fn listen(&self) {
        let interrupt = self.clone();
        tokio::spawn(async move {
            while let Some(signal) = next_signal().await {
                if interrupt.token.is_cancelled() {
                    std::process::exit(i32::from(SIGNALLED + signal));
                }
                tracing::warn!("ending: what is in flight is waited for; once more ends at once");
                interrupt.signal.store(signal, Ordering::Relaxed);
                interrupt.token.cancel();
            }
        });
    }

    /// What ends the work.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// How a command that was interrupted ends.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(Outcome::Interrupted(signal)),
        }
    }
}

/// The exit code of a command that a signal ended.
pub(crate) fn exit_code(signal: u8) -> ExitCode {
    ExitCode::from(SIGNALLED + signal)
}

#[cfg(unix)]
async fn next_signal() -> Option<u8> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).ok()?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.ok().map(|()| SIGINT),
        asked = terminate.recv() => asked.map(|()| SIGTERM),
    }
}

#[cfg(not(unix))]
async fn next_signal() -> Option<u8> {
    tokio::signal::ctrl_c().await.ok().map(|()| SIGINT)
}
