//! An application as it changes, until it is as somebody waits for it.

use std::time::Duration;

use futures::StreamExt;
use gantry_model::{Diagnostic, Object, limits};
use gantry_store::{Change, Kind};
use tokio::time::Instant;

use super::apps::{Apps, told};
use super::names::Name;
use crate::interrupt::Interrupt;
use gantry_api::app::View;

/// What is seen of it.
pub(super) enum Seen<'a> {
    /// It is there, as given.
    There(&'a Object),
    /// It is gone, or never was there.
    Gone,
}

/// How waiting ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended<T> {
    /// With what was waited for.
    With(T),
    /// Not in time.
    TimedOut,
    /// By Ctrl-C.
    Interrupted,
}

impl Apps {
    /// Shows `visit` an application, now and whenever it changes, until that gives something. A timeout of
    /// zero waits without end.
    pub(super) async fn until<T>(
        &self,
        name: &Name,
        timeout: Duration,
        interrupt: &Interrupt,
        mut visit: impl FnMut(Seen<'_>) -> Option<T>,
    ) -> Result<Ended<T>, Diagnostic> {
        let mut changes = self.home.watch(Kind::Application);
        let deadline = deadline(timeout);
        let mut is_there = false;
        let mut reminder = Reminder::new();
        loop {
            let change = tokio::select! {
                biased;
                () = interrupt.token().cancelled() => return Ok(Ended::Interrupted),
                () = tokio::time::sleep_until(deadline) => return Ok(Ended::TimedOut),
                () = reminder.comes() => {
                    reminder.tell(name);
                    continue;
                }
                change = changes.next() => change,
            };
            let seen = match change {
                None => {
                    let message = format!("{name} cannot be watched any longer");
                    return Err(Diagnostic::error("home", message));
                }
                Some(Err(error)) => return Err(told(&error)),
                Some(Ok(Change::Present(object))) if Name::of(&object) == *name => {
                    is_there = true;
                    reminder.see(View(object.value()));
                    visit(Seen::There(&object))
                }
                Some(Ok(Change::Gone {
                    namespace,
                    name: gone,
                })) if namespace == name.namespace && gone == name.name => {
                    is_there = false;
                    visit(Seen::Gone)
                }
                Some(Ok(Change::Listed)) if !is_there => visit(Seen::Gone),
                Some(Ok(_)) => None,
            };
            if let Some(seen) = seen {
                return Ok(Ended::With(seen));
            }
        }
    }
}

/// Some moment; far away, where it is not to come.
fn deadline(timeout: Duration) -> Instant {
    let timeout = if timeout.is_zero() {
        Duration::from_secs(limits::APP_WAIT_FOREVER_SECS)
    } else {
        timeout
    };
    Instant::now() + timeout
}

/// Says once that nobody does what was asked for, where that lasts.
struct Reminder(Option<Instant>);

impl Reminder {
    fn new() -> Self {
        Self(None)
    }

    /// An operation that is asked for and has no state was taken up by nobody.
    fn see(&mut self, app: View<'_>) {
        let pause = Duration::from_secs(limits::APP_UNTAKEN_OPERATION_SECS);
        let is_untaken = app.operation().is_some() && app.operation_state().is_none();
        self.0 = is_untaken.then(|| self.0.unwrap_or_else(|| Instant::now() + pause));
    }

    async fn comes(&self) {
        match self.0 {
            Some(moment) => tokio::time::sleep_until(moment).await,
            None => std::future::pending().await,
        }
    }

    fn tell(&mut self, name: &Name) {
        tracing::warn!(
            "nobody has begun the operation of {name} yet: does the control plane run (`gantry serve`)?"
        );
        self.0 = Some(Instant::now() + Duration::from_secs(limits::APP_WAIT_FOREVER_SECS));
    }
}
