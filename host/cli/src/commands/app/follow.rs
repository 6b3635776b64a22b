//! An application as it changes, until it is as somebody waits for it.

use std::time::Duration;

use futures::StreamExt;
use gantry_model::{Diagnostic, Object, limits};
use gantry_store::{Change, Kind};
use tokio::time::Instant;

use super::apps::{Apps, told};
use super::names::Name;
use super::refresh::REFRESH;
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
        let mut last: Option<Box<Object>> = None;
        let mut reminder = Reminder::new();
        loop {
            let change = tokio::select! {
                biased;
                () = interrupt.token().cancelled() => return Ok(Ended::Interrupted),
                () = tokio::time::sleep_until(deadline) => return Ok(Ended::TimedOut),
                () = reminder.comes() => {
                    reminder.tell(name, last.as_ref().map(|last| View(last.value())), &self.place);
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
                    let visited = visit(Seen::There(&object));
                    last = Some(object);
                    visited
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

/// Says once that no control plane does what is waited for, where that lasts.
struct Reminder(Option<Instant>);

impl Reminder {
    fn new() -> Self {
        Self(None)
    }

    fn see(&mut self, app: View<'_>) {
        let pause = Duration::from_secs(limits::APP_UNTAKEN_OPERATION_SECS);
        let is_untaken = untaken(app).is_some();
        self.0 = is_untaken.then(|| self.0.unwrap_or_else(|| Instant::now() + pause));
    }

    async fn comes(&self) {
        match self.0 {
            Some(moment) => tokio::time::sleep_until(moment).await,
            None => std::future::pending().await,
        }
    }

    fn tell(&mut self, name: &Name, last: Option<View<'_>>, place: &str) {
        if let Some(what) = last.and_then(untaken) {
            tracing::warn!("{what} {name}; does `gantry serve` run on {place}?");
        }
        self.0 = Some(Instant::now() + Duration::from_secs(limits::APP_WAIT_FOREVER_SECS));
    }
}

/// What no control plane has done that works on this home: taken up an operation, whose state is none or that of the
/// one before then; answered a refresh; looked at the application even once.
fn untaken(app: View<'_>) -> Option<&'static str> {
    if app.operation().is_some() && !app.runs() {
        return Some("no control plane has taken up the operation of");
    }
    let annotations = app.0.pointer("/metadata/annotations");
    if annotations.is_some_and(|all| all.get(REFRESH).is_some()) {
        return Some("no control plane has answered the refresh of");
    }
    let was_seen = app.operation_state().is_some() || !app.text("/status/reconciledAt").is_empty();
    (!was_seen).then_some("no control plane has looked yet at")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Reminder, untaken};
    use gantry_api::app::View;

    #[test]
    fn what_nobody_does_is_told_once() {
        let seen = json!({"reconciledAt": "2030-01-02T03:04:05Z"});
        let state =
            json!({"reconciledAt": "2030-01-02T03:04:05Z", "operationState": {"phase": "Running"}});
        let before = json!({"operationState": {"phase": "Succeeded"}});
        let refresh = json!({"annotations": {"argocd.argoproj.io/refresh": "normal"}});
        for (app, expected) in [
            (
                json!({"operation": {"sync": {}}, "status": seen}),
                "operation",
            ),
            (json!({"operation": {"sync": {}}}), "operation"),
            (json!({"operation": {"sync": {}}, "status": state}), ""),
            (
                json!({"operation": {"sync": {}}, "status": before}),
                "operation",
            ),
            (json!({"metadata": refresh, "status": seen}), "refresh"),
            (json!({"metadata": {}}), "looked"),
            (json!({"metadata": {}, "status": seen}), ""),
            (json!({"status": {"operationState": {}}}), ""),
        ] {
            let told = untaken(View(&app)).unwrap_or_default();
            assert!(
                told.contains(expected) && told.is_empty() == expected.is_empty(),
                "{app}: {told}"
            );
            let mut reminder = Reminder::new();
            reminder.see(View(&app));
            assert_eq!(reminder.0.is_some(), !expected.is_empty(), "{app}");
            let before = reminder.0;
            reminder.see(View(&app));
            assert_eq!(reminder.0, before, "each look puts it off: {app}");
        }
    }
}
