//! What is waited for: `argocd app wait`. Pure.

use std::time::SystemTime;

use super::resources::Chosen;
use super::states::states;
use gantry_api::app::View;

/// All that must be so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) sync: bool,
    pub(super) health: bool,
    pub(super) operation: bool,
    pub(super) suspended: bool,
    pub(super) degraded: bool,
    pub(super) delete: bool,
}

impl Condition {
    /// An operation is over: what `argocd app sync` waits for.
    pub(super) const OPERATION: Self = Self {
        sync: false,
        health: false,
        operation: true,
        suspended: false,
        degraded: false,
        delete: false,
    };

    /// Sync, health and operation, where nothing is asked for.
    pub(super) fn or_default(self) -> Self {
        if self != Self::default() {
            return self;
        }
        Self {
            sync: true,
            health: true,
            operation: true,
            ..self
        }
    }

    /// Whether an application is so; with chosen objects, whether those are.
    pub(super) fn is_met(self, app: View<'_>, chosen: &[Chosen]) -> bool {
        if self.delete || (self.operation && is_busy(app)) {
            return false;
        }
        if chosen.is_empty() {
            return self.fits(app.health(), app.sync());
        }
        let states = states(app, chosen);
        states
            .iter()
            .all(|state| self.fits(&state.health, &state.status))
    }

    fn fits(self, health: &str, sync: &str) -> bool {
        let any = self.health || self.suspended || self.degraded;
        let well = (self.health && health == "Healthy")
            || (self.suspended && health == "Suspended")
            || (self.degraded && health == "Degraded");
        (!any || well) && (!self.sync || sync == "Synced")
    }
}

/// Whether an operation is asked for or runs, or one has ended that the control plane has not looked at the
/// application after: until then its sync status is that from before.
pub(super) fn is_busy(app: View<'_>) -> bool {
    if app.operation().is_some() {
        return true;
    }
    let Some(state) = app.operation_state() else {
        return false;
    };
    let time = |text: &str| -> Option<SystemTime> { humantime::parse_rfc3339(text).ok() };
    let Some(finished) = time(state.text("/finishedAt")) else {
        return true;
    };
    let was_tried = state.0.pointer("/operation/sync/dryRun") == Some(&true.into());
    let seen = time(app.text("/status/reconciledAt"));
    !was_tried && seen.is_none_or(|seen| seen < finished)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Condition, is_busy};
    use crate::commands::app::resources::Chosen;
    use gantry_api::app::View;

    fn state(sync: &str, health: &str) -> Value {
        json!({"status": {"sync": {"status": sync}, "health": {"status": health}, "resources": [
            {"kind": "Service", "name": "web", "status": "Synced", "health": {"status": "Healthy"}},
            {"kind": "Job", "name": "b", "status": "OutOfSync"},
        ]}})
    }

    #[test]
    fn conditions_are_met_or_not() {
        let none = Condition::default();
        let health = Condition {
            health: true,
            ..none
        };
        let either = Condition {
            suspended: true,
            ..health
        };
        let sync = Condition { sync: true, ..none };
        let cases = [
            (none.or_default(), "Synced", "Healthy", true),
            (none.or_default(), "OutOfSync", "Healthy", false),
            (none.or_default(), "Synced", "Progressing", false),
            (health.or_default(), "OutOfSync", "Healthy", true),
            (health, "Synced", "Suspended", false),
            (either, "Synced", "Suspended", true),
            (either, "Synced", "Healthy", true),
            (
                Condition {
                    degraded: true,
                    ..none
                },
                "Synced",
                "Degraded",
                true,
            ),
            (sync, "Synced", "Degraded", true),
            (
                Condition {
                    delete: true,
                    ..none
                },
                "Synced",
                "Healthy",
                false,
            ),
        ];
        for (condition, sync, health, expected) in cases {
            let app = state(sync, health);
            assert_eq!(
                condition.is_met(View(&app), &[]),
                expected,
                "{condition:?} {sync} {health}"
            );
        }
        let app = state("OutOfSync", "Degraded");
        for (resource, expected) in [(":Service:web", true), (":Job:b", false), ("*:*:*", false)] {
            let chosen: [Chosen; 1] = [resource.parse().expect("a choice")];
            assert_eq!(
                none.or_default().is_met(View(&app), &chosen),
                expected,
                "{resource}"
            );
        }
    }

    #[test]
    fn an_operation_is_over_when_it_was_looked_at() {
        let over = |reconciled: &str, dry_run: bool| {
            json!({"status": {"reconciledAt": reconciled,
            "operationState": {"finishedAt": "2026-01-01T00:00:10Z", "operation": {"sync": {"dryRun": dry_run}}}}})
        };
        let cases = [
            (json!({}), false),
            (json!({"operation": {"sync": {}}}), true),
            (
                json!({"status": {"operationState": {"phase": "Running"}}}),
                true,
            ),
            (over("2026-01-01T00:00:09Z", false), true),
            (over("2026-01-01T00:00:09Z", true), false),
            (over("2026-01-01T00:00:10Z", false), false),
            (over("2026-01-01T00:00:10.5Z", false), false),
        ];
        for (app, expected) in cases {
            assert_eq!(is_busy(View(&app)), expected, "{app}");
        }
    }
}
